/* Writing photographs. */
#ifndef SIAM_IMAGE_JPEG_WRITE_H
#define SIAM_IMAGE_JPEG_WRITE_H

#include "image/image.h"

/* An image, RGB of 8 bits, as a JPEG of quality 1 to 100 (libjpeg's scale, colours at half the resolution) with that EXIF orientation;
 * free(*bytes). */
siam_code siam_image_jpeg(uint8_t **bytes, size_t *n, const siam_image *im, int quality, int orientation, siam_err *e);

#endif
