/* Rows that the option tables of several jobs share, over a siam_config; for config_*.c only. */
#ifndef SIAM_TRAIN_CONFIG_ROWS_H
#define SIAM_TRAIN_CONFIG_ROWS_H

#include "engine/place.h"
#include "optim/optim.h"
#include "train/config.h"

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
#define OUTPUT SIAM_OPT_OUTPUT
#define NOW SIAM_OPT_THIS_TIME

/* The verb a configuration is for, its job's name, as files say it. */
#define TASK_ROW(name) ENUM(task, "task", 0, name, SAFE | HIDE, "what this configures")

#define DATA_PATH_ROW STR(data_path, "data.path", "", SAFE | SIAM_OPT_JOINED, "data set: a path, or synth for the embedded one; several are joined")

#define HOLDOUT_ROWS(usual, more)                                                                                      \
    F64(data_holdout.share, "data.val_share", usual, 0, 0.9, more, SIAM_VAL_SHARE_HELP),                                \
    STR(data_holdout.group_by, "data.group_by", "", HIDE, SIAM_GROUP_BY_HELP),                                          \
    U64(data_holdout.seed, "data.split_seed", 0, HIDE, SIAM_SPLIT_SEED_HELP)

#define DATA_READING_ROWS                                                                                              \
    I32(data_workers, "data.workers", 0, 0, 256, SAFE | AUTO, "loader threads"),                                       \
    ENUM(data_exif, "data.exif", SIAM_EXIF_IGNORE, "ignore|apply", HIDE,                                               \
         "orientation of photographs: ignored as in torchvision, or applied"),                                         \
    ENUM(data_decode, "data.decode", SIAM_DECODE_FAST, SIAM_DECODE_CHOICES, HIDE,                                      \
         "photographs: exact pixels, or fast, by decoding large ones as small as the crops allow"),                    \
    F64(data_max_bad, "data.max_bad", 0.01, 0, 1, SAFE | HIDE,                                                         \
        "share of images that may be unreadable; others stand in for them")

#define LR_ROWS(usual)                                                                                                 \
    F64(train_base_lr, "train.base_lr", usual, 0, 1000, ABOVE, "learning rate per 256 images of batch"),               \
    F64(train_lr, "train.lr", 0, 0, 1000, AUTO | ABOVE, "learning rate itself; auto = base_lr * batch / 256")

#define SCHEDULE_ROW                                                                                                   \
    ENUM(train_schedule, "train.schedule", SIAM_SCHEDULE_cosine, SIAM_SCHEDULE_CHOICES, HIDE,                           \
         "how the learning rate falls")

#define KEEPING_ROWS(often)                                                                                            \
    I32(train_save_every, "train.save_every", often, 1, 100000, SAFE | HIDE, "epochs between checkpoints"),            \
    F64(train_save_minutes, "train.save_minutes", 10, 0, 1e6, SAFE | HIDE,                                              \
        "minutes between checkpoints, beside those of epochs; 0 = none"),                                              \
    I32(train_keep, "train.keep", 3, 1, 10000, SAFE | HIDE, "checkpoints kept"),                                       \
    I32(train_stop_after, "train.stop_after", 0, 0, 100000, SAFE | HIDE | NOW,                                               \
        "stop, state saved, after this many epochs of the schedule; 0 = all"),                                         \
    I32(train_stop_step, "train.stop_step", 0, 0, INT32_MAX, SAFE | HIDE | NOW,                                              \
        "stop, state saved, after this step; 0 = none")

/* How the names of another project's model are read. */
#define NAMES_ROWS                                                                                                     \
    STR(model_rename, "model.rename", "", HIDE, "s/FROM/TO/ rules for the tensors' names in the model that is read"),  \
    STR(model_part, "model.part", "", HIDE, "which of several networks in that file: teacher, encoder_q ..."),         \
    BOOL(model_allow_missing, "model.allow_missing", false, HIDE, "missing tensors stay random")

/* An option of an augmentation: data/augments.def says which there are, and who includes it whose rows are wanted. */
#define AUG_ROW(type, member, ...) SIAM_OPTION_##type(siam_config, aug.member, "aug." #member, __VA_ARGS__),

#define RUN_ROWS(folder)                                                                                               \
    STR(run_out, "run.out", "", SAFE | OUTPUT, "run folder; without it runs/" folder "-NNNN"),                                  \
    BOOL(run_resume, "run.resume", false, SAFE | NOW, "continue the run in --out, bit for bit"),                             \
    STR(run_time, "run.time", "", SAFE | HIDE | NOW,                                                                         \
        "stop, state saved, exit status 75, after this time: 90s, 45m, 8h"),                                           \
    STR(run_device, "run.device", "auto", SAFE | HIDE, "auto, cpu, or a device of simsiam list"),                            \
    I32(run_devices, "run.devices", 1, 1, SIAM_DEVICES_MAX, SAFE | HIDE, SIAM_DEVICES_HELP),                                 \
    I32(run_threads, "run.threads", 0, 0, 1024, SAFE | AUTO, "threads of the computation"),                            \
    SIAM_OPTION_STR_WAS(siam_config, run_tuning, "run.tuning", "run.plan", "auto", SAFE | HIDE | OUTPUT,                     \
        "kernel choices: auto times them once, fixed never does, or a tuning.json"),                                     \
    I32(run_log_every, "run.log_every", 10, 1, 1000000, SAFE | HIDE, "steps between rows of metrics.jsonl")

#endif
