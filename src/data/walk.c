/* Walking folders. What tells files and folders apart is device and inode. A listing brings the inodes of what lies in a
 * folder, so that only links are looked at, and files whose inodes are equal. */
#include "data/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "data/splits.h"
#include "image/codec.h"

enum { MAX_DEPTH = 32, MAX_PATH = 4096 };

void siam_some_add(siam_some *s, const char *name)
{
    if (s->n++ == 0 || strcmp(name, s->first) < 0)
        siam_format_printable(s->first, sizeof s->first, name);
}

/* ---- one folder ----------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names))
        names++;
    return *names != NULL;
}

/* Files that Windows and Macs put into folders. */
static bool is_litter(const char *name)
{
    static const char *const names[] = {"Thumbs.db", "thumbs.db", "ehthumbs.db", "desktop.ini", "Desktop.ini", "Icon\r", NULL};
    return is_one_of(name, names);
}

/* Thumbnails, waste baskets and the like: some are not readable, and none holds what the user put there. */
static bool is_system(const char *name)
{
    static const char *const names[] = {"@eaDir",   "#recycle",     "@Recycle",   "@Recently-Snapshot",
                                        "#snapshot", "$RECYCLE.BIN", "lost+found", "System Volume Information",
                                        "__MACOSX", NULL};
    return is_one_of(name, names);
}

/* false: of no interest. */
static bool look_at(siam_entry *entry, int dir, const struct dirent *d)
{
    struct stat st;
    *entry = (siam_entry){.name = d->d_name, .kind = SIAM_ENTRY_FILE, .inode = d->d_ino, .link = d->d_type == DT_LNK};
    if (d->d_name[0] == '.') { /* "._x.jpg" is what a Mac knows about x.jpg */
        entry->kind = SIAM_ENTRY_HIDDEN;
        return strcmp(d->d_name, ".") && strcmp(d->d_name, "..") && strncmp(d->d_name, "._", 2) &&
               (d->d_type == DT_DIR || siam_image_is_name(d->d_name));
    }
    if (d->d_type == DT_LNK || d->d_type == DT_UNKNOWN) {
        if (fstatat(dir, d->d_name, &st, 0)) {
            entry->inode = 0;
            return true;
        }
        entry->inode = st.st_ino;
        entry->kind = S_ISDIR(st.st_mode) ? SIAM_ENTRY_FOLDER : SIAM_ENTRY_FILE;
        if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
            return false;
    } else if (d->d_type == DT_DIR) {
        entry->kind = SIAM_ENTRY_FOLDER;
    } else if (d->d_type != DT_REG) {
        return false;
    }
    if (entry->kind == SIAM_ENTRY_FOLDER && is_system(d->d_name))
        entry->kind = SIAM_ENTRY_SYSTEM;
    return true;
}

siam_code siam_list_folder(const char *path, siam_entry_fn *visit, void *user, siam_err *e)
{
    DIR *d = opendir(path);
    if (!d)
        return siam_fail_errno(e, errno, "cannot list the folder '%s'", path);
    bool more = true;
    while (more) {
        siam_entry entry;
        errno = 0;
        const struct dirent *next = readdir(d);
        if (!next)
            break;
        if (look_at(&entry, dirfd(d), next))
            more = visit(user, &entry);
    }
    const int err = more ? errno : 0;
    closedir(d);
    return err ? siam_fail_errno(e, err, "cannot list the folder '%s'", path) : SIAM_OK;
}

/* ---- folders that were met, by device and inode: a table with open addresses ----------------------------- */

typedef struct place {
    dev_t device;
    ino_t inode; /* 0 = free */
    bool barred;
} place;

typedef struct places {
    place *at;
    size_t room, n; /* room: a power of 2 */
} places;

static place *find_place(const places *p, dev_t device, ino_t inode)
{
    size_t i = (size_t)((uint64_t)(inode ^ device << 7) * 0x9e3779b97f4a7c15u >> 20);
    for (i &= p->room - 1; p->at[i].inode && (p->at[i].inode != inode || p->at[i].device != device);)
        i = (i + 1) & (p->room - 1);
    return &p->at[i];
}

/* The place that was there already, or NULL and now it is. */
static siam_code add_place(places *p, const struct stat *st, bool barred, const place **was, siam_err *e)
{
    if (2 * (p->n + 1) > p->room) {
        places more = {calloc(p->room ? 2 * p->room : 64, sizeof *more.at), p->room ? 2 * p->room : 64, p->n};
        if (!more.at)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of folders");
        for (size_t i = 0; i < p->room; i++)
            if (p->at[i].inode)
                *find_place(&more, p->at[i].device, p->at[i].inode) = p->at[i];
        free(p->at);
        *p = more;
    }
    place *at = find_place(p, st->st_dev, st->st_ino);
    *was = at->inode ? at : NULL;
    if (!at->inode) {
        *at = (place){st->st_dev, st->st_ino, barred};
        p->n++;
    }
    return SIAM_OK;
}

/* ---- the walk -------------------------------------------------------------------------------------------- */

struct siam_walk {
    siam_image_list *f; /* NULL: stop at the first image */
    int label;
    bool linked; /* below a link */
    bool found, stopped;
    int64_t left;     /* entries still to look at, < 0 = any number */
    siam_image_list links; /* to folders, still to be followed, with labels */
    places met;
    uint64_t *inode; /* of each file in f, from `first` on */
    int64_t room, first;
    siam_walk_tally tally;
    size_t root; /* length of the root with its slash */
    size_t length;
    int depth;
    char path[MAX_PATH];
    siam_code rc;
    siam_err *e;
};

static siam_code take(siam_walk *w, const siam_entry *entry)
{
    siam_image_list *f = w->f;
    if (f->n - w->first == w->room) {
        const int64_t room = 2 * w->room + 256;
        uint64_t *more = realloc(w->inode, (size_t)room * sizeof *more);
        if (!more)
            return siam_fail(w->e, SIAM_E_NOMEM, "out of memory for a list of files");
        w->inode = more;
        w->room = room;
    }
    w->inode[f->n - w->first] = entry->inode == UINT32_MAX ? 0 : entry->inode; /* what FUSE says when it does not know */
    SIAM_TRY(siam_image_list_add(f, w->path + w->root, w->label, w->e));
    f->file[f->n - 1].linked = w->linked || entry->link;
    return SIAM_OK;
}

static void walk_folder(siam_walk *w);

/* The entry's path is in w->path. */
static void walk_entry(siam_walk *w, const siam_entry *entry)
{
    const char *path = w->path + w->root;
    switch (entry->kind) {
    case SIAM_ENTRY_HIDDEN: siam_some_add(&w->tally.hidden, path); return;
    case SIAM_ENTRY_SYSTEM: siam_some_add(&w->tally.system, path); return;
    case SIAM_ENTRY_FOLDER:
        if (entry->link && w->f)
            w->rc = siam_image_list_add(&w->links, path, w->label, w->e);
        else
            walk_folder(w);
        return;
    case SIAM_ENTRY_FILE: break;
    }
    if (!siam_image_is_name(entry->name)) {
        if (!is_litter(entry->name)) {
            siam_description_add(&w->tally.others, entry->name);
            siam_some_add(&w->tally.other, path);
        }
    } else if (w->f) {
        w->rc = take(w, entry);
    } else {
        w->found = w->stopped = true;
    }
}

static bool visit_entry(void *user, const siam_entry *entry)
{
    siam_walk *w = user;
    const size_t before = w->length, n = strlen(entry->name);
    w->stopped |= w->left == 0;
    w->left--;
    if (w->stopped)
        return false;
    if (before + n + 2 > sizeof w->path) {
        w->rc = siam_fail(w->e, SIAM_E_DATA, "a path in '%s' is longer than %d bytes", w->path, MAX_PATH);
        return false;
    }
    w->path[before] = '/';
    memcpy(w->path + before + 1, entry->name, n + 1);
    w->length = before + 1 + n;
    walk_entry(w, entry);
    w->path[before] = '\0';
    w->length = before;
    return !w->stopped && w->rc == SIAM_OK;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Whether the folder is to be entered: not where it was before, and not into another split by a link. */
static bool enters(siam_walk *w)
{
    struct stat st;
    const place *was = NULL;
    if (stat(w->path, &st))
        w->rc = siam_fail_errno(w->e, errno, "cannot look at '%s'", w->path);
    else
        w->rc = add_place(&w->met, &st, false, &was, w->e);
    if (was && w->depth == 0) /* what lies below a link may well be known */
        siam_some_add(was->barred ? &w->tally.barred : &w->tally.known, w->path + w->root);
    return !w->rc && !was;
}

static void walk_folder(siam_walk *w)
{
    if (!enters(w))
        return;
    if (w->depth == MAX_DEPTH) {
        w->rc = siam_fail(w->e, SIAM_E_DATA, "'%s' lies more than %d folders deep", w->path, MAX_DEPTH);
        return;
    }
    if (w->depth > 0 && siam_split_looks_held_out(last_name(w->path)))
        siam_some_add(&w->tally.held_out, w->path + w->root);
    w->depth++;
    const siam_code rc = siam_list_folder(w->path, visit_entry, w, w->e);
    w->depth--;
    if (rc && !w->rc)
        w->rc = rc;
}

static siam_code start_at(siam_walk *w, const char *root, const char *sub, siam_err *e)
{
    size_t n = strlen(root);
    while (n > 1 && root[n - 1] == '/')
        n--;
    const int length = snprintf(w->path, sizeof w->path, "%.*s%s%s", (int)(n < MAX_PATH ? n : MAX_PATH), root,
                                sub[0] ? "/" : "", sub);
    if (length < 0 || (size_t)length >= sizeof w->path)
        return siam_fail(e, SIAM_E_DATA, "the path '%s' is too long", root);
    w->root = n + 1;
    w->length = (size_t)length;
    w->depth = 0;
    w->e = e;
    w->rc = SIAM_OK;
    return SIAM_OK;
}

siam_code siam_walk_open(siam_walk **out, siam_image_list *f, siam_err *e)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of folders");
    (*out)->f = f;
    (*out)->first = f->n;
    (*out)->left = -1;
    return SIAM_OK;
}

void siam_walk_close(siam_walk **w)
{
    if (*w) {
        siam_image_list_release(&(*w)->links);
        free((*w)->met.at);
        free((*w)->inode);
    }
    free(*w);
    *w = NULL;
}

const siam_walk_tally *siam_walk_met(const siam_walk *w) { return &w->tally; }

siam_code siam_walk_below(siam_walk *w, const char *sub, int label, siam_err *e)
{
    SIAM_TRY(start_at(w, w->f->root, sub, e));
    w->label = label;
    walk_folder(w);
    return w->rc;
}

static siam_code bar_here(siam_walk *w, siam_err *e)
{
    struct stat st;
    const place *was;
    return stat(w->path, &st) ? SIAM_OK : add_place(&w->met, &st, true, &was, e); /* gone is not in the way */
}

static bool bar_entry(void *user, const siam_entry *entry)
{
    siam_walk *w = user;
    if (entry->kind != SIAM_ENTRY_FOLDER || entry->link)
        return true;
    const int n = snprintf(w->path + w->length, sizeof w->path - w->length, "/%s", entry->name);
    if (n > 0 && (size_t)n < sizeof w->path - w->length)
        w->rc = bar_here(w, w->e);
    w->path[w->length] = '\0';
    return w->rc == SIAM_OK;
}

siam_code siam_walk_bar(siam_walk *w, const char *sub, siam_err *e)
{
    SIAM_TRY(start_at(w, w->f->root, sub, e));
    SIAM_TRY(bar_here(w, e));
    const siam_path_is is = siam_path_look(w->path);
    if (is == SIAM_PATH_UNSEEN)
        return siam_fail_errno(e, errno, "cannot look at '%s'", w->path);
    if (is != SIAM_PATH_FOLDER)
        return SIAM_OK;
    SIAM_TRY(siam_list_folder(w->path, bar_entry, w, e));
    return w->rc;
}

/* ---- each file once --------------------------------------------------------------------------------------- */

typedef struct twin {
    uint64_t inode, device;
    int64_t index;
} twin;

static int by_inode(const void *x, const void *y)
{
    const twin *a = x, *b = y;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Those of t[0..n), sorted, whose inode comes more than once, with what stat says about them. */
static int64_t look_again(const siam_image_list *f, twin *t, int64_t n)
{
    char path[MAX_PATH];
    struct stat st;
    int64_t kept = 0;
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && t[end].inode == t[i].inode;)
            end++;
        for (int64_t k = i; end > i + 1 && k < end; k++)
            if (siam_image_list_full_path(f, t[k].index, path, sizeof path) && !stat(path, &st))
                t[kept++] = (twin){st.st_ino, st.st_dev, t[k].index};
    }
    qsort(t, (size_t)kept, sizeof *t, by_inode);
    return kept;
}

static bool better(const siam_image_list *f, int64_t a, int64_t b)
{
    if (f->file[a].linked != f->file[b].linked)
        return f->file[b].linked;
    return siam_image_list_order(f, a, b) < 0;
}

/* Of t[0..n), which are one file, all but one get no path. */
static void keep_one(siam_walk *w, const twin *t, int64_t n)
{
    siam_image_list *f = w->f;
    int64_t best = t[0].index;
    char both[2 * MAX_PATH + 16];
    for (int64_t i = 1; i < n; i++)
        if (better(f, t[i].index, best))
            best = t[i].index;
    for (int64_t i = 0; i < n; i++) {
        siam_file *file = &f->file[t[i].index];
        if (t[i].index == best)
            continue;
        snprintf(both, sizeof both, "%s is %s", siam_image_list_path(f, t[i].index), siam_image_list_path(f, best));
        siam_some_add(&w->tally.same, both);
        w->tally.contradicting += file->label != f->file[best].label;
        file->path = SIZE_MAX;
    }
}

/* Inodes as marks in a table of bits, many of which share a bit. */
typedef struct marks {
    uint8_t *bit;
    size_t mask;
} marks;

static size_t place_of_mark(const marks *m, uint64_t inode) { return (size_t)(inode * 0x9e3779b97f4a7c15u >> 16) & m->mask; }

static bool is_marked(const marks *m, uint64_t inode)
{
    const size_t at = place_of_mark(m, inode);
    return m->bit[at >> 3] >> (at & 7) & 1;
}

/* Whether there was a mark; now there is one. */
static bool mark(marks *m, uint64_t inode)
{
    const size_t at = place_of_mark(m, inode);
    const bool was = is_marked(m, inode);
    m->bit[at >> 3] |= (uint8_t)(1u << (at & 7));
    return was;
}

/* The files whose inode may come more than once, in *t: nearly all others are told apart by a few bits each, so that a
 * large data set is not sorted for the sake of a few links. */
static siam_code find_twins(const siam_walk *w, twin **t, int64_t *n)
{
    const int64_t files = w->f->n - w->first;
    marks once = {.mask = 1023}, again = {0};
    while (once.mask / 16 < (size_t)files)
        once.mask = 2 * once.mask + 1;
    again.mask = once.mask;
    *t = NULL;
    *n = 0;
    once.bit = calloc(once.mask / 8 + 1, 1);
    again.bit = calloc(again.mask / 8 + 1, 1);
    int64_t most = 0;
    for (int64_t i = 0; once.bit && again.bit && i < files; i++)
        if (w->inode[i] && mark(&once, w->inode[i])) {
            mark(&again, w->inode[i]);
            most++;
        }
    free(once.bit);
    most = again.bit ? 2 * most + 1 : 0; /* whoever made the first mark, too */
    *t = most ? malloc((size_t)most * sizeof **t) : NULL;
    for (int64_t i = 0; *t && i < files; i++)
        if (w->inode[i] && is_marked(&again, w->inode[i]))
            (*t)[(*n)++] = (twin){.inode = w->inode[i], .index = w->first + i};
    free(again.bit);
    return *t ? SIAM_OK : siam_fail(w->e, SIAM_E_NOMEM, "out of memory for comparing %lld files", (long long)files);
}

static siam_code leave_out_same(siam_walk *w)
{
    siam_image_list *f = w->f;
    twin *t;
    int64_t n;
    SIAM_TRY(find_twins(w, &t, &n));
    qsort(t, (size_t)n, sizeof *t, by_inode);
    n = look_again(f, t, n);
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && t[end].inode == t[i].inode && t[end].device == t[i].device;)
            end++;
        keep_one(w, t + i, end - i);
    }
    free(t);
    int64_t kept = w->first;
    for (int64_t i = w->first; i < f->n; i++)
        if (f->file[i].path != SIZE_MAX)
            f->file[kept++] = f->file[i];
    f->n = kept;
    return SIAM_OK;
}

siam_code siam_walk_finish(siam_walk *w, siam_err *e)
{
    w->linked = true;
    for (int64_t i = 0; i < w->links.n; i++) /* grows while links lead to more of them */
        SIAM_TRY(siam_walk_below(w, siam_image_list_path(&w->links, i), w->links.file[i].label, e));
    w->e = e;
    SIAM_TRY(leave_out_same(w));
    siam_image_list_sort(w->f);
    return SIAM_OK;
}

siam_code siam_has_image(bool *has, const char *root, const char *sub, int64_t limit, siam_description *others, siam_err *e)
{
    siam_walk *w = calloc(1, sizeof *w);
    *has = false;
    if (!w)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of folders");
    w->left = limit > 0 ? limit : -1;
    siam_code rc = start_at(w, root, sub, e);
    if (!rc) {
        walk_folder(w);
        rc = w->found ? SIAM_OK : w->rc;
        *has = w->found;
    }
    if (others)
        *others = w->tally.others;
    siam_walk_close(&w);
    return rc;
}

/* ---- in words --------------------------------------------------------------------------------------------- */

/* "1 file is" "1,200 files are" */
static const char *many(char buf[64], const siam_some *s, const char *one, const char *more)
{
    char number[32];
    snprintf(buf, 64, "%s %s", siam_format_count(number, sizeof number, s->n), s->n == 1 ? one : more);
    return buf;
}

void siam_walk_remark(const siam_walk_tally *t, siam_dataset_info *info)
{
    char n[64], found[SIAM_SURVEY_TEXT], read[SIAM_IMAGE_WORDS];
    if (t->other.n) {
        siam_description_text(&t->others, found);
        siam_dataset_remark(info, "%s %s not read, as only images are (%s); the first: %s", found,
                            t->other.n == 1 ? "is" : "are", siam_image_endings(read), t->other.first);
    }
    if (t->hidden.n)
        siam_dataset_remark(info, "%s not read, as the name%s with a dot; the first: %s",
                            many(n, &t->hidden, "hidden image or folder is", "hidden images or folders are"),
                            t->hidden.n == 1 ? " begins" : "s begin", t->hidden.first);
    if (t->system.n)
        siam_dataset_remark(info, "%s not read, which the system made for itself; the first: %s",
                            many(n, &t->system, "folder is", "folders are"), t->system.first);
    if (t->known.n)
        siam_dataset_remark(info, "%s not followed, as the same folder is read elsewhere; the first: %s",
                            many(n, &t->known, "link is", "links are"), t->known.first);
    if (t->barred.n)
        siam_dataset_remark(info, "%s not followed, as the folder is the other split's; the first: %s",
                            many(n, &t->barred, "link is", "links are"), t->barred.first);
    if (t->same.n)
        siam_dataset_remark(info, "%s the same as %s read already (links, or two names) and left out; the first: %s",
                            many(n, &t->same, "file is", "files are"), t->same.n == 1 ? "one" : "others", t->same.first);
    if (t->contradicting)
        siam_dataset_remark(info, "%" PRId64 " of them would have had another class", t->contradicting);
    if (t->held_out.n)
        siam_dataset_remark(info, "%s called like held-out images and read as training images; the first: %s",
                            many(n, &t->held_out, "folder is", "folders are"), t->held_out.first);
}
