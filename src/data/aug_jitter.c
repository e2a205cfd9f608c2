/* Colour jitter: brightness, contrast, saturation and hue in random order, each by a random amount. */
#include "data/augment.h"

enum { BRIGHTNESS, CONTRAST, SATURATION, HUE, OPS };

/* A factor around 1: U(max(0, 1 - x), 1 + x). */
static float factor(siam_rng *r, double x)
{
    return (float)siam_rng_uniform(r, x < 1.0 ? 1.0 - x : 0.0, 1.0 + x);
}

/* Draws: gate, order, then all four factors whether used or not, so that the strength of one operation does
 * not change the draws of another. torchvision ColorJitter under RandomApply. */
static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)c;
    (void)e;
    if (siam_rng_unit(r) >= cfg->jitter_p)
        return SIAM_OK;
    int order[OPS] = {BRIGHTNESS, CONTRAST, SATURATION, HUE};
    for (int i = OPS - 1; i > 0; i--) { /* Fisher-Yates */
        const int j = (int)siam_rng_below(r, (uint32_t)i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    const float brightness = factor(r, cfg->brightness), contrast = factor(r, cfg->contrast);
    const float saturation = factor(r, cfg->saturation);
    const double hue = siam_rng_uniform(r, -cfg->hue, cfg->hue);
    for (int i = 0; i < OPS; i++) {
        if (order[i] == BRIGHTNESS && cfg->brightness > 0.0)
            siam_image_brightness(im, brightness);
        else if (order[i] == CONTRAST && cfg->contrast > 0.0)
            siam_image_contrast(im, contrast);
        else if (order[i] == SATURATION && cfg->saturation > 0.0)
            siam_image_saturation(im, saturation);
        else if (order[i] == HUE && cfg->hue > 0.0)
            siam_image_hue(im, hue);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_jitter = {
    .name = "jitter",
    .help = "brightness, contrast, saturation and hue by random amounts in random order",
    .stream = 4,
    .apply = apply,
    .colours = true,
};
