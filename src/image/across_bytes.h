/* The horizontal pass of a resize of 8-bit RGB by permutations of bytes and dot products of four of them (AVX-512 VBMI and VNNI): a weight of
 * 23 bits is taken as three signed digits of 8, so that the sums are those of across.h, bit for bit. */
#ifndef SIAM_IMAGE_ACROSS_BYTES_H
#define SIAM_IMAGE_ACROSS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/across.h"

enum { SIAM_DIGITS = 3 };

/* Of four weights k >= 0, at most 3 << 21, the lowest digits in digits[0], a byte each, k[0]'s in its lowest byte; the higher ones in the words
 * after it: k = digit 0 + 256 digit 1 + 65536 digit 2, each from -128 to 127. */
static inline void siam_digits(const int32_t k[4], int32_t digits[SIAM_DIGITS])
{
    for (int d = 0; d < SIAM_DIGITS; d++)
        digits[d] = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t left = (uint32_t)k[i];
        for (int d = 0; d < SIAM_DIGITS; d++) {
            digits[d] = (int32_t)((uint32_t)digits[d] | (left & 255) << (8 * i));
            left = (left + 128) >> 8; /* what a byte above 127, which is a negative digit, takes away comes back */
        }
    }
}

/* Output i reads count[i] pixels from first[i] on with the weights k[i * taps ...]. first never decreases. */
typedef struct siam_across_axis {
    int out, taps;
    const int32_t *k, *first, *count;
} siam_across_axis;

/* 32-bit words of room that it needs. */
size_t siam_across_bytes_room(int out, int taps);
/* dst [h][3 * out]; src: h rows of w pixels, `stride` bytes apart. false, and nothing done: this processor cannot, or an image shrinks so
 * much that what stands side by side in the result lies too far apart. */
bool siam_across_bytes(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_across_axis *a, int32_t *room);

#endif
