/* Solarisation with a probability: what is bright becomes dark. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)e;
    if (siam_rng_unit(r) < cfg->solarise_p) {
        siam_aug_drew(c, "solarise from %.2f", cfg->solarise_from);
        siam_image_solarise(im, cfg->solarise_from);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_solarise = {
    .name = "solarise",
    .help = "bright parts inverted",
    .stream = 32, /* SIAM_RNG_AUGMENT and what follows it */
    .apply = apply,
};
