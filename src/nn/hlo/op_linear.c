/* linear: out = in W' + bias, W [out, in]. */
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    o->out = siam_hlo_dot(w, o->in[0], 1, o->param[0], 1);
    if (o->u.linear.bias)
        o->out = siam_hlo_add(w, o->out, siam_hlo_spread(w, o->param[1], o->out, 1 << 1));
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    o->dparam[0] = siam_hlo_dot(w, o->dout, 0, o->in[0], 0);
    if (o->u.linear.bias)
        o->dparam[1] = siam_hlo_sum(w, o->dout, 1 << 0);
    if (o->need_din[0])
        o->din[0] = siam_hlo_dot(w, o->dout, 1, o->param[0], 0);
}

const siam_hlo_impl siam_hlo_op_linear = {.kind = SIAM_OP_LINEAR, .forward = forward, .backward = backward};
