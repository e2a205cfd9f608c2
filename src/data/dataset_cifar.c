/* CIFAR-10 and CIFAR-100 in both layouts of https://www.cs.toronto.edu/~kriz/cifar.html: binary, records of one
 * (CIFAR-10) or two (CIFAR-100: coarse, fine) label bytes and 3 x 1024 bytes, red plane first; and the Python version (cifar_pickle.h). Read from a
 * folder or from the original .tar.gz or .tar into memory: the files stay open for hours otherwise, and may change. A
 * data set must not silently shrink: a missing, cut or foreign file is an error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/archive.h"
#include "data/cifar_pickle.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/records.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = SIAM_CIFAR_PIXELS, MAX_FILES = 5, MAX_CLASSES = 100 };
enum { MAX_IMAGES = 50000 }; /* of one batch file: CIFAR-100's train.bin, the largest */
enum { PICKLED = 8 << 20 };  /* beside the pixels: labels and names of files */
enum { LOOKED_AT = 512 << 20 }; /* the archives hold 170 to 184 MB */

typedef struct layout {
    const char *name, *folder;       /* folder: where the original archive puts the files */
    int label_bytes, classes;        /* the last label byte counts; none: they are pickles */
    const char *files[2][MAX_FILES]; /* per split */
    const char *names;               /* one class name a line, or a pickle; optional */
    const char *labels_key, *names_key; /* in pickles */
    bool named;                      /* other files are called like its own, so that `names` is asked for in a folder */
} layout;

static const layout layouts[] = {
    {"CIFAR-10",
     "cifar-10-batches-bin",
     1,
     10,
     {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      {"test_batch.bin"}},
     "batches.meta.txt",
     NULL,
     NULL,
     false},
    {"CIFAR-100", "cifar-100-binary", 2, 100, {{"train.bin"}, {"test.bin"}}, "fine_label_names.txt", NULL, NULL, false},
    {"CIFAR-10",
     "cifar-10-batches-py",
     0,
     10,
     {{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"}, {"test_batch"}},
     "batches.meta",
     "labels",
     "label_names",
     false},
    {"CIFAR-100", "cifar-100-python", 0, 100, {{"train"}, {"test"}}, "meta", "fine_labels", "fine_label_names", true},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

typedef struct part { /* one batch file */
    uint8_t *data;
    size_t n;
    int64_t first, count; /* images */
    const uint8_t *px, *label; /* of the first; then every `step` and `label_step` bytes */
    size_t step, label_step;
    uint8_t *labels; /* of a pickle */
} part;

typedef struct cifar {
    siam_dataset head;
    const layout *kind;
    int parts;
    part part[MAX_FILES];
    char class_name[MAX_CLASSES][SIAM_CLASS_LINE];
    uint8_t *names; /* the file of names that an archive has, of that layout; NULL after opening */
    size_t names_n;
    const layout *names_of;
} cifar;

static void close_cifar(siam_dataset **d)
{
    cifar *c = (cifar *)*d;

    for (int i = 0; i < MAX_FILES; i++) {
        free(c->part[i].data);
        free(c->part[i].labels);
    }
    free(c->names);
    free(c);
    *d = NULL;
}

static int file_count(const layout *k, siam_split split)
{
    int n = 0;
    while (n < MAX_FILES && k->files[split][n])
        n++;
    return n;
}

/* Which batch file of the split a name is, -1 = none. */
static int file_index(const layout *k, siam_split split, const char *name)
{
    for (int i = file_count(k, split) - 1; i >= 0; i--)
        if (strcmp(k->files[split][i], name) == 0)
            return i;
    return -1;
}

static bool belongs(const layout *k, const char *name)
{
    return file_index(k, SIAM_SPLIT_TRAIN, name) >= 0 || file_index(k, SIAM_SPLIT_TEST, name) >= 0;
}

/* ---- what a batch file must be ------------------------------------------------------------------------ */

static size_t record_bytes(const layout *k) { return (size_t)k->label_bytes + PIXELS; }

static size_t most_bytes(const layout *k) { return MAX_IMAGES * record_bytes(k) + (k->label_bytes ? 0 : PICKLED); }

static siam_code check_pickle(cifar *c, part *p, const char *where, siam_err *e)
{
    const layout *k = c->kind;
    siam_cifar_batch b;
    SIAM_TRY(siam_cifar_pickle_batch(&b, p->data, p->n, k->labels_key, k->classes, where, k->name, e));
    p->count = b.count;
    p->px = b.px;
    p->step = PIXELS;
    p->label = p->labels = b.label;
    p->label_step = 1;
    return SIAM_OK;
}

/* Check part i, named `where` in messages, and count its images. */
static siam_code check_part(cifar *c, int i, const char *where, siam_err *e)
{
    const layout *k = c->kind;
    const size_t record = record_bytes(k);
    part *p = &c->part[i];

    if (!k->label_bytes)
        return check_pickle(c, p, where, e);
    SIAM_TRY(siam_records_count(&p->count, p->n, record, where, k->name, e));
    p->label = p->data + k->label_bytes - 1;
    p->px = p->data + k->label_bytes;
    p->step = p->label_step = record;
    for (int64_t r = 0; r < p->count; r++)
        SIAM_TRY(siam_records_label(p->label[(size_t)r * record], r, 0, k->classes - 1, where, k->name, e));
    return SIAM_OK;
}

static siam_code use_names(cifar *c, const void *text, size_t n, const char *where, siam_err *e)
{
    if (!c->kind->label_bytes)
        return siam_cifar_pickle_names(c->class_name, c->kind->classes, text, n, c->kind->names_key, where, e);
    siam_records_classes(c->class_name, c->kind->classes, text, n);
    return SIAM_OK;
}

/* ---- from a folder ------------------------------------------------------------------------------------ */

/* What cannot be looked at says nothing of what a folder is: to open that will say why. */
static bool is_seen(const char *path)
{
    const siam_path_is is = siam_path_look(path);
    return is == SIAM_PATH_FOLDER || is == SIAM_PATH_OTHER;
}

static int files_in(const layout *k, const char *dir)
{
    char path[4096];
    int found = 0;

    if (k->named && (!siam_path_join(path, sizeof path, dir, k->names) || siam_path_look(path) != SIAM_PATH_OTHER))
        return 0;
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < file_count(k, s); i++)
            found += siam_path_join(path, sizeof path, dir, k->files[s][i]) && is_seen(path) && !(k->named && siam_path_is_dir(path));
    return found;
}

/* The folder with batch files, `spec` itself or the original archive's folder in it; NULL = none. */
static const layout *find_folder(const char *spec, char dir[4096])
{
    for (int i = 0; i < LAYOUTS; i++) {
        if ((size_t)snprintf(dir, 4096, "%s", spec) < 4096 && files_in(&layouts[i], dir))
            return &layouts[i];
        if (siam_path_join(dir, 4096, spec, layouts[i].folder) && files_in(&layouts[i], dir))
            return &layouts[i];
    }
    return NULL;
}

static siam_code read_names(cifar *c, const char *dir, siam_err *e)
{
    char path[4096], *text;
    size_t n;
    if (!siam_path_join(path, sizeof path, dir, c->kind->names) || !siam_path_exists(path) ||
        siam_file_read(path, SIAM_CLASS_FILE, &text, &n, NULL))
        return SIAM_OK;
    const siam_code rc = use_names(c, text, n, path, e);
    free(text);
    return rc;
}

static siam_code open_folder(cifar *c, const char *spec, siam_split split, siam_err *e)
{
    char dir[4096], path[4096];

    c->kind = find_folder(spec, dir);
    if (!c->kind) /* it was there when it was looked for */
        return siam_fail(e, SIAM_E_DATA, "the files of '%s' have gone while they were read", spec);
    c->parts = file_count(c->kind, split);
    for (int i = 0; i < c->parts; i++) {
        const char *name = c->kind->files[split][i];
        if (!siam_path_join(path, sizeof path, dir, name))
            return siam_fail(e, SIAM_E_DATA, "the path of %s in '%s' is too long", name, dir);
        if (!siam_path_exists(path))
            return siam_records_missing(name, dir, c->kind->name, e);
        char *bytes;
        SIAM_TRY(siam_file_read(path, most_bytes(c->kind), &bytes, &c->part[i].n, e));
        c->part[i].data = (uint8_t *)bytes;
        SIAM_TRY(check_part(c, i, path, e));
    }
    return read_names(c, dir, e);
}

/* ---- from an archive ---------------------------------------------------------------------------------- */

/* Look at one file: a batch file of the split, the names, or nothing of ours. */
static siam_code take_entry(cifar *c, siam_archive *a, const char *path, const char *name, siam_split split, siam_err *e)
{
    char where[4096];

    for (int i = 0; !c->kind && i < LAYOUTS; i++)
        if (belongs(&layouts[i], name))
            c->kind = &layouts[i];
    snprintf(where, sizeof where, "%s: %s", path, name);
    for (int i = 0; i < LAYOUTS; i++)
        if (!c->names && (!c->kind || c->kind == &layouts[i]) && strcmp(layouts[i].names, name) == 0) {
            c->names_of = &layouts[i];
            return siam_archive_take(a, where, SIAM_CLASS_FILE, &c->names, &c->names_n, e);
        }
    const int at = c->kind ? file_index(c->kind, split, name) : -1;
    if (at < 0)
        return SIAM_OK;
    part *p = &c->part[at];
    if (p->data)
        return siam_fail(e, SIAM_E_DATA, "the archive '%s' has two files named %s", path, name);
    SIAM_TRY(siam_archive_take(a, where, most_bytes(c->kind), &p->data, &p->n, e));
    return check_part(c, at, where, e);
}

static siam_code no_batches(const siam_archive *a, const char *path, siam_err *e)
{
    char found[SIAM_SURVEY_TEXT], word[2 * 4096], beginning[64] = "";
    const siam_description *survey = siam_archive_seen(a);
    const size_t endless = siam_archive_endless(a);
    siam_description_text(survey, found);
    if (endless)
        snprintf(beginning, sizeof beginning, "the first %zu MB of ", endless >> 20);
    siam_fail(e, SIAM_E_DATA, "%sthe archive '%s' ha%s %s but no CIFAR batch files (%s ... or %s)", beginning, path,
              endless ? "ve" : "s", found, layouts[0].files[0][0], layouts[1].files[0][0]);
    if (siam_description_images(survey) || siam_description_archives(survey))
        siam_hint(e, "mkdir DIR && tar xf %s -C DIR, and --data DIR: images are read from a folder",
                  siam_format_word(word, sizeof word, path));
    siam_hint(e, "CIFAR as it is downloaded: cifar-10-binary.tar.gz, cifar-10-python.tar.gz or those of CIFAR-100");
    return SIAM_E_DATA;
}

static siam_code open_archive(cifar *c, const char *path, siam_split split, siam_err *e)
{
    static const siam_archive_of kind = {"CIFAR", LOOKED_AT, 2};
    siam_archive *a;
    SIAM_TRY(siam_archive_open(&a, path, &kind, e));
    siam_code rc = SIAM_OK;
    const char *name = "";
    while (!rc && name) {
        rc = siam_archive_next(a, &name, e);
        if (!rc && name)
            rc = take_entry(c, a, path, name, split, e);
    }
    if (!rc)
        rc = siam_archive_drain(a, e);
    if (!c->kind && (!rc || siam_archive_endless(a))) {
        siam_err_clear(e);
        rc = no_batches(a, path, e);
    }
    siam_archive_close(&a);
    c->parts = c->kind ? file_count(c->kind, split) : 0;
    for (int i = 0; !rc && i < c->parts; i++)
        if (!c->part[i].data)
            rc = siam_records_missing(c->kind->files[split][i], path, c->kind->name, e);
    if (!rc && c->names && c->names_of == c->kind)
        rc = use_names(c, c->names, c->names_n, path, e);
    free(c->names);
    c->names = NULL;
    return rc;
}

extern const siam_dataset_type siam_dataset_type_cifar; /* the last lines of this file */

/* ---- the data set ------------------------------------------------------------------------------------- */

/* By content: a folder with batch files, or a gzip or tar file. */
static int probe_cifar(const char *spec)
{
    char dir[4096];
    struct stat st;

    if (stat(spec, &st) != 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return find_folder(spec, dir) ? 90 : 0;
    return S_ISREG(st.st_mode) && siam_archive_looks(spec) ? 50 : 0;
}

static siam_code open_cifar(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    cifar *c = calloc(1, sizeof *c);
    if (!c)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    c->head.type = &siam_dataset_type_cifar;
    siam_dataset *d = &c->head;
    const siam_code rc =
        siam_path_is_dir(spec) ? open_folder(c, spec, split, e) : open_archive(c, spec, split, e);
    if (rc) {
        close_cifar(&d);
        return rc;
    }
    siam_dataset_info *info = &c->head.info;
    for (int i = 0; i < c->parts; i++) {
        c->part[i].first = info->count;
        info->count += c->part[i].count;
    }
    info->classes = c->kind->classes;
    info->width = info->height = SIDE;
    siam_dataset_describe(info, c->kind->name, split);
    *out = d;
    return SIAM_OK;
}

/* The batch with that image, which is number *at there. */
static const part *part_of(const cifar *c, int64_t index, size_t *at)
{
    int i = 0;
    while (index >= c->part[i].first + c->part[i].count)
        i++;
    *at = (size_t)(index - c->part[i].first);
    return &c->part[i];
}

static siam_code read_cifar(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    size_t at;
    const part *p = part_of((const cifar *)d, index, &at);
    const uint8_t *px = p->px + at * p->step;

    SIAM_TRY(siam_image_resize_buffer(im, SIDE, SIDE, e));
    for (int i = 0; i < PLANE; i++) {
        im->px[3 * i] = px[i];
        im->px[3 * i + 1] = px[PLANE + i];
        im->px[3 * i + 2] = px[2 * PLANE + i];
    }
    return SIAM_OK;
}

static int label_cifar(const siam_dataset *d, int64_t index)
{
    size_t at;
    const part *p = part_of((const cifar *)d, index, &at);
    return p->label[at * p->label_step];
}

static const char *class_name_cifar(const siam_dataset *d, int cls)
{
    const cifar *c = (const cifar *)d;
    return cls >= 0 && cls < c->kind->classes && c->class_name[cls][0] ? c->class_name[cls] : NULL;
}

const siam_dataset_type siam_dataset_type_cifar = {
    .name = "cifar",
    .help = "CIFAR-10 or CIFAR-100, binary or Python version, a folder or its .tar.gz",
    .probe = probe_cifar,
    .open = open_cifar,
    .read = read_cifar,
    .label = label_cifar,
    .class_name = class_name_cifar,
    .close = close_cifar,
};
