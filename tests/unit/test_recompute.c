/* Dropping what can be made again changes no bit: the loss, every gradient and the running statistics are those of the
 * plan that keeps everything, and less memory is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rng.h"
#include "nn/model.h"
#include "nn/plan.h"

enum { STEPS = 2 };

typedef struct work {
    const char *arch;
    bool cifar;
    int size, batch;
} work;

/* What a few steps leave behind. */
typedef struct result {
    siam_params *params;
    float loss[STEPS][2];
    size_t bytes;
} result;

static void fill(float *x, size_t n, uint64_t key)
{
    siam_rng rng = siam_rng_key(key, 0, 0, 0, SIAM_RNG_TEST);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&rng, -2, 2);
}

/* Every BatchNorm's scale away from the 0 and 1 it starts at, so that all parts of a block matter. */
static void scatter(siam_params *p)
{
    siam_params_init(p, 3);
    for (int i = 0; i < p->n; i++) {
        const siam_param *row = &p->row[i];
        siam_rng rng = siam_rng_key(1, 0, siam_rng_name(row->name), 0, SIAM_RNG_TEST);
        for (int64_t j = 0; row->desc.ndim == 1 && j < row->desc.dim[0]; j++)
            siam_params_data(p, i)[j] = (float)siam_rng_uniform(&rng, 0.5, 1.5);
    }
}

static result train(const work *w, const char *device, siam_recompute recompute)
{
    siam_err e = {0};
    siam_backend *b;
    siam_graph *g;
    siam_plan *p;
    siam_model_vals v;
    result r = {0};
    siam_model_cfg m = {.backbone = {16, w->cifar, true}, .in_channels = 3, .size = w->size,
                        .projector_layers = 2, .dim = 32, .stop_gradient = true};
    snprintf(m.arch, sizeof m.arch, "%s", w->arch);
    const siam_plan_cfg cfg = {.batch = w->batch, .training = true, .recompute = recompute};
    assert_int_equal(siam_backend_open(&b, device, 1, &e), SIAM_OK);
    assert_int_equal(siam_model_graph(&g, &v, &m, &e), SIAM_OK);
    assert_int_equal(siam_params_create(&r.params, g->param, g->nparams, true, &e), SIAM_OK);
    scatter(r.params);
    assert_int_equal(siam_plan_create(&p, g, b, &cfg, &e), SIAM_OK);
    assert_int_equal(siam_plan_alloc(p, &e), SIAM_OK);
    assert_int_equal(siam_plan_bind(p, r.params, &e), SIAM_OK);
    for (int i = 0; i < STEPS; i++) { /* gradients accumulate over the steps */
        fill(siam_plan_input(p), (size_t)w->batch * 3 * (size_t)w->size * (size_t)w->size, (uint64_t)i);
        assert_int_equal(siam_plan_forward(p, &e), SIAM_OK);
        memcpy(r.loss[i], siam_plan_value(p, v.loss, NULL), sizeof r.loss[i]);
        assert_int_equal(siam_plan_backward(p, 1, &e), SIAM_OK);
    }
    r.bytes = siam_plan_bytes(p).activations;
    siam_plan_destroy(&p);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
    return r;
}

static void same_bits(const result *a, const result *b)
{
    assert_memory_equal(a->loss, b->loss, sizeof a->loss);
    assert_memory_equal(a->params->grad, b->params->grad, a->params->count * sizeof(float));
    for (int i = 0; i < a->params->n; i++) {
        const siam_param *row = &a->params->row[i];
        if (row->buffer)
            assert_memory_equal(siam_params_data(a->params, i), siam_params_data(b->params, i),
                                siam_desc_bytes(&row->desc));
    }
}

static void no_bit_changes(void **state)
{
    (void)state;
    static const work works[] = {{"resnet18", true, 16, 16}, {"resnet50", false, 64, 8}, {"resnet20-cifar", true, 16, 16}};
    static const char *const devices[] = {"ref", "auto"};
    for (size_t w = 0; w < sizeof works / sizeof *works; w++)
        for (int d = 0; d < 2; d++) {
            result kept = train(&works[w], devices[d], SIAM_RECOMPUTE_NONE);
            size_t bytes = kept.bytes;
            for (siam_recompute r = SIAM_RECOMPUTE_INNER; r <= SIAM_RECOMPUTE_BLOCKS; r++) {
                result again = train(&works[w], devices[d], r);
                same_bits(&kept, &again);
                assert_true(again.bytes < bytes);
                bytes = again.bytes;
                siam_params_destroy(&again.params);
            }
            siam_params_destroy(&kept.params);
        }
}

/* The bytes of a published network's plan, which nothing has to be run for. */
static size_t planned(const char *arch, bool cifar, int size, int batch, siam_recompute r)
{
    siam_err e = {0};
    siam_backend *b;
    siam_graph *g;
    siam_plan *p;
    siam_model_vals v;
    siam_model_cfg m = {.backbone = {64, cifar, true}, .in_channels = 3, .size = size, .projector_layers = 2, .dim = 2048,
                        .stop_gradient = true};
    snprintf(m.arch, sizeof m.arch, "%s", arch);
    assert_int_equal(siam_backend_open(&b, "auto", 1, &e), SIAM_OK);
    assert_int_equal(siam_model_graph(&g, &v, &m, &e), SIAM_OK);
    const siam_plan_cfg cfg = {.batch = batch, .training = true, .recompute = r};
    assert_int_equal(siam_plan_create(&p, g, b, &cfg, &e), SIAM_OK);
    const siam_plan_memory bytes = siam_plan_bytes(p);
    siam_plan_destroy(&p);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
    printf("%s %d: %zu MiB + %zu MiB\n", arch, r, bytes.activations >> 20, bytes.scratch >> 20);
    return bytes.activations;
}

static void shares_of_memory(void **state)
{
    (void)state;
    static const struct {
        const char *arch;
        bool cifar;
        int size, batch;
    } net[] = {{"resnet18", true, 32, 256}, {"resnet50", false, 224, 32}};
    for (int i = 0; i < 2; i++) {
        const size_t all = planned(net[i].arch, net[i].cifar, net[i].size, net[i].batch, SIAM_RECOMPUTE_NONE);
        const size_t inner = planned(net[i].arch, net[i].cifar, net[i].size, net[i].batch, SIAM_RECOMPUTE_INNER);
        assert_true(inner < all - all / 8);
        assert_true(planned(net[i].arch, net[i].cifar, net[i].size, net[i].batch, SIAM_RECOMPUTE_NORMS) < inner);
        assert_true(planned(net[i].arch, net[i].cifar, net[i].size, net[i].batch, SIAM_RECOMPUTE_BLOCKS) < all / 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_of_memory), cmocka_unit_test(no_bit_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
