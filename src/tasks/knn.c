/* The verb `simsiam knn`: features of a model, of a random network or of the raw pixels, classified by kNN. */
#include "tasks/knn.h"

#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/json.h"
#include "infer/knn.h"
#include "model/encoder.h"
#include "model/norm.h"

enum { BATCH = 256 };

typedef struct session {
    const siam_knn_request *r;
    siam_dataset *train, *test; /* test: NULL when no images are held out */
    bool alone;                 /* leave-one-out */
    siam_backend *backend;
    siam_tuner *tuner;
    siam_encoder *encoder; /* NULL: raw pixels */
    siam_extractor *extractor;
    int64_t *bank, *query, nbank, nquery; /* images, NULL = all of them */
    int64_t again;                        /* images left out as they are the file of another one */
    siam_extract_cfg cfg;
    int64_t bad; /* images that could not be read */
    int dim;
} session;

/* What the request's model is: "raw", or what siam_encoder_open takes. */
static siam_code open_model(session *s, siam_err *e)
{
    const siam_model_ask *ask = &s->r->ask;
    s->cfg.size = ask->size;
    siam_norm_usual(&s->cfg.norm, s->train);
    if (!strcmp(ask->model, "raw")) {
        siam_norm_given(&s->cfg.norm, &ask->mean, &ask->std);
        return SIAM_OK;
    }
    SIAM_TRY(siam_encoder_open(&s->encoder, ask, e));
    siam_encoder_assume_norm(s->encoder, &s->cfg.norm);
    if (s->encoder->cfg.in_channels != 3)
        return siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have 3", ask->model,
                         s->encoder->cfg.in_channels);
    s->cfg.norm = s->encoder->norm;
    s->cfg.size = s->encoder->cfg.size;
    return SIAM_OK;
}

/* raw and random take the size of the images unless told; that of mixed ones is 32. */
static void default_size(siam_model_ask *ask, const siam_dataset *d)
{
    if (!ask->size && (!strcmp(ask->model, "raw") || !strncmp(ask->model, "random:", 7)))
        ask->size = d->info.width ? d->info.width : 32;
}

static siam_code check_lists(const siam_model_ask *ask, siam_err *e)
{
    if ((ask->mean.n && ask->mean.n != 1 && ask->mean.n != 3) || (ask->std.n && ask->std.n != 1 && ask->std.n != 3))
        return siam_fail(e, SIAM_E_USAGE, "mean and std need one number or three");
    return SIAM_OK;
}

static siam_code open_session(session *s, siam_knn_request *r, siam_err *e)
{
    SIAM_TRY(check_lists(&r->ask, e));
    /* Drawn images have the model's size, and the model's usual normalisation is that of the images: the data set is
       opened to see what it is, and once more when its images are of one size that is not the model's. */
    SIAM_TRY(siam_dataset_open(&s->train, r->data, SIAM_SPLIT_TRAIN, r->ask.size, e));
    default_size(&r->ask, s->train);
    SIAM_TRY(open_model(s, e));
    if (s->train->info.width && s->train->info.width != s->cfg.size) {
        siam_dataset_close(&s->train);
        SIAM_TRY(siam_dataset_open(&s->train, r->data, SIAM_SPLIT_TRAIN, s->cfg.size, e));
    }
    SIAM_TRY(siam_knn_open_test(&s->test, s->train, r->data, s->cfg.size, true, e));
    s->alone = r->leave_one_out || !s->test;
    if (!s->train->info.classes)
        return siam_dataset_no_labels(s->train, r->data, "kNN", e);
    SIAM_TRY(siam_knn_bank(&s->bank, s->train->info.count, r->bank, e));
    s->nbank = s->bank ? r->bank : s->train->info.count;
    s->nquery = s->test ? s->test->info.count : 0;
    if (s->alone)
        SIAM_TRY(siam_knn_once(s->train, s->test, &s->bank, &s->nbank, &s->query, &s->nquery, &s->again, e));
    SIAM_TRY(siam_backend_open(&s->backend, r->device, r->threads, e));
    SIAM_TRY(siam_precision_maps(&s->cfg.maps, s->backend, r->precision, r->force, e));
    SIAM_TRY(siam_tuning_open(&s->tuner, s->backend, "auto", NULL, e));
    s->train->upright = r->upright;
    if (s->test)
        s->test->upright = r->upright;
    s->cfg.max_bad = r->max_bad;
    s->cfg.batch = BATCH;
    s->cfg.workers = s->backend->threads;
    SIAM_TRY(siam_extractor_create(&s->extractor, s->backend, s->tuner, s->encoder ? s->encoder->graph : NULL,
                                   s->encoder ? s->encoder->vals.features : (siam_val){-1}, &s->cfg, e));
    siam_tuning_remember(s->tuner, s->backend, "auto");
    return SIAM_OK;
}

static void close_session(session *s)
{
    siam_extractor_destroy(&s->extractor);
    siam_tuner_destroy(&s->tuner);
    siam_backend_close(&s->backend);
    siam_encoder_close(&s->encoder);
    siam_dataset_close(&s->train);
    siam_dataset_close(&s->test);
    free(s->bank);
    free(s->query);
}

static siam_code print_json(FILE *out, const siam_knn_request *r, const double *top1, siam_err *e)
{
    json_t *rows = json_array();
    for (int j = 0; j < r->k.n * r->temperature.n; j++)
        json_array_append_new(rows, json_pack("{s:i, s:f, s:f}", "k", (int)r->k.v[j / r->temperature.n], "temperature",
                                              r->temperature.v[j % r->temperature.n], "top1", top1[j]));
    json_t *all = json_pack("{s:o}", "knn", rows);
    char *text = all ? json_dumps(all, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(8)) : NULL;
    if (text)
        fprintf(out, "%s\n", text);
    free(text);
    json_decref(all);
    return text ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the result");
}

/* Append `more` to `f`, and release it. */
static siam_code append(siam_features *f, siam_features *more, siam_err *e)
{
    const size_t n = (size_t)(f->n + more->n), dim = (size_t)f->dim;
    float *x = realloc(f->x, n * dim * sizeof *x);
    int32_t *label = x ? realloc(f->label, n * sizeof *label) : NULL;
    f->x = x ? x : f->x;
    f->label = label ? label : f->label;
    if (label) {
        memcpy(f->x + (size_t)f->n * dim, more->x, (size_t)more->n * dim * sizeof *x);
        memcpy(f->label + f->n, more->label, (size_t)more->n * sizeof *label);
        f->n += more->n;
        f->bad += more->bad;
    }
    siam_features_release(more);
    return label ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %zu images", n);
}

static siam_code classify(session *s, double *top1, siam_err *e)
{
    const siam_knn_request *r = s->r;
    siam_features bank = {0}, query = {0};
    siam_params *params = s->encoder ? s->encoder->params : NULL;
    int k[SIAM_LIST_MAX];
    siam_code rc = SIAM_OK;
    for (int i = 0; i < r->k.n; i++)
        k[i] = (int)r->k.v[i];
    SIAM_TRY_OUT(rc, siam_extractor_run(s->extractor, params, s->train, s->bank, s->nbank, r->stop, &bank, e));
    if (s->test && (!s->query || s->nquery))
        SIAM_TRY_OUT(rc, siam_extractor_run(s->extractor, params, s->test, s->query, s->nquery, r->stop, &query, e));
    if (s->alone && query.n)
        SIAM_TRY_OUT(rc, append(&bank, &query, e));
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    rc = siam_knn_classify(s->backend, &bank, s->alone ? &bank : &query, s->train->info.classes, k, r->k.n,
                           r->temperature.v, r->temperature.n, top1, e);
    s->dim = bank.dim;
    s->bad = bank.bad + query.bad;
    s->nbank = bank.n;
    s->nquery = s->alone ? bank.n : query.n;
out:
    siam_features_release(&bank);
    siam_features_release(&query);
    return rc;
}

static siam_code check_request(const siam_knn_request *r, siam_err *e)
{
    if (!r->k.n || !r->temperature.n)
        return siam_fail(e, SIAM_E_USAGE, "option --%s needs at least one number", r->k.n ? "temperature" : "k");
    for (int i = 0; i < r->k.n; i++)
        if (r->k.v[i] < 1 || r->k.v[i] != (int)r->k.v[i])
            return siam_fail(e, SIAM_E_USAGE, "k must be whole numbers from 1 on, got %g", r->k.v[i]);
    for (int i = 0; i < r->temperature.n; i++)
        if (!(r->temperature.v[i] > 0))
            return siam_fail(e, SIAM_E_USAGE, "temperature must be above 0, got %g", r->temperature.v[i]);
    return SIAM_OK;
}

/* Leaves the session open for what is said about it. */
static siam_code measure(session *s, siam_knn_request *r, double *top1, siam_err *e)
{
    s->r = r;
    SIAM_TRY(check_request(r, e));
    SIAM_TRY(open_session(s, r, e));
    return classify(s, top1, e);
}

siam_code siam_knn_measure(const siam_knn_request *request, double *top1, siam_err *e)
{
    siam_knn_request r = *request;
    session s = {0};
    const siam_code rc = measure(&s, &r, top1, e);
    close_session(&s);
    return rc;
}

static void print_table(FILE *out, const session *s, const double *top1)
{
    char nb[32], nq[32], some[64];
    const siam_knn_request *r = s->r;
    siam_tuning_tell(s->tuner, out);
    if (s->encoder && s->encoder->told[0])
        fprintf(out, "%s\n", s->encoder->told);
    siam_dataset_print_remarks(s->train, NULL, "", out);
    if (s->test)
        siam_dataset_print_remarks(s->test, s->train, "", out);
    siam_format_count(nb, sizeof nb, s->nbank);
    if (s->alone)
        fprintf(out, "weighted kNN of %s: each of %s images against all the others, %d features\n", r->ask.model, nb, s->dim);
    else
        fprintf(out, "weighted kNN of %s: %s test images against %s training images, %d features\n", r->ask.model,
                siam_format_count(nq, sizeof nq, s->nquery), nb, s->dim);
    if (s->again)
        fprintf(out, "  %s more are the same files (links, or named twice) and are left out\n",
                siam_format_count(nq, sizeof nq, s->again));
    if (s->bad)
        fprintf(out, "  %s of the images cannot be read, others stand in for them\n",
                siam_format_count(nq, sizeof nq, s->bad));
    for (int j = 0; j < r->k.n * r->temperature.n; j++) {
        const double k = r->k.v[j / r->temperature.n];
        snprintf(some, sizeof some, k > (double)(s->nbank - s->alone) ? " (all there are: %s)" : "%.0s",
                 siam_format_count(nq, sizeof nq, s->nbank - s->alone));
        fprintf(out, "  k %-5g T %-5g top-1 %6.2f %%%s\n", k, r->temperature.v[j % r->temperature.n], 100 * top1[j], some);
    }
}

siam_code siam_knn_run(const siam_knn_request *request, FILE *out, siam_err *e)
{
    siam_knn_request r = *request;
    session s = {0};
    double top1[SIAM_LIST_MAX * SIAM_LIST_MAX];
    siam_code rc = measure(&s, &r, top1, e);
    if (!rc && r.json)
        rc = print_json(out, &r, top1, e);
    else if (!rc)
        print_table(out, &s, top1);
    close_session(&s);
    return rc;
}
