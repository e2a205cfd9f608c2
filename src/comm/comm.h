/* Ranks: processes that train one model together, each with a share of every batch, and how they talk.
 *
 * All calls but abort are collective: every rank makes the same calls in the same order, with the same sizes. Sums are made in
 * the order of the ranks, so that all ranks get the same bits, and again when a run is repeated with as many ranks. A failure
 * on one rank fails the call on the others, too. */
#ifndef SIAM_COMM_COMM_H
#define SIAM_COMM_COMM_H

#include <stdint.h>

#include "base/error.h"

typedef struct siam_comm_type siam_comm_type;

/* What talking has cost this rank since it joined. */
typedef struct siam_comm_cost {
    double bytes, messages; /* that it has sent */
    double waited;          /* seconds that its calls took: for the others, and for the network */
    double summed, unhidden; /* seconds of the sums that were begun; of those, that sum_finish took: the others were hidden */
} siam_comm_cost;

/* Common head of every communicator. Used by one thread at a time. */
typedef struct siam_comm {
    const siam_comm_type *type;
    int rank, size; /* 0 <= rank < size */
} siam_comm;

struct siam_comm_type {
    const char *name, *help; /* "single" */
    /* x[i] = the sum of x[i] over the ranks. */
    siam_code (*sum_floats)(const siam_comm *c, float *x, size_t n, siam_err *e);
    siam_code (*sum_doubles)(const siam_comm *c, double *x, size_t n, siam_err *e);
    /* As sum_floats, while this rank goes on: x stays, and is left alone, until sum_finish has returned. Sums are made in the order
     * in which they are begun. NULL, both: this communicator cannot do that. */
    siam_code (*sum_begin)(const siam_comm *c, float *x, size_t n, siam_err *e);
    siam_code (*sum_finish)(const siam_comm *c, siam_err *e);
    /* x[i] = the largest x[i] of the ranks; NaN where one of them is NaN. */
    siam_code (*max_doubles)(const siam_comm *c, double *x, size_t n, siam_err *e);
    /* What `root` has, to all. */
    siam_code (*broadcast)(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e);
    /* all[size][bytes] = what each rank has, in the order of the ranks, on every rank. */
    siam_code (*gather)(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e);
    /* Returns when all ranks have called it. */
    siam_code (*barrier)(const siam_comm *c, siam_err *e);
    /* This rank cannot go on: the calls of the others, those they wait in and those to come, fail. `why` is what they say. */
    void (*abort)(const siam_comm *c, const char *why);
    void (*cost)(const siam_comm *c, siam_comm_cost *cost); /* NULL: it costs nothing */
    /* The machine of a rank, and what the ranks talk through ("Open MPI v4.1.4"). */
    const char *(*host)(const siam_comm *c, int rank);
    const char *(*about)(const siam_comm *c);
    /* Leave the ranks; status: with which this process will end. After a failure this ends the process. */
    void (*close)(siam_comm *c, int status);
};

/* c may be NULL, or siam_comm_single. */
static inline void siam_comm_close(const siam_comm *c, int status)
{
    if (c && c->type->close)
        c->type->close((siam_comm *)(uintptr_t)c, status);
}

/* The first rank on the machine of rank `k`; how many machines there are. */
int siam_comm_first_on_host(const siam_comm *c, int k);
int siam_comm_hosts(const siam_comm *c);

/* One process alone: sums are what they are. */
extern const siam_comm siam_comm_single; /* nobody closes it */

#endif
