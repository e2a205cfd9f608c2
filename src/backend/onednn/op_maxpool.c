/* maxpool over blocked layouts; padding counts as -inf, the first of equal entries wins, NaN wins (torch).
 * saved: which tap won, one byte per output. Backward works block by block, so no two threads meet. */
#include "backend/onednn/onednn.h"

static bool supports(const siam_op_desc *d)
{
    siam_blocks g;
    return d->in[0].dtype == SIAM_F32 && d->out.dtype == SIAM_F32 && d->in[0].layout == d->out.layout &&
           d->in[0].ndim == 4 && siam_blocks_of(&d->in[0], &g) && g.pixel == g.lanes &&
           d->u.pool.kernel * d->u.pool.kernel <= UINT8_MAX && 2 * d->u.pool.pad <= d->u.pool.kernel;
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    p->saved_bytes = p->desc.training ? (size_t)siam_desc_count(&p->desc.out) : 0;
    return SIAM_OK;
}

typedef struct work {
    siam_pool pool;
    const siam_kernels *k;
    int64_t blocks, in, out; /* blocks of all images; floats of one */
} work;

static work make_work(siam_backend *b, const siam_op_plan *p)
{
    const siam_op_desc *d = &p->desc;
    siam_blocks g;
    siam_blocks_of(&d->in[0], &g);
    return (work){.pool = {d->u.pool.kernel, d->u.pool.stride, d->u.pool.pad, d->in[0].dim[2],
                           d->in[0].dim[3], d->out.dim[2], d->out.dim[3]},
                  .k = siam_kernels_get(siam_onednn_enter(b)->isa, g.lanes),
                  .blocks = g.images * g.blocks,
                  .in = g.block,
                  .out = d->out.dim[2] * d->out.dim[3] * g.lanes};
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    const float *x = io->in[0];
    float *out = io->out;
    uint8_t *at = p->desc.training ? io->saved : NULL;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.blocks; i++)
        w.k->maxpool(&w.pool, x + i * w.in, out + i * w.out, at ? at + i * w.out : NULL);
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    const uint8_t *at = io->saved;
    const float *d0 = io->dout[0], *d1 = io->dout[1];
    float *din = io->din[0];
    (void)e;
    if (!din)
        return SIAM_OK;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.blocks; i++)
        w.k->maxpool_back(&w.pool, at + i * w.out, d0 + i * w.out, d1 ? d1 + i * w.out : NULL,
                          din + i * w.in);
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_maxpool = {
    .kind = SIAM_OP_MAXPOOL,
    .name = "maxpool/onednn",
    .flags = SIAM_IMPL_SUMS_DOUT,
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
