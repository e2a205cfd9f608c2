/* neg_cosine: the loss L = -(1/N) sum_i cos(p_i, z_other(i)) and the collapse gauge (op.h).
 *
 * saved: per row i of p, with j = other(i): p.p, p.z, z.z (double). With a = max(|p|, eps),
 * b = max(|z|, eps): dcos/dp = z/(a b) - cos p/|p|^2, the second term only where |p| > eps. */
#include <math.h>
#include <string.h>

#include "backend/onednn/onednn.h"

static const double EPS = 1e-8;

static bool supports(const siam_op_desc *d)
{
    return d->in[0].dtype == SIAM_F32 && d->in[1].dtype == SIAM_F32 && d->in[0].ndim == 2 &&
           d->in[1].ndim == 2 && siam_desc_eq(&d->in[0], &d->in[1]) && d->in[0].dim[0] % 2 == 0;
}

static size_t dots_bytes(const siam_op_plan *p) { return 3 * sizeof(double) * (size_t)p->desc.in[0].dim[0]; }

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    p->saved_bytes = p->desc.training ? dots_bytes(p) : 0;
    p->scratch_bytes = dots_bytes(p) + 2 * sizeof(double) * (size_t)p->desc.in[0].dim[1];
    return SIAM_OK;
}

/* fmax would make a number of NaN. */
static double at_least(double x, double least) { return x < least ? least : x; }

static int64_t other(int64_t i, int64_t half) { return i < half ? i + half : i - half; }

/* Mean over channels of the biased standard deviation of z/|z| over the images [first, end). */
static double mean_std(const siam_kernels *k, const float *z, const double *dots, int64_t first, int64_t end,
                       int64_t half, int64_t d, double *sum)
{
    enum { CHANNELS = 128 };
    const double n = (double)(end - first);
    double *squares = sum + d, total = 0;
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < d; c += CHANNELS) {
        const int64_t m = d - c < CHANNELS ? d - c : CHANNELS;
        memset(sum + c, 0, (size_t)m * sizeof *sum);
        memset(squares + c, 0, (size_t)m * sizeof *squares);
        for (int64_t i = first; i < end; i++) {
            const double len = at_least(sqrt(dots[3 * other(i, half) + 2]), EPS);
            k->moments(m, 1.0 / len, z + i * d + c, sum + c, squares + c);
        }
    }
    for (int64_t c = 0; c < d; c++)
        total += sqrt(at_least(squares[c] / n - sum[c] / n * (sum[c] / n), 0.0));
    return total / (double)d;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const int64_t n = p->desc.in[0].dim[0], d = p->desc.in[0].dim[1], half = n / 2;
    const float *x = io->in[0], *z = io->in[1];
    double *dots = p->desc.training ? io->saved : io->scratch;
    double *moments = (double *)(void *)((char *)io->scratch + dots_bytes(p));
    float *out = io->out;
    double loss = 0;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++)
        k->dots(d, x + i * d, z + other(i, half) * d, dots + 3 * i);
    for (int64_t i = 0; i < n; i++)
        loss -= dots[3 * i + 1] / (at_least(sqrt(dots[3 * i]), EPS) * at_least(sqrt(dots[3 * i + 2]), EPS));
    const double spread =
        mean_std(k, z, dots, 0, half, half, d, moments) + mean_std(k, z, dots, half, n, half, d, moments);
    out[0] = (float)(loss / (double)n);
    out[1] = (float)(0.5 * spread * sqrt((double)d));
    return SIAM_OK;
}

/* out = g dcos(x, y)/dx, given xx = x.x, xy = x.y, yy = y.y. */
static void cos_gradient(const siam_kernels *k, int64_t d, double g, const float *x, double xx, double xy,
                         double yy, const float *y, float *out)
{
    const double a = at_least(sqrt(xx), EPS), b = at_least(sqrt(yy), EPS);
    const double along = sqrt(xx) > EPS ? -g * xy / (a * b) / xx : 0.0;
    k->blend(d, (float)(g / (a * b)), y, (float)along, x, out);
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const int64_t n = p->desc.in[0].dim[0], d = p->desc.in[0].dim[1], half = n / 2;
    const float *x = io->in[0], *z = io->in[1], *dout = io->dout[0];
    const double *dots = io->saved, g = -(double)dout[0] / (double)n;
    float *dx = io->din[0], *dz = io->din[1];
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        const int64_t j = other(i, half);
        const double *s = dots + 3 * i;
        if (dx)
            cos_gradient(k, d, g, x + i * d, s[0], s[1], s[2], z + j * d, dx + i * d);
        if (dz)
            cos_gradient(k, d, g, z + j * d, s[2], s[1], s[0], x + i * d, dz + j * d);
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_neg_cosine = {
    .kind = SIAM_OP_NEG_COSINE,
    .name = "neg_cosine/onednn",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
