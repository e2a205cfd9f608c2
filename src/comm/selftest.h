/* Whether the ranks reach each other and sum what they should, and how fast. */
#ifndef SIAM_COMM_SELFTEST_H
#define SIAM_COMM_SELFTEST_H

#include <stdbool.h>

#include "comm/comm.h"

/* One collective, of long and of short messages; the same on all ranks. */
typedef struct siam_comm_trial {
    const char *name;   /* "sum" */
    bool right;         /* on all ranks */
    size_t large;       /* bytes that each rank gives; 0: it has none */
    double large_s;     /* seconds of such a call, on the slowest rank: the best of several */
    double small_s;     /* of a call with a number or two: the latency */
} siam_comm_trial;

/* Every collective but abort. To be called by all ranks; row on each of them. */
siam_code siam_comm_selftest(const siam_comm *c, void (*row)(void *user, const siam_comm_trial *t), void *user, siam_err *e);

#endif
