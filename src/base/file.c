/* Files and folders. Everything is opened without blocking and looked at before use: a FIFO or a folder in
 * place of a file is a sentence, not a hang. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"
#include "base/io.h"
#include "base/stream.h"

/* Give up a descriptor on an error path, whose errno the caller still wants. */
static void close_quietly(int fd)
{
    const int keep = errno;
    siam_sys.close(fd);
    errno = keep;
}

/* Open a regular file; anything else is refused without waiting for it. */
static siam_code open_regular(int *out, struct stat *st, const char *path, int flags, siam_err *e)
{
    const int fd = siam_io_openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
    if (fd < 0)
        return siam_fail_errno(e, errno, "cannot open '%s'", path);
    if (siam_sys.fstat(fd, st)) {
        close_quietly(fd);
        return siam_fail_errno(e, errno, "cannot look at '%s'", path);
    }
    if (!S_ISREG(st->st_mode) && !(flags != O_RDONLY && S_ISCHR(st->st_mode))) { /* /dev/null may be written to */
        siam_sys.close(fd);
        return siam_fail(e, SIAM_E_DATA, "'%s' is %s, not a regular file", path,
                         S_ISDIR(st->st_mode)    ? "a folder"
                         : S_ISFIFO(st->st_mode) ? "a pipe"
                                                 : "a device");
    }
    *out = fd;
    return SIAM_OK;
}

siam_code siam_file_stream(FILE **out, const char *path, char mode, siam_err *e)
{
    *out = NULL;
    int fd = -1;
    struct stat st;
    const int flags = mode == 'r' ? O_RDONLY : O_WRONLY | O_CREAT | (mode == 'a' ? O_APPEND : O_TRUNC);
    SIAM_TRY(open_regular(&fd, &st, path, flags, e));
    *out = siam_stream(fd, mode == 'r' ? "r" : mode == 'a' ? "a" : "w");
    if (*out)
        return SIAM_OK;
    close_quietly(fd);
    return siam_fail_errno(e, errno, "cannot open '%s'", path);
}

/* "." for "name", "/" for "/name", "a/b" for "a/b/name". */
static void parent_of(char *dir, size_t n, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        snprintf(dir, n, ".");
    else
        snprintf(dir, n, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* The name at the end of what is written: its path's last part, or what a folder's descriptor is asked for. */
static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Choose an unused name ".tmp-NAME-PID[-K]" and create it. K is needed: a killed process may have left its
 * file, and in a container the next one often has the same PID. */
static int create_tmp(siam_atomic *a, mode_t mode)
{
    char dir[sizeof a->path + 1] = "";
    if (a->dir == AT_FDCWD) {
        parent_of(dir, sizeof a->path, a->path);
        strcat(dir, "/");
    }
    for (int k = 0; k < 1000; k++) {
        char suffix[16] = "";
        if (k > 0)
            snprintf(suffix, sizeof suffix, "-%d", k);
        /* 200: the decoration must not push a long name over NAME_MAX. */
        const int len = snprintf(a->tmp, sizeof a->tmp, "%s.tmp-%.200s-%ld%s", dir, last_part(a->path),
                                 (long)getpid(), suffix);
        if (len < 0 || (size_t)len >= sizeof a->tmp) {
            errno = ENAMETOOLONG;
            return -1;
        }
        const int fd = siam_io_openat(a->dir, a->tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* The name in a->dir that commit gives the file. */
static const char *final_name(const siam_atomic *a) { return a->dir == AT_FDCWD ? a->path : last_part(a->path); }

/* A new file is for the same people as the one it replaces. Where its group cannot be kept, the group's rights become
 * those of others; a file system that knows no modes is no failure. */
static void take_over_mode(int fd, const struct stat *old)
{
    struct stat st;
    mode_t mode = old->st_mode & 0777;
    if (siam_sys.fstat(fd, &st))
        return;
    const bool other = st.st_uid != old->st_uid || st.st_gid != old->st_gid;
    if (other && siam_sys.fchown(fd, old->st_uid, old->st_gid) && st.st_gid != old->st_gid &&
        siam_sys.fchown(fd, (uid_t)-1, old->st_gid))
        mode = (mode & 0707) | (mode & 0007) << 3;
    if (siam_sys.fchmod(fd, mode))
        return;
}

bool siam_reader_left(FILE *f)
{
    struct pollfd p = {.fd = fileno(f), .events = POLLOUT};
    return p.fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP));
}

siam_code siam_atomic_open(siam_atomic *a, const char *path, siam_err *e)
{
    return siam_atomic_open_at(a, AT_FDCWD, path, e);
}

siam_code siam_atomic_open_at(siam_atomic *a, int dir, const char *path, siam_err *e)
{
    a->fd = -1;
    a->dir = dir;
    a->keep = false;
    a->tmp[0] = '\0';
    const size_t len = strlen(path);
    if (len == 0 || len >= sizeof a->path || path[len - 1] == '/')
        return siam_fail(e, SIAM_E_USAGE, "'%s' cannot be the name of a file to write", path);
    memcpy(a->path, path, len + 1);
    struct stat st;
    const bool there = !siam_sys.fstatat(dir, final_name(a), &st, dir == AT_FDCWD ? 0 : AT_SYMLINK_NOFOLLOW);
    if (there && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return siam_fail(e, SIAM_E_EXISTS, "cannot write '%s': it is there and is not a regular file", path);
    const bool replaces = there && S_ISREG(st.st_mode);
    a->fd = create_tmp(a, replaces ? 0600 : 0666);
    if (a->fd < 0) {
        a->tmp[0] = '\0';
        const siam_code rc = siam_fail_errno(e, errno, "cannot write '%s'", path);
        char word[2 * sizeof a->path];
        const char *slash = strrchr(path, '/');
        if (rc == SIAM_E_NOTFOUND && slash) {
            snprintf(a->path, sizeof a->path, "%.*s", (int)(slash - path), path);
            siam_hint(e, "mkdir -p %s", siam_format_word(word, sizeof word, a->path));
        }
        return rc;
    }
    if (replaces)
        take_over_mode(a->fd, &st);
    return SIAM_OK;
}

siam_code siam_atomic_write(siam_atomic *a, const void *data, size_t n, siam_err *e)
{
    if (!a->tmp[0])
        return siam_fail(e, SIAM_E_IO, "cannot write '%s': writing it has already failed", a->path);
    if (siam_io_write(a->fd, data, n) == n)
        return SIAM_OK;
    const int err = errno;
    siam_atomic_abort(a);
    return siam_fail_errno(e, err, "cannot write '%s'", a->path);
}

siam_code siam_atomic_reserve(siam_atomic *a, uint64_t bytes, siam_err *e)
{
    if (!a->tmp[0] || !bytes || bytes > INT64_MAX || !siam_io_fallocate(a->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)bytes))
        return SIAM_OK;
    const int err = errno;
    if (err != ENOSPC && err != EDQUOT && err != EFBIG && err != EIO) /* a file system that knows no such thing */
        return SIAM_OK;
    siam_atomic_abort(a);
    return siam_fail_errno(e, err, "cannot write '%s', which takes %" PRIu64 " bytes", a->path, bytes);
}

int siam_sync_names(int at, const char *dir)
{
    const int fd = siam_io_openat(at, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* a folder one may write but not list */
    const int rc = siam_io_fsync(fd) && errno != EINVAL && errno != ENOTSUP ? -1 : 0; /* some file systems cannot sync a folder */
    close_quietly(fd);
    return rc;
}

/* The rename of the file. */
static int sync_parent(const siam_atomic *a)
{
    char dir[sizeof a->path] = ".";
    if (a->dir == AT_FDCWD)
        parent_of(dir, sizeof dir, a->path);
    return siam_sync_names(a->dir, dir);
}

/* The temporary file gets its name; with `keep` only when nothing has it, in one step, since another program may
 * be about to take it. 0 or errno. */
static int put_in_place(const siam_atomic *a)
{
    const char *name = final_name(a);
    if (!a->keep)
        return siam_sys.renameat2(a->dir, a->tmp, a->dir, name, 0) ? errno : 0;
    if (!siam_sys.renameat2(a->dir, a->tmp, a->dir, name, RENAME_NOREPLACE))
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (!siam_sys.linkat(a->dir, a->tmp, a->dir, name, 0)) { /* NFS knows no such rename */
        siam_sys.unlinkat(a->dir, a->tmp, 0);
        return 0;
    }
    if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP)
        return errno;
    struct stat there;
    if (!siam_sys.fstatat(a->dir, name, &there, AT_SYMLINK_NOFOLLOW)) /* neither is known here: a moment is left in which it could appear */
        return EEXIST;
    return siam_sys.renameat2(a->dir, a->tmp, a->dir, name, 0) ? errno : 0;
}

siam_code siam_atomic_commit(siam_atomic *a, siam_err *e)
{
    if (!a->tmp[0])
        return siam_fail(e, SIAM_E_IO, "cannot write '%s': writing it has already failed", a->path);
    bool failed = siam_io_fsync(a->fd) != 0;
    int err = errno;
    /* siam_sys.close() can report a late write error (NFS); after fsync it is rare, but it would lose the file. */
    if (siam_sys.close(a->fd) && !failed && errno != EINTR) {
        failed = true;
        err = errno;
    }
    a->fd = -1;
    if (!failed) {
        err = put_in_place(a);
        failed = err != 0;
    }
    if (failed) {
        siam_atomic_abort(a);
        if (a->keep && err == EEXIST)
            return siam_fail(e, SIAM_E_EXISTS, "'%s' is there already: something else wrote it meanwhile",
                             a->path);
        return siam_fail_errno(e, err, "cannot write '%s'", a->path);
    }
    a->tmp[0] = '\0';
    if (sync_parent(a))
        return siam_fail_errno(e, errno, "cannot make '%s' durable", a->path);
    return SIAM_OK;
}

void siam_atomic_abort(siam_atomic *a)
{
    if (!a->tmp[0])
        return;
    if (a->fd >= 0)
        siam_sys.close(a->fd);
    siam_sys.unlinkat(a->dir, a->tmp, 0);
    a->fd = -1;
    a->tmp[0] = '\0';
}

siam_code siam_file_write_atomic(const char *path, const void *data, size_t n, siam_err *e)
{
    siam_atomic a;
    SIAM_TRY(siam_atomic_open(&a, path, e));
    return siam_atomic_finish(&a, data, n, e);
}

siam_code siam_atomic_finish(siam_atomic *a, const void *data, size_t n, siam_err *e)
{
    SIAM_TRY(siam_atomic_write(a, data, n, e)); /* has aborted when it fails */
    return siam_atomic_commit(a, e);
}

siam_path_is siam_path_look(const char *path)
{
    struct stat st;
    if (!siam_sys.fstatat(AT_FDCWD, path, &st, 0))
        return S_ISDIR(st.st_mode) ? SIAM_PATH_FOLDER : SIAM_PATH_OTHER;
    return errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG || errno == ELOOP ? SIAM_PATH_NOTHING : SIAM_PATH_UNSEEN;
}

bool siam_path_exists(const char *path) { return siam_path_look(path) != SIAM_PATH_NOTHING; }

bool siam_path_is_dir(const char *path) { return siam_path_look(path) == SIAM_PATH_FOLDER; }

siam_code siam_path_free(const char *path, siam_err *e)
{
    const siam_path_is is = siam_path_look(path);
    if (is == SIAM_PATH_NOTHING)
        return SIAM_OK;
    if (is == SIAM_PATH_UNSEEN)
        return siam_fail_errno(e, errno, "cannot look at '%s'", path);
    return siam_fail(e, SIAM_E_EXISTS, "'%s' is there already", path);
}

siam_code siam_mkdirs(const char *path, siam_err *e)
{
    char part[4096], around[4096];
    const size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return siam_fail(e, SIAM_E_USAGE, "'%s' cannot be the name of a folder", path);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (siam_sys.mkdirat(AT_FDCWD, part, 0777) == 0) {
            parent_of(around, sizeof around, part);
            if (siam_sync_names(AT_FDCWD, around))
                return siam_fail_errno(e, errno, "cannot make the folder '%s' durable", part);
            continue;
        }
        const int why = errno; /* looking changes it */
        if (siam_path_is_dir(part))
            continue;
        if (why == EEXIST || why == ENOTDIR) {
            siam_fail(e, SIAM_E_EXISTS, "cannot create the folder '%s': '%s' is not a folder", path, part);
            siam_hint(e, "another place for the output, a folder that can be written to");
            return SIAM_E_EXISTS;
        }
        const siam_code rc = siam_fail_errno(e, why, "cannot create the folder '%s'", part);
        siam_hint(e, "another place for the output, a folder that can be written to");
        return rc;
    }
    return SIAM_OK;
}

bool siam_path_join(char *buf, size_t n, const char *dir, const char *name)
{
    const size_t len = strlen(dir);
    const char *between = len == 0 || dir[len - 1] == '/' ? "" : "/";
    const int want = snprintf(buf, n, "%s%s%s", dir, between, name);
    if (want >= 0 && (size_t)want < n)
        return true;
    if (n > 0)
        buf[0] = '\0';
    return false;
}

siam_code siam_mkdirs_for(const char *path, siam_err *e)
{
    char dir[SIAM_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || (size_t)(slash - path) >= sizeof dir)
        return SIAM_OK;
    memcpy(dir, path, (size_t)(slash - path));
    dir[slash - path] = '\0';
    return siam_mkdirs(dir, e);
}

bool siam_path_cache(char *buf, size_t n, const char *name)
{
    /* The XDG base directory specification: a relative value counts as unset. */
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int len = -1;
    if (cache && *cache == '/')
        len = snprintf(buf, n, "%s/simsiam/%s", cache, name);
    else if (home && *home)
        len = snprintf(buf, n, "%s/.cache/simsiam/%s", home, name);
    if (len >= 0 && (size_t)len < n)
        return true;
    if (n > 0)
        buf[0] = '\0';
    return false;
}
