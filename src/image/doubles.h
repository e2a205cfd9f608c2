/* The two passes of a resize of images other than 8-bit RGB: sums of doubles, which hold those of whole weights exactly and are
 * Pillow's of 16-bit images. Each sum has the order of its pixels, so the width of the vectors changes no bit. */
#ifndef SIAM_IMAGE_DOUBLES_H
#define SIAM_IMAGE_DOUBLES_H

#include <stddef.h>
#include <stdint.h>

#include "image/across.h" /* SIAM_WEIGHT_BITS */

enum { SIAM_DOUBLES_PIXEL = 16 /* 32-bit words of `wide` for a pixel */ };

/* Output i reads count[i] pixels from first[i] on with weights k[i * taps ...]: those of 8-bit images are whole and add up to
 * 1 << SIAM_WEIGHT_BITS, others to 1. */
typedef struct siam_doubles_axis {
    int out, taps;
    const double *k;
    const int32_t *first, *count;
} siam_doubles_axis;

typedef struct siam_doubles {
    /* h rows of w pixels, `stride` bytes apart, to packed rows of a->out pixels. wide: room of w * SIAM_DOUBLES_PIXEL words, aligned as
     * doubles are. */
    void (*across)(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_doubles_axis *a, int channels, int depth,
                   double *wide);
    /* One row of n samples from `count` rows, `stride` bytes apart. */
    void (*down)(uint8_t *dst, const uint8_t *src, size_t stride, size_t n, const double *k, int count, int depth);
} siam_doubles;

/* The fastest that this processor has; all of them: 0, 1 and 2 (plain, AVX2, AVX-512), NULL: not here. */
const siam_doubles *siam_doubles_best(void);
const siam_doubles *siam_doubles_by(int which);

#endif
