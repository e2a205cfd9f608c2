/* linear: out[N, O] = in[N, I] W' + bias, W [O, I]. torch.nn.functional.linear.
 * din = dout W, dW += dout' in, dbias += column sums of dout. */
#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 2 && d->out.ndim == 2;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const int64_t N = p->desc.in[0].dim[0], I = p->desc.in[0].dim[1], O = p->desc.out.dim[1];
    float *y = io->out;
    for (int64_t i = 0; p->desc.u.linear.bias && i < N * O; i++)
        y[i] = io->param[1][i % O];
    return siam_ref_matmul(b, false, true, N, O, I, io->in[0], io->param[0], p->desc.u.linear.bias ? 1 : 0, y, e);
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const int64_t N = p->desc.in[0].dim[0], I = p->desc.in[0].dim[1], O = p->desc.out.dim[1];
    const float *dy = io->dout[0];
    siam_code rc = SIAM_OK;
    if (io->din[0])
        rc = siam_ref_matmul(b, false, false, N, I, O, dy, io->param[0], 0, io->din[0], e);
    if (!rc && io->dparam[0])
        rc = siam_ref_matmul(b, true, false, O, I, N, dy, io->in[0], 1, io->dparam[0], e);
    for (int64_t o = 0; p->desc.u.linear.bias && io->dparam[1] && o < O; o++) {
        double sum = 0;
        for (int64_t n = 0; n < N; n++)
            sum += dy[n * O + o];
        io->dparam[1][o] = (float)(io->dparam[1][o] + sum);
    }
    return rc;
}

const siam_op_impl siam_op_ref_linear = {
    .kind = SIAM_OP_LINEAR,
    .name = "linear/ref",
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
