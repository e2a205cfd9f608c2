/* Which files are one file under several names or paths. */
#ifndef SIAM_DATA_SAME_H
#define SIAM_DATA_SAME_H

#include "data/image_list.h"

enum {
    SIAM_SAME_LOOKED_AT = 100000
}; /* files; looking at each costs microseconds on a disk, far more on a network */

/* The files of `n` lists, numbered through: (*first)[i] is the number of the first that is the same file as
 * i, which is i where none is before it; *again counts the others. Up to SIAM_SAME_LOOKED_AT files are one
 * when device and inode are, so links count; more of them, and those that are not there, when their paths
 * are, apart from "//" and "/./". free(*first). */
siam_code siam_image_list_same(int64_t **first, int64_t *again, const siam_image_list *const *f, int n, siam_err *e);

#endif
