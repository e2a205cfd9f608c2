/* Random resized crop: a random part of random shape, resized to size x size. */
#include <math.h>

#include "base/check.h"
#include "data/augment.h"

extern const siam_augment siam_augment_crop; /* the last lines of this file */

static const double RATIO_MIN = 3.0 / 4.0, RATIO_MAX = 4.0 / 3.0;
enum { TRIES = 10, MOST_SHRUNK = 8 };

static int smaller(int a, int b) { return a < b ? a : b; }
static int larger(int a, int b) { return a > b ? a : b; }

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

static void box_of(const siam_aug_cfg *cfg, siam_rng *r, int width, int height, int *x, int *y, int *w, int *h)
{
    *x = *y = 0;
    *w = width;
    *h = height;
    if (cfg->crop_max > 0.0) /* otherwise the whole image, still brought to size */
        siam_crop_params(r, width, height, cfg->crop_min, cfg->crop_max, x, y, w, h);
}

static void draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn)
{
    int x, y, w, h;
    box_of(cfg, r, siam_image_width(im), siam_image_height(im), &x, &y, &w, &h);
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

void siam_crops_need(void *of, int w, int h, siam_image_need *need)
{
    const siam_crops *c = of;
    int left = w, top = h, right = 0, bottom = 0, least = w < h ? w : h;
    SIAM_ASSERT(siam_augments[0] == &siam_augment_crop); /* nothing else looks at the picture itself */
    for (int v = c->first; v < c->views; v += c->step) {
        int x, y, width, height;
        siam_rng r = siam_rng_key(c->key->seed, c->key->epoch, c->key->sample, (uint32_t)v, siam_augment_crop.stream);
        box_of(c->cfg, &r, w, h, &x, &y, &width, &height);
        left = smaller(left, x);
        top = smaller(top, y);
        right = larger(right, x + width);
        bottom = larger(bottom, y + height);
        least = smaller(least, smaller(width, height));
    }
    *need = (siam_image_need){left, top, right - left, bottom - top, 1};
    while (c->shrunk && need->shrink < MOST_SHRUNK && 2 * need->shrink * c->cfg->size <= least)
        need->shrink *= 2;
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
