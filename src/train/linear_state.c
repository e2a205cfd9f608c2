/* What a linear evaluation saves: how each head does, and models (encoder and classifier). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "train/linear_private.h"

enum { OWN = 2 };

int siam_linear_fields(void *self, void *state, siam_field *f)
{
    linear_job *j = self;
    linear_state *s = state;
    const siam_field own[OWN] = {{.key = "siam.lead", .small = &s->lead}, {.key = "siam.encoder", .whole = &s->encoder}};
    int n = OWN;
    memcpy(f, own, sizeof own);
    for (int k = 0; k < j->nheads; k++) {
        head_record *h = &s->head[k];
        const siam_field of_head[LINEAR_HEAD_FIELDS] = {
            {.key = "loss_sum", .real = &h->loss_sum, .lost = true}, {.key = "best_hits", .whole = &h->best_hits},
            {.key = "best_hits5", .whole = &h->best_hits5},          {.key = "best_epoch", .small = &h->best_epoch},
            {.key = "hits", .whole = &h->hits},                      {.key = "hits5", .whole = &h->hits5}};
        for (int i = 0; i < LINEAR_HEAD_FIELDS; i++, n++) {
            char *key = j->key[n - OWN];
            snprintf(key, LINEAR_KEY_MAX, "siam.head%d.%s", k, of_head[i].key);
            f[n] = of_head[i];
            f[n].key = key;
        }
    }
    return n;
}

/* Encoder and one head of `heads` (siam_probes_params), as one model. */
static siam_code save_model(linear_job *j, const siam_params *heads, const char *name, int head, int epoch, siam_err *e)
{
    siam_atomic file;
    const size_t row = (size_t)j->classes * sizeof(float);
    SIAM_TRY(siam_folder_atomic(&file, siam_run_folder(j->loop->run), name, e));
    memcpy(siam_params_data(j->whole, siam_params_find(j->whole, "fc.weight")), siam_probes_weight_in(heads, head),
           row * (size_t)j->dim);
    memcpy(siam_params_data(j->whole, siam_params_find(j->whole, "fc.bias")), siam_probes_bias_in(heads, head), row);
    return siam_encoder_save(&file, j->whole,
                             &(siam_encoder_meta){.cfg = &j->model, .norm = &j->encoder->norm, .want = &j->encoder->want,
                                                  .bands = j->encoder->bands,
                                                  .holdout = j->cfg->data_holdout.share < 0 ? &j->encoder->holdout : &j->cfg->data_holdout,
                                                  .epoch = epoch, .trained_on = j->loop->train->info.described,
                                                  .class_name = j->class_name},
                             e);
}

siam_code siam_linear_save_best(void *self, siam_err *e)
{
    linear_job *j = self;
    return save_model(j, siam_probes_params(j->heads), "model.safetensors", j->at.lead, j->loop->at.epoch + 1, e);
}

siam_code siam_linear_save_models(void *self, const siam_snapshot *shot, siam_err *e)
{
    const linear_state *s = shot->state;
    const int done = shot->at.epoch;
    return done ? save_model(self, &shot->params, "model-last.safetensors", s->lead, done, e) : SIAM_OK;
}

/* More right answers than images would make every later result look worse. */
static bool is_possible(const head_record *h, int64_t images, int epochs)
{
    return h->hits <= images && h->hits5 <= images && h->best_hits <= images && h->best_hits5 <= images &&
           h->best_epoch <= epochs;
}

/* The run goes on with the encoder it began with; only its path may have changed. */
siam_code siam_linear_check_state(const void *self, const void *state, const siam_position *at, siam_err *e)
{
    const linear_job *j = self;
    const linear_state *s = state;
    if (s->encoder != j->at.encoder) {
        siam_fail(e, SIAM_E_CONFIG, "model '%s' is not the encoder that this run began with: its numbers are others",
                  j->cfg->model_path);
        char afresh[2 * SIAM_PATH_MAX], word[2 * SIAM_PATH_MAX];
        siam_hint(e, "the encoder of the run, or a new run: simsiam %s --model.path %s --out DIR",
                  siam_run_afresh(afresh, sizeof afresh, "linear", j->cfg->run_out),
                  siam_format_word(word, sizeof word, j->cfg->model_path));
        return SIAM_E_CONFIG;
    }
    if (s->lead >= j->nheads)
        return siam_fail(e, SIAM_E_DATA, "its leading head is number %d of %d", s->lead, j->nheads);
    for (int k = 0; k < j->nheads; k++)
        if (!is_possible(&s->head[k], j->test->info.count, at->epoch))
            return siam_fail(e, SIAM_E_DATA, "its head number %d has more right answers or epochs than there are", k);
    return SIAM_OK;
}
