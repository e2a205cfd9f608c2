/* Linear evaluation: epochs of steps of one or several linear heads, measured on the held-out images after each. */
#include "train/linear.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"
#include "base/system.h"
#include "train/linear_private.h"

double siam_prober_seconds(const prober *p) { return p->at.seconds + siam_clock() - p->started; }

static double share(const prober *p, int64_t hits) { return (double)hits / (double)p->held_out.n; }

/* With five classes or fewer every image has its class among the first five. */
static double top5(const prober *p, int64_t hits) { return p->classes > 5 ? share(p, hits) : NAN; }

static double mean_loss(const prober *p, int head) { return p->at.head[head].loss_sum / (double)p->at.batch; }

static siam_code exploded(const prober *p, const char *what, int64_t step, siam_err *e)
{
    siam_fail(e, SIAM_E_NUMERIC, "%s became NaN or infinite at step %" PRId64 " (epoch %d)", what, step, p->at.epoch + 1);
    siam_hint(e, "a new run, with another --out, and a smaller --lr (here it is %g)", p->lr[0]);
    return SIAM_E_NUMERIC;
}

/* A classifier of weights that are no numbers is not written. */
static siam_code save(prober *p, siam_code (*write)(prober *, siam_err *), siam_err *e)
{
    siam_err why = {0};
    const siam_code rc = write(p, &why);
    if (rc == SIAM_E_NUMERIC)
        return exploded(p, "a weight", p->at.step, e);
    if (rc && e)
        *e = why;
    return rc;
}

/* A head whose loss is NaN or infinite counts neither in the epoch's mean nor from then on. Where other heads go on, its rate
 * was too large, and that is all. */
static siam_code check_losses(const prober *p, siam_err *e)
{
    for (int k = 0; k < p->nheads; k++)
        if (isfinite(p->at.head[k].loss_sum))
            return SIAM_OK;
    return exploded(p, "the loss", p->at.step + 1, e);
}

static siam_code step(prober *p, const float *x, const int32_t *label, int n, siam_err *e)
{
    double lr[PROBER_HEADS], loss[PROBER_HEADS];
    const double factor = siam_lr_at(&p->schedule, p->at.step);
    for (int k = 0; k < p->nheads; k++)
        lr[k] = p->lr[k] * factor;
    SIAM_TRY(siam_heads_step(p->heads, x, label, n, lr, loss, e));
    for (int k = 0; k < p->nheads; k++)
        p->at.head[k].loss_sum += loss[k];
    SIAM_TRY(check_losses(p, e));
    p->at.step++;
    p->at.batch++;
    return SIAM_OK;
}

/* The head that is shown while they train: the leader, unless it has diverged. */
static int shown(const prober *p)
{
    int k = p->at.lead;
    for (int i = 0; i < p->nheads && !isfinite(p->at.head[k].loss_sum); i++)
        k = i;
    return k;
}

/* `rate`: images a second of this epoch so far. */
static siam_code report_step(prober *p, double rate, double seconds, siam_err *e)
{
    const int k = shown(p);
    const double waited = p->loader ? siam_loader_waited(p->loader) : 0;
    const double wait_share = p->loader && seconds > 0 ? (waited - p->waited) / seconds : NAN;
    const siam_metrics_row row = {.kind = "step", .epoch = p->at.epoch + 1, .step = p->at.step, .loss = mean_loss(p, k),
                                  .z_std_ratio = NAN, .z_rank = NAN, .knn_top1 = NAN, .top1 = NAN, .top5 = NAN,
                                  .lr = p->lr[k] * siam_lr_at(&p->schedule, p->at.step - 1),
                                  .images_per_s = rate, .data_wait = wait_share,
                                  .seconds = siam_prober_seconds(p)};
    p->waited = waited;
    siam_progress_step(p->progress, &(siam_progress_state){.epoch = row.epoch, .epochs = p->cfg.train_epochs,
                                                           .step = row.step,
                                                           .steps = p->schedule.steps_per_epoch * p->cfg.train_epochs,
                                                           .batch = p->at.batch, .batches = p->schedule.steps_per_epoch,
                                                           .loss = row.loss, .z_std_ratio = NAN, .lr = row.lr,
                                                           .images_per_s = row.images_per_s,
                                                           .data_wait = row.data_wait});
    if (p->at.step % p->cfg.run_log_every == 0 || p->at.step == 1)
        return siam_metrics_append(p->metrics, &row, e);
    return SIAM_OK;
}

/* Measure all heads; the one that beats what there was leads, and is the model. */
static siam_code measure(prober *p, siam_err *e)
{
    int64_t hits[2 * PROBER_HEADS];
    int first = -1; /* best of this epoch */
    SIAM_TRY(siam_heads_measure(p->heads, p->held_out.x, p->held_out.label, p->held_out.n, p->stop, hits, e));
    const int64_t record = p->at.head[p->at.lead].best_epoch ? p->at.head[p->at.lead].best_hits : -1;
    p->at.epoch++;
    for (int k = 0; k < p->nheads; k++) {
        head_record *h = &p->at.head[k];
        h->hits = hits[2 * k];
        h->hits5 = hits[2 * k + 1];
        if (!isfinite(h->loss_sum))
            continue;
        if (!h->best_epoch || h->hits > h->best_hits) {
            h->best_hits = h->hits;
            h->best_hits5 = h->hits5;
            h->best_epoch = p->at.epoch;
        }
        if (first < 0 || h->hits > p->at.head[first].hits)
            first = k;
    }
    if (first < 0 || p->at.head[first].hits <= record)
        return SIAM_OK;
    p->at.lead = first;
    return save(p, siam_prober_save_best, e);
}

/* `done` images took `seconds` of this session. */
static siam_code end_epoch(prober *p, int64_t done, double seconds, siam_err *e)
{
    /* Stopped while measuring: the position stays behind the last batch, so a resumed run measures first. */
    SIAM_TRY(measure(p, e));
    const int k = shown(p);
    const head_record *h = &p->at.head[k];
    const siam_metrics_row row = {.kind = "epoch", .epoch = p->at.epoch, .step = p->at.step, .loss = mean_loss(p, k),
                                  .z_std_ratio = NAN, .z_rank = NAN, .knn_top1 = NAN, .top1 = share(p, h->hits),
                                  .top5 = top5(p, h->hits5), .lr = p->lr[k] * siam_lr_at(&p->schedule, p->at.step - 1),
                                  .images_per_s = done ? (double)done / seconds : NAN, .data_wait = NAN,
                                  .seconds = siam_prober_seconds(p)};
    siam_progress_epoch(p->progress, &(siam_progress_epoch_state){.row = row, .epochs = p->cfg.train_epochs,
                                                                  .seconds = done ? seconds : NAN,
                                                                  .best_top1 = share(p, h->best_hits),
                                                                  .best_epoch = h->best_epoch});
    SIAM_TRY(siam_metrics_append(p->metrics, &row, e));
    p->at.batch = 0;
    for (int i = 0; i < p->nheads; i++)
        p->at.head[i].loss_sum = isfinite(p->at.head[i].loss_sum) ? 0 : NAN; /* what has diverged stays so */
    SIAM_TRY(siam_prober_skipped(p, e));
    if (p->at.epoch == p->cfg.train_epochs || p->at.epoch % p->cfg.train_save_every == 0 ||
        p->at.epoch == p->cfg.train_stop_after)
        return save(p, siam_prober_save, e);
    return SIAM_OK;
}

static siam_code stopped(prober *p, siam_err *e)
{
    const int why = siam_stop_asked(p->stop);
    SIAM_TRY(siam_prober_skipped(p, e));
    SIAM_TRY(save(p, siam_prober_save, e));
    return siam_session_stopped(p->run, &p->set, why, p->at.step, e);
}

static siam_code steps_of_epoch(prober *p, int64_t *done, siam_err *e)
{
    SIAM_TRY(siam_feed_epoch(p->feed, p->at.epoch, p->at.batch, e));
    const double start = siam_clock();
    for (double before = start, now; p->at.batch < p->schedule.steps_per_epoch; before = now) {
        const float *x;
        const int32_t *label;
        int n;
        SIAM_TRY(siam_feed_next(p->feed, &x, &label, &n, e));
        SIAM_TRY(step(p, x, label, n, e));
        *done += n;
        p->worked = true;
        now = siam_clock();
        SIAM_TRY(report_step(p, (double)*done / (now - start), now - before, e));
        p->halted = p->at.step == p->cfg.train_stop_step;
        if (siam_stop_asked(p->stop) || p->halted)
            return SIAM_OK;
    }
    return SIAM_OK;
}

static siam_code epoch(prober *p, siam_err *e)
{
    const double start = siam_clock();
    int64_t done = 0;
    siam_code rc = steps_of_epoch(p, &done, e);
    if (rc) {
        siam_prober_skipped(p, NULL); /* the list is what one looks at next */
        return rc;
    }
    if (siam_stop_asked(p->stop))
        return stopped(p, e);
    if (p->halted) {
        SIAM_TRY(siam_prober_skipped(p, e));
        return save(p, siam_prober_save, e);
    }
    rc = end_epoch(p, done, siam_clock() - start, e);
    if (rc != SIAM_E_CANCELLED)
        return rc;
    siam_err_clear(e);
    return stopped(p, e);
}

/* What each rate came to. */
static void sweep_table(const prober *p)
{
    const bool five = p->classes > 5;
    siam_progress_note(p->progress, "%10s  %8s%s  %6s  %s", "lr", "top-1", five ? "     top-5" : "", "epoch", "last epoch");
    for (int k = 0; k < p->nheads; k++) {
        const head_record *h = &p->at.head[k];
        char second[32] = "", last[64] = "diverged";
        if (five)
            snprintf(second, sizeof second, "  %6.2f %%", 100 * share(p, h->best_hits5));
        if (isfinite(h->loss_sum))
            snprintf(last, sizeof last, "%6.2f %%", 100 * share(p, h->hits));
        if (h->best_epoch)
            siam_progress_note(p->progress, "%10g  %6.2f %%%s  %6d  %s%s", p->lr[k], 100 * share(p, h->best_hits), second,
                               h->best_epoch, last, k == p->at.lead ? "  <- best" : "");
        else
            siam_progress_note(p->progress, "%10g  %8s", p->lr[k], last);
    }
}

static void farewell(prober *p)
{
    char run[2 * SIAM_PATH_MAX], data[2 * SIAM_PATH_MAX], second[48] = "";
    const head_record *h = &p->at.head[p->at.lead];
    siam_format_word(run, sizeof run, siam_run_dir(p->run));
    siam_format_word(data, sizeof data, p->cfg.data_path);
    if (!p->worked)
        siam_progress_note(p->progress, "nothing was left to do: %d of %d epochs are done%s", p->at.epoch,
                           p->cfg.train_epochs, p->at.epoch < p->cfg.train_epochs ? " and --stop_after is reached" : "");
    if (p->nheads > 1 && p->at.epoch)
        sweep_table(p);
    if (h->best_epoch) {
        if (p->classes > 5)
            snprintf(second, sizeof second, ", top-5 %.2f %%", 100 * share(p, h->best_hits5));
        siam_progress_note(p->progress, "best    top-1 %.2f %%%s with lr %g after epoch %d of %d",
                           100 * share(p, h->best_hits), second, p->lr[p->at.lead], h->best_epoch, p->cfg.train_epochs);
        siam_progress_note(p->progress, "model   %s/model.safetensors", siam_run_dir(p->run));
    }
    if (p->at.epoch < p->cfg.train_epochs)
        siam_progress_note(p->progress, "next    simsiam linear --out %s --resume", run);
    else
        siam_progress_note(p->progress, "next    simsiam test %s --data %s", run, data);
}

static siam_code run(prober *p, siam_err *e)
{
    SIAM_TRY(siam_prober_open(p, e));
    const int last = p->cfg.train_stop_after && p->cfg.train_stop_after < p->cfg.train_epochs ? p->cfg.train_stop_after
                                                                                             : p->cfg.train_epochs;
    p->started = siam_clock();
    const siam_code rc = siam_prober_read_features(p, e);
    if (rc == SIAM_E_CANCELLED) {
        siam_err_clear(e);
        return stopped(p, e);
    }
    SIAM_TRY(rc);
    while (p->at.epoch < last && !p->halted)
        SIAM_TRY(siam_stop_asked(p->stop) ? stopped(p, e) : epoch(p, e));
    farewell(p);
    return SIAM_OK;
}

siam_code siam_linear_train(const siam_optset *config, const char *const *argv, FILE *console,
                            const volatile sig_atomic_t *stop, siam_linear_result *result, siam_err *e)
{
    prober *p = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the linear evaluation");
    p->argv = argv;
    p->console = console;
    p->stop = stop;
    p->set = *config;
    memcpy(&p->cfg, config->cfg, sizeof p->cfg);
    p->set.cfg = &p->cfg;
    const siam_code rc = run(p, e);
    const head_record *h = &p->at.head[p->at.lead];
    if (result)
        *result = (siam_linear_result){.top1 = NAN, .top5 = NAN, .lr = p->lr[p->at.lead], .epoch = h->best_epoch};
    if (result && h->best_epoch && p->held_out.n) {
        result->top1 = share(p, h->best_hits);
        result->top5 = top5(p, h->best_hits5);
        result->seconds = siam_prober_seconds(p);
    }
    if (result && p->run)
        snprintf(result->out, sizeof result->out, "%s", siam_run_dir(p->run));
    siam_prober_close(p, rc);
    free(p);
    return rc;
}
