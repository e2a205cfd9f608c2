/* simsiam test: a classifier on labelled images. Its row, and what --json prints, is documented in
 * test_report.h. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/stop.h"
#include "infer/preds.h"
#include "report/meter.h"
#include "tasks/task.h"
#include "tasks/test_report.h"

enum { SPLIT_AUTO, SPLIT_TRAIN, SPLIT_TEST }; /* auto: the held-out images, or all where none are held out */

typedef struct session {
    const siam_task_call *call;
    siam_test_result t;
    siam_scan scan;
    siam_preds *preds;
    siam_meter meter;
    int64_t done;
} session;

static siam_code receive(void *user, const siam_prediction *p, siam_err *e)
{
    session *s = user;
    siam_test_result *t = &s->t;
    const int label = p->label < 0 ? -1 : t->classes.of[p->label];
    const char *file = siam_dataset_file(t->d, p->index);
    if (s->preds)
        SIAM_TRY(siam_preds_add(s->preds, p, file, label, &t->classes, e));
    if (p->bad) {
        if (!siam_skiplist_add(&t->bad, p->index, p->bad))
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    } else {
        SIAM_TRY(siam_score_add(&t->score, p->index, label, p->top, p->ntop, p->prob[p->top[0]], e));
    }
    siam_meter_at(&s->meter, ++s->done);
    return SIAM_OK;
}

/* What the images are counted in. */
static siam_code open_result(session *s, siam_err *e)
{
    siam_test_result *t = &s->t;
    const siam_test_request *r = t->r;
    t->scan = &s->scan;
    t->d = siam_scan_set(&s->scan);
    SIAM_TRY(siam_classes_match(&t->classes, s->scan.encoder, t->d, r->scan.data, e));
    siam_stop_asked(s->call->stop); /* from now on a signal leaves no half file */
    if (r->out[0] && siam_task_writes(s->call))
        SIAM_TRY(siam_preds_create(&s->preds, r->out, r->replace, e));
    return siam_score_init(&t->score, t->classes.n, e);
}

static siam_code measure(session *s, siam_err *e)
{
    siam_test_result *t = &s->t;
    const siam_test_request *r = t->r;
    static const siam_scan_images images[] = {SIAM_SCAN_AUTO, SIAM_SCAN_TRAIN, SIAM_SCAN_HELD_OUT};
    siam_scan_spec ask = siam_classify_spec(r->scan);
    ask.images = images[r->split];
    ask.comm = s->call->ranks;
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    SIAM_TRY(siam_scan_agree(&s->scan, open_result(s, e), e));
    SIAM_TRY(siam_scan_prepare(&s->scan, e));
    siam_scan_norm_text(&s->scan, t->norm, sizeof t->norm);
    siam_meter_start(&s->meter, s->call->progress, "tested", t->d->info.count);
    const siam_code rc = siam_classify(&s->scan, SIAM_SCORE_TOP, s->call->stop, receive, s, e);
    siam_meter_clear(&s->meter);
    SIAM_TRY(rc);
    if (!t->score.n) /* on all ranks */
        return siam_scan_agree(&s->scan, siam_fail(e, SIAM_E_DATA, "none of the images of '%s' can be read; one of them: %s",
                                                   r->scan.data, t->bad.row[0].why), e);
    siam_score_sort_wrong(&t->score);
    SIAM_TRY(siam_score_confusions(&t->score, &t->pair, &t->npairs, e));
    return s->preds ? siam_preds_commit(s->preds, e) : SIAM_OK;
}

double siam_test_top1(const siam_test_result *t) { return (double)t->score.right / (double)t->score.n; }

static void say_failed(const session *s)
{
    char n[32];
    const siam_test_result *t = &s->t;
    fflush(s->call->out);
    fprintf(s->call->say, "simsiam: top-1 is %.6g %% (%lld of %s right), below the %.6g %% of --min-top1\n",
            100 * siam_test_top1(t), (long long)t->score.right, siam_format_count(n, sizeof n, t->score.n),
            100 * t->least);
    *s->call->status = 1;
}

static siam_code test(session *s, siam_err *e)
{
    siam_test_result *t = &s->t;
    SIAM_TRY(measure(s, e));
    /* a share that was typed as 93.39 is met by 9339 of 10,000, whatever the two divisions round to */
    t->passed = siam_test_top1(t) > t->least - 1e-12;
    if (!t->r->json)
        SIAM_TRY(siam_test_print(s->call->out, t, e));
    return siam_task_as_rows(s->call, t->r->json) ? siam_test_tell(s->call, t, e) : SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    siam_test_request *r = c->request;
    char word[SIAM_PATH_MAX];
    r->scan.model.model = c->args[0];
    if (!r->scan.data[0]) {
        siam_fail(e, SIAM_E_USAGE, "test needs the labelled data set: --data PATH");
        siam_hint(e, "simsiam test %s --data PATH", siam_format_word(word, sizeof word, c->args[0]));
        return siam_task_agree(c, SIAM_E_USAGE, e);
    }
    session *s = calloc(1, sizeof *s);
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the test");
    s->call = c;
    s->t.r = r;
    s->t.least = r->min_top1 > 1 ? r->min_top1 / 100 : r->min_top1;
    const siam_code rc = test(s, e);
    if (!rc && !s->t.passed)
        say_failed(s);
    siam_preds_destroy(&s->preds);
    siam_classes_release(&s->t.classes);
    siam_score_release(&s->t.score);
    siam_skiplist_release(&s->t.bad);
    free(s->t.pair);
    siam_scan_close(&s->scan);
    free(s);
    return rc;
}

#define T siam_test_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, scan.data, "data", "", SIAM_OPT_JOINED, "labelled data set: a path, or synth; several are joined"),
    SIAM_OPTION_ENUM(T, split, "split", SPLIT_AUTO, "auto|train|test", 0,
                     "which images; auto = those held out, or all where none are"),
    SIAM_OPTION_STR(T, out, "out", "", 0, "write one row per image: .jsonl or .csv"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file of --out may be there already"),
    SIAM_OPTION_F64(T, min_top1, "min_top1", 0, 0, 100, 0,
                    "exit with 1 when fewer are right; a share up to 1, or percent"),
    SIAM_OPTION_I32(T, mistakes, "mistakes", 10, 0, 1000000, 0, "most confident mistakes to list"),
    SIAM_MODEL_OPTIONS(T, scan.model),
    SIAM_MODEL_HOLDOUT_OPTIONS(T, scan),
    SIAM_EXIF_OPTION(T, scan),
    SIAM_MAX_BAD_OPTION(T, scan),
    SIAM_MACHINE_OPTIONS(T, scan),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_test = {
    .name = "test",
    .summary = "measure a classifier on labelled images",
    .usage = "simsiam test MODEL --data PATH [options]",
    .examples =
        (const char *const[]){"simsiam test runs/linear --data imagenet --out preds.csv",
                              "simsiam test resnet56.th --arch resnet56-cifar --data cifar-10-binary.tar.gz",
                              "simsiam test model.safetensors --data photos --min-top1 90", NULL},
    .options = options,
    .request_size = sizeof(siam_test_request),
    .min_args = 1,
    .max_args = 1,
    .ranks = true,
    .stops_cleanly = true,
    .run = run,
};
