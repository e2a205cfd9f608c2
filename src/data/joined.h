/* Data sets joined to one: what --data A --data B is, also written as "A + B". */
#ifndef SIAM_DATA_JOINED_H
#define SIAM_DATA_JOINED_H

#include "data/dataset.h"

#define SIAM_JOINED_BY " + "    /* between their names */
enum { SIAM_JOINED_MOST = 64 }; /* data sets */

/* How many data sets `d` is joined of, 0: it is one by itself; and those, by number. They are its own. */
int siam_joined_parts(const siam_dataset *d);
siam_dataset *siam_joined_part(const siam_dataset *d, int k);
/* The data set of which image *index is, and its index there; *number (or NULL): which part that is, 0 for a data set by itself. */
const siam_dataset *siam_dataset_part(const siam_dataset *d, int64_t *index, int *number);

#endif
