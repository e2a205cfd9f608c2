/* What a training run saves: its state, and the encoder. */
#include <math.h>

#include "base/check.h"
#include "model/encoder.h"
#include "train/simsiam_private.h"

enum { OWN = 8, FIELDS = OWN + SIAM_DATA_FIELDS };

static siam_code save_model(trainer *t, siam_err *e)
{
    siam_atomic file;
    SIAM_TRY(siam_folder_atomic(&file, siam_run_folder(t->run), "model.safetensors", e));
    return siam_encoder_save(&file, t->params,
                             &(siam_encoder_meta){.cfg = &t->model, .norm = &t->norm, .epoch = t->at.epoch,
                                                  .trained_on = t->train->info.described},
                             e);
}

/* The state of the trainer at `p`; the fields are written to f. */
static siam_state state_of(trainer *t, position *p, siam_field f[FIELDS])
{
    const siam_field all[OWN] = {
        {.key = "siam.step", .whole = &p->step},         {.key = "siam.epoch", .small = &p->epoch},
        {.key = "siam.batch", .whole = &p->batch},       {.key = "siam.loss_sum", .real = &p->loss_sum},
        {.key = "siam.gauge_sum", .real = &p->gauge_sum}, {.key = "siam.seconds", .real = &p->seconds, .most = INFINITY},
        {.key = "siam.best_knn", .real = &p->best_knn, .most = 1},  {.key = "siam.best_epoch", .small = &p->best_epoch}};
    for (int i = 0; i < OWN; i++)
        f[i] = all[i];
    siam_session_data_fields(f + OWN, &p->data, false);
    return (siam_state){.kind = "training state", .set = &t->set, .params = t->params, .field = f, .nfield = FIELDS};
}

siam_code siam_trainer_save(trainer *t, siam_err *e)
{
    siam_field f[FIELDS];
    position now = t->at;
    now.seconds = siam_trainer_seconds(t);
    const siam_state s = state_of(t, &now, f);
    SIAM_TRY(siam_state_save(t->run, &s, now.step, t->cfg.train_keep, e));
    return save_model(t, e);
}

siam_code siam_trainer_resume(trainer *t, siam_err *e)
{
    siam_field f[FIELDS];
    position at = {0};
    const siam_state s = state_of(t, &at, f);
    SIAM_TRY(siam_state_load(t->run, &s, t->progress, e));
    SIAM_TRY(siam_session_check_data(&t->set, &at.data, &t->at.data, false, e));
    at.data = t->at.data;
    SIAM_TRY(siam_session_check_position(&t->set, at.step, at.epoch, at.batch, t->lr.steps_per_epoch, e));
    t->at = at;
    return SIAM_OK;
}
