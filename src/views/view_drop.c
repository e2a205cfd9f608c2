/* One channel becomes its mean. */
#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->drop_p > 0; }

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo *w = c->w;
    const int64_t n = px.dim[1] * px.dim[2];
    const siam_hlo_val sum = siam_hlo_sum(w, siam_hlo_convert(w, px, SIAM_HLO_S32), 1u << 1 | 1u << 2);
    const siam_hlo_val mean = siam_views_with(w, "divide", siam_views_with(w, "add", sum, n / 2), n);
    const siam_hlo_val flat = siam_hlo_spread(w, siam_hlo_convert(w, mean, SIAM_HLO_U8), px, 1u << 0 | 1u << 3);
    /* Which channel it is, from 1; 0: none. */
    const siam_hlo_val channel = siam_hlo_spread(w, siam_views_with(w, "add", siam_hlo_iota(w, px.dim[3]), 1), px, 1u << 3);
    const siam_hlo_val dropped = siam_views_each(w, siam_views_word(w, drawn, SIAM_DROP_CHANNEL), px);
    return siam_hlo_select(w, siam_hlo_compare(w, "EQ", channel, dropped), flat, px);
}

const siam_views_op siam_view_drop = {"drop", wanted, write};
