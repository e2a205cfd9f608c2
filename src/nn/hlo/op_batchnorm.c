/* batchnorm, plain and fused: out = relu?(gamma (x - mean) / sqrt(var + eps) + beta + in[1]?), with statistics per view.
 *
 * Backward, per view and channel over m elements, with xh = (x - mean) istd and dz = dout where out > 0:
 *   dbeta = sum dz,  dgamma = sum dz xh,  din[1] = dz,  din[0] = gamma istd (dz - dbeta / m - xh dgamma / m).
 * Where replicas share the batch, m and the sums in mean, variance and din[0] are over all of them, unless each is to have its own
 * (per_rank); dbeta and dgamma are this one's, as all gradients.
 * saved: mean and istd, [views, C]. x - mean is made again from x rather than kept, and without a residual so is what the ReLU let
 * through: the output need not be read again. */
#include "nn/hlo/op.h"

/* [N, ..., C] as [views, N / views, ..., C] in float32. */
static siam_hlo_val by_view(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val x)
{
    const int64_t views = o->training ? o->u.bn.groups : 1;
    int64_t dim[SIAM_HLO_DIMS] = {views, x.dim[0] / views};
    for (int i = 1; i < x.ndim; i++)
        dim[i + 1] = x.dim[i];
    return siam_hlo_convert(w, siam_hlo_reshape(w, x, x.ndim + 1, dim), SIAM_HLO_F32);
}

/* Sets of dimensions of such a value: the channel; view and channel; all the others. */
static unsigned channel(siam_hlo_val x) { return 1u << (x.ndim - 1); }
static unsigned pair(siam_hlo_val x) { return 1u | channel(x); }
static unsigned rest(siam_hlo_val x) { return channel(x) - 2; }

static bool shared(const siam_hlo_op *o) { return !o->u.bn.per_rank; }

/* Of a view's channel, as many as its statistics are of. */
static double elements(const siam_hlo *w, const siam_hlo_op *o, siam_hlo_val x)
{
    return (double)siam_hlo_count(&x) / (double)(x.dim[0] * x.dim[x.ndim - 1]) * (shared(o) ? siam_hlo_replicas(w) : 1);
}

static siam_hlo_val mean_of(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val x)
{
    return shared(o) ? siam_hlo_all_mean(w, x, rest(x)) : siam_hlo_mean(w, x, rest(x));
}

/* New = (1 - momentum) old + momentum batch, view 1 first. */
static siam_hlo_val running(siam_hlo *w, siam_hlo_val old, siam_hlo_val batch, double momentum, double factor)
{
    for (int64_t g = 0; g < batch.dim[0]; g++) {
        const siam_hlo_val kept = siam_hlo_scale(w, old, 1 - momentum);
        old = siam_hlo_add(w, kept, siam_hlo_scale(w, siam_hlo_row(w, batch, g), momentum * factor));
    }
    return old;
}

static siam_hlo_val inverse_deviation(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val var)
{
    return siam_hlo_unary(w, "rsqrt", siam_hlo_add(w, var, siam_hlo_full(w, (double)o->u.bn.eps, var)));
}

/* The batch's statistics, into saved and into the running ones; gives x - mean. */
static siam_hlo_val take_statistics(siam_hlo *w, siam_hlo_op *o, siam_hlo_val x)
{
    const double m = elements(w, o, x), momentum = (double)o->u.bn.momentum;
    const siam_hlo_val mean = mean_of(w, o, x), away = siam_hlo_sub(w, x, siam_hlo_spread(w, mean, x, pair(x)));
    const siam_hlo_val var = mean_of(w, o, siam_hlo_mul(w, away, away));
    o->saved[0] = mean;
    o->saved[1] = inverse_deviation(w, o, var);
    if (o->buffer[0].id) {
        o->buffer[0] = running(w, o->buffer[0], mean, momentum, 1);
        o->buffer[1] = running(w, o->buffer[1], var, momentum, m > 1 ? m / (m - 1) : 1);
    }
    return away;
}

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = by_view(w, o, o->in[0]);
    siam_hlo_val y;
    if (o->training) {
        y = take_statistics(w, o, x);
        y = siam_hlo_mul(w, y, siam_hlo_spread(w, o->saved[1], x, pair(x)));
    } else {
        y = siam_hlo_sub(w, x, siam_hlo_spread(w, o->buffer[0], x, channel(x)));
        y = siam_hlo_mul(w, y, siam_hlo_spread(w, inverse_deviation(w, o, o->buffer[1]), x, channel(x)));
    }
    if (o->u.bn.affine) {
        y = siam_hlo_mul(w, y, siam_hlo_spread(w, o->param[0], x, channel(x)));
        y = siam_hlo_add(w, y, siam_hlo_spread(w, o->param[1], x, channel(x)));
    }
    if (o->u.bn.add)
        y = siam_hlo_add(w, y, by_view(w, o, o->in[1]));
    if (o->u.bn.relu)
        y = siam_hlo_max0(w, y);
    o->out = siam_hlo_rounded(w, siam_hlo_convert(w, siam_hlo_reshape(w, y, o->in[0].ndim, o->in[0].dim), o->elem));
}

/* dz by view, as each of its readers gets it. */
typedef struct arrived {
    siam_hlo_val for_dbeta, for_dgamma, for_din;
} arrived;

/* dout where gamma xh > -beta, that is where out > 0. The three ask for the same in words of their own: of one question, compilers for
 * GPUs keep the answer, a byte for each element, and write and read that. */
static arrived through_relu(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val xh)
{
    const siam_hlo_val d = by_view(w, o, o->dout), none = siam_hlo_full(w, 0, d);
    siam_hlo_val scaled = xh, least = none;
    if (o->u.bn.affine) {
        scaled = siam_hlo_mul(w, xh, siam_hlo_spread(w, o->param[0], xh, channel(xh)));
        least = siam_hlo_spread(w, siam_hlo_unary(w, "negate", o->param[1]), xh, channel(xh));
    }
    arrived dz;
    dz.for_dbeta = siam_hlo_select(w, siam_hlo_compare(w, "GT", scaled, least), d, none);
    dz.for_dgamma = siam_hlo_select(w, siam_hlo_compare(w, "LE", scaled, least), none, d);
    dz.for_din = siam_hlo_select(w, siam_hlo_compare(w, "LT", least, scaled), d, none);
    return dz;
}

/* Of a residual, too, whose gradient is the same. */
static arrived whole(siam_hlo *w, siam_hlo_op *o)
{
    o->din[1] = o->u.bn.relu ? siam_hlo_where_positive(w, o->out, o->dout) : o->dout;
    const siam_hlo_val d = by_view(w, o, o->din[1]);
    return (arrived){d, d, d};
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = by_view(w, o, o->in[0]);
    const siam_hlo_val away = siam_hlo_sub(w, x, siam_hlo_spread(w, o->saved[0], x, pair(x)));
    const siam_hlo_val istd = siam_hlo_spread(w, o->saved[1], x, pair(x)), xh = siam_hlo_mul(w, away, istd);
    const arrived dz = o->u.bn.relu && !o->u.bn.add ? through_relu(w, o, xh) : whole(w, o);
    siam_hlo_val dbeta = siam_hlo_sum(w, dz.for_dbeta, rest(x));
    siam_hlo_val dgamma = siam_hlo_sum(w, siam_hlo_mul(w, dz.for_dgamma, xh), rest(x));
    siam_hlo_barrier(w, &dbeta, &dgamma); /* or the sums over views become sweeps over x and dout of their own */
    if (o->u.bn.affine) {
        o->dparam[0] = siam_hlo_sum(w, dgamma, 1);
        o->dparam[1] = siam_hlo_sum(w, dbeta, 1);
    }
    if (!o->need_din[0])
        return;
    if (shared(o)) {
        dbeta = siam_hlo_all_sum(w, dbeta);
        dgamma = siam_hlo_all_sum(w, dgamma);
    }
    const double share = 1 / elements(w, o, x);
    siam_hlo_val dx = siam_hlo_sub(w, dz.for_din, siam_hlo_spread(w, siam_hlo_scale(w, dbeta, share), x, pair(x)));
    dx = siam_hlo_sub(w, dx, siam_hlo_mul(w, xh, siam_hlo_spread(w, siam_hlo_scale(w, dgamma, share), x, pair(x))));
    dx = siam_hlo_mul(w, dx, istd);
    if (o->u.bn.affine)
        dx = siam_hlo_mul(w, dx, siam_hlo_spread(w, o->param[0], x, channel(x)));
    o->din[0] = siam_hlo_convert(w, siam_hlo_reshape(w, dx, o->in[0].ndim, o->in[0].dim), o->in[0].elem);
}

const siam_hlo_impl siam_hlo_op_batchnorm = {.kind = SIAM_OP_BATCHNORM, .forward = forward, .backward = backward};
