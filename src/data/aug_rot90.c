/* A turn by quarters with a probability, for pictures without an upper side. */
#include "base/check.h"
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    if (siam_rng_unit(r) >= cfg->rot90_p)
        return SIAM_OK;
    const int quarters = 1 + (int)siam_rng_below(r, 3);
    siam_aug_drew(c, "turned by %d degrees", 90 * quarters);
    SIAM_TRY(siam_image_quarters(&c->tmp, im, quarters, e));
    siam_aug_swap(c, im);
    return SIAM_OK;
}

const siam_augment siam_augment_rot90 = {
    .name = "rot90",
    .help = "turned by one, two or three quarters",
    .stream = 34, /* SIAM_RNG_AUGMENT and what follows it */
    .apply = apply,
};
