/* One channel, whichever, without its picture, with a probability: bands must not be learned from one alone. */
#include "data/augment.h"

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    if (siam_rng_unit(r) >= cfg->drop_p)
        return;
    const int channel = (int)siam_rng_below(r, (uint32_t)im->channels);
    siam_aug_drew(c, "channel %d dropped", channel);
    drawn[SIAM_DROP_CHANNEL] = channel + 1;
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    (void)cfg;
    (void)c;
    (void)e;
    if (drawn[SIAM_DROP_CHANNEL])
        siam_image_flatten(im, drawn[SIAM_DROP_CHANNEL] - 1);
    return SIAM_OK;
}

const siam_augment siam_augment_drop = {
    .name = "drop",
    .help = "one channel becomes its mean",
    .stream = 36, /* SIAM_RNG_AUGMENT and what follows it */
    .words = SIAM_DROP_WORDS,
    .draw = draw,
    .apply = apply,
};
