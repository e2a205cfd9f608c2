/* Views made by a device beside the host's own, of images that are made for it or read from a folder. */
#ifndef SIAM_TESTS_VIEWS_LAB_H
#define SIAM_TESTS_VIEWS_LAB_H

#include "engine/pjrt/plugin.h"
#include "views/views.h"

/* A few photographs, or none. */
typedef struct photos {
    siam_image *image;
    int n;
} photos;
siam_code photos_read(photos *p, const char *folder, int most, siam_err *e); /* of any sizes; what is no image is left out */
void photos_release(photos *p);

/* An image of one of a few kinds, whichever `number` falls on: noise, few shades, gradients, nearly grey, one colour, pure colours; or a
 * photograph, cut to that size. */
siam_code lab_image(siam_image *im, const photos *p, uint64_t number, int w, int h, int channels, siam_err *e);

typedef struct lab {
    siam_pjrt *device;
    const photos *photos;
    siam_aug_cfg cfg;
    siam_views_form form;
    bool every_colour; /* image k holds the colours from k * size * size on, and no other images are tried */
    siam_hlo_program *hlo;
    siam_pjrt_program *compiled;
    siam_aug_ctx ctx;
    siam_image *source; /* of each view, or the set */
    siam_image work;
    siam_norm norm;
    uint8_t *set, *crops, *want_pixels, *got_pixels;
    int32_t *index, *crop, *drawn;
    float *want, *got, *levels;
} lab;

/* All up to every_colour is set. */
siam_code lab_open(lab *x, siam_err *e);
void lab_close(lab *x); /* after a failure of lab_open, too */
/* form.views views of samples `first` and on: SIAM_E_NUMERIC and where they differ, or SIAM_OK. */
siam_code lab_run(lab *x, uint64_t first, siam_err *e);

#endif
