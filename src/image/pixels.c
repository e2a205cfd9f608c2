/* The loops over the samples of 8-bit RGB in plain C: fixed chunks of pixels, one array per colour, no branches. */
#include "image/pixels.h"

#include "base/target.h"
#include "image/across.h"
#include "image/simd.h"

/* ITU-601 luma in 16-bit fixed point, as Pillow's L24. */
SIAM_INLINE void luma_chunk(uint8_t *restrict dst, const siam_planes *c)
{
    for (int i = 0; i < SIAM_CHUNK; i++)
        dst[i] = (uint8_t)((c->r[i] * 19595u + c->g[i] * 38470u + c->b[i] * 7471u + 0x8000u) >> 16);
}

SIAM_PIXEL_LOOP
void siam_pixels_luma(uint8_t *dst, const uint8_t *rgb, size_t n)
{
    siam_planes c;
    uint8_t l[SIAM_CHUNK];
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, rgb + 3 * i, m);
        luma_chunk(l, &c);
        memcpy(dst + i, l, m);
    }
}

SIAM_PIXEL_LOOP
static void blend(uint8_t *p, size_t n, int d, float f)
{
    for (size_t i = 0; i < n; i++)
        p[i] = siam_blend(d, p[i], f);
}

SIAM_PIXEL_LOOP
static uint64_t luma_sum(const uint8_t *p, size_t n)
{
    siam_planes c;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        siam_planes_load(&c, p + 3 * i, n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK);
        uint8_t l[SIAM_CHUNK];
        luma_chunk(l, &c); /* the padding of a short chunk is black: it adds 0 */
        uint32_t part = 0;
        for (int j = 0; j < SIAM_CHUNK; j++)
            part += l[j];
        sum += part;
    }
    return sum;
}

SIAM_PIXEL_LOOP
static void grey(uint8_t *rgb, size_t n)
{
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, rgb + 3 * i, m);
        uint8_t l[SIAM_CHUNK];
        luma_chunk(l, &c);
        memcpy(c.r, l, sizeof l);
        memcpy(c.g, l, sizeof l);
        memcpy(c.b, l, sizeof l);
        siam_planes_store(rgb + 3 * i, &c, m);
    }
}

SIAM_INLINE void saturate_chunk(siam_planes *restrict c, const uint8_t *restrict l, float f)
{
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->r[i] = siam_blend(l[i], c->r[i], f);
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->g[i] = siam_blend(l[i], c->g[i], f);
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->b[i] = siam_blend(l[i], c->b[i], f);
}

SIAM_PIXEL_LOOP
static void saturate(uint8_t *rgb, size_t n, float f)
{
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, rgb + 3 * i, m);
        uint8_t l[SIAM_CHUNK];
        luma_chunk(l, &c);
        saturate_chunk(&c, l, f);
        siam_planes_store(rgb + 3 * i, &c, m);
    }
}

/* Hue and saturation of one pixel, in Pillow's 0..255 of a turn. With c = (max - middle) / (max - min),
 * Pillow's bc - gc, 2 + rc - bc and 4 + gc - rc are all k + sign * c in float32 for a whole k. A grey pixel
 * gets an arbitrary hue and saturation 0. */
SIAM_INLINE void hue_saturation(int r, int g, int b, int *hue, int *sat)
{
    const int max = siam_imax(siam_imax(r, g), b), min = siam_imin(siam_imin(r, g), b), range = max - min;
    const int middle = r + g + b - max - min;
    const int b_min = siam_same(b, min), r_min = siam_same(r, min);
    const int g_max = siam_same(g, max), r_max = siam_same(r, max);
    const int k = siam_pick(r_max, -1 - 2 * b_min, siam_pick(g_max, 3 + 2 * b_min, 5 + 2 * r_min));
    const int sign = siam_pick(r_max, 0, siam_pick(g_max, 2, 4)) - k;
    const float c = (float)(max - middle) / (float)siam_imax(range, 1);
    const float h = (float)k + (float)sign * c; /* sixths of a turn, -1..5 */
    const float turn = h / 6.0f + (float)(h < 0.0f);
    *hue = (int)(turn * 255.0f);
    *sat = (int)((float)(range * 255) / (float)siam_imax(max, 1));
}

SIAM_INLINE void hsv_chunk(siam_planes *restrict hsv, const siam_planes *restrict c)
{
    for (int i = 0; i < SIAM_CHUNK; i++) {
        const int r = c->r[i], g = c->g[i], b = c->b[i], max = siam_imax(siam_imax(r, g), b);
        int h, s;
        hue_saturation(r, g, b, &h, &s);
        const int grey = siam_same(r, g) & siam_same(g, b);
        hsv->r[i] = (uint8_t)siam_pick(grey, 0, h);
        hsv->g[i] = (uint8_t)s;
        hsv->b[i] = (uint8_t)max;
    }
}

SIAM_PIXEL_LOOP
void siam_pixels_hsv(uint8_t *dst, const uint8_t *rgb, size_t n)
{
    siam_planes c, hsv;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, rgb + 3 * i, m);
        hsv_chunk(&hsv, &c);
        siam_planes_store(dst + 3 * i, &hsv, m);
    }
}

/* x / 255 for x < 2^16, exact. */
SIAM_INLINE int div255(uint32_t x) { return (int)(x * 32897u >> 23); }

/* RGB -> HSV, H += shift, HSV -> RGB without leaving the registers. 6 H / 255 = sector + m / 255 as Pillow's
 * floor and remainder; its p is `low`, and its q (odd sectors) or t (even ones) is `mid`: the roundings of v
 * (1 - s/255) and v (1 - s/255 * x/255) to the nearest, where a tie is impossible because 255 is odd. */
SIAM_INLINE void hue_chunk(siam_planes *c, int shift)
{
    for (int i = 0; i < SIAM_CHUNK; i++) {
        const int r = c->r[i], g = c->g[i], b = c->b[i], v = siam_imax(siam_imax(r, g), b);
        int h, s;
        hue_saturation(r, g, b, &h, &s);
        const int turn = ((h + shift) & 255) * 6, sector = div255((uint32_t)turn), m = turn - 255 * sector;
        const int x = siam_pick(-(sector & 1), m, 255 - m);
        const int low = div255((uint32_t)(v * (255 - s) + 127));
        const int mid = (int)((float)(v * (65025 - s * x)) * (1.0f / 65025.0f) + 0.5f);
        const int is1 = siam_same(sector, 1), is2 = siam_same(sector, 2), is3 = siam_same(sector, 3);
        const int is4 = siam_same(sector, 4), is5 = siam_same(sector, 5); /* 6 is hue 255, the same as 0 */
        c->r[i] = (uint8_t)siam_pick(is2 | is3, low, siam_pick(is1 | is4, mid, v));
        c->g[i] = (uint8_t)siam_pick(is1 | is2, v, siam_pick(is4 | is5, low, mid));
        c->b[i] = (uint8_t)siam_pick(is3 | is4, v, siam_pick(is2 | is5, mid, low));
    }
}

SIAM_PIXEL_LOOP
static void hue(uint8_t *p, size_t n, int shift)
{
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, p + 3 * i, m);
        hue_chunk(&c, shift);
        siam_planes_store(p + 3 * i, &c, m);
    }
}

static void flip(uint8_t *rgb, size_t w, size_t h)
{
    for (size_t y = 0; y < h; y++, rgb += 3 * w)
        for (uint8_t *l = rgb, *r = rgb + 3 * w - 3; l < r; l += 3, r -= 3) { /* three bytes are moved without a loop */
            uint8_t t[3];
            memcpy(t, l, 3);
            memcpy(l, r, 3);
            memcpy(r, t, 3);
        }
}

SIAM_INLINE void normalise_chunk(float *restrict dst, const uint8_t *restrict src, int n, float mean,
                                 float std)
{
    for (int i = 0; i < n; i++)
        dst[i] = ((float)src[i] / 255.0f - mean) / std;
}

SIAM_PIXEL_LOOP
static void normalise(float *dst, const uint8_t *rgb, size_t n, const float *mean, const float *std)
{
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, rgb + 3 * i, m);
        if (m == SIAM_CHUNK) { /* a constant count, so that the compiler unrolls without a tail */
            normalise_chunk(dst + i, c.r, SIAM_CHUNK, mean[0], std[0]);
            normalise_chunk(dst + n + i, c.g, SIAM_CHUNK, mean[1], std[1]);
            normalise_chunk(dst + 2 * n + i, c.b, SIAM_CHUNK, mean[2], std[2]);
        } else {
            normalise_chunk(dst + i, c.r, (int)m, mean[0], std[0]);
            normalise_chunk(dst + n + i, c.g, (int)m, mean[1], std[1]);
            normalise_chunk(dst + 2 * n + i, c.b, (int)m, mean[2], std[2]);
        }
    }
}

typedef struct weights {
    uint32_t inner, outer;
} weights;
SIAM_INLINE uint8_t weigh(uint32_t inner, uint32_t outer, weights k)
{
    return (uint8_t)((inner * k.inner + outer * k.outer + (1u << 23)) >> 24);
}

/* Radius 0 and 1, all that a sigma up to 2 needs, with one pointer per tap so that the loops vectorise. */
SIAM_PIXEL_LOOP
static void pass3(uint8_t *restrict out, const uint8_t *a, const uint8_t *b, const uint8_t *c, size_t n, weights k)
{
    for (size_t i = 0; i < n; i++)
        out[i] = weigh(b[i], (uint32_t)a[i] + c[i], k);
}

SIAM_PIXEL_LOOP
static void pass5(uint8_t *restrict out, const uint8_t *a, const uint8_t *b, const uint8_t *c,
                  const uint8_t *d, const uint8_t *f, size_t n, weights k)
{
    for (size_t i = 0; i < n; i++)
        out[i] = weigh((uint32_t)b[i] + c[i] + d[i], (uint32_t)a[i] + f[i], k);
}

static void blur(uint8_t *dst, const uint8_t *const *tap, size_t n, int radius, uint32_t inner_weight, uint32_t outer_weight)
{
    const weights k = {inner_weight, outer_weight};
    const int last = 2 * radius + 2;
    if (radius == 0) {
        pass3(dst, tap[0], tap[1], tap[2], n, k);
    } else if (radius == 1) {
        pass5(dst, tap[0], tap[1], tap[2], tap[3], tap[4], n, k);
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t inner = 0;
            for (int d = 1; d < last; d++)
                inner += tap[d][i];
            dst[i] = weigh(inner, (uint32_t)tap[0][i] + tap[last][i], k);
        }
    }
}

/* No weight is negative, so only the top can overflow: thousands of taps, each rounded up. */
SIAM_INLINE uint8_t clip8(int32_t sum) { return (uint8_t)siam_imin(sum >> SIAM_WEIGHT_BITS, 255); }

/* One output row of n bytes from `count` rows. The sum runs over short strips that stay in registers. */
SIAM_PIXEL_LOOP
static void down(uint8_t *restrict dst, const uint8_t *restrict src, size_t stride, size_t n, const int32_t *k, int count)
{
    enum { STRIP = 32 };
    size_t i = 0;
    for (; i + STRIP <= n; i += STRIP) {
        int32_t sum[STRIP];
        for (int j = 0; j < STRIP; j++)
            sum[j] = 1 << (SIAM_WEIGHT_BITS - 1);
        for (int y = 0; y < count; y++) {
            const uint8_t *p = src + (size_t)y * stride + i;
            for (int j = 0; j < STRIP; j++)
                sum[j] += p[j] * k[y];
        }
        for (int j = 0; j < STRIP; j++)
            dst[i + (size_t)j] = clip8(sum[j]);
    }
    for (; i < n; i++) {
        int32_t sum = 1 << (SIAM_WEIGHT_BITS - 1);
        for (int y = 0; y < count; y++)
            sum += src[(size_t)y * stride + i] * k[y];
        dst[i] = clip8(sum);
    }
}

static const siam_pixels plain = {blend, luma_sum, grey, saturate, hue, flip, normalise, blur, down};

const siam_pixels *siam_pixels_by(int which)
{
#if defined(__x86_64__)
    if (which == 1)
        return SIAM_HAS_AVX512_VBMI ? siam_pixels_vbmi() : NULL;
#endif
    return which == 0 ? &plain : NULL;
}

const siam_pixels *siam_pixels_best(void)
{
    const siam_pixels *best = siam_pixels_by(1);
    return best ? best : &plain;
}
