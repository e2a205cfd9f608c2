/* What a checkpoint holds: from its metadata where it says so, else from the names and shapes of its tensors. No
 * number of a tensor is read. */
#ifndef SIAM_MODEL_IDENTIFY_H
#define SIAM_MODEL_IDENTIFY_H

#include "checkpoint/names_read.h"
#include "data/holdout.h"
#include "image/codec.h"
#include "model/spec.h"
#include "nn/model.h"

/* Where nothing else is said: the input sides of networks for small images and for photographs. */
enum { SIAM_SIDE_SMALL = 32, SIAM_SIDE_PHOTOGRAPH = 224 };

typedef struct siam_identity {
    siam_model_cfg cfg;       /* projector_layers 0: none there; classes 0: no classifier */
    bool predictor;           /* with a projector */
    siam_norm norm;
    bool norm_known;
    siam_image_want want;     /* what images are read as; of files of others with other than 3 channels, 16 bits, which hold 8, too */
    const char *bands;        /* names of the channels, borrowed, or NULL */
    siam_holdout holdout;     /* of the images it was trained on */
    bool guessed;             /* the architecture was recognised by its tensors */
    int features;             /* outputs of the backbone */
    const char *class_names;  /* one a line, borrowed from the checkpoint, or NULL */
    const char *trained_on, *epoch; /* borrowed, or NULL */
} siam_identity;

/* ask->arch, width, stem, size, mean and std override what the file says. In a file of others, m takes in a classifier
 * under another name (siam_names_read_adopt). An architecture that cannot be found, bad
 * metadata: SIAM_E_DATA. Whether the tensors fit the architecture is left to the reader of them. */
siam_code siam_identify(siam_identity *id, const siam_ckpt *c, siam_names_read *m, const siam_model_spec *ask,
                        siam_err *e);

#endif
