/* Decoding UTF-8 that may be hostile. Inline, so that errors can be reported by error.c alone. */
#ifndef SIAM_BASE_UTF8_H
#define SIAM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the character at s (n > 0 bytes left) and its code point; 0 when it is not one: overlong forms,
 * surrogates and values above U+10FFFF included. */
static inline size_t siam_utf8_decode(const char *text, size_t n, unsigned *point)
{
    const unsigned char *s = (const unsigned char *)text, b = s[0];
    const size_t len = b < 0x80 ? 1 : b < 0xc2 ? 0 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : b < 0xf5 ? 4 : 0;
    if (len == 0 || len > n)
        return 0;
    unsigned c = len == 1 ? b : b & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c < 0xe000))
        return 0;
    *point = c;
    return len;
}

/* What begins a line or steers a device: C0, DEL and C1, and the separators of lines and paragraphs. */
static inline bool siam_utf8_control(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Safe on a terminal: neither C0, DEL or C1, nor a line separator, nor a mark that turns the direction of
 * text. */
static inline bool siam_utf8_printable(unsigned c)
{
    return !siam_utf8_control(c) && !(c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
                                      (c >= 0x2066 && c <= 0x2069));
}

#endif
