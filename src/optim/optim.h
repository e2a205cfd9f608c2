/* Optimisers and learning-rate schedules: one file + one row each. */
#ifndef SIAM_OPTIM_OPTIM_H
#define SIAM_OPTIM_OPTIM_H

#include "backend/backend.h"
#include "tensor/param.h"

/* The factor on the base learning rate at progress t in [0, 1) of the scheduled part of training. */
typedef struct siam_schedule {
    const char *name, *help;
    double (*factor)(double t);
} siam_schedule;
extern const siam_schedule *const siam_schedules[]; /* NULL-terminated, from schedules.def */
enum siam_schedule_row { /* where a row is in that list, by its name: siam_schedules[SIAM_SCHEDULE_cosine] */
#define SIAM_ROW(x) SIAM_SCHEDULE_##x,
#include "optim/schedules.def"
#undef SIAM_ROW
    SIAM_SCHEDULES
};
extern const char siam_schedule_words[]; /* "|cosine|constant" */
#define SIAM_SCHEDULE_CHOICES (siam_schedule_words + 1) /* of an option that holds a row's index */

/* Where in training the learning rate is asked for. */
typedef struct siam_lr_cfg {
    const siam_schedule *schedule;
    double lr;             /* the full rate */
    double warmup_epochs;  /* linear, per step, from lr/steps up to lr */
    int epochs;
    int64_t steps_per_epoch;
    bool by_step;          /* else the rate is set once per epoch (SPEC 1.5) */
} siam_lr_cfg;
/* Learning rate of global step `step` (0-based). Per epoch: lr * factor(e / E), as Facebook and mmpretrain;
 * with a warm-up of W epochs the schedule covers the remaining E - W. */
double siam_lr_at(const siam_lr_cfg *c, int64_t step);

/* One update of all trainable parameters from their gradients. lr is per parameter group. */
typedef struct siam_optimizer {
    const char *name, *help;
    siam_code (*step)(siam_backend *b, siam_params *p, const float lr[SIAM_GROUP_COUNT], float momentum,
                      float weight_decay, siam_err *e);
} siam_optimizer;
extern const siam_optimizer *const siam_optimizers[]; /* NULL-terminated, from optimizers.def */
enum siam_optimizer_row { /* as siam_schedule_row */
#define SIAM_ROW(x) SIAM_OPTIMIZER_##x,
#include "optim/optimizers.def"
#undef SIAM_ROW
    SIAM_OPTIMIZERS
};
extern const char siam_optimizer_words[];
#define SIAM_OPTIMIZER_CHOICES (siam_optimizer_words + 1)

/* The layer-wise rate of LARS (You et al. 2017; SPEC 1.6) for row i: 0.001 |p| / (|g| + wd |p| + 1e-8); 0 when |p|
 * or |g| is 0, where it has no meaning. */
siam_code siam_trust_ratio(siam_backend *b, const siam_params *p, int i, double weight_decay, double *ratio,
                           siam_err *e);

#endif
