/* Colour operations, bit for bit as Pillow: ImageEnhance (a blend in float32, truncated), convert('L') and
 * the trip through 8-bit HSV. The HSV arithmetic below is not Pillow's but gives its results for every
 * input; tests/unit/test_image.c holds it against the textbook form. */
#include "image/image.h"

#include "image/simd.h"

/* ITU-601 luma in 16-bit fixed point, as Pillow's L24. */
SIAM_INLINE void luma_chunk(uint8_t *restrict dst, const siam_planes *c)
{
    for (int i = 0; i < SIAM_CHUNK; i++)
        dst[i] = (uint8_t)((c->r[i] * 19595u + c->g[i] * 38470u + c->b[i] * 7471u + 0x8000u) >> 16);
}

SIAM_PIXEL_LOOP
void siam_image_luma(uint8_t *dst, const siam_image *im)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    siam_planes c;
    uint8_t l[SIAM_CHUNK];
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, im->px + 3 * i, m);
        luma_chunk(l, &c);
        memcpy(dst + i, l, m);
    }
}

SIAM_PIXEL_LOOP
void siam_image_grayscale(siam_image *im)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, im->px + 3 * i, m);
        uint8_t l[SIAM_CHUNK];
        luma_chunk(l, &c);
        memcpy(c.r, l, sizeof l);
        memcpy(c.g, l, sizeof l);
        memcpy(c.b, l, sizeof l);
        siam_planes_store(im->px + 3 * i, &c, m);
    }
}

/* ImagingBlend: d + f * (x - d) in float32, clipped and truncated. Beyond 65536 every factor saturates the
 * same way, and up to there the sum fits an int. */
SIAM_INLINE float clip_factor(float f) { return f > 65536.0f ? 65536.0f : f < -65536.0f ? -65536.0f : f; }
SIAM_INLINE uint8_t blend(int d, int x, float f)
{
    const int v = (int)((float)d + f * (float)(x - d));
    return (uint8_t)siam_imin(siam_imax(v, 0), 255);
}

SIAM_PIXEL_LOOP
static void blend_constant(uint8_t *p, size_t n, int d, float f)
{
    for (size_t i = 0; i < n; i++)
        p[i] = blend(d, p[i], f);
}

void siam_image_brightness(siam_image *im, float factor)
{
    blend_constant(im->px, (size_t)im->w * (size_t)im->h * 3, 0, clip_factor(factor));
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

void siam_image_contrast(siam_image *im, float factor)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    const int mean = (int)((double)luma_sum(im->px, n) / (double)n + 0.5);
    blend_constant(im->px, n * 3, mean, clip_factor(factor));
}

SIAM_INLINE void saturate_chunk(siam_planes *restrict c, const uint8_t *restrict l, float f)
{
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->r[i] = blend(l[i], c->r[i], f);
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->g[i] = blend(l[i], c->g[i], f);
    for (int i = 0; i < SIAM_CHUNK; i++)
        c->b[i] = blend(l[i], c->b[i], f);
}

SIAM_PIXEL_LOOP
void siam_image_saturation(siam_image *im, float factor)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    const float f = clip_factor(factor);
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, im->px + 3 * i, m);
        uint8_t l[SIAM_CHUNK];
        luma_chunk(l, &c);
        saturate_chunk(&c, l, f);
        siam_planes_store(im->px + 3 * i, &c, m);
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
void siam_image_to_hsv(uint8_t *dst, const siam_image *im)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    siam_planes c, hsv;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, im->px + 3 * i, m);
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
static void shift_hue(uint8_t *p, size_t n, int shift)
{
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, p + 3 * i, m);
        hue_chunk(&c, shift);
        siam_planes_store(p + 3 * i, &c, m);
    }
}

/* torchvision: np_h += np.uint8(hue_factor * 255), truncated towards 0, then modulo 256. */
int siam_image_hue_steps(double factor) { return (int)(factor * 255.0); }

void siam_image_hue_by(siam_image *im, int steps) { shift_hue(im->px, (size_t)im->w * (size_t)im->h, steps); }

void siam_image_hue(siam_image *im, double factor) { siam_image_hue_by(im, siam_image_hue_steps(factor)); }
