/* The ResNets for 32-pixel images: the literature's counts, the same numbers from both backends, and trained
 * weights of others against PyTorch (tests/golden/make_cifar_golden.py). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "checkpoint/checkpoint.h"
#include "nn/model.h"
#include "nn/plan.h"

static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static siam_model_cfg model(const char *arch, int width, int size)
{
    siam_model_cfg m = {.backbone = {width, true, true},
                        .in_channels = 3,
                        .size = size,
                        .projector_layers = 2,
                        .dim = 32,
                        .stop_gradient = true};
    snprintf(m.arch, sizeof m.arch, "%s", arch);
    return m;
}

/* With the classifier's 650: the 0.27, 0.46, 0.66, 0.85 and 1.7 M of table 6 of the paper. */
static void published_counts(void **state)
{
    (void)state;
    static const struct {
        const char *arch;
        int64_t parameters, macs;
    } rows[] = {
        {"resnet20-cifar", 269072, 40550400},    {"resnet32-cifar", 463504, 68861952},
        {"resnet44-cifar", 657936, 97173504},    {"resnet56-cifar", 852368, 125485056},
        {"resnet110-cifar", 1727312, 252887040}, {"resnet20-cifar-b", 271824, 40812544},
        {"resnet32-cifar-b", 466256, 69124096},  {"resnet110-cifar-b", 1730064, 253149184},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_model_cfg m = model(rows[i].arch, 64, 32);
        siam_graph *g;
        siam_model_vals v;
        must(siam_encoder_graph(&g, &v, &m, 0, &err));
        int64_t n = 0;
        for (int k = 0; k < g->nparams; k++)
            n += g->param[k].buffer ? 0 : siam_desc_count(&g->param[k].desc);
        assert_int_equal(n, rows[i].parameters);
        assert_int_equal(siam_graph_flops(g, true), rows[i].macs);
        assert_int_equal(g->value[v.features.id].dim[1], 64);
        siam_graph_destroy(&g);
    }
}

static void width_scales_the_channels(void **state)
{
    (void)state;
    siam_model_cfg m = model("resnet20-cifar", 128, 32);
    siam_graph *g;
    siam_model_vals v;
    must(siam_encoder_graph(&g, &v, &m, 0, &err));
    assert_int_equal(g->value[v.features.id].dim[1], 128);
    siam_graph_destroy(&g);
    m.backbone.width = 10;
    siam_err e = {0};
    assert_int_equal(siam_encoder_graph(&g, &v, &m, 0, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "resnet20-cifar"));
}

typedef struct rig {
    siam_backend *b;
    siam_graph *g;
    siam_model_vals v;
    siam_params *params;
    siam_plan *plan;
} rig;

static void rig_open(rig *r, const siam_model_cfg *m, const char *device, bool training, int batch)
{
    must(siam_backend_open(&r->b, device, 1, &err));
    must(training ? siam_model_graph(&r->g, &r->v, m, &err)
                  : siam_encoder_graph(&r->g, &r->v, m, 0, &err));
    must(siam_params_create(&r->params, r->g->param, r->g->nparams, training, &err));
    siam_params_init(r->params, 3);
    const siam_plan_cfg plan = {.batch = batch, .training = training};
    must(siam_plan_create(&r->plan, r->g, r->b, &plan, &err));
    must(siam_plan_alloc(r->plan, &err));
}

static void rig_close(rig *r)
{
    siam_plan_destroy(&r->plan);
    siam_params_destroy(&r->params);
    siam_graph_destroy(&r->g);
    siam_backend_close(&r->b);
}

/* One training step's loss and gradients on images drawn with this seed. */
static void step(rig *r, const siam_model_cfg *m, int batch, uint64_t seed)
{
    must(siam_plan_bind(r->plan, r->params, &err));
    float *in = siam_plan_input(r->plan);
    siam_rng rng = siam_rng_key(seed, 0, 0, 0, SIAM_RNG_TEST);
    for (int i = 0; i < batch * 3 * m->size * m->size; i++)
        in[i] = (float)siam_rng_uniform(&rng, -2, 2);
    must(siam_plan_forward(r->plan, &err));
    must(siam_plan_backward(r->plan, 1, &err));
}

/* Relative difference of the gradients of one step, from random images of this seed, on the two backends. */
static double difference(const char *arch, uint64_t seed)
{
    enum { BATCH = 16 };
    siam_model_cfg m = model(arch, 64, 12);
    m.backbone.zero_init = false;
    rig ref, fast;
    rig_open(&ref, &m, "ref", true, BATCH);
    rig_open(&fast, &m, "onednn", true, BATCH);
    step(&ref, &m, BATCH, seed);
    step(&fast, &m, BATCH, seed);
    const double x = (double)siam_plan_value(ref.plan, ref.v.loss, NULL)[0];
    const double y = (double)siam_plan_value(fast.plan, fast.v.loss, NULL)[0];
    assert_true(fabs(x - y) <= 1e-5);
    double square = 0, total = 0;
    for (size_t i = 0; i < ref.params->count; i++) {
        const double want = (double)ref.params->grad[i], off = want - (double)fast.params->grad[i];
        square += off * off;
        total += want * want;
    }
    assert_true(total > 0);
    rig_close(&ref);
    rig_close(&fast);
    return sqrt(square / total);
}

/* An activation so near to 0 that rounding decides its ReLU changes the gradient by some thousandths: about every third
 * set of images has one. Any other difference would be in all of them, so one set without must agree closely. */
static void backends_agree(void **state)
{
    (void)state;
    static const char *const archs[] = {"resnet20-cifar", "resnet20-cifar-b"};
    for (int a = 0; a < 2; a++) {
        double best = 1;
        for (uint64_t seed = 2; seed < 10 && best > 1e-4; seed++)
            best = fmin(best, difference(archs[a], seed));
        if (!(best <= 1e-4))
            fail_msg("%s: gradients differ by %g", archs[a], best);
    }
}

/* ---- trained weights, where they are ---- */

static siam_ckpt *open_weights(const char *name)
{
    const char *data = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    siam_ckpt *c;
    if (data)
        snprintf(path, sizeof path, "%s/weights/%s", data, name);
    else
        snprintf(path, sizeof path, "%s/../shared/data/weights/%s", source ? source : ".", name);
    if (!siam_path_exists(path))
        return NULL;
    must(siam_ckpt_open(&c, path, &err));
    return c;
}

static void load(siam_params *p, const siam_ckpt *c)
{
    static const char *const prefix[] = {"", "module."};
    for (int i = 0; i < p->n; i++) {
        char name[SIAM_NAME_MAX + 16];
        int at = -1;
        for (int k = 0; k < 2 && at < 0; k++) {
            snprintf(name, sizeof name, "%s%s", prefix[k], p->row[i].name + strlen("backbone."));
            at = siam_ckpt_find(c, name);
        }
        if (at < 0)
            fail_msg("no tensor '%s'", name);
        siam_desc have = c->format->entry(c, at)->desc;
        assert_true(siam_desc_eq(&have, &p->row[i].desc));
        must(c->format->read_f32(c, at, siam_params_data(p, i), (size_t)siam_desc_count(&have), &err));
    }
}

static void trained_weights(void **state)
{
    (void)state;
    static const struct {
        const char *arch, *file;
        double norm, at[4];
    } rows[] = {
        {"resnet20-cifar",
         "resnet20-12fca82f.th",
         19.0633769,
         {0.00981558637, 0.789029808, 0.079483381, 0.839695137}},
        {"resnet56-cifar", "resnet56-4bfd9763.th", 13.2564709, {0.00717471423, 0.2543628, 0, 0.306253361}},
        {"resnet32-cifar-b",
         "resnet32_torchvision_names_cifar10.pt",
         7.35352378,
         {0.471524034, 0.0236745931, 0.637224922, 0.0212826939}},
    };
    static const int at[4] = {0, 63, 64, 127};
    int seen = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_ckpt *c = open_weights(rows[i].file);
        if (!c)
            continue;
        const siam_model_cfg m = model(rows[i].arch, 64, 32);
        rig r;
        rig_open(&r, &m, "onednn", false, 2);
        load(r.params, c);
        siam_ckpt_close(&c);
        must(siam_plan_bind(r.plan, r.params, &err));
        float *in = siam_plan_input(r.plan);
        for (int k = 0; k < 2 * 3 * 32 * 32; k++)
            in[k] = (float)((double)(k * 7919LL % 1009) / 504 - 1);
        must(siam_plan_forward(r.plan, &err));
        const float *f = siam_plan_value(r.plan, r.v.features, NULL);
        double norm = 0;
        for (int k = 0; k < 128; k++)
            norm += (double)f[k] * (double)f[k];
        assert_true(fabs(sqrt(norm) - rows[i].norm) <= 1e-5 * rows[i].norm);
        for (int k = 0; k < 4; k++)
            if (!(fabs((double)f[at[k]] - rows[i].at[k]) <= 2e-5))
                fail_msg("%s: feature %d is %.9g, expected %.9g", rows[i].arch, at[k], (double)f[at[k]],
                         rows[i].at[k]);
        rig_close(&r);
        seen++;
    }
    if (!seen)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_counts),
        cmocka_unit_test(width_scales_the_channels),
        cmocka_unit_test(backends_agree),
        cmocka_unit_test(trained_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
