/* Work over the images of a data set that several ranks share: each reads a part, and all get all. */
#ifndef SIAM_INFER_SHARE_H
#define SIAM_INFER_SHARE_H

#include <signal.h>

#include "comm/comm.h"
#include "data/loader.h"
#include "infer/rows.h"

/* The rows of one batch of this rank; rows->n = 0 where it has no more. */
typedef siam_code siam_rows_next(void *user, siam_rows *rows, siam_err *e);

/* Hand the batches of all ranks, at most `batch` rows of `dim` numbers each, to `sink` on every rank, in the order in which one
 * process has them (siam_loader_cfg.rank). Fails on all ranks when it fails on one, as siam_comm_agree; a stop that one is asked
 * for ends it on all. d, max_bad: what the bad images of all ranks together are held against; skipped: this rank's so far. */
typedef struct siam_rows_share {
    const siam_comm *comm;
    int batch, dim;
    siam_rows_next *next;
    siam_rows_sink *sink;
    void *next_user, *sink_user;
    const volatile sig_atomic_t *stop;
    const siam_dataset *d;
    double max_bad;
    const siam_skiplist *skipped;
} siam_rows_share;
siam_code siam_rows_shared(const siam_rows_share *s, siam_err *e);

/* The lists of all other ranks are added to `all`; NULL: this rank only sends its own, which may be NULL. */
siam_code siam_skiplist_share(const siam_comm *c, const siam_skiplist *own, siam_skiplist *all, siam_err *e);

#endif
