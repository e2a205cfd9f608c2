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
    int used, drop; /* drop: rows of the next lent batch that a resumed run has seen */
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

siam_code siam_feed_epoch(siam_feed *f, int epoch, int64_t skip, siam_err *e)
{
    f->done = skip * f->cfg.batch < f->cfg.images ? skip * f->cfg.batch : f->cfg.images;
    if (f->cfg.cached) {
        siam_epoch_order(f->perm, f->cfg.images, f->cfg.seed, epoch);
        return SIAM_OK;
    }
    const int each = siam_loader_batch(f->cfg.loader);
    f->lent = NULL;
    f->drop = (int)(f->done % each);
    return siam_loader_epoch(f->cfg.loader, epoch, f->done / each, e);
}

/* Up to `room` rows out of what the loader brings; 0 at its end. */
static siam_code from_loader(siam_feed *f, int room, float *x, int32_t *label, int *got, siam_err *e)
{
    *got = 0;
    if (!f->lent || f->used == f->lent->n) {
        SIAM_TRY(siam_loader_get(f->cfg.loader, &f->lent, e));
        if (!f->lent)
            return SIAM_OK;
        SIAM_TRY(siam_extractor_forward(f->cfg.extractor, f->lent, &f->rows, e));
        f->used = f->drop;
        f->drop = 0;
    }
    *got = f->lent->n - f->used < room ? f->lent->n - f->used : room;
    memcpy(x, f->rows + (size_t)f->used * (size_t)f->cfg.dim, (size_t)*got * (size_t)f->cfg.dim * sizeof *x);
    memcpy(label, f->lent->label + f->used, (size_t)*got * sizeof *label);
    f->used += *got;
    return SIAM_OK;
}

static void from_memory(siam_feed *f, int n)
{
    const siam_features *all = f->cfg.cached;
    const size_t dim = (size_t)f->cfg.dim;
    for (int i = 0; i < n; i++) {
        const int64_t from = f->perm[f->done + i];
        memcpy(f->x + (size_t)i * dim, all->x + (size_t)from * dim, dim * sizeof *f->x);
        f->label[i] = all->label[from];
    }
}

siam_code siam_feed_next(siam_feed *f, const float **x, const int32_t **label, int *n, siam_err *e)
{
    const int64_t left = f->cfg.images - f->done;
    const int want = left < f->cfg.batch ? (int)left : f->cfg.batch;
    *x = f->x;
    *label = f->label;
    *n = 0;
    if (f->cfg.cached)
        from_memory(f, want);
    for (int have = 0, got; !f->cfg.cached && have < want; have += got) {
        SIAM_TRY(from_loader(f, want - have, f->x + (size_t)have * (size_t)f->cfg.dim, f->label + have, &got, e));
        SIAM_ASSERT(got > 0); /* the loader has every image */
    }
    f->done += want;
    *n = want;
    return SIAM_OK;
}
