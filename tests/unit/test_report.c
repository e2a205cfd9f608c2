/* The run folder, metrics.jsonl and the console. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "base/format.h"
#include "report/metrics.h"
#include "report/progress.h"
#include "report/run_folder.h"

/* Each test works in an empty folder of its own. */
static char home[64];
static siam_folder here = {.fd = AT_FDCWD, .path = "."};

static int enter(void **state)
{
    (void)state;
    strcpy(home, "/tmp/siam-report-XXXXXX");
    return mkdtemp(home) && !chdir(home) ? 0 : -1;
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static int leave(void **state)
{
    (void)state;
    return chdir("/") || nftw(home, drop, 8, FTW_DEPTH | FTW_PHYS) ? -1 : 0;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static char *get(const char *path)
{
    char *text;
    size_t n;
    siam_err e = {0};
    if (siam_file_read(path, 1 << 20, &text, &n, &e))
        fail_msg("%s", e.msg);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

/* ---- formats ---- */

static void formats(void **state)
{
    (void)state;
    char b[32];
    const struct {
        double seconds;
        const char *text;
    } d[] = {{0, "0 s"},       {45.4, "45 s"},     {59.6, "1m00s"},           {725, "12m05s"},
             {11520, "3h12m"}, {359999, "99h59m"}, {360000 + 86400, "5d04h"}, {NAN, "?"},
             {-1, "?"},        {INFINITY, "?"}};
    for (size_t i = 0; i < sizeof d / sizeof *d; i++)
        assert_string_equal(siam_format_duration(b, sizeof b, d[i].seconds), d[i].text);
    assert_string_equal(siam_format_seconds(b, sizeof b, 23.14), "23.1 s");
    assert_string_equal(siam_format_seconds(b, sizeof b, 59.97), "1m00s");
    assert_string_equal(siam_format_bytes(b, sizeof b, 812), "812 B");
    assert_string_equal(siam_format_bytes(b, sizeof b, 5476083302u), "5.1 GiB");
    assert_string_equal(siam_format_bytes(b, sizeof b, (1 << 20) - 1), "1.0 MiB");
    assert_string_equal(siam_format_bytes(b, sizeof b, UINT64_MAX), "16 EiB");
    assert_string_equal(siam_format_bytes_short(b, sizeof b, 5476083302u), "5.1G");
    assert_string_equal(siam_format_count(b, sizeof b, 50000), "50,000");
    assert_string_equal(siam_format_count(b, sizeof b, 999), "999");
    assert_string_equal(siam_format_count(b, sizeof b, -1234567), "-1,234,567");
    assert_string_equal(siam_format_count(b, sizeof b, INT64_MIN), "-9,223,372,036,854,775,808");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.0299), ".0299");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.5), ".5");
    assert_string_equal(siam_format_rate(b, sizeof b, 1.2), "1.2");
    assert_string_equal(siam_format_rate(b, sizeof b, 0.0000049), "4.9e-06");
    assert_string_equal(siam_format_rate(b, sizeof b, 0), "0");
    assert_string_equal(siam_format_count(b, 4, 50000), "50,"); /* never beyond the buffer */
    assert_string_equal(siam_format_word(b, sizeof b, "runs/a-1.b"), "runs/a-1.b");
    assert_string_equal(siam_format_word(b, sizeof b, "my runs"), "'my runs'");
    assert_string_equal(siam_format_word(b, sizeof b, "it's"), "'it'\\''s'");
    assert_string_equal(siam_format_word(b, sizeof b, ""), "''");
    static const char *const long_ones[] = {"it's", "$(touch x)", "a;reboot", "a b c d e", "abcdefgh"};
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) /* they would not fit: no half of a command */
        assert_string_equal(siam_format_word(b, 8, long_ones[i]), "...");
    assert_string_equal(siam_format_word(b, 8, "abcdefg"), "abcdefg");
}

/* ---- run folder ---- */

static siam_run *open_run(const char *dir, bool resume)
{
    siam_run *r;
    siam_err e = {0};
    if (siam_run_open(&r, "train", dir, resume, &e))
        fail_msg("%s", e.msg);
    return r;
}

/* The run begins: what train.log and checkpoints/ are there from. */
static void begin(siam_run *r)
{
    siam_err e = {0};
    if (siam_run_begin(r, &(siam_run_info){0}, &e))
        fail_msg("%s", e.msg);
}

static void assert_open_fails(const char *dir, bool resume, siam_code code, const char *part)
{
    siam_run *r;
    siam_err e = {0};
    assert_int_equal(siam_run_open(&r, "train", dir, resume, &e), code);
    assert_null(r);
    assert_has(e.msg, part);
}

static void run_numbers(void **state)
{
    (void)state;
    mkdir("runs", 0777);
    mkdir("runs/train-0041", 0777);
    mkdir("runs/train-9x", 0777);
    siam_run *a = open_run("", false), *b = open_run("", false);
    put("runs/train-0043/plan.json", "{}");
    assert_null(siam_run_log(b));
    assert_string_equal(siam_run_dir(a), "runs/train-0042");
    assert_string_equal(siam_run_dir(b), "runs/train-0043");
    assert_int_equal(siam_run_write(a, "config.yaml", "x: 1\n", NULL), SIAM_OK);
    siam_run_close(&a);
    siam_run_close(&b);
    assert_true(siam_path_exists("runs/train-0042/config.yaml"));
    assert_false(siam_path_exists("runs/train-0043")); /* nothing began there */
    assert_open_fails("", true, SIAM_E_USAGE, "resuming needs the folder");
}

static void run_refusals(void **state)
{
    (void)state;
    assert_open_fails("none", true, SIAM_E_NOTFOUND, "'none' does not exist");
    assert_false(siam_path_exists("none"));
    mkdir("empty", 0777);
    assert_open_fails("empty", true, SIAM_E_NOTFOUND, "config.yaml is missing");
    put("file", "");
    assert_open_fails("file", false, SIAM_E_EXISTS, "a file of that name exists");

    siam_run *r = open_run("a/b/", false);
    assert_string_equal(siam_run_dir(r), "a/b");
    assert_false(siam_run_resumed(r));
    assert_open_fails("a/b", false, SIAM_E_EXISTS, "in use by another process (pid ");
    siam_run_write(r, "config.yaml", "x: 1\n", NULL);
    assert_open_fails("a/b", true, SIAM_E_EXISTS, "in use");
    siam_run_close(&r);
    siam_run_close(&r);

    siam_err e = {0};
    assert_int_equal(siam_run_open(&r, "train", "a/b", false, &e), SIAM_E_EXISTS);
    assert_has(e.msg, "already holds a run");
    assert_null(strstr(e.hint, "--resume")); /* it saved nothing that could be continued */
    mkdir("a/b/checkpoints", 0777);
    put("a/b/checkpoints/step-00000004.safetensors", "state");
    siam_err_clear(&e);
    assert_int_equal(siam_run_open(&r, "train", "a/b", false, &e), SIAM_E_EXISTS);
    assert_has(e.hint, "--out a/b --resume");
    put("a/b/checkpoints/.tmp-step-1", "half");
    put("a/b/.tmp-model.safetensors-77", "half");
    put("a/b/.tmp-of-mine", "keep");
    r = open_run("a/b", true);
    assert_true(siam_run_resumed(r));
    assert_true(siam_path_exists("a/b/checkpoints/.tmp-step-1")); /* not before the run goes on */
    begin(r);
    assert_false(siam_path_exists("a/b/checkpoints/.tmp-step-1"));
    assert_false(siam_path_exists("a/b/.tmp-model.safetensors-77"));
    assert_true(siam_path_exists("a/b/.tmp-of-mine"));
    siam_run_close(&r);
    assert_true(siam_path_exists("a/b/config.yaml"));
}

/* The lock dies with its process, however it dies. */
static void run_lock_dies(void **state)
{
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (!child) {
        siam_run *r;
        const char c = siam_run_open(&r, "train", "r", false, NULL) ? 'x' : 'k';
        if (write(ready[1], &c, 1) == 1)
            pause();
        _exit(1);
    }
    char c = 0;
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'k');
    assert_open_fails("r", false, SIAM_E_EXISTS, "in use");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    siam_run *r = open_run("r", false);
    siam_run_close(&r);
    close(ready[0]);
    close(ready[1]);
}

/* A folder with anything of the user's is not a new run's; what a killed process left of a run that did not begin is. */
static void run_wants_its_own_folder(void **state)
{
    (void)state;
    static const char *const theirs[] = {"notes.txt", "model.safetensors", "plan.json", "run.json", "train.log", ".lock",
                                         ".tmp-of-mine", "checkpoints", "skipped.csv", "metrics.jsonl"};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        char path[64], dir[32];
        snprintf(dir, sizeof dir, "mine%zu", i);
        snprintf(path, sizeof path, "%s/%s", dir, theirs[i]);
        mkdir(dir, 0777);
        put(path, "mine\n");
        assert_open_fails(dir, false, SIAM_E_EXISTS, "a new run wants one of its own");
        assert_open_fails(dir, false, SIAM_E_EXISTS, theirs[i]);
        char *text = get(path);
        assert_string_equal(text, "mine\n");
        free(text);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
    }
    assert_int_equal(mkdir("left", 0777) | mkdir("left/checkpoints", 0777), 0);
    put("left/.lock", "4711\n");
    put("left/.simsiam.lock", "4711");
    put("left/train.log", "");
    put("left/.tmp-config.yaml-4711", "half");
    siam_run *r = open_run("left", false);
    begin(r);
    assert_false(siam_path_exists("left/.tmp-config.yaml-4711"));
    siam_run_close(&r);
    put("left/train.log", "simsiam 0.1.0 on a machine\n"); /* of an earlier version, killed while it timed kernels */
    assert_int_equal(unlink("left/run.json"), 0);
    r = open_run("left", false);
    siam_run_close(&r);
    mkdir("left/checkpoints/more", 0777);
    assert_open_fails("left", false, SIAM_E_EXISTS, "'checkpoints' is in it");
}

/* The lock is never written into what is not one. */
static void run_locks(void **state)
{
    (void)state;
    static const char *const text[] = {"a key\n", "12 34\n", "-5\n", "4711\n\n", "12345678901234567890123456789012345"};
    assert_int_equal(mkdir("r", 0777), 0);
    put("r/config.yaml", "x: 1\n");
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        put("r/.simsiam.lock", text[i]);
        assert_open_fails("r", true, SIAM_E_EXISTS, "holds more than the number of a process");
        char *now = get("r/.simsiam.lock");
        assert_string_equal(now, text[i]);
        free(now);
    }
    put("r/.simsiam.lock", "123456\n");
    siam_run *r = open_run("r", true);
    char *now = get("r/.simsiam.lock");
    assert_string_equal(now, "123456\n"); /* nothing is written before the run goes on */
    free(now);
    begin(r);
    now = get("r/.simsiam.lock");
    assert_int_equal(strtol(now, NULL, 10), getpid());
    free(now);
    siam_run_close(&r);

    /* of earlier versions: held, it counts; of another program, it is left alone */
    assert_int_equal(unlink("r/.simsiam.lock"), 0);
    put("r/.lock", "1\n");
    const int fd = open("r/.lock", O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_open_fails("r", true, SIAM_E_EXISTS, "in use by another process (pid 1)");
    assert_false(siam_path_exists("r/.simsiam.lock"));
    put("r/.lock", "theirs\n");
    r = open_run("r", true);
    siam_run_close(&r);
    close(fd);
    now = get("r/.lock");
    assert_string_equal(now, "theirs\n");
    free(now);
    assert_false(siam_path_exists("r/.simsiam.lock")); /* this resume came to nothing */
}

static bool no_locks; /* the file system has none */
int flock(int fd, int how)
{
    static const int why[] = {ENOLCK, EOPNOTSUPP, ENOSYS};
    static int k;
    if (!no_locks)
        return (int)syscall(SYS_flock, fd, how);
    errno = why[k++ % 3];
    return -1;
}

static void run_without_locks(void **state)
{
    (void)state;
    siam_run *r = open_run("locked", false);
    assert_false(siam_run_unlocked(r));
    siam_run_close(&r);
    no_locks = true;
    for (int i = 0; i < 3; i++) {
        r = open_run("unlocked", false);
        assert_true(siam_run_unlocked(r));
        siam_run_close(&r);
    }
    no_locks = false;
}

static void run_json(void **state)
{
    (void)state;
    const char *argv[] = {"simsiam", "train", "caf\xe9"};
    const siam_run_fact lib[] = {{"oneDNN", "2.6.0"}}, fact[] = {{"seed", "7"}};
    const siam_run_info info = {3, argv, 2, lib, 1, fact, 1};
    siam_err e = {0};
    for (int session = 0; session < 3; session++) {
        siam_run *r = open_run("r", session > 0);
        assert_int_equal(siam_run_finish(r, 9, &e), SIAM_OK); /* before begin: nothing */
        assert_int_equal(siam_run_write(r, "config.yaml", "x: 1\n", &e), SIAM_OK);
        assert_int_equal(siam_run_begin(r, &info, &e), SIAM_OK);
        if (session < 2)
            assert_int_equal(siam_run_finish(r, 130 + session, &e), SIAM_OK);
        siam_run_close(&r);
    }
    json_t *j;
    assert_int_equal(siam_json_read(&j, "r/run.json", 1 << 20, &e), SIAM_OK);
    assert_string_equal(json_string_value(json_array_get(json_object_get(j, "argv"), 2)), "caf?");
    assert_string_equal(json_string_value(json_object_get(json_object_get(j, "libraries"), "oneDNN")),
                        "2.6.0");
    assert_string_equal(json_string_value(json_object_get(j, "seed")), "7");
    assert_int_equal(json_integer_value(json_object_get(j, "threads")), 2);
    assert_int_equal(strlen(json_string_value(json_object_get(j, "started"))), 20);
    assert_null(json_object_get(j, "exit_code")); /* still running */
    const json_t *earlier = json_object_get(j, "earlier");
    assert_int_equal(json_array_size(earlier), 2);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(earlier, 0), "exit_code")), 130);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(earlier, 1), "exit_code")), 131);
    assert_non_null(json_object_get(json_array_get(earlier, 1), "ended"));
    json_decref(j);
    put("r/run.json", "{torn"); /* not worth losing the run for */
    siam_run *r = open_run("r", true);
    assert_int_equal(siam_run_begin(r, &info, &e), SIAM_OK);
    siam_run_close(&r);
}

/* A checkpoint here is a file that says "good" or not. */
static siam_code try_open(void *user, const char *path, siam_err *e)
{
    char *text;
    size_t n;
    (void)user;
    siam_code rc = siam_file_read(path, 100, &text, &n, e);
    if (rc)
        return rc;
    if (!strcmp(text, "memory"))
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory");
    else if (strcmp(text, "good"))
        rc = siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged", path);
    free(text);
    return rc;
}

static char warning[8192];
static void warn(void *user, const char *text)
{
    (void)user;
    snprintf(warning, sizeof warning, "%s", text);
}

static void save(siam_run *r, int64_t step, int keep)
{
    char path[256];
    siam_err e = {0};
    assert_true(siam_run_checkpoint_path(r, step, path, sizeof path));
    put(path, "good");
    if (siam_run_checkpoint_commit(r, step, keep, &e))
        fail_msg("%s", e.msg);
}

static siam_code find(siam_run *r, char path[256], siam_err *e)
{
    warning[0] = '\0';
    *e = (siam_err){0};
    return siam_run_checkpoint_find(r, try_open, warn, NULL, path, 256, e);
}

#define STEP(n) "r/checkpoints/step-000000" #n ".safetensors"

static void checkpoints_kept(void **state)
{
    (void)state;
    siam_run *r = open_run("r", false);
    begin(r);
    for (int s = 10; s <= 50; s += 10)
        save(r, s, 3);
    assert_false(siam_path_exists(STEP(20)));
    assert_true(siam_path_exists(STEP(30)) && siam_path_exists(STEP(40)) && siam_path_exists(STEP(50)));
    char *last = get("r/checkpoints/last");
    assert_string_equal(last, "step-00000050.safetensors\n");
    free(last);
    save(r, 60, 1); /* keeps two: the newest may turn out to be damaged */
    assert_true(siam_path_exists(STEP(50)) && siam_path_exists(STEP(60)));
    assert_false(siam_path_exists(STEP(40)));
    siam_err e = {0};
    assert_int_equal(siam_run_checkpoint_commit(r, 70, 3, &e), SIAM_E_BUG);
    char small[8];
    assert_false(siam_run_checkpoint_path(r, 70, small, sizeof small));
    siam_run_close(&r);
}

/* After a resume from the last good one, damaged files do not push it out. */
static void checkpoints_kept_after_resume(void **state)
{
    (void)state;
    char path[256];
    siam_err e;
    siam_run *r = open_run("r", false);
    siam_run_write(r, "config.yaml", "", NULL);
    begin(r);
    for (int s = 10; s <= 40; s += 10)
        save(r, s, 4);
    siam_run_close(&r);
    put(STEP(40), "bad");
    put(STEP(30), "bad");
    r = open_run("r", true);
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(20));
    save(r, 35, 1);
    assert_true(siam_path_exists(STEP(35)) && siam_path_exists(STEP(20)));
    assert_false(siam_path_exists(STEP(30)));
    assert_false(siam_path_exists(STEP(10)));
    assert_true(siam_path_exists(STEP(40))); /* will be overwritten at step 40 */
    siam_run_close(&r);
    r = open_run("r", true);
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(35));
    assert_string_equal(warning, "");
    siam_run_close(&r);
}

static void checkpoints_found(void **state)
{
    (void)state;
    char path[256];
    siam_err e;
    siam_run *r = open_run("r", false);
    assert_int_equal(find(r, path, &e), SIAM_E_NOTFOUND);
    assert_has(e.msg, "run 'r' has no checkpoint");
    begin(r);
    for (int s = 10; s <= 30; s += 10)
        save(r, s, 9);
    put("r/checkpoints/step-99.safetensors", "good"); /* not names of ours */
    put("r/checkpoints/step-00000099.safetensors.bak", "good");
    put("r/checkpoints/step-0000000000000000099.safetensors", "good");
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(30));
    assert_string_equal(warning, "");

    put("r/checkpoints/last", "step-00000020.safetensors\n"); /* the pointer decides */
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(20));
    put("r/checkpoints/last", "../../../etc/passwd"); /* but only to a name of ours */
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(30));
    unlink("r/checkpoints/last");
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(30));

    put("r/checkpoints/last", "step-00000030.safetensors\n");
    put(STEP(30), "bad");
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(20));
    assert_has(warning, STEP(30));
    assert_has(warning, "step 20, verified, is used instead of 30");
    unlink(STEP(30)); /* the pointer's file is gone */
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(20));
    assert_has(warning, STEP(30));

    put(STEP(20), "memory"); /* not the file's fault: no older one is tried */
    assert_int_equal(find(r, path, &e), SIAM_E_NOMEM);
    assert_has(e.msg, "out of memory");
    put(STEP(20), "bad");
    put(STEP(10), "bad");
    assert_int_equal(find(r, path, &e), SIAM_E_DATA);
    assert_has(e.msg, "none of the 3 checkpoints");
    siam_run_close(&r);
}

/* ---- metrics ---- */

static siam_metrics_row step_row(int64_t step)
{
    return (siam_metrics_row){.kind = "step",
                              .epoch = 1,
                              .step = step,
                              .loss = -0.5,
                              .z_std_ratio = 0.98,
                              .z_rank = NAN,
                              .lr = 0.03,
                              .images_per_s = 1843,
                              .data_wait = 0,
                              .knn_top1 = NAN, .top1 = NAN, .top5 = NAN,
                              .seconds = INFINITY};
}

static void metrics_rows(void **state)
{
    (void)state;
    siam_metrics *m;
    siam_err e = {0};
    put("m", "old\n");
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    siam_metrics_row row = step_row(7);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    char *text = get("m"); /* there before close */
    assert_string_equal(text, "{\"kind\":\"step\",\"epoch\":1,\"step\":7,\"loss\":-0.5,\"z_std_ratio\":0.98,"
                              "\"lr\":0.03,\"images_per_s\":1843.0,\"data_wait\":0.0}\n");
    free(text);
    row.kind = "epoch";
    row.z_rank = 412.5;
    row.knn_top1 = 0.4092;
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    siam_metrics_close(&m);
    siam_metrics_close(&m);
    text = get("m");
    assert_has(text, "\"kind\":\"epoch\"");
    assert_has(text, "\"z_rank\":412.5");
    assert_has(text, "\"knn_top1\":0.4092}");
    free(text);
    assert_int_equal(siam_metrics_open(&m, &here, "none/m", -1, 0, &e), SIAM_E_NOTFOUND);
    assert_null(m);
}

static void metrics_resume(void **state)
{
    (void)state;
    siam_metrics *m;
    siam_err e = {0};
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    for (int64_t s = 1; s <= 6; s++) {
        siam_metrics_row row = step_row(s);
        assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
        row.kind = "epoch"; /* of an epoch that step 4 ended, but that was not measured by the time of the
                               checkpoint */
        if (s == 4)
            assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    }
    siam_metrics_close(&m);
    FILE *f = fopen("m", "a");
    fputs("{\"kind\":\"step\",\"epoch\":1,\"step\":3,\"lo", f); /* torn by a crash */
    fclose(f);
    assert_int_equal(siam_metrics_open(&m, &here, "m", 4, 0, &e), SIAM_OK);
    siam_metrics_row row = step_row(5);
    assert_int_equal(siam_metrics_append(m, &row, &e), SIAM_OK);
    siam_metrics_close(&m);
    f = fopen("m", "r");
    char line[512];
    for (int s = 1; s <= 5; s++) {
        char want[32];
        snprintf(want, sizeof want, "\"step\":%d,", s);
        assert_non_null(fgets(line, sizeof line, f));
        assert_has(line, want);
    }
    assert_null(fgets(line, sizeof line, f));
    fclose(f);
    assert_int_equal(siam_metrics_open(&m, &here, "new", 4, 0, &e), SIAM_OK); /* no file yet */
    siam_metrics_close(&m);
    /* a line without an end, and one that is longer than any of ours */
    char *filler = malloc(1 << 20);
    memset(filler, '7', 1 << 20);
    f = fopen("m", "a");
    fwrite(filler, 1, 1 << 20, f);
    fputs("\n{\"kind\":\"step\",\"epoch\":1,\"step\":2}\n", f);
    fwrite(filler, 1, 1 << 20, f);
    fclose(f);
    free(filler);
    assert_int_equal(siam_metrics_open(&m, &here, "m", 4, 0, &e), SIAM_OK);
    siam_metrics_close(&m);
    char *text = get("m");
    assert_has(text, "\"step\":2}\n");
    assert_true(strlen(text) < 4096);
    free(text);

    const struct rlimit full = {0, RLIM_INFINITY};
    assert_int_equal(siam_metrics_open(&m, &here, "m", -1, 0, &e), SIAM_OK);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    const siam_code rc = siam_metrics_append(m, &row, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(rc, SIAM_E_IO);
    assert_has(e.msg, "./m'");
    siam_metrics_close(&m);
}

/* ---- console ---- */

static double fake_time;
static double fake_clock(void *user)
{
    (void)user;
    return fake_time;
}

static siam_progress_state at_step(int64_t step, int64_t steps)
{
    return (siam_progress_state){.epoch = 12,
                                 .epochs = 800,
                                 .step = step,
                                 .steps = steps,
                                 .batch = 73,
                                 .batches = 100,
                                 .loss = -0.8312,
                                 .z_std_ratio = 0.98,
                                 .lr = 0.0299,
                                 .images_per_s = 1843.2,
                                 .data_wait = 0.02};
}

typedef struct console {
    siam_progress *p;
    FILE *out, *log;
    char *text, *logged;
    size_t n, nlogged;
} console;

static void console_open(console *c, int terminal, int columns)
{
    siam_err e = {0};
    fake_time = 1000;
    c->out = open_memstream(&c->text, &c->n);
    c->log = open_memstream(&c->logged, &c->nlogged);
    const siam_progress_cfg cfg = {
        .out = c->out, .log = c->log, .terminal = terminal, .columns = columns, .clock = fake_clock};
    assert_int_equal(siam_progress_create(&c->p, &cfg, &e), SIAM_OK);
}

static void console_close(console *c)
{
    siam_progress_destroy(&c->p);
    fclose(c->out);
    fclose(c->log);
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

static void plain_lines(void **state)
{
    (void)state;
    console c;
    console_open(&c, -1, 0);
    for (int64_t s = 1; s <= 10000; s++, fake_time += 0.1) {
        const siam_progress_state st = at_step(s, 10000);
        siam_progress_step(c.p, &st);
    }
    siam_progress_note(c.p, "evil \x1b[2J \xc2\x9b name\ttab\nline\r\n \xff \xe2\x80\xa8""end %s", "caf\xc3\xa9");
    console_close(&c);
    assert_int_equal(count(c.text, "step 3/10000  loss -0.831  std 0.98x  lr .0299  1843 img/s  io 2%"), 1);
    assert_has(c.text, "step 1/10000");
    assert_int_equal(count(c.text, "\n"), 5 + 33 + 1); /* 1000 s: the first five, then one per 30 s */
    assert_has(c.text, "evil ?[2J ? name tab line?  ? ?end caf\xc3\xa9\n");
    assert_null(strchr(c.text, '\x1b'));
    assert_null(strchr(c.text, '\r'));
    assert_string_equal(c.text, c.logged);
    free(c.text);
    free(c.logged);

    console_open(&c, -1, 0); /* slow steps: bounded by progress, too */
    for (int64_t s = 1; s <= 1000; s++, fake_time += 31) {
        const siam_progress_state st = at_step(s, 1000);
        siam_progress_step(c.p, &st);
    }
    console_close(&c);
    assert_int_equal(count(c.text, "\n"), 5 + 99);
    free(c.text);
    free(c.logged);
}

static int columns_used(const char *s)
{
    int n = 0;
    for (; *s && *s != '\r'; s++) {
        if (*s == '\x1b')
            s += strcspn(s, "mK");
        else
            n += (*s & 0xc0) != 0x80;
    }
    return n;
}

static void terminal_line(void **state)
{
    (void)state;
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("NO_COLOR", "1", 1);
    for (int columns = 20; columns <= 140; columns++) {
        console c;
        console_open(&c, 1, columns);
        siam_progress_state st = at_step(1, 100000);
        siam_progress_step(c.p, &st);
        fake_time += 1.2;
        st = at_step(101, 100000);
        siam_progress_step(c.p, &st);
        fflush(c.out);
        const char *last = strrchr(c.text, '\r') + 1;
        if (columns_used(last) >= columns)
            fail_msg("%d columns: %s", columns, last);
        assert_has(last, "epoch  12/800");
        if (columns >= 40)
            assert_has(last, "eta 19m59s");
        if (columns >= 80) {
            assert_has(last, "73%");
            assert_has(last, "loss -0.831");
            assert_has(last, "std 0.98x");
            assert_has(last, "lr .0299");
            assert_has(last, "1843 img/s");
            assert_has(last, "io 2%");
        }
        if (columns >= 120)
            assert_has(last, "\u2501\u2501\u2501\u2501\u2578\u2500");
        console_close(&c);
        assert_int_equal(columns_used(strrchr(c.text, '\r') + 1), 0); /* nothing is left behind */
        assert_null(strchr(c.logged, '\x1b'));
        free(c.text);
        free(c.logged);
    }
}

static void terminal_rate(void **state)
{
    (void)state;
    unsetenv("NO_COLOR");
    setenv("LC_ALL", "C", 1);
    console c;
    console_open(&c, 1, 140);
    for (int64_t s = 1; s <= 1000; s++, fake_time += 0.01) {
        siam_progress_state st = at_step(s, 1000);
        st.data_wait = 0.34;
        siam_progress_step(c.p, &st);
    }
    siam_progress_note(c.p, "hello");
    fflush(c.out);
    const int drawn = count(c.text, "\repoch");
    assert_in_range(drawn, 90, 101); /* 10 s at 10 Hz */
    assert_has(c.text, "\x1b[33mio 34%\x1b[0m");
    assert_has(c.text, "===>--");
    assert_int_equal(count(c.text, "waiting for data 34 %"), 1);
    assert_has(c.text, "\r\x1b[Khello\n");
    console_close(&c);
    assert_int_equal(count(c.logged, "\n"), 5 + 1 + 1); /* steps, the advice, the note */
    free(c.text);
    free(c.logged);
}

static void terminal_detection(void **state)
{
    (void)state;
    siam_err e = {0};
    FILE *f = tmpfile(); /* not a terminal */
    const siam_progress_cfg cfg = {.out = f, .clock = fake_clock};
    siam_progress *p;
    setenv("TERM", "xterm", 1);
    assert_int_equal(siam_progress_create(&p, &cfg, &e), SIAM_OK);
    const siam_progress_state st = at_step(1, 10);
    siam_progress_step(p, &st);
    siam_progress_destroy(&p);
    siam_progress_destroy(&p);
    rewind(f);
    char line[512] = "";
    assert_non_null(fgets(line, sizeof line, f));
    assert_null(strpbrk(line, "\x1b\r"));
    fclose(f);
    siam_progress_note(NULL, "nobody listens");
    const siam_progress_cfg silent = {.out = NULL};
    assert_int_equal(siam_progress_create(&p, &silent, &e), SIAM_OK);
    siam_progress_step(p, &st);
    siam_progress_note(p, "x");
    siam_progress_destroy(&p);
}

static void epoch_lines(void **state)
{
    (void)state;
    console c;
    console_open(&c, 1, 80);
    siam_progress_epoch_state s = {.row = {.kind = "epoch",
                                           .epoch = 12,
                                           .step = 1176,
                                           .loss = -0.83124,
                                           .z_std_ratio = 0.981,
                                           .z_rank = 411.7,
                                           .lr = 0.03,
                                           .images_per_s = 1843.4,
                                           .data_wait = NAN,
                                           .knn_top1 = 0.7131, .top1 = NAN, .top5 = NAN,
                                           .seconds = 300},
                                   .epochs = 800,
                                   .seconds = 23.08,
                                   .dim = 2048,
                                   .best_knn = 0.716,
                                   .best_epoch = 10,
                                   .bank = 50000};
    const siam_progress_state st = at_step(1176, 78400);
    siam_progress_step(c.p, &st);
    siam_progress_epoch(c.p, &s);
    fflush(c.out);
    assert_has(c.text,
               "\r\x1b[Kepoch  12  loss -0.8312  std 0.98x  rank 412/2048  kNN 71.3 % (best 71.6 @10; bank "
               "50,000)  23.1 s  1843 img/s\n");
    s.row.knn_top1 = s.row.z_rank = NAN;
    s.row.epoch = 13;
    siam_progress_epoch(c.p, &s);
    fflush(c.out);
    assert_has(c.text, "epoch  13  loss -0.8312  std 0.98x  23.1 s  1843 img/s\n");
    console_close(&c);
    free(c.text);
    free(c.logged);

    console_open(&c, -1, 0); /* every epoch to 1000, then one per 30 s and the last */
    s.epochs = 100000;
    for (int64_t k = 1; k <= s.epochs; k++, fake_time += 0.01) {
        s.row.epoch = k;
        siam_progress_epoch(c.p, &s);
    }
    console_close(&c);
    assert_in_range(count(c.text, "\n"), 1000 + 30, 1000 + 36);
    assert_has(c.text, "epoch 100000  loss");
    free(c.text);
    free(c.logged);
}

/* Lines from before there is a log come first in it; they go nowhere when there never is one. */
static void log_later(void **state)
{
    (void)state;
    siam_err e = {0};
    char *text = NULL;
    size_t n;
    siam_progress *p;
    const siam_progress_cfg cfg = {.log_later = true};
    for (int has_log = 0; has_log < 2; has_log++) {
        FILE *log = open_memstream(&text, &n);
        assert_int_equal(siam_progress_create(&p, &cfg, &e), SIAM_OK);
        siam_progress_note(p, "one");
        siam_progress_note(p, "two");
        if (has_log) {
            siam_progress_log(p, log);
            siam_progress_note(p, "three");
        }
        siam_progress_destroy(&p);
        fclose(log);
        assert_string_equal(text, has_log ? "one\ntwo\nthree\n" : "");
        free(text);
    }
}

/* A pipe named as one of our files must be refused, not waited for. */
static void pipes_are_refused(void **state)
{
    (void)state;
    siam_err e = {0};
    siam_metrics *m;
    siam_run *r;
    assert_int_equal(mkfifo("metrics.jsonl", 0600), 0);
    assert_int_not_equal(siam_metrics_open(&m, &here, "metrics.jsonl", 3, 0, &e), SIAM_OK);
    assert_has(e.msg, "metrics.jsonl");
    assert_int_not_equal(siam_metrics_open(&m, &here, "metrics.jsonl", -1, 0, NULL), SIAM_OK);
    assert_int_equal(mkdir("run", 0700), 0);
    assert_int_equal(mkfifo("run/train.log", 0600), 0);
    siam_err_clear(&e);
    assert_int_not_equal(siam_run_open(&r, "train", "run", false, &e), SIAM_OK);
    assert_has(e.msg, "train.log");
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        FOLDER_TEST(run_numbers),
        FOLDER_TEST(run_refusals),
        FOLDER_TEST(run_lock_dies),
        FOLDER_TEST(run_wants_its_own_folder),
        FOLDER_TEST(run_locks),
        FOLDER_TEST(run_without_locks),
        FOLDER_TEST(run_json),
        FOLDER_TEST(checkpoints_kept),
        FOLDER_TEST(checkpoints_kept_after_resume),
        FOLDER_TEST(checkpoints_found),
        FOLDER_TEST(metrics_rows),
        FOLDER_TEST(metrics_resume),
        FOLDER_TEST(pipes_are_refused),
        cmocka_unit_test(plain_lines),
        cmocka_unit_test(log_later),
        cmocka_unit_test(terminal_line),
        cmocka_unit_test(terminal_rate),
        cmocka_unit_test(terminal_detection),
        cmocka_unit_test(epoch_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
