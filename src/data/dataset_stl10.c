/* STL-10 (https://cs.stanford.edu/~acoates/stl10): images of 96 px, red plane first, each plane column by column; labels from 1 on.
 * From a folder images are read as they are asked for, as those without labels are 2.8 GB; from the original .tar.gz the labelled
 * ones are read into memory. unlabeled_X.bin is a data set of its own, since the other images have labels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/infile.h"
#include "data/archive.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/records.h"

enum { SIDE = 96, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, CLASSES = 10, MAX_PATH = 4096, MAX_LABELS = 1 << 24 };
enum { MAX_IMAGES = 20000 }; /* of a file that is taken from an archive; the original has 8,000 */

static const char name_of_set[] = "STL-10", folder_of_set[] = "stl10_binary", unlabelled[] = "unlabeled_X.bin",
                  class_file[] = "class_names.txt";
static const char *const image_file[2] = {"train_X.bin", "test_X.bin"}, *const label_file[2] = {"train_y.bin", "test_y.bin"};

extern const siam_dataset_type siam_dataset_type_stl10; /* the last lines of this file */

typedef struct stl10 {
    siam_dataset head;
    uint8_t *image;      /* in memory, or NULL: in the file */
    siam_infile in;
    char path[MAX_PATH]; /* the file's */
    uint8_t *label;      /* from 1 on; NULL: none */
    char class_name[CLASSES][SIAM_CLASS_LINE];
} stl10;

static void close_stl10(siam_dataset **d)
{
    stl10 *s = (stl10 *)*d;
    siam_infile_close(&s->in);
    free(s->image);
    free(s->label);
    free(s);
    *d = NULL;
}

static siam_code check_labels(const stl10 *s, size_t n, const char *where, const char *images, siam_err *e)
{
    if ((int64_t)n != s->head.info.count) {
        siam_fail(e, SIAM_E_DATA, "'%s' has %zu labels, and '%s' has %lld images: they do not belong together", where, n, images,
                  (long long)s->head.info.count);
        siam_hint(e, "unpack or download the data set again");
        return SIAM_E_DATA;
    }
    for (size_t i = 0; i < n; i++)
        SIAM_TRY(siam_records_label(s->label[i], (int64_t)i, 1, CLASSES, where, name_of_set, e));
    return SIAM_OK;
}

/* ---- from a folder -------------------------------------------------------------------------------------- */

static bool has(const char *dir, const char *name)
{
    char path[MAX_PATH];
    return siam_path_join(path, sizeof path, dir, name) && siam_path_look(path) == SIAM_PATH_OTHER;
}

static bool is_folder(const char *dir) { return has(dir, image_file[0]) || has(dir, image_file[1]) || has(dir, unlabelled); }

/* The folder with the files, `spec` itself or the original archive's folder in it. */
static bool find_folder(const char *spec, char dir[MAX_PATH])
{
    return ((size_t)snprintf(dir, MAX_PATH, "%s", spec) < MAX_PATH && is_folder(dir)) ||
           (siam_path_join(dir, MAX_PATH, spec, folder_of_set) && is_folder(dir));
}

static siam_code open_images(stl10 *s, const char *path, siam_err *e)
{
    if ((size_t)snprintf(s->path, sizeof s->path, "%s", path) >= sizeof s->path)
        return siam_fail(e, SIAM_E_DATA, "the path '%s' is too long", path);
    SIAM_TRY(siam_infile_open(&s->in, s->path, e));
    return siam_records_count(&s->head.info.count, s->in.n, PIXELS, path, name_of_set, e);
}

static siam_code read_labels(stl10 *s, const char *dir, siam_split split, siam_err *e)
{
    char path[MAX_PATH], *text = NULL;
    size_t n = 0;
    if (!siam_path_join(path, sizeof path, dir, label_file[split]))
        return siam_fail(e, SIAM_E_DATA, "the path of %s in '%s' is too long", label_file[split], dir);
    if (!siam_path_exists(path))
        return siam_records_missing(label_file[split], dir, name_of_set, e);
    SIAM_TRY(siam_file_read(path, MAX_LABELS, &text, &n, e));
    s->label = (uint8_t *)text;
    SIAM_TRY(check_labels(s, n, path, s->path, e));
    s->head.info.classes = CLASSES;
    if (siam_path_join(path, sizeof path, dir, class_file) && siam_path_exists(path) &&
        !siam_file_read(path, SIAM_CLASS_FILE, &text, &n, NULL)) {
        siam_records_classes(s->class_name, CLASSES, text, n);
        free(text);
    }
    return SIAM_OK;
}

static siam_code open_unlabelled(stl10 *s, const char *path, siam_split split, siam_err *e)
{
    s->head.info.train_only = true;
    if (split == SIAM_SPLIT_TRAIN)
        return open_images(s, path, e);
    siam_fail(e, SIAM_E_DATA, "'%s' has STL-10's images without labels, and none of them are held out", path);
    siam_hint(e, "--data FOLDER, the one with train_X.bin and test_X.bin");
    return SIAM_E_DATA;
}

static siam_code open_folder(stl10 *s, const char *spec, siam_split split, siam_err *e)
{
    char dir[MAX_PATH], path[MAX_PATH], word[2 * MAX_PATH];
    if (!siam_path_is_dir(spec))
        return open_unlabelled(s, spec, split, e);
    if (!find_folder(spec, dir))
        return siam_records_missing(image_file[split], spec, name_of_set, e);
    const bool others = has(dir, unlabelled) && siam_path_join(path, sizeof path, dir, unlabelled);
    if (others && !has(dir, image_file[0]) && !has(dir, image_file[1]))
        return open_unlabelled(s, path, split, e);
    if (others && split == SIAM_SPLIT_TRAIN)
        siam_dataset_remark(&s->head.info, "not read: %s, which has no labels; --data %s trains on it", unlabelled,
                            siam_format_word(word, sizeof word, path));
    if (!has(dir, image_file[split]))
        return siam_records_missing(image_file[split], dir, name_of_set, e);
    if (!siam_path_join(path, sizeof path, dir, image_file[split]))
        return siam_fail(e, SIAM_E_DATA, "the path of %s in '%s' is too long", image_file[split], dir);
    SIAM_TRY(open_images(s, path, e));
    return read_labels(s, dir, split, e);
}

/* ---- from an archive ------------------------------------------------------------------------------------ */

static bool is_ours(const char *name)
{
    return !strcmp(name, unlabelled) || !strcmp(name, image_file[0]) || !strcmp(name, image_file[1]) || !strcmp(name, label_file[0]) ||
           !strcmp(name, label_file[1]);
}

/* Take one file of the archive, once. */
static siam_code take(uint8_t **data, size_t *n, size_t most, siam_archive *a, const char *path, const char *name, siam_err *e)
{
    char where[2 * MAX_PATH];
    if (*data)
        return siam_fail(e, SIAM_E_DATA, "the archive '%s' has two files named %s", path, name);
    snprintf(where, sizeof where, "%s: %s", path, name);
    return siam_archive_take(a, where, most, data, n, e);
}

static siam_code take_files(stl10 *s, siam_archive *a, size_t *labels, siam_split split, siam_err *e)
{
    const char *name = "";
    char where[2 * MAX_PATH];
    siam_dataset_info *info = &s->head.info;
    for (;;) {
        SIAM_TRY(siam_archive_next(a, &name, e));
        if (!name)
            return siam_archive_drain(a, e);
        if (!strcmp(name, image_file[split])) {
            size_t n;
            SIAM_TRY(take(&s->image, &n, (size_t)MAX_IMAGES * PIXELS, a, s->path, name, e));
            snprintf(where, sizeof where, "%s: %s", s->path, name);
            SIAM_TRY(siam_records_count(&info->count, n, PIXELS, where, name_of_set, e));
        } else if (!strcmp(name, label_file[split])) {
            SIAM_TRY(take(&s->label, labels, MAX_IMAGES, a, s->path, name, e));
        } else if (!strcmp(name, class_file) && !s->class_name[0][0]) {
            uint8_t *text = NULL;
            size_t n;
            SIAM_TRY(take(&text, &n, SIAM_CLASS_FILE, a, s->path, name, e));
            siam_records_classes(s->class_name, CLASSES, (const char *)text, n);
            free(text);
        } else if (!strcmp(name, unlabelled) && split == SIAM_SPLIT_TRAIN) {
            siam_dataset_remark(info, "not read: %s, which has no labels; unpacked it can be given as --data", unlabelled);
        }
    }
}

static siam_code open_archive(stl10 *s, const char *path, siam_split split, siam_err *e)
{
    static const siam_archive_of kind = {"STL-10", (size_t)4 << 30, 2};
    char where[2 * MAX_PATH];
    siam_archive *a;
    size_t labels = 0;
    if ((size_t)snprintf(s->path, sizeof s->path, "%s", path) >= sizeof s->path)
        return siam_fail(e, SIAM_E_DATA, "the path '%s' is too long", path);
    SIAM_TRY(siam_archive_open(&a, s->path, &kind, e));
    const siam_code rc = take_files(s, a, &labels, split, e);
    siam_archive_close(&a);
    SIAM_TRY(rc);
    if (!s->image || !s->label)
        return siam_records_missing(s->image ? label_file[split] : image_file[split], path, name_of_set, e);
    s->head.info.classes = CLASSES;
    snprintf(where, sizeof where, "%s: %s", path, label_file[split]);
    return check_labels(s, labels, where, image_file[split], e);
}

/* ---- the data set --------------------------------------------------------------------------------------- */

static int probe_stl10(const char *spec)
{
    char dir[MAX_PATH];
    const char *slash = strrchr(spec, '/');
    if (siam_path_is_dir(spec))
        return find_folder(spec, dir) ? 90 : 0;
    if (siam_path_look(spec) == SIAM_PATH_OTHER && !strcmp(slash ? slash + 1 : spec, unlabelled))
        return 90;
    return siam_archive_begins(spec, is_ours) ? 70 : 0;
}

static siam_code open_stl10(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    const char *slash = strrchr(spec, '/');
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    stl10 *s = calloc(1, sizeof *s);
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *d = &s->head;
    d->type = &siam_dataset_type_stl10;
    const bool plain = siam_path_is_dir(spec) || !strcmp(slash ? slash + 1 : spec, unlabelled);
    const siam_code rc = plain ? open_folder(s, spec, split, e) : open_archive(s, spec, split, e);
    if (rc) {
        close_stl10(&d);
        return rc;
    }
    d->info.width = d->info.height = SIDE;
    siam_dataset_describe(&d->info, name_of_set, split);
    *out = d;
    return SIAM_OK;
}

static siam_code read_stl10(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const stl10 *s = (const stl10 *)d;
    uint8_t columns[PIXELS];
    const uint8_t *px = s->image ? s->image + (size_t)index * PIXELS : columns;

    SIAM_TRY(siam_image_resize_buffer(im, SIDE, SIDE, e));
    if (!s->image)
        SIAM_TRY(siam_infile_read(&s->in, (size_t)index * PIXELS, columns, PIXELS, e));
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                im->px[3 * (y * SIDE + x) + c] = px[c * PLANE + x * SIDE + y];
    return SIAM_OK;
}

static int label_stl10(const siam_dataset *d, int64_t index) { return ((const stl10 *)d)->label[index] - 1; }

static const char *class_name_stl10(const siam_dataset *d, int cls)
{
    const stl10 *s = (const stl10 *)d;
    return cls >= 0 && cls < CLASSES && s->class_name[cls][0] ? s->class_name[cls] : NULL;
}

const siam_dataset_type siam_dataset_type_stl10 = {
    .name = "stl10",
    .help = "STL-10 in the binary version, a folder, its unlabeled_X.bin or the .tar.gz",
    .probe = probe_stl10,
    .open = open_stl10,
    .read = read_stl10,
    .label = label_stl10,
    .class_name = class_name_stl10,
    .close = close_stl10,
};
