/* Features of a data set. */
#include "tasks/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "data/loader.h"

struct siam_extractor {
    siam_backend *backend;
    siam_extract_cfg cfg;
    siam_plan *plan; /* NULL: pixels */
    siam_val features;
    int dim;
};

void siam_features_release(siam_features *f)
{
    free(f->x);
    free(f->label);
    *f = (siam_features){0};
}

siam_code siam_extractor_create(siam_extractor **out, siam_backend *b, siam_tuner *tuner, const siam_graph *graph,
                                siam_val features, const siam_extract_cfg *c, siam_err *e)
{
    *out = NULL;
    siam_extractor *x = calloc(1, sizeof *x);
    if (!x)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the feature extractor");
    x->backend = b;
    x->cfg = *c;
    x->features = features;
    x->dim = 3 * c->size * c->size;
    siam_code rc = SIAM_OK;
    if (graph) {
        rc = siam_plan_create(&x->plan, graph, b, c->batch, false, tuner, e);
        if (!rc)
            rc = siam_plan_alloc(x->plan, e);
        if (!rc) {
            siam_desc d;
            siam_plan_value(x->plan, features, &d);
            x->dim = (int)d.dim[1];
        }
    }
    if (rc)
        siam_extractor_destroy(&x);
    *out = x;
    return rc;
}

void siam_extractor_destroy(siam_extractor **x)
{
    if (!*x)
        return;
    siam_plan_destroy(&(*x)->plan);
    free(*x);
    *x = NULL;
}

size_t siam_extractor_bytes(const siam_extractor *x)
{
    if (!x->plan)
        return 0;
    const siam_plan_memory m = siam_plan_bytes(x->plan);
    return m.activations + m.scratch + m.folded;
}

static siam_code run_batches(siam_extractor *x, siam_loader *l, const volatile sig_atomic_t *stop, siam_features *out,
                             siam_err *e)
{
    const size_t pixels = 3 * (size_t)x->cfg.size * (size_t)x->cfg.size;
    const siam_batch *b;
    for (int64_t done = 0;; done += b->n) {
        if (stop && *stop)
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while reading features");
        SIAM_TRY(siam_loader_get(l, &b, e));
        if (!b) {
            out->bad = siam_loader_skipped(l)->n;
            return SIAM_OK;
        }
        SIAM_ASSERT(done + b->n <= out->n);
        const float *rows = b->images;
        if (x->plan) {
            float *in = siam_plan_input(x->plan);
            memcpy(in, b->images, (size_t)b->n * pixels * sizeof *in);
            memset(in + (size_t)b->n * pixels, 0, (size_t)(x->cfg.batch - b->n) * pixels * sizeof *in);
            SIAM_TRY(siam_plan_forward(x->plan, e));
            rows = siam_plan_value(x->plan, x->features, NULL);
        }
        memcpy(out->x + (size_t)done * (size_t)x->dim, rows, (size_t)b->n * (size_t)x->dim * sizeof *rows);
        memcpy(out->label + done, b->label, (size_t)b->n * sizeof *b->label);
    }
}

siam_code siam_extractor_run(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                             int64_t nsubset, const volatile sig_atomic_t *stop, siam_features *out, siam_err *e)
{
    siam_loader_cfg lc = {.batch = x->cfg.batch, .views = 0, .workers = x->cfg.workers, .slots = 3,
                          .aug = {.size = x->cfg.size}, .subset = subset, .nsubset = nsubset,
                          .max_bad = x->cfg.max_bad};
    memcpy(lc.mean, x->cfg.mean, sizeof lc.mean);
    memcpy(lc.std, x->cfg.std, sizeof lc.std);
    siam_loader *l = NULL;
    siam_code rc = SIAM_OK;
    *out = (siam_features){.n = subset ? nsubset : d->info.count, .dim = x->dim};
    const size_t bytes = (size_t)out->n * (size_t)x->dim * sizeof *out->x;
    if (bytes <= siam_memory_available()) { /* Linux promises more and kills who uses it */
        out->x = malloc(bytes);
        out->label = malloc((size_t)out->n * sizeof *out->label);
    }
    if (!out->x || !out->label) {
        rc = siam_fail(e, SIAM_E_NOMEM, "there is not enough memory for the features of %lld images, %d numbers each",
                       (long long)out->n, x->dim);
        siam_hint(e, "a smaller bank of training images (--bank of knn, --eval.bank of train), or a smaller --size");
        goto out;
    }
    if (x->plan)
        SIAM_TRY_OUT(rc, siam_plan_bind(x->plan, params, e));
    SIAM_TRY_OUT(rc, siam_loader_create(&l, d, &lc, e));
    SIAM_TRY_OUT(rc, siam_loader_epoch(l, 0, 0, e));
    rc = run_batches(x, l, stop, out, e);
out:
    siam_loader_destroy(&l);
    if (rc)
        siam_features_release(out);
    return rc;
}
