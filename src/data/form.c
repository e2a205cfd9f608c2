/* What the images of a data set are. */
#include "data/form.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "data/image_list.h"
#include "data/joined.h"

enum { LOOKED_AT = 32 };

/* The bytes of an image's file, wherever that lies. */
static siam_code bytes_of(const siam_dataset *d, int64_t i, uint8_t **data, size_t *n, siam_err *e)
{
    char path[4096];
    if (d->type->bytes)
        return d->type->bytes(d, i, data, n, e);
    const siam_image_list *files = d->type->files(d);
    if (!siam_image_list_full_path(files, i, path, sizeof path))
        return siam_fail(e, SIAM_E_DATA, "the path of '%s' is too long", siam_image_list_path(files, i));
    return siam_image_file(path, data, n, e);
}

/* Images without files have all the same form. */
static siam_image_form form_of_set(const siam_dataset *d)
{
    const int channels = d->info.channels ? d->info.channels : SIAM_IMAGE_CHANNELS;
    return (siam_image_form){.w = d->info.width, .h = d->info.height, .channels = channels, .samples = channels, .depth = 1,
                             .colours = channels == SIAM_IMAGE_CHANNELS};
}

static bool has_files(const siam_dataset *d) { return d->type->files || d->type->bytes || d->type->form; }

siam_code siam_dataset_form_at(siam_image_form *f, const siam_dataset *d, int64_t i, siam_err *e)
{
    uint8_t *data;
    size_t n;
    d = siam_dataset_part(d, &i, NULL);
    if (!has_files(d)) {
        *f = form_of_set(d);
        return SIAM_OK;
    }
    if (d->type->form)
        return d->type->form(d, d->only ? d->only[i] : i, f, e);
    SIAM_TRY(bytes_of(d, i, &data, &n, e));
    const siam_code rc = siam_image_form_of(f, data, n, e);
    free(data);
    return rc ? siam_wrap(e, rc, "'%s'", siam_dataset_file(d, i)) : SIAM_OK;
}

static void join(siam_image_form *all, const siam_image_form *one)
{
    if (!all->channels)
        all->channels = one->channels;
    else if (all->channels != one->channels && all->channels <= SIAM_IMAGE_CHANNELS && one->channels <= SIAM_IMAGE_CHANNELS)
        all->channels = SIAM_IMAGE_CHANNELS;
    all->samples = one->samples > all->samples ? one->samples : all->samples;
    all->depth = one->depth > all->depth ? one->depth : all->depth;
    all->ranged |= one->ranged;
    all->shrinks = one->shrinks > all->shrinks ? one->shrinks : all->shrinks;
}

siam_code siam_dataset_form(siam_image_form *f, const siam_dataset *d, siam_err *e)
{
    if (siam_joined_parts(d)) {
        *f = (siam_image_form){0};
        for (int k = 0; k < siam_joined_parts(d); k++) {
            siam_image_form one;
            SIAM_TRY(siam_dataset_form(&one, siam_joined_part(d, k), e));
            if (one.channels)
                join(f, &one);
        }
        return SIAM_OK;
    }
    *f = form_of_set(d);
    f->w = f->h = 0;
    if (!has_files(d))
        return SIAM_OK;
    f->channels = f->samples = 0;
    const int64_t some = d->info.count < LOOKED_AT ? d->info.count : LOOKED_AT;
    for (int64_t k = 0; k < some; k++) {
        siam_image_form one;
        siam_err why = {0};
        if (!siam_dataset_form_at(&one, d, siam_dataset_spread(d->info.count, k, some), &why))
            join(f, &one);
        else if (why.code == SIAM_E_NOMEM)
            return siam_fail(e, why.code, "%s", why.msg);
    }
    return SIAM_OK;
}

void siam_dataset_remark_fast(siam_dataset *d, const siam_image_form *f, int size)
{
    const bool rgb8 = !d->want.channels || (d->want.channels == SIAM_IMAGE_CHANNELS && d->want.depth == 1);
    if (!f->shrinks || !rgb8)
        return;
    if (f->shrinks >= 2 * size)
        siam_dataset_remark(&d->info, "decoded fast: JPEGs at 1/2, 1/4 or 1/8 of their size where all crops still have %d px; --decode exact reads them in full",
                            size);
    else
        siam_dataset_remark(&d->info, "decoded fast, and in full: the JPEGs are too small to be shrunk for views of %d px", size);
}

/* ---- statistics ---- */

typedef struct sums {
    double sum[SIAM_IMAGE_MOST], squares[SIAM_IMAGE_MOST], pixels;
} sums;

static void add_image(sums *s, const siam_image *im)
{
    const size_t n = (size_t)im->w * (size_t)im->h, channels = (size_t)im->channels;
    const double white = siam_image_white(im);
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            const double v = siam_sample_get(im->px, i * channels + c, im->depth);
            sum += v;
            squares += v * v;
        }
        s->sum[c] += sum / white;
        s->squares[c] += squares / (white * white);
    }
    s->pixels += (double)n;
}

siam_code siam_dataset_measure(siam_norm *norm, int *images, const siam_dataset *d, siam_err *e)
{
    const int64_t some = d->info.count < SIAM_MEASURED ? d->info.count : SIAM_MEASURED;
    sums s = {{0}, {0}, 0};
    siam_image im = {0};
    siam_err why = {0};
    siam_code rc = SIAM_OK;
    *norm = (siam_norm){{0}, {0}};
    *images = 0;
    for (int64_t k = 0; k < some && (!rc || rc == SIAM_E_DATA); k++) {
        siam_err this_one = {0};
        rc = siam_dataset_read(d, siam_dataset_spread(d->info.count, k, some), &im, &this_one);
        if (!rc) {
            add_image(&s, &im);
            ++*images;
        } else if (!why.code || rc != SIAM_E_DATA) {
            why = this_one;
        }
    }
    const int channels = im.channels;
    siam_image_release(&im);
    if (!*images || (rc && rc != SIAM_E_DATA)) {
        siam_fail(e, why.code, "%s", why.msg);
        siam_hint_of(e, &why);
        return why.code;
    }
    for (int c = 0; c < SIAM_IMAGE_MOST; c++) {
        const double mean = c < channels ? s.sum[c] / s.pixels : 0, var = c < channels ? s.squares[c] / s.pixels - mean * mean : 0;
        norm->mean[c] = (float)mean;
        norm->std[c] = var > 1e-12 ? (float)sqrt(var) : 1.0f;
    }
    return SIAM_OK;
}
