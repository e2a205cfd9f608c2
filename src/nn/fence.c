/* Poisoning a plan's block around its steps, for AddressSanitizer. */
#include "nn/fence.h"

typedef int fence_is_not_empty; /* in other builds */

#ifdef SIAM_FENCE
#include <sanitizer/asan_interface.h>

/* What no step uses has no place. */
static bool is_placed(const siam_plan *p, int buf)
{
    return buf >= 0 && p->buf[siam_plan_root(p, buf)].first <= p->buf[siam_plan_root(p, buf)].last;
}

static void open_buffer(const siam_plan *p, int buf)
{
    if (is_placed(p, buf))
        __asan_unpoison_memory_region(siam_plan_address(p, buf), p->buf[siam_plan_root(p, buf)].used);
}

static void close_buffer(const siam_plan *p, int buf)
{
    if (is_placed(p, buf))
        __asan_poison_memory_region(siam_plan_address(p, buf), p->buf[siam_plan_root(p, buf)].bytes);
}

static void operands(const siam_plan *p, const plan_step *s, void (*each)(const siam_plan *p, int buf))
{
    const plan_op *o = &p->op[s->op];
    const siam_node *n = &p->g->node[o->node];
    const bool back = s->kind == STEP_BACKWARD;
    const siam_op_reads reads = back ? siam_op_backward_reads(&o->op.desc) : (siam_op_reads){.in = {true, true}, .out = true};
    for (int k = 0; k < 2; k++) {
        if (reads.in[k] && n->in[k] >= 0)
            each(p, siam_plan_buffer(p, n->in[k], s->kind));
        if (back)
            each(p, o->din[k]);
    }
    if (reads.out)
        each(p, siam_plan_buffer(p, n->out, s->kind));
    each(p, o->saved);
    for (int k = 0; back && k < o->parts; k++)
        each(p, o->part[k]);
}

void siam_fence_enter(const siam_plan *p, const plan_step *s) { operands(p, s, open_buffer); }

void siam_fence_leave(const siam_plan *p, const plan_step *s) { operands(p, s, close_buffer); }

void siam_fence_pause(const siam_plan *p)
{
    open_buffer(p, p->value_buffer[p->g->input]);
    open_buffer(p, p->value_buffer[p->g->output]);
    for (int i = 0; i < p->g->nkeep; i++)
        open_buffer(p, p->value_buffer[p->g->keep[i]]);
}

void siam_fence_open(const siam_plan *p)
{
    __asan_poison_memory_region(p->block, p->memory.activations);
    siam_fence_pause(p);
}

void siam_fence_close(const siam_plan *p)
{
    if (p->block)
        __asan_unpoison_memory_region(p->block, p->memory.activations);
}
#endif
