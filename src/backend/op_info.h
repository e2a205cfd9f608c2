/* What is known of a kind of operation without running it. A kind whose row in op_info.c says nothing is treated as an
 * operation whose backward reads all it was given and made, and that moves each operand once: never wrong, only dearer. */
#ifndef SIAM_BACKEND_OP_INFO_H
#define SIAM_BACKEND_OP_INFO_H

#include "backend/op.h"

/* What an op does in a step. A profiled run times each pass apart; passes an op does not tell apart are BACKWARD. */
typedef enum siam_pass {
    SIAM_PASS_FORWARD,
    SIAM_PASS_BACKWARD,
    SIAM_PASS_WEIGHTS,
    SIAM_PASS_AGAIN, /* forward a second time, for backward; none of it is work that a step must do */
    SIAM_PASS_COUNT
} siam_pass;

/* The least that a pass must do (docs/SPEED.md): floating-point operations of a product, and bytes when every operand is
 * read or written once. Both are 0 for a pass that does not run. */
typedef struct siam_work {
    double flops, bytes;
} siam_work;

/* Which values backward reads: the inputs and the output of forward. It may always read `saved`. */
typedef struct siam_op_reads {
    bool in[2], out;
} siam_op_reads;

typedef struct siam_op_info {
    const char *group[3]; /* what its forward, its backward and its weights' gradient are called in sums of times. Where one is
                             NULL the first serves; where that is NULL, too, "other" does */
    bool is_loss;         /* backward begins here, with the factor of the loss in place of a gradient from above */
    bool is_product;      /* in[0] times a weight: backward is two computations, each of which can be asked for alone */
    bool is_alias;        /* out is in[0] under another name, and nothing is executed */
    siam_op_reads (*reads)(const siam_op_desc *d);          /* NULL: backward reads everything */
    double (*extra_bytes)(const siam_op_desc *d, siam_pass); /* beyond the operands of that pass, e.g. a mask; NULL: none */
} siam_op_info;

/* SIAM_OP_COUNT: what is taken for true of an operation without a row. */
const siam_op_info *siam_op_info_of(siam_op_kind kind);

siam_op_reads siam_op_backward_reads(const siam_op_desc *d);
/* parts: gradients that arrive at the op's output. */
siam_work siam_op_work(const siam_op_desc *d, siam_pass pass, int parts);

#endif
