/* What a model file says about itself, beside its tensors: the metadata "siam.*" that siam_encoder_open
 * reads. */
#ifndef SIAM_MODEL_METADATA_H
#define SIAM_MODEL_METADATA_H

#include "checkpoint/checkpoint.h"
#include "image/image.h"
#include "nn/model.h"

/* What is written beside the tensors. */
typedef struct siam_encoder_meta {
    const siam_model_cfg *cfg;
    const siam_norm *norm; /* NULL: not known */
    int epoch;
    const char *trained_on;
    char *const *class_name; /* [cfg->classes] or NULL */
} siam_encoder_meta;

enum { SIAM_METADATA_ROWS = 11 };
typedef struct siam_metadata {
    siam_ckpt_meta row[SIAM_METADATA_ROWS];
    int n;
    char number[6][64];
    char *classes; /* class names, one a line, or NULL */
} siam_metadata;

/* `m` and *about must stay where they are while the rows are in use. m->norm NULL: nobody has said
 * how inputs are normalised; then nothing is said about the architecture either, which its tensors show. */
siam_code siam_metadata_create(siam_metadata *about, const siam_encoder_meta *m, siam_err *e);
void siam_metadata_release(siam_metadata *about);

#endif
