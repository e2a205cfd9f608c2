/* Features of a data set. */
#include "infer/features.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/finite.h"
#include "base/stop.h"
#include "base/system.h"
#include "comm/agree.h"
#include "data/loader.h"
#include "infer/share.h"

struct siam_extractor {
    siam_backend *backend;
    siam_extract_cfg cfg;
    siam_engine *engine; /* NULL: pixels */
    siam_val features;
    siam_desc shape; /* of the batch's features */
    int dim;
    float *rows;  /* of the last batch */
    bool *bad;    /* of siam_rows, [batch] */
    int64_t *index;
};

void siam_features_release(siam_features *f)
{
    free(f->x);
    free(f->label);
    *f = (siam_features){0};
}

static siam_engine_cfg engine_of(siam_backend *b, siam_tuner *tuner, const siam_graph *graph, const siam_extract_cfg *c)
{
    return (siam_engine_cfg){.host = b, .tuner = tuner, .graph = graph, .images = c->batch, .map_type = c->map_type,
                             .devices = c->devices};
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
    x->shape = siam_desc_4d(c->batch, c->channels ? c->channels : SIAM_IMAGE_CHANNELS, c->size, c->size);
    siam_code rc = SIAM_OK;
    if (graph) {
        const siam_engine_cfg cfg = engine_of(b, tuner, graph, c);
        SIAM_ASSERT(graph->value[graph->input].dim[2] == c->size && graph->value[graph->input].dim[3] == c->size);
        x->shape = graph->value[features.id];
        x->shape.dim[0] = c->batch;
        rc = siam_engine_create(&x->engine, c->engine, &cfg, e);
        if (!rc)
            rc = x->engine->type->alloc(x->engine, e);
    }
    x->dim = (int)(siam_desc_count(&x->shape) / x->shape.dim[0]);
    x->bad = calloc((size_t)c->batch, sizeof *x->bad);
    x->index = calloc((size_t)c->batch, sizeof *x->index);
    x->rows = graph ? malloc(siam_desc_bytes(&x->shape)) : NULL;
    if (!rc && (!x->bad || !x->index || (graph && !x->rows)))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %d images", c->batch);
    if (rc)
        siam_extractor_destroy(&x);
    *out = x;
    return rc;
}

void siam_extractor_destroy(siam_extractor **x)
{
    if (!*x)
        return;
    siam_engine_destroy(&(*x)->engine);
    free((*x)->rows);
    free((*x)->bad);
    free((*x)->index);
    free(*x);
    *x = NULL;
}

/* Images in order under the test transform. */
static siam_loader_cfg loader_of(const siam_extract_cfg *c)
{
    return (siam_loader_cfg){.batch = c->batch, .views = 0, .workers = c->workers, .slots = 3, .norm = c->norm, .channels = c->channels,
                             .aug = {.size = c->size}, .max_bad = c->max_bad, .keep_bad = c->keep_bad};
}

siam_code siam_extractor_bytes(size_t *bytes, siam_backend *b, const siam_graph *graph, siam_val features,
                               const siam_extract_cfg *c, int64_t images, siam_err *e)
{
    const siam_loader_cfg loader = loader_of(c);
    const siam_engine_cfg engine = engine_of(b, NULL, graph, c);
    siam_engine_memory m;
    *bytes = siam_bytes_add(siam_loader_bytes(&loader, images),
                            (size_t)c->batch * (sizeof(bool) + sizeof(int64_t)) + sizeof(siam_extractor));
    if (!graph)
        return SIAM_OK;
    SIAM_TRY(siam_engine_bytes(&m, c->engine, &engine, e));
    *bytes = siam_bytes_add(*bytes, m.activations + m.rest + (size_t)c->batch * siam_desc_bytes(&graph->value[features.id]));
    return SIAM_OK;
}

const char *siam_extractor_remark(siam_extractor *x) { return x ? siam_engine_remark(x->engine) : NULL; }

siam_desc siam_extractor_shape(const siam_extractor *x)
{
    siam_desc d = x->shape;
    d.dim[0] = 1;
    return d;
}

int siam_extractor_batch_for(int size, int64_t images)
{
    enum { BATCH = 16, SIDE = 224, MOST = 256 }; /* as much work as a batch of photographs */
    int64_t batch = (int64_t)BATCH * SIDE * SIDE / ((int64_t)size * size);
    batch = batch < 1 ? 1 : batch > MOST ? MOST : batch;
    return (int)(images < batch ? images : batch);
}

siam_code siam_extractor_bind(siam_extractor *x, siam_params *params, siam_err *e)
{
    return x->engine ? x->engine->type->push(x->engine, params, x->cfg.last, e) : SIAM_OK;
}

/* Neighbours, classes and files take numbers: what is none comes from weights that are damaged or far too large, and the
 * image at which it shows is named. */
static siam_code check_rows(const siam_extractor *x, const siam_batch *b, const float *rows, siam_err *e)
{
    for (int i = 0; i < b->n; i++) {
        const float *row = rows + (size_t)i * (size_t)x->dim;
        const int k = (int)siam_first_nonfinite(row, (size_t)x->dim);
        if (k == x->dim || b->index[i] < 0) /* one that could not be read has no row */
            continue;
        const char *file = siam_dataset_file(b->of, b->index[i]);
        char number[32];
        snprintf(number, sizeof number, "image %lld", (long long)b->index[i]);
        siam_fail(e, SIAM_E_NUMERIC, "the model's output for '%s' is not a number (element %d of %d is %s)",
                  file ? file : number, k, x->dim, isnan(row[k]) ? "NaN" : "infinite");
        siam_hint(e, "a model of a run that went well");
        return SIAM_E_NUMERIC;
    }
    return SIAM_OK;
}

/* The network's output for a batch; the pixels themselves without one. */
siam_code siam_extractor_forward(siam_extractor *x, const siam_batch *b, const float **rows, siam_err *e)
{
    *rows = b->images;
    if (!x->engine)
        return SIAM_OK;
    SIAM_TRY(x->engine->type->forward(x->engine, b->images, b->n, e));
    SIAM_TRY(x->engine->type->read(x->engine, x->features, b->n, x->rows, e));
    *rows = x->rows;
    return check_rows(x, b, *rows, e);
}

/* Batches as the loader brings them. */
typedef struct reader {
    siam_extractor *x;
    siam_loader *l;
    const int64_t *subset;
} reader;

static siam_code next_rows(void *user, siam_rows *rows, siam_err *e)
{
    const reader *r = user;
    siam_extractor *x = r->x;
    const siam_batch *b;
    *rows = (siam_rows){.dim = x->dim, .bad = x->bad, .index = x->index};
    SIAM_TRY(siam_loader_get(r->l, &b, e));
    if (!b)
        return SIAM_OK;
    SIAM_TRY(siam_extractor_forward(x, b, &rows->x, e));
    for (int i = 0; i < b->n; i++) {
        x->index[i] = r->subset ? r->subset[b->place + i] : b->place + i;
        x->bad[i] = b->index[i] != x->index[i];
    }
    rows->n = b->n;
    rows->label = b->label;
    return SIAM_OK;
}

static siam_code run_batches(reader *r, const volatile sig_atomic_t *stop, siam_rows_sink *sink, void *user, siam_err *e)
{
    for (siam_rows rows;;) {
        if (siam_stop_asked(stop))
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while reading features");
        SIAM_TRY(next_rows(r, &rows, e));
        if (!rows.n)
            return SIAM_OK;
        SIAM_TRY(sink(user, &rows, e));
    }
}

static siam_code open_reader(reader *r, siam_params *params, const siam_dataset *d, int64_t nsubset, siam_err *e)
{
    const siam_comm *comm = r->x->backend->comm;
    siam_loader_cfg lc = loader_of(&r->x->cfg);
    lc.subset = r->subset;
    lc.nsubset = nsubset;
    lc.rank = comm->rank;
    lc.ranks = comm->size;
    SIAM_TRY(siam_extractor_bind(r->x, params, e));
    SIAM_TRY(siam_loader_create(&r->l, d, &lc, e));
    return siam_loader_epoch(r->l, 0, 0, e);
}

/* The bad images of all ranks. */
static siam_code take_skipped(const siam_comm *comm, const siam_skiplist *own, siam_skiplist *all, siam_err *e)
{
    siam_code rc = siam_skiplist_share(comm, own, all, e);
    if (!rc && !siam_skiplist_add_all(all, own))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    return siam_comm_agree(comm, rc, e);
}

siam_code siam_extractor_stream(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                                int64_t nsubset, const volatile sig_atomic_t *stop, siam_rows_sink *sink, void *user,
                                siam_skiplist *skipped, siam_err *e)
{
    const siam_comm *comm = x->backend->comm;
    reader r = {.x = x, .subset = subset};
    siam_code rc = siam_comm_agree(comm, open_reader(&r, params, d, nsubset, e), e);
    if (!rc && comm->size == 1)
        rc = run_batches(&r, stop, sink, user, e);
    else if (!rc)
        rc = siam_rows_shared(&(siam_rows_share){.comm = comm, .batch = x->cfg.batch, .dim = x->dim, .next = next_rows,
                                                 .next_user = &r, .sink = sink, .sink_user = user, .stop = stop, .d = d,
                                                 .max_bad = x->cfg.max_bad, .skipped = siam_loader_skipped(r.l)},
                              e);
    if (!rc && skipped)
        rc = take_skipped(comm, siam_loader_skipped(r.l), skipped, e);
    siam_loader_destroy(&r.l);
    return rc;
}

/* Where the next batch goes. */
typedef struct collection {
    siam_features *f;
    int64_t done;
} collection;

static siam_code collect(void *user, const siam_rows *rows, siam_err *e)
{
    (void)e;
    collection *c = user;
    SIAM_ASSERT(c->done + rows->n <= c->f->n);
    memcpy(c->f->x + (size_t)c->done * (size_t)rows->dim, rows->x, (size_t)rows->n * (size_t)rows->dim * sizeof *rows->x);
    memcpy(c->f->label + c->done, rows->label, (size_t)rows->n * sizeof *rows->label);
    for (int i = 0; i < rows->n; i++)
        c->f->bad += rows->bad[i];
    c->done += rows->n;
    return SIAM_OK;
}

siam_code siam_extractor_run(siam_extractor *x, siam_params *params, const siam_dataset *d, const int64_t *subset,
                             int64_t nsubset, const volatile sig_atomic_t *stop, siam_features *out, siam_err *e)
{
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
    }
    collection c = {.f = out};
    rc = siam_comm_agree(x->backend->comm, rc, e);
    if (!rc)
        rc = siam_extractor_stream(x, params, d, subset, nsubset, stop, collect, &c, NULL, e);
    if (rc)
        siam_features_release(out);
    return rc;
}
