/* RGB -> HSV, H += steps, HSV -> RGB, as image/colour.c computes it in floats, in whole numbers: devices divide floats in their own ways.
 *
 * A hue in 255ths of a turn is a fraction with a denominator of at most 510, while float32 errs by less than a ten-thousandth: cut off,
 * both give the same but where the hue is whole. Then the floats may be a little less, and give one less. That depends on nothing but
 * the hue, so a list says for which; it is what the host says of a colour of each. */
#include "views/hue.h"

enum { SIXTHS = 6, SIDE = 85 /* steps of half a hue in a sixth of the turn */, HUES = 256 };

/* 1 for the whole hues of which the host says one less. */
static siam_hlo_val short_hues(siam_hlo *w)
{
    uint8_t rgb[3 * HUES] = {0}, hsv[3 * HUES];
    int64_t less[HUES];
    for (int q = 0; q < HUES - 1; q++) { /* once around, all colours with a largest sample of SIDE and a smallest of 0 */
        const uint8_t sixth = (uint8_t)(2 * q / SIDE), up = (uint8_t)(2 * q % SIDE), down = (uint8_t)(SIDE - up);
        const uint8_t colour[SIXTHS][3] = {{SIDE, up, 0}, {down, SIDE, 0}, {0, SIDE, up}, {0, down, SIDE}, {up, 0, SIDE}, {SIDE, 0, down}};
        memcpy(rgb + 3 * q, colour[sixth], 3);
    }
    siam_image_to_hsv(hsv, &(siam_image){.w = HUES, .h = 1, .channels = 3, .depth = 1, .px = rgb});
    for (int q = 0; q < HUES; q++)
        less[q] = hsv[3 * q] != q && q < HUES - 1;
    return siam_hlo_list(w, HUES, less);
}

typedef struct colour {
    siam_hlo_val hue, saturation, value; /* 0 to 255 */
} colour;

static siam_hlo_val larger(siam_hlo *w, siam_hlo_val a, siam_hlo_val b) { return siam_hlo_binary(w, "maximum", a, b); }
static siam_hlo_val smaller(siam_hlo *w, siam_hlo_val a, siam_hlo_val b) { return siam_hlo_binary(w, "minimum", a, b); }
static siam_hlo_val number(siam_hlo *w, int n, siam_hlo_val like) { return siam_hlo_full(w, n, like); }

/* One of two numbers. */
static siam_hlo_val either(siam_hlo *w, siam_hlo_val which, int yes, int no, siam_hlo_val like)
{
    const siam_hlo_val a = number(w, yes, like), b = number(w, no, like);
    return siam_hlo_select(w, which, a, b);
}

/* The largest sample says which third of the turn it is (0, 2 or 4 sixths), the smallest to which side; `part` of `range` is how far. The
 * hue in sixths times range, 0 to 6 range. */
static siam_hlo_val sixths(siam_hlo *w, const siam_hlo_val p[3], siam_hlo_val max, siam_hlo_val min, siam_hlo_val range, siam_hlo_val part)
{
    const siam_hlo_val b_min = siam_hlo_compare(w, "EQ", p[2], min), r_min = siam_hlo_compare(w, "EQ", p[0], min);
    const siam_hlo_val g_max = siam_hlo_compare(w, "EQ", p[1], max), r_max = siam_hlo_compare(w, "EQ", p[0], max);
    const siam_hlo_val by_r = either(w, b_min, 1, -1, max), by_g = either(w, b_min, 1, 3, max), by_b = either(w, r_min, 3, 5, max);
    const siam_hlo_val k = siam_hlo_select(w, r_max, by_r, siam_hlo_select(w, g_max, by_g, by_b));
    const siam_hlo_val none = number(w, 0, max), third = siam_hlo_select(w, r_max, none, either(w, g_max, 2, 4, max));
    const siam_hlo_val whole = siam_hlo_mul(w, k, range), rest = siam_hlo_mul(w, siam_hlo_sub(w, third, k), part);
    const siam_hlo_val h = siam_hlo_add(w, whole, rest);
    const siam_hlo_val around = siam_hlo_add(w, h, siam_views_with(w, "multiply", range, 6));
    return siam_hlo_select(w, siam_hlo_compare(w, "LT", h, none), around, h);
}

/* Grey pixels get some hue, and saturation 0. */
static colour to_hsv(siam_hlo *w, const siam_hlo_val p[3])
{
    const siam_hlo_val max = larger(w, larger(w, p[0], p[1]), p[2]), min = smaller(w, smaller(w, p[0], p[1]), p[2]);
    const siam_hlo_val range = siam_hlo_sub(w, max, min), one = number(w, 1, max), least = larger(w, range, one);
    const siam_hlo_val sum = siam_hlo_add(w, siam_hlo_add(w, p[0], p[1]), p[2]);
    const siam_hlo_val middle = siam_hlo_sub(w, siam_hlo_sub(w, sum, max), min), part = siam_hlo_sub(w, max, middle);
    const siam_hlo_val halves = siam_views_with(w, "multiply", sixths(w, p, max, min, least, part), SIDE);
    const siam_hlo_val whole = siam_views_with(w, "multiply", least, 2), hue = siam_hlo_binary(w, "divide", halves, whole);
    const siam_hlo_val exact = siam_hlo_compare(w, "EQ", siam_hlo_mul(w, hue, whole), halves);
    const siam_hlo_val less = siam_hlo_take(w, short_hues(w), hue), none = number(w, 0, max);
    const siam_hlo_val parts = siam_views_with(w, "multiply", range, 255), tinted = siam_hlo_binary(w, "divide", parts, larger(w, max, one));
    return (colour){siam_hlo_sub(w, hue, siam_hlo_select(w, exact, less, none)), tinted, max};
}

/* yes where the sector is a or b. */
static siam_hlo_val in(siam_hlo *w, siam_hlo_val sector, int a, int b, siam_hlo_val yes, siam_hlo_val no)
{
    const siam_hlo_val is_a = siam_views_is(w, sector, a), is_b = siam_views_is(w, sector, b);
    return siam_hlo_select(w, siam_hlo_binary(w, "or", is_a, is_b), yes, no);
}

void siam_views_hue(siam_hlo *w, const siam_hlo_val plane[3], siam_hlo_val steps, siam_hlo_val out[3])
{
    const colour c = to_hsv(w, plane);
    const siam_hlo_val v = c.value, s = c.saturation;
    const siam_hlo_val moved = siam_views_with(w, "and", siam_hlo_add(w, c.hue, siam_views_each(w, steps, c.hue)), 255);
    const siam_hlo_val turn = siam_views_with(w, "multiply", moved, SIXTHS), sector = siam_views_with(w, "divide", turn, 255);
    const siam_hlo_val m = siam_hlo_sub(w, turn, siam_views_with(w, "multiply", sector, 255));
    const siam_hlo_val odd = siam_views_is(w, siam_views_with(w, "and", sector, 1), 1), rest = siam_hlo_sub(w, number(w, 255, m), m);
    const siam_hlo_val x = siam_hlo_select(w, odd, m, rest);
    const siam_hlo_val pale = siam_hlo_mul(w, v, siam_hlo_sub(w, number(w, 255, s), s));
    const siam_hlo_val low = siam_views_with(w, "divide", siam_views_with(w, "add", pale, 127), 255);
    const siam_hlo_val sx = siam_hlo_mul(w, s, x), between = siam_hlo_mul(w, v, siam_hlo_sub(w, number(w, 65025, sx), sx));
    const siam_hlo_val mid = siam_views_with(w, "divide", siam_views_with(w, "add", between, 32512), 65025);
    out[0] = in(w, sector, 2, 3, low, in(w, sector, 1, 4, mid, v));
    out[1] = in(w, sector, 1, 2, v, in(w, sector, 4, 5, low, mid));
    out[2] = in(w, sector, 3, 4, v, in(w, sector, 2, 5, mid, low)); /* 6 is hue 255, the same as 0 */
}
