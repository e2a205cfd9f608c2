/* Crop and resize of a set's images, and their normalisation, as image/resize.c and image/image.c compute them. */
#include "image/across.h"
#include "views/op.h"

/* Number j of each of CROP's pixels along an axis (0: across, 1: down), s32 [N, S]: 0 the first that it reads, then the weights. */
static siam_hlo_val crop_word(siam_hlo *w, siam_hlo_val crop, int axis, int64_t j)
{
    const int64_t first[4] = {0, axis, 0, j}, step[4] = {1, 1, 1, 1}, count[4] = {crop.dim[0], 1, crop.dim[2], 1};
    return siam_hlo_reshape(w, siam_hlo_slice(w, crop, first, step, count), 2, (const int64_t[]){crop.dim[0], crop.dim[2]});
}

/* The weighted sums of pixels along an axis, rounded. rows: what is read, by its first dimension; at: the first row of each result;
 * dims: where in the results N and S are. A pixel that has fewer taps than others has weights of 0 behind them. */
static siam_hlo_val sums(siam_hlo *w, siam_hlo_val rows, siam_hlo_val at, siam_hlo_val crop, int axis, unsigned dims)
{
    siam_hlo_val sum = {0};
    for (int64_t t = 0; t < crop.dim[3] - 1; t++) {
        const siam_hlo_val tap = siam_hlo_convert(w, siam_hlo_take(w, rows, siam_views_with(w, "add", at, t)), SIAM_HLO_S32);
        const siam_hlo_val part = siam_hlo_mul(w, tap, siam_hlo_spread(w, crop_word(w, crop, axis, 1 + t), tap, dims));
        sum = sum.id ? siam_hlo_add(w, sum, part) : siam_views_with(w, "add", part, 1 << (SIAM_WEIGHT_BITS - 1));
    }
    const siam_hlo_val whole = siam_views_with(w, "shift_right_logical", sum, SIAM_WEIGHT_BITS);
    /* The other pass reads each pixel several times. */
    return siam_hlo_once(w, siam_hlo_convert(w, siam_views_within(w, whole, 255), SIAM_HLO_U8));
}

siam_hlo_val siam_views_resize(siam_hlo *w, siam_hlo_val set, siam_hlo_val index, siam_hlo_val crop)
{
    const int64_t n = index.dim[0], height = set.dim[1], width = set.dim[2], channels = set.dim[3], side = crop.dim[2];
    const siam_hlo_val images = siam_hlo_take(w, set, index);
    const siam_hlo_val pixels = siam_hlo_reshape(w, images, 2, (const int64_t[]){n * height * width, channels});
    const siam_hlo_val place = siam_hlo_type(SIAM_HLO_S32, 3, (const int64_t[]){n, height, side}); /* across every row */
    const siam_hlo_val row = siam_hlo_reshape(w, siam_hlo_iota(w, n * height), 2, place.dim);
    const siam_hlo_val begins = siam_hlo_spread(w, siam_views_with(w, "multiply", row, width), place, 1u << 0 | 1u << 1);
    const siam_hlo_val x = siam_hlo_spread(w, crop_word(w, crop, 0, 0), place, 1u << 0 | 1u << 2);
    const siam_hlo_val wide = sums(w, pixels, siam_hlo_add(w, begins, x), crop, 0, 1u << 0 | 1u << 2);
    const siam_hlo_val rows = siam_hlo_reshape(w, wide, 3, (const int64_t[]){n * height, side, channels});
    const siam_hlo_val y = crop_word(w, crop, 1, 0);
    const siam_hlo_val top = siam_views_each(w, siam_views_with(w, "multiply", siam_hlo_iota(w, n), height), y);
    return sums(w, rows, siam_hlo_add(w, top, y), crop, 1, 1u << 0 | 1u << 1);
}

siam_hlo_val siam_views_normalise(siam_hlo *w, siam_hlo_val px, siam_hlo_val levels)
{
    const int64_t channels = px.dim[3], all = channels * levels.dim[1];
    const siam_hlo_val planar = siam_hlo_convert(w, siam_hlo_transpose(w, px, (const int64_t[]){0, 3, 1, 2}), SIAM_HLO_S32);
    const siam_hlo_val begins = siam_views_with(w, "multiply", siam_hlo_iota(w, channels), levels.dim[1]);
    const siam_hlo_val at = siam_hlo_add(w, planar, siam_hlo_spread(w, begins, planar, 1u << 1));
    return siam_hlo_take(w, siam_hlo_reshape(w, levels, 1, &all), at);
}
