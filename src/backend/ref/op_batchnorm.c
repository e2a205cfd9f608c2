/* batchnorm, plain and fused: out = relu?(gamma * (x - mean) / sqrt(var + eps) + beta + in[1]?).
 * torch.nn.BatchNorm{1,2}d; statistics per view (`groups` equal parts of dim 0).
 *
 * Backward, per view and channel over m elements, with xh = (x - mean) * istd and dz = the sum of the
 * incoming gradients where out > 0:
 *   dbeta = sum dz,  dgamma = sum dz xh,  din[1] = dz,
 *   din[0] = gamma istd (dz - dbeta/m - xh dgamma/m).
 * Over several ranks m counts the elements of all, as do the statistics and the sums in din[0]; dgamma and dbeta are
 * this rank's.
 * saved: double mean[groups][C], istd[groups][C]. */
#include <math.h>

#include "backend/moments.h"
#include "backend/ref/ref.h"
#include "base/check.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].layout == d->out.layout && d->u.bn.groups >= 1 &&
           d->in[0].dim[0] % d->u.bn.groups == 0 && d->u.bn.add == (d->in[1].ndim != 0) &&
           (!d->u.bn.add || d->in[1].layout == d->out.layout);
}

static bool of_ranks(const siam_backend *b, const siam_op_desc *d)
{
    return d->training && !d->u.bn.per_rank && b->comm->size > 1;
}

/* scratch: double [groups][C][2], mean and squares about it, or the sums of backward; with ranks, those of each behind it. */
static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)t;
    (void)e;
    const size_t pairs = (size_t)p->desc.u.bn.groups * (size_t)p->desc.in[0].dim[1];
    if (!p->desc.training)
        return SIAM_OK;
    p->saved_bytes = 2 * sizeof(double) * pairs;
    p->scratch_bytes = 2 * sizeof(double) * pairs * (of_ranks(b, &p->desc) ? (size_t)b->comm->size + 1 : 1);
    return SIAM_OK;
}

/* The elements one statistic is taken over: channel c of images [n0, n1). */
typedef struct part {
    ref_view v;
    int64_t n0, n1, channel;
    double m;
} part;

static part part_of(const siam_op_plan *p, int group, int64_t c)
{
    part q = {.v = ref_view_of(&p->desc.in[0])};
    const int64_t n = q.v.N / p->desc.u.bn.groups;
    q.n0 = group * n;
    q.n1 = q.n0 + n;
    q.channel = ref_channel(&q.v, c);
    q.m = (double)(n * q.v.S);
    return q;
}

#define FOR_PART(q, i)                                                                      \
    for (int64_t n_ = (q).n0; n_ < (q).n1; n_++)                                            \
        for (int64_t i = n_ * (q).v.image + (q).channel, s_ = 0; s_ < (q).v.S; s_++, i += (q).v.pixel)

static void batch_statistics(const part *q, const float *x, double *of)
{
    double sum = 0, squares = 0;
    FOR_PART(*q, i)
        sum += x[i];
    const double mean = sum / q->m;
    FOR_PART(*q, i)
        squares += (x[i] - mean) * (x[i] - mean);
    of[0] = mean;
    of[1] = squares;
}

/* running = (1 - momentum) * running + momentum * batch, with the unbiased variance. */
static void update_running(const siam_op_io *io, int64_t c, double m, double momentum, double mean,
                           double var)
{
    const double unbiased = m > 1 ? var * m / (m - 1) : var;
    io->buffer[0][c] = (float)((1 - momentum) * io->buffer[0][c] + momentum * mean);
    io->buffer[1][c] = (float)((1 - momentum) * io->buffer[1][c] + momentum * unbiased);
}

/* The batch's statistics into saved, and into the running ones. */
static siam_code take_statistics(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_op_attr *u = &p->desc.u;
    const int64_t C = p->desc.in[0].dim[1], pairs = u->bn.groups * C;
    double *saved = io->saved, *of = io->scratch;
    const int ranks = of_ranks(b, &p->desc) ? b->comm->size : 1;
    const double m = part_of(p, 0, 0).m;
    for (int g = 0; g < u->bn.groups; g++)
        for (int64_t c = 0; c < C; c++) {
            const part q = part_of(p, g, c);
            batch_statistics(&q, io->in[0], of + 2 * (g * C + c));
        }
    if (ranks > 1)
        SIAM_TRY(siam_moments_of_ranks(b->comm, m, of, (size_t)pairs, of + 2 * pairs, e));
    for (int64_t k = 0; k < pairs; k++) {
        const double mean = of[2 * k], var = of[2 * k + 1] / (m * ranks);
        saved[k] = mean;
        saved[pairs + k] = 1 / sqrt(var + (double)u->bn.eps);
        if (io->buffer[0])
            update_running(io, k % C, m * ranks, (double)u->bn.momentum, mean, var);
    }
    return SIAM_OK;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_op_attr *u = &p->desc.u;
    const int64_t C = p->desc.in[0].dim[1];
    const float *x = io->in[0], *residual = u->bn.add ? io->in[1] : NULL;
    float *y = io->out;
    const double *saved = io->saved;
    if (p->desc.training && !io->again)
        SIAM_TRY(take_statistics(b, p, io, e));
    for (int g = 0; g < u->bn.groups; g++)
        for (int64_t c = 0; c < C; c++) {
            const part q = part_of(p, g, c);
            const bool batch = p->desc.training;
            const double mean = batch ? saved[g * C + c] : io->buffer[0][c];
            const double istd = batch ? saved[(u->bn.groups + g) * C + c]
                                      : 1 / sqrt(io->buffer[1][c] + (double)u->bn.eps);
            const double scale = istd * (u->bn.affine ? io->param[0][c] : 1.0);
            const double shift = u->bn.affine ? io->param[1][c] : 0.0;
            FOR_PART(q, i) {
                const double t = (x[i] - mean) * scale + shift + (residual ? residual[i] : 0.0);
                y[i] = u->bn.relu && t <= 0 ? 0 : (float)t;
            }
        }
    return SIAM_OK;
}

/* What forward wrote for element i is above 0; without a residual this follows from x, and out may be gone. */
static inline bool positive(const siam_op_plan *p, const siam_op_io *io, double mean, double scale, double shift, int64_t i)
{
    const float *x = io->in[0], *out = io->out;
    return (p->desc.u.bn.add ? out[i] : (float)((x[i] - mean) * scale + shift)) > 0;
}

/* dz of element i. Once din[1] is written it holds dz, and dout[0] may be gone (din[1] over dout[0]). */
static inline float masked(const siam_op_io *io, bool pass, int64_t i)
{
    const float *d0 = io->dout[0], *d1 = io->dout[1];
    return pass ? d0[i] + (d1 ? d1[i] : 0) : 0;
}

/* What backward knows of one channel of a view. */
typedef struct channel {
    part q;
    double mean, istd, scale, shift;
} channel;

static channel channel_of(const siam_op_plan *p, const siam_op_io *io, int g, int64_t c)
{
    const siam_op_attr *u = &p->desc.u;
    const int64_t C = p->desc.in[0].dim[1];
    const double *saved = io->saved, istd = saved[(u->bn.groups + g) * C + c];
    return (channel){.q = part_of(p, g, c),
                     .mean = saved[g * C + c],
                     .istd = istd,
                     .scale = istd * (u->bn.affine ? io->param[0][c] : 1.0),
                     .shift = u->bn.affine ? io->param[1][c] : 0.0};
}

/* Sum dz and sum dz xh; with a residual dz goes into its gradient. */
static void reduce(const siam_op_plan *p, const siam_op_io *io, const channel *k, double sum[2])
{
    const float *x = io->in[0];
    float *residual = io->din[1];
    sum[0] = sum[1] = 0;
    FOR_PART(k->q, i) {
        const float dz = masked(io, !p->desc.u.bn.relu || positive(p, io, k->mean, k->scale, k->shift, i), i);
        if (residual)
            residual[i] = dz;
        sum[0] += dz;
        sum[1] += dz * ((x[i] - k->mean) * k->istd);
    }
}

static void gradient(const siam_op_plan *p, const siam_op_io *io, const channel *k, const double sum[2], double m)
{
    const float *x = io->in[0], *residual = io->din[1];
    float *dx = io->din[0];
    FOR_PART(k->q, i) { /* reads dz before writing: din[0] may lie over dout[0] */
        const bool pass = residual || !p->desc.u.bn.relu || positive(p, io, k->mean, k->scale, k->shift, i);
        const double dz = residual ? residual[i] : masked(io, pass, i), xh = (x[i] - k->mean) * k->istd;
        dx[i] = (float)(k->scale * (dz - sum[0] / m - xh * sum[1] / m));
    }
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_op_attr *u = &p->desc.u;
    const int64_t C = p->desc.in[0].dim[1];
    const int ranks = of_ranks(b, &p->desc) ? b->comm->size : 1;
    double *sum = io->scratch;
    for (int64_t c = 0; c < C; c++) {
        double all[2] = {0, 0};
        for (int g = 0; g < u->bn.groups; g++) {
            const channel k = channel_of(p, io, g, c);
            double *of = sum + 2 * (g * C + c);
            reduce(p, io, &k, of);
            all[0] += of[0];
            all[1] += of[1];
        }
        if (u->bn.affine && io->dparam[0])
            io->dparam[0][c] = (float)(io->dparam[0][c] + all[1]);
        if (u->bn.affine && io->dparam[1])
            io->dparam[1][c] = (float)(io->dparam[1][c] + all[0]);
    }
    if (ranks > 1)
        SIAM_TRY(b->comm->type->sum_doubles(b->comm, sum, 2 * (size_t)(u->bn.groups * C), e));
    for (int64_t c = 0; c < C && io->din[0]; c++)
        for (int g = 0; g < u->bn.groups; g++) {
            const channel k = channel_of(p, io, g, c);
            gradient(p, io, &k, sum + 2 * (g * C + c), k.q.m * ranks);
        }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_batchnorm = {
    .kind = SIAM_OP_BATCHNORM,
    .name = "batchnorm/ref",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
