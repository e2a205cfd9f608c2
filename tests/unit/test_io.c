/* File calls that signals interrupt, that take less than they are given, and disks that are full before they are written to: over
 * a table in which every call fails as it is told to. */
#include "run_case.h"

#include <errno.h>
#include <string.h>

#include "../fault/real_io.h"
#include "base/file.h"
#include "base/folder.h"

static struct {
    int interrupted; /* calls that are, from now on; -1: all */
    int calls;
    size_t most;     /* bytes that one write takes; 0: all */
    int reserve;     /* errno of fallocate, 0: it works */
    off_t reserved;
    int unseen;      /* errno of fstatat, 0: it works */
} now;

static bool is_interrupted(void)
{
    now.calls++;
    if (!now.interrupted)
        return false;
    now.interrupted -= now.interrupted > 0;
    errno = EINTR;
    return true;
}

static size_t some(size_t n) { return now.most && n > now.most ? now.most : n; }
static int i_openat(int dir, const char *name, int flags, mode_t mode) { return is_interrupted() ? -1 : openat(dir, name, flags, mode); }
static ssize_t i_read(int fd, void *to, size_t n) { return is_interrupted() ? -1 : read(fd, to, some(n)); }
static ssize_t i_pread(int fd, void *to, size_t n, off_t at) { return is_interrupted() ? -1 : pread(fd, to, some(n), at); }
static ssize_t i_write(int fd, const void *from, size_t n) { return is_interrupted() ? -1 : write(fd, from, some(n)); }
static ssize_t i_pwrite(int fd, const void *from, size_t n, off_t at) { return is_interrupted() ? -1 : pwrite(fd, from, some(n), at); }
static int i_ftruncate(int fd, off_t n) { return is_interrupted() ? -1 : ftruncate(fd, n); }
static int i_fsync(int fd) { return is_interrupted() ? -1 : fsync(fd); }
static int i_flock(int fd, int how) { return is_interrupted() ? -1 : flock(fd, how); }
static int i_fstatat(int dir, const char *name, struct stat *st, int flags)
{
    errno = now.unseen;
    return now.unseen ? -1 : fstatat(dir, name, st, flags);
}
static int i_fallocate(int fd, int mode, off_t at, off_t n)
{
    (void)fd;
    if (is_interrupted())
        return -1;
    assert_true(mode == FALLOC_FL_KEEP_SIZE && at == 0);
    now.reserved = n;
    errno = now.reserve;
    return now.reserve ? -1 : 0;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .openat = i_openat, .read = i_read, .pread = i_pread, .write = i_write, .pwrite = i_pwrite,
                          .ftruncate = i_ftruncate, .fsync = i_fsync, .flock = i_flock, .fallocate = i_fallocate,
                          .fstatat = i_fstatat};
#pragma GCC diagnostic pop

enum { KINDS = 9 };

/* One call of each kind on a file of ten bytes: whether it did its work. */
static bool call(int kind, int fd)
{
    char text[10];
    lseek(fd, 0, SEEK_SET);
    switch (kind) {
    case 0: {
        const int other = siam_io_openat(AT_FDCWD, "f", O_RDONLY, 0);
        return other >= 0 && close(other) == 0;
    }
    case 1: return siam_io_read(fd, text, 10) == 10;
    case 2: return siam_io_pread(fd, text, 5, 5) == 5;
    case 3: return siam_io_write(fd, "0123456789", 10) == 10;
    case 4: return siam_io_pwrite(fd, "56789", 5, 5) == 5;
    case 5: return siam_io_ftruncate(fd, 10) == 0;
    case 6: return siam_io_fsync(fd) == 0;
    case 7: return siam_io_flock(fd, LOCK_SH) == 0;
    default: return siam_io_fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10) == 0;
    }
}

static int ten_bytes(void)
{
    memset(&now, 0, sizeof now);
    const int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0 && write(fd, "0123456789", 10) == 10 && lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static void interrupted(void **state)
{
    (void)state;
    static const int times[] = {0, 1, 2, 7, SIAM_IO_TRIES - 1};
    const int fd = ten_bytes();
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            now.interrupted = times[i];
            now.calls = 0;
            if (!call(kind, fd) || now.calls != times[i] + 1)
                fail_msg("call %d, interrupted %d times, was tried %d times", kind, times[i], now.calls);
        }
        now.interrupted = -1;
        now.calls = 0;
        if (call(kind, fd) || now.calls != SIAM_IO_TRIES || errno != EINTR)
            fail_msg("call %d, always interrupted, was tried %d times: %s", kind, now.calls, strerror(errno));
        now.interrupted = 0;
    }
    close(fd);
}

static void in_parts(void **state)
{
    (void)state;
    char text[11] = "";
    for (size_t most = 1; most < 11; most++) {
        const int fd = ten_bytes();
        now.most = most;
        assert_int_equal(siam_io_write(fd, "abcdefghij", 10), 10);
        assert_int_equal(siam_io_pwrite(fd, "CDEF", 4, 2), 4);
        assert_int_equal(siam_io_write(fd, "k", 1), 1); /* the position is that of write alone */
        now.most = 0;
        assert_int_equal(siam_io_pread(fd, text, 11, 0), 11);
        assert_memory_equal(text, "abCDEFghijk", 11);
        close(fd);
    }
    errno = 0;
    const int full = open("/dev/full", O_WRONLY);
    assert_true(full < 0 || (siam_io_write(full, "x", 1) == 0 && errno == ENOSPC));
    if (full >= 0)
        close(full);
}

static void reserved(void **state)
{
    (void)state;
    static const struct {
        int err;
        bool fails;
    } rows[] = {{0, false},      {EOPNOTSUPP, false}, {ENOSYS, false}, {EINVAL, false}, {EPERM, false},
                {ENOSPC, true}, {EDQUOT, true},      {EFBIG, true},   {EIO, true}};
    memset(&now, 0, sizeof now);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_atomic a;
        siam_err e = {0};
        now.reserve = rows[i].err;
        now.reserved = 0;
        assert_int_equal(siam_atomic_open(&a, "g", &e), SIAM_OK);
        const siam_code rc = siam_atomic_reserve(&a, 12345, &e);
        if (rc != (rows[i].fails ? SIAM_E_IO : SIAM_OK) || now.reserved != 12345)
            fail_msg("row %zu: %d, %s", i, (int)rc, e.msg);
        assert_true(!rows[i].fails || (strstr(e.msg, "cannot write 'g', which takes 12345 bytes: ") && strstr(e.msg, strerror(rows[i].err))));
        assert_int_equal(siam_atomic_finish(&a, "text", 4, NULL), rows[i].fails ? SIAM_E_IO : SIAM_OK);
        assert_int_equal(unlink("g"), rows[i].fails ? -1 : 0);
    }
    siam_atomic a;
    assert_int_equal(siam_atomic_open(&a, "g", NULL), SIAM_OK);
    now.reserve = ENOSPC;
    assert_int_equal(siam_atomic_reserve(&a, 0, NULL), SIAM_OK); /* nothing is asked for */
    siam_atomic_abort(&a);
}

/* What cannot be looked at may be there: only some errors say that nothing is. */
static void unseen(void **state)
{
    (void)state;
    static const struct {
        int err;
        bool nothing;
    } rows[] = {{ENOENT, true}, {ENOTDIR, true}, {ENAMETOOLONG, true}, {ELOOP, true},
                {EACCES, false}, {EIO, false}, {ENOMEM, false}, {EOVERFLOW, false}, {ESTALE, false}};
    siam_folder here;
    siam_err e = {0};
    close(ten_bytes());
    assert_int_equal(siam_folder_open(&here, ".", &e), SIAM_OK);
    assert_int_equal(siam_path_look("f"), SIAM_PATH_OTHER);
    assert_int_equal(siam_path_look("."), SIAM_PATH_FOLDER);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool gone = rows[i].err == ENOENT; /* within a folder that is open, no other error says so */
        int fd;
        now.unseen = rows[i].err;
        assert_int_equal(siam_path_look("f"), rows[i].nothing ? SIAM_PATH_NOTHING : SIAM_PATH_UNSEEN);
        assert_int_equal(siam_path_exists("f"), !rows[i].nothing);
        assert_false(siam_path_is_dir("f"));
        assert_int_equal(siam_path_free("f", &e) == SIAM_OK, rows[i].nothing);
        assert_int_equal(siam_folder_named(&here, "f", NULL), gone ? SIAM_NAMED_NOTHING : SIAM_NAMED_UNSEEN);
        if (!gone) {
            siam_err why = {0};
            assert_int_not_equal(siam_folder_file(&fd, NULL, &here, "f", O_RDONLY, &why), SIAM_OK);
            assert_non_null(strstr(why.msg, "cannot look at './f'"));
            assert_non_null(strstr(why.msg, strerror(rows[i].err)));
        }
    }
    now.unseen = 0;
    siam_folder_close(&here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FOLDER_TEST(interrupted), FOLDER_TEST(in_parts), FOLDER_TEST(reserved),
                                       FOLDER_TEST(unseen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
