/* Tar files of images, read where they lie: one, or the shards of WebDataset, "name-{000..099}.tar". Labels are those of the members
 * beside an image (tar_index.h), or else the folders in the archive, where there are two or more and every image is in one; folders
 * called like train and val are the splits. The held-out images of shards called train are in shards called val or test beside them. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/pages.h"
#include "data/splits.h"
#include "data/tar_index.h"
#include "data/walk.h"

enum { MAX_PATH = 4096, MAX_SHARDS = 100000, MAX_DIGITS = 9, SHOWN = 160 };

extern const siam_dataset_type siam_dataset_type_tar; /* the last lines of this file */

typedef struct tar {
    siam_dataset head;
    siam_tar_set set;
} tar;

/* ---- which files ---- */

/* "BEFORE{000..099}AFTER" */
typedef struct pattern {
    int before, digits, from, to; /* before: characters */
    const char *after;
} pattern;

static bool digits_of(const char **at, int *digits, int *v)
{
    *digits = 0;
    for (*v = 0; isdigit((unsigned char)**at) && *digits < MAX_DIGITS; ++*at, ++*digits)
        *v = 10 * *v + (**at - '0');
    return *digits > 0;
}

static bool parse_pattern(pattern *p, const char *spec)
{
    int digits;
    const char *open = strchr(spec, '{'), *at = open ? open + 1 : NULL;
    if (!open || !digits_of(&at, &p->digits, &p->from) || strncmp(at, "..", 2))
        return false;
    at += 2;
    if (!digits_of(&at, &digits, &p->to) || *at != '}' || p->to < p->from || p->to - p->from >= MAX_SHARDS)
        return false;
    p->before = (int)(open - spec);
    p->after = at + 1;
    return true;
}

static bool shard_path(char path[MAX_PATH], const pattern *p, const char *spec, int i)
{
    const int n = snprintf(path, MAX_PATH, "%.*s%0*d%s", p->before, spec, p->digits, p->from + i, p->after);
    return n > 0 && n < MAX_PATH;
}

static siam_code add_shards(siam_tar_set *s, const char *spec, siam_err *e)
{
    pattern p;
    char path[MAX_PATH];
    if (siam_path_exists(spec) || !parse_pattern(&p, spec))
        return siam_tar_set_add(s, spec, e);
    for (int i = 0; i <= p.to - p.from; i++) {
        if (!shard_path(path, &p, spec, i))
            return siam_fail(e, SIAM_E_DATA, "the path of a shard of '%s' is too long", spec);
        if (!siam_path_exists(path)) {
            siam_fail(e, SIAM_E_NOTFOUND, "there is no '%s', one of the shards of '%s'", path, spec);
            siam_hint(e, "--data with the numbers of the shards that are there, as in name-{000..099}.tar");
            return SIAM_E_NOTFOUND;
        }
        SIAM_TRY(siam_tar_set_add(s, path, e));
    }
    return SIAM_OK;
}

/* Shards of held-out images beside "name-train-{...}.tar": those in which the word is another one, with any numbers. "" where there are none;
 * else a file's path, or one with braces. */
static void test_shards(char path[MAX_PATH], const char *spec)
{
    static const char *const names[] = {"val", "test", "valid", "validation"};
    const char *slash = strrchr(spec, '/'), *train = strstr(slash ? slash : spec, "train");
    char first[MAX_PATH], next[MAX_PATH];
    pattern p;
    const bool many = parse_pattern(&p, spec);
    for (size_t i = 0; train && i < sizeof names / sizeof *names; i++) {
        const int n = snprintf(path, MAX_PATH, "%.*s%s%s", (int)(train - spec), spec, names[i], train + strlen("train"));
        if (n < 0 || n >= MAX_PATH || (!many && !siam_path_exists(path)))
            continue;
        if (!many)
            return;
        int last = 0;
        if (!parse_pattern(&p, path) || !shard_path(first, &p, path, 0) || !siam_path_exists(first))
            continue;
        while (last < MAX_SHARDS && shard_path(next, &p, path, last + 1) && siam_path_exists(next))
            last++;
        snprintf(next, sizeof next, "%.*s{%0*d..%0*d}%s", p.before, path, p.digits, p.from, p.digits, p.from + last, p.after);
        memcpy(path, next, sizeof next);
        return;
    }
    path[0] = '\0';
}

/* ---- what the folders in an archive say ---- */

/* Length of the folders that all names begin with, the last slash included. */
static size_t shared_folder(const siam_image_list *f)
{
    const char *first = siam_image_list_path(f, 0), *slash = strrchr(first, '/');
    size_t n = slash ? (size_t)(slash - first) + 1 : 0;
    for (int64_t i = 1; n && i < f->n; i++)
        while (n && strncmp(first, siam_image_list_path(f, i), n))
            for (n--; n && first[n - 1] != '/'; n--)
                ;
    return n;
}

/* The folder at the beginning of a name; length 0: it is in none. */
static size_t folder_of(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash ? (size_t)(slash - name) : 0;
}

static bool never(void *user, const char *name)
{
    (void)user;
    (void)name;
    return false;
}

/* Which folders at the top are the splits; "" where there are not two. */
static siam_code find_splits(char split[2][MAX_PATH], const siam_image_list *f, size_t skip, siam_err *e)
{
    siam_image_list tops = {0};
    siam_names seen = {0};
    siam_splits found;
    siam_code rc = SIAM_OK;
    split[0][0] = split[1][0] = '\0';
    for (int64_t i = 0; i < f->n && !rc; i++) {
        const char *name = siam_image_list_path(f, i) + skip;
        const int before = seen.n, number = siam_names_number(&seen, name, folder_of(name));
        if (number < 0)
            rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of folders");
        else if (number == before && folder_of(name))
            rc = siam_image_list_add(&tops, siam_names_get(&seen, number), -1, e);
    }
    siam_image_list_sort(&tops);
    if (!rc)
        rc = siam_splits_find(&found, &tops, never, NULL, e);
    if (!rc && found.train >= 0 && found.test >= 0) {
        snprintf(split[0], MAX_PATH, "%s", siam_image_list_path(&tops, found.train));
        snprintf(split[1], MAX_PATH, "%s", siam_image_list_path(&tops, found.test));
    }
    siam_names_release(&seen);
    siam_image_list_release(&tops);
    return rc;
}

/* ---- labels ---- */

/* The parts of a data set: texts of labels are numbered in the training part. */
typedef struct parts {
    siam_tar_set *train, *test; /* the same, where folders divide it */
    char split[2][MAX_PATH];    /* these folders, or "" */
    size_t skip;                /* characters in front of them, in each name */
    bool folders;               /* labels are names of folders */
    int known;                  /* labels of the training part */
} parts;

/* The name of image i behind its split's folder; NULL: it is in the other split, or in none of both. */
static const char *name_in(const parts *p, const siam_tar_set *s, int64_t i, siam_split split)
{
    const char *name = siam_image_list_path(&s->f, i) + p->skip;
    const size_t n = strlen(p->split[split]);
    if (!n)
        return name;
    return !strncmp(name, p->split[split], n) && name[n] == '/' ? name + n + 1 : NULL;
}

/* Labels from folders: of the images of a split, all or none. */
static siam_code label_by_folders(parts *p, siam_tar_set *s, siam_split split, siam_err *e)
{
    bool every = true;
    for (int64_t i = 0; i < s->f.n; i++) {
        const char *name = name_in(p, s, i, split);
        s->f.file[i].label = -1;
        every &= !name || folder_of(name);
    }
    for (int64_t i = 0; every && i < s->f.n; i++) {
        const char *name = name_in(p, s, i, split);
        if (name && (s->f.file[i].label = siam_names_number(&p->train->labels, name, folder_of(name))) < 0)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the classes of a data set");
    }
    return SIAM_OK;
}

/* The labels of another set's images in the numbers of the training part. */
static siam_code renumber(parts *p, siam_err *e)
{
    siam_tar_set *s = p->test;
    for (int64_t i = 0; s != p->train && i < s->f.n; i++) {
        const char *name = s->f.file[i].label < 0 ? NULL : siam_names_get(&s->labels, s->f.file[i].label);
        if (name && (s->f.file[i].label = siam_names_number(&p->train->labels, name, strlen(name))) < 0)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the classes of a data set");
    }
    return SIAM_OK;
}

static siam_code keep_split(const parts *p, siam_tar_set *s, siam_split split, siam_err *e)
{
    int64_t n = 0, *index = malloc((size_t)s->f.n * sizeof *index + 1);
    if (!index)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of files");
    for (int64_t i = 0; i < s->f.n; i++)
        if (name_in(p, s, i, split))
            index[n++] = i;
    siam_tar_set_keep(s, index, n);
    free(index);
    return SIAM_OK;
}

static bool is_number(const char *name) { return name[0] && strlen(name) <= 6 && strspn(name, "0123456789") == strlen(name); }

/* The classes, sorted, or the numbers that the labels are; images get theirs. */
static siam_code use_labels(const parts *p, siam_tar_set *s, siam_dataset_info *info, siam_err *e)
{
    const siam_names *names = &p->train->labels;
    bool numbers = !p->folders;
    for (int i = 0; i < p->known; i++)
        numbers &= is_number(siam_names_get(names, i));
    int32_t *order = siam_names_order(names), *sorted = calloc((size_t)names->n + 1, sizeof *sorted);
    siam_code rc = order && sorted ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the classes of a data set");
    for (int i = 0; !rc && i < names->n; i++) {
        if (numbers)
            order[i] = (int32_t)strtol(siam_names_get(names, i), NULL, 10);
        else
            sorted[order[i]] = i;
        info->classes = order[i] >= info->classes ? order[i] + 1 : info->classes;
    }
    for (int k = 0; !rc && !numbers && k < names->n; k++)
        rc = siam_image_list_add_class(&s->f, siam_names_get(names, sorted[k]), e);
    for (int64_t i = 0; !rc && i < s->f.n; i++)
        s->f.file[i].label = order[s->f.file[i].label];
    free(order);
    free(sorted);
    return rc;
}

/* Labels for all images of the part, or for none. */
static siam_code settle_labels(const parts *p, siam_tar_set *s, siam_dataset_info *info, siam_err *e)
{
    char shown[SHOWN];
    int64_t without = 0, first = 0;
    for (int64_t i = s->f.n - 1; i >= 0; i--)
        if (s->f.file[i].label < 0) {
            without++;
            first = i;
        } else if (s->f.file[i].label >= p->known) {
            siam_fail(e, SIAM_E_DATA, "the held-out image '%s' has the label '%s', which no training image has",
                      siam_image_list_path(&s->f, i), siam_format_printable(shown, sizeof shown, siam_names_get(&p->train->labels, s->f.file[i].label)));
            siam_hint(e, "held-out images whose labels training images have, too");
            return SIAM_E_DATA;
        }
    if (!without && p->known >= (p->folders ? 2 : 1))
        return use_labels(p, s, info, e);
    if (without && without < s->f.n)
        siam_dataset_remark(info, "no labels: %" PRId64 " of the images have none; the first: '%s'", without,
                            siam_format_printable(shown, sizeof shown, siam_image_list_path(&s->f, first)));
    for (int64_t i = 0; i < s->f.n; i++)
        s->f.file[i].label = -1;
    return SIAM_OK;
}

/* ---- opening ---- */

static void remark(siam_dataset_info *info, const siam_tar_set *s, const parts *p)
{
    char text[SIAM_SURVEY_TEXT], n[32], a[SHOWN], b[SHOWN];
    if (p->split[0][0])
        siam_dataset_remark(info, "the training images are those of '%s', the held-out ones those of '%s'",
                            siam_format_printable(a, sizeof a, p->split[0]), siam_format_printable(b, sizeof b, p->split[1]));
    if (s->others.files) {
        siam_description_text(&s->others, text);
        siam_dataset_remark(info, "not read: %s in it", text);
    }
    if (s->lone)
        siam_dataset_remark(info, "%s of the labels in it are of no image", siam_format_count(n, sizeof n, s->lone));
    if (s->crowded)
        siam_dataset_remark(info, "%s of its samples have several images; each counts for itself", siam_format_count(n, sizeof n, s->crowded));
    siam_pages_remark_tar(info, s);
}

static siam_code no_test(const char *spec, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' has no held-out images: neither folders like train and val in it, nor shards called val or test beside ones "
              "called train", spec);
    siam_hint(e, "--val_share 0.1 holds some out");
    return SIAM_E_DATA;
}

static siam_code open_parts(parts *p, const char *spec, siam_split split, siam_dataset_info *info, siam_err *e)
{
    char beside[MAX_PATH];
    SIAM_TRY(add_shards(p->train, spec, e));
    if (!p->train->f.n) {
        siam_fail(e, SIAM_E_DATA, "'%s' has no images", spec);
        siam_hint(e, "a tar file with images in it: tar tf lists what there is");
        return SIAM_E_DATA;
    }
    p->folders = !p->train->labels.n;
    info->labels = p->folders ? "its folders" : "its .cls or .json";
    p->skip = p->folders ? shared_folder(&p->train->f) : 0;
    if (p->folders)
        SIAM_TRY(find_splits(p->split, &p->train->f, p->skip, e));
    test_shards(beside, spec);
    info->train_only = !p->split[1][0] && !beside[0];
    if (split == SIAM_SPLIT_TEST && info->train_only)
        return no_test(spec, e);
    if (p->folders)
        SIAM_TRY(label_by_folders(p, p->train, SIAM_SPLIT_TRAIN, e));
    p->known = p->train->labels.n;
    if (p->split[1][0])
        p->test = p->train;
    else if (split == SIAM_SPLIT_TEST)
        SIAM_TRY(add_shards(p->test, beside, e));
    return SIAM_OK;
}

static siam_code take_part(parts *p, siam_tar_set *s, siam_split split, siam_dataset_info *info, siam_err *e)
{
    if (split == SIAM_SPLIT_TEST && p->folders && s == p->train)
        SIAM_TRY(label_by_folders(p, s, split, e));
    if (split == SIAM_SPLIT_TEST && !p->folders)
        SIAM_TRY(renumber(p, e));
    if (p->split[split][0])
        SIAM_TRY(keep_split(p, s, split, e));
    remark(info, s, p);
    return settle_labels(p, s, info, e);
}

static siam_code open_set(siam_tar_set *out, siam_dataset_info *info, const char *spec, siam_split split, siam_err *e)
{
    siam_tar_set train = {0}, test = {0};
    parts *p = calloc(1, sizeof *p);
    siam_code rc = p ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    if (!rc) {
        p->train = &train;
        p->test = &test;
        rc = open_parts(p, spec, split, info, e);
    }
    siam_tar_set *s = !rc && split == SIAM_SPLIT_TEST ? p->test : &train;
    if (!rc)
        rc = take_part(p, s, split, info, e);
    if (!rc)
        rc = siam_image_list_root(&s->f, spec, e);
    *out = rc ? (siam_tar_set){0} : *s;
    if (!rc)
        *s = (siam_tar_set){0};
    siam_tar_set_release(&train);
    siam_tar_set_release(&test);
    free(p);
    return rc;
}

/* ---- the data set ---- */

static int probe_tar(const char *spec)
{
    pattern p;
    char first[MAX_PATH];
    const siam_path_is is = siam_path_look(spec);
    if (is == SIAM_PATH_NOTHING && parse_pattern(&p, spec) && shard_path(first, &p, spec, 0))
        return !siam_path_exists(first) || siam_tar_has_images(first) ? 60 : 20;
    return is == SIAM_PATH_OTHER && siam_tar_has_images(spec) ? 60 : 0;
}

static void close_tar(siam_dataset **d)
{
    siam_tar_set_release(&((tar *)*d)->set);
    free(*d);
    *d = NULL;
}

static siam_code open_tar(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    tar *d = calloc(1, sizeof *d);
    if (!d)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    siam_dataset *head = &d->head;
    head->type = &siam_dataset_type_tar;
    const siam_code rc = open_set(&d->set, &head->info, spec, split, e);
    if (rc) {
        close_tar(&head);
        return rc;
    }
    head->info.count = d->set.f.n;
    siam_dataset_describe_files(&head->info, "tar", head->info.labels, split);
    *out = head;
    return SIAM_OK;
}

static siam_code bytes_tar(const siam_dataset *d, int64_t index, uint8_t **data, size_t *n, siam_err *e)
{
    return siam_tar_set_read(&((const tar *)d)->set, index, data, n, e);
}

static siam_code read_tar(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    const siam_image_list *f = &((const tar *)d)->set.f;
    uint8_t *data;
    size_t n;
    SIAM_TRY(bytes_tar(d, index, &data, &n, e));
    const size_t memory = siam_image_memory(data, n);
    siam_gate_enter(f->gate, memory);
    const siam_code rc = siam_image_list_decode(siam_image_list_path(f, index), data, n, d, use, im, e);
    siam_gate_leave(f->gate, memory);
    free(data);
    return rc;
}

static int label_tar(const siam_dataset *d, int64_t index) { return ((const tar *)d)->set.f.file[index].label; }

static const char *class_name_tar(const siam_dataset *d, int cls) { return siam_image_list_class_name(&((const tar *)d)->set.f, cls); }

static const char *file_tar(const siam_dataset *d, int64_t index) { return siam_image_list_path(&((const tar *)d)->set.f, index); }

static void keep_tar(siam_dataset *d, const int64_t *index, int64_t n) { siam_tar_set_keep(&((tar *)d)->set, index, n); }

const siam_dataset_type siam_dataset_type_tar = {
    .name = "tar",
    .help = "a .tar of images, or WebDataset's shards: name-{000..099}.tar",
    .probe = probe_tar,
    .open = open_tar,
    .read = read_tar,
    .bytes = bytes_tar,
    .label = label_tar,
    .class_name = class_name_tar,
    .file = file_tar,
    .keep = keep_tar,
    .close = close_tar,
};
