/* What every communicator promises (comm/comm.h): the same results on all ranks, sums in the order of the ranks, and failures
 * that reach all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "threads.h"

enum { MANY = 1000 };

/* What one rank saw. */
typedef struct seen {
    int rank, size;
    siam_code rc;
    float sum[MANY];
    double total[3], most[3];
    char told[8];
    int all[16];
    siam_err err;
} seen;

static float of(int rank, int i) { return 1.0f / (float)(1 + rank + 3 * i); }

static void use_all(const siam_comm *c, void *share)
{
    seen *s = share;
    const siam_comm_type *t = c->type;
    s->rank = c->rank;
    s->size = c->size;
    for (int i = 0; i < MANY; i++)
        s->sum[i] = of(c->rank, i);
    for (int i = 0; i < 3; i++)
        s->total[i] = 1e-17 + c->rank * (i + 1);
    const double own[3] = {c->rank, -c->rank, c->rank == c->size - 1 ? (double)NAN : 7};
    memcpy(s->most, own, sizeof own);
    memcpy(s->told, c->rank == c->size - 1 ? "hello" : "-----", 6);
    const int mine = 10 + c->rank;
    s->rc = t->sum_floats(c, s->sum, MANY, &s->err);
    s->rc = s->rc ? s->rc : t->sum_doubles(c, s->total, 3, &s->err);
    s->rc = s->rc ? s->rc : t->max_doubles(c, s->most, 3, &s->err);
    s->rc = s->rc ? s->rc : t->broadcast(c, c->size - 1, s->told, 6, &s->err);
    s->rc = s->rc ? s->rc : t->gather(c, &mine, sizeof mine, s->all, &s->err);
    s->rc = s->rc ? s->rc : t->barrier(c, &s->err);
}

static void check_all(const seen *s, int size)
{
    for (int r = 0; r < size; r++) {
        assert_int_equal(s[r].rc, SIAM_OK);
        assert_int_equal(s[r].rank, r);
        assert_int_equal(s[r].size, size);
        for (int i = 0; i < MANY; i++) {
            float sum = 0;
            for (int k = 0; k < size; k++)
                sum += of(k, i);
            assert_memory_equal(&s[r].sum[i], &sum, sizeof sum); /* in the order of the ranks */
        }
        for (int i = 0; i < 3; i++)
            assert_true(fabs(s[r].total[i] - size * (size - 1) / 2.0 * (i + 1)) < 1e-12);
        assert_true(s[r].most[0] == size - 1 && s[r].most[1] == 0 && isnan(s[r].most[2]));
        assert_string_equal(s[r].told, "hello");
        for (int k = 0; k < size; k++)
            assert_int_equal(s[r].all[k], 10 + k);
    }
}

static void test_collectives(void **state)
{
    (void)state;
    static seen s[5];
    memset(s, 0, sizeof s);
    use_all(&siam_comm_single, s);
    check_all(s, 1);
    for (int size = 1; size <= 5; size++) {
        memset(s, 0, sizeof s);
        run_ranks(size, use_all, s, sizeof *s);
        check_all(s, size);
    }
}

/* Rank 2 gives up before the third sum. */
static void fail_one(const siam_comm *c, void *share)
{
    seen *s = share;
    for (int i = 0; i < 5 && !s->rc; i++) {
        if (c->rank == 2 && i == 3) {
            c->type->abort(c, "its disk is full");
            return;
        }
        s->rc = c->type->sum_doubles(c, s->total, 3, &s->err);
        s->rank += !s->rc;
    }
}

static void test_abort_reaches_all(void **state)
{
    (void)state;
    static seen s[4];
    memset(s, 0, sizeof s);
    run_ranks(4, fail_one, s, sizeof *s);
    for (int r = 0; r < 4; r++) {
        assert_int_equal(s[r].rank, 3);
        assert_int_equal(s[r].rc, r == 2 ? SIAM_OK : SIAM_E_IO);
        assert_true(r == 2 || strstr(s[r].err.msg, "rank 2 cannot go on: its disk is full"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collectives),
        cmocka_unit_test(test_abort_reaches_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
