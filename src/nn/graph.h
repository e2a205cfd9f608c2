/* Graph: a list of operation descriptions and a parameter table. No memory, no backend.
 *
 * Shapes are per image (dim 0 is 1); a plan multiplies by its batch. A graph with K views is fed
 * K N images, view 1 first; batchnorm then keeps statistics per view.
 * Builders latch the first error and return {-1}; check once, in siam_graph_finish. */
#ifndef SIAM_NN_GRAPH_H
#define SIAM_NN_GRAPH_H

#include "backend/op.h"
#include "tensor/param.h"

typedef struct siam_graph siam_graph;
typedef struct siam_val {
    int id;
} siam_val;

typedef struct siam_node {
    siam_op_kind kind;
    char name[SIAM_NAME_MAX]; /* torch module name or "" */
    int in[2];                /* value ids, -1 = absent */
    int out;
    int param[2];  /* row indices in the parameter table, -1 = absent */
    int buffer[2];
    int fold[4];    /* inference, conv2d: gamma, beta, running_mean, running_var folded in; gamma = beta = -1
                       without affine, running_mean = -1 when nothing is folded */
    float fold_eps;
    siam_op_attr u;
} siam_node;

struct siam_graph {
    int views;
    int nvalues, nnodes, nparams;
    siam_desc *value; /* per image */
    siam_node *node;  /* in execution order */
    siam_param *param;
    int input, output;      /* value ids */
    int keep[8], nkeep;     /* values that stay readable after a run (z, p, features, ...) */
    siam_param_group group; /* given to parameters added from now on */
    bool bn_per_rank;       /* so are BatchNorm's statistics: of each rank's images alone */
    siam_err err;           /* first failure */
};

/* NULL when out of memory. */
siam_graph *siam_graph_create(int views);
void siam_graph_destroy(siam_graph **g);

siam_val siam_input(siam_graph *g, int channels, int height, int width);
/* name: torch module name; the parameters become name.weight, name.bias, ... */
siam_val siam_conv2d(siam_graph *g, siam_val x, const char *name, int out_channels, int kernel, int stride, int pad);
/* zero_gamma: weight starts at 0 instead of 1 (last BN of a residual branch). */
siam_val siam_batchnorm(siam_graph *g, siam_val x, const char *name, bool affine, bool zero_gamma);
siam_val siam_relu(siam_graph *g, siam_val x);
siam_val siam_add(siam_graph *g, siam_val a, siam_val b);
siam_val siam_maxpool(siam_graph *g, siam_val x, int kernel, int stride, int pad);
/* The shortcut without parameters of He et al. 2016: subsampled, zeros for new channels (op.h). */
siam_val siam_shortcut_a(siam_graph *g, siam_val x, int channels, int stride);
siam_val siam_global_avgpool(siam_graph *g, siam_val x); /* -> [1, C] */
siam_val siam_linear(siam_graph *g, siam_val x, const char *name, int out_features, bool bias);
/* Stop-gradient: the same numbers, but no gradient flows back through it. */
siam_val siam_detach(siam_graph *g, siam_val x);
/* Negative cosine between p and the mean of the other views' z (op.h); out: [loss, collapse gauge]. */
siam_val siam_neg_cosine(siam_graph *g, siam_val p, siam_val z);
/* Keep a value readable after a run (siam_plan_value). */
void siam_keep(siam_graph *g, siam_val v);

/* Set the output and report the first error of any builder. */
siam_code siam_graph_finish(siam_graph *g, siam_val out, siam_err *e);

/* Where parameter i of the graph is in a table: by its name, of the same shape (SIAM_E_DATA). */
siam_code siam_graph_row(const siam_graph *g, const siam_params *params, int i, int *row, siam_err *e);

/* Multiply-adds per image as mmpretrain counts them: convolution and linear MACs plus two per
 * BatchNorm output element (SPEC 1.3); `conv_only`: convolutions alone. */
int64_t siam_graph_flops(const siam_graph *g, bool conv_only);

/* Fusion (fuse.c): a new graph computing the same. training: batchnorm [+ add] [+ relu] become one op.
 * Otherwise BatchNorm is folded into the convolution before it, add and relu become its epilogue; the
 * plan computes the folded weights when it is bound. */
siam_code siam_fuse(siam_graph **out, const siam_graph *g, bool training, siam_err *e);

#endif
