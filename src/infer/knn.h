/* Weighted kNN classification (Wu et al. 2018, SPEC 1.7): every query asks its k nearest bank features by
 * cosine similarity; each votes for its label with weight exp(similarity / T). */
#ifndef SIAM_INFER_KNN_H
#define SIAM_INFER_KNN_H

#include "infer/features.h"
#include "data/holdout.h"

/* Scale every row to unit length (rows of zeros stay). */
void siam_features_normalise(siam_features *f);

typedef struct siam_knn_cfg {
    const int *k;
    int nk;
    const double *temperature;
    int nt;
    const volatile sig_atomic_t *stop; /* may be NULL */
} siam_knn_cfg;

/* top1[ik * nt + it] = share of queries classified right with k[ik] and temperature[it]. Both feature sets
 * must be normalised and labelled. k is cut to the size of the bank. bank->x == query->x: leave-one-out,
 * every image asks all the others. *stop != 0 ends it early with SIAM_E_CANCELLED; it is looked at after every
 * 128 queries. The ranks of the backend, which all have all features, share the queries; a failure is one of all. */
siam_code siam_knn_classify(siam_backend *b, const siam_features *bank, const siam_features *query, int classes,
                            const siam_knn_cfg *c, double *top1, siam_err *e);

/* The held-out images of the data set at `path` (siam_dataset_open_held), whose training images are `train`; *test stays NULL where
 * there are none or none with labels, which is remarked on: each training image then asks the others. needed:
 * those that are at odds with the training images are an error, else they are not used either. */
siam_code siam_knn_open_test(siam_dataset **test, siam_dataset *train, const char *path, int size, const siam_holdout *h,
                             bool needed, siam_err *e);

/* Which images ask which. */
typedef struct siam_knn_sets {
    const siam_dataset *train, *test;     /* test: NULL when no images are held out */
    bool leave_one_out;                   /* leave-one-out: every image asks all the others */
    int64_t *bank, *query, nbank, nquery; /* images of train and of test; NULL = all of them */
    int64_t again;                        /* images left out as they are the file of another one */
} siam_knn_sets;

/* The bank is the first `bank` images of a seeded permutation, 0 = all. Leave-one-out, which is all there is
 * without test, is over the images of both, each file once. Data sets are borrowed; release also after a
 * failure. */
siam_code siam_knn_choose(siam_knn_sets *s, const siam_dataset *train, const siam_dataset *test, int64_t bank,
                          bool leave_one_out, siam_err *e);
/* Of images that are one file (links, a list that names it twice) only the first stays, or each would find
 * itself. */
siam_code siam_knn_once(siam_knn_sets *s, siam_err *e);
void siam_knn_sets_release(siam_knn_sets *s);

/* What was compared. */
typedef struct siam_knn_note {
    int64_t bank, query, bad; /* images; of both, those that could not be read, and whose place others took */
    int dim;
} siam_knn_note;

/* Read the features of the sets with `x` and `params` and classify them: top1 as siam_knn_classify. told may
 * be NULL. */
siam_code siam_knn_ask(const siam_knn_sets *s, siam_extractor *x, siam_params *params, siam_backend *b,
                       const siam_knn_cfg *c, double *top1, siam_knn_note *told, siam_err *e);

#endif
