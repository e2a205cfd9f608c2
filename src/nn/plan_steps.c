/* The order of a plan's calls, and what is dropped after forward and made again for backward.
 *
 * A dropped value is made again just before the first backward step that reads it, after whatever that needs itself.
 * So the only decision is which values to drop; whatever nobody reads again is not made again. */
#include "nn/plan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { REDUCE_MIN = 1 << 20 }; /* floats that are worth a message of their own while backward goes on */

/* Where a value's numbers are made: itself, or what a detached value shares memory with. */
static int source(const siam_plan *p, int v)
{
    return p->producer[v] < 0 ? v : p->g->node[p->op[p->producer[v]].node].out;
}

int siam_plan_buffer(const siam_plan *p, int v, step_kind k)
{
    const int again = p->again_buffer[source(p, v)];
    return k != STEP_FORWARD && again >= 0 ? again : p->value_buffer[v];
}

static void find_producers(siam_plan *p)
{
    for (int v = 0; v < p->g->nvalues; v++)
        p->producer[v] = p->again_buffer[v] = -1;
    for (int i = 0; i < p->nops; i++)
        p->producer[p->g->node[p->op[i].node].out] = i;
    for (int i = 0; i < p->g->nnodes; i++)
        if (siam_op_info_of(p->g->node[i].kind)->is_alias)
            p->producer[p->g->node[i].out] = p->producer[p->g->node[i].in[0]];
}

/* Per value, which ops read it: how many, and the last one. */
typedef struct reading {
    int count, last;
} reading;

static void find_readers(const siam_plan *p, reading *r)
{
    for (int v = 0; v < p->g->nvalues; v++)
        r[v] = (reading){0, -1};
    for (int i = 0; i < p->nops; i++)
        for (int k = 0; k < 2; k++) {
            const int v = p->g->node[p->op[i].node].in[k];
            if (v >= 0)
                r[source(p, v)] = (reading){r[source(p, v)].count + 1, i};
        }
}

/* A residual block begins at a map that several ops read and past which nothing else is alive: all that comes after
 * can be made from it. */
static bool begins_block(const siam_plan *p, const reading *r, int op)
{
    const int out = p->g->node[p->op[op].node].out;
    if (p->value[out].ndim != 4 || r[out].count < 2)
        return false;
    for (int v = 0; v < p->g->nvalues; v++)
        if (v != out && source(p, v) == v && p->producer[v] < op && r[v].last > op)
            return false;
    return true;
}

/* The maps to drop. What is made after the last block's beginning stays: backward starts there, so that dropping it
 * would free nothing. */
static void choose_dropped(const siam_plan *p, siam_recompute mode, const reading *r, bool *dropped)
{
    int last = -1;
    for (int i = 0; i < p->nops; i++)
        if (begins_block(p, r, i))
            last = i;
    for (int i = 0; i < last; i++) {
        const int out = p->g->node[p->op[i].node].out;
        const siam_op_desc *d = &p->op[i].op.desc;
        if (d->out.ndim != 4)
            continue;
        if (mode == SIAM_RECOMPUTE_BLOCKS)
            dropped[out] = !begins_block(p, r, i);
        else if (d->kind == SIAM_OP_BATCHNORM) /* inner: no residual added and one reader, so inside a block */
            dropped[out] = mode == SIAM_RECOMPUTE_NORMS || (!d->u.bn.add && r[out].count == 1);
    }
    for (int i = 0; i < p->g->nkeep; i++)
        dropped[source(p, p->g->keep[i])] = false;
}

static siam_code add_step(siam_plan *p, step_kind kind, int op, siam_err *e)
{
    if (p->nsteps == p->steps_cap) {
        const int cap = p->steps_cap ? 2 * p->steps_cap : 256;
        plan_step *more = realloc(p->step, (size_t)cap * sizeof *more);
        if (!more)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan");
        p->step = more;
        p->steps_cap = cap;
    }
    p->step[p->nsteps++] = (plan_step){.kind = kind, .op = op};
    return SIAM_OK;
}

/* Parameters whose gradients are complete lie at the end of the table, as backward comes from there: they are summed over the
 * ranks once they are large enough to be worth a message, and at the end whatever they are. */
typedef struct reduction {
    bool *pending; /* per row of the table: its gradient will still change */
    int end;       /* rows from here on have their step */
} reduction;

static void open_reduction(const siam_plan *p, reduction *r)
{
    r->end = p->g->nparams;
    for (int i = 0; i < p->nops; i++)
        for (int k = 0; k < 2; k++)
            if (p->g->node[p->op[i].node].param[k] >= 0)
                r->pending[p->g->node[p->op[i].node].param[k]] = true;
}

/* After the backward of `op`; -1: after the last one. */
static siam_code add_reduction(siam_plan *p, reduction *r, int op, siam_err *e)
{
    int64_t count = 0;
    int first = r->end;
    if (p->backend->comm->size == 1)
        return SIAM_OK;
    for (int k = 0; k < 2 && op >= 0; k++)
        if (p->g->node[p->op[op].node].param[k] >= 0)
            r->pending[p->g->node[p->op[op].node].param[k]] = false;
    while (first > 0 && (op < 0 || !r->pending[first - 1])) {
        first--;
        count += p->g->param[first].buffer ? 0 : siam_desc_count(&p->g->param[first].desc);
    }
    if (count == 0 || (op >= 0 && count < REDUCE_MIN))
        return SIAM_OK;
    SIAM_TRY(add_step(p, STEP_REDUCE, op < 0 ? 0 : op, e));
    p->step[p->nsteps - 1].first_row = first;
    p->step[p->nsteps - 1].rows = r->end - first;
    r->end = first;
    return SIAM_OK;
}

/* Make v again if it was dropped and has not been made since. */
static siam_code require(siam_plan *p, bool *dropped, int v, siam_err *e)
{
    if (v < 0 || !dropped[source(p, v)])
        return SIAM_OK;
    const int op = p->producer[v];
    dropped[source(p, v)] = false;
    for (int k = 0; k < 2; k++)
        SIAM_TRY(require(p, dropped, p->g->node[p->op[op].node].in[k], e));
    return add_step(p, STEP_AGAIN, op, e);
}

/* Which ops have a backward: their output's gradient arrives, or they are the loss. */
static siam_code backward_steps(siam_plan *p, bool *dropped, bool *reached, reduction *r, siam_err *e)
{
    open_reduction(p, r);
    for (int i = p->nops - 1; i >= 0; i--) {
        const siam_op_desc *d = &p->op[i].op.desc;
        const siam_node *n = &p->g->node[p->op[i].node];
        if (!reached[i] && !siam_op_info_of(d->kind)->is_loss)
            continue; /* nothing that reaches the loss reads its output */
        const siam_op_reads reads = siam_op_backward_reads(d);
        for (int k = 0; k < 2; k++) {
            if (d->need_din[k])
                reached[p->producer[n->in[k]]] = true;
            if (reads.in[k])
                SIAM_TRY(require(p, dropped, n->in[k], e));
        }
        if (reads.out)
            SIAM_TRY(require(p, dropped, n->out, e));
        SIAM_TRY(add_step(p, STEP_BACKWARD, i, e));
        SIAM_TRY(add_reduction(p, r, i, e));
    }
    return add_reduction(p, r, -1, e);
}

siam_code siam_plan_order(siam_plan *p, siam_recompute mode, siam_err *e)
{
    reading *readers = malloc((size_t)p->g->nvalues * sizeof *readers);
    bool *dropped = calloc((size_t)p->g->nvalues, sizeof *dropped);
    bool *reached = calloc((size_t)p->nops + 1, sizeof *reached);
    reduction r = {.pending = calloc((size_t)p->g->nparams + 1, sizeof *r.pending)};
    siam_code rc = SIAM_OK;
    if (!readers || !dropped || !reached || !r.pending)
        SIAM_TRY_OUT(rc, siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan"));
    find_producers(p);
    find_readers(p, readers);
    for (int i = 0; i < p->nops; i++)
        SIAM_TRY_OUT(rc, add_step(p, STEP_FORWARD, i, e));
    p->nforward = p->nsteps;
    if (p->training && mode != SIAM_RECOMPUTE_NONE)
        choose_dropped(p, mode, readers, dropped);
    if (p->training)
        rc = backward_steps(p, dropped, reached, &r, e);
out:
    free(readers);
    free(dropped);
    free(reached);
    free(r.pending);
    return rc;
}
