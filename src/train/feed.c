/* Both sources number the images of an epoch alike (siam_epoch_order), so that an epoch with features from memory sees
 * them in the batches in which the loader would bring them. */
#include "train/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"

struct siam_feed {
    siam_feed_cfg cfg;
    float *x;       /* [batch, dim] */
    int32_t *label; /* [batch] */
    int64_t *perm;  /* cached: the order */
    int64_t done;   /* images of the epoch handed out */
    /* from the loader: a batch of its own size, and how much of it is used */
    const siam_batch *lent;
    const float *rows;
    int used;
};

siam_code siam_feed_create(siam_feed **out, const siam_feed_cfg *c, siam_err *e)
{
    siam_feed *f = *out = calloc(1, sizeof *f);
    const size_t bytes = (size_t)c->batch * (size_t)c->dim * sizeof *f->x;
    if (f) {
        f->cfg = *c;
        f->x = bytes < siam_memory_available() ? malloc(bytes) : NULL;
        f->label = malloc((size_t)c->batch * sizeof *f->label);
        f->perm = c->cached ? malloc((size_t)c->images * sizeof *f->perm) : NULL;
    }
    if (f && f->x && f->label && (f->perm || !c->cached))
        return SIAM_OK;
    siam_feed_destroy(out);
    siam_fail(e, SIAM_E_NOMEM, "out of memory for batches of %d x %d features", c->batch, c->dim);
    siam_hint(e, "a smaller --batch");
    return SIAM_E_NOMEM;
}

void siam_feed_destroy(siam_feed **f)
{
    if (!*f)
        return;
    free((*f)->x);
    free((*f)->label);
    free((*f)->perm);
    free(*f);
    *f = NULL;
}

int64_t siam_feed_batches(const siam_feed *f) { return (f->cfg.images + f->cfg.batch - 1) / f->cfg.batch; }

/* Batches of the loader that are this rank's, among its first `n`. */
static int64_t batches_before(const siam_feed *f, int64_t n)
{
    const int64_t ranks = f->cfg.ranks > 1 ? f->cfg.ranks : 1;
    return n > f->cfg.rank ? (n - f->cfg.rank + ranks - 1) / ranks : 0;
}

siam_code siam_feed_epoch(siam_feed *f, int epoch, int64_t skip, siam_err *e)
{
    f->done = skip * f->cfg.batch < f->cfg.images ? skip * f->cfg.batch : f->cfg.images;
    if (f->cfg.cached) {
        siam_epoch_order(f->perm, f->cfg.images, f->cfg.seed, epoch);
        return SIAM_OK;
    }
    f->lent = NULL;
    return siam_loader_epoch(f->cfg.loader, epoch, batches_before(f, f->done / siam_loader_batch(f->cfg.loader)), e);
}

/* Have rows from the loader that are not used yet, unless it has no more: *lent then is NULL. */
static siam_code borrow(siam_feed *f, siam_err *e)
{
    while (!f->lent || f->used == f->lent->n) {
        SIAM_TRY(siam_loader_get(f->cfg.loader, &f->lent, e));
        if (!f->lent)
            return SIAM_OK;
        SIAM_TRY(siam_extractor_forward(f->cfg.extractor, f->lent, &f->rows, e));
        const int64_t seen = f->done - f->lent->place; /* by a run that was resumed in the middle of it */
        f->used = seen <= 0 ? 0 : seen < f->lent->n ? (int)seen : f->lent->n;
    }
    return SIAM_OK;
}

/* The loader's rows that lie in front of the place `end`. */
static siam_code from_loader(siam_feed *f, int64_t end, siam_fed *next, siam_err *e)
{
    const size_t dim = (size_t)f->cfg.dim;
    for (;;) {
        SIAM_TRY(borrow(f, e));
        const int64_t from = f->lent ? f->lent->place + f->used : end;
        if (from >= end)
            return SIAM_OK;
        const int got = f->lent->n - f->used < end - from ? f->lent->n - f->used : (int)(end - from);
        memcpy(f->x + (size_t)next->n * dim, f->rows + (size_t)f->used * dim, (size_t)got * dim * sizeof *f->x);
        memcpy(f->label + next->n, f->lent->label + f->used, (size_t)got * sizeof *f->label);
        f->used += got;
        next->n += got;
    }
}

/* This rank's share of the `n` rows from f->done on. */
static void from_memory(siam_feed *f, int n, siam_fed *next)
{
    const siam_features *all = f->cfg.cached;
    const size_t dim = (size_t)f->cfg.dim;
    const int64_t ranks = f->cfg.ranks > 1 ? f->cfg.ranks : 1;
    const int64_t first = f->done + n * (int64_t)f->cfg.rank / ranks, end = f->done + n * ((int64_t)f->cfg.rank + 1) / ranks;
    for (int64_t at = first; at < end; at++, next->n++) {
        const int64_t from = f->perm[at];
        memcpy(f->x + (size_t)next->n * dim, all->x + (size_t)from * dim, dim * sizeof *f->x);
        f->label[next->n] = all->label[from];
    }
}

siam_code siam_feed_next(siam_feed *f, siam_fed *next, siam_err *e)
{
    const int64_t left = f->cfg.images - f->done;
    const int want = left < f->cfg.batch ? (int)left : f->cfg.batch;
    *next = (siam_fed){.x = f->x, .label = f->label, .all = want};
    if (f->cfg.cached)
        from_memory(f, want, next);
    else if (want)
        SIAM_TRY(from_loader(f, f->done + want, next, e));
    SIAM_ASSERT(next->n == want || f->cfg.ranks > 1); /* the loader has every image */
    f->done += want;
    return SIAM_OK;
}
