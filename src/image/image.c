/* Image buffers, and the operations that only move pixels or change their type. */
#include "image/image.h"

#include <stdlib.h>

#include "base/check.h"
#include "image/pixels.h"
#include "image/simd.h"

enum { MAX_SIDE = 1 << 20 };

siam_code siam_image_shape_buffer(siam_image *im, int w, int h, int channels, int depth, siam_err *e)
{
    SIAM_ASSERT(channels >= 1 && channels <= SIAM_IMAGE_MOST && (depth == 1 || depth == 2));
    if (w < 1 || h < 1 || w > MAX_SIDE || h > MAX_SIDE)
        return siam_fail(e, SIAM_E_DATA, "an image of %d x %d pixels is outside 1 x 1 to %d x %d", w, h,
                         MAX_SIDE, MAX_SIDE);
    const size_t need = (size_t)w * (size_t)h * (size_t)channels * (size_t)depth;
    if (need > im->cap || !im->px) {
        /* The old contents are not wanted, so free first: realloc would copy them. */
        free(im->px);
        *im = (siam_image){0};
        im->px = malloc(need);
        if (!im->px)
            return siam_fail(e, SIAM_E_NOMEM, "no memory for an image of %d x %d pixels (%zu bytes)", w, h,
                             need);
        im->cap = need;
    }
    im->w = w;
    im->h = h;
    im->channels = channels;
    im->depth = depth;
    im->part = (siam_image_part){0};
    return SIAM_OK;
}

siam_code siam_image_resize_buffer(siam_image *im, int w, int h, siam_err *e)
{
    return siam_image_shape_buffer(im, w, h, SIAM_IMAGE_CHANNELS, 1, e);
}

void siam_image_release(siam_image *im)
{
    free(im->px);
    *im = (siam_image){0};
}

/* ---- other channels, another depth ---- */

/* Sample c of a pixel of one channel more or fewer. Pillow's luma, whose sum fits 32 bits in either depth. */
static unsigned sample_as(const uint8_t *pixel, const siam_image *im, int channels, int c)
{
    const int depth = im->depth;
    if (channels == im->channels || im->channels == 1)
        return (unsigned)siam_sample_get(pixel, channels == im->channels ? (size_t)c : 0, depth);
    return ((unsigned)siam_sample_get(pixel, 0, depth) * 19595u + (unsigned)siam_sample_get(pixel, 1, depth) * 38470u +
            (unsigned)siam_sample_get(pixel, 2, depth) * 7471u + 0x8000u) >> 16;
}

siam_code siam_image_convert(siam_image *im, int channels, int depth, siam_err *e)
{
    siam_image out = {0};
    if (channels == im->channels && depth == im->depth)
        return SIAM_OK;
    SIAM_ASSERT(channels == im->channels || (channels == 1 && im->channels == 3) || (channels == 3 && im->channels == 1));
    SIAM_TRY(siam_image_shape_buffer(&out, im->w, im->h, channels, depth, e));
    const size_t n = (size_t)im->w * (size_t)im->h, pixel = siam_image_pixel(im);
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < channels; c++) {
            const unsigned v = sample_as(im->px + pixel * i, im, channels, c);
            siam_sample_put(out.px, i * (size_t)channels + (size_t)c, depth, depth == im->depth ? v : depth == 1 ? v >> 8 : v * 257);
        }
    out.part = im->part;
    siam_image_release(im);
    *im = out;
    return SIAM_OK;
}

/* ---- moving pixels ---- */

static void exchange(uint8_t *a, uint8_t *b, size_t n)
{
    uint8_t t[SIAM_IMAGE_MOST * 2];
    memcpy(t, a, n);
    memcpy(a, b, n);
    memcpy(b, t, n);
}

static void flip_rows(siam_image *im, size_t pixel)
{
    for (int y = 0; y < im->h; y++) {
        uint8_t *l = im->px + (size_t)y * (size_t)im->w * pixel, *r = l + (size_t)(im->w - 1) * pixel;
        for (; l < r; l += pixel, r -= pixel)
            exchange(l, r, pixel);
    }
}

void siam_image_hflip(siam_image *im)
{
    if (siam_image_is_rgb8(im))
        siam_pixels_best()->flip(im->px, (size_t)im->w, (size_t)im->h);
    else
        flip_rows(im, siam_image_pixel(im));
}

/* Channel c of any image. */
SIAM_PIXEL_LOOP
static void normalise_channel(float *dst, const siam_image *im, int c, float mean, float std)
{
    const size_t n = (size_t)im->w * (size_t)im->h, step = (size_t)im->channels;
    const uint16_t *wide = (const uint16_t *)(const void *)im->px + c;
    const uint8_t *narrow = im->px + c;
    if (im->depth == 2)
        for (size_t i = 0; i < n; i++)
            dst[i] = ((float)wide[i * step] / 65535.0f - mean) / std;
    else
        for (size_t i = 0; i < n; i++)
            dst[i] = ((float)narrow[i * step] / 255.0f - mean) / std;
}

void siam_image_normalise(float *dst, const siam_image *im, const siam_norm *norm)
{
    const size_t n = (size_t)im->w * (size_t)im->h;
    if (siam_image_is_rgb8(im))
        siam_pixels_best()->normalise(dst, im->px, n, norm->mean, norm->std);
    for (int c = 0; c < im->channels && !siam_image_is_rgb8(im); c++)
        normalise_channel(dst + (size_t)c * n, im, c, norm->mean[c], norm->std[c]);
}
