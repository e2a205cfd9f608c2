/* A race of the algorithms of one convolution: time each on the same data, and compare what it gives.
 *
 * What a kernel gives is checked before it may win, since nobody has tried every kernel on every kind of processor: a few
 * elements against plain sums, and all of them against the direct algorithm's. */
#ifndef SIAM_ONEDNN_CONV_RACE_H
#define SIAM_ONEDNN_CONV_RACE_H

#include "backend/onednn/conv_prim.h"

enum { SIAM_RACE_BLOCKS = 5 };

typedef struct siam_conv_race {
    siam_onednn *b;
    const siam_op_desc *d;
    siam_conv_dir dir;
    void *p[SIAM_RACE_BLOCKS]; /* src, dst, weights, bias, scratch: the last one grows */
    size_t bytes[SIAM_RACE_BLOCKS];
    float *first;  /* what the direct algorithm gave, once it has been checked */
    double worst;  /* of the last check: the largest difference, over the largest element */
} siam_conv_race;

/* Numbers in [-1, 1), weights scaled by their fan-in. *d stays the caller's. */
siam_code siam_conv_race_open(siam_conv_race *r, siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir,
                              siam_err *e);
void siam_conv_race_close(siam_conv_race *r);
/* *ms: the best of a few runs, the weight reorder included; one that is far behind `best` is given up early. */
siam_code siam_conv_race_time(siam_conv_race *r, const siam_conv_prim *c, double best, double *ms, siam_err *e);
/* *right: whether its result is right, to the tolerance of siam_case_compare (backend/selftest.h). Check the direct
 * algorithm (`direct`) before the others. */
siam_code siam_conv_race_check(siam_conv_race *r, const siam_conv_prim *c, bool direct, bool *right, siam_err *e);

#endif
