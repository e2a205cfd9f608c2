/* The image operations against golden values of Pillow 9.4, and the HSV arithmetic against the textbook. */
#include "image_case.h"

#include <math.h>
#include <string.h>

#include "image/across.h"

static siam_image_scratch scratch_of_noise(void)
{
    siam_image_scratch s = {0};
    s.bytes = malloc(s.byte_cap = 100000);
    memset(s.bytes, 0xa5, s.byte_cap);
    s.coeff = malloc((s.coeff_cap = 20000) * sizeof *s.coeff);
    memset(s.coeff, 0xa5, s.coeff_cap * sizeof *s.coeff);
    s.bound = malloc((s.bound_cap = 2000) * sizeof *s.bound);
    memset(s.bound, 0xa5, s.bound_cap * sizeof *s.bound);
    return s;
}

static siam_image golden_image(void)
{
    siam_image im = noise_image(24, 20, 12345);
    fill_rect(&im, 3, 15, 4, 12, 200, 30, 60);
    fill_rect(&im, 10, 20, 12, 18, 17, 17, 17);
    return im;
}

/* Run one recorded operation; false if the file has one that Pillow does not. */
static bool run_op(const char *op, const json_t *arg, siam_image *im, siam_image_scratch *s)
{
    const double f = json_number_value(arg);
    siam_err e = {0};
    if (!strcmp(op, "to_L")) { /* luma may not overlap its source */
        uint8_t luma[24 * 20];
        siam_image_luma(luma, im);
        memcpy(im->px, luma, sizeof luma);
    } else if (!strcmp(op, "to_HSV")) {
        uint8_t hsv[24 * 20 * 3];
        siam_image_to_hsv(hsv, im);
        memcpy(im->px, hsv, sizeof hsv);
    } else if (!strcmp(op, "brightness")) {
        siam_image_brightness(im, (float)f);
    } else if (!strcmp(op, "contrast")) {
        siam_image_contrast(im, (float)f);
    } else if (!strcmp(op, "saturation")) {
        siam_image_saturation(im, (float)f);
    } else if (!strcmp(op, "hue")) {
        siam_image_hue(im, f);
    } else if (!strcmp(op, "grayscale3")) {
        siam_image_grayscale(im);
    } else if (!strcmp(op, "hflip")) {
        siam_image_hflip(im);
    } else if (!strcmp(op, "gaussian_blur")) {
        assert_int_equal(siam_image_gaussian_blur(im, (float)f, s, &e), SIAM_OK);
    } else if (!strcmp(op, "resize_bilinear")) {
        siam_image out = {0};
        const int w = (int)json_integer_value(json_array_get(arg, 0));
        const int h = (int)json_integer_value(json_array_get(arg, 1));
        assert_int_equal(siam_image_crop_resize(&out, im, 0, 0, im->w, im->h, w, h, s, &e), SIAM_OK);
        siam_image_release(im);
        *im = out;
    } else {
        return false;
    }
    return true;
}

static void equals_pillow(void **state)
{
    (void)state;
    json_t *j = golden("augment_pillow.json");
    siam_image_scratch s = scratch_of_noise();
    siam_image first = golden_image();
    assert_int_equal(image_crc(&first), golden_int(json_object_get(j, "image"), "crc32"));
    const json_t *ops = json_object_get(j, "ops");
    int checked = 0;
    for (size_t i = 0; i < json_array_size(ops); i++) {
        const json_t *o = json_array_get(ops, i);
        char what[80];
        const char *op = json_string_value(json_object_get(o, "op"));
        snprintf(what, sizeof what, "%s (row %zu)", op, i);
        siam_image im = golden_image();
        if (run_op(op, json_object_get(o, "arg"), &im, &s)) {
            size_t n = 1;
            for (size_t d = 0; d < json_array_size(json_object_get(o, "shape")); d++)
                n *= (size_t)json_integer_value(json_array_get(json_object_get(o, "shape"), d));
            check_bytes(what, json_object_get(o, "first12"), im.px);
            check_bytes(what, json_object_get(o, "mid12"), im.px + n / 2);
            if (crc_of(im.px, n) != golden_int(o, "crc32"))
                fail_msg("%s: the CRC of the %zu bytes differs", what, n);
            checked++;
        } else {
            assert_non_null(strstr(op, "mmcv"));
        }
        siam_image_release(&im);
    }
    assert_int_equal(checked, 34);
    siam_image_release(&first);
    siam_image_scratch_release(&s);
    json_decref(j);
}

static void normalises_as_torch(void **state)
{
    (void)state;
    static const siam_norm norm = {{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};
    json_t *j = golden("augment_pillow.json");
    const json_t *want = json_object_get(j, "normalise_first6");
    siam_image im = golden_image();
    const size_t n = 24 * 20;
    float *out = malloc(3 * n * sizeof *out);
    siam_image_normalise(out, &im, &norm);
    for (size_t i = 0; i < json_array_size(want); i++) { /* recorded interleaved, made planar */
        const double v = json_number_value(json_array_get(want, i));
        assert_true(fabs((double)out[i % 3 * n + i / 3] - v) < 1e-6);
    }
    for (size_t i = 0; i < 3 * n; i++) {
        const float v = ((float)im.px[i % n * 3 + i / n] / 255.0f - norm.mean[i / n]) / norm.std[i / n];
        assert_true(out[i] == v);
    }
    free(out);
    siam_image_release(&im);
    json_decref(j);
}

/* One blurred dot shows the weights: with ww and fw of the file, three passes in exact integers. */
static void blur_weights(void **state)
{
    (void)state;
    json_t *j = golden("augment_pillow.json");
    const json_t *rows = json_object_get(j, "blur_params");
    siam_image_scratch s = {0};
    siam_err e = {0};
    assert_true(json_array_size(rows) > 0);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *o = json_array_get(rows, i);
        const int radius = (int)golden_int(o, "radius");
        const uint32_t ww = (uint32_t)golden_int(o, "ww"), fw = (uint32_t)golden_int(o, "fw");
        siam_image im = noise_image(31, 1, 7 + (uint32_t)i);
        uint8_t line[31], next[31];
        for (int x = 0; x < 31; x++)
            line[x] = im.px[3 * x];
        for (int p = 0; p < 3; p++) {
            for (int x = 0; x < 31; x++) {
                uint32_t sum = 1u << 23;
                for (int d = -radius - 1; d <= radius + 1; d++) {
                    const int at = x + d < 0 ? 0 : x + d > 30 ? 30 : x + d;
                    sum += line[at] * (abs(d) <= radius ? ww : fw);
                }
                next[x] = (uint8_t)(sum >> 24);
            }
            memcpy(line, next, sizeof line);
        }
        /* The vertical passes of a one-row image see only itself: (2R+1) ww + 2 fw, 1 or just short. */
        for (int p = 0; p < 3; p++)
            for (int x = 0; x < 31; x++)
                line[x] =
                    (uint8_t)((line[x] * ((2 * (uint32_t)radius + 1) * ww + 2 * fw) + (1u << 23)) >> 24);
        assert_int_equal(
            siam_image_gaussian_blur(&im, (float)json_number_value(json_object_get(o, "sigma")), &s, &e),
            SIAM_OK);
        for (int x = 0; x < 31; x++)
            assert_int_equal(im.px[3 * x], line[x]);
        siam_image_release(&im);
    }
    siam_image_scratch_release(&s);
    json_decref(j);
}

/* Pillow's Convert.c rgb2hsv and hsv2rgb with their mixture of float and double. */
static void textbook_hsv(const uint8_t in[3], uint8_t out[3])
{
    const uint8_t r = in[0], g = in[1], b = in[2];
    const uint8_t max = r > g ? (r > b ? r : b) : (g > b ? g : b),
                  min = r < g ? (r < b ? r : b) : (g < b ? g : b);
    out[0] = out[1] = 0;
    out[2] = max;
    if (max == min)
        return;
    const float cr = (float)(max - min), s = cr / (float)max;
    const float rc = (float)(max - r) / cr, gc = (float)(max - g) / cr, bc = (float)(max - b) / cr;
    float h;
    if (r == max)
        h = bc - gc;
    else if (g == max)
        h = (float)(2.0 + (double)rc - (double)bc);
    else
        h = (float)(4.0 + (double)gc - (double)rc);
    h = (float)fmod((double)h / 6.0 + 1.0, 1.0);
    out[0] = (uint8_t)(int)((double)h * 255.0);
    out[1] = (uint8_t)(int)((double)s * 255.0);
}

static void textbook_rgb(const uint8_t in[3], uint8_t out[3])
{
    const int v = in[2], sector = (int)floor((double)(float)in[0] * 6.0 / 255.0);
    const float f = (float)((double)(float)in[0] * 6.0 / 255.0 - (double)(float)sector);
    const float fs = (float)((double)(float)in[1] / 255.0);
    const uint8_t p = (uint8_t)round(v * (1.0 - (double)fs)),
                  q = (uint8_t)round(v * (1.0 - (double)(fs * f)));
    const uint8_t t = (uint8_t)round(v * (1.0 - (double)fs * (1.0 - (double)f))), w = (uint8_t)v;
    const uint8_t table[6][3] = {{w, t, p}, {q, w, p}, {p, w, t}, {p, q, w}, {t, p, w}, {w, p, q}};
    if (in[1])
        memcpy(out, table[sector % 6], 3);
    else
        memset(out, w, 3);
}

/* Hue depends on a colour less its grey part, so the colours with one channel 0 are all there are; noise
 * adds the rest of the saturations. */
static void hsv_is_the_textbook(void **state)
{
    (void)state;
    static const int shifts[] = {0, 1, -25, 25, 85, -127};
    const int n = 256 * 256;
    siam_image im = noise_image(256, 1024, 99);
    for (int i = 0; i < 3 * n; i++) {
        uint8_t *p = im.px + 3 * (size_t)i;
        const uint8_t a = (uint8_t)i, b = (uint8_t)(i >> 8), z = 0;
        const int face = i / n;
        p[0] = face == 0 ? z : a;
        p[1] = face == 1 ? z : face == 0 ? a : b;
        p[2] = face == 2 ? z : b;
    }
    const size_t size = (size_t)n * 4 * 3;
    uint8_t *first = malloc(size), *hsv = malloc(size);
    memcpy(first, im.px, size);
    siam_image_to_hsv(hsv, &im);
    size_t bad = 0;
    for (size_t i = 0; i < size; i += 3) {
        uint8_t want[3];
        textbook_hsv(first + i, want);
        bad += memcmp(want, hsv + i, 3) != 0;
    }
    assert_int_equal(bad, 0);
    for (size_t k = 0; k < sizeof shifts / sizeof *shifts; k++) {
        memcpy(im.px, first, size);
        siam_image_hue(&im, (shifts[k] + (shifts[k] < 0 ? -0.5 : 0.5)) / 255.0);
        for (size_t i = 0; i < size; i += 3) {
            uint8_t turned[3] = {(uint8_t)(hsv[i] + shifts[k]), hsv[i + 1], hsv[i + 2]}, want[3];
            textbook_rgb(turned, want);
            bad += memcmp(want, im.px + i, 3) != 0;
        }
        assert_int_equal(bad, 0);
    }
    free(first);
    free(hsv);
    siam_image_release(&im);
}

/* Pixel loops work in chunks: every width must give what the same pixels give in a wide image. */
static void short_rows_and_tails(void **state)
{
    (void)state;
    siam_image_scratch s = scratch_of_noise();
    for (int w = 1; w <= 140; w += w < 4 ? 1 : 17) {
        siam_image a = noise_image(w, 1, 5), wide = noise_image(192, 1, 5), b = {0};
        siam_err e = {0};
        siam_image_hue(&a, 0.09);
        siam_image_saturation(&a, 1.3f);
        siam_image_brightness(&a, 0.7f);
        siam_image_hue(&wide, 0.09);
        siam_image_saturation(&wide, 1.3f);
        siam_image_brightness(&wide, 0.7f);
        assert_memory_equal(a.px, wide.px, (size_t)w * 3);
        siam_image_grayscale(&a);
        siam_image_grayscale(&wide);
        assert_memory_equal(a.px, wide.px, (size_t)w * 3);
        siam_image_hflip(&a);
        for (int x = 0; x < w; x++)
            assert_int_equal(a.px[3 * x], wide.px[3 * (w - 1 - x)]);
        /* a resize to the same size is a copy of the crop */
        assert_int_equal(siam_image_crop_resize(&b, &wide, 3, 0, w, 1, w, 1, &s, &e), SIAM_OK);
        assert_memory_equal(b.px, wide.px + 9, (size_t)w * 3);
        siam_image_release(&a);
        siam_image_release(&b);
        siam_image_release(&wide);
    }
    siam_image_scratch_release(&s);
}

/* A part of a resized image is that part of the whole, whichever passes there are, and at the edges. */
static void resized_parts(void **state)
{
    static const int size[][4] = {/* in, out */
                                  {40, 30, 17, 23}, {40, 30, 90, 70}, {40, 30, 40, 11}, {40, 30, 19, 30},
                                  {40, 30, 40, 30}, {3, 200, 50, 20}, {200, 1, 60, 7},  {1, 1, 9, 9}};
    siam_image_scratch s = scratch_of_noise();
    siam_image whole = {0}, part = {0};
    siam_err e = {0};
    (void)state;
    for (size_t k = 0; k < sizeof size / sizeof *size; k++) {
        const int W = size[k][2], H = size[k][3];
        siam_image im = noise_image(size[k][0], size[k][1], (uint32_t)k + 1);
        assert_int_equal(siam_image_crop_resize(&whole, &im, 0, 0, im.w, im.h, W, H, &s, &e), SIAM_OK);
        for (int n = 0; n < 4; n++) {
            const int w = n == 3 ? W : 1 + W / 2, h = n == 3 ? H : 1 + H / 3;
            const int x = n == 1 ? W - w : (W - w) / 2 * (n != 0), y = n == 1 ? H - h : (H - h) / 2 * (n != 0);
            assert_int_equal(siam_image_resize_crop(&part, &im, W, H, x, y, w, h, &s, &e), SIAM_OK);
            assert_true(part.w == w && part.h == h);
            for (int r = 0; r < h; r++)
                assert_memory_equal(part.px + r * w * 3, whole.px + ((y + r) * W + x) * 3, (size_t)w * 3);
        }
        assert_int_equal(siam_image_resize_crop(&part, &im, W, H, 1, 0, W, H, &s, &e), SIAM_E_CONFIG);
        siam_err_clear(&e);
        siam_image_release(&im);
    }
    /* the whole would be 16 million columns wide */
    siam_image line = noise_image(65535, 1, 2);
    fill_rect(&line, 0, 65535, 0, 1, 90, 80, 70);
    assert_int_equal(siam_image_resize_crop(&part, &line, 256 * 65535, 256, 128 * 65535, 16, 224, 224, &s, &e), SIAM_OK);
    for (int i = 0; i < 224 * 224; i++)
        assert_true(part.px[3 * i] == 90 && part.px[3 * i + 1] == 80 && part.px[3 * i + 2] == 70);
    siam_image_release(&line);
    siam_image_release(&whole);
    siam_image_release(&part);
    siam_image_scratch_release(&s);
}

/* The horizontal pass on rows of whatever number and on weights of any size, by vectors of every width that is here: the sums that
 * Pillow's Resample.c writes down, and nothing beside them. */
static void rows_at_once(void **state)
{
    (void)state;
    enum { W = 41, OUT = 23, TAPS = 9, H = 11, MOST = (TAPS + 1) / 2, GUARD = 16 };
    static int32_t k[OUT][TAPS], first[OUT], count[OUT], part[OUT * MOST * 2], wide[W * SIAM_ACROSS_PIXEL];
    uint8_t want[H * OUT * 3], got[H * OUT * 3 + GUARD];
    siam_image im = noise_image(W, H, 5);
    fill_rect(&im, 0, W, 0, 1, 255, 255, 255); /* white stays so where the weights add up to more than one */
    for (int i = 0; i < OUT; i++) {
        count[i] = i == 0 ? 1 : 1 + i % TAPS;
        first[i] = i * (W - count[i]) / (OUT - 1);
        for (int t = 0, left = (1 << SIAM_WEIGHT_BITS) + i % 3 * 9000; t < TAPS; t++) {
            k[i][t] = t == count[i] - 1 ? left : t < count[i] ? left / (3 + (t + i) % 5) + t % 2 : 12345; /* the rest does not count */
            left -= k[i][t];
        }
    }
    for (int y = 0; y < H; y++)
        for (int i = 0; i < OUT; i++)
            for (int c = 0; c < 3; c++) {
                int64_t sum = 1 << (SIAM_WEIGHT_BITS - 1);
                for (int t = 0; t < count[i]; t++)
                    sum += (int64_t)k[i][t] * im.px[(y * W + first[i] + t) * 3 + c];
                want[(y * OUT + i) * 3 + c] = (uint8_t)(sum >> SIAM_WEIGHT_BITS > 255 ? 255 : sum >> SIAM_WEIGHT_BITS);
            }
    const siam_across a = {OUT, siam_across_most(TAPS), first, count, part};
    siam_across_fill(&a, k[0], TAPS);
    for (int i = 0; i < OUT; i++)
        for (int t = 0; t < count[i]; t++) {
            const int32_t *p = part + 2 * (i * MOST + t / 2);
            assert_int_equal((p[0] >> (16 * (t % 2)) & 0xffff) * 2048 + (p[1] >> (16 * (t % 2)) & 0xffff), k[i][t]);
        }
    assert_non_null(siam_across_by(1));
    assert_non_null(siam_across_best());
    for (int rows = 1; rows <= SIAM_ACROSS_ROWS; rows *= 2)
        for (int h = 1; h <= H && siam_across_by(rows); h++) {
            memset(got, 0xa5, sizeof got);
            siam_across_by(rows)(got, im.px, W * 3, W, h, &a, wide);
            assert_memory_equal(got, want, (size_t)h * OUT * 3);
            for (size_t i = (size_t)h * OUT * 3; i < sizeof got; i++)
                assert_int_equal(got[i], 0xa5);
        }
    siam_image_release(&im);
}

static void contrast_of_flat_images(void **state)
{
    (void)state;
    siam_image im = noise_image(13, 7, 1);
    fill_rect(&im, 0, 13, 0, 7, 90, 90, 90);
    siam_image_contrast(&im, 1.4f); /* every pixel is the mean */
    for (int i = 0; i < 13 * 7 * 3; i++)
        assert_int_equal(im.px[i], 90);
    siam_image_brightness(&im, 1e9f);
    assert_int_equal(im.px[0], 255);
    siam_image_brightness(&im, 0.0f);
    assert_int_equal(im.px[13 * 7 * 3 - 1], 0);
    siam_image_release(&im);
}

static void refuses_what_it_cannot_do(void **state)
{
    (void)state;
    siam_image im = noise_image(8, 8, 1), out = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    assert_int_equal(siam_image_crop_resize(&out, &im, 1, 0, 8, 8, 4, 4, &s, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "8 x 8 at (1, 0)"));
    static const int outside[][4] = {{0, 1, 8, 8}, {0, 0, 8, 9}, {0, 8, 8, 1}, {0, 0, 9, 8}, {8, 0, 1, 8},
                                     {-1, 0, 8, 8}, {0, -1, 8, 8}, {0, 0, 0, 8}, {0, 0, 8, 0}, {0, 1, 8, INT32_MAX}};
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        const int *o = outside[i];
        e = (siam_err){0};
        assert_int_equal(siam_image_crop_resize(&out, &im, o[0], o[1], o[2], o[3], 4, 4, &s, &e), SIAM_E_CONFIG);
        e = (siam_err){0};
        assert_int_equal(siam_image_resize_crop(&out, &im, 8, 8, o[0], o[1], o[2], o[3], &s, &e), SIAM_E_CONFIG);
    }
    e = (siam_err){0};
    assert_int_equal(siam_image_crop_resize(&out, &im, 0, 0, 8, 8, 0, 4, &s, &e), SIAM_E_DATA);
    e = (siam_err){0};
    static const float sigmas[] = {33.0f, NAN, INFINITY, -0.1f, -1.0f, -INFINITY};
    for (size_t i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
        e = (siam_err){0};
        assert_int_equal(siam_image_gaussian_blur(&im, sigmas[i], &s, &e), SIAM_E_CONFIG);
    }
    e = (siam_err){0};
    assert_int_equal(siam_image_resize_buffer(&out, -1, 3, &e), SIAM_E_DATA);
    const size_t cap = im.cap;
    const uint8_t *rgb = im.px;
    assert_int_equal(siam_image_resize_buffer(&im, 4, 5, &e), SIAM_OK); /* a smaller image keeps its buffer */
    assert_true(im.px == rgb && im.cap == cap && im.w == 4 && im.h == 5);
    siam_image_release(&im);
    siam_image_release(&out);
    siam_image_scratch_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pillow),
        cmocka_unit_test(normalises_as_torch),
        cmocka_unit_test(blur_weights),
        cmocka_unit_test(hsv_is_the_textbook),
        cmocka_unit_test(short_rows_and_tails),
        cmocka_unit_test(resized_parts), cmocka_unit_test(rows_at_once),
        cmocka_unit_test(contrast_of_flat_images),
        cmocka_unit_test(refuses_what_it_cannot_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
