/* relu: out = max(in, 0); the gradient is dout where out > 0. */
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o) { o->out = siam_hlo_max0(w, o->in[0]); }

static void backward(siam_hlo *w, siam_hlo_op *o) { o->din[0] = siam_hlo_where_positive(w, o->out, o->dout); }

const siam_hlo_impl siam_hlo_op_relu = {.kind = SIAM_OP_RELU, .forward = forward, .backward = backward};
