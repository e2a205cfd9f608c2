/* The configuration of a training run: the option table, the sources it is read from, and the checks between
 * fields. The table's order is the order of the help and of config.yaml, so sections stay together. */
#include "train/config_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/yaml.h"
#include "model/norm.h"

enum { CONFIG_FILE_MAX = 1 << 20 };

const siam_option siam_config_options[] = {
    TASK_ROW("train"),

    DATA_PATH_ROW,
    I32(data_size, "data.size", 224, 8, 1024, 0, "side of the input in pixels"),
    LIST(data_mean, "data.mean", "0.485,0.456,0.406", -10, 10, HIDE, "mean per channel, of pixels in 0..1"),
    LIST(data_std, "data.std", "0.229,0.224,0.225", 1e-6, 10, HIDE,
         "standard deviation per channel, of pixels in 0..1"),
    DATA_READING_ROWS,

    I32(train_epochs, "train.epochs", 100, 1, 100000, 0, "passes over the data"),
    I32(train_batch, "train.batch", 256, 2, 65536, 0, "images per optimizer step"),
    I32(train_accum, "train.accum", 1, 1, 4096, 0, "parts a batch is split into, to save memory"),
    ENUM(train_precision, "train.precision", SIAM_PRECISION_FP32, SIAM_PRECISION_CHOICES, 0, SIAM_PRECISION_HELP),
    ENUM(train_recompute, "train.recompute", SIAM_RECOMPUTE_INNER, SIAM_RECOMPUTE_CHOICES, SAFE,
         SIAM_RECOMPUTE_HELP),
    LR_ROWS(0.05),
    F64(train_momentum, "train.momentum", 0.9, 0, 1, HIDE, "momentum of SGD"),
    F64(train_weight_decay, "train.weight_decay", 1e-4, 0, 1, 0, "weight decay, on every parameter"),
    F64(train_warmup_epochs, "train.warmup_epochs", 0, 0, 100000, HIDE, "epochs of linear warm-up"),
    SCHEDULE_ROW,
    ENUM(train_schedule_by, "train.schedule_by", SIAM_BY_EPOCH, "epoch|step", HIDE,
         "when the learning rate changes"),
    BOOL(train_fix_predictor_lr, "train.fix_predictor_lr", true, HIDE,
         "keep the predictor's learning rate constant"),
    BOOL(train_stop_gradient, "train.stop_gradient", true, 0,
         "stop the gradient at z; false shows the collapse"),
    U64(train_seed, "train.seed", 0, 0, "seed of initialisation, order and augmentation"),
    KEEPING_ROWS(1),
    STR(train_init, "train.init", "", HIDE, "start from the encoder of this model"),

    STR(model_arch, "model.arch", "resnet18", 0, "architecture, see simsiam list"),
    ENUM(model_stem, "model.stem", SIAM_STEM_IMAGENET, "imagenet|cifar", 0,
         "first layers: for photographs, or for 32 px images"),
    I32(model_width, "model.width", 64, 1, 1024, 0, "channels of the first stage"),
    I32(model_in_channels, "model.in_channels", 3, 1, 16, HIDE, "channels of the input"),
    I32(model_projector_layers, "model.projector_layers", 3, 2, 3, HIDE, "layers of the projector"),
    I32(model_dim, "model.dim", 2048, 4, 65536, 0, "length of z and p"),
    I32(model_pred_hidden, "model.pred_hidden", 0, 0, 65536, HIDE | AUTO,
        "hidden units of the predictor; auto = dim / 4"),
    BOOL(model_zero_init, "model.zero_init", true, HIDE,
         "start every residual branch at 0 (its last BatchNorm)"),
    NAMES_ROWS,

    CROP_ROWS(0.2),
    F64(aug_jitter_p, "aug.jitter_p", 0.8, 0, 1, HIDE, "probability of colour jitter"),
    F64(aug_brightness, "aug.brightness", 0.4, 0, 1, HIDE, "jitter: brightness +- this"),
    F64(aug_contrast, "aug.contrast", 0.4, 0, 1, HIDE, "jitter: contrast +- this"),
    F64(aug_saturation, "aug.saturation", 0.4, 0, 1, HIDE, "jitter: saturation +- this"),
    F64(aug_hue, "aug.hue", 0.1, 0, 0.5, HIDE, "jitter: hue +- this part of the circle"),
    F64(aug_gray_p, "aug.gray_p", 0.2, 0, 1, HIDE, "probability of grayscale"),
    F64(aug_blur_p, "aug.blur_p", 0.5, 0, 1, HIDE, "probability of Gaussian blur"),
    F64(aug_blur_min, "aug.blur_min", 0.1, 0, 2, HIDE | ABOVE, "smallest sigma of the blur, px"),
    F64(aug_blur_max, "aug.blur_max", 2.0, 0, 2, HIDE | ABOVE, "largest sigma of the blur, px"),
    FLIP_ROW,

    I32(eval_every, "eval.every", 1, 0, 100000, SAFE, "epochs between kNN evaluations; 0 = never"),
    I32(eval_bank, "eval.bank", 50000, 1, 100000000, SAFE | HIDE,
        "training images the kNN looks at, at most"),
    I32(eval_k, "eval.k", 200, 1, 100000, SAFE | HIDE, "neighbours of the kNN"),
    F64(eval_temperature, "eval.temperature", 0.1, 0, 100, SAFE | HIDE | ABOVE, "temperature of the kNN"),

    BOOL(run_force, "run.force", false, SAFE | HIDE, SIAM_FORCE_HELP),
    RUN_ROWS("train"),
    SIAM_OPTIONS_END};

const char *siam_config_task(const siam_optset *s)
{
    const int i = siam_optset_find(s, "task");
    SIAM_ASSERT(i >= 0);
    return s->row[i].sdef;
}

enum { TASK_MAX = 32 };

static siam_code see_task(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    (void)where;
    (void)e;
    if (!strcmp(key, "task"))
        snprintf(user, TASK_MAX, "%s", value);
    return SIAM_OK;
}

bool siam_recipe_is_for(const siam_recipe *r, const char *task)
{
    char said[TASK_MAX] = "train";
    return !siam_yaml_read(r->name, r->yaml, strlen(r->yaml), see_task, said, NULL) && !strcmp(said, task);
}

/* A recipe that says nothing is for pretraining; a file that says nothing is for whoever reads it. */
static siam_code check_task(const siam_optset *s, const char *name, const char *text, size_t n, bool is_recipe,
                            siam_err *e)
{
    const char *task = siam_config_task(s);
    char said[TASK_MAX], word[2 * SIAM_PATH_MAX];
    snprintf(said, sizeof said, "%s", is_recipe ? "train" : task);
    SIAM_TRY(siam_yaml_read(name, text, n, see_task, said, e));
    if (!strcmp(said, task))
        return SIAM_OK;
    if (strcmp(said, "train") && strcmp(said, "linear")) {
        siam_fail(e, SIAM_E_CONFIG, "the task of '%s' is '%s', which is not a task", name, said);
        siam_hint(e, "task: train or task: linear in that file");
        return SIAM_E_CONFIG;
    }
    siam_fail(e, SIAM_E_CONFIG, "'%s' is for simsiam %s, not for simsiam %s", name, said, task);
    siam_format_word(word, sizeof word, name);
    const char *file = strrchr(name, '/');
    char dir[2 * SIAM_PATH_MAX];
    snprintf(dir, sizeof dir, "%.*s", (int)(file ? file - name : 0), name);
    if (!is_recipe && file && !strcmp(file, "/config.yaml"))
        siam_hint(e, "simsiam %s --out %s --resume", said, siam_format_word(word, sizeof word, dir));
    else if (strcmp(said, "linear"))
        siam_hint(e, "simsiam list linear");
    else
        siam_hint(e, "simsiam linear MODEL --recipe %s --data PATH", word);
    return SIAM_E_CONFIG;
}

typedef struct load {
    siam_optset *s;
    siam_problems *p;
    siam_origin from;
} load;

static siam_code take(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    (void)e;
    const load *l = user;
    /* `data: PATH` is what the command line calls data.path; a section of that name never comes here as a
     * leaf. */
    siam_optset_set(l->s, strcmp(key, "data") ? key : "data.path", value, l->from, where, l->p);
    return SIAM_OK;
}

static bool is_file(const char *s)
{
    const char *dot = strrchr(s, '.');
    return strchr(s, '/') || (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml")));
}

static siam_code unknown_recipe(const char *name, siam_err *e)
{
    const char *names[64];
    int n = 0;
    for (const siam_recipe *r = siam_recipes; r->name && n < 64; r++)
        names[n++] = r->name;
    const char *near = siam_nearest(name, names, n);
    if (near)
        siam_fail(e, SIAM_E_USAGE, "there is no recipe \"%s\"; did you mean \"%s\"?", name, near);
    else
        siam_fail(e, SIAM_E_USAGE, "there is no recipe \"%s\", and a file needs a name that ends in .yaml",
                  name);
    siam_hint(e, "simsiam list");
    return SIAM_E_USAGE;
}

siam_code siam_config_load(siam_optset *s, const char *recipe_or_file, siam_problems *p, siam_err *e)
{
    siam_config *c = s->cfg;
    load l = {s, p, SIAM_FROM_FILE};
    if (is_file(recipe_or_file)) {
        char *text = NULL;
        size_t n = 0;
        siam_code rc = siam_file_read(recipe_or_file, CONFIG_FILE_MAX, &text, &n, e);
        if (rc == SIAM_E_NOTFOUND)
            siam_hint(e, "simsiam list");
        if (rc)
            return rc;
        rc = check_task(s, recipe_or_file, text, n, false, e);
        if (!rc)
            rc = siam_yaml_read(recipe_or_file, text, n, take, &l, e);
        free(text);
        return rc;
    }
    const siam_recipe *r = siam_recipe_find(recipe_or_file);
    if (!r)
        return unknown_recipe(recipe_or_file, e);
    SIAM_TRY(check_task(s, r->name, r->yaml, strlen(r->yaml), true, e));
    l.from = SIAM_FROM_RECIPE;
    strncpy(c->recipe, r->name, sizeof c->recipe - 1);
    return siam_yaml_read(r->name, r->yaml, strlen(r->yaml), take, &l, e);
}

/* The division of the batch nearest to the one asked for, with at least two images a part. */
static int fitting_accum(const siam_config *c)
{
    int best = 1;
    for (int a = 2; a <= c->train_batch / 2 && a <= 4096; a++)
        if (c->train_batch % a == 0 && abs(a - c->train_accum) <= abs(best - c->train_accum))
            best = a;
    return best;
}

static siam_code check_norm(const siam_config *c, bool may_be_open, int channels, siam_err *e)
{
    const siam_list *const norm[] = {&c->data_mean, &c->data_std};
    for (int i = 0; i < 2; i++) {
        if (norm[i]->n == 1 || norm[i]->n == channels || (may_be_open && !norm[i]->n))
            continue;
        siam_fail(e, SIAM_E_CONFIG, "data.%s has %d numbers, but the model has %d input channel%s", i ? "std" : "mean",
                  norm[i]->n, channels, channels == 1 ? "" : "s");
        siam_hint(e, "--mean and --std with one number, or with one for each channel");
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

/* Fields of pretraining that are right by themselves and wrong together. */
static siam_code check_train(const siam_config *c, siam_err *e)
{
    if (c->model_in_channels != 3 && (c->aug_jitter_p > 0 || c->aug_gray_p > 0)) {
        siam_fail(e, SIAM_E_CONFIG, "model.in_channels is %d, and colour jitter and grayscale are for 3 channels",
                  (int)c->model_in_channels);
        siam_hint(e, "--in_channels 3");
        return SIAM_E_CONFIG;
    }
    SIAM_TRY(check_norm(c, false, c->model_in_channels, e));
    if (c->train_batch % c->train_accum) {
        siam_fail(e, SIAM_E_CONFIG, "train.batch %d cannot be split into train.accum %d equal parts",
                  (int)c->train_batch, (int)c->train_accum);
        siam_hint(e, "--accum %d", fitting_accum(c));
        return SIAM_E_CONFIG;
    }
    if (c->train_batch / c->train_accum < 2) {
        siam_fail(e, SIAM_E_CONFIG,
                  "train.batch %d in train.accum %d parts leaves one image a part, and BatchNorm needs two",
                  (int)c->train_batch, (int)c->train_accum);
        siam_hint(e, "--accum %d", fitting_accum(c));
        return SIAM_E_CONFIG;
    }
    if (c->aug_blur_min > c->aug_blur_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.blur_min %g is larger than aug.blur_max %g", c->aug_blur_min,
                         c->aug_blur_max);
    if (c->train_warmup_epochs >= c->train_epochs)
        return siam_fail(e, SIAM_E_CONFIG, "train.warmup_epochs %g must be less than train.epochs %d",
                         c->train_warmup_epochs, (int)c->train_epochs);
    return SIAM_OK;
}

/* The same of any task. */
static siam_code check(const siam_optset *s, siam_err *e)
{
    const siam_config *c = s->cfg;
    const bool train = !strcmp(siam_config_task(s), "train");
    SIAM_TRY(train ? check_train(c, e) : check_norm(c, true, 3, e));
    if (c->aug_crop_min > c->aug_crop_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.crop_min %g is larger than aug.crop_max %g", c->aug_crop_min,
                         c->aug_crop_max);
    if (c->run_resume && !c->run_out[0]) {
        siam_fail(e, SIAM_E_CONFIG, "--resume needs the folder of the run to continue, as --out DIR");
        siam_hint(e, "simsiam %s --out DIR --resume", siam_config_task(s));
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

siam_code siam_config_finish(siam_optset *s, siam_err *e)
{
    siam_config *c = s->cfg;
    SIAM_TRY(check(s, e));
    const int lr = siam_optset_find(s, "train.lr");
    SIAM_ASSERT(lr >= 0);
    /* Computed again when it was computed before, so that finishing twice is harmless. */
    if (c->train_lr == 0 || s->origin[lr] == SIAM_FROM_AUTO) {
        c->train_lr = c->train_base_lr * c->train_batch / 256.0;
        s->origin[lr] = SIAM_FROM_AUTO;
    }
    return SIAM_OK;
}

siam_model_cfg siam_config_model(const siam_config *c)
{
    siam_model_cfg m = {
        .backbone = {.width = c->model_width,
                     .cifar_stem = c->model_stem == SIAM_STEM_CIFAR,
                     .zero_init = c->model_zero_init},
        .in_channels = c->model_in_channels,
        .size = c->data_size,
        .projector_layers = c->model_projector_layers,
        .dim = c->model_dim,
        .pred_hidden = c->model_pred_hidden,
        .stop_gradient = c->train_stop_gradient,
    };
    memcpy(m.arch, c->model_arch, sizeof m.arch);
    return m;
}

siam_aug_cfg siam_config_aug(const siam_config *c)
{
    return (siam_aug_cfg){
        .size = c->data_size,
        .crop_min = c->aug_crop_min,
        .crop_max = c->aug_crop_max,
        .jitter_p = c->aug_jitter_p,
        .brightness = c->aug_brightness,
        .contrast = c->aug_contrast,
        .saturation = c->aug_saturation,
        .hue = c->aug_hue,
        .gray_p = c->aug_gray_p,
        .blur_p = c->aug_blur_p,
        .blur_min = c->aug_blur_min,
        .blur_max = c->aug_blur_max,
        .flip_p = c->aug_flip_p,
    };
}

void siam_config_norm(const siam_config *c, siam_norm *norm)
{
    siam_norm_given(norm, &c->data_mean, &c->data_std);
}
