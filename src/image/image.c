/* Image buffers, and the two operations that only move pixels or change their type: flip and normalise. */
#include "image/image.h"

#include <stdlib.h>

#include "image/simd.h"

enum { MAX_SIDE = 1 << 20 };

siam_code siam_image_resize_buffer(siam_image *im, int w, int h, siam_err *e)
{
    if (w < 1 || h < 1 || w > MAX_SIDE || h > MAX_SIDE)
        return siam_fail(e, SIAM_E_DATA, "an image of %d x %d pixels is outside 1 x 1 to %d x %d", w, h,
                         MAX_SIDE, MAX_SIDE);
    const size_t need = (size_t)w * (size_t)h * 3;
    if (need > im->cap || !im->rgb) {
        /* The old contents are not wanted, so free first: realloc would copy them. */
        free(im->rgb);
        *im = (siam_image){0};
        im->rgb = malloc(need);
        if (!im->rgb)
            return siam_fail(e, SIAM_E_NOMEM, "no memory for an image of %d x %d pixels (%zu bytes)", w, h,
                             need);
        im->cap = need;
    }
    im->w = w;
    im->h = h;
    return SIAM_OK;
}

void siam_image_release(siam_image *im)
{
    free(im->rgb);
    *im = (siam_image){0};
}

void siam_image_hflip(siam_image *im)
{
    for (int y = 0; y < im->h; y++) {
        uint8_t *l = im->rgb + (size_t)y * (size_t)im->w * 3, *r = l + (size_t)(im->w - 1) * 3;
        for (; l < r; l += 3, r -= 3) {
            const uint8_t a = l[0], b = l[1], c = l[2];
            l[0] = r[0];
            l[1] = r[1];
            l[2] = r[2];
            r[0] = a;
            r[1] = b;
            r[2] = c;
        }
    }
}

SIAM_INLINE void normalise_chunk(float *restrict dst, const uint8_t *restrict src, int n, float mean,
                                 float std)
{
    for (int i = 0; i < n; i++)
        dst[i] = ((float)src[i] / 255.0f - mean) / std;
}

SIAM_PIXEL_LOOP
void siam_image_normalise(float *dst, const siam_image *im, const siam_norm *norm)
{
    const float *mean = norm->mean, *std = norm->std;
    const size_t n = (size_t)im->w * (size_t)im->h;
    siam_planes c;
    for (size_t i = 0; i < n; i += SIAM_CHUNK) {
        const size_t m = n - i < SIAM_CHUNK ? n - i : SIAM_CHUNK;
        siam_planes_load(&c, im->rgb + 3 * i, m);
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
