/* neg_cosine: L = -(1/N) sum_i cos(p_i, z_other(i)) and the collapse gauge of z (op.h; SimSiam eq. 1-2).
 *
 * With a = max(|p|, eps), b = max(|z|, eps), cos = p.z / (a b) (torch.nn.CosineSimilarity, eps 1e-8):
 *   dcos/dp = z / (a b) - cos p / |p|^2, the second term only where |p| > eps; likewise for z. */
#include <math.h>

#include "backend/ref/ref.h"

static const double EPS = 1e-8;

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 2 && d->in[1].ndim == 2 && d->in[0].dim[0] % 2 == 0 &&
           d->in[0].dim[0] == d->in[1].dim[0] && d->in[0].dim[1] == d->in[1].dim[1];
}

static double dot(const float *x, const float *y, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)x[i] * y[i];
    return s;
}

static double norm(const float *x, int64_t n) { return fmax(sqrt(dot(x, x, n)), EPS); }

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    p->scratch_bytes = (size_t)p->desc.in[0].dim[0] * sizeof(double); /* norms of z */
    return SIAM_OK;
}

/* Mean over channels of the biased standard deviation of z/|z| over `n` images. */
static double mean_std(const float *z, const double *len, int64_t n, int64_t d)
{
    double total = 0;
    for (int64_t c = 0; c < d; c++) {
        double mean = 0, var = 0;
        for (int64_t i = 0; i < n; i++)
            mean += z[i * d + c] / len[i] / (double)n;
        for (int64_t i = 0; i < n; i++) {
            const double t = z[i * d + c] / len[i] - mean;
            var += t * t / (double)n;
        }
        total += sqrt(var);
    }
    return total / (double)d;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t N = p->desc.in[0].dim[0], d = p->desc.in[0].dim[1], half = N / 2;
    const float *P = io->in[0], *Z = io->in[1];
    float *out = io->out;
    double loss = 0, *len = io->scratch;
    for (int64_t i = 0; i < N; i++)
        len[i] = norm(Z + i * d, d);
    for (int64_t i = 0; i < N; i++) {
        const int64_t j = (i + half) % N;
        loss -= dot(P + i * d, Z + j * d, d) / (norm(P + i * d, d) * len[j]) / (double)N;
    }
    out[0] = (float)loss;
    const double spread = (mean_std(Z, len, half, d) + mean_std(Z + half * d, len + half, half, d)) / 2;
    out[1] = (float)(spread * sqrt((double)d));
    return SIAM_OK;
}

/* g * dcos(x, y)/dx into dx. */
static void cos_gradient(const float *x, const float *y, int64_t d, double g, float *dx)
{
    const double len = sqrt(dot(x, x, d)), a = fmax(len, EPS), b = norm(y, d);
    const double cosine = dot(x, y, d) / (a * b);
    for (int64_t c = 0; c < d; c++)
        dx[c] = (float)(g * (y[c] / (a * b) - (len > EPS ? cosine * x[c] / (len * len) : 0)));
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t N = p->desc.in[0].dim[0], d = p->desc.in[0].dim[1], half = N / 2;
    const float *P = io->in[0], *Z = io->in[1];
    const double g = -(double)*(const float *)io->dout[0] / (double)N;
    for (int64_t i = 0; i < N; i++) {
        const int64_t j = (i + half) % N;
        if (io->din[0])
            cos_gradient(P + i * d, Z + j * d, d, g, (float *)io->din[0] + i * d);
        if (io->din[1])
            cos_gradient(Z + j * d, P + i * d, d, g, (float *)io->din[1] + j * d);
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_neg_cosine = {
    .kind = SIAM_OP_NEG_COSINE,
    .name = "neg_cosine/ref",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
