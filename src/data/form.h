/* What the images of a data set are, and their statistics, from a look at some of them. */
#ifndef SIAM_DATA_FORM_H
#define SIAM_DATA_FORM_H

#include "data/dataset.h"

/* Channels and depth that hold all of the images looked at: 3 channels where some are grey and some coloured; w and h are 0, and
 * `shrinks` is the largest of their shorter sides. Files that cannot be read count for nothing; when none can be, there are 0
 * channels, and whoever reads them will say why. Sets that are no files say it themselves. */
siam_code siam_dataset_form(siam_image_form *f, const siam_dataset *d, siam_err *e);
/* What one of them is, without decoding it. Of sets without files sides may be 0, too. */
siam_code siam_dataset_form_at(siam_image_form *f, const siam_dataset *d, int64_t index, siam_err *e);
/* Remark what fast decoding (SIAM_DECODE_FAST) does to images that f says it of, read as d->want says, for views of `size` pixels. */
void siam_dataset_remark_fast(siam_dataset *d, const siam_image_form *f, int size);
/* Mean and deviation of each channel, in units where white is 1, over the pixels of up to SIAM_MEASURED images from all over the
 * set, read as d->want says. *images: how many. A channel without contrast has deviation 1. */
enum { SIAM_MEASURED = 500 };
siam_code siam_dataset_measure(siam_norm *norm, int *images, const siam_dataset *d, siam_err *e);

#endif
