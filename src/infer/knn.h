/* Weighted kNN classification (Wu et al. 2018, SPEC 1.7): every query asks its k nearest bank features by cosine
 * similarity; each votes for its label with weight exp(similarity / T). */
#ifndef SIAM_INFER_KNN_H
#define SIAM_INFER_KNN_H

#include "infer/features.h"

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

#endif
