/* Rows and lists of bad images that go from every rank to every other.
 *
 * Ranks take batches in turn (data/loader.h), so that one round of messages, a batch of each, is the next run of the data set's
 * order: memory does not grow with the data set, and whoever takes the rows cannot tell how many ranks there were. What fails on
 * one rank travels in the head of its next message, and all of them then leave together. */
#include "infer/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/stop.h"
#include "comm/agree.h"

/* In front of a rank's rows. */
typedef struct head {
    int32_t failed; /* siam_code */
    int32_t stop;   /* it was asked to stop */
    int64_t n;      /* rows; 0: it has no more */
} head;

/* A message: head, index[batch], x[batch, dim], label[batch], bad[batch]. */
typedef struct message {
    head *h;
    int64_t *index;
    float *x;
    int32_t *label;
    bool *bad;
} message;

static size_t message_bytes(const siam_rows_share *s)
{
    const size_t row = sizeof(int64_t) + (size_t)s->dim * sizeof(float) + sizeof(int32_t) + sizeof(bool);
    return (sizeof(head) + (size_t)s->batch * row + 7) / 8 * 8;
}

static message message_at(const siam_rows_share *s, char *at)
{
    message m = {.h = (head *)(void *)at, .index = (int64_t *)(void *)(at + sizeof(head))};
    m.x = (float *)(void *)(m.index + s->batch);
    m.label = (int32_t *)(void *)(m.x + (size_t)s->batch * (size_t)s->dim);
    m.bad = (bool *)(void *)(m.label + s->batch);
    return m;
}

/* This rank's next batch, if nothing has failed so far. */
static siam_code fill(const siam_rows_share *s, const message *m, siam_code rc, siam_err *e)
{
    siam_rows rows = {.n = 0};
    if (!rc)
        rc = s->next(s->next_user, &rows, e);
    const size_t n = rc ? 0 : (size_t)rows.n;
    *m->h = (head){.failed = (int32_t)rc, .stop = siam_stop_asked(s->stop) != 0, .n = (int64_t)n};
    if (!n)
        return rc;
    memcpy(m->index, rows.index, n * sizeof *m->index);
    memcpy(m->x, rows.x, n * (size_t)s->dim * sizeof *m->x);
    memcpy(m->label, rows.label, n * sizeof *m->label);
    memcpy(m->bad, rows.bad, n * sizeof *m->bad);
    return SIAM_OK;
}

/* The round's rows, in the order of the ranks. bad: images so far; only who has met one of this round's can name it. */
static siam_code hand_on(const siam_rows_share *s, char *all, int64_t *bad, siam_err *e)
{
    bool mine = false;
    for (int r = 0; r < s->comm->size; r++) {
        const message m = message_at(s, all + (size_t)r * message_bytes(s));
        for (int64_t i = 0; i < m.h->n; i++) {
            *bad += m.bad[i];
            mine |= m.bad[i] && r == s->comm->rank;
        }
        const siam_rows rows = {.x = m.x, .n = (int)m.h->n, .dim = s->dim, .index = m.index, .bad = m.bad, .label = m.label};
        if (rows.n)
            SIAM_TRY(s->sink(s->sink_user, &rows, e));
    }
    return mine ? siam_loader_too_many(s->d, s->max_bad, *bad, s->skipped->row, e) : SIAM_OK;
}

/* Rounds until no rank has rows. The failure of this rank waits in `rc` until the others know of it. */
static siam_code rounds(const siam_rows_share *s, char *mine, char *all, siam_err *e)
{
    const size_t bytes = message_bytes(s);
    const message own = message_at(s, mine);
    siam_code rc = SIAM_OK;
    int64_t bad = 0;
    for (;;) {
        bool failed = false, stop = false, more = false;
        rc = fill(s, &own, rc, e);
        SIAM_TRY(s->comm->type->gather(s->comm, mine, bytes, all, e));
        for (int r = 0; r < s->comm->size; r++) {
            const head *h = message_at(s, all + (size_t)r * bytes).h;
            failed |= h->failed != 0;
            stop |= h->stop != 0;
            more |= h->n > 0;
        }
        if (!failed && stop)
            rc = siam_fail(e, SIAM_E_CANCELLED, "stopped while reading features");
        if (failed || stop)
            return siam_comm_agree(s->comm, rc, e);
        if (!more)
            return SIAM_OK;
        rc = hand_on(s, all, &bad, e);
    }
}

siam_code siam_rows_shared(const siam_rows_share *s, siam_err *e)
{
    const size_t bytes = message_bytes(s);
    char *mine = calloc(1, bytes), *all = calloc((size_t)s->comm->size, bytes);
    siam_code rc = mine && all ? SIAM_OK
                               : siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %d ranks", s->comm->size);
    rc = siam_comm_agree(s->comm, rc, e);
    if (!rc)
        rc = rounds(s, mine, all, e);
    free(mine);
    free(all);
    return rc;
}

/* ---- lists of bad images ---- */

/* As such a list goes from rank to rank. */
typedef struct bad_image {
    int64_t index;
    char why[512];
} bad_image;

/* The list of `rank`, to all, in one message; the others add it to `into`. */
static siam_code share_list(const siam_comm *c, int rank, const siam_skiplist *own, siam_skiplist *into, siam_err *e)
{
    int64_t n = rank == c->rank && own ? own->n : 0;
    SIAM_TRY(c->type->broadcast(c, rank, &n, sizeof n, e));
    if (!n)
        return SIAM_OK;
    bad_image *list = calloc((size_t)n, sizeof *list);
    siam_code rc = list ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    for (int64_t i = 0; i < n && !rc && rank == c->rank; i++) {
        list[i].index = own->row[i].index;
        snprintf(list[i].why, sizeof list[i].why, "%s", own->row[i].why);
    }
    if (!rc)
        rc = c->type->broadcast(c, rank, list, (size_t)n * sizeof *list, e);
    for (int64_t i = 0; i < n && !rc && into && rank != c->rank; i++)
        if (!siam_skiplist_add(into, list[i].index, list[i].why))
            rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    free(list);
    return rc;
}

siam_code siam_skiplist_share(const siam_comm *c, const siam_skiplist *own, siam_skiplist *all, siam_err *e)
{
    for (int r = 0; r < c->size && c->size > 1; r++)
        SIAM_TRY(share_list(c, r, own, all, e));
    return SIAM_OK;
}
