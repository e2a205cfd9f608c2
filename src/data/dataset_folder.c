/* Images in folders. With a folder `train` (and `val` or `test`) below the path those are the splits,
 * otherwise all images are training images. In a split, the subfolders that hold images are the classes,
 * sorted by name and always those of the training split; images beside them, or fewer than two of them, mean
 * that there are no labels. Opening only lists names: what cannot be decoded comes out in read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/files.h"
#include "data/survey.h"
#include "image/codec.h"

enum { PROBE_ENTRIES = 20000, MAX_PATH = 4096 };

extern const siam_dataset_type siam_dataset_type_folder; /* the last lines of this file */

typedef struct folder {
    siam_dataset head;
    siam_files f;
} folder;

static const char *const test_names[] = {"val", "test", "valid", "validation", NULL};

/* ---- which folders are the splits -----------------------------------------------------------------------
 */

typedef struct layout {
    const char *train, *test; /* names below the root; both NULL: no splits */
} layout;

static bool has_folder(const char *root, const char *name)
{
    char path[MAX_PATH];
    return siam_path_join(path, sizeof path, root, name) && siam_path_is_dir(path);
}

static bool is_split(const char *name)
{
    for (int i = 0; test_names[i]; i++)
        if (!strcmp(name, test_names[i]))
            return true;
    return !strcmp(name, "train");
}

static bool other_folder(void *user, const siam_entry *entry)
{
    if (entry->folder && !is_split(entry->name))
        *(bool *)user = true;
    return true;
}

/* Without `train`, a folder called `test` is a split only if nothing else could be a class beside it. */
static siam_code find_splits(const char *root, layout *l, siam_err *e)
{
    bool others = false;
    *l = (layout){0};
    if (has_folder(root, "train"))
        l->train = "train";
    for (int i = 0; test_names[i] && !l->test; i++)
        if (has_folder(root, test_names[i]))
            l->test = test_names[i];
    if (l->train || !l->test)
        return SIAM_OK;
    SIAM_TRY(siam_list_folder(root, other_folder, &others, e));
    if (others)
        l->test = NULL;
    return SIAM_OK;
}

/* The split's folder below the root, or why there is none. */
static siam_code choose(const char *root, const layout *l, siam_split split, const char **sub, siam_err *e)
{
    *sub = split == SIAM_SPLIT_TEST ? l->test : l->train ? l->train : l->test ? NULL : "";
    if (*sub)
        return SIAM_OK;
    if (split == SIAM_SPLIT_TRAIN) {
        siam_fail(e, SIAM_E_DATA,
                  "'%s' has a folder '%s' but none called 'train', so there are no training images", root,
                  l->test);
        siam_hint(e, "the layout train/CLASS/*.jpg and %s/CLASS/*.jpg, or %s/%s as a data set of its own",
                  l->test, root, l->test);
    } else {
        siam_fail(e, SIAM_E_DATA, "'%s' has no folder 'val' or 'test', so there are no held-out images",
                  root);
        siam_hint(e, "the layout train/CLASS/*.jpg and val/CLASS/*.jpg");
    }
    return SIAM_E_DATA;
}

/* ---- classes --------------------------------------------------------------------------------------------
 */

typedef struct scan { /* of the entries of one folder */
    siam_files names; /* its subfolders with images, as files without labels */
    const char *root, *sub;
    bool images; /* images of its own */
    siam_code rc;
    siam_err *e;
} scan;

static bool scan_entry(void *user, const siam_entry *entry)
{
    scan *s = user;
    char sub[MAX_PATH];
    if (!entry->folder) {
        s->images |= siam_image_is_name(entry->name);
        return true;
    }
    const int n = snprintf(sub, sizeof sub, "%s%s%s", s->sub, s->sub[0] ? "/" : "", entry->name);
    if (n > 0 && (size_t)n < sizeof sub && siam_has_image(s->root, sub, 0))
        s->rc = siam_files_add(&s->names, entry->name, -1, s->e);
    return s->rc == SIAM_OK;
}

static siam_code scan_folder(scan *s, const char *root, const char *sub, siam_err *e)
{
    char path[MAX_PATH];
    *s = (scan){.root = root, .sub = sub, .e = e};
    if (sub[0] ? !siam_path_join(path, sizeof path, root, sub)
               : (size_t)snprintf(path, sizeof path, "%s", root) >= sizeof path)
        return siam_fail(e, SIAM_E_DATA, "the path '%s' is too long", root);
    SIAM_TRY(siam_list_folder(path, scan_entry, s, e));
    siam_files_sort(&s->names);
    return s->rc;
}

static bool labelled(const scan *s) { return !s->images && s->names.n >= 2; }

static siam_code take_classes(siam_files *f, const char *sub, siam_err *e)
{
    scan s;
    siam_code rc = scan_folder(&s, f->root, sub, e);
    for (int64_t i = 0; !rc && labelled(&s) && i < s.names.n; i++)
        rc = siam_files_add_class(f, siam_files_path(&s.names, i), e);
    siam_files_release(&s.names);
    return rc;
}

/* The images of one class folder per class; a folder that is no class of the training split cannot be scored.
 */
static siam_code take_labelled(siam_files *f, const scan *s, siam_err *e)
{
    char sub[MAX_PATH];
    if (s->images) {
        siam_fail(e, SIAM_E_DATA,
                  "'%s/%s' has images outside of class folders, while the training images have %d "
                  "classes",
                  f->root, s->sub, f->classes);
        siam_hint(e, "sort them into the folders %s/%s/... or leave the held-out images out", s->sub,
                  siam_files_class_name(f, 0));
        return SIAM_E_DATA;
    }
    for (int64_t i = 0; i < s->names.n; i++) {
        const char *name = siam_files_path(&s->names, i);
        const int label = siam_files_class(f, name);
        if (label < 0) {
            siam_fail(e, SIAM_E_DATA,
                      "'%s/%s' has the class folder '%s', which the training images do not have",
                      f->root, s->sub, name);
            siam_hint(e, "the same class folders in both, or %s/%s as a data set of its own",
                      f->root, s->sub);
            return SIAM_E_DATA;
        }
        snprintf(sub, sizeof sub, "%s%s%s", s->sub, s->sub[0] ? "/" : "",
                 name); /* as long as in scan_entry */
        SIAM_TRY(siam_files_add_below(f, sub, label, e));
    }
    return SIAM_OK;
}

static siam_code take_images(siam_files *f, const char *sub, siam_err *e)
{
    scan s;
    siam_code rc;
    if (f->classes == 0) {
        rc = siam_files_add_below(f, sub, -1, e);
    } else {
        rc = scan_folder(&s, f->root, sub, e);
        if (!rc)
            rc = take_labelled(f, &s, e);
        siam_files_release(&s.names);
    }
    SIAM_TRY(rc);
    if (f->n == 0)
        return siam_fail(e, SIAM_E_DATA, "the folder '%s%s%s' has no images (.jpg, .jpeg, .png)", f->root,
                         sub[0] ? "/" : "", sub);
    siam_files_sort(f);
    return SIAM_OK;
}

/* ---- the data set ---------------------------------------------------------------------------------------
 */

static int probe_folder(const char *spec)
{
    return siam_path_is_dir(spec) && siam_has_image(spec, "", PROBE_ENTRIES) ? 30 : 0;
}

static void close_folder(siam_dataset **d)
{
    siam_files_release(&((folder *)*d)->f);
    free(*d);
    *d = NULL;
}

static siam_code open_folder(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* photographs have the size they have; the transforms resize */
    *out = NULL;
    folder *d = calloc(1, sizeof *d);
    if (!d)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    layout l;
    const char *sub = NULL;
    siam_dataset *head = &d->head;
    siam_dataset_info *info = &d->head.info;
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_files_root(&d->f, spec, e));
    SIAM_TRY_OUT(rc, find_splits(spec, &l, e));
    SIAM_TRY_OUT(rc, choose(spec, &l, split, &sub, e));
    SIAM_TRY_OUT(rc, take_classes(&d->f, l.train ? l.train : sub, e));
    SIAM_TRY_OUT(rc, take_images(&d->f, sub, e));
    d->head.type = &siam_dataset_type_folder;
    info->count = d->f.n;
    info->classes = d->f.classes;
    info->train_only = !l.test;
    siam_dataset_describe_files(info, "folder", "folders", split);
out:
    if (rc)
        close_folder(&head);
    *out = head;
    return rc;
}

static siam_code read_folder(const siam_dataset *d, int64_t index, siam_image *im, siam_err *e)
{
    return siam_files_read(&((const folder *)d)->f, index, d->upright, im, e);
}

static int label_folder(const siam_dataset *d, int64_t index)
{
    return ((const folder *)d)->f.file[index].label;
}

static const char *class_name_folder(const siam_dataset *d, int cls)
{
    return siam_files_class_name(&((const folder *)d)->f, cls);
}

static const char *file_folder(const siam_dataset *d, int64_t index)
{
    return siam_files_path(&((const folder *)d)->f, index);
}

static const siam_files *files_folder(const siam_dataset *d) { return &((const folder *)d)->f; }

const siam_dataset_type siam_dataset_type_folder = {
    .name = "folder",
    .help = "a folder of .jpg and .png images: train/CLASS/ and val/CLASS/, CLASS/, or without labels",
    .probe = probe_folder,
    .open = open_folder,
    .read = read_folder,
    .label = label_folder,
    .class_name = class_name_folder,
    .file = file_folder,
    .files = files_folder,
    .close = close_folder,
};
