/* add: out = in[0] + in[1]; both gradients are dout. */
#include "backend/onednn/onednn.h"

#include <string.h>

static bool supports(const siam_op_desc *d)
{
    return d->in[0].dtype == SIAM_F32 && siam_desc_eq(&d->in[0], &d->out) && siam_desc_eq(&d->in[1], &d->out);
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const int64_t n = siam_desc_count(&p->desc.out);
    const float *x = io->in[0], *y = io->in[1];
    float *out = io->out;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        k->add(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, x + i, y + i, out + i);
    return SIAM_OK;
}

/* Sum the incoming gradients into one output, then copy: any output may lie over dout[0]. */
static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(b)->isa, 16);
    const float *d0 = io->dout[0], *d1 = io->dout[1];
    float *first = io->din[0], *second = io->din[1];
    const int64_t n = siam_desc_count(&p->desc.out);
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP) {
        const int64_t m = n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP;
        float *to[2] = {first ? first + i : NULL, second ? second + i : NULL};
        const float *sum = d0 + i;
        bool summed = !d1;
        for (int j = 1; j >= 0; j--) { /* din[1] first: it is the one that may lie over dout[0] */
            if (!to[j])
                continue;
            if (!summed)
                k->add(m, sum, d1 + i, to[j]);
            else if (to[j] != sum)
                memcpy(to[j], sum, (size_t)m * sizeof *sum);
            summed = true;
            sum = to[j];
        }
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_add = {
    .kind = SIAM_OP_ADD,
    .name = "add/onednn",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
