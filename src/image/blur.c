/* Pillow's GaussianBlur: not a sampled Gaussian but three extended box blurs per axis (Gwosdek et al., SSVM
 * 2011), each rounded to the depth of the image. A box of real radius r = R + fraction gives the 2R+1 inner pixels one
 * weight and the two beyond them another, in 24-bit fixed point; pixels outside the image repeat the edge. */
#include "image/image.h"

#include <math.h>

#include "base/check.h"
#include "image/pixels.h"
#include "image/scratch.h"
#include "image/simd.h"

#define MAX_SIGMA 32.0f
enum { MAX_RADIUS = 32, MAX_TAPS = 2 * MAX_RADIUS + 3, PASSES = 3 };

typedef siam_image_box box;

/* BoxBlur.c _gaussian_blur_radius. float32 exactly where Pillow has it: a last-bit difference in the weight moves
 * ties, and with them almost half of the pixels. */
siam_image_box siam_image_box_of_sigma(float sigma)
{
    SIAM_ASSERT(sigma >= 0.0f && sigma <= MAX_SIGMA);
    const float var = sigma * sigma / PASSES;
    const float length = (float)sqrt(12.0 * var + 1.0);
    const float l = (float)floor((length - 1.0) / 2.0);
    float a = (2 * l + 1) * (l * (l + 1) - 3 * var);
    a /= 6 * (var - (l + 1) * (l + 1));
    const float r = l + a;
    const int radius = (int)r;
    const uint32_t inner = (uint32_t)((float)(1 << 24) / (r * 2 + 1));
    return (box){radius, inner, ((1u << 24) - (uint32_t)(2 * radius + 1) * inner) / 2};
}

/* Of 16 bits a product has up to 42: two sums of 12-bit parts of the weights, whose carry is all that the lower one adds. Five
 * samples of 16 bits times 12 stay below 32. */
enum { PART = 12 };
SIAM_INLINE uint16_t weigh_wide(uint32_t inner, uint32_t outer, box k)
{
    const uint32_t mask = (1u << PART) - 1, low = inner * (k.inner & mask) + outer * (k.outer & mask) + (1u << 23);
    return (uint16_t)((inner * (k.inner >> PART) + outer * (k.outer >> PART) + (low >> PART)) >> (24 - PART));
}

SIAM_PIXEL_LOOP
static void pass3_wide(uint16_t *restrict out, const uint16_t *a, const uint16_t *b, const uint16_t *c, size_t n, box k)
{
    for (size_t i = 0; i < n; i++)
        out[i] = weigh_wide(b[i], (uint32_t)a[i] + c[i], k);
}

SIAM_PIXEL_LOOP
static void pass5_wide(uint16_t *restrict out, const uint16_t *a, const uint16_t *b, const uint16_t *c, const uint16_t *d, const uint16_t *f,
                       size_t n, box k)
{
    for (size_t i = 0; i < n; i++)
        out[i] = weigh_wide((uint32_t)b[i] + c[i] + d[i], (uint32_t)a[i] + f[i], k);
}

static const uint16_t *samples(const uint8_t *bytes) { return (const uint16_t *)(const void *)bytes; }

/* Any radius. */
SIAM_PIXEL_LOOP
static void pass_wide(uint16_t *restrict out, const uint8_t *const *tap, size_t n, box k)
{
    const int last = 2 * k.radius + 2;
    const uint16_t *first = samples(tap[0]), *end = samples(tap[last]);
    for (size_t i = 0; i < n; i++) {
        uint64_t inner = 0;
        for (int d = 1; d < last; d++)
            inner += samples(tap[d])[i];
        out[i] = (uint16_t)((inner * k.inner + (uint64_t)(first[i] + end[i]) * k.outer + (1u << 23)) >> 24);
    }
}

/* One pass over n bytes of samples. tap[0] and tap[2R+2] are the outer neighbours, the ones between them the box: byte
 * pointers into one padded row (horizontal) or the starts of rows (vertical). No tap overlaps out. */
static void pass(uint8_t *restrict out, const uint8_t *const *tap, size_t n, box k, int depth)
{
    if (depth == 2) {
        if (k.radius == 0)
            pass3_wide((uint16_t *)(void *)out, samples(tap[0]), samples(tap[1]), samples(tap[2]), n / 2, k);
        else if (k.radius == 1)
            pass5_wide((uint16_t *)(void *)out, samples(tap[0]), samples(tap[1]), samples(tap[2]), samples(tap[3]), samples(tap[4]), n / 2, k);
        else
            pass_wide((uint16_t *)(void *)out, tap, n / 2, k);
    } else {
        siam_pixels_best()->blur(out, tap, n, k.radius, k.inner, k.outer);
    }
}

/* Repeat the first and the last of the pixels in the n bytes at `row` `pad` times on either side. */
static void pad_row(uint8_t *row, size_t n, size_t pixel, size_t pad)
{
    uint8_t *end = row + n;
    for (size_t i = 0; i < pad; i++) {
        memcpy(row - pixel * (i + 1), row, pixel);
        memcpy(end + pixel * i, end - pixel, pixel);
    }
}

/* Three passes along each row of src, result in dst. a and b hold a padded row each. */
static void blur_rows(uint8_t *dst, const siam_image *src, uint8_t *a, uint8_t *b, box k)
{
    const size_t pixel = siam_image_pixel(src), n = (size_t)src->w * pixel, pad = (size_t)k.radius + 1;
    const uint8_t *from_a[MAX_TAPS], *from_b[MAX_TAPS];
    a += pixel * pad;
    b += pixel * pad;
    for (int d = 0; d < 2 * k.radius + 3; d++) {
        from_a[d] = a + (ptrdiff_t)pixel * (d - k.radius - 1);
        from_b[d] = b + (ptrdiff_t)pixel * (d - k.radius - 1);
    }
    for (size_t y = 0; y < (size_t)src->h; y++) {
        memcpy(a, src->px + y * n, n);
        pad_row(a, n, pixel, pad);
        pass(b, from_a, n, k, src->depth);
        pad_row(b, n, pixel, pad);
        pass(a, from_b, n, k, src->depth);
        pad_row(a, n, pixel, pad);
        pass(dst + y * n, from_a, n, k, src->depth);
    }
}

/* One pass down the columns. */
static void blur_columns(uint8_t *dst, const uint8_t *src, size_t row, int h, box k, int depth)
{
    for (int y = 0; y < h; y++) {
        const uint8_t *tap[MAX_TAPS];
        for (int d = 0; d < 2 * k.radius + 3; d++) {
            const int from = siam_imin(siam_imax(y + d - k.radius - 1, 0), h - 1);
            tap[d] = src + (size_t)from * row;
        }
        pass(dst + (size_t)y * row, tap, row, k, depth);
    }
}

siam_code siam_image_gaussian_blur(siam_image *im, float sigma, siam_image_scratch *s, siam_err *e)
{
    if (!(sigma >= 0.0f && sigma <= MAX_SIGMA))
        return siam_fail(e, SIAM_E_CONFIG, "a blur of sigma %g is outside the supported range 0 to %g",
                         (double)sigma, (double)MAX_SIGMA);
    return siam_image_box_blur(im, siam_image_box_of_sigma(sigma), s, e);
}

siam_code siam_image_box_blur(siam_image *im, siam_image_box k, siam_image_scratch *s, siam_err *e)
{
    SIAM_ASSERT(k.radius >= 0 && k.radius <= MAX_RADIUS);
    const size_t pixel = siam_image_pixel(im), row = (size_t)im->w * pixel, size = row * (size_t)im->h,
                 padded = row + 2 * pixel * ((size_t)k.radius + 1);
    SIAM_TRY(siam_scratch_bytes(s, size + 2 * padded, e));
    uint8_t *other = s->bytes, *a = other + size, *b = a + padded;
    blur_rows(other, im, a, b, k);
    blur_columns(im->px, other, row, im->h, k, im->depth); /* three passes: the last one ends in im */
    blur_columns(other, im->px, row, im->h, k, im->depth);
    blur_columns(im->px, other, row, im->h, k, im->depth);
    return SIAM_OK;
}
