/* How an augmentation (data/augment.h) is written as StableHLO: one file + one row each.
 *
 * A row is called once for all views of a batch. It sees what was drawn of each as the words of its namesake in augments.def, and what
 * must not be: the same bits as the host's are due whatever the compiler does. So pixels are whole numbers wherever they can be, nothing
 * is divided but those, and products of floats that are added to something go through siam_views_product. */
#ifndef SIAM_VIEWS_OP_H
#define SIAM_VIEWS_OP_H

#include "data/augment.h"
#include "nn/hlo/text.h"

typedef struct siam_views_ctx {
    siam_hlo *w;
    const siam_aug_cfg *cfg;
    siam_hlo_val zero; /* u32, a scalar that is 0, as only the host knows */
} siam_views_ctx;

typedef struct siam_views_op {
    const char *name; /* of the row in augments.def */
    bool (*wanted)(const siam_aug_cfg *cfg); /* can it be drawn at all? */
    /* px: u8 [N, S, S, C]; drawn: s32 [N, words of the row]. The pixels after it. */
    siam_hlo_val (*write)(const siam_views_ctx *c, siam_hlo_val px, siam_hlo_val drawn);
} siam_views_op;

extern const siam_views_op *const siam_views_ops[]; /* NULL-terminated, from views.def */

/* ---- for rows ---- */

siam_hlo_val siam_views_word(siam_hlo *w, siam_hlo_val drawn, int i);      /* word i of each view, s32 [N] */
siam_hlo_val siam_views_is(siam_hlo *w, siam_hlo_val x, int64_t n);        /* x == n */
siam_hlo_val siam_views_each(siam_hlo *w, siam_hlo_val x, siam_hlo_val px); /* x [N], of a view, for each element of px */
/* a where a view's word is n, else b. */
siam_hlo_val siam_views_where(siam_hlo *w, siam_hlo_val word, int64_t n, siam_hlo_val a, siam_hlo_val b);
/* min(max(x, 0), most), with whole numbers or others. */
siam_hlo_val siam_views_within(siam_hlo *w, siam_hlo_val x, double most);
/* Whole numbers with a whole one: x op n. */
siam_hlo_val siam_views_with(siam_hlo *w, const char *op, siam_hlo_val x, int64_t n);
/* a * b, rounded before anything is added to it. A compiler may make one operation of a * b + c, which rounds once and gives other bits;
 * so the product's bits are changed by a number that is 0, which it does not know. float32 or float64. */
siam_hlo_val siam_views_product(const siam_views_ctx *c, siam_hlo_val a, siam_hlo_val b);

/* Three planes of an RGB image, s32 [N, S, S], and pixels of them again. */
void siam_views_planes(siam_hlo *w, siam_hlo_val px, siam_hlo_val plane[3]);
siam_hlo_val siam_views_pixels(siam_hlo *w, const siam_hlo_val plane[3]);
siam_hlo_val siam_views_luma(siam_hlo *w, const siam_hlo_val plane[3]);

/* ---- what is no row ---- */

/* siam_image_crop_resize of a set's images, u8 [T, h, w, C]; index, crop: as the arguments of that name. */
siam_hlo_val siam_views_resize(siam_hlo *w, siam_hlo_val set, siam_hlo_val index, siam_hlo_val crop);
/* siam_image_normalise: f32 [N, C, S, S]. */
siam_hlo_val siam_views_normalise(siam_hlo *w, siam_hlo_val px, siam_hlo_val levels);

#endif
