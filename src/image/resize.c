/* Crop and resize, bit for bit as Pillow's Resample.c with the bilinear (triangle) filter: anti-aliased when
 * it shrinks, horizontal pass first, 22-bit fixed-point weights and rounding to 8 bits after each pass; of 16-bit images
 * weights and sums in double precision, rounded to 16 bits. */
#include "image/image.h"

#include <math.h>
#include <stdbool.h>

#include "base/check.h"
#include "image/across_bytes.h"
#include "image/doubles.h"
#include "image/pixels.h"
#include "image/scratch.h"
#include "image/simd.h"

enum { PRECISION = SIAM_WEIGHT_BITS };

/* The weights of one axis: output i reads count[i] pixels from first[i] with weights k[i * taps ...], of images other than
 * 8-bit RGB with weights exact[...] instead. */
typedef struct axis {
    int taps;
    int32_t *k, *first, *count;
    double *exact;
} axis;

static double triangle(double t)
{
    t = t < 0.0 ? -t : t;
    return t < 1.0 ? 1.0 - t : 0.0;
}

/* What is resized along one axis: so much of so many pixels, from within the first of them on. */
typedef struct span {
    double from, length;
    int pixels;
} span;

static span whole_of(int pixels) { return (span){0, pixels, pixels}; }

static double support_of(span in, int out)
{
    const double scale = in.length / out;
    return scale < 1.0 ? 1.0 : scale; /* the triangle reaches 1 output pixel when shrinking */
}
static int taps_of(span in, int out) { return (int)ceil(support_of(in, out)) * 2 + 1; }

/* Whether the outputs are the pixels themselves. */
static bool is_same(span in, int out) { return in.pixels == out && in.length == (double)out; }

/* Resample.c precompute_coeffs and normalize_coeffs_8bpc, for the outputs from..from+n-1 of `out`. */
static void fill_axis(const axis *a, span in, int out, int from, int n, int depth)
{
    const double scale = in.length / out, support = support_of(in, out), inverse = 1.0 / support;
    for (int i = 0; i < n; i++) {
        const double centre = in.from + (from + i + 0.5) * scale;
        const int first = siam_imax((int)(centre - support + 0.5), 0);
        const int count = siam_imin((int)(centre + support + 0.5), in.pixels) - first;
        double sum = 0.0;
        for (int x = 0; x < count; x++)
            sum += triangle((x + first - centre + 0.5) * inverse);
        const size_t at = (size_t)i * (size_t)a->taps;
        for (int x = 0; x < count; x++) {
            double w = triangle((x + first - centre + 0.5) * inverse);
            if (sum != 0.0)
                w /= sum;
            const int32_t fixed = (int32_t)(0.5 + w * (1 << PRECISION));
            if (a->exact)
                a->exact[at + (size_t)x] = depth == 1 ? fixed : w;
            else
                a->k[at + (size_t)x] = fixed;
        }
        a->first[i] = first;
        a->count[i] = count;
    }
}

int siam_image_taps(int in, int out) { return taps_of(whole_of(in), out); }

void siam_image_weights(int32_t *part, int taps, int from, int in, int out)
{
    SIAM_ASSERT(taps >= taps_of(whole_of(in), out));
    memset(part, 0, (size_t)out * (size_t)(1 + taps) * sizeof *part);
    for (int i = 0; i < out; i++, part += 1 + taps) {
        int32_t count;
        fill_axis(&(axis){.taps = taps, .k = part + 1, .first = part, .count = &count}, whole_of(in), out, i, 1, 1);
        part[0] += from;
    }
}

/* ---- the two passes ------------------------------------------------------------------------------------------ */

/* What is resized, and which part of the result is wanted. */
typedef struct job {
    const siam_image *src;
    const uint8_t *from; /* the first pixel of the source */
    size_t stride;
    span in_w, in_h; /* the whole of it, before ... */
    int out_w, out_h; /* and after */
    int x, y, w, h;  /* the part */
} job;

static siam_code make_tables(axis *ax, axis *ay, siam_across *pairs, int32_t **wide, const job *j, siam_image_scratch *s, siam_err *e)
{
    const bool any = !siam_image_is_rgb8(j->src); /* 8-bit RGB has whole weights, all else doubles */
    const size_t ow = (size_t)j->w, oh = (size_t)j->h;
    ax->taps = taps_of(j->in_w, j->out_w);
    ay->taps = taps_of(j->in_h, j->out_h);
    const int most = siam_across_most(ax->taps);
    const size_t wider = (size_t)j->in_w.pixels * SIAM_ACROSS_PIXEL, room = siam_across_bytes_room(j->w, ax->taps);
    const size_t row = any || room < wider ? wider : room, nx = ow * (size_t)ax->taps, ny = oh * (size_t)ay->taps;
    SIAM_TRY(siam_scratch_tables(s, any ? 2 * (nx + ny) + row : row + nx + ny + 2 * ow * (size_t)most, 2 * (ow + oh), e));
    *wide = s->coeff; /* first, for the alignment malloc gives */
    ax->k = s->coeff + row;
    ay->k = ax->k + nx;
    ax->exact = any ? (double *)(s->coeff + row) : NULL;
    ay->exact = any ? ax->exact + nx : NULL;
    ax->first = s->bound;
    ax->count = ax->first + ow;
    ay->first = ax->count + ow;
    ay->count = ay->first + oh;
    fill_axis(ax, j->in_w, j->out_w, j->x, j->w, j->src->depth);
    fill_axis(ay, j->in_h, j->out_h, j->y, j->h, j->src->depth);
    *pairs = (siam_across){j->w, most, ax->first, ax->count, any ? NULL : ay->k + ny};
    return SIAM_OK;
}

/* The horizontal pass of 8-bit RGB. */
static void pass_across(uint8_t *to, const uint8_t *from, size_t stride, int w, int h, const axis *ax, const siam_across *pairs, int32_t *wide)
{
    if (siam_across_bytes(to, from, stride, w, h, &(siam_across_axis){pairs->out, ax->taps, ax->k, ax->first, ax->count}, wide))
        return;
    siam_across_fill(pairs, ax->k, ax->taps);
    siam_across_best()(to, from, stride, w, h, pairs, wide);
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
    siam_across pairs;
    int32_t *wide;
    const int channels = j->src->channels, depth = j->src->depth;
    const bool any = !siam_image_is_rgb8(j->src);
    const siam_doubles *doubles = siam_doubles_best();
    const siam_pixels *loops = siam_pixels_best();
    const size_t pixel = siam_image_pixel(j->src);
    SIAM_TRY(siam_image_shape_buffer(dst, j->w, j->h, channels, depth, e));
    SIAM_TRY(make_tables(&ax, &ay, &pairs, &wide, j, s, e));
    /* Pillow skips a pass that would change nothing. */
    const bool across = !is_same(j->in_w, j->out_w), down = !is_same(j->in_h, j->out_h);
    int columns = j->w, rows = j->h;
    const int left = across ? rebase(&ax, j->w, &columns) : j->x, top = down ? rebase(&ay, j->h, &rows) : j->y;
    const size_t row = (size_t)j->w * pixel;
    const uint8_t *from = j->from + (size_t)top * j->stride + (size_t)left * pixel;
    size_t stride = j->stride;
    if (across) {
        uint8_t *to = dst->px;
        if (down) {
            SIAM_TRY(siam_scratch_bytes(s, row * (size_t)rows, e));
            to = s->bytes;
        }
        if (any)
            doubles->across(to, from, stride, columns, rows, &(siam_doubles_axis){j->w, ax.taps, ax.exact, ax.first, ax.count}, channels, depth,
                            (double *)(void *)wide);
        else
            pass_across(to, from, stride, columns, rows, &ax, &pairs, wide);
        if (!down)
            return SIAM_OK;
        from = to;
        stride = row;
    }
    for (int i = 0; i < j->h; i++) {
        uint8_t *to = dst->px + (size_t)i * row;
        if (down && any)
            doubles->down(to, from + (size_t)ay.first[i] * stride, stride, (size_t)(j->w * channels), ay.exact + (size_t)i * (size_t)ay.taps,
                          ay.count[i], depth);
        else if (down)
            loops->down(to, from + (size_t)ay.first[i] * stride, stride, row, ay.k + (size_t)i * (size_t)ay.taps, ay.count[i]);
        else
            memcpy(to, from + (size_t)i * stride, row);
    }
    return SIAM_OK;
}

/* The pixels of a part, of which there are n, that [at, at + length) of the picture touches, `at` counted from the part's first. false: there
 * are others. */
static bool touched(span *in, int *first, int at, int length, int shrink, int n)
{
    const int by = shrink ? shrink : 1;
    if (at < 0)
        return false;
    *first = at / by;
    *in = (span){(double)(at % by) / by, (double)length / by, (at + length + by - 1) / by - *first};
    return in->pixels <= n - *first;
}

siam_code siam_image_crop_resize(siam_image *dst, const siam_image *src, int x, int y, int w, int h,
                                 int out_w, int out_h, siam_image_scratch *s, siam_err *e)
{
    const int width = siam_image_width(src), height = siam_image_height(src);
    const siam_image_part *part = &src->part;
    int left, top;
    span in_w, in_h;
    if (x < 0 || y < 0 || w < 1 || h < 1 || w > width - x || h > height - y)
        return siam_fail(e, SIAM_E_CONFIG,
                         "a crop of %d x %d at (%d, %d) does not lie inside the image of %d x %d", w, h, x, y,
                         width, height);
    if (!touched(&in_w, &left, x - part->x, w, part->shrink, src->w) || !touched(&in_h, &top, y - part->y, h, part->shrink, src->h))
        return siam_fail(e, SIAM_E_BUG, "a crop of %d x %d at (%d, %d) is not in what was decoded", w, h, x, y);
    const size_t pixel = siam_image_pixel(src), stride = (size_t)src->w * pixel;
    const job j = {src, src->px + (size_t)top * stride + (size_t)left * pixel, stride, in_w, in_h, out_w, out_h, 0, 0, out_w, out_h};
    return resample(dst, &j, s, e);
}

siam_code siam_image_resize_crop(siam_image *dst, const siam_image *src, int out_w, int out_h, int x, int y, int w,
                                 int h, siam_image_scratch *s, siam_err *e)
{
    if (x < 0 || y < 0 || w < 1 || h < 1 || w > out_w - x || h > out_h - y)
        return siam_fail(e, SIAM_E_CONFIG, "a crop of %d x %d at (%d, %d) does not lie inside the resized %d x %d", w, h,
                         x, y, out_w, out_h);
    const job j = {src, src->px, (size_t)src->w * siam_image_pixel(src), whole_of(src->w), whole_of(src->h), out_w, out_h, x, y, w, h};
    return resample(dst, &j, s, e);
}
