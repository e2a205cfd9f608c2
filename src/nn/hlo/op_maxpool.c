/* maxpool: the taps of a window one after the other. As on the host the first of equal entries receives the gradient, and a NaN
 * wins. saved: which tap won, a byte each.
 *
 * Not reduce_window and select_and_scatter, whose gradient is a scatter with atomic additions on a GPU, or a sort where bits are
 * to repeat: this is one sweep each way. */
#include <math.h>

#include "base/check.h"
#include "nn/hlo/op.h"

static void forward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = o->in[0];
    const int64_t k = o->u.pool.kernel, s = o->u.pool.stride, p = o->u.pool.pad;
    const int64_t edge[4] = {0, p, p, 0}, none[4] = {0}, step[4] = {1, s, s, 1};
    const int64_t count[4] = {x.dim[0], (x.dim[1] + 2 * p - k) / s + 1, (x.dim[2] + 2 * p - k) / s + 1, x.dim[3]};
    SIAM_ASSERT(k * k <= UINT8_MAX);
    const siam_hlo_val wide = siam_hlo_pad(w, x, (double)-INFINITY, edge, edge, none);
    siam_hlo_val most = {0}, which = {0};
    for (int64_t t = 0; t < k * k; t++) {
        const int64_t first[4] = {0, t / k, t % k, 0};
        const siam_hlo_val tap = siam_hlo_slice(w, wide, first, step, count);
        const siam_hlo_val at = siam_hlo_full(w, (double)t, siam_hlo_type(SIAM_HLO_U8, 4, count));
        if (t) {
            const siam_hlo_val larger = siam_hlo_compare(w, "GT", tap, most), none_at_all = siam_hlo_compare(w, "NE", tap, tap);
            const siam_hlo_val better = siam_hlo_binary(w, "or", larger, none_at_all);
            most = siam_hlo_select(w, better, tap, most);
            which = siam_hlo_select(w, better, at, which);
        } else {
            most = tap;
            which = at;
        }
    }
    o->out = most;
    o->saved[0] = which;
}

static void backward(siam_hlo *w, siam_hlo_op *o)
{
    const siam_hlo_val x = o->in[0], dy = siam_hlo_convert(w, o->dout, SIAM_HLO_F32), zero = siam_hlo_full(w, 0, dy);
    const int64_t k = o->u.pool.kernel, s = o->u.pool.stride, p = o->u.pool.pad, between[4] = {0, s - 1, s - 1, 0};
    siam_hlo_val sum = {0};
    for (int64_t t = 0; t < k * k; t++) {
        const siam_hlo_val won = siam_hlo_compare(w, "EQ", o->saved[0], siam_hlo_full(w, (double)t, o->saved[0]));
        const siam_hlo_val part = siam_hlo_select(w, won, dy, zero);
        const int64_t before[4] = {0, t / k - p, t % k - p, 0};
        int64_t behind[4] = {0};
        for (int i = 1; i < 3; i++)
            behind[i] = x.dim[i] - before[i] - ((dy.dim[i] - 1) * s + 1);
        const siam_hlo_val there = siam_hlo_pad(w, part, 0, before, behind, between);
        sum = t ? siam_hlo_add(w, sum, there) : there;
    }
    o->din[0] = siam_hlo_convert(w, sum, x.elem);
}

const siam_hlo_impl siam_hlo_op_maxpool = {.kind = SIAM_OP_MAXPOOL, .forward = forward, .backward = backward};
