/* The verb `simsiam predict`: what images show.
 *
 * JSON: one object per image on a line of its own, with the keys of mmpretrain's inference_model and the file:
 *   file         the path as given, or as found below a given folder or in a list
 *   pred_label   number of the most probable class
 *   pred_score   its probability
 *   pred_class   its name, or its number as text where the model knows no names
 *   pred_scores  the probabilities of all classes
 * An image that cannot be read has no line; the sentence why goes to `err`. */
#ifndef SIAM_TASKS_PREDICT_H
#define SIAM_TASKS_PREDICT_H

#include <stdio.h>

#include "infer/classify.h"

typedef struct siam_predict_request {
    siam_model_ask ask;
    const char *const *path; /* files, folders, lists (data/paths.h) */
    int npaths;
    const char *list;        /* one more list, or NULL */
    const char *device;
    int32_t threads; /* 0 = all */
    int32_t topk;    /* classes per image; cut to those there are */
    const volatile sig_atomic_t *stop;
    bool json, upright;
    FILE *progress; /* or NULL */
} siam_predict_request;

/* Results go to `out` image by image. One image that cannot be read: SIAM_E_DATA with why. Of several the
 * others are done, each bad one gets a line in `err`, and the end is SIAM_E_DATA with their number. */
siam_code siam_predict_run(const siam_predict_request *r, FILE *out, FILE *err, siam_err *e);

#endif
