/* A turn by quarters with a probability, for pictures without an upper side. */
#include "base/check.h"
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    if (siam_rng_unit(r) >= cfg->rot90_p)
        return;
    drawn[SIAM_ROT90_QUARTERS] = 1 + (int32_t)siam_rng_below(r, 3);
    siam_aug_drew(c, "turned by %d degrees", 90 * (int)drawn[SIAM_ROT90_QUARTERS]);
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    if (!drawn[SIAM_ROT90_QUARTERS])
        return SIAM_OK;
    SIAM_TRY(siam_image_quarters(&c->tmp, im, drawn[SIAM_ROT90_QUARTERS], e));
    siam_aug_swap(c, im);
    return SIAM_OK;
}

const siam_augment siam_augment_rot90 = {
    .name = "rot90",
    .help = "turned by one, two or three quarters",
    .stream = 34, /* SIAM_RNG_AUGMENT and what follows it */
    .words = SIAM_ROT90_WORDS,
    .draw = draw,
    .apply = apply,
};
