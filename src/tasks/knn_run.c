/* The verb `simsiam knn`: features of a model, of a random network or of the raw pixels, classified by kNN. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "base/format.h"
#include "tasks/config.h"
#include "tasks/encoder.h"
#include "tasks/knn.h"
#include "tasks/tuning.h"

enum { BATCH = 256 };

typedef struct session {
    const siam_knn_request *r;
    siam_dataset *train, *test;
    siam_backend *backend;
    siam_tuner *tuner;
    siam_encoder *encoder; /* NULL: raw pixels */
    siam_extractor *extractor;
    int64_t *bank, nbank;
    siam_extract_cfg cfg;
    int64_t bad; /* images that could not be read */
    int dim;
} session;

/* What the request's model is: "raw", "random:ARCH", a file or a run folder. */
static siam_code open_model(session *s, siam_err *e)
{
    const siam_knn_request *r = s->r;
    if ((r->mean.n != 1 && r->mean.n != 3) || (r->std.n != 1 && r->std.n != 3))
        return siam_fail(e, SIAM_E_USAGE, "mean and std need one number or three");
    siam_channels_of(&r->mean, s->cfg.mean);
    siam_channels_of(&r->std, s->cfg.std);
    s->cfg.size = r->size;
    if (!strcmp(r->model, "raw"))
        return SIAM_OK;
    if (!strncmp(r->model, "random:", 7)) {
        siam_model_cfg m = {.backbone = {r->width, r->stem != 0, true}, .in_channels = 3, .size = r->size};
        snprintf(m.arch, sizeof m.arch, "%s", r->model + 7);
        return siam_encoder_random(&s->encoder, &m, s->cfg.mean, s->cfg.std, r->seed, e);
    }
    SIAM_TRY(siam_encoder_open(&s->encoder, r->model, e));
    if (s->encoder->cfg.in_channels != 3)
        return siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have 3", r->model,
                         s->encoder->cfg.in_channels);
    memcpy(s->cfg.mean, s->encoder->mean, sizeof s->cfg.mean);
    memcpy(s->cfg.std, s->encoder->std, sizeof s->cfg.std);
    s->cfg.size = s->encoder->cfg.size;
    return SIAM_OK;
}

/* raw and random take the size of the images unless told; the default of drawn and mixed ones is 32. */
static siam_code default_size(siam_knn_request *r, siam_err *e)
{
    siam_dataset *d;
    if (r->size || (strcmp(r->model, "raw") && strncmp(r->model, "random:", 7)))
        return SIAM_OK;
    SIAM_TRY(siam_dataset_open(&d, r->data, SIAM_SPLIT_TEST, 0, e));
    r->size = d->info.width ? d->info.width : 32;
    siam_dataset_close(&d);
    return SIAM_OK;
}

static siam_code open_session(session *s, siam_err *e)
{
    const siam_knn_request *r = s->r;
    SIAM_TRY(open_model(s, e));
    SIAM_TRY(siam_dataset_open(&s->train, r->data, SIAM_SPLIT_TRAIN, s->cfg.size, e));
    SIAM_TRY(siam_dataset_open(&s->test, r->data, SIAM_SPLIT_TEST, s->cfg.size, e));
    if (!s->train->info.classes)
        return siam_fail(e, SIAM_E_CONFIG, "kNN needs labels, and '%s' has none", r->data);
    SIAM_TRY(siam_knn_bank(&s->bank, s->train->info.count, r->bank, e));
    s->nbank = s->bank ? r->bank : s->train->info.count;
    SIAM_TRY(siam_backend_open(&s->backend, r->device, r->threads, e));
    SIAM_TRY(siam_tuning_open(&s->tuner, s->backend, "auto", NULL, e));
    s->train->upright = s->test->upright = r->upright;
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
}

static siam_code print_json(FILE *out, const siam_knn_request *r, const double *top1, siam_err *e)
{
    json_t *rows = json_array();
    for (int j = 0; j < r->k.n * r->temperature.n; j++)
        json_array_append_new(rows, json_pack("{s:i, s:f, s:f}", "k", (int)r->k.v[j / r->temperature.n], "temperature",
                                              r->temperature.v[j % r->temperature.n], "top1", top1[j]));
    json_t *all = json_pack("{s:o}", "knn", rows);
    char *text = all ? json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(8)) : NULL;
    if (text)
        fprintf(out, "%s\n", text);
    free(text);
    json_decref(all);
    return text ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the result");
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
    SIAM_TRY_OUT(rc, siam_extractor_run(s->extractor, params, s->test, NULL, 0, r->stop, &query, e));
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    rc = siam_knn_classify(s->backend, &bank, &query, s->train->info.classes, k, r->k.n, r->temperature.v,
                           r->temperature.n, top1, e);
    s->dim = bank.dim;
    s->bad = bank.bad + query.bad;
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
    SIAM_TRY(default_size(r, e));
    SIAM_TRY(open_session(s, e));
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
    char nb[32], nq[32];
    const siam_knn_request *r = s->r;
    fprintf(out, "weighted kNN of %s: %s test images against %s training images, %d features\n", r->model,
            siam_format_count(nq, sizeof nq, s->test->info.count), siam_format_count(nb, sizeof nb, s->nbank), s->dim);
    if (s->bad)
        fprintf(out, "  %s of the images cannot be read, others stand in for them\n",
                siam_format_count(nq, sizeof nq, s->bad));
    for (int j = 0; j < r->k.n * r->temperature.n; j++)
        fprintf(out, "  k %-5g T %-5g top-1 %6.2f %%\n", r->k.v[j / r->temperature.n],
                r->temperature.v[j % r->temperature.n], 100 * top1[j]);
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
