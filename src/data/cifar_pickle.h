/* The batches of CIFAR's Python version: pickled dictionaries of NumPy's array of pixels and a list of labels. */
#ifndef SIAM_DATA_CIFAR_PICKLE_H
#define SIAM_DATA_CIFAR_PICKLE_H

#include "data/records.h"

enum { SIAM_CIFAR_PIXELS = 3 * 32 * 32 };

typedef struct siam_cifar_batch {
    const uint8_t *px; /* [count, SIAM_CIFAR_PIXELS], in the pickle: a red, a green and a blue plane each */
    uint8_t *label;    /* [count], 0 ... classes - 1; free() */
    int64_t count;     /* > 0 */
} siam_cifar_batch;

/* Read the pickle of n bytes, to which b->px points from then on; `labels` is the key of the labels, `where` the file's name and `of` the
 * data set's. Whatever is wrong with it is SIAM_E_DATA. */
siam_code siam_cifar_pickle_batch(siam_cifar_batch *b, const uint8_t *data, size_t n, const char *labels, int classes, const char *where,
                                  const char *of, siam_err *e);
/* The names of classes in the list under that key, as siam_records_classes has them. */
siam_code siam_cifar_pickle_names(char name[][SIAM_CLASS_LINE], int classes, const uint8_t *data, size_t n, const char *key,
                                  const char *where, siam_err *e);

#endif
