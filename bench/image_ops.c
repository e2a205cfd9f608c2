/* Time of resizing and blurring images of several shapes, alternately.
 *
 *   ninja -C build/release image_ops && build/release/image_ops [ROUNDS]      default: 30
 *
 * A crop of 400 x 300 of a photograph's size to 224 x 224, and a blur of sigma 1 of that; processor time of one thread. A JSON line per
 * shape: the least of the rounds in microseconds, and how many times that of 8-bit colours it is. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "image/image.h"

enum { SHAPES = 6 };

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
            if (siam_image_crop_resize(&out, &in[i], 40, 30, 400, 300, 224, 224, &s, &e))
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
        siam_image_release(&in[i]);
    }
    siam_image_release(&out);
    siam_image_scratch_release(&s);
    return 0;
}
