/* Checkpoints of a run. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "checkpoint/checkpoint.h"
#include "train/config.h"
#include "train/state.h"

static const char MOMENTUM[] = "momentum.";
enum { HASH_TEXT = 17, FIELD_TEXT = 40, OWN = 3 /* metadata beside the fields */ };

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
uint64_t siam_state_settings(const siam_optset *set)
{
    char value[SIAM_PATH_MAX + 64], usual[SIAM_PATH_MAX + 64];
    siam_config c = {0};
    siam_optset defaults;
    uint64_t h = 0;
    siam_optset_init(&defaults, set->row, &c);
    for (int i = 0; i < set->n; i++) {
        siam_optset_format(set, i, value, sizeof value);
        siam_optset_format(&defaults, i, usual, sizeof usual);
        if ((set->row[i].flags & SIAM_OPT_RESUME_SAFE) || !strcmp(value, usual))
            continue;
        const uint64_t part[3] = {h, siam_hash64(set->row[i].name, strlen(set->row[i].name)),
                                  siam_hash64(value, strlen(value))};
        h = siam_hash64(part, sizeof part);
    }
    return h;
}

static void settings_hash(const siam_optset *set, char hash[HASH_TEXT])
{
    snprintf(hash, HASH_TEXT, "%016" PRIx64, siam_state_settings(set));
}

/* The fields as metadata, their text in `value`; then what is said beside them. */
static void describe(const siam_state *s, siam_ckpt_meta *meta, char (*value)[FIELD_TEXT], const char *settings)
{
    for (int i = 0; i < s->nfield; i++) {
        const siam_field *f = &s->field[i];
        if (f->real)
            snprintf(value[i], FIELD_TEXT, "%a", *f->real);
        else
            snprintf(value[i], FIELD_TEXT, "%lld", f->whole ? (long long)*f->whole : (long long)*f->small);
        meta[i] = (siam_ckpt_meta){f->key, value[i]};
    }
    const siam_ckpt_meta own[OWN] = {
        {"siam.kind", s->kind}, {"siam.version", SIAM_VERSION}, {"siam.settings", settings}};
    memcpy(meta + s->nfield, own, sizeof own);
}

siam_code siam_state_write(siam_run *run, const siam_state *s, int64_t step, siam_err *e)
{
    state_rows rows;
    siam_atomic file;
    char settings[HASH_TEXT];
    const size_t n = (size_t)s->nfield + OWN;
    SIAM_TRY(rows_create(&rows, s->params, e));
    siam_ckpt_meta *meta = calloc(n, sizeof *meta);
    char(*value)[FIELD_TEXT] = calloc(n, sizeof *value);
    siam_code rc = SIAM_E_NOMEM;
    settings_hash(s->set, settings);
    if (meta && value) {
        describe(s, meta, value, settings);
        rc = siam_run_checkpoint_create(run, step, &file, e);
        if (!rc)
            rc = siam_safetensors_write(&file, rows.entry, (const void *const *)rows.data, rows.n, meta, (int)n, e);
    } else {
        siam_fail(e, rc, "out of memory for the checkpoint");
    }
    rows_release(&rows);
    free(meta);
    free(value);
    return rc;
}

/* A number that training could have come to: what is not finite would make every later result look worse. */
static bool read_real(const siam_field *f, const char *text, double *v)
{
    char *end;
    *v = strtod(text, &end);
    if (end == text || *end)
        return false;
    return f->lost || (isfinite(*v) && (f->most == 0 || (*v >= 0 && *v <= f->most)));
}

/* keep: store them; else they are only looked at. */
static siam_code read_fields(const siam_ckpt *c, const siam_state *s, bool keep, siam_err *e)
{
    for (int i = 0; i < s->nfield; i++) {
        const siam_field *f = &s->field[i];
        const char *text = c->format->meta(c, f->key);
        int64_t whole = 0;
        double real = 0;
        if (!text && f->optional)
            continue;
        if (!text)
            return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is missing", f->key);
        if (f->real ? !read_real(f, text, &real)
                    : !siam_parse_i64(text, &whole) || whole < 0 || (!f->whole && whole > INT32_MAX))
            return siam_fail(e, SIAM_E_DATA, "its metadata '%s' is '%.40s', not a number that a run comes to", f->key, text);
        if (keep && f->real)
            *f->real = real;
        else if (keep && f->whole)
            *f->whole = whole;
        else if (keep)
            *f->small = (int)whole;
    }
    return SIAM_OK;
}

static siam_code read_state(const siam_ckpt *c, const siam_state *s, siam_err *e)
{
    state_rows rows;
    SIAM_TRY(read_fields(c, s, true, e));
    SIAM_TRY(rows_create(&rows, s->params, e));
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
    return rc;
}

/* A search for the newest good checkpoint. */
typedef struct search {
    const siam_state *s;
    siam_progress *progress;
} search;

static siam_code check_settings(const siam_state *s, const siam_ckpt *c, const char *path, siam_err *e)
{
    char settings[HASH_TEXT];
    const char *saved = c->format->meta(c, "siam.settings"), *kind = c->format->meta(c, "siam.kind");
    settings_hash(s->set, settings);
    if (!kind || strcmp(kind, s->kind))
        return siam_fail(e, SIAM_E_DATA, "'%s' is not the state of such a run", path);
    if (saved && strcmp(saved, settings))
        return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is of another run: its settings are not those in config.yaml",
                         path);
    return SIAM_OK;
}

/* Whether a checkpoint file is whole and of this run: called by the run folder for one candidate after the other. */
static siam_code check_file(void *user, const char *path, siam_err *e)
{
    const search *look = user;
    siam_ckpt *c;
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    siam_code rc = c->format->verify(c, e);
    if (!rc)
        rc = check_settings(look->s, c, path, e);
    if (!rc) {
        rc = read_fields(c, look->s, false, e);
        if (rc)
            siam_wrap(e, rc, "checkpoint '%s'", path);
    }
    siam_ckpt_close(&c);
    return rc;
}

static void warn(void *user, const char *sentence)
{
    siam_progress_note(((search *)user)->progress, "warning: %s", sentence);
}

siam_code siam_state_load(siam_run *run, const siam_state *s, siam_progress *p, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    siam_ckpt *c;
    SIAM_TRY(siam_run_checkpoint_find(run, check_file, warn, &(search){s, p}, path, sizeof path, e));
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    siam_code rc = read_state(c, s, e);
    if (!rc) /* what was read, not what was there when it was looked for */
        rc = c->format->verify(c, e);
    siam_ckpt_close(&c);
    return rc ? siam_wrap(e, rc, "reading checkpoint '%s'", path) : SIAM_OK;
}
