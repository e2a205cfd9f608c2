/* Reading files: whole ones, and parts of them. */
#include "base/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/io.h"

static siam_code cannot(const char *what, const char *path, int err, siam_err *e)
{
    return siam_fail_errno(e, err, "cannot %s '%s'", what, path);
}

static siam_code not_regular(const char *path, mode_t mode, siam_err *e)
{
    return siam_fail(e, SIAM_E_DATA, "'%s' is %s, not a regular file", path,
                     S_ISDIR(mode)    ? "a folder"
                     : S_ISFIFO(mode) ? "a pipe"
                     : S_ISSOCK(mode) ? "a socket"
                                      : "a device");
}

/* Open what `at` refers to, which was looked at: by its descriptor, so that nothing else can have taken its name
 * meanwhile; by its name where /proc is not there, without waiting for what a pipe or a device would want. */
static int open_again(int at, const char *path)
{
    enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", at);
    const int fd = siam_io_openat(AT_FDCWD, self, FLAGS, 0);
    return fd < 0 && errno == ENOENT ? siam_io_openat(AT_FDCWD, path, FLAGS, 0) : fd;
}

/* Opening some devices does something, so a file is looked at (O_PATH) before it is opened. */
static siam_code open_regular(int *fd, struct stat *st, const char *path, siam_err *e)
{
    const int at = siam_io_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    if (at < 0)
        return cannot("open", path, errno, e);
    *fd = -1;
    int err = siam_sys.fstat(at, st) ? errno : 0;
    if (!err && S_ISREG(st->st_mode)) {
        *fd = open_again(at, path);
        err = *fd < 0 || siam_sys.fstat(*fd, st) ? errno : 0;
    }
    siam_sys.close(at);
    if (!err && S_ISREG(st->st_mode))
        return SIAM_OK;
    if (*fd >= 0)
        siam_sys.close(*fd);
    return err ? cannot("open", path, err, e) : not_regular(path, st->st_mode, e);
}

/* ---- parts ---- */

siam_code siam_infile_open(siam_infile *f, const char *path, siam_err *e)
{
    struct stat st;
    *f = (siam_infile){.path = path};
    SIAM_TRY(open_regular(&f->fd, &st, path, e));
    f->open = true;
    f->n = (size_t)st.st_size;
    f->stamp = st.st_mtim;
    return SIAM_OK;
}

static siam_code changed(const char *path, const char *how, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' %s while it was read", path, how);
    siam_hint(e, "the same once more, when nothing writes to that file");
    return SIAM_E_DATA;
}

siam_code siam_infile_read(const siam_infile *f, size_t at, void *dst, size_t n, siam_err *e)
{
    char *p = dst;
    while (n > 0) {
        const ssize_t got = siam_io_pread(f->fd, p, n, (off_t)at);
        if (got < 0)
            return cannot("read", f->path, errno, e);
        if (got == 0)
            return changed(f->path, "became shorter", e);
        p += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return SIAM_OK;
}

siam_code siam_infile_unchanged(const siam_infile *f, siam_err *e)
{
    struct stat st;
    if (siam_sys.fstat(f->fd, &st))
        return cannot("look at", f->path, errno, e);
    if ((size_t)st.st_size != f->n)
        return changed(f->path, (size_t)st.st_size < f->n ? "became shorter" : "became longer", e);
    if (st.st_mtim.tv_sec != f->stamp.tv_sec || st.st_mtim.tv_nsec != f->stamp.tv_nsec)
        return changed(f->path, "was written to", e);
    return SIAM_OK;
}

void siam_infile_close(siam_infile *f)
{
    if (f->open)
        siam_sys.close(f->fd);
    *f = (siam_infile){0};
}

/* ---- whole files ---- */

/* Read to the end of fd, or max + 1 bytes. The size is a hint only: it is 0 in /proc, and files grow. */
static siam_code read_all(int fd, const char *path, size_t hint, size_t max, char **data, size_t *n,
                          siam_err *e)
{
    size_t have = 0, room = hint < max ? hint + 1 : max + 1;
    char *buf = NULL;
    for (;;) {
        if (!buf || have == room) {
            if (buf)
                room = room < max / 2 ? 2 * room + 4096 : max + 1;
            char *bigger = realloc(buf, room + 1);
            if (!bigger) {
                free(buf);
                return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the %zu bytes of '%s'", room, path);
            }
            buf = bigger;
        }
        const ssize_t got = siam_io_read(fd, buf + have, room - have);
        if (got < 0) {
            const int err = errno;
            free(buf);
            return cannot("read", path, err, e);
        }
        have += (size_t)got;
        if (got == 0 || have > max)
            break;
    }
    if (have > max) {
        free(buf);
        return siam_fail(e, SIAM_E_DATA, "'%s' is larger than the %zu bytes such a file may have", path, max);
    }
    buf[have] = '\0';
    *data = buf;
    *n = have;
    return SIAM_OK;
}

siam_code siam_file_read(const char *path, size_t max, char **data, size_t *n, siam_err *e)
{
    *data = NULL;
    *n = 0;
    siam_infile f;
    SIAM_TRY(siam_infile_open(&f, path, e));
    siam_code rc;
    if (max > SIZE_MAX / 4)
        max = SIZE_MAX / 4; /* keeps room + 1 from wrapping */
    if (f.n > max)
        rc = siam_fail(e, SIAM_E_DATA, "'%s' has %zu bytes, more than the %zu such a file may have", path, f.n, max);
    else
        rc = read_all(f.fd, path, f.n, max, data, n, e);
    if (!rc)
        rc = siam_infile_unchanged(&f, e);
    if (!rc && f.n && *n != f.n) /* shorter, and then longer again */
        rc = changed(path, "was written to", e);
    if (rc) {
        free(*data);
        *data = NULL;
        *n = 0;
    }
    siam_infile_close(&f);
    return rc;
}

bool siam_path_is_own_pipe(const char *path)
{
    struct stat st;
    const bool own = !strcmp(path, "/dev/stdin") || !strncmp(path, "/dev/fd/", 8) || !strncmp(path, "/proc/self/fd/", 14);
    return own && !siam_sys.fstatat(AT_FDCWD, path, &st, 0) && S_ISFIFO(st.st_mode);
}

siam_code siam_pipe_read(const char *path, size_t max, char **data, size_t *n, siam_err *e)
{
    *data = NULL;
    *n = 0;
    const int fd = siam_io_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return cannot("open", path, errno, e);
    const siam_code rc = read_all(fd, path, 0, max, data, n, e);
    siam_sys.close(fd);
    return rc;
}
