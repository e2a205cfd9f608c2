/* Lists of image files: growing, walking folders, reading one file. */
#include "data/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "image/codec.h"

enum { MAX_DEPTH = 32, MAX_PATH = 4096 };
static const size_t max_file = (size_t)1 << 30;

/* ---- the list -------------------------------------------------------------------------------------------
 */

void siam_files_release(siam_files *f)
{
    free(f->root);
    free(f->text);
    free(f->file);
    free(f->class_at);
    *f = (siam_files){0};
}

static siam_code out_of_memory(siam_err *e)
{
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for a list of files");
}

siam_code siam_files_root(siam_files *f, const char *root, siam_err *e)
{
    free(f->root);
    f->root = strdup(root);
    return f->root ? SIAM_OK : out_of_memory(e);
}

/* A copy of the string at the end of the text. */
static siam_code add_text(siam_files *f, const char *s, size_t *at, siam_err *e)
{
    const size_t n = strlen(s) + 1;
    if (f->room - f->used < n) {
        const size_t room = 2 * f->room + n + 4096;
        char *more = realloc(f->text, room);
        if (!more)
            return out_of_memory(e);
        f->text = more;
        f->room = room;
    }
    memcpy(f->text + f->used, s, n);
    *at = f->used;
    f->used += n;
    return SIAM_OK;
}

siam_code siam_files_add(siam_files *f, const char *path, int label, siam_err *e)
{
    if (f->n == f->file_room) {
        const int64_t room = 2 * f->file_room + 64;
        siam_file *more = realloc(f->file, (size_t)room * sizeof *more);
        if (!more)
            return out_of_memory(e);
        f->file = more;
        f->file_room = room;
    }
    SIAM_TRY(add_text(f, path, &f->file[f->n].path, e));
    f->file[f->n++].label = label;
    return SIAM_OK;
}

siam_code siam_files_rename(siam_files *f, int64_t i, const char *path, siam_err *e)
{
    char *was = f->text + f->file[i].path;
    if (strlen(path) > strlen(was))
        return add_text(f, path, &f->file[i].path, e);
    memcpy(was, path, strlen(path) + 1);
    return SIAM_OK;
}

siam_code siam_files_add_class(siam_files *f, const char *name, siam_err *e)
{
    if (f->classes == f->class_room) {
        const int room = 2 * f->class_room + 16;
        size_t *more = realloc(f->class_at, (size_t)room * sizeof *more);
        if (!more)
            return out_of_memory(e);
        f->class_at = more;
        f->class_room = room;
    }
    SIAM_TRY(add_text(f, name, &f->class_at[f->classes], e));
    f->classes++;
    return SIAM_OK;
}

const char *siam_files_class_name(const siam_files *f, int cls)
{
    return cls >= 0 && cls < f->classes ? f->text + f->class_at[cls] : NULL;
}

int siam_files_class(const siam_files *f, const char *name)
{
    int low = 0, high = f->classes;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const int order = strcmp(siam_files_class_name(f, middle), name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

const char *siam_files_path(const siam_files *f, int64_t i) { return f->text + f->file[i].path; }

static int rank_of(char c) { return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1; }

static int by_path(const void *a, const void *b, void *text)
{
    const char *s = (const char *)text + ((const siam_file *)a)->path,
               *t = (const char *)text + ((const siam_file *)b)->path;
    while (*s && *s == *t) {
        s++;
        t++;
    }
    return rank_of(*s) - rank_of(*t);
}

void siam_files_sort(siam_files *f)
{
    if (f->n)
        qsort_r(f->file, (size_t)f->n, sizeof *f->file, by_path, f->text);
}

bool siam_files_full_path(const siam_files *f, int64_t i, char *buf, size_t n)
{
    const char *name = siam_files_path(f, i);
    return name[0] == '/' ? (size_t)snprintf(buf, n, "%s", name) < n : siam_path_join(buf, n, f->root, name);
}

siam_code siam_files_decode(const char *path, const char *data, size_t n, bool upright, siam_image *im, siam_err *e)
{
    siam_err why = {0};
    siam_code rc = siam_image_decode(im, (const uint8_t *)data, n, &why);
    if (!rc && upright)
        rc = siam_image_orient(im, siam_image_orientation((const uint8_t *)data, n), &why);
    return rc ? siam_fail(e, rc, "'%s': %s", path, why.msg) : SIAM_OK;
}

siam_code siam_files_read(const siam_files *f, int64_t i, bool upright, siam_image *im, siam_err *e)
{
    char path[MAX_PATH], *data;
    size_t n;
    siam_err why = {0};

    if (!siam_files_full_path(f, i, path, sizeof path))
        return siam_fail(e, SIAM_E_DATA, "the path of '%s' in '%s' is too long", siam_files_path(f, i),
                         f->root);
    siam_code rc = siam_file_read(path, max_file, &data, &n, &why);
    if (rc) { /* gone or not ours to read is this file's trouble, a failing disk everybody's */
        const bool one_file = rc == SIAM_E_NOTFOUND || (rc == SIAM_E_IO && access(path, R_OK) != 0);
        return siam_fail(e, one_file ? SIAM_E_DATA : rc, "%s", why.msg);
    }
    rc = siam_files_decode(path, data, n, upright, im, e);
    free(data);
    return rc;
}

/* ---- folders --------------------------------------------------------------------------------------------
 */

typedef enum kind { FILE_ENTRY, FOLDER, OTHER } kind;

/* A link counts as what it leads to; one that leads nowhere as a file, which then cannot be read and says so.
 */
static kind kind_of(int dir, const struct dirent *d)
{
    struct stat st;
    if (d->d_type == DT_REG)
        return FILE_ENTRY;
    if (d->d_type == DT_DIR)
        return FOLDER;
    if (d->d_type != DT_LNK && d->d_type != DT_UNKNOWN)
        return OTHER;
    if (fstatat(dir, d->d_name, &st, 0))
        return FILE_ENTRY;
    return S_ISREG(st.st_mode) ? FILE_ENTRY : S_ISDIR(st.st_mode) ? FOLDER : OTHER;
}

siam_code siam_list_folder(const char *path, siam_entry_fn *visit, void *user, siam_err *e)
{
    DIR *d = opendir(path);
    if (!d)
        return siam_fail_errno(e, errno, "cannot list the folder '%s'", path);
    bool more = true;
    while (more) {
        errno = 0;
        const struct dirent *entry = readdir(d);
        if (!entry)
            break;
        if (entry->d_name[0] == '.')
            continue;
        const kind k = kind_of(dirfd(d), entry);
        if (k != OTHER)
            more = visit(user, &(siam_entry){entry->d_name, k == FOLDER});
    }
    const int err = more ? errno : 0;
    closedir(d);
    return err ? siam_fail_errno(e, err, "cannot list the folder '%s'", path) : SIAM_OK;
}

typedef struct walk {
    siam_visit_fn *visit;
    void *user;
    size_t root; /* length of the root with its slash */
    char path[MAX_PATH];
    size_t length;
    int depth;
    dev_t device[MAX_DEPTH]; /* of the folders being visited: one that is met again contains itself */
    ino_t inode[MAX_DEPTH];
    int64_t left; /* entries still to look at, < 0 = any number */
    bool stopped;
    siam_code rc;
    siam_err *e;
} walk;

static void walk_folder(walk *w);

static bool walk_entry(void *user, const siam_entry *entry)
{
    walk *w = user;
    const size_t before = w->length, n = strlen(entry->name);

    if (w->left == 0)
        w->stopped = true;
    w->left--;
    if (w->stopped || (!entry->folder && !siam_image_is_name(entry->name)))
        return !w->stopped;
    if (before + n + 2 > sizeof w->path) {
        w->rc = siam_fail(w->e, SIAM_E_DATA, "a path in '%s' is longer than %d bytes", w->path, MAX_PATH);
        return false;
    }
    w->path[before] = '/';
    memcpy(w->path + before + 1, entry->name, n + 1);
    w->length = before + 1 + n;
    if (entry->folder)
        walk_folder(w);
    else if (!w->visit(w->user, w->path + w->root))
        w->stopped = true;
    w->path[before] = '\0';
    w->length = before;
    return !w->stopped && w->rc == SIAM_OK;
}

static void walk_folder(walk *w)
{
    struct stat st;
    if (stat(w->path, &st)) {
        w->rc = siam_fail_errno(w->e, errno, "cannot look at '%s'", w->path);
        return;
    }
    for (int i = 0; i < w->depth; i++)
        if (w->device[i] == st.st_dev && w->inode[i] == st.st_ino)
            return;
    if (w->depth == MAX_DEPTH) {
        w->rc = siam_fail(w->e, SIAM_E_DATA, "'%s' lies more than %d folders deep", w->path, MAX_DEPTH);
        return;
    }
    w->device[w->depth] = st.st_dev;
    w->inode[w->depth++] = st.st_ino;
    const siam_code rc = siam_list_folder(w->path, walk_entry, w, w->e);
    w->depth--;
    if (rc && !w->rc)
        w->rc = rc;
}

static siam_code start_walk(walk *w, const char *root, const char *sub)
{
    size_t n = strlen(root);
    while (n > 1 && root[n - 1] == '/')
        n--;
    const int length = snprintf(w->path, sizeof w->path, "%.*s%s%s", (int)(n < MAX_PATH ? n : MAX_PATH), root,
                                sub[0] ? "/" : "", sub);
    if (length < 0 || (size_t)length >= sizeof w->path)
        return siam_fail(w->e, SIAM_E_DATA, "the path '%s' is too long", root);
    w->root = n + 1;
    w->length = (size_t)length;
    walk_folder(w);
    return w->rc;
}

siam_code siam_walk_images(const char *root, const char *sub, siam_visit_fn *visit, void *user, siam_err *e)
{
    walk w = {.visit = visit, .user = user, .left = -1, .e = e};
    return start_walk(&w, root, sub);
}

static bool stop(void *user, const char *path)
{
    (void)path;
    *(bool *)user = true;
    return false;
}

bool siam_has_image(const char *root, const char *sub, int64_t limit)
{
    bool found = false;
    walk w = {.visit = stop, .user = &found, .left = limit > 0 ? limit : -1};
    start_walk(&w, root, sub);
    return found;
}

typedef struct adder {
    siam_files *f;
    int label;
    siam_code rc;
    siam_err *e;
} adder;

static bool add_one(void *user, const char *path)
{
    adder *a = user;
    a->rc = siam_files_add(a->f, path, a->label, a->e);
    return a->rc == SIAM_OK;
}

siam_code siam_files_add_below(siam_files *f, const char *sub, int label, siam_err *e)
{
    adder a = {f, label, SIAM_OK, e};
    SIAM_TRY(siam_walk_images(f->root, sub, add_one, &a, e));
    return a.rc;
}
