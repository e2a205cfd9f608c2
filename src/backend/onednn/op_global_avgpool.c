/* global_avgpool: [N,C,H,W] in a channel-blocked layout -> plain [N,C]. */
#include "backend/onednn/onednn.h"

static bool supports(const siam_op_desc *d)
{
    siam_blocks g;
    return siam_onednn_map(&d->in[0]) && d->out.dtype == SIAM_F32 && d->in[0].ndim == 4 &&
           siam_blocks_of(&d->in[0], &g);
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    siam_blocks g;
    siam_blocks_of(&p->desc.in[0], &g);
    const siam_sweep s = siam_sweep_of(b, &p->desc.in[0]);
    float *out = io->out;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < g.images * g.blocks; i++)
        s.k->mean(siam_at(&s, io->in[0], i / g.blocks * g.image + i % g.blocks * g.block), g.pixels, g.pixel,
                  out + i * g.lanes);
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    siam_blocks g;
    siam_blocks_of(&p->desc.in[0], &g);
    const siam_sweep s = siam_sweep_of(b, &p->desc.in[0]);
    const float *dout = io->dout[0];
    (void)e;
    if (!io->din[0])
        return SIAM_OK;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < g.images * g.blocks; i++)
        s.k->spread(dout + i * g.lanes, g.pixels, g.pixel,
                    siam_to(&s, io->din[0], i / g.blocks * g.image + i % g.blocks * g.block));
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_global_avgpool = {
    .kind = SIAM_OP_GLOBAL_AVGPOOL,
    .name = "global_avgpool/onednn",
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
