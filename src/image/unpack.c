/* Stored samples as 8-bit RGB. */
#include "image/unpack.h"

#include <string.h>

void siam_palette_init(siam_palette *p)
{
    for (int i = 0; i < 256; i++)
        memset(p->rgb[i], i, 3);
}

void siam_palette_expand(uint8_t *rgb, const uint8_t *index, size_t n, const siam_palette *p)
{
    for (size_t i = 0; i < n; i++, rgb += 3) {
        const uint8_t *c = p->rgb[index[i]];
        rgb[0] = c[0];
        rgb[1] = c[1];
        rgb[2] = c[2];
    }
}

void siam_unpack_bits(uint8_t *dst, const uint8_t *src, size_t n, unsigned bits)
{
    const unsigned top = (1u << bits) - 1;
    for (size_t i = 0; i < n; i++) {
        const size_t at = i * bits;
        dst[i] = (uint8_t)(src[at / 8] >> (8 - bits - at % 8) & top);
    }
}

static unsigned scale(unsigned a, unsigned b) /* round(a * b / 255), as Pillow's MULDIV255 */
{
    const unsigned t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

void siam_mix_inks(uint8_t *rgb, const uint8_t *ink, size_t n)
{
    for (size_t i = 0; i < n; i++, rgb += 3, ink += 4)
        for (int c = 0; c < 3; c++) /* never below 0: scale(a, b) <= b */
            rgb[c] = (uint8_t)(ink[3] - scale(255u - ink[c], ink[3]));
}
