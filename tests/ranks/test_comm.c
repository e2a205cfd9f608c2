/* What every communicator promises (comm/comm.h): the same results on all ranks, sums in the order of the ranks, and failures
 * that reach all. */
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "comm/agree.h"
#include "comm/selftest.h"
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

/* ---- who shares a machine ---- */

typedef struct place {
    int sharers;
    bool apart; /* of several processors each rank has its own */
    siam_code rc;
} place;

static void find_sharers(const siam_comm *c, void *share)
{
    place *p = share;
    cpu_set_t all, own;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&own);
    int n = 0;
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all) && n++ % c->size == c->rank)
            CPU_SET(i, &own);
    if (p->apart)
        sched_setaffinity(0, sizeof own, &own); /* of this thread */
    p->rc = siam_comm_sharers(c, &p->sharers, NULL);
}

/* Ranks 0 and 1 of 4 are on one machine, 2 and 3 on another; those that share no processor need not share its threads. */
static void test_sharers(void **state)
{
    (void)state;
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    for (int size = 1; size <= 8; size++) {
        place p[8] = {{0}};
        run_ranks(size, find_sharers, p, sizeof *p);
        for (int r = 0; r < size; r++) {
            const int north = (size + 1) / 2;
            assert_int_equal(p[r].rc, SIAM_OK);
            assert_int_equal(p[r].sharers, r < north ? north : size - north);
        }
    }
    for (int size = 2; size <= CPU_COUNT(&all) && size <= 8; size++) {
        place p[8];
        for (int r = 0; r < size; r++)
            p[r] = (place){.apart = true};
        run_ranks(size, find_sharers, p, sizeof *p);
        for (int r = 0; r < size; r++)
            assert_int_equal(p[r].sharers, 1);
    }
}

/* ---- the self-test ---- */

enum { TRIALS = 7 };

typedef struct tried {
    int n, right;
    char wrong[64];
    siam_code rc;
} tried;

static void count(void *user, const siam_comm_trial *t)
{
    tried *to = user;
    to->n++;
    to->right += t->right;
    if (!t->right)
        snprintf(to->wrong, sizeof to->wrong, "%s", t->name);
    assert_true(t->small_s > 0 && (!t->large || t->large_s > 0));
}

static void try_all(const siam_comm *c, void *share)
{
    tried *t = share;
    t->rc = siam_comm_selftest(c, count, t, NULL);
}

static void test_selftest_passes(void **state)
{
    (void)state;
    for (int size = 1; size <= 5; size++) {
        tried t[5] = {{0}};
        run_ranks(size, try_all, t, sizeof *t);
        for (int r = 0; r < size; r++) {
            assert_int_equal(t[r].rc, SIAM_OK);
            assert_int_equal(t[r].n, TRIALS);
            assert_int_equal(t[r].right, TRIALS);
        }
    }
}

/* On the last rank one number of what a collective gives is another. */
typedef struct liar {
    siam_comm head;
    const siam_comm *c;
} liar;
static const siam_comm *honest(const siam_comm *c) { return ((const liar *)c)->c; }
static bool lies(const siam_comm *c) { return c->rank == c->size - 1; }
static siam_code lie_sum(const siam_comm *c, float *x, size_t n, siam_err *e)
{
    const siam_code rc = honest(c)->type->sum_floats(honest(c), x, n, e);
    x[n - 1] += lies(c) ? 1.0f : 0.0f;
    return rc;
}
static siam_code lie_doubles(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    const siam_code rc = honest(c)->type->sum_doubles(honest(c), x, n, e);
    x[0] -= lies(c) ? 1e-9 : 0;
    return rc;
}
static siam_code lie_max(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    const siam_code rc = honest(c)->type->max_doubles(honest(c), x, n, e);
    if (lies(c) && n > 1) /* not when it is asked what came of the trial */
        x[n / 2] = 0;
    return rc;
}
static siam_code lie_broadcast(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e)
{
    const siam_code rc = honest(c)->type->broadcast(honest(c), root, x, bytes, e);
    ((unsigned char *)x)[bytes - 1] ^= lies(c) ? 1 : 0;
    return rc;
}
static siam_code lie_gather(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    const siam_code rc = honest(c)->type->gather(honest(c), mine, bytes, all, e);
    if (lies(c))
        memcpy(all, (const char *)all + bytes, bytes); /* of another rank */
    return rc;
}
static siam_code wait_all(const siam_comm *c, siam_err *e) { return honest(c)->type->barrier(honest(c), e); }
static siam_code true_sum(const siam_comm *c, float *x, size_t n, siam_err *e) { return honest(c)->type->sum_floats(honest(c), x, n, e); }
static siam_code true_doubles(const siam_comm *c, double *x, size_t n, siam_err *e) { return honest(c)->type->sum_doubles(honest(c), x, n, e); }
static siam_code true_max(const siam_comm *c, double *x, size_t n, siam_err *e) { return honest(c)->type->max_doubles(honest(c), x, n, e); }
static siam_code true_broadcast(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e)
{
    return honest(c)->type->broadcast(honest(c), root, x, bytes, e);
}
static siam_code true_gather(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    return honest(c)->type->gather(honest(c), mine, bytes, all, e);
}

static const siam_comm_type truth = {.name = "liar", .sum_floats = true_sum, .sum_doubles = true_doubles, .max_doubles = true_max,
                                     .broadcast = true_broadcast, .gather = true_gather, .barrier = wait_all};

typedef struct lied {
    tried t;
    siam_comm_type type;
} lied;

static void try_liar(const siam_comm *c, void *share)
{
    lied *l = share;
    const liar own = {.head = {.type = &l->type, .rank = c->rank, .size = c->size}, .c = c};
    l->t.rc = siam_comm_selftest(&own.head, count, &l->t, NULL);
}

/* Each of them in turn; every rank learns of it, and of no other. */
static void test_selftest_finds(void **state)
{
    (void)state;
    static const char *const name[] = {"sum", "double sum", "maximum", "broadcast", "gather"};
    for (int k = 0; k < 5; k++) {
        siam_comm_type type = truth;
        lied l[3];
        memset(l, 0, sizeof l);
        if (k == 0)
            type.sum_floats = lie_sum;
        else if (k == 1)
            type.sum_doubles = lie_doubles;
        else if (k == 2)
            type.max_doubles = lie_max;
        else if (k == 3)
            type.broadcast = lie_broadcast;
        else
            type.gather = lie_gather;
        for (int r = 0; r < 3; r++)
            l[r].type = type;
        run_ranks(3, try_liar, l, sizeof *l);
        for (int r = 0; r < 3; r++) {
            assert_int_equal(l[r].t.rc, SIAM_OK);
            assert_int_equal(l[r].t.n, TRIALS);
            assert_int_equal(l[r].t.right, k ? TRIALS - 1 : TRIALS - 2); /* "sum beside" is that sum, where there is no other */
            assert_string_equal(l[r].t.wrong, k ? name[k] : "sum beside");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collectives),
        cmocka_unit_test(test_abort_reaches_all),
        cmocka_unit_test(test_sharers),
        cmocka_unit_test(test_selftest_passes),
        cmocka_unit_test(test_selftest_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
