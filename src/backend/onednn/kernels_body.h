/* Bodies of the flat kernels; included by kernels.c once per (ISA, LANES). No include guard on purpose. */
#include "backend/onednn/vec_body.h"

static void F(add)(int64_t n, const float *a, const float *b, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = a[i] + b[i];
}

static void F(sgd)(int64_t n, float *restrict value, const float *restrict grad, float *restrict momentum,
                   float scale, float lr, float mu, float wd)
{
    for (int64_t i = 0; i < n; i++) {
        const float m = mu * momentum[i] + (scale * grad[i] + wd * value[i]);
        momentum[i] = m;
        value[i] -= lr * m;
    }
}

/* *v = exp(*v) for *v <= 0, within 2 units in the last place: 2^k exp(r), r = x - k ln 2 in two parts, a polynomial for
 * exp(r) on |r| <= ln 2 / 2. Below -87, where floats lose their precision, exp(-87); NaN stays. */
INLINE void F(exp)(VEC *v)
{
    const float shift = 12582912.0f; /* 1.5 2^23: adding it rounds to a whole number, which the low bits then hold */
    const VEC low = (VEC){0} - 87.0f;
    const VEC x = SELECT(*v < low, low, *v);
    const VEC t = x * 1.44269504088896341f + shift, k = t - shift;
    const VEC r = x - k * 0.693359375f - k * -2.12194440e-4f;
    VEC p = (VEC){0} + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    *v = p * (VEC)(((BITS)t + 127) << 23); /* the shift's own bits leave at the top */
}

/* n < LANES numbers, and `rest` behind them. */
INLINE void F(load_part)(int64_t n, const float *x, float rest, VEC *v)
{
    *v = (VEC){0} + rest;
    for (int i = 0; i < n; i++)
        (*v)[i] = x[i];
}

static double F(softmax)(int64_t n, const float *x, float scale, float *out)
{
    const int64_t whole = n / LANES * LANES;
    VEC most, tail;
    F(load_part)(n - whole, x + whole, x[0], &most);
    for (int64_t i = 0; i < whole; i += LANES) {
        const VEC v = LOAD(x + i);
        most = SELECT(v > most, v, most);
    }
    float top = most[0];
    for (int i = 1; i < LANES; i++)
        top = most[i] > top ? most[i] : top;
    F(load_part)(n - whole, x + whole, -INFINITY, &tail);
    tail -= top;
    F(exp)(&tail);
    VEC sums = tail;
    for (int i = 0; i < LANES; i++)
        if (i >= n - whole)
            sums[i] = 0;
    for (int64_t i = 0; i < whole; i += LANES) {
        VEC v = LOAD(x + i) - top;
        F(exp)(&v);
        sums += v;
        STORE(out + i, v);
    }
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += (double)sums[i];
    const float factor = (float)((double)scale / sum);
    for (int64_t i = 0; i < whole; i += LANES)
        STORE(out + i, LOAD(out + i) * factor);
    for (int64_t i = whole; i < n; i++)
        out[i] = tail[i - whole] * factor;
    return (double)top + log(sum);
}

static void F(dots)(int64_t n, const float *x, const float *y, double xy[3])
{
    double s[3][LANES] = {{0}};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const double a = (double)x[i + l], b = (double)y[i + l];
            s[0][l] += a * a;
            s[1][l] += a * b;
            s[2][l] += b * b;
        }
    for (int l = 0; i < n; i++, l++) {
        const double a = (double)x[i], b = (double)y[i];
        s[0][l] += a * a;
        s[1][l] += a * b;
        s[2][l] += b * b;
    }
    for (int k = 0; k < 3; k++) {
        xy[k] = 0;
        for (int l = 0; l < LANES; l++)
            xy[k] += s[k][l];
    }
}

static void F(blend)(int64_t n, float a, const float *x, float b, const float *y, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = a * x[i] + b * y[i];
}

static void F(moments)(int64_t n, double s, const float *restrict x, double *restrict sum,
                       double *restrict squares)
{
    for (int64_t i = 0; i < n; i++) {
        const double v = s * (double)x[i];
        sum[i] += v;
        squares[i] += v * v;
    }
}

static const siam_kernels F(table) = {
    .add = F(add),
    .sgd = F(sgd),
    .softmax = F(softmax),
    .dots = F(dots),
    .blend = F(blend),
    .moments = F(moments),
};

#include "backend/onednn/vec_done.h"
