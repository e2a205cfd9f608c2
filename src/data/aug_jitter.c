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
    (void)e;
    if (siam_rng_unit(r) >= cfg->jitter_p)
        return SIAM_OK;
    int order[OPS] = {BRIGHTNESS, CONTRAST, SATURATION, HUE};
    for (int i = OPS - 1; i > 0; i--) { /* Fisher-Yates */
        const int j = (int)siam_rng_below(r, (uint32_t)i + 1), t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    static const char *const name[OPS] = {"brightness", "contrast", "saturation", "hue"};
    const double most[OPS] = {cfg->brightness, cfg->contrast, cfg->saturation, cfg->hue};
    float f[HUE];
    for (int k = 0; k < HUE; k++)
        f[k] = factor(r, most[k]);
    const double hue = siam_rng_uniform(r, -cfg->hue, cfg->hue);
    for (int i = 0; i < OPS; i++) {
        const int k = order[i];
        if (most[k] <= 0.0)
            continue;
        siam_aug_drew(c, "%s %.2f", name[k], k == HUE ? hue : (double)f[k]);
        switch (k) {
        case BRIGHTNESS: siam_image_brightness(im, f[k]); break;
        case CONTRAST: siam_image_contrast(im, f[k]); break;
        case SATURATION: siam_image_saturation(im, f[k]); break;
        default: siam_image_hue(im, hue);
        }
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
