/* The files of `extract`: one row per image, written as the rows come. */
#ifndef SIAM_INFER_FEATURE_FILE_H
#define SIAM_INFER_FEATURE_FILE_H

#include "data/dataset.h"
#include "data/skiplist.h"
#include "infer/features.h"

typedef struct siam_feature_file siam_feature_file;

/* path's ending picks the format: .npy, .csv, .safetensors; else SIAM_E_USAGE. shape: of one image's features. Nothing
 * is visible before commit. What is there already, also beside it: SIAM_E_EXISTS, unless `replace`. */
siam_code siam_feature_file_create(siam_feature_file **out, const char *path, bool replace, const siam_desc *shape,
                                   siam_err *e);
/* Rows of the split called `split`; bad ones are left out. */
siam_code siam_feature_file_add(siam_feature_file *f, const siam_dataset *d, const char *split, const siam_rows *rows,
                                siam_err *e);
siam_code siam_feature_file_skipped(siam_feature_file *f, const siam_dataset *d, const char *split,
                                    const siam_skiplist *list, siam_err *e);
/* Put the files in place; *rows = how many were written, and `beside` names the other files ("" = none). */
siam_code siam_feature_file_commit(siam_feature_file *f, int64_t *rows, char *beside, size_t n, siam_err *e);
/* Uncommitted: leaves nothing behind. */
void siam_feature_file_destroy(siam_feature_file **f);

#endif
