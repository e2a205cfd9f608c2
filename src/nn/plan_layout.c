/* Memory of a plan: one block, laid out by liveness.
 *
 * Every activation, every gradient contribution and everything an op saves for its backward is a buffer with
 * a lifetime. Buffers that never live at the same time share memory: the largest are placed first, each at the
 * lowest offset where no living neighbour lies. */
#include "nn/fence.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { ALIGN = 256 };

int siam_plan_root(const siam_plan *p, int b)
{
    while (p->buf[b].alias >= 0)
        b = p->buf[b].alias;
    return b;
}

void *siam_plan_address(const siam_plan *p, int buf)
{
    return buf < 0 ? NULL : (char *)p->block + p->buf[siam_plan_root(p, buf)].offset;
}

static siam_code new_buffer(siam_plan *p, size_t bytes, int *id, siam_err *e)
{
    if (p->nbuffers == p->cap) {
        const int cap = p->cap ? 2 * p->cap : 256;
        buffer *bigger = realloc(p->buf, (size_t)cap * sizeof *bigger);
        if (!bigger)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan");
        p->buf = bigger;
        p->cap = cap;
    }
    if (bytes > SIZE_MAX / 4)
        return siam_fail(e, SIAM_E_NOMEM, "a layer's output at batch %d is larger than any memory", p->batch);
    p->buf[p->nbuffers] =
        (buffer){.used = bytes, .bytes = (bytes + SIAM_FENCE_BYTES + ALIGN - 1) / ALIGN * ALIGN,
                 .first = INT32_MAX, .last = -1, .alias = -1};
    *id = p->nbuffers++;
    return SIAM_OK;
}

static void use(siam_plan *p, int id, int time)
{
    buffer *b = &p->buf[siam_plan_root(p, id)];
    if (time < b->first)
        b->first = time;
    if (time > b->last)
        b->last = time;
}

static siam_code value_buffers(siam_plan *p, siam_err *e)
{
    for (int v = 0; v < p->g->nvalues; v++)
        SIAM_TRY(new_buffer(p, siam_desc_bytes(&p->value[v]), &p->value_buffer[v], e));
    for (int i = 0; i < p->nsteps; i++) {
        const int out = p->g->node[p->op[p->step[i].op].node].out;
        if (p->step[i].kind == STEP_AGAIN)
            SIAM_TRY(new_buffer(p, siam_desc_bytes(&p->value[out]), &p->again_buffer[out], e));
    }
    for (int i = 0; i < p->g->nnodes; i++) {
        const siam_node *n = &p->g->node[i];
        int shared = -1;
        if (siam_op_info_of(n->kind)->is_alias)
            shared = n->in[0]; /* the same numbers */
        else if (n->kind == SIAM_OP_CONV2D && n->u.conv.add)
            shared = n->in[1]; /* the convolution accumulates onto the residual */
        if (shared >= 0)
            p->buf[p->value_buffer[n->out]].alias = p->value_buffer[shared];
    }
    return SIAM_OK;
}

static siam_code gradient_buffers(siam_plan *p, int i, siam_err *e)
{
    plan_op *o = &p->op[i];
    const siam_node *n = &p->g->node[o->node];
    const siam_op_desc *d = &o->op.desc;
    const bool over = o->op.impl->flags & SIAM_IMPL_DIN_OVER_DOUT && o->parts > 0;
    for (int k = 0; k < 2; k++) {
        if (!d->need_din[k])
            continue;
        /* Detached and shared values: the gradient belongs to the op that made the value. */
        const int maker = p->producer[n->in[k]];
        SIAM_ASSERT(maker >= 0 && p->op[maker].parts < MAX_PARTS);
        SIAM_TRY(new_buffer(p, siam_desc_bytes(&d->in[k]), &o->din[k], e));
        p->op[maker].part[p->op[maker].parts++] = o->din[k];
        const bool same_size = p->buf[o->din[k]].bytes == p->buf[o->part[0]].bytes;
        if (over && same_size && k == (d->need_din[1] ? 1 : 0))
            p->buf[o->din[k]].alias = o->part[0];
    }
    return SIAM_OK;
}

int siam_plan_operands(const siam_plan *p, const plan_step *s, int buf[MAX_OPERANDS])
{
    const plan_op *o = &p->op[s->op];
    const siam_node *n = &p->g->node[o->node];
    const bool back = s->kind == STEP_BACKWARD;
    if (s->kind == STEP_REDUCE)
        return 0; /* it touches parameters' gradients only */
    const siam_op_reads reads = back ? siam_op_backward_reads(&o->op.desc) : (siam_op_reads){.in = {true, true}, .out = true};
    int count = 0;
    for (int k = 0; k < 2; k++) {
        if (reads.in[k] && n->in[k] >= 0)
            buf[count++] = siam_plan_buffer(p, n->in[k], s->kind);
        if (back && o->din[k] >= 0)
            buf[count++] = o->din[k];
    }
    if (reads.out)
        buf[count++] = siam_plan_buffer(p, n->out, s->kind);
    if (o->saved >= 0)
        buf[count++] = o->saved;
    for (int k = 0; back && k < o->parts; k++)
        buf[count++] = o->part[k];
    return count;
}

/* What the step at `now` touches is alive then. */
static siam_code live(siam_plan *p, int now, siam_err *e)
{
    const plan_step *s = &p->step[now];
    plan_op *o = &p->op[s->op];
    if (s->kind == STEP_FORWARD && o->op.saved_bytes)
        SIAM_TRY(new_buffer(p, o->op.saved_bytes, &o->saved, e));
    if (s->kind == STEP_BACKWARD)
        SIAM_TRY(gradient_buffers(p, s->op, e));
    int buf[MAX_OPERANDS];
    const int n = siam_plan_operands(p, s, buf);
    for (int i = 0; i < n; i++)
        use(p, buf[i], now);
    return SIAM_OK;
}

static siam_code lifetimes(siam_plan *p, siam_err *e)
{
    use(p, p->value_buffer[p->g->input], 0); /* written by the loader before the step */
    use(p, p->value_buffer[p->g->output], p->nsteps);
    for (int i = 0; i < p->g->nkeep; i++)
        use(p, p->value_buffer[p->g->keep[i]], p->nsteps);
    for (int i = 0; i < p->nsteps; i++)
        SIAM_TRY(live(p, i, e));
    return SIAM_OK;
}

static bool overlap(const buffer *a, const buffer *b) { return a->first <= b->last && b->first <= a->last; }

static int larger_first(const void *x, const void *y, void *buf)
{
    const buffer *a = &((buffer *)buf)[*(const int *)x], *b = &((buffer *)buf)[*(const int *)y];
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return *(const int *)x - *(const int *)y; /* stable, so that a plan is reproducible */
}

/* Lowest offset at which buffer b fits beside the placed ones (sorted by offset) that live when it does. */
static size_t lowest_fit(const siam_plan *p, const int *placed, int n, const buffer *b)
{
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        const buffer *o = &p->buf[placed[i]];
        if (!overlap(o, b))
            continue;
        if (at + b->bytes <= o->offset)
            break;
        if (o->offset + o->bytes > at)
            at = o->offset + o->bytes;
    }
    return at;
}

static siam_code place(siam_plan *p, siam_err *e)
{
    int *order = malloc(2 * ((size_t)p->nbuffers + 1) * sizeof *order);
    if (!order)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan");
    int *placed = order + p->nbuffers + 1;
    int n = 0, nplaced = 0;
    for (int i = 0; i < p->nbuffers; i++)
        if (p->buf[i].alias < 0 && p->buf[i].last >= p->buf[i].first)
            order[n++] = i;
    qsort_r(order, (size_t)n, sizeof *order, larger_first, p->buf);
    p->memory.activations = 0;
    for (int i = 0; i < n; i++) {
        buffer *b = &p->buf[order[i]];
        b->offset = lowest_fit(p, placed, nplaced, b);
        int at = nplaced++;
        for (; at > 0 && p->buf[placed[at - 1]].offset > b->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = order[i];
        if (b->offset + b->bytes > p->memory.activations)
            p->memory.activations = b->offset + b->bytes;
    }
    free(order);
    return SIAM_OK;
}

siam_code siam_plan_layout(siam_plan *p, siam_err *e)
{
    SIAM_TRY(value_buffers(p, e));
    SIAM_TRY(lifetimes(p, e));
    SIAM_TRY(place(p, e));
    for (int i = 0; i < p->nops; i++) {
        plan_op *o = &p->op[i];
        const int summed = o->op.impl->flags & SIAM_IMPL_SUMS_DOUT ? 2 : 1;
        o->accumulate = o->parts > summed ? o->parts - summed : 0;
        if (o->op.scratch_bytes > p->memory.scratch)
            p->memory.scratch = o->op.scratch_bytes;
    }
    return SIAM_OK;
}
