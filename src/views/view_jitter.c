/* Colour jitter: up to four operations in an order that each view has drawn. There are four turns, and in each all of them are written
 * and each view takes its own. Three are one blend, of the pixel with black, with the mean of the luma or with the luma. */
#include "views/hue.h"

enum { TURNS = SIAM_JITTER_OPS - 1 };

static bool wanted(const siam_aug_cfg *cfg) { return cfg->jitter_p > 0; }

/* Word `first + i` as the float that it holds. */
static siam_hlo_val factor_of(siam_hlo *w, siam_hlo_val drawn, int op)
{
    return siam_hlo_bits(w, siam_views_word(w, drawn, SIAM_JITTER_FACTOR + op - SIAM_JITTER_BRIGHTNESS), SIAM_HLO_F32);
}

/* The mean of the luma of each view, rounded, s32 [N]. */
static siam_hlo_val mean_of(siam_hlo *w, siam_hlo_val luma)
{
    const int64_t n = luma.dim[1] * luma.dim[2];
    const siam_hlo_val twice = siam_views_with(w, "multiply", siam_hlo_sum(w, luma, 1u << 1 | 1u << 2), 2);
    return siam_views_with(w, "divide", siam_views_with(w, "add", twice, n), 2 * n);
}

/* What a turn blends with, s32 [N, S, S], and how much of the pixel there is in it, f32 [N]; for views that do not blend in this turn
 * black and 1, which changes nothing. */
typedef struct other {
    siam_hlo_val what, factor;
} other;

static other other_of(const siam_views_ctx *c, const siam_hlo_val plane[3], siam_hlo_val op, siam_hlo_val drawn)
{
    siam_hlo *w = c->w;
    const double most[] = {[SIAM_JITTER_BRIGHTNESS] = c->cfg->brightness, [SIAM_JITTER_CONTRAST] = c->cfg->contrast,
                           [SIAM_JITTER_SATURATION] = c->cfg->saturation};
    const siam_hlo_val luma = siam_views_luma(w, plane);
    other o = {.what = siam_hlo_full(w, 0, luma)};
    o.factor = siam_hlo_full(w, 1, siam_hlo_type(SIAM_HLO_F32, 1, op.dim));
    for (int k = SIAM_JITTER_BRIGHTNESS; k <= SIAM_JITTER_SATURATION; k++) {
        if (most[k] <= 0)
            continue;
        const siam_hlo_val is = siam_views_is(w, op, k);
        o.factor = siam_hlo_select(w, is, factor_of(w, drawn, k), o.factor);
        if (k == SIAM_JITTER_BRIGHTNESS)
            continue;
        const siam_hlo_val what = k == SIAM_JITTER_CONTRAST ? siam_views_each(w, mean_of(w, luma), luma) : luma;
        o.what = siam_hlo_select(w, siam_views_each(w, is, what), what, o.what);
    }
    return o;
}

/* image/colour.c blend: d + f * (x - d) in float32, towards 0, within 0 and 255. */
static siam_hlo_val blend(const siam_views_ctx *c, siam_hlo_val d, siam_hlo_val x, siam_hlo_val f)
{
    siam_hlo *w = c->w;
    const siam_hlo_val apart = siam_hlo_convert(w, siam_hlo_sub(w, x, d), SIAM_HLO_F32);
    const siam_hlo_val part = siam_views_product(c, siam_views_each(w, f, apart), apart);
    const siam_hlo_val sum = siam_hlo_add(w, siam_hlo_convert(w, d, SIAM_HLO_F32), part);
    return siam_views_within(w, siam_hlo_convert(w, sum, SIAM_HLO_S32), 255);
}

static siam_hlo_val turn(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn, int i)
{
    siam_hlo *w = c->w;
    const siam_hlo_val op = siam_views_word(w, drawn, SIAM_JITTER_ORDER + i);
    siam_hlo_val plane[3], hued[3];
    siam_views_planes(w, px, plane);
    const other o = other_of(c, plane, op, drawn);
    if (c->cfg->hue > 0)
        siam_views_hue(w, plane, siam_views_word(w, drawn, SIAM_JITTER_STEPS), hued);
    for (int k = 0; k < 3; k++) {
        plane[k] = blend(c, o.what, plane[k], o.factor);
        if (c->cfg->hue > 0)
            plane[k] = siam_views_where(w, op, SIAM_JITTER_HUE, hued[k], plane[k]);
    }
    return siam_hlo_once(w, siam_views_pixels(w, plane));
}

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    for (int i = 0; i < TURNS; i++)
        px = turn(c, px, drawn, i);
    return px;
}

const siam_views_op siam_view_jitter = {"jitter", wanted, write};
