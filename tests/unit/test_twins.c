/* A survey of images and the twins among them: planted copies are found, as what they are, and nothing else is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/synth.h"
#include "data/twins.h"

enum { TRAIN = 600, TEST = 400, EVERY = 20, KINDS = 6, SIDE = 48 };

static siam_err err;
#define OK(x) require((x), #x, __LINE__)
static void require(siam_code rc, const char *what, int line)
{
    if (rc)
        fail_msg("line %d: %s: %s", line, what, err.msg);
}

/* ---- a data set with copies ---- */

typedef struct copies {
    siam_dataset head;
    bool held_out;
} copies;

/* The training image that a held-out one is made from, or -1. */
static int64_t source_of(int64_t i) { return i % EVERY == 7 ? (i * 13 + 5) % TRAIN : -1; }
static int how_of(int64_t i) { return (int)(i / EVERY % KINDS); } /* what was done to it */

static siam_code draw(siam_image *im, int64_t number, siam_err *e)
{
    const siam_code rc = siam_image_resize_buffer(im, SIDE, SIDE, e);
    if (!rc)
        siam_synth_draw(im->px, SIDE, (int)(number % SIAM_SYNTH_CLASSES), siam_rng_key(5, 0, (uint64_t)number, 0, SIAM_RNG_SUBSET));
    return rc;
}

static siam_code change(siam_image *im, int how, int64_t i, siam_err *e)
{
    siam_image small = {0};
    siam_image_scratch scratch = {0};
    siam_rng r = siam_rng_key(6, 0, (uint64_t)i, 0, SIAM_RNG_SUBSET);
    siam_code rc = SIAM_OK;
    if (how == 1)
        siam_image_hflip(im);
    if (how == 2)
        siam_image_brightness(im, 0.95f);
    for (int k = 0; how == 3 && k < 3 * SIDE * SIDE; k++) { /* as a lossy format does */
        const int v = im->px[k] + (int)siam_rng_below(&r, 5) - 2;
        im->px[k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    if (how >= 4) { /* smaller; larger */
        const int side = how == 4 ? 3 * SIDE / 4 : 3 * SIDE / 2;
        rc = siam_image_crop_resize(&small, im, 0, 0, SIDE, SIDE, side, side, &scratch, e);
        if (!rc)
            rc = siam_image_resize_buffer(im, side, side, e);
        if (!rc)
            memcpy(im->px, small.px, 3 * (size_t)side * (size_t)side);
    }
    siam_image_release(&small);
    siam_image_scratch_release(&scratch);
    return rc;
}

/* A picture of shades alone; tinted: in other colours of the same luma. */
static void recolour(siam_image *im, bool tinted)
{
    for (int i = 0; i < SIDE * SIDE; i++) {
        uint8_t *p = im->px + 3 * i;
        const int shade = 115 + (p[0] + p[1] + p[2]) / 25;
        p[0] = (uint8_t)(shade + (tinted ? 35 : 0));
        p[1] = (uint8_t)shade;
        p[2] = (uint8_t)(shade - (tinted ? 92 : 0)); /* 0.299 * 35 = 0.114 * 92 */
    }
}

static siam_code read_copy(const siam_dataset *d, int64_t i, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const copies *c = (const copies *)d;
    if (!c->held_out && i == 11)
        return siam_fail(e, SIAM_E_DATA, "it is damaged");
    if (!c->held_out && i == 12)
        return draw(im, 0, e); /* the first once more */
    if (!c->held_out) {
        const siam_code rc = draw(im, i == 14 ? 13 : i, e);
        if (!rc && (i == 13 || i == 14))
            recolour(im, i == 14); /* the same shades, and two pictures */
        return rc;
    }
    const int64_t from = source_of(i);
    const siam_code rc = draw(im, from < 0 ? TRAIN + i : from, e);
    return rc || from < 0 ? rc : change(im, how_of(i), i, e);
}

static const siam_dataset_type copies_type = {.name = "copies", .read = read_copy};

static copies make_set(bool held_out)
{
    return (copies){.head = {.type = &copies_type, .info = {.count = held_out ? TEST : TRAIN}}, .held_out = held_out};
}

static void planted_copies_are_found(void **state)
{
    (void)state;
    static const siam_twin_kind kind[KINDS] = {SIAM_TWIN_EXACT, SIAM_TWIN_MIRRORED, SIAM_TWIN_NEAR, SIAM_TWIN_NEAR, SIAM_TWIN_NEAR, SIAM_TWIN_NEAR};
    const copies train = make_set(false), test = make_set(true);
    siam_survey s[2];
    siam_twin *twin;
    OK(siam_survey_take(&s[0], &train.head, 2, NULL, NULL, NULL, &err));
    OK(siam_survey_take(&s[1], &test.head, 2, NULL, NULL, NULL, &err));
    OK(siam_twins_find(&twin, (const siam_survey *const[]){&s[0], &s[1]}, 2, &err));
    assert_string_equal(s[0].why[11], "it is damaged");
    assert_int_equal(s[0].look[11].w, 0);
    for (int k = 0; k < SIAM_LOOK_SIDE * SIAM_LOOK_SIDE; k++)
        assert_in_range(s[0].look[13].shade[k] - s[0].look[14].shade[k] + 2, 0, 4);
    for (int64_t i = 0; i < TRAIN; i++) {
        assert_int_equal(twin[i].of, i == 12 ? 0 : -1);
        assert_int_equal(twin[i].kind, i == 12 ? SIAM_TWIN_EXACT : SIAM_TWIN_NONE);
        assert_true(i == 11 || !s[0].why[i]);
    }
    int planted = 0;
    for (int64_t i = 0; i < TEST; i++) {
        const int64_t from = source_of(i) == 11 ? -1 : source_of(i) == 12 ? 12 : source_of(i);
        const siam_twin t = twin[TRAIN + i];
        planted += from >= 0;
        if (t.of != from || t.kind != (from < 0 ? SIAM_TWIN_NONE : kind[how_of(i)]))
            fail_msg("image %d (made from %d, way %d) is a twin of %d, kind %d", (int)i, (int)from, how_of(i), (int)t.of, (int)t.kind);
    }
    assert_int_equal(planted, TEST / EVERY);
    free(twin);
    siam_survey_release(&s[0]);
    siam_survey_release(&s[1]);
}

/* Of looks written by hand: the first twin counts, in whichever part of the bits it is found; the first of several copies does, too. */
static void the_first_twin_counts(void **state)
{
    (void)state;
    enum { N = 8 };
    static const uint64_t shape[N] = {0, 1, 1, 0x7f, 0, 0, 0, 0xff}; /* the last differs from the first in eight bits, one too many */
    static const struct {
        int64_t of;
        siam_twin_kind kind;
    } want[N] = {{-1, SIAM_TWIN_NONE},  {0, SIAM_TWIN_NEAR},  {0, SIAM_TWIN_NEAR},  {0, SIAM_TWIN_NEAR},
                 {0, SIAM_TWIN_EXACT}, {0, SIAM_TWIN_EXACT}, {-1, SIAM_TWIN_NONE}, {1, SIAM_TWIN_NEAR}};
    siam_look look[N];
    siam_twin *twin;
    for (int i = 0; i < N; i++) {
        look[i] = (siam_look){.w = 9, .h = 9, .pixels = (uint64_t)(i == 4 || i == 5 ? 1000 : 1000 + i), .shape = shape[i],
                              .mirrored = ~(uint64_t)0, .deviation = i == 6 ? 0.01f : 0.2f};
        for (int k = 0; k < SIAM_LOOK_SIDE * SIAM_LOOK_SIDE; k++)
            look[i].shade[k] = (uint8_t)(k * 37 % 251);
    }
    OK(siam_twins_find(&twin, (const siam_survey *const[]){&(siam_survey){.n = N, .look = look}}, 1, &err));
    for (int i = 0; i < N; i++)
        if (twin[i].of != want[i].of || twin[i].kind != want[i].kind)
            fail_msg("image %d is a twin of %d, kind %d", i, (int)twin[i].of, (int)twin[i].kind);
    free(twin);
}

static void threads_see_the_same(void **state)
{
    (void)state;
    const copies set = make_set(true);
    siam_survey one, many;
    OK(siam_survey_take(&one, &set.head, 1, NULL, NULL, NULL, &err));
    for (int threads = 2; threads <= 5; threads += 3) {
        OK(siam_survey_take(&many, &set.head, threads, NULL, NULL, NULL, &err));
        assert_memory_equal(one.look, many.look, (size_t)one.n * sizeof *one.look);
        assert_memory_equal(one.level, many.level, sizeof one.level);
        siam_survey_release(&many);
    }
    siam_survey_release(&one);
    const volatile sig_atomic_t now = SIGTERM;
    assert_int_equal(siam_survey_take(&one, &set.head, 1, &now, NULL, NULL, NULL), SIAM_E_CANCELLED);
    siam_survey_release(&one);
}

/* ---- colours: two images of two halves ---- */

static siam_code read_halves(const siam_dataset *d, int64_t i, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    (void)d;
    const int side = i ? 40 : 10; /* each counts alike */
    const siam_code rc = siam_image_resize_buffer(im, side, side, e);
    for (int k = 0; !rc && k < 3 * side * side; k++)
        im->px[k] = (uint8_t)(k % 3 == 2 ? 51 : k < 3 * side * side / 2 ? 0 : i ? 255 : 102);
    return rc;
}

static void colours_of_all(void **state)
{
    (void)state;
    const siam_dataset_type type = {.name = "halves", .read = read_halves};
    const siam_dataset set = {.type = &type, .info = {.count = 2}};
    siam_survey s;
    double mean, std;
    OK(siam_survey_take(&s, &set, 1, NULL, NULL, NULL, &err));
    for (int c = 0; c < 3; c++) { /* 0, 0, 0.4, 1 in equal parts */
        siam_survey_channel(&s, c, &mean, &std);
        assert_true(fabs(mean - (c == 2 ? 0.2 : 0.35)) < 1e-6);
        assert_true(fabs(std - (c == 2 ? 0 : sqrt(0.29 - 0.35 * 0.35))) < 1e-6);
    }
    assert_true(siam_survey_percentile(&s, 0, 0.49) == 0);
    assert_true(fabs(siam_survey_percentile(&s, 0, 0.6) - 0.4) < 1e-9);
    assert_true(siam_survey_percentile(&s, 0, 0.9) == 1);
    assert_int_equal(s.look[0].w, 10);
    assert_int_equal(s.look[1].h, 40);
    assert_true(fabsf(s.look[1].mean - s.look[1].deviation) < 0.05f);
    siam_survey_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planted_copies_are_found), cmocka_unit_test(the_first_twin_counts),
                                       cmocka_unit_test(threads_see_the_same),
                                       cmocka_unit_test(colours_of_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
