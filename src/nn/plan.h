/* Plan: graph x backend x batch. Chooses implementations, fixes layouts, lays all activations out in
 * one block by liveness and knows its size before anything is allocated. Run: execute the arrays; no
 * allocation, string compare or layout decision inside a step. */
#ifndef SIAM_NN_PLAN_H
#define SIAM_NN_PLAN_H

#include "backend/backend.h"
#include "backend/op_info.h"
#include "backend/tune.h"
#include "nn/graph.h"

typedef struct siam_plan siam_plan;

typedef struct siam_plan_memory {
    size_t activations; /* the one block: activations, their gradients, what forward saves for backward */
    size_t scratch;     /* shared by all ops; nothing in it outlives a call */
    size_t folded;      /* inference: folded convolution weights, and those in a convolution's own order */
} siam_plan_memory;

/* What forward computed and backward reads may be kept, or dropped and made again: the same bits either way. */
typedef enum siam_recompute {
    SIAM_RECOMPUTE_NONE,
    SIAM_RECOMPUTE_INNER, /* outputs of BatchNorm inside residual blocks: one sweep over an input that is kept anyway */
    SIAM_RECOMPUTE_NORMS, /* all outputs of BatchNorm, also those that end a block */
    SIAM_RECOMPUTE_BLOCKS /* all but the inputs of the residual blocks */
} siam_recompute;
/* Its names, and what it is, for an option table. */
#define SIAM_RECOMPUTE_CHOICES "none|inner|norms|blocks"
#define SIAM_RECOMPUTE_HELP "what backward makes again to save memory"

typedef struct siam_plan_cfg {
    int batch;         /* images in dim 0, all views together; must divide by the graph's views */
    bool training;     /* backward will be called */
    siam_dtype map_type;   /* type of the feature maps: SIAM_F32 or SIAM_BF16. Input, rows [N, C], parameters and their
                          gradients stay float32. */
    siam_recompute recompute;
    siam_tuner *tuner; /* NULL: implementations' variants by rule, nothing is timed */
} siam_plan_cfg;

siam_code siam_plan_create(siam_plan **out, const siam_graph *g, siam_backend *b, const siam_plan_cfg *c,
                           siam_err *e);
void siam_plan_destroy(siam_plan **p);
siam_plan_memory siam_plan_bytes(const siam_plan *p);

/* Allocate the block. */
siam_code siam_plan_alloc(siam_plan *p, siam_err *e);
/* Point the plan at a parameter table, matching by name and shape; for inference compute the folded
 * weights (call again whenever the values changed). The table must outlive the plan's runs. */
siam_code siam_plan_bind(siam_plan *p, siam_params *params, siam_err *e);
/* The same for inference with a table that nothing else will read: the folded weights take the place of its own, which
 * saves the memory for a second copy and the time to touch it. params->used_up is set; a table can be bound so once. */
siam_code siam_plan_bind_last(siam_plan *p, siam_params *params, siam_err *e);

/* Memory of the input value: batch * C * H * W floats, NCHW. Valid after siam_plan_alloc. */
float *siam_plan_input(const siam_plan *p);
/* Memory of the output or a kept value after siam_plan_forward; *d (may be NULL) says type, shape and layout. Only
 * feature maps may be other than float32: take siam_plan_read for them. */
const float *siam_plan_value(const siam_plan *p, siam_val v, siam_desc *d);

/* The same, of the first n images, copied to dst in plain rows: [n, C] or [n, C, H, W]. */
void siam_plan_read(const siam_plan *p, siam_val v, int n, float *dst);

siam_code siam_plan_forward(siam_plan *p, siam_err *e);
/* After a forward: accumulate parameter gradients (grad +=). Seeds d loss = scale. With ranks the gradients are then summed
 * over them, those of the mean over all ranks' images: scale is divided by their number. */
siam_code siam_plan_backward(siam_plan *p, float scale, siam_err *e);
/* The same for a part of a batch after which others come: nothing is summed over ranks yet. */
siam_code siam_plan_backward_part(siam_plan *p, float scale, siam_err *e);

/* One executed op, for `bench`, tuning.json and tests. Times are of the last profiled run. */
typedef struct siam_plan_row {
    const char *kind, *name, *impl, *variant;
    siam_desc in, out;
    const siam_op_plan *op; /* what is executed, the plan's own */
    double ms[SIAM_PASS_COUNT];
    siam_work work[SIAM_PASS_COUNT];
} siam_plan_row;
int siam_plan_rows(const siam_plan *p);
siam_plan_row siam_plan_row_at(const siam_plan *p, int i);
void siam_plan_profile(siam_plan *p, bool on);

#endif
