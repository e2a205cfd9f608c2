/* The options of `simsiam linear`. Pretraining's options that mean nothing for a linear probe have no row here, and are
 * unknown options. */
#include "train/config_rows.h"

#include "base/check.h"

const siam_option siam_linear_options[] = {
    TASK_ROW("linear"),
    STR(recipe, "recipe", "", SAFE, "a recipe of simsiam list, or a .yaml file"),

    DATA_PATH_ROW,
    HOLDOUT_ROWS(-1, HIDE | AUTO),
    I32(data_size, "data.size", 0, 8, 1024, AUTO, "side of the input in pixels; auto = the model's"),
    LIST(data_mean, "data.mean", "", -10, 10, HIDE | AUTO, "mean per channel; auto = the model's"),
    LIST(data_std, "data.std", "", 1e-6, 10, HIDE | AUTO, "deviation per channel; auto = the model's"),
    DATA_READING_ROWS,

    BOOL(linear_cache_features, "linear.cache_features", false, 0,
         "read the features once, without augmentation, then train on them"),
    LIST(linear_sweep_lr, "linear.sweep_lr", "", 0, 1e38, ABOVE, "learning rates to compare on the same features"),

    I32(train_epochs, "train.epochs", 100, 1, 100000, 0, "passes over the data"),
    I32(train_batch, "train.batch", 256, 1, 65536, 0, "images per optimizer step"),
    ENUM(train_optimizer, "train.optimizer", SIAM_OPTIMIZER_sgd, SIAM_OPTIMIZER_CHOICES, 0,
         "SGD, LARS as in mmpretrain, or LARS as in apex"),
    LR_ROWS(30),
    F64(train_momentum, "train.momentum", 0.9, 0, 1, HIDE, "momentum"),
    F64(train_weight_decay, "train.weight_decay", 0, 0, 1, HIDE, "weight decay"),
    SCHEDULE_ROW,
    U64(train_seed, "train.seed", 0, 0, "seed of initialisation, order and augmentation"),
    KEEPING_ROWS(10),

    STR(model_path, "model.path", "", SAFE | HIDE, "the encoder"),
    STR(model_arch, "model.arch", "", HIDE | AUTO, "architecture; auto = as the file says or shows"),
    I32(model_width, "model.width", 0, 0, 1024, HIDE | AUTO, "channels of the first stage; auto = the model's"),
    ENUM(model_stem, "model.stem", 0, "auto|imagenet|cifar", HIDE, "first layers; auto = the model's"),
    NAMES_ROWS,

#define VIEWS(type, member, ...)
#define BOTH(type, member, def, labelled, ...) AUG_ROW(type, member, labelled, __VA_ARGS__)
#define SIAM_ROW(name, options) options
#include "data/augments.def"
#undef SIAM_ROW

    RUN_ROWS("linear"),
    SIAM_OPTIONS_END};

siam_code siam_config_check_linear(const siam_config *c, siam_err *e)
{
    return siam_augment_check(&c->aug, e); /* mean and std: siam_encoder_open */
}
