/* shortcut_a over blocked layouts: every stride-th pixel, zeros for the channels that are new (op.h). The new
 * channels in front shift the others across block borders, so channels move in runs that lie within one block
 * on both sides. */
#include "backend/onednn/onednn.h"

#include <string.h>

typedef struct work {
    siam_blocks in, out;
    int64_t channels, before; /* of the input; new ones in front of them */
    int64_t in_w, out_h, out_w, stride;
    siam_sweep s;
} work;

static bool supports(const siam_op_desc *d)
{
    siam_blocks g;
    return siam_onednn_map(&d->out) && d->in[0].dtype == d->out.dtype && d->in[0].ndim == 4 && d->out.ndim == 4 &&
           d->out.dim[1] >= d->in[0].dim[1] && siam_blocks_of(&d->in[0], &g) && siam_blocks_of(&d->out, &g);
}

static work make_work(siam_backend *b, const siam_op_plan *p)
{
    const siam_op_desc *d = &p->desc;
    work w = {.channels = d->in[0].dim[1],
              .before = (d->out.dim[1] - d->in[0].dim[1]) / 2,
              .in_w = d->in[0].dim[3],
              .out_h = d->out.dim[2],
              .out_w = d->out.dim[3],
              .stride = d->u.shortcut.stride};
    w.s = siam_sweep_of(b, &d->out);
    siam_blocks_of(&d->in[0], &w.in);
    siam_blocks_of(&d->out, &w.out);
    return w;
}

/* Channels from c on that stay together in both values. */
static int64_t run_of(const work *w, int64_t c)
{
    const int64_t a = w->in.lanes - c % w->in.lanes, b = w->out.lanes - (c + w->before) % w->out.lanes;
    const int64_t n = a < b ? a : b;
    return n < w->channels - c ? n : w->channels - c;
}

static int64_t channel(const siam_blocks *g, int64_t c) { return c / g->lanes * g->block + c % g->lanes; }

static void forward_image(const work *w, const void *x, void *y)
{
    memset(y, 0, (size_t)w->out.image * w->s.size);
    for (int64_t c = 0, n; c < w->channels; c += n) {
        n = run_of(w, c);
        const int64_t from = channel(&w->in, c), to = channel(&w->out, c + w->before);
        for (int64_t h = 0; h < w->out_h; h++)
            for (int64_t k = 0; k < w->out_w; k++)
                memcpy(siam_to(&w->s, y, to + (h * w->out_w + k) * w->out.pixel),
                       siam_at(&w->s, x, from + (h * w->in_w + k) * w->stride * w->in.pixel), (size_t)n * w->s.size);
    }
}

static void backward_image(const work *w, const void *d0, const void *d1, void *din)
{
    memset(din, 0, (size_t)w->in.image * w->s.size);
    for (int64_t c = 0, n; c < w->channels; c += n) {
        n = run_of(w, c);
        const int64_t from = channel(&w->out, c + w->before);
        const int64_t to = channel(&w->in, c);
        for (int64_t h = 0; h < w->out_h; h++)
            for (int64_t k = 0; k < w->out_w; k++) {
                const int64_t at = from + (h * w->out_w + k) * w->out.pixel;
                void *dst = siam_to(&w->s, din, to + (h * w->in_w + k) * w->stride * w->in.pixel);
                if (d1)
                    w->s.k->add(n, siam_at(&w->s, d0, at), siam_at(&w->s, d1, at), dst);
                else
                    memcpy(dst, siam_at(&w->s, d0, at), (size_t)n * w->s.size);
            }
    }
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.in.images; i++)
        forward_image(&w, siam_at(&w.s, io->in[0], i * w.in.image), siam_to(&w.s, io->out, i * w.out.image));
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p);
    (void)e;
    if (!io->din[0])
        return SIAM_OK;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w.in.images; i++)
        backward_image(&w, siam_at(&w.s, io->dout[0], i * w.out.image), siam_at(&w.s, io->dout[1], i * w.out.image),
                       siam_to(&w.s, io->din[0], i * w.in.image));
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_shortcut_a = {
    .kind = SIAM_OP_SHORTCUT_A,
    .name = "shortcut_a/onednn",
    .flags = SIAM_IMPL_SUMS_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
