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


int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict_healthy),
        cmocka_unit_test(verdict_collapse),
        cmocka_unit_test(verdict_rank_and_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
