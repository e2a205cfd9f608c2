/* Gaussian blur as image/blur.c: three boxes along the rows and three down the columns, each rounded to 8 bits. Boxes of different
 * views have different radii, so all read as many pixels as the largest and give those beyond their own a weight of 0. */
#include "views/op.h"

enum { PASSES = 3, MOST = 33 /* pixels to either side: of a sigma of 32 */ };

static bool wanted(const siam_aug_cfg *cfg) { return cfg->blur_p > 0; }

/* The weight of the pixels that are `apart` from the middle, u32 [N]. Words of views that are not blurred are zeros. */
static siam_hlo_val weight_of(siam_hlo *w, siam_hlo_val drawn, int apart)
{
    const siam_hlo_val radius = siam_views_word(w, drawn, SIAM_BLUR_RADIUS);
    const siam_hlo_val inner = siam_hlo_bits(w, siam_views_word(w, drawn, SIAM_BLUR_INNER), SIAM_HLO_U32);
    const siam_hlo_val outer = siam_hlo_bits(w, siam_views_word(w, drawn, SIAM_BLUR_OUTER), SIAM_HLO_U32);
    const siam_hlo_val at = siam_hlo_full(w, apart, radius), none = siam_hlo_full(w, 0, inner);
    const siam_hlo_val next = siam_views_is(w, siam_hlo_sub(w, at, radius), 1), edge = siam_hlo_select(w, next, outer, none);
    const siam_hlo_val weight = siam_hlo_select(w, siam_hlo_compare(w, "LE", at, radius), inner, edge);
    if (apart)
        return weight;
    const siam_hlo_val off = siam_views_is(w, siam_views_word(w, drawn, SIAM_BLUR_ON), 0), all = siam_hlo_full(w, 1 << 24, inner);
    return siam_hlo_select(w, off, all, weight);
}

static siam_hlo_val part_of(siam_hlo *w, siam_hlo_val x, int dim, int64_t from, int64_t n)
{
    int64_t first[4] = {0}, step[4] = {1, 1, 1, 1}, count[4];
    for (int i = 0; i < 4; i++)
        count[i] = x.dim[i];
    first[dim] = from;
    count[dim] = n;
    return siam_hlo_slice(w, x, first, step, count);
}

/* x with its first and its last pixel `n` times more. */
static siam_hlo_val pad(siam_hlo *w, siam_hlo_val x, int dim, int64_t n)
{
    siam_hlo_val part[3] = {x, x, x}, like = x;
    int64_t rest[3];
    like.dim[dim] = n;
    for (int i = 0, k = 0; i < 4; i++)
        if (i != dim)
            rest[k++] = x.dim[i];
    for (int side = 0; side < 3; side += 2) {
        const siam_hlo_val end = part_of(w, x, dim, side ? x.dim[dim] - 1 : 0, 1);
        part[side] = siam_hlo_spread(w, siam_hlo_reshape(w, end, 3, rest), like, 0xfu ^ 1u << dim);
    }
    return siam_hlo_join(w, part, 3, dim);
}

/* One box along a dimension. weight: of each distance, 0 to `most`. */
static siam_hlo_val pass(siam_hlo *w, siam_hlo_val x, int dim, const siam_hlo_val *weight, int most)
{
    const siam_hlo_val wide = siam_hlo_convert(w, pad(w, x, dim, most), SIAM_HLO_U32);
    siam_hlo_val sum = siam_hlo_full(w, 1 << 23, siam_hlo_type(SIAM_HLO_U32, 4, x.dim));
    for (int d = 0; d <= most; d++) {
        siam_hlo_val taps = part_of(w, wide, dim, most - d, x.dim[dim]);
        if (d)
            taps = siam_hlo_add(w, taps, part_of(w, wide, dim, most + d, x.dim[dim]));
        sum = siam_hlo_add(w, sum, siam_hlo_mul(w, taps, siam_views_each(w, weight[d], taps)));
    }
    /* Whole, before the next pass reads it: or each of its pixels would be computed for each that it goes into, six passes deep. */
    return siam_hlo_once(w, siam_hlo_convert(w, siam_views_with(w, "shift_right_logical", sum, 24), SIAM_HLO_U8));
}

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo_val weight[MOST + 1];
    const int most = siam_image_box_of_sigma((float)c->cfg->blur_max).radius + 1;
    for (int d = 0; d <= most; d++)
        weight[d] = weight_of(c->w, drawn, d);
    for (int i = 0; i < 2 * PASSES; i++)
        px = pass(c->w, px, i < PASSES ? 2 : 1, weight, most);
    return px;
}

const siam_views_op siam_view_blur = {"blur", wanted, write};
