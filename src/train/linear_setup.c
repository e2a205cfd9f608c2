/* Opening a linear evaluation: data, encoder, device, heads, run folder; in that order, so that what is wrong is found
 * before anything is written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/stop.h"
#include "base/system.h"
#include "infer/classes.h"
#include "model/norm.h"
#include "report/meter.h"
#include "train/linear_private.h"

enum { RING = 3 };

/* ---- data and encoder ---- */

static siam_code check_labels(const siam_dataset *d, int classes, const char *which, siam_err *e)
{
    for (int64_t i = 0; i < d->info.count; i++) {
        const int label = siam_dataset_label(d, i);
        const char *file = siam_dataset_file(d, i);
        if (label < 0 || label >= classes)
            return siam_fail(e, SIAM_E_DATA, "%s image %" PRId64 "%s%s has %s", which, i, file ? " " : "", file ? file : "",
                             label < 0 ? "no label" : "a label that no training image has");
    }
    return SIAM_OK;
}

/* Names go into the model file, one a line. */
static siam_code check_names(const prober *p, siam_err *e)
{
    char shown[SIAM_CLASS_TEXT];
    for (int i = 0; i < p->train->info.classes && p->train->type->class_name; i++) {
        const char *name = p->train->type->class_name(p->train, i);
        if (!name || siam_format_is_text(name))
            continue;
        siam_fail(e, SIAM_E_DATA, "the class folder '%s' of '%s' has a name that is not plain UTF-8 text, so that it cannot be "
                  "saved with the classifier", siam_format_escaped(shown, sizeof shown, name), p->cfg.data_path);
        siam_hint(e, "another name for that folder, in both splits");
        return SIAM_E_DATA;
    }
    return SIAM_OK;
}

static siam_code check_data(prober *p, siam_err *e)
{
    const char *path = p->cfg.data_path;
    const siam_dataset_info *d = &p->train->info;
    if (!d->classes)
        return siam_dataset_no_labels(p->train, path, "a linear evaluation", e);
    if (d->classes < 2) {
        siam_fail(e, SIAM_E_CONFIG, "a linear evaluation needs at least two classes, and '%s' has one", path);
        siam_hint(e, "a data set with several classes: with one, every answer is right");
        return SIAM_E_CONFIG;
    }
    if (d->train_only) {
        siam_fail(e, SIAM_E_CONFIG, "there are no held-out images in '%s' to measure the classifier on%s%s", path,
                  d->why[0] ? ": " : "", d->why);
        siam_hint(e, "a data set with train/ and val/");
        return SIAM_E_CONFIG;
    }
    SIAM_TRY(check_names(p, e));
    if (p->cfg.train_batch > d->count) {
        siam_fail(e, SIAM_E_CONFIG, "batch %d is larger than the data set (%" PRId64 " images)", p->cfg.train_batch,
                  d->count);
        siam_hint(e, "--batch %" PRId64, d->count);
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

static siam_code open_encoder(prober *p, siam_err *e)
{
    const siam_config *c = &p->cfg;
    siam_norm usual;
    siam_model_ask ask = {.model = c->model_path, .arch = c->model_arch, .rename = c->model_rename, .part = c->model_part,
                          .width = c->model_width, .size = c->data_size, .stem = c->model_stem, .mean = c->data_mean,
                          .std = c->data_std, .allow_missing = c->model_allow_missing, .seed = c->train_seed};
    if (!strncmp(ask.model, "random:", 7) && !ask.size)
        ask.size = p->train->info.width ? p->train->info.width : 32;
    SIAM_TRY(siam_encoder_open(&p->encoder, &ask, e));
    siam_encoder *enc = p->encoder;
    if (enc->cfg.in_channels != 3) {
        siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have 3", ask.model, enc->cfg.in_channels);
        siam_hint(e, "a model of colour images");
        return SIAM_E_CONFIG;
    }
    siam_norm_usual(&usual, p->train);
    siam_encoder_assume_norm(enc, &usual);
    const uint64_t part[2] = {siam_hash64(enc->params->value, enc->params->count * sizeof(float)),
                              siam_hash64(enc->params->buffer, enc->params->buffer_count * sizeof(float))};
    p->at.encoder = (int64_t)(siam_hash64(part, sizeof part) >> 1);
    p->dim = (int)enc->graph->value[enc->vals.features.id].dim[1];
    return SIAM_OK;
}

/* Drawn images have the model's size, and the model's normalisation may be that of the images: the data set is opened
 * to see what it is, and once more when that changed its size. */
static siam_code open_data(prober *p, siam_err *e)
{
    const siam_config *c = &p->cfg;
    SIAM_TRY(siam_dataset_open(&p->train, c->data_path, SIAM_SPLIT_TRAIN, c->data_size, e));
    SIAM_TRY(check_data(p, e));
    SIAM_TRY(open_encoder(p, e));
    const int size = p->encoder->cfg.size;
    if (size != c->data_size) {
        siam_dataset_close(&p->train);
        SIAM_TRY(siam_dataset_open(&p->train, c->data_path, SIAM_SPLIT_TRAIN, size, e));
    }
    SIAM_TRY(siam_dataset_open(&p->test, c->data_path, SIAM_SPLIT_TEST, size, e));
    if (!p->test->info.classes)
        return siam_dataset_no_labels(p->test, c->data_path, "a linear evaluation", e);
    p->train->upright = p->test->upright = c->data_exif == SIAM_EXIF_APPLY;
    siam_dataset_fingerprint(&p->at.data[0], p->train);
    siam_dataset_fingerprint(&p->at.data[1], p->test);
    p->classes = p->train->info.classes;
    SIAM_TRY(check_labels(p->train, p->classes, "training", e));
    return check_labels(p->test, p->classes, "held-out", e);
}

/* ---- the model that is saved ---- */

static siam_code open_whole(prober *p, siam_err *e)
{
    siam_graph *g;
    siam_model_vals vals;
    const siam_params *from = p->encoder->params;
    p->model = p->encoder->cfg;
    p->model.classes = p->classes;
    SIAM_TRY(siam_encoder_graph(&g, &vals, &p->model, SIAM_PART_LOGITS, e));
    const siam_code rc = siam_params_create(&p->whole, g->param, g->nparams, false, e);
    siam_graph_destroy(&g);
    if (rc)
        return rc;
    for (int i = 0; i < p->whole->n; i++) {
        const siam_param *row = &p->whole->row[i];
        const int k = siam_params_find(from, row->name);
        if (!strncmp(row->name, "backbone.", 9) && k >= 0)
            memcpy(siam_params_data(p->whole, i), siam_params_data((siam_params *)from, k),
                   (size_t)siam_desc_count(&row->desc) * sizeof(float));
    }
    p->class_name = calloc((size_t)p->classes, sizeof *p->class_name);
    if (!p->class_name)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d class names", p->classes);
    bool all = p->train->type->class_name != NULL;
    for (int i = 0; i < p->classes && all; i++) {
        p->class_name[i] = (char *)(uintptr_t)p->train->type->class_name(p->train, i); /* only read */
        all = p->class_name[i] != NULL;
    }
    if (!all) {
        free(p->class_name);
        p->class_name = NULL;
    }
    return SIAM_OK;
}

/* ---- memory ---- */

static siam_heads_cfg heads_cfg(const prober *p)
{
    return (siam_heads_cfg){.n = p->nheads, .classes = p->classes, .dim = p->dim, .batch = p->cfg.train_batch,
                            .optimizer = siam_optimizers[p->cfg.train_optimizer],
                            .momentum = p->cfg.train_momentum, .weight_decay = p->cfg.train_weight_decay,
                            .seed = p->cfg.train_seed};
}

static siam_extract_cfg extract_cfg(const prober *p)
{
    const siam_encoder *enc = p->encoder;
    return (siam_extract_cfg){.size = enc->cfg.size, .max_bad = p->cfg.data_max_bad, .norm = enc->norm,
                              .workers = p->cfg.data_workers ? p->cfg.data_workers : p->backend->threads,
                              .batch = siam_extractor_batch_for(enc->cfg.size, p->train->info.count)};
}

/* The crops of the training images, where their features are not cached. */
static siam_loader_cfg loader_cfg(const prober *p, const siam_extract_cfg *x)
{
    siam_loader_cfg l = {.batch = x->batch, .views = 1, .workers = x->workers, .slots = RING, .seed = p->cfg.train_seed,
                         .norm = x->norm, .aug = siam_config_aug(&p->cfg), .max_bad = x->max_bad};
    l.aug.size = x->size;
    return l;
}

/* Refuse what does not fit before anything of it is allocated. */
static siam_code check_memory(const prober *p, siam_err *e)
{
    char need[32], have[32], a[32];
    size_t bytes;
    const siam_heads_cfg h = heads_cfg(p);
    const int64_t kept = p->test->info.count + (p->cfg.linear_cache_features ? p->train->info.count : 0);
    const siam_extract_cfg x = extract_cfg(p);
    const siam_loader_cfg l = loader_cfg(p, &x);
    SIAM_TRY(siam_extractor_bytes(&bytes, p->backend, p->encoder->graph, p->encoder->vals.features, &x, p->train->info.count, e));
    const size_t row = ((size_t)p->dim + 1) * sizeof(float);
    bytes += (size_t)kept * row + (size_t)p->cfg.train_batch * row + siam_heads_bytes(&h);
    if (!p->cfg.linear_cache_features)
        bytes += siam_loader_bytes(&l, p->train->info.count);
    const size_t available = siam_memory_available();
    if (bytes <= available)
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOMEM, "%s features of %s numbers and %d head%s need %s of memory, and there are %s",
              siam_format_count(a, sizeof a, kept), siam_format_count((char[32]){0}, 32, p->dim), p->nheads,
              p->nheads == 1 ? "" : "s", siam_format_bytes(need, sizeof need, bytes),
              siam_format_bytes(have, sizeof have, available));
    if (p->cfg.linear_cache_features)
        siam_hint(e, "without --cache_features, only those of the held-out images are kept");
    else
        siam_hint(e, "fewer rates in --sweep_lr, or a smaller --batch");
    return SIAM_E_NOMEM;
}

/* ---- the rest ---- */

static void set_rates(prober *p)
{
    const siam_list *sweep = &p->cfg.linear_sweep_lr;
    p->nheads = sweep->n ? sweep->n : 1;
    for (int k = 0; k < p->nheads; k++)
        p->lr[k] = sweep->n ? sweep->v[k] : p->cfg.train_lr;
}

static siam_code open_extractor(prober *p, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    const siam_encoder *enc = p->encoder;
    const siam_extract_cfg x = extract_cfg(p);
    SIAM_TRY(siam_run_path(p->run, "plan.json", path, sizeof path, e));
    SIAM_TRY(siam_tuning_open(&p->tuner, p->backend, p->cfg.run_plan, p->cfg.run_resume ? path : NULL, e));
    SIAM_TRY(siam_extractor_create(&p->extractor, p->backend, p->tuner, enc->graph, enc->vals.features, &x, e));
    siam_session_tell_tuning(p->progress, p->tuner);
    SIAM_TRY(siam_extractor_bind(p->extractor, enc->params, e));
    if (p->cfg.linear_cache_features)
        return SIAM_OK;
    const siam_loader_cfg l = loader_cfg(p, &x);
    return siam_loader_create(&p->loader, p->train, &l, e);
}

static siam_code open_heads(prober *p, siam_err *e)
{
    const siam_heads_cfg h = heads_cfg(p);
    SIAM_TRY(siam_heads_create(&p->heads, p->backend, &h, e));
    SIAM_TRY(siam_feed_create(&p->feed, &(siam_feed_cfg){.images = p->train->info.count, .dim = p->dim, .batch = h.batch,
                                                         .seed = h.seed, .extractor = p->extractor, .loader = p->loader,
                                                         .cached = p->loader ? NULL : &p->cached},
                              e));
    p->schedule = (siam_lr_cfg){.schedule = siam_schedules[p->cfg.train_schedule], .lr = 1,
                                .epochs = p->cfg.train_epochs, .steps_per_epoch = siam_feed_batches(p->feed)};
    return SIAM_OK;
}

/* What was understood, before anything takes time. */
static void banner(const prober *p)
{
    char device[256], rate[32], heads[48];
    const siam_encoder *enc = p->encoder;
    siam_machine_name(p->backend, device, sizeof device);
    siam_progress_note(p->progress, "simsiam %s on %s", SIAM_VERSION, device);
    siam_session_tell_data(p->progress, "data    ", p->train, NULL);
    siam_session_tell_data(p->progress, "        measured on ", p->test, p->train);
    siam_progress_note(p->progress, "model   %s of '%s', width %d, %d px: %d features, frozen", enc->cfg.arch,
                       p->cfg.model_path, enc->cfg.backbone.width, enc->cfg.size, p->dim);
    if (enc->told[0])
        siam_progress_note(p->progress, "        %s", enc->told);
    snprintf(heads, sizeof heads, "%d rates", p->nheads);
    siam_progress_note(p->progress, "linear  %d classes; %d epoch%s of %" PRId64 " step%s, batch %d, %s, lr %s, on %s",
                       p->classes, p->cfg.train_epochs, p->cfg.train_epochs == 1 ? "" : "s",
                       p->schedule.steps_per_epoch, p->schedule.steps_per_epoch == 1 ? "" : "s", p->cfg.train_batch,
                       siam_optimizers[p->cfg.train_optimizer]->name,
                       p->nheads > 1 ? heads : siam_format_rate(rate, sizeof rate, p->lr[0]),
                       p->loader ? "crops" : "whole images, read once");
    siam_progress_note(p->progress, "run     %s", siam_run_dir(p->run));
    if (p->told[0])
        siam_progress_note(p->progress, "        %s", p->told);
}

siam_code siam_prober_open(prober *p, siam_err *e)
{
    if (p->cfg.run_resume)
        SIAM_TRY(siam_session_resume_config(&p->set, p->told, sizeof p->told, e));
    set_rates(p);
    SIAM_TRY(open_data(p, e));
    SIAM_TRY(siam_backend_open(&p->backend, p->cfg.run_device, p->cfg.run_threads, e));
    SIAM_TRY(check_memory(p, e));
    SIAM_TRY(open_whole(p, e));
    SIAM_TRY(siam_run_open(&p->run, "linear", p->cfg.run_out, p->cfg.run_resume, e));
    SIAM_TRY(siam_progress_create(&p->progress, &(siam_progress_cfg){.out = p->console, .log_later = true}, e));
    SIAM_TRY(open_extractor(p, e));
    SIAM_TRY(open_heads(p, e));
    banner(p);
    if (p->cfg.run_resume)
        SIAM_TRY(siam_prober_resume(p, e));
    siam_stop_asked(p->stop); /* from now on there is something to be saved */
    SIAM_TRY(siam_session_begin(p->run, p->progress,
                                &(siam_session_start){.set = &p->set, .argv = p->argv, .backend = p->backend,
                                                      .tuner = p->tuner, .data = p->train->info.described},
                                e));
    if (p->cfg.run_resume)
        siam_progress_note(p->progress, "resumed after step %" PRId64 " of %" PRId64, p->at.step,
                           p->schedule.steps_per_epoch * p->cfg.train_epochs);
    return siam_metrics_open(&p->metrics, siam_run_folder(p->run), "metrics.jsonl",
                             p->cfg.run_resume ? p->at.step : -1, p->at.epoch, e);
}

/* ---- features that stay in memory ---- */

typedef struct collection {
    siam_features *f;
    bool whole; /* also what stands in for an unreadable image */
    siam_meter meter;
    int64_t seen;
} collection;

static siam_code collect(void *user, const siam_rows *rows, siam_err *e)
{
    (void)e;
    collection *c = user;
    const size_t dim = (size_t)rows->dim;
    for (int i = 0; i < rows->n; i++) {
        c->f->bad += rows->bad[i];
        if (rows->bad[i] && !c->whole)
            continue;
        memcpy(c->f->x + (size_t)c->f->n * dim, rows->x + (size_t)i * dim, dim * sizeof *rows->x);
        c->f->label[c->f->n++] = rows->label[i];
    }
    c->seen += rows->n;
    siam_meter_at(&c->meter, c->seen);
    return SIAM_OK;
}

static siam_code read_features(prober *p, const siam_dataset *d, siam_features *f, siam_skiplist *bad, const char *what,
                               siam_err *e)
{
    const size_t n = (size_t)d->info.count;
    collection c = {.f = f, .whole = f == &p->cached};
    f->dim = p->dim;
    f->x = malloc(n * (size_t)p->dim * sizeof *f->x);
    f->label = malloc(n * sizeof *f->label);
    if (!f->x || !f->label)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %zu images, %d numbers each", n, p->dim);
    siam_meter_start(&c.meter, p->console, what, d->info.count);
    const siam_code rc = siam_extractor_stream(p->extractor, p->encoder->params, d, NULL, 0, p->stop, collect, &c, bad, e);
    siam_meter_clear(&c.meter);
    SIAM_TRY(rc);
    if (!f->n)
        return siam_fail(e, SIAM_E_DATA, "none of the held-out images of '%s' can be read", p->cfg.data_path);
    return SIAM_OK;
}

siam_code siam_prober_read_features(prober *p, siam_err *e)
{
    char n[32];
    siam_skiplist bad = {0};
    const double start = siam_clock();
    siam_code rc = SIAM_OK;
    if (!p->loader)
        rc = read_features(p, p->train, &p->cached, &bad, "training images read", e);
    if (!rc && bad.n)
        rc = siam_session_skipped(p->run, p->progress, p->train, &bad, &p->skipped, e);
    siam_skiplist_release(&bad);
    SIAM_TRY(rc);
    SIAM_TRY(read_features(p, p->test, &p->held_out, NULL, "held-out images read", e));
    if (p->held_out.bad)
        siam_progress_note(p->progress, "%s of the held-out images cannot be read and are left out",
                           siam_format_count(n, sizeof n, p->held_out.bad));
    siam_progress_note(p->progress, "features of %s images in %s",
                       siam_format_count(n, sizeof n, p->cached.n + p->held_out.n),
                       siam_format_seconds((char[32]){0}, 32, siam_clock() - start));
    return SIAM_OK;
}

siam_code siam_prober_skipped(prober *p, siam_err *e)
{
    if (!p->loader)
        return SIAM_OK;
    return siam_session_skipped(p->run, p->progress, p->train, siam_loader_skipped(p->loader), &p->skipped, e);
}

void siam_prober_close(prober *p, siam_code outcome)
{
    siam_feed_destroy(&p->feed);
    siam_heads_destroy(&p->heads);
    siam_loader_destroy(&p->loader);
    siam_extractor_destroy(&p->extractor);
    siam_features_release(&p->cached);
    siam_features_release(&p->held_out);
    siam_params_destroy(&p->whole);
    siam_encoder_close(&p->encoder);
    siam_tuner_destroy(&p->tuner);
    siam_backend_close(&p->backend);
    free(p->class_name);
    siam_dataset_close(&p->train);
    siam_dataset_close(&p->test);
    siam_metrics_close(&p->metrics);
    siam_progress_destroy(&p->progress);
    siam_session_end(&p->run, outcome, siam_stop_asked(p->stop));
}
