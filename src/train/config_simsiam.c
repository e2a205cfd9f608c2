/* The options of `simsiam train`. The table's order is the order of the help and of config.yaml, so sections stay
 * together. */
#include "train/config_rows.h"

#include <stdlib.h>

#include "backend/device.h"
#include "base/check.h"

const siam_option siam_config_options[] = {
    TASK_ROW("train"),

    DATA_PATH_ROW,
    HOLDOUT_ROWS(0, 0),
    I32(data_size, "data.size", 224, 8, 1024, 0, "side of the input in pixels"),
    ENUM(data_depth, "data.depth", 0, "auto|8|16", HIDE,
         "bits of a sample; auto = 8 for photographs, else as many as the images have"),
    LIST(data_range, "data.range", "", -1e38, 1e38, HIDE,
         "the values that are black and white, of TIFF's floats, signed and 32-bit numbers"),
    STR(data_bands, "data.bands", "", HIDE, "names of the channels, kept in the model: red,green,blue,nir"),
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
    BOOL(train_sync_bn, "train.sync_bn", true, HIDE, "on several ranks or devices: BatchNorm's statistics over all of them"),
    BOOL(train_stop_gradient, "train.stop_gradient", true, 0,
         "stop the gradient at z; false shows the collapse"),
    U64(train_seed, "train.seed", 0, 0, "seed of initialisation, order and augmentation"),
    KEEPING_ROWS(1),
    STR(train_init, "train.init", "", HIDE, "start from the encoder of this model"),

    STR(model_arch, "model.arch", "resnet18", 0, "architecture, see simsiam list"),
    ENUM(model_stem, "model.stem", SIAM_STEM_IMAGENET, "imagenet|cifar", 0,
         "first layers: for photographs, or for 32 px images"),
    I32(model_width, "model.width", 64, 1, 1024, 0, "channels of the first stage"),
    I32(model_in_channels, "model.in_channels", 0, 0, 16, HIDE | AUTO,
        "channels of the input; auto = 3 for photographs, else as many as the images have"),
    I32(model_projector_layers, "model.projector_layers", 3, 2, 3, HIDE, "layers of the projector"),
    I32(model_dim, "model.dim", 2048, 4, 65536, 0, "length of z and p"),
    I32(model_pred_hidden, "model.pred_hidden", 0, 0, 65536, HIDE | AUTO,
        "hidden units of the predictor; auto = dim / 4"),
    BOOL(model_zero_init, "model.zero_init", true, HIDE,
         "start every residual branch at 0 (its last BatchNorm)"),
    NAMES_ROWS,

#define VIEWS(type, member, ...) AUG_ROW(type, member, __VA_ARGS__)
#define BOTH(type, member, def, labelled, ...) AUG_ROW(type, member, def, __VA_ARGS__)
#define SIAM_ROW(name, options) options
#include "data/augments.def"
#undef SIAM_ROW

    I32(eval_every, "eval.every", 1, 0, 100000, SAFE, "epochs between kNN evaluations; 0 = never"),
    I32(eval_bank, "eval.bank", 50000, 1, 100000000, SAFE | HIDE,
        "training images the kNN looks at, at most"),
    I32(eval_k, "eval.k", 200, 1, 100000, SAFE | HIDE, "neighbours of the kNN"),
    F64(eval_temperature, "eval.temperature", 0.1, 0, 100, SAFE | HIDE | ABOVE, "temperature of the kNN"),

    ENUM(run_augment, "run.augment", SIAM_AUGMENT_AUTO, SIAM_AUGMENT_CHOICES, SAFE | HIDE,
         "where views are made: this machine, the device, or auto: a device with a memory of its own; they are the same"),
    BOOL(run_force, "run.force", false, SAFE | HIDE, SIAM_FORCE_HELP),
    RUN_ROWS("train"),
    SIAM_OPTIONS_END};

/* The division of the batch nearest to the one asked for, with at least two images a part. */
static int fitting_accum(const siam_config *c)
{
    int best = 1;
    for (int a = 2; a <= c->train_batch / 2 && a <= 4096; a++)
        if (c->train_batch % a == 0 && abs(a - c->train_accum) <= abs(best - c->train_accum))
            best = a;
    return best;
}

siam_code siam_config_check_simsiam(const siam_config *c, siam_err *e)
{
    SIAM_TRY(siam_augment_check(&c->aug, e));
    if (c->model_in_channels == SIAM_IMAGE_CHANNELS)
        SIAM_TRY(siam_config_check_norm(c, SIAM_IMAGE_CHANNELS, e));
    if (c->data_range.n != 0 && (c->data_range.n != 2 || !(c->data_range.v[0] < c->data_range.v[1]))) {
        siam_fail(e, SIAM_E_CONFIG, "data.range is two numbers, the values that are black and white, the smaller first");
        siam_hint(e, "--range 0,1 for floats from 0 to 1");
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
    if (c->train_warmup_epochs >= c->train_epochs)
        return siam_fail(e, SIAM_E_CONFIG, "train.warmup_epochs %g must be less than train.epochs %d",
                         c->train_warmup_epochs, (int)c->train_epochs);
    return SIAM_OK;
}
