/* Operations inside a plan, which gives every value's memory away as soon as it may: the gradient of a small network around
 * each case is the slope of its loss, three runs in a row give the same bits, and every backend agrees with ref. One
 * operation is brought by this test: nobody has said what its backward reads, so it may read everything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cases.h"
#include "nn/plan.h"

enum { SIDE = 4, OUT = 6, RUNS = 3 };
extern const siam_backend_type siam_backend_ref;
static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

/* ---- the operation of this test: y = x^2, whose backward reads its input ---- */

static bool takes_all(const siam_op_desc *d)
{
    (void)d;
    return true;
}

static siam_code square(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const float *x = io->in[0];
    float *y = io->out;
    for (int64_t i = 0; i < siam_desc_count(&p->desc.out); i++)
        y[i] = x[i] * x[i];
    return SIAM_OK;
}

static siam_code square_back(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const float *x = io->in[0], *dy = io->dout[0];
    float *dx = io->din[0];
    for (int64_t i = 0; i < siam_desc_count(&p->desc.out); i++)
        dx[i] = 2 * x[i] * dy[i];
    return SIAM_OK;
}

static const siam_op_impl square_impl = {.kind = SIAM_OP_COUNT, .name = "square/test", .supports = takes_all,
                                         .forward = square, .backward = square_back};

/* ref, and the operation of this test. */
static void add_square(siam_backend_type *type, const siam_op_impl **impls)
{
    int n = 0;
    *type = siam_backend_ref;
    impls[n++] = &square_impl;
    for (int i = 0; siam_backend_ref.impls[i]; i++)
        impls[n++] = siam_backend_ref.impls[i];
    impls[n] = NULL;
    type->impls = impls;
}

/* ---- a network around a case ---- */

static siam_val before(siam_graph *g, siam_val x, const siam_case *c, const char *name, int channels)
{
    if (c->h)
        return siam_conv2d(g, x, name, channels, 1, 1, 0);
    return siam_linear(g, siam_global_avgpool(g, x), name, channels, true);
}

static siam_val around(siam_graph *g, siam_val x, const siam_case *c)
{
    const siam_val a = c->flags & INPUT ? x : before(g, x, c, "a", c->c);
    siam_val y;
    switch ((int)c->kind) {
    case SIAM_OP_CONV2D: return siam_conv2d(g, a, "op", c->o, c->kernel, c->stride, c->pad);
    case SIAM_OP_BATCHNORM:
        y = siam_batchnorm(g, a, "op", !(c->flags & NO_AFFINE), false);
        if (c->flags & ADD)
            y = siam_add(g, y, before(g, x, c, "b", c->c));
        return c->flags & RELU ? siam_relu(g, y) : y;
    case SIAM_OP_RELU: return siam_relu(g, a);
    case SIAM_OP_ADD: return siam_add(g, a, before(g, x, c, "b", c->c));
    case SIAM_OP_MAXPOOL: return siam_maxpool(g, a, c->kernel, c->stride, c->pad);
    case SIAM_OP_GLOBAL_AVGPOOL: return siam_global_avgpool(g, a);
    case SIAM_OP_SHORTCUT_A: return siam_shortcut_a(g, a, c->o, c->stride);
    case SIAM_OP_LINEAR: return siam_linear(g, a, "op", c->o, c->flags & BIAS);
    case SIAM_OP_COUNT: /* a ReLU's node under another name */
        y = siam_relu(g, a);
        g->node[g->nnodes - 1].kind = SIAM_OP_COUNT;
        return y;
    default: fail_msg("no network around %s here", siam_op_name(c->kind)); return a;
    }
}

/* Values as large as the operation's own, for which memory is looked for that nobody needs any more. */
static siam_val after(siam_graph *g, siam_val y)
{
    static const char *const name[] = {"after0", "after1", "after2"};
    for (int i = 0; i < 3; i++) {
        const int channels = (int)g->value[y.id].dim[1];
        y = g->value[y.id].ndim == 4 ? siam_conv2d(g, y, name[i], channels, 1, 1, 0)
                                     : siam_linear(g, y, name[i], channels, true);
    }
    return y;
}

static siam_graph *network(const siam_case *c, siam_val *loss)
{
    siam_graph *g = siam_graph_create(c->groups > 2 ? c->groups : 2);
    const int channels = c->flags & INPUT ? c->c : 3;
    siam_val y, x = siam_input(g, channels, c->h ? c->h : SIDE, c->h ? c->w : SIDE);
    if (c->kind == SIAM_OP_NEG_COSINE) {
        const siam_val p = before(g, x, c, "a", c->c), z = before(g, x, c, "b", c->c);
        *loss = siam_neg_cosine(g, p, c->flags & NO_DIN1 ? siam_detach(g, z) : z);
    } else {
        y = after(g, around(g, x, c));
        y = g->value[y.id].ndim == 4 ? siam_global_avgpool(g, y) : y;
        const siam_val p = siam_linear(g, y, "p", OUT, true), z = siam_linear(g, y, "z", OUT, true);
        *loss = siam_neg_cosine(g, p, z);
    }
    must(siam_graph_finish(g, *loss, &err));
    return g;
}

typedef struct net {
    siam_graph *graph;
    siam_val loss;
    siam_params *params;
    siam_plan *plan;
    float *images, *statistics;
    size_t pixels;
} net;

static void fill(float *x, size_t n, uint64_t key, double most)
{
    siam_rng rng = siam_rng_key(key, 0, 0, 0, SIAM_RNG_TEST);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&rng, -most, most);
}

static void net_open(net *t, const siam_case *c, siam_backend *b)
{
    t->graph = network(c, &t->loss);
    const int views = t->graph->views, images = (c->n + views - 1) / views * views;
    must(siam_plan_create(&t->plan, t->graph, b, &(siam_plan_cfg){.batch = images, .training = true}, &err));
    must(siam_plan_alloc(t->plan, &err));
    must(siam_params_create(&t->params, t->graph->param, t->graph->nparams, true, &err));
    siam_params_init(t->params, 3);
    for (int i = 0; i < t->params->n; i++) /* biases and shifts begin at 0, where ReLUs have their corner */
        if (strstr(t->params->row[i].name, "bias"))
            fill(siam_params_data(t->params, i), (size_t)siam_desc_count(&t->params->row[i].desc), (uint64_t)i, 0.5);
    must(siam_plan_bind(t->plan, t->params, &err));
    t->pixels = (size_t)images * (size_t)siam_desc_count(&t->graph->value[t->graph->input]);
    t->images = malloc(t->pixels * sizeof(float));
    t->statistics = malloc(t->params->buffer_count * sizeof(float) + 1);
    fill(t->images, t->pixels, 11, 1.5);
    memcpy(t->statistics, t->params->buffer, t->params->buffer_count * sizeof(float));
}

static void net_close(net *t)
{
    siam_plan_destroy(&t->plan);
    siam_params_destroy(&t->params);
    siam_graph_destroy(&t->graph);
    free(t->images);
    free(t->statistics);
}

static double loss_of(net *t)
{
    memcpy(t->params->buffer, t->statistics, t->params->buffer_count * sizeof(float));
    memcpy(siam_plan_input(t->plan), t->images, t->pixels * sizeof(float));
    must(siam_plan_forward(t->plan, &err));
    return (double)siam_plan_value(t->plan, t->loss, NULL)[0];
}

static double run(net *t)
{
    memset(t->params->grad, 0, t->params->count * sizeof(float));
    const double loss = loss_of(t);
    must(siam_plan_backward(t->plan, 1, &err));
    return loss;
}

static double dot(const float *a, const float *b, size_t n)
{
    double s = 0;
    for (size_t i = 0; i < n; i++)
        s += (double)a[i] * b[i];
    return s;
}

/* (L(w + h d) - L(w - h d)) / 2h, w unchanged in the end. */
static double slope(net *t, const float *d, double h)
{
    siam_params *p = t->params;
    double loss[2];
    float *w = malloc(p->count * sizeof *w);
    memcpy(w, p->value, p->count * sizeof *w);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < p->count; i++)
            p->value[i] = w[i] + (float)((side ? -h : h) * d[i]);
        loss[side] = loss_of(t);
    }
    memcpy(p->value, w, p->count * sizeof *w);
    free(w);
    return (loss[0] - loss[1]) / (2 * h);
}

/* Three runs in a row: the same bits. */
static void run_three_times(net *t, const char *text)
{
    const size_t bytes = t->params->count * sizeof(float);
    float *first = malloc(bytes);
    for (int i = 0; i < RUNS; i++) {
        run(t);
        if (i && memcmp(first, t->params->grad, bytes))
            fail_msg("%s: run %d gives other gradients than the first", text, i + 1);
        memcpy(first, t->params->grad, bytes);
    }
    free(first);
}

/* Along a direction in which one tensor alone is changed, the loss has the slope that the gradient says: halfway between the
 * gradient, which shows most, and a random direction, which also shows a gradient that is too short. */
static void check_row(net *t, int row, double total, const char *text)
{
    const siam_param *p = &t->params->row[row];
    const size_t n = t->params->count, count = (size_t)siam_desc_count(&p->desc);
    const float *g = t->params->grad + p->offset;
    const double length = sqrt(dot(g, g, count)) + 1e-12;
    float *d = calloc(n, sizeof *d), *r = d + p->offset;
    fill(r, count, (uint64_t)row, sqrt(3.0 / (double)count));
    for (size_t i = 0; i < count; i++)
        r[i] = (r[i] + (float)(g[i] / length)) / 2;
    const double want = dot(g, r, count), limit = 0.02 * fmax(fabs(want), 0.05 * total);
    double best = INFINITY; /* a step may cross the corner of a ReLU, a smaller one drowns in rounding */
    for (double h = 0.16; best > limit && h > 5e-4; h /= 2)
        best = fmin(best, fabs(slope(t, d, h) - want));
    free(d);
    if (!(best <= limit))
        fail_msg("%s: a slope of '%s' is not %.3g but off by %.3g", text, p->name, want, best);
}

/* stopped: no gradient goes to what is called b, though the loss depends on it. */
static void check_slopes(net *t, bool stopped, const char *text)
{
    const double total = sqrt(dot(t->params->grad, t->params->grad, t->params->count));
    assert_true(total > 1e-4);
    for (int i = 0; i < t->params->n; i++)
        if (!t->params->row[i].buffer && !(stopped && !strncmp(t->params->row[i].name, "b.", 2)))
            check_row(t, i, total, text);
}

static bool skips(const siam_case *c)
{
    return c->flags & (INFER | SIAM_CASE_BF16) || c->n * c->c * (c->h ? c->h * c->w : 1) > 20000;
}

static int compare_all(siam_backend *ref, siam_backend *other)
{
    int ran = 0;
    for (int i = 0; i < CASES; i++) {
        char text[128];
        net a = {0}, b = {0};
        if (skips(&cases[i]))
            continue;
        case_text(&cases[i], text);
        net_open(&a, &cases[i], ref);
        run_three_times(&a, text);
        check_slopes(&a, cases[i].flags & NO_DIN1, text);
        run(&a);
        net_open(&b, &cases[i], other);
        run_three_times(&b, text);
        const size_t n = a.params->count;
        double apart = 0;
        for (size_t k = 0; k < n; k++)
            apart += pow((double)a.params->grad[k] - b.params->grad[k], 2);
        if (!(sqrt(apart) <= 1e-3 * sqrt(dot(a.params->grad, a.params->grad, n))))
            fail_msg("%s: gradients of %s differ by %.3g from ref's", text, other->type->name, sqrt(apart));
        net_close(&a);
        net_close(&b);
        ran++;
    }
    return ran;
}

static void test_all_cases(void **state)
{
    (void)state;
    siam_backend *ref, *other;
    must(siam_backend_ref.open(&ref, 1, &err));
    must(siam_backend_open(&other, "auto", 2, &err));
    assert_true(compare_all(ref, other) > 40);
    siam_backend_close(&other);
    siam_backend_ref.close(&ref);
}

/* Around an operation of which nobody has said what its backward reads. */
static void test_unknown_operation(void **state)
{
    (void)state;
    siam_backend *b;
    siam_backend_type type;
    const siam_op_impl *impls[SIAM_OP_COUNT + 2];
    add_square(&type, impls);
    must(siam_backend_ref.open(&b, 1, &err));
    b->type = &type;
    for (int n = 4; n <= 12; n += 4)
        for (int side = 0; side <= 6; side += 3) {
            const siam_case c = {SIAM_OP_COUNT, .n = n, .c = 8 * n, .h = side, .w = side};
            net t = {0};
            net_open(&t, &c, b);
            run_three_times(&t, "square");
            check_slopes(&t, false, "square");
            net_close(&t);
        }
    b->type = &siam_backend_ref;
    siam_backend_close(&b);
    assert_string_equal(siam_op_name(SIAM_OP_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_cases), cmocka_unit_test(test_unknown_operation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
