/* The verb `simsiam extract`: what the encoder makes of every image of a data set, as a file for other programs.
 *
 * F.npy          float32 [n, ...]: C numbers per image of pool, z, p and logits, [C, h, w] of layer4
 * F.safetensors  "features" as above, and "label" int64 [n] where there are labels
 * F.csv          a row per image: split, index, file, label, class, then the numbers
 * The first two come with F.index.csv (split, index, file, label, class of each row). Images that cannot be read have no
 * row; F.skipped.csv says which and why. Rows are written as they come, so memory does not grow with the data set. */
#ifndef SIAM_TASKS_EXTRACT_H
#define SIAM_TASKS_EXTRACT_H

#include <signal.h>
#include <stdio.h>

#include "model/encoder.h"

enum siam_extract_split { SIAM_EXTRACT_ALL, SIAM_EXTRACT_TRAIN, SIAM_EXTRACT_TEST };
/* Choices of siam_extract_request.layer, for an option table. */
#define SIAM_EXTRACT_LAYERS "pool|layer4|z|p|logits"

typedef struct siam_extract_request {
    siam_model_ask ask; /* parts are set from `layer` */
    const char *data;
    int32_t layer; /* index in SIAM_EXTRACT_LAYERS; layer4: the last stage, whatever its name */
    int32_t split; /* enum siam_extract_split */
    const char *out;
    bool replace;  /* else files that are there already are SIAM_E_EXISTS */
    bool upright;  /* apply the EXIF orientation */
    double max_bad; /* share of images that may be unreadable */
    const char *device;
    int32_t threads;
    int32_t precision; /* enum siam_precision */
    bool force;        /* take it even where it is slower */
    const volatile sig_atomic_t *stop;
    FILE *progress; /* or NULL */
} siam_extract_request;

/* Says on `out` what was written. Stopped or failed: nothing is. */
siam_code siam_extract(const siam_extract_request *r, FILE *out, siam_err *e);

#endif
