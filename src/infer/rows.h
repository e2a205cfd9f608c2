/* Rows of numbers, one for an image, and who takes them. */
#ifndef SIAM_INFER_ROWS_H
#define SIAM_INFER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* One batch of results, valid during the call. */
typedef struct siam_rows {
    const float *x; /* [n, dim] */
    int n, dim;
    const int64_t *index; /* in the data set */
    const bool *bad;      /* the image could not be read: x and label are another one's (keep_bad: x means nothing) */
    const int32_t *label; /* -1 = none */
} siam_rows;
typedef siam_code siam_rows_sink(void *user, const siam_rows *rows, siam_err *e);

#endif
