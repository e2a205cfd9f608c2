/* The rows, and what they share. */
#include "views/op.h"

#include "base/check.h"

#define SIAM_ROW(x) extern const siam_views_op siam_view_##x;
#include "views/views.def"
#undef SIAM_ROW

const siam_views_op *const siam_views_ops[] = {
#define SIAM_ROW(x) &siam_view_##x,
#include "views/views.def"
#undef SIAM_ROW
    NULL};

siam_hlo_val siam_views_word(siam_hlo *w, siam_hlo_val drawn, int i)
{
    const int64_t first[2] = {0, i}, step[2] = {1, 1}, count[2] = {drawn.dim[0], 1};
    return siam_hlo_reshape(w, siam_hlo_slice(w, drawn, first, step, count), 1, count);
}

siam_hlo_val siam_views_is(siam_hlo *w, siam_hlo_val x, int64_t n)
{
    return siam_hlo_compare(w, "EQ", x, siam_hlo_full(w, (double)n, x));
}

siam_hlo_val siam_views_each(siam_hlo *w, siam_hlo_val x, siam_hlo_val px) { return siam_hlo_spread(w, x, px, 1); }

siam_hlo_val siam_views_where(siam_hlo *w, siam_hlo_val word, int64_t n, siam_hlo_val a, siam_hlo_val b)
{
    return siam_hlo_select(w, siam_views_each(w, siam_views_is(w, word, n), a), a, b);
}

siam_hlo_val siam_views_within(siam_hlo *w, siam_hlo_val x, double most)
{
    const siam_hlo_val above = siam_hlo_binary(w, "maximum", x, siam_hlo_full(w, 0, x));
    return siam_hlo_binary(w, "minimum", above, siam_hlo_full(w, most, x));
}

siam_hlo_val siam_views_with(siam_hlo *w, const char *op, siam_hlo_val x, int64_t n)
{
    return siam_hlo_binary(w, op, x, siam_hlo_full(w, (double)n, x));
}

siam_hlo_val siam_views_product(const siam_views_ctx *c, siam_hlo_val a, siam_hlo_val b)
{
    siam_hlo *w = c->w;
    SIAM_ASSERT(a.elem == SIAM_HLO_F32 || a.elem == SIAM_HLO_F64);
    const siam_hlo_elem t = a.elem == SIAM_HLO_F32 ? SIAM_HLO_U32 : SIAM_HLO_U64;
    const siam_hlo_val bits = siam_hlo_bits(w, siam_hlo_mul(w, a, b), t);
    const siam_hlo_val zero = siam_hlo_spread(w, siam_hlo_convert(w, c->zero, t), bits, 0);
    return siam_hlo_bits(w, siam_hlo_binary(w, "xor", bits, zero), a.elem);
}

/* ---- colours ---- */

void siam_views_planes(siam_hlo *w, siam_hlo_val px, siam_hlo_val plane[3])
{
    const int64_t step[4] = {1, 1, 1, 1}, count[4] = {px.dim[0], px.dim[1], px.dim[2], 1};
    SIAM_ASSERT(px.dim[3] == 3);
    for (int k = 0; k < 3; k++) {
        const siam_hlo_val part = siam_hlo_slice(w, px, (const int64_t[]){0, 0, 0, k}, step, count);
        plane[k] = siam_hlo_convert(w, siam_hlo_reshape(w, part, 3, count), SIAM_HLO_S32);
    }
}

siam_hlo_val siam_views_pixels(siam_hlo *w, const siam_hlo_val plane[3])
{
    const int64_t dim[4] = {plane[0].dim[0], plane[0].dim[1], plane[0].dim[2], 1};
    siam_hlo_val part[3];
    for (int k = 0; k < 3; k++)
        part[k] = siam_hlo_reshape(w, siam_hlo_convert(w, plane[k], SIAM_HLO_U8), 4, dim);
    return siam_hlo_join(w, part, 3, 3);
}

/* ITU-601 in 16-bit fixed point, as image/colour.c. */
siam_hlo_val siam_views_luma(siam_hlo *w, const siam_hlo_val plane[3])
{
    static const int64_t weight[3] = {19595, 38470, 7471};
    siam_hlo_val sum = siam_views_with(w, "multiply", plane[0], weight[0]);
    for (int k = 1; k < 3; k++)
        sum = siam_hlo_add(w, sum, siam_views_with(w, "multiply", plane[k], weight[k]));
    return siam_views_with(w, "shift_right_logical", siam_views_with(w, "add", sum, 0x8000), 16);
}
