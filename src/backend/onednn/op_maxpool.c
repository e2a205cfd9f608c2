/* maxpool over blocked layouts; padding counts as -inf, the first of equal entries wins, NaN wins (torch).
 * saved: which tap won, one byte per output. Backward works block by block, so no two threads meet. */
#include "backend/onednn/onednn.h"

static bool supports(const siam_op_desc *d)
{
    siam_blocks g;
    return siam_onednn_map(&d->out) && d->in[0].dtype == d->out.dtype && d->in[0].layout == d->out.layout &&
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
    siam_sweep s;
    int64_t blocks, in, out; /* blocks of all images; elements of one */
} work;

static work make_work(siam_backend *b, const siam_op_plan *p)
{
    const siam_op_desc *d = &p->desc;
    siam_blocks g;
    siam_blocks_of(&d->in[0], &g);
    return (work){.pool = {d->u.pool.kernel, d->u.pool.stride, d->u.pool.pad, d->in[0].dim[2],
                           d->in[0].dim[3], d->out.dim[2], d->out.dim[3]},
                  .s = siam_sweep_of(b, &d->in[0]),
                  .blocks = g.images * g.blocks,
                  .in = g.block,
                  .out = d->out.dim[2] * d->out.dim[3] * g.lanes};
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    uint8_t *at = p->desc.training ? io->saved : NULL;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.blocks; i++)
        w.s.k->maxpool(&w.pool, siam_at(&w.s, io->in[0], i * w.in), siam_to(&w.s, io->out, i * w.out),
                       at ? at + i * w.out : NULL);
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    const uint8_t *at = io->saved;
    (void)e;
    if (!io->din[0])
        return SIAM_OK;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.blocks; i++)
        w.s.k->maxpool_back(&w.pool, at + i * w.out, siam_at(&w.s, io->dout[0], i * w.out),
                            siam_at(&w.s, io->dout[1], i * w.out), siam_to(&w.s, io->din[0], i * w.in));
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
