/* The configuration of a training run: the option table, the sources it is read from, and the checks between
 * fields. The table's order is the order of the help and of config.yaml, so sections stay together. */
#include "tasks/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/yaml.h"

enum { CONFIG_FILE_MAX = 1 << 20 };

#define BOOL(...) SIAM_OPTION_BOOL(siam_config, __VA_ARGS__)
#define I32(...) SIAM_OPTION_I32(siam_config, __VA_ARGS__)
#define U64(...) SIAM_OPTION_U64(siam_config, __VA_ARGS__)
#define F64(...) SIAM_OPTION_F64(siam_config, __VA_ARGS__)
#define STR(...) SIAM_OPTION_STR(siam_config, __VA_ARGS__)
#define ENUM(...) SIAM_OPTION_ENUM(siam_config, __VA_ARGS__)
#define LIST(...) SIAM_OPTION_LIST(siam_config, __VA_ARGS__)
#define SAFE SIAM_OPT_RESUME_SAFE
#define HIDE SIAM_OPT_HIDDEN
#define AUTO SIAM_OPT_AUTO
#define ABOVE SIAM_OPT_EXCLUSIVE_MIN

const siam_option siam_config_options[] = {
    STR(data_path, "data.path", "", SAFE, "data set: a path, or synth for the embedded one"),
    I32(data_size, "data.size", 224, 8, 1024, 0, "side of the input in pixels"),
    LIST(data_mean, "data.mean", "0.485,0.456,0.406", -10, 10, HIDE, "mean per channel, of pixels in 0..1"),
    LIST(data_std, "data.std", "0.229,0.224,0.225", 1e-6, 10, HIDE,
         "standard deviation per channel, of pixels in 0..1"),
    I32(data_workers, "data.workers", 0, 0, 256, SAFE | AUTO, "loader threads"),
    ENUM(data_exif, "data.exif", SIAM_EXIF_IGNORE, "ignore|apply", HIDE,
         "orientation of photographs: ignored as in torchvision, or applied"),
    F64(data_max_bad, "data.max_bad", 0.01, 0, 1, SAFE | HIDE,
        "share of images that may be unreadable; others stand in for them"),

    I32(train_epochs, "train.epochs", 100, 1, 100000, 0, "passes over the data"),
    I32(train_batch, "train.batch", 256, 2, 65536, 0, "images per optimizer step"),
    I32(train_accum, "train.accum", 1, 1, 4096, 0, "parts a batch is split into, to save memory"),
    F64(train_base_lr, "train.base_lr", 0.05, 0, 1000, ABOVE, "learning rate per 256 images of batch"),
    F64(train_lr, "train.lr", 0, 0, 1000, AUTO | ABOVE, "learning rate itself; auto = base_lr * batch / 256"),
    F64(train_momentum, "train.momentum", 0.9, 0, 1, HIDE, "momentum of SGD"),
    F64(train_weight_decay, "train.weight_decay", 1e-4, 0, 1, 0, "weight decay, on every parameter"),
    F64(train_warmup_epochs, "train.warmup_epochs", 0, 0, 100000, HIDE, "epochs of linear warm-up"),
    ENUM(train_schedule, "train.schedule", SIAM_SCHEDULE_COSINE, "cosine|constant", HIDE,
         "how the learning rate falls"),
    ENUM(train_schedule_by, "train.schedule_by", SIAM_BY_EPOCH, "epoch|step", HIDE,
         "when the learning rate changes"),
    BOOL(train_fix_predictor_lr, "train.fix_predictor_lr", true, HIDE,
         "keep the predictor's learning rate constant"),
    BOOL(train_stop_gradient, "train.stop_gradient", true, 0,
         "stop the gradient at z; false shows the collapse"),
    U64(train_seed, "train.seed", 0, 0, "seed of initialisation, order and augmentation"),
    I32(train_save_every, "train.save_every", 1, 1, 100000, SAFE | HIDE, "epochs between checkpoints"),
    I32(train_keep, "train.keep", 3, 1, 10000, SAFE | HIDE, "checkpoints kept"),
    I32(train_stop_after, "train.stop_after", 0, 0, 100000, SAFE | HIDE,
        "stop, state saved, after this many epochs of the schedule; 0 = all"),
    I32(train_stop_step, "train.stop_step", 0, 0, INT32_MAX, SAFE | HIDE,
        "stop, state saved, after this step; 0 = none"),
    STR(train_init, "train.init", "", HIDE, "start from the encoder of this .safetensors file"),

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

    F64(aug_crop_min, "aug.crop_min", 0.2, 0, 1, HIDE | ABOVE, "smallest crop, fraction of the area"),
    F64(aug_crop_max, "aug.crop_max", 1, 0, 1, HIDE | ABOVE, "largest crop, fraction of the area"),
    F64(aug_jitter_p, "aug.jitter_p", 0.8, 0, 1, HIDE, "probability of colour jitter"),
    F64(aug_brightness, "aug.brightness", 0.4, 0, 1, HIDE, "jitter: brightness +- this"),
    F64(aug_contrast, "aug.contrast", 0.4, 0, 1, HIDE, "jitter: contrast +- this"),
    F64(aug_saturation, "aug.saturation", 0.4, 0, 1, HIDE, "jitter: saturation +- this"),
    F64(aug_hue, "aug.hue", 0.1, 0, 0.5, HIDE, "jitter: hue +- this part of the circle"),
    F64(aug_gray_p, "aug.gray_p", 0.2, 0, 1, HIDE, "probability of grayscale"),
    F64(aug_blur_p, "aug.blur_p", 0.5, 0, 1, HIDE, "probability of Gaussian blur"),
    F64(aug_blur_min, "aug.blur_min", 0.1, 0, 2, HIDE | ABOVE, "smallest sigma of the blur, px"),
    F64(aug_blur_max, "aug.blur_max", 2.0, 0, 2, HIDE | ABOVE, "largest sigma of the blur, px"),
    F64(aug_flip_p, "aug.flip_p", 0.5, 0, 1, HIDE, "probability of a horizontal flip"),

    I32(eval_every, "eval.every", 1, 0, 100000, SAFE, "epochs between kNN evaluations; 0 = never"),
    I32(eval_bank, "eval.bank", 50000, 1, 100000000, SAFE | HIDE,
        "training images the kNN looks at, at most"),
    I32(eval_k, "eval.k", 200, 1, 100000, SAFE | HIDE, "neighbours of the kNN"),
    F64(eval_temperature, "eval.temperature", 0.1, 0, 100, SAFE | HIDE | ABOVE, "temperature of the kNN"),

    STR(run_out, "run.out", "", SAFE, "run folder; without it runs/train-NNNN"),
    BOOL(run_resume, "run.resume", false, SAFE, "continue the run in --out, bit for bit"),
    STR(run_device, "run.device", "auto", HIDE, "auto, cpu, or a backend of simsiam list"),
    I32(run_threads, "run.threads", 0, 0, 1024, SAFE | AUTO, "threads of the computation"),
    STR(run_plan, "run.plan", "auto", SAFE | HIDE,
        "kernel choices: auto times them once, fixed never does, or a plan.json"),
    I32(run_log_every, "run.log_every", 10, 1, 1000000, SAFE | HIDE, "steps between rows of metrics.jsonl"),
    SIAM_OPTIONS_END};

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
        rc = siam_yaml_read(recipe_or_file, text, n, take, &l, e);
        free(text);
        return rc;
    }
    const siam_recipe *r = siam_recipe_find(recipe_or_file);
    if (!r)
        return unknown_recipe(recipe_or_file, e);
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

/* Fields that are right by themselves and wrong together. */
static siam_code check(const siam_config *c, siam_err *e)
{
    if (c->model_in_channels != 3 && (c->aug_jitter_p > 0 || c->aug_gray_p > 0)) {
        siam_fail(e, SIAM_E_CONFIG, "model.in_channels is %d, and colour jitter and grayscale are for 3 channels",
                  (int)c->model_in_channels);
        siam_hint(e, "--jitter_p 0 --gray_p 0, or --in_channels 3");
        return SIAM_E_CONFIG;
    }
    const siam_list *const norm[] = {&c->data_mean, &c->data_std};
    for (int i = 0; i < 2; i++)
        if (norm[i]->n != 1 && norm[i]->n != c->model_in_channels) {
            siam_fail(e, SIAM_E_CONFIG, "data.%s has %d numbers, but the model has %d input channel%s",
                      i ? "std" : "mean", norm[i]->n, (int)c->model_in_channels,
                      c->model_in_channels == 1 ? "" : "s");
            siam_hint(e, "--mean and --std with one number, or with one for each channel");
            return SIAM_E_CONFIG;
        }
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
    if (c->aug_crop_min > c->aug_crop_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.crop_min %g is larger than aug.crop_max %g", c->aug_crop_min,
                         c->aug_crop_max);
    if (c->aug_blur_min > c->aug_blur_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.blur_min %g is larger than aug.blur_max %g", c->aug_blur_min,
                         c->aug_blur_max);
    if (c->train_warmup_epochs >= c->train_epochs)
        return siam_fail(e, SIAM_E_CONFIG, "train.warmup_epochs %g must be less than train.epochs %d",
                         c->train_warmup_epochs, (int)c->train_epochs);
    if (c->run_resume && !c->run_out[0]) {
        siam_fail(e, SIAM_E_CONFIG, "--resume needs the folder of the run to continue, as --out DIR");
        siam_hint(e, "simsiam train --out DIR --resume");
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

siam_code siam_config_finish(siam_optset *s, siam_err *e)
{
    siam_config *c = s->cfg;
    SIAM_TRY(check(c, e));
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

void siam_channels_of(const siam_list *l, float v[3])
{
    for (int i = 0; i < 3; i++)
        v[i] = (float)l->v[l->n == 3 ? i : 0];
}

void siam_config_norm(const siam_config *c, float mean[3], float std[3])
{
    siam_channels_of(&c->data_mean, mean);
    siam_channels_of(&c->data_std, std);
}
