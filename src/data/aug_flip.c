/* Horizontal flip with a probability. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)e;
    if (siam_rng_unit(r) < cfg->flip_p) {
        siam_aug_drew(c, "flip");
        siam_image_hflip(im);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_flip = {
    .name = "flip",
    .help = "left and right exchanged",
    .stream = 7,
    .apply = apply,
};
