/* Opening a pretraining: data, model, device, loader, then parameters and plan; in that order, so that what is wrong is found
 * before anything is written or allocated. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/linalg.h"
#include "base/system.h"
#include "infer/knn.h"
#include "model/encoder.h"
#include "train/simsiam_private.h"

enum { SLACK = 64 << 20 /* for what is not counted: stacks, the allocator's arenas, generated code */ };
enum { EVAL_BATCH = 256, RING = 3, ACCUM_MAX = 4096 /* train.accum's */ };

static siam_code open_data(simsiam_job *j, siam_err *e)
{
    const siam_config *c = j->cfg;
    SIAM_TRY(siam_dataset_open_held(&j->loop->train, c->data_path, SIAM_SPLIT_TRAIN, c->data_size, &c->data_holdout, e));
    siam_dataset_fingerprint(&j->loop->at.data[0], j->loop->train);
    SIAM_TRY(siam_simsiam_inputs(j, e));
    if (c->train_batch > j->loop->train->info.count) {
        siam_fail(e, SIAM_E_CONFIG, "batch %d is larger than the data set (%" PRId64 " images)", c->train_batch,
                  j->loop->train->info.count);
        const int64_t n = j->loop->train->info.count, accum = c->train_accum;
        if (n < 2)
            siam_hint(e, "a larger data set: BatchNorm needs at least two images");
        else if (n < 2 * accum)
            siam_hint(e, "--batch %" PRId64 " --accum 1", n);
        else
            siam_hint(e, "--batch %" PRId64, n - n % accum);
        return SIAM_E_CONFIG;
    }
    j->monitored = j->loop->train->info.classes && c->eval_every;
    if (j->monitored) {
        SIAM_TRY(siam_knn_open_test(&j->test, j->loop->train, c->data_path, c->data_size, &c->data_holdout, false, e));
        if (j->test) {
            siam_dataset_read_as(j->test, j->loop->train->exif, &j->want);
            siam_dataset_fingerprint(&j->loop->at.data[1], j->test); /* for the other ranks; it is no part of the state */
        }
        SIAM_TRY(siam_knn_choose(&j->sets, j->loop->train, j->test, c->eval_bank, false, e));
        j->monitored = j->test || j->sets.nbank > 1;
    }
    return SIAM_OK;
}

static siam_code open_model(simsiam_job *j, siam_err *e)
{
    j->model = siam_config_model(j->cfg);
    j->model.bn_per_rank = !j->cfg->train_sync_bn;
    siam_config_norm(j->cfg, &j->norm);
    SIAM_TRY(siam_model_graph(&j->graph, &j->vals, &j->model, e));
    SIAM_TRY(siam_encoder_graph(&j->encoder, &j->encoder_vals, &j->model, 0, e));
    SIAM_TRY(siam_loop_open_backend(j->loop, e));
    return siam_place_map_type(&j->map_type, &j->loop->place, j->loop->backend, j->cfg->train_precision, j->cfg->run_force, e);
}

/* What steps, with `part` images of each view at once. */
static siam_engine_cfg engine_cfg(const simsiam_job *j, int part)
{
    return (siam_engine_cfg){.host = j->loop->backend, .tuner = j->loop->tuner, .graph = j->graph, .images = part,
                             .map_type = j->map_type, .training = true, .parts = j->cfg->train_accum,
                             .recompute = j->cfg->train_recompute, .loss = j->vals.loss, .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd],
                             .momentum = j->cfg->train_momentum, .weight_decay = j->cfg->train_weight_decay,
                             .devices = siam_place_devices(&j->loop->place)};
}

/* Bytes a run with `part` images per view at once, of a batch of `batch`, takes beyond what is allocated already.
 * Untimed plans are cheap. */
static siam_code bytes_needed(const simsiam_job *j, siam_recompute recompute, int part, int batch, size_t *bytes,
                              siam_err *e)
{
    siam_engine_memory m;
    siam_engine_cfg cfg = engine_cfg(j, part);
    cfg.recompute = recompute;
    SIAM_TRY(siam_engine_bytes(&m, j->loop->place.engine, &cfg, e));
    const size_t params = siam_params_bytes(j->graph->param, j->graph->nparams, true);
    const siam_loader_cfg ring = {.batch = batch, .rank = j->loop->comm->rank, .ranks = j->loop->comm->size, .drop_last = true, .views = j->graph->views, .workers = 1, .slots = RING, .channels = j->want.channels, .aug = {.size = j->cfg->data_size}};
    if (j->loop->place.kind && j->loop->place.kind->own_memory)
        m = (siam_engine_memory){0}; /* whether it has room, its compiler says */
    *bytes = siam_bytes_add(m.activations + m.rest + params, siam_loader_bytes(&ring, j->loop->train->info.count));
    *bytes = siam_bytes_add(*bytes, siam_simsiam_views_bytes(j, batch));
    if (!j->monitored)
        return SIAM_OK;
    size_t eval;
    const siam_extract_cfg monitor = {.size = j->cfg->data_size, .channels = j->want.channels, .batch = EVAL_BATCH, .workers = j->loop->backend->threads};
    SIAM_TRY(siam_extractor_bytes(&eval, j->loop->backend, j->encoder, j->encoder_vals.features, &monitor, j->sets.nbank, e));
    const size_t features = (size_t)j->encoder->value[j->encoder_vals.features.id].dim[1];
    const size_t kept = (size_t)(j->sets.nbank + (j->test ? j->test->info.count : 0)) * (features + 1) * sizeof(float);
    *bytes = siam_bytes_add(*bytes, siam_bytes_add(eval, kept));
    return SIAM_OK;
}

/* The largest batch that fits undivided, by bisection; 0 when none does. */
static siam_code largest_batch(const simsiam_job *j, size_t available, int *batch, siam_err *e)
{
    int fits = 0, too_large = j->cfg->train_batch;
    size_t bytes;
    while (too_large - fits > 1) {
        const int middle = fits + (too_large - fits) / 2;
        const int ranks = j->loop->comm->size, part = (middle + ranks - 1) / ranks;
        SIAM_TRY(bytes_needed(j, j->cfg->train_recompute, part, part * ranks, &bytes, e));
        if (bytes <= available)
            fits = middle;
        else
            too_large = middle;
    }
    *batch = fits > 1 ? fits : 0; /* one image has no batch statistics */
    return SIAM_OK;
}

/* The fewest parts in which the whole batch fits; 0 when none does. */
static siam_code fitting_accum(const simsiam_job *j, size_t available, int *accum, siam_err *e)
{
    const int batch = j->cfg->train_batch;
    *accum = 0;
    for (int a = j->cfg->train_accum + 1; a <= batch / 2 && a <= ACCUM_MAX && !*accum; a++) {
        size_t bytes;
        if (batch % (a * j->loop->comm->size))
            continue;
        SIAM_TRY(bytes_needed(j, j->cfg->train_recompute, batch / a / j->loop->comm->size, batch, &bytes, e));
        if (bytes <= available)
            *accum = a;
    }
    return SIAM_OK;
}

/* The choice that costs the least time among those with which the batch fits; the present one when none does. */
static siam_code fitting_recompute(const simsiam_job *j, size_t available, siam_recompute *fits, siam_err *e)
{
    size_t bytes;
    *fits = j->cfg->train_recompute;
    for (siam_recompute r = *fits + 1; r <= SIAM_RECOMPUTE_BLOCKS; r++) {
        SIAM_TRY(bytes_needed(j, r, j->part, j->cfg->train_batch, &bytes, e));
        if (bytes <= available) {
            *fits = r;
            break;
        }
    }
    return SIAM_OK;
}

/* Refuse a plan larger than the memory there is, before any of it is allocated. */
static siam_code check_memory(simsiam_job *j, siam_err *e)
{
    char need[32], have[32], name[16];
    siam_recompute recompute;
    int largest, accum;
    const int batch = j->cfg->train_batch;
    const size_t left = siam_memory_available() / (size_t)j->loop->sharers, available = left > SLACK ? left - SLACK : 0;
    j->part = batch / j->cfg->train_accum / j->loop->comm->size;
    SIAM_TRY(bytes_needed(j, j->cfg->train_recompute, j->part, batch, &j->bytes, e));
    if (j->bytes <= available)
        return SIAM_OK;
    SIAM_TRY(largest_batch(j, available, &largest, e));
    SIAM_TRY(fitting_recompute(j, available, &recompute, e));
    SIAM_TRY(fitting_accum(j, available, &accum, e));
    siam_format_bytes(need, sizeof need, j->bytes);
    siam_format_bytes(have, sizeof have, available);
    if (!largest)
        siam_fail(e, SIAM_E_NOMEM, "batch %d needs %s (%zu bytes) of memory, there are %s, and no batch fits", batch,
                  need, j->bytes, have);
    else
        siam_fail(e, SIAM_E_NOMEM,
                  "batch %d needs %s (%zu bytes) of memory and there are %s; the largest batch that fits is %d", batch,
                  need, j->bytes, have, largest);
    siam_option_choice(SIAM_RECOMPUTE_CHOICES, (int)recompute, name, sizeof name);
    if ((int32_t)recompute != j->cfg->train_recompute)
        siam_hint(e, "--recompute %s (the same gradients, bit for bit; a step takes longer)", name);
    else if (accum)
        siam_hint(e, "--accum %d (%d parts of %d images, each with BatchNorm statistics of its own)", accum, accum,
                  batch / accum);
    else
        siam_hint(e, "a smaller --batch, --width or --size");
    return SIAM_E_NOMEM;
}

static siam_code open_loader(simsiam_job *j, siam_err *e)
{
    SIAM_TRY(siam_simsiam_views_open(j, e));
    siam_loader_cfg lc = {.batch = j->cfg->train_batch, .views = j->graph->views, .slots = RING, .seed = j->cfg->train_seed,
                          .drop_last = true, .rank = j->loop->comm->rank, .ranks = j->loop->comm->size,
                          .parts = j->cfg->train_accum, .aug = siam_config_aug(j->cfg), .max_bad = j->cfg->data_max_bad};
    /* Augmentation is far cheaper than the step, so few workers keep up; on photographs it is one per core. */
    const int threads = j->loop->backend->threads;
    lc.workers = j->cfg->data_workers ? j->cfg->data_workers : j->cfg->data_size > 64 ? threads : (threads + 3) / 4;
    lc.gives = j->views.gives;
    lc.held_w = j->views.form.width;
    lc.held_h = j->views.form.height;
    lc.norm = j->norm;
    lc.channels = j->want.channels;
    lc.fast = j->cfg->data_decode == SIAM_DECODE_FAST;
    SIAM_TRY(siam_loader_create(&j->loader, j->loop->train, &lc, e));
    j->lr = (siam_lr_cfg){.schedule = siam_schedules[j->cfg->train_schedule], .lr = j->cfg->train_lr,
                          .warmup_epochs = j->cfg->train_warmup_epochs, .epochs = j->cfg->train_epochs,
                          .steps_per_epoch = siam_loader_batches(j->loader),
                          .by_step = j->cfg->train_schedule_by == SIAM_BY_STEP};
    return SIAM_OK;
}

void siam_simsiam_describe(const void *self)
{
    const simsiam_job *j = self;
    siam_progress *p = j->loop->progress;
    char params[32], rate[32];
    siam_loop_tell_data(p, "data    ", j->loop->train, NULL);
    if (j->test)
        siam_loop_tell_data(p, NULL, j->test, j->loop->train);
    if (j->cfg->eval_every && !j->monitored)
        siam_progress_note(p, "        no kNN on the way: there %s",
                           j->loop->train->info.classes ? "is one image only" : "are no labels");
    siam_progress_note(p, "model   %s, width %d, %s stem, projector of %d layers, dim %d: %s parameters",
                       j->model.arch, j->model.backbone.width, j->model.backbone.cifar_stem ? "cifar" : "imagenet",
                       j->model.projector_layers, j->model.dim,
                       siam_format_count(params, sizeof params, siam_params_trainable(j->params)));
    siam_progress_note(p, "train   %d epoch%s of %" PRId64 " step%s, batch %d%s, lr %s%s%s",
                       j->cfg->train_epochs, j->cfg->train_epochs == 1 ? "" : "s", j->lr.steps_per_epoch,
                       j->lr.steps_per_epoch == 1 ? "" : "s", j->cfg->train_batch, j->cfg->train_accum > 1 ? " (in parts)" : "",
                       siam_format_rate(rate, sizeof rate, j->cfg->train_lr), j->map_type == SIAM_BF16 ? ", bf16" : "",
                       j->cfg->train_stop_gradient ? "" : ", WITHOUT stop-gradient");
    siam_simsiam_views_describe(j);
}

/* What it will take, before it is allocated. */
static void say_memory(const simsiam_job *j)
{
    char need[32], have[32], block[32], recompute[16];
    const siam_engine_memory m = j->engine->type->bytes(j->engine);
    siam_option_choice(SIAM_RECOMPUTE_CHOICES, j->cfg->train_recompute, recompute, sizeof recompute);
    if (j->loop->place.engine) {
        siam_progress_note(j->loop->progress, "memory  batch %d needs about %s of this machine's memory, of %s there are; the device's compiler decides",
                           j->cfg->train_batch, siam_format_bytes(need, sizeof need, j->bytes),
                           siam_format_bytes(have, sizeof have, siam_memory_available()));
        return;
    }
    siam_progress_note(j->loop->progress,
                       "memory  batch %d needs %s, of %s there are; activations %s in one block (--recompute %s)",
                       j->cfg->train_batch, siam_format_bytes(need, sizeof need, j->bytes),
                       siam_format_bytes(have, sizeof have, siam_memory_available()),
                       siam_format_bytes(block, sizeof block, m.activations), recompute);
}

/* What the device's compiler made of it. */
static void say_compiled(const simsiam_job *j)
{
    siam_engine_memory m;
    char all[32], temporaries[32], set[32], images[64] = "";
    if (!j->engine->type->compiled)
        return;
    const bool told = j->engine->type->compiled(j->engine, &m);
    if (m.set)
        snprintf(images, sizeof images, "; the images that stay there take another %s", siam_format_bytes(set, sizeof set, m.set));
    if (told)
        siam_progress_note(j->loop->progress, "        the compiled step takes %s on %s device, %s of it temporaries%s",
                           siam_format_bytes(all, sizeof all, m.activations + m.rest), j->loop->place.devices > 1 ? "each" : "the",
                           siam_format_bytes(temporaries, sizeof temporaries, m.activations), images);
    else
        siam_progress_note(j->loop->progress, "        the plug-in does not say what the compiled step takes%s", images);
}

/* Of both engines, which mostly have the same one. */
static void say_remarks(const simsiam_job *j)
{
    const char *step = siam_engine_remark(j->engine), *features = siam_extractor_remark(j->extractor);
    siam_loop_tell_remark(j->loop->progress, step);
    if (!step || (features && strcmp(step, features)))
        siam_loop_tell_remark(j->loop->progress, features);
}

/* Start from another encoder. */
static siam_code load_init(simsiam_job *j, siam_err *e)
{
    char told[3072] = "";
    siam_model_spec ask = {.model = j->cfg->train_init, .allow_missing = j->cfg->model_allow_missing};
    siam_config_names(j->cfg, &ask);
    SIAM_TRY(siam_params_load(j->params, &ask, "backbone.", told, sizeof told, e));
    if (told[0])
        siam_progress_note(j->loop->progress, "init    %s", told);
    return SIAM_OK;
}

/* Every rank, or device, has as many images as the others, in every part; and where each has statistics of its own, two. */
static siam_code check_shares(const simsiam_job *j, siam_err *e)
{
    const int batch = j->cfg->train_batch, ranks = j->loop->comm->size, shares = ranks * j->cfg->run_devices;
    const int accum = j->cfg->train_accum, unit = shares * accum;
    const int least = j->cfg->train_sync_bn ? unit : 2 * unit, nearest = (batch + unit / 2) / unit * unit;
    const char *what = ranks > 1 ? "ranks" : "devices", *two = batch % unit ? "" : ", with two images or more for the statistics of each";
    if (shares == 1 || (batch % unit == 0 && batch >= least))
        return SIAM_OK;
    if (accum > 1)
        siam_fail(e, SIAM_E_CONFIG, "a batch of %d images cannot be divided among %d %s in %d parts each%s", batch, shares, what, accum, two);
    else
        siam_fail(e, SIAM_E_CONFIG, "a batch of %d images cannot be divided among %d %s%s", batch, shares, what, two);
    siam_hint(e, "--batch %d", nearest < least ? least : nearest);
    return SIAM_E_CONFIG;
}

siam_code siam_simsiam_open(void *self, siam_loop *loop, siam_err *e)
{
    simsiam_job *j = self;
    j->loop = loop;
    j->cfg = &loop->cfg;
    loop->rate = j->cfg->train_lr;
    SIAM_TRY(check_shares(j, e));
    SIAM_TRY(open_data(j, e));
    SIAM_TRY(open_model(j, e));
    SIAM_TRY(siam_eigenvalues_ready(e)); /* for the effective rank at the end of each epoch */
    SIAM_TRY(check_memory(j, e));
    return open_loader(j, e);
}

siam_code siam_simsiam_prepare(void *self, siam_err *e)
{
    simsiam_job *j = self;
    SIAM_TRY(siam_params_create(&j->params, j->graph->param, j->graph->nparams, true, e));
    siam_params_init(j->params, j->cfg->train_seed);
    if (j->cfg->train_init[0] && siam_loop_writes(j->loop) && (!j->cfg->run_resume || j->loop->unsaved))
        SIAM_TRY(load_init(j, e));
    j->loop->params = j->params;
    j->loop->model_bytes = (j->params->count + j->params->buffer_count) * sizeof(float);
    j->loop->steps_per_epoch = j->lr.steps_per_epoch;
    return SIAM_OK;
}

siam_code siam_simsiam_build(void *self, siam_err *e)
{
    simsiam_job *j = self;
    siam_backend *b = j->loop->backend;
    siam_tuner *tuner = j->loop->tuner;
    if (siam_tuner_timed(tuner) && !j->cfg->run_resume && !j->loop->place.engine)
        siam_progress_note(j->loop->progress, "tuning  kernels that this machine has not timed yet are timed now, once");
    siam_engine_cfg cfg = engine_cfg(j, j->part);
    cfg.views = siam_simsiam_views_cfg(j);
    SIAM_TRY(siam_engine_create(&j->engine, j->loop->place.engine, &cfg, e));
    j->loop->engine = j->engine;
    if (j->monitored)
        SIAM_TRY(siam_extractor_create(&j->extractor, b, tuner, j->encoder, j->encoder_vals.features,
                                       &(siam_extract_cfg){.size = j->cfg->data_size, .channels = j->want.channels, .batch = EVAL_BATCH,
                                                           .workers = b->threads, .max_bad = j->cfg->data_max_bad,
                                                           .norm = j->norm, .engine = j->loop->place.engine,
                                                           .devices = siam_place_devices(&j->loop->place)},
                                       e));
    siam_loop_tell_tuning(j->loop->progress, tuner);
    say_memory(j);
    SIAM_TRY(j->engine->type->alloc(j->engine, e));
    say_compiled(j);
    say_remarks(j);
    siam_verdict_init(&j->verdict, j->part * j->loop->comm->size, j->cfg->train_stop_gradient);
    return j->engine->type->push(j->engine, j->params, false, e);
}

void siam_simsiam_close(void *self)
{
    simsiam_job *j = self;
    siam_loader_destroy(&j->loader);
    siam_extractor_destroy(&j->extractor);
    siam_engine_destroy(&j->engine);
    siam_simsiam_views_close(j);
    siam_params_destroy(&j->params);
    siam_graph_destroy(&j->graph);
    siam_graph_destroy(&j->encoder);
    siam_dataset_close(&j->test);
    siam_knn_sets_release(&j->sets);
}
