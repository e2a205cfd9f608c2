/* siam_training through the shared library: callbacks, results, stopping and resuming, wrong calls, silence. */
#include "api_case.h"
#include "../hints/hint.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>

typedef struct seen {
    int steps, epochs, lines, stop_at;
    double loss[64];
    siam_training_report last;
    siam_training *t;
} seen;

static int report(void *user, const siam_training_report *r)
{
    seen *s = user;
    if (r->is_epoch)
        s->epochs++;
    else if (s->steps < 64)
        s->loss[s->steps++] = r->loss;
    s->last = *r;
    return !r->is_epoch && r->step == s->stop_at;
}

static void line(void *user, const char *text)
{
    seen *s = user;
    s->lines += text[0] && !strchr(text, '\n');
}

/* A run of 2 epochs of 4 steps, in `out`. */
static siam_training *tiny(seen *s, const char *out)
{
    static const char *const set[][2] = {
        {"data", "synth:train=64,test=32"}, {"train.batch", "16"}, {"train.epochs", "2"}, {"model.arch", "resnet20-cifar"}, {"model.width", "16"},
        {"data.size", "16"},
        {"dim", "16"}, {"run.threads", "1"}, {"workers", "1"}, {"eval.k", "5"}, {"run.tuning", "fixed"}};
    siam_err err = {0};
    siam_training *t;
    assert_ok(siam_training_create(&t, "demo", &err));
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        assert_ok(siam_training_set(t, set[i][0], set[i][1], &err));
    assert_ok(siam_training_set(t, "out", out, &err));
    assert_ok(siam_training_on_report(t, report, s, &err));
    assert_ok(siam_training_on_log(t, line, s, &err));
    s->t = t;
    return t;
}

static void runs_and_reports(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    siam_training *t = tiny(&s, "a");
    assert_null(siam_training_folder(t));
    assert_null(siam_training_result(t));
    assert_ok(siam_training_run(t, &err));
    assert_int_equal(s.steps, 8);
    assert_int_equal(s.epochs, 2);
    assert_true(s.lines >= 8);
    assert_int_equal(s.last.is_epoch, 1);
    assert_int_equal(s.last.epoch, 2);
    assert_int_equal(s.last.epochs, 2);
    assert_int_equal(s.last.step, 8);
    assert_int_equal(s.last.steps, 8);
    assert_true(fabs(s.last.loss - (s.loss[4] + s.loss[5] + s.loss[6] + s.loss[7]) / 4) < 1e-6);
    assert_true(s.last.knn_top1 >= 0 && s.last.knn_top1 <= 1 && s.last.z_rank >= 1);
    assert_true(s.last.lr > 0 && s.last.images_per_s > 0 && s.last.seconds > 0 && isnan(s.last.data_wait));
    const siam_training_report *result = siam_training_result(t);
    assert_non_null(result);
    assert_true(result->loss == s.last.loss && result->epoch == 2);
    assert_string_equal(siam_training_folder(t), "a");
    assert_int_equal(access("a/model.safetensors", R_OK), 0);
    assert_int_equal(access("a/train.log", R_OK), 0);
    siam_training_destroy(&t);
    assert_null(t);
}

/* A file system without locks, as the library sees it. */
static bool no_locks;
__attribute__((visibility("default"))) int flock(int fd, int how)
{
    if (!no_locks)
        return (int)syscall(SYS_flock, fd, how);
    errno = ENOLCK;
    return -1;
}

static void look_for_locks(void *user, const char *text)
{
    *(int *)user += strstr(text, "the file system of 'unlocked' has no locks") != NULL;
}

static void says_that_there_are_no_locks(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    int said = 0;
    siam_training *t = tiny(&s, "unlocked");
    assert_ok(siam_training_on_log(t, look_for_locks, &said, &err));
    no_locks = true;
    const siam_code rc = siam_training_run(t, &err);
    no_locks = false;
    assert_ok(rc);
    assert_int_equal(said, 1);
    siam_training_destroy(&t);
}

static void wrong_calls_are_errors(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    siam_training *t = (siam_training *)1;
    assert_fails(SIAM_E_USAGE, siam_training_create(&t, "demmo", &err));
    assert_null(t);
    assert_non_null(strstr(err.msg, "demo"));
    assert_fails(SIAM_E_NOTFOUND, siam_training_create(&t, "./none.yaml", &err));
    assert_fails(SIAM_E_CONFIG, siam_training_create(&t, "cifar10-linear-100e", &err));
    assert_null(t);
    assert_fails(SIAM_E_USAGE, siam_training_create(NULL, "demo", &err));
    assert_int_equal(siam_training_create(NULL, NULL, NULL), SIAM_E_USAGE);
    assert_fails(SIAM_E_USAGE, siam_training_set(NULL, "epochs", "1", &err));
    assert_fails(SIAM_E_USAGE, siam_training_run(NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_training_on_report(NULL, report, NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_training_on_log(NULL, line, NULL, &err));
    siam_training_stop(NULL);
    siam_training_destroy(NULL);
    t = NULL;
    siam_training_destroy(&t);
    assert_null(siam_training_folder(NULL));
    assert_null(siam_training_result(NULL));

    assert_ok(siam_training_create(&t, NULL, &err));
    assert_int_equal(err.code, SIAM_OK); /* a call forgets what the siam_err held */
    assert_string_equal(err.msg, "");
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epochs", "many", &err));
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epochs", NULL, &err));
    assert_fails(SIAM_E_USAGE, siam_training_set(t, NULL, "1", &err));
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epoch", "1", &err));
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epochs", "0", &err));
    assert_fails(SIAM_E_USAGE, siam_training_run(t, &err)); /* no data set */
    assert_hint(&err, "siam_training_set(t, \"data\", PATH), or \"synth\" for the embedded one");
    siam_training_destroy(&t);

    t = tiny(&s, "w"); /* which sets "data" */
    assert_ok(siam_training_set(t, "stop_step", "1", &err));
    assert_ok(siam_training_run(t, &err));
    assert_fails(SIAM_E_USAGE, siam_training_run(t, &err)); /* a second time */
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epochs", "3", &err));
    assert_fails(SIAM_E_USAGE, siam_training_on_log(t, NULL, NULL, &err));
    siam_training_destroy(&t);

    t = tiny(&s, "w"); /* holds a run */
    assert_fails(SIAM_E_EXISTS, siam_training_run(t, &err));
    siam_training_destroy(&t);
    t = tiny(&s, "n");
    assert_ok(siam_training_set(t, "data", "no/such/place", &err));
    assert_fails(SIAM_E_NOTFOUND, siam_training_run(t, &err));
    siam_training_destroy(&t);
}

static int meddle(void *user, const siam_training_report *r)
{
    seen *s = user;
    siam_err err = {0};
    siam_training *t = s->t;
    (void)r;
    assert_fails(SIAM_E_USAGE, siam_training_run(t, &err));
    assert_fails(SIAM_E_USAGE, siam_training_set(t, "epochs", "3", &err));
    siam_training_destroy(&t); /* does nothing during the run */
    assert_ptr_equal(t, s->t);
    s->steps++;
    return 0;
}

/* During a run: another one of the same folder is refused, one elsewhere works, and so does the model so far. */
static int look_and_train(void *user, const siam_training_report *r)
{
    seen *s = user, other = {0};
    siam_err err = {0};
    siam_model *m;
    float *y = malloc(4096 * sizeof *y), *x = calloc(3 * 16 * 16, sizeof *x);
    assert_true(x && y);
    siam_training *t = tiny(&other, "nest");
    assert_fails(SIAM_E_EXISTS, siam_training_run(t, &err));
    siam_training_destroy(&t);
    if (r->is_epoch && !s->epochs++) {
        t = tiny(&other, "elsewhere");
        assert_ok(siam_training_run(t, &err));
        assert_int_equal(other.steps, 8);
        assert_ok(siam_model_open(&m, siam_training_folder(t), NULL, &err));
        assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, 1, y, 4096, &err));
        siam_model_close(&m);
        siam_training_destroy(&t);
    }
    if (!r->is_epoch)
        s->loss[s->steps++] = r->loss;
    free(x);
    free(y);
    return 0;
}

static void other_handles_work_in_callbacks(void **state)
{
    (void)state;
    seen plain = {0}, s = {0};
    siam_err err = {0};
    siam_training *t = tiny(&plain, "plain");
    assert_ok(siam_training_run(t, &err));
    siam_training_destroy(&t);
    t = tiny(&s, "nest");
    assert_ok(siam_training_on_report(t, look_and_train, &s, &err));
    assert_ok(siam_training_run(t, &err));
    assert_int_equal(s.epochs, 2);
    assert_memory_equal(s.loss, plain.loss, sizeof s.loss);
    siam_training_destroy(&t);
}

static void calls_from_callbacks_are_safe(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    siam_training *t = tiny(&s, "m");
    assert_ok(siam_training_set(t, "stop_step", "2", &err));
    assert_ok(siam_training_on_report(t, meddle, &s, &err));
    assert_ok(siam_training_run(t, &err));
    assert_int_equal(s.steps, 2);
    siam_training_destroy(&t);
}

/* Stopped after step 3 and resumed: the same losses as uninterrupted. */
static void stops_and_resumes(void **state)
{
    (void)state;
    seen whole = {0}, first = {.stop_at = 3}, rest = {0};
    siam_err err = {0};
    siam_training *t = tiny(&whole, "whole");
    assert_ok(siam_training_run(t, &err));
    siam_training_destroy(&t);
    t = tiny(&first, "parts");
    assert_fails(SIAM_E_CANCELLED, siam_training_run(t, &err));
    assert_non_null(strstr(err.msg, "the program"));
    assert_string_equal(siam_training_folder(t), "parts");
    assert_null(siam_training_result(t));
    siam_training_destroy(&t);
    assert_int_equal(first.steps, 3);
    assert_ok(siam_training_create(&t, NULL, &err));
    assert_ok(siam_training_set(t, "out", "parts", &err));
    assert_ok(siam_training_set(t, "resume", "true", &err));
    assert_ok(siam_training_on_report(t, report, &rest, &err));
    assert_ok(siam_training_run(t, &err));
    siam_training_destroy(&t);
    assert_int_equal(rest.steps, 5);
    for (int i = 0; i < 8; i++)
        assert_true(whole.loss[i] == (i < 3 ? first.loss[i] : rest.loss[i - 3]));
}

static void stop_before_the_start(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    siam_training *t = tiny(&s, "b");
    siam_training_stop(t);
    assert_fails(SIAM_E_CANCELLED, siam_training_run(t, &err));
    assert_int_equal(s.steps, 0);
    siam_training_destroy(&t);
}

static void *stop_soon(void *user)
{
    usleep(20000);
    siam_training_stop(user);
    return NULL;
}

static void stop_from_another_thread(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    pthread_t thread;
    siam_training *t = tiny(&s, "c");
    assert_ok(siam_training_set(t, "epochs", "100000", &err));
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, t), 0);
    assert_fails(SIAM_E_CANCELLED, siam_training_run(t, &err));
    pthread_join(thread, NULL);
    siam_training_destroy(&t);
}

typedef struct job {
    seen s;
    char out[16];
    siam_code rc;
} job;

static void *train_one(void *user)
{
    job *j = user;
    siam_training *t = j->s.t;
    j->rc = siam_training_run(t, NULL);
    return NULL;
}

/* Two at once, of two seeds: each as it is alone. */
static void two_threads_train(void **state)
{
    (void)state;
    siam_err err = {0};
    job alone[2] = {{.out = "s0"}, {.out = "s1"}}, both[2] = {{.out = "p0"}, {.out = "p1"}};
    pthread_t thread[2];
    for (int i = 0; i < 2; i++) {
        const char *const seed = i ? "7" : "3";
        tiny(&alone[i].s, alone[i].out);
        tiny(&both[i].s, both[i].out);
        assert_ok(siam_training_set(alone[i].s.t, "seed", seed, &err));
        assert_ok(siam_training_set(both[i].s.t, "seed", seed, &err));
        train_one(&alone[i]);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, train_one, &both[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(both[i].rc, SIAM_OK);
        assert_int_equal(alone[i].rc, SIAM_OK);
        assert_memory_equal(both[i].s.loss, alone[i].s.loss, sizeof both[i].s.loss);
        siam_training_destroy(&alone[i].s.t);
        siam_training_destroy(&both[i].s.t);
    }
    assert_true(both[0].s.loss[7] != both[1].s.loss[7]);
}

static int look_outside(void *user, const siam_training_report *r)
{
    (void)r;
    assert_int_equal(omp_get_max_threads(), 3);
    *(double *)user = strtod("0,5", NULL); /* 0.5 where the comma is the decimal point */
    return 0;
}

/* The caller's OpenMP threads and locale stand, and a decimal comma does not confuse recipes and results. */
static void the_callers_settings_stand(void **state)
{
    (void)state;
    seen s = {0};
    siam_err err = {0};
    double half = -1;
    siam_training *t = tiny(&s, "l");
    const int made = system("mkdir locale && localedef -i de_DE -f UTF-8 locale/de_DE.UTF-8 >localedef.txt 2>&1");
    setenv("LOCPATH", "locale", 1);
    const char *set = made ? NULL : setlocale(LC_ALL, "de_DE.UTF-8");
    omp_set_num_threads(3);
    assert_ok(siam_training_set(t, "base_lr", "0.5", &err));
    assert_ok(siam_training_set(t, "stop_after", "1", &err));
    assert_ok(siam_training_on_report(t, look_outside, &half, &err));
    assert_ok(siam_training_run(t, &err));
    assert_true(fabs(siam_training_result(t)->lr - 0.5 * 16 / 256) < 1e-9);
    assert_int_equal(omp_get_max_threads(), 3);
    siam_training_destroy(&t);
    assert_ok(siam_training_create(&t, NULL, &err));
    assert_ok(siam_training_set(t, "out", "l", &err));
    assert_ok(siam_training_set(t, "resume", "true", &err));
    assert_ok(siam_training_run(t, &err)); /* reads what was written */
    siam_training_destroy(&t);
    if (set) {
        assert_true(half == 0.5);
        setlocale(LC_ALL, "C");
    }
    unsetenv("LOCPATH");
    if (!set)
        print_message("localedef cannot make a locale with a decimal comma here; that part was not tested\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        quiet_test(runs_and_reports),
        quiet_test(says_that_there_are_no_locks),
        quiet_test(wrong_calls_are_errors),
        cmocka_unit_test(calls_from_callbacks_are_safe),
        quiet_test(other_handles_work_in_callbacks),
        cmocka_unit_test(stops_and_resumes),
        cmocka_unit_test(stop_before_the_start),
        cmocka_unit_test(stop_from_another_thread),
        cmocka_unit_test(two_threads_train),
        cmocka_unit_test(the_callers_settings_stand),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
