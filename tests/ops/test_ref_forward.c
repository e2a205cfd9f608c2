/* ref's forward against the definitions of op.h written down as directly as possible, on every case:
 * finite differences only show that backward belongs to forward, not that forward is right. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases.h"

extern const siam_backend_type siam_backend_ref;

static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

/* Element of a slot in logical coordinates; outside the plane it is `outside`. */
static double at(const siam_case_data *x, int slot, int64_t n, int64_t c, int64_t h, int64_t w,
                 double outside)
{
    const siam_desc *d = &x->desc[slot];
    const int64_t H = d->ndim == 4 ? d->dim[2] : 1, W = d->ndim == 4 ? d->dim[3] : 1;
    if (h < 0 || h >= H || w < 0 || w >= W)
        return outside;
    return (double)x->t[slot][siam_desc_index(d, n, c, h, w)];
}

static double vector(const siam_case_data *x, int slot, int64_t i, double absent)
{
    return x->n[slot] ? (double)x->t[slot][i] : absent;
}

static double conv(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t o, int64_t h, int64_t w)
{
    const int k = d->u.conv.kernel, s = d->u.conv.stride, p = d->u.conv.pad;
    double sum = vector(x, SIAM_SLOT_PARAM1, o, 0);
    for (int64_t c = 0; c < d->in[0].dim[1]; c++)
        for (int kh = 0; kh < k; kh++)
            for (int kw = 0; kw < k; kw++)
                sum += at(x, SIAM_SLOT_PARAM0, o, c, kh, kw, 0) *
                       at(x, SIAM_SLOT_IN0, n, c, h * s - p + kh, w * s - p + kw, 0);
    if (d->u.conv.add)
        sum += at(x, SIAM_SLOT_OUT, n, o, h, w, 0);
    return d->u.conv.relu ? fmax(sum, 0) : sum;
}

/* Mean and biased variance of channel c over images [n0, n0 + count). */
static void moments(const siam_case_data *x, int64_t n0, int64_t count, int64_t c, double *mean, double *var)
{
    const siam_desc *d = &x->desc[SIAM_SLOT_IN0];
    const int64_t H = d->ndim == 4 ? d->dim[2] : 1, W = d->ndim == 4 ? d->dim[3] : 1;
    const double m = (double)(count * H * W);
    *mean = *var = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < count * H * W; i++) {
            const double v = at(x, SIAM_SLOT_IN0, n0 + i / (H * W), c, i / W % H, i % W, 0);
            if (pass)
                *var += (v - *mean) * (v - *mean) / m;
            else
                *mean += v / m;
        }
}

static double bn(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t c, int64_t h, int64_t w)
{
    const int64_t part = d->in[0].dim[0] / d->u.bn.groups;
    double mean = vector(x, SIAM_SLOT_BUFFER0, c, 0), var = vector(x, SIAM_SLOT_BUFFER1, c, 0);
    if (d->training)
        moments(x, n / part * part, part, c, &mean, &var);
    double y = (at(x, SIAM_SLOT_IN0, n, c, h, w, 0) - mean) / sqrt(var + (double)d->u.bn.eps);
    y = y * vector(x, SIAM_SLOT_PARAM0, c, 1) + vector(x, SIAM_SLOT_PARAM1, c, 0);
    if (d->u.bn.add)
        y += at(x, SIAM_SLOT_IN1, n, c, h, w, 0);
    return d->u.bn.relu ? fmax(y, 0) : y;
}

static double maxpool(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t c, int64_t h,
                      int64_t w)
{
    const int k = d->u.pool.kernel, s = d->u.pool.stride, p = d->u.pool.pad;
    double best = -INFINITY;
    for (int i = 0; i < k * k; i++)
        best = fmax(best, at(x, SIAM_SLOT_IN0, n, c, h * s - p + i / k, w * s - p + i % k, -INFINITY));
    return best;
}

static double avgpool(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t c)
{
    const int64_t H = d->in[0].dim[2], W = d->in[0].dim[3];
    double sum = 0;
    for (int64_t i = 0; i < H * W; i++)
        sum += at(x, SIAM_SLOT_IN0, n, c, i / W, i % W, 0);
    return sum / (double)(H * W);
}

static double shortcut_a(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t c, int64_t h,
                         int64_t w)
{
    const int64_t C = d->in[0].dim[1], before = (d->out.dim[1] - C) / 2, s = d->u.shortcut.stride;
    return c < before || c >= before + C ? 0 : at(x, SIAM_SLOT_IN0, n, c - before, h * s, w * s, 0);
}

static double linear(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t o)
{
    double sum = vector(x, SIAM_SLOT_PARAM1, o, 0);
    for (int64_t c = 0; c < d->in[0].dim[1]; c++)
        sum += at(x, SIAM_SLOT_IN0, n, c, 0, 0, 0) * at(x, SIAM_SLOT_PARAM0, o, c, 0, 0, 0);
    return sum;
}

static double length(const siam_case_data *x, int slot, int64_t n, int64_t d)
{
    double sum = 0;
    for (int64_t c = 0; c < d; c++)
        sum += pow(at(x, slot, n, c, 0, 0, 0), 2);
    return sqrt(sum);
}

/* The mean of channel c of the same image in the other views. */
static double target(const siam_case_data *x, const siam_op_desc *d, int64_t row, int64_t c)
{
    const int views = d->u.cosine.views;
    const int64_t images = d->in[0].dim[0] / views;
    double sum = 0;
    for (int v = 0; v < views; v++)
        if (v != row / images)
            sum += at(x, SIAM_SLOT_IN1, v * images + row % images, c, 0, 0, 0);
    return sum / (views - 1);
}

/* [0]: the mean over views of D(p_v, t_v); [1]: the gauge. */
static double neg_cosine(const siam_case_data *x, const siam_op_desc *d, int64_t which)
{
    const int views = d->u.cosine.views;
    const int64_t rows = d->in[0].dim[0], images = rows / views, C = d->in[0].dim[1];
    double loss = 0, spread = 0;
    for (int64_t row = 0; row < rows; row++) {
        double dot = 0, square = 0;
        for (int64_t c = 0; c < C; c++) {
            dot += at(x, SIAM_SLOT_IN0, row, c, 0, 0, 0) * target(x, d, row, c);
            square += target(x, d, row, c) * target(x, d, row, c);
        }
        loss -= dot / (length(x, SIAM_SLOT_IN0, row, C) * sqrt(square)) / (double)rows;
    }
    if (which == 0)
        return loss;
    for (int v = 0; v < views; v++)
        for (int64_t c = 0; c < C; c++) {
            double mean = 0, square = 0;
            for (int64_t i = v * images; i < (v + 1) * images; i++) {
                const double u = at(x, SIAM_SLOT_IN1, i, c, 0, 0, 0) / length(x, SIAM_SLOT_IN1, i, C);
                mean += u / (double)images;
                square += u * u / (double)images;
            }
            spread += sqrt(fmax(square - mean * mean, 0)) / (double)(views * C);
        }
    return spread * sqrt((double)C);
}

static double defined(const siam_case_data *x, const siam_op_desc *d, int64_t n, int64_t c, int64_t h,
                      int64_t w)
{
    switch (d->kind) {
    case SIAM_OP_CONV2D: return conv(x, d, n, c, h, w);
    case SIAM_OP_BATCHNORM: return bn(x, d, n, c, h, w);
    case SIAM_OP_RELU: return fmax(at(x, SIAM_SLOT_IN0, n, c, h, w, 0), 0);
    case SIAM_OP_ADD: return at(x, SIAM_SLOT_IN0, n, c, h, w, 0) + at(x, SIAM_SLOT_IN1, n, c, h, w, 0);
    case SIAM_OP_MAXPOOL: return maxpool(x, d, n, c, h, w);
    case SIAM_OP_GLOBAL_AVGPOOL: return avgpool(x, d, n, c);
    case SIAM_OP_SHORTCUT_A: return shortcut_a(x, d, n, c, h, w);
    case SIAM_OP_LINEAR: return linear(x, d, n, c);
    case SIAM_OP_NEG_COSINE: return neg_cosine(x, d, n);
    default: fail_msg("no definition of %s here", siam_op_name(d->kind)); return 0;
    }
}

/* Running statistics after one step: the views one after the other; untouched when not training. */
static void check_running(const siam_case_data *before, const siam_case_data *after, const siam_op_desc *d,
                          const char *text)
{
    const int64_t part = d->in[0].dim[0] / d->u.bn.groups;
    const double count = (double)siam_desc_count(&d->in[0]);
    const double m = count / d->u.bn.groups / (double)d->in[0].dim[1];
    for (int64_t c = 0; c < d->in[0].dim[1]; c++) {
        double want[2] = {vector(before, SIAM_SLOT_BUFFER0, c, 0), vector(before, SIAM_SLOT_BUFFER1, c, 0)};
        for (int g = 0; d->training && g < d->u.bn.groups; g++) {
            double mean, var;
            moments(before, g * part, part, c, &mean, &var);
            want[0] = 0.9 * want[0] + 0.1 * mean;
            want[1] = 0.9 * want[1] + 0.1 * var * m / (m - 1);
        }
        for (int k = 0; k < 2; k++)
            if (!(fabs((double)after->t[SIAM_SLOT_BUFFER0 + k][c] - want[k]) <= 1e-6))
                fail_msg("%s: %s[%d] is %g, expected %g", text, siam_slot_name(SIAM_SLOT_BUFFER0 + k), (int)c,
                         (double)after->t[SIAM_SLOT_BUFFER0 + k][c], want[k]);
    }
}

static void test_forward_is_the_definition(void **state)
{
    (void)state;
    siam_backend *ref;
    must(siam_backend_ref.open(&ref, 1, &err));
    for (int i = 0; i < CASES; i++) {
        char text[128];
        const siam_op_desc d = siam_case_desc(&cases[i]);
        const siam_op_impl *impl = siam_op_select(ref, &d);
        siam_case_data x, got;
        assert_non_null(impl);
        must(siam_case_create(&x, &d, (uint64_t)i + 1, &err));
        must(siam_case_copy(&got, &x, &err));
        must(siam_case_run(ref, NULL, impl, &d, 0, &got, NULL, &err));
        const int64_t C = d.out.ndim > 1 ? d.out.dim[1] : 1;
        const int64_t H = d.out.ndim == 4 ? d.out.dim[2] : 1, W = d.out.ndim == 4 ? d.out.dim[3] : 1;
        for (int64_t k = 0; k < got.n[SIAM_SLOT_OUT]; k++) {
            const double y = (double)got.t[SIAM_SLOT_OUT][k];
            const double want = defined(&x, &d, k / (C * H * W), k / (H * W) % C, k / W % H, k % W);
            if (!(fabs(y - want) <= 1e-6 * (1 + fabs(want))))
                fail_msg("%s: out[%d] is %g, expected %g", case_text(&cases[i], text), (int)k, y, want);
        }
        if (d.kind == SIAM_OP_BATCHNORM)
            check_running(&x, &got, &d, case_text(&cases[i], text));
        siam_case_release(&x);
        siam_case_release(&got);
    }
    siam_backend_ref.close(&ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forward_is_the_definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
