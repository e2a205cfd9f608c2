/* Run folders: who may use one, what is written when, which checkpoints are kept. */
#include "run_case.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/json.h"
#include "report/run_folder.h"

/* Make `kind` of thing under a name of the folder "f"; what links lead to is outside. */
enum { LINK, DANGLING, LOOP, HARD, PIPE, SOCKET, DEVICE, FOLDER, FOREIGN, KINDS };
static const siam_named named[] = {SIAM_NAMED_COPY,  SIAM_NAMED_OTHER, SIAM_NAMED_OTHER,  SIAM_NAMED_COPY, SIAM_NAMED_OTHER,
                                   SIAM_NAMED_OTHER, SIAM_NAMED_OTHER, SIAM_NAMED_FOLDER, SIAM_NAMED_COPY};

static bool plant(const char *path, int kind)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    put("outside", "precious");
    switch (kind) {
    case LINK: return !symlink("../outside", path);
    case DANGLING: return !symlink("../new", path);
    case LOOP: return !symlink(strchr(path, '/') + 1, path);
    case HARD: return !link("outside", path);
    case PIPE: return !mkfifo(path, 0600);
    case SOCKET: {
        const int s = socket(AF_UNIX, SOCK_STREAM, 0);
        strcpy(a.sun_path, path);
        const bool bound = !bind(s, (struct sockaddr *)&a, sizeof a);
        close(s);
        return bound;
    }
    case DEVICE: return !symlink("/dev/null", path);
    case FOLDER: return !mkdir(path, 0777);
    default: put(path, "theirs"); return !chown(path, 12345, (gid_t)-1); /* root only */
    }
}

/* Nothing but plain files of ours is opened, nothing waits, and what is replaced is the name and not what it leads to. */
static void folder_names(void **state)
{
    (void)state;
    siam_folder f, below;
    siam_err e = {0};
    siam_atomic a;
    FILE *s;
    char *text;
    size_t n;
    assert_int_equal(mkdir("f", 0777), 0);
    assert_int_equal(siam_folder_open(&f, "f", &e), SIAM_OK);
    assert_int_equal(siam_folder_named(&f, "x", NULL), SIAM_NAMED_NOTHING);
    assert_int_equal(siam_folder_read(&f, "x", 9, &text, &n, NULL), SIAM_E_NOTFOUND);
    for (int k = 0; k < KINDS; k++) {
        if (!plant("f/x", k)) {
            unlink("f/x");
            continue;
        }
        const char *what;
        assert_int_equal(siam_folder_named(&f, "x", &what), named[k]);
        for (const char *mode = "rwa"; *mode; mode++) {
            siam_err_clear(&e);
            assert_int_equal(siam_folder_stream(&s, &f, "x", *mode, &e), SIAM_E_DATA);
            assert_has(e.msg, what);
            assert_has(e.msg, "'f/x'");
        }
        assert_int_equal(siam_folder_read(&f, "x", 9, &text, &n, NULL), SIAM_E_DATA);
        if (k != FOLDER)
            assert_int_not_equal(siam_folder_enter(&below, &f, "x", true, NULL), SIAM_OK);
        const siam_code rc = siam_folder_write(&f, "x", "ours", 4, NULL);
        assert_int_equal(rc, k == PIPE || k == SOCKET || k == FOLDER ? SIAM_E_EXISTS : SIAM_OK);
        text = get("outside");
        assert_string_equal(text, "precious");
        free(text);
        assert_false(siam_path_exists("new"));
        assert_int_equal(remove("f/x"), 0);
        assert_int_equal(unlink("outside"), 0);
    }
    /* what was opened stays what it is, whatever the path leads to by then */
    assert_int_equal(siam_folder_enter(&below, &f, "below", true, &e), SIAM_OK);
    assert_int_equal(siam_folder_atomic(&a, &below, "y", &e), SIAM_OK);
    assert_int_equal(mkdir("trap", 0777), 0);
    assert_int_equal(rename("f/below", "f/moved"), 0);
    assert_int_equal(symlink("../trap", "f/below"), 0);
    assert_int_equal(siam_atomic_finish(&a, "ours", 4, &e), SIAM_OK);
    assert_int_equal(siam_folder_write(&below, "z", "ours", 4, &e), SIAM_OK);
    assert_int_equal(siam_folder_stream(&s, &below, "log", 'a', &e), SIAM_OK);
    fclose(s);
    assert_int_equal(rmdir("trap"), 0); /* is empty */
    assert_true(siam_path_exists("f/moved/y") && siam_path_exists("f/moved/z") && siam_path_exists("f/moved/log"));
    assert_int_equal(siam_folder_read(&below, "y", 3, &text, &n, NULL), SIAM_E_DATA); /* too large */
    assert_int_equal(siam_folder_read(&below, "y", 4, &text, &n, NULL), SIAM_OK);
    assert_string_equal(text, "ours");
    free(text);
    siam_folder_close(&below);
    siam_folder_close(&f);
    siam_folder_close(&f);
}

/* A file that replaces another is for the same people; a new one for those that umask says. */
static void modes_are_kept(void **state)
{
    (void)state;
    static const mode_t mode[] = {0600, 0640, 0644, 0664, 0666, 0444, 0400, 0755, 06755}, mask[] = {022, 077, 002};
    siam_folder f;
    siam_err e = {0};
    struct stat st;
    assert_int_equal(siam_folder_open(&f, ".", &e), SIAM_OK);
    for (size_t i = 0; i < 3 * sizeof mode / sizeof *mode; i++) {
        const mode_t before = umask(mask[i % 3]), want = mode[i / 3];
        put("old", "old");
        assert_int_equal(chmod("old", want), 0);
        const bool given = !chown("old", i % 2 ? 12345 : (uid_t)-1, 23456); /* root may */
        assert_int_equal(chmod("old", want), 0);
        assert_int_equal(i & 1 ? siam_file_write_atomic("old", "new", 3, &e) : siam_folder_write(&f, "old", "new", 3, &e),
                         SIAM_OK);
        assert_int_equal(stat("old", &st), 0);
        assert_int_equal(st.st_mode & 07777, want & 0777); /* never what runs as somebody else */
        assert_int_equal(st.st_size, 3);
        if (given)
            assert_int_equal(st.st_gid, 23456);
        unlink("fresh");
        assert_int_equal(siam_file_write_atomic("fresh", "new", 3, &e), SIAM_OK);
        assert_int_equal(stat("fresh", &st), 0);
        assert_int_equal(st.st_mode & 0777, 0666 & ~mask[i % 3]);
        umask(before);
        unlink("old");
    }
    siam_folder_close(&f);
}

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
    mkdir("runs/train-9x", 0777); /* these are no numbers of ours */
    mkdir("runs/train-0091-old", 0777);
    mkdir("runs/train-0092.bak", 0777);
    mkdir("runs/train--93", 0777);
    mkdir("runs/train- 94", 0777);
    mkdir("runs/train-123456789012", 0777);
    mkdir("runs/linear-0095", 0777);
    siam_run *a = open_run("", false), *b = open_run("", false);
    put("runs/train-0043/tuning.json", "{}");
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
    for (int i = 0; i < 2; i++) { /* it saved nothing that could be continued: it begins again */
        r = open_run("a/b", i);
        assert_true(siam_run_unsaved(r));
        siam_run_close(&r);
        assert_true(siam_path_exists("a/b/config.yaml"));
    }
    static const char *const saved[] = {"a/b/model.safetensors", "a/b/model-last.safetensors", "a/b/checkpoints/last"};
    mkdir("a/b/checkpoints", 0777);
    for (int i = 0; i < 3; i++) {
        put(saved[i], "of a run that did");
        assert_int_equal(siam_run_open(&r, "train", "a/b", false, &e), SIAM_E_EXISTS);
        assert_has(e.msg, "already holds a run");
        assert_null(strstr(e.hint, "--resume"));
        siam_err_clear(&e);
        r = open_run("a/b", true);
        assert_false(siam_run_unsaved(r));
        siam_run_close(&r);
        unlink(saved[i]);
    }
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

/* What may be begun again is a run that says itself that it saved nothing: not one whose files were moved away, and not a folder
 * with somebody's config.yaml. */
static void only_the_unsaved_begin_again(void **state)
{
    (void)state;
    static const struct {
        const char *run_json; /* or NULL */
        bool lock, rows, begins;
    } rows_[] = {{"{\"saved\": false}", true, true, true},  {"{\"saved\": true}", true, true, false}, {"{}", true, true, false},
                 {"{torn", true, true, false},             {NULL, true, false, true},              {NULL, false, false, false},
                 {NULL, true, true, false},                {"{\"saved\": false}", false, true, true}};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++)
        for (int resume = 0; resume < 2; resume++) {
            siam_run *r;
            siam_err e = {0};
            mkdir("u", 0777);
            put("u/config.yaml", "# mine\n");
            if (rows_[i].run_json)
                put("u/run.json", rows_[i].run_json);
            if (rows_[i].lock)
                put("u/.simsiam.lock", "");
            if (rows_[i].rows)
                put("u/metrics.jsonl", "{}\n");
            const siam_code rc = siam_run_open(&r, "train", "u", resume, &e);
            const bool begins = rows_[i].begins || (resume && !rows_[i].run_json && !rows_[i].rows);
            if (resume ? rc || siam_run_unsaved(r) != begins : (rc == SIAM_OK) != begins)
                fail_msg("row %zu, resume %d: %d, %s", i, resume, (int)rc, e.msg);
            siam_run_close(&r);
            char *text = get("u/config.yaml");
            assert_string_equal(text, "# mine\n");
            free(text);
            nftw("u", drop, 8, FTW_DEPTH | FTW_PHYS);
        }
    /* saved: at the first commit, and for ever */
    siam_err e = {0};
    siam_run *r = open_run("s", false);
    siam_run_write(r, "config.yaml", "x: 1\n", NULL);
    begin(r);
    char *text = get("s/run.json");
    assert_has(text, "\"saved\": false");
    free(text);
    assert_int_equal(siam_run_saved(r, &e), SIAM_OK);
    siam_run_close(&r);
    for (int i = 0; i < 2; i++) {
        text = get("s/run.json");
        assert_has(text, "\"saved\": true");
        free(text);
        r = open_run("s", true);
        begin(r);
        siam_run_close(&r);
    }
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
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* where the test ends early */
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
    static const char *const theirs[] = {"notes.txt", "model.safetensors", "tuning.json", "run.json", "train.log", ".lock",
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

static bool no_locks;                /* the file system has none */
static void (*before_locking)(void); /* what another process does between the opening of a file and its lock */
int flock(int fd, int how)
{
    static const int why[] = {ENOLCK, EOPNOTSUPP, ENOSYS};
    static int k;
    if (before_locking)
        before_locking();
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

static int changes; /* of the lock's name that are left */

static void lock_removed(void)
{
    if (changes-- > 0)
        assert_int_equal(unlink("r/.simsiam.lock"), 0);
}

static void lock_made_anew(void)
{
    if (changes-- > 0) {
        put("r/other", "");
        assert_int_equal(rename("r/other", "r/.simsiam.lock"), 0);
    }
}

/* A process that ends may take its file along just before it is locked: the lock that counts is that of the file which has
 * the name. Else two processes would each hold one of two files. */
static void run_locks_what_has_the_name(void **state)
{
    (void)state;
    static const struct {
        void (*before)(void);
        int times;
    } rows[] = {{lock_removed, 1}, {lock_removed, 3}, {lock_made_anew, 1}, {lock_made_anew, 2}, {lock_made_anew, 50}};
    assert_int_equal(mkdir("r", 0777), 0);
    put("r/config.yaml", "x: 1\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        before_locking = rows[i].before;
        changes = rows[i].times;
        siam_run *r = open_run("r", true);
        before_locking = NULL;
        const int fd = open("r/.simsiam.lock", O_RDWR);
        assert_true(fd >= 0);
        assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
        assert_int_equal(errno, EWOULDBLOCK);
        close(fd);
        assert_open_fails("r", true, SIAM_E_EXISTS, "in use");
        siam_run_close(&r);
    }
    before_locking = lock_made_anew; /* without end */
    changes = 1 << 20;
    assert_open_fails("r", true, SIAM_E_IO, "it does not stay");
    before_locking = NULL;
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
    else if (!strcmp(text, "unreadable"))
        rc = siam_fail(e, SIAM_E_IO, "cannot read '%s'", path);
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

/* What lies behind the step of a resume counts for nothing: it is not removed, and nothing is removed for it. */
static void later_checkpoints_do_not_count(void **state)
{
    (void)state;
    for (int keep = 1; keep <= 4; keep++) {
        char path[256];
        siam_err e;
        siam_run *r = open_run("r", false);
        siam_run_write(r, "config.yaml", "", NULL);
        begin(r);
        for (int s = 10; s <= 80; s += 10)
            save(r, s, 9);
        put("r/checkpoints/last", "step-00000040.safetensors\n");
        siam_run_close(&r);
        r = open_run("r", true);
        assert_int_equal(find(r, path, &e), SIAM_OK);
        assert_string_equal(path, STEP(40));
        save(r, 45, keep);
        assert_true(siam_path_exists(STEP(80)) && siam_path_exists(STEP(70)) && siam_path_exists(STEP(60)) &&
                    siam_path_exists(STEP(50)));
        assert_true(siam_path_exists(STEP(45)) && siam_path_exists(STEP(40))); /* the two that are known to be good */
        assert_int_equal(siam_path_exists(STEP(30)), keep >= 3);
        assert_int_equal(siam_path_exists(STEP(20)), keep >= 4);
        assert_false(siam_path_exists(STEP(10)));
        siam_run_close(&r);
        nftw("r", drop, 8, FTW_DEPTH | FTW_PHYS);
    }
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
    save(r, 0, 9); /* a run that was stopped before its first step */
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(00));
    unlink("r/checkpoints/last");
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(00));
    unlink(STEP(00));
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
    put(STEP(30), "unreadable"); /* a sector of the disk, say */
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(20));
    assert_has(warning, "cannot read 'r/checkpoints/step-00000030.safetensors'; step 20, verified, is used instead of 30");
    put(STEP(20), "bad");
    assert_int_equal(find(r, path, &e), SIAM_OK);
    assert_string_equal(path, STEP(10));
    assert_has(warning, ", and 1 more after it; step 10, verified");
    put(STEP(20), "good");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(folder_names),
        FOLDER_TEST(modes_are_kept),
        FOLDER_TEST(run_numbers),
        FOLDER_TEST(run_refusals),
        FOLDER_TEST(run_lock_dies),
        FOLDER_TEST(run_wants_its_own_folder),
        FOLDER_TEST(run_locks),
        FOLDER_TEST(run_without_locks),
        FOLDER_TEST(run_locks_what_has_the_name),
        FOLDER_TEST(run_json), FOLDER_TEST(only_the_unsaved_begin_again),
        FOLDER_TEST(checkpoints_kept),
        FOLDER_TEST(checkpoints_kept_after_resume),
        FOLDER_TEST(later_checkpoints_do_not_count),
        FOLDER_TEST(checkpoints_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
