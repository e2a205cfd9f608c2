/* Left and right exchanged. */
#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->flip_p > 0; }

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    const siam_hlo_val on = siam_views_word(c->w, drawn, SIAM_FLIP_ON), turned = siam_hlo_reverse(c->w, px, 1u << 2);
    return siam_views_where(c->w, on, 1, turned, px);
}

const siam_views_op siam_view_flip = {"flip", wanted, write};
