/* A list of image files as a data set, or a folder with one called metadata.csv or .jsonl. With a column of splits its rows are the training and the held-out
 * images; else for a list with `train` in its name the one with `val` or `test` instead, beside it, is the
 * test split. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/list_paths.h"
#include "data/pages.h"
#include "data/same.h"
#include "data/describe.h"

enum { MAX_PATH = 4096, METADATA = 60, TRAIN = 0, VAL = 1, TEST = 2 };

extern const siam_dataset_type siam_dataset_type_list; /* the last lines of this file */

typedef struct list {
    siam_dataset head;
    siam_image_list f, mates; /* mates: the second images of pairs, as many as f has, or none */
} list;

/* The list that a folder has: its own, or that of the folder `train` in it. */
static bool find_metadata(char path[MAX_PATH], const char *folder)
{
    char train[MAX_PATH];
    return siam_path_is_dir(folder) && (siam_list_metadata(path, MAX_PATH, folder) ||
                                        (siam_path_join(train, MAX_PATH, folder, "train") && siam_list_metadata(path, MAX_PATH, train)));
}

static int probe_list(const char *spec)
{
    char path[MAX_PATH];
    return find_metadata(path, spec) ? METADATA : siam_list_probe(spec);
}

/* Where the part of a list's path begins that may say `train`: its name, or, of metadata, the name of its folder. */
static const char *telling_part(const char *spec)
{
    const char *slash = strrchr(spec, '/');
    if (slash && !strncmp(slash, "/metadata.", 10))
        for (slash--; slash > spec && *slash != '/'; slash--)
            ;
    return slash ? slash : spec;
}

/* The list of the test split beside `spec`; false when there is none. */
static bool test_list(char path[MAX_PATH], const char *spec)
{
    static const char *const names[] = {"val", "test", "valid", "validation"};
    const char *train = strstr(telling_part(spec), "train");
    for (size_t i = 0; train && i < sizeof names / sizeof names[0]; i++) {
        const int n = snprintf(path, MAX_PATH, "%.*s%s%s", (int)(train - spec), spec, names[i],
                               train + strlen("train"));
        if (n > 0 && n < MAX_PATH && siam_path_exists(path))
            return true;
    }
    path[0] = '\0';
    return false;
}

/* ---- what there is to say about the labels ---- */

static void remark_labels(siam_dataset_info *info, const siam_image_list *f, bool named)
{
    char a[32], b[32], shown[SIAM_LIST_CLASS_NAME + 1];
    int used = 0;
    bool *seen = info->classes > 0 ? calloc((size_t)info->classes, sizeof *seen) : NULL;
    for (int64_t i = 0; seen && i < f->n; i++) {
        used += !seen[f->file[i].label];
        seen[f->file[i].label] = true;
    }
    free(seen);
    if (used == 1 && f->n > 1)
        siam_dataset_remark(info, named ? "every image has the label '%s'" : "every image has the label %s",
                            named ? siam_format_printable(shown, sizeof shown, siam_image_list_class_name(f, 0))
                                  : siam_format_count(a, sizeof a, f->file[0].label));
    else if (used < info->classes)
        siam_dataset_remark(info, "its labels go up to %s, but only %s of them have images",
                            siam_format_count(a, sizeof a, info->classes - 1),
                            siam_format_count(b, sizeof b, used));
    else if (named && used > 2 && used == f->n)
        siam_dataset_remark(info, "no two images have the same class");
}

/* Files that the list names again, perhaps in other words; with another label one of the two is wrong. */
static siam_code remark_twice(siam_dataset_info *info, const siam_image_list *f, siam_err *e)
{
    char a[32], b[32], c[32];
    int64_t *first, again, other = 0;
    SIAM_TRY(siam_image_list_same(&first, &again, &f, 1, e));
    for (int64_t i = 0; i < f->n; i++)
        other += f->file[i].label != f->file[first[i]].label;
    free(first);
    siam_format_count(a, sizeof a, again);
    siam_format_count(b, sizeof b, f->n);
    if (again && other)
        siam_dataset_remark(
            info, "%s of its %s images are named twice or more (the same file), %s with different labels", a,
            b, siam_format_count(c, sizeof c, other));
    else if (again)
        siam_dataset_remark(info, "%s of its %s images are named twice or more (the same file)", a, b);
    return SIAM_OK;
}

/* Files that are in both parts: what is learned from them is measured on them. */
static siam_code remark_shared(siam_dataset_info *info, const siam_image_list *train, const siam_image_list *held_out,
                               siam_err *e)
{
    char n[32];
    const siam_image_list *const both[2] = {train, held_out};
    int64_t *first, again, shared = 0;
    SIAM_TRY(siam_image_list_same(&first, &again, both, 2, e));
    for (int64_t i = 0; i < held_out->n; i++)
        shared += first[train->n + i] < train->n;
    free(first);
    if (shared)
        siam_dataset_remark(info, "%s of the held-out images %s training images, too (the same file)",
                            siam_format_count(n, sizeof n, shared), shared == 1 ? "is one of the" : "are");
    return SIAM_OK;
}

/* ---- the splits ---- */

static int classes_of(const siam_image_list *f)
{
    int classes = f->classes;
    for (int64_t i = 0; i < f->n; i++)
        classes = f->file[i].label >= classes ? f->file[i].label + 1 : classes;
    return classes;
}

/* Which rows are held out: those of val, else those of test; -1: none. Competitions keep the labels of some
 * for themselves. */
static int held_out_rows(const siam_list_facts *facts)
{
    const int64_t *n = facts->labelled ? facts->with_label : facts->rows;
    return n[VAL] ? VAL : n[TEST] ? TEST : -1;
}

static siam_code no_rows(const char *spec, const siam_list_facts *facts, siam_err *e)
{
    const bool held_out = held_out_rows(facts) >= 0;
    siam_fail(e, SIAM_E_DATA,
              held_out ? "the list '%s' has rows of val or test in its column of splits, but none of train"
                       : "the list '%s' names no images",
              spec);
    siam_hint(e, "train in the column of splits, for the images to learn from");
    return SIAM_E_DATA;
}

/* Where the held-out images are: a list beside, rows of the same list, or nowhere. */
typedef struct held_out {
    char path[MAX_PATH]; /* of the list beside; "" = none */
    int rows;            /* of the same list; -1 = none */
} held_out;

static void find_held_out(held_out *h, siam_dataset_info *info, const siam_list_facts *facts,
                          const char *spec)
{
    char n[32], shown[256];
    *h = (held_out){.rows = held_out_rows(facts)};
    if (facts->form.split >= 0) {
        if (facts->rows[TEST] && h->rows != TEST)
            siam_dataset_remark(info, "its %s rows of test are not used: %s",
                                siam_format_count(n, sizeof n, facts->rows[TEST]),
                                h->rows == VAL ? "those of val are held out" : "they have no labels");
    } else if (test_list(h->path, spec) && facts->labelled && siam_list_probe(h->path) == 40 &&
               !siam_list_is_labelled(h->path)) { /* as competitions have them */
        siam_dataset_remark(
            info, "'%s' beside it has no labels and is not used",
            siam_format_printable(shown, sizeof shown,
                                  strrchr(h->path, '/') ? strrchr(h->path, '/') + 1 : h->path));
        h->path[0] = '\0';
    }
    info->train_only = !h->path[0] && h->rows < 0;
}

/* The held-out images, with the classes of the training images: a label beyond them cannot be scored. */
static siam_code take_held_out(siam_image_list *f, siam_dataset_info *info, const siam_list_source *train,
                               const held_out *h, siam_err *e)
{
    siam_image_list known = *f;
    siam_list_source beside = {0};
    siam_list_facts facts;
    *f = (siam_image_list){0};
    siam_code rc = h->path[0] ? siam_list_source_open(&beside, h->path, e) : SIAM_OK;
    const siam_list_source *from = h->path[0] ? &beside : train;
    for (int i = 0; !rc && i < known.classes; i++)
        rc = siam_image_list_add_class(f, siam_image_list_class_name(&known, i), e);
    if (!rc)
        rc = siam_list_load(f, &facts, from, h->path[0] ? SIAM_LIST_ALL : h->rows,
                            known.classes ? &known : NULL, NULL, info, e);
    if (!rc && f->n == 0)
        rc = siam_fail(e, SIAM_E_DATA, "the list '%s' names no images", from->path);
    if (!rc && facts.labelled && facts.named != (known.classes > 0)) {
        rc = siam_fail(e, SIAM_E_DATA, "the labels of '%s' are %s, those of '%s' %s", from->path,
                       facts.named ? "names" : "numbers", train->path, facts.named ? "numbers" : "names");
        siam_hint(e, "names for the labels of both lists, or numbers");
    }
    const int classes = rc ? 0 : facts.labelled ? classes_of(f) : 0;
    if (!rc && (classes > info->classes || (classes == 0) != (info->classes == 0))) {
        rc = siam_fail(e, SIAM_E_DATA,
                       "the held-out images of the list '%s' have labels of %d classes, the training images "
                       "of '%s' of %d",
                       from->path, classes, train->path, info->classes);
        siam_hint(e, "held-out images whose labels training images have, too");
    }
    if (!rc)
        rc = remark_shared(info, &known, f, e);
    siam_list_source_close(&beside);
    siam_image_list_release(&known);
    return rc;
}

static siam_code take_lists(siam_image_list *f, siam_image_list *mates, siam_dataset_info *info, const siam_list_source *s,
                            siam_split split, bool *columns, siam_err *e)
{
    siam_list_facts facts;
    held_out h;
    const char *spec = s->path;
    SIAM_TRY(siam_list_load(f, &facts, s, TRAIN, NULL, mates, info, e));
    *columns = facts.form.heading && facts.form.columns > 1;
    if (f->n == 0)
        return no_rows(spec, &facts, e);
    info->classes = classes_of(f);
    find_held_out(&h, info, &facts, spec);
    if (split == SIAM_SPLIT_TEST && info->train_only) {
        siam_fail(e, SIAM_E_DATA, "there is no list of held-out images beside '%s'", spec);
        siam_hint(e, "two lists called train.txt and val.txt");
        return SIAM_E_DATA;
    }
    if (split == SIAM_SPLIT_TEST) {
        info->remarks[0] = '\0'; /* they were about the training images */
        SIAM_TRY(take_held_out(f, info, s, &h, e));
    } else {
        remark_labels(info, f, facts.named);
    }
    return remark_twice(info, f, e);
}

static void close_list(siam_dataset **d)
{
    siam_image_list_release(&((list *)*d)->f);
    siam_image_list_release(&((list *)*d)->mates);
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
    char path[MAX_PATH], shown[256];
    siam_list_source source;
    bool columns = false; /* it has others than the path */
    const bool metadata = find_metadata(path, spec);
    if (metadata)
        siam_dataset_remark(&head->info, "the images are those that '%s' names", siam_format_printable(shown, sizeof shown, path));
    siam_code rc = siam_list_source_open(&source, metadata ? path : spec, e);
    if (!rc)
        rc = take_lists(&d->f, split == SIAM_SPLIT_TRAIN ? &d->mates : NULL, &d->head.info, &source, split, &columns, e);
    siam_list_source_close(&source);
    if (rc) {
        close_list(&head);
        return rc;
    }
    d->head.info.count = d->f.n;
    d->head.info.pairs = d->mates.n > 0;
    siam_dataset_describe_files(&d->head.info, "list", "the list", split);
    if (columns && !d->head.info.classes) {
        char *end = d->head.info.described + strlen(d->head.info.described);
        snprintf(end, sizeof d->head.info.described - strlen(d->head.info.described),
                 " (no column is called 'label' or 'class')");
    }
    siam_pages_remark(&d->head.info, &d->f);
    *out = head;
    return SIAM_OK;
}

static siam_code read_list(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    return siam_image_list_read(&((const list *)d)->f, index, d, use, im, e);
}

static siam_code mate_list(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    return siam_image_list_read(&((const list *)d)->mates, index, d, use, im, e);
}

static int label_list(const siam_dataset *d, int64_t index) { return ((const list *)d)->f.file[index].label; }

static const char *class_name_list(const siam_dataset *d, int cls)
{
    return siam_image_list_class_name(&((const list *)d)->f, cls); /* NULL where labels are numbers */
}

static const char *file_list(const siam_dataset *d, int64_t index)
{
    return siam_image_list_path(&((const list *)d)->f, index);
}

static const siam_image_list *files_list(const siam_dataset *d) { return &((const list *)d)->f; }

static const char *group_list(const siam_dataset *d, int64_t index) { return siam_image_list_group(&((const list *)d)->f, index); }

static void keep_list(siam_dataset *d, const int64_t *index, int64_t n)
{
    siam_image_list_keep(&((list *)d)->f, index, n);
    if (d->info.pairs)
        siam_image_list_keep(&((list *)d)->mates, index, n);
}

/* The name of the second image, NULL = none. */
static const char *mate_file_list(const siam_dataset *d, int64_t index)
{
    return d->info.pairs ? siam_image_list_path(&((const list *)d)->mates, index) : NULL;
}

const siam_dataset_type siam_dataset_type_list = {
    .name = "list",
    .help = "a list: a text file with one `path label` or `path` per line, a .csv, .tsv or .jsonl, or a folder with metadata.csv or .jsonl",
    .probe = probe_list,
    .open = open_list,
    .read = read_list,
    .mate = mate_list,
    .mate_file = mate_file_list,
    .label = label_list,
    .class_name = class_name_list,
    .file = file_list,
    .files = files_list,
    .keep = keep_list,
    .group = group_list,
    .close = close_list,
};
