/* Byte order marks, UTF-16 and UTF-32, line ends. */
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

/* How characters are written: in units of 2 or 4 bytes, the high byte of each pair behind the low one or
 * before it. */
typedef struct wide {
    size_t unit; /* 1: it is UTF-8 */
    bool little;
} wide;

/* Without a mark the first characters decide: most of a list's are ASCII, so that one byte of most pairs is
 * zero and the other never. */
static wide wide_of(const char *text, size_t n)
{
    size_t zero[2] = {0, 0};
    const size_t pairs = (n < LOOKED_AT ? n : LOOKED_AT) / 2;
    if (starts(text, n, "\xff\xfe\0\0", 4) || starts(text, n, "\0\0\xfe\xff", 4))
        return (wide){4, text[0] != '\0'};
    if (starts(text, n, "\xff\xfe", 2) || starts(text, n, "\xfe\xff", 2))
        return (wide){2, text[0] == '\xff'};
    for (size_t i = 0; i < 2 * pairs; i++)
        zero[i % 2] += text[i] == '\0';
    if (pairs && zero[0] + zero[1] >= (pairs + 1) / 2 && (zero[0] == 0 || zero[1] == 0))
        return (wide){2, zero[1] > 0};
    return (wide){1, false};
}

static unsigned unit_at(const char *text, size_t i, wide w)
{
    unsigned c = 0;
    for (size_t k = 0; k < w.unit; k++)
        c = c << 8 | (uint8_t)text[i + (w.little ? w.unit - 1 - k : k)];
    return c;
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

/* What is no character, as half a pair: U+FFFD, so that the line's name is not found and can be named. */
static size_t from_wide(char *to, const char *text, size_t n, wide w)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i += w.unit) {
        unsigned c = i + w.unit <= n ? unit_at(text, i, w) : INVALID;
        const bool pair = w.unit == 2 && c >= 0xd800 && c < 0xdc00 && i + 4 <= n;
        const unsigned low = pair ? unit_at(text, i + 2, w) : 0;
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff) {
            c = INVALID;
        }
        if (i || c != 0xfeff) /* the mark */
            at += put_utf8(to + at, c);
    }
    return at;
}

siam_code siam_list_text(char **text, size_t *n, const char *where, siam_err *e)
{
    const wide w = wide_of(*text, *n);
    if (w.unit > 1) {
        char *plain = malloc(*n / 2 * 3 + 4); /* a unit of two bytes gives three at most, one of four four */
        if (!plain)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", where);
        *n = from_wide(plain, *text, *n, w);
        plain[*n] = '\0';
        free(*text);
        *text = plain;
    } else if (starts(*text, *n, "\xef\xbb\xbf", 3)) {
        memmove(*text, *text + 3, *n - 3 + 1);
        *n -= 3;
    }
    const bool lines = memchr(*text, '\n', *n) != NULL;
    for (size_t i = 0; !lines && i < *n; i++)
        if ((*text)[i] == '\r' || (*text)[i] == '\0') /* as on an old Macintosh; as find -print0 has it */
            (*text)[i] = '\n';
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
