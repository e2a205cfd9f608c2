/* neg_cosine: L = -(1/N) sum_i cos(p_i, t_i), t_i the mean of z in the other views, and the collapse gauge of z (backend/op.h;
 * SimSiam eq. 1-2; SPEC 1.8). Backward as in backend/ref/op_neg_cosine.c, with a = max(|p|, eps) and b = max(|t|, eps):
 *   dcos/dp = t / (a b) - cos p / |p|^2, the second term only where |p| > eps; likewise for t.
 * N counts the images of all replicas, where some share the batch.
 * What both need is written twice; a compiler finds that it is the same. */
#include <math.h>

#include "nn/hlo/op.h"

static const double EPS = 1e-8;

enum { VIEW_AND_IMAGE = 1 << 0 | 1 << 1, VIEW_AND_CHANNEL = 1 << 0 | 1 << 2, IMAGE = 1 << 1, CHANNEL = 1 << 2 };

/* [N, d] as [views, images, d]. */
static siam_hlo_val by_view(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val x)
{
    const int64_t views = o->u.cosine.views;
    return siam_hlo_reshape(w, x, 3, (const int64_t[]){views, x.dim[0] / views, x.dim[1]});
}

/* Of each view the mean of the others; of two that is the other one itself. */
static siam_hlo_val others(siam_hlo *w, siam_hlo_val x)
{
    if (x.dim[0] == 2)
        return siam_hlo_reverse(w, x, 1 << 0);
    const siam_hlo_val all = siam_hlo_spread(w, siam_hlo_sum(w, x, 1 << 0), x, IMAGE | CHANNEL);
    return siam_hlo_scale(w, siam_hlo_sub(w, all, x), 1.0 / (double)(x.dim[0] - 1));
}

/* max(|x|, eps) of each image of each view. */
static siam_hlo_val length(siam_hlo *w, siam_hlo_val x)
{
    const siam_hlo_val square = siam_hlo_sum(w, siam_hlo_mul(w, x, x), CHANNEL), root = siam_hlo_unary(w, "sqrt", square);
    return siam_hlo_binary(w, "maximum", root, siam_hlo_full(w, EPS, root));
}

typedef struct pairs {
    siam_hlo_val p, t, a, b, ab, cosine; /* p and t [views, images, d], the others [views, images] */
} pairs;

static pairs compare(siam_hlo *w, const siam_hlo_op *o)
{
    pairs c = {.p = by_view(w, o, o->in[0])};
    c.t = others(w, by_view(w, o, o->in[1]));
    c.a = length(w, c.p);
    c.b = length(w, c.t);
    c.ab = siam_hlo_mul(w, c.a, c.b);
    c.cosine = siam_hlo_binary(w, "divide", siam_hlo_sum(w, siam_hlo_mul(w, c.p, c.t), CHANNEL), c.ab);
    return c;
}

/* The deviation of z / |z| per view and channel, averaged, times sqrt(d). */
static siam_hlo_val gauge(siam_hlo *w, siam_hlo_val z)
{
    const siam_hlo_val unit = siam_hlo_binary(w, "divide", z, siam_hlo_spread(w, length(w, z), z, VIEW_AND_IMAGE));
    const siam_hlo_val mean = siam_hlo_all_mean(w, unit, IMAGE);
    const siam_hlo_val away = siam_hlo_sub(w, unit, siam_hlo_spread(w, mean, unit, VIEW_AND_CHANNEL));
    const siam_hlo_val var = siam_hlo_all_mean(w, siam_hlo_mul(w, away, away), IMAGE), std = siam_hlo_unary(w, "sqrt", var);
    return siam_hlo_scale(w, siam_hlo_mean(w, std, 3), sqrt((double)z.dim[2]));
}

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    const int64_t one = 1;
    const pairs c = compare(w, o);
    const siam_hlo_val loss = siam_hlo_unary(w, "negate", siam_hlo_all_mean(w, c.cosine, 3));
    const siam_hlo_val spread = gauge(w, by_view(w, o, o->in[1]));
    siam_hlo_val out[2] = {siam_hlo_reshape(w, loss, 1, &one)};
    out[1] = siam_hlo_reshape(w, spread, 1, &one);
    o->out = siam_hlo_join(w, out, 2, 0);
}

/* g (y / ab - cos x / |x|^2), the second term only where |x| > eps, which `len` is at least. */
static siam_hlo_val gradient(siam_hlo *w, const pairs *c, siam_hlo_val g, siam_hlo_val x, siam_hlo_val y, siam_hlo_val len)
{
    const siam_hlo_val along = siam_hlo_binary(w, "divide", y, siam_hlo_spread(w, c->ab, y, VIEW_AND_IMAGE));
    const siam_hlo_val pull = siam_hlo_binary(w, "divide", c->cosine, siam_hlo_mul(w, len, len));
    const siam_hlo_val long_enough = siam_hlo_compare(w, "GT", len, siam_hlo_full(w, EPS, len));
    const siam_hlo_val back = siam_hlo_select(w, long_enough, pull, siam_hlo_full(w, 0, pull));
    const siam_hlo_val d = siam_hlo_sub(w, along, siam_hlo_mul(w, x, siam_hlo_spread(w, back, x, VIEW_AND_IMAGE)));
    return siam_hlo_mul(w, d, siam_hlo_spread(w, g, d, 0));
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const int64_t first = 0, one = 1;
    const siam_hlo_val x = o->in[0], seed = siam_hlo_slice(w, o->dout, &first, &one, &one);
    const siam_hlo_val g = siam_hlo_scale(w, siam_hlo_reshape(w, seed, 0, NULL), -1.0 / ((double)x.dim[0] * siam_hlo_replicas(w)));
    const pairs c = compare(w, o);
    if (o->need_din[0])
        o->din[0] = siam_hlo_reshape(w, gradient(w, &c, g, c.p, c.t, c.a), 2, x.dim);
    if (o->need_din[1])
        o->din[1] = siam_hlo_reshape(w, others(w, gradient(w, &c, g, c.t, c.p, c.b)), 2, x.dim);
}

const siam_hlo_impl siam_hlo_op_neg_cosine = {.kind = SIAM_OP_NEG_COSINE, .forward = forward, .backward = backward};
