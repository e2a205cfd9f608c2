/* Gaussian blur with a probability; sigma is uniform in the configured range. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_image *im, siam_err *e)
{
    siam_rng r = siam_rng_key(c->seed, c->epoch, c->sample, c->view, SIAM_RNG_BLUR);
    if (siam_rng_unit(&r) >= cfg->blur_p)
        return SIAM_OK;
    const float sigma = (float)siam_rng_uniform(&r, cfg->blur_min, cfg->blur_max);
    return siam_image_gaussian_blur(im, sigma, &c->scratch, e);
}

const siam_augment siam_augment_blur = {
    .name = "blur",
    .help = "Gaussian blur of a random sigma",
    .apply = apply,
};
