/* What the user says of a model. */
#ifndef SIAM_MODEL_SPEC_H
#define SIAM_MODEL_SPEC_H

#include "base/option.h"

/* A MODEL of the command line and what is said about it. {.model = ...} alone is fine. */
typedef struct siam_model_spec {
    const char *model;            /* a checkpoint file, a run folder, a name of the zoo, or "random:ARCH" */
    char arch[32];                /* "": as the file says, or as its tensors show */
    char rename[512], part[64];   /* as siam_names_read_create's, or "" */
    int32_t width, size, classes; /* 0: as the model says (random: width 64, size 224 or, with the CIFAR stem, 32) */
    int32_t stem;                 /* 0: as the model says (random: CIFAR's up to 64 px), else 1 + enum siam_stem */
    siam_list mean, std;          /* n = 0: as the model says */
    unsigned parts;               /* enum siam_part that must be there; else SIAM_E_DATA */
    bool allow_missing;           /* tensors that are not there keep their random initialisation */
    uint64_t seed;                /* of that initialisation */
} siam_model_spec;

/* Rows of an option table over T, which has a member `siam_model_spec m`. */
#define SIAM_MODEL_NAME_OPTIONS(T, m)                                                                                  \
    SIAM_OPTION_STR(T, m.rename, "rename", "", 0, "s/FROM/TO/ rules for the tensors' names"),                          \
    SIAM_OPTION_STR(T, m.part, "part", "", 0, "which of several networks in the file: teacher, encoder_q ...")
#define SIAM_MODEL_OPTIONS(T, m)                                                                                       \
    SIAM_OPTION_STR(T, m.arch, "arch", "", SIAM_OPT_AUTO, "architecture; auto = as the file says or shows"),           \
    SIAM_OPTION_I32(T, m.width, "width", 0, 0, 1024, SIAM_OPT_AUTO, "channels of the first stage; auto = the model's"), \
    SIAM_OPTION_ENUM(T, m.stem, "stem", 0, "auto|imagenet|cifar", 0, "first layers; auto = the model's"),              \
    SIAM_OPTION_I32(T, m.size, "size", 0, 8, 4096, SIAM_OPT_AUTO, "side of the input, px; auto = the model's"),        \
    SIAM_OPTION_LIST(T, m.mean, "mean", "", -10, 10, SIAM_OPT_AUTO, "mean per channel; auto = the model's"),           \
    SIAM_OPTION_LIST(T, m.std, "std", "", 1e-6, 10, SIAM_OPT_AUTO, "deviation per channel; auto = the model's"),       \
    SIAM_MODEL_NAME_OPTIONS(T, m),                                                                                     \
    SIAM_OPTION_BOOL(T, m.allow_missing, "allow_missing", false, 0, "missing tensors stay random"),                    \
    SIAM_OPTION_U64(T, m.seed, "seed", 0, 0, "seed of random weights")

#endif
