/* Names below the descriptor of a folder. */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/io.h"
#include "base/stream.h"

static siam_code open_dir(siam_folder *f, int at, const char *name, int flags, siam_err *e)
{
    f->fd = siam_io_openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags, 0);
    return f->fd < 0 ? siam_fail_errno(e, errno, "cannot open the folder '%s'", f->path) : SIAM_OK;
}

static siam_code join(const siam_folder *f, const char *name, char path[SIAM_FOLDER_PATH], siam_err *e)
{
    if (siam_path_join(path, SIAM_FOLDER_PATH, f->path, name))
        return SIAM_OK;
    return siam_fail(e, SIAM_E_USAGE, "the path of the folder '%s' is too long", f->path);
}

siam_code siam_folder_open(siam_folder *f, const char *path, siam_err *e)
{
    f->fd = -1;
    if (strlen(path) >= sizeof f->path)
        return siam_fail(e, SIAM_E_USAGE, "the path of a folder is too long (%zu bytes)", strlen(path));
    strcpy(f->path, path);
    return open_dir(f, AT_FDCWD, path, 0, e);
}

siam_code siam_folder_enter(siam_folder *f, const siam_folder *in, const char *name, bool create, siam_err *e)
{
    f->fd = -1;
    SIAM_TRY(join(in, name, f->path, e));
    if (create && siam_sys.mkdirat(in->fd, name, 0777) && errno != EEXIST)
        return siam_fail_errno(e, errno, "cannot create the folder '%s'", f->path);
    return open_dir(f, in->fd, name, O_NOFOLLOW, e);
}

void siam_folder_close(siam_folder *f)
{
    if (f->fd >= 0)
        siam_sys.close(f->fd);
    f->fd = -1;
}

/* The owner that a file of ours has in this folder: some file systems give all files to one user. */
static uid_t our_owner(const siam_folder *f)
{
    struct stat st = {.st_uid = geteuid()};
    const int fd = siam_io_openat(f->fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (fd >= 0) {
        siam_sys.fstat(fd, &st);
        siam_sys.close(fd);
    }
    return st.st_uid;
}

static siam_named kind_of(const siam_folder *f, const char *name, const struct stat *st, const char **what)
{
    struct stat target;
    switch (st->st_mode & S_IFMT) {
    case S_IFDIR: *what = "a folder"; return SIAM_NAMED_FOLDER;
    case S_IFREG:
        *what = "a file with a second name (hard link)";
        if (st->st_nlink > 1)
            return SIAM_NAMED_COPY;
        *what = "a file of another user";
        if (st->st_uid != geteuid() && st->st_uid != our_owner(f))
            return SIAM_NAMED_COPY;
        *what = "a file";
        return SIAM_NAMED_PLAIN;
    case S_IFLNK:
        *what = "a link";
        if (!siam_sys.fstatat(f->fd, name, &target, 0) && (S_ISREG(target.st_mode) || S_ISDIR(target.st_mode)))
            return SIAM_NAMED_COPY;
        return SIAM_NAMED_OTHER;
    case S_IFIFO: *what = "a pipe"; break;
    case S_IFSOCK: *what = "a socket"; break;
    default: *what = "a device";
    }
    return SIAM_NAMED_OTHER;
}

siam_named siam_folder_named(const siam_folder *f, const char *name, const char **what)
{
    struct stat st;
    const char *words = "nothing";
    siam_named is = SIAM_NAMED_NOTHING;
    if (!siam_sys.fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW)) {
        is = kind_of(f, name, &st, &words);
    } else if (errno != ENOENT) {
        words = "something that cannot be looked at";
        is = SIAM_NAMED_UNSEEN;
    }
    if (what)
        *what = words;
    return is;
}

siam_code siam_folder_file(int *fd, struct stat *st, const siam_folder *f, const char *name, int flags, siam_err *e)
{
    char path[SIAM_FOLDER_PATH];
    const char *what;
    struct stat own;
    st = st ? st : &own;
    *fd = -1;
    SIAM_TRY(join(f, name, path, e));
    /* Looked at before: to open some devices is to use them. And after, when it cannot change any more. */
    siam_named is = siam_folder_named(f, name, &what);
    if (is == SIAM_NAMED_UNSEEN)
        return siam_fail_errno(e, errno, "cannot look at '%s'", path);
    if (is == SIAM_NAMED_PLAIN || is == SIAM_NAMED_NOTHING) {
        *fd = siam_io_openat(f->fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
        if (*fd < 0)
            return siam_fail_errno(e, errno, "cannot open '%s'", path);
        if (siam_sys.fstat(*fd, st)) {
            const int why = errno;
            siam_sys.close(*fd);
            return siam_fail_errno(e, why, "cannot look at '%s'", path);
        }
        is = kind_of(f, name, st, &what);
    }
    if (is == SIAM_NAMED_PLAIN)
        return SIAM_OK;
    if (*fd >= 0)
        siam_sys.close(*fd);
    *fd = -1;
    return siam_fail(e, SIAM_E_DATA, "'%s' is %s, not a plain file of this user", path, what);
}

/* Up to `want` bytes; those that were there, or -1. */
static ssize_t read_up_to(int fd, char *to, size_t want)
{
    size_t have = 0;
    while (have < want) {
        const ssize_t got = siam_io_read(fd, to + have, want - have);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

siam_code siam_folder_read(const siam_folder *f, const char *name, size_t max, char **data, size_t *n, siam_err *e)
{
    struct stat st;
    int fd;
    *data = NULL;
    *n = 0;
    SIAM_TRY(siam_folder_file(&fd, &st, f, name, O_RDONLY, e));
    const bool fits = (uint64_t)st.st_size <= max && max < SIZE_MAX;
    char *text = fits ? malloc((size_t)st.st_size + 1) : NULL;
    const ssize_t got = text ? read_up_to(fd, text, (size_t)st.st_size) : 0;
    const int why = errno;
    siam_sys.close(fd);
    if (text && got >= 0) {
        text[got] = '\0';
        *data = text;
        *n = (size_t)got;
        return SIAM_OK;
    }
    const bool failed = text != NULL;
    free(text);
    if (!fits)
        return siam_fail(e, SIAM_E_DATA, "'%s' in '%s' has %lld bytes, more than the %zu such a file may have", name, f->path,
                         (long long)st.st_size, max);
    return failed ? siam_fail_errno(e, why, "cannot read '%s' in '%s'", name, f->path)
                : siam_fail(e, SIAM_E_NOMEM, "there is no memory for '%s' in '%s'", name, f->path);
}

siam_code siam_folder_stream(FILE **out, const siam_folder *f, const char *name, char mode, siam_err *e)
{
    int fd;
    const int flags = mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (mode == 'a' ? O_APPEND : 0);
    SIAM_TRY(siam_folder_file(&fd, NULL, f, name, flags, e));
    const bool emptied = mode != 'w' || !siam_io_ftruncate(fd, 0); /* only once it is known to be ours */
    *out = emptied ? siam_stream(fd, mode == 'r' ? "r" : mode == 'a' ? "a" : "w") : NULL;
    if (*out)
        return SIAM_OK;
    const int why = errno;
    siam_sys.close(fd);
    return siam_fail_errno(e, why, "cannot open '%s' in '%s'", name, f->path);
}

siam_code siam_folder_atomic(siam_atomic *a, const siam_folder *f, const char *name, siam_err *e)
{
    char path[SIAM_FOLDER_PATH];
    SIAM_TRY(join(f, name, path, e));
    return siam_atomic_open_at(a, f->fd, path, e);
}

siam_code siam_folder_write(const siam_folder *f, const char *name, const void *data, size_t n, siam_err *e)
{
    siam_atomic a;
    SIAM_TRY(siam_folder_atomic(&a, f, name, e));
    return siam_atomic_finish(&a, data, n, e);
}

siam_code siam_folder_sync(const siam_folder *f, siam_err *e)
{
    return siam_sync_names(f->fd, ".") ? siam_fail_errno(e, errno, "cannot make what is in '%s' durable", f->path) : SIAM_OK;
}

void siam_folder_remove(const siam_folder *f, const char *name)
{
    siam_sys.unlinkat(f->fd, name, 0); /* what stays costs space, nothing else */
}

siam_code siam_folder_list(const siam_folder *f, siam_folder_fn *fn, void *user, siam_err *e)
{
    _Alignas(struct dirent64) char part[16 << 10];
    ssize_t n = -1;
    const int fd = siam_io_openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); /* with a position of its own */
    bool more = fd >= 0;
    while (more && (n = siam_sys.getdents64(fd, part, sizeof part)) > 0)
        for (const char *at = part; more && at < part + n; at += ((const struct dirent64 *)at)->d_reclen) {
            const char *name = ((const struct dirent64 *)at)->d_name;
            more = !strcmp(name, ".") || !strcmp(name, "..") || fn(user, name);
        }
    const int why = errno;
    if (fd >= 0)
        siam_sys.close(fd);
    return n < 0 ? siam_fail_errno(e, why, "cannot list the folder '%s'", f->path) : SIAM_OK;
}
