/* The luma in all three channels. */
#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->gray_p > 0; }

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo_val plane[3];
    siam_views_planes(c->w, px, plane);
    plane[0] = plane[1] = plane[2] = siam_views_luma(c->w, plane);
    const siam_hlo_val on = siam_views_word(c->w, drawn, SIAM_GRAY_ON), gray = siam_views_pixels(c->w, plane);
    return siam_views_where(c->w, on, 1, gray, px);
}

const siam_views_op siam_view_gray = {"gray", wanted, write};
