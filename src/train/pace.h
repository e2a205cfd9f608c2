/* How several ranks go together: what each of them spent an epoch on. */
#ifndef SIAM_TRAIN_PACE_H
#define SIAM_TRAIN_PACE_H

#include "train/loop.h"

/* A machine's images are slow when its ranks wait for them for more than this share of the time, and so many times as long as the
 * others' ranks do for theirs. */
#define SIAM_PACE_SLOW 0.10
#define SIAM_PACE_TIMES 3

/* Of one rank, in an epoch. */
typedef struct siam_rank_pace {
    int host; /* the first rank of its machine */
    double seconds, waited, data; /* of its steps; of those, for the others and the network, and for images (NAN: not measured) */
} siam_rank_pace;

/* Scaling efficiency: the mean share of the ranks' time in which they did not wait for each other or the network; NAN: unknown. */
double siam_pace_efficiency(const siam_rank_pace *all, int n);
/* The machine (its first rank) whose images are slow, with its share of waiting and that of the others; -1: none is. */
int siam_pace_slow_host(const siam_rank_pace *all, int n, double *its, double *theirs);

/* To be called by all ranks behind the last step of an epoch: puts the efficiency, and warns once. */
siam_code siam_loop_tell_pace(siam_loop *l, const siam_pace *p, siam_event *ev, siam_err *e);

#endif
