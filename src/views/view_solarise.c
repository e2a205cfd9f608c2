/* What is bright becomes dark. */
#include <math.h>

#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->solarise_p > 0; }

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo *w = c->w;
    const siam_hlo_val on = siam_views_word(w, drawn, SIAM_SOLARISE_ON);
    const siam_hlo_val least = siam_hlo_full(w, ceil(c->cfg->solarise_from * 255), px); /* a sample reaches it where it reaches the product */
    const siam_hlo_val inverted = siam_hlo_binary(w, "subtract", siam_hlo_full(w, 255, px), px);
    const siam_hlo_val solarised = siam_hlo_select(w, siam_hlo_compare(w, "GE", px, least), inverted, px);
    return siam_views_where(w, on, 1, solarised, px);
}

const siam_views_op siam_view_solarise = {"solarise", wanted, write};
