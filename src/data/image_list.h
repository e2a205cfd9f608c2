/* Lists of image files below one folder, with labels: what data sets made of files have in common. */
#ifndef SIAM_DATA_IMAGE_LIST_H
#define SIAM_DATA_IMAGE_LIST_H

#include "data/dataset.h"
#include "data/gate.h"
#include "data/names.h"

typedef struct siam_file {
    size_t path;   /* offset in text: relative to the root, NUL-terminated */
    int32_t label; /* -1 = none */
    int32_t group; /* among the groups, -1 = none */
    bool linked;   /* reached by a link; siam_walk knows */
} siam_file;

typedef struct siam_image_list { /* {0} is empty */
    char *root;
    char *text;
    size_t used, room;
    siam_file *file;
    int64_t n, file_room;
    size_t *class_at; /* offsets of the class names in text */
    int classes, class_room;
    siam_names groups; /* of images that belong together: a patient's, a site's */
    siam_gate *gate; /* before decoding; comes with the root */
} siam_image_list;

void siam_image_list_release(siam_image_list *f);
siam_code siam_image_list_root(siam_image_list *f, const char *root, siam_err *e);
siam_code siam_image_list_add(siam_image_list *f, const char *path, int label, siam_err *e);
siam_code siam_image_list_rename(siam_image_list *f, int64_t i, const char *path, siam_err *e);
siam_code siam_image_list_add_class(siam_image_list *f, const char *name, siam_err *e);
/* Forget all files but these, whose numbers ascend. */
void siam_image_list_keep(siam_image_list *f, const int64_t *index, int64_t n);
const char *siam_image_list_group(const siam_image_list *f, int64_t i); /* NULL = none */
/* The class of that name, -1 = none; the names are sorted. */
int siam_image_list_class(const siam_image_list *f, const char *name);
const char *siam_image_list_class_name(const siam_image_list *f, int cls); /* NULL = none */
const char *siam_image_list_path(const siam_image_list *f, int64_t i);
/* The path that opens file i, in buf; false: it does not fit. */
bool siam_image_list_full_path(const siam_image_list *f, int64_t i, char *buf, size_t n);
/* The order of files i and k, as strcmp, that siam_image_list_sort gives. */
int siam_image_list_order(const siam_image_list *f, int64_t i, int64_t k);
/* Sort by path, byte by byte, a folder's files before those of a folder whose name goes on ("a/x" < "a-b/x").
 */
void siam_image_list_sort(siam_image_list *f);
/* Read and decode file i as d->want says, or what `use` will look at of it (codec.h; NULL: all), and turn it upright if d->exif. Whatever is
 * wrong with that one file is SIAM_E_DATA and names it. */
siam_code siam_image_list_read(const siam_image_list *f, int64_t i, const siam_dataset *d, const siam_image_use *use, siam_image *im, siam_err *e);
/* The bytes of file i as they are, free(*data); it is SIAM_E_DATA as above where the file is gone or not ours to read. */
siam_code siam_image_list_bytes(const siam_image_list *f, int64_t i, uint8_t **data, size_t *n, siam_err *e);
/* As siam_image_list_read, for the n bytes of the file at `path`, read before. */
siam_code siam_image_list_decode(const char *path, const uint8_t *data, size_t n, const siam_dataset *d, const siam_image_use *use,
                                 siam_image *im, siam_err *e);

#endif
