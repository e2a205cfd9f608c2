/* Pretraining: epochs of steps, what is shown and measured on the way, and stopping without losing anything. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/stop.h"
#include "base/system.h"
#include "train/simsiam_private.h"

double siam_trainer_seconds(const trainer *t) { return t->at.seconds + siam_clock() - t->started; }

/* Numbers that left the range of float32: what became of which, noticed after the update `step`. */
static siam_code exploded(const trainer *t, const char *what, const char *became, int64_t step, siam_err *e)
{
    siam_fail(e, SIAM_E_NUMERIC, "%s became %s at step %" PRId64 " (epoch %d)", what, became, step, t->at.epoch + 1);
    siam_hint(e, "a new run, with another --out, and a smaller --lr (here it is %g) or with --warmup_epochs",
              t->cfg.train_lr);
    return SIAM_E_NUMERIC;
}

static const char *kind_of(double x) { return isnan(x) ? "NaN" : "infinite"; }

/* BatchNorm divides what is far too large away again, so that the loss may look well for long; its statistics do not. They
 * are a thousandth of the numbers of a step. */
static siam_code check_statistics(const trainer *t, siam_err *e)
{
    for (size_t k = 0; k < t->params->buffer_count; k++) {
        char what[SIAM_NAME_MAX + 16];
        if (isfinite(t->params->buffer[k]))
            continue;
        int i = 0;
        while (i < t->params->n && !(t->params->row[i].buffer && k >= t->params->row[i].offset &&
                                     k < t->params->row[i].offset + (size_t)siam_desc_count(&t->params->row[i].desc)))
            i++;
        if (i == t->params->n)
            continue; /* padding */
        snprintf(what, sizeof what, "the statistic '%s'", t->params->row[i].name);
        return exploded(t, what, kind_of((double)t->params->buffer[k]), t->at.step, e);
    }
    return SIAM_OK;
}

/* A checkpoint is not written with weights that are no numbers. */
static siam_code save(trainer *t, siam_err *e)
{
    siam_err why = {0};
    const siam_code rc = siam_trainer_save(t, &why);
    if (rc == SIAM_E_NUMERIC)
        return exploded(t, "a weight", "NaN or infinite", t->at.step, e);
    if (rc && e)
        *e = why;
    return rc;
}

/* One update from one batch (SPEC 1.4): with accumulation, the mean over parts that each have BatchNorm
 * statistics of their own. */
static siam_code step(trainer *t, const siam_batch *b, double *loss, double *gauge, siam_err *e)
{
    const size_t view = siam_image_floats(b->shape);
    const size_t part = (size_t)t->part * view;
    const int parts = t->cfg.train_accum;
    memset(t->params->grad, 0, t->params->count * sizeof *t->params->grad);
    *loss = *gauge = 0;
    t->has_z = true;
    for (int i = 0; i < parts; i++) {
        float *in = siam_plan_input(t->plan);
        memcpy(in, b->images + (size_t)i * part, part * sizeof *in);
        memcpy(in + part, b->images + (size_t)b->n * view + (size_t)i * part, part * sizeof *in);
        SIAM_TRY(siam_plan_forward(t->plan, e));
        const float *out = siam_plan_value(t->plan, t->vals.loss, NULL);
        *loss += (double)out[0] / parts;
        *gauge += (double)out[1] / parts;
        SIAM_TRY(siam_plan_backward(t->plan, 1.0f / (float)parts, e));
    }
    if (!isfinite(*loss))
        return exploded(t, "the loss", kind_of(*loss), t->at.step + 1, e);
    const double lr = siam_lr_at(&t->lr, t->at.step);
    const float lrs[SIAM_GROUP_COUNT] = {
        [SIAM_GROUP_ENCODER] = (float)lr,
        [SIAM_GROUP_PREDICTOR] = (float)(t->cfg.train_fix_predictor_lr ? t->cfg.train_lr : lr)};
    return siam_optimizers[0]->step(t->backend, t->params, lrs, (float)t->cfg.train_momentum,
                                    (float)t->cfg.train_weight_decay, e);
}

/* What is shown and kept of a step. */
static siam_code report_step(trainer *t, double loss, double gauge, double step_seconds, siam_err *e)
{
    const double waited = siam_loader_waited(t->loader);
    const double wait_share = step_seconds > 0 ? (waited - t->waited) / step_seconds : 0;
    const double lr = siam_lr_at(&t->lr, t->at.step - 1);
    t->waited = waited;
    const siam_metrics_row row = {.kind = "step", .epoch = t->at.epoch + 1, .step = t->at.step, .loss = loss,
                                  .z_std_ratio = gauge, .z_rank = NAN, .top1 = NAN, .top5 = NAN, .lr = lr,
                                  .images_per_s = t->cfg.train_batch / step_seconds, .data_wait = wait_share,
                                  .knn_top1 = NAN, .seconds = siam_trainer_seconds(t)};
    siam_progress_step(t->progress, &(siam_progress_state){.epoch = row.epoch, .epochs = t->cfg.train_epochs,
                                                           .step = t->at.step,
                                                           .steps = t->lr.steps_per_epoch * t->cfg.train_epochs,
                                                           .batch = t->at.batch, .batches = t->lr.steps_per_epoch,
                                                           .loss = loss, .z_std_ratio = gauge, .lr = lr,
                                                           .images_per_s = row.images_per_s,
                                                           .data_wait = wait_share});
    if (t->watch.row)
        t->watch.row(t->watch.user, &row, t->lr.steps_per_epoch * t->cfg.train_epochs, t->cfg.train_epochs);
    siam_verdict_step(&t->verdict, t->at.step, loss, gauge);
    char sentence[256];
    if (siam_verdict_changed(&t->verdict, sentence, sizeof sentence))
        siam_progress_note(t->progress, "%s", sentence);
    if (t->at.step % t->cfg.run_log_every == 0 || t->at.step == 1)
        return siam_metrics_append(t->metrics, &row, e);
    return SIAM_OK;
}

static siam_code skipped(trainer *t, siam_err *e)
{
    return siam_session_skipped(t->run, t->progress, t->train, siam_loader_skipped(t->loader), &t->skipped, e);
}

/* `done` batches took `seconds` of this session; fewer than the epoch has when it began before a resume. */
static siam_code end_epoch(trainer *t, int64_t done, double seconds, siam_err *e)
{
    const int64_t batches = t->at.batch;
    const bool last = t->at.epoch + 1 == t->cfg.train_epochs;
    const bool measure = t->cfg.eval_every && ((t->at.epoch + 1) % t->cfg.eval_every == 0 || last);
    SIAM_TRY(skipped(t, e));
    siam_metrics_row row = {.kind = "epoch", .epoch = t->at.epoch + 1, .step = t->at.step,
                            .loss = t->at.loss_sum / (double)batches, .z_std_ratio = t->at.gauge_sum / (double)batches,
                            .z_rank = NAN, .knn_top1 = NAN, .top1 = NAN, .top5 = NAN, .lr = siam_lr_at(&t->lr, t->at.step - 1),
                            .images_per_s = done ? (double)done * t->cfg.train_batch / seconds : NAN,
                            .data_wait = NAN};
    /* Stopped while measuring: the position stays behind the last batch, so a resumed run measures first. */
    if (measure) {
        siam_err why = {0};
        const siam_code rc = siam_trainer_evaluate(t, &row.knn_top1, &row.z_rank, &why);
        if (rc == SIAM_E_NUMERIC)
            return exploded(t, "the features", "NaN or infinite", t->at.step, e);
        if (rc && e)
            *e = why;
        SIAM_TRY(rc);
    }
    row.seconds = siam_trainer_seconds(t);
    t->at.epoch++;
    t->at.batch = 0;
    t->at.loss_sum = t->at.gauge_sum = 0;
    if (!isnan(row.knn_top1) && (row.knn_top1 > t->at.best_knn || !t->at.best_epoch)) {
        t->at.best_knn = row.knn_top1;
        t->at.best_epoch = t->at.epoch;
    }
    siam_verdict_epoch(&t->verdict, row.z_rank, t->model.dim, 2 * t->part);
    siam_progress_epoch(t->progress, &(siam_progress_epoch_state){.row = row, .epochs = t->cfg.train_epochs,
                                                                  .seconds = done ? seconds : NAN,
                                                                  .dim = t->model.dim,
                                                                  .best_knn = t->at.best_knn,
                                                                  .best_epoch = t->at.best_epoch, .bank = t->nbank});
    t->result = (siam_train_result){.loss = row.loss, .z_std_ratio = row.z_std_ratio, .z_rank = row.z_rank,
                                    .knn_top1 = row.knn_top1, .epochs = t->at.epoch, .seconds = row.seconds,
                                    .collapsed = siam_verdict_collapsed(&t->verdict)};
    if (t->watch.row)
        t->watch.row(t->watch.user, &row, t->lr.steps_per_epoch * t->cfg.train_epochs, t->cfg.train_epochs);
    SIAM_TRY(siam_metrics_append(t->metrics, &row, e));
    if (last || t->at.epoch % t->cfg.train_save_every == 0 || t->at.epoch == t->cfg.train_stop_after)
        return save(t, e);
    return SIAM_OK;
}

static siam_code stopped(trainer *t, siam_err *e)
{
    const int why = siam_stop_asked(t->watch.stop);
    SIAM_TRY(skipped(t, e));
    SIAM_TRY(save(t, e));
    return siam_session_stopped(t->run, &t->set, why, t->at.step, e);
}

static siam_code epoch(trainer *t, siam_err *e)
{
    const double epoch_start = siam_clock();
    const int64_t first = t->at.batch;
    double before = epoch_start;
    SIAM_TRY(siam_loader_epoch(t->loader, t->at.epoch, t->at.batch, e));
    for (;;) {
        const siam_batch *b;
        double loss, gauge;
        const siam_code rc = siam_loader_get(t->loader, &b, e);
        if (rc) {
            skipped(t, NULL); /* the list is what one looks at next */
            return rc;
        }
        if (!b)
            break;
        SIAM_TRY(step(t, b, &loss, &gauge, e));
        t->at.step++;
        t->at.batch++;
        SIAM_TRY(check_statistics(t, e));
        t->at.loss_sum += loss;
        t->at.gauge_sum += gauge;
        const double now = siam_clock();
        SIAM_TRY(report_step(t, loss, gauge, now - before, e));
        before = now;
        if (siam_stop_asked(t->watch.stop) && t->at.batch < t->lr.steps_per_epoch)
            return stopped(t, e);
        if (t->at.step == t->cfg.train_stop_step) {
            t->halted = true;
            SIAM_TRY(skipped(t, e));
            return save(t, e);
        }
    }
    const siam_code rc = end_epoch(t, t->at.batch - first, siam_clock() - epoch_start, e);
    if (rc == SIAM_E_CANCELLED) {
        siam_err_clear(e);
        return stopped(t, e);
    }
    SIAM_TRY(rc);
    return siam_stop_asked(t->watch.stop) && t->at.epoch < t->cfg.train_epochs ? stopped(t, e) : SIAM_OK;
}

static siam_code run(trainer *t, siam_err *e)
{
    SIAM_TRY(siam_trainer_open(t, e));
    const int last = t->cfg.train_stop_after && t->cfg.train_stop_after < t->cfg.train_epochs ? t->cfg.train_stop_after
                                                                                             : t->cfg.train_epochs;
    t->started = siam_clock();
    while (t->at.epoch < last && !t->halted)
        SIAM_TRY(siam_stop_asked(t->watch.stop) ? stopped(t, e) : epoch(t, e)); /* stopped while the kernels were timed, say */
    siam_trainer_farewell(t);
    return SIAM_OK;
}

siam_code siam_train(const siam_optset *config, const char *const *argv, const siam_train_watch *watch,
                     siam_train_result *result, siam_err *e)
{
    trainer t = {.argv = argv, .watch = *watch, .set = *config};
    memcpy(&t.cfg, config->cfg, sizeof t.cfg);
    t.set.cfg = &t.cfg;
    t.result = (siam_train_result){.loss = NAN, .z_std_ratio = NAN, .z_rank = NAN, .knn_top1 = NAN};
    const siam_code rc = run(&t, e);
    if (result) {
        *result = t.result;
        if (t.run)
            snprintf(result->out, sizeof result->out, "%s", siam_run_dir(t.run));
    }
    siam_trainer_close(&t, rc);
    return rc;
}
