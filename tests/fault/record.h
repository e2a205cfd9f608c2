/* A table of base/io.h that does what is asked and writes it down: every call that changes a name or a byte below the working
 * folder, with its data, in the order in which it was done. Other threads wait meanwhile, so that there is one order. */
#ifndef TEST_FAULT_RECORD_H
#define TEST_FAULT_RECORD_H

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "real_io.h"

enum { NODES = 512, FDS = 1024, NAMES = 32, NAME_LEN = 88, ROOT = 0 /* the working folder */ };

typedef struct named {
    char name[NAME_LEN];
    int node;
} named;

/* What a folder holds. */
typedef struct names {
    int n;
    named at[NAMES];
} names;

typedef enum change_kind {
    NAME,   /* `name` in `dir` means `node` from now on; `old`, if it is there, does not any more */
    UNNAME, /* `old` in `dir` means nothing any more */
    BYTES,  /* n bytes at `at` of node */
    SIZE,   /* node has `at` bytes */
    SYNC,   /* node is on the disk */
    SAVED   /* the program knows that `node` saves are done */
} change_kind;

typedef struct change {
    change_kind kind;
    int node, dir;
    char name[NAME_LEN], old[NAME_LEN];
    off_t at;
    size_t n;
    char *data;
} change;

static struct {
    pthread_mutex_t lock;
    bool on;
    change *change;
    int n, room;
    int nodes;
    bool folder[NODES];
    names in[NODES]; /* of folders, as they are now */
    int node_of[FDS]; /* 1 + node; 0: not below the working folder */
} rec = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void record_start(void)
{
    for (int i = 0; i < rec.n; i++)
        free(rec.change[i].data);
    free(rec.change);
    const pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    memset(&rec, 0, sizeof rec);
    rec.lock = lock;
    rec.nodes = 1;
    rec.folder[ROOT] = true;
    rec.on = true;
}

static inline int lookup(const names *in, const char *name)
{
    for (int i = 0; i < in->n; i++)
        if (!strcmp(in->at[i].name, name))
            return i;
    return -1;
}

static inline void forget(names *in, const char *name)
{
    const int i = lookup(in, name);
    if (i >= 0)
        in->at[i] = in->at[--in->n];
}

static inline void bind(names *in, const char *name, int node)
{
    int i = lookup(in, name);
    if (i < 0) {
        i = in->n++;
        assert(in->n <= NAMES && strlen(name) < NAME_LEN);
        strcpy(in->at[i].name, name);
    }
    in->at[i].node = node;
}

static inline change *note(change_kind kind, int node)
{
    if (rec.n == rec.room) {
        rec.room = rec.room ? 2 * rec.room : 256;
        rec.change = realloc(rec.change, (size_t)rec.room * sizeof *rec.change);
        assert(rec.change);
    }
    change *c = &rec.change[rec.n++];
    *c = (change){.kind = kind, .node = node};
    return c;
}

/* The folder that holds the last part of a path, and that part; -1: it is not below the working folder. */
static inline int parent_node(int dir, const char *path, const char **last)
{
    char part[PATH_MAX];
    int at = dir == AT_FDCWD ? ROOT : dir >= 0 && dir < FDS ? rec.node_of[dir] - 1 : -1;
    if (!rec.on || *path == '/')
        return -1;
    for (const char *slash; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        const int i = lookup(&rec.in[at], part);
        at = i < 0 ? -1 : rec.in[at].at[i].node;
    }
    *last = path;
    return at;
}

static inline int new_node(bool folder)
{
    assert(rec.nodes < NODES);
    rec.folder[rec.nodes] = folder;
    return rec.nodes++;
}

static inline void note_name(int dir, const char *name, const char *old, int node)
{
    change *c = note(NAME, node);
    c->dir = dir;
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->old, sizeof c->old, "%s", old);
    if (*old)
        forget(&rec.in[dir], old);
    bind(&rec.in[dir], name, node);
}

static inline int below(int fd) { return rec.on && fd >= 0 && fd < FDS ? rec.node_of[fd] - 1 : -1; }

static inline int rec_openat(int dir, const char *path, int flags, mode_t mode)
{
    pthread_mutex_lock(&rec.lock);
    const char *last;
    struct stat st;
    const bool names_it = (flags & O_TMPFILE) != O_TMPFILE;
    const int in = names_it ? parent_node(dir, path, &last) : -1;
    const bool makes = in >= 0 && (flags & O_CREAT) && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW);
    const int fd = openat(dir, path, flags, mode), error = errno;
    if (fd >= 0 && fd < FDS)
        rec.node_of[fd] = 0;
    if (fd >= 0 && in >= 0) {
        if (makes)
            note_name(in, last, "", new_node(false));
        const int i = lookup(&rec.in[in], last);
        const int node = !strcmp(last, ".") ? in : i >= 0 ? rec.in[in].at[i].node : -1;
        assert(fd < FDS);
        rec.node_of[fd] = node + 1;
        if (node >= 0 && (flags & O_TRUNC))
            note(SIZE, node);
    }
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return fd;
}

static inline int rec_close(int fd)
{
    pthread_mutex_lock(&rec.lock);
    if (fd >= 0 && fd < FDS)
        rec.node_of[fd] = 0;
    const int rc = close(fd), error = errno;
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline void note_bytes(int node, off_t at, const void *from, size_t n)
{
    change *c = note(BYTES, node);
    c->at = at;
    c->n = n;
    c->data = malloc(n + 1);
    assert(c->data);
    memcpy(c->data, from, n);
}

static inline ssize_t rec_write(int fd, const void *from, size_t n)
{
    pthread_mutex_lock(&rec.lock);
    struct stat st;
    const int node = below(fd);
    off_t at = lseek(fd, 0, SEEK_CUR);
    if (node >= 0 && (fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &st))
        at = st.st_size;
    const ssize_t put = write(fd, from, n);
    const int error = errno;
    if (put > 0 && node >= 0)
        note_bytes(node, at, from, (size_t)put);
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return put;
}

static inline ssize_t rec_pwrite(int fd, const void *from, size_t n, off_t at)
{
    pthread_mutex_lock(&rec.lock);
    const ssize_t put = pwrite(fd, from, n, at);
    const int error = errno;
    if (put > 0 && below(fd) >= 0)
        note_bytes(below(fd), at, from, (size_t)put);
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return put;
}

static inline int rec_ftruncate(int fd, off_t n)
{
    pthread_mutex_lock(&rec.lock);
    const int rc = ftruncate(fd, n), error = errno;
    if (!rc && below(fd) >= 0)
        note(SIZE, below(fd))->at = n;
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline int rec_fallocate(int fd, int mode, off_t at, off_t n)
{
    pthread_mutex_lock(&rec.lock);
    struct stat st;
    const int rc = fallocate(fd, mode, at, n), error = errno;
    if (!rc && below(fd) >= 0 && !fstat(fd, &st))
        note(SIZE, below(fd))->at = st.st_size;
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline int rec_fsync(int fd)
{
    pthread_mutex_lock(&rec.lock);
    const int rc = fsync(fd), error = errno;
    if (!rc && below(fd) >= 0)
        note(SYNC, below(fd));
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline int rec_mkdirat(int dir, const char *path, mode_t mode)
{
    pthread_mutex_lock(&rec.lock);
    const char *last;
    const int in = parent_node(dir, path, &last), rc = mkdirat(dir, path, mode), error = errno;
    if (!rc && in >= 0)
        note_name(in, last, "", new_node(true));
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

/* Within one folder, as all renames of this program are. */
static inline int rec_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    pthread_mutex_lock(&rec.lock);
    const char *old, *name;
    const int in = parent_node(from_dir, from, &old), out = parent_node(to_dir, to, &name);
    const int rc = renameat2(from_dir, from, to_dir, to, flags), error = errno;
    if (!rc && in >= 0) {
        assert(in == out && !(flags & RENAME_EXCHANGE));
        note_name(in, name, old, rec.in[in].at[lookup(&rec.in[in], old)].node);
    }
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline int rec_linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    pthread_mutex_lock(&rec.lock);
    const char *old, *name;
    const int in = parent_node(from_dir, from, &old), out = parent_node(to_dir, to, &name);
    const int rc = linkat(from_dir, from, to_dir, to, flags), error = errno;
    if (!rc && in >= 0 && out >= 0)
        note_name(out, name, "", rec.in[in].at[lookup(&rec.in[in], old)].node);
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

static inline int rec_unlinkat(int dir, const char *path, int flags)
{
    pthread_mutex_lock(&rec.lock);
    const char *last;
    const int in = parent_node(dir, path, &last), rc = unlinkat(dir, path, flags), error = errno;
    if (!rc && in >= 0) {
        change *c = note(UNNAME, -1);
        c->dir = in;
        snprintf(c->old, sizeof c->old, "%s", last);
        forget(&rec.in[in], last);
    }
    pthread_mutex_unlock(&rec.lock);
    errno = error;
    return rc;
}

/* The program was told that its first n saves are done. */
static inline void record_saved(int n)
{
    pthread_mutex_lock(&rec.lock);
    if (rec.on)
        note(SAVED, n);
    pthread_mutex_unlock(&rec.lock);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .openat = rec_openat, .close = rec_close, .write = rec_write, .pwrite = rec_pwrite,
                          .ftruncate = rec_ftruncate, .fallocate = rec_fallocate, .fsync = rec_fsync,
                          .mkdirat = rec_mkdirat, .renameat2 = rec_renameat2, .linkat = rec_linkat,
                          .unlinkat = rec_unlinkat};
#pragma GCC diagnostic pop

#endif
