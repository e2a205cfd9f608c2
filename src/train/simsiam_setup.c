/* Opening a training session: data, device, model, plan, loader, run folder; in that order, so that what is wrong
 * is found before anything is written or allocated. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/linalg.h"
#include "base/stop.h"
#include "base/system.h"
#include "infer/knn.h"
#include "model/encoder.h"
#include "train/simsiam_private.h"

enum { SLACK = 64 << 20 /* for what is not counted: stacks, the allocator's arenas, generated code */ };
enum { EVAL_BATCH = 256, RING = 3, ACCUM_MAX = 4096 /* train.accum's */ };

static siam_code open_data(trainer *t, siam_err *e)
{
    const siam_config *c = &t->cfg;
    SIAM_TRY(siam_dataset_open(&t->train, c->data_path, SIAM_SPLIT_TRAIN, c->data_size, e));
    t->train->upright = c->data_exif == SIAM_EXIF_APPLY;
    siam_dataset_fingerprint(&t->at.data, t->train);
    if (c->model_in_channels != 3) {
        siam_fail(e, SIAM_E_CONFIG, "model.in_channels is %d, but the images of '%s' have 3 channels",
                  c->model_in_channels, c->data_path);
        siam_hint(e, "--in_channels 3");
        return SIAM_E_CONFIG;
    }
    if (c->train_batch > t->train->info.count) {
        siam_fail(e, SIAM_E_CONFIG, "batch %d is larger than the data set (%" PRId64 " images)", c->train_batch,
                  t->train->info.count);
        const int64_t n = t->train->info.count, accum = c->train_accum;
        if (n < 2)
            siam_hint(e, "a larger data set: BatchNorm needs at least two images");
        else if (n < 2 * accum)
            siam_hint(e, "--batch %" PRId64 " --accum 1", n);
        else
            siam_hint(e, "--batch %" PRId64, n - n % accum);
        return SIAM_E_CONFIG;
    }
    t->monitored = t->train->info.classes && c->eval_every;
    if (t->monitored) {
        SIAM_TRY(siam_knn_open_test(&t->test, t->train, c->data_path, c->data_size, false, e));
        if (t->test)
            t->test->upright = t->train->upright;
        t->nbank = c->eval_bank && c->eval_bank < t->train->info.count ? c->eval_bank : t->train->info.count;
        SIAM_TRY(siam_knn_bank(&t->bank, t->train->info.count, c->eval_bank, e));
        int64_t again;
        if (!t->test)
            SIAM_TRY(siam_knn_once(t->train, NULL, &t->bank, &t->nbank, NULL, NULL, &again, e));
        t->monitored = t->test || t->nbank > 1;
    }
    return SIAM_OK;
}

static siam_code open_model(trainer *t, siam_err *e)
{
    t->model = siam_config_model(&t->cfg);
    siam_config_norm(&t->cfg, &t->norm);
    SIAM_TRY(siam_model_graph(&t->graph, &t->vals, &t->model, e));
    SIAM_TRY(siam_encoder_graph(&t->encoder, &t->encoder_vals, &t->model, 0, e));
    SIAM_TRY(siam_backend_open(&t->backend, t->cfg.run_device, t->cfg.run_threads, e));
    return siam_precision_maps(&t->maps, t->backend, t->cfg.train_precision, t->cfg.run_force, e);
}

/* Bytes a run with `part` images per view at once, of a batch of `batch`, takes beyond what is allocated already.
 * Untimed plans are cheap. */
static siam_code bytes_needed(const trainer *t, siam_recompute recompute, int part, int batch, size_t *bytes,
                              siam_err *e)
{
    siam_plan *p;
    const siam_plan_cfg cfg = {.batch = 2 * part, .training = true, .maps = t->maps, .recompute = recompute};
    SIAM_TRY(siam_plan_create(&p, t->graph, t->backend, &cfg, e));
    const siam_plan_memory m = siam_plan_bytes(p);
    siam_plan_destroy(&p);
    const size_t params = siam_params_bytes(t->graph->param, t->graph->nparams, true);
    const siam_loader_cfg ring = {.batch = batch, .views = 2, .workers = 1, .slots = RING, .aug = {.size = t->cfg.data_size}};
    *bytes = m.activations + m.scratch + params + siam_loader_bytes(&ring, t->train->info.count);
    if (!t->monitored)
        return SIAM_OK;
    size_t eval;
    const siam_extract_cfg monitor = {.size = t->cfg.data_size, .batch = EVAL_BATCH, .workers = t->backend->threads};
    SIAM_TRY(siam_extractor_bytes(&eval, t->backend, t->encoder, t->encoder_vals.features, &monitor, t->nbank, e));
    *bytes += eval; /* and the features */
    const size_t features = (size_t)t->encoder->value[t->encoder_vals.features.id].dim[1];
    *bytes += (size_t)(t->nbank + (t->test ? t->test->info.count : 0)) * (features + 1) * sizeof(float);
    return SIAM_OK;
}

/* The largest batch that fits undivided, by bisection; 0 when none does. */
static siam_code largest_batch(const trainer *t, size_t available, int *batch, siam_err *e)
{
    int fits = 0, too_large = t->cfg.train_batch;
    size_t bytes;
    while (too_large - fits > 1) {
        const int middle = fits + (too_large - fits) / 2;
        SIAM_TRY(bytes_needed(t, t->cfg.train_recompute, middle, middle, &bytes, e));
        if (bytes <= available)
            fits = middle;
        else
            too_large = middle;
    }
    *batch = fits > 1 ? fits : 0; /* one image has no batch statistics */
    return SIAM_OK;
}

/* The fewest parts in which the whole batch fits; 0 when none does. */
static siam_code fitting_accum(const trainer *t, size_t available, int *accum, siam_err *e)
{
    const int batch = t->cfg.train_batch;
    *accum = 0;
    for (int a = t->cfg.train_accum + 1; a <= batch / 2 && a <= ACCUM_MAX && !*accum; a++) {
        size_t bytes;
        if (batch % a)
            continue;
        SIAM_TRY(bytes_needed(t, t->cfg.train_recompute, batch / a, batch, &bytes, e));
        if (bytes <= available)
            *accum = a;
    }
    return SIAM_OK;
}

/* The choice that costs the least time among those with which the batch fits; the present one when none does. */
static siam_code fitting_recompute(const trainer *t, size_t available, siam_recompute *fits, siam_err *e)
{
    size_t bytes;
    *fits = t->cfg.train_recompute;
    for (siam_recompute r = *fits + 1; r <= SIAM_RECOMPUTE_BLOCKS; r++) {
        SIAM_TRY(bytes_needed(t, r, t->part, t->cfg.train_batch, &bytes, e));
        if (bytes <= available) {
            *fits = r;
            break;
        }
    }
    return SIAM_OK;
}

/* Refuse a plan larger than the memory there is, before any of it is allocated. */
static siam_code check_memory(trainer *t, size_t *bytes, siam_err *e)
{
    char need[32], have[32], name[16];
    siam_recompute recompute;
    int largest, accum;
    const int batch = t->cfg.train_batch;
    const size_t left = siam_memory_available(), available = left > SLACK ? left - SLACK : 0;
    t->part = batch / t->cfg.train_accum;
    SIAM_TRY(bytes_needed(t, t->cfg.train_recompute, t->part, batch, bytes, e));
    if (*bytes <= available)
        return SIAM_OK;
    SIAM_TRY(largest_batch(t, available, &largest, e));
    SIAM_TRY(fitting_recompute(t, available, &recompute, e));
    SIAM_TRY(fitting_accum(t, available, &accum, e));
    siam_format_bytes(need, sizeof need, *bytes);
    siam_format_bytes(have, sizeof have, available);
    if (!largest)
        siam_fail(e, SIAM_E_NOMEM, "batch %d needs %s (%zu bytes) of memory, there are %s, and no batch fits", batch,
                  need, *bytes, have);
    else
        siam_fail(e, SIAM_E_NOMEM,
                  "batch %d needs %s (%zu bytes) of memory and there are %s; the largest batch that fits is %d", batch,
                  need, *bytes, have, largest);
    siam_option_choice(SIAM_RECOMPUTE_CHOICES, (int)recompute, name, sizeof name);
    if ((int32_t)recompute != t->cfg.train_recompute)
        siam_hint(e, "--recompute %s (the same gradients, bit for bit; a step takes longer)", name);
    else if (accum)
        siam_hint(e, "--accum %d (%d parts of %d images, each with BatchNorm statistics of its own)", accum, accum,
                  batch / accum);
    else
        siam_hint(e, "a smaller --batch, --width or --size");
    return SIAM_E_NOMEM;
}

static siam_code open_loader(trainer *t, siam_err *e)
{
    siam_loader_cfg lc = {.batch = t->cfg.train_batch, .views = 2, .slots = RING, .seed = t->cfg.train_seed,
                          .drop_last = true, .aug = siam_config_aug(&t->cfg), .max_bad = t->cfg.data_max_bad};
    /* Augmentation is far cheaper than the step, so few workers keep up; on photographs it is one per core. */
    t->workers = t->cfg.data_workers ? t->cfg.data_workers
                 : t->cfg.data_size > 64 ? t->backend->threads : (t->backend->threads + 3) / 4;
    lc.workers = t->workers;
    lc.norm = t->norm;
    SIAM_TRY(siam_loader_create(&t->loader, t->train, &lc, e));
    t->lr = (siam_lr_cfg){.schedule = siam_schedules[t->cfg.train_schedule], .lr = t->cfg.train_lr,
                          .warmup_epochs = t->cfg.train_warmup_epochs, .epochs = t->cfg.train_epochs,
                          .steps_per_epoch = siam_loader_batches(t->loader),
                          .by_step = t->cfg.train_schedule_by == SIAM_BY_STEP};
    return SIAM_OK;
}

/* What was understood, before anything takes time. */
static void banner(const trainer *t)
{
    char params[32], device[256], rate[32];
    siam_machine_name(t->backend, device, sizeof device);
    siam_progress_note(t->progress, "simsiam %s on %s", SIAM_VERSION, device);
    siam_session_tell_data(t->progress, "data    ", t->train, NULL);
    if (t->test)
        siam_session_tell_data(t->progress, NULL, t->test, t->train);
    if (t->cfg.eval_every && !t->monitored)
        siam_progress_note(t->progress, "        no kNN on the way: there %s",
                           t->train->info.classes ? "is one image only" : "are no labels");
    siam_progress_note(t->progress, "model   %s, width %d, %s stem, projector of %d layers, dim %d: %s parameters",
                       t->model.arch, t->model.backbone.width, t->model.backbone.cifar_stem ? "cifar" : "imagenet",
                       t->model.projector_layers, t->model.dim,
                       siam_format_count(params, sizeof params, siam_params_trainable(t->params)));
    siam_progress_note(t->progress, "train   %d epoch%s of %" PRId64 " step%s, batch %d%s, lr %s%s%s",
                       t->cfg.train_epochs, t->cfg.train_epochs == 1 ? "" : "s", t->lr.steps_per_epoch,
                       t->lr.steps_per_epoch == 1 ? "" : "s", t->cfg.train_batch, t->cfg.train_accum > 1 ? " (in parts)" : "",
                       siam_format_rate(rate, sizeof rate, t->cfg.train_lr), t->maps == SIAM_BF16 ? ", bf16" : "",
                       t->cfg.train_stop_gradient ? "" : ", WITHOUT stop-gradient");
    siam_progress_note(t->progress, "run     %s", siam_run_dir(t->run));
    if (t->told[0])
        siam_progress_note(t->progress, "        %s", t->told);
    if (siam_tuner_timed(t->tuner) && !t->cfg.run_resume)
        siam_progress_note(t->progress, "plan    kernels that this machine has not timed yet are timed now, once");
}

/* What it will take, before it is allocated. */
static void say_memory(const trainer *t, size_t bytes)
{
    char need[32], have[32], block[32], recompute[16];
    const siam_plan_memory m = siam_plan_bytes(t->plan);
    siam_option_choice(SIAM_RECOMPUTE_CHOICES, t->cfg.train_recompute, recompute, sizeof recompute);
    siam_progress_note(t->progress,
                       "memory  batch %d needs %s, of %s there are; activations %s in one block (--recompute %s)",
                       t->cfg.train_batch, siam_format_bytes(need, sizeof need, bytes),
                       siam_format_bytes(have, sizeof have, siam_memory_available()),
                       siam_format_bytes(block, sizeof block, m.activations), recompute);
}

/* Start from another encoder. */
static siam_code load_init(trainer *t, siam_err *e)
{
    char told[3072] = "";
    const siam_model_ask ask = {.model = t->cfg.train_init, .rename = t->cfg.model_rename, .part = t->cfg.model_part,
                                .allow_missing = t->cfg.model_allow_missing};
    SIAM_TRY(siam_params_load(t->params, &ask, "backbone.", told, sizeof told, e));
    if (told[0])
        siam_progress_note(t->progress, "init    %s", told);
    return SIAM_OK;
}

/* Parameters, the state of a resumed run, and the plan with timed choices: the run's own (resume), then the machine's cache,
 * then timing now. */
static siam_code open_plan(trainer *t, size_t bytes, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    SIAM_TRY(siam_run_path(t->run, "plan.json", path, sizeof path, e));
    SIAM_TRY(siam_params_create(&t->params, t->graph->param, t->graph->nparams, true, e));
    siam_params_init(t->params, t->cfg.train_seed);
    if (t->cfg.train_init[0] && !t->cfg.run_resume)
        SIAM_TRY(load_init(t, e));
    SIAM_TRY(siam_tuning_open(&t->tuner, t->backend, t->cfg.run_plan, t->cfg.run_resume ? path : NULL, e));
    banner(t);
    if (t->cfg.run_resume)
        SIAM_TRY(siam_trainer_resume(t, e));
    const siam_plan_cfg plan = {.batch = 2 * t->part, .training = true, .maps = t->maps,
                                .recompute = t->cfg.train_recompute, .tuner = t->tuner};
    SIAM_TRY(siam_plan_create(&t->plan, t->graph, t->backend, &plan, e));
    if (t->monitored)
        SIAM_TRY(siam_extractor_create(&t->extractor, t->backend, t->tuner, t->encoder, t->encoder_vals.features,
                                       &(siam_extract_cfg){.size = t->cfg.data_size, .batch = EVAL_BATCH,
                                                           .workers = t->backend->threads,
                                                           .max_bad = t->cfg.data_max_bad,
                                                           .norm = t->norm},
                                       e));
    siam_session_tell_tuning(t->progress, t->tuner);
    say_memory(t, bytes);
    SIAM_TRY(siam_plan_alloc(t->plan, e));
    return siam_plan_bind(t->plan, t->params, e);
}

/* The run folder, and the console, which train.log joins when the run has begun. */
static siam_code open_run(trainer *t, siam_err *e)
{
    SIAM_TRY(siam_run_open(&t->run, "train", t->cfg.run_out, t->cfg.run_resume, e));
    return siam_progress_create(&t->progress,
                                &(siam_progress_cfg){.out = t->watch.console, .log_later = true,
                                                     .line = t->watch.line, .user = t->watch.user},
                                e);
}

siam_code siam_trainer_open(trainer *t, siam_err *e)
{
    size_t bytes;
    if (t->cfg.run_resume)
        SIAM_TRY(siam_session_resume_config(&t->set, t->told, sizeof t->told, e));
    SIAM_TRY(open_data(t, e));
    SIAM_TRY(open_model(t, e));
    SIAM_TRY(siam_eigenvalues_ready(e)); /* for the effective rank at the end of each epoch */
    SIAM_TRY(check_memory(t, &bytes, e));
    SIAM_TRY(open_loader(t, e));
    SIAM_TRY(open_run(t, e));
    SIAM_TRY(open_plan(t, bytes, e));
    siam_stop_asked(t->watch.stop); /* from now on there is something to be saved */
    SIAM_TRY(siam_session_begin(t->run, t->progress,
                                &(siam_session_start){.set = &t->set, .argv = t->argv, .backend = t->backend,
                                                      .tuner = t->tuner, .data = t->train->info.described},
                                e));
    if (t->cfg.run_resume)
        siam_progress_note(t->progress, "resumed after step %" PRId64 " of %" PRId64, t->at.step,
                           t->lr.steps_per_epoch * t->cfg.train_epochs);
    SIAM_TRY(siam_metrics_open(&t->metrics, siam_run_folder(t->run), "metrics.jsonl",
                               t->cfg.run_resume ? t->at.step : -1, t->at.epoch, e));
    siam_verdict_init(&t->verdict, t->part, t->cfg.train_stop_gradient);
    return SIAM_OK;
}

void siam_trainer_farewell(trainer *t)
{
    char verdict[256], run[2 * SIAM_PATH_MAX], data[2 * SIAM_PATH_MAX];
    siam_format_word(run, sizeof run, siam_run_dir(t->run));
    siam_format_word(data, sizeof data, t->cfg.data_path);
    siam_verdict_text(&t->verdict, verdict, sizeof verdict);
    if (t->verdict.updates)
        siam_progress_note(t->progress, "%s", verdict);
    else
        siam_progress_note(t->progress, "nothing was left to do: %d of %d epochs are done%s", t->at.epoch,
                           t->cfg.train_epochs, t->at.epoch < t->cfg.train_epochs ? " and --stop_after is reached" : "");
    siam_progress_note(t->progress, "model   %s/model.safetensors", siam_run_dir(t->run));
    if (t->at.epoch < t->cfg.train_epochs)
        siam_progress_note(t->progress, "next    simsiam train --out %s --resume", run);
    else if (t->train->info.classes)
        siam_progress_note(t->progress, "next    simsiam knn %s --data %s --k 20,200", run, data);
    else
        siam_progress_note(t->progress, "next    simsiam info %s", run);
}

void siam_trainer_close(trainer *t, siam_code outcome)
{
    siam_loader_destroy(&t->loader);
    siam_extractor_destroy(&t->extractor);
    siam_plan_destroy(&t->plan);
    siam_params_destroy(&t->params);
    siam_graph_destroy(&t->graph);
    siam_graph_destroy(&t->encoder);
    siam_tuner_destroy(&t->tuner);
    siam_backend_close(&t->backend);
    siam_dataset_close(&t->train);
    siam_dataset_close(&t->test);
    free(t->bank);
    siam_metrics_close(&t->metrics);
    siam_progress_destroy(&t->progress);
    siam_session_end(&t->run, outcome, siam_stop_asked(t->watch.stop));
}
