/* Gaussian blur with a probability; sigma is uniform in the configured range. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    if (siam_rng_unit(r) >= cfg->blur_p)
        return SIAM_OK;
    const float sigma = (float)siam_rng_uniform(r, cfg->blur_min, cfg->blur_max);
    siam_aug_drew(c, "blur of sigma %.2f", (double)sigma);
    return siam_image_gaussian_blur(im, sigma, &c->scratch, e);
}

static siam_code check(const siam_aug_cfg *cfg, siam_err *e)
{
    if (cfg->blur_min > cfg->blur_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.blur_min %g is larger than aug.blur_max %g", cfg->blur_min, cfg->blur_max);
    return SIAM_OK;
}

const siam_augment siam_augment_blur = {
    .name = "blur",
    .help = "Gaussian blur of a random sigma",
    .stream = 6,
    .apply = apply,
    .check = check,
};
