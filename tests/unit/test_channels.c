/* Images of other channels and of 16 bits: samples as they are in files, operations against those of 8-bit RGB and against
 * Pillow's, and what a data set's images are. */
#include "image_case.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "data/augment.h"
#include "data/form.h"
#include "image/codec.h"
#include "image/doubles.h"
#include "../hints/hint.h"

static char *source_path(char path[4096], const char *name)
{
    const char *source = getenv("SIMSIAM_SOURCE");
    if (!source)
        skip();
    snprintf(path, 4096, "%s/tests/data/codec/%s", source ? source : "/nonexistent", name);
    return path;
}

static void load(uint8_t **data, size_t *n, const char *name)
{
    char path[4096];
    siam_err e = {0};
    if (siam_image_file(source_path(path, name), data, n, &e))
        fail_msg("%s", e.msg);
}

/* ---- files ---- */

static void samples(void **state)
{
    (void)state;
    json_t *all = golden("samples.json");
    siam_image im = {0};
    assert_true(json_array_size(all) > 15);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *o = json_array_get(all, i), *range = json_object_get(o, "range");
        const char *name = json_string_value(json_object_get(o, "file"));
        siam_image_want want = {(int)golden_int(o, "channels"), (int)golden_int(o, "depth"), 0, 0};
        siam_image_form f;
        siam_err e = {0};
        uint8_t *data;
        size_t n;
        load(&data, &n, name);
        assert_int_equal(siam_image_form_of(&f, data, n, &e), SIAM_OK);
        if (f.channels != want.channels || f.depth != want.depth || f.ranged != (range != NULL))
            fail_msg("%s has %d channels of %d bytes", name, f.channels, f.depth);
        if (range) { /* not before it is said what is black and white */
            assert_int_equal(siam_image_decode_as(&im, &want, data, n, &e), SIAM_E_DATA);
            assert_hint(&e, "--range 0,1, or the values that are black and white");
            want.low = json_number_value(json_array_get(range, 0));
            want.high = json_number_value(json_array_get(range, 1));
            e = (siam_err){0};
        }
        if (siam_image_decode_as(&im, &want, data, n, &e))
            fail_msg("%s: %s", name, e.msg);
        assert_int_equal(im.channels, want.channels);
        if (crc_of(im.px, siam_image_bytes(&im)) != golden_int(o, "crc"))
            fail_msg("%s: other samples", name);
        /* the other depth says the same, as far as it can */
        siam_image other = {0};
        siam_image_want as = want;
        as.depth = 3 - want.depth;
        assert_int_equal(siam_image_decode_as(&other, &as, data, n, &e), SIAM_OK);
        for (size_t k = 0; k < (size_t)im.w * (size_t)im.h * (size_t)im.channels; k++) {
            const uint16_t *wide = (const uint16_t *)(const void *)(im.depth == 2 ? im.px : other.px);
            const uint8_t narrow = (im.depth == 2 ? other.px : im.px)[k];
            assert_int_equal(wide[k] >> 8, narrow);
        }
        siam_image_release(&other);
        free(data);
    }
    siam_image_release(&im);
    json_decref(all);
}

/* Colours and grey become each other; other numbers of channels do not. */
static void numbers_of_channels(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int channels, depth;
        bool ok;
    } rows[] = {{"rgb8.png", 1, 1, true},   {"rgb8.png", 1, 2, true},    {"rgb8.png", 3, 2, true},    {"rgb8.png", 4, 1, false},
                {"grey8.png", 3, 2, true},  {"grey16.png", 3, 2, true},  {"grey16.png", 1, 1, true},  {"grey16.png", 2, 2, false},
                {"rgba16.png", 3, 2, true}, {"rgba16.png", 4, 2, true},  {"rgba16.png", 1, 2, true},  {"rgba16.png", 5, 2, false},
                {"la8.png", 2, 1, true},    {"la8.png", 1, 1, true},     {"palette8.png", 1, 2, true}, {"rgb_420.jpg", 1, 1, true},
                {"grey.jpg", 1, 2, true},   {"rgb.bmp", 3, 2, true},     {"lossy.webp", 1, 1, true},  {"plain.gif", 3, 2, true},
                {"bits.pbm", 1, 1, true},   {"cmyk.tif", 3, 2, true},    {"palette.tif", 1, 1, true}, {"grey4.tif", 1, 1, true},
                {"planes.tif", 3, 2, true}, {"bands13_16.tif", 12, 2, false}, {"bands2_16.tif", 3, 2, false},
                {"rgba16.tif", 4, 2, true}, {"rgb_and_nir.tif", 4, 1, true}, {"rgb_and_nir.tif", 3, 2, false}};
    siam_image im = {0}, rgb = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_image_want want = {rows[i].channels, rows[i].depth, 0, 0};
        siam_err e = {0};
        uint8_t *data;
        size_t n;
        load(&data, &n, rows[i].name);
        const siam_code rc = siam_image_decode_as(&im, &want, data, n, &e);
        if (rc != (rows[i].ok ? SIAM_OK : SIAM_E_DATA))
            fail_msg("%s as %d channels: %s", rows[i].name, rows[i].channels, e.msg);
        if (!rc) {
            assert_int_equal(im.channels, rows[i].channels);
            assert_int_equal(im.depth, rows[i].depth);
        } else {
            assert_non_null(strstr(e.msg, "and the model takes"));
        }
        /* a grey picture of a coloured one is its luma */
        if (!rc && rows[i].channels == 1 && rows[i].depth == 1 && !siam_image_decode(&rgb, data, n, NULL)) {
            uint8_t *luma = malloc((size_t)rgb.w * (size_t)rgb.h);
            siam_image_luma(luma, &rgb);
            assert_memory_equal(luma, im.px, (size_t)rgb.w * (size_t)rgb.h);
            free(luma);
        }
        free(data);
    }
    /* which three of many are colours is not said */
    uint8_t *data;
    size_t n;
    siam_err e = {0};
    load(&data, &n, "bands13_16.tif");
    assert_int_equal(siam_image_decode(&im, data, n, &e), SIAM_E_DATA);
    assert_hint(&e, "--in_channels %d, or auto");
    assert_non_null(strstr(e.hint, "--in_channels 13"));
    free(data);
    siam_image_release(&im);
    siam_image_release(&rgb);
}

/* ---- operations ---- */

static unsigned at(const siam_image *im, int x, int y, int c)
{
    const size_t i = ((size_t)y * (size_t)im->w + (size_t)x) * (size_t)im->channels + (size_t)c;
    return im->depth == 2 ? ((const uint16_t *)(const void *)im->px)[i] : im->px[i];
}

/* An image of so many channels, each one of the colours of rgb. */
static siam_image of_colours(const siam_image *rgb, int channels, int depth)
{
    siam_image im = {0};
    assert_int_equal(siam_image_shape_buffer(&im, rgb->w, rgb->h, channels, depth, NULL), SIAM_OK);
    for (size_t i = 0; i < (size_t)rgb->w * (size_t)rgb->h; i++)
        for (int c = 0; c < channels; c++) {
            const uint8_t v = rgb->px[3 * i + (size_t)(c * 2 % 3)];
            const size_t k = i * (size_t)channels + (size_t)c;
            if (depth == 2)
                ((uint16_t *)(void *)im.px)[k] = (uint16_t)(v * 257);
            else
                im.px[k] = v;
        }
    return im;
}

typedef siam_code operation(siam_image *im, siam_image_scratch *s);

static siam_code swap(siam_image *im, siam_image *out, siam_code rc)
{
    siam_image_release(im);
    *im = *out;
    return rc;
}

static siam_code shrink(siam_image *im, siam_image_scratch *s)
{
    siam_image out = {0};
    const siam_code rc = siam_image_crop_resize(&out, im, 3, 2, 29, 20, 11, 9, s, NULL);
    return swap(im, &out, rc);
}

static siam_code grow(siam_image *im, siam_image_scratch *s)
{
    siam_image out = {0};
    const siam_code rc = siam_image_resize_crop(&out, im, 80, 71, 5, 7, 60, 50, s, NULL);
    return swap(im, &out, rc);
}

static siam_code squeeze(siam_image *im, siam_image_scratch *s)
{
    siam_image out = {0};
    const siam_code rc = siam_image_crop_resize(&out, im, 0, 0, im->w, im->h, im->w, 5, s, NULL);
    return swap(im, &out, rc);
}

static siam_code cut(siam_image *im, siam_image_scratch *s)
{
    siam_image out = {0};
    const siam_code rc = siam_image_crop_resize(&out, im, 3, 2, 20, 20, 20, 20, s, NULL);
    return swap(im, &out, rc);
}

static siam_code blur_little(siam_image *im, siam_image_scratch *s) { return siam_image_gaussian_blur(im, 0.4f, s, NULL); }
static siam_code blur(siam_image *im, siam_image_scratch *s) { return siam_image_gaussian_blur(im, 1.7f, s, NULL); }
static siam_code blur_much(siam_image *im, siam_image_scratch *s) { return siam_image_gaussian_blur(im, 9.0f, s, NULL); }

static siam_code flip(siam_image *im, siam_image_scratch *s)
{
    (void)s;
    siam_image_hflip(im);
    return SIAM_OK;
}

static siam_code turn(siam_image *im, siam_image_scratch *s)
{
    (void)s;
    return siam_image_orient(im, 6, NULL);
}

static operation *const operations[] = {shrink, grow, squeeze, cut, blur_little, blur, blur_much, flip, turn};

/* Of 8 bits each channel is what it is in a picture of colours, to the bit; of 16 within what 8 bits round. */
static void as_colours(void **state)
{
    (void)state;
    siam_image_scratch s = {0};
    for (size_t o = 0; o < sizeof operations / sizeof *operations; o++)
        for (int channels = 1; channels <= SIAM_IMAGE_MOST; channels += channels < 5 ? 1 : 11)
            for (int depth = 1; depth <= 2; depth++) {
                siam_image rgb = noise_image(37, 26, 5), im = of_colours(&rgb, channels, depth);
                assert_int_equal(operations[o](&rgb, &s), SIAM_OK);
                assert_int_equal(operations[o](&im, &s), SIAM_OK);
                assert_int_equal(im.w, rgb.w);
                assert_int_equal(im.h, rgb.h);
                assert_int_equal(im.channels, channels);
                assert_int_equal(im.depth, depth);
                for (int y = 0; y < im.h; y++)
                    for (int x = 0; x < im.w; x++)
                        for (int c = 0; c < channels; c++) {
                            const int want = (int)at(&rgb, x, y, c * 2 % 3), got = (int)at(&im, x, y, c);
                            if (depth == 1 ? got != want : abs(got - want * 257) > 4 * 257)
                                fail_msg("operation %zu, %d channels of %d bytes: %d where %d was expected", o, channels, depth, got,
                                         want * (depth == 2 ? 257 : 1));
                        }
                siam_image_release(&im);
                siam_image_release(&rgb);
            }
    siam_image_scratch_release(&s);
}

static void resized_as_pillow(void **state)
{
    (void)state;
    enum { W = 19, H = 13 };
    json_t *all = golden("resize16.json");
    siam_image im = {0}, out = {0};
    siam_image_scratch s = {0};
    assert_int_equal(siam_image_shape_buffer(&im, W, H, 1, 2, NULL), SIAM_OK);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
            ((uint16_t *)(void *)im.px)[y * W + x] = (uint16_t)(x * 3331 + y * 7919);
    assert_true(json_array_size(all) >= 4);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *o = json_array_get(all, i);
        const int w = (int)golden_int(o, "w"), h = (int)golden_int(o, "h");
        assert_int_equal(siam_image_crop_resize(&out, &im, 0, 0, W, H, w, h, &s, NULL), SIAM_OK);
        if (crc_of(out.px, siam_image_bytes(&out)) != golden_int(o, "crc"))
            fail_msg("to %d x %d: the pixels are not Pillow's", w, h);
    }
    siam_image_release(&im);
    siam_image_release(&out);
    siam_image_scratch_release(&s);
    json_decref(all);
}

/* What lies below 8 bits is kept by every operation: a step of a few units from left to right. */
static void small_steps(void **state)
{
    (void)state;
    siam_image_scratch s = {0};
    for (size_t o = 0; o < sizeof operations / sizeof *operations; o++) {
        siam_image im = {0};
        assert_int_equal(siam_image_shape_buffer(&im, 40, 40, 4, 2, NULL), SIAM_OK);
        for (size_t i = 0; i < 40 * 40 * 4; i++)
            ((uint16_t *)(void *)im.px)[i] = (uint16_t)(0x8000 + (i / 4 % 40 < 20 ? 0 : 100) + i % 4);
        assert_int_equal(operations[o](&im, &s), SIAM_OK);
        unsigned low = 65535, high = 0;
        for (int y = 0; y < im.h; y++)
            for (int x = 0; x < im.w; x++)
                for (int c = 0; c < 4; c++) {
                    low = at(&im, x, y, c) < low ? at(&im, x, y, c) : low;
                    high = at(&im, x, y, c) > high ? at(&im, x, y, c) : high;
                }
        assert_in_range(low, 0x8000, 0x8000 + 20);
        assert_in_range(high, 0x8000 + 80, 0x8000 + 103);
        siam_image_release(&im);
    }
    siam_image_scratch_release(&s);
}

static void normalised(void **state)
{
    (void)state;
    siam_norm norm;
    for (int c = 0; c < SIAM_IMAGE_MOST; c++) {
        norm.mean[c] = 0.1f * (float)c;
        norm.std[c] = 0.5f + (float)c;
    }
    for (int depth = 1; depth <= 2; depth++)
        for (int channels = 1; channels <= SIAM_IMAGE_MOST; channels += 5) {
            siam_image rgb = noise_image(13, 7, 3), im = of_colours(&rgb, channels, depth);
            float *out = malloc((size_t)channels * 13 * 7 * sizeof *out);
            siam_image_normalise(out, &im, &norm);
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < 13 * 7; i++) {
                    const float want = ((float)rgb.px[3 * i + c * 2 % 3] / 255.0f - norm.mean[c]) / norm.std[c];
                    assert_true(fabsf(out[c * 13 * 7 + i] - want) < 1e-5f);
                }
            free(out);
            siam_image_release(&im);
            siam_image_release(&rgb);
        }
}

/* Operations on colours leave others alone: the views are those of a configuration without them. */
static void colour_operations_are_off(void **state)
{
    (void)state;
    enum { SIZE = 12 };
    const siam_aug_cfg with = {.size = SIZE, .crop_min = 0.2, .crop_max = 1, .jitter_p = 1, .brightness = 0.9, .contrast = 0.9,
                               .saturation = 0.9, .hue = 0.4, .gray_p = 1, .blur_p = 0.5, .blur_min = 0.1, .blur_max = 2, .flip_p = 0.5};
    siam_aug_cfg without = with;
    without.jitter_p = without.gray_p = 0;
    siam_norm norm;
    for (int c = 0; c < SIAM_IMAGE_MOST; c++)
        norm.std[c] = 1 + (norm.mean[c] = 0.1f);
    static const int forms[][2] = {{1, 1}, {4, 1}, {3, 2}, {4, 2}, {3, 1}};
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        siam_image rgb = noise_image(31, 22, 9), im = of_colours(&rgb, forms[f][0], forms[f][1]), work = {0};
        siam_aug_ctx c = {.seed = 1, .sample = 7};
        float a[SIAM_IMAGE_MOST * SIZE * SIZE], b[SIAM_IMAGE_MOST * SIZE * SIZE];
        const size_t n = (size_t)forms[f][0] * SIZE * SIZE * sizeof *a;
        assert_int_equal(siam_augment_view(&with, &c, &im, &work, &norm, a, NULL), SIAM_OK);
        assert_int_equal(siam_augment_view(&without, &c, &im, &work, &norm, b, NULL), SIAM_OK);
        assert_true((memcmp(a, b, n) == 0) == !siam_image_is_rgb8(&im));
        siam_aug_ctx_release(&c);
        siam_image_release(&work);
        siam_image_release(&im);
        siam_image_release(&rgb);
    }
    char names[64];
    siam_augment_colour_names(names, sizeof names);
    assert_string_equal(names, "jitter, gray");
}

/* ---- turning and the like ---- */

static siam_image numbered(int w, int h, int channels, int depth)
{
    siam_image im = {0};
    assert_int_equal(siam_image_shape_buffer(&im, w, h, channels, depth, NULL), SIAM_OK);
    for (size_t i = 0; i < (size_t)(w * h * channels); i++)
        if (depth == 2)
            ((uint16_t *)(void *)im.px)[i] = (uint16_t)(i * 613 + 7);
        else
            im.px[i] = (uint8_t)(i * 29 + 3);
    return im;
}

static void turned(void **state)
{
    (void)state;
    enum { W = 7, H = 5 };
    for (int depth = 1; depth <= 2; depth++)
        for (int channels = 1; channels <= 5; channels++) {
            siam_image im = numbered(W, H, channels, depth), out = {0}, same = {0};
            for (int q = 0; q < 4; q++) {
                assert_int_equal(siam_image_quarters(&out, &im, q, NULL), SIAM_OK);
                assert_int_equal(out.w, q % 2 ? H : W);
                for (int y = 0; y < out.h; y++)
                    for (int x = 0; x < out.w; x++) { /* to the left: what was on the right is on top */
                        const int fx = q == 0 ? x : q == 1 ? W - 1 - y : q == 2 ? W - 1 - x : y;
                        const int fy = q == 0 ? y : q == 1 ? x : q == 2 ? H - 1 - y : H - 1 - x;
                        assert_int_equal(at(&out, x, y, channels - 1), at(&im, fx, fy, channels - 1));
                    }
                siam_image square = numbered(6, 6, channels, depth); /* an angle of so many quarters is the same */
                assert_int_equal(siam_image_quarters(&out, &square, q, NULL), SIAM_OK);
                assert_int_equal(siam_image_rotate(&same, &square, 90.0 * q, NULL), SIAM_OK);
                assert_memory_equal(out.px, same.px, siam_image_bytes(&out));
                siam_image_release(&square);
            }
            assert_int_equal(siam_image_quarters(&out, &im, 2, NULL), SIAM_OK);
            siam_image_hflip(&out);
            siam_image_vflip(&out);
            assert_memory_equal(out.px, im.px, siam_image_bytes(&im));
            siam_image_vflip(&out);
            assert_int_equal(at(&out, 2, 0, 0), at(&im, 2, H - 1, 0));
            siam_image_release(&im);
            siam_image_release(&out);
            siam_image_release(&same);
        }
}

/* Of a slope along x or along y a turn by any angle shows where each pixel comes from, and that edges go on for ever. */
static void edges_go_on(void **state)
{
    (void)state;
    enum { W = 11, H = 8 };
    static const double degrees[] = {30, 45, 130, 200, -60};
    for (int along = 0; along < 2; along++)
        for (int k = 0; k < 5; k++) {
            siam_image im = numbered(W, H, 3, 1), out = {0};
            for (int i = 0; i < W * H * 3; i++)
                im.px[i] = (uint8_t)(20 * (along ? i / 3 / W : i / 3 % W) + 10);
            assert_int_equal(siam_image_rotate(&out, &im, degrees[k], NULL), SIAM_OK);
            const double c = cos(degrees[k] / 180 * acos(-1)), s = sin(degrees[k] / 180 * acos(-1));
            int beyond = 0;
            for (int y = 0; y < H; y++)
                for (int x = 0; x < W; x++) {
                    const double dx = x - (W - 1) / 2.0, dy = y - (H - 1) / 2.0;
                    const double from = along ? (H - 1) / 2.0 + dx * s + dy * c : (W - 1) / 2.0 + dx * c - dy * s;
                    const double most = along ? H - 1 : W - 1;
                    beyond += from > most;
                    assert_true(fabs(20 * fmin(fmax(from, 0), most) + 10 - at(&out, x, y, 1)) < 0.51);
                }
            assert_true(beyond > 0);
            siam_image_release(&im);
            siam_image_release(&out);
        }
}

static void solarised_and_flat(void **state)
{
    (void)state;
    for (int depth = 1; depth <= 2; depth++) {
        const unsigned white = depth == 2 ? 65535 : 255;
        siam_image im = numbered(9, 4, 4, depth), was = numbered(9, 4, 4, depth);
        siam_image_solarise(&im, 0.5);
        for (int y = 0; y < 4; y++)
            for (int x = 0; x < 9; x++)
                for (int c = 0; c < 4; c++) {
                    const unsigned v = at(&was, x, y, c);
                    assert_int_equal(at(&im, x, y, c), 2 * v >= white ? white - v : v);
                }
        siam_image_solarise(&im, 0); /* from black on: the negative */
        siam_image_flatten(&was, 2);
        unsigned long sum = 0;
        siam_image fresh = numbered(9, 4, 4, depth);
        for (int i = 0; i < 36; i++)
            sum += at(&fresh, i % 9, i / 9, 2);
        for (int i = 0; i < 36; i++)
            for (int c = 0; c < 4; c++)
                assert_int_equal(at(&was, i % 9, i / 9, c), c == 2 ? (sum + 18) / 36 : at(&fresh, i % 9, i / 9, c));
        siam_image_release(&im);
        siam_image_release(&was);
        siam_image_release(&fresh);
    }
}

/* Off, they change nothing; on, each does, as often as its probability says; and the numbers of the others stay what they were. */
static void rows_of_their_own(void **state)
{
    (void)state;
    enum { SIZE = 10, TIMES = 200 };
    siam_aug_cfg plain = {.size = SIZE, .crop_min = 1, .crop_max = 0, .solarise_from = 0.5, .rotate_max = 90};
    siam_norm norm;
    for (int c = 0; c < SIAM_IMAGE_MOST; c++)
        norm.std[c] = 1 + (norm.mean[c] = 0);
    static const size_t p[] = {offsetof(siam_aug_cfg, solarise_p), offsetof(siam_aug_cfg, vflip_p), offsetof(siam_aug_cfg, rot90_p),
                               offsetof(siam_aug_cfg, rotate_p), offsetof(siam_aug_cfg, drop_p)};
    siam_image im = numbered(SIZE, SIZE, 4, 2), work = {0};
    siam_aug_ctx c = {.seed = 3};
    static float a[4 * SIZE * SIZE], b[4 * SIZE * SIZE];
    for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
        siam_aug_cfg cfg = plain;
        int changed = 0;
        memcpy((char *)&cfg + p[i], &(double){0.3}, sizeof(double));
        for (c.sample = 0; c.sample < TIMES; c.sample++) {
            assert_int_equal(siam_augment_view(&plain, &c, &im, &work, &norm, a, NULL), SIAM_OK);
            assert_int_equal(siam_augment_view(&cfg, &c, &im, &work, &norm, b, NULL), SIAM_OK);
            changed += memcmp(a, b, sizeof a) != 0;
        }
        assert_in_range(changed, 40, 80);
    }
    siam_aug_ctx_release(&c);
    siam_image_release(&work);
    siam_image_release(&im);
}

/* ---- data sets ---- */

/* A folder with these files of tests/data/codec. */
static siam_dataset *folder_of(const char *dir, const char *const *names)
{
    char from[4096], to[4096];
    siam_dataset *d;
    siam_err e = {0};
    assert_true(mkdir(dir, 0777) == 0);
    for (; *names; names++) {
        snprintf(to, sizeof to, "%s/%s", dir, *names);
        assert_int_equal(symlink(source_path(from, *names), to), 0);
    }
    if (siam_dataset_open(&d, dir, SIAM_SPLIT_TRAIN, 0, &e))
        fail_msg("%s", e.msg);
    return d;
}

static void forms_of_sets(void **state)
{
    (void)state;
    static const struct {
        const char *names[5];
        int channels, depth;
        bool ranged;
    } rows[] = {{{"rgb_420.jpg", "rgb8.png", "rgb.bmp"}, 3, 1, false},
                {{"grey.jpg", "grey8.png"}, 1, 1, false},
                {{"grey.jpg", "rgb8.png", "la8.png"}, 3, 1, false},
                {{"grey16.png", "grey8.png"}, 1, 2, false},
                {{"grey16.png", "rgb8.png"}, 3, 2, false},
                {{"rgba16.png"}, 3, 2, false},
                {{"bands4_16.tif", "bands4_tiles.tif", "bands4_16.pam"}, 4, 2, false},
                {{"bands13_16.tif"}, 13, 2, false},
                {{"float32.tif", "int16.tif"}, 1, 2, true}};
    char here[4096], root[] = "/tmp/siam-form-XXXXXX", dir[64], command[128];
    assert_non_null(getcwd(here, sizeof here));
    assert_non_null(mkdtemp(root));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_image_form f;
        siam_err e = {0};
        snprintf(dir, sizeof dir, "%s/%zu", root, i);
        siam_dataset *d = folder_of(dir, rows[i].names);
        assert_int_equal(siam_dataset_form(&f, d, &e), SIAM_OK);
        if (f.channels != rows[i].channels || f.depth != rows[i].depth || f.ranged != rows[i].ranged)
            fail_msg("set %zu: %d channels of %d bytes", i, f.channels, f.depth);
        siam_dataset_close(&d);
    }
    /* the statistics of what is read */
    siam_norm norm;
    int images;
    snprintf(dir, sizeof dir, "%s/measured", root);
    siam_dataset *d = folder_of(dir, (const char *const[]){"bands4_16.pam", "bands4_16.tif", NULL});
    d->want = (siam_image_want){4, 2, 0, 0};
    assert_int_equal(siam_dataset_measure(&norm, &images, d, NULL), SIAM_OK);
    assert_int_equal(images, 2);
    for (int c = 0; c < 4; c++) { /* the formula of make_formats_golden.py */
        double sum = 0, squares = 0;
        for (int y = 0; y < 13; y++)
            for (int x = 0; x < 19; x++) {
                const double v = (x * 3331 + y * 77 * (c + 1) + c * 9001) % 65536 / 65535.0;
                sum += v;
                squares += v * v;
            }
        const double mean = sum / 247, std = sqrt(squares / 247 - mean * mean);
        assert_true(fabs((double)norm.mean[c] - mean) < 1e-5 && fabs((double)norm.std[c] - std) < 1e-5);
    }
    siam_dataset_close(&d);
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

/* Both passes by vectors of every kind that is here, on images of odd sizes: the same bytes, and none beside them. */
static void kinds_of_vectors(void **state)
{
    (void)state;
    enum { W = 29, H = 7, OUT = 13, TAPS = 6, MOST = H * OUT * 6 * 2, GUARD = 16 };
    static const int shape[][2] = {{1, 1}, {1, 2}, {2, 2}, {3, 2}, {4, 1}, {4, 2}, {5, 1}, {6, 2}};
    static double k[OUT][TAPS], wide[W * SIAM_DOUBLES_PIXEL / 2];
    int32_t first[OUT], count[OUT];
    static uint8_t px[W * H * 6 * 2], want[2][MOST + GUARD], got[2][MOST + GUARD];
    uint32_t x = 7;
    for (size_t i = 0; i < sizeof px; i++)
        px[i] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    memset(px, 0xff, W * 12 * 2); /* white stays so where the weights add up to more than one */
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        const int channels = shape[s][0], depth = shape[s][1], pixel = channels * depth;
        for (int i = 0; i < OUT; i++) {
            count[i] = 1 + i % TAPS;
            first[i] = i * (W - count[i]) / (OUT - 1);
            for (int t = 0; t < TAPS; t++)
                k[i][t] = (depth == 1 ? floor((1 << SIAM_WEIGHT_BITS) * 1.01 / count[i]) : 1.01 / count[i]) + t * 1e-3;
        }
        const siam_doubles_axis a = {OUT, TAPS, k[0], first, count};
        for (int which = 0; which < 3; which++) {
            uint8_t(*to)[MOST + GUARD] = which ? got : want;
            const siam_doubles *d = siam_doubles_by(which);
            if (!d)
                continue;
            memset(to, 0xa5, sizeof want);
            d->across(to[0], px, (size_t)(W * pixel), W, H, &a, channels, depth, wide);
            d->down(to[1], px, (size_t)(W * pixel), (size_t)(W * channels), k[5], 6, depth);
            for (int i = 0; i < 2; i++) {
                assert_memory_equal(to[i], want[i], sizeof want[i]);
                for (int j = i ? W * pixel : H * OUT * pixel; j < MOST + GUARD; j++)
                    assert_int_equal(to[i][j], 0xa5);
            }
        }
        assert_int_equal(want[0][0], 0xff);
    }
    assert_non_null(siam_doubles_by(0));
    assert_non_null(siam_doubles_best());
}

/* Pictures of few pixels made larger: their tables are small, and lie in one buffer with what the other passes need. One colour stays so. */
static void small_pictures_grow(void **state)
{
    static const int shape[][2] = {{1, 1}, {1, 2}, {3, 1}, {3, 2}, {4, 2}, {5, 1}};
    (void)state;
    siam_image in = {0}, out = {0};
    for (size_t k = 0; k < sizeof shape / sizeof *shape; k++)
        for (int w = 1; w <= 24; w += w < 5 ? 1 : 3)
            for (int side = 1; side <= 41; side += 4) {
                siam_image_scratch s = {0}; /* each time, as a larger one hides what does not fit */
                assert_int_equal(siam_image_shape_buffer(&in, w, 25 - w, shape[k][0], shape[k][1], NULL), SIAM_OK);
                memset(in.px, 0x47, siam_image_bytes(&in));
                assert_int_equal(siam_image_crop_resize(&out, &in, 0, 0, in.w, in.h, side, 42 - side, &s, NULL), SIAM_OK);
                for (size_t i = 0; i < siam_image_bytes(&out); i++)
                    assert_int_equal(out.px[i], 0x47);
                siam_image_scratch_release(&s);
            }
    siam_image_release(&in);
    siam_image_release(&out);
}

/* Three boxes along rows of one channel in whole numbers, with the weights that Pillow's BoxBlur.c takes for this sigma: radius 0, 1
 * and 2. */
static void blurred_wide(void **state)
{
    static const struct {
        float sigma;
        int radius;
    } rows[] = {{0.4f, 0}, {0.8f, 0}, {1.3f, 0}, {1.7f, 1}, {2.0f, 1}, {2.6f, 2}, {3.2f, 2}};
    enum { W = 61 };
    (void)state;
    siam_image im = {0};
    siam_image_scratch s = {0};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const float var = rows[r].sigma * rows[r].sigma / 3, l = floorf((sqrtf(12 * var + 1) - 1) / 2);
        const float radius = l + (2 * l + 1) * (l * (l + 1) - 3 * var) / (6 * (var - (l + 1) * (l + 1)));
        const int R = (int)radius;
        const uint64_t ww = (uint64_t)((float)(1 << 24) / (radius * 2 + 1)), fw = ((1u << 24) - (uint64_t)(2 * R + 1) * ww) / 2;
        uint64_t row[W], to[W];
        assert_int_equal(R, rows[r].radius);
        assert_int_equal(siam_image_shape_buffer(&im, W, 1, 1, 2, NULL), SIAM_OK);
        for (int i = 0; i < W; i++) {
            row[i] = i < 9 ? 65535 : (uint64_t)(i * i * 40503) % 65536;
            siam_sample_put(im.px, (size_t)i, 2, (unsigned)row[i]);
        }
        for (int pass = 0; pass < 3; pass++) {
            for (int i = 0; i < W; i++) {
                uint64_t sum = 1 << 23;
                for (int d = -R - 1; d <= R + 1; d++)
                    sum += row[i + d < 0 ? 0 : i + d >= W ? W - 1 : i + d] * (d == -R - 1 || d == R + 1 ? fw : ww);
                to[i] = sum >> 24;
            }
            memcpy(row, to, sizeof row);
        }
        for (int pass = 0; pass < 3; pass++) /* down a single row: every neighbour is the pixel itself */
            for (int i = 0; i < W; i++)
                row[i] = (row[i] * ((uint64_t)(2 * R + 1) * ww + 2 * fw) + (1 << 23)) >> 24;
        assert_int_equal(siam_image_gaussian_blur(&im, rows[r].sigma, &s, NULL), SIAM_OK);
        for (int i = 0; i < W; i++)
            if (siam_sample_get(im.px, (size_t)i, 2) != (int)row[i])
                fail_msg("sigma %g: pixel %d is %d, not %d", (double)rows[r].sigma, i, siam_sample_get(im.px, (size_t)i, 2), (int)row[i]);
    }
    siam_image_release(&im);
    siam_image_scratch_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples),           cmocka_unit_test(numbers_of_channels), cmocka_unit_test(as_colours),
        cmocka_unit_test(resized_as_pillow), cmocka_unit_test(kinds_of_vectors), cmocka_unit_test(small_pictures_grow), cmocka_unit_test(blurred_wide), cmocka_unit_test(small_steps),         cmocka_unit_test(normalised),
        cmocka_unit_test(turned), cmocka_unit_test(edges_go_on), cmocka_unit_test(solarised_and_flat), cmocka_unit_test(rows_of_their_own),
        cmocka_unit_test(colour_operations_are_off), cmocka_unit_test(forms_of_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
