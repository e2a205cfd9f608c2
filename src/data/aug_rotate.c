/* A turn by any angle with a probability; the edges go on where nothing was. */
#include "base/check.h"
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    (void)im;
    if (siam_rng_unit(r) >= cfg->rotate_p)
        return;
    const double degrees = siam_rng_uniform(r, -cfg->rotate_max, cfg->rotate_max);
    const siam_image_angle by = siam_image_angle_of(degrees);
    siam_aug_drew(c, "turned by %.1f degrees", degrees);
    drawn[SIAM_ROTATE_ON] = 1;
    siam_drawn_put_double(drawn + SIAM_ROTATE_COSINE, by.cosine);
    siam_drawn_put_double(drawn + SIAM_ROTATE_SINE, by.sine);
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    if (!drawn[SIAM_ROTATE_ON])
        return SIAM_OK;
    const siam_image_angle by = {siam_drawn_double(drawn + SIAM_ROTATE_COSINE), siam_drawn_double(drawn + SIAM_ROTATE_SINE)};
    SIAM_TRY(siam_image_turn(&c->tmp, im, by, e));
    siam_aug_swap(c, im);
    return SIAM_OK;
}

const siam_augment siam_augment_rotate = {
    .name = "rotate",
    .help = "turned by a random angle",
    .stream = 35, /* SIAM_RNG_AUGMENT and what follows it */
    .words = SIAM_ROTATE_WORDS,
    .draw = draw,
    .apply = apply,
};
