/* A classifier at work: images of a data set in, classes with their probabilities out, batch by batch. What
 * `test` and `predict` have in common. */
#ifndef SIAM_INFER_CLASSIFY_H
#define SIAM_INFER_CLASSIFY_H

#include "infer/scan.h"

/* What is asked of a scan (siam_scan_open) whose images are to be classified, beside what the caller says.
 * Kernels are chosen by rule and not timed: results do not depend on the machine's load, and one image is
 * quick. */
siam_scan_spec siam_classify_spec(siam_scan_spec ask);

/* What one image is; valid during the call. */
typedef struct siam_prediction {
    int64_t index;
    int32_t label;       /* the data set's, -1 = none */
    const char *bad;     /* NULL, or the sentence why the image cannot be read; nothing below is there then */
    const siam_err *why; /* with bad: the failure itself */
    int32_t ntop;
    const int32_t *top; /* most probable classes first */
    const float *prob;  /* [classes] */
} siam_prediction;
typedef siam_code siam_prediction_sink(void *user, const siam_prediction *p, siam_err *e);

/* All images of a prepared scan in order, once: the model is used up (siam_engine_type.push). topk: classes per
 * image, cut to those there are. A failure of the sink ends it. Output that is not finite: SIAM_E_NUMERIC. */
siam_code siam_classify(siam_scan *x, int32_t topk, const volatile sig_atomic_t *stop,
                        siam_prediction_sink *sink, void *user, siam_err *e);

#endif
