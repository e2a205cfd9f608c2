/* Each collective on numbers whose outcome is known without it: whole ones, small enough for any sum of them to be exact. */
#include "comm/selftest.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/system.h"

enum { LONG = 16 << 20, SHORT = 8 << 10 /* bytes: of vectors that are cut into parts; of those that everybody gets whole */ };
enum { TIMES = 5, PERIOD = 7, RANKS_ALIKE = 8 };

typedef struct bench {
    const siam_comm *c;
    void *mine, *all; /* LONG bytes; SHORT of each rank */
} bench;

typedef struct trial {
    const char *name;
    size_t large, number; /* bytes: at most; of one of its numbers, a float or a double */
    siam_code (*call)(const bench *b, size_t bytes, siam_err *e);
    double (*want)(const siam_comm *c, size_t i); /* what comes of number i; NULL: see `gathered` */
} trial;

static double given(int rank, size_t i) { return (double)(rank % RANKS_ALIKE + 1) * (double)(i % PERIOD + 1); }

static double kept(const siam_comm *c, size_t i) { return given(c->rank, i); }
static double of_the_last(const siam_comm *c, size_t i) { return given(c->size - 1, i); }
static double largest(const siam_comm *c, size_t i) { return given(c->size < RANKS_ALIKE ? c->size - 1 : RANKS_ALIKE - 1, i); }

static double summed(const siam_comm *c, size_t i)
{
    double sum = 0;
    for (int r = 0; r < c->size; r++)
        sum += given(r, i);
    return sum;
}

static siam_code sum(const bench *b, size_t bytes, siam_err *e)
{
    return b->c->type->sum_floats(b->c, b->mine, bytes / sizeof(float), e);
}

static siam_code sum_beside(const bench *b, size_t bytes, siam_err *e)
{
    const siam_comm_type *t = b->c->type;
    if (!t->sum_begin)
        return sum(b, bytes, e);
    SIAM_TRY(t->sum_begin(b->c, b->mine, bytes / sizeof(float), e));
    return t->sum_finish(b->c, e);
}

static siam_code sum_doubles(const bench *b, size_t bytes, siam_err *e)
{
    return b->c->type->sum_doubles(b->c, b->mine, bytes / sizeof(double), e);
}

static siam_code max_doubles(const bench *b, size_t bytes, siam_err *e)
{
    return b->c->type->max_doubles(b->c, b->mine, bytes / sizeof(double), e);
}

static siam_code broadcast(const bench *b, size_t bytes, siam_err *e)
{
    return b->c->type->broadcast(b->c, b->c->size - 1, b->mine, bytes, e);
}

static siam_code gather(const bench *b, size_t bytes, siam_err *e) { return b->c->type->gather(b->c, b->mine, bytes, b->all, e); }

static siam_code barrier(const bench *b, size_t bytes, siam_err *e)
{
    (void)bytes;
    return b->c->type->barrier(b->c, e);
}

static const trial trials[] = {
    {"sum", LONG, sizeof(float), sum, summed},
    {"sum beside", LONG, sizeof(float), sum_beside, summed},
    {"double sum", SHORT, sizeof(double), sum_doubles, summed},
    {"maximum", SHORT, sizeof(double), max_doubles, largest},
    {"broadcast", LONG, sizeof(float), broadcast, of_the_last},
    {"gather", SHORT, sizeof(float), gather, NULL},
    {"barrier", 0, sizeof(float), barrier, kept},
};

static void fill(const bench *b, const trial *t, size_t bytes)
{
    for (size_t i = 0; i < bytes / t->number; i++)
        if (t->number == sizeof(double))
            ((double *)b->mine)[i] = given(b->c->rank, i);
        else
            ((float *)b->mine)[i] = (float)given(b->c->rank, i);
}

static size_t gathered_wrong(const bench *b, size_t n)
{
    size_t wrong = 0;
    for (int r = 0; r < b->c->size; r++)
        for (size_t i = 0; i < n; i++)
            wrong += (double)((const float *)b->all)[(size_t)r * n + i] != given(r, i);
    return wrong;
}

static size_t wrong_numbers(const bench *b, const trial *t, size_t bytes)
{
    const size_t n = bytes / t->number;
    double want[PERIOD];
    size_t wrong = 0;
    if (!t->want)
        return gathered_wrong(b, n);
    for (size_t i = 0; i < PERIOD; i++)
        want[i] = t->want(b->c, i);
    for (size_t i = 0; i < n; i++)
        wrong += (t->number == sizeof(double) ? ((const double *)b->mine)[i] : (double)((const float *)b->mine)[i]) != want[i % PERIOD];
    return wrong;
}

/* The best of several calls, as the slowest rank saw it. */
static siam_code time_calls(const bench *b, const trial *t, size_t bytes, double *best, double *wrong, siam_err *e)
{
    for (int i = 0; i < TIMES; i++) {
        fill(b, t, bytes);
        SIAM_TRY(b->c->type->barrier(b->c, e));
        const double began = siam_clock();
        SIAM_TRY(t->call(b, bytes, e));
        double took = siam_clock() - began;
        *wrong += (double)wrong_numbers(b, t, bytes);
        SIAM_TRY(b->c->type->max_doubles(b->c, &took, 1, e));
        *best = i == 0 || took < *best ? took : *best;
    }
    return SIAM_OK;
}

static siam_code try_one(const bench *b, const trial *t, siam_comm_trial *row, siam_err *e)
{
    double wrong = 0;
    *row = (siam_comm_trial){.name = t->name, .large = t->large};
    if (t->large)
        SIAM_TRY(time_calls(b, t, t->large, &row->large_s, &wrong, e));
    SIAM_TRY(time_calls(b, t, t->number, &row->small_s, &wrong, e));
    SIAM_TRY(b->c->type->max_doubles(b->c, &wrong, 1, e));
    row->right = wrong == 0;
    return SIAM_OK;
}

siam_code siam_comm_selftest(const siam_comm *c, void (*row)(void *user, const siam_comm_trial *t), void *user, siam_err *e)
{
    bench b = {.c = c, .mine = malloc(LONG), .all = malloc((size_t)c->size * SHORT)};
    siam_code rc = b.mine && b.all ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the self-test of %d ranks", c->size);
    for (size_t i = 0; i < sizeof trials / sizeof *trials && !rc; i++) {
        siam_comm_trial t;
        rc = try_one(&b, &trials[i], &t, e);
        if (!rc)
            row(user, &t);
    }
    free(b.mine);
    free(b.all);
    return rc;
}
