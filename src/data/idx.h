/* The IDX format, that of MNIST (http://yann.lecun.com/exdb/mnist): two zeros, the type of the values, how many dimensions there
 * are, the size of each in four bytes (high byte first), and the values. */
#ifndef SIAM_DATA_IDX_H
#define SIAM_DATA_IDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { SIAM_IDX_DIMENSIONS = 3 };
typedef struct siam_idx { /* of bytes; borrowed from those that were parsed */
    int dimensions;
    size_t dim[SIAM_IDX_DIMENSIONS]; /* each at least 1; images are [n, height, width], labels [n] */
    const uint8_t *value;            /* their product, which is all that the file holds */
} siam_idx;

/* Parse the bytes of a file that holds values of one byte in so many dimensions; anything else is SIAM_E_DATA and a sentence that names
 * the file by `where`. */
siam_code siam_idx_parse(siam_idx *x, int dimensions, const uint8_t *bytes, size_t n, const char *where, siam_err *e);

/* What the name of a file of MNIST's kind says: "emnist-letters-train-images-idx3-ubyte.gz" is of the set "emnist-letters-". */
typedef struct siam_idx_name {
    size_t set;  /* characters of the set's name */
    int split;   /* as siam_split */
    bool gz;
} siam_idx_name;
bool siam_idx_is_images(siam_idx_name *parsed, const char *name);
/* The name of the labels that belong to images of that name; buf holds at least as much as the name and its end. */
void siam_idx_labels_of(char *buf, const char *images);

#endif
