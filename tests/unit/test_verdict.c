/* The verdict: healthy runs stay healthy, collapses are seen in time, and it can change its mind. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/verdict.h"

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

/* A repeatable wobble in [-1, 1]. */
static double wobble(int64_t i) { return sin(12.9898 * (double)i) * cos(78.233 * (double)i); }

static void verdict_healthy(void **state)
{
    (void)state;
    siam_verdict v;
    char text[256];
    siam_verdict_init(&v, 256, true);
    for (int64_t s = 1; s <= 3000; s++) {
        const double dip = s < 8 ? 0.45 * exp(-(double)s / 3) : 0; /* the first updates are rough */
        const double gauge = 0.95 - dip + 0.03 * wobble(s), loss = -0.97 * (1 - exp(-(double)s / 300));
        const bool changed = siam_verdict_step(&v, s, loss, gauge);
        assert_int_equal(changed, v.state == SIAM_VERDICT_HEALTHY && v.updates == 20);
        assert_false(siam_verdict_changed(&v, text, sizeof text));
        if (s % 500 == 0)
            assert_false(siam_verdict_epoch(&v, s == 500 ? 6 : 40 + (double)s / 10, 2048, 512));
    }
    siam_verdict_text(&v, text, sizeof text);
    assert_has(text, "healthy: no collapse (std 0.9");
    assert_has(text, "rank 340.0 of 2048");
    assert_string_equal(siam_verdict_advice(&v), "");
    assert_false(siam_verdict_collapsed(&v));
}

/* The gauge decays to its floor at several speeds; the verdict comes within 50 steps of the first sign. */
static void verdict_collapse(void **state)
{
    (void)state;
    const double speed[] = {5, 30, 100, 400, 1000};
    const int images[] = {16, 64, 256, 1024};
    for (int i = 0; i < 20; i++) {
        siam_verdict v;
        char text[256];
        const int n = images[i % 4];
        const double tau = speed[i / 4], floor_ = 2 / sqrt(n);
        int64_t sign = 0, said = 0;
        siam_verdict_init(&v, n, false);
        for (int64_t s = 1; s <= 5000 && !said; s++) {
            const double gauge = floor_ + (0.97 - floor_) * exp(-(double)s / tau) + 0.01 * wobble(s);
            const double loss = -1 + exp(-(double)s / (tau / 2));
            if (!sign && (gauge < 0.5 || loss < -0.995))
                sign = s;
            siam_verdict_step(&v, s, loss, gauge);
            if (siam_verdict_changed(&v, text, sizeof text))
                said = s;
        }
        if (!said || (sign && said - sign > 50)) /* earlier where the floor is high */
            fail_msg("N %d, tau %g: sign at %ld, said at %ld", n, tau, (long)sign, (long)said);
        assert_has(text, "collapsing: ");
        assert_has(text, "--stop_gradient true");
        assert_true(siam_verdict_collapsed(&v));
    }
}

static void verdict_rank_and_recovery(void **state)
{
    (void)state;
    siam_verdict v;
    char text[256];
    siam_verdict_init(&v, 256, true);
    int64_t s = 1;
    for (; s <= 100; s++)
        siam_verdict_step(&v, s, -0.8, 0.95);
    assert_false(siam_verdict_epoch(&v, 300, 2048, 512));
    assert_false(siam_verdict_epoch(&v, NAN, 2048, 512));
    assert_false(siam_verdict_changed(&v, text, sizeof text));
    assert_true(siam_verdict_epoch(&v, 12, 2048, 512));
    assert_true(siam_verdict_changed(&v, text, sizeof text));
    assert_has(text, "collapsing: z uses very few of its dimensions (std 0.95x, rank 12.0 of 2048");
    assert_has(text, "--lr");
    assert_false(siam_verdict_changed(&v, text, sizeof text)); /* told once */
    assert_false(siam_verdict_epoch(&v, 250, 2048, 512));      /* better, but let it last */
    for (; s <= 200; s++)
        siam_verdict_step(&v, s, -0.8, 0.95);
    assert_true(siam_verdict_changed(&v, text, sizeof text));
    assert_has(text, "healthy");

    siam_verdict zero = {0}; /* usable without init; NaN changes nothing */
    assert_false(siam_verdict_step(&zero, 1, NAN, 0.9));
    for (s = 1; s <= 30; s++)
        siam_verdict_step(&zero, s, -0.5, 0.2);
    assert_true(siam_verdict_collapsed(&zero));
}

/* `n` more steps of this loss, the gauge moving evenly to `to`; the number of the step that changed the state, or 0. */
static int64_t go(siam_verdict *v, int n, double loss, double to)
{
    const double from = v->updates ? v->gauge : to;
    int64_t changed = 0;
    for (int i = 1; i <= n; i++)
        if (siam_verdict_step(v, v->step + 1, loss, from + (to - from) * i / n) && !changed)
            changed = v->step;
    return changed;
}

static siam_verdict well(int images)
{
    siam_verdict v;
    siam_verdict_init(&v, images, true);
    go(&v, 100, -0.5, 0.95);
    assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
    return v;
}

/* Each rule where no other one holds, and just short of it. The loss of -0.5 keeps the rules of the loss out. */
static void the_gauge_alone(void **state)
{
    (void)state;
    static const struct {
        int images;
        double low, high; /* around the mark: 0.5, or a third of the way from the floor of 2 / sqrt(images) to 1 */
    } rows[] = {{256, 0.49, 0.51}, {64, 0.49, 0.51}, {36, 0.55, 0.562}, {16, 0.66, 0.675}, {7, 0.83, 0.845}, {0, 0.49, 0.51}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_verdict v = well(rows[i].images);
        go(&v, 300, -0.5, rows[i].high);
        assert_int_equal(go(&v, 300, -0.5, rows[i].high), 0);
        assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
        go(&v, 300, -0.5, rows[i].low);
        assert_int_equal(v.state, SIAM_VERDICT_COLLAPSING);
        assert_int_equal(v.sign, SIAM_SIGN_GAUGE);
    }
    siam_verdict v = well(6); /* the floor is nearly 1: the gauge says nothing */
    assert_int_equal(go(&v, 300, -0.5, 0.82), 0);
}

/* The loss at its minimum is a sign while the gauge falls: by 3 % in 25 steps, or below 0.9 of its peak. */
static void the_loss_alone(void **state)
{
    (void)state;
    siam_verdict v = well(256); /* 3.7 % in 25 steps, above 0.9 of the peak */
    assert_true(go(&v, 50, -0.999, 0.88) > 0);
    assert_int_equal(v.sign, SIAM_SIGN_LOSS);
    v = well(256); /* the loss is not there yet */
    assert_int_equal(go(&v, 50, -0.99, 0.88), 0);
    v = well(256); /* 2 % in 25 steps */
    assert_int_equal(go(&v, 90, -0.999, 0.88), 0);
    go(&v, 100, -0.999, 0.86); /* at 0.905 of the peak */
    assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
    assert_true(go(&v, 60, -0.999, 0.84) > 0); /* no faster, but below 0.9 of the peak */
    assert_int_equal(v.sign, SIAM_SIGN_LOSS);
    v = well(256); /* does not fall */
    assert_int_equal(go(&v, 300, -0.9999, 0.95), 0);
    siam_verdict_init(&v, 256, true); /* within the first 25 steps there is no gauge of 25 steps before */
    go(&v, 3, -0.999, 0.95);
    go(&v, 2, -0.999, 0.8);
    go(&v, 19, -0.999, 0.8);
    assert_true(v.state == SIAM_VERDICT_COLLAPSING && v.updates < 25);
    siam_verdict_init(&v, 256, true);
    go(&v, 3, -0.999, 0.95);
    go(&v, 2, -0.999, 0.87);
    go(&v, 19, -0.999, 0.87);
    assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
}

/* The 26th update is the first with a gauge of 25 updates before. The gauge lies 5 % lower from some update on, once: that is a
 * sign from the 26th on and not before, though a rank was measured, and 10 steps later a collapse. */
static void the_first_comparison(void **state)
{
    (void)state;
    static const int falls_at[] = {12, 15, 20, 24, 25, 26}, every[] = {1, 2, 3, 10, 30};
    for (size_t i = 0; i < sizeof falls_at / sizeof *falls_at; i++)
        for (size_t j = 0; j < sizeof every / sizeof *every; j++) {
            siam_verdict v;
            const int lasts = every[j] < 10 ? (10 + every[j] - 1) / every[j] : 1;
            siam_verdict_init(&v, 256, true);
            for (int k = 1; k <= 26 + lasts; k++) {
                const double gauge = k == 1 ? 0.95 : k == falls_at[i] ? v.smooth - 0.25 : v.smooth;
                siam_verdict_step(&v, v.step + every[j], -0.999, gauge);
                assert_true(fabs(v.smooth - (k < falls_at[i] ? 0.95 : 0.9)) < 1e-9);
                if (k == 2)
                    assert_false(siam_verdict_epoch(&v, 300, 2048, 512));
                if ((v.state == SIAM_VERDICT_COLLAPSING) != (k == 26 + lasts))
                    fail_msg("falls at update %d, every %d steps: state %d at update %d", falls_at[i], every[j], v.state, k);
            }
            assert_int_equal(v.sign, SIAM_SIGN_LOSS);
        }
}

static void the_rank_alone(void **state)
{
    (void)state;
    static const struct {
        double loss, before, rank; /* before: of an earlier epoch, 0 = there was none */
        int dim, images;
        bool sign;
    } rows[] = {
        {-0.5, 100, 9.9, 2048, 512, true},  {-0.5, 100, 10.1, 2048, 512, false}, /* a tenth of the best */
        {-0.5, 9.9, 0.98, 15, 512, false},  {-0.5, 10, 0.99, 15, 512, true},     /* that was 10 or more */
        {-0.5, 0, 1.9, 2048, 512, true},    {-0.5, 0, 2.1, 2048, 512, false},    /* next to nothing */
        {-0.5, 0, 1.5, 2048, 8, false},     {-0.5, 0, 1.5, 2048, 15, false},     /* of as many as there can be */
        {-0.5, 0, 1.5, 2048, 16, true},     {-0.5, 0, 1.5, 15, 512, false},      {-0.5, 0, 1.5, 16, 512, true},
        {-0.5, 0, 1.5, 2048, 0, true},      {-0.985, 0, 20, 2048, 4096, true},   /* 1 %, with the loss near its minimum */
        {-0.985, 0, 20.6, 2048, 4096, false}, {-0.975, 0, 20, 2048, 4096, false}, {-0.985, 0, 5, 2048, 512, true},
        {-0.985, 0, 5.2, 2048, 512, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_verdict v = well(256);
        go(&v, 20, rows[i].loss, 0.95);
        if (rows[i].before > 0)
            assert_false(siam_verdict_epoch(&v, rows[i].before, rows[i].dim, rows[i].images));
        if (siam_verdict_epoch(&v, rows[i].rank, rows[i].dim, rows[i].images) != rows[i].sign)
            fail_msg("rank %g of %d, %d images, before %g, loss %g", rows[i].rank, rows[i].dim, rows[i].images,
                     rows[i].before, rows[i].loss);
        assert_int_equal(v.sign, rows[i].sign ? SIAM_SIGN_RANK : SIAM_SIGN_NONE);
    }
    siam_verdict v;
    siam_verdict_init(&v, 256, true);
    go(&v, 19, -0.5, 0.95);
    assert_false(siam_verdict_epoch(&v, 1, 2048, 512)); /* too early */
    go(&v, 1, -0.5, 0.95);
    assert_true(siam_verdict_epoch(&v, 1, 2048, 512));
}

/* A sign must last 10 steps behind its first, without a pause; a healthy gauge 50. */
static void signs_must_last(void **state)
{
    (void)state;
    siam_verdict v = well(256);
    go(&v, 100, -0.5, 0.55);
    go(&v, 50, -0.5, 0.55);
    for (int pause = 0; pause < 3; pause++) { /* the smooth gauge at 0.44 for 10 steps, the last of which is 9 behind the first */
        assert_int_equal(go(&v, 1, -0.5, 0), 0);
        assert_true(v.smooth < 0.5);
        for (int i = 1; i < 10; i++)
            assert_false(siam_verdict_step(&v, v.step + 1, -0.5, v.smooth));
        assert_false(siam_verdict_step(&v, v.step + 1, -0.5, 1.1)); /* above the mark again */
        assert_true(v.smooth > 0.5);
    }
    assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
    assert_false(siam_verdict_step(&v, v.step + 1, -0.5, 0));
    for (int i = 1; i <= 10; i++)
        assert_int_equal(siam_verdict_step(&v, v.step + 1, -0.5, v.smooth), i == 10);
    assert_int_equal(v.state, SIAM_VERDICT_COLLAPSING);

    go(&v, 20, -0.5, 0.59);
    assert_int_equal(go(&v, 300, -0.5, 0.59), 0); /* no sign, but not well: the mark and 0.1 */
    assert_false(siam_verdict_step(&v, v.step + 1, -0.5, 1));
    assert_true(v.smooth > 0.6);
    for (int i = 1; i <= 50; i++)
        assert_int_equal(siam_verdict_step(&v, v.step + 1, -0.5, v.smooth), i == 50);
    assert_int_equal(v.state, SIAM_VERDICT_HEALTHY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_healthy),
        cmocka_unit_test(verdict_collapse),
        cmocka_unit_test(verdict_rank_and_recovery),
        cmocka_unit_test(the_gauge_alone),
        cmocka_unit_test(the_loss_alone),
        cmocka_unit_test(the_first_comparison),
        cmocka_unit_test(the_rank_alone),
        cmocka_unit_test(signs_must_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
