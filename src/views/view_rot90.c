/* Turned left by quarters. */
#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->rot90_p > 0; }

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo *w = c->w;
    const siam_hlo_val quarters = siam_views_word(w, drawn, SIAM_ROT90_QUARTERS);
    const siam_hlo_val across = siam_hlo_transpose(w, px, (const int64_t[]){0, 2, 1, 3});
    siam_hlo_val turned[4];
    turned[1] = siam_hlo_reverse(w, across, 1u << 1);
    turned[2] = siam_hlo_reverse(w, px, 1u << 1 | 1u << 2);
    turned[3] = siam_hlo_reverse(w, across, 1u << 2);
    for (int k = 1; k < 4; k++)
        px = siam_views_where(w, quarters, k, turned[k], px);
    return px;
}

const siam_views_op siam_view_rot90 = {"rot90", wanted, write};
