/* Pretraining: what a step is (SPEC 1.4), what is shown and measured, and what is kept of it. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "model/encoder.h"
#include "train/simsiam_private.h"

enum { FIELDS = 4 };

/* ---- a step ---- */

static const char *kind_of(double x) { return isnan(x) ? "NaN" : "infinite"; }

/* Numbers that left the range of float32, in what a step came to. */
static siam_code check_outcome(const simsiam_job *j, int64_t step, const siam_outcome *o, siam_err *e)
{
    char what[SIAM_NAME_MAX + 16];
    if (!isfinite(o->loss)) /* on all ranks: it is that of the whole batch */
        return siam_loop_agree(j->loop, siam_loop_exploded(j->loop, "the loss", kind_of(o->loss), step, e), e);
    if (o->bad < 0)
        return SIAM_OK;
    snprintf(what, sizeof what, "the statistic '%s'", j->params->row[o->bad].name);
    return siam_loop_exploded(j->loop, what, kind_of(o->bad_value), step, e);
}

/* Ask for one update from one batch. */
static siam_code update(simsiam_job *j, const siam_batch *b, siam_err *e)
{
    const siam_config *c = j->cfg;
    const double lr = siam_lr_at(&j->lr, j->loop->at.step);
    const float rate[SIAM_GROUP_COUNT] = {[SIAM_GROUP_ENCODER] = (float)lr,
                                          [SIAM_GROUP_PREDICTOR] = (float)(c->train_fix_predictor_lr ? c->train_lr : lr)};
    return siam_simsiam_views_step(j, b, rate, &j->ticket[(j->loop->at.step + 1) % SIAM_TICKETS], e);
}

static siam_code outcome(void *self, int64_t step, siam_err *e)
{
    simsiam_job *j = self;
    siam_outcome o;
    SIAM_TRY(j->engine->type->outcome(j->engine, j->ticket[step % SIAM_TICKETS], &o, e));
    siam_loop_tell_remark(j->loop->progress, siam_engine_remark(j->engine));
    j->has_z = true;
    j->loss = o.loss;
    j->gauge = o.gauge;
    SIAM_TRY(check_outcome(j, step, &o, e));
    j->at.loss_sum += o.loss;
    j->at.gauge_sum += o.gauge;
    return SIAM_OK;
}

static siam_code begin_epoch(void *self, siam_err *e)
{
    simsiam_job *j = self;
    return siam_loader_epoch(j->loader, j->loop->at.epoch, j->loop->at.batch, e);
}

static siam_code step(void *self, int *images, siam_err *e)
{
    simsiam_job *j = self;
    const siam_batch *b;
    SIAM_TRY(siam_loader_get(j->loader, &b, e));
    SIAM_ASSERT(b); /* the loop asks for no more than an epoch has */
    *images = b->n * j->loop->comm->size; /* of all ranks */
    return update(j, b, e);
}

static void source(const void *self, siam_source *s)
{
    const simsiam_job *j = self;
    *s = (siam_source){.skipped = siam_loader_skipped(j->loader), .waited = siam_loader_waited(j->loader)};
}

/* ---- its numbers ---- */

static void step_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    simsiam_job *j = self;
    siam_event_put(ev, SIAM_GAUGE_LOSS, j->loss);
    siam_event_put(ev, SIAM_GAUGE_Z_STD_RATIO, j->gauge);
    siam_event_put(ev, SIAM_GAUGE_LR, siam_lr_at(&j->lr, ev->step - 1));
    siam_event_put(ev, SIAM_GAUGE_IMAGES_PER_S, (double)pace->step_images / pace->step_seconds);
    siam_verdict_step(&j->verdict, ev->step, j->loss, j->gauge);
    if (!siam_verdict_changed(&j->verdict, ev->note, sizeof ev->note))
        ev->note[0] = '\0';
}

static siam_code measure(void *self, siam_err *e)
{
    simsiam_job *j = self;
    const int every = j->cfg->eval_every, done = j->loop->at.epoch + 1;
    j->knn_top1 = j->rank = NAN;
    if (!every || (done % every && done != j->cfg->train_epochs))
        return SIAM_OK;
    siam_err why = {0};
    const siam_code rc = siam_simsiam_evaluate(j, &j->knn_top1, &j->rank, &why);
    if (rc == SIAM_E_NUMERIC) /* on all ranks */
        return siam_loop_agree(j->loop, siam_loop_exploded(j->loop, "the features", "NaN or infinite", j->loop->at.step, e), e);
    if (rc && e)
        *e = why;
    return rc;
}

static void epoch_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    (void)pace;
    simsiam_job *j = self;
    const double loss = j->at.loss_sum / (double)ev->batch, gauge = j->at.gauge_sum / (double)ev->batch;
    j->at.loss_sum = j->at.gauge_sum = 0;
    if (!isnan(j->knn_top1) && (j->knn_top1 > j->at.best_knn || !j->at.best_epoch)) {
        j->at.best_knn = j->knn_top1;
        j->at.best_epoch = (int)ev->epoch;
    }
    siam_event_put(ev, SIAM_GAUGE_LOSS, loss);
    siam_event_put(ev, SIAM_GAUGE_Z_STD_RATIO, gauge);
    siam_event_put(ev, SIAM_GAUGE_Z_RANK, j->rank)->most = j->model.dim;
    siam_event_put(ev, SIAM_GAUGE_LR, siam_lr_at(&j->lr, ev->step - 1));
    siam_number *knn = siam_event_put(ev, SIAM_GAUGE_KNN_TOP1, j->knn_top1);
    char images[24];
    knn->best = j->at.best_knn;
    knn->best_epoch = j->at.best_epoch;
    snprintf(knn->about, sizeof knn->about, "bank %s", siam_format_count(images, sizeof images, j->sets.nbank));
    siam_verdict_epoch(&j->verdict, j->rank, j->model.dim, j->graph->views * j->part * j->loop->comm->size);
    j->result = (siam_train_result){.loss = loss, .z_std_ratio = gauge, .z_rank = j->rank, .knn_top1 = j->knn_top1,
                                    .epochs = (int)ev->epoch, .seconds = siam_event_value(ev, SIAM_GAUGE_SECONDS),
                                    .collapsed = siam_verdict_collapsed(&j->verdict)};
}

/* ---- what is kept ---- */

static int fields(void *self, void *state, siam_field *f)
{
    (void)self;
    simsiam_state *s = state;
    const siam_field all[FIELDS] = {{.key = "siam.loss_sum", .real = &s->loss_sum},
                                    {.key = "siam.gauge_sum", .real = &s->gauge_sum},
                                    {.key = "siam.best_knn", .real = &s->best_knn, .most = 1},
                                    {.key = "siam.best_epoch", .small = &s->best_epoch}};
    memcpy(f, all, sizeof all);
    return FIELDS;
}

static siam_code save_models(void *self, const siam_snapshot *shot, siam_err *e)
{
    const simsiam_job *j = self;
    siam_atomic file;
    SIAM_TRY(siam_folder_atomic(&file, siam_run_folder(j->loop->run), "model.safetensors", e));
    return siam_encoder_save(&file, &shot->params,
                             &(siam_encoder_meta){.cfg = &j->model, .norm = &j->norm, .want = &j->want, .bands = j->cfg->data_bands, .holdout = &j->cfg->data_holdout,
                                                  .epoch = shot->at.epoch,
                                                  .trained_on = j->loop->train->info.described},
                             e);
}

/* ---- its end ---- */

static void farewell(const void *self)
{
    const simsiam_job *j = self;
    char verdict[256];
    siam_verdict_text(&j->verdict, verdict, sizeof verdict);
    if (j->loop->worked)
        siam_progress_note(j->loop->progress, "%s", verdict);
    siam_progress_note(j->loop->progress, "model   %s/model.safetensors", siam_run_dir(j->loop->run));
}

static void next(const void *self, const char *run, const char *data)
{
    const siam_loop *l = ((const simsiam_job *)self)->loop;
    if (l->train->info.classes)
        siam_progress_note(l->progress, "next    simsiam knn %s --data %s --k 20,200", run, data);
    else
        siam_progress_note(l->progress, "next    simsiam info %s", run);
}

static void tell_result(const void *self, void *to)
{
    const simsiam_job *j = self;
    siam_train_result *r = to;
    *r = j->result;
    if (!r->epochs) /* none ended in this session */
        r->loss = r->z_std_ratio = r->z_rank = r->knn_top1 = NAN;
    if (j->loop)
        r->epochs = j->loop->at.epoch;
    if (j->loop && j->loop->run)
        snprintf(r->out, sizeof r->out, "%s", siam_run_dir(j->loop->run));
}

const siam_job siam_job_simsiam = {
    .name = "train",
    .takes = "train RECIPE",
    .state_kind = "training state",
    .finite = true,
    .options = siam_config_options,
    .check = siam_config_check_simsiam,
    .size = sizeof(simsiam_job),
    .state_offset = offsetof(simsiam_job, at),
    .state_size = sizeof(simsiam_state),
    .open = siam_simsiam_open,
    .prepare = siam_simsiam_prepare,
    .describe = siam_simsiam_describe,
    .fields = fields,
    .build = siam_simsiam_build,
    .begin_epoch = begin_epoch,
    .step = step,
    .outcome = outcome,
    .step_numbers = step_numbers,
    .source = source,
    .measure = measure,
    .epoch_numbers = epoch_numbers,
    .save_models = save_models,
    .farewell = farewell,
    .next = next,
    .result = tell_result,
    .close = siam_simsiam_close,
};

siam_code siam_train(const siam_optset *config, const char *const *argv, const siam_watch *watch, siam_train_result *result,
                     siam_err *e)
{
    return siam_job_run(&siam_job_simsiam, config, argv, watch, result, e);
}
