/* What the fuzz targets of the image formats share. */
#ifndef SIAM_FUZZ_IMAGE_H
#define SIAM_FUZZ_IMAGE_H

#include <stdlib.h>

#include "image/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Sizes of millions of pixels are valid, and slow. */
static inline int fuzz_image(const siam_codec *c, const uint8_t *data, size_t n)
{
    siam_image im = {0};
    siam_err e = {0};
    int w = 0, h = 0;
    size_t length;

    if (!c->probe(data, n)) {
        siam_image_decode(&im, data, n, &e);
        siam_image_release(&im);
        return 0;
    }
    if (c->exif)
        c->exif(data, n, &length);
    if (c->size(&w, &h, data, n, &e)) {
        if (!e.msg[0])
            abort(); /* a failure without a sentence */
        e = (siam_err){0};
    } else if ((int64_t)w * h > 1 << 20) {
        return 0;
    }
    if (!c->decode(&im, data, n, &e)) {
        if (im.w != w || im.h != h)
            abort();
        siam_image_orient(&im, siam_image_orientation(data, n), &e);
    } else if (!e.msg[0]) {
        abort();
    }
    siam_image_release(&im);
    return 0;
}

#endif
