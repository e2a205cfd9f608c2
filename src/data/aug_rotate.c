/* A turn by any angle with a probability; the edges go on where nothing was. */
#include "base/check.h"
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    if (siam_rng_unit(r) >= cfg->rotate_p)
        return SIAM_OK;
    const double degrees = siam_rng_uniform(r, -cfg->rotate_max, cfg->rotate_max);
    siam_aug_drew(c, "turned by %.1f degrees", degrees);
    SIAM_TRY(siam_image_rotate(&c->tmp, im, degrees, e));
    siam_aug_swap(c, im);
    return SIAM_OK;
}

const siam_augment siam_augment_rotate = {
    .name = "rotate",
    .help = "turned by a random angle",
    .stream = 35, /* SIAM_RNG_AUGMENT and what follows it */
    .apply = apply,
};
