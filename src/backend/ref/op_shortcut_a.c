/* shortcut_a: every stride-th pixel, zeros for the channels that are new (op.h). The gradient of a pixel that
 * was left out is 0. */
#include <string.h>

#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 4 && d->out.ndim == 4 && d->out.dim[1] >= d->in[0].dim[1];
}

/* Where pixel s of the output comes from in its plane. */
static int64_t source(const siam_op_plan *p, const ref_view *v, const ref_view *o, int64_t s)
{
    const int64_t stride = p->desc.u.shortcut.stride;
    return s / o->W * stride * v->W + s % o->W * stride;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]), o = ref_view_of(&p->desc.out);
    const int64_t before = (o.C - v.C) / 2;
    memset(io->out, 0, siam_desc_bytes(&p->desc.out));
    for (int64_t n = 0; n < v.N; n++)
        for (int64_t c = 0; c < v.C; c++) {
            const float *x = (const float *)io->in[0] + n * v.image + ref_channel(&v, c);
            float *y = (float *)io->out + n * o.image + ref_channel(&o, c + before);
            for (int64_t s = 0; s < o.S; s++)
                y[s * o.pixel] = x[source(p, &v, &o, s) * v.pixel];
        }
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]), o = ref_view_of(&p->desc.out);
    const int64_t before = (o.C - v.C) / 2;
    const float *dy = io->dout[0], *dy2 = io->dout[1];
    if (!io->din[0])
        return SIAM_OK;
    memset(io->din[0], 0, siam_desc_bytes(&p->desc.in[0]));
    for (int64_t n = 0; n < v.N; n++)
        for (int64_t c = 0; c < v.C; c++) {
            float *dx = (float *)io->din[0] + n * v.image + ref_channel(&v, c);
            const int64_t base = n * o.image + ref_channel(&o, c + before);
            for (int64_t s = 0; s < o.S; s++) {
                const int64_t i = base + s * o.pixel;
                dx[source(p, &v, &o, s) * v.pixel] = dy[i] + (dy2 ? dy2[i] : 0);
            }
        }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_shortcut_a = {
    .kind = SIAM_OP_SHORTCUT_A,
    .name = "shortcut_a/ref",
    .flags = SIAM_IMPL_SUMS_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
