/* What a model file says about itself, beside its tensors: the metadata "siam.*" that siam_encoder_open
 * reads. */
#ifndef SIAM_MODEL_METADATA_H
#define SIAM_MODEL_METADATA_H

#include "checkpoint/checkpoint.h"
#include "data/holdout.h"
#include "image/codec.h"
#include "nn/model.h"

/* What is written beside the tensors. */
typedef struct siam_encoder_meta {
    const siam_model_cfg *cfg;
    const siam_norm *norm; /* NULL: not known */
    const siam_image_want *want; /* what images are read as */
    const char *bands;           /* names of the channels, "" or NULL: none */
    const siam_holdout *holdout; /* of the images it was trained on; NULL: nothing */
    int epoch;
    const char *trained_on;
    char *const *class_name; /* [cfg->classes] or NULL */
} siam_encoder_meta;

enum { SIAM_METADATA_ROWS = 17, SIAM_METADATA_NUMBER = 20 * SIAM_IMAGE_MOST };
typedef struct siam_metadata {
    siam_ckpt_meta row[SIAM_METADATA_ROWS];
    int n;
    char number[10][SIAM_METADATA_NUMBER];
    char *classes; /* class names, one a line, or NULL */
} siam_metadata;

/* `m` and *about must stay where they are while the rows are in use. m->norm NULL: nobody has said
 * how inputs are normalised; then nothing is said about the architecture either, which its tensors show. */
siam_code siam_metadata_create(siam_metadata *about, const siam_encoder_meta *m, siam_err *e);
void siam_metadata_release(siam_metadata *about);

#endif
