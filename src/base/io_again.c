/* File calls that are interrupted by a signal: again, but not for ever. */
#include <errno.h>

#include "base/io.h"

enum { MOST = 1 << 30 }; /* Linux transfers at most 2 GiB per call; asking for less keeps the count well inside ssize_t */

/* Whether what failed is tried once more. */
static int again(int *tries) { return errno == EINTR && ++*tries < SIAM_IO_TRIES; }

int siam_io_openat(int dir, const char *name, int flags, mode_t mode)
{
    int fd, tries = 0;
    do
        fd = siam_sys.openat(dir, name, flags, mode);
    while (fd < 0 && again(&tries));
    return fd;
}

ssize_t siam_io_read(int fd, void *to, size_t n)
{
    ssize_t got;
    int tries = 0;
    do
        got = siam_sys.read(fd, to, n < MOST ? n : MOST);
    while (got < 0 && again(&tries));
    return got;
}

ssize_t siam_io_pread(int fd, void *to, size_t n, off_t at)
{
    ssize_t got;
    int tries = 0;
    do
        got = siam_sys.pread(fd, to, n < MOST ? n : MOST, at);
    while (got < 0 && again(&tries));
    return got;
}

int siam_io_fallocate(int fd, int mode, off_t at, off_t n)
{
    int rc, tries = 0;
    do
        rc = siam_sys.fallocate(fd, mode, at, n);
    while (rc && again(&tries));
    return rc;
}

int siam_io_ftruncate(int fd, off_t n)
{
    int rc, tries = 0;
    do
        rc = siam_sys.ftruncate(fd, n);
    while (rc && again(&tries));
    return rc;
}

int siam_io_fsync(int fd)
{
    int rc, tries = 0;
    do
        rc = siam_sys.fsync(fd);
    while (rc && again(&tries));
    return rc;
}

int siam_io_flock(int fd, int how)
{
    int rc, tries = 0;
    do
        rc = siam_sys.flock(fd, how);
    while (rc && again(&tries));
    return rc;
}

/* At the file's position where `at` is negative. */
static size_t put(int fd, const char *from, size_t n, off_t at)
{
    size_t done = 0;
    int tries = 0;
    while (done < n) {
        const size_t some = n - done < MOST ? n - done : MOST;
        const ssize_t took = at < 0 ? siam_sys.write(fd, from + done, some) : siam_sys.pwrite(fd, from + done, some, at + (off_t)done);
        if (took < 0 && again(&tries))
            continue;
        if (took == 0)
            errno = ENOSPC;
        if (took <= 0)
            break;
        done += (size_t)took;
        tries = 0;
    }
    return done;
}

size_t siam_io_write(int fd, const void *from, size_t n) { return put(fd, from, n, -1); }
size_t siam_io_pwrite(int fd, const void *from, size_t n, off_t at) { return put(fd, from, n, at); }
