/* Augmentations: one file + one row each. All randomness comes from counter-based streams keyed
 * (seed, epoch, sample, view, operation), so the pixels of a sample depend on nothing else. */
#ifndef SIAM_DATA_AUGMENT_H
#define SIAM_DATA_AUGMENT_H

#include <stdbool.h>

#include "base/option.h"
#include "base/rng.h"
#include "image/image.h"

/* The pipeline's parameters: SPEC 1.2, in its order. A probability of 0 leaves an operation out. */
typedef struct siam_aug_cfg {
    int32_t size;                                    /* output side */
    double crop_min, crop_max;                       /* area fraction of the random resized crop */
    double jitter_p, brightness, contrast, saturation, hue;
    double gray_p;
    double blur_p, blur_min, blur_max;               /* sigma range */
    double flip_p;
} siam_aug_cfg;

/* What one application works on: view being made, key parts, thread's scratch. */
typedef struct siam_aug_ctx {
    uint64_t seed, epoch, sample;
    uint32_t view;
    siam_image tmp;
    siam_image_scratch scratch;
} siam_aug_ctx;
void siam_aug_ctx_release(siam_aug_ctx *c);

typedef struct siam_augment {
    const char *name, *help;
    /* Transform `im` in place, or fill c->tmp and swap. Draws from siam_rng_key(c->seed, c->epoch,
     * c->sample, c->view, op). Allocates only while buffers grow. */
    siam_code (*apply)(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_image *im, siam_err *e);
    bool replaces; /* only reads im and always swaps c->tmp in: as the first row it needs no copy of the source */
} siam_augment;

extern const siam_augment *const siam_augments[]; /* from augments.def, in that order; ends with NULL */

/* One view of `src` [cfg->size square] into dst [3, size, size], normalised. src is not changed. */
siam_code siam_augment_view(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work,
                            const siam_norm *norm, float *dst, siam_err *e);
/* The test transform, normalised: torchvision's Resize(size * 256/224) of the short side, then CenterCrop(size), 256 and
 * 224 say, whatever the size of the image. Networks for small images (size up to 64) see one whose short side is not
 * larger than `size` whole instead: brought to size, CIFAR's own images unchanged. */
siam_code siam_test_view(int size, const siam_image *src, siam_image *work, siam_image_scratch *s,
                         const siam_norm *norm, float *dst, siam_err *e);

/* torchvision RandomResizedCrop.get_params, public for tests: ratio 3/4..4/3, ten tries, then the
 * central fallback. Draws area and aspect per try, then row and column. */
void siam_crop_params(siam_rng *r, int width, int height, double scale_min, double scale_max, int *x, int *y, int *w,
                      int *h);

#endif
