/* Images in folders. Among the folders with images, two that are called like train and val or test (splits.h) are the
 * splits, otherwise all images are training images. In a split, the subfolders that hold images are the classes, sorted by
 * name and always those of the training split; images beside them, or fewer than two of them, mean that there are no labels.
 * A folder that holds nothing but one folder stands for that one if classes or splits are in it. Opening only lists names:
 * what cannot be decoded comes out in read. Whatever is not taken is remarked on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/image_list.h"
#include "data/pages.h"
#include "data/same.h"
#include "data/splits.h"
#include "data/describe.h"
#include "data/walk.h"
#include "image/codec.h"

enum { PROBE_ENTRIES = 20000, MAX_PATH = 4096, MAX_WRAPPERS = 8, NAMES = 320, NAMED = 4, SHOWN = 128 };

extern const siam_dataset_type siam_dataset_type_folder; /* the last lines of this file */

typedef struct folder {
    siam_dataset head;
    siam_image_list f;
} folder;

/* The first few of some names, in words. */
typedef struct names_text {
    int64_t n;
    char text[NAMES];
} names_text;

static void add_name(names_text *t, const char *name, const char *more)
{
    char printable[64];
    const size_t at = strlen(t->text);
    if (t->n++ < NAMED)
        snprintf(t->text + at, sizeof t->text - at, "%s'%s'%s", at ? ", " : "",
                 siam_format_printable(printable, sizeof printable, name), more);
    else if (t->n == NAMED + 1)
        snprintf(t->text + at, sizeof t->text - at, ", ...");
}

/* dir/name, where either may be empty. */
static siam_code join(char path[MAX_PATH], const char *dir, const char *name, siam_err *e)
{
    char both[MAX_PATH];
    const int n = snprintf(both, sizeof both, "%s%s%s", dir, dir[0] && name[0] ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof both)
        return siam_fail(e, SIAM_E_DATA, "the path '%s' is too long", dir);
    memcpy(path, both, (size_t)n + 1);
    return SIAM_OK;
}

/* ---- what lies in one folder ---------------------------------------------------------------------------- */

typedef struct scan {
    siam_image_list names;  /* its subfolders with images, sorted, as files without labels */
    siam_image_list links;  /* those that are links, while it is being listed */
    siam_image_list empty;  /* its subfolders without images */
    names_text empties, twins; /* the same in words; links to folders that are among the names */
    siam_some images;  /* of its own */
    char sub[MAX_PATH]; /* below the root */
    const char *root;
    siam_code rc;
    siam_err *e;
} scan;

static void release(scan *s)
{
    siam_image_list_release(&s->names);
    siam_image_list_release(&s->links);
    siam_image_list_release(&s->empty);
}

static siam_code scan_subfolder(scan *s, const siam_entry *entry)
{
    char sub[MAX_PATH], found[SIAM_SURVEY_TEXT], more[SIAM_SURVEY_TEXT + 3];
    bool has;
    siam_description others;
    SIAM_TRY(join(sub, s->sub, entry->name, s->e));
    siam_err why = {0};
    const siam_code rc = siam_has_image(&has, s->root, sub, 0, &others, &why);
    if (rc == SIAM_E_NOMEM)
        return siam_fail(s->e, rc, "%s", why.msg);
    if (has || rc) /* whether one that cannot be listed is in the way is seen when it is read */
        return siam_image_list_add(entry->link ? &s->links : &s->names, entry->name, -1, s->e);
    if (others.files)
        siam_description_text(&others, found);
    else
        snprintf(found, sizeof found, "empty");
    snprintf(more, sizeof more, " (%s)", found);
    add_name(&s->empties, entry->name, more);
    return siam_image_list_add(&s->empty, entry->name, -1, s->e);
}

static bool scan_entry(void *user, const siam_entry *entry)
{
    scan *s = user;
    if (entry->kind == SIAM_ENTRY_FOLDER)
        s->rc = scan_subfolder(s, entry);
    else if (entry->kind == SIAM_ENTRY_FILE && siam_image_is_name(entry->name))
        siam_some_add(&s->images, entry->name);
    return s->rc == SIAM_OK;
}

/* Links to folders elsewhere are as good as folders; a second way to the same folder is none. */
static siam_code merge_links(scan *s, const char *path)
{
    int64_t *first = NULL, again;
    if (!s->links.n)
        return SIAM_OK;
    SIAM_TRY(siam_image_list_root(&s->names, path, s->e));
    SIAM_TRY(siam_image_list_root(&s->links, path, s->e));
    siam_image_list_sort(&s->links);
    SIAM_TRY(siam_image_list_same(&first, &again, (const siam_image_list *const[]){&s->names, &s->links}, 2, s->e));
    const int64_t folders = s->names.n;
    siam_code rc = SIAM_OK;
    for (int64_t i = 0; !rc && i < s->links.n; i++) {
        const char *name = siam_image_list_path(&s->links, i);
        if (first[folders + i] == folders + i) {
            rc = siam_image_list_add(&s->names, name, -1, s->e);
            if (!rc)
                s->names.file[s->names.n - 1].linked = true;
        } else {
            add_name(&s->twins, name, "");
        }
    }
    free(first);
    return rc;
}

static siam_code scan_folder(scan *s, const char *root, const char *sub, siam_err *e)
{
    char path[MAX_PATH];
    *s = (scan){.root = root, .e = e};
    SIAM_TRY(join(s->sub, sub, "", e));
    SIAM_TRY(join(path, root, sub, e));
    SIAM_TRY(siam_list_folder(path, scan_entry, s, e));
    SIAM_TRY(s->rc);
    SIAM_TRY(merge_links(s, path));
    siam_image_list_sort(&s->names);
    return SIAM_OK;
}

static bool labelled(const scan *s) { return !s->images.n && s->names.n >= 2; }

static bool is_flat_entry(void *user, const siam_entry *entry)
{
    *(bool *)user = entry->kind == SIAM_ENTRY_FILE && siam_image_is_name(entry->name);
    return !*(bool *)user;
}

static bool is_flat(void *user, const char *name)
{
    const scan *s = user;
    char sub[MAX_PATH], path[MAX_PATH];
    bool flat = false;
    siam_err e = {0};
    if (!join(sub, s->sub, name, &e) && !join(path, s->root, sub, &e))
        siam_list_folder(path, is_flat_entry, &flat, &e);
    return flat;
}

/* ---- which folders are the splits ------------------------------------------------------------------------ */

typedef struct layout {
    scan top;      /* where the splits lie, or the images of a data set without */
    scan train;    /* the training split's, when it is not the top */
    siam_splits s; /* among top.names */
    char split[2][MAX_PATH]; /* below the root, as siam_split */
    bool has[2];
} layout;

static void release_layout(layout *l)
{
    release(&l->top);
    release(&l->train);
}

/* Scan a folder, or the one that it stands for. splits: look for them, NULL = there are none below a split. classes: a
 * folder of that name is a class. */
static siam_code settle(scan *s, const char *root, const char *sub, siam_splits *splits, const siam_image_list *classes,
                        siam_err *e)
{
    scan deeper = {0};
    char at[MAX_PATH];
    bool alone = false; /* a training split without another one: there may be two in it */
    siam_code rc = scan_folder(s, root, sub, e);
    const scan *last = s;
    for (int depth = 0; !rc && depth <= MAX_WRAPPERS; depth++) {
        siam_splits found = {-1, -1, -1, -1};
        if (splits)
            SIAM_TRY_OUT(rc, siam_splits_find(&found, &last->names, is_flat, (void *)last, e));
        const bool both = found.train >= 0 && found.test >= 0, here = found.train >= 0 || (!depth && found.test >= 0);
        const bool known = classes && last->names.n && siam_image_list_class(classes, siam_image_list_path(&last->names, 0)) >= 0;
        if (depth && (both || (!alone && (here || labelled(last) || (known && !last->images.n))))) {
            release(s);
            *s = deeper;
            deeper = (scan){0};
            last = s;
        }
        if (splits && last == s)
            *splits = found;
        alone = alone || (here && !both);
        const char *only = last->names.n == 1 ? siam_image_list_path(&last->names, 0) : NULL;
        if (both || !only || last->images.n || known)
            break;
        SIAM_TRY_OUT(rc, join(at, last->sub, only, e));
        release(&deeper);
        rc = scan_folder(&deeper, root, at, e);
        last = &deeper;
    }
out:
    release(&deeper);
    return rc;
}

static siam_code which_is_meant(const layout *l, siam_err *e)
{
    char word[2 * MAX_PATH], path[MAX_PATH], a[SHOWN], b[SHOWN];
    const char *train = siam_image_list_path(&l->top.names, l->s.train);
    SIAM_TRY(join(path, l->top.root, l->split[SIAM_SPLIT_TRAIN], e));
    siam_fail(e, SIAM_E_DATA, "'%s' has several folders that look like training images, '%s' and '%s', with held-out ones "
              "beside them, and which are meant is not clear", l->top.root, siam_format_printable(a, sizeof a, train),
              siam_format_printable(b, sizeof b, siam_image_list_path(&l->top.names, l->s.other)));
    siam_hint(e, "--data %s, or a folder with links to two of them, called train and val",
              siam_format_word(word, sizeof word, path));
    return SIAM_E_DATA;
}

static siam_code no_train(const layout *l, siam_err *e)
{
    char word[2 * MAX_PATH], path[MAX_PATH], read[SIAM_IMAGE_WORDS];
    const char *root = l->top.root, *test = l->split[SIAM_SPLIT_TEST];
    SIAM_TRY(join(path, root, test, e));
    for (int64_t i = 0; i < l->top.empty.n; i++)
        if (siam_split_looks_train(siam_image_list_path(&l->top.empty, i))) {
            siam_fail(e, SIAM_E_DATA, "the folder '%s/%s' has no images (%s)", root,
                      siam_image_list_path(&l->top.empty, i), siam_image_endings(read));
            siam_hint(e, "--data %s, which has images", siam_format_word(word, sizeof word, path));
            return SIAM_E_DATA;
        }
    siam_fail(e, SIAM_E_DATA, "'%s' has a folder '%s' but none called 'train', so there are no training images", root, test);
    siam_hint(e, "--data %s, or training images in a folder 'train' beside it", siam_format_word(word, sizeof word, path));
    return SIAM_E_DATA;
}

static siam_code no_test(const layout *l, const siam_dataset_info *info, siam_err *e)
{
    if (info->why[0])
        siam_fail(e, SIAM_E_DATA, "'%s' has no held-out images: %s", l->top.root, info->why);
    else
        siam_fail(e, SIAM_E_DATA, "'%s' has no folder 'val' or 'test', so there are no held-out images", l->top.root);
    siam_hint(e, "the layout train/CLASS/*.jpg and val/CLASS/*.jpg");
    return SIAM_E_DATA;
}

static siam_code find_layout(layout *l, const char *root, siam_err *e)
{
    SIAM_TRY(settle(&l->top, root, "", &l->s, NULL, e));
    const int64_t at[2] = {l->s.train, l->s.test};
    for (int i = 0; i < 2; i++) {
        l->has[i] = at[i] >= 0;
        if (l->has[i])
            SIAM_TRY(join(l->split[i], l->top.sub, siam_image_list_path(&l->top.names, at[i]), e));
    }
    if (!l->has[0] && !l->has[1]) {
        l->has[SIAM_SPLIT_TRAIN] = true;
        return join(l->split[SIAM_SPLIT_TRAIN], l->top.sub, "", e);
    }
    return l->s.other >= 0 ? which_is_meant(l, e) : SIAM_OK;
}

/* A folder that would be the held-out split if there were images in it, or other ones than those of training. */
static void why_no_test(const scan *top, siam_dataset_info *info)
{
    char name[SHOWN];
    for (int64_t i = 0; i < top->empty.n; i++)
        if (siam_split_looks_held_out(siam_image_list_path(&top->empty, i)) && !info->why[0]) {
            snprintf(info->why, sizeof info->why, "the folder '%s' has no images that are read",
                     siam_format_printable(name, sizeof name, siam_image_list_path(&top->empty, i)));
            siam_dataset_remark(info, "%s", info->why);
        }
    if (top->twins.n && !info->why[0])
        snprintf(info->why, sizeof info->why, "links to folders beside them are left out: %s", top->twins.text);
}

/* What was made of the names, where they are not the usual ones, and what beside the splits is not read. */
static void remark_layout(const layout *l, siam_dataset_info *info)
{
    char a[SHOWN], b[SHOWN];
    names_text rest = {0};
    const scan *top = &l->top;
    const char *train = l->split[SIAM_SPLIT_TRAIN], *test = l->split[SIAM_SPLIT_TEST];
    siam_format_printable(a, sizeof a, train);
    siam_format_printable(b, sizeof b, test);
    const bool splits = l->s.train >= 0 || l->s.test >= 0;
    if (splits && l->has[0] && l->has[1] && (strcmp(train, "train") || (strcmp(test, "val") && strcmp(test, "test"))))
        siam_dataset_remark(info, "the training images are those of '%s', the held-out ones those of '%s'", a, b);
    else if (l->has[0] && strcmp(train, splits ? "train" : ""))
        siam_dataset_remark(info, "the training images are those of '%s'", a);
    if (l->s.odd >= 0 && labelled(top))
        siam_dataset_remark(info, "the folder '%s' is taken for a class like the others beside it, not for a split",
                            siam_format_printable(a, sizeof a, siam_image_list_path(&top->names, l->s.odd)));
    for (int64_t i = 0; splits && i < top->names.n; i++)
        if (i != l->s.train && i != l->s.test)
            add_name(&rest, siam_image_list_path(&top->names, i), "");
    if (rest.n)
        siam_dataset_remark(info, "not read: the folder%s %s beside the split%s", rest.n == 1 ? "" : "s", rest.text,
                            l->has[0] && l->has[1] ? "s" : "");
    if (splits && top->images.n)
        siam_dataset_remark(info, "not read: %" PRId64 " image%s beside the folders; the first: %s", top->images.n,
                            top->images.n == 1 ? "" : "s", top->images.first);
    if (top->twins.n)
        siam_dataset_remark(info, "left out, as %s to a folder beside: %s", top->twins.n == 1 ? "it is a link" : "they are links",
                            top->twins.text);
    if (splits && !l->has[SIAM_SPLIT_TEST])
        why_no_test(top, info);
}

/* ---- classes and images ---------------------------------------------------------------------------------- */

static void remark_classes(const scan *s, siam_dataset_info *info)
{
    if (s->empties.n && s->names.n)
        siam_dataset_remark(info, "no class%s: the folder%s %s", s->empties.n == 1 ? "" : "es", s->empties.n == 1 ? "" : "s",
                            s->empties.text);
    if (s->twins.n)
        siam_dataset_remark(info, "no class%s, but %s: %s", s->twins.n == 1 ? "" : "es",
                            s->twins.n == 1 ? "a link to one" : "links to others", s->twins.text);
}

/* "train/contact_sheet.jpg lies beside the class folders" */
static void stray_images(const scan *s, siam_dataset_info *info)
{
    char sub[SHOWN];
    siam_format_printable(sub, sizeof sub, s->sub);
    const char *slash = sub[0] ? "/" : "";
    if (s->images.n == 1)
        snprintf(info->why, sizeof info->why, "the image '%s%s%s' lies beside the class folders", sub, slash, s->images.first);
    else
        snprintf(info->why, sizeof info->why, "%" PRId64 " images lie %s; the first: '%s%s%s'", s->images.n,
                 s->names.n ? "beside the class folders" : "in no class folder", sub, slash, s->images.first);
}

static siam_code take_classes(siam_image_list *f, const scan *s, siam_dataset_info *info, siam_err *e)
{
    char train[SHOWN], test[SHOWN];
    siam_splits found;
    SIAM_TRY(siam_splits_find(&found, &s->names, is_flat, (void *)s, e));
    if (labelled(s) && s->sub[0] && found.train >= 0 && found.test >= 0)
        siam_dataset_remark(info, "the folders '%s' and '%s' are taken for classes like the others beside them, not for splits",
                            siam_format_printable(train, sizeof train, siam_image_list_path(&s->names, found.train)),
                            siam_format_printable(test, sizeof test, siam_image_list_path(&s->names, found.test)));
    for (int64_t i = 0; labelled(s) && i < s->names.n; i++)
        SIAM_TRY(siam_image_list_add_class(f, siam_image_list_path(&s->names, i), e));
    if (s->images.n && s->names.n >= 2) { /* there would be labels */
        stray_images(s, info);
        siam_dataset_remark(info, "no labels: %s", info->why);
    }
    return SIAM_OK;
}

/* A held-out class folder that training does not have cannot be scored, nor can images outside of class folders. */
static bool can_be_scored(const siam_image_list *f, const scan *s, siam_dataset_info *info)
{
    char name[SHOWN], sub[SHOWN], like[SHOWN];
    names_text missing = {0};
    if (s->images.n)
        stray_images(s, info);
    for (int64_t i = 0; !info->why[0] && i < s->names.n; i++) {
        if (siam_image_list_class(f, siam_image_list_path(&s->names, i)) >= 0)
            continue;
        siam_format_printable(name, sizeof name, siam_image_list_path(&s->names, i));
        int at = 0;
        while (at < f->classes && strcasecmp(siam_image_list_class_name(f, at), siam_image_list_path(&s->names, i)))
            at++;
        siam_format_printable(like, sizeof like, at < f->classes ? siam_image_list_class_name(f, at) : "");
        snprintf(info->why, sizeof info->why, "'%s' has the class folder '%s', which the training images do not have%s%s%s",
                 siam_format_printable(sub, sizeof sub, s->sub), name, *like ? " (they have '" : "", like, *like ? "')" : "");
    }
    if (info->why[0]) {
        info->at_odds = true;
        siam_dataset_remark(info, "no labels: %s", info->why);
        return false;
    }
    for (int64_t i = 0, k = 0; i < f->classes; i++) { /* both are sorted */
        while (k < s->names.n && strcmp(siam_image_list_path(&s->names, k), siam_image_list_class_name(f, (int)i)) < 0)
            k++;
        if (k == s->names.n || strcmp(siam_image_list_path(&s->names, k), siam_image_list_class_name(f, (int)i)))
            add_name(&missing, siam_image_list_class_name(f, (int)i), "");
    }
    if (missing.n)
        siam_dataset_remark(info, "no held-out images of %" PRId64 " of the %d classes: %s", missing.n, f->classes, missing.text);
    return true;
}

/* Folders before links to folders, so that what both lead to is taken from the folder. */
static siam_code walk_classes(siam_walk *w, const siam_image_list *f, const scan *s, siam_err *e)
{
    char sub[MAX_PATH];
    for (int linked = 0; linked < 2; linked++)
        for (int64_t i = 0; i < s->names.n; i++) {
            if (s->names.file[i].linked != linked)
                continue;
            SIAM_TRY(join(sub, s->sub, siam_image_list_path(&s->names, i), e));
            SIAM_TRY(siam_walk_below(w, sub, siam_image_list_class(f, siam_image_list_path(&s->names, i)), e));
        }
    return SIAM_OK;
}

/* The images below a scanned folder. */
static siam_code take_images(siam_image_list *f, const layout *l, siam_split split, const scan *s, siam_dataset_info *info,
                             siam_err *e)
{
    siam_walk *w = NULL;
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_walk_open(&w, f, e));
    if (l->has[0] && l->has[1])
        SIAM_TRY_OUT(rc, siam_walk_bar(w, l->split[!split], e));
    rc = f->classes ? walk_classes(w, f, s, e) : siam_walk_below(w, s->sub, -1, e);
    SIAM_TRY_OUT(rc, rc);
    SIAM_TRY_OUT(rc, siam_walk_finish(w, e));
    siam_walk_tally met = *siam_walk_met(w);
    if (split == SIAM_SPLIT_TEST)
        met.held_out.n = 0;
    siam_walk_remark(&met, info);
    if (f->n == 0) {
        char read[SIAM_IMAGE_WORDS];
        rc = siam_fail(e, SIAM_E_DATA, "the folder '%s%s%s' has no images (%s)%s", f->root, s->sub[0] ? "/" : "", s->sub,
                       siam_image_endings(read), met.barred.n ? " of its own, only links to those of the other split" : "");
        siam_hint(e, "images in that folder, which no other split has");
    }
out:
    siam_walk_close(&w);
    return rc;
}

static siam_code take_split(siam_image_list *f, layout *l, siam_split split, siam_dataset_info *info, siam_err *e)
{
    const bool splits = l->s.train >= 0 || l->s.test >= 0;
    const siam_split classes_of = l->has[SIAM_SPLIT_TRAIN] ? SIAM_SPLIT_TRAIN : SIAM_SPLIT_TEST;
    const scan *s = &l->top;
    if (splits) {
        SIAM_TRY(settle(&l->train, f->root, l->split[classes_of], NULL, NULL, e));
        s = &l->train;
    }
    siam_dataset_info of_train = {.why = ""};
    SIAM_TRY(take_classes(f, s, split == classes_of ? info : &of_train, e));
    if (split == classes_of) {
        remark_classes(s, info);
        return take_images(f, l, split, s, info, e);
    }
    scan held_out = {0};
    siam_code rc = settle(&held_out, f->root, l->split[split], NULL, f, e);
    if (!rc) {
        remark_classes(&held_out, info);
        f->classes = f->classes && can_be_scored(f, &held_out, info) ? f->classes : 0;
        rc = take_images(f, l, split, &held_out, info, e);
    }
    release(&held_out);
    return rc;
}

/* ---- the data set ---------------------------------------------------------------------------------------- */

static int probe_folder(const char *spec)
{
    bool has;
    siam_err e = {0};
    const siam_path_is is = siam_path_look(spec);
    if (is != SIAM_PATH_FOLDER)
        return is == SIAM_PATH_UNSEEN ? 30 : 0;
    const siam_code rc = siam_has_image(&has, spec, "", PROBE_ENTRIES, NULL, &e);
    return has || rc ? 30 : 0; /* opening it says what is wrong */
}

static void close_folder(siam_dataset **d)
{
    siam_image_list_release(&((folder *)*d)->f);
    free(*d);
    *d = NULL;
}

static siam_code open_folder(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* photographs have the size they have; the transforms resize */
    *out = NULL;
    folder *d = calloc(1, sizeof *d);
    layout *l = calloc(1, sizeof *l);
    siam_dataset *head = d ? &d->head : NULL;
    siam_code rc = SIAM_OK;
    if (!d || !l)
        SIAM_TRY_OUT(rc, siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec));
    siam_dataset_info *info = &d->head.info;
    d->head.type = &siam_dataset_type_folder;
    SIAM_TRY_OUT(rc, siam_image_list_root(&d->f, spec, e));
    SIAM_TRY_OUT(rc, find_layout(l, spec, e));
    remark_layout(l, info);
    if (!l->has[split])
        SIAM_TRY_OUT(rc, split == SIAM_SPLIT_TRAIN ? no_train(l, e) : no_test(l, info, e));
    SIAM_TRY_OUT(rc, take_split(&d->f, l, split, info, e));
    info->count = d->f.n;
    info->classes = d->f.classes;
    info->train_only = !l->has[SIAM_SPLIT_TEST];
    siam_dataset_describe_files(info, "folder", "folders", split);
    siam_pages_remark(info, &d->f);
out:
    if (l)
        release_layout(l);
    free(l);
    if (rc && head)
        close_folder(&head);
    *out = rc ? NULL : head;
    return rc;
}

static siam_code read_folder(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    return siam_image_list_read(&((const folder *)d)->f, index, d, use, im, e);
}

static int label_folder(const siam_dataset *d, int64_t index)
{
    return ((const folder *)d)->f.file[index].label;
}

static const char *class_name_folder(const siam_dataset *d, int cls)
{
    return siam_image_list_class_name(&((const folder *)d)->f, cls);
}

static const char *file_folder(const siam_dataset *d, int64_t index)
{
    return siam_image_list_path(&((const folder *)d)->f, index);
}

static const siam_image_list *files_folder(const siam_dataset *d) { return &((const folder *)d)->f; }

static void keep_folder(siam_dataset *d, const int64_t *index, int64_t n) { siam_image_list_keep(&((folder *)d)->f, index, n); }

const siam_dataset_type siam_dataset_type_folder = {
    .name = "folder",
    .help = "a folder of images: train/CLASS/ and val/CLASS/, CLASS/, or without labels",
    .probe = probe_folder,
    .open = open_folder,
    .read = read_folder,
    .label = label_folder,
    .class_name = class_name_folder,
    .file = file_folder,
    .files = files_folder,
    .keep = keep_folder,
    .close = close_folder,
};
