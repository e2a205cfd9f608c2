/* Weighted kNN classification (Wu et al. 2018, SPEC 1.7): every query asks its k nearest bank features by cosine
 * similarity; each votes for its label with weight exp(similarity / T). */
#ifndef SIAM_TASKS_KNN_H
#define SIAM_TASKS_KNN_H

#include <signal.h>
#include <stdio.h>

#include "base/option.h"
#include "model/encoder.h"
#include "tasks/features.h"

/* Scale every row to unit length (rows of zeros stay). */
void siam_features_normalise(siam_features *f);

/* top1[ik * nt + it] = share of queries classified right with k[ik] and temperature[it]. Both feature sets must be
 * normalised and labelled. k is cut to the size of the bank. bank->x == query->x: leave-one-out, every image
 * asks all the others. */
siam_code siam_knn_classify(siam_backend *b, const siam_features *bank, const siam_features *query, int classes,
                            const int *k, int nk, const double *temperature, int nt, double *top1, siam_err *e);

/* Deterministic bank: the first `n` of a seeded permutation of `count`, ascending. *subset = NULL when n >= count;
 * free(*subset). */
siam_code siam_knn_bank(int64_t **subset, int64_t count, int64_t n, siam_err *e);

/* The held-out images of the data set at `path`, whose training images are `train`; *test stays NULL where there are none
 * or none with labels, which is remarked on: each training image then asks the others. needed: those that are at odds with
 * the training images are an error, else they are not used either. */
siam_code siam_knn_open_test(siam_dataset **test, siam_dataset *train, const char *path, int size, bool needed, siam_err *e);

/* Leave-one-out over the images of train and, unless it is NULL, test: of images that are one file (links, a list that
 * names it twice) only the first stays, or each would find itself. The lists of images, NULL for all, are narrowed when
 * there are such; *left_out says how many. */
siam_code siam_knn_once(const siam_dataset *train, const siam_dataset *test, int64_t **bank, int64_t *nbank,
                        int64_t **query, int64_t *nquery, int64_t *left_out, siam_err *e);

/* The verb `simsiam knn`. */
typedef struct siam_knn_request {
    siam_model_ask ask; /* ask.model may also be "raw": the pixels */
    const char *data;
    siam_list k, temperature;
    int32_t bank;      /* at most so many training images, 0 = all */
    bool leave_one_out; /* over all images, training and held out; so it is where none are held out */
    int32_t threads;
    int32_t precision; /* enum siam_precision */
    bool force;        /* take it even where it is slower */
    const char *device;
    bool json, upright; /* upright: apply the EXIF orientation */
    double max_bad;     /* share of images that may be unreadable, as siam_loader_cfg */
    const volatile sig_atomic_t *stop;
} siam_knn_request;
/* top1[ik * temperature.n + it], as siam_knn_classify. */
siam_code siam_knn_measure(const siam_knn_request *r, double *top1, siam_err *e);
/* The same, printed. */
siam_code siam_knn_run(const siam_knn_request *r, FILE *out, siam_err *e);

#endif
