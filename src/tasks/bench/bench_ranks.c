/* A step of training on several ranks: what they send for it, and how long they wait. */
#include <math.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/system.h"
#include "comm/agree.h"
#include "tasks/bench/bench_private.h"

/* The first rank times the kernels; the others take what it came to. */
static siam_code open_all(siam_stepper *s, bench *b, const char *arch, int size, int share, siam_err *e)
{
    const siam_comm *c = b->ranks;
    const bool first = c->rank == 0;
    SIAM_TRY(siam_comm_agree(c, first ? siam_stepper_open(s, b, arch, size, share, e) : SIAM_OK, e));
    SIAM_TRY(siam_comm_agree(c, siam_tuning_share(b->tuner, c, e), e));
    return siam_comm_agree(c, first ? SIAM_OK : siam_stepper_open(s, b, arch, size, share, e), e);
}

/* n steps: their time and what they cost, each. */
static siam_code run_steps(siam_stepper *s, const siam_comm *c, int n, double *ms, siam_comm_cost *each, siam_err *e)
{
    siam_comm_cost before = {0}, after = {0};
    SIAM_TRY(c->type->barrier(c, e));
    if (c->type->cost)
        c->type->cost(c, &before);
    const double began = siam_clock();
    for (int i = 0; i < n; i++)
        SIAM_TRY(siam_stepper_step(s, e));
    *ms = 1e3 * (siam_clock() - began) / n;
    if (c->type->cost)
        c->type->cost(c, &after);
    *each = (siam_comm_cost){.bytes = (after.bytes - before.bytes) / n, .messages = (after.messages - before.messages) / n,
                             .waited = (after.waited - before.waited) / n, .summed = (after.summed - before.summed) / n,
                             .unhidden = (after.unhidden - before.unhidden) / n};
    return SIAM_OK;
}

/* The best of several measurements, of as many steps on all ranks. */
static siam_code measure(siam_stepper *s, const siam_comm *c, int repeat, siam_bench_result *r, siam_err *e)
{
    siam_comm_cost each;
    double ms;
    SIAM_TRY(run_steps(s, c, 1, &ms, &each, e)); /* warm up: pages, caches, connections */
    SIAM_TRY(run_steps(s, c, 1, &ms, &each, e));
    SIAM_TRY(c->type->max_doubles(c, &ms, 1, e));
    const double wanted = ceil(1e3 * SIAM_BENCH_SECONDS / ms);
    for (int i = 0; i < repeat; i++) {
        SIAM_TRY(run_steps(s, c, wanted < 1 ? 1 : (int)wanted, &ms, &each, e));
        if (i && ms >= r->ms)
            continue;
        r->ms = ms;
        r->cost = each;
    }
    return SIAM_OK;
}

static siam_code check_batch(int batch, int ranks, siam_err *e)
{
    if (batch % ranks == 0)
        return SIAM_OK;
    siam_fail(e, SIAM_E_USAGE, "a batch of %d images cannot be divided among %d ranks", batch, ranks);
    siam_hint(e, "--batch %d", (batch + ranks - 1) / ranks * ranks);
    return SIAM_E_USAGE;
}

siam_code siam_bench_ranks(bench *b, const char *arch, int size, siam_err *e)
{
    const siam_comm *c = b->ranks;
    siam_stepper s = {.training = true};
    siam_bench_result r = {.arch = arch, .what = "ranks", .size = size, .batch = siam_bench_batch(b, "step", size), .ranks = c->size};
    SIAM_TRY(siam_comm_agree(c, check_batch(r.batch, c->size, e), e));
    siam_code rc = open_all(&s, b, arch, size, r.batch / c->size, e);
    if (!rc)
        rc = measure(&s, c, b->r->repeat, &r, e);
    r.peak_bytes = siam_memory_peak();
    if (!rc && c->rank == 0)
        siam_bench_report(b, &r);
    siam_stepper_close(&s);
    return rc;
}
