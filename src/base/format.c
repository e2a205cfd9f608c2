/* Numbers as people read them. */
#include "base/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

const char *siam_format_duration(char *buf, size_t n, double seconds)
{
    if (!(seconds >= 0) || seconds > 1e12) {
        snprintf(buf, n, "?");
        return buf;
    }
    const int64_t s = llround(seconds), m = s / 60, h = m / 60, d = h / 24;
    if (s < 60)
        snprintf(buf, n, "%" PRId64 " s", s);
    else if (m < 60)
        snprintf(buf, n, "%" PRId64 "m%02" PRId64 "s", m, s % 60);
    else if (h < 100)
        snprintf(buf, n, "%" PRId64 "h%02" PRId64 "m", h, m % 60);
    else
        snprintf(buf, n, "%" PRId64 "d%02" PRId64 "h", d, h % 24);
    return buf;
}

const char *siam_format_seconds(char *buf, size_t n, double seconds)
{
    if (!(seconds >= 0 && seconds < 59.95))
        return siam_format_duration(buf, n, seconds);
    snprintf(buf, n, "%.1f s", seconds);
    return buf;
}

static void bytes_text(char *buf, size_t n, uint64_t bytes, const char *first, const char *const *unit)
{
    double v = (double)bytes;
    int u = 0;
    if (bytes < 1024) {
        snprintf(buf, n, "%" PRIu64 "%s", bytes, first);
        return;
    }
    for (v /= 1024; v >= 1023.5 && u < 5; u++) /* 1023.5 would print as 1024 */
        v /= 1024;
    snprintf(buf, n, v < 9.95 ? "%.1f%s" : "%.0f%s", v, unit[u]);
}

const char *siam_format_bytes(char *buf, size_t n, uint64_t bytes)
{
    static const char *const unit[] = {" KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
    bytes_text(buf, n, bytes, " B", unit);
    return buf;
}

const char *siam_format_bytes_short(char *buf, size_t n, uint64_t bytes)
{
    static const char *const unit[] = {"K", "M", "G", "T", "P", "E"};
    bytes_text(buf, n, bytes, "B", unit);
    return buf;
}

const char *siam_format_count(char *buf, size_t n, int64_t v)
{
    char digits[24], grouped[32];
    const int len = snprintf(digits, sizeof digits, "%" PRIu64, v < 0 ? -(uint64_t)v : (uint64_t)v);
    char *p = grouped;
    if (v < 0)
        *p++ = '-';
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    *p = '\0';
    snprintf(buf, n, "%s", grouped);
    return buf;
}

const char *siam_format_rate(char *buf, size_t n, double v)
{
    if (v != 0 && !(fabs(v) >= 0.001 && fabs(v) < 1000)) {
        snprintf(buf, n, "%.1e", v);
        return buf;
    }
    snprintf(buf, n, "%.3g", v);
    if (!strncmp(buf, "0.", 2))
        memmove(buf, buf + 1, strlen(buf));
    return buf;
}

const char *siam_format_word(char *buf, size_t n, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-=@,:%";
    size_t need = strlen(text) + 3;
    for (const char *p = text; *p; p++)
        need += *p == '\'' ? 3 : 0;
    const bool bare = *text && !text[strspn(text, plain)];
    if (need > n || bare) {
        snprintf(buf, n, "%s", need > n && !(bare && need - 2 <= n) ? "..." : text);
        return buf;
    }
    char *to = buf;
    *to++ = '\'';
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *p;
    }
    memcpy(to, "'", 2);
    return buf;
}

const char *siam_format_python(char *buf, size_t n, const char *name)
{
    const bool plain = strlen(name) + 3 <= n && !strpbrk(name, "'\\\n");
    snprintf(buf, n, "'%s'", plain ? name : "FILE");
    return buf;
}

/* What is not printable UTF-8 becomes '?', or with hex \xe9. */
static const char *printable(char *buf, size_t n, const char *text, bool hex)
{
    const size_t length = strlen(text);
    size_t out = 0, cut = 0; /* cut: the last place where "..." still fits behind a whole character */
    char escape[5];
    for (size_t i = 0; i < length;) {
        unsigned c = 0;
        const size_t len = siam_utf8_decode(text + i, length - i, &c);
        const bool plain = len > 0 && siam_utf8_printable(c), byte = hex && !plain;
        const size_t put = plain ? len : byte ? 4 : 1, used = byte || !len ? 1 : len;
        if (out + put >= n) {
            memcpy(buf + cut, "...", 4);
            return buf;
        }
        snprintf(escape, sizeof escape, "\\x%02x", (unsigned char)text[i]);
        memcpy(buf + out, plain ? text + i : byte ? escape : "?", put);
        i += used;
        out += put;
        if (out + 4 <= n)
            cut = out;
    }
    buf[out] = '\0';
    return buf;
}

const char *siam_format_printable(char *buf, size_t n, const char *text) { return printable(buf, n, text, false); }

const char *siam_format_escaped(char *buf, size_t n, const char *text) { return printable(buf, n, text, true); }

bool siam_format_is_text(const char *text)
{
    size_t len;
    for (size_t n = strlen(text); n; text += len, n -= len) {
        unsigned c = 0;
        len = siam_utf8_decode(text, n, &c);
        if (!len || c < 0x20 || c == 0x7f)
            return false;
    }
    return true;
}

void siam_format_csv(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

size_t siam_format_csv_record(const char *text)
{
    bool quoted = false;
    const char *at = text;
    for (; *at && (quoted || *at != '\n'); at++)
        quoted ^= *at == '"'; /* a quote that is doubled closes and opens */
    return (size_t)(at - text) + (*at != '\0');
}

bool siam_parse_seconds(const char *text, double *seconds)
{
    static const char units[] = "smhd";
    static const int of_unit[] = {1, 60, 3600, 86400};
    char *end;
    *seconds = 0;
    if (!*text)
        return true;
    if (strspn(text, "0123456789.") == 0)
        return false;
    const double n = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : units;
    if (!unit || (*end && end[1]) || !(n >= 0 && n <= 1e9))
        return false;
    *seconds = n * of_unit[unit - units];
    return true;
}
