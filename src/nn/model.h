/* The SimSiam model: backbone, projector, predictor and loss as a graph. */
#ifndef SIAM_NN_MODEL_H
#define SIAM_NN_MODEL_H

#include "nn/backbone.h"

typedef struct siam_model_cfg {
    char arch[32]; /* "resnet18" */
    siam_backbone_cfg backbone;
    int in_channels, size; /* input [in_channels, size, size] */
    int projector_layers;  /* 2 or 3 */
    int dim;               /* of z and p, 2048 */
    int pred_hidden;       /* 0 = dim / 4 */
    bool stop_gradient;    /* false only for the collapse experiment */
} siam_model_cfg;

/* Values of interest of a model graph. features: pooled [1, C]. */
typedef struct siam_model_vals {
    siam_val input, features, z, p, loss;
} siam_model_vals;

/* Training graph, two views; output = loss [2] (see neg_cosine). z is kept readable. */
siam_code siam_model_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, siam_err *e);
/* Inference graph, one view: images -> features; with `projector`, also z (both kept; output is the last). */
siam_code siam_encoder_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, bool projector,
                             siam_err *e);

#endif
