/* Power cuts: runs that save several times are written down call by call, and every state is tried that a disk may be in
 * after any of the calls. What is resumed from is the last save that the run knew to be done, or the one after it, bit for
 * bit; before the first one nothing, and then the run begins again. The rows of metrics.jsonl are there once, and the model.
 *
 *   fault_power [STATES]    so many distinct states (default: 3000) */
#define LOOP_WEIGHTS 1500
#include "../unit/loop_case.h"

#include <glob.h>

#include "base/folder.h"
#include "crash.h"
#include "report/metrics.h"
#include "train/resume.h"

/* Runs, as one process makes them one after the other in a folder. */
static const struct plan {
    const char *name, *session[2];
    bool threads;
} plans[] = {
    {"saves of every step", {"train.save_minutes=1e-9 train.stop_step=3 train.keep=1"}, false},
    {"saves beside the computation", {"train.save_every=1 train.stop_after=3 train.keep=1"}, true},
    {"a run that is resumed, to its end", {"train.stop_step=9 train.keep=2", "run.resume=true train.save_minutes=1e-9 train.keep=2"}, false},
    {"a run that is resumed beside", {"train.save_every=1 train.stop_after=2 train.keep=1",
                                      "run.resume=true train.save_every=1 train.keep=1"}, true}};
enum { PLANS = sizeof plans / sizeof *plans, SAVES = 32, WHOLE = 40 /* one in so many states is resumed to the end */ };

static long wanted = 3000;

/* ---- what was saved ---- */

typedef struct saved_state {
    siam_position at;
    tiny_state state;
    float value[WEIGHTS], momentum[WEIGHTS];
} saved_state;

static struct {
    pthread_mutex_t lock;
    saved_state save[SAVES];
    int n, known; /* begun; known to the loop to be done */
    const siam_loop *loop;
    char *rows; /* all of metrics.jsonl */
} made = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const char model_name[] = "model.safetensors";

/* The model beside a checkpoint: whose it is, and its weights. */
typedef struct model_file {
    int64_t step, epoch;
    float value[WEIGHTS];
} model_file;

static siam_code save_model(const siam_loop *l, const siam_snapshot *shot, siam_err *e)
{
    model_file m = {.step = shot->at.step, .epoch = shot->at.epoch};
    memcpy(m.value, shot->params.value, sizeof m.value);
    return siam_folder_write(siam_run_folder(l->run), model_name, &m, sizeof m, e);
}

static siam_code keep_save(const siam_loop *l, const siam_snapshot *shot, siam_err *e)
{
    pthread_mutex_lock(&made.lock);
    saved_state *s = &made.save[made.n++];
    assert_true(made.n < SAVES);
    *s = (saved_state){.at = shot->at, .state = *(const tiny_state *)shot->state};
    memcpy(s->value, shot->params.value, sizeof s->value);
    memcpy(s->momentum, shot->params.momentum, sizeof s->momentum);
    made.loop = l;
    pthread_mutex_unlock(&made.lock);
    return save_model(l, shot, e);
}

/* Between two steps the loop knows what is saved. */
static void look_at_saves(void *user, const siam_event *ev)
{
    (void)user, (void)ev;
    pthread_mutex_lock(&made.lock);
    const int n = made.n;
    const bool done = n > made.known && made.loop->save.step == made.save[n - 1].at.step;
    if (done)
        made.known = n;
    pthread_mutex_unlock(&made.lock);
    if (done)
        record_saved(n);
}

/* Make the runs in the folder r, and write down what they do. */
static void make(const struct plan *p)
{
    drop_run();
    made.n = made.known = 0;
    record_start();
    watch_event = look_at_saves;
    watch_save = keep_save;
    threads = p->threads;
    for (int i = 0; i < 2 && p->session[i]; i++) {
        if (run_quiet(p->session[i]))
            fail_msg("%s", why.msg);
        made.known = made.n;
        record_saved(made.n);
    }
    rec.on = false;
    threads = false;
    watch_event = NULL;
    watch_save = save_model;
    assert_true(made.n >= 3);
    free(made.rows);
    made.rows = get("r/metrics.jsonl");
}

/* ---- what is found ---- */

/* The rows up to a step, as they were written. */
static char *rows_up_to(int64_t step, int64_t epochs)
{
    char *text = calloc(1, strlen(made.rows) + 1);
    for (const char *at = made.rows; *at; at += strcspn(at, "\n") + 1) {
        const char *s = strstr(at, "\"step\":"), *e = strstr(at, "\"epoch\":");
        if (strtoll(s + 7, NULL, 10) <= step && (strncmp(at, "{\"kind\":\"epoch\"", 15) || strtoll(e + 8, NULL, 10) <= epochs))
            strncat(text, at, strcspn(at, "\n") + 1);
    }
    return text;
}

static char wrong[4096]; /* a sentence, or "" */

static bool is_wrong(const char *text, const siam_err *e)
{
    snprintf(wrong, sizeof wrong, "%s%s%s", text, e ? ": " : "", e ? e->msg : "");
    return false;
}

/* What a resumed run reads: kept between states, since it takes time to make. */
static struct {
    siam_params *params;
    siam_progress *progress;
} reader;

/* Cut back what was told to where the run goes on. */
static bool rows_are_right(const siam_run *r, const siam_position *at)
{
    siam_err e = {0};
    siam_metrics *m;
    if (siam_metrics_open(&m, siam_run_folder(r), "metrics.jsonl", at->step, at->epoch, &e))
        return is_wrong("the rows cannot be cut back", &e);
    siam_metrics_close(&m);
    char *want = rows_up_to(at->step, at->epoch), *have = get("r/metrics.jsonl");
    const bool same = !strcmp(want, have);
    free(want);
    free(have);
    return same || is_wrong("metrics.jsonl lacks a row, or has one twice", NULL);
}

static bool is_model(const char *data, size_t n, const siam_position *at, const float *value)
{
    const model_file *m = (const model_file *)data;
    return n == sizeof *m && m->step == at->step && m->epoch == at->epoch && !memcmp(m->value, value, sizeof m->value);
}

/* The model is that of one of the saves from the last known one on; before the first it may be missing. */
static bool model_is_right(int known)
{
    char *data;
    size_t n;
    if (siam_file_read("r/model.safetensors", 1 << 20, &data, &n, NULL))
        return !known || is_wrong("the model is not there", NULL);
    bool right = false;
    for (int i = known ? known - 1 : 0; i < made.n; i++)
        right |= is_model(data, n, &made.save[i].at, made.save[i].value);
    free(data);
    return right || is_wrong("the model is none of those that were saved", NULL);
}

/* What was read is one of the saves from the last known one on, bit for bit. */
static bool state_is_right(int known, const siam_position *at, const tiny_state *state)
{
    for (int i = known ? known - 1 : 0; i < made.n; i++) {
        const saved_state *s = &made.save[i];
        if (at->step == s->at.step && at->epoch == s->at.epoch && at->batch == s->at.batch &&
            !memcmp(&at->seconds, &s->at.seconds, sizeof at->seconds) && !memcmp(state, &s->state, sizeof *state) &&
            !memcmp(reader.params->value, s->value, sizeof s->value) &&
            !memcmp(reader.params->momentum, s->momentum, sizeof s->momentum))
            return true;
    }
    snprintf(wrong, sizeof wrong, "what is resumed from says step %" PRId64 ", and the last known save is that of step %" PRId64,
             at->step, known ? made.save[known - 1].at.step : -1);
    return false;
}

static bool can_begin_again(int known)
{
    siam_run *r;
    siam_err e = {0};
    if (known)
        return is_wrong("nothing is left of the run", NULL);
    if (siam_run_open(&r, "train", "r", false, &e))
        return is_wrong("a run that saved nothing does not begin again", &e);
    siam_run_close(&r);
    return true;
}

/* The folder r as a resumed run finds it; *begins: there is no checkpoint, and the same command begins again. */
static bool look(int known, bool *begins)
{
    siam_config c = {0};
    siam_loop l = {.job = &tiny_job, .params = reader.params};
    tiny self = {0};
    siam_position at = {0};
    tiny_state state = {0};
    siam_field f[SIAM_JOB_FIELDS];
    char told[3 * SIAM_PATH_MAX];
    siam_run *r;
    siam_err e = {0};
    wrong[0] = '\0';
    l.self = &self;
    siam_optset_init(&l.set, siam_config_options, &c);
    strcpy(c.run_out, "r");
    c.run_resume = true;
    siam_code rc = siam_resume_config(&l.set, told, sizeof told, &e);
    *begins = rc == SIAM_E_NOTFOUND;
    if (*begins)
        return can_begin_again(known);
    if (rc)
        return is_wrong("its configuration cannot be read", &e);
    if (siam_run_open(&r, "train", "r", true, &e))
        return is_wrong("it cannot be opened", &e);
    *begins = siam_run_unsaved(r);
    bool right = true;
    if (!*begins) {
        const siam_state s = siam_loop_state(&l, &at, &state, f);
        rc = siam_state_load(r, &s, reader.progress, &e);
        right = rc ? is_wrong("nothing can be resumed from", &e)
                   : state_is_right(known, &at, &state) && model_is_right(known) && rows_are_right(r, &at);
    }
    siam_run_close(&r);
    return right && *begins ? can_begin_again(known) : right;
}

/* ---- trying all ---- */

static struct {
    uint64_t *seen;
    size_t room, n;
} states;

/* false: it was tried before. */
static bool is_new(uint64_t hash)
{
    if (states.n * 2 >= states.room) {
        uint64_t *old = states.seen;
        const size_t had = states.room;
        states.room = had ? 2 * had : 1 << 14;
        states.seen = calloc(states.room, sizeof *states.seen);
        states.n = 0;
        for (size_t i = 0; i < had; i++)
            if (old[i])
                is_new(old[i]);
        free(old);
    }
    hash += !hash;
    size_t at = hash % states.room;
    while (states.seen[at] && states.seen[at] != hash)
        at = (at + 1) % states.room;
    const bool found = states.seen[at] == hash;
    states.seen[at] = hash;
    states.n += !found;
    return !found;
}

static struct {
    long tried, whole, wrong;
    char first[5120]; /* the first wrong one */
} tally;

static void describe(char *text, size_t n, int k)
{
    static const char *const word[] = {"a name", "a name less", "bytes", "a size", "a sync", "known to be saved"};
    const change *c = &rec.change[k];
    const char *name = c->name[0] ? c->name : c->old;
    for (int i = 0; i < rec.n && !*name; i++)
        if (rec.change[i].kind == NAME && rec.change[i].node == c->node)
            name = rec.change[i].name;
    snprintf(text, n, "call %d (%s: %s)", k, word[c->kind], name);
}

/* Run it to its end, which is the same as that of `w`. */
static void run_to_the_end(const whole *w, bool begins)
{
    char *data;
    size_t n;
    glob_t half;
    if (!begins) {
        comes_to(w);
    } else if (run_quiet(access("r/config.yaml", F_OK) ? "" : "run.resume=true")) {
        fail_msg("%s", why.msg);
    } else {
        char *text = rows();
        assert_string_equal(text, w->rows);
        free(text);
    }
    assert_memory_equal(ended.value, w->value, sizeof ended.value);
    assert_int_equal(glob("r/.tmp-*.{safetensors,json,jsonl,yaml}-*", GLOB_PERIOD | GLOB_BRACE, NULL, &half), GLOB_NOMATCH);
    assert_int_equal(glob("r/checkpoints/.tmp-*", GLOB_PERIOD, NULL, &half), GLOB_NOMATCH);
    assert_int_equal(siam_file_read("r/model.safetensors", 1 << 20, &data, &n, NULL), SIAM_OK);
    assert_true(is_model(data, n, &ended.at, w->value));
    free(data);
    tally.whole++;
}

/* Try the state that was drawn, in the folder r below this one. */
static void try_state(int k, const whole *w)
{
    bool begins;
    char at[256] = "nothing";
    drop_run();
    crash_write(AT_FDCWD, ROOT);
    tally.tried++;
    if (!look(disk.saved, &begins)) {
        if (!tally.wrong++) {
            if (k > 0)
                describe(at, sizeof at, k - 1);
            snprintf(tally.first, sizeof tally.first, "after %s: %s", at, wrong);
        }
    } else if (w && tally.tried % WHOLE == 0) {
        run_to_the_end(w, begins);
    }
}

/* After each call: all subsets of few changes of names, with what was written there, not there, zeros and torn; then draws. */
static void try_all(long most, const lie *l, const whole *w)
{
    const long begun = tally.tried;
    const int most_names = most > 10000 ? 6 : 3, draws = most > 10000 ? 8 : 4;
    for (int round = 0; (!round || tally.tried - begun < most) && round < 5000; round++) {
        disk_start();
        for (int k = 0; k <= rec.n; k++) {
            if (k)
                disk_change(k - 1, l);
            const int few = round || disk.npending > most_names ? 0 : 1 << disk.npending;
            for (int set = 0; set < few; set++)
                for (int way = 0; way <= WAYS; way++) {
                    crash_make((uint64_t)set, (bytes_way)way);
                    if (is_new(now.hash))
                        try_state(k, w);
                }
            for (int i = 0; i < draws; i++) {
                crash_make(draw_names(), draw(3) ? WAYS : (bytes_way)draw(WAYS));
                if ((!round || tally.tried - begun < most) && is_new(now.hash))
                    try_state(k, w);
            }
            if (l && tally.wrong)
                return;
        }
    }
}

static void begin(uint64_t seed)
{
    draw_state = 0x9E3779B97F4A7C15ull + seed;
    memset(&tally, 0, sizeof tally);
    free(states.seen);
    memset(&states, 0, sizeof states);
}

static int open_files(void)
{
    int n = 0;
    for (int fd = 0; fd < FDS; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void crash_states(void **state)
{
    (void)state;
    long tried = 0, calls = 0, resumed = 0;
    const whole w = undisturbed();
    const int files = open_files();
    for (int i = 0; i < PLANS; i++) {
        begin((uint64_t)i);
        make(&plans[i]);
        try_all((wanted - tried) / (PLANS - i), NULL, &w);
        if (tally.wrong)
            fail_msg("%s: %ld of %ld states are wrong; the first, %s", plans[i].name, tally.wrong, tally.tried, tally.first);
        print_message("%ld states of %d calls and %d saves: %s\n", tally.tried, rec.n, made.n, plans[i].name);
        tried += tally.tried;
        calls += rec.n;
        resumed += tally.whole;
    }
    free(w.rows);
    print_message("power: %ld distinct crash states after %ld calls of %d runs: each resumes from the last save or the one after "
                  "it, verified; %ld of them were run to the end, bitwise the same\n", tried, calls, (int)PLANS, resumed);
    assert_true(tried >= wanted);
    assert_int_equal(open_files(), files);
}

/* Were fsync left out anywhere, this would be found. */
static void lies_are_found(void **state)
{
    (void)state;
    static const lie all[] = {{"fsync does nothing", true, true, ""},
                              {"fsync of files does nothing", true, false, ""},
                              {"fsync of folders does nothing", false, true, ""},
                              {"fsync of config.yaml does nothing", true, false, "config.yaml"},
                              {"fsync of metrics.jsonl does nothing", true, false, "metrics.jsonl"},
                              {"fsync of checkpoints does nothing", true, false, "step-"},
                              {"fsync of the model does nothing", true, false, "model.safetensors"},
                              {"fsync of the run folder does nothing", false, true, "r"},
                              {"fsync of the folder of checkpoints does nothing", false, true, "checkpoints"},
                              {"fsync of the folder around the run does nothing", false, true, NULL}};
    make(&plans[0]);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        begin(i);
        try_all(20000, &all[i], NULL);
        if (!tally.wrong)
            fail_msg("where %s, none of %ld states is wrong", all[i].says, tally.tried);
        print_message("where %s, state %ld is wrong: %s\n", all[i].says, tally.tried, tally.first);
    }
}

/* Whether a path is on the disk when nothing is there but what was promised. */
static bool is_durable(const char *path)
{
    char text[256], *rest = text, *name;
    int at = ROOT, i = 0;
    disk_start();
    for (int k = 0; k < rec.n; k++)
        disk_change(k, NULL);
    crash_make(0, NOTHING);
    snprintf(text, sizeof text, "%s", path);
    while (i >= 0 && (name = strsep(&rest, "/"))) {
        i = lookup(&now.in[at], name);
        at = i < 0 ? ROOT : now.in[at].at[i].node;
    }
    return i >= 0;
}

/* Folders that are made on the way to a file are there with it. */
static void folders_are_durable(void **state)
{
    (void)state;
    siam_err e = {0};
    record_start();
    assert_int_equal(siam_mkdirs("a/b/c", &e), SIAM_OK);
    assert_int_equal(siam_mkdirs("a/d/", &e), SIAM_OK);
    assert_int_equal(siam_file_write_atomic("a/d/file", "1", 1, &e), SIAM_OK);
    assert_true(is_durable("a/b/c") && is_durable("a/d/file") && !is_durable("a/d/c"));
    for (int k = 1; k < 3; k++) {
        char path[64];
        siam_run *r;
        assert_int_equal(siam_run_open(&r, "train", "", false, &e), SIAM_OK);
        assert_int_equal(siam_run_write(r, "config.yaml", "x: 1\n", &e), SIAM_OK);
        siam_run_close(&r);
        snprintf(path, sizeof path, "runs/train-%04d/config.yaml", k);
        assert_true(is_durable(path));
    }
    rec.on = false;
}

/* In memory where there is such a folder. */
static int enter_memory(void **state)
{
    strcpy(home, "/dev/shm/siam-power-XXXXXX");
    if ((access("/dev/shm", W_OK) || !mkdtemp(home) || chdir(home)) && enter(state))
        return -1;
    static const siam_param row[] = {{.name = "w", .desc = {SIAM_F32, SIAM_NCHW, 1, {WEIGHTS, 1, 1, 1}}}};
    return siam_params_create(&reader.params, row, 1, true, NULL) || siam_progress_create(&reader.progress, &(siam_progress_cfg){0}, NULL);
}

static int leave_memory(void **state)
{
    record_start();
    rec.on = false;
    siam_params_destroy(&reader.params);
    siam_progress_destroy(&reader.progress);
    return leave(state);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        wanted = strtol(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(crash_states, enter_memory, leave_memory),
                                       cmocka_unit_test_setup_teardown(lies_are_found, enter_memory, leave_memory),
                                       cmocka_unit_test_setup_teardown(folders_are_durable, enter_memory, leave_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
