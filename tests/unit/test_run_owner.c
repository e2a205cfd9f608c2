/* Two processes in one run folder, on file systems whose locks lie: both get them, on one machine or on two. */
#include "run_case.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "../fault/real_io.h"
#include "report/run_folder.h"
#include "report/run_owner.h"

static struct {
    bool lie;             /* flock gives every lock */
    unsigned long type;   /* of the file system; 0: its own */
    unsigned long blocks, free;
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

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .flock = lying_flock, .fstatfs = other_fstatfs};
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
    siam_owner o;
    siam_owner_self(&o);
    assert_int_equal(siam_owner_look(&o), SIAM_OWNER_ALIVE);
    o.started++; /* a later process has the number now */
    assert_int_equal(siam_owner_look(&o), SIAM_OWNER_GONE);
    const pid_t child = fork();
    if (!child)
        _exit(0);
    waitpid(child, NULL, 0);
    siam_owner_self(&o);
    o.pid = child;
    assert_int_equal(siam_owner_look(&o), SIAM_OWNER_GONE);
    assert_int_equal(siam_owner_look(&(siam_owner){0}), SIAM_OWNER_GONE);
    assert_int_equal(siam_owner_look(&(siam_owner){.pid = (long)getppid()}), SIAM_OWNER_ALIVE);
    o = elsewhere();
    assert_int_equal(siam_owner_look(&o), SIAM_OWNER_ELSEWHERE);
    siam_owner_self(&o);
    o.space++; /* another container */
    assert_int_equal(siam_owner_look(&o), SIAM_OWNER_ELSEWHERE);
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
    } rows[] = {{NFS, false, 0, true},  {NFS, false, 100, true},  {NFS, false, 130, false}, {NFS, false, -100, true},
                {NFS, true, 0, true},   {NFS, true, 5000, true},  {UNKNOWN, false, 0, true}, {UNKNOWN, true, 5000, true},
                {EXT4, false, 0, false}, {EXT4, true, 0, false}}; /* there flock is to be believed */
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
        const siam_code rc = open_run(&r);
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
        rmdir("r");
        close(ready[0]);
        close(ready[1]);
    }
    disk.lie = false;
    disk.type = 0;
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
                                       FOLDER_TEST(signs_of_life),
                                       FOLDER_TEST(space)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
