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
    siam_image_form f = {0};
    const bool formed = !siam_image_form_of(&f, data, n, NULL);
    if (formed && (f.w != w || f.h != h || f.channels < 1 || f.samples < f.channels || f.depth < 1 || f.depth > 2))
        abort();
    /* as colours; as it is; and with alpha */
    const siam_image_want wants[] = {{0, 0, 0, 1}, {f.channels, 2, 0, 1}, {f.samples, 1, 0, 1}};
    for (int i = 0; i < (formed && f.samples <= SIAM_IMAGE_MOST ? 3 : 1); i++) {
        e = (siam_err){0};
        if (!siam_image_decode_as(&im, &wants[i], data, n, &e)) {
            if (im.w != w || im.h != h || im.channels != (i ? wants[i].channels : SIAM_IMAGE_CHANNELS))
                abort();
            siam_image_orient(&im, siam_image_orientation(data, n), &e);
        } else if (!e.msg[0]) {
            abort();
        }
    }
    siam_image_release(&im);
    return 0;
}

#endif
