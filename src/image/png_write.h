/* Writing pictures. */
#ifndef SIAM_IMAGE_PNG_WRITE_H
#define SIAM_IMAGE_PNG_WRITE_H

#include "image/image.h"

/* Write an image, RGB of 8 bits, as a PNG (siam_file_write_atomic). */
siam_code siam_image_write_png(const siam_image *im, const char *path, siam_err *e);

#endif
