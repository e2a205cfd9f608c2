/* One channel, whichever, without its picture, with a probability: bands must not be learned from one alone. */
#include "data/augment.h"

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, siam_image *im, siam_err *e)
{
    (void)e;
    if (siam_rng_unit(r) < cfg->drop_p) {
        const int channel = (int)siam_rng_below(r, (uint32_t)im->channels);
        siam_aug_drew(c, "channel %d dropped", channel);
        siam_image_flatten(im, channel);
    }
    return SIAM_OK;
}

const siam_augment siam_augment_drop = {
    .name = "drop",
    .help = "one channel becomes its mean",
    .stream = 36, /* SIAM_RNG_AUGMENT and what follows it */
    .apply = apply,
};
