/* Turned about the middle by any angle, in double precision as image/move.c: each pixel from the four around the place it comes from. */
#include "views/op.h"

static bool wanted(const siam_aug_cfg *cfg) { return cfg->rotate_p > 0; }

/* Words i (the low half) and i + 1 as a double of each view, for each place. */
static siam_hlo_val angle_word(siam_hlo *w, siam_hlo_val drawn, int i, siam_hlo_val place)
{
    siam_hlo_val half[2];
    for (int k = 0; k < 2; k++)
        half[k] = siam_hlo_convert(w, siam_hlo_bits(w, siam_views_word(w, drawn, i + k), SIAM_HLO_U32), SIAM_HLO_U64);
    const siam_hlo_val high = siam_views_with(w, "shift_left", half[1], 32);
    return siam_views_each(w, siam_hlo_bits(w, siam_hlo_binary(w, "or", half[0], high), SIAM_HLO_F64), place);
}

/* Where a place is along an axis: the pixel before it, and how far behind that it is. */
typedef struct spot {
    siam_hlo_val before, after; /* s32 [N, S, S] */
    siam_hlo_val past, left;    /* f64 [N, S, S, C]: 0 <= past < 1, and 1 - past */
} spot;

static spot spot_of(siam_hlo *w, siam_hlo_val at, int64_t side, siam_hlo_val px)
{
    spot s;
    const unsigned all = 1u << 0 | 1u << 1 | 1u << 2;
    at = siam_views_within(w, at, (double)(side - 1));
    s.before = siam_hlo_convert(w, at, SIAM_HLO_S32);
    s.after = siam_views_within(w, siam_views_with(w, "add", s.before, 1), (double)(side - 1));
    const siam_hlo_val past = siam_hlo_sub(w, at, siam_hlo_convert(w, s.before, SIAM_HLO_F64));
    const siam_hlo_val left = siam_hlo_sub(w, siam_hlo_full(w, 1, past), past);
    s.past = siam_hlo_spread(w, past, px, all);
    s.left = siam_hlo_spread(w, left, px, all);
    return s;
}

/* Pixels (x, y) of each view as doubles. */
static siam_hlo_val look_up(siam_hlo *w, siam_hlo_val px, siam_hlo_val x, siam_hlo_val y)
{
    const int64_t side = px.dim[1];
    const siam_hlo_val view = siam_hlo_spread(w, siam_hlo_iota(w, px.dim[0]), x, 1u << 0);
    const siam_hlo_val row = siam_hlo_add(w, siam_views_with(w, "multiply", view, side), y);
    const siam_hlo_val at = siam_hlo_add(w, siam_views_with(w, "multiply", row, side), x);
    const siam_hlo_val flat = siam_hlo_reshape(w, px, 2, (const int64_t[]){px.dim[0] * side * side, px.dim[3]});
    return siam_hlo_convert(w, siam_hlo_take(w, flat, at), SIAM_HLO_F64);
}

static siam_hlo_val between(const siam_views_ctx *c, siam_hlo_val a, siam_hlo_val b, const spot *s)
{
    const siam_hlo_val one = siam_views_product(c, a, s->left), other = siam_views_product(c, b, s->past);
    return siam_hlo_add(c->w, one, other);
}

static siam_hlo_val write(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn)
{
    siam_hlo *w = c->w;
    const int64_t side = px.dim[1];
    const siam_hlo_val place = siam_hlo_type(SIAM_HLO_F64, 3, px.dim), count = siam_hlo_convert(w, siam_hlo_iota(w, side), SIAM_HLO_F64);
    const siam_hlo_val middle = siam_hlo_full(w, (double)(side - 1) / 2, place);
    const siam_hlo_val off = siam_hlo_sub(w, count, siam_hlo_full(w, (double)(side - 1) / 2, count));
    const siam_hlo_val x = siam_hlo_spread(w, off, place, 1u << 2), y = siam_hlo_spread(w, off, place, 1u << 1);
    const siam_hlo_val cosine = angle_word(w, drawn, SIAM_ROTATE_COSINE, place), sine = angle_word(w, drawn, SIAM_ROTATE_SINE, place);
    const siam_hlo_val x_cosine = siam_views_product(c, x, cosine), y_sine = siam_views_product(c, y, sine);
    const siam_hlo_val x_sine = siam_views_product(c, x, sine), y_cosine = siam_views_product(c, y, cosine);
    const siam_hlo_val from_x = siam_hlo_sub(w, siam_hlo_add(w, middle, x_cosine), y_sine);
    const siam_hlo_val half = siam_hlo_add(w, middle, x_sine), from_y = siam_hlo_add(w, half, y_cosine);
    const spot across = spot_of(w, from_x, side, px), down = spot_of(w, from_y, side, px);
    siam_hlo_val row[2];
    for (int k = 0; k < 2; k++) {
        const siam_hlo_val at = k ? down.after : down.before, left = look_up(w, px, across.before, at);
        row[k] = between(c, left, look_up(w, px, across.after, at), &across);
    }
    const siam_hlo_val value = between(c, row[0], row[1], &down);
    const siam_hlo_val rounded = siam_hlo_convert(w, siam_hlo_add(w, value, siam_hlo_full(w, 0.5, value)), SIAM_HLO_S32);
    const siam_hlo_val turned = siam_hlo_convert(w, rounded, SIAM_HLO_U8);
    return siam_views_where(w, siam_views_word(w, drawn, SIAM_ROTATE_ON), 1, turned, px);
}

const siam_views_op siam_view_rotate = {"rotate", wanted, write};
