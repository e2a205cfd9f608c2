/* What a pretraining's images are read as: photographs as RGB of 8 bits, others with the channels and the depth that they have. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "data/form.h"
#include "model/norm.h"
#include "train/simsiam_private.h"

enum { DEPTH_AUTO, DEPTH_8, DEPTH_16 }; /* data.depth */

/* The configuration says what was chosen, so that a resumed run need not look again. Whoever asks for three channels means those
 * of colours. */
static void choose(siam_config *c, const siam_image_form *f)
{
    const bool photographs = f->depth == 1 && (f->channels == 1 || f->channels == SIAM_IMAGE_CHANNELS);
    const bool colours = c->model_in_channels == SIAM_IMAGE_CHANNELS;
    if (!c->model_in_channels)
        c->model_in_channels = photographs ? SIAM_IMAGE_CHANNELS : f->channels;
    if (c->data_depth == DEPTH_AUTO)
        c->data_depth = f->depth == 2 && !colours ? DEPTH_16 : DEPTH_8;
}

/* Whether images of that form can be read with so many channels. */
static siam_code check_channels(const siam_config *c, const siam_image_form *f, siam_err *e)
{
    const int n = c->model_in_channels;
    const bool colours = f->channels == 1 || f->channels == SIAM_IMAGE_CHANNELS;
    if (n > SIAM_IMAGE_MOST)
        return siam_fail(e, SIAM_E_CONFIG, "the images of '%s' have %d channels; up to %d are read: write files of those that are wanted",
                         c->data_path, n, SIAM_IMAGE_MOST);
    if (n == f->channels || n == f->samples || n == SIAM_IMAGE_CHANNELS || (colours && n == 1))
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG, "model.in_channels is %d, but the images of '%s' have %d channel%s", n, c->data_path, f->channels,
              f->channels == 1 ? "" : "s");
    siam_hint(e, "--in_channels %d, or auto", f->channels);
    return SIAM_E_CONFIG;
}

static void set_list(siam_list *l, const float *v, int n)
{
    l->n = n;
    for (int i = 0; i < n; i++)
        l->v[i] = (double)v[i];
}

/* Mean and deviation that are given for as many channels, or one for all of them, hold; those of colours are measured anew. */
static siam_code choose_norm(simsiam_job *j, siam_config *c, siam_err *e)
{
    siam_norm norm;
    int images;
    const int channels = c->model_in_channels;
    const bool fits = (c->data_mean.n == 1 || c->data_mean.n == channels) && (c->data_std.n == 1 || c->data_std.n == channels);
    if (fits || channels == SIAM_IMAGE_CHANNELS || c->data_mean.n != SIAM_IMAGE_CHANNELS || c->data_std.n != SIAM_IMAGE_CHANNELS)
        return siam_config_check_norm(c, channels, e);
    SIAM_TRY(siam_dataset_measure(&norm, &images, j->loop->train, e));
    set_list(&c->data_mean, norm.mean, channels);
    set_list(&c->data_std, norm.std, channels);
    siam_dataset_remark(&j->loop->train->info, "their mean and deviation are measured on %d of them; --mean and --std say others", images);
    return SIAM_OK;
}

static siam_code check_bands(const siam_config *c, siam_err *e)
{
    int names = c->data_bands[0] != '\0';
    for (const char *p = c->data_bands; *p; p++)
        names += *p == ',';
    if (!names || names == c->model_in_channels)
        return SIAM_OK;
    siam_fail(e, SIAM_E_CONFIG, "data.bands has %d names, and there are %d channels", names, c->model_in_channels);
    siam_hint(e, "--bands with a name for each channel, as in red,green,blue");
    return SIAM_E_CONFIG;
}

/* Channels and depth in words: "4 channels of 16 bits". */
static const char *words(char buf[64], int channels, int depth)
{
    snprintf(buf, 64, "%d channel%s of %d bits", channels, channels == 1 ? "" : "s", 8 * depth);
    return buf;
}

static void tell(simsiam_job *j, const siam_image_form *f)
{
    char have[64], off[64];
    siam_dataset_info *info = &j->loop->train->info;
    const bool rgb8 = j->want.channels == SIAM_IMAGE_CHANNELS && j->want.depth == 1;
    words(have, f->channels, f->depth);
    siam_augment_colour_names(off, sizeof off);
    if (!rgb8)
        siam_dataset_remark(info, "%s, read as they are; off, as they are for colours of 8 bits: %s",
                            words(have, j->want.channels, j->want.depth), off);
    else if (f->depth == 2 || (f->channels != 1 && f->channels != SIAM_IMAGE_CHANNELS))
        siam_dataset_remark(info, "%s, read as RGB of 8 bits; --in_channels auto reads them as they are", have);
}

siam_code siam_simsiam_inputs(simsiam_job *j, siam_err *e)
{
    siam_config *c = &j->loop->cfg;
    siam_image_form f;
    SIAM_TRY(siam_dataset_form(&f, j->loop->train, e));
    if (!f.channels) /* training will say what is wrong with them */
        f.channels = f.samples = SIAM_IMAGE_CHANNELS;
    choose(c, &f);
    SIAM_TRY(check_channels(c, &f, e));
    j->want = (siam_image_want){c->model_in_channels, c->data_depth == DEPTH_16 ? 2 : 1, 0, 0};
    if (c->data_range.n == 2) {
        j->want.low = (double)(float)c->data_range.v[0]; /* as precisely as the model's file says it */
        j->want.high = (double)(float)c->data_range.v[1];
    }
    siam_dataset_read_as(j->loop->train, c->data_exif == SIAM_EXIF_APPLY, &j->want);
    tell(j, &f);
    if (c->data_decode == SIAM_DECODE_FAST)
        siam_dataset_remark_fast(j->loop->train, &f, c->data_size);
    SIAM_TRY(check_bands(c, e));
    return choose_norm(j, c, e);
}
