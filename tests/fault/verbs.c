#include "verbs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "checkpoint/checkpoint.h"

int simsiam_main(int argc, char **argv); /* src/cli/main.c */

/* A child that hangs is ended after so many seconds. */
enum { PATIENCE = 60, ARGS = 64 };

#define TINY " --batch 5 --threads 1 --workers 1 --tuning fixed --save_minutes 0.00001 --log_every 1 "
#define MODEL " --arch resnet20-cifar --width 4 --size 8 --dim 4 --eval.k 5 --device ref "
#define SIX " --data synth:train=15,test=6 --epochs 2" TINY /* steps, in two epochs */
#define TWO " --data synth:train=10,test=6 --epochs 1" TINY
enum { BOTH = WITH_IO | WITH_ALLOC };

const verb verbs[] = {
    {"train", "pictures", "train demo --out run --eval.every 2" SIX MODEL, "train --out run --resume", "run",
     "run/model.safetensors run/config.yaml", false, WITH_IO},
    {"train-two", "pictures", "train demo --out run" TWO MODEL, "train --out run --resume", "run",
     "run/model.safetensors run/config.yaml", false, WITH_ALLOC},
    {"train-photos", "pictures", "train demo --out run --data pictures --batch 2 --epochs 1 --threads 1 --workers 1 --tuning fixed "
     "--eval.every 0" MODEL, "train --out run --resume", "run", "run/model.safetensors run/config.yaml", false, BOTH},
    {"resume", "half", "train --out run --resume", NULL, "run", "run/model.safetensors", false, BOTH},
    {"extract-npy", "trained", "extract run --data pictures --threads 1 -o f.npy", NULL, NULL, "f.npy f.index.csv", true, BOTH},
    {"extract-safetensors", "trained", "extract run --data pictures --threads 1 -o f.safetensors", NULL, NULL,
     "f.safetensors f.index.csv", true, BOTH},
    {"extract-csv", "trained", "extract run --data pictures --threads 1 -o f.csv", NULL, NULL, "f.csv", true, BOTH},
    {"export-safetensors", "trained", "export run -o e.safetensors", NULL, NULL, "e.safetensors", true, BOTH},
    {"export-pth", "trained", "export run -o e.pth", NULL, NULL, "e.pth", true, BOTH},
    {"linear", "trained", "linear run --out lin" SIX, "linear --out lin --resume", "lin", "lin/model.safetensors lin/config.yaml",
     false, WITH_IO},
    {"linear-two", "trained", "linear run --out lin" TWO, "linear --out lin --resume", "lin", "lin/model.safetensors lin/config.yaml",
     false, WITH_ALLOC},
    {"linear-cached", "trained", "linear run --out lin --cache_features --sweep_lr 0.1,1" SIX, "linear --out lin --resume", "lin",
     "lin/model.safetensors lin/config.yaml", false, BOTH},
    {"knn", "trained", "knn run --data synth:train=10,test=6 --k 3 --threads 1", NULL, NULL, "", true, WITH_ALLOC},
    {"knn-json", "trained", "knn run --data synth:train=10,test=6 --k 1,3 --threads 1 --json", NULL, NULL, "", true, WITH_ALLOC},
    {"test", "trained", "test classes --data synth:train=10,test=6 --threads 1 --out t.csv", NULL, NULL, "t.csv", true, BOTH},
    {"predict", "trained", "predict classes pictures --threads 1", NULL, NULL, "", true, WITH_ALLOC},
    {"predict-json", "trained", "predict classes pictures --threads 1 --json", NULL, NULL, "", true, WITH_ALLOC},
    {"info", "trained", "info run", NULL, NULL, "", true, WITH_ALLOC},
    {"info-json", "trained", "info run/model.safetensors --json", NULL, NULL, "", true, WITH_ALLOC},
    {"info-yaml", "pictures", "info demo --yaml", NULL, NULL, "", true, WITH_ALLOC},
    {"list", "pictures", "list", NULL, NULL, "", true, WITH_ALLOC},
    {"help", "pictures", "help train --all", NULL, NULL, "", true, WITH_ALLOC},
    {"version", "pictures", "version", NULL, NULL, "", true, WITH_ALLOC},
    {"doctor", "pictures", "doctor --threads 1", NULL, NULL, "", false, WITH_ALLOC},
    {"bench", "pictures", "bench --arch resnet20-cifar --width 4 --size 8 --dim 4 --batch 2 --repeat 1 --threads 1 --workers 1", NULL,
     NULL, "", false, WITH_ALLOC},
    {0},
};

static char root[VERB_PATH], home[VERB_PATH];

/* ---- files ---- */

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static char *read_file(const char *path, size_t *n)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *text = malloc((size_t)st.st_size + 1);
    *n = 0;
    for (ssize_t got; text && *n < (size_t)st.st_size && (got = read(fd, text + *n, (size_t)st.st_size - *n)) > 0;)
        *n += (size_t)got;
    close(fd);
    if (text)
        text[*n] = '\0';
    return text;
}

static void write_file(const char *path, const char *data, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd))
        die(path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    return kind == FTW_DP ? rmdir(path) : unlink(path);
}

static void remove_tree(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

static bool copy_file(const char *from, const char *to)
{
    size_t n;
    char *text = read_file(from, &n);
    if (text)
        write_file(to, text, n);
    free(text);
    return text != NULL;
}

static char copy_to[VERB_PATH];
static size_t copy_skip;

static int copy_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)at;
    char to[2 * VERB_PATH];
    snprintf(to, sizeof to, "%s%s", copy_to, path + copy_skip);
    if (kind == FTW_D)
        return mkdir(to, 0777) && errno != EEXIST ? -1 : 0;
    return copy_file(path, to) ? 0 : -1;
}

/* Both are names in the harness's folder. */
static void copy_tree(const char *from, const char *to)
{
    snprintf(copy_to, sizeof copy_to, "%s", to);
    remove_tree(to);
    copy_skip = strlen(from);
    if (nftw(from, copy_one, 16, FTW_PHYS))
        die(from);
}

/* ---- children ---- */

static ending run(const char *dir, const char *args, void (*arm)(void))
{
    ending is = {0};
    fflush(NULL);
    const pid_t child = fork();
    if (child < 0)
        die("fork");
    if (!child) {
        static char text[2048];
        char *argv[ARGS] = {"simsiam"}, *save = NULL;
        int argc = 1;
        snprintf(text, sizeof text, "%s", args);
        for (char *word = strtok_r(text, " ", &save); word && argc < ARGS - 1; word = strtok_r(NULL, " ", &save))
            argv[argc++] = word;
        if (!freopen("/dev/null", "r", stdin) || !freopen("out", "w", stdout) || !freopen("err", "w", stderr) || chdir(dir))
            _exit(97);
        setvbuf(stderr, NULL, _IONBF, 0);
        alarm(PATIENCE);
        if (arm)
            arm();
        exit(simsiam_main(argc, argv));
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            die("waitpid");
    is.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    size_t n;
    char *text = read_file("err", &n);
    if (text)
        snprintf(is.say, sizeof is.say, "%s", text);
    free(text);
    text = read_file("out", &n);
    if (text)
        snprintf(is.answer, sizeof is.answer, "%s", text);
    free(text);
    return is;
}

static void must(const char *dir, const char *args)
{
    const ending is = run(dir, args, NULL);
    if (!is.status)
        return;
    fprintf(stderr, "simsiam %s ended with %d: %s\n", args, is.status, is.say);
    exit(1);
}

static void add_pictures(const char *source)
{
    static const char *const name[] = {"cmyk.jpg", "grey8.png", "optimised.jpg", "orientation_2.jpg"};
    char path[4096], to[256];
    size_t n;
    mkdir("pictures", 0777);
    mkdir("pictures/pictures", 0777);
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        snprintf(path, sizeof path, "%s/tests/data/codec/%s", source, name[i]);
        char *data = read_file(path, &n);
        if (!data)
            die(path);
        snprintf(to, sizeof to, "pictures/pictures/%s", name[i]);
        write_file(to, data, n);
        free(data);
    }
}

void verbs_open(void)
{
    const char *tmp = getenv("TMPDIR"), *source = getenv("SIMSIAM_SOURCE");
    snprintf(root, sizeof root, "%s/siam-fault-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!source || !mkdtemp(root) || !getcwd(home, sizeof home) || chdir(root))
        die(source ? root : "SIMSIAM_SOURCE must name the source");
    char cache[VERB_PATH + 16];
    snprintf(cache, sizeof cache, "%s/cache", root);
    setenv("XDG_CACHE_HOME", cache, 1);
    setenv("OMP_WAIT_POLICY", "passive", 1); /* or the program would start itself anew */
    setenv("NO_COLOR", "1", 1);
    unsetenv("SIMSIAM_MODELS");
    add_pictures(source);
    copy_tree("pictures", "half");
    must("half", "train demo --out run --eval.every 2 --stop_step 4" SIX MODEL);
    copy_tree("half", "trained");
    must("trained", "train --out run --resume --stop_step 0");
    must("trained", "linear run --out classes" TWO);
}

void verbs_close(void)
{
    if (!chdir(home))
        remove_tree(root);
}

void verb_begin(const verb *v) { copy_tree(v->from, "now"); }

/* ---- what is in the folder afterwards ---- */

static bool ends(const char *name, const char *with)
{
    const size_t n = strlen(name), m = strlen(with);
    return n >= m && !strcmp(name + n - m, with);
}

static bool same_file(const char *a, const char *b)
{
    size_t n, m;
    char *x = read_file(a, &n), *y = read_file(b, &m);
    const bool same = x && y && n == m && !memcmp(x, y, n);
    free(x);
    free(y);
    return same;
}

static const char *other_tree;
static size_t other_skip;

static int differs(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)at;
    char other[2 * VERB_PATH];
    struct stat there;
    snprintf(other, sizeof other, "%s%s", other_tree, path + other_skip);
    if (kind == FTW_F)
        return !same_file(path, other);
    return lstat(other, &there) || (there.st_mode & S_IFMT) != (st->st_mode & S_IFMT);
}

static bool within(const char *tree, const char *other)
{
    other_tree = other;
    other_skip = strlen(tree);
    return !nftw(tree, differs, 16, FTW_PHYS);
}

bool verb_untouched(const verb *v) { return within("now", v->from) && within(v->from, "now"); }

static bool is_json(const char *path)
{
    json_t *j = json_load_file(path, 0, NULL);
    json_decref(j);
    return j != NULL;
}

/* Every whole row is JSON; what follows the last one is half a row, which a resumed run cuts off. */
static bool is_rows(const char *path)
{
    size_t n;
    char *text = read_file(path, &n);
    bool good = text != NULL;
    for (char *at = text, *end; good && (end = strchr(at, '\n')); at = end + 1) {
        json_t *row = json_loadb(at, (size_t)(end - at), 0, NULL);
        good = row != NULL;
        json_decref(row);
    }
    free(text);
    return good;
}

/* The rows without what is measured with a clock, and without what an epoch that was cut off after its last step cannot say of
 * its steps once it is resumed. */
static char *plain_rows(const char *path)
{
    static const char *const times[] = {"seconds", "images_per_s", "data_wait", "save_held", "save_wrote", "z_rank"};
    size_t n;
    char *text = read_file(path, &n), *out = calloc(1, 2 * n + 2);
    for (char *at = text, *end; at && (end = strchr(at, '\n')); at = end + 1) {
        json_t *row = json_loadb(at, (size_t)(end - at), 0, NULL);
        for (size_t i = 0; i < sizeof times / sizeof *times; i++)
            json_object_del(row, times[i]);
        char *line = json_dumps(row, JSON_COMPACT);
        if (line)
            strcat(strcat(out, line), "\n");
        free(line);
        json_decref(row);
    }
    free(text);
    return out;
}

static bool same_rows(const char *a, const char *b)
{
    char *x = plain_rows(a), *y = plain_rows(b);
    const bool same = x && y && !strcmp(x, y);
    free(x);
    free(y);
    return same;
}

/* The check of the file that is looked at. */
static struct {
    const verb *v;
    bool leftovers, good;
    char *why;
} looking;

static int wrong(const char *path, const char *what)
{
    snprintf(looking.why, VERB_TEXT, "%s %s", path, what);
    looking.good = false;
    return 1;
}

static int look(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    char old[2 * VERB_PATH], whole[2 * VERB_PATH];
    const char *name = path + at->base, *below = path + strlen("now");
    if (kind == FTW_D)
        return 0;
    snprintf(old, sizeof old, "%s%s", looking.v->from, below);
    snprintf(whole, sizeof whole, "want-%s%s", looking.v->name, below);
    if (!strncmp(name, ".tmp-", 5))
        return looking.leftovers ? 0 : wrong(path, "was left");
    if (!strcmp(name, ".simsiam.lock") || !strcmp(name, "train.log") || same_file(path, old) || same_file(path, whole))
        return 0;
    if (!strcmp(name, "metrics.jsonl"))
        return is_rows(path) ? 0 : wrong(path, "has a row that is none");
    if (!strcmp(name, "run.json") || !strcmp(name, "tuning.json"))
        return is_json(path) ? 0 : wrong(path, "is not JSON");
    if (!strcmp(name, "last") || (looking.v->run && ends(name, ".safetensors"))) /* verb_verifies looks at those */
        return 0;
    return ends(name, ".skipped.csv") ? 0 : wrong(path, "is neither the old file nor the new one");
}

bool verb_whole(const verb *v, bool complete, bool leftovers, char why[VERB_TEXT])
{
    char text[256], a[2 * VERB_PATH], b[2 * VERB_PATH], *save = NULL;
    looking.v = v;
    looking.leftovers = leftovers;
    looking.good = true;
    looking.why = why;
    if (nftw("now", look, 16, FTW_PHYS) < 0)
        die("now");
    snprintf(text, sizeof text, "%s", v->out);
    for (char *name = strtok_r(text, " ", &save); name && complete && looking.good; name = strtok_r(NULL, " ", &save)) {
        snprintf(a, sizeof a, "now/%s", name);
        snprintf(b, sizeof b, "want-%s/%s", v->name, name);
        if (!same_file(a, b))
            wrong(name, "is not what the verb comes to");
    }
    snprintf(b, sizeof b, "say-%s", v->name);
    if (v->answers && complete && looking.good && !same_file("out", b))
        wrong("the answer", "is another one");
    if (v->run && complete && looking.good) {
        snprintf(a, sizeof a, "now/%s/metrics.jsonl", v->run);
        snprintf(b, sizeof b, "want-%s/%s/metrics.jsonl", v->name, v->run);
        if (!same_rows(a, b))
            wrong(a, "has not the rows that the verb comes to");
    }
    return looking.good;
}

void verb_keep(const verb *v)
{
    char want[VERB_PATH];
    snprintf(want, sizeof want, "want-%s", v->name);
    copy_tree("now", want);
    if (v->answers) {
        snprintf(want, sizeof want, "say-%s", v->name);
        copy_file("out", want);
    }
}

static char *verify_why;

static int verify(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    siam_ckpt *c;
    siam_err e = {0};
    if (kind != FTW_F || path[at->base] == '.' || !ends(path, ".safetensors"))
        return 0;
    siam_code rc = siam_ckpt_open(&c, path, &e);
    if (!rc)
        rc = c->format->verify(c, &e);
    siam_ckpt_close(&c);
    if (rc)
        snprintf(verify_why, VERB_TEXT, "%s", e.msg);
    return rc != SIAM_OK;
}

bool verb_verifies(char why[VERB_TEXT])
{
    verify_why = why;
    return nftw(".", verify, 16, FTW_PHYS) == 0;
}

static void verify_first(void)
{
    static char why[VERB_TEXT];
    if (verb_verifies(why))
        return;
    fprintf(stderr, "HALF A FILE: %s\n", why);
    exit(98);
}

/* A run that saved anything goes on with --resume, as its refusal of the first command says. */
static bool has_checkpoint(const char *run)
{
    char path[VERB_PATH];
    bool has = false;
    snprintf(path, sizeof path, "now/%s/checkpoints", run);
    DIR *d = opendir(path);
    for (const struct dirent *e; d && (e = readdir(d));)
        has |= e->d_name[0] != '.';
    if (d)
        closedir(d);
    return has;
}

ending verb_run(const verb *v, bool again, void (*arm)(void))
{
    char args[2048], path[VERB_PATH], *save = NULL, text[256];
    struct stat st;
    bool there = false;
    const bool saved = v->run && has_checkpoint(v->run);
    snprintf(text, sizeof text, "%s", v->out);
    for (char *name = strtok_r(text, " ", &save); name && !v->run; name = strtok_r(NULL, " ", &save)) {
        snprintf(path, sizeof path, "now/%s", name);
        there |= !stat(path, &st);
    }
    snprintf(args, sizeof args, "%s%s", again && saved && v->resume ? v->resume : v->args, again && there ? " --replace" : "");
    return run("now", args, again ? verify_first : arm);
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

bool verb_spoke(const ending *is, char why[VERB_TEXT])
{
    static const int documented[] = {0, 1, 2, 65, 66, 69, 71, 73, 74, 78, 79};
    bool known = false;
    for (size_t i = 0; i < sizeof documented / sizeof *documented; i++)
        known |= is->status == documented[i];
    *why = '\0';
    if (!known)
        snprintf(why, VERB_TEXT, "it ended with %d", is->status);
    else if (strstr(is->say, "Sanitizer") || strstr(is->say, "runtime error"))
        snprintf(why, VERB_TEXT, "a sanitizer complained");
    else if (is->status == 1) /* the answer is no: it says why */
        return strstr(is->answer, "memory") || strstr(is->answer, "cannot");
    else if (is->status && (count(is->say, "simsiam: error: ") != 1 || count(is->say, "\n  try: ") != 1))
        snprintf(why, VERB_TEXT, "not one error line with one try line");
    return !*why;
}

/* ---- what a harness is asked for, and what it tells ---- */

plan plan_of(int argc, char **argv)
{
    plan p = {0};
    for (int i = 1; i < argc && !p.at; i++) {
        const bool more = i + 1 < argc;
        if (!strcmp(argv[i], "--full"))
            p.stride = p.stride ? p.stride : 1;
        else if (!strcmp(argv[i], "--verb") && more)
            p.verb = argv[++i];
        else if (!strcmp(argv[i], "--fault") && more)
            p.fault = argv[++i];
        else if (!strcmp(argv[i], "--stride") && more)
            p.stride = atol(argv[++i]);
        else if (!strcmp(argv[i], "--phase") && more)
            p.phase = atol(argv[++i]);
        else if (!strcmp(argv[i], "--at") && more)
            p.at = argv + i + 1;
        else {
            fprintf(stderr, "%s: '%s' is not known; its source says what is\n", argv[0], argv[i]);
            exit(2);
        }
    }
    return p;
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double began, told;

double seconds_of_verb(void) { return clock_now() - began; }

void tell_progress(const verb *v, long done, long total, long bad)
{
    const double now = clock_now();
    if (!done)
        began = told = now;
    if (now - told < 20)
        return;
    told = now;
    printf("%s: %ld of %ld tried, %ld not as promised so far, %.0f s to go with this verb\n", v->name, done, total, bad,
           (now - began) / (double)done * (double)(total - done));
    fflush(stdout);
}
