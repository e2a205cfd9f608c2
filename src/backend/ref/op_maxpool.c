/* maxpool: the maximum of a window, padding counts as -inf. As torch (aten/native/cpu/MaxPoolKernel.cpp):
 * the first of equal entries receives the gradient, and a NaN in the window wins.
 * saved: int32 position h*W + w of the maximum in its plane, one per output, in (n, c, h, w) order. */
#include <math.h>
#include <string.h>

#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 4 && d->in[0].dim[2] * d->in[0].dim[3] <= INT32_MAX;
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    if (p->desc.training)
        p->saved_bytes = (size_t)siam_desc_count(&p->desc.out) * sizeof(int32_t);
    return SIAM_OK;
}

/* Position of the maximum of output (oh, ow) in the plane x. */
static int32_t window_max(const siam_op_attr *u, const ref_view *v, const float *x, int64_t oh, int64_t ow)
{
    int32_t at = -1;
    for (int kh = 0; kh < u->pool.kernel; kh++)
        for (int kw = 0; kw < u->pool.kernel; kw++) {
            const int64_t h = oh * u->pool.stride - u->pool.pad + kh;
            const int64_t w = ow * u->pool.stride - u->pool.pad + kw;
            if (h < 0 || h >= v->H || w < 0 || w >= v->W)
                continue;
            const int64_t s = h * v->W + w;
            if (at < 0 || x[s * v->pixel] > x[at * v->pixel] || isnan(x[s * v->pixel]))
                at = (int32_t)s;
        }
    return at;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]), o = ref_view_of(&p->desc.out);
    int32_t *saved = p->desc.training ? io->saved : NULL;
    for (int64_t n = 0; n < o.N; n++)
        for (int64_t c = 0; c < o.C; c++) {
            const float *x = (const float *)io->in[0] + n * v.image + ref_channel(&v, c);
            float *y = (float *)io->out + n * o.image + ref_channel(&o, c);
            for (int64_t s = 0; s < o.S; s++) {
                const int32_t at = window_max(&p->desc.u, &v, x, s / o.W, s % o.W);
                y[s * o.pixel] = at < 0 ? -INFINITY : x[at * v.pixel];
                if (saved)
                    saved[(n * o.C + c) * o.S + s] = at;
            }
        }
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]), o = ref_view_of(&p->desc.out);
    const float *dy = io->dout[0], *dy2 = io->dout[1];
    const int32_t *saved = io->saved;
    if (!io->din[0])
        return SIAM_OK;
    memset(io->din[0], 0, siam_desc_bytes(&p->desc.in[0]));
    for (int64_t n = 0; n < o.N; n++)
        for (int64_t c = 0; c < o.C; c++) {
            float *dx = (float *)io->din[0] + n * v.image + ref_channel(&v, c);
            const int64_t base = n * o.image + ref_channel(&o, c);
            for (int64_t s = 0; s < o.S; s++) {
                const int32_t at = saved[(n * o.C + c) * o.S + s];
                const int64_t i = base + s * o.pixel;
                if (at >= 0) /* a handful of windows overlap: float sums lose nothing that matters */
                    dx[at * v.pixel] += dy[i] + (dy2 ? dy2[i] : 0);
            }
        }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_maxpool = {
    .kind = SIAM_OP_MAXPOOL,
    .name = "maxpool/ref",
    .flags = SIAM_IMPL_SUMS_DOUT,
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
