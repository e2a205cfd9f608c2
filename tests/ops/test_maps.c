/* Kernels over maps, value by value: what a kernel stores is the float32 result, rounded to nearest even, in vectors and at
 * the ends of sweeps, on every instruction set that this processor has. test_backends.c compares too tolerantly to see a bias
 * there, and its random numbers have neither ties nor NaN. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/onednn/map_kernels.h"
#include "base/rng.h"

enum { MOST = 67 };

static bool has(siam_isa isa)
{
#if defined(__x86_64__)
    if (isa == SIAM_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    if (isa == SIAM_ISA_AVX2)
        return __builtin_cpu_supports("avx2");
#endif
    return isa == SIAM_ISA_BASE;
}

static float of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Ties to either side, their neighbours, NaN of every mantissa, infinities, zeros, denormals and any bits at all. */
static float number(int i)
{
    static const uint32_t special[] = {
        0x3f808000, 0x3f818000, 0xbf808000, 0xbf818000, 0x3f807fff, 0x3f808001, 0x3f817fff, 0x3f818001, 0x3fff8000,
        0x7f800001, 0x7fc00000, 0x7f80ffff, 0xffbfffff, 0x7fffffff, 0xff800001, 0x7f800000, 0xff800000, 0x7f7fffff,
        0x7f7f8000, 0x7f7f7fff, 0x00000000, 0x80000000, 0x00008000, 0x00018000, 0x00007fff, 0x80018000, 0x43008000};
    enum { SPECIAL = sizeof special / sizeof *special };
    siam_rng r = siam_rng_key(1, (uint64_t)i, 0, 0, SIAM_RNG_TEST);
    return of_bits(i < SPECIAL ? special[i] : siam_rng_u32(&r));
}

static void assert_bits(const char *what, int n, int i, float exact, uint16_t got)
{
    if (isnan(exact) ? !isnan(siam_bf16_float(got)) : got != siam_bf16_round(exact))
        fail_msg("%s of %d, element %d: %a was stored as %a", what, n, i, (double)exact, (double)siam_bf16_float(got));
}

/* The reference itself: ties go to the even one. */
static void reference(void **state)
{
    (void)state;
    static const uint32_t rows[][2] = {{0x3f808000, 0x3f80}, {0x3f818000, 0x3f82}, {0xbf808000, 0xbf80}, {0xbf818000, 0xbf82},
                                       {0x3f807fff, 0x3f80}, {0x3f808001, 0x3f81}, {0x3fff8000, 0x4000}, {0x7f7f8000, 0x7f80},
                                       {0x00008000, 0x0000}, {0x00018000, 0x0002}, {0x7f800000, 0x7f80}, {0x80000000, 0x8000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(siam_bf16_round(of_bits(rows[i][0])), rows[i][1]);
}

static void sweeps(const siam_map_kernels *k)
{
    float x[MOST];
    uint16_t a[MOST], b[MOST], out[MOST];
    for (int n = 1; n <= MOST; n++)
        for (int from = 0; from < 200; from += n) {
            for (int i = 0; i < n; i++) {
                x[i] = number(from + i);
                a[i] = siam_bf16_round(x[i]);
                b[i] = siam_bf16_round(number(from + i + 500));
            }
            k->narrow(n, x, out);
            for (int i = 0; i < n; i++)
                assert_bits("narrow", n, i, x[i], out[i]);
            k->relu(n, a, out);
            for (int i = 0; i < n; i++) {
                const float v = siam_bf16_float(a[i]);
                assert_bits("relu", n, i, v <= 0 ? 0 : v, out[i]);
            }
            k->add(n, a, b, out);
            for (int i = 0; i < n; i++)
                assert_bits("add", n, i, siam_bf16_float(a[i]) + siam_bf16_float(b[i]), out[i]);
        }
    for (int n = 1; n <= MOST; n++) { /* sums that lie between two: 1 + 2^-8, 1 + 2^-7 + 2^-8, and their negatives */
        for (int i = 0; i < n; i++) {
            a[i] = (uint16_t)(0x3f80 + (i & 1) + (i & 2 ? 0x8000 : 0));
            b[i] = (uint16_t)(0x3b80 + (i & 2 ? 0x8000 : 0));
        }
        k->add(n, a, b, out);
        for (int i = 0; i < n; i++)
            assert_int_equal(out[i], 0x3f80 + (i & 1 ? 2 : 0) + (i & 2 ? 0x8000 : 0));
    }
}

/* A BatchNorm's output, in the cache and past it. */
static void batchnorm(const siam_map_kernels *k, int lanes)
{
    enum { PIXELS = 24 };
    _Alignas(64) uint16_t x[16 * PIXELS], out[16 * PIXELS];
    float scale[16], shift[16];
    for (int i = 0; i < 16; i++) {
        scale[i] = i % 3 ? 1 : -1;
        shift[i] = ldexpf(i % 2 ? 1 : 3, -8);
    }
    for (int i = 0; i < lanes * PIXELS; i++)
        x[i] = i % 2 ? siam_bf16_round(number(i / 2)) : (uint16_t)(0x3f80 + i / 2 % 8);
    for (int stream = 0; stream < 2; stream++) {
        memset(out, 0, sizeof out);
        k->bn_apply(&(siam_bn_apply){.pixels = PIXELS, .stride = lanes, .x = x, .scale = scale, .shift = shift, .out = out,
                                     .stream = stream});
        for (int i = 0; i < lanes * PIXELS; i++)
            assert_bits(stream ? "streamed bn" : "bn", lanes, i, siam_bf16_float(x[i]) * scale[i % lanes] + shift[i % lanes],
                        out[i]);
    }
}

/* The largest of a window, as torch has it: NaN above all, the first of equals, and -infinity where there is nothing else. */
static void pooling(const siam_map_kernels *k, int lanes, bool bf16)
{
    enum { SIDE = 5 };
    static const siam_pool shapes[] = {{2, 2, 0, SIDE, SIDE, 2, 2}, {3, 2, 1, SIDE, SIDE, 3, 3}, {3, 1, 1, SIDE, SIDE, 5, 5}};
    float x[16 * SIDE * SIDE], out[16 * SIDE * SIDE];
    uint16_t narrow[16 * SIDE * SIDE], pooled[16 * SIDE * SIDE];
    uint8_t at[16 * SIDE * SIDE];
    for (int s = 0; s < 3; s++)
        for (int special = 0; special < SIDE * SIDE; special++) {
            const siam_pool *p = &shapes[s];
            for (int i = 0; i < SIDE * SIDE; i++)
                for (int c = 0; c < lanes; c++)
                    x[i * lanes + c] = c % 4 == 0 ? -INFINITY : c % 4 == 1 ? 1 : (float)((i * 7 + c) % 11 - 5);
            for (int c = 0; c < lanes; c++)
                x[special * lanes + c] = c % 4 == 3 ? INFINITY : c % 4 == 1 ? 1 : NAN;
            for (int i = 0; i < lanes * SIDE * SIDE; i++)
                narrow[i] = siam_bf16_round(x[i]);
            k->maxpool(p, bf16 ? (void *)narrow : x, bf16 ? (void *)pooled : out, at);
            for (int o = 0; o < p->out_h * p->out_w; o++)
                for (int c = 0; c < lanes; c++) {
                    const int top = o / (int)p->out_w * p->stride - p->pad, left = o % (int)p->out_w * p->stride - p->pad;
                    int best = -1;
                    for (int tap = 0; tap < p->kernel * p->kernel; tap++) {
                        const int h = top + tap / p->kernel, w = left + tap % p->kernel;
                        if (h < 0 || w < 0 || h >= SIDE || w >= SIDE)
                            continue;
                        const float v = x[(h * SIDE + w) * lanes + c];
                        const int b = best < 0 ? -1 : (top + best / p->kernel) * SIDE + left + best % p->kernel;
                        if (b < 0 || v > x[b * lanes + c] || isnan(v))
                            best = tap;
                    }
                    const float want = x[((top + best / p->kernel) * SIDE + left + best % p->kernel) * lanes + c];
                    const float got = bf16 ? siam_bf16_float(pooled[o * lanes + c]) : out[o * lanes + c];
                    assert_true(isnan(want) ? isnan(got) : got == want);
                    assert_int_equal(at[o * lanes + c], best);
                }
        }
}

static void the_largest_of_a_window(void **state)
{
    (void)state;
    for (siam_isa isa = SIAM_ISA_BASE; isa <= SIAM_ISA_AVX512; isa++)
        for (int lanes = 8; lanes <= 16 && has(isa); lanes += 8)
            for (int bf16 = 0; bf16 < 2; bf16++)
                pooling(siam_map_kernels_get(isa, lanes, bf16 ? SIAM_BF16 : SIAM_F32), lanes, bf16);
}

static void rounds_to_even(void **state)
{
    (void)state;
    for (siam_isa isa = SIAM_ISA_BASE; isa <= SIAM_ISA_AVX512; isa++)
        for (int lanes = 8; lanes <= 16 && has(isa); lanes += 8) {
            const siam_map_kernels *k = siam_map_kernels_get(isa, lanes, SIAM_BF16);
            sweeps(k);
            batchnorm(k, lanes);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference),
        cmocka_unit_test(rounds_to_even),
        cmocka_unit_test(the_largest_of_a_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
