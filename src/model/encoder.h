/* An encoder on its own: architecture, input normalisation, parameters, and what else its file holds (projector,
 * predictor, classifier). Read from every checkpoint that can be told apart; written as model.safetensors
 * (torchvision names: "conv1.weight"; metadata "siam.*" describes the rest). */
#ifndef SIAM_MODEL_ENCODER_H
#define SIAM_MODEL_ENCODER_H

#include "base/file.h"
#include "base/option.h"
#include "model/spec.h"
#include "model/metadata.h"
#include "nn/model.h"

typedef struct siam_encoder {
    siam_model_cfg cfg; /* classes: outputs of its classifier, 0 = none */
    siam_norm norm;
    bool norm_known;   /* else it is ImageNet's, because nobody said */
    siam_image_want want; /* what images are read as, for data sets and siam_image_decode_as */
    char bands[256];      /* names of its channels, or "" */
    siam_holdout holdout; /* of the images it was trained on */
    siam_graph *graph; /* inference, one view: the parts asked for, and logits when there is a classifier */
    siam_model_vals vals;
    siam_params *params; /* backbone.*, projector.*, predictor.*, fc.*; as many as the graph has */
    char **class_name;   /* [cfg.classes], or NULL: not known */
    char trained_on[256]; /* data set it was trained on, or "" */
    char epoch[32];       /* epochs trained, or "" */
    char told[3072];      /* one line about a foreign file, its key names and what of it is not read, or "" */
    char unread[512];     /* that last: "head.weight, head.bias (2 tensors)", or "" */
    char classifier_rule[1024]; /* with an unread linear layer that may be a classifier: the --rename that reads it */
} siam_encoder;

/* Mean and std are one number for all channels or one each, or SIAM_E_USAGE; siam_encoder_open asks this, too. */
siam_code siam_model_spec_check(const siam_model_spec *ask, int channels, siam_err *e);
/* Missing, or a name of the zoo that has not been fetched: SIAM_E_NOTFOUND; damaged, of an architecture that is
 * not known or other than said, or without a part asked for: SIAM_E_DATA. */
siam_code siam_encoder_open(siam_encoder **out, const siam_model_spec *ask, siam_err *e);
/* A freshly initialised encoder, the baseline every trained one must beat. */
siam_code siam_encoder_random(siam_encoder **out, const siam_model_cfg *cfg, const siam_norm *norm, uint64_t seed, siam_err *e);
void siam_encoder_close(siam_encoder **enc);
/* What is taken from here on where nobody has said how inputs are normalised, e.g. what is usual for the data set. */
void siam_encoder_assume_norm(siam_encoder *enc, const siam_norm *norm);

/* Write the tensors of `params`: the encoder's under torchvision's names, and "fc.*" when it is there; not the projector
 * and the predictor. The file has been opened; it is committed, or aborted where this fails. */
siam_code siam_encoder_save(siam_atomic *file, const siam_params *params, const siam_encoder_meta *m, siam_err *e);

/* Start from another encoder: fill the rows of `params` below `prefix` ("backbone.") from ask->model. All of them
 * must be found with their shapes, or SIAM_E_DATA says which are not; but a first convolution of colours is adapted to other
 * channels, each of which gets the mean of the three, scaled. told: as siam_encoder.told, may be NULL. */
siam_code siam_params_load(siam_params *params, const siam_model_spec *ask, const char *prefix, char *told, size_t n,
                           siam_err *e);

#endif
