/* What the host gives a program beside pixels and words. */
#include "base/check.h"
#include "views/views.h"

enum { LEVELS = 256 };

void siam_views_levels(float *levels, int channels, const siam_norm *norm)
{
    uint8_t px[LEVELS * SIAM_IMAGE_MOST];
    SIAM_ASSERT(channels >= 1 && channels <= SIAM_IMAGE_MOST);
    for (int i = 0; i < LEVELS * channels; i++)
        px[i] = (uint8_t)(i / channels);
    siam_image_normalise(levels, &(siam_image){.w = LEVELS, .h = 1, .channels = channels, .depth = 1, .px = px}, norm);
}

int siam_views_taps(const siam_aug_cfg *cfg, const siam_views_form *form)
{
    const int across = siam_image_taps(form->width, cfg->size), down = siam_image_taps(form->height, cfg->size);
    return across > down ? across : down;
}

void siam_views_crop(int32_t *crop, const siam_aug_cfg *cfg, const siam_views_form *form, const int32_t *drawn)
{
    const siam_augment *const *row = siam_augments;
    while (!(*row)->replaces)
        row++;
    drawn += siam_augment_words(*row);
    const int taps = siam_views_taps(cfg, form), each = cfg->size * (1 + taps);
    siam_image_weights(crop, taps, drawn[SIAM_CROP_X], drawn[SIAM_CROP_W], cfg->size);
    siam_image_weights(crop + each, taps, drawn[SIAM_CROP_Y], drawn[SIAM_CROP_H], cfg->size);
}
