/* What ranks find out together: whether all have succeeded, whether all have the same, and who shares a machine. */
#include "comm/agree.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* The failure of the rank `first`: the first rank says it, and the others nothing. */
static siam_code fail_as(const siam_comm *c, int first, siam_code rc, siam_err *e)
{
    siam_err why = {.code = rc};
    if (c->rank == first && e)
        why = *e;
    const siam_code met = c->type->broadcast(c, first, &why, sizeof why, NULL);
    if (!e)
        return rc;
    *e = c->rank > 0 || met ? (siam_err){.code = rc} : why;
    return c->rank == 0 && first && !met ? siam_wrap(e, rc, "rank %d on %s", first, c->type->host(c, first)) : rc;
}

siam_code siam_comm_agree(const siam_comm *c, siam_code rc, siam_err *e)
{
    if (c->size == 1)
        return rc;
    int32_t mine = (int32_t)rc, *all = calloc((size_t)c->size, sizeof *all);
    siam_err why = {0};
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the answers of %d ranks", c->size);
    const siam_code met = c->type->gather(c, &mine, sizeof mine, all, &why);
    int first = 0;
    while (!met && first < c->size && !all[first])
        first++;
    if (met) {
        if (!rc && e)
            *e = why;
        rc = rc ? rc : met;
    } else if (first < c->size) {
        rc = fail_as(c, first, (siam_code)all[first], e);
    }
    free(all);
    return rc;
}

/* The first rank whose number is not that of rank 0. */
static siam_code compare(const siam_comm *c, uint64_t mine, const char *what, siam_err *e)
{
    uint64_t *all = calloc((size_t)c->size, sizeof *all);
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the answers of %d ranks", c->size);
    siam_code rc = c->type->gather(c, &mine, sizeof mine, all, e);
    for (int r = 1; r < c->size && !rc; r++)
        if (all[r] != all[0])
            rc = siam_fail(e, SIAM_E_CONFIG, "rank %d on %s has %s than rank 0 on %s: all ranks must work on the same", r,
                           c->type->host(c, r), what, c->type->host(c, 0));
    free(all);
    return rc;
}

siam_code siam_comm_alike(const siam_comm *c, uint64_t mine, const char *what, siam_err *e)
{
    return c->size == 1 ? SIAM_OK : siam_comm_agree(c, compare(c, mine, what, e), e);
}

typedef struct place {
    char host[64];
    cpu_set_t cpus;
} place;

siam_code siam_comm_sharers(const siam_comm *c, int *n, siam_err *e)
{
    *n = 1;
    if (c->size == 1)
        return SIAM_OK;
    place mine = {0}, *all = calloc((size_t)c->size, sizeof *all);
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the places of %d ranks", c->size);
    snprintf(mine.host, sizeof mine.host, "%s", c->type->host(c, c->rank));
    sched_getaffinity(0, sizeof mine.cpus, &mine.cpus);
    const siam_code rc = c->type->gather(c, &mine, sizeof mine, all, e);
    for (int r = 0; r < c->size && !rc; r++) {
        cpu_set_t both;
        CPU_AND(&both, &mine.cpus, &all[r].cpus);
        *n += r != c->rank && !strcmp(all[r].host, mine.host) && CPU_COUNT(&both);
    }
    free(all);
    return rc;
}
