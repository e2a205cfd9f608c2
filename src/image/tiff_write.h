/* Writing pictures that are more than a PNG can say. */
#ifndef SIAM_IMAGE_TIFF_WRITE_H
#define SIAM_IMAGE_TIFF_WRITE_H

#include "image/codec.h"

/* An image of any channels and depth as a TIFF, without loss; free(*bytes). f: what it was read from, whose colours and alpha are told of
 * it; it was read with f->samples or f->channels. Alpha is said to have multiplied colours where f->multiplied, of nothing else. The same
 * pixels give the same bytes. Memory: up to three times the file. SIAM_E_UNSUPPORTED: this libtiff cannot deflate. */
siam_code siam_image_tiff(uint8_t **bytes, size_t *n, const siam_image *im, const siam_image_form *f, siam_err *e);

#endif
