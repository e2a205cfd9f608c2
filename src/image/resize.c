/* Crop and resize, bit for bit as Pillow's Resample.c with the bilinear (triangle) filter: anti-aliased when
 * it shrinks, horizontal pass first, 22-bit fixed-point weights and rounding to 8 bits after each pass. */
#include "image/image.h"

#include <math.h>
#include <stdbool.h>

#include "base/check.h"
#include "image/scratch.h"
#include "image/simd.h"

enum { PRECISION = 32 - 8 - 2 };

/* The weights of one axis: output i reads count[i] pixels from first[i] with weights k[i * taps ...]. */
typedef struct axis {
    int taps;
    int32_t *k, *first, *count;
} axis;

static double triangle(double t)
{
    t = t < 0.0 ? -t : t;
    return t < 1.0 ? 1.0 - t : 0.0;
}

static double support_of(int in, int out)
{
    const double scale = (double)in / out;
    return scale < 1.0 ? 1.0 : scale; /* the triangle reaches 1 output pixel when shrinking */
}
static int taps_of(int in, int out) { return (int)ceil(support_of(in, out)) * 2 + 1; }

/* Resample.c precompute_coeffs and normalize_coeffs_8bpc, for the outputs from..from+n-1 of `out`. */
static void fill_axis(const axis *a, int in, int out, int from, int n)
{
    const double scale = (double)in / out, support = support_of(in, out), inverse = 1.0 / support;
    for (int i = 0; i < n; i++) {
        const double centre = (from + i + 0.5) * scale;
        const int first = siam_imax((int)(centre - support + 0.5), 0);
        const int count = siam_imin((int)(centre + support + 0.5), in) - first;
        double sum = 0.0;
        for (int x = 0; x < count; x++)
            sum += triangle((x + first - centre + 0.5) * inverse);
        int32_t *k = a->k + (size_t)i * (size_t)a->taps;
        for (int x = 0; x < count; x++) {
            double w = triangle((x + first - centre + 0.5) * inverse);
            if (sum != 0.0)
                w /= sum;
            k[x] = (int32_t)(0.5 + w * (1 << PRECISION));
        }
        a->first[i] = first;
        a->count[i] = count;
    }
}

/* No weight is negative, so only the top can overflow: thousands of taps, each rounded up. */
SIAM_INLINE uint8_t clip8(int32_t sum) { return (uint8_t)siam_imin(sum >> PRECISION, 255); }

/* One pixel is four lanes of 32 bits; the fourth is idle. */
typedef int32_t lanes __attribute__((vector_size(16)));

/* One row: `wide` holds the input pixels one per four lanes. */
SIAM_INLINE void resize_row(uint8_t *dst, const lanes *wide, const axis *a, int out)
{
    for (int i = 0; i < out; i++) {
        const int32_t *k = a->k + (size_t)i * (size_t)a->taps;
        const lanes *p = wide + a->first[i];
        const int32_t half = 1 << (PRECISION - 1);
        lanes sum = {half, half, half, half};
        for (int x = 0; x < a->count[i]; x++)
            sum += p[x] * k[x];
        for (int c = 0; c < 3; c++)
            dst[3 * i + c] = clip8(sum[c]);
    }
}

SIAM_PIXEL_LOOP
static void horizontal(uint8_t *dst, int out, const uint8_t *src, size_t stride, int w, int h, const axis *a,
                       lanes *wide)
{
    for (int y = 0; y < h; y++, src += stride, dst += (size_t)out * 3) {
        for (int x = 0; x < w; x++)
            wide[x] = (lanes){src[3 * x], src[3 * x + 1], src[3 * x + 2], 0};
        resize_row(dst, wide, a, out);
    }
}

/* One output row of n bytes from `count` rows. The sum runs over short strips that stay in registers. */
SIAM_PIXEL_LOOP
static void vertical_row(uint8_t *restrict dst, const uint8_t *restrict src, size_t stride, size_t n,
                         const int32_t *k, int count)
{
    enum { STRIP = 32 };
    size_t i = 0;
    for (; i + STRIP <= n; i += STRIP) {
        int32_t sum[STRIP];
        for (int j = 0; j < STRIP; j++)
            sum[j] = 1 << (PRECISION - 1);
        for (int y = 0; y < count; y++) {
            const uint8_t *p = src + (size_t)y * stride + i;
            for (int j = 0; j < STRIP; j++)
                sum[j] += p[j] * k[y];
        }
        for (int j = 0; j < STRIP; j++)
            dst[i + (size_t)j] = clip8(sum[j]);
    }
    for (; i < n; i++) {
        int32_t sum = 1 << (PRECISION - 1);
        for (int y = 0; y < count; y++)
            sum += src[(size_t)y * stride + i] * k[y];
        dst[i] = clip8(sum);
    }
}

/* What is resized, and which part of the result is wanted. */
typedef struct job {
    const uint8_t *from; /* the first pixel of the source */
    size_t stride;
    int in_w, in_h, out_w, out_h; /* the whole of it, before and after */
    int x, y, w, h;               /* the part */
} job;

static siam_code make_tables(axis *ax, axis *ay, lanes **wide, const job *j, siam_image_scratch *s, siam_err *e)
{
    const size_t ow = (size_t)j->w, oh = (size_t)j->h;
    ax->taps = taps_of(j->in_w, j->out_w);
    ay->taps = taps_of(j->in_h, j->out_h);
    const size_t row = (size_t)j->in_w * 4, nx = ow * (size_t)ax->taps, ny = oh * (size_t)ay->taps;
    SIAM_TRY(siam_scratch_tables(s, row + nx + ny, 2 * (ow + oh), e));
    *wide = (lanes *)s->coeff; /* first, for the alignment malloc gives */
    ax->k = s->coeff + row;
    ay->k = ax->k + nx;
    ax->first = s->bound;
    ax->count = ax->first + ow;
    ay->first = ax->count + ow;
    ay->count = ay->first + oh;
    fill_axis(ax, j->in_w, j->out_w, j->x, j->w);
    fill_axis(ay, j->in_h, j->out_h, j->y, j->h);
    return SIAM_OK;
}

/* Let an axis of n outputs count its inputs from the first that any of them reads; returns that one, *length: how many
 * there are. */
static int rebase(const axis *a, int n, int *length)
{
    const int base = a->first[0];
    *length = a->first[n - 1] + a->count[n - 1] - base; /* neither end ever moves back */
    for (int i = 0; i < n; i++)
        a->first[i] -= base;
    return base;
}

static siam_code resample(siam_image *dst, const job *j, siam_image_scratch *s, siam_err *e)
{
    axis ax, ay;
    lanes *wide;
    SIAM_TRY(siam_image_resize_buffer(dst, j->w, j->h, e));
    SIAM_TRY(make_tables(&ax, &ay, &wide, j, s, e));
    /* Pillow skips a pass that would change nothing. */
    const bool across = j->out_w != j->in_w, down = j->out_h != j->in_h;
    int columns = j->w, rows = j->h;
    const int left = across ? rebase(&ax, j->w, &columns) : j->x, top = down ? rebase(&ay, j->h, &rows) : j->y;
    const size_t row = (size_t)j->w * 3;
    const uint8_t *from = j->from + (size_t)top * j->stride + (size_t)left * 3;
    size_t stride = j->stride;
    if (across) {
        uint8_t *to = dst->rgb;
        if (down) {
            SIAM_TRY(siam_scratch_bytes(s, row * (size_t)rows, e));
            to = s->bytes;
        }
        horizontal(to, j->w, from, stride, columns, rows, &ax, wide);
        if (!down)
            return SIAM_OK;
        from = to;
        stride = row;
    }
    for (int i = 0; i < j->h; i++) {
        uint8_t *to = dst->rgb + (size_t)i * row;
        if (down)
            vertical_row(to, from + (size_t)ay.first[i] * stride, stride, row, ay.k + (size_t)i * (size_t)ay.taps,
                         ay.count[i]);
        else
            memcpy(to, from + (size_t)i * stride, row);
    }
    return SIAM_OK;
}

siam_code siam_image_crop_resize(siam_image *dst, const siam_image *src, int x, int y, int w, int h,
                                 int out_w, int out_h, siam_image_scratch *s, siam_err *e)
{
    if (x < 0 || y < 0 || w < 1 || h < 1 || w > src->w - x || h > src->h - y)
        return siam_fail(e, SIAM_E_CONFIG,
                         "a crop of %d x %d at (%d, %d) does not lie inside the image of %d x %d", w, h, x, y,
                         src->w, src->h);
    const size_t stride = (size_t)src->w * 3;
    const job j = {src->rgb + (size_t)y * stride + (size_t)x * 3, stride, w, h, out_w, out_h, 0, 0, out_w, out_h};
    return resample(dst, &j, s, e);
}

siam_code siam_image_resize_crop(siam_image *dst, const siam_image *src, int out_w, int out_h, int x, int y, int w,
                                 int h, siam_image_scratch *s, siam_err *e)
{
    if (x < 0 || y < 0 || w < 1 || h < 1 || w > out_w - x || h > out_h - y)
        return siam_fail(e, SIAM_E_CONFIG, "a crop of %d x %d at (%d, %d) does not lie inside the resized %d x %d", w, h,
                         x, y, out_w, out_h);
    const job j = {src->rgb, (size_t)src->w * 3, src->w, src->h, out_w, out_h, x, y, w, h};
    return resample(dst, &j, s, e);
}
