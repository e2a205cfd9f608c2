/* Growing the three buffers of a siam_image_scratch; contents are not kept. */
#ifndef SIAM_IMAGE_SCRATCH_H
#define SIAM_IMAGE_SCRATCH_H

#include "image/image.h"

siam_code siam_scratch_bytes(siam_image_scratch *s, size_t n, siam_err *e);
siam_code siam_scratch_tables(siam_image_scratch *s, size_t n_coeff, size_t n_bound, siam_err *e);

#endif
