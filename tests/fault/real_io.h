/* The kernel's own calls for a test's table of base/io.h, which replaces the program's: name those that differ behind it. */
#ifndef TEST_FAULT_REAL_IO_H
#define TEST_FAULT_REAL_IO_H

#include <dirent.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/io.h"

static inline int real_openat(int dir, const char *name, int flags, mode_t mode) { return openat(dir, name, flags, mode); }

#define REAL_IO                                                                                                       \
    .openat = real_openat, .close = close, .read = read, .pread = pread, .write = write, .pwrite = pwrite,            \
    .fallocate = fallocate, .ftruncate = ftruncate, .fsync = fsync, .fstat = fstat, .fstatat = fstatat,               \
    .fstatfs = fstatfs, .fchmod = fchmod, .fchown = fchown, .futimens = futimens, .flock = flock,                     \
    .mkdirat = mkdirat, .renameat2 = renameat2, .linkat = linkat, .unlinkat = unlinkat, .getdents64 = getdents64

#endif
