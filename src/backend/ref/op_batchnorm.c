/* batchnorm, plain and fused: out = relu?(gamma * (x - mean) / sqrt(var + eps) + beta + in[1]?).
 * torch.nn.BatchNorm{1,2}d; statistics per view (`groups` equal parts of dim 0).
 *
 * Backward, per view and channel over m elements, with xh = (x - mean) * istd and dz = the sum of the
 * incoming gradients where out > 0:
 *   dbeta = sum dz,  dgamma = sum dz xh,  din[1] = dz,
 *   din[0] = gamma istd (dz - dbeta/m - xh dgamma/m).
 * saved: double mean[groups][C], istd[groups][C]. */
#include <math.h>

#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].layout == d->out.layout && d->u.bn.groups >= 1 &&
           d->in[0].dim[0] % d->u.bn.groups == 0 && d->u.bn.add == (d->in[1].ndim != 0) &&
           (!d->u.bn.add || d->in[1].layout == d->out.layout);
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    if (p->desc.training)
        p->saved_bytes = 2 * sizeof(double) * (size_t)p->desc.u.bn.groups * (size_t)p->desc.in[0].dim[1];
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

static void batch_statistics(const part *q, const float *x, double *mean, double *var)
{
    double sum = 0, squares = 0;
    FOR_PART(*q, i)
        sum += x[i];
    *mean = sum / q->m;
    FOR_PART(*q, i)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *var = squares / q->m;
}

/* running = (1 - momentum) * running + momentum * batch, with the unbiased variance. */
static void update_running(const siam_op_io *io, int64_t c, double m, double momentum, double mean,
                           double var)
{
    const double unbiased = m > 1 ? var * m / (m - 1) : var;
    io->buffer[0][c] = (float)((1 - momentum) * io->buffer[0][c] + momentum * mean);
    io->buffer[1][c] = (float)((1 - momentum) * io->buffer[1][c] + momentum * unbiased);
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const siam_op_attr *u = &p->desc.u;
    const int64_t C = p->desc.in[0].dim[1];
    const float *x = io->in[0], *residual = u->bn.add ? io->in[1] : NULL;
    float *y = io->out;
    double *saved = io->saved;
    for (int g = 0; g < u->bn.groups; g++)
        for (int64_t c = 0; c < C; c++) {
            const part q = part_of(p, g, c);
            double mean, var = 0;
            if (io->again)
                mean = saved[g * C + c];
            else if (p->desc.training)
                batch_statistics(&q, x, &mean, &var);
            else
                mean = io->buffer[0][c], var = io->buffer[1][c];
            const double istd = io->again ? saved[(u->bn.groups + g) * C + c] : 1 / sqrt(var + (double)u->bn.eps);
            const double scale = istd * (u->bn.affine ? io->param[0][c] : 1.0);
            const double shift = u->bn.affine ? io->param[1][c] : 0.0;
            FOR_PART(q, i) {
                const double t = (x[i] - mean) * scale + shift + (residual ? residual[i] : 0.0);
                y[i] = u->bn.relu && t <= 0 ? 0 : (float)t;
            }
            if (p->desc.training && !io->again) {
                saved[g * C + c] = mean;
                saved[(u->bn.groups + g) * C + c] = istd;
                if (io->buffer[0])
                    update_running(io, c, q.m, (double)u->bn.momentum, mean, var);
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

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const siam_op_attr *u = &p->desc.u;
    const bool relu = u->bn.relu;
    const int64_t C = p->desc.in[0].dim[1];
    const float *x = io->in[0];
    const double *saved = io->saved;
    float *dx = io->din[0], *residual = io->din[1];
    for (int64_t c = 0; c < C; c++) {
        double all_dz = 0, all_dzx = 0;
        for (int g = 0; g < u->bn.groups; g++) {
            const part q = part_of(p, g, c);
            const double mean = saved[g * C + c], istd = saved[(u->bn.groups + g) * C + c];
            const double scale = istd * (u->bn.affine ? io->param[0][c] : 1.0);
            const double shift = u->bn.affine ? io->param[1][c] : 0.0;
            double sum_dz = 0, sum_dzx = 0;
            FOR_PART(q, i) {
                const float dz = masked(io, !relu || positive(p, io, mean, scale, shift, i), i);
                if (residual)
                    residual[i] = dz;
                sum_dz += dz;
                sum_dzx += dz * ((x[i] - mean) * istd);
            }
            all_dz += sum_dz;
            all_dzx += sum_dzx;
            if (dx)
                FOR_PART(q, i) { /* reads dz before writing: din[0] may lie over dout[0] */
                    const double dz = residual ? residual[i]
                                               : masked(io, !relu || positive(p, io, mean, scale, shift, i), i);
                    const double xh = (x[i] - mean) * istd;
                    dx[i] = (float)(scale * (dz - sum_dz / q.m - xh * sum_dzx / q.m));
                }
        }
        if (u->bn.affine && io->dparam[0])
            io->dparam[0][c] = (float)(io->dparam[0][c] + all_dzx);
        if (u->bn.affine && io->dparam[1])
            io->dparam[1][c] = (float)(io->dparam[1][c] + all_dz);
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
