/* The files of `extract`: one row per image, written as the rows come. */
#ifndef SIAM_TASKS_EXTRACT_FILE_H
#define SIAM_TASKS_EXTRACT_FILE_H

#include "data/dataset.h"
#include "data/skiplist.h"
#include "infer/features.h"

typedef struct siam_extract_file siam_extract_file;

/* path's ending picks the format: .npy, .csv, .safetensors; else SIAM_E_USAGE. shape: of one image's features. Nothing
 * is visible before commit. What is there already, also beside it: SIAM_E_EXISTS, unless `replace`. */
siam_code siam_extract_file_create(siam_extract_file **out, const char *path, bool replace, const siam_desc *shape,
                                   siam_err *e);
/* Rows of the split called `split`; bad ones are left out. */
siam_code siam_extract_file_add(siam_extract_file *f, const siam_dataset *d, const char *split, const siam_rows *rows,
                                siam_err *e);
siam_code siam_extract_file_skipped(siam_extract_file *f, const siam_dataset *d, const char *split,
                                    const siam_skiplist *list, siam_err *e);
/* Put the files in place; *rows = how many were written, and `beside` names the other files ("" = none). */
siam_code siam_extract_file_commit(siam_extract_file *f, int64_t *rows, char *beside, size_t n, siam_err *e);
/* Uncommitted: leaves nothing behind. */
void siam_extract_file_destroy(siam_extract_file **f);

#endif
