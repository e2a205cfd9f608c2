/* Linear evaluation: steps of one or several linear heads, measured on the held-out images after each epoch. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "train/linear_private.h"

static double share(const linear_job *j, int64_t hits) { return (double)hits / (double)j->held_out.n; }

/* With five classes or fewer every image has its class among the first five. */
static double top5(const linear_job *j, int64_t hits) { return j->classes > 5 ? share(j, hits) : NAN; }

static double mean_loss(const linear_job *j, int head) { return j->at.head[head].loss_sum / (double)j->loop->at.batch; }

/* ---- a step ---- */

/* A head whose loss is NaN or infinite counts neither in the epoch's mean nor from then on. Where other heads go on, its rate
 * was too large, and that is all. */
static siam_code check_losses(const linear_job *j, siam_err *e)
{
    for (int k = 0; k < j->nheads; k++)
        if (isfinite(j->at.head[k].loss_sum))
            return SIAM_OK;
    /* all ranks have the same losses */
    return siam_loop_agree(j->loop, siam_loop_exploded(j->loop, "the loss", "NaN or infinite", j->loop->at.step + 1, e), e);
}

static siam_code begin_epoch(void *self, siam_err *e)
{
    linear_job *j = self;
    return siam_feed_epoch(j->feed, j->loop->at.epoch, j->loop->at.batch, e);
}

static siam_code step(void *self, int *images, siam_err *e)
{
    linear_job *j = self;
    siam_fed fed;
    double lr[LINEAR_HEADS], loss[LINEAR_HEADS];
    const double factor = siam_lr_at(&j->schedule, j->loop->at.step);
    for (int k = 0; k < j->nheads; k++)
        lr[k] = j->lr[k] * factor;
    SIAM_TRY(siam_feed_next(j->feed, &fed, e));
    *images = fed.all;
    SIAM_TRY(siam_probes_step(j->heads, fed.x, fed.label, fed.n, fed.all, lr, loss, e));
    for (int k = 0; k < j->nheads; k++)
        j->at.head[k].loss_sum += loss[k];
    return check_losses(j, e);
}

static void source(const void *self, siam_source *s)
{
    const linear_job *j = self;
    if (j->loader)
        *s = (siam_source){.skipped = siam_loader_skipped(j->loader), .waited = siam_loader_waited(j->loader)};
}

/* ---- its numbers ---- */

/* The head that is shown while they train: the leader, unless it has diverged. */
static int shown(const linear_job *j)
{
    int k = j->at.lead;
    for (int i = 0; i < j->nheads && !isfinite(j->at.head[k].loss_sum); i++)
        k = i;
    return k;
}

static double rate_of_last_step(const linear_job *j, int head)
{
    return j->lr[head] * siam_lr_at(&j->schedule, j->loop->at.step - 1);
}

/* A batch of features may be a part of a batch of images, so its own speed says nothing. */
static void step_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    const linear_job *j = self;
    const int k = shown(j);
    siam_event_put(ev, SIAM_GAUGE_LOSS, mean_loss(j, k));
    siam_event_put(ev, SIAM_GAUGE_LR, rate_of_last_step(j, k));
    siam_event_put(ev, SIAM_GAUGE_IMAGES_PER_S, (double)pace->epoch_images / pace->epoch_seconds);
}

/* Measure all heads; the one that beats what there was leads, and is the model. */
static siam_code measure(void *self, siam_err *e)
{
    linear_job *j = self;
    int64_t hits[2 * LINEAR_HEADS];
    int first = -1; /* best of this epoch */
    SIAM_TRY(siam_loop_known(j->loop, siam_probes_measure(j->heads, j->held_out.x, j->held_out.label, j->held_out.n,
                                                          j->loop->watch.stop, hits, e)));
    const int64_t record = j->at.head[j->at.lead].best_epoch ? j->at.head[j->at.lead].best_hits : -1;
    for (int k = 0; k < j->nheads; k++) {
        head_record *h = &j->at.head[k];
        h->hits = hits[2 * k];
        h->hits5 = hits[2 * k + 1];
        if (!isfinite(h->loss_sum))
            continue;
        if (!h->best_epoch || h->hits > h->best_hits) {
            h->best_hits = h->hits;
            h->best_hits5 = h->hits5;
            h->best_epoch = j->loop->at.epoch + 1;
        }
        if (first < 0 || h->hits > j->at.head[first].hits)
            first = k;
    }
    if (first < 0 || j->at.head[first].hits <= record)
        return SIAM_OK;
    j->at.lead = first;
    return siam_loop_write(j->loop, siam_linear_save_best, j, e);
}

static void epoch_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    (void)pace;
    linear_job *j = self;
    const int k = shown(j);
    const head_record *h = &j->at.head[k];
    siam_event_put(ev, SIAM_GAUGE_LOSS, mean_loss(j, k));
    siam_event_put(ev, SIAM_GAUGE_LR, rate_of_last_step(j, k));
    siam_number *top1 = siam_event_put(ev, SIAM_GAUGE_TOP1, share(j, h->hits));
    top1->best = share(j, h->best_hits);
    top1->best_epoch = h->best_epoch;
    siam_event_put(ev, SIAM_GAUGE_TOP5, top5(j, h->hits5));
    for (int i = 0; i < j->nheads; i++)
        j->at.head[i].loss_sum = isfinite(j->at.head[i].loss_sum) ? 0 : NAN; /* what has diverged stays so */
}

/* ---- its end ---- */

/* What each rate came to. */
static void sweep_table(const linear_job *j)
{
    siam_progress *p = j->loop->progress;
    const bool five = j->classes > 5;
    siam_progress_note(p, "%10s  %8s%s  %6s  %s", "lr", "top-1", five ? "     top-5" : "", "epoch", "last epoch");
    for (int k = 0; k < j->nheads; k++) {
        const head_record *h = &j->at.head[k];
        char second[32] = "", last[64] = "diverged";
        if (five)
            snprintf(second, sizeof second, "  %6.2f %%", 100 * share(j, h->best_hits5));
        if (isfinite(h->loss_sum))
            snprintf(last, sizeof last, "%6.2f %%", 100 * share(j, h->hits));
        if (h->best_epoch)
            siam_progress_note(p, "%10g  %6.2f %%%s  %6d  %s%s", j->lr[k], 100 * share(j, h->best_hits), second,
                               h->best_epoch, last, k == j->at.lead ? "  <- best" : "");
        else
            siam_progress_note(p, "%10g  %8s", j->lr[k], last);
    }
}

static void farewell(const void *self)
{
    const linear_job *j = self;
    siam_progress *p = j->loop->progress;
    char second[48] = "";
    const head_record *h = &j->at.head[j->at.lead];
    if (j->nheads > 1 && j->loop->at.epoch)
        sweep_table(j);
    if (!h->best_epoch)
        return;
    if (j->classes > 5)
        snprintf(second, sizeof second, ", top-5 %.2f %%", 100 * share(j, h->best_hits5));
    siam_progress_note(p, "best    top-1 %.2f %%%s with lr %g after epoch %d of %d", 100 * share(j, h->best_hits), second,
                       j->lr[j->at.lead], h->best_epoch, j->cfg->train_epochs);
    siam_progress_note(p, "model   %s/model.safetensors", siam_run_dir(j->loop->run));
}

static void next(const void *self, const char *run, const char *data)
{
    const linear_job *j = self;
    siam_progress_note(j->loop->progress, "next    simsiam test %s --data %s", run, data);
}

static void tell_result(const void *self, void *to)
{
    const linear_job *j = self;
    siam_linear_result *r = to;
    const head_record *h = &j->at.head[j->at.lead];
    *r = (siam_linear_result){.top1 = NAN, .top5 = NAN, .lr = j->lr[j->at.lead], .epoch = h->best_epoch};
    if (h->best_epoch && j->held_out.n) {
        r->top1 = share(j, h->best_hits);
        r->top5 = top5(j, h->best_hits5);
        r->seconds = siam_loop_seconds(j->loop);
    }
    if (j->loop && j->loop->run)
        snprintf(r->out, sizeof r->out, "%s", siam_run_dir(j->loop->run));
}

const siam_job siam_job_linear = {
    .name = "linear",
    .takes = "linear MODEL",
    .state_kind = "linear evaluation",
    .options = siam_linear_options,
    .check = siam_config_check_linear,
    .size = sizeof(linear_job),
    .state_offset = offsetof(linear_job, at),
    .state_size = sizeof(linear_state),
    .held_out = true,
    .open = siam_linear_open,
    .prepare = siam_linear_prepare,
    .identity = siam_linear_identity,
    .describe = siam_linear_describe,
    .fields = siam_linear_fields,
    .check_state = siam_linear_check_state,
    .start = siam_linear_start,
    .begin_epoch = begin_epoch,
    .step = step,
    .step_numbers = step_numbers,
    .source = source,
    .measure = measure,
    .epoch_numbers = epoch_numbers,
    .save_models = siam_linear_save_models,
    .farewell = farewell,
    .next = next,
    .result = tell_result,
    .close = siam_linear_close,
};

siam_code siam_linear_train(const siam_optset *config, const char *const *argv, const siam_watch *watch,
                            siam_linear_result *result, siam_err *e)
{
    return siam_job_run(&siam_job_linear, config, argv, watch, result, e);
}
