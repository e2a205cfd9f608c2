/* A tiny job for tests of the training loop, that counts its calls and does what a script says at any of them: fails, is
 * stopped, meets NaN or a bad image. */
#ifndef TEST_LOOP_CASE_H
#define TEST_LOOP_CASE_H

#include "run_case.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>

#include "backend/device.h"
#include "base/stop.h"
#include "base/system.h"
#include "checkpoint/checkpoint.h"
#include "train/loop.h"

/* Without a thread to save in, all calls come in one order; with one, training goes on meanwhile. */
static bool threads;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *), void *user)
{
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return threads ? real(thread, attr, start, user) : EAGAIN;
}

#ifndef LOOP_WEIGHTS
#define LOOP_WEIGHTS 3
#endif
enum { EPOCHS = 4, STEPS = 3, WEIGHTS = LOOP_WEIGHTS, IMAGES = 2 };
static const double WAIT = 0.25; /* seconds a step waits for images, says its job */

typedef enum place { OPEN, PREPARE, CHECK, BUILD, START, BEGIN_EPOCH, STEP, MEASURE, SAVE, PLACES } place;
static const char letter[PLACES + 1] = "oPcbse.mS";

/* What happens at the nth call of a place in a run. */
typedef struct incident {
    place at;
    int nth;
    siam_code code; /* that it returns */
    int stop;       /* a stop that is asked for */
    bool nan;       /* a weight becomes NaN */
    int bad;        /* so many more images cannot be read */
} incident;

static struct {
    const incident *list;
    int n;
    int64_t held_out; /* so many held-out images are a part of its state; 0: none are */
    const siam_comm *rank; /* it is one of several; or NULL */
    bool deaf; /* measuring does not look whether it is to stop */
    bool clocked; /* waiting is measured */
    int count[PLACES], closed;
    char calls[256]; /* a letter for each */
    volatile sig_atomic_t stop;
    siam_skiplist skipped;
} script;

typedef struct tiny_state {
    double sum, of_epoch; /* over all steps, over those of the epoch */
    int64_t measured;
} tiny_state;

typedef struct tiny {
    siam_loop *loop;
    tiny_state at;
    siam_params *params;
    double waited;
} tiny;

/* How the last run ended, as its job had it. */
static struct {
    siam_position at;
    tiny_state state;
    float value[WEIGHTS], momentum[WEIGHTS];
} ended;

static inline siam_code happens(const tiny *t, place at, siam_err *e)
{
    const int nth = ++script.count[at];
    script.calls[strlen(script.calls)] = letter[at];
    for (int i = 0; i < script.n; i++) {
        const incident *x = &script.list[i];
        if (x->at != at || x->nth != nth)
            continue;
        if (x->stop)
            siam_stop_ask(&script.stop, x->stop);
        if (x->nan)
            t->params->value[1] = NAN;
        for (int k = 0; k < x->bad; k++)
            assert_true(siam_skiplist_add(&script.skipped, script.skipped.n, "it is torn"));
        if (x->code)
            return siam_fail(e, x->code, "failed as the script says");
    }
    return SIAM_OK;
}

static inline siam_code tiny_open(void *self, siam_loop *loop, siam_err *e)
{
    tiny *t = self;
    t->loop = loop;
    loop->rate = loop->cfg.train_lr;
    siam_code rc = siam_dataset_open(&loop->train, loop->cfg.data_path, SIAM_SPLIT_TRAIN, loop->cfg.data_size, e);
    if (!rc)
        siam_dataset_fingerprint(&loop->at.data[0], loop->train);
    loop->at.data[1] = (siam_fingerprint){.images = script.held_out, .files = 5};
    if (!rc)
        rc = siam_backend_open(&loop->backend, "ref", 1, e);
    return rc ? rc : happens(t, OPEN, e);
}

static inline siam_code tiny_prepare(void *self, siam_err *e)
{
    static const siam_param row[] = {{.name = "w", .desc = {SIAM_F32, SIAM_NCHW, 1, {WEIGHTS, 1, 1, 1}}}};
    tiny *t = self;
    const siam_code rc = siam_params_create(&t->params, row, 1, true, e);
    t->loop->params = t->params;
    t->loop->steps_per_epoch = STEPS;
    return rc ? rc : happens(t, PREPARE, e);
}

static inline void tiny_describe(const void *self) { siam_progress_note(((const tiny *)self)->loop->progress, "tiny"); }

static inline int tiny_fields(void *self, void *state, siam_field *f)
{
    (void)self;
    tiny_state *s = state;
    f[0] = (siam_field){.key = "siam.sum", .real = &s->sum};
    f[1] = (siam_field){.key = "siam.of_epoch", .real = &s->of_epoch};
    f[2] = (siam_field){.key = "siam.measured", .whole = &s->measured};
    return 3;
}

static inline siam_code tiny_check(const void *self, const void *state, const siam_position *at, siam_err *e)
{
    const tiny_state *s = state;
    assert_true(at->epoch >= s->measured && isfinite(s->sum));
    return happens(self, CHECK, e);
}

static void (*watch_build)(void); /* what is to be seen while the model is built */

static inline siam_code tiny_build(void *self, siam_err *e)
{
    if (watch_build)
        watch_build();
    return happens(self, BUILD, e);
}

static inline siam_code tiny_start(void *self, siam_err *e) { return happens(self, START, e); }
static inline siam_code tiny_begin(void *self, siam_err *e) { return happens(self, BEGIN_EPOCH, e); }

static inline siam_code tiny_step(void *self, int *images, siam_err *e)
{
    tiny *t = self;
    const siam_code rc = happens(t, STEP, e);
    if (rc == SIAM_E_NUMERIC) {
        siam_err_clear(e);
        return siam_loop_exploded(t->loop, "the loss", "NaN", t->loop->at.step + 1, e);
    }
    for (int i = 0; i < WEIGHTS && !rc; i++) {
        t->params->momentum[i] = 0.9f * t->params->momentum[i] + (float)(t->loop->at.step + i);
        t->params->value[i] -= 0.1f * t->params->momentum[i];
    }
    t->at.sum += (double)t->params->value[0];
    t->at.of_epoch += (double)t->params->value[2];
    t->waited += WAIT;
    *images = IMAGES;
    return rc;
}

static inline void tiny_step_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    const tiny *t = self;
    assert_true(pace->step_images == IMAGES && pace->epoch_images >= IMAGES && pace->epoch_seconds >= pace->step_seconds);
    if (script.clocked)
        assert_true(fabs(siam_event_value(ev, SIAM_GAUGE_DATA_WAIT) * pace->step_seconds - WAIT) < 1e-9); /* of this step alone */
    siam_event_put(ev, SIAM_GAUGE_LOSS, (double)t->params->value[2]);
    if (ev->step == 2)
        strcpy(ev->note, "two steps");
}

static inline void tiny_source(const void *self, siam_source *s)
{
    if (script.clocked)
        s->waited = ((const tiny *)self)->waited;
    s->skipped = &script.skipped;
}

static inline siam_code tiny_measure(void *self, siam_err *e)
{
    tiny *t = self;
    const siam_code rc = happens(t, MEASURE, e);
    if (!rc && !script.deaf && siam_stop_asked(&script.stop))
        return siam_fail(e, SIAM_E_CANCELLED, "stopped while measuring");
    t->at.measured += !rc;
    return rc;
}

static inline void tiny_epoch_numbers(void *self, const siam_pace *pace, siam_event *ev)
{
    tiny *t = self;
    (void)pace;
    siam_event_put(ev, SIAM_GAUGE_LOSS, t->at.of_epoch / (double)ev->batch);
    t->at.of_epoch = 0;
}

static siam_code (*watch_save)(const siam_loop *l, const siam_snapshot *shot, siam_err *e); /* what a save writes beside model.txt */

static inline siam_code tiny_save(void *self, const siam_snapshot *shot, siam_err *e)
{
    const tiny *t = self;
    char text[32];
    siam_code rc = threads ? SIAM_OK : happens(t, SAVE, e);
    snprintf(text, sizeof text, "%" PRId64 "\n", shot->at.step);
    rc = rc ? rc : siam_folder_write(siam_run_folder(t->loop->run), "model.txt", text, strlen(text), e); /* as models are */
    return rc || !watch_save ? rc : watch_save(t->loop, shot, e);
}

static inline void tiny_farewell(const void *self) { siam_progress_note(((const tiny *)self)->loop->progress, "farewell"); }

static inline void tiny_next(const void *self, const char *run, const char *data)
{
    siam_progress_note(((const tiny *)self)->loop->progress, "use %s of %s", run, data);
}

static inline void tiny_result(const void *self, void *result) { *(int64_t *)result = ((const tiny *)self)->at.measured; }

static inline void tiny_close(void *self)
{
    tiny *t = self;
    script.closed++;
    if (t->params) {
        ended.at = t->loop->at;
        ended.state = t->at;
        memcpy(ended.value, t->params->value, sizeof ended.value);
        memcpy(ended.momentum, t->params->momentum, sizeof ended.momentum);
    }
    siam_params_destroy(&t->params);
}

static const siam_job tiny_job = {
    .name = "train", .takes = "train RECIPE", .state_kind = "tiny state", .finite = true, .options = siam_config_options,
    .check = siam_config_check_simsiam, .size = sizeof(tiny), .state_offset = offsetof(tiny, at),
    .state_size = sizeof(tiny_state), .open = tiny_open, .prepare = tiny_prepare, .describe = tiny_describe,
    .fields = tiny_fields, .check_state = tiny_check, .build = tiny_build, .start = tiny_start,
    .begin_epoch = tiny_begin, .step = tiny_step, .step_numbers = tiny_step_numbers, .source = tiny_source,
    .measure = tiny_measure, .epoch_numbers = tiny_epoch_numbers, .save_models = tiny_save, .farewell = tiny_farewell,
    .next = tiny_next, .result = tiny_result, .close = tiny_close};

/* ---- running it ---- */

static siam_err why;
static int64_t result;
static void (*watch_event)(void *user, const siam_event *ev);
static FILE *console;

/* Run it in the folder r with more options, "key=value ...", and what happens. */
static inline siam_code run(const char *options, const incident *list, int n)
{
    static siam_config c;
    siam_optset set;
    siam_problems bad = {0};
    char all[512];
    memset(&c, 0, sizeof c);
    siam_optset_init(&set, siam_config_options, &c);
    snprintf(all, sizeof all, "data.path=synth:train=8,test=4 data.size=8 train.epochs=%d train.batch=2 run.out=r run.device=ref "
             "run.tuning=fixed run.threads=1 train.keep=100 run.log_every=2 %s", EPOCHS, options);
    char *rest = all;
    for (char *word; (word = strsep(&rest, " "));) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        siam_optset_set(&set, word, value, SIAM_FROM_CLI, NULL, &bad);
    }
    if (bad.n)
        fail_msg("%s", bad.text);
    siam_skiplist_release(&script.skipped);
    const bool deaf = script.deaf, clocked = script.clocked;
    const siam_comm *rank = script.rank;
    const int64_t held_out = script.held_out;
    memset(&script, 0, sizeof script);
    script.list = list;
    script.n = n;
    script.deaf = deaf;
    script.rank = rank;
    script.held_out = held_out;
    script.clocked = clocked;
    script.stop = SIAM_STOP_UNHEARD;
    memset(&why, 0, sizeof why);
    memset(&ended, 0, sizeof ended);
    result = -1;
    const siam_watch watch = {.stop = &script.stop, .event = watch_event, .console = console, .comm = script.rank};
    siam_job job = tiny_job;
    job.held_out = script.held_out > 0;
    siam_code rc = siam_config_finish(&set, &why);
    if (!rc)
        rc = siam_job_run(&job, &set, NULL, &watch, &result, &why);
    assert_int_equal(script.closed, 1);
    siam_skiplist_release(&script.skipped);
    return rc;
}

static inline siam_code run_quiet(const char *options) { return run(options, NULL, 0); }

/* The number `key` of the checkpoint that `last` names. */
static inline double saved(const char *key)
{
    char path[256] = "r/checkpoints/";
    siam_ckpt *c;
    siam_err e = {0};
    char *name = get("r/checkpoints/last");
    strncat(path, name, strcspn(name, "\n"));
    free(name);
    if (siam_ckpt_open(&c, path, &e))
        fail_msg("%s", e.msg);
    const char *text = c->format->meta(c, key);
    const double v = text ? strtod(text, NULL) : NAN;
    siam_ckpt_close(&c);
    return v;
}

static inline void assert_saved_at(int step, int epoch, int batch)
{
    if (saved("siam.step") != step || saved("siam.epoch") != epoch || saved("siam.batch") != batch)
        fail_msg("saved at step %g, epoch %g, batch %g, not at %d, %d, %d", saved("siam.step"), saved("siam.epoch"),
                 saved("siam.batch"), step, epoch, batch);
    char text[32], *model = get("r/model.txt");
    snprintf(text, sizeof text, "%d\n", step);
    assert_string_equal(model, text);
    free(model);
}

/* The rows of metrics.jsonl, without what is measured with a clock. */
static inline char *rows(void)
{
    char *text = get("r/metrics.jsonl"), *out = calloc(1, strlen(text) + 1), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        line[strcspn(line, "0123456789")] = '\0';
        strcat(out, line); /* up to the epoch ... */
        char *step = line + strlen(line) + 1;
        step = strstr(step, "\"step\"");
        step[strcspn(step, "}")] = '\0';
        for (const char *key = "step"; key; key = !strcmp(key, "step") ? "loss" : NULL) {
            const char *at = strstr(step, key);
            strncat(out, at, strcspn(at, ","));
            strcat(out, " ");
        }
        strcat(out, "\n");
    }
    free(text);
    return out;
}

/* What an undisturbed run comes to. */
typedef struct whole {
    int64_t step;
    tiny_state state;
    float value[WEIGHTS], momentum[WEIGHTS];
    char *rows;
} whole;

static inline whole undisturbed(void)
{
    assert_int_equal(run_quiet(""), SIAM_OK);
    whole w = {.step = ended.at.step, .state = ended.state, .rows = rows()};
    memcpy(w.value, ended.value, sizeof w.value);
    memcpy(w.momentum, ended.momentum, sizeof w.momentum);
    assert_true(w.step == EPOCHS * STEPS && w.state.measured == EPOCHS && result == EPOCHS);
    assert_saved_at(EPOCHS * STEPS, EPOCHS, 0);
    return w;
}

static inline void drop_run(void) { nftw("r", drop, 8, FTW_DEPTH | FTW_PHYS); }

/* Resume the run in r to its end: the same as `w`. */
static inline void comes_to(const whole *w)
{
    if (run_quiet("run.resume=true"))
        fail_msg("%s", why.msg);
    assert_true(ended.at.step == w->step && ended.at.epoch == EPOCHS && ended.at.batch == 0);
    assert_memory_equal(&ended.state, &w->state, sizeof ended.state);
    assert_memory_equal(ended.value, w->value, sizeof ended.value);
    assert_memory_equal(ended.momentum, w->momentum, sizeof ended.momentum);
    assert_saved_at(EPOCHS * STEPS, EPOCHS, 0);
    char *text = rows();
    assert_string_equal(text, w->rows);
    free(text);
}

static inline int lines_of(const char *path, const char *part)
{
    int n = 0;
    char *text = get(path);
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    free(text);
    return n;
}

#endif
