/* Random resized crop: a random part of random shape, resized to size x size. */
#include <math.h>

#include "base/check.h"
#include "data/augment.h"

static const double RATIO_MIN = 3.0 / 4.0, RATIO_MAX = 4.0 / 3.0;
enum { TRIES = 10 };

/* torchvision RandomResizedCrop.get_params. rint rounds halves to even, as Python's round does. */
void siam_crop_params(siam_rng *r, int width, int height, double scale_min, double scale_max, int *x, int *y,
                      int *w, int *h)
{
    const double area = (double)width * height;
    for (int i = 0; i < TRIES; i++) {
        const double target = area * siam_rng_uniform(r, scale_min, scale_max);
        const double aspect = exp(siam_rng_uniform(r, log(RATIO_MIN), log(RATIO_MAX)));
        const double tw = rint(sqrt(target * aspect)), th = rint(sqrt(target / aspect));
        if (tw > 0.0 && tw <= width && th > 0.0 && th <= height) {
            *w = (int)tw;
            *h = (int)th;
            *y = (int)siam_rng_below(r, (uint32_t)(height - *h + 1));
            *x = (int)siam_rng_below(r, (uint32_t)(width - *w + 1));
            return;
        }
    }
    /* The largest central crop whose shape is within the ratios. */
    const double shape = (double)width / height;
    *w = width;
    *h = height;
    if (shape < RATIO_MIN)
        *h = (int)rint(width / RATIO_MIN);
    else if (shape > RATIO_MAX)
        *w = (int)rint(height * RATIO_MAX);
    *y = (height - *h) / 2;
    *x = (width - *w) / 2;
}

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    int x = 0, y = 0, w = im->w, h = im->h;
    if (cfg->crop_max > 0.0) /* otherwise the whole image, still brought to size */
        siam_crop_params(r, im->w, im->h, cfg->crop_min, cfg->crop_max, &x, &y, &w, &h);
    siam_aug_drew(c, "crop %d x %d at (%d, %d)", w, h, x, y);
    drawn[SIAM_CROP_X] = x;
    drawn[SIAM_CROP_Y] = y;
    drawn[SIAM_CROP_W] = w;
    drawn[SIAM_CROP_H] = h;
}

static siam_code apply(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e)
{
    SIAM_TRY(siam_image_crop_resize(&c->tmp, im, drawn[SIAM_CROP_X], drawn[SIAM_CROP_Y], drawn[SIAM_CROP_W], drawn[SIAM_CROP_H],
                                    cfg->size, cfg->size, &c->scratch, e));
    siam_aug_swap(c, im);
    return SIAM_OK;
}

static siam_code check(const siam_aug_cfg *cfg, siam_err *e)
{
    if (cfg->crop_min > cfg->crop_max)
        return siam_fail(e, SIAM_E_CONFIG, "aug.crop_min %g is larger than aug.crop_max %g", cfg->crop_min, cfg->crop_max);
    return SIAM_OK;
}

const siam_augment siam_augment_crop = {
    .name = "crop",
    .help = "random part of the image, resized to the training size",
    .stream = 3,
    .words = SIAM_CROP_WORDS,
    .draw = draw,
    .apply = apply,
    .check = check,
    .replaces = true,
};
