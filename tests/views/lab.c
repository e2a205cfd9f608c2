/* Views made by a device beside the host's own. */
#include "lab.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "image/codec.h"

/* ---- images ---- */

siam_code photos_read(photos *p, const char *folder, int most, siam_err *e)
{
    struct dirent **entry;
    const int n = scandir(folder, &entry, NULL, alphasort);
    *p = (photos){.image = calloc((size_t)most, sizeof *p->image)};
    if (n < 0 || !p->image)
        return siam_fail(e, SIAM_E_NOTFOUND, "%s cannot be read", folder);
    for (int i = 0; i < n; i++) {
        char path[4096];
        uint8_t *bytes = NULL;
        size_t size;
        siam_err why;
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (p->n < most && siam_image_is_name(path) && !siam_image_file(path, &bytes, &size, &why))
            p->n += !siam_image_decode(&p->image[p->n], bytes, size, &why);
        free(bytes);
        free(entry[i]);
    }
    free(entry);
    return SIAM_OK;
}

void photos_release(photos *p)
{
    for (int i = 0; i < p->n; i++)
        siam_image_release(&p->image[i]);
    free(p->image);
    *p = (photos){0};
}

enum { NOISE, SHADES, GRADIENT, NEARLY_GREY, ONE, PURE, KINDS };

static uint8_t sample(int kind, siam_rng *r, const uint8_t *px, const int *slope, int x, int y, int c)
{
    static const uint8_t shade[] = {0, 1, 127, 128, 254, 255};
    switch (kind) {
    case NOISE: return (uint8_t)siam_rng_below(r, 256);
    case SHADES: return shade[siam_rng_below(r, sizeof shade)];
    case GRADIENT: return (uint8_t)((x * slope[c] + y * slope[c + 1]) / 64 + (int)siam_rng_below(r, 4));
    case NEARLY_GREY: return c ? (uint8_t)(px[-c] + (int)siam_rng_below(r, 2)) : (uint8_t)siam_rng_below(r, 256);
    case ONE: return (uint8_t)slope[c];
    default: return siam_rng_below(r, 2) ? (uint8_t)siam_rng_below(r, 256) : (uint8_t)(255 * siam_rng_below(r, 2));
    }
}

/* A random square of a photograph. */
static siam_code cut(siam_image *im, const siam_image *photo, siam_rng *r, siam_err *e)
{
    siam_image_scratch scratch = {0};
    const int side = photo->w < photo->h ? photo->w : photo->h, part = side - (int)siam_rng_below(r, (uint32_t)side / 2 + 1);
    const int x = (int)siam_rng_below(r, (uint32_t)(photo->w - part) + 1), y = (int)siam_rng_below(r, (uint32_t)(photo->h - part) + 1);
    const siam_code rc = siam_image_crop_resize(im, photo, x, y, part, part, im->w, im->h, &scratch, e);
    siam_image_scratch_release(&scratch);
    return rc;
}

siam_code lab_image(siam_image *im, const photos *p, uint64_t number, int w, int h, int channels, siam_err *e)
{
    siam_rng r = siam_rng_key(3, number, 0, 0, SIAM_RNG_TEST);
    const int kind = (int)siam_rng_below(&r, KINDS);
    const bool photo = channels == SIAM_IMAGE_CHANNELS && p->n && siam_rng_below(&r, 3);
    int slope[SIAM_IMAGE_MOST + 1];
    for (int i = 0; i <= SIAM_IMAGE_MOST; i++)
        slope[i] = (int)siam_rng_below(&r, 256);
    SIAM_TRY(siam_image_shape_buffer(im, w, h, channels, 1, e));
    if (photo)
        return cut(im, &p->image[siam_rng_below(&r, (uint32_t)p->n)], &r, e);
    for (int y = 0, i = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < channels; c++, i++)
                im->px[i] = sample(kind, &r, im->px + i, slope, x, y, c);
    return SIAM_OK;
}

static siam_code colours(siam_image *im, uint64_t number, int size, siam_err *e)
{
    const uint64_t n = (uint64_t)size * (uint64_t)size;
    SIAM_TRY(siam_image_resize_buffer(im, size, size, e));
    for (uint64_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            im->px[3 * i + (uint64_t)c] = (uint8_t)((number * n + i) >> 8 * c);
    return SIAM_OK;
}

/* ---- memory ---- */

static size_t area(const lab *x) { return (size_t)x->cfg.size * (size_t)x->cfg.size * (size_t)x->form.channels; }
static size_t whole(const lab *x) { return (size_t)x->form.width * (size_t)x->form.height * (size_t)x->form.channels; }
static size_t each_crop(const lab *x) { return 2 * (size_t)x->cfg.size * (size_t)(1 + siam_views_taps(&x->cfg, &x->form)); }
static size_t images_of(const lab *x) { return (size_t)(x->form.images ? x->form.images : x->form.views); }

static siam_code take_memory(lab *x, siam_err *e)
{
    const size_t n = (size_t)x->form.views;
    x->source = calloc(images_of(x), sizeof *x->source);
    x->set = calloc(images_of(x), whole(x) + 1);
    x->crops = calloc(n, area(x));
    x->want_pixels = calloc(n, area(x));
    x->got_pixels = calloc(n, area(x));
    x->want = calloc(n, area(x) * sizeof(float));
    x->got = calloc(n, area(x) * sizeof(float));
    x->index = calloc(n, sizeof *x->index);
    x->crop = x->form.images ? calloc(n, each_crop(x) * sizeof *x->crop) : NULL;
    x->drawn = calloc(n, (size_t)siam_augment_words(NULL) * sizeof *x->drawn);
    x->levels = calloc((size_t)x->form.channels, 256 * sizeof *x->levels);
    const bool enough = x->source && x->set && x->crops && x->want_pixels && x->got_pixels && x->want && x->got && x->index && x->drawn &&
                        x->levels && (x->crop || !x->form.images);
    return enough ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for views");
}

siam_code lab_open(lab *x, siam_err *e)
{
    for (int c = 0; c < x->form.channels; c++) {
        x->norm.mean[c] = 0.4f + 0.03f * (float)c;
        x->norm.std[c] = 0.2f + 0.01f * (float)c;
    }
    SIAM_TRY(take_memory(x, e));
    siam_views_levels(x->levels, x->form.channels, &x->norm);
    for (int64_t i = 0; i < x->form.images; i++) {
        SIAM_TRY(lab_image(&x->source[i], x->photos, (uint64_t)i, x->form.width, x->form.height, x->form.channels, e));
        memcpy(x->set + (size_t)i * whole(x), x->source[i].px, whole(x));
    }
    SIAM_TRY(siam_views_program(&x->hlo, &x->cfg, &x->form, e));
    return siam_pjrt_compile(&x->compiled, x->device, x->hlo->text, x->hlo->size, e);
}

void lab_close(lab *x)
{
    void *const list[] = {x->set, x->crops, x->want_pixels, x->got_pixels, x->want, x->got, x->index, x->crop, x->drawn, x->levels};
    for (size_t i = 0; x->source && i < images_of(x); i++)
        siam_image_release(&x->source[i]);
    free(x->source);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        free(list[i]);
    siam_image_release(&x->work);
    siam_aug_ctx_release(&x->ctx);
    siam_pjrt_program_destroy(x->device, &x->compiled);
    siam_hlo_program_destroy(&x->hlo);
}

/* ---- a batch ---- */

/* The host's view, and what the device is given to make the same. */
static siam_code prepare(lab *x, int v, uint64_t number, siam_err *e)
{
    siam_rng r = siam_rng_key(4, number, 0, 0, SIAM_RNG_TEST);
    const siam_views_form *f = &x->form;
    int32_t *drawn = x->drawn + v * siam_augment_words(NULL);
    siam_image *src = &x->source[v];
    if (f->images) {
        x->index[v] = (int32_t)siam_rng_below(&r, (uint32_t)f->images);
        src = &x->source[x->index[v]];
    } else if (x->every_colour) {
        SIAM_TRY(colours(src, number, x->cfg.size, e));
    } else {
        const int least = x->cfg.size / 2 + 1, w = least + (int)siam_rng_below(&r, (uint32_t)x->cfg.size);
        SIAM_TRY(lab_image(src, x->photos, number, w, least + (int)siam_rng_below(&r, (uint32_t)x->cfg.size), f->channels, e));
    }
    x->ctx.seed = 5;
    x->ctx.sample = number;
    if (f->images) {
        siam_augment_draw(&x->cfg, &x->ctx, src, drawn);
        siam_views_crop(x->crop + (size_t)v * each_crop(x), &x->cfg, f, drawn);
    } else {
        SIAM_TRY(siam_augment_cropped(&x->cfg, &x->ctx, src, &x->work, drawn, e));
        memcpy(x->crops + (size_t)v * area(x), x->work.px, area(x));
    }
    SIAM_TRY(siam_augment_view(&x->cfg, &x->ctx, src, &x->work, &x->norm, x->want + (size_t)v * area(x), e));
    memcpy(x->want_pixels + (size_t)v * area(x), x->work.px, area(x));
    return SIAM_OK;
}

static const void *argument(const lab *x, siam_hlo_role role)
{
    static const uint32_t zero = 0;
    switch (role) {
    case SIAM_HLO_PIXELS: return x->form.images ? x->set : x->crops;
    case SIAM_HLO_DRAWN: return x->drawn;
    case SIAM_HLO_INDEX: return x->index;
    case SIAM_HLO_CROP: return x->crop;
    case SIAM_HLO_LEVELS: return x->levels;
    case SIAM_HLO_ZERO: return &zero;
    default: return NULL;
    }
}

static siam_code run_device(lab *x, siam_err *e)
{
    enum { PORTS = 8 };
    siam_pjrt_buffer *in[PORTS] = {NULL}, *out = NULL;
    siam_code rc = SIAM_OK;
    const siam_hlo_program *p = x->hlo;
    SIAM_ASSERT(p->nin <= PORTS && p->nout == 1);
    for (int i = 0; !rc && i < p->nin; i++)
        rc = siam_pjrt_put_as(&in[i], x->device, p->in[i].val.elem, argument(x, p->in[i].role), 0, &p->in[i].desc, e);
    if (!rc)
        rc = siam_pjrt_run(x->device, x->compiled, in, p->nin, &out, 1, e);
    void *to = x->form.pixels ? (void *)x->got_pixels : x->got;
    if (!rc)
        rc = siam_pjrt_get_as(x->device, out, 0, p->out[0].val.elem, to, (size_t)siam_desc_count(&p->out[0].desc), e);
    siam_pjrt_drop(x->device, &out);
    for (int i = 0; i < PORTS; i++)
        siam_pjrt_drop(x->device, &in[i]);
    return rc;
}

static bool is_wrong(const lab *x, size_t i)
{
    return x->form.pixels ? x->got_pixels[i] != x->want_pixels[i] : memcmp(&x->got[i], &x->want[i], sizeof *x->got) != 0;
}

/* Where the first difference is, and what was drawn there. */
static siam_code differs(const lab *x, uint64_t first, siam_err *e)
{
    const size_t n = (size_t)x->form.views * area(x), words = (size_t)siam_augment_words(NULL);
    char drawn[512] = "";
    size_t i = n, wrong = 0, at = 0;
    for (size_t k = n; k-- > 0;)
        if (is_wrong(x, k)) {
            i = k;
            wrong++;
        }
    const size_t v = i / area(x), inside = i % area(x);
    for (size_t k = 0; k < words; k++)
        at += (size_t)snprintf(drawn + at, sizeof drawn - at, " %d", x->drawn[v * words + k]);
    const double got = x->form.pixels ? x->got_pixels[i] : (double)x->got[i], want = x->form.pixels ? x->want_pixels[i] : (double)x->want[i];
    return siam_fail(e, SIAM_E_NUMERIC, "%zu of %zu samples differ; the first is sample %zu of view %zu (image %llu): %.9g, not %.9g; drawn%s",
                     wrong, n, inside, v, (unsigned long long)first + v, got, want, drawn);
}

siam_code lab_run(lab *x, uint64_t first, siam_err *e)
{
    for (int v = 0; v < x->form.views; v++)
        SIAM_TRY(prepare(x, v, first + (uint64_t)v, e));
    SIAM_TRY(run_device(x, e));
    for (size_t i = 0; i < (size_t)x->form.views * area(x); i++)
        if (is_wrong(x, i))
            return differs(x, first, e);
    return SIAM_OK;
}
