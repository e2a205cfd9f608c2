/* Every call that reads or writes a file fails once, or from then on: the command line's own objects over a table of file calls
 * (base/io.h) in which the k-th call that could fail in such a way does.
 *
 *   fault_io                           a sample: for each verb one call of every fourth kind of failure
 *   fault_io --full [--verb V] [--fault F] [--stride N [--phase P]]     every one (or every Nth, from the Pth on)
 *   fault_io --at VERB FAULT once|on K                      one, with what it said
 *
 * What a failure may hit is what it could hit on a real system: a full disk fails what writes or makes a file, a file system that
 * became read-only what changes it, a process without descriptors what opens one, a signal what waits. fsync does nothing here. */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "real_io.h"
#include "verbs.h"

enum { OPEN, CLOSE, READ, PREAD, WRITE, PWRITE, FALLOCATE, FTRUNCATE, FSYNC, FSTAT, FSTATAT, FSTATFS, FCHMOD, FCHOWN, FUTIMENS, FLOCK,
       MKDIRAT, RENAMEAT, LINKAT, UNLINKAT, GETDENTS, OPEN_TO_WRITE, CALLS };
static const char *const call_name[CALLS] = {"openat", "close", "read", "pread", "write", "pwrite", "fallocate", "ftruncate", "fsync",
    "fstat", "fstatat", "fstatfs", "fchmod", "fchown", "futimens", "flock", "mkdirat", "renameat2", "linkat", "unlinkat",
    "getdents64", "openat to write"};
#define BIT(call) (1u << (call))
#define MAKES (BIT(OPEN_TO_WRITE) | BIT(WRITE) | BIT(PWRITE) | BIT(FALLOCATE) | BIT(MKDIRAT) | BIT(RENAMEAT) | BIT(LINKAT))
#define NAMES (BIT(OPEN_TO_WRITE) | BIT(MKDIRAT) | BIT(RENAMEAT) | BIT(LINKAT) | BIT(UNLINKAT))
#define WAITS (BIT(OPEN) | BIT(OPEN_TO_WRITE) | BIT(READ) | BIT(PREAD) | BIT(WRITE) | BIT(PWRITE) | BIT(FALLOCATE) | BIT(FTRUNCATE) | \
               BIT(FSYNC) | BIT(FLOCK))

typedef struct fault {
    const char *name;
    int err;            /* 0: half of what was asked for is read or written */
    unsigned calls;     /* that it hits */
    unsigned calls_on;  /* from then on */
} fault;
static const fault faults[] = {
    {"ENOSPC", ENOSPC, MAKES | BIT(FSYNC) | BIT(FTRUNCATE), MAKES},
    {"EDQUOT", EDQUOT, MAKES | BIT(FSYNC) | BIT(CLOSE), MAKES},
    {"EIO", EIO, BIT(CALLS) - 1, BIT(CALLS) - 1},
    {"EROFS", EROFS, NAMES | BIT(FCHMOD) | BIT(FCHOWN) | BIT(FUTIMENS) | BIT(WRITE) | BIT(FTRUNCATE), NAMES | BIT(FCHMOD) | BIT(FUTIMENS)},
    {"EACCES", EACCES, NAMES | BIT(OPEN), NAMES},
    {"EMFILE", EMFILE, BIT(OPEN) | BIT(OPEN_TO_WRITE), BIT(OPEN) | BIT(OPEN_TO_WRITE)},
    {"EINTR", EINTR, WAITS | BIT(CLOSE), WAITS},
    {"short", 0, BIT(READ) | BIT(PREAD) | BIT(WRITE) | BIT(PWRITE), BIT(READ) | BIT(PREAD) | BIT(WRITE) | BIT(PWRITE)},
    {"fsync", EIO, BIT(FSYNC), BIT(FSYNC)},
    {"look", EIO, BIT(FSTATAT), BIT(FSTATAT)}, /* of EIO those, so that they can be tried alone */
};
enum { FAULTS = sizeof faults / sizeof *faults, NAMED = 48 };

/* Between the harness and its child. */
static struct shared {
    const fault *f;  /* NULL: nothing fails */
    bool on;         /* from then on */
    long at;         /* the call that fails, from 1, of those that could */
    atomic_long seen, hits;
    atomic_long count[FAULTS][2]; /* calls of an undisturbed run that each could hit, once and from then on */
    atomic_bool unlink_hit;
    int first;             /* the call that failed first */
    char name[NAMED][128]; /* last parts of the paths of those that failed */
} *sh;

/* ---- the table ---- */

static void note(int call, int fd, const char *path)
{
    const long k = atomic_fetch_add(&sh->hits, 1);
    char link[64], target[PATH_MAX] = "";
    if (k == 0)
        sh->first = call;
    if (call == UNLINKAT)
        sh->unlink_hit = true;
    if (k >= NAMED)
        return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (!path || !strcmp(path, ".")) {
        const ssize_t n = readlink(link, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        path = target;
    }
    const char *slash = strrchr(path, '/');
    snprintf(sh->name[k], sizeof sh->name[k], "%.127s", slash ? slash + 1 : path);
}

/* Whether this call fails now; errno says how. */
static bool fails(int call, int fd, const char *path)
{
    if (!sh)
        return false;
    if (!sh->f) {
        for (int i = 0; i < FAULTS; i++) {
            sh->count[i][0] += (faults[i].calls >> call) & 1;
            sh->count[i][1] += (faults[i].calls_on >> call) & 1;
        }
        return false;
    }
    if (!((sh->on ? sh->f->calls_on : sh->f->calls) >> call & 1))
        return false;
    const long k = atomic_fetch_add(&sh->seen, 1) + 1;
    if (k < sh->at || (k > sh->at && !sh->on))
        return false;
    note(call, fd, path);
    errno = sh->f->err;
    return true;
}

/* Bytes to ask for, or 0: it fails. */
static size_t part(int call, int fd, size_t n)
{
    if (!fails(call, fd, NULL))
        return n;
    return sh->f->err ? 0 : n > 1 ? n / 2 : n;
}

#define IN_PARTS(call, n, real)                     \
    const size_t some = (n) ? part(call, fd, n) : 0; \
    if ((n) && !some)                               \
        return -1;                                  \
    return real
static ssize_t my_read(int fd, void *to, size_t n) { IN_PARTS(READ, n, read(fd, to, some)); }
static ssize_t my_pread(int fd, void *to, size_t n, off_t at) { IN_PARTS(PREAD, n, pread(fd, to, some, at)); }
static ssize_t my_write(int fd, const void *from, size_t n) { IN_PARTS(WRITE, n, write(fd, from, some)); }
static ssize_t my_pwrite(int fd, const void *from, size_t n, off_t at) { IN_PARTS(PWRITE, n, pwrite(fd, from, some, at)); }

static int my_openat(int dir, const char *name, int flags, mode_t mode)
{
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
    return fails(writes ? OPEN_TO_WRITE : OPEN, dir, name) ? -1 : openat(dir, name, flags, mode);
}
static int my_close(int fd) /* it is closed even so */
{
    const bool failed = fails(CLOSE, fd, NULL);
    const int why = errno, rc = close(fd);
    errno = failed ? why : errno;
    return failed ? -1 : rc;
}
static int my_fallocate(int fd, int mode, off_t at, off_t n) { return fails(FALLOCATE, fd, NULL) ? -1 : fallocate(fd, mode, at, n); }
static int my_ftruncate(int fd, off_t n) { return fails(FTRUNCATE, fd, NULL) ? -1 : ftruncate(fd, n); }
static int my_fsync(int fd) { return fails(FSYNC, fd, NULL) ? -1 : 0; }
static int my_fstat(int fd, struct stat *st) { return fails(FSTAT, fd, NULL) ? -1 : fstat(fd, st); }
static int my_fstatat(int dir, const char *name, struct stat *st, int flags)
{
    return fails(FSTATAT, dir, name) ? -1 : fstatat(dir, name, st, flags);
}
static int my_fstatfs(int fd, struct statfs *st) { return fails(FSTATFS, fd, NULL) ? -1 : fstatfs(fd, st); }
static int my_fchmod(int fd, mode_t mode) { return fails(FCHMOD, fd, NULL) ? -1 : fchmod(fd, mode); }
static int my_fchown(int fd, uid_t user, gid_t group) { return fails(FCHOWN, fd, NULL) ? -1 : fchown(fd, user, group); }
static int my_futimens(int fd, const struct timespec t[2]) { return fails(FUTIMENS, fd, NULL) ? -1 : futimens(fd, t); }
static int my_flock(int fd, int how) { return fails(FLOCK, fd, NULL) ? -1 : flock(fd, how); }
static int my_mkdirat(int dir, const char *name, mode_t mode) { return fails(MKDIRAT, dir, name) ? -1 : mkdirat(dir, name, mode); }
static int my_renameat2(int dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    return fails(RENAMEAT, to_dir, to) ? -1 : renameat2(dir, from, to_dir, to, flags);
}
static int my_linkat(int dir, const char *from, int to_dir, const char *to, int flags)
{
    return fails(LINKAT, to_dir, to) ? -1 : linkat(dir, from, to_dir, to, flags);
}
static int my_unlinkat(int dir, const char *name, int flags) { return fails(UNLINKAT, dir, name) ? -1 : unlinkat(dir, name, flags); }
static ssize_t my_getdents64(int fd, void *to, size_t n) { return fails(GETDENTS, fd, NULL) ? -1 : getdents64(fd, to, n); }

const siam_io siam_sys = {
    .openat = my_openat, .close = my_close, .read = my_read, .pread = my_pread, .write = my_write, .pwrite = my_pwrite,
    .fallocate = my_fallocate, .ftruncate = my_ftruncate, .fsync = my_fsync, .fstat = my_fstat, .fstatat = my_fstatat,
    .fstatfs = my_fstatfs, .fchmod = my_fchmod, .fchown = my_fchown, .futimens = my_futimens, .flock = my_flock,
    .mkdirat = my_mkdirat, .renameat2 = my_renameat2, .linkat = my_linkat, .unlinkat = my_unlinkat, .getdents64 = my_getdents64};

/* ---- one failure ---- */

static int bad;

/* The sentence names what the system said, and a file that it said it of. */
static bool says_why(const char *say)
{
    const char *error = strstr(say, "simsiam: error: ");
    char line[4096];
    snprintf(line, sizeof line, "%.*s", error ? (int)strcspn(error, "\n") : 0, error ? error : "");
    if (!sh->f->err || !strstr(line, strerror(sh->f->err)))
        return false;
    for (long i = 0; i < sh->hits && i < NAMED; i++) {
        char name[128];
        const bool half = !strncmp(sh->name[i], ".tmp-", 5); /* .tmp-NAME-PID */
        snprintf(name, sizeof name, "%s", sh->name[i] + (half ? 5 : 0));
        char *dash = half ? strrchr(name, '-') : NULL;
        if (dash)
            *dash = '\0';
        if (name[0] && strstr(line, name))
            return true;
    }
    return strchr(line, '\'') != NULL; /* the path as the user wrote it */
}

static bool code_fits(int status)
{
    if (!sh->f->err || (sh->f->err == EINTR && !sh->on))
        return status == 0;
    return status == 0 || status == 74;
}

static void complain(const verb *v, const char *what, const ending *is)
{
    bad++;
    printf("FAILED: --at %s %s %s %ld (%s of %s, %ld failed): %s\n", v->name, sh->f->name, sh->on ? "on" : "once", sh->at,
           call_name[sh->first], sh->name[0], (long)sh->hits, what);
    if (is)
        printf("    [%d] %.1500s\n", is->status, is->say);
    fflush(stdout);
}

static void disarm(const fault *f, bool on, long at)
{
    sh->f = f;
    sh->on = on;
    sh->at = at;
    sh->seen = sh->hits = 0;
    sh->unlink_hit = false;
    sh->first = 0;
    memset(sh->name, 0, sizeof sh->name);
}

/* True: the call was reached. */
static bool try_one(const verb *v, const fault *f, bool on, long at, bool aloud)
{
    static char why[VERB_TEXT];
    disarm(f, on, at);
    verb_begin(v);
    ending is = verb_run(v, false, NULL);
    const bool failed = is.status != 0;
    if (aloud)
        printf("[%d] %s\n%ld failed, the first: %s of %s\n", is.status, is.say, (long)sh->hits, call_name[sh->first], sh->name[0]);
    if (!verb_spoke(&is, why))
        complain(v, why, &is);
    else if (!code_fits(is.status))
        complain(v, "another exit code than the failure's", &is);
    else if (failed && !says_why(is.say))
        complain(v, "the sentence lacks the reason or the path", &is);
    else if (!verb_whole(v, !failed, sh->unlink_hit, why))
        complain(v, why, &is);
    const fault *was = sh->f;
    sh->f = NULL;
    const ending after = verb_run(v, true, NULL);
    sh->f = was;
    if (after.status)
        complain(v, "it does not work afterwards", &after);
    else if (!verb_whole(v, true, sh->unlink_hit, why))
        complain(v, why, &after);
    if (aloud)
        printf("afterwards [%d] %s\n", after.status, after.say);
    return sh->hits > 0;
}

/* ---- all of them ---- */

static void undisturbed(const verb *v)
{
    static char why[VERB_TEXT];
    memset(sh->count, 0, sizeof sh->count);
    disarm(NULL, false, 0);
    verb_begin(v);
    const ending is = verb_run(v, false, NULL);
    if (is.status) {
        printf("FAILED: %s undisturbed: [%d] %s\n", v->name, is.status, is.say);
        exit(1);
    }
    verb_keep(v);
    if (!verb_whole(v, true, false, why)) {
        printf("FAILED: %s undisturbed: %s\n", v->name, why);
        exit(1);
    }
}

static long tried, reached;

static void try_verb(const verb *v, const plan *p)
{
    long total = 0, done = 0;
    undisturbed(v);
    long count[FAULTS][2];
    for (int i = 0; i < FAULTS; i++)
        for (int on = 0; on < 2; on++) {
            const bool meant = (!p->fault || !strcmp(p->fault, faults[i].name)) && (p->stride || (i + on + (v - verbs)) % 4 == 0);
            count[i][on] = meant ? sh->count[i][on] : 0;
            total += p->stride ? (count[i][on] + p->stride - 1) / p->stride : count[i][on] > 0;
        }
    tell_progress(v, 0, total, bad);
    for (int i = 0; i < FAULTS; i++)
        for (int on = 0; on < 2; on++) {
            const uint32_t draw = 2654435761u * (uint32_t)(2 * i + on + 1 + 31 * (v - verbs));
            const long any = count[i][on] ? 1 + (long)(draw >> 8) % (p->stride ? p->stride : count[i][on]) : 0;
            const long first = p->phase && any ? p->phase : any;
            for (long k = first; k && k <= count[i][on]; k += p->stride ? p->stride : count[i][on]) {
                reached += try_one(v, &faults[i], on, k, false);
                tried++;
                done++;
                tell_progress(v, done, total, bad);
            }
        }
    printf("%-20s %5ld failures of calls in %.0f s\n", v->name, done, seconds_of_verb());
    fflush(stdout);
}

static int at_one(char **arg)
{
    for (const verb *v = verbs; v->name; v++)
        for (int i = 0; i < FAULTS; i++)
            if (!strcmp(v->name, arg[0]) && !strcmp(faults[i].name, arg[1])) {
                undisturbed(v);
                try_one(v, &faults[i], !strcmp(arg[2], "on"), atol(arg[3]), true);
                return 0;
            }
    return 2;
}

int main(int argc, char **argv)
{
    const plan p = plan_of(argc, argv);
    sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verbs_open();
    for (const verb *v = verbs; v->name && !p.at; v++)
        if (v->tried & WITH_IO && (!p.verb || !strcmp(p.verb, v->name)))
            try_verb(v, &p);
    if (p.at)
        at_one(p.at);
    else
        printf("io: %ld failures of file calls tried, %ld reached, %d not as promised\n", tried, reached, bad);
    verbs_close();
    return bad != 0 || (!p.at && !tried); /* nothing tried is nothing shown: a name that is not known */
}
