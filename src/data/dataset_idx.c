/* MNIST and what has its form (Fashion-MNIST, KMNIST, EMNIST): a file of grey images and one of labels for each split, IDX files
 * (idx.h), also compressed. They are found by their names, "train-images-idx3-ubyte" and the like, in a folder or in the `raw` or
 * `gzip` in it; or the file of the training images is given. Read into memory. There are as many classes as the training labels say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/archive.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/idx.h"
#include "data/records.h"
#include "data/walk.h"

enum { MAX_PATH = 4096, MAX_NAME = 256, MAX_SIDE = 4096 };

static const siam_archive_of kind = {"MNIST", (size_t)4 << 30, 16};
static const char of[] = "MNIST's format (IDX)";

extern const siam_dataset_type siam_dataset_type_idx; /* the last lines of this file */

typedef struct idx {
    siam_dataset head;
    uint8_t *images, *labels; /* the files */
    siam_idx image, label;    /* what is in them */
} idx;

static void close_idx(siam_dataset **d)
{
    free(((idx *)*d)->images);
    free(((idx *)*d)->labels);
    free(*d);
    *d = NULL;
}

/* ---- which files ---------------------------------------------------------------------------------------- */

/* The files of images in a folder, by split; unpacked ones rather than compressed ones. */
typedef struct found {
    char dir[MAX_PATH], name[2][MAX_NAME]; /* "" = none */
    char set[MAX_NAME], other[MAX_NAME];   /* the set they are of; a file of another set that is there, too */
    bool fixed;                            /* no other set is meant */
} found;

static bool take_name(void *user, const siam_entry *entry)
{
    found *f = user;
    siam_idx_name parsed;
    char set[MAX_NAME];
    const size_t n = strlen(entry->name);
    if (entry->kind != SIAM_ENTRY_FILE || n >= MAX_NAME || !siam_idx_is_images(&parsed, entry->name))
        return true;
    memcpy(set, entry->name, parsed.set);
    set[parsed.set] = '\0';
    if (f->fixed && strcmp(f->set, set))
        return true;
    if (!f->fixed && (f->name[0][0] || f->name[1][0]) && strcmp(f->set, set)) {
        if (parsed.split == SIAM_SPLIT_TRAIN && (!f->other[0] || strcmp(entry->name, f->other) < 0))
            memcpy(f->other, entry->name, n + 1);
        return true;
    }
    memcpy(f->set, set, parsed.set + 1);
    char *best = f->name[parsed.split];
    const size_t m = strlen(best);
    const bool best_gz = m > 3 && !strcmp(best + m - 3, ".gz");
    if (!best[0] || (best_gz != parsed.gz ? best_gz : strcmp(entry->name, best) < 0))
        memcpy(best, entry->name, n + 1);
    return true;
}

static bool is_found(const found *f) { return f->name[0][0] || f->name[1][0]; }

/* spec: a folder, or a file of training images. */
static bool find(found *f, const char *spec)
{
    static const char *const below[] = {"", "raw", "gzip"};
    *f = (found){.fixed = false};
    if (!siam_path_is_dir(spec)) {
        siam_idx_name parsed;
        const char *slash = strrchr(spec, '/'), *name = slash ? slash + 1 : spec;
        if (strlen(name) >= MAX_NAME || !siam_idx_is_images(&parsed, name) || parsed.split != SIAM_SPLIT_TRAIN ||
            !siam_path_exists(spec))
            return false;
        if ((size_t)snprintf(f->dir, sizeof f->dir, "%.*s", slash ? (int)(slash - spec) + (slash == spec) : 1, slash ? spec : ".") >=
            sizeof f->dir)
            return false;
        memcpy(f->set, name, parsed.set);
        f->fixed = true;
        if (siam_list_folder(f->dir, take_name, f, NULL))
            return false;
        snprintf(f->name[0], sizeof f->name[0], "%s", name); /* that one, whatever else there is */
        return true;
    }
    for (size_t i = 0; i < sizeof below / sizeof *below && !is_found(f); i++)
        if ((below[i][0] ? siam_path_join(f->dir, sizeof f->dir, spec, below[i])
                         : (size_t)snprintf(f->dir, sizeof f->dir, "%s", spec) < sizeof f->dir) &&
            siam_path_is_dir(f->dir) && siam_list_folder(f->dir, take_name, f, NULL))
            return false;
    return is_found(f);
}

static int probe_idx(const char *spec)
{
    found f;
    return find(&f, spec) ? 80 : 0;
}

/* ---- reading them --------------------------------------------------------------------------------------- */

/* A file of the folder, or the same compressed or not; siam_records_missing, when neither is there. */
static siam_code read_file(uint8_t **data, size_t *n, char path[MAX_PATH], const char *dir, const char *name, siam_err *e)
{
    char other[MAX_NAME + 4];
    const size_t m = strlen(name);
    const bool gz = m > 3 && !strcmp(name + m - 3, ".gz");
    snprintf(other, sizeof other, "%.*s%s", (int)(gz ? m - 3 : m), name, gz ? "" : ".gz");
    if (!siam_path_join(path, MAX_PATH, dir, name) || (!siam_path_exists(path) && !siam_path_join(path, MAX_PATH, dir, other)))
        return siam_fail(e, SIAM_E_DATA, "the path of %s in '%s' is too long", name, dir);
    if (!siam_path_exists(path))
        return siam_records_missing(name, dir, of, e);
    return siam_archive_whole(path, &kind, data, n, e);
}

static siam_code read_labels(uint8_t **data, siam_idx *x, char path[MAX_PATH], const found *f, siam_split split, siam_err *e)
{
    char name[MAX_NAME];
    size_t n;
    siam_idx_labels_of(name, f->name[split]);
    SIAM_TRY(read_file(data, &n, path, f->dir, name, e));
    return siam_idx_parse(x, 1, *data, n, path, e);
}

/* How many classes the training images have. */
static siam_code count_classes(int *classes, const found *f, siam_err *e)
{
    char path[MAX_PATH];
    uint8_t *data = NULL;
    siam_idx x;
    const siam_code rc = read_labels(&data, &x, path, f, SIAM_SPLIT_TRAIN, e);
    *classes = 0;
    for (size_t i = 0; !rc && i < x.dim[0]; i++)
        *classes = x.value[i] >= *classes ? x.value[i] + 1 : *classes;
    free(data);
    return rc;
}

static siam_code read_split(idx *d, const found *f, siam_split split, siam_err *e)
{
    char path[MAX_PATH], labels[MAX_PATH];
    size_t n;
    SIAM_TRY(read_file(&d->images, &n, path, f->dir, f->name[split], e));
    SIAM_TRY(siam_idx_parse(&d->image, 3, d->images, n, path, e));
    const size_t *dim = d->image.dim;
    if (dim[1] > MAX_SIDE || dim[2] > MAX_SIDE)
        return siam_fail(e, SIAM_E_DATA, "'%s' has images of %zux%zu px, and up to %d are read", path, dim[2], dim[1], MAX_SIDE);
    SIAM_TRY(read_labels(&d->labels, &d->label, labels, f, split, e));
    if (d->label.dim[0] != dim[0]) {
        siam_fail(e, SIAM_E_DATA, "'%s' has %zu labels, and '%s' has %zu images: they do not belong together", labels, d->label.dim[0],
                  path, dim[0]);
        siam_hint(e, "unpack or download the data set again");
        return SIAM_E_DATA;
    }
    SIAM_TRY(count_classes(&d->head.info.classes, f, e));
    for (size_t i = 0; i < dim[0]; i++)
        SIAM_TRY(siam_records_label(d->label.value[i], (int64_t)i, 0, d->head.info.classes - 1, labels, "the training part", e));
    return SIAM_OK;
}

static siam_code several_sets(const found *f, const char *spec, siam_err *e)
{
    char word[2 * MAX_PATH], path[MAX_PATH], a[MAX_NAME], b[MAX_NAME];
    siam_fail(e, SIAM_E_DATA, "'%s' has several data sets, '%s' and '%s', and which is meant is not clear", spec,
              siam_format_printable(a, sizeof a, f->name[SIAM_SPLIT_TRAIN]), siam_format_printable(b, sizeof b, f->other));
    if (siam_path_join(path, sizeof path, f->dir, f->name[SIAM_SPLIT_TRAIN]))
        siam_hint(e, "--data %s, or another file of training images", siam_format_word(word, sizeof word, path));
    return SIAM_E_DATA;
}

static siam_code check_found(const found *f, const char *spec, siam_split split, siam_err *e)
{
    if (!f->name[SIAM_SPLIT_TRAIN][0])
        return siam_records_missing("train-images-idx3-ubyte", f->dir, of, e);
    if (f->other[0])
        return several_sets(f, spec, e);
    return f->name[split][0] ? SIAM_OK : siam_records_missing("t10k-images-idx3-ubyte", f->dir, of, e);
}

static siam_code open_idx(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    found f;
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    if (!find(&f, spec))
        return siam_records_missing("train-images-idx3-ubyte", spec, of, e);
    SIAM_TRY(check_found(&f, spec, split, e));
    idx *d = calloc(1, sizeof *d);
    if (!d)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *head = &d->head;
    siam_dataset_info *info = &d->head.info;
    head->type = &siam_dataset_type_idx;
    const siam_code rc = read_split(d, &f, split, e);
    if (rc) {
        close_idx(&head);
        return rc;
    }
    info->count = (int64_t)d->image.dim[0];
    info->height = (int)d->image.dim[1];
    info->width = (int)d->image.dim[2];
    info->channels = 1;
    info->train_only = !f.name[SIAM_SPLIT_TEST][0];
    siam_dataset_describe(info, of, split);
    *out = head;
    return SIAM_OK;
}

static siam_code read_idx(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const idx *x = (const idx *)d;
    SIAM_TRY(siam_image_shape_buffer(im, d->info.width, d->info.height, 1, 1, e));
    const size_t n = siam_image_bytes(im);
    memcpy(im->px, x->image.value + (size_t)index * n, n);
    return SIAM_OK;
}

static int label_idx(const siam_dataset *d, int64_t index) { return ((const idx *)d)->label.value[index]; }

const siam_dataset_type siam_dataset_type_idx = {
    .name = "idx",
    .help = "MNIST, Fashion-MNIST and their like, a folder of IDX files, also .gz",
    .probe = probe_idx,
    .open = open_idx,
    .read = read_idx,
    .label = label_idx,
    .close = close_idx,
};
