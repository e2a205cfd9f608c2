/* What tells one data set from another, in four numbers that fit into a checkpoint. */
#ifndef SIAM_DATA_FINGERPRINT_H
#define SIAM_DATA_FINGERPRINT_H

#include "data/dataset.h"

/* All >= 0. Names of files count from the folder that all of them share, so that a data set may be moved;
 * what is in the files does not count: that would mean reading them all. */
typedef struct siam_fingerprint {
    int64_t images;
    int64_t files; /* a hash over the names, whatever their order; without files over what kind of data set it
                      is */
    int64_t order; /* a hash over the names in their order */
    int64_t labels; /* a hash over the labels in their order, and the names of the classes */
} siam_fingerprint;

void siam_dataset_fingerprint(siam_fingerprint *p, const siam_dataset *d);
/* The first difference in words, as the end of "the run began with 36 images, ": "now there are 37"; NULL:
 * none. */
const char *siam_fingerprint_differs(char *buf, size_t n, const siam_fingerprint *began,
                                     const siam_fingerprint *now);

#endif
