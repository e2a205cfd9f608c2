/* Poisoning a plan's block around its steps, for AddressSanitizer. */
#include "nn/fence.h"

#ifdef SIAM_FENCE
#include <sanitizer/asan_interface.h>

static void open_buffer(const siam_plan *p, int buf)
{
    const buffer *b = &p->buf[siam_plan_root(p, buf)];
    if (b->first <= b->last) /* what no step uses has no place */
        __asan_unpoison_memory_region(siam_plan_address(p, buf), b->used);
}

static void close_buffer(const siam_plan *p, int buf)
{
    __asan_poison_memory_region(siam_plan_address(p, buf), p->buf[siam_plan_root(p, buf)].bytes);
}

void siam_fence_enter(const siam_plan *p, const plan_step *s)
{
    int buf[MAX_OPERANDS];
    for (int i = siam_plan_operands(p, s, buf); i > 0; i--)
        open_buffer(p, buf[i - 1]);
}

void siam_fence_leave(const siam_plan *p, const plan_step *s)
{
    int buf[MAX_OPERANDS];
    for (int i = siam_plan_operands(p, s, buf); i > 0; i--)
        close_buffer(p, buf[i - 1]);
}

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
