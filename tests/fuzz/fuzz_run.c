/* Any changes to the folder of a sound run, then what `train --resume` does with it: every step of it is refused in words,
 * or the run goes on; a resume that is refused leaves the folder as it was, and nothing outside the folder is ever changed.
 *
 * The bytes are a list of changes: one that says which file (WHICH), one that says how (HOW), two with a length (low
 * byte first), and so many bytes for it. */
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/device.h"
#include "base/hash.h"
#include "base/yaml.h"
#include "report/metrics.h"
#include "tensor/param.h"
#include "train/resume.h"
#include "train/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const which[] = {"config.yaml",
                                    "run.json",
                                    "tuning.json",
                                    "metrics.jsonl",
                                    "train.log",
                                    "checkpoints/last",
                                    "checkpoints/step-00000002.safetensors",
                                    "checkpoints/step-00000004.safetensors",
                                    "checkpoints",
                                    ".simsiam.lock",
                                    ".lock",
                                    "model.safetensors",
                                    "skipped.csv",
                                    "checkpoints/step-00000009.safetensors",
                                    "checkpoints/.step-00000004.safetensors.tmp-1"};
enum { WHICH = sizeof which / sizeof *which };
/* Replace the file; put bytes over it at the place that the first two say; cut it; drop it; make it a link to a file, to a
 * folder or to nothing, all outside; a hard link; a folder; a pipe. */
enum { REPLACE, PATCH, CUT, DROP, LINK, LINK_FOLDER, LINK_NOTHING, HARD, FOLDER, PIPE, HOW };

enum { FIELDS = 3, FILE_MOST = 1 << 20 };
typedef struct position {
    int64_t step;
    int epoch;
    double best;
} position;

static char home[64], run_dir[96], outside[96], outside_file[112];
static siam_config cfg;

/* A whole save, without models. */
static siam_code save_state(siam_run *run, const siam_state *s, int64_t step, int keep, siam_err *e)
{
    const siam_code rc = siam_state_write(run, s, step, e);
    return rc ? rc : siam_run_checkpoint_commit(run, step, keep, e);
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static void drop_all(const char *path) { nftw(path, drop, 8, FTW_DEPTH | FTW_PHYS); }

static void must(siam_code rc, const siam_err *e)
{
    if (!rc)
        return;
    fprintf(stderr, "%s\n", e->msg);
    abort();
}

/* A failure says something. */
static bool failed(siam_code rc, siam_err *e)
{
    if (rc && !e->msg[0])
        abort();
    siam_err_clear(e);
    return rc != SIAM_OK;
}

static void settings(siam_optset *set, siam_config *c, bool resume)
{
    siam_problems bad = {0};
    memset(c, 0, sizeof *c);
    siam_optset_init(set, siam_config_options, c);
    siam_optset_set(set, "run.out", run_dir, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(set, "run.resume", resume ? "true" : "false", SIAM_FROM_CLI, NULL, &bad);
    if (bad.n)
        abort();
}

static siam_params *params_of(void)
{
    siam_param row[2] = {{.name = "weight", .desc = siam_desc_2d(4, 3), .init = SIAM_INIT_TORCH_LINEAR, .fan = 3},
                         {.name = "running_mean", .desc = siam_desc_1d(4), .buffer = true}};
    siam_params *p;
    siam_err e = {0};
    must(siam_params_create(&p, row, 2, true, &e), &e);
    siam_params_init(p, 1);
    return p;
}

static siam_state state_of(const siam_optset *set, siam_params *p, position *at, siam_field f[FIELDS])
{
    const siam_field all[FIELDS] = {{.key = "siam.step", .whole = &at->step},
                                    {.key = "siam.epoch", .small = &at->epoch},
                                    {.key = "siam.best_knn", .real = &at->best, .most = 1}};
    memcpy(f, all, sizeof all);
    return (siam_state){.kind = "training state", .set = set, .params = p, .field = f, .nfield = FIELDS};
}

static siam_code begin(siam_run *run)
{
    siam_err e = {0};
    const char *argv[] = {"simsiam", "train"};
    const siam_run_fact seed = {"seed", "1"};
    const siam_run_info info = {.argc = 2, .argv = argv, .threads = 1, .fact = &seed, .nfact = 1};
    siam_code rc = siam_run_begin(run, &info, &e);
    if (!rc)
        rc = siam_run_write(run, "tuning.json", "{\"machine\":\"fuzz\",\"choices\":{}}", &e);
    failed(rc, &e);
    return rc;
}

/* The sound run: made new each time, the simplest way to begin from the same. */
static void make_run(void)
{
    siam_optset set;
    siam_run *run;
    siam_err e = {0};
    siam_field f[FIELDS];
    position at = {2, 1, 0.5};
    char *yaml;
    siam_params *p = params_of();
    settings(&set, &cfg, false);
    const siam_state s = state_of(&set, p, &at, f);
    must(siam_optset_dump(&set, &yaml, &e), &e);
    must(siam_run_open(&run, "train", run_dir, false, &e), &e);
    must(siam_run_write(run, "config.yaml", yaml, &e), &e);
    if (begin(run))
        abort();
    must(siam_run_write(run, "metrics.jsonl", "{\"step\":1,\"loss\":-0.5}\n{\"step\":2,\"loss\":-0.6}\n", &e), &e);
    must(save_state(run, &s, 2, 2, &e), &e);
    at.step = 4;
    must(save_state(run, &s, 4, 2, &e), &e);
    must(siam_run_finish(run, 0, &e), &e);
    siam_run_close(&run);
    siam_params_destroy(&p);
    free(yaml);
}

static void write_at(const char *path, const void *data, size_t n, int flags, off_t at)
{
    const int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
    if (fd < 0)
        return;
    struct stat st;
    if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 && pwrite(fd, data, n, at) < 0)
        abort();
    close(fd);
}

static void change(int file, int how, const uint8_t *data, size_t n)
{
    char path[256];
    const size_t at = n > 1 ? data[0] | (size_t)data[1] << 8 : 0;
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", run_dir, which[file]);
    if (how == PATCH && n > 2) {
        write_at(path, data + 2, n - 2, 0, (off_t)at);
        return;
    }
    if (how == CUT) {
        if (!lstat(path, &st) && S_ISREG(st.st_mode) && st.st_nlink == 1 && truncate(path, (off_t)at))
            abort();
        return;
    }
    drop_all(path);
    int bad = 0; /* the folder that it lies in may have been replaced: then there is nothing to change */
    switch (how) {
    case REPLACE: write_at(path, data, n, O_CREAT | O_EXCL, 0); break;
    case LINK: bad = symlink("../outside/file", path); break;
    case LINK_FOLDER: bad = symlink("../outside", path); break;
    case LINK_NOTHING: bad = symlink("../outside/new", path); break;
    case HARD: bad = link(outside_file, path); break;
    case FOLDER: bad = mkdir(path, 0700); break;
    case PIPE: bad = mkfifo(path, 0600); break;
    default: break;
    }
    (void)bad;
}

static uint64_t seen;

static int see(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)ftw;
    static char text[FILE_MOST];
    ssize_t n = 0;
    if (S_ISREG(st->st_mode)) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, text, sizeof text);
        if (fd >= 0)
            close(fd);
    } else if (S_ISLNK(st->st_mode)) {
        n = readlink(path, text, sizeof text);
    }
    if (n < 0)
        abort();
    const uint64_t part[4] = {siam_hash64(path, strlen(path)), siam_hash64(text, (size_t)n), (uint64_t)kind,
                              st->st_mode};
    seen += siam_hash64(part, sizeof part); /* in whatever order */
    return 0;
}

/* What a folder holds, as a number. */
static uint64_t look(const char *path)
{
    seen = 0;
    nftw(path, see, 8, FTW_PHYS);
    return seen;
}

/* Whether the run went on. */
static bool resume(void)
{
    static siam_config now;
    siam_optset set;
    siam_run *run = NULL;
    siam_err e = {0};
    siam_metrics *metrics;
    siam_field f[FIELDS];
    position at = {0};
    char told[512];
    settings(&set, &now, true);
    if (failed(siam_resume_config(&set, told, sizeof told, &e), &e))
        return false;
    if (strcmp(now.run_out, run_dir))
        abort();
    if (failed(siam_run_open(&run, "train", run_dir, true, &e), &e)) {
        if (run)
            abort();
        return false;
    }
    siam_params *p = params_of();
    const siam_state s = state_of(&set, p, &at, f);
    bool on = !failed(siam_state_load(run, &s, NULL, &e), &e);
    if (on && (at.step < 0 || at.epoch < 0 || !(at.best >= 0 && at.best <= 1)))
        abort();
    on = on && !begin(run);
    if (on && !failed(siam_metrics_open(&metrics, siam_run_folder(run), "metrics.jsonl", at.step, at.epoch, &e), &e))
        siam_metrics_close(&metrics);
    if (on && at.step < 1000000)
        failed(save_state(run, &s, at.step + 1, 2, &e), &e);
    if (on)
        failed(siam_run_finish(run, 0, &e), &e);
    siam_run_close(&run);
    siam_params_destroy(&p);
    return on;
}

static void leave(void)
{
    if (home[0])
        drop_all(home);
}

static void enter(void)
{
    snprintf(home, sizeof home, "/dev/shm/siam-fuzz-XXXXXX");
    if (!mkdtemp(home)) {
        snprintf(home, sizeof home, "/tmp/siam-fuzz-XXXXXX");
        if (!mkdtemp(home))
            abort();
    }
    atexit(leave);
    snprintf(run_dir, sizeof run_dir, "%s/run", home);
    snprintf(outside, sizeof outside, "%s/outside", home);
    snprintf(outside_file, sizeof outside_file, "%s/file", outside);
    if (mkdir(outside, 0700))
        abort();
    write_at(outside_file, "precious", 8, O_CREAT | O_EXCL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!home[0])
        enter();
    make_run();
    for (size_t at = 0; at + 4 <= n;) {
        size_t length = data[at + 2] | (size_t)data[at + 3] << 8;
        if (length > n - at - 4)
            length = n - at - 4;
        change(data[at] % WHICH, data[at + 1] % HOW, data + at + 4, length);
        at += 4 + length;
    }
    const uint64_t around = look(outside), before = look(run_dir);
    const bool on = resume();
    if (look(outside) != around)
        abort(); /* changed something that is not the run's */
    if (!on && look(run_dir) != before)
        abort(); /* a resume that is refused changes nothing */
    drop_all(run_dir);
    return 0;
}
