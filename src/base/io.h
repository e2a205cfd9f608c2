/* Files as the system has them: every call that reads or writes a checkpoint, a run folder or an output goes through this one
 * table. The program is linked with io.c, the kernel's own calls; a test is linked with a table of its own in its place, which
 * fails the k-th call or records what is written (tests/fault). There is nothing to choose while a program runs. */
#ifndef SIAM_BASE_IO_H
#define SIAM_BASE_IO_H

#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct statfs;

/* Each does what the call of its name does, errno included. */
typedef struct siam_io {
    int (*openat)(int dir, const char *name, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*read)(int fd, void *to, size_t n);
    ssize_t (*pread)(int fd, void *to, size_t n, off_t at);
    ssize_t (*write)(int fd, const void *from, size_t n);
    ssize_t (*pwrite)(int fd, const void *from, size_t n, off_t at);
    int (*fallocate)(int fd, int mode, off_t at, off_t n);
    int (*ftruncate)(int fd, off_t n);
    int (*fsync)(int fd);
    int (*fstat)(int fd, struct stat *st);
    int (*fstatat)(int dir, const char *name, struct stat *st, int flags);
    int (*fstatfs)(int fd, struct statfs *st);
    int (*fchmod)(int fd, mode_t mode);
    int (*fchown)(int fd, uid_t user, gid_t group);
    int (*futimens)(int fd, const struct timespec times[2]);
    int (*flock)(int fd, int how);
    int (*mkdirat)(int dir, const char *name, mode_t mode);
    int (*renameat2)(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
    int (*linkat)(int from_dir, const char *from, int to_dir, const char *to, int flags);
    int (*unlinkat)(int dir, const char *name, int flags);
    ssize_t (*getdents64)(int fd, void *to, size_t n);
} siam_io;

extern const siam_io siam_sys;

/* The calls that wait, begun again where a signal interrupted them (io_again.c): nothing but these calls those of the table. A
 * call that never gets through fails with EINTR after SIAM_IO_TRIES. */
enum { SIAM_IO_TRIES = 100 };
int siam_io_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t siam_io_read(int fd, void *to, size_t n);
ssize_t siam_io_pread(int fd, void *to, size_t n, off_t at);
int siam_io_fallocate(int fd, int mode, off_t at, off_t n);
int siam_io_ftruncate(int fd, off_t n);
int siam_io_fsync(int fd);
int siam_io_flock(int fd, int how);
/* All of n bytes, in as many calls as that takes: the bytes that the file took. Where they are fewer errno says why; a file
 * that takes nothing and names no reason is full (ENOSPC). */
size_t siam_io_write(int fd, const void *from, size_t n);
size_t siam_io_pwrite(int fd, const void *from, size_t n, off_t at);

#endif
