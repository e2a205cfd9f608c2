/* How well ranks go together, from what each spent an epoch on (train/pace.h). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/pace.h"

static void test_efficiency(void **state)
{
    (void)state;
    const siam_rank_pace two[] = {{.host = 0, .seconds = 10, .waited = 1}, {.host = 0, .seconds = 10, .waited = 3}};
    assert_true(fabs(siam_pace_efficiency(two, 2) - 0.8) < 1e-12);
    assert_true(fabs(siam_pace_efficiency(two, 1) - 0.9) < 1e-12);
    const siam_rank_pace late[] = {{.seconds = 10, .waited = 12}, {.seconds = 10, .waited = 0}}; /* two clocks: no less than nothing */
    assert_true(fabs(siam_pace_efficiency(late, 2) - 0.5) < 1e-12);
    const siam_rank_pace none[] = {{.seconds = 0, .waited = 0}, {.seconds = 10, .waited = (double)NAN}};
    assert_true(isnan(siam_pace_efficiency(none, 2)));
}

static int slow(const siam_rank_pace *all, int n)
{
    double its = -1, theirs = -1;
    const int host = siam_pace_slow_host(all, n, &its, &theirs);
    assert_true(host < 0 || (its > SIAM_PACE_SLOW && its > theirs));
    return host;
}

static void test_slow_host(void **state)
{
    (void)state;
    siam_rank_pace p[] = {{0, 10, 5, 0.1}, {0, 10, 5, 0.2}, {2, 10, 1, 4}, {2, 10, 1, 4.4}};
    double its, theirs;
    assert_int_equal(siam_pace_slow_host(p, 4, &its, &theirs), 2);
    assert_true(fabs(its - 0.42) < 1e-12 && fabs(theirs - 0.015) < 1e-12);
    p[2].data = 0.1; /* one of its ranks alone: 22 % of its time, still */
    assert_int_equal(slow(p, 4), 2);
    p[3].data = 0.9; /* less than a tenth of the time holds nobody up */
    assert_int_equal(slow(p, 4), -1);
    p[2].data = p[3].data = 4;
    p[0].data = p[1].data = 2; /* all wait: not one machine's fault */
    assert_int_equal(slow(p, 4), -1);
    p[0].data = p[1].data = 1.2;
    assert_int_equal(slow(p, 4), 2);
    p[0].data = p[1].data = 9; /* the first can be the slow one */
    p[2].data = p[3].data = 0;
    assert_int_equal(slow(p, 4), 0);
    const siam_rank_pace one[] = {{0, 10, 0, 5}, {0, 10, 0, 0}}; /* there is no other machine */
    assert_int_equal(slow(one, 2), -1);
    const siam_rank_pace unknown[] = {{0, 10, 0, (double)NAN}, {1, 10, 0, (double)NAN}};
    assert_int_equal(slow(unknown, 2), -1);
    const siam_rank_pace three[] = {{0, 10, 0, 3}, {1, 10, 0, 0.2}, {2, 10, 0, 9}}; /* the slowest; beside it, 16 % */
    assert_int_equal(slow(three, 3), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_efficiency),
        cmocka_unit_test(test_slow_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
