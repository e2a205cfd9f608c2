/* Opening a linear evaluation: data, encoder, device, then heads; in that order, so that what is wrong is found before
 * anything is written. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/system.h"
#include "data/form.h"
#include "infer/classes.h"
#include "infer/scan.h"
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
static siam_code check_names(const linear_job *j, siam_err *e)
{
    char shown[SIAM_CLASS_TEXT];
    for (int i = 0; i < j->loop->train->info.classes && j->loop->train->type->class_name; i++) {
        const char *name = j->loop->train->type->class_name(j->loop->train, i);
        if (!name || siam_format_is_text(name))
            continue;
        siam_fail(e, SIAM_E_DATA, "the class folder '%s' of '%s' has a name that is not plain UTF-8 text, so that it cannot be "
                  "saved with the classifier", siam_format_escaped(shown, sizeof shown, name), j->cfg->data_path);
        siam_hint(e, "another name for that folder, in both splits");
        return SIAM_E_DATA;
    }
    return SIAM_OK;
}

static siam_code check_data(linear_job *j, siam_err *e)
{
    const char *path = j->cfg->data_path;
    const siam_dataset_info *d = &j->loop->train->info;
    if (!d->classes)
        return siam_dataset_no_labels(j->loop->train, path, "a linear evaluation", e);
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
    SIAM_TRY(check_names(j, e));
    if (j->cfg->train_batch > d->count) {
        siam_fail(e, SIAM_E_CONFIG, "batch %d is larger than the data set (%" PRId64 " images)", j->cfg->train_batch,
                  d->count);
        siam_hint(e, "--batch %" PRId64, d->count);
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

/* What only the numbers of an encoder show: whether a resumed run goes on with the one it began with. */
static int64_t hash_of(const siam_params *p)
{
    const uint64_t part[2] = {siam_hash64(p->value, p->count * sizeof(float)),
                              siam_hash64(p->buffer, p->buffer_count * sizeof(float))};
    return (int64_t)(siam_hash64(part, sizeof part) >> 1);
}

/* What the scan opened is the loop's and the job's, to be closed by them whatever comes of it. */
static siam_code open_scan(linear_job *j, siam_err *e)
{
    const siam_config *c = j->cfg;
    siam_scan x;
    siam_scan_spec ask = {
        .model = {.model = c->model_path, .width = c->model_width, .size = c->data_size, .stem = c->model_stem,
                  .mean = c->data_mean, .std = c->data_std, .allow_missing = c->model_allow_missing, .seed = c->train_seed},
        .images_size = true, .images = SIAM_SCAN_BOTH, .exif = c->data_exif};
    siam_config_names(c, &ask.model);
    memcpy(ask.model.arch, c->model_arch, sizeof ask.model.arch);
    memcpy(ask.data, c->data_path, sizeof ask.data);
    ask.holdout = c->data_holdout;
    const siam_code rc = siam_scan_open(&x, &ask, e);
    j->encoder = x.encoder;
    j->loop->train = x.split[0];
    j->test = x.split[1];
    return rc;
}

/* Crops are decoded fast; whole images, whose features are kept, never. */
static siam_code tell_fast(linear_job *j, siam_err *e)
{
    siam_image_form f;
    if (j->cfg->linear_cache_features || j->cfg->data_decode != SIAM_DECODE_FAST)
        return SIAM_OK;
    SIAM_TRY(siam_dataset_form(&f, j->loop->train, e));
    siam_dataset_remark_fast(j->loop->train, &f, j->encoder->cfg.size);
    return SIAM_OK;
}

static siam_code open_data(linear_job *j, siam_err *e)
{
    SIAM_TRY(open_scan(j, e));
    SIAM_TRY(check_data(j, e));
    SIAM_TRY(tell_fast(j, e));
    const siam_encoder *enc = j->encoder;
    j->at.encoder = hash_of(enc->params);
    j->dim = (int)enc->graph->value[enc->vals.features.id].dim[1];
    if (!j->test->info.classes)
        return siam_dataset_no_labels(j->test, j->cfg->data_path, "a linear evaluation", e);
    siam_dataset_fingerprint(&j->loop->at.data[0], j->loop->train);
    siam_dataset_fingerprint(&j->loop->at.data[1], j->test);
    j->classes = j->loop->train->info.classes;
    SIAM_TRY(check_labels(j->loop->train, j->classes, "training", e));
    return check_labels(j->test, j->classes, "held-out", e);
}

/* ---- the model that is saved ---- */

static siam_code open_whole(linear_job *j, siam_err *e)
{
    siam_graph *g;
    siam_model_vals vals;
    const siam_params *from = j->encoder->params;
    j->model = j->encoder->cfg;
    j->model.classes = j->classes;
    SIAM_TRY(siam_encoder_graph(&g, &vals, &j->model, SIAM_PART_LOGITS, e));
    const siam_code rc = siam_params_create(&j->whole, g->param, g->nparams, false, e);
    siam_graph_destroy(&g);
    if (rc)
        return rc;
    for (int i = 0; i < j->whole->n; i++) {
        const siam_param *row = &j->whole->row[i];
        const int k = siam_params_find(from, row->name);
        if (!strncmp(row->name, "backbone.", 9) && k >= 0)
            memcpy(siam_params_data(j->whole, i), siam_params_data((siam_params *)from, k),
                   (size_t)siam_desc_count(&row->desc) * sizeof(float));
    }
    j->class_name = calloc((size_t)j->classes, sizeof *j->class_name);
    if (!j->class_name)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d class names", j->classes);
    bool all = j->loop->train->type->class_name != NULL;
    for (int i = 0; i < j->classes && all; i++) {
        j->class_name[i] = (char *)(uintptr_t)j->loop->train->type->class_name(j->loop->train, i); /* only read */
        all = j->class_name[i] != NULL;
    }
    if (!all) {
        free(j->class_name);
        j->class_name = NULL;
    }
    return SIAM_OK;
}

/* ---- memory ---- */

static siam_probes_cfg heads_cfg(const linear_job *j)
{
    return (siam_probes_cfg){.n = j->nheads, .classes = j->classes, .dim = j->dim, .batch = j->cfg->train_batch,
                            .optimizer = siam_optimizers[j->cfg->train_optimizer],
                            .momentum = j->cfg->train_momentum, .weight_decay = j->cfg->train_weight_decay,
                            .seed = j->cfg->train_seed};
}

/* Where crops are read as they are needed, a batch of the heads has one of the extractor for every rank. */
static int extract_batch(const linear_job *j)
{
    const int batch = siam_extractor_batch_for(j->encoder->cfg.size, j->loop->train->info.count);
    const int ranks = j->loop->comm->size, share = (j->cfg->train_batch + ranks - 1) / ranks;
    return ranks > 1 && !j->cfg->linear_cache_features && share < batch ? share : batch;
}

static siam_extract_cfg extract_cfg(const linear_job *j)
{
    const siam_encoder *enc = j->encoder;
    return (siam_extract_cfg){.size = enc->cfg.size, .channels = enc->cfg.in_channels, .max_bad = j->cfg->data_max_bad, .norm = enc->norm,
                              .engine = j->loop->place.engine, .devices = siam_place_devices(&j->loop->place),
                              .workers = j->cfg->data_workers ? j->cfg->data_workers : j->loop->backend->threads,
                              .batch = extract_batch(j)};
}

/* The crops of the training images, where their features are not cached. */
static siam_loader_cfg loader_cfg(const linear_job *j, const siam_extract_cfg *x)
{
    siam_loader_cfg l = {.batch = x->batch, .views = 1, .channels = x->channels, .workers = x->workers, .slots = RING,
                         .seed = j->cfg->train_seed, .norm = x->norm, .aug = siam_config_aug(j->cfg), .max_bad = x->max_bad,
                         .rank = j->loop->comm->rank, .ranks = j->loop->comm->size};
    l.aug.size = x->size;
    l.fast = j->cfg->data_decode == SIAM_DECODE_FAST;
    return l;
}

/* Refuse what does not fit before anything of it is allocated. */
static siam_code check_memory(const linear_job *j, siam_err *e)
{
    char need[32], have[32], a[32];
    size_t bytes;
    const siam_probes_cfg h = heads_cfg(j);
    const int64_t images = j->loop->train->info.count, kept = j->test->info.count + (j->cfg->linear_cache_features ? images : 0);
    const siam_extract_cfg x = extract_cfg(j);
    const siam_loader_cfg l = loader_cfg(j, &x);
    SIAM_TRY(siam_extractor_bytes(&bytes, j->loop->backend, j->encoder->graph, j->encoder->vals.features, &x, images, e));
    const size_t row = ((size_t)j->dim + 1) * sizeof(float);
    bytes = siam_bytes_add(bytes, (size_t)kept * row + (size_t)j->cfg->train_batch * row + siam_probes_bytes(&h));
    if (!j->cfg->linear_cache_features)
        bytes = siam_bytes_add(bytes, siam_loader_bytes(&l, images));
    const size_t available = siam_memory_available() / (size_t)j->loop->sharers;
    if (bytes <= available)
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOMEM, "%s features of %s numbers and %d head%s need %s of memory, and there are %s",
              siam_format_count(a, sizeof a, kept), siam_format_count((char[32]){0}, 32, j->dim), j->nheads,
              j->nheads == 1 ? "" : "s", siam_format_bytes(need, sizeof need, bytes),
              siam_format_bytes(have, sizeof have, available));
    if (j->cfg->linear_cache_features)
        siam_hint(e, "without --cache_features, only those of the held-out images are kept");
    else
        siam_hint(e, "fewer rates in --sweep_lr, or a smaller --batch");
    return SIAM_E_NOMEM;
}

/* ---- the rest ---- */

static void set_rates(linear_job *j)
{
    const siam_list *sweep = &j->cfg->linear_sweep_lr;
    j->nheads = sweep->n ? sweep->n : 1;
    for (int k = 0; k < j->nheads; k++)
        j->lr[k] = sweep->n ? sweep->v[k] : j->cfg->train_lr;
}

static siam_code open_extractor(linear_job *j, siam_err *e)
{
    siam_loop *run = j->loop;
    const siam_encoder *enc = j->encoder;
    const siam_extract_cfg x = extract_cfg(j);
    SIAM_TRY(siam_extractor_create(&j->extractor, run->backend, run->tuner, enc->graph, enc->vals.features, &x, e));
    siam_loop_tell_tuning(run->progress, run->tuner);
    siam_loop_tell_remark(run->progress, siam_extractor_remark(j->extractor));
    SIAM_TRY(siam_extractor_bind(j->extractor, enc->params, e));
    if (j->cfg->linear_cache_features)
        return SIAM_OK;
    const siam_loader_cfg l = loader_cfg(j, &x);
    return siam_loader_create(&j->loader, run->train, &l, e);
}

static siam_code open_heads(linear_job *j, siam_err *e)
{
    const siam_probes_cfg h = heads_cfg(j);
    SIAM_TRY(siam_probes_create(&j->heads, j->loop->backend, &h, e));
    SIAM_TRY(siam_feed_create(&j->feed, &(siam_feed_cfg){.images = j->loop->train->info.count, .dim = j->dim, .batch = h.batch,
                                                         .seed = h.seed, .extractor = j->extractor, .loader = j->loader,
                                                         .rank = j->loop->comm->rank, .ranks = j->loop->comm->size,
                                                         .cached = j->loader ? NULL : &j->cached},
                              e));
    j->schedule = (siam_lr_cfg){.schedule = siam_schedules[j->cfg->train_schedule], .lr = 1,
                                .epochs = j->cfg->train_epochs, .steps_per_epoch = siam_feed_batches(j->feed)};
    return SIAM_OK;
}

uint64_t siam_linear_identity(const void *self)
{
    const linear_job *j = self;
    return (uint64_t)j->at.encoder;
}

void siam_linear_describe(const void *self)
{
    const linear_job *j = self;
    siam_progress *p = j->loop->progress;
    const siam_encoder *enc = j->encoder;
    char rate[32], heads[48];
    siam_loop_tell_data(p, "data    ", j->loop->train, NULL);
    siam_loop_tell_data(p, "        measured on ", j->test, j->loop->train);
    siam_progress_note(p, "model   %s of '%s', width %d, %d px: %d features, frozen", enc->cfg.arch, j->cfg->model_path,
                       enc->cfg.backbone.width, enc->cfg.size, j->dim);
    if (enc->told[0])
        siam_progress_note(p, "        %s", enc->told);
    snprintf(heads, sizeof heads, "%d rates", j->nheads);
    siam_progress_note(p, "linear  %d classes; %d epoch%s of %" PRId64 " step%s, batch %d, %s, lr %s, on %s", j->classes,
                       j->cfg->train_epochs, j->cfg->train_epochs == 1 ? "" : "s", j->schedule.steps_per_epoch,
                       j->schedule.steps_per_epoch == 1 ? "" : "s", j->cfg->train_batch,
                       siam_optimizers[j->cfg->train_optimizer]->name,
                       j->nheads > 1 ? heads : siam_format_rate(rate, sizeof rate, j->lr[0]),
                       j->loader ? "crops" : "whole images, read once");
}

siam_code siam_linear_open(void *self, siam_loop *loop, siam_err *e)
{
    linear_job *j = self;
    j->loop = loop;
    j->cfg = &loop->cfg;
    set_rates(j);
    loop->rate = j->lr[0];
    SIAM_TRY(open_data(j, e));
    SIAM_TRY(siam_loop_open_backend(loop, e));
    SIAM_TRY(check_memory(j, e));
    return open_whole(j, e);
}

siam_code siam_linear_prepare(void *self, siam_err *e)
{
    linear_job *j = self;
    SIAM_TRY(open_extractor(j, e));
    SIAM_TRY(open_heads(j, e));
    j->loop->params = siam_probes_params(j->heads);
    j->loop->model_bytes = 2 * (j->whole->count + j->whole->buffer_count) * sizeof(float); /* the best, and the last */
    j->loop->steps_per_epoch = j->schedule.steps_per_epoch;
    return SIAM_OK;
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

static siam_code read_features(linear_job *j, const siam_dataset *d, siam_features *f, siam_skiplist *bad, const char *what,
                               siam_err *e)
{
    const size_t n = (size_t)d->info.count;
    collection c = {.f = f, .whole = f == &j->cached};
    f->dim = j->dim;
    f->x = malloc(n * (size_t)j->dim * sizeof *f->x);
    f->label = malloc(n * sizeof *f->label);
    const bool room = f->x && f->label;
    SIAM_TRY(siam_loop_agree(j->loop, room ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %zu images, %d "
                                                                 "numbers each", n, j->dim), e));
    siam_meter_start(&c.meter, j->loop->watch.console, what, d->info.count);
    const siam_code rc = siam_extractor_stream(j->extractor, j->encoder->params, d, NULL, 0, j->loop->watch.stop, collect, &c, bad, e);
    siam_meter_clear(&c.meter);
    SIAM_TRY(siam_loop_known(j->loop, rc));
    return siam_loop_agree(j->loop, f->n ? SIAM_OK : siam_fail(e, SIAM_E_DATA, "none of the held-out images of '%s' can be read",
                                                               j->cfg->data_path), e);
}

siam_code siam_linear_start(void *self, siam_err *e)
{
    linear_job *j = self;
    char n[32];
    siam_skiplist bad = {0};
    const double start = siam_clock();
    siam_code rc = SIAM_OK;
    if (!j->loader)
        rc = read_features(j, j->loop->train, &j->cached, &bad, "training images read", e);
    if (!rc)
        rc = siam_loop_skipped(j->loop, &bad, e);
    siam_skiplist_release(&bad);
    SIAM_TRY(rc);
    SIAM_TRY(read_features(j, j->test, &j->held_out, NULL, "held-out images read", e));
    siam_loop_tell_remark(j->loop->progress, siam_extractor_remark(j->extractor));
    if (j->held_out.bad)
        siam_progress_note(j->loop->progress, "%s of the held-out images cannot be read and are left out",
                           siam_format_count(n, sizeof n, j->held_out.bad));
    siam_progress_note(j->loop->progress, "features of %s images in %s",
                       siam_format_count(n, sizeof n, j->cached.n + j->held_out.n),
                       siam_format_seconds((char[32]){0}, 32, siam_clock() - start));
    return SIAM_OK;
}

void siam_linear_close(void *self)
{
    linear_job *j = self;
    siam_feed_destroy(&j->feed);
    siam_probes_destroy(&j->heads);
    siam_loader_destroy(&j->loader);
    siam_extractor_destroy(&j->extractor);
    siam_features_release(&j->cached);
    siam_features_release(&j->held_out);
    siam_params_destroy(&j->whole);
    siam_encoder_close(&j->encoder);
    free(j->class_name);
    siam_dataset_close(&j->test);
}
