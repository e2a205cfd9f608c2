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
    siam_knn_sets sets;
    siam_knn_told told;
} session;

static siam_code open_session(session *s, siam_err *e)
{
    const siam_knn_request *r = s->r;
    const siam_scan_ask ask = {.model = r->ask, .pixels = true, .images_size = true, .data = r->data,
                               .images = SIAM_SCAN_LABELLED, .upright = r->upright, .max_bad = r->max_bad, .batch = BATCH,
                               .device = r->device, .threads = r->threads, .precision = r->precision, .force = r->force,
                               .plan = "auto"};
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    const siam_dataset *train = s->scan.split[0];
    if (!train->info.classes)
        return siam_dataset_no_labels(train, r->data, "kNN", e);
    SIAM_TRY(siam_knn_choose(&s->sets, train, s->scan.split[1], r->bank, r->leave_one_out, e));
    return siam_scan_prepare(&s->scan, e);
}

static void close_session(session *s)
{
    siam_knn_sets_release(&s->sets);
    siam_scan_close(&s->scan);
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

static siam_code classify(session *s, double *top1, siam_err *e)
{
    const siam_knn_request *r = s->r;
    int k[SIAM_LIST_MAX];
    for (int i = 0; i < r->k.n; i++)
        k[i] = (int)r->k.v[i];
    const siam_knn_cfg c = {.k = k, .nk = r->k.n, .temperature = r->temperature.v, .nt = r->temperature.n, .stop = r->stop};
    return siam_scan_knn(&s->scan, &s->sets, &c, top1, &s->told, e);
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
    siam_format_count(nb, sizeof nb, s->told.bank);
    if (s->sets.alone)
        fprintf(out, "weighted kNN of %s: each of %s images against all the others, %d features\n", r->ask.model, nb, s->told.dim);
    else
        fprintf(out, "weighted kNN of %s: %s test images against %s training images, %d features\n", r->ask.model,
                siam_format_count(nq, sizeof nq, s->told.query), nb, s->told.dim);
    if (s->sets.again)
        fprintf(out, "  %s more are the same files (links, or named twice) and are left out\n",
                siam_format_count(nq, sizeof nq, s->sets.again));
    if (s->told.bad)
        fprintf(out, "  %s of the images cannot be read, others stand in for them\n",
                siam_format_count(nq, sizeof nq, s->told.bad));
    for (int j = 0; j < r->k.n * r->temperature.n; j++) {
        const double k = r->k.v[j / r->temperature.n];
        snprintf(some, sizeof some, k > (double)(s->told.bank - s->sets.alone) ? " (all there are: %s)" : "%.0s",
                 siam_format_count(nq, sizeof nq, s->told.bank - s->sets.alone));
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
