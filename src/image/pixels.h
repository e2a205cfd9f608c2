/* The loops over the samples of 8-bit RGB in which an epoch spends its time: plain C that compilers make vectors of (pixels.c), and
 * the same by AVX-512 with byte permutations and dot products (pixels_vbmi.c; Ice Lake, Zen 4 and later). Both give the same bits. */
#ifndef SIAM_IMAGE_PIXELS_H
#define SIAM_IMAGE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* rgb: n packed pixels of three bytes. No pointer need be aligned; dst overlaps no source. */
typedef struct siam_pixels {
    /* p[i] = blend(d, p[i], f) of n samples, as siam_blend. */
    void (*blend)(uint8_t *p, size_t n, int d, float f);
    /* The sum of the lumas. */
    uint64_t (*luma_sum)(const uint8_t *rgb, size_t n);
    /* Each pixel becomes its luma. */
    void (*grey)(uint8_t *rgb, size_t n);
    /* Each sample is blended with its pixel's luma. */
    void (*saturate)(uint8_t *rgb, size_t n, float f);
    /* Each hue turns by shift / 256, as Pillow's 8-bit HSV has it. */
    void (*hue)(uint8_t *rgb, size_t n, int shift);
    /* The pixels of each of h rows of w in the opposite order. */
    void (*flip)(uint8_t *rgb, size_t w, size_t h);
    /* dst: three planes of n floats (x / 255 - mean) / std, each colour with its own. */
    void (*normalise)(float *dst, const uint8_t *rgb, size_t n, const float *mean, const float *std);
    /* One pass of a box blur over n samples: tap[0] and tap[2 * radius + 2] are the outer neighbours, those between them the box; weights of
     * 24 bits. */
    void (*blur)(uint8_t *dst, const uint8_t *const *tap, size_t n, int radius, uint32_t inner, uint32_t outer);
    /* dst[i] = sum of k[y] src[y][i], y < count, rounded and at most 255: k are not negative, have SIAM_WEIGHT_BITS bits and add up to about 1. */
    void (*down)(uint8_t *dst, const uint8_t *src, size_t stride, size_t n, const int32_t *k, int count);
} siam_pixels;

/* The fastest that this processor has; all of them: 0 and 1 (plain, AVX-512 VBMI), NULL: not here. */
const siam_pixels *siam_pixels_best(void);
const siam_pixels *siam_pixels_by(int which);

/* The lumas of n pixels, and their hue, saturation and value: what the loops work with, which are not where the time goes. */
void siam_pixels_luma(uint8_t *dst, const uint8_t *rgb, size_t n);
void siam_pixels_hsv(uint8_t *dst, const uint8_t *rgb, size_t n);

/* Those of pixels_vbmi.c, NULL: compiled for another processor. */
const siam_pixels *siam_pixels_vbmi(void);

/* ImagingBlend: d + f * (x - d) in float32, clipped and truncated. |f| <= 65536: beyond that every factor saturates the same way, and up
 * to there the sum fits an int. */
static inline uint8_t siam_blend(int d, int x, float f)
{
    const int v = (int)((float)d + f * (float)(x - d));
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

#endif
