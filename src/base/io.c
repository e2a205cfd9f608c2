/* The kernel's own calls. */
#include "base/io.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

static int open_at(int dir, const char *name, int flags, mode_t mode) { return openat(dir, name, flags, mode); }

const siam_io siam_sys = {
    .openat = open_at,
    .close = close,
    .read = read,
    .pread = pread,
    .write = write,
    .pwrite = pwrite,
    .fallocate = fallocate,
    .ftruncate = ftruncate,
    .fsync = fsync,
    .fstat = fstat,
    .fstatat = fstatat,
    .fstatfs = fstatfs,
    .fchmod = fchmod,
    .fchown = fchown,
    .futimens = futimens,
    .flock = flock,
    .mkdirat = mkdirat,
    .renameat2 = renameat2,
    .linkat = linkat,
    .unlinkat = unlinkat,
    .getdents64 = getdents64,
};
