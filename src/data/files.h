/* Lists of image files below one folder, with labels: what data sets made of files have in common. */
#ifndef SIAM_DATA_FILES_H
#define SIAM_DATA_FILES_H

#include "data/dataset.h"
#include "data/gate.h"

typedef struct siam_file {
    size_t path;   /* offset in text: relative to the root, NUL-terminated */
    int32_t label; /* -1 = none */
    bool linked;   /* reached by a link; siam_walk knows */
} siam_file;

typedef struct siam_files { /* {0} is empty */
    char *root;
    char *text;
    size_t used, room;
    siam_file *file;
    int64_t n, file_room;
    size_t *class_at; /* offsets of the class names in text */
    int classes, class_room;
    siam_gate *gate; /* before decoding; comes with the root */
} siam_files;

void siam_files_release(siam_files *f);
siam_code siam_files_root(siam_files *f, const char *root, siam_err *e);
siam_code siam_files_add(siam_files *f, const char *path, int label, siam_err *e);
siam_code siam_files_rename(siam_files *f, int64_t i, const char *path, siam_err *e);
siam_code siam_files_add_class(siam_files *f, const char *name, siam_err *e);
/* The class of that name, -1 = none; the names are sorted. */
int siam_files_class(const siam_files *f, const char *name);
const char *siam_files_class_name(const siam_files *f, int cls); /* NULL = none */
const char *siam_files_path(const siam_files *f, int64_t i);
/* The path that opens file i, in buf; false: it does not fit. */
bool siam_files_full_path(const siam_files *f, int64_t i, char *buf, size_t n);
/* The order of files i and k, as strcmp, that siam_files_sort gives. */
int siam_files_order(const siam_files *f, int64_t i, int64_t k);
/* Sort by path, byte by byte, a folder's files before those of a folder whose name goes on ("a/x" < "a-b/x").
 */
void siam_files_sort(siam_files *f);
/* Read and decode file i, and turn it upright if asked. Whatever is wrong with that one file is SIAM_E_DATA
 * and names it. */
siam_code siam_files_read(const siam_files *f, int64_t i, bool upright, siam_image *im, siam_err *e);
/* The same for the n bytes of the file at `path`, read before. */
siam_code siam_files_decode(const char *path, const uint8_t *data, size_t n, bool upright, siam_image *im, siam_err *e);

#endif
