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
    siam_classifier *classifier;
    siam_dataset *d;
    siam_preds *preds;
    siam_meter meter;
    int64_t done;
} session;

/* The images asked for. auto: a data set of which nothing is held out is tested as a whole. */
static siam_code open_data(session *s, siam_err *e)
{
    const siam_test_request *r = s->t.r;
    const int size = siam_classifier_model(s->classifier)->cfg.size;
    siam_err whole = {0};
    if (r->split == SIAM_TEST_TRAIN)
        return siam_dataset_open(&s->d, r->data, SIAM_SPLIT_TRAIN, size, e);
    siam_err held_out = {0};
    const siam_code rc = siam_dataset_open(&s->d, r->data, SIAM_SPLIT_TEST, size, &held_out);
    if (rc == SIAM_E_DATA && r->split == SIAM_TEST_AUTO &&
        !siam_dataset_open(&s->d, r->data, SIAM_SPLIT_TRAIN, size, &whole)) {
        if (s->d->info.train_only)
            return SIAM_OK;
        siam_dataset_close(&s->d);
    }
    if (rc && e)
        *e = held_out;
    return rc;
}

static siam_code receive(void *user, const siam_prediction *p, siam_err *e)
{
    session *s = user;
    siam_test_result *t = &s->t;
    const int label = p->label < 0 ? -1 : t->classes.of[p->label];
    const char *file = siam_dataset_file(s->d, p->index);
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
    siam_classifier_use use = t->r->use;
    use.topk = SIAM_SCORE_TOP;
    SIAM_TRY(siam_classifier_open(&s->classifier, &t->r->ask, e));
    t->enc = siam_classifier_model(s->classifier);
    SIAM_TRY(open_data(s, e));
    t->d = s->d;
    s->d->upright = t->r->upright;
    SIAM_TRY(siam_classes_match(&t->classes, t->enc, s->d, t->r->data, e));
    siam_stop_asked(use.stop); /* from now on a signal leaves no half file */
    if (t->r->out)
        SIAM_TRY(siam_preds_create(&s->preds, t->r->out, t->r->replace, e));
    SIAM_TRY(siam_score_init(&t->score, t->classes.n, e));
    SIAM_TRY(siam_classifier_prepare(s->classifier, s->d, &use, e));
    siam_classifier_norm_text(s->classifier, t->norm, sizeof t->norm);
    siam_meter_start(&s->meter, t->r->progress, "tested", s->d->info.count);
    const siam_code rc = siam_classifier_run(s->classifier, receive, s, e);
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
    siam_dataset_close(&s->d);
    siam_classifier_close(&s->classifier);
    free(s);
    return rc;
}
