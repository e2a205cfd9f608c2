/* kill -9: tiny runs of `train` and `linear` are killed at any instant, half of the times inside a save, and started again with
 * the same command, until they end. Each must end as the run that was left alone: checkpoints and models bit for bit,
 * every row of metrics.jsonl once, nothing half written left, and a folder that can be looked at at any moment between.
 *
 *   kill_chain KILLS [CHAINS]    at least so many, over at least so many chains (default: 50 kills) */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 48, STEPS = 9, EPOCHS = 3, MOST = 15 /* kills of a chain */, STUCK_MS = 60000, REFS = 64 };

static const char *program;
static char home[64];

/* The folder stays as it is, to be looked at. */
__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("FAILED: ", stdout);
    vprintf(format, args);
    va_end(args);
    printf("\nthe folder is %s\n", home);
    fflush(stdout);
    if (system("for f in out err; do echo \"-- $f\"; tail -n 5 $f; done"))
        _exit(1);
    _exit(1);
}

static uint64_t draw_state = 0x9E3779B97F4A7C15ull;

static uint32_t draw(uint32_t n) /* below n; xorshift64* */
{
    draw_state ^= draw_state >> 12;
    draw_state ^= draw_state << 25;
    draw_state ^= draw_state >> 27;
    return (uint32_t)((draw_state * 0x2545F4914F6CDD1DULL) >> 33) % n;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* ---- files ---- */

typedef struct bytes {
    char *data; /* with a zero behind it */
    size_t n;
} bytes;

static bytes read_file(const char *path)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st))
        die("'%s': %s", path, strerror(errno));
    bytes b = {calloc(1, (size_t)st.st_size + 1), (size_t)st.st_size};
    if (!b.data || read(fd, b.data, b.n) != (ssize_t)b.n)
        die("'%s' cannot be read", path);
    close(fd);
    return b;
}

static bool there(const char *pattern)
{
    glob_t g;
    const bool any = !glob(pattern, GLOB_PERIOD, NULL, &g);
    if (any)
        globfree(&g);
    return any;
}

static bool in_run(const char *run, const char *pattern)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", run, pattern);
    return there(path);
}

static int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

/* Cut the value of `"key":value` out of each place it stands in, up to its end. */
static void cut(bytes *b, size_t within, const char *key, const char *ends)
{
    for (char *at = b->data; (at = memmem(at, within - (size_t)(at - b->data), key, strlen(key)));) {
        char *from = at + strlen(key);
        const size_t n = strcspn(from, ends);
        memmove(from, from + n, b->n - (size_t)(from + n - b->data) + 1);
        b->n -= n;
        within -= n;
        at = from;
    }
}

/* A checkpoint without the seconds that it took, the hash over them, and the spaces behind the header. */
static bytes checkpoint(const char *path)
{
    uint64_t header;
    bytes b = read_file(path);
    memcpy(&header, b.data, b.n < 8 ? 0 : 8);
    if (b.n < 8 || header > b.n - 8)
        die("'%s' is cut off", path);
    memmove(b.data, b.data + 8, b.n -= 8);
    size_t end = header;
    while (end && b.data[end - 1] == ' ')
        end--;
    memmove(b.data + end, b.data + header, b.n - header);
    b.n -= header - end;
    b.data[b.n] = '\0';
    cut(&b, end, "\"siam.seconds\":\"", "\"");
    cut(&b, end, "\"header_xxh3\":\"", "\"");
    return b;
}

/* metrics.jsonl without what a clock measures. */
static bytes metrics(const char *run)
{
    static const char *const timed[] = {"images_per_s", "data_wait", "seconds", "save_held", "save_wrote", "z_rank"};
    char path[128], key[32];
    snprintf(path, sizeof path, "%s/metrics.jsonl", run);
    bytes b = read_file(path);
    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++) {
        snprintf(key, sizeof key, ",\"%s\":", timed[i]);
        cut(&b, b.n, key, ",}");
        for (char *at = b.data; (at = strstr(at, key));) {
            memmove(at, at + strlen(key), b.n - (size_t)(at + strlen(key) - b.data) + 1);
            b.n -= strlen(key);
        }
    }
    return b;
}

static bool same(bytes a, bytes b) { return a.n == b.n && !memcmp(a.data, b.data, a.n); }

/* ---- the program ---- */

typedef struct command {
    const char *word[WORDS];
    int n;
} command;

static command with(command c, const char *a, const char *b)
{
    c.word[c.n++] = a;
    if (b)
        c.word[c.n++] = b;
    return c;
}

static pid_t start(command c)
{
    const pid_t child = fork();
    if (child)
        return child;
    const int out = open("out", O_WRONLY | O_CREAT | O_TRUNC, 0666), err = open("err", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(out, 1);
    dup2(err, 2);
    c.word[c.n] = NULL;
    execv(program, (char *const *)(uintptr_t)c.word);
    _exit(127);
}

/* Its exit status; -1: it was killed. */
static int ended(pid_t child)
{
    int status;
    if (waitpid(child, &status, 0) != child)
        die("there is no child");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void succeed(command c)
{
    const int status = ended(start(c));
    if (status)
        die("'%s' ended with %d", c.word[1], status);
}

/* ---- jobs, and how they end when they are left alone ---- */

typedef struct job {
    command begin, resume; /* without --out */
    const char *model[2];
    double ms; /* of a whole run */
    bytes rows, model_is[2];
    struct {
        int step;
        bytes is;
    } ref[REFS]; /* checkpoints; an epoch's end and its last step are two of one step */
    int refs;
} job;

static command words(const char *text)
{
    command c = {.word = {"simsiam"}, .n = 1};
    char *copy = strdup(text);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        c.word[c.n++] = word;
    return c;
}

static void add_refs(job *j, const char *run)
{
    glob_t g;
    char path[128];
    snprintf(path, sizeof path, "%s/checkpoints/step-*.safetensors", run);
    if (glob(path, 0, NULL, &g))
        die("'%s' has no checkpoint", run);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        if (j->refs == REFS)
            die("there are more checkpoints than expected");
        j->ref[j->refs].is = checkpoint(g.gl_pathv[i]);
        j->ref[j->refs++].step = atoi(strrchr(g.gl_pathv[i], '-') + 1);
    }
    globfree(&g);
}

static void learn(job *j)
{
    char number[16], path[64];
    const double began = now_ms();
    succeed(with(with(j->begin, "--out", "whole"), "--save_minutes", "0"));
    j->ms = now_ms() - began;
    add_refs(j, "whole");
    j->rows = metrics("whole");
    for (int i = 0; i < 2 && j->model[i]; i++) {
        snprintf(path, sizeof path, "whole/%s", j->model[i]);
        j->model_is[i] = read_file(path);
    }
    for (int step = 1; step < STEPS; step++) {
        nftw("part", drop, 8, FTW_DEPTH | FTW_PHYS);
        snprintf(number, sizeof number, "%d", step);
        succeed(with(with(with(j->begin, "--out", "part"), "--stop_step", number), "--save_minutes", "0"));
        add_refs(j, "part");
    }
    nftw("part", drop, 8, FTW_DEPTH | FTW_PHYS);
    nftw("whole", drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- killing ---- */

/* What happens in the run's folder of checkpoints, as the kernel tells it. */
typedef struct watcher {
    int fd, folder, checkpoints; /* -1: not there yet */
    bool saving; /* a temporary file has appeared, and `last` has not changed since */
    int saves, seen; /* begun; of the event that is waited for */
} watcher;

enum { AT_TMP, AT_NAMED, AT_POINTER, EVENTS };

/* Look at new events; whether the one that is waited for is among them. */
static bool notice(watcher *w, int what)
{
    _Alignas(struct inotify_event) char part[8192];
    bool hit = false;
    const ssize_t n = read(w->fd, part, sizeof part);
    for (const char *at = part; at < part + (n > 0 ? n : 0);) {
        const struct inotify_event *ev = (const void *)at;
        const char *name = ev->len ? ev->name : "";
        at += sizeof *ev + ev->len;
        const bool made = ev->mask & IN_CREATE, moved = ev->mask & IN_MOVED_TO;
        if (ev->wd != w->checkpoints)
            continue;
        if (made && !strncmp(name, ".tmp-step-", 10)) {
            w->saving = true;
            w->saves++;
            hit |= what == AT_TMP;
        }
        hit |= what == AT_NAMED && moved && !strncmp(name, "step-", 5);
        hit |= what == AT_POINTER && made && !strncmp(name, ".tmp-last-", 10);
        if (moved && !strcmp(name, "last"))
            w->saving = false;
    }
    return hit;
}

static void add_watches(watcher *w, const char *run)
{
    char path[128];
    snprintf(path, sizeof path, "%s/checkpoints", run);
    if (w->folder < 0)
        w->folder = inotify_add_watch(w->fd, run, IN_CREATE | IN_MOVED_TO);
    if (w->checkpoints < 0)
        w->checkpoints = inotify_add_watch(w->fd, path, IN_CREATE | IN_MOVED_TO);
}

static struct {
    long kills, chains, linear, inside, early; /* early: before the first save was done */
} tally;

/* The step that `last` names. */
static int saved_step(const char *run)
{
    char path[128];
    snprintf(path, sizeof path, "%s/checkpoints/last", run);
    if (!there(path))
        return 0;
    bytes last = read_file(path);
    const int step = last.n > 5 ? atoi(last.data + 5) : 0;
    free(last.data);
    return step;
}

/* Start it and kill it; its exit status, or -1. inside: at an event of the nth save, else after some time. */
static int start_and_kill(const job *j, command c, const char *run, bool inside)
{
    watcher w = {.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .folder = -1, .checkpoints = -1};
    const double left_over = 1 - (double)saved_step(run) / STEPS; /* of the steps; the others are the way there */
    const double most = j->ms * (draw(3) ? 0.4 + 0.5 * left_over : 0.3);
    const double wait = inside ? STUCK_MS : most * draw(1000) / 1000;
    const int what = (int)draw(EVENTS), nth = draw(4) ? 1 : 2;
    inotify_add_watch(w.fd, ".", IN_CREATE);
    add_watches(&w, run);
    const bool had = in_run(run, "checkpoints/last");
    const pid_t child = start(c);
    const double began = now_ms();
    siginfo_t info = {0};
    bool hit = false;
    while (!hit && !info.si_pid && now_ms() - began < wait) {
        struct pollfd p = {.fd = w.fd, .events = POLLIN};
        const double left = wait - (now_ms() - began), slice = left < 2 ? left : 2;
        const struct timespec t = {.tv_nsec = (long)(slice > 0 ? slice * 1e6 : 0)};
        ppoll(&p, 1, &t, NULL);
        add_watches(&w, run);
        if (notice(&w, what) && inside)
            hit = ++w.seen >= nth;
        waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT);
    }
    if (inside && !hit && !info.si_pid)
        die("a run hangs");
    kill(child, SIGKILL);
    const int status = ended(child);
    add_watches(&w, run);
    notice(&w, EVENTS);
    close(w.fd);
    if (status < 0) {
        tally.kills++;
        tally.inside += w.saving;
        tally.early += !had && !in_run(run, "checkpoints/last");
    }
    return status;
}

/* ---- a chain ---- */

/* A run that has begun can be looked at. */
static void look(const char *run)
{
    const int status = there(run) ? ended(start(with(words("info"), run, NULL))) : 66;
    if (status != (in_run(run, "config.yaml") ? 0 : 66))
        die("'simsiam info' of a killed run ended with %d", status);
}

static void compare(const job *j, const char *run)
{
    char path[256];
    glob_t g;
    if (in_run(run, ".tmp-*") || in_run(run, "checkpoints/.tmp-*"))
        die("something half written is left");
    bytes rows = metrics(run);
    if (!same(rows, j->rows))
        die("metrics.jsonl has other rows:\n%s-- instead of --\n%s", rows.data, j->rows.data);
    free(rows.data);
    for (int i = 0; i < 2 && j->model[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", run, j->model[i]);
        bytes model = read_file(path);
        if (!same(model, j->model_is[i]))
            die("'%s' is another model", path);
        free(model.data);
    }
    snprintf(path, sizeof path, "%s/checkpoints/last", run);
    bytes last = read_file(path);
    if (strcmp(last.data, "step-00000009.safetensors\n"))
        die("the last checkpoint is %s", last.data);
    free(last.data);
    snprintf(path, sizeof path, "%s/checkpoints/step-*", run);
    if (glob(path, 0, NULL, &g))
        die("there is no checkpoint");
    for (size_t i = 0; i < g.gl_pathc; i++) {
        bytes b = checkpoint(g.gl_pathv[i]);
        bool found = false;
        for (int k = 0; k < j->refs && !found; k++)
            found = j->ref[k].step == atoi(strrchr(g.gl_pathv[i], '-') + 1) && same(j->ref[k].is, b);
        if (!found)
            die("'%s' is another state", g.gl_pathv[i]);
        free(b.data);
    }
    globfree(&g);
}

static void chain(const job *j, long most)
{
    static const char run[] = "chain";
    const bool always = draw(2); /* --resume, also before anything is saved */
    int status = -1, left = 1 + (int)draw(MOST);
    left = left < most ? left : (int)most;
    while (status < 0) {
        const bool resume = in_run(run, "checkpoints/step-*") || (always && in_run(run, "config.yaml"));
        const command c = with(resume ? with(j->resume, "--resume", NULL) : j->begin, "--out", run);
        status = left-- > 0 ? start_and_kill(j, c, run, tally.inside * 2 <= tally.kills) : ended(start(c));
        if (status > 0)
            die("it ended with %d, %s --resume", status, resume ? "with" : "without");
        look(run);
    }
    compare(j, run);
    nftw(run, drop, 8, FTW_DEPTH | FTW_PHYS);
    tally.chains++;
}

int main(int argc, char **argv)
{
    const long kills = argc > 1 ? strtol(argv[1], NULL, 10) : 50, chains = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    const char *in = getenv("TMPDIR");
    program = getenv("SIMSIAM_BINARY");
    snprintf(home, sizeof home, "%.40s/siam-kill-XXXXXX", in ? in : "/tmp");
    if (!program || !mkdtemp(home) || chdir(home))
        die("SIMSIAM_BINARY is the program to test");
    job train = {.begin = words("train demo --data synth:train=24,test=8 --size 8 --width 2 --dim 8 --batch 8 --epochs 3 --device ref "
                                "--threads 1 --workers 1 --tuning fixed --eval.every 0 --log_every 1 --save_minutes 1e-9"),
                 .resume = words("train"), .model = {"model.safetensors"}};
    job linear = {.begin = words("linear encoder/model.safetensors --data synth:train=24,test=8 --epochs 3 --batch 8 --device ref "
                                 "--threads 1 --workers 1 --tuning fixed --log_every 1 --save_every 1 --save_minutes 1e-9"),
                  .resume = words("linear"), .model = {"model.safetensors", "model-last.safetensors"}};
    succeed(with(train.begin, "--out", "encoder"));
    learn(&train);
    learn(&linear);
    while (tally.kills < kills || tally.chains < chains) {
        const bool is_linear = tally.chains % 4 == 3;
        chain(is_linear ? &linear : &train, tally.kills < kills ? kills - tally.kills : 1);
        tally.linear += is_linear;
    }
    printf("kill: %ld kills over %ld chains (%ld of linear), %ld inside a save and %ld before the first was done: 0 unreadable "
           "folders, 0 clean-ups by hand, each chain ended bitwise as the straight run, with every row once\n", tally.kills,
           tally.chains, tally.linear, tally.inside, tally.early);
    if (chdir("/") || nftw(home, drop, 8, FTW_DEPTH | FTW_PHYS))
        return 1;
    return tally.inside * 3 < tally.kills; /* then it tried something else than it was to */
}
