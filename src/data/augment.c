/* The list of augmentations, one view through all of them, and the transform of measurement images. */
#include "data/augment.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

enum { SMALL = 64 }; /* networks up to this input side are for small images: CIFAR's 32 px, Tiny ImageNet's 64 */

#define SIAM_ROW(x, options) extern const siam_augment siam_augment_##x;
#include "data/augments.def"
#undef SIAM_ROW

const siam_augment *const siam_augments[] = {
#define SIAM_ROW(x, options) &siam_augment_##x,
#include "data/augments.def"
#undef SIAM_ROW
    NULL};

void siam_aug_ctx_release(siam_aug_ctx *c)
{
    siam_image_release(&c->tmp);
    siam_image_scratch_release(&c->scratch);
}

void siam_aug_drew(siam_aug_ctx *c, const char *fmt, ...)
{
    const size_t n = strlen(c->drawn), room = sizeof c->drawn - n;
    va_list args;
    if (!c->tell || room < 4)
        return;
    va_start(args, fmt);
    snprintf(c->drawn + n, room, n ? ", " : "");
    vsnprintf(c->drawn + strlen(c->drawn), sizeof c->drawn - strlen(c->drawn), fmt, args);
    va_end(args);
}

static void forget(siam_aug_ctx *c) { c->drawn[0] = '\0'; }

void siam_aug_swap(siam_aug_ctx *c, siam_image *im)
{
    const siam_image old = *im;
    *im = c->tmp;
    c->tmp = old;
}

siam_code siam_augment_check(const siam_aug_cfg *cfg, siam_err *e)
{
    for (int i = 0; siam_augments[i]; i++)
        if (siam_augments[i]->check)
            SIAM_TRY(siam_augments[i]->check(cfg, e));
    return SIAM_OK;
}

void siam_augment_colour_names(char *buf, size_t n)
{
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; siam_augments[i] && at < n; i++)
        if (siam_augments[i]->colours)
            at += (size_t)snprintf(buf + at, n - at, "%s%s", at ? ", " : "", siam_augments[i]->name);
}

static void draw(const siam_augment *a, const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *im, int32_t *drawn)
{
    siam_rng r = siam_rng_key(c->seed, c->epoch, c->sample, c->view, a->stream);
    memset(drawn, 0, (size_t)a->words * sizeof *drawn);
    if (!a->colours || siam_image_is_rgb8(im))
        a->draw(cfg, c, &r, im, drawn);
}

int siam_augment_words(const siam_augment *row)
{
    int n = 0;
    for (int i = 0; siam_augments[i] && siam_augments[i] != row; i++)
        n += siam_augments[i]->words;
    return n;
}

void siam_augment_draw(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *im, int32_t *drawn)
{
    for (int i = 0; siam_augments[i]; drawn += siam_augments[i++]->words)
        draw(siam_augments[i], cfg, c, im, drawn);
}

static siam_code copy(siam_image *dst, const siam_image *src, siam_err *e)
{
    SIAM_TRY(siam_image_shape_buffer(dst, src->w, src->h, src->channels, src->depth, e));
    memcpy(dst->px, src->px, siam_image_bytes(src));
    return SIAM_OK;
}

/* Run an operation that makes a new image straight on src, without a copy of it first. The operation swaps
 * its result out of c->tmp; here it goes to `work`, whose old buffer is the next c->tmp. */
static siam_code apply_to_source(const siam_augment *a, const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn,
                                 const siam_image *src, siam_image *work, siam_err *e)
{
    siam_image im = *src;
    SIAM_TRY(a->apply(cfg, c, drawn, &im, e));
    SIAM_ASSERT(c->tmp.px == src->px);
    c->tmp = *work;
    *work = im;
    return SIAM_OK;
}

siam_code siam_augment_image(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work, siam_augment_seen *seen,
                             void *user, siam_err *e)
{
    const siam_augment *const *a = siam_augments;
    int32_t drawn[SIAM_AUG_WORDS];
    forget(c);
    if (!(*a)->replaces)
        SIAM_TRY(copy(work, src, e));
    for (; *a; a++) {
        const bool first = a == siam_augments && (*a)->replaces;
        SIAM_ASSERT((*a)->words <= SIAM_AUG_WORDS);
        draw(*a, cfg, c, first ? src : work, drawn);
        if (first)
            SIAM_TRY(apply_to_source(*a, cfg, c, drawn, src, work, e));
        else
            SIAM_TRY((*a)->apply(cfg, c, drawn, work, e));
        if (seen)
            SIAM_TRY(seen(user, (*a)->name, work, e));
    }
    SIAM_ASSERT(work->w == cfg->size && work->h == cfg->size);
    return SIAM_OK;
}

siam_code siam_augment_cropped(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work, int32_t *drawn, siam_err *e)
{
    SIAM_ASSERT(siam_augments[0]->replaces); /* it is the crop's row */
    forget(c);
    siam_augment_draw(cfg, c, src, drawn);
    return apply_to_source(siam_augments[0], cfg, c, drawn, src, work, e);
}

siam_code siam_augment_finish(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, siam_image *work, siam_err *e)
{
    for (int i = 0; siam_augments[i]; drawn += siam_augments[i++]->words)
        if (i)
            SIAM_TRY(siam_augments[i]->apply(cfg, c, drawn, work, e));
    return SIAM_OK;
}

siam_code siam_augment_make(const siam_aug_cfg *cfg, siam_aug_ctx *c, const int32_t *drawn, const siam_image *src, siam_image *work,
                            siam_err *e)
{
    SIAM_TRY(apply_to_source(siam_augments[0], cfg, c, drawn, src, work, e));
    return siam_augment_finish(cfg, c, drawn, work, e);
}

siam_code siam_augment_view(const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, siam_image *work,
                            const siam_norm *norm, float *dst, siam_err *e)
{
    SIAM_TRY(siam_augment_image(cfg, c, src, work, NULL, NULL, e));
    siam_image_normalise(dst, work, norm);
    return SIAM_OK;
}

/* torchvision CenterCrop: its corner is Python's round of the half difference, halves to even. */
static int centre(int side, int size) { return (int)rint((side - size) / 2.0); }

siam_code siam_test_view(int size, const siam_image *src, siam_image *work, siam_image_scratch *s,
                         const siam_norm *norm, float *dst, siam_err *e)
{
    const int side = src->w < src->h ? src->w : src->h;
    const bool margin = size > SMALL || side > size;
    if (!margin && src->w == size && src->h == size) {
        siam_image_normalise(dst, src, norm);
        return SIAM_OK;
    }
    /* torchvision Resize(int): the short side, the long one truncated */
    const int64_t to = margin ? (int64_t)size * 256 / 224 : size;
    const int w = (int)(src->w <= src->h ? to : to * src->w / src->h);
    const int h = (int)(src->w <= src->h ? to * src->h / src->w : to);
    SIAM_TRY(siam_image_resize_crop(work, src, w, h, centre(w, size), centre(h, size), size, size, s, e));
    siam_image_normalise(dst, work, norm);
    return SIAM_OK;
}
