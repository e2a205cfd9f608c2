/* The configuration of a run: one struct, an option table per job, the compiled-in recipes, and how the
 * sources combine (command line > -c file > recipe > built-in default). */
#ifndef SIAM_TRAIN_CONFIG_H
#define SIAM_TRAIN_CONFIG_H

#include "base/file.h"
#include "base/option.h"
#include "data/augment.h"
#include "data/dataset.h"
#include "data/holdout.h"
#include "model/spec.h"
#include "nn/model.h"
#include "nn/plan.h"

/* Members are named as the keys: section.key -> section_key. */
/* run.augment: where views are made. */
#define SIAM_AUGMENT_CHOICES "auto|host|device"
enum { SIAM_AUGMENT_AUTO, SIAM_AUGMENT_HOST, SIAM_AUGMENT_DEVICE };

typedef struct siam_config {
    int32_t task; /* always 0: the one choice of its row, by which a file says whose configuration it is */
    char recipe[SIAM_PATH_MAX]; /* the recipe it started from, or "" */

    char model_arch[32];
    int32_t model_stem; /* enum siam_stem */
    int32_t model_width, model_in_channels, model_projector_layers, model_dim, model_pred_hidden;
    bool model_zero_init;
    char model_path[SIAM_PATH_MAX], model_rename[512], model_part[64]; /* linear: the encoder, as
                                                        siam_model_spec; train: the names of train_init's */
    bool model_allow_missing;

    char data_path[SIAM_PATH_MAX];
    siam_holdout data_holdout; /* linear: a share below 0 is that of the model */
    int32_t data_size; /* input side, px */
    siam_list data_mean, data_std;
    int32_t data_depth;   /* auto | 8 | 16 bits a sample */
    siam_list data_range; /* the values that are black and white, of samples that are neither; n = 0: none are read */
    char data_bands[256]; /* names of the channels, or "" */
    int32_t data_workers; /* 0 = auto */
    int32_t data_exif;    /* enum siam_exif */
    int32_t data_decode;  /* enum siam_decode */
    double data_max_bad;  /* share of images that may be unreadable */

    siam_aug_cfg aug; /* aug.MEMBER, from data/augments.def; without the size, which is data_size */

    int32_t train_precision; /* enum siam_precision */
    int32_t train_epochs, train_batch, train_accum; /* batch is global; accum splits it */
    int32_t train_recompute;                        /* siam_recompute */
    double train_base_lr;                           /* per 256 images */
    double train_lr;                                /* 0 = auto: base_lr * batch / 256 */
    double train_momentum, train_weight_decay, train_warmup_epochs;
    int32_t train_schedule;    /* index into siam_schedules */
    int32_t train_schedule_by; /* epoch | step */
    int32_t train_optimizer;   /* index into siam_optimizers; pretraining has none but SGD */
    bool train_fix_predictor_lr, train_stop_gradient;
    bool train_sync_bn; /* on several ranks: statistics of BatchNorm over all of them */
    uint64_t train_seed;
    int32_t train_save_every;  /* epochs between checkpoints */
    double train_save_minutes; /* between checkpoints beside those; 0 = none */
    int32_t train_keep;        /* checkpoints kept */
    int32_t train_stop_after;  /* stop (state saved, exit 0) after this many epochs of the schedule; 0 = all */
    int32_t train_stop_step;   /* the same after this step */
    char train_init[SIAM_PATH_MAX]; /* start from this model's encoder, or "" */

    bool linear_cache_features;
    siam_list linear_sweep_lr; /* n = 0: train.lr alone */

    int32_t eval_every, eval_bank, eval_k;
    double eval_temperature;

    char run_out[SIAM_PATH_MAX]; /* "" = runs/train-NNNN */
    bool run_resume;
    char run_time[32]; /* "8h": stop, state saved, after it; "" = never */
    int32_t run_augment; /* SIAM_AUGMENT_AUTO and so on */
    char run_device[SIAM_PATH_MAX]; /* as siam_place_find has it */
    int32_t run_devices; /* as siam_place_take has it */
    int32_t run_threads; /* 0 = all cores */
    char run_tuning[SIAM_PATH_MAX]; /* "auto" (machine cache) | "fixed" | a file */
    bool run_force;      /* train_precision even where it is slower */
    int32_t run_log_every; /* steps between rows of metrics.jsonl */
} siam_config;

enum siam_schedule_by { SIAM_BY_EPOCH, SIAM_BY_STEP };

extern const siam_option siam_config_options[]; /* of train; ends with SIAM_OPTIONS_END */
extern const siam_option siam_linear_options[];

typedef struct siam_recipe {
    const char *name, *yaml;
    const char *summary; /* the YAML's first comment line, without "# " */
} siam_recipe;
extern const siam_recipe siam_recipes[]; /* ends with name = NULL; generated from recipes/<name>.yaml */
const siam_recipe *siam_recipe_find(const char *name);
/* *is: the task its YAML names is that; without one it is the first job's. */
siam_code siam_recipe_is_for(const siam_recipe *r, const char *task, bool *is, siam_err *e);

/* Apply a recipe (by name) or a YAML file (a path ending .yaml/.yml or containing '/') to an optset made over
 * a job's options. Unknown recipe: SIAM_E_USAGE with the nearest name; one for another task: SIAM_E_CONFIG; missing
 * file: SIAM_E_NOTFOUND.
 * Bad keys and values inside go to `p`. */
siam_code siam_config_load(siam_optset *s, const char *recipe_or_file, siam_problems *p, siam_err *e);
/* Combine: derived values (lr), checks between fields. Contradictions: SIAM_E_CONFIG. */
siam_code siam_config_finish(siam_optset *s, siam_err *e);

/* What jobs check (job.h). */
siam_code siam_config_check_simsiam(const siam_config *c, siam_err *e);
siam_code siam_config_check_linear(const siam_config *c, siam_err *e);
/* data.mean and data.std have a number, or one for each channel. */
siam_code siam_config_check_norm(const siam_config *c, int channels, siam_err *e);

/* Views of the configuration for the rooms below. */
siam_model_cfg siam_config_model(const siam_config *c);
siam_aug_cfg siam_config_aug(const siam_config *c);
void siam_config_names(const siam_config *c, siam_model_spec *ask); /* how its tensors are called */
void siam_config_norm(const siam_config *c, siam_norm *norm);

#endif
