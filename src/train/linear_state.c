/* What a linear evaluation saves: the heads with their momentum and the position, and models (encoder and classifier). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "train/linear_private.h"

enum { BASE = 6, OWN = BASE + 2 * SIAM_DATA_FIELDS, PER_HEAD = 6, KEY_MAX = 48 };

typedef struct fields {
    siam_field f[OWN + PER_HEAD * PROBER_HEADS];
    char key[PER_HEAD * PROBER_HEADS][KEY_MAX];
} fields;

/* The state of the prober at `at`; its fields are written to s. */
static siam_state state_of(prober *p, probe_position *at, fields *s)
{
    const siam_field own[BASE] = {
        {.key = "siam.step", .whole = &at->step},   {.key = "siam.batch", .whole = &at->batch},
        {.key = "siam.epoch", .small = &at->epoch}, {.key = "siam.seconds", .real = &at->seconds, .most = INFINITY},
        {.key = "siam.lead", .small = &at->lead},   {.key = "siam.encoder", .whole = &at->encoder}};
    memcpy(s->f, own, sizeof own);
    for (int i = 0; i < 2; i++)
        siam_session_data_fields(s->f + BASE + i * SIAM_DATA_FIELDS, &at->data[i], i);
    int n = OWN;
    for (int k = 0; k < p->nheads; k++) {
        head_record *h = &at->head[k];
        const siam_field of_head[PER_HEAD] = {
            {.key = "loss_sum", .real = &h->loss_sum, .lost = true},     {.key = "best_hits", .whole = &h->best_hits},
            {.key = "best_hits5", .whole = &h->best_hits5}, {.key = "best_epoch", .small = &h->best_epoch},
            {.key = "hits", .whole = &h->hits},            {.key = "hits5", .whole = &h->hits5}};
        for (int i = 0; i < PER_HEAD; i++, n++) {
            char *key = s->key[n - OWN];
            snprintf(key, KEY_MAX, "siam.head%d.%s", k, of_head[i].key);
            s->f[n] = of_head[i];
            s->f[n].key = key;
        }
    }
    return (siam_state){.kind = "linear evaluation", .set = &p->set, .params = siam_heads_params(p->heads),
                        .field = s->f, .nfield = n};
}

/* Encoder and one head, as one model. */
static siam_code save_model(prober *p, const char *name, int head, int epoch, siam_err *e)
{
    siam_atomic file;
    const size_t row = (size_t)p->classes * sizeof(float);
    SIAM_TRY(siam_folder_atomic(&file, siam_run_folder(p->run), name, e));
    memcpy(siam_params_data(p->whole, siam_params_find(p->whole, "fc.weight")), siam_heads_weight(p->heads, head),
           row * (size_t)p->dim);
    memcpy(siam_params_data(p->whole, siam_params_find(p->whole, "fc.bias")), siam_heads_bias(p->heads, head), row);
    return siam_encoder_save(&file, p->whole,
                             &(siam_encoder_meta){.cfg = &p->model, .norm = &p->encoder->norm,
                                                  .epoch = epoch, .trained_on = p->train->info.described,
                                                  .class_name = p->class_name},
                             e);
}

siam_code siam_prober_save_best(prober *p, siam_err *e)
{
    return save_model(p, "model.safetensors", p->at.lead, p->at.epoch, e);
}

siam_code siam_prober_save(prober *p, siam_err *e)
{
    fields s;
    probe_position now = p->at;
    now.seconds = siam_prober_seconds(p);
    const siam_state state = state_of(p, &now, &s);
    SIAM_TRY(siam_state_save(p->run, &state, now.step, p->cfg.train_keep, e));
    return p->at.epoch ? save_model(p, "model-last.safetensors", p->at.lead, p->at.epoch, e) : SIAM_OK;
}

/* More right answers than images would make every later result look worse. */
static bool is_possible(const head_record *h, int64_t images, int epochs)
{
    return h->hits <= images && h->hits5 <= images && h->best_hits <= images && h->best_hits5 <= images &&
           h->best_epoch <= epochs;
}

/* The run goes on with the data set and the encoder it began with; only their paths may have changed. */
static siam_code check_position(const prober *p, const probe_position *at, siam_err *e)
{
    for (int i = 0; i < 2; i++)
        SIAM_TRY(siam_session_check_data(&p->set, &at->data[i], &p->at.data[i], i, e));
    if (at->encoder != p->at.encoder) {
        siam_fail(e, SIAM_E_CONFIG, "model '%s' is not the encoder that this run began with: its numbers are others",
                  p->cfg.model_path);
        char afresh[2 * SIAM_PATH_MAX], word[2 * SIAM_PATH_MAX];
        siam_hint(e, "the encoder of the run, or a new run: simsiam %s --model.path %s --out DIR",
                  siam_run_afresh(afresh, sizeof afresh, "linear", p->cfg.run_out),
                  siam_format_word(word, sizeof word, p->cfg.model_path));
        return SIAM_E_CONFIG;
    }
    if (at->lead >= p->nheads)
        return siam_fail(e, SIAM_E_DATA, "its leading head is number %d of %d", at->lead, p->nheads);
    for (int k = 0; k < p->nheads; k++)
        if (!is_possible(&at->head[k], p->test->info.count, at->epoch))
            return siam_fail(e, SIAM_E_DATA, "its head number %d has more right answers or epochs than there are", k);
    return siam_session_check_position(&p->set, at->step, at->epoch, at->batch, p->schedule.steps_per_epoch, e);
}

siam_code siam_prober_resume(prober *p, siam_err *e)
{
    fields s;
    probe_position at = {0};
    const siam_state state = state_of(p, &at, &s);
    SIAM_TRY(siam_state_load(p->run, &state, p->progress, e));
    SIAM_TRY(check_position(p, &at, e));
    memcpy(at.data, p->at.data, sizeof at.data);
    p->at = at;
    return SIAM_OK;
}
