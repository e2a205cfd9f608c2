/* add: out = in[0] + in[1]; both gradients are dout. */
#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].layout == d->out.layout && d->in[1].layout == d->out.layout;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t n = siam_desc_count(&p->desc.out);
    const float *x0 = io->in[0], *x1 = io->in[1];
    float *y = io->out;
    for (int64_t i = 0; i < n; i++)
        y[i] = x0[i] + x1[i];
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t n = siam_desc_count(&p->desc.out);
    const float *dy = io->dout[0], *dy2 = io->dout[1];
    float *dx0 = io->din[0], *dx1 = io->din[1];
    for (int64_t i = 0; i < n; i++) { /* read before write: either may lie over dout */
        const float g = dy[i] + (dy2 ? dy2[i] : 0);
        if (dx0)
            dx0[i] = g;
        if (dx1)
            dx1[i] = g;
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_add = {
    .kind = SIAM_OP_ADD,
    .name = "add/ref",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
