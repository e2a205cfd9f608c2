/* Two processes in one run folder, on file systems whose locks lie: both get them, on one machine or on two. */
#include "run_case.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "../fault/real_io.h"
#include "report/run_folder.h"
#include "report/run_owner.h"
#include "train/saver.h"

static struct {
    bool lie;             /* flock gives every lock */
    unsigned long type;   /* of the file system; 0: its own */
    unsigned long blocks, free;
    time_t ahead;         /* its server's clock, before this machine's */
    bool full;            /* no file can be made */
    bool unreadable;
    atomic_int touches;
} disk;

static int lying_flock(int fd, int how) { return disk.lie ? 0 : flock(fd, how); }

static int other_fstatfs(int fd, struct statfs *st)
{
    const int rc = fstatfs(fd, st);
    if (disk.type) {
        st->f_type = (__typeof__(st->f_type))disk.type;
        st->f_blocks = disk.blocks;
        st->f_bavail = disk.free;
        st->f_bsize = 4096;
    }
    return rc;
}

static int other_fstat(int fd, struct stat *st)
{
    const int rc = fstat(fd, st);
    st->st_mtime += disk.ahead;
    return rc;
}

static int other_openat(int dir, const char *name, int flags, mode_t mode)
{
    if (disk.full && !strncmp(name, ".tmp-", 5)) {
        errno = EROFS;
        return -1;
    }
    return openat(dir, name, flags, mode);
}

static ssize_t other_pread(int fd, void *to, size_t n, off_t at)
{
    if (disk.unreadable) {
        errno = ESTALE;
        return -1;
    }
    return pread(fd, to, n, at);
}

static int counted_futimens(int fd, const struct timespec times[2])
{
    disk.touches++;
    return futimens(fd, times);
}

/* This machine's clock can be put forward, and threads can be refused. */
static atomic_int forward;
static bool no_threads;

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int (*real)(clockid_t, struct timespec *);
    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    const int rc = real(clock, t);
    if (clock == CLOCK_MONOTONIC)
        t->tv_sec += forward;
    return rc;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *user)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return no_threads ? EAGAIN : real(thread, attr, start, user);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .flock = lying_flock, .fstatfs = other_fstatfs, .fstat = other_fstat, .openat = other_openat,
                         .pread = other_pread, .futimens = counted_futimens};
#pragma GCC diagnostic pop

enum { NFS = 0x6969, EXT4 = 0xEF53, UNKNOWN = 0x12345 };

static siam_err why;

static siam_code open_run(siam_run **r)
{
    memset(&why, 0, sizeof why);
    return siam_run_open(r, "train", "r", false, &why);
}

/* r/.simsiam.lock as another process left it so many seconds ago. */
static void claim(const siam_owner *o, int ago)
{
    char text[SIAM_OWNER_TEXT];
    mkdir("r", 0777);
    siam_owner_format(o, text);
    put("r/.simsiam.lock", text);
    const time_t then = time(NULL) - ago;
    assert_int_equal(utimensat(AT_FDCWD, "r/.simsiam.lock", (struct timespec[2]){{.tv_sec = then}, {.tv_sec = then}}, 0), 0);
}

static siam_owner elsewhere(void)
{
    siam_owner o;
    siam_owner_self(&o);
    strcpy(o.host, "node17");
    strcpy(o.boot, "11111111-2222-3333-4444-555555555555");
    o.pid = 4711;
    return o;
}

static void lines(void **state)
{
    (void)state;
    char text[SIAM_OWNER_TEXT];
    siam_owner o, back;
    siam_owner_self(&o);
    assert_true(o.pid == (long)getpid() && o.host[0] && strlen(o.boot) > 30 && o.space && o.started);
    siam_owner_format(&o, text);
    assert_true(siam_owner_parse(&back, text));
    assert_true(back.pid == o.pid && back.space == o.space && back.started == o.started);
    assert_string_equal(back.host, o.host);
    assert_string_equal(back.boot, o.boot);
    const size_t length = strlen(text);
    o.pid = 1;
    siam_owner_format(&o, text);
    assert_int_equal(strlen(text), length); /* none is cut off within another's */
    siam_owner_format(&(siam_owner){.pid = 1, .host = "a", .boot = "b"}, text);
    assert_int_equal(strlen(text), length);
    assert_true(siam_owner_parse(&back, "") && back.pid == 0);
    assert_true(siam_owner_parse(&back, "4711\n") && back.pid == 4711 && !back.host[0]);
    assert_true(siam_owner_parse(&back, "4711") && back.pid == 4711);
    static const char *const others[] = {"notes", "-5\n", "12 34\n", "1 host boot 2\n", "1 host boot 2 3", "1 host boot 2 3 4\n",
                                         "1 host boot 2 x\n", "\n", " 4711\n", "1234567890123456789\n", "4711\n\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (siam_owner_parse(&back, others[i]))
            fail_msg("'%s' is taken for a lock's line", others[i]);
}

static void looks(void **state)
{
    (void)state;
    siam_owner o, here;
    siam_owner_self(&here);
    o = here;
    assert_int_equal(siam_owner_look(&o, &here), SIAM_OWNER_ALIVE);
    o.started++; /* a later process has the number now */
    assert_int_equal(siam_owner_look(&o, &here), SIAM_OWNER_GONE);
    const pid_t child = fork();
    if (!child)
        _exit(0);
    waitpid(child, NULL, 0);
    siam_owner_self(&o);
    o.pid = child;
    assert_int_equal(siam_owner_look(&o, &here), SIAM_OWNER_GONE);
    /* a look that fails is none: no descriptors */
    siam_owner parent = {.pid = (long)getppid()};
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    const siam_owner_is of[] = {siam_owner_look(&here, &here), siam_owner_look(&parent, &here), siam_owner_look(&o, &here)};
    setrlimit(RLIMIT_NOFILE, &before);
    assert_true(of[0] == SIAM_OWNER_ALIVE && of[1] == SIAM_OWNER_ALIVE && of[2] == SIAM_OWNER_GONE);
    assert_int_equal(siam_owner_look(&(siam_owner){0}, &here), SIAM_OWNER_GONE);
    assert_int_equal(siam_owner_look(&(siam_owner){.pid = (long)getppid()}, &here), SIAM_OWNER_ALIVE);
    o = elsewhere();
    assert_int_equal(siam_owner_look(&o, &here), SIAM_OWNER_ELSEWHERE);
    siam_owner_self(&o);
    o.space++; /* another container */
    assert_int_equal(siam_owner_look(&o, &here), SIAM_OWNER_ELSEWHERE);
}

/* Whether a run can be opened in a folder that another process claims. */
static void claims(void **state)
{
    (void)state;
    static const struct {
        unsigned long type;
        bool here;  /* of this machine; alive */
        int ago;
        bool in_use;
        int ahead; /* the server's clock */
        bool full;
    } rows[] = {{NFS, false, 0, true, 0, false},     {NFS, false, 100, true, 0, false},    {NFS, false, 130, false, 0, false},
                {NFS, false, -100, true, 0, false},  {NFS, true, 0, true, 0, false},       {NFS, true, 5000, true, 0, false},
                {UNKNOWN, false, 0, true, 0, false}, {UNKNOWN, true, 5000, true, 0, false},
                {EXT4, false, 0, false, 0, false},   {EXT4, true, 0, false, 0, false}, /* there flock is to be believed */
                {NFS, false, 10, true, -3600, false},  {NFS, false, 100, true, -150, false},   {NFS, false, 130, false, 3600, false},
                {NFS, false, 130, false, 100, false},  {NFS, false, 500, false, -3600, false}, {NFS, false, 10, true, 3600, false},
                {NFS, false, 10, true, 0, true}, {NFS, false, 130, false, 0, true}}; /* by this machine's, for want of better */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_owner o = elsewhere();
        siam_run *r;
        int ready[2];
        char c;
        assert_int_equal(pipe(ready), 0);
        const pid_t child = fork();
        if (!child) {
            siam_owner_self(&o);
            if (rows[i].here)
                claim(&o, rows[i].ago);
            if (write(ready[1], "k", 1) == 1)
                pause();
            _exit(1);
        }
        assert_int_equal(read(ready[0], &c, 1), 1);
        if (!rows[i].here)
            claim(&o, rows[i].ago);
        disk.lie = true;
        disk.type = rows[i].type;
        disk.ahead = rows[i].ahead;
        disk.full = rows[i].full;
        const siam_code rc = open_run(&r);
        disk.full = false;
        if (rc != (rows[i].in_use ? SIAM_E_EXISTS : SIAM_OK))
            fail_msg("row %zu: %d, %s", i, (int)rc, why.msg);
        if (rc) {
            char text[160], host[65];
            gethostname(host, sizeof host);
            snprintf(text, sizeof text, "run 'r' is in use by another process (pid %ld on %s)",
                     rows[i].here ? (long)child : 4711, rows[i].here ? host : "node17");
            assert_has(why.msg, text);
            assert_int_equal(access("r/.simsiam.lock", F_OK), 0);
        }
        siam_run_close(&r);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        if (rc && rows[i].here) { /* now it is free, at once */
            assert_int_equal(open_run(&r), SIAM_OK);
            siam_run_close(&r);
        }
        unlink("r/.simsiam.lock");
        assert_true(!rmdir("r") || errno == ENOENT); /* nothing else is left there */
        close(ready[0]);
        close(ready[1]);
    }
    disk.lie = false;
    disk.type = 0;
    disk.ahead = 0;
}

/* A power cut leaves zeros of what had not got to the disk: then nobody's number is there, or an earlier one. */
static void zeros(void **state)
{
    (void)state;
    static const struct {
        char text[24];
        size_t n;
        bool ours;
    } rows[] = {{"", 1, true},          {"", 20, true},        {"4711\n", 20, true}, {"4711", 5, true},
                {"\0\0x", 3, false},    {"47\0" "11\n", 6, false}, {"notes\0", 6, false}, {"\0\0\n", 3, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_run *r;
        mkdir("r", 0777);
        FILE *f = fopen("r/.simsiam.lock", "w");
        assert_int_equal(fwrite(rows[i].text, 1, rows[i].n, f), rows[i].n);
        fclose(f);
        if (open_run(&r) != (rows[i].ours ? SIAM_OK : SIAM_E_EXISTS))
            fail_msg("row %zu: %s", i, why.msg);
        siam_run_close(&r);
    }
}

/* A sign of life is a time of the file, and the end of a run leaves it nobody's. */
static void signs_of_life(void **state)
{
    (void)state;
    siam_run *r;
    struct stat st;
    siam_err e = {0};
    disk.type = NFS;
    assert_int_equal(open_run(&r), SIAM_OK);
    assert_int_equal(siam_run_write(r, "config.yaml", "x: 1\n", NULL), SIAM_OK);
    assert_int_equal(siam_run_begin(r, &(siam_run_info){0}, &e), SIAM_OK);
    assert_int_equal(utimensat(AT_FDCWD, "r/.simsiam.lock", (struct timespec[2]){{.tv_sec = 1000}, {.tv_sec = 1000}}, 0), 0);
    assert_int_equal(siam_run_keep_lock(r, &e), SIAM_OK);
    assert_int_equal(stat("r/.simsiam.lock", &st), 0);
    assert_true(time(NULL) - st.st_mtime < 60 && st.st_size > 40);
    /* taken by another: the first one that looks leaves it to him */
    siam_owner o = elsewhere();
    claim(&o, 0);
    assert_int_equal(siam_run_keep_lock(r, &e), SIAM_E_EXISTS);
    assert_string_equal(e.msg, "run 'r' was taken over by another process (pid 4711 on node17)");
    siam_run_close(&r);
    char *text = get("r/.simsiam.lock");
    assert_has(text, "4711 node17 ");
    free(text);
    claim(&o, 1000);
    assert_int_equal(siam_run_open(&r, "train", "r", true, &e), SIAM_OK);
    siam_err_clear(&e);
    assert_int_equal(siam_run_begin(r, &(siam_run_info){0}, &e), SIAM_OK);
    siam_run_close(&r);
    assert_int_equal(stat("r/.simsiam.lock", &st), 0);
    assert_int_equal(st.st_size, 0);
    disk.type = 0;
}

/* A new run on a file system of several machines, with all that it writes first. */
static siam_run *shared_run(void)
{
    siam_run *r;
    disk.type = NFS;
    assert_int_equal(open_run(&r), SIAM_OK);
    assert_int_equal(siam_run_write(r, "config.yaml", "x: 1\n", NULL), SIAM_OK);
    assert_int_equal(siam_run_begin(r, &(siam_run_info){0}, NULL), SIAM_OK);
    return r;
}

static void drop_run(void) { nftw("r", drop, 8, FTW_DEPTH | FTW_PHYS); }

static siam_code write_mark(void *user, siam_err *e)
{
    (void)e;
    ++*(int *)user;
    put("r/mark", "written");
    return SIAM_OK;
}

/* What a run writes, each way; e says why it did not. */
static siam_code write_run(siam_run *r, int way, siam_err *e)
{
    siam_atomic file;
    siam_saver *s;
    siam_saved saved = {0};
    siam_code rc;
    int written = 0;
    switch (way) {
    case 0: return siam_run_keep_lock(r, e);
    case 1: return siam_run_finish(r, 0, e);
    case 2: return siam_run_write(r, "tuning.json", "{}", e);
    case 3:
        if (!(rc = siam_run_checkpoint_create(r, 7, &file, e)))
            siam_atomic_abort(&file);
        return rc;
    case 4: return siam_run_checkpoint_commit(r, 6, 1, e);
    case 5: return siam_run_begin(r, &(siam_run_info){0}, e);
    default:
        no_threads = way == 6;
        assert_int_equal(siam_saver_create(&s, r, e), SIAM_OK);
        siam_saver_start(s, write_mark, &written);
        assert_true(siam_saver_finished(s, true, &saved));
        if (saved.rc && !siam_saver_check(s, NULL))
            fail_msg("way %d: training goes on", way);
        siam_saver_destroy(&s);
        no_threads = false;
        assert_int_equal(written, !saved.rc);
        *e = saved.err;
        return saved.rc;
    }
}
enum { WAYS = 8 };

/* Who lost the run to another process changes nothing in it any more, whatever it was about to do when it noticed. */
static void taken_over(void **state)
{
    (void)state;
    siam_owner o = elsewhere(), next;
    char other[SIAM_OWNER_TEXT], later[SIAM_OWNER_TEXT];
    siam_owner_format(&o, other);
    siam_owner_self(&next); /* a later process of this number */
    next.started++;
    siam_owner_format(&next, later);
    const struct {
        const char *text, *named;
    } rows[] = {{other, " (pid 4711 on node17)"}, {later, " (pid "}, {"4711\n", " (pid 4711)"}, {"", "process"}, {"notes\n", "process"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int way = 0; way < WAYS; way++) {
            siam_run *r = shared_run();
            siam_err e = {0};
            put("r/checkpoints/step-00000006.safetensors", "theirs");
            put("r/.simsiam.lock", rows[i].text);
            char *before = get("r/run.json");
            for (int again = 0; again < 2; again++) {
                siam_err_clear(&e);
                if (write_run(r, way, &e) != SIAM_E_EXISTS)
                    fail_msg("row %zu, way %d: not refused", i, way);
                assert_has(e.msg, "run 'r' was taken over by another process");
                assert_has(e.msg, rows[i].named);
            }
            siam_owner_self(&next);
            for (int w = 0; w < WAYS; w++) /* also where that one has ended since, or a copy of our line came back */
                if (write_run(r, w, &e) != SIAM_E_EXISTS)
                    fail_msg("row %zu, way %d, then %d", i, way, w);
            siam_run_close(&r);
            static const char *const none[] = {"r/tuning.json", "r/mark", "r/checkpoints/last"};
            for (int k = 0; k < 3; k++)
                assert_int_equal(access(none[k], F_OK), -1);
            char *text = get("r/.simsiam.lock"), *after = get("r/run.json");
            assert_string_equal(text, rows[i].text);
            assert_string_equal(after, before);
            free(text);
            free(after);
            free(before);
            drop_run();
        }
    for (int way = 0; way < WAYS; way += way == 4 ? 2 : 1) { /* what cannot be read says nothing; it has begun */
        siam_run *r = shared_run();
        siam_err e = {0};
        put("r/checkpoints/step-00000006.safetensors", "ours");
        disk.unreadable = true;
        if (write_run(r, way, &e))
            fail_msg("way %d: %s", way, e.msg);
        disk.unreadable = false;
        assert_int_equal(siam_run_keep_lock(r, &e), SIAM_OK);
        siam_run_close(&r);
        drop_run();
    }
    disk.type = 0;
}

/* A run that was lost stays so when the winner has left, and its folder is not cleaned up by the loser. */
static void lost_for_good(void **state)
{
    (void)state;
    siam_run *r;
    siam_err e = {0};
    char text[SIAM_OWNER_TEXT];
    siam_owner self, o = elsewhere();
    disk.type = NFS;
    assert_int_equal(open_run(&r), SIAM_OK); /* nothing is written yet: closing takes the folder away */
    claim(&o, 0);
    siam_run_close(&r);
    char *left = get("r/.simsiam.lock");
    assert_has(left, "4711 node17 ");
    free(left);
    drop_run();
    r = shared_run();
    claim(&o, 0);
    assert_int_equal(siam_run_keep_lock(r, &e), SIAM_E_EXISTS);
    siam_owner_self(&self);
    siam_owner_format(&self, text);
    put("r/.simsiam.lock", text);
    siam_err_clear(&e);
    assert_int_equal(siam_run_keep_lock(r, &e), SIAM_E_EXISTS);
    assert_string_equal(e.msg, "run 'r' was taken over by another process");
    assert_int_equal(siam_run_beat(r, NULL), SIAM_E_EXISTS);
    siam_run_close(&r);
    left = get("r/.simsiam.lock");
    assert_string_equal(left, text);
    free(left);
    drop_run();
    /* where locks are to be believed nobody looks, but another's line is still not wiped out */
    disk.type = EXT4;
    assert_int_equal(open_run(&r), SIAM_OK);
    assert_int_equal(siam_run_write(r, "config.yaml", "x: 1\n", NULL), SIAM_OK);
    assert_int_equal(siam_run_begin(r, &(siam_run_info){0}, NULL), SIAM_OK);
    claim(&o, 0);
    siam_run_close(&r);
    left = get("r/.simsiam.lock");
    assert_has(left, "4711 node17 ");
    free(left);
    disk.type = 0;
}

/* A resume signs late: who signed since it looked is there first. */
static void signs_late(void **state)
{
    (void)state;
    char parent[32];
    snprintf(parent, sizeof parent, "%ld\n", (long)getppid());
    const struct {
        const char *text; /* NULL: of another machine */
        int ago;
        const char *says; /* NULL: it may go on */
    } rows[] = {{NULL, 0, "(pid 4711 on node17), which gave a sign of life"}, {NULL, 100, "(pid 4711 on node17)"}, {NULL, 200, NULL},
                {parent, 0, "in use by another process (pid "}, {"notes\n", 0, "it is another program's"}, {"", 0, NULL},
                {"999999999\n", 0, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int early = 0; early < 2; early++) {
            siam_owner o = elsewhere();
            siam_err e = {0};
            siam_run *r = shared_run();
            siam_run_close(&r);
            char *info = get("r/run.json");
            put("r/.tmp-run.json-4711", "the winner writes");
            assert_int_equal(siam_run_open(&r, "train", "r", true, &e), SIAM_OK);
            if (rows[i].text)
                put("r/.simsiam.lock", rows[i].text);
            else
                claim(&o, rows[i].ago);
            char *line = get("r/.simsiam.lock");
            const siam_code rc = early ? siam_run_sign_lock(r, &e) : siam_run_begin(r, &(siam_run_info){0}, &e);
            if (rc != (rows[i].says ? SIAM_E_EXISTS : SIAM_OK))
                fail_msg("row %zu: %d, %s", i, (int)rc, e.msg);
            if (rc)
                assert_has(e.msg, rows[i].says);
            siam_run_close(&r);
            if (rc) {
                char *after = get("r/run.json"), *now = get("r/.simsiam.lock");
                assert_string_equal(after, info);
                assert_string_equal(now, line);
                assert_int_equal(access("r/.tmp-run.json-4711", F_OK), 0);
                free(after);
                free(now);
            }
            free(info);
            free(line);
            drop_run();
        }
    disk.type = 0;
}

/* A process without descriptors knows itself as it did when it began. */
static void out_of_descriptors(void **state)
{
    (void)state;
    siam_run *r = shared_run();
    struct rlimit before;
    getrlimit(RLIMIT_NOFILE, &before);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 0, .rlim_max = before.rlim_max});
    siam_code rc[3];
    for (int i = 0; i < 3; i++)
        rc[i] = siam_run_keep_lock(r, NULL);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_true(!rc[0] && !rc[1] && !rc[2]);
    siam_run_close(&r);
    disk.type = 0;
}

static atomic_bool writing;
static int touches_wanted;

/* Takes long: until others have given that many signs of life. */
static siam_code write_slowly(void *user, siam_err *e)
{
    (void)user;
    writing = true;
    for (int i = 0; i < 1000 && disk.touches < touches_wanted; i++)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return disk.touches < touches_wanted ? siam_fail(e, SIAM_E_IO, "no sign of life while this was written") : SIAM_OK;
}

static int touches_of_checks(siam_saver *s, int n)
{
    const int before = disk.touches;
    for (int i = 0; i < n; i++)
        assert_int_equal(siam_saver_check(s, NULL), SIAM_OK);
    return disk.touches - before;
}

/* Signs of life come also while the thread writes: from who trains, and from who waits for it; and not with every step. */
static void signs_while_saving(void **state)
{
    (void)state;
    for (int threaded = 0; threaded < 2; threaded++) {
        siam_saver *s;
        siam_saved saved;
        forward = -3000; /* so that waiting in the kernel, which goes by its own clock, times out at once */
        siam_run *r = shared_run();
        no_threads = !threaded;
        assert_int_equal(siam_saver_create(&s, r, NULL), SIAM_OK);
        no_threads = false;
        if (threaded) {
            touches_wanted = INT32_MAX;
            writing = false;
            siam_saver_start(s, write_slowly, NULL);
            while (!writing)
                nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
        assert_int_equal(touches_of_checks(s, 50), 0);
        forward += SIAM_RUN_BEAT - 5;
        assert_int_equal(touches_of_checks(s, 50), 0);
        for (int k = 0; k < 3; k++) {
            forward += SIAM_RUN_BEAT + 1;
            assert_int_equal(touches_of_checks(s, 50), 1);
        }
        if (threaded) {
            touches_wanted = disk.touches + 1;
            forward += SIAM_RUN_BEAT + 1;
            assert_true(siam_saver_finished(s, true, &saved));
            if (saved.rc)
                fail_msg("%s", saved.err.msg);
            forward = 0; /* the thread waits for its time again */
        }
        siam_saver_destroy(&s);
        siam_run_close(&r);
        drop_run();
    }
    forward = 0;
    disk.type = 0;
}

static void space(void **state)
{
    (void)state;
    siam_run *r;
    assert_int_equal(open_run(&r), SIAM_OK);
    disk.type = EXT4;
    disk.blocks = 100;
    disk.free = 7;
    assert_true(siam_run_space(r) == 7 * 4096);
    disk.blocks = disk.free = 0; /* some file systems do not say */
    assert_true(siam_run_space(r) == UINT64_MAX);
    disk.type = 0;
    assert_true(siam_run_space(r) > 1 << 20);
    siam_run_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FOLDER_TEST(lines), FOLDER_TEST(looks), FOLDER_TEST(claims), FOLDER_TEST(zeros),
                                       FOLDER_TEST(signs_of_life), FOLDER_TEST(taken_over), FOLDER_TEST(lost_for_good),
                                       FOLDER_TEST(signs_late), FOLDER_TEST(out_of_descriptors), FOLDER_TEST(signs_while_saving),
                                       FOLDER_TEST(space)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
