/* Operations on any image that move pixels, or samples, and are no part of the paper's pipeline. */
#include "image/image.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

static const double PI = 3.14159265358979323846;

static int get(const siam_image *im, size_t i) { return siam_sample_get(im->px, i, im->depth); }
static void put(siam_image *im, size_t i, int v) { siam_sample_put(im->px, i, im->depth, (unsigned)v); }

static size_t samples_of(const siam_image *im) { return (size_t)im->w * (size_t)im->h * (size_t)im->channels; }

void siam_image_vflip(siam_image *im)
{
    const size_t row = siam_image_pixel(im) * (size_t)im->w;
    uint8_t part[256];
    for (size_t y = 0; y < (size_t)im->h / 2; y++) {
        uint8_t *a = im->px + row * y, *b = im->px + row * ((size_t)im->h - 1 - y);
        for (size_t i = 0; i < row; i += sizeof part) {
            const size_t n = row - i < sizeof part ? row - i : sizeof part;
            memcpy(part, a + i, n);
            memcpy(a + i, b + i, n);
            memcpy(b + i, part, n);
        }
    }
}

siam_code siam_image_quarters(siam_image *dst, const siam_image *src, int quarters, siam_err *e)
{
    const bool across = quarters & 1;
    const size_t pixel = siam_image_pixel(src);
    SIAM_TRY(siam_image_shape_buffer(dst, across ? src->h : src->w, across ? src->w : src->h, src->channels, src->depth, e));
    for (int y = 0; y < dst->h; y++)
        for (int x = 0; x < dst->w; x++) {
            const int from_x = quarters == 1 ? src->w - 1 - y : quarters == 2 ? src->w - 1 - x : quarters == 3 ? y : x;
            const int from_y = quarters == 1 ? x : quarters == 2 ? src->h - 1 - y : quarters == 3 ? src->h - 1 - x : y;
            memcpy(dst->px + pixel * ((size_t)y * (size_t)dst->w + (size_t)x),
                   src->px + pixel * ((size_t)from_y * (size_t)src->w + (size_t)from_x), pixel);
        }
    return SIAM_OK;
}

/* Between the four pixels around (x, y), whose edge goes on for ever. */
static double between(const siam_image *im, double x, double y, int c)
{
    x = fmin(fmax(x, 0), im->w - 1);
    y = fmin(fmax(y, 0), im->h - 1);
    const size_t x0 = (size_t)x, y0 = (size_t)y, x1 = x0 + (x0 + 1 < (size_t)im->w), y1 = y0 + (y0 + 1 < (size_t)im->h);
    const double fx = x - (double)x0, fy = y - (double)y0;
    const size_t w = (size_t)im->w, k = (size_t)im->channels;
    const double top = get(im, (y0 * w + x0) * k + (size_t)c) * (1 - fx) + get(im, (y0 * w + x1) * k + (size_t)c) * fx;
    const double bottom = get(im, (y1 * w + x0) * k + (size_t)c) * (1 - fx) + get(im, (y1 * w + x1) * k + (size_t)c) * fx;
    return top * (1 - fy) + bottom * fy;
}

siam_image_angle siam_image_angle_of(double degrees)
{
    return (siam_image_angle){.cosine = cos(degrees * PI / 180), .sine = sin(degrees * PI / 180)};
}

siam_code siam_image_rotate(siam_image *dst, const siam_image *src, double degrees, siam_err *e)
{
    return siam_image_turn(dst, src, siam_image_angle_of(degrees), e);
}

siam_code siam_image_turn(siam_image *dst, const siam_image *src, siam_image_angle a, siam_err *e)
{
    const double mid_x = (src->w - 1) / 2.0, mid_y = (src->h - 1) / 2.0;
    SIAM_TRY(siam_image_shape_buffer(dst, src->w, src->h, src->channels, src->depth, e));
    size_t i = 0;
    for (int y = 0; y < dst->h; y++)
        for (int x = 0; x < dst->w; x++) {
            const double from_x = mid_x + (x - mid_x) * a.cosine - (y - mid_y) * a.sine;
            const double from_y = mid_y + (x - mid_x) * a.sine + (y - mid_y) * a.cosine;
            for (int c = 0; c < dst->channels; c++)
                put(dst, i++, (int)(between(src, from_x, from_y, c) + 0.5));
        }
    return SIAM_OK;
}

void siam_image_solarise(siam_image *im, double from)
{
    const int white = siam_image_white(im);
    const double least = from * white;
    for (size_t i = 0, n = samples_of(im); i < n; i++)
        if (get(im, i) >= least)
            put(im, i, white - get(im, i));
}

void siam_image_flatten(siam_image *im, int channel)
{
    const size_t step = (size_t)im->channels, n = samples_of(im);
    uint64_t sum = 0;
    for (size_t i = (size_t)channel; i < n; i += step)
        sum += (uint64_t)get(im, i);
    const int mean = (int)((sum + n / step / 2) / (n / step));
    for (size_t i = (size_t)channel; i < n; i += step)
        put(im, i, mean);
}
