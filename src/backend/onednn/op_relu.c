/* relu: out = max(in, 0), NaN passes; din = dout where out > 0. */
#include "backend/onednn/onednn.h"

static bool supports(const siam_op_desc *d)
{
    return siam_onednn_map(&d->out) && d->in[0].dtype == d->out.dtype && d->in[0].layout == d->out.layout;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_sweep s = siam_sweep_of(b, &p->desc.out);
    const int64_t n = siam_desc_count(&p->desc.out);
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        s.k->relu(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, siam_at(&s, io->in[0], i), siam_to(&s, io->out, i));
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_sweep s = siam_sweep_of(b, &p->desc.out);
    const int64_t n = io->din[0] ? siam_desc_count(&p->desc.out) : 0;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        s.k->relu_back(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, siam_at(&s, io->out, i), siam_at(&s, io->dout[0], i),
                       siam_at(&s, io->dout[1], i), siam_to(&s, io->din[0], i));
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
