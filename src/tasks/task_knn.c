/* simsiam knn: how well the nearest neighbours' labels tell an image's, by the features of a model, of a
 * random network or by the raw pixels. A row for each k and temperature: {"k", "temperature", "top1"}. */
#include "tasks/task_knn.h"

#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "tasks/task.h"

enum { BATCH = 256 };

typedef struct session {
    const siam_knn_request *r;
    const siam_comm *ranks; /* or NULL */
    siam_scan scan;
    siam_knn_sets sets;
    siam_knn_note told;
} session;

static siam_code open_session(session *s, siam_err *e)
{
    const siam_knn_request *r = s->r;
    siam_scan_spec ask = r->scan;
    ask.pixels = ask.images_size = true;
    ask.images = SIAM_SCAN_LABELLED;
    ask.batch = BATCH;
    ask.plan = "auto";
    ask.comm = s->ranks;
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    const siam_dataset *train = s->scan.split[0];
    siam_code rc = train->info.classes ? SIAM_OK : siam_dataset_no_labels(train, r->scan.data, "kNN", e);
    if (!rc)
        rc = siam_knn_choose(&s->sets, train, s->scan.split[1], r->bank, r->leave_one_out, e);
    SIAM_TRY(siam_scan_agree(&s->scan, rc, e));
    return siam_scan_prepare(&s->scan, e);
}

static void close_session(session *s)
{
    siam_knn_sets_release(&s->sets);
    siam_scan_close(&s->scan);
}

static siam_code classify(session *s, double *top1, siam_err *e)
{
    const siam_knn_request *r = s->r;
    int k[SIAM_LIST_MAX];
    for (int i = 0; i < r->k.n; i++)
        k[i] = (int)r->k.v[i];
    const siam_knn_cfg c = {
        .k = k, .nk = r->k.n, .temperature = r->temperature.v, .nt = r->temperature.n, .stop = r->stop};
    return siam_scan_knn(&s->scan, &s->sets, &c, top1, &s->told, e);
}

static siam_code check_request(const siam_knn_request *r, siam_err *e)
{
    if (!r->k.n || !r->temperature.n)
        return siam_fail(e, SIAM_E_USAGE, "option --%s needs at least one number",
                         r->k.n ? "temperature" : "k");
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
    SIAM_TRY(open_session(s, e));
    return classify(s, top1, e);
}

siam_code siam_knn_measure(const siam_knn_request *r, double *top1, siam_err *e)
{
    session s = {.r = r};
    SIAM_TRY(check_request(r, e));
    const siam_code rc = measure(&s, top1, e);
    close_session(&s);
    return rc;
}

static void print_table(FILE *out, const session *s, const double *top1)
{
    char nb[32], nq[32], some[64];
    const siam_knn_request *r = s->r;
    siam_scan_tell(&s->scan, "", out);
    siam_format_count(nb, sizeof nb, s->told.bank);
    if (s->sets.leave_one_out)
        fprintf(out, "weighted kNN of %s: each of %s images against all the others, %d features\n",
                r->scan.model.model, nb, s->told.dim);
    else
        fprintf(out, "weighted kNN of %s: %s test images against %s training images, %d features\n",
                r->scan.model.model, siam_format_count(nq, sizeof nq, s->told.query), nb, s->told.dim);
    if (s->sets.again)
        fprintf(out, "  %s more are the same files (links, or named twice) and are left out\n",
                siam_format_count(nq, sizeof nq, s->sets.again));
    if (s->told.bad)
        fprintf(out, "  %s of the images cannot be read, others stand in for them\n",
                siam_format_count(nq, sizeof nq, s->told.bad));
    for (int j = 0; j < r->k.n * r->temperature.n; j++) {
        const double k = r->k.v[j / r->temperature.n];
        snprintf(some, sizeof some,
                 k > (double)(s->told.bank - s->sets.leave_one_out) ? " (all there are: %s)" : "%.0s",
                 siam_format_count(nq, sizeof nq, s->told.bank - s->sets.leave_one_out));
        fprintf(out, "  k %-5g T %-5g top-1 %6.2f %%%s\n", k, r->temperature.v[j % r->temperature.n],
                100 * top1[j], some);
    }
}

/* As rows for a program; the user's JSON is one object with all of them. */
static siam_code tell(const siam_task_call *c, const siam_knn_request *r, const double *top1, siam_err *e)
{
    enum { FLAGS = JSON_COMPACT | JSON_REAL_PRECISION(8) };
    json_t *all = json_array(), *whole = NULL;
    bool ok = all != NULL;
    for (int j = 0; j < r->k.n * r->temperature.n; j++) {
        json_t *row = json_pack("{s:i, s:f, s:f}", "k", (int)r->k.v[j / r->temperature.n], "temperature",
                                r->temperature.v[j % r->temperature.n], "top1", top1[j]);
        ok = !json_array_append_new(all, row) && ok;
    }
    if (ok && !c->row)
        whole = json_pack("{s:O}", "knn", all);
    siam_code rc = c->row && ok ? SIAM_OK : siam_task_tell_json(c, whole, FLAGS, e);
    for (size_t j = 0; c->row && !rc && j < json_array_size(all); j++)
        rc = siam_task_tell_json(c, json_incref(json_array_get(all, j)), FLAGS, e);
    json_decref(all);
    return rc;
}

static siam_code check_given(const siam_task_call *c, siam_err *e)
{
    const siam_knn_request *r = c->request;
    char word[SIAM_PATH_MAX];
    if (!r->scan.data[0]) {
        siam_fail(e, SIAM_E_USAGE, "knn needs the labelled data set: --data PATH, or --data synth");
        siam_hint(e, "simsiam knn %s --data synth", siam_format_word(word, sizeof word, c->args[0]));
        return SIAM_E_USAGE;
    }
    for (int i = 0; i < r->k.n; i++)
        if (r->k.v[i] != (double)(int32_t)r->k.v[i])
            return siam_fail(e, SIAM_E_USAGE, "option --k takes whole numbers, got %g", r->k.v[i]);
    return check_request(r, e);
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    siam_knn_request *r = c->request;
    session s = {.r = r, .ranks = c->ranks};
    double top1[SIAM_LIST_MAX * SIAM_LIST_MAX];
    r->scan.model.model = c->args[0];
    r->stop = c->stop;
    SIAM_TRY(siam_task_agree(c, check_given(c, e), e));
    siam_code rc = measure(&s, top1, e);
    if (!rc && !r->json)
        print_table(c->out, &s, top1);
    if (!rc && siam_task_as_rows(c, r->json))
        rc = tell(c, r, top1, e);
    close_session(&s);
    return rc;
}

#define T siam_knn_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, scan.data, "data", "", SIAM_OPT_JOINED, "labelled data set: a path, or synth; several are joined"),
    SIAM_OPTION_LIST(T, k, "k", "200", 1, 100000, 0, "neighbours, one result each"),
    SIAM_OPTION_LIST(T, temperature, "temperature", "0.1", 1e-3, 100, 0,
                     "temperature of the votes, one result each"),
    SIAM_OPTION_I32(T, bank, "bank", 50000, 0, 100000000, 0, "training images to look at, at most; 0 = all"),
    SIAM_OPTION_BOOL(T, leave_one_out, "leave_one_out", false, 0,
                     "each image against all others; the only way where no images are held out"),
    SIAM_MODEL_OPTIONS(T, scan.model),
    SIAM_MODEL_HOLDOUT_OPTIONS(T, scan),
    SIAM_EXIF_OPTION(T, scan),
    SIAM_MAX_BAD_OPTION(T, scan),
    SIAM_MACHINE_OPTIONS(T, scan),
    SIAM_PRECISION_OPTIONS(T, scan.precision, scan.force),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_knn = {
    .name = "knn",
    .summary = "measure a model by its nearest neighbours",
    .usage = "simsiam knn MODEL|RUN|raw|random:ARCH --data PATH [options]",
    .examples =
        (const char *const[]){"simsiam knn runs/a --data cifar-10-binary.tar.gz --k 20,200",
                              "simsiam knn raw --data synth",
                              "simsiam knn random:resnet18 --width 16 --stem cifar --data synth", NULL},
    .options = options,
    .request_size = sizeof(siam_knn_request),
    .min_args = 1,
    .max_args = 1,
    .ranks = true,
    .run = run,
};
