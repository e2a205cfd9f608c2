/* The verb `simsiam knn`: features of a model, of a random network or of the raw pixels, classified by kNN. */
#include "tasks/knn.h"

#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/json.h"
#include "infer/knn.h"
#include "infer/scan.h"

enum { BATCH = 256 };

typedef struct session {
    const siam_knn_request *r;
    siam_scan scan;
    bool alone;                           /* leave-one-out */
    int64_t *bank, *query, nbank, nquery; /* images, NULL = all of them */
    int64_t again;                        /* images left out as they are the file of another one */
    int64_t bad;                          /* images that could not be read */
    int dim;
} session;

static siam_code open_session(session *s, siam_err *e)
{
    const siam_knn_request *r = s->r;
    const siam_scan_ask ask = {.model = r->ask, .pixels = true, .images_size = true, .data = r->data,
                               .images = SIAM_SCAN_LABELLED, .upright = r->upright, .max_bad = r->max_bad, .batch = BATCH,
                               .device = r->device, .threads = r->threads, .precision = r->precision, .force = r->force,
                               .plan = "auto"};
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    siam_dataset *train = s->scan.split[0], *test = s->scan.split[1];
    s->alone = r->leave_one_out || !test;
    if (!train->info.classes)
        return siam_dataset_no_labels(train, r->data, "kNN", e);
    SIAM_TRY(siam_knn_bank(&s->bank, train->info.count, r->bank, e));
    s->nbank = s->bank ? r->bank : train->info.count;
    s->nquery = test ? test->info.count : 0;
    if (s->alone)
        SIAM_TRY(siam_knn_once(train, test, &s->bank, &s->nbank, &s->query, &s->nquery, &s->again, e));
    return siam_scan_prepare(&s->scan, e);
}

static void close_session(session *s)
{
    siam_scan_close(&s->scan);
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
    const siam_dataset *train = s->scan.split[0], *test = s->scan.split[1];
    int k[SIAM_LIST_MAX];
    siam_code rc = SIAM_OK;
    for (int i = 0; i < r->k.n; i++)
        k[i] = (int)r->k.v[i];
    SIAM_TRY_OUT(rc, siam_scan_read(&s->scan, train, s->bank, s->nbank, r->stop, &bank, e));
    if (test && (!s->query || s->nquery))
        SIAM_TRY_OUT(rc, siam_scan_read(&s->scan, test, s->query, s->nquery, r->stop, &query, e));
    if (s->alone && query.n)
        SIAM_TRY_OUT(rc, append(&bank, &query, e));
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    rc = siam_knn_classify(s->scan.backend, &bank, s->alone ? &bank : &query, train->info.classes, k, r->k.n, r->temperature.v,
                           r->temperature.n, top1, e);
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
static siam_code measure(session *s, double *top1, siam_err *e)
{
    SIAM_TRY(check_request(s->r, e));
    SIAM_TRY(open_session(s, e));
    return classify(s, top1, e);
}

siam_code siam_knn_measure(const siam_knn_request *r, double *top1, siam_err *e)
{
    session s = {.r = r};
    const siam_code rc = measure(&s, top1, e);
    close_session(&s);
    return rc;
}

static void print_table(FILE *out, const session *s, const double *top1)
{
    char nb[32], nq[32], some[64];
    const siam_knn_request *r = s->r;
    siam_tuning_tell(s->scan.tuner, out);
    const siam_scan *x = &s->scan;
    if (x->encoder && x->encoder->told[0])
        fprintf(out, "%s\n", x->encoder->told);
    siam_dataset_print_remarks(x->split[0], NULL, "", out);
    if (x->split[1])
        siam_dataset_print_remarks(x->split[1], x->split[0], "", out);
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

siam_code siam_knn_run(const siam_knn_request *r, FILE *out, siam_err *e)
{
    session s = {.r = r};
    double top1[SIAM_LIST_MAX * SIAM_LIST_MAX];
    siam_code rc = measure(&s, top1, e);
    if (!rc && r->json)
        rc = print_json(out, r, top1, e);
    else if (!rc)
        print_table(out, &s, top1);
    close_session(&s);
    return rc;
}
