/* Views: recorded torchvision pipelines byte for byte, the sampling rules, and that a view depends on its key
 * only. */
#include "image_case.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "data/augment.h"

/* With this mean and std, a normalised value is the byte itself up to rounding. */
static const siam_norm bytes = {.std = {1 / 255.0f, 1 / 255.0f, 1 / 255.0f}};

static const siam_aug_cfg cifar = {
    .size = 32,
    .crop_min = 0.2,
    .crop_max = 1.0,
    .jitter_p = 0.8,
    .brightness = 0.4,
    .contrast = 0.4,
    .saturation = 0.4,
    .hue = 0.1,
    .gray_p = 0.2,
    .blur_p = 0.5,
    .blur_min = 0.1,
    .blur_max = 2.0,
    .flip_p = 0.5,
};

/* make_augment_golden.py, image() */
static siam_image case_image(int w, int h, uint32_t seed)
{
    siam_image im = noise_image(w, h, seed);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w / 2; x++)
            fill_rect(&im, x, x + 1, y, y + 1, (uint8_t)(255 * x / w), (uint8_t)(255 * y / h), 128);
    fill_rect(&im, w / 4, 3 * w / 4, h / 4, h / 2, 200, 30, 60);
    return im;
}

static double number(const json_t *args, size_t i) { return json_number_value(json_array_get(args, i)); }
static int integer(const json_t *args, size_t i) { return (int)json_integer_value(json_array_get(args, i)); }

static void run_test_view(siam_image *im, int size)
{
    siam_image work = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    const size_t n = (size_t)size * (size_t)size;
    float *out = malloc(3 * n * sizeof *out);
    assert_int_equal(siam_test_view(size, im, &work, &s, &bytes, out, &e), SIAM_OK);
    assert_int_equal(siam_image_resize_buffer(im, size, size, &e), SIAM_OK);
    for (size_t i = 0; i < 3 * n; i++)
        im->px[i % n * 3 + i / n] = (uint8_t)lrintf(out[i]);
    free(out);
    siam_image_release(&work);
    siam_image_scratch_release(&s);
}

static void run_step(const json_t *step, siam_image *im, siam_image_scratch *s)
{
    const char *op = json_string_value(json_object_get(step, "op"));
    const json_t *a = json_object_get(step, "args");
    siam_err e = {0};
    if (!strcmp(op, "resized_crop")) {
        siam_image out = {0};
        assert_int_equal(siam_image_crop_resize(&out, im, integer(a, 0), integer(a, 1), integer(a, 2),
                                                integer(a, 3), integer(a, 4), integer(a, 5), s, &e),
                         SIAM_OK);
        siam_image_release(im);
        *im = out;
    } else if (!strcmp(op, "brightness")) {
        siam_image_brightness(im, (float)number(a, 0));
    } else if (!strcmp(op, "contrast")) {
        siam_image_contrast(im, (float)number(a, 0));
    } else if (!strcmp(op, "saturation")) {
        siam_image_saturation(im, (float)number(a, 0));
    } else if (!strcmp(op, "hue")) {
        siam_image_hue(im, number(a, 0));
    } else if (!strcmp(op, "grayscale")) {
        siam_image_grayscale(im);
    } else if (!strcmp(op, "gaussian_blur")) {
        assert_int_equal(siam_image_gaussian_blur(im, (float)number(a, 0), s, &e), SIAM_OK);
    } else if (!strcmp(op, "hflip")) {
        siam_image_hflip(im);
    } else if (!strcmp(op, "test_view")) {
        run_test_view(im, integer(a, 1));
    } else {
        fail_msg("the golden file has a step '%s' that this test does not know", op);
    }
}

static void equals_torchvision(void **state)
{
    (void)state;
    json_t *j = golden("augment_torchvision.json");
    const json_t *cases = json_object_get(j, "cases");
    siam_image_scratch s = {0};
    assert_true(json_array_size(cases) >= 10);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i), *steps = json_object_get(c, "steps");
        siam_image im =
            case_image((int)golden_int(c, "w"), (int)golden_int(c, "h"), (uint32_t)golden_int(c, "seed"));
        assert_int_equal(image_crc(&im), golden_int(c, "crc32"));
        for (size_t k = 0; k < json_array_size(steps); k++) {
            const json_t *step = json_array_get(steps, k);
            char what[80];
            snprintf(what, sizeof what, "case %zu step %zu %s", i, k,
                     json_string_value(json_object_get(step, "op")));
            run_step(step, &im, &s);
            assert_int_equal(im.w, golden_int(step, "w"));
            assert_int_equal(im.h, golden_int(step, "h"));
            check_bytes(what, json_object_get(step, "mid12"), im.px + (size_t)im.w * (size_t)im.h * 3 / 2);
            if (image_crc(&im) != golden_int(step, "crc32"))
                fail_msg("%s: the CRC differs", what);
        }
        siam_image_release(&im);
    }
    siam_image_scratch_release(&s);
    json_decref(j);
}

/* Over many draws: every crop lies inside, area and shape are in range up to rounding, and both have the
 * means of their distributions where nothing is rejected. */
static void crops_follow_the_rules(void **state)
{
    (void)state;
    enum { DRAWS = 20000 };
    double area = 0.0, shape = 0.0, left = 0.0;
    siam_rng r = siam_rng_key(1, 2, 3, 0, SIAM_RNG_TEST);
    for (int i = 0; i < DRAWS; i++) {
        int x, y, w, h;
        siam_crop_params(&r, 400, 400, 0.2, 0.5, &x, &y, &w, &h);
        assert_true(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= 400 && y + h <= 400);
        const double a = (double)w * h / 160000.0, s = (double)w / h;
        assert_true(a > 0.197 && a < 0.503 && s > 0.74 && s < 1.35);
        area += a / DRAWS;
        shape += log(s) / DRAWS; /* log-uniform around 1 */
        if (w < 400)
            left += (double)x / (400 - w) / DRAWS;
    }
    assert_true(fabs(area - 0.35) < 0.003);
    assert_true(fabs(shape) < 0.006);
    assert_true(fabs(left - 0.5) < 0.01);
}

static void crop_of_the_whole_reaches_both_edges(void **state)
{
    (void)state;
    siam_rng r = siam_rng_key(1, 2, 4, 0, SIAM_RNG_TEST);
    bool corner[2][2] = {{false}}, full = false;
    for (int i = 0; i < 20000; i++) {
        int x, y, w, h;
        siam_crop_params(&r, 4, 4, 0.2, 1.0, &x, &y, &w, &h);
        full |= w == 4 && h == 4;
        if (w < 4 && h < 4 && (x == 0 || x + w == 4) && (y == 0 || y + h == 4))
            corner[x > 0][y > 0] = true;
    }
    assert_true(full && corner[0][0] && corner[0][1] && corner[1][0] && corner[1][1]);
}

static void crop_falls_back_to_the_centre(void **state)
{
    (void)state;
    static const int cases[][6] = {/* width, height -> x, y, w, h */
                                   {1000, 20, 486, 0, 27, 20},
                                   {20, 1000, 0, 486, 20, 27},
                                   {1, 500, 0, 249, 1, 1},
                                   {500, 1, 249, 0, 1, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int *c = cases[i];
        siam_rng r = siam_rng_key(9, 0, i, 0, SIAM_RNG_TEST);
        int x, y, w, h;
        siam_crop_params(&r, c[0], c[1], 0.9, 1.0, &x, &y, &w, &h);
        assert_int_equal(x, c[2]);
        assert_int_equal(y, c[3]);
        assert_int_equal(w, c[4]);
        assert_int_equal(h, c[5]);
    }
    for (uint64_t i = 0; i < 50; i++) { /* a single pixel: drawn or fallen back, it is the crop */
        siam_rng r = siam_rng_key(9, 1, i, 0, SIAM_RNG_TEST);
        int x, y, w, h;
        siam_crop_params(&r, 1, 1, 0.2, 1.0, &x, &y, &w, &h);
        assert_true(x == 0 && y == 0 && w == 1 && h == 1);
    }
}

static void fill_scratch(siam_aug_ctx *c, siam_image *work, uint8_t byte)
{
    siam_err e = {0};
    siam_image_scratch *s = &c->scratch;
    assert_int_equal(siam_image_resize_buffer(work, 70, 50, &e), SIAM_OK);
    assert_int_equal(siam_image_resize_buffer(&c->tmp, 5, 9, &e), SIAM_OK);
    memset(work->px, byte, work->cap);
    memset(c->tmp.px, byte, c->tmp.cap);
    s->bytes = malloc(s->byte_cap = 50000);
    s->coeff = malloc((s->coeff_cap = 9000) * sizeof *s->coeff);
    s->bound = malloc((s->bound_cap = 300) * sizeof *s->bound);
    memset(s->bytes, byte, s->byte_cap);
    memset(s->coeff, byte, s->coeff_cap * sizeof *s->coeff);
    memset(s->bound, byte, s->bound_cap * sizeof *s->bound);
}

/* A view of `src` under (seed 7, epoch, sample, view), made in the given buffers. */
static void view_of(float *dst, const siam_aug_cfg *cfg, siam_aug_ctx *c, siam_image *work,
                    const siam_image *src, uint64_t epoch, uint64_t sample, uint32_t view)
{
    siam_err e = {0};
    c->seed = 7;
    c->epoch = epoch;
    c->sample = sample;
    c->view = view;
    if (siam_augment_view(cfg, c, src, work, &bytes, dst, &e))
        fail_msg("%s", e.msg);
}

enum { PIXELS = 32 * 32, FLOATS = 3 * PIXELS };

static void view_depends_on_its_key_only(void **state)
{
    (void)state;
    siam_image src = case_image(48, 40, 5), work = {0}, dirty = {0};
    const uint32_t before = image_crc(&src);
    siam_aug_ctx a = {0}, b = {0};
    fill_scratch(&b, &dirty, 0xcd);
    float one[FLOATS], two[FLOATS];
    int differ = 0;
    for (uint64_t sample = 0; sample < 200; sample++) {
        view_of(one, &cifar, &a, &work, &src, 3, sample, 1);
        view_of(two, &cifar, &b, &dirty, &src, 3, 199 - sample, 0); /* other work in between */
        view_of(two, &cifar, &b, &dirty, &src, 3, sample, 1);
        assert_memory_equal(one, two, sizeof one);
        view_of(two, &cifar, &b, &dirty, &src, 3, sample, 0);
        differ += memcmp(one, two, sizeof one) != 0;
        view_of(two, &cifar, &b, &dirty, &src, 4, sample, 1);
        differ += memcmp(one, two, sizeof one) != 0;
        assert_int_equal(image_crc(&src), before);
    }
    assert_int_equal(differ, 400);
    siam_aug_ctx_release(&a);
    siam_aug_ctx_release(&b);
    siam_image_release(&src);
    siam_image_release(&work);
    siam_image_release(&dirty);
}

typedef struct steps {
    int n;
    siam_image last;
} steps;

static siam_code count_step(void *user, const char *name, const siam_image *im, siam_err *e)
{
    steps *s = user;
    assert_string_equal(name, siam_augments[s->n++]->name);
    SIAM_TRY(siam_image_shape_buffer(&s->last, im->w, im->h, im->channels, im->depth, e));
    memcpy(s->last.px, im->px, siam_image_bytes(im));
    return SIAM_OK;
}

/* What is shown of a view is what the network gets, and looking at the steps changes nothing. */
static void image_is_the_view(void **state)
{
    (void)state;
    siam_image src = case_image(48, 40, 5), work = {0}, other = {0};
    siam_aug_ctx a = {0};
    float view[FLOATS], shown[FLOATS];
    int rows = 0;
    while (siam_augments[rows])
        rows++;
    for (uint64_t sample = 0; sample < 50; sample++) {
        steps s = {0};
        siam_err e = {0};
        view_of(view, &cifar, &a, &work, &src, 0, sample, 1);
        assert_int_equal(siam_augment_image(&cifar, &a, &src, &other, count_step, &s, &e), SIAM_OK);
        siam_image_normalise(shown, &other, &bytes);
        assert_memory_equal(view, shown, sizeof view);
        assert_int_equal(s.n, rows);
        assert_memory_equal(s.last.px, other.px, siam_image_bytes(&other));
        siam_image_release(&s.last);
    }
    siam_aug_ctx_release(&a);
    siam_image_release(&src);
    siam_image_release(&work);
    siam_image_release(&other);
}

/* With one operation on, a view differs from the source exactly when its gate opened. */
static void probabilities_hold(void **state)
{
    (void)state;
    enum { N = 2000 };
    siam_aug_cfg gray = {.size = 32, .gray_p = 0.2}, flip = {.size = 32, .flip_p = 0.5};
    siam_aug_cfg jitter = {.size = 32, .jitter_p = 0.8, .brightness = 0.4}, blur = cifar, none = {.size = 32};
    blur.crop_max = blur.jitter_p = blur.gray_p = blur.flip_p = 0.0;
    siam_image src = case_image(32, 32, 5), work = {0};
    siam_aug_ctx c = {0};
    float plain[FLOATS], v[FLOATS];
    view_of(plain, &none, &c, &work, &src, 0, 0, 0);
    for (size_t i = 0; i < FLOATS; i++) /* no operation at all: the pixels themselves */
        assert_int_equal(lrintf(plain[i]), src.px[i % PIXELS * 3 + i / PIXELS]);
    int n[4] = {0};
    for (uint64_t i = 0; i < N; i++) {
        const siam_aug_cfg *const cfg[4] = {&gray, &flip, &jitter, &blur};
        for (int k = 0; k < 4; k++) {
            view_of(v, cfg[k], &c, &work, &src, 0, i, 0);
            n[k] += memcmp(v, plain, sizeof v) != 0;
        }
    }
    assert_in_range(n[0], N * 17 / 100, N * 23 / 100);
    assert_in_range(n[1], N * 46 / 100, N * 54 / 100);
    assert_in_range(n[2], N * 77 / 100, N * 83 / 100);
    assert_in_range(n[3], N * 46 / 100, N * 54 / 100);
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
    siam_image_release(&work);
}

/* With only brightness on, the ratio of means is the factor: uniform in 0.6..1.4. A strength of 0 for one
 * operation leaves the draws of the others as they were. */
static void jitter_factors_are_uniform(void **state)
{
    (void)state;
    enum { N = 4000 };
    siam_aug_cfg cfg = {.size = 8, .jitter_p = 1.0, .brightness = 0.4};
    siam_image src = noise_image(8, 8, 3), work = {0};
    fill_rect(&src, 0, 8, 0, 8, 150, 150, 150);
    siam_aug_ctx c = {0};
    float v[192];
    double mean = 0.0, var = 0.0, low = 9.0, high = 0.0;
    for (uint64_t i = 0; i < N; i++) {
        view_of(v, &cfg, &c, &work, &src, 0, i, 0);
        const double f = ((double)v[0] + 0.5) / 150.0;
        mean += f / N;
        var += (f - 1.0) * (f - 1.0) / N;
        low = f < low ? f : low;
        high = f > high ? f : high;
    }
    assert_true(fabs(mean - 1.0) < 0.012);
    assert_true(fabs(var - 0.8 * 0.8 / 12.0) < 0.003);
    assert_true(low > 0.59 && low < 0.61 && high > 1.39 && high < 1.41);
    float with_hue[192];
    cfg.hue = 0.1; /* a grey image has no hue to shift */
    view_of(with_hue, &cfg, &c, &work, &src, 0, N - 1, 0);
    assert_memory_equal(v, with_hue, sizeof v);
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
    siam_image_release(&work);
}

/* Above a strength of 1 the factors go from 0, not from below: a fifth of them, not a third, is below half of the mean. */
static void jitter_is_never_negative(void **state)
{
    (void)state;
    enum { N = 4000 };
    static const double strength[] = {1.0, 1.5, 3.0};
    siam_image src = noise_image(8, 8, 3), work = {0};
    fill_rect(&src, 0, 8, 0, 8, 80, 80, 80);
    siam_aug_ctx c = {0};
    float v[192];
    for (int k = 0; k < 3; k++) {
        const siam_aug_cfg cfg = {.size = 8, .jitter_p = 1.0, .brightness = strength[k]};
        const double most = 1 + strength[k];
        int black = 0, dark = 0, half = 0;
        for (uint64_t i = 0; i < N; i++) {
            view_of(v, &cfg, &c, &work, &src, 0, i, 0);
            black += v[0] < 0.5f;
            dark += v[0] < 8.5f; /* a factor below 9 / 80 */
            half += v[0] < 39.5f;
        }
        assert_true(fabs((double)half / N - 0.5 / most) < 0.03);
        assert_true(fabs((double)dark / N - 9.0 / 80 / most) < 0.015);
        assert_true((double)black / N < 1.0 / 80 / most + 0.005);
    }
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
    siam_image_release(&work);
}

/* The corner of the middle part is half the margin, halves to the even one, as torchvision's CenterCrop has it. */
static void the_centre_rounds_to_even(void **state)
{
    (void)state;
    static const struct {
        int size, w, h, x, y; /* the short side is what it is resized to: nothing is resized */
    } rows[] = {{32, 33, 32, 0, 0}, {32, 34, 32, 1, 0}, {32, 35, 32, 2, 0},  {32, 37, 32, 2, 0},  {32, 39, 32, 4, 0},
                {32, 32, 35, 0, 2}, {32, 32, 41, 0, 4}, {32, 32, 43, 0, 6},  {56, 64, 64, 4, 4},  {56, 67, 64, 6, 4},
                {56, 64, 67, 4, 6}, {56, 65, 64, 4, 4}, {56, 64, 69, 4, 6},  {56, 71, 64, 8, 4}, {28, 32, 35, 2, 4},
                {224, 259, 256, 18, 16}, {224, 256, 257, 16, 16}};
    siam_image work = {0};
    siam_image_scratch s = {0};
    siam_err e = {0};
    float *out = malloc(3 * 224 * 224 * sizeof *out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_image src = noise_image(rows[i].w, rows[i].h, (uint32_t)i + 1);
        const int size = rows[i].size;
        assert_int_equal(siam_test_view(size, &src, &work, &s, &bytes, out, &e), SIAM_OK);
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                if (lrintf(out[y * size + x]) != src.px[((y + rows[i].y) * rows[i].w + x + rows[i].x) * 3])
                    fail_msg("%d x %d to %d: the corner is not at %d, %d", rows[i].w, rows[i].h, size, rows[i].x, rows[i].y);
        siam_image_release(&src);
    }
    free(out);
    siam_image_release(&work);
    siam_image_scratch_release(&s);
}

static void flip_mirrors(void **state)
{
    (void)state;
    siam_aug_cfg cfg = {.size = 32, .flip_p = 1.0};
    siam_image src = case_image(32, 32, 5), work = {0};
    siam_aug_ctx c = {0};
    float v[FLOATS];
    view_of(v, &cfg, &c, &work, &src, 0, 0, 0);
    for (size_t y = 0; y < 32; y++)
        for (size_t x = 0; x < 32; x++)
            assert_int_equal(lrintf(v[y * 32 + x]), src.px[(y * 32 + 31 - x) * 3]);
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
    siam_image_release(&work);
}

static void smallest_and_longest_images(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {1, 500}, {500, 1}, {2, 3}};
    siam_aug_ctx c = {0};
    siam_image work = {0};
    float v[FLOATS];
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        siam_image src = noise_image(sizes[k][0], sizes[k][1], 11);
        const uint32_t before = image_crc(&src);
        for (uint64_t i = 0; i < 60; i++) {
            view_of(v, &cifar, &c, &work, &src, 0, i, 0);
            for (size_t p = 0; p < FLOATS; p++)
                assert_true(v[p] >= 0.0f && v[p] <= 255.01f);
        }
        assert_int_equal(image_crc(&src), before);
        siam_err e = {0};
        assert_int_equal(siam_test_view(32, &src, &work, &c.scratch, &bytes, v, &e), SIAM_OK);
        assert_int_equal(image_crc(&src), before);
        if (src.w == 1 && src.h == 1)
            for (size_t p = 0; p < FLOATS; p++)
                assert_int_equal(lrintf(v[p]), src.px[p / PIXELS]);
        siam_image_release(&src);
    }
    siam_aug_ctx_release(&c);
    siam_image_release(&work);
}

static void rows_run_in_order(void **state)
{
    (void)state;
    static const char *const want[] = {"crop", "jitter", "gray", "blur", "solarise", "flip", "vflip", "rot90", "rotate", "drop"};
    enum { N = sizeof want / sizeof *want };
    for (int i = 0; i < N; i++) {
        assert_non_null(siam_augments[i]);
        assert_string_equal(siam_augments[i]->name, want[i]);
    }
    assert_null(siam_augments[N]);
}

/* Rows draw from streams of their own, which are nobody else's either. */
static void streams_are_apart(void **state)
{
    (void)state;
    for (int i = 0; siam_augments[i]; i++) {
        const uint32_t s = siam_augments[i]->stream;
        if (!((s > SIAM_RNG_SHUFFLE && s < SIAM_RNG_SUBSET) || s >= SIAM_RNG_AUGMENT))
            fail_msg("stream %u of %s is not for augmentations", (unsigned)s, siam_augments[i]->name);
        for (int k = 0; k < i; k++)
            if (siam_augments[k]->stream == s)
                fail_msg("%s and %s draw the same numbers", siam_augments[k]->name, siam_augments[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_torchvision),
        cmocka_unit_test(crops_follow_the_rules),
        cmocka_unit_test(crop_of_the_whole_reaches_both_edges),
        cmocka_unit_test(crop_falls_back_to_the_centre),
        cmocka_unit_test(view_depends_on_its_key_only), cmocka_unit_test(image_is_the_view),
        cmocka_unit_test(probabilities_hold),
        cmocka_unit_test(jitter_factors_are_uniform),
        cmocka_unit_test(jitter_is_never_negative),
        cmocka_unit_test(the_centre_rounds_to_even),
        cmocka_unit_test(flip_mirrors),
        cmocka_unit_test(smallest_and_longest_images),
        cmocka_unit_test(rows_run_in_order),
        cmocka_unit_test(streams_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
