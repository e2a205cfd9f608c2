/* Views that are made on a device: a program (nn/hlo) whose pixels are the host's, bit for bit.
 *
 * The host draws (siam_augment_draw), as it does for views of its own; the program only computes what was drawn. What the two do
 * differently is nothing but where: a run can go on elsewhere, and a view that is looked at on the host is the one that was trained on.
 * Images are of 8 bits, of any number of channels; those of 16 bits are the host's to make views of. */
#ifndef SIAM_VIEWS_VIEWS_H
#define SIAM_VIEWS_VIEWS_H

#include "data/augment.h"
#include "nn/hlo/program.h"

/* What a program is for. */
typedef struct siam_views_form {
    int views;    /* N, made at once; of each replica */
    int replicas; /* devices that run it together, each for views of its own; 0 = 1 */
    int channels;
    /* A set of images of one size that stays on the device, of which views are cropped there; images 0: the host crops and resizes. */
    int64_t images;
    int width, height;
    bool pixels;  /* the result is PIXELS, not IMAGES: for those who want to see them */
} siam_views_form;

/* Arguments, in this order, S being cfg->size (at most 1024) and C the channels:
 *   images 0:   PIXELS u8 [N, S, S, C], the host's crops
 *   otherwise:  PIXELS u8 [images, height, width, C], INDEX s32 [N], CROP s32 [N, 2, S, 1 + siam_views_taps()]
 *   DRAWN s32 [N, siam_augment_words(NULL)]; ZERO u32, which must be 0; LEVELS f32 [C, 256] (not with form->pixels)
 * and the result IMAGES f32 [N, C, S, S], normalised, or PIXELS u8 [N, S, S, C]. Only operations that cfg can draw are in it: another
 * cfg, another program. SIAM_E_UNSUPPORTED: cfg asks for one that has no row in views.def. *out is NULL on failure. */
siam_code siam_views_program(siam_hlo_program **out, const siam_aug_cfg *cfg, const siam_views_form *form, siam_err *e);

/* LEVELS: what siam_image_normalise makes of each sample, [channels, 256]. */
void siam_views_levels(float *levels, int channels, const siam_norm *norm);

/* Pixels of a row or a column that one of a view is made of, at most. */
int siam_views_taps(const siam_aug_cfg *cfg, const siam_views_form *form);
/* CROP of a view, [2, S, 1 + taps], of all words of it: across, then down, of each pixel which is the first that it reads, and their
 * weights (siam_image_weights). */
void siam_views_crop(int32_t *crop, const siam_aug_cfg *cfg, const siam_views_form *form, const int32_t *drawn);

#endif
