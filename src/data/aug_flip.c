/* Horizontal flip with a probability. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    drawn[SIAM_FLIP_ON] = siam_rng_unit(r) < cfg->flip_p;
    if (drawn[SIAM_FLIP_ON])
        siam_aug_drew(c, "flip");
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    (void)c;
    (void)e;
    if (drawn[SIAM_FLIP_ON])
        siam_image_hflip(im);
    return SIAM_OK;
}

const siam_augment siam_augment_flip = {
    .name = "flip",
    .help = "left and right exchanged",
    .stream = 7,
    .words = SIAM_FLIP_WORDS,
    .draw = draw,
    .apply = apply,
};
