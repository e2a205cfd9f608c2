/* A model over the images of a data set. */
#include "infer/scan.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/hash.h"
#include "comm/agree.h"
#include "data/fingerprint.h"
#include "data/form.h"
#include "data/paths.h"
#include "model/identify.h"
#include "model/norm.h"

/* ---- the model ---- */

static unsigned part_of(siam_scan_layer layer)
{
    static const unsigned part[] = {0, SIAM_PART_MAP, SIAM_PART_Z, SIAM_PART_P, SIAM_PART_LOGITS};
    return part[layer];
}

static siam_val value_of(const siam_scan *x)
{
    if (!x->encoder)
        return (siam_val){-1};
    const siam_model_vals *v = &x->encoder->vals;
    const siam_val at[] = {v->features, v->map, v->z, v->p, v->logits};
    return at[x->ask.layer];
}

static bool is_raw(const siam_scan *x) { return x->ask.pixels && !strcmp(x->ask.model.model, "raw"); }

static siam_code no_classifier(const siam_scan *x, siam_err *e)
{
    char word[SIAM_PATH_MAX];
    const siam_encoder *enc = x->encoder;
    siam_fail(e, SIAM_E_CONFIG,
              "model '%s' is an encoder without a classifier, so it does not know any classes%s%s",
              x->ask.model.model, enc->unread[0] ? "; not read: " : "", enc->unread);
    if (enc->classifier_rule[0])
        siam_hint(e, "--rename '%s', if its %s is one", enc->classifier_rule, enc->unread);
    else
        siam_hint(e, "train one: simsiam linear %s --data PATH",
                  siam_format_word(word, sizeof word, x->ask.model.model));
    return SIAM_E_CONFIG;
}

static siam_code open_model(siam_scan *x, siam_err *e)
{
    siam_model_spec ask = x->ask.model;
    x->cfg.size = ask.size;
    if (is_raw(x))
        return siam_model_spec_check(&ask, SIAM_IMAGE_CHANNELS, e);
    /* logits come with every classifier, and one that is missing has a sentence of its own */
    ask.parts |= x->ask.classifier ? 0 : part_of(x->ask.layer);
    SIAM_TRY(siam_encoder_open(&x->encoder, &ask, e));
    const siam_encoder *enc = x->encoder;
    x->cfg.size = enc->cfg.size;
    if (x->ask.classifier && !enc->cfg.classes)
        return no_classifier(x, e);
    x->cfg.channels = enc->cfg.in_channels;
    return SIAM_OK;
}

/* ---- the images ---- */

/* A data set of which nothing is held out is taken as a whole. */
static siam_code open_held_out_or_all(siam_scan *x, int size, siam_err *e)
{
    siam_err held_out = {0}, whole = {0};
    const siam_code rc = siam_dataset_open_held(&x->split[1], x->ask.data, SIAM_SPLIT_TEST, size, &x->ask.holdout, &held_out);
    if (rc == SIAM_E_DATA && !siam_dataset_open(&x->split[0], x->ask.data, SIAM_SPLIT_TRAIN, size, &whole)) {
        if (x->split[0]->info.train_only)
            return SIAM_OK;
        siam_dataset_close(&x->split[0]);
    }
    if (rc && e)
        *e = held_out;
    return rc;
}

static siam_code open_splits(siam_scan *x, int size, siam_err *e)
{
    const siam_scan_spec *a = &x->ask;
    if (!a->data[0])
        return siam_paths_open(&x->split[0], a->path, a->npaths, &a->list, a->list ? 1 : 0, e);
    if (a->images == SIAM_SCAN_HELD_OUT)
        return siam_dataset_open_held(&x->split[1], a->data, SIAM_SPLIT_TEST, size, &a->holdout, e);
    if (a->images == SIAM_SCAN_AUTO)
        return open_held_out_or_all(x, size, e);
    SIAM_TRY(siam_dataset_open_held(&x->split[0], a->data, SIAM_SPLIT_TRAIN, size, &a->holdout, e));
    if (a->images == SIAM_SCAN_LABELLED)
        return siam_knn_open_test(&x->split[1], x->split[0], a->data, size, &a->holdout, true, e);
    if (a->images == SIAM_SCAN_BOTH && !x->split[0]->info.train_only)
        return siam_dataset_open_held(&x->split[1], a->data, SIAM_SPLIT_TEST, size, &a->holdout, e);
    return SIAM_OK;
}

/* Who does not say what is held out gets what the model was trained without. */
static void choose_holdout(siam_scan *x)
{
    siam_holdout *h = &x->ask.holdout;
    if (h->share >= 0)
        return;
    h->share = 0;
    if (h->group_by[0] || h->seed || !x->encoder)
        return;
    *h = x->encoder->holdout;
    h->if_none = true;
}

static siam_code open_images(siam_scan *x, int size, siam_err *e)
{
    choose_holdout(x);
    SIAM_TRY(open_splits(x, size, e));
    for (int i = 0; i < 2; i++)
        if (x->split[i])
            siam_dataset_read_as(x->split[i], x->ask.exif == SIAM_EXIF_APPLY, &x->split[i]->want);
    return SIAM_OK;
}

/* A model of many channels is for images that have them; those of colours and of grey ones understand each other. */
static siam_code check_channels(siam_scan *x, siam_err *e)
{
    const int n = x->encoder ? x->encoder->cfg.in_channels : SIAM_IMAGE_CHANNELS;
    siam_image_form f;
    if (n == 1 || n == SIAM_IMAGE_CHANNELS)
        return SIAM_OK;
    siam_code rc = siam_dataset_form(&f, siam_scan_set(x), e);
    if (!rc && f.channels && n != f.channels && n != f.samples) {
        rc = siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have %d", x->ask.model.model, n, f.channels);
        if (f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS)
            siam_hint(e, "a model of colour images");
        else
            siam_hint(e, "a model of %d channels", f.channels);
    }
    for (int i = 0; rc && i < 2; i++)
        siam_dataset_close(&x->split[i]);
    return rc;
}

siam_dataset *siam_scan_set(const siam_scan *x) { return x->split[0] ? x->split[0] : x->split[1]; }

/* ---- how they are normalised ---- */

/* As the user says, else the model; where neither does, as is usual for the images. */
static void choose_norm(siam_scan *x)
{
    siam_norm usual;
    const siam_model_spec *ask = &x->ask.model;
    const bool small = siam_norm_usual(&usual, siam_scan_set(x)), given = ask->mean.n && ask->std.n;
    x->norm_said = given || (x->encoder && x->encoder->norm_known);
    if (x->norm_said)
        snprintf(x->norm_of, sizeof x->norm_of, "%s", given ? "as given" : "the model's");
    else
        snprintf(x->norm_of, sizeof x->norm_of, "%s, as the model says none",
                 small ? "CIFAR-10's" : "ImageNet's");
    if (x->encoder)
        siam_encoder_assume_norm(x->encoder, &usual);
    else
        siam_norm_given(&usual, &ask->mean, &ask->std);
    x->cfg.norm = x->encoder ? x->encoder->norm : usual;
}

static const char *list_text(char *buf, size_t n, const float *v, int count)
{
    size_t at = 0;
    for (int i = 0; i < count && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%.4g", i ? "," : "", (double)v[i]);
    return buf;
}

void siam_scan_norm_text(const siam_scan *x, char *buf, size_t n)
{
    const int channels = x->cfg.channels ? x->cfg.channels : SIAM_IMAGE_CHANNELS;
    char mean[256], std[256];
    snprintf(buf, n, "mean %s and standard deviation %s (%s)", list_text(mean, sizeof mean, x->cfg.norm.mean, channels),
             list_text(std, sizeof std, x->cfg.norm.std, channels), x->norm_of);
}

/* ---- opening ---- */

/* Drawn images have the model's size, and a model may take that of the images: then those are opened first,
 * and are right as they are. */
static siam_code open_both(siam_scan *x, siam_err *e)
{
    siam_model_spec *m = &x->ask.model;
    const bool sizeless = is_raw(x) || !strncmp(m->model, "random:", 7);
    if (x->ask.images_size && sizeless && !m->size) {
        SIAM_TRY(open_images(x, 0, e));
        const int width = siam_scan_set(x)->info.width;
        m->size = width ? width : SIAM_SIDE_SMALL;
    }
    SIAM_TRY(open_model(x, e));
    if (!siam_scan_set(x))
        SIAM_TRY(open_images(x, x->cfg.size, e));
    SIAM_TRY(check_channels(x, e));
    for (int i = 0; i < 2 && x->encoder; i++)
        if (x->split[i])
            siam_dataset_read_as(x->split[i], x->split[i]->exif, &x->encoder->want);
    choose_norm(x);
    return SIAM_OK;
}

/* Whatever of it decides what a row of numbers is. */
static uint64_t hash_of_model(const siam_scan *x)
{
    const siam_params *p = x->encoder ? x->encoder->params : NULL;
    const uint64_t part[5] = {(uint64_t)x->cfg.size, (uint64_t)x->ask.layer, siam_hash64(&x->cfg.norm, sizeof x->cfg.norm),
                              p ? siam_hash64(p->value, p->count * sizeof *p->value) : 0,
                              p ? siam_hash64(p->buffer, p->buffer_count * sizeof *p->buffer) : 0};
    return siam_hash64(part, sizeof part);
}

static siam_code check_alike(const siam_scan *x, siam_err *e)
{
    siam_fingerprint of[2] = {{0}};
    if (x->ask.comm->size == 1)
        return SIAM_OK;
    for (int i = 0; i < 2; i++)
        if (x->split[i])
            siam_dataset_fingerprint(&of[i], x->split[i]);
    SIAM_TRY(siam_comm_alike(x->ask.comm, hash_of_model(x), "another model", e));
    return siam_comm_alike(x->ask.comm, siam_hash64(of, sizeof of), "other images", e);
}

siam_code siam_scan_open(siam_scan *x, const siam_scan_spec *ask, siam_err *e)
{
    *x = (siam_scan){.ask = *ask};
    x->ask.comm = ask->comm ? ask->comm : &siam_comm_single;
    SIAM_TRY(siam_comm_agree(x->ask.comm, open_both(x, e), e));
    return check_alike(x, e);
}

siam_code siam_scan_agree(const siam_scan *x, siam_code rc, siam_err *e) { return siam_comm_agree(x->ask.comm, rc, e); }

/* The first rank's tuner times kernels, and the others take over what it came to. */
static siam_code open_device(siam_scan *x, int64_t most, int sharers, siam_err *e)
{
    const siam_scan_spec *a = &x->ask;
    siam_extract_cfg *c = &x->cfg;
    SIAM_TRY(siam_place_find(&x->place, a->device, e));
    SIAM_TRY(siam_place_take(&x->place, a->devices, e));
    SIAM_TRY(siam_device_open(&x->backend, x->place.host, a->threads, a->comm, sharers, e));
    SIAM_TRY(siam_place_map_type(&c->map_type, &x->place, x->backend, a->precision, a->force, e));
    c->engine = x->place.engine;
    c->devices = siam_place_devices(&x->place);
    SIAM_TRY(siam_tuning_open(&x->tuner, x->backend, a->comm->rank ? "fixed" : a->plan, NULL, e));
    if (x->place.plugin[0] && x->encoder && a->comm->size == 1) /* pixels run nowhere, and several ranks are refused */
        SIAM_TRY(siam_trust_device(&x->trust, &x->place, e));
    c->batch = a->batch ? a->batch : siam_extractor_batch_for(c->size, most);
    c->workers = a->workers ? a->workers : x->backend->threads;
    if (c->workers > most) /* an image is read by one of them */
        c->workers = (int)most;
    c->max_bad = a->max_bad;
    c->keep_bad = a->keep_bad;
    c->last = a->last;
    return SIAM_OK;
}

static siam_code create_extractor(siam_scan *x, siam_err *e)
{
    return siam_extractor_create(&x->extractor, x->backend, x->tuner, x->encoder ? x->encoder->graph : NULL, value_of(x), &x->cfg, e);
}

siam_code siam_scan_prepare(siam_scan *x, siam_err *e)
{
    const siam_comm *comm = x->ask.comm;
    const bool first = comm->rank == 0;
    int64_t most = 0;
    int sharers;
    for (int i = 0; i < 2; i++)
        if (x->split[i] && x->split[i]->info.count > most)
            most = x->split[i]->info.count;
    SIAM_TRY(siam_comm_sharers(comm, &sharers, e));
    SIAM_TRY(siam_comm_agree(comm, open_device(x, most, sharers, e), e));
    SIAM_TRY(siam_comm_agree(comm, first ? create_extractor(x, e) : SIAM_OK, e));
    SIAM_TRY(siam_comm_agree(comm, siam_tuning_share(x->tuner, comm, e), e));
    SIAM_TRY(siam_comm_agree(comm, first ? SIAM_OK : create_extractor(x, e), e));
    if (first)
        siam_tuning_remember(x->tuner, x->backend, x->ask.plan);
    return SIAM_OK;
}

void siam_scan_close(siam_scan *x)
{
    siam_extractor_destroy(&x->extractor);
    siam_tuner_destroy(&x->tuner);
    siam_backend_close(&x->backend);
    siam_encoder_close(&x->encoder);
    for (int i = 0; i < 2; i++)
        siam_dataset_close(&x->split[i]);
}

void siam_scan_tell_remark(const siam_scan *x, const char *before, FILE *out)
{
    const char *remark = siam_extractor_remark(x->extractor);
    if (remark)
        fprintf(out, "%swarning: %s\n", before, remark);
}

void siam_scan_tell(const siam_scan *x, const char *before, FILE *out)
{
    char text[160];
    if (x->tuner)
        siam_tuning_tell(x->tuner, before, out);
    if (x->trust.operations && !x->trust.before)
        fprintf(out, "%sdevice %s: %s\n", before, x->place.device, siam_trust_text(&x->trust, text, sizeof text));
    siam_scan_tell_remark(x, before, out);
    if (x->encoder && x->encoder->told[0])
        fprintf(out, "%s%s\n", before, x->encoder->told);
    for (int i = 0; i < 2; i++)
        if (x->split[i])
            siam_dataset_print_remarks(x->split[i], i ? x->split[0] : NULL, before, out);
}

/* ---- running ---- */

static siam_params *params_of(const siam_scan *x) { return x->encoder ? x->encoder->params : NULL; }

siam_code siam_scan_stream(siam_scan *x, const siam_dataset *d, const volatile sig_atomic_t *stop,
                           siam_rows_sink *sink, void *user, siam_skiplist *skipped, siam_err *e)
{
    return siam_extractor_stream(x->extractor, params_of(x), d, NULL, 0, stop, sink, user, skipped, e);
}

siam_code siam_scan_knn(siam_scan *x, const siam_knn_sets *s, const siam_knn_cfg *c, double *top1,
                        siam_knn_note *told, siam_err *e)
{
    return siam_knn_ask(s, x->extractor, params_of(x), x->backend, c, top1, told, e);
}
