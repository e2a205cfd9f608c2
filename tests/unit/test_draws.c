/* Random draws: which of them are independent, uniform or normal, and over which range. */
#include "image_case.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "data/augment.h"
#include "data/loader.h"

enum { SIDE = 16, FLOATS = 3 * SIDE * SIDE, DRAWS = 512 };

/* A normalised value is the byte itself up to rounding. */
static void view_of(float *dst, const siam_aug_cfg *cfg, siam_aug_ctx *c, const siam_image *src, uint64_t epoch,
                    uint64_t sample, uint32_t view)
{
    static const siam_norm bytes = {.std = {1 / 255.0f, 1 / 255.0f, 1 / 255.0f}};
    siam_image work = {0};
    siam_err e = {0};
    c->epoch = epoch;
    c->sample = sample;
    c->view = view;
    assert_int_equal(siam_augment_view(cfg, c, src, &work, &bytes, dst, &e), SIAM_OK);
    siam_image_release(&work);
}

/* Whether an operation is applied is one coin for each operation, view, epoch and sample: no two of them agree. */
static void coins_are_apart(void **state)
{
    (void)state;
    static const siam_aug_cfg alone[] = {{.size = SIDE, .jitter_p = 0.5, .brightness = 0.9},
                                         {.size = SIDE, .gray_p = 0.5},
                                         {.size = SIDE, .blur_p = 0.5, .blur_min = 2, .blur_max = 2},
                                         {.size = SIDE, .flip_p = 0.5}};
    enum { OPS = sizeof alone / sizeof *alone, ROWS = OPS * 4, APART = 68 /* six standard deviations */ };
    static bool coin[ROWS][DRAWS];
    siam_image src = noise_image(SIDE, SIDE, 7);
    siam_aug_ctx c = {0};
    for (int row = 0; row < ROWS; row++)
        for (uint64_t i = 0; i < DRAWS; i++) {
            float v[FLOATS];
            size_t same = 0;
            view_of(v, &alone[row / 4], &c, &src, (uint64_t)(row / 2 % 2), i, (uint32_t)(row % 2));
            while (same < FLOATS && lrintf(v[same]) == src.px[same % (SIDE * SIDE) * 3 + same / (SIDE * SIDE)])
                same++;
            coin[row][i] = same < FLOATS;
        }
    for (int a = 0; a < ROWS; a++)
        for (int b = 0; b < a; b++) {
            int agree = 0;
            for (int i = 0; i < DRAWS; i++)
                agree += coin[a][i] == coin[b][i];
            if (abs(agree - DRAWS / 2) > APART)
                fail_msg("of %d coins, rows %d and %d agree in %d", DRAWS, a, b, agree);
        }
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
}

/* A red with as much green as blue: a turn one way leaves more green, the other way more blue. */
static void hue_turns_both_ways(void **state)
{
    (void)state;
    static const double strength[] = {0.05, 0.1, 0.4};
    siam_image src = noise_image(SIDE, SIDE, 1);
    fill_rect(&src, 0, SIDE, 0, SIDE, 200, 100, 100);
    siam_aug_ctx c = {0};
    for (int k = 0; k < 3; k++) {
        const siam_aug_cfg cfg = {.size = SIDE, .jitter_p = 1, .hue = strength[k]};
        int green = 0, blue = 0;
        for (uint64_t i = 0; i < DRAWS; i++) {
            float v[FLOATS];
            view_of(v, &cfg, &c, &src, 0, i, 0);
            green += v[SIDE * SIDE] > v[2 * SIDE * SIDE] + 0.5f;
            blue += v[2 * SIDE * SIDE] > v[SIDE * SIDE] + 0.5f;
        }
        assert_in_range(green, DRAWS / 2 - 90, DRAWS / 2 + 68); /* a turn of less than 1/255 is none */
        assert_in_range(blue, DRAWS / 2 - 90, DRAWS / 2 + 68);
    }
    siam_aug_ctx_release(&c);
    siam_image_release(&src);
}

/* What is left of a white pixel falls with sigma. */
static void blur_has_its_range(void **state)
{
    (void)state;
    static const double range[][2] = {{0.1, 2.0}, {1.0, 2.0}, {0.8, 0.8}};
    siam_image dot = noise_image(SIDE, SIDE, 1);
    const size_t middle = SIDE / 2 * SIDE + SIDE / 2;
    fill_rect(&dot, 0, SIDE, 0, SIDE, 0, 0, 0);
    fill_rect(&dot, SIDE / 2, SIDE / 2 + 1, SIDE / 2, SIDE / 2 + 1, 255, 255, 255);
    siam_aug_ctx c = {0};
    siam_err e = {0};
    for (int k = 0; k < 3; k++) {
        const siam_aug_cfg cfg = {.size = SIDE, .blur_p = 1, .blur_min = range[k][0], .blur_max = range[k][1]};
        int end[2];
        for (int i = 0; i < 2; i++) {
            siam_image one = noise_image(SIDE, SIDE, 1);
            memcpy(one.px, dot.px, 3 * SIDE * SIDE);
            assert_int_equal(siam_image_gaussian_blur(&one, (float)range[k][i], &c.scratch, &e), SIAM_OK);
            end[i] = one.px[3 * middle];
            siam_image_release(&one);
        }
        int most = 0, least = 255;
        for (uint64_t i = 0; i < DRAWS; i++) {
            float v[FLOATS];
            view_of(v, &cfg, &c, &dot, 0, i, 0);
            const int left = (int)lrintf(v[middle]);
            most = left > most ? left : most;
            least = left < least ? left : least;
        }
        assert_true(most <= end[0] && least >= end[1]);
        assert_true(most >= end[0] - 3 && least <= end[1] + 1);
    }
    siam_aug_ctx_release(&c);
    siam_image_release(&dot);
}

/* All orders of three images, those in which one keeps its place included. */
static void orders_are_uniform(void **state)
{
    (void)state;
    enum { EPOCHS = 1200, EACH = EPOCHS / 6 };
    for (uint64_t seed = 0; seed < 3; seed++) {
        int count[27] = {0}, orders = 0;
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            int64_t perm[3];
            siam_epoch_order(perm, 3, seed, epoch);
            count[9 * perm[0] + 3 * perm[1] + perm[2]]++;
        }
        for (int i = 0; i < 27; i++) {
            orders += count[i] > 0;
            assert_true(!count[i] || abs(count[i] - EACH) < 78); /* six standard deviations */
        }
        assert_int_equal(orders, 6);
    }
}

/* Mean, variance, skewness and the share beyond two standard deviations. */
static void normal_draws_are_normal(void **state)
{
    (void)state;
    enum { N = 100000 };
    for (uint64_t seed = 1; seed < 4; seed++) {
        const siam_rng r = siam_rng_key(seed, 0, 0, 0, SIAM_RNG_INIT);
        double sum = 0, squares = 0, cubes = 0, beyond = 0, together = 0, before = 0;
        for (uint64_t i = 0; i < N; i++) {
            const double x = siam_rng_normal_at(&r, i);
            sum += x;
            squares += x * x;
            cubes += x * x * x;
            beyond += fabs(x) > 2;
            together += x * before;
            before = x;
        }
        assert_true(fabs(sum / N) < 0.02);
        assert_true(fabs(squares / N - 1) < 0.03);
        assert_true(fabs(cubes / N) < 0.08);
        assert_true(fabs(beyond / N - 0.0455) < 0.004);
        assert_true(fabs(together / N) < 0.02);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coins_are_apart),    cmocka_unit_test(hue_turns_both_ways),
        cmocka_unit_test(blur_has_its_range), cmocka_unit_test(orders_are_uniform),
        cmocka_unit_test(normal_draws_are_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
