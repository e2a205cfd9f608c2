/* The reference backend: one thread, plain loops, no library. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/ref/ref.h"
#include "base/check.h"

static int probe(char *why, size_t n)
{
    (void)why;
    (void)n;
    return 1;
}

extern const siam_backend_type siam_backend_ref;

static siam_code ref_open(siam_backend **out, int threads, siam_err *e)
{
    (void)threads; /* always one */
    *out = calloc(1, sizeof **out);
    if (!*out)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the reference backend");
    (*out)->type = &siam_backend_ref;
    (*out)->threads = 1;
    (*out)->comm = &siam_comm_single;
    return SIAM_OK;
}

static void ref_close(siam_backend **b)
{
    free(*b);
    *b = NULL;
}

static siam_code ref_alloc(siam_backend *b, size_t bytes, void **out, siam_err *e)
{
    (void)b;
    *out = bytes > SIZE_MAX - 64 ? NULL : aligned_alloc(64, bytes ? (bytes + 63) / 64 * 64 : 64);
    if (*out)
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOMEM, "out of memory: a block of %zu MiB could not be allocated", bytes >> 20);
    siam_hint(e, "a smaller --size, --width or --arch");
    return SIAM_E_NOMEM;
}

static void ref_free(siam_backend *b, void *p)
{
    (void)b;
    free(p);
}

static siam_layout layout(const siam_backend *b, const siam_desc *d)
{
    (void)b;
    (void)d;
    return SIAM_NCHW;
}

/* Row i of C, columns j0 .. j0+cols. */
static void matmul_row(bool ta, bool tb, int64_t i, int64_t j0, int64_t cols, int64_t m, int64_t n, int64_t k,
                       const float *A, const float *B, double *acc)
{
    const float *a = ta ? A + i : A + i * k;
    const int64_t step = ta ? m : 1;
    for (int64_t j = 0; j < cols; j++)
        acc[j] = 0;
    if (!tb) {
        for (int64_t l = 0; l < k; l++) {
            const double x = a[l * step];
            const float *row = B + l * n + j0;
            for (int64_t j = 0; j < cols; j++)
                acc[j] += x * row[j];
        }
        return;
    }
    for (int64_t j = 0; j < cols; j++) {
        const float *row = B + (j0 + j) * k;
        double s[4] = {0, 0, 0, 0}; /* four sums, so that additions need not wait for each other */
        int64_t l = 0;
        for (; l + 4 <= k; l += 4)
            for (int u = 0; u < 4; u++)
                s[u] += (double)a[(l + u) * step] * row[l + u];
        for (; l < k; l++)
            s[0] += (double)a[l * step] * row[l];
        acc[j] = s[0] + s[1] + s[2] + s[3];
    }
}

siam_code siam_ref_matmul(siam_backend *b, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *A,
                     const float *B, float beta, float *C, siam_err *e)
{
    (void)b;
    (void)e;
    enum { COLS = 256 };
    double acc[COLS];
    for (int64_t i = 0; i < m; i++)
        for (int64_t j0 = 0; j0 < n; j0 += COLS) {
            const int64_t cols = n - j0 < COLS ? n - j0 : COLS;
            float *c = C + i * n + j0;
            matmul_row(ta, tb, i, j0, cols, m, n, k, A, B, acc);
            for (int64_t j = 0; j < cols; j++) /* beta 0 must not read C, which may be undefined */
                c[j] = (float)(acc[j] + (beta != 0 ? (double)beta * c[j] : 0.0));
        }
    return SIAM_OK;
}

static siam_code accumulate(siam_backend *b, siam_dtype type, void *dst, const void *src, size_t n, siam_err *e)
{
    float *to = dst;
    const float *from = src;
    SIAM_ASSERT(type == SIAM_F32);
    (void)b;
    (void)e;
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
    return SIAM_OK;
}

static siam_code sgd(siam_backend *b, float *value, const float *grad, float *momentum, size_t n,
                     float scale, float lr, float mu, float wd, siam_err *e)
{
    (void)b;
    (void)e;
    for (size_t i = 0; i < n; i++) {
        const double g = (double)scale * grad[i] + (double)wd * value[i];
        const double v = (double)mu * momentum[i] + g;
        momentum[i] = (float)v;
        value[i] = (float)(value[i] - (double)lr * v);
    }
    return SIAM_OK;
}

static siam_code norm(siam_backend *b, const float *x, size_t n, double *out, siam_err *e)
{
    double sum = 0;
    (void)b;
    (void)e;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    *out = sqrt(sum);
    return SIAM_OK;
}

static siam_code softmax_xent(siam_backend *b, const float *logits, const int32_t *label, int64_t n, int64_t c,
                              float *dlogits, double *loss, siam_err *e)
{
    (void)b;
    (void)e;
    *loss = 0;
    for (int64_t i = 0; i < n; i++) {
        const float *x = logits + i * c;
        float *d = dlogits + i * c;
        double most = x[0], sum = 0;
        for (int64_t j = 1; j < c; j++)
            most = fmax(most, x[j]);
        for (int64_t j = 0; j < c; j++)
            sum += exp(x[j] - most);
        *loss += (most + log(sum) - x[label[i]]) / (double)n;
        for (int64_t j = 0; j < c; j++)
            d[j] = (float)((exp(x[j] - most) / sum - (j == label[i])) / (double)n);
    }
    return SIAM_OK;
}

static void describe(const siam_backend *b, char *buf, size_t n)
{
    (void)b;
    snprintf(buf, n, "ref, plain loops, 1 thread");
}

#define SIAM_ROW(x) extern const siam_op_impl siam_op_ref_##x;
#include "backend/ref/ops.def"
#undef SIAM_ROW

static const siam_op_impl *const impls[] = {
#define SIAM_ROW(x) &siam_op_ref_##x,
#include "backend/ref/ops.def"
#undef SIAM_ROW
    NULL};

const siam_backend_type siam_backend_ref = {
    .name = "ref",
    .help = "plain loops on one thread: slow, the oracle of the tests",
    .probe = probe,
    .open = ref_open,
    .close = ref_close,
    .alloc = ref_alloc,
    .free = ref_free,
    .layout = layout,
    .matmul = siam_ref_matmul,
    .accumulate = accumulate,
    .sgd = sgd,
    .norm = norm,
    .softmax_xent = softmax_xent,
    .bandwidth = siam_host_bandwidth,
    .describe = describe,
    .impls = impls,
};
