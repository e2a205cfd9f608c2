/* Grayscale with a probability: the luma in all three channels. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)e;
    if (siam_rng_unit(r) < cfg->gray_p) {
        siam_aug_drew(c, "gray");
        siam_image_grayscale(im);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_gray = {
    .name = "gray",
    .help = "grayscale in three equal channels",
    .stream = 5,
    .apply = apply,
    .colours = true,
};
