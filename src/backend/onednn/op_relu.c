/* relu: out = max(in, 0), NaN passes; din = dout where out > 0. */
#include "backend/onednn/onednn.h"

static bool supports(const siam_op_desc *d)
{
    return d->in[0].dtype == SIAM_F32 && d->out.dtype == SIAM_F32 && d->in[0].layout == d->out.layout;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const int64_t n = siam_desc_count(&p->desc.out);
    const float *x = io->in[0];
    float *out = io->out;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        k->relu(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, x + i, out + i);
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const int64_t n = io->din[0] ? siam_desc_count(&p->desc.out) : 0;
    const float *out = io->out, *d0 = io->dout[0], *d1 = io->dout[1];
    float *din = io->din[0];
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        k->relu_back(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, out + i, d0 + i, d1 ? d1 + i : NULL, din + i);
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_relu = {
    .kind = SIAM_OP_RELU,
    .name = "relu/onednn",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
