/* What an epoch's time went into on each rank: to the first rank, which tells how well they go together, and whose images are
 * slow. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "train/pace.h"

double siam_pace_efficiency(const siam_rank_pace *all, int n)
{
    double sum = 0;
    int known = 0;
    for (int r = 0; r < n; r++) {
        if (!(all[r].seconds > 0) || !isfinite(all[r].waited))
            continue;
        const double share = 1 - all[r].waited / all[r].seconds;
        sum += share < 0 ? 0 : share;
        known++;
    }
    return known ? sum / known : NAN;
}

/* The share of their time in which the ranks of the machine `first` stands for waited for images, or those of all others;
 * NAN: there are none. */
static double waits(const siam_rank_pace *all, int n, int first, bool others)
{
    double data = 0, seconds = 0;
    for (int r = 0; r < n; r++) {
        if ((all[r].host == first) == others || !isfinite(all[r].data))
            continue;
        data += all[r].data;
        seconds += all[r].seconds;
    }
    return seconds > 0 ? data / seconds : NAN;
}

int siam_pace_slow_host(const siam_rank_pace *all, int n, double *its, double *theirs)
{
    int slow = -1;
    for (int r = 0; r < n; r++) {
        if (all[r].host != r)
            continue;
        const double here = waits(all, n, r, false), there = waits(all, n, r, true);
        if (!(here > SIAM_PACE_SLOW) || !(here > SIAM_PACE_TIMES * there) || (slow >= 0 && here <= *its))
            continue;
        slow = r;
        *its = here;
        *theirs = there;
    }
    return slow;
}

siam_code siam_loop_tell_pace(siam_loop *l, const siam_pace *p, siam_event *ev, siam_err *e)
{
    const siam_comm *c = l->comm;
    siam_comm_cost cost;
    siam_source s = {.waited = NAN};
    double its = 0, theirs = 0;
    if (c->size == 1 || !c->type->cost)
        return SIAM_OK;
    siam_rank_pace *all = calloc((size_t)c->size, sizeof *all);
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the times of %d ranks", c->size);
    c->type->cost(c, &cost);
    l->job->source(l->self, &s);
    const siam_rank_pace mine = {.host = siam_comm_first_on_host(c, c->rank), .seconds = p->epoch_seconds,
                                 .waited = cost.waited - l->epoch_cost.waited, .data = s.waited - l->epoch_waited};
    const siam_code rc = c->type->gather(c, &mine, sizeof mine, all, e);
    const int slow = rc || l->slow_told ? -1 : siam_pace_slow_host(all, c->size, &its, &theirs);
    if (!rc)
        siam_event_put(ev, SIAM_GAUGE_EFFICIENCY, siam_pace_efficiency(all, c->size));
    if (slow >= 0 && siam_loop_writes(l))
        siam_progress_note(l->progress, "warning: host %s waits for its images %.0f %% of the time, the others %.0f %%, and all ranks "
                           "wait for it: its storage, or the number of its --workers, holds the run up",
                           c->type->host(c, slow), 100 * its, 100 * theirs);
    l->slow_told |= slow >= 0;
    free(all);
    return rc;
}
