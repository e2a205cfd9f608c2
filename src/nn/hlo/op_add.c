/* add: out = in[0] + in[1]; both gradients are dout. */
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o) { o->out = siam_hlo_add(w, o->in[0], o->in[1]); }

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    (void)w;
    o->din[0] = o->din[1] = o->dout;
}

const siam_hlo_impl siam_hlo_op_add = {.kind = SIAM_OP_ADD, .forward = forward, .backward = backward};
