/* Gaussian blur with a probability; sigma is uniform in the configured range. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    if (siam_rng_unit(r) >= cfg->blur_p)
        return;
    const float sigma = (float)siam_rng_uniform(r, cfg->blur_min, cfg->blur_max);
    const siam_image_box box = siam_image_box_of_sigma(sigma);
    siam_aug_drew(c, "blur of sigma %.2f", (double)sigma);
    drawn[SIAM_BLUR_ON] = 1;
    drawn[SIAM_BLUR_RADIUS] = box.radius;
    drawn[SIAM_BLUR_INNER] = (int32_t)box.inner; /* at most 2^24 */
    drawn[SIAM_BLUR_OUTER] = (int32_t)box.outer;
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    const siam_image_box box = {drawn[SIAM_BLUR_RADIUS], (uint32_t)drawn[SIAM_BLUR_INNER], (uint32_t)drawn[SIAM_BLUR_OUTER]};
    return drawn[SIAM_BLUR_ON] ? siam_image_box_blur(im, box, &c->scratch, e) : SIAM_OK;
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
    .words = SIAM_BLUR_WORDS,
    .draw = draw,
    .apply = apply,
    .check = check,
};
