/* The pixel loops of every kind that this processor has give the same bits: on all colours, on short ends, and nothing beside them. What
 * the bits should be is test_image's, with the fastest of them. */
#include "image_case.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "image/across_bytes.h"
#include "image/pixels.h"

enum { GUARD = 64 };

static const siam_pixels *wide_or_skip(void)
{
    const siam_pixels *wide = siam_pixels_by(1);
    assert_non_null(siam_pixels_by(0));
    assert_ptr_equal(siam_pixels_best(), wide ? wide : siam_pixels_by(0));
    if (!wide)
        skip(); /* this processor has one kind */
    return wide;
}

/* Every colour once, in an order in which neighbours differ. */
static uint8_t *all_colours(size_t n)
{
    uint8_t *p = malloc(3 * n);
    assert_non_null(p);
    for (size_t i = 0; i < n; i++) {
        const uint32_t colour = (uint32_t)i * 0x9e3779b1u & 0xffffff;
        p[3 * i] = (uint8_t)colour;
        p[3 * i + 1] = (uint8_t)(colour >> 8);
        p[3 * i + 2] = (uint8_t)(colour >> 16);
    }
    return p;
}

static void colours_of_all_pixels(void **state)
{
    (void)state;
    const size_t n = (size_t)1 << 24;
    const siam_pixels *wide = wide_or_skip(), *plain = siam_pixels_by(0);
    uint8_t *in = all_colours(n), *a = malloc(3 * n), *b = malloc(3 * n);
    assert_true(a && b);
    assert_true(plain->luma_sum(in, n) == wide->luma_sum(in, n));
    for (int k = 0; k < 4; k++) {
        memcpy(a, in, 3 * n);
        memcpy(b, in, 3 * n);
        if (k == 0) {
            plain->grey(a, n);
            wide->grey(b, n);
        } else if (k == 1) {
            plain->saturate(a, n, 1.37f);
            wide->saturate(b, n, 1.37f);
        } else {
            plain->hue(a, n, k == 2 ? -25 : 101);
            wide->hue(b, n, k == 2 ? -25 : 101);
        }
        assert_int_equal(memcmp(a, b, 3 * n), 0);
    }
    free(in);
    free(a);
    free(b);
}

/* What changes samples in place. */
static void change(const siam_pixels *by, int which, uint8_t *p, size_t n, float f, int shift)
{
    switch (which) {
    case 0: by->blend(p, 3 * n, shift & 255, f); break;
    case 1: by->grey(p, n); break;
    case 2: by->saturate(p, n, f); break;
    case 3: by->hue(p, n, shift); break;
    case 4: by->flip(p, n, 1); break;
    default: by->flip(p, n / 3, 3); break;
    }
}

static void any_number_of_pixels(void **state)
{
    (void)state;
    static const float factor[] = {0, 1, 0.4f, 1.8f, -3.5f, 1e-20f, 65536, -65536};
    const siam_pixels *wide = wide_or_skip();
    static uint8_t a[3 * 200 + 2 * GUARD], b[sizeof a];
    uint8_t *in = all_colours(200 + 64);
    for (size_t n = 0; n <= 200; n++)
        for (int which = 0; which < 6; which++) {
            const float f = factor[n % 8];
            memset(a, 0xa5, sizeof a);
            memcpy(a + GUARD, in + n % 64, 3 * n);
            memcpy(b, a, sizeof a);
            change(siam_pixels_by(0), which, a + GUARD, n, f, (int)n * 7 - 300);
            change(wide, which, b + GUARD, n, f, (int)n * 7 - 300);
            assert_memory_equal(a, b, sizeof a); /* the guards as well */
            assert_true(siam_pixels_by(0)->luma_sum(in + 1, n) == wide->luma_sum(in + 1, n));
        }
    free(in);
}

/* The sum of many white pixels is beyond 32 bits. */
static void a_large_sum(void **state)
{
    (void)state;
    const size_t n = ((size_t)1 << 24) + (1 << 20) + 5;
    uint8_t *p = malloc(3 * n);
    assert_non_null(p);
    memset(p, 255, 3 * n);
    for (int which = 0; which < 2 && siam_pixels_by(which); which++)
        assert_true(siam_pixels_by(which)->luma_sum(p, n) == 255 * (uint64_t)n);
    free(p);
}

static void normalised_values(void **state)
{
    (void)state;
    static const float std[] = {0.229f, 0.225f, 0.1f, 1, 3, 1.0f / 3, 1e-3f, 1e-44f, 1e30f, 0.1234567f, INFINITY, -0.7f};
    const siam_pixels *wide = wide_or_skip();
    static float a[3 * 300 + 16], b[3 * 300 + 16];
    uint8_t *in = malloc(3 * 300);
    for (size_t i = 0; i < 3 * 300; i++)
        in[i] = (uint8_t)(i / 3 + i % 3 * 85);
    for (size_t k = 0; k < sizeof std / sizeof *std; k++)
        for (size_t n = 0; n <= 300; n += n < 20 ? 1 : 35) {
            const siam_norm norm = {{0.485f, (float)k * 0.083f, 0.406f}, {std[k], std[(k + 1) % 4], 0.225f}};
            memset(a, 0xa5, sizeof a);
            memset(b, 0xa5, sizeof b);
            siam_pixels_by(0)->normalise(a, in, n, norm.mean, norm.std);
            wide->normalise(b, in, n, norm.mean, norm.std);
            assert_memory_equal(a, b, sizeof a);
        }
    free(in);
}

static void sums_of_rows(void **state)
{
    (void)state;
    const siam_pixels *wide = wide_or_skip();
    static uint8_t in[70 * 300], a[300 + GUARD], b[300 + GUARD];
    siam_image noise = noise_image(70 * 100, 1, 77);
    memcpy(in, noise.px, sizeof in);
    memset(in, 255, 3 * 300); /* white stays so where the weights add up to more than one */
    for (size_t n = 0; n <= 200; n += n < 70 ? 1 : 13)
        for (int radius = 0; radius <= 32; radius += radius < 3 ? 1 : 7) {
            const uint8_t *tap[70];
            for (int t = 0; t < 2 * radius + 3; t++)
                tap[t] = in + t * 300 + t % 3;
            const siam_image_box box = siam_image_box_of_sigma(0.02f + (float)radius * 0.97f);
            const siam_image_box of = {radius, radius == box.radius ? box.inner : (1u << 24) / (2 * (uint32_t)radius + 3),
                                       radius == box.radius ? box.outer : (1u << 24) / (2 * (uint32_t)radius + 3)};
            int32_t k[70];
            const int count = 1 + radius * 2;
            for (int t = 0, left = (1 << SIAM_WEIGHT_BITS) + 9000 * (radius % 2); t < count; t++, left -= k[t - 1])
                k[t] = t == count - 1 ? left : left / (2 + t % 5);
            for (int sums = 0; sums < 2; sums++) {
                memset(a, 0xa5, sizeof a);
                memset(b, 0xa5, sizeof b);
                if (sums) {
                    siam_pixels_by(0)->down(a, in + 1, 300, n, k, count);
                    wide->down(b, in + 1, 300, n, k, count);
                } else {
                    siam_pixels_by(0)->blur(a, tap, n, of.radius, of.inner, of.outer);
                    wide->blur(b, tap, n, of.radius, of.inner, of.outer);
                }
                assert_memory_equal(a, b, sizeof a);
            }
        }
    siam_image_release(&noise);
}

/* n bytes right before memory that cannot be touched. */
static uint8_t *before_a_wall(size_t n, uint8_t **all, size_t *size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (n + page - 1) / page * page;
    *size = room + page;
    *all = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(*all != MAP_FAILED);
    assert_int_equal(mprotect(*all + room, page, PROT_NONE), 0);
    return *all + room - n;
}

static void nothing_behind_the_pixels(void **state)
{
    (void)state;
    const siam_pixels *wide = wide_or_skip();
    static float view[3 * 100];
    for (size_t n = 1; n <= 100; n += n < 34 ? 1 : 11) {
        size_t size;
        uint8_t *all, *p = before_a_wall(3 * n, &all, &size);
        for (int which = 0; which < 6; which++)
            change(wide, which, p, n, 0.5f, 3);
        const siam_norm norm = {{0.5f, 0.5f, 0.5f}, {0.2f, 0.2f, 0.2f}};
        wide->normalise(view, p, n, norm.mean, norm.std);
        wide->luma_sum(p, n);
        wide->blur(p, (const uint8_t *const[]){p, p, p}, 3 * n, 0, 1u << 23, 1u << 22);
        wide->down(p, p, 0, 3 * n, (const int32_t[]){1 << SIAM_WEIGHT_BITS}, 1);
        munmap(all, size);
    }
}

/* Weights as a resize has them: a triangle over `count` pixels, and what must not count behind them. */
static void weights_of(int32_t *k, int32_t *first, int32_t *count, int taps, int w, int out, int top)
{
    for (int i = 0; i < out; i++) {
        count[i] = 1 + (taps - 1) * (i % 5 + 1) / 5;
        count[i] = count[i] < w ? count[i] : w;
        first[i] = out > 1 ? (int32_t)((int64_t)i * (w - count[i]) / (out - 1)) : 0;
        first[i] = i && first[i] < first[i - 1] ? first[i - 1] : first[i];
        count[i] = count[i] < w - first[i] ? count[i] : w - first[i];
        for (int t = 0, left = (1 << SIAM_WEIGHT_BITS) + top; t < taps; t++) {
            k[i * taps + t] = t == count[i] - 1 ? left : t < count[i] ? left / (2 + (t + i) % 3) : 123456;
            left -= k[i * taps + t];
        }
    }
}

/* The horizontal pass by bytes gives the sums of the one by pairs, whatever the sizes: reads only rows, writes only the result. */
static void bytes_across(void **state)
{
    (void)state;
    wide_or_skip();
    static const int sides[][3] = {/* w, out, taps */
                                   {1, 1, 1},    {1, 9, 3},    {3, 50, 3},   {5, 5, 1},     {21, 22, 3},   {22, 21, 5},   {41, 23, 9},  {64, 5, 33},
                                   {100, 99, 3}, {400, 224, 5}, {500, 224, 7}, {300, 100, 7}, {900, 100, 19}, {700, 50, 29}, {33, 200, 3}, {17, 16, 4}};
    int done = 0, left_to_others = 0;
    for (size_t n = 0; n < sizeof sides / sizeof *sides; n++)
        for (int h = 1; h <= 9; h += h < 5 ? 1 : 4) {
            const int w = sides[n][0], out = sides[n][1], taps = sides[n][2], most = siam_across_most(taps);
            const size_t bytes = 3 * (size_t)w * (size_t)h, result = 3 * (size_t)out * (size_t)h, words = siam_across_bytes_room(out, taps);
            int32_t *k = calloc((size_t)out * (size_t)taps, sizeof *k), *first = calloc((size_t)out, sizeof *first), *count = calloc((size_t)out, sizeof *count);
            int32_t *part = calloc((size_t)out * (size_t)most * 2, sizeof *part), *room = malloc((words + 1) * sizeof *room);
            int32_t *pairs = malloc((size_t)w * SIAM_ACROSS_PIXEL * sizeof *pairs);
            uint8_t *want = malloc(result), *all, *all_out;
            size_t size, size_out;
            assert_true(k && first && count && part && room && pairs && want);
            uint8_t *in = before_a_wall(bytes, &all, &size), *got = before_a_wall(result, &all_out, &size_out);
            siam_image noise = noise_image(w, h, (uint32_t)n + 3);
            memcpy(in, noise.px, bytes);
            memset(in, 255, 3 * (size_t)w);
            weights_of(k, first, count, taps, w, out, (int)n * 700);
            const siam_across a = {out, most, first, count, part};
            siam_across_fill(&a, k, taps);
            siam_across_by(1)(want, in, 3 * (size_t)w, w, h, &a, pairs);
            room[words] = 0x5a5a5a5a;
            if (siam_across_bytes(got, in, 3 * (size_t)w, w, h, &(siam_across_axis){out, taps, k, first, count}, room)) {
                assert_memory_equal(got, want, result);
                assert_int_equal(room[words], 0x5a5a5a5a);
                done++;
            } else {
                assert_true(w > 4 * out); /* only what shrinks much is left to others */
                left_to_others++;
            }
            siam_image_release(&noise);
            munmap(all, size);
            munmap(all_out, size_out);
            void *const parts[] = {k, first, count, part, room, pairs, want};
            for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
                free(parts[i]);
        }
    assert_true(done >= 13 * 6 && left_to_others >= 6);
}

static void digits(void **state)
{
    (void)state;
    const int32_t most = 3 << 21;
    for (int32_t k = 0; k <= most; k += k < 70000 || k > most - 70000 ? 1 : 977) {
        const int32_t four[4] = {k, most - k, 127, k / 3};
        int32_t d[SIAM_DIGITS];
        siam_digits(four, d);
        for (int i = 0; i < 4; i++)
            assert_int_equal((int8_t)(d[0] >> 8 * i) + 256 * (int8_t)(d[1] >> 8 * i) + 65536 * (int8_t)(d[2] >> 8 * i), four[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(colours_of_all_pixels), cmocka_unit_test(any_number_of_pixels),
                                       cmocka_unit_test(a_large_sum), cmocka_unit_test(normalised_values),
                                       cmocka_unit_test(sums_of_rows),
                                       cmocka_unit_test(nothing_behind_the_pixels),
                                       cmocka_unit_test(bytes_across),
                                       cmocka_unit_test(digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
