/* One process at a time: the lock of a run folder. The kernel releases it when a process dies. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/check.h"
#include "base/format.h"
#include "base/io.h"
#include "base/system.h"
#include "report/run_private.h"

enum { TRIES = 100 };
static const char before[] = ".lock"; /* its name in earlier versions */

typedef enum contents {
    HELD_OWNER,  /* who holds it, or nobody */
    HELD_OTHER,  /* something that is no lock's */
    HELD_UNSEEN  /* it cannot be read: errno says why */
} contents;

/* Whom the file names. What a power cut kept from the disk is zeros, and says nothing. */
static contents held_by(int fd, siam_owner *o)
{
    char text[SIAM_OWNER_TEXT];
    const ssize_t n = siam_io_pread(fd, text, sizeof text - 1, 0);
    *o = (siam_owner){0};
    if (n < 0)
        return HELD_UNSEEN;
    if (n == sizeof text - 1)
        return HELD_OTHER;
    text[n] = '\0';
    for (size_t i = strlen(text); i < (size_t)n; i++)
        if (text[i])
            return HELD_OTHER;
    if (siam_owner_parse(o, text))
        return HELD_OWNER;
    *o = (siam_owner){0};
    return HELD_OTHER;
}

static bool owner_in(int fd, siam_owner *o) { return held_by(fd, o) == HELD_OWNER; }

/* " (pid 7 on node17)", for a message; "": nobody is known. */
static const char *named(char *text, size_t n, const siam_owner *o)
{
    text[0] = '\0';
    if (o->pid)
        snprintf(text, n, o->host[0] ? " (pid %ld on %s)" : " (pid %ld)", o->pid, o->host);
    return text;
}

static siam_code in_use(siam_run *r, int fd, siam_err *e)
{
    /* A resumed run writes who it is only once its checkpoint is known to be good: until then it is an older one's. */
    siam_owner o;
    char text[sizeof o.host + 64] = "";
    if (owner_in(fd, &o) && siam_owner_look(&o, &r->self) != SIAM_OWNER_GONE)
        named(text, sizeof text, &o);
    siam_fail(e, SIAM_E_EXISTS, "run '%s' is in use by another process%s", r->folder.path, text);
    siam_hint(e, "another --out, or stop that process");
    return SIAM_E_EXISTS;
}

/* What time it is for the file system, whose server has a clock of its own: that of a file just made. The name is one of a run's
 * that is half written, for where this process is killed. */
static time_t time_there(const siam_run *r)
{
    siam_atomic fresh;
    struct stat st;
    if (siam_folder_atomic(&fresh, &r->folder, "run.json", NULL))
        return time(NULL);
    const time_t t = siam_sys.fstat(fresh.fd, &st) ? time(NULL) : st.st_mtime;
    siam_atomic_abort(&fresh);
    return t;
}

/* The lock was taken, but its file system may give it to several machines at once. Who holds it says so by the file's time,
 * as long as it is there (siam_run_keep_lock). */
static siam_code claimed(siam_run *r, const siam_owner *o, siam_err *e)
{
    struct stat st;
    const siam_owner_is is = siam_owner_look(o, &r->self);
    if (!r->shared || is == SIAM_OWNER_GONE)
        return SIAM_OK;
    if (is == SIAM_OWNER_ALIVE) /* a run of this process left it: flock tells its own */
        return o->pid == r->self.pid ? SIAM_OK : in_use(r, r->lock, e);
    if (siam_sys.fstat(r->lock, &st))
        return siam_fail_errno(e, errno, "cannot look at '%s/%s'", r->folder.path, SIAM_RUN_LOCK);
    if (time_there(r) - st.st_mtime > SIAM_RUN_CLAIM)
        return SIAM_OK;
    siam_fail(e, SIAM_E_EXISTS, "run '%s' is in use by another process (pid %ld on %s), which gave a sign of life less than %d s ago",
              r->folder.path, o->pid, o->host, SIAM_RUN_CLAIM);
    siam_hint(e, "another --out, or stop that process");
    return SIAM_E_EXISTS;
}

/* Whether what the lock says leaves it to this process. */
static siam_code look_at_lock(siam_run *r, siam_err *e)
{
    siam_owner o;
    char path[SIAM_FOLDER_PATH + 16], word[2 * SIAM_FOLDER_PATH];
    const contents is = held_by(r->lock, &o);
    if (is == HELD_UNSEEN)
        return siam_fail_errno(e, errno, "cannot read '%s/%s'", r->folder.path, SIAM_RUN_LOCK);
    if (is == HELD_OWNER)
        return claimed(r, &o, e);
    snprintf(path, sizeof path, "%s/%s", r->folder.path, SIAM_RUN_LOCK);
    siam_fail(e, SIAM_E_EXISTS, "'%s' holds more than the number of a process: it is another program's", path);
    siam_hint(e, "mv %s ELSEWHERE", siam_format_word(word, sizeof word, path));
    return SIAM_E_EXISTS;
}

/* 0, or why not: EWOULDBLOCK. A file system without locks is noted. */
static int lock_file(siam_run *r, int fd)
{
    if (!siam_io_flock(fd, LOCK_EX | LOCK_NB))
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
    return !siam_sys.fstat(r->lock, &held) && !siam_sys.fstatat(r->folder.fd, SIAM_RUN_LOCK, &named, AT_SYMLINK_NOFOLLOW) &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/* A process of an earlier version may hold the lock of that time. A file of that name which is not one is left alone. */
static siam_code lock_as_before(siam_run *r, siam_err *e)
{
    if (siam_folder_file(&r->lock_before, NULL, &r->folder, before, O_RDWR, NULL))
        return SIAM_OK;
    siam_owner o;
    if (owner_in(r->lock_before, &o) && lock_file(r, r->lock_before) == EWOULDBLOCK)
        return in_use(r, r->lock_before, e);
    return SIAM_OK;
}

bool siam_run_is_lock_before(const siam_run *r, const char *name)
{
    int fd;
    if (strcmp(name, before) || siam_folder_file(&fd, NULL, &r->folder, name, O_RDONLY, NULL))
        return false;
    siam_owner o;
    const bool is = owner_in(fd, &o);
    siam_sys.close(fd);
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
    r->shared = !siam_locks_are_local(r->lock);
    const siam_code rc = look_at_lock(r, e);
    if (rc) {
        siam_run_drop_lock(r);
        return rc;
    }
    return lock_as_before(r, e);
}

siam_code siam_run_sign_lock(siam_run *r, siam_err *e)
{
    char text[SIAM_OWNER_TEXT];
    if (r->signed_lock)
        return siam_run_keep_lock(r, e);
    if (r->shared) /* another machine may have signed since the lock was taken */
        SIAM_TRY(look_at_lock(r, e));
    siam_owner_format(&r->self, text);
    const size_t n = strlen(text);
    if (siam_io_pwrite(r->lock, text, n, 0) != n || siam_io_ftruncate(r->lock, (off_t)n))
        return siam_fail_errno(e, errno, "cannot write '%s/%s'", r->folder.path, SIAM_RUN_LOCK);
    r->signed_lock = true;
    r->beat = siam_clock();
    return SIAM_OK;
}

/* Whether the lock that this process has signed says anything else by now. What cannot be read says nothing. */
static bool is_overwritten(const siam_run *r, siam_owner *now)
{
    const contents is = held_by(r->lock, now);
    return is == HELD_OTHER || (is == HELD_OWNER && !siam_owner_same(now, &r->self));
}

siam_code siam_run_keep_lock(siam_run *r, siam_err *e)
{
    siam_owner now;
    char text[sizeof now.host + 64];
    if (!r->shared || !r->signed_lock)
        return SIAM_OK;
    if (is_overwritten(r, &now))
        r->lost = true; /* for good: who took it relies on it, and may have ended since */
    if (r->lost) {
        siam_fail(e, SIAM_E_EXISTS, "run '%s' was taken over by another process%s", r->folder.path,
                  siam_owner_same(&now, &r->self) ? "" : named(text, sizeof text, &now));
        siam_hint(e, "another --out, or stop that process");
        return SIAM_E_EXISTS;
    }
    siam_sys.futimens(r->lock, NULL);
    r->beat = siam_clock();
    return SIAM_OK;
}

siam_code siam_run_beat(siam_run *r, siam_err *e)
{
    return r->lost || siam_clock() - r->beat > SIAM_RUN_BEAT ? siam_run_keep_lock(r, e) : SIAM_OK;
}

bool siam_run_is_anothers(const siam_run *r)
{
    siam_owner now;
    if (r->lost || !r->shared || !is_overwritten(r, &now))
        return r->lost;
    return r->signed_lock || now.pid; /* before that it may be nobody's */
}

void siam_run_drop_lock(siam_run *r)
{
    siam_owner now;
    if (r->lock >= 0 && r->signed_lock && !r->lost && owner_in(r->lock, &now) && siam_owner_same(&now, &r->self) &&
        siam_io_ftruncate(r->lock, 0) == 0) /* nobody's, at once and everywhere */
        r->signed_lock = false;
    if (r->lock >= 0)
        siam_sys.close(r->lock);
    if (r->lock_before >= 0)
        siam_sys.close(r->lock_before);
    r->lock = r->lock_before = -1;
}
