/* An encoder on its own: architecture, input normalisation, parameters; and the model.safetensors file it is
 * kept in (torchvision names: "conv1.weight"; metadata "siam.*" describes the rest). */
#ifndef SIAM_TASKS_ENCODER_H
#define SIAM_TASKS_ENCODER_H

#include "nn/model.h"

typedef struct siam_encoder {
    siam_model_cfg cfg;
    float mean[3], std[3];
    siam_graph *graph; /* inference, one view */
    siam_model_vals vals;
    siam_params *params; /* names below "backbone." */
    char trained_on[256]; /* data set it was trained on, or "" */
    char epoch[32];       /* epochs trained, or "" */
} siam_encoder;

/* path: a .safetensors file, or a run folder (its model.safetensors is read). Missing: SIAM_E_NOTFOUND; damaged
 * or of another architecture than its metadata says: SIAM_E_DATA. */
siam_code siam_encoder_open(siam_encoder **out, const char *path, siam_err *e);
/* A freshly initialised encoder, the baseline every trained one must beat. */
siam_code siam_encoder_random(siam_encoder **out, const siam_model_cfg *cfg, const float mean[3], const float std[3],
                              uint64_t seed, siam_err *e);
void siam_encoder_close(siam_encoder **enc);

/* What is written beside the tensors. */
typedef struct siam_encoder_meta {
    const siam_model_cfg *cfg;
    const float *mean, *std; /* [3] */
    int epoch;
    const char *trained_on;
} siam_encoder_meta;
/* Write the "backbone." tensors of `params` to path, atomically. */
siam_code siam_encoder_save(const char *path, const siam_params *params, const siam_encoder_meta *m, siam_err *e);

/* Copy every tensor of a checkpoint file, or of a run folder's model, into the rows of `params` that carry `prefix` + its name, e.g. to start
 * from an encoder; all rows below `prefix` must be found with their shapes: else SIAM_E_DATA naming the first. */
siam_code siam_params_load(siam_params *params, const char *path, const char *prefix, siam_err *e);

#endif
