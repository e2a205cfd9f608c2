/* A graph as one program: a pass forward, or a whole step of training with its backward pass, BatchNorm statistics per view,
 * stop-gradient and optimizer. */
#ifndef SIAM_NN_HLO_NETWORK_H
#define SIAM_NN_HLO_NETWORK_H

#include "nn/graph.h"
#include "nn/hlo/program.h"

typedef enum siam_hlo_kind {
    SIAM_HLO_FORWARD, /* images and parameters -> the output and the values that the graph keeps */
    SIAM_HLO_STEP,    /* a batch, or the last part of one: gradients, then an update; nothing is updated when the loss is not
                         finite, but for running statistics */
    SIAM_HLO_PART     /* a part of a batch that others follow: gradients only */
} siam_hlo_kind;

typedef struct siam_hlo_cfg {
    siam_hlo_kind kind;
    int images;          /* of each view, at once; of each replica */
    int replicas;        /* devices that share a batch; 0 = 1. All of them get the loss, the gauge and the gradients of the whole */
    siam_dtype map_type; /* of feature maps: SIAM_F32 or SIAM_BF16; everything else is float32 */
    /* Training: */
    int parts;           /* of a batch; 0 = 1 */
    siam_val loss;       /* [2] */
    double momentum, weight_decay; /* SGD as torch.optim.SGD: decay on all parameters, neither dampening nor Nesterov */
} siam_hlo_cfg;

/* The program of siam_fuse(g). SIAM_E_UNSUPPORTED: an operation has no row in ops.def. *out is NULL on failure. */
siam_code siam_hlo_program_create(siam_hlo_program **out, const siam_graph *g, const siam_hlo_cfg *c, siam_err *e);

#endif
