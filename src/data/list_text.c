/* Byte order marks, UTF-16 and line ends. */
#include "data/list_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { LOOKED_AT = 64, INVALID = 0xfffd };

static bool starts(const char *text, size_t n, const char *mark, size_t length)
{
    return n >= length && memcmp(text, mark, length) == 0;
}

/* Which byte of each pair is the high one of UTF-16: 1 little-endian, 0 big-endian, -1: it is not UTF-16. Without a mark
 * the first characters decide: those of a list are ASCII, so that one byte of each pair is zero and the other is not. */
static int utf16_high(const char *text, size_t n)
{
    size_t zero[2] = {0, 0};
    const size_t pairs = (n < LOOKED_AT ? n : LOOKED_AT) / 2;
    if (starts(text, n, "\xff\xfe", 2))
        return 1;
    if (starts(text, n, "\xfe\xff", 2))
        return 0;
    for (size_t i = 0; i < 2 * pairs; i++)
        zero[i % 2] += text[i] == '\0';
    if (pairs == 0 || zero[0] + zero[1] != pairs)
        return -1;
    return zero[1] == pairs ? 1 : zero[0] == pairs ? 0 : -1;
}

static unsigned unit_at(const char *text, size_t i, int high)
{
    return (unsigned)(uint8_t)text[i + (size_t)high] << 8 | (uint8_t)text[i + 1 - (size_t)high];
}

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00 >> n & 0xf0) | c);
    return n;
}

/* Half a pair, a surrogate alone: U+FFFD, so that the line's name is not found and can be named. */
static size_t from_utf16(char *to, const char *text, size_t n, int high)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i += 2) {
        unsigned c = i + 1 < n ? unit_at(text, i, high) : INVALID;
        const unsigned low = c >= 0xd800 && c < 0xdc00 && i + 3 < n ? unit_at(text, i + 2, high) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (c >= 0xd800 && c < 0xe000) {
            c = INVALID;
        }
        if (i > 1 || c != 0xfeff) /* the mark */
            at += put_utf8(to + at, c);
    }
    return at;
}

siam_code siam_list_text(char **text, size_t *n, const char *where, siam_err *e)
{
    if (starts(*text, *n, "\xff\xfe\0\0", 4) || starts(*text, *n, "\0\0\xfe\xff", 4)) {
        siam_fail(e, SIAM_E_DATA, "the list '%s' is written in UTF-32; UTF-8 and UTF-16 are read", where);
        siam_hint(e, "iconv -f UTF-32 -t UTF-8, which converts it");
        return SIAM_E_DATA;
    }
    const int high = utf16_high(*text, *n);
    if (high >= 0) {
        char *plain = malloc(*n / 2 * 3 + 4); /* a unit gives three bytes at most */
        if (!plain)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", where);
        *n = from_utf16(plain, *text, *n, high);
        plain[*n] = '\0';
        free(*text);
        *text = plain;
    } else if (starts(*text, *n, "\xef\xbb\xbf", 3)) {
        memmove(*text, *text + 3, *n - 3 + 1);
        *n -= 3;
    }
    if (!memchr(*text, '\n', *n))
        for (char *at = *text; (at = memchr(at, '\r', *n - (size_t)(at - *text))); at++)
            *at = '\n';
    return SIAM_OK;
}

char *siam_list_head(const char *path, size_t room, size_t *n)
{
    char *text = malloc(room + 1);
    FILE *f = text ? fopen(path, "rbe") : NULL;
    if (!f) {
        free(text);
        return NULL;
    }
    *n = fread(text, 1, room, f);
    fclose(f);
    text[*n] = '\0';
    if (siam_list_text(&text, n, path, NULL)) {
        free(text);
        return NULL;
    }
    return text;
}
