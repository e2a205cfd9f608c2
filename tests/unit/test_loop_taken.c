/* A run that another machine takes over while it trains, on a file system that gives both the lock: it ends, and leaves what is
 * there to the other one. */
#include "loop_case.h"

#include "../fault/real_io.h"
#include "report/run_owner.h"

static int nfs(int fd, struct statfs *st)
{
    const int rc = fstatfs(fd, st);
    st->f_type = 0x6969;
    return rc;
}

static const char *const theirs[] = {"r/.simsiam.lock", "r/run.json", "r/config.yaml", "r/tuning.json", "r/model.txt",
                                     "r/checkpoints/last", "r/skipped.csv", "r/metrics.jsonl"};
enum { IN_BUILD = 0, IN_SAVE = -1 }; /* for a step */
enum { FILES = sizeof theirs / sizeof *theirs, LINE = FILES - 1 /* rows until the next look at the lock may be told */ };

static struct {
    int step; /* that it is taken at */
    char *before[FILES];
} taken;

static char *get_any(const char *path) { return access(path, F_OK) ? strdup("nothing is there") : get(path); }

static void take(void)
{
    siam_owner o;
    char text[SIAM_OWNER_TEXT];
    siam_owner_self(&o);
    strcpy(o.host, "node17");
    strcpy(o.boot, "11111111-2222-3333-4444-555555555555");
    siam_owner_format(&o, text);
    const int fd = open(theirs[0], O_WRONLY);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text)); /* at once: the thread that saves reads it, too */
    close(fd);
    for (int i = 0; i < FILES; i++)
        taken.before[i] = get_any(theirs[i]);
}

static void take_at_step(void *user, const siam_event *ev)
{
    (void)user;
    if (ev->step == taken.step && !taken.before[0])
        take();
}

/* A checkpoint is on the disk; models and the pointer to it are not yet. */
static int rename_and_take(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    const int rc = renameat2(from_dir, from, to_dir, to, flags);
    if (taken.step == IN_SAVE && !taken.before[0] && strstr(to, "step-00000006"))
        take();
    return rc;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const siam_io siam_sys = {REAL_IO, .fstatfs = nfs, .renameat2 = rename_and_take};
#pragma GCC diagnostic pop

static void leaves_all(void **state)
{
    (void)state;
    const incident bad = {STEP, 7, .bad = 1}, fails = {STEP, 7, .code = SIAM_E_DATA, .bad = 2}, stops = {STEP, 7, .stop = SIGINT};
    const struct {
        int step;
        const char *options;
        const incident *what;
        siam_code code;
    } rows_[] = {{IN_BUILD, "", NULL, SIAM_E_EXISTS}, {IN_SAVE, "", NULL, SIAM_E_EXISTS}, {2, "", NULL, SIAM_E_EXISTS}, {6, "", NULL, SIAM_E_EXISTS},
                 {6, "", &bad, SIAM_E_EXISTS}, {6, "train.save_every=9", &fails, SIAM_E_DATA}, {6, "", &stops, SIAM_E_EXISTS},
                 {12, "train.save_every=9", NULL, SIAM_E_EXISTS}, {4, "train.save_minutes=1e-9", NULL, SIAM_E_EXISTS}};
    for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++)
        for (int k = 0; k < 2; k++) {
            drop_run();
            threads = k;
            taken.step = rows_[i].step;
            watch_build = taken.step == IN_BUILD ? take : NULL;
            watch_event = take_at_step;
            const siam_code rc = run(rows_[i].options, rows_[i].what, rows_[i].what ? 1 : 0);
            if (rc != rows_[i].code)
                fail_msg("row %zu: %d, %s", i, (int)rc, why.msg);
            if (rc == SIAM_E_EXISTS)
                assert_has(why.msg, "run 'r' was taken over by another process (pid ");
            assert_non_null(taken.before[0]);
            for (int f = 0; f < FILES; f++) {
                char *after = get_any(theirs[f]);
                const size_t n = strlen(taken.before[f]);
                if (strncmp(after, taken.before[f], n) || (f != LINE && after[n]))
                    fail_msg("row %zu, threads %d: %s was changed", i, k, theirs[f]);
                free(after);
                free(taken.before[f]);
                taken.before[f] = NULL;
            }
        }
    threads = false;
    watch_build = NULL;
    watch_event = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {FOLDER_TEST(leaves_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
