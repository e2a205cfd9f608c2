/* Values that several operations read, or that stay readable: neither fusing nor sharing memory changes them, and the
 * gradient of such a value is the sum of what its readers ask for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "nn/plan.h"

enum { BATCH = 8, SIDE = 6, SHOWN = 6 };
static const char *const devices[] = {"ref", "auto"};
static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static void fill(float *x, int64_t n, uint64_t key, double least, double most)
{
    siam_rng rng = siam_rng_key(key, 0, 0, 0, SIAM_RNG_TEST);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&rng, least, most);
}

/* Scales, shifts and running statistics away from the 0 and 1 they start at. */
static siam_params *parameters(const siam_graph *g, bool training)
{
    siam_params *p;
    must(siam_params_create(&p, g->param, g->nparams, training, &err));
    siam_params_init(p, 5);
    for (int i = 0; i < p->n; i++) {
        const siam_param *row = &p->row[i];
        const bool around_zero = strstr(row->name, "mean") || strstr(row->name, "bias");
        if (row->desc.ndim == 1)
            fill(siam_params_data(p, i), row->desc.dim[0], siam_rng_name(row->name), around_zero ? -0.3 : 0.5,
                 around_zero ? 0.3 : 1.5);
    }
    return p;
}

static siam_plan *planned(const siam_graph *g, siam_backend *b, siam_params *params, siam_dtype map_type, bool training)
{
    siam_plan *p;
    must(siam_plan_create(&p, g, b, &(siam_plan_cfg){.batch = BATCH, .training = training, .map_type = map_type}, &err));
    must(siam_plan_alloc(p, &err));
    must(siam_plan_bind(p, params, &err));
    return p;
}

static void forward(siam_plan *p, const siam_graph *g)
{
    fill(siam_plan_input(p), BATCH * siam_desc_count(&g->value[g->input]), 9, -2, 2);
    must(siam_plan_forward(p, &err));
}

static double worst_difference(const float *a, const float *b, size_t n)
{
    double worst = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        scale = fmax(scale, fabs((double)a[i]));
    }
    assert_true(scale > 0.01);
    return worst / scale;
}

/* ---- what is read twice, or by the caller, is there ---- */

enum { CHANNELS = 32, FLOATS = BATCH * CHANNELS * SIDE * SIDE };

static siam_val conv(siam_graph *g, siam_val x, const char *name) { return siam_conv2d(g, x, name, CHANNELS, 3, 1, 1); }
static siam_val norm(siam_graph *g, siam_val x, const char *name) { return siam_batchnorm(g, x, name, true, false); }

/* Values that must not be fused away; v[shown - 1] and those that nobody reads are looked at. The number of values. */
typedef int pattern(siam_graph *g, siam_val x, siam_val v[SHOWN]);

static int norm_then_conv_and_relu(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    v[0] = norm(g, conv(g, x, "a"), "n");
    v[1] = conv(g, v[0], "b");
    v[2] = siam_relu(g, v[0]);
    v[3] = siam_add(g, v[1], v[2]);
    return 4;
}

static int norm_then_relu_and_conv(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    v[0] = norm(g, conv(g, x, "a"), "n");
    v[1] = siam_relu(g, v[0]);
    v[2] = conv(g, v[0], "b");
    v[3] = siam_add(g, v[1], v[2]);
    return 4;
}

static int conv_then_relu_and_norm(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    v[0] = conv(g, x, "a");
    v[1] = siam_relu(g, v[0]);
    v[2] = norm(g, v[0], "n");
    v[3] = siam_add(g, v[1], v[2]);
    return 4;
}

static int conv_then_two_norms(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    v[0] = conv(g, x, "a");
    v[1] = norm(g, v[0], "n");
    v[2] = norm(g, v[0], "m");
    v[3] = siam_add(g, siam_relu(g, v[1]), v[2]);
    return 4;
}

static int sum_then_two_relus(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    const siam_val residual = siam_relu(g, conv(g, x, "a"));
    v[0] = siam_add(g, norm(g, conv(g, residual, "b"), "n"), residual);
    v[1] = conv(g, v[0], "c");
    v[2] = siam_relu(g, v[0]);
    v[3] = siam_add(g, v[1], v[2]);
    return 4;
}

static int norm_then_conv_and_sum(siam_graph *g, siam_val x, siam_val v[SHOWN])
{
    const siam_val residual = siam_relu(g, conv(g, x, "a"));
    v[0] = norm(g, conv(g, residual, "b"), "n");
    v[1] = conv(g, v[0], "c");
    v[2] = siam_add(g, v[0], residual);
    v[3] = siam_add(g, v[1], v[2]);
    return 4;
}

static pattern *const patterns[] = {norm_then_conv_and_relu, norm_then_relu_and_conv, conv_then_relu_and_norm,
                                    conv_then_two_norms,     sum_then_two_relus,      norm_then_conv_and_sum};

/* The values of a pattern, all of them kept: nothing is fused over their boundaries. */
static void values_kept(pattern *make, const char *device, bool training, float *values[SHOWN])
{
    siam_graph *g = siam_graph_create(1);
    siam_val v[SHOWN];
    siam_backend *b;
    const int n = make(g, siam_input(g, 3, SIDE, SIDE), v);
    for (int i = 0; i < n; i++)
        siam_keep(g, v[i]);
    must(siam_graph_finish(g, v[n - 1], &err));
    must(siam_backend_open(&b, device, 1, &err));
    siam_params *params = parameters(g, training);
    siam_plan *p = planned(g, b, params, SIAM_F32, training);
    forward(p, g);
    for (int i = 0; i < n; i++) {
        values[i] = malloc(FLOATS * sizeof **values);
        siam_plan_read(p, v[i], BATCH, values[i]);
    }
    siam_plan_destroy(&p);
    siam_params_destroy(&params);
    siam_backend_close(&b);
    siam_graph_destroy(&g);
}

/* Value `out` is the graph's output, and the last one is kept: both are what they are where everything is kept. */
static void same_as_output(int which, int out, const char *device, bool training, float *const kept[SHOWN])
{
    siam_graph *g = siam_graph_create(1);
    siam_val v[SHOWN];
    siam_backend *b;
    const int n = patterns[which](g, siam_input(g, 3, SIDE, SIDE), v);
    if (out < n - 1)
        siam_keep(g, v[n - 1]);
    must(siam_graph_finish(g, v[out], &err));
    must(siam_backend_open(&b, device, 1, &err));
    siam_params *params = parameters(g, training);
    siam_plan *p = planned(g, b, params, SIAM_F32, training);
    float *now = malloc(FLOATS * sizeof *now);
    forward(p, g);
    for (int i = out;; i = n - 1) {
        siam_plan_read(p, v[i], BATCH, now);
        const double worst = worst_difference(kept[i], now, FLOATS);
        if (worst > 1e-4)
            fail_msg("pattern %d, output %d, %s, %s: value %d differs by %g", which, out, device,
                     training ? "training" : "inference", i, worst);
        if (i == n - 1)
            break;
    }
    free(now);
    siam_plan_destroy(&p);
    siam_params_destroy(&params);
    siam_backend_close(&b);
    siam_graph_destroy(&g);
}

static void what_is_read_stays(void **state)
{
    (void)state;
    for (int which = 0; which < (int)(sizeof patterns / sizeof *patterns); which++)
        for (int training = 0; training < 2; training++) {
            float *kept[SHOWN] = {0};
            values_kept(patterns[which], "ref", training, kept);
            for (int out = 0; out < 4; out++)
                for (int d = 0; d < 2; d++)
                    same_as_output(which, out, devices[d], training, kept);
            for (int i = 0; i < SHOWN; i++)
                free(kept[i]);
        }
}

/* The output with one reader behind it, which would take it in if it were nobody else's. */
static void an_output_with_a_reader(void **state)
{
    (void)state;
    enum { OF_CONV_BY_NORM, OF_CONV_BY_RELU, OF_NORM_BY_RELU, OF_NORM_BY_SUM, OF_RELU_BY_SUM, CASES };
    for (int which = 0; which < CASES; which++)
        for (int run = 0; run < 4; run++) {
            siam_graph *g = siam_graph_create(1);
            siam_backend *b;
            const siam_val x = siam_input(g, 3, SIDE, SIDE), first = siam_relu(g, conv(g, x, "a"));
            const siam_val c = conv(g, first, "b");
            const siam_val out = which <= OF_CONV_BY_RELU  ? c
                                 : which <= OF_NORM_BY_SUM ? norm(g, c, "n")
                                                           : siam_relu(g, norm(g, c, "n"));
            const siam_val reader = which == OF_CONV_BY_NORM                               ? norm(g, out, "n")
                                    : which == OF_CONV_BY_RELU || which == OF_NORM_BY_RELU ? siam_relu(g, out)
                                    : which == OF_NORM_BY_SUM                              ? siam_add(g, out, first)
                                                                                           : siam_add(g, conv(g, out, "c"), out);
            siam_keep(g, reader);
            siam_keep(g, first);
            must(siam_graph_finish(g, out, &err));
            must(siam_backend_open(&b, devices[run % 2], 1, &err));
            siam_params *params = parameters(g, run > 1);
            float *got[2];
            for (int kept = 0; kept < 2; kept++) { /* as the output alone, then kept as well */
                if (kept)
                    siam_keep(g, out);
                siam_plan *p = planned(g, b, params, SIAM_F32, run > 1);
                got[kept] = malloc(FLOATS * sizeof **got);
                forward(p, g);
                siam_plan_read(p, out, BATCH, got[kept]);
                siam_plan_destroy(&p);
            }
            const double worst = worst_difference(got[1], got[0], FLOATS);
            if (worst > 1e-5)
                fail_msg("case %d, run %d: the output differs by %g", which, run, worst);
            free(got[0]);
            free(got[1]);
            siam_params_destroy(&params);
            siam_backend_close(&b);
            siam_graph_destroy(&g);
        }
}

/* Maps come out in plain order, whatever blocks of channels a backend keeps them in. */
static void maps_in_plain_order(void **state)
{
    (void)state;
    static const int channels[] = {3, 8, 16, 24, 32, 40, 48, 64};
    for (size_t k = 0; k < sizeof channels / sizeof *channels; k++) {
        siam_graph *g = siam_graph_create(1);
        const siam_val x = siam_input(g, 3, SIDE, SIDE), y = siam_conv2d(g, x, "a", channels[k], 3, 1, 1);
        const size_t n = (size_t)BATCH * (size_t)channels[k] * SIDE * SIDE;
        float *got[3] = {0};
        must(siam_graph_finish(g, y, &err));
        siam_params *params = parameters(g, false);
        for (int d = 0; d < 3; d++) { /* ref, auto, auto in bfloat16 */
            siam_backend *b;
            must(siam_backend_open(&b, devices[d > 0], 1, &err));
            got[d] = malloc(n * sizeof *got[d]);
            if (d < 2 || (b->type->bf16 && channels[k] % 8 == 0)) {
                siam_plan *p = planned(g, b, params, d < 2 ? SIAM_F32 : SIAM_BF16, false);
                forward(p, g);
                siam_plan_read(p, y, BATCH, got[d]);
                siam_plan_destroy(&p);
                assert_true(worst_difference(got[0], got[d], n) < (d < 2 ? 1e-5 : 0.01));
            }
            siam_backend_close(&b);
        }
        for (int d = 0; d < 3; d++)
            free(got[d]);
        siam_params_destroy(&params);
        siam_graph_destroy(&g);
    }
}

/* ---- gradients of what is read several times ---- */

/* What makes the value that is shared. Those from AVERAGE on make rows, the others maps. */
enum { CONV, RELU, NORM, NORM_SUM_RELU, SUM, POOL, SHORTCUT, AVERAGE, LINEAR, NORM_OF_ROWS, MAKERS };

static siam_val made(siam_graph *g, siam_val x, int maker)
{
    const siam_val a = siam_conv2d(g, x, "a", 8, 3, 1, 1);
    switch (maker) {
    case CONV: return a;
    case RELU: return siam_relu(g, a);
    case NORM: return siam_batchnorm(g, a, "n", true, false);
    case NORM_SUM_RELU:
        return siam_relu(g, siam_add(g, siam_batchnorm(g, siam_conv2d(g, a, "b", 8, 3, 1, 1), "n", true, false), a));
    case SUM: return siam_add(g, siam_conv2d(g, a, "b", 8, 3, 1, 1), siam_conv2d(g, a, "c", 8, 3, 1, 1));
    case POOL: return siam_maxpool(g, a, 3, 1, 1);
    case SHORTCUT: return siam_shortcut_a(g, siam_conv2d(g, x, "b", 4, 3, 1, 1), 8, 1);
    case AVERAGE: return siam_global_avgpool(g, a);
    case LINEAR: return siam_linear(g, siam_global_avgpool(g, a), "l", 8, true);
    default: return siam_batchnorm(g, siam_linear(g, siam_global_avgpool(g, a), "l", 8, true), "n", true, false);
    }
}

/* One more reader of v, of rows or maps of 8 channels. */
static siam_val reader(siam_graph *g, siam_val v, int k, bool rows)
{
    char name[16];
    snprintf(name, sizeof name, "r%d", k);
    if (k == 1)
        return siam_batchnorm(g, v, name, true, false);
    return rows ? siam_linear(g, v, name, 8, true) : siam_conv2d(g, v, name, 8, 3, 1, 1);
}

typedef struct network {
    siam_graph *g;
    siam_val loss;
} network;

/* p and z see a value that `readers` operations read; nothing but the loss reads z. */
static network shared_network(int maker, int readers, int width)
{
    siam_graph *g = siam_graph_create(2);
    const siam_val x = siam_input(g, 3, SIDE, SIDE), v = made(g, x, maker);
    siam_val row[4];
    for (int k = 0; k < readers; k++) {
        const siam_val r = reader(g, v, k, maker >= AVERAGE);
        row[k] = maker >= AVERAGE ? r : siam_global_avgpool(g, siam_relu(g, r));
    }
    siam_val p = siam_linear(g, row[0], "p0", width, true), z = siam_linear(g, row[readers - 1], "z0", width, true);
    for (int k = 1; k < readers; k++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", k);
        p = siam_add(g, p, siam_linear(g, row[k], name, width, true));
    }
    const siam_val loss = siam_neg_cosine(g, p, z);
    must(siam_graph_finish(g, loss, &err));
    return (network){g, loss};
}

static double loss_of(siam_plan *p, const network *n)
{
    forward(p, n->g);
    return (double)siam_plan_value(p, n->loss, NULL)[0];
}

/* How fast the loss grows along the gradient is the square of the gradient's length, of each tensor. */
static void right_gradients(const char *what, const network *n, const char *device)
{
    siam_backend *b;
    must(siam_backend_open(&b, device, 1, &err));
    siam_params *params = parameters(n->g, true);
    siam_plan *p = planned(n->g, b, params, SIAM_F32, true);
    int tried = 0;
    loss_of(p, n);
    must(siam_plan_backward(p, 1, &err));
    for (int i = 0; i < params->n; i++) {
        const siam_param *row = &params->row[i];
        const int64_t count = siam_desc_count(&row->desc);
        float *w = siam_params_data(params, i), *before = malloc((size_t)count * sizeof *before);
        const float *grad = params->grad + row->offset;
        double norm = 0, length = 0, loss[2];
        for (int64_t k = 0; k < count && !row->buffer; k++) {
            norm += (double)grad[k] * (double)grad[k];
            length += (double)w[k] * (double)w[k];
        }
        norm = sqrt(norm);
        const double step = 4e-3 * sqrt(length);
        memcpy(before, w, (size_t)count * sizeof *before);
        if (norm * step > 2e-5) { /* else rounding is seen */
            for (int side = 0; side < 2; side++) {
                for (int64_t k = 0; k < count; k++)
                    w[k] = (float)(before[k] + (side ? -step : step) * grad[k] / norm);
                loss[side] = loss_of(p, n);
            }
            tried++;
            const double slope = (loss[0] - loss[1]) / (2 * step);
            if (fabs(slope - norm) > 0.03 * norm)
                fail_msg("%s, %s, %s: the gradient is %g, and the loss grows by %g", what, device, row->name, norm, slope);
        }
        memcpy(w, before, (size_t)count * sizeof *before);
        free(before);
    }
    assert_true(tried >= 4);
    siam_plan_destroy(&p);
    siam_params_destroy(&params);
    siam_backend_close(&b);
}

static void gradients_of_several_readers(void **state)
{
    (void)state;
    for (int maker = 0; maker < MAKERS; maker++)
        for (int readers = 1; readers <= 4; readers++)
            for (int d = 0; d < 4; d++) { /* p and z narrow, then the largest of all values */
                char what[64];
                network n = shared_network(maker, readers, d < 2 ? 8 : 600);
                snprintf(what, sizeof what, "maker %d, %d readers, width %d", maker, readers, d < 2 ? 8 : 600);
                right_gradients(what, &n, devices[d % 2]);
                siam_graph_destroy(&n.g);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_stays),
        cmocka_unit_test(an_output_with_a_reader),
        cmocka_unit_test(maps_in_plain_order),
        cmocka_unit_test(gradients_of_several_readers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
