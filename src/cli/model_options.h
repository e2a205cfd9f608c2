/* The options that say more about a MODEL, the same for every verb that takes one. */
#ifndef SIAM_CLI_MODEL_OPTIONS_H
#define SIAM_CLI_MODEL_OPTIONS_H

#include "backend/device.h"
#include "base/option.h"
#include "model/encoder.h"
#include "train/config.h"

typedef struct model_options {
    char arch[32], rename[512], part[64];
    int32_t width, size, stem; /* stem: 0 auto, then enum siam_stem + 1 */
    siam_list mean, std;
    bool allow_missing;
    uint64_t seed;
} model_options;

/* Rows of an option table over T, which has a member `model_options m`. */
#define MODEL_OPTION_ROWS(T, m)                                                                                        \
    SIAM_OPTION_STR(T, m.arch, "arch", "", SIAM_OPT_AUTO, "architecture; auto = as the file says or shows"),           \
    SIAM_OPTION_I32(T, m.width, "width", 0, 0, 1024, SIAM_OPT_AUTO, "channels of the first stage; auto = the model's"), \
    SIAM_OPTION_ENUM(T, m.stem, "stem", 0, "auto|imagenet|cifar", 0, "first layers; auto = the model's"),              \
    SIAM_OPTION_I32(T, m.size, "size", 0, 8, 4096, SIAM_OPT_AUTO, "side of the input, px; auto = the model's"),        \
    SIAM_OPTION_LIST(T, m.mean, "mean", "", -10, 10, SIAM_OPT_AUTO, "mean per channel; auto = the model's"),           \
    SIAM_OPTION_LIST(T, m.std, "std", "", 1e-6, 10, SIAM_OPT_AUTO, "deviation per channel; auto = the model's"),       \
    SIAM_OPTION_STR(T, m.rename, "rename", "", 0, "s/FROM/TO/ rules for the tensors' names"),                          \
    SIAM_OPTION_STR(T, m.part, "part", "", 0, "which of several networks in the file: teacher, encoder_q ..."),        \
    SIAM_OPTION_BOOL(T, m.allow_missing, "allow_missing", false, 0, "missing tensors stay random"),                    \
    SIAM_OPTION_U64(T, m.seed, "seed", 0, 0, "seed of random weights")

/* Rows of the same table about images and the machine; T has exif, max_bad, device and threads. */
#define EXIF_OPTION_ROW(T)                                                                                             \
    SIAM_OPTION_ENUM(T, exif, "exif", SIAM_EXIF_IGNORE, "ignore|apply", 0, "orientation of photographs")
#define MAX_BAD_OPTION_ROW(T)                                                                                          \
    SIAM_OPTION_F64(T, max_bad, "max_bad", 0.01, 0, 1, 0, "share of images that may be unreadable")
#define MACHINE_OPTION_ROWS(T)                                                                                         \
    SIAM_OPTION_STR(T, device, "device", "auto", 0, "auto, cpu, or a device of simsiam list"),                         \
    SIAM_OPTION_I32(T, threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads of the computation")

/* T has precision and force. */
#define PRECISION_OPTION_ROWS(T)                                                                                       \
    SIAM_OPTION_ENUM(T, precision, "precision", SIAM_PRECISION_FP32, SIAM_PRECISION_CHOICES, 0,                        \
                     SIAM_PRECISION_HELP),                                                                             \
    SIAM_OPTION_BOOL(T, force, "force", false, 0, SIAM_FORCE_HELP)

static inline siam_model_ask model_ask(const char *model, const model_options *o)
{
    return (siam_model_ask){.model = model, .arch = o->arch, .rename = o->rename, .part = o->part, .width = o->width,
                            .size = o->size, .stem = o->stem, .mean = o->mean, .std = o->std,
                            .allow_missing = o->allow_missing, .seed = o->seed};
}

#endif
