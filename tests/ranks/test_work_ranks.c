/* Work on features that several ranks share: neighbours asked and linear heads stepped and measured, as one process does it; and
 * what one rank alone meets ends it for all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/device.h"
#include "base/rng.h"
#include "infer/knn.h"
#include "threads.h"
#include "train/probes.h"

enum { DIM = 16, CLASSES = 7, ROWS = 300, HEADS = 3, STEPS = 9, BATCH = 40, MOST = 4 };

static void must(siam_code rc, const siam_err *e)
{
    if (!rc)
        return;
    print_error("%s\n", e->msg);
    abort();
}

/* Rows around a centre for each class. */
static void draw(float *x, int32_t *label, int n, uint64_t seed)
{
    siam_rng r = siam_rng_key(seed, 1, 2, 3, SIAM_RNG_SUBSET), centre;
    for (int i = 0; i < n; i++) {
        label[i] = (int32_t)siam_rng_below(&r, CLASSES);
        centre = siam_rng_key(77, (uint64_t)label[i], 0, 0, SIAM_RNG_SUBSET);
        for (int j = 0; j < DIM; j++)
            x[i * DIM + j] = (float)siam_rng_uniform(&centre, -1, 1) + (float)siam_rng_uniform(&r, -0.9, 0.9);
    }
}

typedef struct work {
    int stopping; /* the rank that is asked to stop; -1: none */
    double top1[4], loss[STEPS][HEADS];
    int64_t hits[2 * HEADS];
    float weight[HEADS * CLASSES * (DIM + 1)];
    siam_code rc[2];
    siam_err err[2];
} work;

static void ask(siam_backend *b, work *w, bool leave_one_out, const volatile sig_atomic_t *stop)
{
    siam_features bank = {.n = ROWS, .dim = DIM}, query = {.n = ROWS - 37, .dim = DIM};
    static const int k[2] = {1, 20};
    static const double temperature[2] = {0.05, 0.5};
    bank.x = calloc(ROWS * DIM, sizeof(float));
    bank.label = calloc(ROWS, sizeof(int32_t));
    query.x = calloc(ROWS * DIM, sizeof(float));
    query.label = calloc(ROWS, sizeof(int32_t));
    draw(bank.x, bank.label, ROWS, 1);
    draw(query.x, query.label, ROWS, 2);
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    w->rc[0] = siam_knn_classify(b, &bank, leave_one_out ? &bank : &query, CLASSES,
                                 &(siam_knn_cfg){.k = k, .nk = 2, .temperature = temperature, .nt = 2, .stop = stop}, w->top1, &w->err[0]);
    siam_features_release(&bank);
    siam_features_release(&query);
}

/* Steps of BATCH rows but for the last, which is short, and of which this rank has its part. */
static void train(siam_backend *b, work *w, const volatile sig_atomic_t *stop)
{
    static const double lr[HEADS] = {0.05, 0.5, 2};
    const siam_comm *c = b->comm;
    siam_err e = {0};
    siam_probes *h;
    float *x = calloc(ROWS * DIM, sizeof *x);
    int32_t *label = calloc(ROWS, sizeof *label);
    draw(x, label, ROWS, 3);
    must(siam_probes_create(&h, b, &(siam_probes_cfg){.n = HEADS, .classes = CLASSES, .dim = DIM, .batch = BATCH,
                                                      .optimizer = siam_optimizers[0], .momentum = 0.9, .weight_decay = 1e-3}, &e), &e);
    for (int s = 0; s < STEPS; s++) {
        const int all = s == STEPS - 1 ? 3 : BATCH, first = all * c->rank / c->size, end = all * (c->rank + 1) / c->size;
        must(siam_probes_step(h, x + (s * 30 + first) * DIM, label + s * 30 + first, end - first, all, lr, w->loss[s], &e), &e);
    }
    w->rc[1] = siam_probes_measure(h, x, label, ROWS, stop, w->hits, &w->err[1]);
    for (int k = 0; k < HEADS; k++) {
        float *to = w->weight + (size_t)k * CLASSES * (DIM + 1);
        memcpy(to, siam_probes_weight(h, k), CLASSES * DIM * sizeof *to);
        memcpy(to + CLASSES * DIM, siam_probes_bias(h, k), CLASSES * sizeof *to);
    }
    siam_probes_destroy(&h);
    free(x);
    free(label);
}

static void do_all(const siam_comm *c, void *share)
{
    work *w = share;
    siam_backend *b;
    siam_err e = {0};
    const volatile sig_atomic_t now = SIGTERM, *stop = w->stopping == c->rank ? &now : NULL;
    must(siam_device_open(&b, "onednn", 1, c, 1, &e), &e);
    ask(b, w, w->stopping == -2, stop);
    train(b, w, stop);
    siam_backend_close(&b);
}

static void test_as_one_process(void **state)
{
    (void)state;
    for (int kind = -2; kind < 0; kind++) {
        work alone = {.stopping = kind};
        do_all(&siam_comm_single, &alone);
        must(alone.rc[0], &alone.err[0]);
        must(alone.rc[1], &alone.err[1]);
        assert_true(alone.top1[0] > 0.3 && alone.top1[3] < 1);
        for (int ranks = 2; ranks <= MOST; ranks++) {
            work w[MOST];
            for (int r = 0; r < ranks; r++)
                w[r] = (work){.stopping = kind};
            run_ranks(ranks, do_all, w, sizeof *w);
            for (int r = 0; r < ranks; r++) {
                must(w[r].rc[0], &w[r].err[0]);
                must(w[r].rc[1], &w[r].err[1]);
                assert_memory_equal(w[r].top1, alone.top1, sizeof alone.top1);
                assert_memory_equal(w[r].weight, w[0].weight, sizeof w[0].weight); /* the same heads on all ranks */
                assert_memory_equal(w[r].loss, w[0].loss, sizeof w[0].loss);
                assert_memory_equal(w[r].hits, alone.hits, sizeof alone.hits);
            }
            for (int s = 0; s < STEPS; s++)
                for (int k = 0; k < HEADS; k++)
                    assert_true(fabs(w[0].loss[s][k] - alone.loss[s][k]) <= 1e-5 * alone.loss[s][k]);
            for (size_t i = 0; i < sizeof alone.weight / sizeof *alone.weight; i++)
                assert_true(fabsf(w[0].weight[i] - alone.weight[i]) <= 1e-5f * fmaxf(1, fabsf(alone.weight[i])));
        }
    }
}

static void test_a_stop_of_one_is_one_of_all(void **state)
{
    (void)state;
    for (int stopping = 0; stopping < 3; stopping++) {
        work w[3];
        for (int r = 0; r < 3; r++)
            w[r] = (work){.stopping = stopping};
        run_ranks(3, do_all, w, sizeof *w);
        for (int r = 0; r < 3; r++)
            for (int i = 0; i < 2; i++) {
                assert_int_equal(w[r].rc[i], SIAM_E_CANCELLED);
                assert_int_equal(w[r].err[i].msg[0] != '\0', r == 0); /* the first rank says it */
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_one_process), cmocka_unit_test(test_a_stop_of_one_is_one_of_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
