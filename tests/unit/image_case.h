/* What the tests of images share: the CRC of the golden files, noise images, finding them. */
#ifndef SIAM_TEST_IMAGE_CASE_H
#define SIAM_TEST_IMAGE_CASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "image/image.h"

/* CRC-32 as zlib has it. */
static inline uint32_t crc_of(const uint8_t *p, size_t n)
{
    uint32_t c = 0xffffffffu;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xedb88320u & (0u - (c & 1)));
    }
    return ~c;
}

static inline uint32_t image_crc(const siam_image *im)
{
    return crc_of(im->px, (size_t)im->w * (size_t)im->h * 3);
}

/* An image of LCG bytes: s = s * 1664525 + 1013904223, byte = s >> 24 after the update. */
static inline siam_image noise_image(int w, int h, uint32_t s)
{
    siam_image im = {0};
    siam_err e = {0};
    assert_int_equal(siam_image_resize_buffer(&im, w, h, &e), SIAM_OK);
    for (size_t i = 0; i < (size_t)w * (size_t)h * 3; i++) {
        s = s * 1664525u + 1013904223u;
        im.px[i] = (uint8_t)(s >> 24);
    }
    return im;
}

static inline void fill_rect(siam_image *im, int x0, int x1, int y0, int y1, uint8_t r, uint8_t g, uint8_t b)
{
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            uint8_t *p = im->px + ((size_t)y * (size_t)im->w + (size_t)x) * 3;
            p[0] = r;
            p[1] = g;
            p[2] = b;
        }
}

/* A golden file: from $SIMSIAM_TEST_GOLDEN, else tests/golden of $SIMSIAM_SOURCE. Skips the test without
 * either. */
static inline json_t *golden(const char *name)
{
    const char *dir = getenv("SIMSIAM_TEST_GOLDEN"), *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    json_t *j = NULL;
    siam_err e = {0};
    if (dir) {
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (!siam_json_read(&j, path, 1 << 20, &e))
            return j;
    }
    if (!source)
        skip();
    e = (siam_err){0};
    snprintf(path, sizeof path, "%s/tests/golden/%s", source, name);
    if (siam_json_read(&j, path, 1 << 20, &e))
        fail_msg("%s", e.msg);
    return j;
}

static inline json_int_t golden_int(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    assert_true(json_is_integer(v));
    return json_integer_value(v);
}

/* The twelve bytes the file records from `offset` on, so that a failure shows more than a wrong CRC. */
static inline void check_bytes(const char *what, const json_t *list, const uint8_t *p)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_integer_value(json_array_get(list, i)) != p[i])
            fail_msg("%s: recorded byte %zu is %d, expected %d", what, i, p[i],
                     (int)json_integer_value(json_array_get(list, i)));
}

#endif
