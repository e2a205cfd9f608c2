/* What the user says of a model. */
#ifndef SIAM_MODEL_ASK_H
#define SIAM_MODEL_ASK_H

#include "base/option.h"

/* A MODEL of the command line and what is said about it. {.model = ...} alone is fine. */
typedef struct siam_model_ask {
    const char *model;            /* a checkpoint file, a run folder, a name of the zoo, or "random:ARCH" */
    const char *arch;             /* NULL or "": as the file says, or as its tensors show */
    const char *rename, *part;    /* as siam_keymap_create's; NULL or "" */
    int32_t width, size, classes; /* 0: as the model says (random: width 64, size 224 or, with the CIFAR stem, 32) */
    int32_t stem;                 /* 0: as the model says (random: CIFAR's up to 64 px), else 1 + enum siam_stem */
    siam_list mean, std;          /* n = 0: as the model says */
    unsigned parts;               /* enum siam_part that must be there; else SIAM_E_DATA */
    bool allow_missing;           /* tensors that are not there keep their random initialisation */
    uint64_t seed;                /* of that initialisation */
} siam_model_ask;

#endif
