/* add: out = in[0] + in[1]; both gradients are dout. */
#include "backend/onednn/onednn.h"

#include <string.h>

static bool supports(const siam_op_desc *d)
{
    return siam_onednn_map(&d->out) && siam_desc_eq(&d->in[0], &d->out) && siam_desc_eq(&d->in[1], &d->out);
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_sweep s = siam_sweep_of(b, &p->desc.out);
    const int64_t n = siam_desc_count(&p->desc.out);
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP)
        s.k->add(n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP, siam_at(&s, io->in[0], i), siam_at(&s, io->in[1], i),
                 siam_to(&s, io->out, i));
    return SIAM_OK;
}

/* Sum the incoming gradients into one output, then copy: any output may lie over dout[0]. */
static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_sweep s = siam_sweep_of(b, &p->desc.out);
    const int64_t n = siam_desc_count(&p->desc.out);
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i += SIAM_SWEEP) {
        const int64_t m = n - i < SIAM_SWEEP ? n - i : SIAM_SWEEP;
        void *to[2] = {siam_to(&s, io->din[0], i), siam_to(&s, io->din[1], i)};
        const void *sum = siam_at(&s, io->dout[0], i);
        bool summed = !io->dout[1];
        for (int j = 1; j >= 0; j--) { /* din[1] first: it is the one that may lie over dout[0] */
            if (!to[j])
                continue;
            if (!summed)
                s.k->add(m, sum, siam_at(&s, io->dout[1], i), to[j]);
            else if (to[j] != sum)
                memcpy(to[j], sum, (size_t)m * s.size);
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
