/* siam_task through the shared library: every verb with a public face gives what the command line gives;
 * wrong calls, callbacks that stop, what is said beside the results, silence. */
#include "api_case.h"
#include "../hints/hint.h"

#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>

enum { ROWS = 64 };

typedef struct told {
    char *row[ROWS];
    int n, stop_at; /* rows; behind which one it is to stop, 0 = none */
    int lines;
    char log[8192];
} told;

static int take_row(void *user, const char *row)
{
    told *t = user;
    assert_true(t->n < ROWS);
    t->row[t->n++] = strdup(row);
    return t->n == t->stop_at;
}

static void take_line(void *user, const char *line)
{
    told *t = user;
    assert_null(strchr(line, '\n'));
    t->lines++;
    const size_t used = strlen(t->log);
    snprintf(t->log + used, sizeof t->log - used, "%s\n", line);
}

static void forget(told *t)
{
    for (int i = 0; i < t->n; i++)
        free(t->row[i]);
    *t = (told){0};
}

/* A task as a command line: words, of which "key=value" are options. */
static siam_code run(told *t, siam_err *e, const char *name, ...)
{
    siam_task *task;
    va_list ap;
    va_start(ap, name);
    siam_code rc = siam_task_create(&task, name, e);
    for (const char *word; !rc && (word = va_arg(ap, const char *));) {
        char key[64];
        const char *equals = strchr(word, '=');
        snprintf(key, sizeof key, "%.*s", equals ? (int)(equals - word) : 0, word);
        rc = equals ? siam_task_set(task, key, equals + 1, e) : siam_task_argument(task, word, e);
    }
    va_end(ap);
    if (!rc)
        rc = siam_task_on_log(task, take_line, t, e);
    if (!rc)
        rc = siam_task_run(task, take_row, t, e);
    siam_task_destroy(&task);
    assert_null(task);
    return rc;
}

/* What the program prints for a command line. */
static const char *program(const char *words)
{
    static char out[1 << 18];
    char command[4096];
    const char *path = getenv("SIMSIAM_PROGRAM");
    snprintf(command, sizeof command, "'%s' %s 2>/dev/null", path ? path : "simsiam", words);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    const size_t n = fread(out, 1, sizeof out - 1, f);
    out[n] = '\0';
    assert_int_equal(pclose(f), 0);
    return out;
}

static json_t *parse(const char *text)
{
    json_t *j = json_loads(text, 0, NULL);
    if (!j)
        fail_msg("this is no JSON: %s", text);
    return j;
}

static double number(const char *row, const char *key)
{
    json_t *j = parse(row), *v = json_object_get(j, key);
    const double x = json_is_number(v) ? json_number_value(v) : NAN;
    json_decref(j);
    return x;
}

static void assert_same_file(const char *a, const char *b)
{
    char command[512];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    assert_int_equal(system(command), 0);
}

#define DATA "data=synth:train=48,test=16"
#define ONE "threads=1"

/* A pretraining run "run", a linear evaluation "probe" of it, and pictures. */
static int make_models(void **state)
{
    told t = {0};
    siam_err e = {0};
    if (enter_folder(state))
        return -1;
    setenv("XDG_CACHE_HOME", *state, 1); /* timings, the same for the program */
    const char *codec = getenv("SIMSIAM_SOURCE");
    char command[1024];
    snprintf(command, sizeof command,
             "mkdir pics && cp '%s'/tests/data/codec/optimised.jpg pics/a.jpg && cp pics/a.jpg pics/b.jpg",
             codec ? codec : ".");
    if (system(command))
        return -1;
    siam_code rc = run(&t, &e, "train", "demo", DATA, "train.batch=16", "train.epochs=1",
                       "model.arch=resnet20-cifar", "model.width=16", "data.size=16", "dim=16",
                       "run.threads=1", "workers=1", "eval.k=5", "plan=fixed", "out=run", NULL);
    if (!rc && (t.n != 5 || number(t.row[4], "epochs") != 1)) /* 3 steps, an epoch, the end */
        rc = SIAM_E_BUG;
    forget(&t);
    if (!rc)
        rc = run(&t, &e, "linear", "run", DATA, "epochs=2", "batch=16", "plan=fixed", "run.threads=1",
                 "out=probe", NULL);
    forget(&t);
    if (rc)
        print_error("%s: %s\n", siam_code_name(rc), e.msg);
    return rc;
}

/* ---- results ---- */

static void knn_is_the_programs(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    assert_ok(run(&t, &err, "knn", "run", DATA, "k=1,5,20", "temperature=0.1,1", ONE, NULL));
    assert_int_equal(t.n, 6);
    json_t *all = parse(
        program("knn run --data synth:train=48,test=16 --k 1,5,20 --temperature 0.1,1 --threads 1 --json"));
    json_t *want = json_object_get(all, "knn");
    assert_int_equal(json_array_size(want), 6);
    for (int i = 0; i < 6; i++) {
        json_t *row = parse(t.row[i]);
        assert_true(json_equal(row, json_array_get(want, (size_t)i)));
        json_decref(row);
    }
    json_decref(all);
    assert_non_null(strstr(t.log, "weighted kNN of run: 16 test images against 48 training images"));
    forget(&t);
    assert_ok(run(&t, &err, "knn", "raw", DATA, ONE, NULL));
    assert_int_equal(t.n, 1);
    assert_true(number(t.row[0], "k") == 200 && number(t.row[0], "top1") >= 0);
    forget(&t);
}

static void test_is_the_programs(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    char want[1 << 16];
    assert_ok(run(&t, &err, "test", "probe", DATA, ONE, "min-top1=100",
                  NULL)); /* below it is an answer, not a failure */
    assert_int_equal(t.n, 1);
    json_t *row = parse(t.row[0]);
    assert_true(json_is_false(json_object_get(row, "passed")));
    json_decref(row);
    assert_non_null(strstr(t.log, "below the 100 % of --min-top1"));
    forget(&t);
    assert_ok(run(&t, &err, "test", "probe", DATA, ONE, "out=preds.jsonl", NULL));
    snprintf(want, sizeof want, "%s",
             program("test probe --data synth:train=48,test=16 --threads 1 --json --out same.jsonl"));
    want[strcspn(want, "\n")] = '\0';
    assert_string_equal(t.row[0], want);
    assert_same_file("preds.jsonl", "same.jsonl");
    forget(&t);
}

static void predict_is_the_programs(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    assert_ok(run(&t, &err, "predict", "probe", "pics/a.jpg", "pics", "topk=2", ONE, NULL));
    assert_int_equal(t.n, 3);
    char *want = strdup(program("predict probe pics/a.jpg pics --topk 2 --threads 1 --json")), *at = want;
    for (int i = 0; i < 3; i++) {
        assert_string_equal(t.row[i], strsep(&at, "\n"));
    }
    free(want);
    forget(&t);
}

static void files_are_the_programs(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    static const struct {
        const char *layer;
        int ndim;
    } layers[] = {{"pool", 1}, {"layer4", 3}, {"z", 1}, {"p", 1}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        char option[32], command[256];
        snprintf(option, sizeof option, "layer=%s", layers[i].layer);
        assert_ok(run(&t, &err, "extract", "run", DATA, option, "out=mine.npy", "replace=true", ONE, NULL));
        assert_int_equal(t.n, 1);
        json_t *row = parse(t.row[0]);
        assert_int_equal(json_integer_value(json_object_get(row, "images")), 64);
        assert_int_equal(json_array_size(json_object_get(row, "shape")), layers[i].ndim);
        assert_string_equal(json_string_value(json_object_get(row, "layer")), layers[i].layer);
        json_decref(row);
        snprintf(command, sizeof command,
                 "extract run --data synth:train=48,test=16 --layer %s -o its.npy --replace --threads 1",
                 layers[i].layer);
        program(command);
        assert_same_file("mine.npy", "its.npy");
        assert_same_file("mine.index.csv", "its.index.csv");
        forget(&t);
    }
    assert_ok(run(&t, &err, "export", "run", "out=mine.pth", "names=mmpretrain", NULL));
    assert_int_equal(t.n, 1);
    assert_true(number(t.row[0], "tensors") > 100);
    program("export run -o its.pth --names mmpretrain");
    assert_same_file("mine.pth", "its.pth");
    forget(&t);
}

static void linear_tells_events_and_its_best(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    assert_ok(run(&t, &err, "linear", "run", DATA, "epochs=2", "batch=16", "plan=fixed", "run.threads=1",
                  "out=again", NULL));
    assert_int_equal(t.n, 9); /* two epochs of three steps, and the end */
    int steps = 0, epochs = 0;
    for (int i = 0; i < 8; i++) {
        json_t *row = parse(t.row[i]);
        const char *event = json_string_value(json_object_get(row, "event"));
        steps += !strcmp(event, "step");
        epochs += !strcmp(event, "epoch");
        assert_int_equal(json_integer_value(json_object_get(row, "steps")), 6);
        assert_true(isfinite(number(t.row[i], "loss")));
        assert_null(json_object_get(row, "z_rank")); /* is not measured, so it is not there */
        json_decref(row);
    }
    assert_true(steps == 6 && epochs == 2);
    assert_true(number(t.row[8], "top1") >= 0 && number(t.row[8], "lr") > 0);
    assert_same_file("again/model.safetensors", "probe/model.safetensors");
    assert_true(t.lines > 3);
    forget(&t);
}

static void info_and_list_are_the_programs(void **state)
{
    (void)state;
    static const char *const what[] = {"run", "resnet18", "demo", "cifar10-linear-100e"};
    siam_err err = {0};
    told t = {0};
    for (size_t i = 0; i < sizeof what / sizeof *what; i++) {
        char command[128];
        assert_ok(run(&t, &err, "info", what[i], NULL));
        assert_int_equal(t.n, 1);
        snprintf(command, sizeof command, "info %s --json", what[i]);
        json_t *mine = parse(t.row[0]), *its = parse(program(command));
        assert_true(json_equal(mine, its));
        json_decref(mine);
        json_decref(its);
        forget(&t);
    }
    assert_ok(run(&t, &err, "list", "resnet*-cifar", NULL));
    assert_true(t.n >= 2);
    for (int i = 0; i < t.n; i++)
        assert_non_null(strstr(t.row[i], "-cifar\""));
    forget(&t);
}

/* ---- wrong calls ---- */

static void wrong_calls_are_sentences(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    siam_task *task = (siam_task *)&t;
    assert_fails(SIAM_E_USAGE, siam_task_create(&task, "knnn", &err));
    assert_null(task);
    assert_non_null(strstr(err.msg, "did you mean \"knn\"?"));
    assert_fails(SIAM_E_USAGE, siam_task_create(&task, "help", &err)); /* a command line's own */
    assert_fails(SIAM_E_USAGE, siam_task_create(&task, NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_task_create(NULL, "knn", &err));
    assert_fails(SIAM_E_USAGE, siam_task_set(NULL, "k", "1", &err));
    assert_fails(SIAM_E_USAGE, siam_task_argument(NULL, "x", &err));
    assert_fails(SIAM_E_USAGE, siam_task_run(NULL, NULL, NULL, &err));
    siam_task_destroy(NULL);
    siam_task_stop(NULL);

    assert_ok(siam_task_create(&task, "knn", &err));
    static const char *const wrong[][3] = {
        {"kk", "1", "unknown option"},       {"k", "many", "k must be"},
        {"k", "0", "between 1 and"},         {"bank", "-1", "bank must be"},
        {"exif", "perhaps", "exif must be"}, {"leave_one_out", "2", "leave_one_out must be"},
        {"epochs", "3", "unknown option"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_fails(SIAM_E_USAGE, siam_task_set(task, wrong[i][0], wrong[i][1], &err));
        if (!strstr(err.msg, wrong[i][2]))
            fail_msg("%s=%s: %s", wrong[i][0], wrong[i][1], err.msg);
    }
    char longest[200];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_fails(SIAM_E_USAGE, siam_task_set(task, longest, "1", &err));
    assert_fails(SIAM_E_USAGE, siam_task_set(task, "k", NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_task_argument(task, NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_task_run(task, NULL, NULL, &err)); /* without a model */
    assert_non_null(strstr(err.msg, "knn needs an argument"));
    assert_fails(SIAM_E_USAGE, siam_task_run(task, NULL, NULL, &err)); /* it ran */
    assert_fails(SIAM_E_USAGE, siam_task_set(task, "k", "1", &err));
    assert_fails(SIAM_E_USAGE, siam_task_argument(task, "run", &err));
    assert_fails(SIAM_E_USAGE, siam_task_on_log(task, NULL, NULL, &err));
    siam_task_destroy(&task);
}

static void failures_have_the_programs_codes(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {0};
    assert_fails(SIAM_E_USAGE, run(&t, &err, "knn", "run", NULL));
    assert_non_null(strstr(err.msg, "knn needs the labelled data set"));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "knn", "run", "more", DATA, NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "knn", "run", DATA, "k=2.5", NULL));
    assert_fails(SIAM_E_NOTFOUND, run(&t, &err, "knn", "/no/model", DATA, NULL));
    assert_fails(SIAM_E_NOTFOUND, run(&t, &err, "test", "probe", "data=/no/data", NULL));
    assert_fails(SIAM_E_CONFIG, run(&t, &err, "test", "run", DATA, NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "predict", "probe", NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "extract", "run", DATA, NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "export", "run", NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "linear", NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "linear", "run", DATA, "recipe=none-such", NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "train", NULL));
    assert_fails(SIAM_E_USAGE, run(&t, &err, "list", "nothing-like-this", NULL));
    assert_int_equal(t.n, 0);
    forget(&t);
}

/* ---- stopping ---- */

static void a_callback_stops(void **state)
{
    (void)state;
    siam_err err = {0};
    told t = {.stop_at = 1};
    assert_fails(SIAM_E_CANCELLED, run(&t, &err, "predict", "probe", "pics", ONE, NULL));
    assert_int_equal(t.n, 1);
    forget(&t);
    t.stop_at = 2;
    assert_fails(SIAM_E_CANCELLED, run(&t, &err, "knn", "run", DATA, "k=1,2,3", ONE, NULL));
    assert_int_equal(t.n, 2);
    forget(&t);
    t.stop_at = 4;
    assert_fails(SIAM_E_CANCELLED, run(&t, &err, "linear", "run", DATA, "epochs=2", "batch=16", "plan=fixed",
                                       "run.threads=1", "out=halted", NULL));
    assert_int_equal(t.n, 4);
    assert_non_null(strstr(err.msg, "the state is saved in halted"));
    forget(&t);
    assert_ok(
        run(&t, &err, "linear", "out=halted", "resume=true", NULL)); /* what is left, to the same model */
    assert_same_file("halted/model.safetensors", "probe/model.safetensors");
    forget(&t);
}

static void stopped_before_it_began(void **state)
{
    (void)state;
    static const char *const verb[] = {"extract", "linear", "knn", "test"};
    siam_err err = {0};
    told t = {0};
    for (size_t i = 0; i < sizeof verb / sizeof *verb; i++) {
        siam_task *task;
        assert_ok(siam_task_create(&task, verb[i], &err));
        assert_ok(siam_task_argument(task, i == 3 ? "probe" : "run", &err));
        assert_ok(siam_task_set(task, "data", "synth:train=48,test=16", &err));
        if (i < 2)
            assert_ok(siam_task_set(task, "out", i ? "never" : "never.npy", &err));
        if (i == 1)
            assert_ok(siam_task_set(task, "batch", "16", &err));
        siam_task_stop(task);
        assert_fails(SIAM_E_CANCELLED, siam_task_run(task, take_row, &t, &err));
        siam_task_destroy(&task);
    }
    assert_int_equal(access("never.npy", F_OK), -1);
    assert_int_equal(t.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        quiet_test(knn_is_the_programs),
        quiet_test(test_is_the_programs),
        quiet_test(predict_is_the_programs),
        quiet_test(files_are_the_programs),
        quiet_test(linear_tells_events_and_its_best),
        quiet_test(info_and_list_are_the_programs),
        quiet_test(wrong_calls_are_sentences),
        quiet_test(failures_have_the_programs_codes),
        quiet_test(a_callback_stops),
        quiet_test(stopped_before_it_began),
    };
    return cmocka_run_group_tests(tests, make_models, leave_folder);
}
