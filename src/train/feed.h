/* Batches of features for training heads, in the shuffled order of an epoch: from memory, or computed from augmented
 * images as they come. */
#ifndef SIAM_TRAIN_FEED_H
#define SIAM_TRAIN_FEED_H

#include "data/loader.h"
#include "infer/features.h"

typedef struct siam_feed siam_feed;

typedef struct siam_feed_cfg {
    int64_t images;
    int dim, batch;
    uint64_t seed;
    /* One of the two, borrowed: */
    const siam_features *cached;
    siam_extractor *extractor; /* bound; its batch may be another than `batch` */
    siam_loader *loader;       /* with the extractor: one view, every image */
    /* This one of so many ranks; 0 of 0: alone. Of every batch it has a part: of features in memory as large a one as the others, of
     * the loader's (of the same rank) those that the loader brings it. */
    int rank, ranks;
} siam_feed_cfg;

siam_code siam_feed_create(siam_feed **out, const siam_feed_cfg *c, siam_err *e);
void siam_feed_destroy(siam_feed **f);
int64_t siam_feed_batches(const siam_feed *f); /* per epoch, the shorter last one included */
/* Start epoch (0-based) behind its first `skip` batches. */
siam_code siam_feed_epoch(siam_feed *f, int epoch, int64_t skip, siam_err *e);
/* This rank's rows of a batch: n of the `all` that it has. */
typedef struct siam_fed {
    const float *x;       /* [n, dim] */
    const int32_t *label; /* [n] */
    int n, all;
} siam_fed;

/* The next batch, valid until the next call; all = 0 at the end of the epoch. */
siam_code siam_feed_next(siam_feed *f, siam_fed *next, siam_err *e);

#endif
