/* How an operation (backend/op.h) is written as StableHLO: one file + one row each, forward and backward.
 *
 * A row's functions see of an operation what an implementation on the host sees, as values in place of memory. Maps lie as
 * [N, H, W, C], rows as [N, C], parameters as in the table. Maps may be bfloat16; everything else is float32, and so is every sum. */
#ifndef SIAM_NN_HLO_OP_H
#define SIAM_NN_HLO_OP_H

#include "backend/op.h"
#include "nn/hlo/text.h"

typedef struct siam_hlo_op {
    siam_op_kind kind;
    bool training;
    siam_op_attr u;
    siam_hlo_elem elem;                /* of the output */
    int64_t channels;                  /* of the output, or its features */
    siam_hlo_val in[2], param[2];      /* id 0: absent */
    siam_hlo_val fold[4];              /* as siam_node's */
    float fold_eps;
    /* Set by forward: */
    siam_hlo_val out, saved[2];
    siam_hlo_val buffer[2];            /* before: the running statistics; after: the new ones */
    /* For backward, which sets din (where wanted) and dparam (of every parameter) */
    bool need_din[2];
    siam_hlo_val dout, din[2], dparam[2];
} siam_hlo_op;

typedef struct siam_hlo_impl {
    siam_op_kind kind;
    void (*forward)(siam_hlo *w, siam_hlo_op *o);
    void (*backward)(siam_hlo *w, siam_hlo_op *o); /* NULL: no gradient flows back through it */
} siam_hlo_impl;

extern const siam_hlo_impl *const siam_hlo_impls[]; /* NULL-terminated, from ops.def */

/* NULL: it cannot be written. */
const siam_hlo_impl *siam_hlo_impl_of(siam_op_kind kind);

siam_hlo_elem siam_hlo_elem_of(siam_dtype t);

#endif
