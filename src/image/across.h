/* The horizontal pass of a resize of 8-bit RGB, several rows at once. Weights have 22 bits and sums 32, as Pillow's do; a weight is
 * taken as two parts of 11 bits, so that a pair of pixels times a pair of parts is one multiply-and-add of 16-bit integers: the same
 * sums, bit for bit, whatever the width of the vectors. */
#ifndef SIAM_IMAGE_ACROSS_H
#define SIAM_IMAGE_ACROSS_H

#include <stddef.h>
#include <stdint.h>

enum {
    SIAM_WEIGHT_BITS = 32 - 8 - 2,
    SIAM_ACROSS_ROWS = 4, /* at once, at most */
    SIAM_ACROSS_PIXEL = 4 * SIAM_ACROSS_ROWS, /* 32-bit words of `wide` for a pixel */
};

/* Output i reads count[i] pixels from first[i] on, in pairs; the weights of pixels 2 t and 2 t + 1 are both in part[2 * (i * most + t)], their
 * upper 11 bits, and in the word after it, the lower ones. */
typedef struct siam_across {
    int out, most;
    const int32_t *first, *count; /* the pair of the last pixel may be half empty */
    int32_t *part;                /* [out][most][2] */
} siam_across;

static inline int siam_across_most(int taps) { return (taps + 1) / 2; }
/* From the weights k [out][taps], of which count[i] are used. */
void siam_across_fill(const siam_across *a, const int32_t *k, int taps);

/* dst [h][3 * out]; src: h rows of w pixels, `stride` bytes apart; wide: room of w * SIAM_ACROSS_PIXEL words. */
typedef void siam_across_rows(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_across *a, int32_t *wide);
/* The widest that this processor has, and all of them: 1, 2 and 4 rows at once; NULL: not here. */
siam_across_rows *siam_across_best(void);
siam_across_rows *siam_across_by(int rows);

#endif
