/* Time of resizing and blurring images of several shapes, alternately, and of each operation on the colours of 8-bit RGB.
 *
 *   ninja -C build/release image_ops && build/release/image_ops [ROUNDS]      default: 30
 *
 * A crop of 400 x 300 of a photograph's size to 224 x 224, and a blur of sigma 1 of that; processor time of one thread. A JSON line per
 * shape: the least of the rounds in microseconds, and how many times that of 8-bit colours it is. Then a line with those of a view of
 * 224 x 224. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "image/image.h"

enum { SHAPES = 6, SIDE = 224 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void keep_least(double *least, double since)
{
    const double took = seconds() - since;
    *least = *least > 0 && *least < took ? *least : took;
}

static void brightness(siam_image *im) { siam_image_brightness(im, 1.1f); }
static void contrast(siam_image *im) { siam_image_contrast(im, 0.9f); }
static void saturation(siam_image *im) { siam_image_saturation(im, 1.1f); }
static void hue(siam_image *im) { siam_image_hue_by(im, 7); }
static void normalise(siam_image *im)
{
    static float view[3 * SIDE * SIDE];
    siam_image_normalise(view, im, &(siam_norm){{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}});
}

/* On a view as colourful as the picture it is made of, each time: grey does not stay grey. */
static siam_code time_colours(const siam_image *in, int rounds, siam_image_scratch *s, siam_err *e)
{
    static const struct {
        const char *name;
        void (*run)(siam_image *im);
    } op[] = {{"brightness", brightness}, {"contrast", contrast},         {"saturation", saturation}, {"hue", hue},
              {"flip", siam_image_hflip}, {"grey", siam_image_grayscale}, {"normalise", normalise}};
    enum { OPS = sizeof op / sizeof op[0] };
    double least[OPS] = {0};
    siam_image out = {0};
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < OPS; i++) {
            SIAM_TRY(siam_image_crop_resize(&out, in, 40, 30, 400, 300, SIDE, SIDE, s, e));
            const double since = seconds();
            op[i].run(&out);
            keep_least(&least[i], since);
        }
    for (int i = 0; i < OPS; i++)
        printf("%s\"%s_us\": %.1f", i ? ", " : "{", op[i].name, 1e6 * least[i]);
    puts("}");
    siam_image_release(&out);
    return SIAM_OK;
}

int main(int argc, char **argv)
{
    static const int shape[SHAPES][2] = {{3, 1}, {3, 2}, {1, 1}, {1, 2}, {4, 1}, {4, 2}}; /* channels, bytes */
    const int rounds = argc > 1 ? atoi(argv[1]) : 30;
    siam_image in[SHAPES] = {{0}}, out = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    double resize[SHAPES] = {0}, blur[SHAPES] = {0};
    for (int i = 0; i < SHAPES; i++) {
        if (siam_image_shape_buffer(&in[i], 500, 375, shape[i][0], shape[i][1], &e))
            return 1;
        for (size_t k = 0; k < siam_image_bytes(&in[i]); k++)
            in[i].px[k] = (uint8_t)(k * 2654435761u >> 13);
    }
    for (int r = 0; r < rounds; r++)
        for (int i = 0; i < SHAPES; i++) {
            double since = seconds();
            if (siam_image_crop_resize(&out, &in[i], 40, 30, 400, 300, SIDE, SIDE, &s, &e))
                return 1;
            keep_least(&resize[i], since);
            since = seconds();
            if (siam_image_gaussian_blur(&out, 1.0f, &s, &e))
                return 1;
            keep_least(&blur[i], since);
        }
    for (int i = 0; i < SHAPES; i++) {
        printf("{\"channels\": %d, \"bits\": %d, \"resize_us\": %.0f, \"ratio\": %.2f, \"blur_us\": %.0f, \"blur_ratio\": %.2f}\n", shape[i][0],
               8 * shape[i][1], 1e6 * resize[i], resize[i] / resize[0], 1e6 * blur[i], blur[i] / blur[0]);
    }
    if (time_colours(&in[0], rounds, &s, &e))
        return 1;
    for (int i = 0; i < SHAPES; i++)
        siam_image_release(&in[i]);
    siam_image_release(&out);
    siam_image_scratch_release(&s);
    return 0;
}
