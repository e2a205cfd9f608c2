/* Run: execute a plan's arrays. Nothing here allocates, compares strings or decides. */
#include "base/check.h"
#include "base/file.h"
#include "nn/plan_internal.h"

siam_code siam_plan_forward(siam_plan *p, siam_err *e)
{
    SIAM_ASSERT(p->block && p->bound);
    for (int i = 0; i < p->nops; i++) {
        plan_op *o = &p->op[i];
        const double start = p->profile ? siam_clock() : 0;
        SIAM_TRY(o->op.impl->forward(p->backend, &o->op, &o->io, e));
        if (p->profile)
            o->forward_ms = 1e3 * (siam_clock() - start);
    }
    return SIAM_OK;
}

static void *part(const siam_plan *p, const plan_op *o, int k)
{
    return (char *)p->block + p->buf[siam_plan_root(p, o->part[k])].offset;
}

siam_code siam_plan_backward(siam_plan *p, float scale, siam_err *e)
{
    SIAM_ASSERT(p->training);
    p->seed[0] = scale;
    for (int i = p->nops - 1; i >= 0; i--) {
        plan_op *o = &p->op[i];
        if (!o->parts && o->op.desc.kind != SIAM_OP_NEG_COSINE)
            continue; /* nothing that reaches the loss reads its output */
        const double start = p->profile ? siam_clock() : 0;
        for (int k = 0; k < o->accumulate; k++)
            SIAM_TRY(p->backend->type->accumulate(p->backend, o->op.desc.out.dtype, part(p, o, 0),
                                                  part(p, o, o->parts - 1 - k), o->out_count, e));
        SIAM_TRY(o->op.impl->backward(p->backend, &o->op, &o->io, e));
        if (p->profile)
            o->backward_ms = 1e3 * (siam_clock() - start);
    }
    return SIAM_OK;
}
