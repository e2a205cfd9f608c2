/* Writing pictures. */
#ifndef SIAM_IMAGE_PNG_WRITE_H
#define SIAM_IMAGE_PNG_WRITE_H

#include "image/image.h"

/* An image of 8 bits, RGB or grey, as a PNG; free(*bytes). The same pixels give the same bytes. */
siam_code siam_image_png(uint8_t **bytes, size_t *n, const siam_image *im, siam_err *e);
/* Write such an image as a PNG (siam_file_write_atomic). */
siam_code siam_image_write_png(const siam_image *im, const char *path, siam_err *e);

#endif
