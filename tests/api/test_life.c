/* Many lives and several at once: 1,000 models opened, run and closed without growth, and trainings; two models in two
 * threads, each to the bit as alone; images prepared by other threads; calls from inside an OpenMP region.
 * SIAM_TRAININGS=1000 in the environment trains as often. */
#include "../unit/heap_used.h"
#include "api_case.h"

#include <malloc.h>
#include <omp.h>
#include <pthread.h>

enum { SIDE = 16, IN = 3 * SIDE * SIDE, N = 6, DIM_MAX = 512 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1, MODELS = 100, TRAININGS = 8 };
#else
enum { SANITIZED = 0, MODELS = 1000, TRAININGS = 40 };
#endif
#if defined(__SANITIZE_THREAD__)
enum { TEAM = 1 }; /* it does not know how libgomp's threads wait for each other */
#else
enum { TEAM = 2 };
#endif

static siam_code open_tiny(siam_model **m, const char *name, int threads, int batch, siam_err *e)
{
    const siam_model_options o = {.struct_size = sizeof o, .threads = threads, .batch = batch, .size = SIDE, .seed = 9,
                                  .width = strncmp(name, "random:", 7) ? 0 : 16};
    return siam_model_open(m, name, &o, e);
}

static void fill(float *x, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (float)(1 << 23) - 1;
    }
}

static siam_code train(const char *out, siam_err *e)
{
    static const char *const set[][2] = {
        {"data", "synth:train=16,test=8"}, {"train.batch", "4"}, {"train.epochs", "1"}, {"stop_step", "2"},
        {"model.arch", "resnet20-cifar"}, {"model.width", "16"}, {"data.size", "16"}, {"dim", "16"},
        {"run.threads", "1"}, {"workers", "1"}, {"eval.every", "0"}, {"run.tuning", "fixed"}};
    siam_training *t;
    siam_code rc = siam_training_create(&t, "demo", e);
    for (size_t i = 0; !rc && i < sizeof set / sizeof *set; i++)
        rc = siam_training_set(t, set[i][0], set[i][1], e);
    if (!rc)
        rc = siam_training_set(t, "out", out, e);
    if (!rc)
        rc = siam_training_run(t, e);
    siam_training_destroy(&t);
    return rc;
}

/* Bytes in use on the heap, and of the process. */
typedef struct used {
    size_t heap, resident;
} used;

static used now(void)
{
    char text[128] = "";
    long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fgets(text, sizeof text, f) && sscanf(text, "%ld %ld", &size, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
#if defined(__SANITIZE_ADDRESS__)
    return (used){heap_used(), 0};
#else
    return (used){heap_used(), (size_t)resident * (size_t)sysconf(_SC_PAGESIZE)};
#endif
}

static void check_growth(used then)
{
    const used is = now();
#if defined(__SANITIZE_THREAD__)
    return; /* its shadow of memory grows by itself */
#endif
    if (is.heap > then.heap + (SANITIZED ? 0 : 65536) || is.resident > then.resident + (4 << 20))
        fail_msg("the heap went from %zu to %zu bytes, the process from %zu to %zu", then.heap, is.heap, then.resident,
                 is.resident);
}

static void a_thousand_models(void **state)
{
    (void)state;
    siam_err err = {0};
    used then = {0};
    float x[N * IN], y[N * DIM_MAX], first[N * DIM_MAX];
    fill(x, N * IN, 1);
    assert_ok(train("life", &err));
    for (int i = 0; i < MODELS; i++) {
        siam_model *m;
        assert_ok(open_tiny(&m, i % 2 ? "life" : "random:resnet20-cifar", 1, 4, &err));
        const size_t n = siam_model_shape(m, SIAM_LAYER_POOL, NULL);
        assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, N, y, N * n, &err));
        if (i < 2)
            memcpy(i ? first + N * n : first, y, N * n * sizeof *y);
        else
            assert_memory_equal(y, i % 2 ? first + N * n : first, N * n * sizeof *y);
        siam_model_close(&m);
        assert_fails(SIAM_E_NOTFOUND, open_tiny(&m, "none", 1, 4, &err));
        if (i == MODELS / 5)
            then = now();
    }
    check_growth(then);
}

static void many_trainings(void **state)
{
    (void)state;
    const char *wanted = getenv("SIAM_TRAININGS");
    const int count = wanted ? (int)strtol(wanted, NULL, 10) : TRAININGS, warm = count / 4;
    siam_err err = {0};
    used then = {0};
    for (int i = 0; i < count; i++) {
        char out[32];
        snprintf(out, sizeof out, "many/%d", i);
        assert_ok(train(out, &err));
        assert_fails(SIAM_E_EXISTS, train(out, &err));
        if (i == warm)
            then = now();
    }
    check_growth(then);
}

/* One model in a thread of its own. */
typedef struct job {
    const char *name;
    int threads, runs;
    const float *x;
    float y[N * DIM_MAX];
    siam_code rc;
    int same; /* every run gave the same bits */
} job;

static void *work(void *user)
{
    job *j = user;
    siam_model *m;
    float *y = malloc(sizeof j->y);
    j->same = 1;
    j->rc = y ? open_tiny(&m, j->name, j->threads, 4, NULL) : SIAM_E_NOMEM;
    for (int i = 0; !j->rc && i < j->runs; i++) {
        const size_t n = N * siam_model_shape(m, SIAM_LAYER_POOL, NULL);
        j->rc = siam_model_extract(m, SIAM_LAYER_POOL, j->x, N, i ? y : j->y, N * DIM_MAX, NULL);
        j->same &= !i || !memcmp(y, j->y, n * sizeof *y);
        if (i % 5 == 4) {
            siam_model_close(&m);
            if (!j->rc)
                j->rc = open_tiny(&m, j->name, j->threads, 4, NULL);
        }
    }
    if (y)
        siam_model_close(&m);
    free(y);
    return NULL;
}

static void models_in_threads(void **state)
{
    (void)state;
    static const char *const name[] = {"random:resnet20-cifar", "random:resnet18"};
    float x[N * IN];
    fill(x, N * IN, 2);
    for (int threads = 1; threads <= TEAM; threads++) {
        job *alone = calloc(2, sizeof *alone), *both = calloc(2, sizeof *both);
        pthread_t thread[2];
        assert_true(alone && both);
        for (int i = 0; i < 2; i++) {
            alone[i] = (job){.name = name[i], .threads = threads, .runs = 1, .x = x};
            both[i] = (job){.name = name[i], .threads = threads, .runs = 20, .x = x};
            work(&alone[i]);
        }
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&thread[i], NULL, work, &both[i]), 0);
        for (int i = 0; i < 2; i++) {
            pthread_join(thread[i], NULL);
            assert_int_equal(alone[i].rc, SIAM_OK);
            assert_int_equal(both[i].rc, SIAM_OK);
            assert_true(both[i].same);
            assert_memory_equal(both[i].y, alone[i].y, sizeof both[i].y);
        }
        free(alone);
        free(both);
    }
}

/* Threads that prepare images for one model, while that runs. */
typedef struct preparer {
    const siam_model *m;
    const uint8_t *rgb;
    float tensor[IN], again[IN];
    siam_code rc;
    int same;
} preparer;

static void *prepare(void *user)
{
    preparer *p = user;
    p->rc = siam_model_prepare_pixels(p->m, p->rgb, 31, 20, 0, p->tensor, IN, NULL);
    p->same = 1;
    for (int i = 0; i < 50 && !p->rc; i++) {
        p->rc = siam_model_prepare_pixels(p->m, p->rgb, 31, 20, 0, p->again, IN, NULL);
        p->same &= !memcmp(p->tensor, p->again, sizeof p->tensor) && siam_model_shape(p->m, SIAM_LAYER_POOL, NULL) > 0;
    }
    return NULL;
}

static void preparing_in_threads(void **state)
{
    (void)state;
    siam_err err = {0};
    siam_model *m;
    uint8_t rgb[31 * 20 * 3];
    float x[N * IN], y[N * DIM_MAX];
    preparer *p = calloc(3, sizeof *p);
    pthread_t thread[3];
    assert_non_null(p);
    fill(x, N * IN, 3);
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)(i * 37);
    assert_ok(open_tiny(&m, "random:resnet20-cifar", 1, 4, &err));
    for (int i = 0; i < 3; i++) {
        p[i] = (preparer){.m = m, .rgb = rgb};
        assert_int_equal(pthread_create(&thread[i], NULL, prepare, &p[i]), 0);
    }
    for (int i = 0; i < 20; i++)
        assert_ok(siam_model_extract(m, SIAM_LAYER_POOL, x, N, y, N * DIM_MAX, &err));
    for (int i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(p[i].rc, SIAM_OK);
        assert_true(p[i].same);
        assert_memory_equal(p[i].tensor, p[0].tensor, sizeof p[0].tensor);
    }
    siam_model_close(&m);
    free(p);
}

/* A program that computes with OpenMP itself, one model per thread, opened outside and run inside of its region. */
static void inside_an_openmp_region(void **state)
{
    (void)state;
    if (SANITIZED)
        skip(); /* libgomp's own synchronisation is not known to them */
    siam_err err = {0};
    siam_model *m[2];
    float x[N * IN], alone[N * DIM_MAX], y[2][N * DIM_MAX];
    siam_code rc[2] = {SIAM_E_BUG, SIAM_E_BUG};
    fill(x, N * IN, 4);
    for (int i = 0; i < 2; i++)
        assert_ok(open_tiny(&m[i], "random:resnet18", 2, 4, &err));
    const size_t n = N * siam_model_shape(m[0], SIAM_LAYER_POOL, NULL);
    assert_ok(siam_model_extract(m[0], SIAM_LAYER_POOL, x, N, alone, n, &err));
#pragma omp parallel for num_threads(2)
    for (int i = 0; i < 2; i++)
        rc[i] = siam_model_extract(m[i], SIAM_LAYER_POOL, x, N, y[i], n, NULL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rc[i], SIAM_OK);
        assert_memory_equal(y[i], alone, n * sizeof *alone);
        siam_model_close(&m[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        quiet_test(a_thousand_models),
        quiet_test(many_trainings),
        quiet_test(models_in_threads),
        quiet_test(preparing_in_threads),
        cmocka_unit_test(inside_an_openmp_region),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
