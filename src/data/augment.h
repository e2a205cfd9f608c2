/* Augmentations: one file + one row each, options and random stream included. All randomness comes from counter-based streams
 * keyed (seed, epoch, sample, view, operation), so the pixels of a sample depend on nothing else. */
#ifndef SIAM_DATA_AUGMENT_H
#define SIAM_DATA_AUGMENT_H

#include <stdbool.h>

#include "base/option.h"
#include "base/rng.h"
#include "image/codec.h"

/* The pipeline's parameters: the options of augments.def, each under its own name, and the output side. A probability of 0
 * leaves an operation out. */
#define SIAM_AUG_BOOL bool
#define SIAM_AUG_I32 int32_t
#define SIAM_AUG_F64 double
#define SIAM_AUG_ENUM int32_t
#define VIEWS(type, member, ...) SIAM_AUG_##type member;
#define BOTH(type, member, ...) SIAM_AUG_##type member;
#define SIAM_ROW(name, options) options
typedef struct siam_aug_cfg {
    int32_t size;
#include "data/augments.def"
} siam_aug_cfg;
#undef SIAM_ROW
#undef BOTH
#undef VIEWS

/* What one application works on: view being made, key parts, thread's scratch. */
typedef struct siam_aug_ctx {
    uint64_t seed, epoch, sample;
    uint32_t view;
    siam_image tmp;
    siam_image_scratch scratch;
    bool tell;       /* what was drawn is written down: "crop 210 x 190 at (31, 4), flip" */
    char drawn[256]; /* of the last view */
} siam_aug_ctx;
void siam_aug_ctx_release(siam_aug_ctx *c);

typedef struct siam_augment {
    const char *name, *help;
    /* Part of the key of its random numbers, hence never changed: 3 to 7, or from SIAM_RNG_AUGMENT on. No two rows have the same. */
    uint32_t stream;
    int words; /* that say what was drawn, at most SIAM_AUG_WORDS */
    /* Draw for an image of im's size and channels; nothing else of it is looked at. The words are zeros before, which always mean that
     * the image is left as it is. All that is random comes from r, the stream of (c->seed, c->epoch, c->sample, c->view, stream). */
    void (*draw)(const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_rng *r, const siam_image *im, int32_t *drawn);
    /* Transform `im` in place, or fill c->tmp and swap, as the words say. Allocates only while buffers grow. */
    siam_code (*apply)(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *im, siam_err *e);
    /* Options that do not fit together: SIAM_E_CONFIG. May be NULL. */
    siam_code (*check)(const siam_aug_cfg *cfg, siam_err *e);
    bool colours;  /* for 8-bit RGB alone; other images are left as they are */
    bool replaces; /* only reads im and always swaps c->tmp in: as the first row it needs no copy of the source */
} siam_augment;

extern const siam_augment *const siam_augments[]; /* from augments.def, in that order; ends with NULL */

/* What the words of the rows are. They say all that a view's pixels depend on besides the image and the options, so that it can
 * be made elsewhere (views/). Floats are their bits; of a double the low half comes first. */
enum { SIAM_CROP_X, SIAM_CROP_Y, SIAM_CROP_W, SIAM_CROP_H, SIAM_CROP_WORDS };
enum { SIAM_JITTER_NONE, SIAM_JITTER_BRIGHTNESS, SIAM_JITTER_CONTRAST, SIAM_JITTER_SATURATION, SIAM_JITTER_HUE, SIAM_JITTER_OPS };
enum {
    SIAM_JITTER_ORDER = 0,                                           /* four of the above, in the order in which they run */
    SIAM_JITTER_FACTOR = SIAM_JITTER_ORDER + SIAM_JITTER_OPS - 1,    /* floats: of brightness, of contrast, of saturation */
    SIAM_JITTER_STEPS = SIAM_JITTER_FACTOR + SIAM_JITTER_OPS - 2,    /* of the hue (siam_image_hue_steps) */
    SIAM_JITTER_WORDS
};
enum { SIAM_GRAY_ON, SIAM_GRAY_WORDS };
enum { SIAM_BLUR_ON, SIAM_BLUR_RADIUS, SIAM_BLUR_INNER, SIAM_BLUR_OUTER /* siam_image_box */, SIAM_BLUR_WORDS };
enum { SIAM_SOLARISE_ON, SIAM_SOLARISE_WORDS };
enum { SIAM_FLIP_ON, SIAM_FLIP_WORDS };
enum { SIAM_VFLIP_ON, SIAM_VFLIP_WORDS };
enum { SIAM_ROT90_QUARTERS, SIAM_ROT90_WORDS };
enum { SIAM_ROTATE_ON, SIAM_ROTATE_COSINE, SIAM_ROTATE_SINE = SIAM_ROTATE_COSINE + 2 /* doubles */, SIAM_ROTATE_WORDS = SIAM_ROTATE_SINE + 2 };
enum { SIAM_DROP_CHANNEL /* + 1 */, SIAM_DROP_WORDS };
enum { SIAM_AUG_WORDS = 8 }; /* of one row, at most */

static inline void siam_drawn_put_float(int32_t *drawn, float x) { memcpy(drawn, &x, sizeof x); }
static inline float siam_drawn_float(const int32_t *drawn)
{
    float x;
    memcpy(&x, drawn, sizeof x);
    return x;
}
static inline void siam_drawn_put_double(int32_t *drawn, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t half[2] = {(uint32_t)bits, (uint32_t)(bits >> 32)};
    memcpy(drawn, half, sizeof half);
}
static inline double siam_drawn_double(const int32_t *drawn)
{
    const uint64_t bits = (uint32_t)drawn[0] | (uint64_t)(uint32_t)drawn[1] << 32;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Words of a view, those of the rows in their order; and where in them a row's begin (row NULL: where they end). */
int siam_augment_words(const siam_augment *row);
/* Draw all of a view of an image of im's size and channels: siam_augment_words(NULL) words. siam_augment_image makes the view of
 * the same key from the same numbers. */
void siam_augment_draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *im, int32_t *drawn);

/* For rows: what was drawn, where somebody wants to know. */
void siam_aug_drew(siam_aug_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The image in c->tmp takes the place of *im, whose buffer is the next c->tmp. */
void siam_aug_swap(siam_aug_ctx *c, siam_image *im);
/* What all rows check. */
siam_code siam_augment_check(const siam_aug_cfg *cfg, siam_err *e);
/* The names of the rows that are for 8-bit RGB alone: "jitter, gray". */
void siam_augment_colour_names(char *buf, size_t n);
/* Called after each operation that may have changed a view, with its row's name and what the view is by then. */
typedef siam_code siam_augment_seen(void *user, const char *name, const siam_image *im, siam_err *e);
/* One view of `src` as an image in `work` [cfg->size square]. src is not changed. seen: or NULL. */
siam_code siam_augment_image(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work, siam_augment_seen *seen,
                             void *user, siam_err *e);
/* The first row of a view alone, the crop brought to size, in `work`; what all rows drew for it, siam_augment_words(NULL) words. */
siam_code siam_augment_cropped(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work, int32_t *drawn, siam_err *e);
/* The other rows of such a view, in place. */
siam_code siam_augment_finish(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *work, siam_err *e);
/* All rows of a view that was drawn, of `src` in `work`: the view of siam_augment_image. */
siam_code siam_augment_make(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, const siam_image *src, siam_image *work,
                            siam_err *e);
/* One view of `src` [cfg->size square] into dst [its channels, size, size], normalised. src is not changed. */
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

/* Views of one picture, for a siam_image_use. */
typedef struct siam_crops {
    const siam_aug_cfg *cfg;
    const siam_aug_ctx *key;  /* of the views: seed, epoch and sample */
    int first, step, views;   /* which of so many: first, first + step ... */
    bool shrunk;              /* the picture may be shrunk as long as all crops still have the views' side or more */
} siam_crops;
/* What their crops need of a picture of that size. */
void siam_crops_need(void *crops, int w, int h, siam_image_need *need);

#endif
