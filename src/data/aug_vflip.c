/* Vertical flip with a probability, for pictures from above. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)e;
    if (siam_rng_unit(r) < cfg->vflip_p) {
        siam_aug_drew(c, "vflip");
        siam_image_vflip(im);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_vflip = {
    .name = "vflip",
    .help = "top and bottom exchanged",
    .stream = 33, /* SIAM_RNG_AUGMENT and what follows it */
    .apply = apply,
};
