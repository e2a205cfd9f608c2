/* One process at a time: the lock of a run folder. The kernel releases it when a process dies. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"
#include "report/run_private.h"

enum { PID_TEXT = 32, TRIES = 100 };
static const char before[] = ".lock"; /* its name in earlier versions */

/* The number of a process that the file holds; 0: it is empty; -1: it holds something else. */
static long pid_in(int fd)
{
    char text[PID_TEXT];
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n < 0 || n == sizeof text - 1)
        return -1;
    text[n] = '\0';
    const size_t digits = strspn(text, "0123456789");
    if (digits > 18 || (text[digits] && strcmp(text + digits, "\n")))
        return -1;
    return strtol(text, NULL, 10);
}

static siam_code in_use(siam_run *r, int fd, siam_err *e)
{
    /* A resumed run writes its number only once its checkpoint is known to be good: until then it is an older one's. */
    const long pid = pid_in(fd);
    char text[64] = "", proc[64];
    snprintf(proc, sizeof proc, "/proc/%ld", pid);
    if (pid > 0 && siam_path_exists(proc))
        snprintf(text, sizeof text, " (pid %ld)", pid);
    siam_fail(e, SIAM_E_EXISTS, "run '%s' is in use by another process%s", r->folder.path, text);
    siam_hint(e, "another --out, or stop that process");
    return SIAM_E_EXISTS;
}

/* 0, or why not: EWOULDBLOCK. A file system without locks is noted. */
static int lock_file(siam_run *r, int fd)
{
    if (!flock(fd, LOCK_EX | LOCK_NB))
        return 0;
    if (errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno;
    r->unlocked = true;
    return 0;
}

/* Create or open the file; *made says which. */
static siam_code open_lock(siam_run *r, bool *made, siam_err *e)
{
    siam_err gone = {0};
    for (int k = 0; k < TRIES; k++) {
        *made = !siam_folder_file(&r->lock, NULL, &r->folder, SIAM_RUN_LOCK, O_RDWR | O_CREAT | O_EXCL, NULL);
        if (*made)
            return SIAM_OK;
        siam_err_clear(&gone);
        const siam_code rc = siam_folder_file(&r->lock, NULL, &r->folder, SIAM_RUN_LOCK, O_RDWR, &gone);
        if (!rc)
            return SIAM_OK;
        if (rc != SIAM_E_NOTFOUND || r->resumed)
            break;
        /* A process that removed its empty folder may have taken the file and the folder along. */
        siam_folder_close(&r->folder);
        SIAM_TRY(siam_run_open_folder(r, e));
    }
    if (gone.code == SIAM_E_NOTFOUND) /* nothing is there, and it cannot be created: say why */
        return siam_folder_file(&r->lock, NULL, &r->folder, SIAM_RUN_LOCK, O_RDWR | O_CREAT, e);
    if (e && !e->code)
        *e = gone;
    return gone.code;
}

/* Whether the name still is the file that was locked. */
static bool same_file(const siam_run *r)
{
    struct stat held, named;
    return !fstat(r->lock, &held) && !fstatat(r->folder.fd, SIAM_RUN_LOCK, &named, AT_SYMLINK_NOFOLLOW) &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* A process of an earlier version may hold the lock of that time. A file of that name which is not one is left alone. */
static siam_code lock_as_before(siam_run *r, siam_err *e)
{
    if (siam_folder_file(&r->lock_before, NULL, &r->folder, before, O_RDWR, NULL))
        return SIAM_OK;
    if (pid_in(r->lock_before) >= 0 && lock_file(r, r->lock_before) == EWOULDBLOCK)
        return in_use(r, r->lock_before, e);
    return SIAM_OK;
}

bool siam_run_is_lock_before(const siam_run *r, const char *name)
{
    int fd;
    if (strcmp(name, before) || siam_folder_file(&fd, NULL, &r->folder, name, O_RDONLY, NULL))
        return false;
    const bool is = pid_in(fd) >= 0;
    close(fd);
    return is;
}

siam_code siam_run_take_lock(siam_run *r, siam_err *e)
{
    for (int k = 0; k < TRIES; k++) {
        SIAM_TRY(open_lock(r, &r->made_lock, e));
        const int why = lock_file(r, r->lock);
        if (why == EWOULDBLOCK) {
            in_use(r, r->lock, e);
            siam_run_drop_lock(r); /* without the lock nothing in the folder is ours */
            return SIAM_E_EXISTS;
        }
        if (why)
            return siam_fail_errno(e, why, "cannot lock '%s/%s'", r->folder.path, SIAM_RUN_LOCK);
        if (same_file(r))
            break;
        siam_run_drop_lock(r);
    }
    if (r->lock < 0)
        return siam_fail(e, SIAM_E_IO, "cannot lock '%s/%s': it does not stay", r->folder.path, SIAM_RUN_LOCK);
    if (pid_in(r->lock) < 0) {
        char path[SIAM_FOLDER_PATH + 16], word[2 * SIAM_FOLDER_PATH];
        snprintf(path, sizeof path, "%s/%s", r->folder.path, SIAM_RUN_LOCK);
        siam_fail(e, SIAM_E_EXISTS, "'%s' holds more than the number of a process: it is another program's", path);
        siam_hint(e, "mv %s ELSEWHERE", siam_format_word(word, sizeof word, path));
        siam_run_drop_lock(r);
        return SIAM_E_EXISTS;
    }
    return lock_as_before(r, e);
}

siam_code siam_run_sign_lock(const siam_run *r, siam_err *e)
{
    char pid[PID_TEXT];
    const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (pwrite(r->lock, pid, (size_t)n, 0) != n || ftruncate(r->lock, n))
        return siam_fail_errno(e, errno ? errno : ENOSPC, "cannot write '%s/%s'", r->folder.path, SIAM_RUN_LOCK);
    return SIAM_OK;
}

void siam_run_drop_lock(siam_run *r)
{
    if (r->lock >= 0)
        close(r->lock);
    if (r->lock_before >= 0)
        close(r->lock_before);
    r->lock = r->lock_before = -1;
}
