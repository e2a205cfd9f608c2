/* Solarisation with a probability: what is bright becomes dark. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    drawn[SIAM_SOLARISE_ON] = siam_rng_unit(r) < cfg->solarise_p;
    if (drawn[SIAM_SOLARISE_ON])
        siam_aug_drew(c, "solarise from %.2f", cfg->solarise_from);
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)c;
    (void)e;
    if (drawn[SIAM_SOLARISE_ON])
        siam_image_solarise(im, cfg->solarise_from);
    return SIAM_OK;
}

const siam_augment siam_augment_solarise = {
    .name = "solarise",
    .help = "bright parts inverted",
    .stream = 32, /* SIAM_RNG_AUGMENT and what follows it */
    .words = SIAM_SOLARISE_WORDS,
    .draw = draw,
    .apply = apply,
};
