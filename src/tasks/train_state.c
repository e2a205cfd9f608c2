/* Checkpoints of a training run: parameters, running statistics, momentum and the position. Random numbers are
 * counter-based, so seed and position are all that is needed to continue bit for bit. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "checkpoint/checkpoint.h"
#include "tasks/encoder.h"
#include "tasks/trainer.h"

static const char MOMENTUM[] = "momentum.", KIND[] = "training state";
enum { HASH_TEXT = 17 };

typedef struct state_rows {
    int n;
    siam_ckpt_entry *entry;
    float **data;
    char (*name)[SIAM_NAME_MAX + sizeof MOMENTUM];
} state_rows;

static void rows_release(state_rows *r)
{
    free(r->entry);
    free(r->data);
    free(r->name);
}

/* Every tensor of a checkpoint and where its numbers live: all rows, then the momentum of the trainable ones. */
static siam_code rows_create(state_rows *r, siam_params *p, siam_err *e)
{
    const size_t most = 2 * (size_t)p->n + 1;
    *r = (state_rows){.entry = calloc(most, sizeof *r->entry), .data = calloc(most, sizeof *r->data),
                      .name = calloc(most, sizeof *r->name)};
    if (!r->entry || !r->data || !r->name) {
        rows_release(r);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the checkpoint");
    }
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->n; i++) {
            if (pass == 1 && p->row[i].buffer)
                continue;
            snprintf(r->name[r->n], sizeof r->name[r->n], "%s%s", pass ? MOMENTUM : "", p->row[i].name);
            r->entry[r->n] = (siam_ckpt_entry){r->name[r->n], p->row[i].desc};
            r->data[r->n++] = pass ? p->momentum + p->row[i].offset : siam_params_data(p, i);
        }
    return SIAM_OK;
}

/* A hash over every setting that makes the result what it is, so that a checkpoint of another run is not taken for
 * one of this run. Defaults are left out: a version with more options makes the same hash. */
static void settings_hash(const trainer *t, char hash[HASH_TEXT])
{
    char value[SIAM_PATH_MAX + 64], usual[SIAM_PATH_MAX + 64];
    siam_config c = {0};
    siam_optset defaults;
    uint64_t h = 0;
    siam_optset_init(&defaults, t->set.row, &c);
    for (int i = 0; i < t->set.n; i++) {
        siam_optset_format(&t->set, i, value, sizeof value);
        siam_optset_format(&defaults, i, usual, sizeof usual);
        if ((t->set.row[i].flags & SIAM_OPT_RESUME_SAFE) || !strcmp(value, usual))
            continue;
        const uint64_t part[3] = {h, siam_hash64(t->set.row[i].name, strlen(t->set.row[i].name)),
                                  siam_hash64(value, strlen(value))};
        h = siam_hash64(part, sizeof part);
    }
    snprintf(hash, HASH_TEXT, "%016" PRIx64, h);
}

/* One number of the position, as text that reads back to the same bits. */
typedef struct field {
    const char *key;
    int64_t *whole; /* or */
    int *small;     /* or */
    double *real;
} field;

enum { FIELDS = 8 };
static void fields_of(position *p, field f[FIELDS])
{
    const field all[FIELDS] = {
        {.key = "siam.step", .whole = &p->step},         {.key = "siam.epoch", .small = &p->epoch},
        {.key = "siam.batch", .whole = &p->batch},       {.key = "siam.loss_sum", .real = &p->loss_sum},
        {.key = "siam.gauge_sum", .real = &p->gauge_sum}, {.key = "siam.seconds", .real = &p->seconds},
        {.key = "siam.best_knn", .real = &p->best_knn},  {.key = "siam.best_epoch", .small = &p->best_epoch}};
    memcpy(f, all, sizeof all);
}

static siam_code save_model(trainer *t, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    SIAM_TRY(siam_run_path(t->run, "model.safetensors", path, sizeof path, e));
    return siam_encoder_save(path, t->params,
                             &(siam_encoder_meta){.cfg = &t->model, .mean = t->mean, .std = t->std, .epoch = t->at.epoch,
                                                  .trained_on = t->train->info.described},
                             e);
}

siam_code siam_trainer_save(trainer *t, siam_err *e)
{
    state_rows rows;
    field f[FIELDS];
    char value[FIELDS][40], path[SIAM_PATH_MAX + 64], settings[HASH_TEXT];
    siam_ckpt_meta meta[FIELDS + 3];
    position now = t->at;
    now.seconds = siam_trainer_seconds(t);
    fields_of(&now, f);
    for (int i = 0; i < FIELDS; i++) {
        if (f[i].real)
            snprintf(value[i], sizeof value[i], "%a", *f[i].real);
        else
            snprintf(value[i], sizeof value[i], "%lld", f[i].whole ? (long long)*f[i].whole : (long long)*f[i].small);
        meta[i] = (siam_ckpt_meta){f[i].key, value[i]};
    }
    meta[FIELDS] = (siam_ckpt_meta){"siam.kind", KIND};
    meta[FIELDS + 1] = (siam_ckpt_meta){"siam.version", SIAM_VERSION};
    settings_hash(t, settings);
    meta[FIELDS + 2] = (siam_ckpt_meta){"siam.settings", settings};
    SIAM_TRY(rows_create(&rows, t->params, e));
    siam_run_checkpoint_path(t->run, now.step, path, sizeof path);
    siam_code rc = siam_ckpt_safetensors.write(path, rows.entry, (const void *const *)rows.data, rows.n, meta,
                                               FIELDS + 3, e);
    rows_release(&rows);
    if (!rc)
        rc = siam_run_checkpoint_commit(t->run, now.step, t->cfg.train_keep, e);
    return rc ? rc : save_model(t, e);
}

static siam_code read_position(const siam_ckpt *c, position *p, siam_err *e)
{
    field f[FIELDS];
    fields_of(p, f);
    for (int i = 0; i < FIELDS; i++) {
        const char *text = c->format->meta(c, f[i].key);
        char *end;
        int64_t whole = 0;
        bool ok = text != NULL;
        if (ok && f[i].real) {
            *f[i].real = strtod(text, &end);
            ok = end != text && !*end;
        } else if (ok) {
            ok = siam_parse_i64(text, &whole) && whole >= 0 && (f[i].whole || whole <= INT32_MAX);
            if (f[i].whole)
                *f[i].whole = whole;
            else
                *f[i].small = (int)whole;
        }
        if (!ok)
            return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is missing or not a number", f[i].key);
    }
    return SIAM_OK;
}

/* The position must be one of this data set: --data may name another place on resuming, not other images. */
static siam_code check_position(const trainer *t, const position *p, siam_err *e)
{
    const int64_t steps = t->lr.steps_per_epoch;
    if (p->epoch <= t->cfg.train_epochs && p->batch <= steps && p->step == p->epoch * steps + p->batch)
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG, "it stands at step %" PRId64 ", %d epochs and %" PRId64 " steps in, but the data set '%s' gives %" PRId64
              " steps an epoch: it is not the one this run began with", p->step, p->epoch, p->batch, t->cfg.data_path, steps);
    siam_hint(e, "--data with the data set of the run, or a new run with another --out");
    return SIAM_E_CONFIG;
}

static siam_code read_state(trainer *t, const siam_ckpt *c, siam_err *e)
{
    state_rows rows;
    position at = {0};
    SIAM_TRY(read_position(c, &at, e));
    SIAM_TRY(check_position(t, &at, e));
    SIAM_TRY(rows_create(&rows, t->params, e));
    siam_code rc = SIAM_OK;
    for (int i = 0; !rc && i < rows.n; i++) {
        const int k = siam_ckpt_find(c, rows.entry[i].name);
        if (k < 0)
            rc = siam_fail(e, SIAM_E_DATA, "it has no tensor '%s', which this run's model needs", rows.entry[i].name);
        else if (!siam_desc_eq(&c->format->entry(c, k)->desc, &rows.entry[i].desc))
            rc = siam_fail(e, SIAM_E_DATA, "its tensor '%s' has another shape than this run's model needs",
                           rows.entry[i].name);
        else
            rc = c->format->read_f32(c, k, rows.data[i], (size_t)siam_desc_count(&rows.entry[i].desc), e);
    }
    rows_release(&rows);
    if (!rc)
        t->at = at;
    return rc;
}

static siam_code check_settings(const trainer *t, const siam_ckpt *c, const char *path, siam_err *e)
{
    char settings[HASH_TEXT];
    const char *saved = c->format->meta(c, "siam.settings"), *kind = c->format->meta(c, "siam.kind");
    settings_hash(t, settings);
    if (!kind || strcmp(kind, KIND))
        return siam_fail(e, SIAM_E_DATA, "'%s' is not the state of a training run", path);
    if (saved && strcmp(saved, settings))
        return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is of another run: its settings are not those in config.yaml",
                         path);
    return SIAM_OK;
}

/* Whether a checkpoint file is whole and of this run: called by the run folder for one candidate after the other. */
static siam_code check_file(void *user, const char *path, siam_err *e)
{
    siam_ckpt *c;
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    siam_code rc = c->format->verify(c, e);
    if (!rc)
        rc = check_settings(user, c, path, e);
    siam_ckpt_close(&c);
    return rc;
}

static void warn(void *user, const char *sentence)
{
    siam_progress_note(((trainer *)user)->progress, "warning: %s", sentence);
}

siam_code siam_trainer_resume(trainer *t, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    siam_ckpt *c;
    SIAM_TRY(siam_run_checkpoint_find(t->run, check_file, warn, t, path, sizeof path, e));
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    const siam_code rc = read_state(t, c, e);
    siam_ckpt_close(&c);
    return rc ? siam_wrap(e, rc, "reading checkpoint '%s'", path) : SIAM_OK;
}
