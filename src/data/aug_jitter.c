/* Colour jitter: brightness, contrast, saturation and hue in random order, each by a random amount. */
#include "data/augment.h"

enum { OPS = SIAM_JITTER_OPS - 1, FACTORS = OPS - 1 }; /* without `none`; without the hue */

/* A factor around 1: U(max(0, 1 - x), 1 + x). */
static float factor(siam_rng *r, double x)
{
    return (float)siam_rng_uniform(r, x < 1.0 ? 1.0 - x : 0.0, 1.0 + x);
}

/* Draws: gate, order, then all four factors whether used or not, so that the strength of one operation does
 * not change the draws of another. torchvision ColorJitter under RandomApply. */
static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    if (siam_rng_unit(r) >= cfg->jitter_p)
        return;
    int32_t *order = drawn + SIAM_JITTER_ORDER;
    for (int i = 0; i < OPS; i++)
        order[i] = SIAM_JITTER_BRIGHTNESS + i;
    for (int i = OPS - 1; i > 0; i--) { /* Fisher-Yates */
        const int j = (int)siam_rng_below(r, (uint32_t)i + 1);
        const int32_t t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    static const char *const name[] = {"", "brightness", "contrast", "saturation", "hue"};
    const double most[] = {0, cfg->brightness, cfg->contrast, cfg->saturation, cfg->hue};
    double f[SIAM_JITTER_OPS];
    for (int k = 0; k < FACTORS; k++) {
        const float by = factor(r, most[SIAM_JITTER_BRIGHTNESS + k]);
        siam_drawn_put_float(drawn + SIAM_JITTER_FACTOR + k, by);
        f[SIAM_JITTER_BRIGHTNESS + k] = (double)by;
    }
    f[SIAM_JITTER_HUE] = siam_rng_uniform(r, -cfg->hue, cfg->hue);
    drawn[SIAM_JITTER_STEPS] = siam_image_hue_steps(f[SIAM_JITTER_HUE]);
    for (int i = 0; i < OPS; i++)
        if (most[order[i]] > 0.0)
            siam_aug_drew(c, "%s %.2f", name[order[i]], f[order[i]]);
        else
            order[i] = SIAM_JITTER_NONE;
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    (void)c;
    (void)e;
    for (int i = 0; i < OPS; i++)
        switch (drawn[SIAM_JITTER_ORDER + i]) {
        case SIAM_JITTER_BRIGHTNESS: siam_image_brightness(im, siam_drawn_float(drawn + SIAM_JITTER_FACTOR)); break;
        case SIAM_JITTER_CONTRAST: siam_image_contrast(im, siam_drawn_float(drawn + SIAM_JITTER_FACTOR + 1)); break;
        case SIAM_JITTER_SATURATION: siam_image_saturation(im, siam_drawn_float(drawn + SIAM_JITTER_FACTOR + 2)); break;
        case SIAM_JITTER_HUE: siam_image_hue_by(im, drawn[SIAM_JITTER_STEPS]); break;
        default: break;
        }
    return SIAM_OK;
}

const siam_augment siam_augment_jitter = {
    .name = "jitter",
    .help = "brightness, contrast, saturation and hue by random amounts in random order",
    .stream = 4,
    .words = SIAM_JITTER_WORDS,
    .draw = draw,
    .apply = apply,
    .colours = true,
};
