/* detach: the same value; it has no backward. */
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    (void)w;
    o->out = o->in[0];
}

const siam_hlo_impl siam_hlo_op_detach = {.kind = SIAM_OP_DETACH, .forward = forward};
