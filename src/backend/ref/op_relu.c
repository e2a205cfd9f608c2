/* relu: out = max(in, 0). torch: aten/native/Activation.cpp threshold, whose gradient is dout where
 * out > 0 and 0 elsewhere. NaN passes through. */
#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d) { return ref_all_f32(d) && d->in[0].layout == d->out.layout; }

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t n = siam_desc_count(&p->desc.out); /* same layout on both sides: order does not matter */
    const float *x = io->in[0];
    float *y = io->out;
    for (int64_t i = 0; i < n; i++)
        y[i] = x[i] <= 0 ? 0 : x[i];
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const int64_t n = siam_desc_count(&p->desc.out);
    const float *y = io->out, *dy = io->dout[0], *dy2 = io->dout[1];
    float *dx = io->din[0];
    for (int64_t i = 0; dx && i < n; i++)
        dx[i] = y[i] > 0 ? dy[i] + (dy2 ? dy2[i] : 0) : 0;
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_relu = {
    .kind = SIAM_OP_RELU,
    .name = "relu/ref",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
