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
    int views;             /* of each image in training; 0 = 2, as in the paper */
    bool bn_per_rank;      /* each rank normalises with the statistics of its own images */
    int classes;           /* outputs of the classifier "fc", 0 = it has none */
} siam_model_cfg;

/* Values of interest of a model graph; id -1 = it is not there. map: what the last stage gives [1, C, h, w];
 * features: its mean over the pixels [1, C]; z, p: [1, dim]; logits: [1, classes]. */
typedef struct siam_model_vals {
    siam_val input, map, features, z, p, logits, loss;
} siam_model_vals;

/* What an inference graph may hold besides the pooled features. */
enum siam_part { SIAM_PART_MAP = 1, SIAM_PART_Z = 2, SIAM_PART_P = 4, SIAM_PART_LOGITS = 8 };

/* Training graph, c->views views; output = loss [2] (see neg_cosine). z is kept readable. */
siam_code siam_model_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, siam_err *e);
/* Inference graph, one view: images -> features and the parts asked for (of enum siam_part; P brings Z), all
 * kept readable. LOGITS needs c->classes. */
siam_code siam_encoder_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, unsigned parts,
                             siam_err *e);

#endif
