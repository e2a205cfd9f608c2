/* Inside of a plan, shared by plan.c (choice), plan_steps.c (order), plan_layout.c (memory) and run.c (execution). */
#ifndef SIAM_NN_PLAN_INTERNAL_H
#define SIAM_NN_PLAN_INTERNAL_H

#include "nn/plan.h"

enum { MAX_PARTS = 4 }; /* gradient contributions to one value */
enum { MAX_OPERANDS = 6 + MAX_PARTS }; /* buffers that one step reads and writes */

/* A range of the one block. Time is the number of a step; two buffers may overlap in memory when their [first, last]
 * do not. */
typedef struct buffer {
    size_t used, bytes, offset; /* bytes: rounded up, and with a gap under AddressSanitizer */
    int first, last; /* first > last: never used */
    int alias;       /* shares this buffer's memory, -1 = its own */
} buffer;

typedef struct plan_op {
    siam_op_plan op;
    siam_op_io bound; /* its parameters, their gradients and running statistics; nothing else is set */
    int node;
    int saved;                 /* buffer ids, -1 = none */
    int din[2];                /* buffer of the gradient this op's backward writes for in[k] */
    int parts, part[MAX_PARTS]; /* buffers of the gradients that arrive at this op's output */
    int accumulate;            /* parts beyond what the implementation sums itself: part[0] += part[parts-1..] */
    size_t kept; /* inference: where op.kept_bytes lie, from the start of `folded` */
    size_t out_count;
    double ms[SIAM_PASS_COUNT]; /* of the last profiled run */
} plan_op;

/* One call, in the order of the calls: every op forward; then every op that passes a gradient on backward, each after
 * what it reads was made again where that was dropped. With ranks the gradients of parameters that are complete are summed
 * over them, many at once. */
typedef enum step_kind { STEP_FORWARD, STEP_AGAIN, STEP_BACKWARD, STEP_REDUCE } step_kind;
typedef struct plan_step {
    step_kind kind;
    int op;              /* of STEP_REDUCE: the last one before it */
    int first_row, rows; /* STEP_REDUCE: of the graph's parameters */
    float *grad;         /* STEP_REDUCE: their gradients, when parameters are bound */
    size_t count;
    siam_op_io io;
} plan_step;

struct siam_plan {
    siam_backend *backend;
    siam_graph *g; /* fused; owned */
    int batch;
    siam_dtype map_type;
    bool training, profile, bound;
    bool ran, prepared; /* since the parameters were bound */
    int nops;
    plan_op *op;
    siam_desc *value; /* batched, with the backend's layouts */
    int *value_buffer; /* what forward writes */
    int *again_buffer; /* what AGAIN writes, -1 = the value is kept */
    int *producer;     /* op that makes a value; a detached value has that of its source; -1 = the input */
    int nsteps, nforward, steps_cap;
    plan_step *step;
    int nbuffers, cap;
    buffer *buf;
    siam_plan_memory memory;
    void *block, *scratch;
    float *folded;
    float seed[2]; /* d loss handed to neg_cosine */
    const siam_params *params;
};

/* The steps, with what is dropped and made again; producers are set. */
siam_code siam_plan_order(siam_plan *p, siam_recompute r, siam_err *e);
/* The buffer of value v as a step of this kind reads or writes it. */
int siam_plan_buffer(const siam_plan *p, int v, step_kind k);
/* The buffers that a step reads or writes; how many. Of what its forward read, a backward needs what op_info.c says. */
int siam_plan_operands(const siam_plan *p, const plan_step *s, int buf[MAX_OPERANDS]);
/* Buffers, aliases, lifetimes and offsets; sets memory. */
siam_code siam_plan_layout(siam_plan *p, siam_err *e);
/* Representative of an alias chain. */
int siam_plan_root(const siam_plan *p, int buf);
/* Where a buffer lies; NULL for -1. */
void *siam_plan_address(const siam_plan *p, int buf);

#endif
