/* The models that have a name: the four of mmpretrain's SimSiam page. Nothing here touches the network; a
 * model's file is put in its place by tasks/fetch.h. */
#ifndef SIAM_MODEL_ZOO_H
#define SIAM_MODEL_ZOO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct siam_zoo_model {
    const char *name;
    const char *recipe; /* that trains it */
    const char *
        pretrained; /* name of the model whose frozen encoder this one's classifier was trained on, or NULL */
    const char *url;    /* where its authors keep it */
    const char *file;   /* the name in the URL and in the models folder */
    const char *sha256; /* first 8 hex digits of the file's, as its name ends */
    const char *arch;   /* backbone, at 224 px */
    int classes; /* outputs of fc, ImageNet's in class-index order; 0 = projector and predictor instead */
    int64_t parameters; /* trainable numbers while it was trained (a frozen encoder's included) */
    int64_t flops;      /* multiply-adds of one image at 224 px */
    double top1;        /* published ImageNet accuracy of the classifier, percent; 0 = none */
} siam_zoo_model;

extern const siam_zoo_model siam_zoo[]; /* ends with name = NULL */

/* NULL: no model of this name. */
const siam_zoo_model *siam_zoo_find(const char *name);
/* The folder of fetched files: $SIMSIAM_MODELS, else $XDG_CACHE_HOME/simsiam/models, else
 * ~/.cache/simsiam/models. false (and buf empty): none of the three is set, or it does not fit. It need not
 * exist. */
bool siam_zoo_folder(char *buf, size_t n);
/* Where m's file is once fetched; false as above. */
bool siam_zoo_path(const siam_zoo_model *m, char *buf, size_t n);
/* Is its file there? (Its checksum was looked at when it was fetched.) */
bool siam_zoo_here(const siam_zoo_model *m);
/* Fails with SIAM_E_NOTFOUND, naming the place and the command that fetches it. */
siam_code siam_zoo_missing(const siam_zoo_model *m, siam_err *e);

#endif
