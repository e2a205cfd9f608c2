/* shortcut_a: every stride-th pixel, and zeros for the channels that are new (backend/op.h). Its gradient is the same the other
 * way: the new channels are dropped, and pixels that were left out are zeros between the others. */
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    const int64_t stride = o->u.shortcut.stride, none[4] = {0}, step[4] = {1, stride, stride, 1};
    const siam_hlo_val x = o->in[0];
    const int64_t count[4] = {x.dim[0], (x.dim[1] - 1) / stride + 1, (x.dim[2] - 1) / stride + 1, x.dim[3]};
    const int64_t more = o->channels - x.dim[3], before[4] = {0, 0, 0, more / 2}, behind[4] = {0, 0, 0, more - more / 2};
    o->out = siam_hlo_pad(w, siam_hlo_slice(w, x, none, step, count), 0, before, behind, none);
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const int64_t stride = o->u.shortcut.stride, between[4] = {0, stride - 1, stride - 1, 0};
    const siam_hlo_val x = o->in[0], y = o->dout;
    const int64_t more = y.dim[3] - x.dim[3], before[4] = {0, 0, 0, -(more / 2)};
    const int64_t behind[4] = {0, x.dim[1] - ((y.dim[1] - 1) * stride + 1), x.dim[2] - ((y.dim[2] - 1) * stride + 1),
                               -(more - more / 2)};
    o->din[0] = siam_hlo_pad(w, y, 0, before, behind, between);
}

const siam_hlo_impl siam_hlo_op_shortcut_a = {.kind = SIAM_OP_SHORTCUT_A, .forward = forward, .backward = backward};
