/* A classifier on labelled images. */
#include "tasks/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/stop.h"
#include "report/meter.h"
#include "tasks/preds.h"
#include "tasks/test_result.h"

typedef struct session {
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

static siam_code measure(session *s, siam_err *e)
{
    siam_test_result *t = &s->t;
    const siam_test_request *r = t->r;
    static const siam_scan_images images[] = {SIAM_SCAN_AUTO, SIAM_SCAN_TRAIN, SIAM_SCAN_HELD_OUT};
    const siam_scan_ask ask = siam_classify_ask(
        (siam_scan_ask){.model = r->ask, .data = r->data, .images = images[r->split], .upright = r->upright,
                        .device = r->device, .threads = r->threads, .max_bad = r->max_bad});
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    t->enc = s->scan.encoder;
    t->d = siam_scan_set(&s->scan);
    SIAM_TRY(siam_classes_match(&t->classes, t->enc, t->d, r->data, e));
    siam_stop_asked(r->stop); /* from now on a signal leaves no half file */
    if (t->r->out)
        SIAM_TRY(siam_preds_create(&s->preds, t->r->out, t->r->replace, e));
    SIAM_TRY(siam_score_init(&t->score, t->classes.n, e));
    SIAM_TRY(siam_scan_prepare(&s->scan, e));
    siam_scan_norm_text(&s->scan, t->norm, sizeof t->norm);
    siam_meter_start(&s->meter, t->r->progress, "tested", t->d->info.count);
    const siam_code rc = siam_classify(&s->scan, SIAM_SCORE_TOP, r->stop, receive, s, e);
    siam_meter_clear(&s->meter);
    SIAM_TRY(rc);
    if (!t->score.n)
        return siam_fail(e, SIAM_E_DATA, "none of the images of '%s' can be read; one of them: %s",
                         t->r->data, t->bad.row[0].why);
    siam_score_sort_wrong(&t->score);
    SIAM_TRY(siam_score_confusions(&t->score, &t->pair, &t->npairs, e));
    return s->preds ? siam_preds_commit(s->preds, e) : SIAM_OK;
}

double siam_test_top1(const siam_test_result *t) { return (double)t->score.right / (double)t->score.n; }

/* A share that was typed as 93.39 is met by 9339 of 10,000, whatever the two divisions round to. */
static void judge(siam_test_result *t, char gate[256])
{
    char n[32];
    const double top1 = siam_test_top1(t), least = t->r->min_top1;
    t->passed = top1 > least - 1e-12;
    if (!t->passed)
        snprintf(gate, 256, "top-1 is %.6g %% (%lld of %s right), below the %.6g %% of --min-top1",
                 100 * top1, (long long)t->score.right, siam_format_count(n, sizeof n, t->score.n),
                 100 * least);
}

siam_code siam_test_run(const siam_test_request *r, FILE *out, bool *passed, char gate[256], siam_err *e)
{
    session *s = calloc(1, sizeof *s);
    *passed = true;
    gate[0] = '\0';
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the test");
    s->t.r = r;
    siam_code rc = measure(s, e);
    if (!rc) {
        judge(&s->t, gate);
        *passed = s->t.passed;
        if (r->json)
            rc = siam_test_print_json(out, &s->t, e);
        else
            siam_test_print(out, &s->t);
    }
    siam_preds_destroy(&s->preds);
    siam_classes_release(&s->t.classes);
    siam_score_release(&s->t.score);
    siam_skiplist_release(&s->t.bad);
    free(s->t.pair);
    siam_scan_close(&s->scan);
    free(s);
    return rc;
}
