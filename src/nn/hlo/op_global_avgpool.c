/* global_avgpool: the mean over the pixels, [N, H, W, C] -> [N, C]. */
#include "nn/hlo/op.h"

enum { N_AND_C = 1 << 0 | 1 << 3, H_AND_W = 1 << 1 | 1 << 2 };

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    o->out = siam_hlo_mean(w, siam_hlo_convert(w, o->in[0], SIAM_HLO_F32), H_AND_W);
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = o->in[0], share = siam_hlo_scale(w, o->dout, 1.0 / (double)(x.dim[1] * x.dim[2]));
    o->din[0] = siam_hlo_convert(w, siam_hlo_spread(w, share, x, N_AND_C), x.elem);
}

const siam_hlo_impl siam_hlo_op_global_avgpool = {.kind = SIAM_OP_GLOBAL_AVGPOOL, .forward = forward, .backward = backward};
