/* Inside of a plan, shared by plan.c (choice), plan_layout.c (memory) and run.c (execution). */
#ifndef SIAM_NN_PLAN_INTERNAL_H
#define SIAM_NN_PLAN_INTERNAL_H

#include "nn/plan.h"

enum { MAX_PARTS = 4 }; /* gradient contributions to one value */

/* A range of the one block. Time runs over forward ops 0..n-1, then backward ops n..2n-1 (op i's backward at
 * 2n-1-i); two buffers may overlap in memory when their [first, last] do not. */
typedef struct buffer {
    size_t bytes, offset;
    int first, last; /* first > last: never used */
    int alias;       /* shares this buffer's memory, -1 = its own */
} buffer;

typedef struct plan_op {
    siam_op_plan op;
    siam_op_io io;
    int node;
    int saved;                 /* buffer ids, -1 = none */
    int din[2];                /* buffer of the gradient this op's backward writes for in[k] */
    int parts, part[MAX_PARTS]; /* buffers of the gradients that arrive at this op's output */
    int accumulate;            /* parts beyond what the implementation sums itself: part[0] += part[parts-1..] */
    size_t kept; /* inference: where op.kept_bytes lie, from the start of `folded` */
    size_t out_count;
    double ms[SIAM_PASS_COUNT]; /* of the last profiled run */
} plan_op;

struct siam_plan {
    siam_backend *backend;
    siam_graph *g; /* fused; owned */
    int batch;
    siam_dtype maps;
    bool training, profile, bound;
    bool ran, prepared; /* since the parameters were bound */
    int nops;
    plan_op *op;
    siam_desc *value; /* batched, with the backend's layouts */
    int *value_buffer;
    int nbuffers, cap;
    buffer *buf;
    siam_plan_memory memory;
    void *block, *scratch;
    float *folded;
    float seed[2]; /* d loss handed to neg_cosine */
    const siam_params *params;
};

/* Buffers, aliases, lifetimes and offsets; sets memory. */
siam_code siam_plan_layout(siam_plan *p, siam_err *e);
/* Representative of an alias chain. */
int siam_plan_root(const siam_plan *p, int buf);

#endif
