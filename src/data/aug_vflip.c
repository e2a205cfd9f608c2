/* Vertical flip with a probability, for pictures from above. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    drawn[SIAM_VFLIP_ON] = siam_rng_unit(r) < cfg->vflip_p;
    if (drawn[SIAM_VFLIP_ON])
        siam_aug_drew(c, "vflip");
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    (void)c;
    (void)e;
    if (drawn[SIAM_VFLIP_ON])
        siam_image_vflip(im);
    return SIAM_OK;
}

const siam_augment siam_augment_vflip = {
    .name = "vflip",
    .help = "top and bottom exchanged",
    .stream = 33, /* SIAM_RNG_AUGMENT and what follows it */
    .words = SIAM_VFLIP_WORDS,
    .draw = draw,
    .apply = apply,
};
