/* global_avgpool: [N, C, H, W] -> [N, C], the mean over H x W. */
#include "backend/ref/ref.h"

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && siam_desc_count(&d->out) == d->in[0].dim[0] * d->in[0].dim[1];
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]);
    float *y = io->out; /* one pixel per image: channels are adjacent in every layout */
    for (int64_t n = 0; n < v.N; n++)
        for (int64_t c = 0; c < v.C; c++) {
            const float *x = (const float *)io->in[0] + n * v.image + ref_channel(&v, c);
            double sum = 0;
            for (int64_t s = 0; s < v.S; s++)
                sum += x[s * v.pixel];
            y[n * v.C + c] = (float)(sum / (double)v.S);
        }
    return SIAM_OK;
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const ref_view v = ref_view_of(&p->desc.in[0]);
    const float *dy = io->dout[0];
    for (int64_t n = 0; io->din[0] && n < v.N; n++)
        for (int64_t c = 0; c < v.C; c++) {
            float *dx = (float *)io->din[0] + n * v.image + ref_channel(&v, c);
            const float g = (float)((double)dy[n * v.C + c] / (double)v.S);
            for (int64_t s = 0; s < v.S; s++)
                dx[s * v.pixel] = g;
        }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_global_avgpool = {
    .kind = SIAM_OP_GLOBAL_AVGPOOL,
    .name = "global_avgpool/ref",
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
