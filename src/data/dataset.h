/* Data sets: images and labels by index, thread-safe. One file + one row per kind. */
#ifndef SIAM_DATA_DATASET_H
#define SIAM_DATA_DATASET_H

#include <stdbool.h>
#include <stdio.h>

#include "image/codec.h"

typedef enum siam_split { SIAM_SPLIT_TRAIN, SIAM_SPLIT_TEST } siam_split;

/* What an opened data set is. */
/* An option of those who open one. */
enum siam_exif { SIAM_EXIF_IGNORE, SIAM_EXIF_APPLY };
/* How photographs become augmented views: from their exact pixels, or from smaller ones where the crops leave enough of those. */
enum siam_decode { SIAM_DECODE_EXACT, SIAM_DECODE_FAST };
#define SIAM_DECODE_CHOICES "exact|fast"

typedef struct siam_dataset_info {
    int64_t count;       /* images; > 0 after a successful open */
    int classes;         /* 0 = no labels */
    int width, height;   /* of every image, 0 = they vary */
    int channels;        /* of every image of a set without files; 0 = those of colours */
    uint64_t variant;    /* tells sets of one kind without files apart: a seed */
    bool pairs;          /* every image has a mate: another one of the same thing */
    bool train_only;     /* there is no test split to open */
    const char *name, *labels; /* what it is described with, and where labels are from; NULL: see data/describe.h */
    char described[320]; /* "CIFAR-10, 50,000 training images, 32x32, 10 classes" */
    bool at_odds;        /* held-out images have no labels as theirs are not those of the training images */
    char why[512];       /* there are no labels or nothing is held out, where it looks as if; no full stop; else "" */
    char remarks[2048];  /* what else there is to say before it is used: sentences, each ended by '\n' */
} siam_dataset_info;

struct siam_image_list;
struct siam_dataset_type;
/* Common head of every data set. */
typedef struct siam_dataset {
    const struct siam_dataset_type *type;
    siam_dataset_info info;
    bool exif; /* turn images as their EXIF orientation says; off until set, before the first read */
    siam_image_want want; /* what images are read as; RGB of 8 bits until set, before the first read */
    int64_t *only; /* image i is number only[i] of those there are; NULL: all are, and its type's functions may be asked */
} siam_dataset;

typedef struct siam_dataset_type {
    const char *name, *help;
    /* 0 = not this kind, else confidence; looks at the path without reading it all. "synth" is a name,
     * not a path. */
    int (*probe)(const char *spec);
    /* size: wanted side for data sets that draw their images (synth), 0 = its default. */
    siam_code (*open)(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e);
    /* Decode image `index` into `im` (its buffer is reused), files as d->want says. use: what will be looked at of it, NULL: all; a set may
     * give all of it anyway. Thread-safe: no state is written. */
    siam_code (*read)(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e);
    /* The same for its mate, and the name of that one's file; asked where info.pairs says so. */
    siam_code (*mate)(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e);
    const char *(*mate_file)(const siam_dataset *d, int64_t index);
    /* The bytes of its image file, free(*data). NULL: it is no file, or one of those that `files` names. */
    siam_code (*bytes)(const siam_dataset *d, int64_t index, uint8_t **data, size_t *n, siam_err *e);
    /* What the image is, without decoding it. NULL: its file's bytes say so, or info where it has none. */
    siam_code (*form)(const siam_dataset *d, int64_t index, siam_image_form *f, siam_err *e);
    /* Of images that are parts of files: the data set of those files, and which one this is a part of. NULL: they are not. */
    const siam_dataset *(*whole)(const siam_dataset *d, int64_t index, int64_t *file);
    int (*label)(const siam_dataset *d, int64_t index);        /* -1 = none */
    const char *(*class_name)(const siam_dataset *d, int cls); /* NULL = unnamed */
    const char *(*file)(const siam_dataset *d, int64_t index); /* below the data set's path; NULL: no files of their own */
    const struct siam_image_list *(*files)(const siam_dataset *d); /* one per image, by index; NULL: no files of their own */
    const char *(*group)(const siam_dataset *d, int64_t index); /* the group it is of; NULL, also as a result: none is known */
    /* Forget all images but these n, whose numbers ascend. NULL: siam_dataset_keep sees to it. */
    void (*keep)(siam_dataset *d, const int64_t *index, int64_t n);
    void (*close)(siam_dataset **d);
} siam_dataset_type;

extern const siam_dataset_type *const siam_datasets[]; /* NULL-terminated, from datasets.def */

/* Open by probing. `spec` is a path or the name of a built-in set ("synth", "synth:train=2000,test=500").
 * Missing path: SIAM_E_NOTFOUND; nothing usable there: SIAM_E_DATA, saying what was found and what is read. */
siam_code siam_dataset_open(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e);
void siam_dataset_close(siam_dataset **d);
/* Set d->exif and d->want, of all data sets that it is joined of, too; before the first read. */
void siam_dataset_read_as(siam_dataset *d, bool exif, const siam_image_want *want);
siam_code siam_dataset_read(const siam_dataset *d, int64_t index, siam_image *im, siam_err *e);
/* The same, or what `use` will look at of it: im->part says which part that is. NULL: all of it. */
siam_code siam_dataset_read_for(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e);
siam_code siam_dataset_read_mate(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e); /* of info.pairs */
/* The data set with the file that image *index is or is a part of, and the file's index there. */
const siam_dataset *siam_dataset_whole(const siam_dataset *d, int64_t *index);
int siam_dataset_label(const siam_dataset *d, int64_t index);
const char *siam_dataset_file(const siam_dataset *d, int64_t index); /* its file's name, NULL = none */
const char *siam_dataset_mate_file(const siam_dataset *d, int64_t index); /* its mate's, NULL = none */
/* Have these n images alone, whose numbers ascend, from malloc and the data set's from now on; they are called those of `split`. */
void siam_dataset_keep(siam_dataset *d, int64_t *index, int64_t n, siam_split split);
/* The failure of a use of the data set at `path` that needs labels where there are none: "USE needs labels, and ...".
 * Returns SIAM_E_CONFIG; SIAM_E_DATA where the splits are at odds. */
siam_code siam_dataset_no_labels(const siam_dataset *d, const char *path, const char *use, siam_err *e);
/* Whether the image has a file and that is not there (any more). */
bool siam_dataset_lacks_file(const siam_dataset *d, int64_t index);
/* Image number k of `of` that lie all over n, the first and the last among them. */
int64_t siam_dataset_spread(int64_t n, int64_t k, int64_t of);
/* One more sentence for info->remarks; one for which there is no room is cut. Names in it must be printable. */
void siam_dataset_remark(siam_dataset_info *info, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next remark's length, 0 = none is left: for (at = info.remarks; (n = siam_remark_length(at)); at += n + 1). */
size_t siam_remark_length(const char *at);
/* Whether d has the remark that begins at `at`. */
bool siam_dataset_remarked(const siam_dataset *d, const char *at);
/* A line for each remark that `said` (or NULL) does not have, too, with `before` in front. */
void siam_dataset_print_remarks(const siam_dataset *d, const siam_dataset *said, const char *before, FILE *out);

/* Sides of the tiles of "tiff:tile=256:PATH". */
enum { SIAM_TILE_LEAST = 32, SIAM_TILE_MOST = 16384 };

#endif
