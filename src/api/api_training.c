/* siam_training: pretraining behind the public interface. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/guard.h"
#include "base/check.h"
#include "base/stop.h"
#include "train/train.h"

struct siam_training {
    siam_config cfg;
    siam_optset set; /* over cfg */
    enum { FRESH, RUNNING, ENDED } state;
    volatile sig_atomic_t stop;
    siam_training_report_fn *on_report;
    siam_log_fn *on_log;
    void *report_user, *log_user;
    siam_guard outside; /* the caller's settings, given back during callbacks */
    siam_train_result result;
    siam_training_report last; /* epoch; last.epoch = 0: none */
};

static siam_code load(siam_training *t, const char *recipe, siam_err *e)
{
    siam_problems problems = {0};
    siam_optset_init(&t->set, siam_config_options, &t->cfg);
    if (recipe)
        SIAM_TRY(siam_config_load(&t->set, recipe, &problems, e));
    return siam_problems_fail(&problems, e);
}

siam_code siam_training_create(siam_training **training, const char *recipe, siam_err *e)
{
    if (!training)
        return siam_misuse(e, "siam_training_create needs a place for the handle");
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_training *t = *training = calloc(1, sizeof *t);
    siam_code rc = t ? load(t, recipe, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for the training");
    if (rc) {
        free(t);
        *training = NULL;
    }
    siam_guard_leave(&g);
    return rc;
}

void siam_training_destroy(siam_training **training)
{
    if (!training || !*training || (*training)->state == RUNNING)
        return;
    free(*training);
    *training = NULL;
}

/* What is set when it is too late would be lost without a word. */
static siam_code check_fresh(const siam_training *t, const char *function, siam_err *e)
{
    if (!t)
        return siam_misuse(e, "%s was called without a training", function);
    if (t->state != FRESH)
        return siam_misuse(e, "%s was called %s; a training runs once", function,
                           t->state == RUNNING ? "during the run" : "after the run");
    return SIAM_OK;
}

siam_code siam_training_set(siam_training *t, const char *key, const char *value, siam_err *e)
{
    siam_problems problems = {0};
    SIAM_TRY(check_fresh(t, "siam_training_set", e));
    if (!key || !value)
        return siam_misuse(e, "siam_training_set needs a key and a value");
    siam_guard g;
    siam_guard_enter(&g, e);
    if (!strcmp(key, "data")) /* as on the command line */
        key = "data.path";
    siam_optset_set(&t->set, key, value, SIAM_FROM_CLI, NULL, &problems);
    const siam_code rc = siam_problems_fail(&problems, e);
    siam_guard_leave(&g);
    return rc;
}

siam_code siam_training_on_report(siam_training *t, siam_training_report_fn *fn, void *user, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_training_on_report", e));
    siam_err_clear(e);
    t->on_report = fn;
    t->report_user = user;
    return SIAM_OK;
}

siam_code siam_training_on_log(siam_training *t, siam_log_fn *fn, void *user, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_training_on_log", e));
    siam_err_clear(e);
    t->on_log = fn;
    t->log_user = user;
    return SIAM_OK;
}

static void line(void *user, const char *text)
{
    siam_training *t = user;
    siam_guard inside;
    siam_guard_enter(&inside, NULL);
    siam_guard_leave(&t->outside);
    t->on_log(t->log_user, text);
    siam_guard_leave(&inside);
}

static void told(void *user, const siam_event *ev)
{
    siam_training *t = user;
    const siam_training_report report = {.is_epoch = ev->kind == SIAM_EVENT_EPOCH,
                                         .epoch = ev->epoch,
                                         .epochs = ev->epochs,
                                         .step = ev->step,
                                         .steps = ev->steps,
                                         .loss = siam_event_value(ev, SIAM_GAUGE_LOSS),
                                         .z_std_ratio = siam_event_value(ev, SIAM_GAUGE_Z_STD_RATIO),
                                         .z_rank = siam_event_value(ev, SIAM_GAUGE_Z_RANK),
                                         .knn_top1 = siam_event_value(ev, SIAM_GAUGE_KNN_TOP1),
                                         .lr = siam_event_value(ev, SIAM_GAUGE_LR),
                                         .images_per_s = siam_event_value(ev, SIAM_GAUGE_IMAGES_PER_S),
                                         .data_wait = siam_event_value(ev, SIAM_GAUGE_DATA_WAIT),
                                         .seconds = siam_event_value(ev, SIAM_GAUGE_SECONDS)};
    if (report.is_epoch)
        t->last = report;
    if (!t->on_report)
        return;
    siam_guard inside;
    siam_guard_enter(&inside, NULL);
    siam_guard_leave(&t->outside);
    if (t->on_report(t->report_user, &report))
        siam_stop_ask(&t->stop, SIAM_STOP_CALLER);
    siam_guard_leave(&inside);
}

static siam_code run(siam_training *t, siam_err *e)
{
    const siam_watch watch = {
        .stop = &t->stop, .line = t->on_log ? line : NULL, .event = told, .user = t};
    if (!t->cfg.run_resume) { /* a resumed run has all this in its config.yaml */
        if (!t->cfg.data_path[0]) {
            siam_fail(e, SIAM_E_USAGE, "the training has no data set");
            siam_hint(e, "siam_training_set(t, \"data\", PATH), or \"synth\" for the embedded one");
            return SIAM_E_USAGE;
        }
        SIAM_TRY(siam_config_finish(&t->set, e));
    }
    return siam_train(&t->set, NULL, &watch, &t->result, e);
}

siam_code siam_training_run(siam_training *t, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_training_run", e));
    siam_guard_enter(&t->outside, e);
    t->state = RUNNING;
    const siam_code rc = run(t, e);
    t->state = ENDED;
    siam_guard_leave(&t->outside);
    return rc;
}

void siam_training_stop(siam_training *t)
{
    if (t)
        siam_stop_ask(&t->stop, SIAM_STOP_CALLER);
}

const char *siam_training_folder(const siam_training *t)
{
    return t && t->state == ENDED && t->result.out[0] ? t->result.out : NULL;
}

const siam_training_report *siam_training_result(const siam_training *t)
{
    return t && t->last.epoch ? &t->last : NULL;
}
