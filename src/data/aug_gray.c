/* Grayscale with a probability: the luma in all three channels. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    drawn[SIAM_GRAY_ON] = siam_rng_unit(r) < cfg->gray_p;
    if (drawn[SIAM_GRAY_ON])
        siam_aug_drew(c, "gray");
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    (void)c;
    (void)e;
    if (drawn[SIAM_GRAY_ON])
        siam_image_grayscale(im);
    return SIAM_OK;
}

const siam_augment siam_augment_gray = {
    .name = "gray",
    .help = "grayscale in three equal channels",
    .stream = 5,
    .words = SIAM_GRAY_WORDS,
    .draw = draw,
    .apply = apply,
    .colours = true,
};
