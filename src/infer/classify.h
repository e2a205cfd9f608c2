/* A classifier at work: images of a data set in, classes with their probabilities out, batch by batch. What
 * `test` and `predict` have in common. */
#ifndef SIAM_INFER_CLASSIFY_H
#define SIAM_INFER_CLASSIFY_H

#include <signal.h>

#include "data/dataset.h"
#include "model/encoder.h"

typedef struct siam_classifier siam_classifier;

/* Read the model. One without a classifier is SIAM_E_CONFIG and says how to get one. */
siam_code siam_classifier_open(siam_classifier **out, const siam_model_ask *ask, siam_err *e);
void siam_classifier_close(siam_classifier **c);
const siam_encoder *siam_classifier_model(const siam_classifier *c);

typedef struct siam_classifier_use {
    const char *device;
    int32_t threads; /* 0 = all */
    double max_bad;  /* share of images that may be unreadable */
    int32_t topk;    /* classes per image; cut to those there are */
    const volatile sig_atomic_t *stop;
} siam_classifier_use;

/* Make it ready for images of `d`: its usual mean and standard deviation where neither the model nor the user
 * says any, and batches no larger than d. Kernels are chosen by rule and not timed: results do not depend on
 * the machine's load, and one image is quick. */
siam_code siam_classifier_prepare(siam_classifier *c, const siam_dataset *d, const siam_classifier_use *use,
                                  siam_err *e);
/* "mean 0.485,0.456,0.406 and standard deviation 0.229,0.224,0.225 (ImageNet's, as the model says none)". */
void siam_classifier_norm_text(const siam_classifier *c, char *buf, size_t n);

/* What one image is; valid during the call. */
typedef struct siam_prediction {
    int64_t index;
    int32_t label;   /* the data set's, -1 = none */
    const char *bad; /* NULL, or the sentence why the image cannot be read; nothing below is there then */
    const siam_err *why; /* with bad: the failure itself */
    int32_t ntop;
    const int32_t *top; /* most probable classes first */
    const float *prob;  /* [classes] */
} siam_prediction;
typedef siam_code siam_prediction_sink(void *user, const siam_prediction *p, siam_err *e);

/* All images in order, once: the model is used up (siam_plan_bind_last). A failure of the sink ends it.
 * Output that is not finite: SIAM_E_NUMERIC. */
siam_code siam_classifier_run(siam_classifier *c, siam_prediction_sink *sink, void *user, siam_err *e);

#endif
