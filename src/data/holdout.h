/* Images held out of the training images by chance, but the same ones each time: a share of each class, groups undivided. */
#ifndef SIAM_DATA_HOLDOUT_H
#define SIAM_DATA_HOLDOUT_H

#include "data/dataset.h"

enum { SIAM_GROUP_BY = 256 };
typedef struct siam_holdout {
    double share;                 /* of each class's images; 0: none */
    char group_by[SIAM_GROUP_BY]; /* "": each file by itself; "folder"; "column": the list's; "regex:PATTERN" over the path below the
                                     data set's folder: what its first brackets hold, or all that fits */
    uint64_t seed;
    bool if_none; /* only where the data set has no held-out images of its own; else those are left aside */
} siam_holdout;

/* Rows of an option table over T, which has a siam_holdout `h`. */
#define SIAM_VAL_SHARE_HELP "share of the training images to hold out, the same of each class"
#define SIAM_GROUP_BY_HELP "what is held out as a whole: folder, column (of a list) or regex:PATTERN over the path"
#define SIAM_SPLIT_SEED_HELP "which images those are"
#define SIAM_HOLDOUT_OPTIONS(T, h, def, flags)                                                     \
    SIAM_OPTION_F64(T, h.share, "val_share", def, 0, 0.9, flags, SIAM_VAL_SHARE_HELP),              \
        SIAM_OPTION_STR(T, h.group_by, "group_by", "", 0, SIAM_GROUP_BY_HELP),                      \
        SIAM_OPTION_U64(T, h.seed, "split_seed", 0, 0, SIAM_SPLIT_SEED_HELP)

/* siam_dataset_open, with held-out images chosen as `h` (or NULL: none) says, which a remark tells. Which they are depends on the seed
 * and on each file's path below the data set's folder (without files: on its number), so that others may come or go; groups are taken
 * while they bring the held-out classes nearer to their share. Nothing can be held out, or a group is not known: SIAM_E_CONFIG. */
siam_code siam_dataset_open_held(siam_dataset **out, const char *spec, siam_split split, int size, const siam_holdout *h, siam_err *e);

#endif
