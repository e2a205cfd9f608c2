/* A list of image files as a data set. Paths are relative to the list's folder, or to the folder that
 * mmpretrain's data_prefix names: with meta/train.txt also meta/train/, the folder above and train/ in it are
 * looked at. For a list with `train` in its name the one with `val` or `test` instead, beside it, is the test
 * split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "data/list.h"
#include "data/survey.h"

enum { MAX_PATH = 4096, HEAD = 4096 };
static const size_t max_list = (size_t)2 << 30;

extern const siam_dataset_type siam_dataset_type_list; /* the last lines of this file */

typedef struct list {
    siam_dataset head;
    siam_files f;
} list;

/* By content, so that any file name will do. */
static int probe_list(const char *spec)
{
    char head[HEAD];
    struct stat st;
    if (stat(spec, &st) || !S_ISREG(st.st_mode))
        return 0;
    FILE *f = fopen(spec, "rbe");
    if (!f)
        return 0;
    const size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    return siam_list_looks(head, n) ? 40 : 0;
}

/* The list of the test split beside `spec`; false when there is none. */
static bool test_list(char path[MAX_PATH], const char *spec)
{
    static const char *const names[] = {"val", "test", "valid", "validation"};
    const char *slash = strrchr(spec, '/'), *train = strstr(slash ? slash : spec, "train");
    for (size_t i = 0; train && i < sizeof names / sizeof names[0]; i++) {
        const int n = snprintf(path, MAX_PATH, "%.*s%s%s", (int)(train - spec), spec, names[i],
                               train + strlen("train"));
        if (n > 0 && n < MAX_PATH && siam_path_exists(path))
            return true;
    }
    return false;
}

/* Whether one of the first files of the list lies below root: the very first may be missing. */
static bool lie_below(const siam_files *f, const char *root)
{
    char path[MAX_PATH];
    for (int64_t i = 0; i < f->n && i < 16; i++)
        if (siam_path_join(path, sizeof path, root, siam_files_path(f, i)) && siam_path_exists(path))
            return true;
    return false;
}

/* The folder that the list's paths start from, among those that may be meant; else the list's own. */
static siam_code find_root(siam_files *f, const char *spec, siam_err *e)
{
    char dir[MAX_PATH], root[MAX_PATH + 512];
    const char *slash = strrchr(spec, '/'), *name = slash ? slash + 1 : spec;
    const int stem = (int)strcspn(name, ".");
    snprintf(dir, sizeof dir, "%.*s", slash > spec ? (int)(slash - spec) : 1, slash ? spec : ".");
    for (int i = 0; i < 4; i++) {
        snprintf(root, sizeof root, "%s%s%s%.*s", dir, i < 2 ? "" : "/..", i % 2 ? "/" : "", i % 2 ? stem : 0,
                 name);
        if (lie_below(f, root))
            return siam_files_root(f, root, e);
    }
    return siam_files_root(f, dir, e);
}

static siam_code read_list_file(siam_files *f, const char *path, siam_err *e)
{
    char *text;
    size_t n;
    SIAM_TRY(siam_file_read(path, max_list, &text, &n, e));
    const siam_code rc = siam_list_parse(f, text, n, path, e);
    free(text);
    SIAM_TRY(rc);
    return f->n ? SIAM_OK : siam_fail(e, SIAM_E_DATA, "the list '%s' names no images", path);
}

static int classes_of(const siam_files *f)
{
    int classes = 0;
    for (int64_t i = 0; i < f->n; i++)
        classes = f->file[i].label >= classes ? f->file[i].label + 1 : classes;
    return classes;
}

/* Both splits have the classes of the training list: a label beyond them cannot be scored. */
static siam_code take_lists(siam_files *f, siam_dataset_info *info, const char *spec, siam_split split,
                            siam_err *e)
{
    char test[MAX_PATH];
    info->train_only = !test_list(test, spec);
    SIAM_TRY(read_list_file(f, spec, e));
    info->classes = classes_of(f);
    if (split == SIAM_SPLIT_TRAIN)
        return find_root(f, spec, e);
    if (info->train_only) {
        siam_fail(e, SIAM_E_DATA, "there is no list of held-out images beside '%s'", spec);
        siam_hint(e, "two lists called train.txt and val.txt");
        return SIAM_E_DATA;
    }
    siam_files_release(f);
    SIAM_TRY(read_list_file(f, test, e));
    const int classes = classes_of(f);
    if (classes > info->classes || (classes == 0) != (info->classes == 0))
        return siam_fail(e, SIAM_E_DATA, "the list '%s' has labels of %d classes, but '%s' of %d", test,
                         classes, spec, info->classes);
    return find_root(f, test, e);
}

static void close_list(siam_dataset **d)
{
    siam_files_release(&((list *)*d)->f);
    free(*d);
    *d = NULL;
}

static siam_code open_list(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    list *d = calloc(1, sizeof *d);
    if (!d)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *head = &d->head;
    d->head.type = &siam_dataset_type_list;
    const siam_code rc = take_lists(&d->f, &d->head.info, spec, split, e);
    if (rc) {
        close_list(&head);
        return rc;
    }
    d->head.info.count = d->f.n;
    siam_dataset_describe_files(&d->head.info, "list", "the list", split);
    *out = head;
    return SIAM_OK;
}

static siam_code read_list(const siam_dataset *d, int64_t index, siam_image *im, siam_err *e)
{
    return siam_files_read(&((const list *)d)->f, index, d->upright, im, e);
}

static int label_list(const siam_dataset *d, int64_t index) { return ((const list *)d)->f.file[index].label; }

static const char *class_name_list(const siam_dataset *d, int cls)
{
    (void)d;
    (void)cls;
    return NULL; /* a list has numbers only */
}

static const char *file_list(const siam_dataset *d, int64_t index)
{
    return siam_files_path(&((const list *)d)->f, index);
}

static const siam_files *files_list(const siam_dataset *d) { return &((const list *)d)->f; }

const siam_dataset_type siam_dataset_type_list = {
    .name = "list",
    .help = "a text file with one `path label` or `path` per line",
    .probe = probe_list,
    .open = open_list,
    .read = read_list,
    .label = label_list,
    .class_name = class_name_list,
    .file = file_list,
    .files = files_list,
    .close = close_list,
};
