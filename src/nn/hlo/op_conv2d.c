/* conv2d: the kernel, [O, I, k, k] in the table, is brought into the order [O, k, k, I] and the maps' type; backward-data is
 * the convolution of dout, with stride - 1 zeros between its elements, with the kernel turned round; backward-weights that of the
 * input with dout, whose elements stand stride apart, in place of a kernel.
 *
 * The kernel is turned round by an operation of its own: with an attribute of the convolution, compilers for GPUs do not see that
 * it is a backward-data and pad dout themselves. */
#include "nn/hlo/op.h"

enum { LAST = 1 << 3, H_AND_W = 1 << 1 | 1 << 2 };

/* In the type of the output: images, which are float32, are rounded for the first one, as PyTorch's autocast does. */
static siam_hlo_val input_of(siam_hlo *w, const siam_hlo_op *o) { return siam_hlo_convert(w, o->in[0], o->elem); }

static siam_hlo_val kernel_of(siam_hlo *w, const siam_hlo_op *o)
{
    return siam_hlo_convert(w, siam_hlo_transpose(w, o->param[0], (const int64_t[]){0, 2, 3, 1}), o->elem);
}

/* y * gamma / sqrt(var + eps) + beta - mean * gamma / sqrt(var + eps): a BatchNorm that siam_fuse folded in. */
static siam_hlo_val folded(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val y)
{
    const siam_hlo_val var = o->fold[3];
    siam_hlo_val scale = siam_hlo_unary(w, "rsqrt", siam_hlo_add(w, var, siam_hlo_full(w, (double)o->fold_eps, var)));
    if (o->fold[0].id)
        scale = siam_hlo_mul(w, scale, o->fold[0]);
    siam_hlo_val shift = siam_hlo_unary(w, "negate", siam_hlo_mul(w, o->fold[2], scale));
    if (o->fold[1].id)
        shift = siam_hlo_add(w, shift, o->fold[1]);
    y = siam_hlo_mul(w, y, siam_hlo_spread(w, scale, y, LAST));
    return siam_hlo_add(w, y, siam_hlo_spread(w, shift, y, LAST));
}

static siam_hlo_val epilogue(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val y)
{
    if (o->fold[2].id)
        y = folded(w, o, y);
    if (o->param[1].id)
        y = siam_hlo_add(w, y, siam_hlo_spread(w, o->param[1], y, LAST));
    if (o->u.conv.add)
        y = siam_hlo_add(w, y, siam_hlo_convert(w, o->in[1], SIAM_HLO_F32));
    return o->u.conv.relu ? siam_hlo_max0(w, y) : y;
}

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = input_of(w, o), kernel = kernel_of(w, o);
    const int64_t k = o->u.conv.kernel, s = o->u.conv.stride, p = o->u.conv.pad;
    const siam_hlo_window win = {.stride = {s, s}, .before = {p, p}, .behind = {p, p}, .apart = {1, 1}, .taps_apart = {1, 1}};
    const int64_t out[4] = {x.dim[0], (x.dim[1] + 2 * p - k) / s + 1, (x.dim[2] + 2 * p - k) / s + 1, kernel.dim[0]};
    const bool more = o->fold[2].id || o->param[1].id || o->u.conv.add || o->u.conv.relu;
    siam_hlo_val y = siam_hlo_conv(w, x, kernel, "[b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f]", &win, more ? SIAM_HLO_F32 : o->elem, out);
    if (more)
        y = epilogue(w, o, y);
    o->out = siam_hlo_convert(w, y, o->elem);
}

/* Both windows are such that what comes out has the size of what it is the gradient of. */
static siam_hlo_val backward_weights(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val dy)
{
    const siam_hlo_val x = input_of(w, o);
    const int64_t k = o->u.conv.kernel, s = o->u.conv.stride, p = o->u.conv.pad, out[4] = {k, k, x.dim[3], dy.dim[3]};
    siam_hlo_window win = {.stride = {1, 1}, .before = {p, p}, .apart = {1, 1}, .taps_apart = {s, s}};
    for (int i = 0; i < 2; i++)
        win.behind[i] = (dy.dim[i + 1] - 1) * s + k - x.dim[i + 1] - p;
    /* Of bfloat16 maps it is rounded once, as PyTorch's autocast does: asked for in float32, compilers for GPUs make float32 maps first. */
    const siam_hlo_val d = siam_hlo_conv(w, x, dy, "[f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f]", &win, x.elem, out);
    return siam_hlo_transpose(w, siam_hlo_convert(w, d, SIAM_HLO_F32), (const int64_t[]){3, 2, 0, 1});
}

static siam_hlo_val backward_data(siam_hlo *w, const siam_hlo_op *o, siam_hlo_val dy)
{
    const siam_hlo_val x = o->in[0];
    const int64_t k = o->u.conv.kernel, s = o->u.conv.stride, p = o->u.conv.pad;
    siam_hlo_val kernel = kernel_of(w, o);
    siam_hlo_window win = {.stride = {1, 1}, .before = {k - 1 - p, k - 1 - p}, .apart = {s, s}, .taps_apart = {1, 1}};
    for (int i = 0; i < 2; i++)
        win.behind[i] = x.dim[i + 1] + p - ((dy.dim[i + 1] - 1) * s + 1);
    if (k > 1)
        kernel = siam_hlo_reverse(w, kernel, H_AND_W);
    return siam_hlo_conv(w, dy, kernel, "[b, 0, 1, f]x[i, 0, 1, o]->[b, 0, 1, f]", &win, x.elem, x.dim);
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val dy = siam_hlo_convert(w, o->dout, o->elem);
    o->dparam[0] = backward_weights(w, o, dy);
    if (o->param[1].id)
        o->dparam[1] = siam_hlo_sum(w, siam_hlo_convert(w, o->dout, SIAM_HLO_F32), 1 << 0 | H_AND_W);
    if (o->need_din[0])
        o->din[0] = backward_data(w, o, dy);
}

const siam_hlo_impl siam_hlo_op_conv2d = {.kind = SIAM_OP_CONV2D, .forward = forward, .backward = backward};
