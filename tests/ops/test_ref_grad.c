/* ref against finite differences, and the rules of backward that gradients alone do not show:
 * parameter gradients are added to, two incoming gradients are summed, din may lie over dout. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cases.h"

extern const siam_backend_type siam_backend_ref;

static siam_backend *ref;
static siam_err err;

static const siam_op_impl *impl_of(siam_op_kind kind)
{
    for (int i = 0; siam_backend_ref.impls[i]; i++)
        if (siam_backend_ref.impls[i]->kind == kind)
            return siam_backend_ref.impls[i];
    fail_msg("ref has no %s", siam_op_name(kind));
    return NULL;
}

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static siam_case_data copy_of(const siam_case_data *d)
{
    siam_case_data c;
    must(siam_case_copy(&c, d, &err));
    return c;
}

static void run(const siam_op_desc *d, unsigned mode, siam_case_data *data)
{
    must(siam_case_run(ref, NULL, impl_of(d->kind), d, mode, data, NULL, &err));
}

/* Forward only, so that finite differences do not pay for backward. Gives sum(dout * out). */
static double objective(const siam_op_desc *d, const siam_case_data *at)
{
    const siam_op_impl *impl = impl_of(d->kind);
    siam_case_data x = copy_of(at);
    siam_op_plan plan = {.impl = impl, .desc = *d};
    if (impl->plan)
        must(impl->plan(ref, NULL, &plan, &err));
    siam_op_io io = {.in = {x.t[SIAM_SLOT_IN0], x.t[SIAM_SLOT_IN1]},
                     .out = x.t[SIAM_SLOT_OUT],
                     .param = {x.t[SIAM_SLOT_PARAM0], x.t[SIAM_SLOT_PARAM1]},
                     .buffer = {x.t[SIAM_SLOT_BUFFER0], x.t[SIAM_SLOT_BUFFER1]},
                     .saved = malloc(plan.saved_bytes + 1),
                     .scratch = malloc(plan.scratch_bytes + 1)};
    must(impl->forward(ref, &plan, &io, &err));
    double sum = 0;
    const int64_t n = d->kind == SIAM_OP_NEG_COSINE ? 1 : x.n[SIAM_SLOT_OUT]; /* the gauge has no gradient */
    for (int64_t i = 0; i < n; i++)
        sum += (double)x.t[SIAM_SLOT_DOUT_SUM][i] * x.t[SIAM_SLOT_OUT][i];
    free(io.saved);
    free(io.scratch);
    siam_case_release(&x);
    return sum;
}

/* No gradient into outputs whose fused relu could switch within the step of a difference. */
static void avoid_kinks(const siam_op_desc *d, siam_case_data *data)
{
    if (d->kind != SIAM_OP_BATCHNORM || !d->u.bn.relu)
        return;
    siam_op_desc linear = *d;
    linear.u.bn.relu = false;
    siam_case_data pre = copy_of(data);
    run(&linear, 0, &pre);
    for (int64_t i = 0; i < pre.n[SIAM_SLOT_OUT]; i++)
        if (fabsf(pre.t[SIAM_SLOT_OUT][i]) < 0.15f)
            for (int s = SIAM_SLOT_DOUT0; s <= SIAM_SLOT_DOUT_SUM; s++)
                data->t[s][i] = 0;
    siam_case_release(&pre);
}

/* Derivative of the objective along `direction` in slot `x` (four points, error h^4). */
static double slope(const siam_op_desc *d, const siam_case_data *at, int x, const float *direction, double h)
{
    double f[4];
    static const double step[4] = {-2, -1, 1, 2};
    siam_case_data moved = copy_of(at);
    for (int k = 0; k < 4; k++) {
        for (int64_t i = 0; i < at->n[x]; i++)
            moved.t[x][i] = (float)(at->t[x][i] + step[k] * h * direction[i]);
        f[k] = objective(d, &moved);
    }
    siam_case_release(&moved);
    return (8 * (f[2] - f[1]) - (f[3] - f[0])) / (12 * h);
}

/* Gradient slot `g` of `got` against differences in slot `x`: along a random direction, which sees every
 * entry, and along single entries, which say where. adds: `at` holds what the gradient was added to. */
static void check_slot(const siam_op_desc *d, const siam_case_data *at, const siam_case_data *got, int x,
                       int g, bool adds, const char *text)
{
    enum { SINGLE = 8 };
    const int64_t n = at->n[x];
    float *direction = calloc((size_t)n, sizeof *direction);
    float *grad = malloc((size_t)n * sizeof *grad);
    double norm = 0;
    for (int64_t i = 0; i < n; i++) {
        grad[i] = got->t[g][i] - (adds ? at->t[g][i] : 0);
        norm += (double)grad[i] * grad[i];
    }
    siam_rng r = siam_rng_key(2, 0, (uint64_t)n, (uint32_t)x, SIAM_RNG_TEST);
    for (int k = -1; k < SINGLE; k++) {
        double want, expected = 0;
        if (k < 0) { /* entries of +-1 */
            for (int64_t i = 0; i < n; i++)
                direction[i] = siam_rng_below(&r, 2) ? 1 : -1;
            want = slope(d, at, x, direction, 4e-3);
        } else {
            memset(direction, 0, (size_t)n * sizeof *direction);
            direction[siam_rng_below(&r, (uint32_t)n)] = 1;
            want = slope(d, at, x, direction, 1e-2);
        }
        for (int64_t i = 0; i < n; i++)
            expected += (double)direction[i] * grad[i];
        /* rounding of out to float limits the difference: about 1e-7 * |out| / h */
        const double tolerance = 1e-3 * sqrt(norm / (k < 0 ? 1 : (double)n)) + 2e-4;
        if (!(fabs(want - expected) <= tolerance))
            fail_msg("%s: %s, %s: %g, finite differences give %g", text, siam_slot_name(g),
                     k < 0 ? "random direction" : "single entry", expected, want);
    }
    free(direction);
    free(grad);
}

static void test_finite_differences(void **state)
{
    (void)state;
    int checked = 0;
    for (int i = 0; i < CASES; i++) {
        char text[128];
        const siam_op_desc d = siam_case_desc(&cases[i]);
        assert_true(impl_of(d.kind)->supports(&d));
        if (!d.training)
            continue;
        siam_case_data at, got;
        must(siam_case_create(&at, &d, (uint64_t)i + 1, &err));
        avoid_kinks(&d, &at);
        got = copy_of(&at);
        run(&d, 0, &got);
        for (int k = 0; k < 2; k++) {
            if (d.need_din[k])
                check_slot(&d, &at, &got, SIAM_SLOT_IN0 + k, SIAM_SLOT_DIN0 + k, false,
                           case_text(&cases[i], text));
            if (at.n[SIAM_SLOT_PARAM0 + k])
                check_slot(&d, &at, &got, SIAM_SLOT_PARAM0 + k, SIAM_SLOT_DPARAM0 + k, true,
                           case_text(&cases[i], text));
        }
        checked++;
        siam_case_release(&at);
        siam_case_release(&got);
    }
    assert_true(checked >= 60);
}

static void assert_same(const siam_case_data *a, const siam_case_data *b, double tolerance, const char *text)
{
    for (int s = SIAM_SLOT_DIN0; s < SIAM_SLOT_COUNT; s++)
        for (int64_t j = 0; j < a->n[s]; j++)
            if (!(fabs((double)a->t[s][j] - b->t[s][j]) <= tolerance * (1 + fabs((double)a->t[s][j]))))
                fail_msg("%s: %s[%lld] is %g, expected %g", text, siam_slot_name(s), (long long)j,
                         (double)b->t[s][j], (double)a->t[s][j]);
}

/* din over dout and dout[0] + dout[1] give what separate memory and one gradient give, bit for bit. */
static void test_sums_and_aliases(void **state)
{
    (void)state;
    int sums = 0, overs = 0;
    for (int i = 0; i < CASES; i++) {
        char text[128];
        const siam_op_desc d = siam_case_desc(&cases[i]);
        const unsigned flags = impl_of(d.kind)->flags;
        if (!d.training)
            continue;
        siam_case_data at, plain;
        must(siam_case_create(&at, &d, (uint64_t)i + 1, &err));
        plain = copy_of(&at);
        run(&d, 0, &plain);
        for (unsigned mode = 1; mode < 4; mode++) {
            if (((mode & SIAM_CASE_SUM) && !(flags & SIAM_IMPL_SUMS_DOUT)) ||
                ((mode & SIAM_CASE_OVER) && !(flags & SIAM_IMPL_DIN_OVER_DOUT)))
                continue;
            siam_case_data got = copy_of(&at);
            run(&d, mode, &got);
            assert_same(&plain, &got, 0, case_text(&cases[i], text));
            siam_case_release(&got);
            sums += mode == SIAM_CASE_SUM;
            overs += mode == SIAM_CASE_OVER;
        }
        siam_case_release(&at);
        siam_case_release(&plain);
    }
    assert_true(sums > 0 && overs > 0);
}

/* Gradients nobody wants (NULL) are skipped, and do not change the others. */
static void test_unwanted_gradients(void **state)
{
    (void)state;
    for (int i = 0; i < CASES; i++) {
        char text[128];
        const siam_op_desc d = siam_case_desc(&cases[i]);
        if (!d.training || !d.need_din[0])
            continue;
        siam_op_desc less = d;
        less.need_din[0] = false;
        siam_case_data all, some;
        must(siam_case_create(&all, &d, 1, &err));
        must(siam_case_create(&some, &less, 1, &err));
        run(&d, 0, &all);
        run(&less, 0, &some);
        assert_int_equal(some.n[SIAM_SLOT_DIN0], 0);
        all.n[SIAM_SLOT_DIN0] = 0;
        assert_same(&all, &some, 0, case_text(&cases[i], text));
        siam_case_release(&all);
        siam_case_release(&some);
    }
}

/* Two views in one batch equal two batches one after the other, running statistics included. */
static void test_views_are_separate_batches(void **state)
{
    (void)state;
    const siam_case both = {SIAM_OP_BATCHNORM, .n = 6, .c = 5, .h = 3, .w = 4, .groups = 2};
    const siam_case one = {SIAM_OP_BATCHNORM, .n = 3, .c = 5, .h = 3, .w = 4, .groups = 1};
    const siam_op_desc d2 = siam_case_desc(&both), d1 = siam_case_desc(&one);
    siam_case_data two, single;
    must(siam_case_create(&two, &d2, 3, &err));
    must(siam_case_create(&single, &d1, 3, &err));
    for (int s = SIAM_SLOT_PARAM0; s <= SIAM_SLOT_BUFFER1; s++)
        memcpy(single.t[s], two.t[s], (size_t)two.n[s] * sizeof(float));
    for (int s = SIAM_SLOT_DPARAM0; s <= SIAM_SLOT_DPARAM1; s++)
        memcpy(single.t[s], two.t[s], (size_t)two.n[s] * sizeof(float));
    siam_case_data at = copy_of(&two);
    run(&d2, 0, &two);
    const int64_t half = 3 * 5 * 3 * 4;
    const size_t bytes = (size_t)half * sizeof(float);
    for (int v = 0; v < 2; v++) {
        memcpy(single.t[SIAM_SLOT_IN0], at.t[SIAM_SLOT_IN0] + v * half, bytes);
        memcpy(single.t[SIAM_SLOT_DOUT_SUM], at.t[SIAM_SLOT_DOUT_SUM] + v * half, bytes);
        run(&d1, 0, &single);
        assert_memory_equal(single.t[SIAM_SLOT_OUT], two.t[SIAM_SLOT_OUT] + v * half, bytes);
        assert_memory_equal(single.t[SIAM_SLOT_DIN0], two.t[SIAM_SLOT_DIN0] + v * half, bytes);
    }
    for (int c = 0; c < 5; c++) {
        assert_true(single.t[SIAM_SLOT_BUFFER0][c] == two.t[SIAM_SLOT_BUFFER0][c]);
        assert_true(single.t[SIAM_SLOT_BUFFER1][c] == two.t[SIAM_SLOT_BUFFER1][c]);
        assert_true(fabsf(single.t[SIAM_SLOT_DPARAM0][c] - two.t[SIAM_SLOT_DPARAM0][c]) < 1e-5f);
    }
    siam_case_release(&two);
    siam_case_release(&single);
    siam_case_release(&at);
}

/* Numbers worked out by hand. */
static void test_batchnorm_by_hand(void **state)
{
    (void)state;
    const siam_case c = {SIAM_OP_BATCHNORM, .n = 4, .c = 1, .groups = 1};
    const siam_op_desc d = siam_case_desc(&c);
    siam_case_data x;
    must(siam_case_create(&x, &d, 1, &err));
    memcpy(x.t[SIAM_SLOT_IN0], (float[4]){1, 3, 5, 7}, 16); /* mean 4, variance 5, unbiased 20/3 */
    x.t[SIAM_SLOT_PARAM0][0] = 2;
    x.t[SIAM_SLOT_PARAM1][0] = 1;
    x.t[SIAM_SLOT_BUFFER0][0] = 10;
    x.t[SIAM_SLOT_BUFFER1][0] = 1;
    run(&d, 0, &x);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(x.t[SIAM_SLOT_OUT][i] - (1 + 2 * (2 * i - 3) / sqrt(5 + 1e-5))) < 1e-6);
    assert_true(fabs(x.t[SIAM_SLOT_BUFFER0][0] - 9.4) < 1e-6);
    assert_true(fabs(x.t[SIAM_SLOT_BUFFER1][0] - (0.9 + 0.1 * 20 / 3)) < 1e-6);
    siam_case_release(&x);
}

static void test_neg_cosine_by_hand(void **state)
{
    (void)state;
    const siam_case c = {SIAM_OP_NEG_COSINE, .n = 4, .c = 2};
    const siam_op_desc d = siam_case_desc(&c);
    siam_case_data x;
    must(siam_case_create(&x, &d, 1, &err));
    /* view 1: images a, b; view 2: a, b. p looks at z of the other view. */
    memcpy(x.t[SIAM_SLOT_IN0], (float[8]){3, 0, 0, 2, 1, 1, 5, 0}, 32);
    memcpy(x.t[SIAM_SLOT_IN1], (float[8]){4, 4, 9, 0, 7, 0, 0, 7}, 32);
    run(&d, 0, &x); /* cosines: 1, 1, 1, 1 */
    assert_true(fabsf(x.t[SIAM_SLOT_OUT][0] + 1) < 1e-6f);
    /* view 2's z/|z|: e1, e2, std 1/2 each; view 1: (r, r), (1, 0) with r = sqrt(1/2) */
    const double r = sqrt(0.5), expected = sqrt(2.0) * (0.5 * (0.5 + ((1 - r) / 2 + r / 2) / 2));
    assert_true(fabs(x.t[SIAM_SLOT_OUT][1] - expected) < 1e-6);
    for (int i = 0; i < 8; i++) /* at the maximum of the cosine */
        assert_true(fabsf(x.t[SIAM_SLOT_DIN0][i]) < 1e-6f && fabsf(x.t[SIAM_SLOT_DIN1][i]) < 1e-6f);
    memset(x.t[SIAM_SLOT_IN1], 0, 32); /* all embeddings 0: norms are clamped, nothing is NaN */
    run(&d, 0, &x);
    assert_true(x.t[SIAM_SLOT_OUT][0] == 0 && x.t[SIAM_SLOT_OUT][1] == 0);
    for (int i = 0; i < 8; i++)
        assert_true(isfinite(x.t[SIAM_SLOT_DIN0][i]) && isfinite(x.t[SIAM_SLOT_DIN1][i]));
    siam_case_release(&x);
}

/* Of equal entries the first takes the gradient, padding never wins, NaN is not hidden. */
static void test_maxpool_ties_and_nan(void **state)
{
    (void)state;
    const siam_case c = {SIAM_OP_MAXPOOL, .n = 1, .c = 1, .h = 2, .w = 2, .kernel = 3, .stride = 2, .pad = 1};
    const siam_op_desc d = siam_case_desc(&c);
    siam_case_data x;
    must(siam_case_create(&x, &d, 1, &err));
    for (int i = 0; i < 4; i++)
        x.t[SIAM_SLOT_IN0][i] = -5;
    x.t[SIAM_SLOT_DOUT_SUM][0] = 1;
    run(&d, 0, &x);
    assert_true(x.t[SIAM_SLOT_OUT][0] == -5);
    assert_memory_equal(x.t[SIAM_SLOT_DIN0], ((float[4]){1, 0, 0, 0}), 16);
    x.t[SIAM_SLOT_IN0][3] = NAN;
    run(&d, 0, &x);
    assert_true(isnan(x.t[SIAM_SLOT_OUT][0]));
    siam_case_release(&x);
}

static int setup(void **state)
{
    (void)state;
    return siam_backend_ref.open(&ref, 1, &err) != SIAM_OK;
}

static int teardown(void **state)
{
    (void)state;
    siam_backend_ref.close(&ref);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite_differences),   cmocka_unit_test(test_sums_and_aliases),
        cmocka_unit_test(test_unwanted_gradients),   cmocka_unit_test(test_views_are_separate_batches),
        cmocka_unit_test(test_batchnorm_by_hand),    cmocka_unit_test(test_neg_cosine_by_hand),
        cmocka_unit_test(test_maxpool_ties_and_nan),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
