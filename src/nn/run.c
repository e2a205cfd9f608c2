/* Run: execute a plan's arrays. Nothing here allocates, compares strings or decides. */
#include "base/check.h"
#include "base/system.h"
#include "nn/fence.h"

/* Parameters in the implementations' own forms, once they serve a second batch: for one it would only be more work. */
static siam_code prepare(siam_plan *p, siam_err *e)
{
    for (int i = 0; i < p->nforward; i++) {
        plan_step *s = &p->step[i];
        const plan_op *o = &p->op[s->op];
        if (!o->op.kept_bytes)
            continue;
        s->io.kept = (char *)p->folded + o->kept;
        SIAM_TRY(o->op.impl->prepare(p->backend, &o->op, &s->io, e));
    }
    p->prepared = true;
    return SIAM_OK;
}

static siam_code forward(siam_plan *p, const plan_step *s, siam_err *e)
{
    plan_op *o = &p->op[s->op];
    const double start = p->profile ? siam_clock() : 0;
    SIAM_TRY(o->op.impl->forward(p->backend, &o->op, &s->io, e));
    if (p->profile)
        o->ms[s->kind == STEP_AGAIN ? SIAM_PASS_AGAIN : SIAM_PASS_FORWARD] = 1e3 * (siam_clock() - start);
    return SIAM_OK;
}

/* The backward of an op, timed: where its weights' gradient and its input's are two computations, each alone. */
static siam_code backward_timed(siam_plan *p, const plan_step *s, siam_err *e)
{
    plan_op *o = &p->op[s->op];
    const bool apart = siam_op_info_of(o->op.desc.kind)->is_product;
    siam_op_io io = s->io;
    double start = siam_clock();
    if (apart) {
        io.din[0] = NULL;
        SIAM_TRY(o->op.impl->backward(p->backend, &o->op, &io, e));
        o->ms[SIAM_PASS_WEIGHTS] = 1e3 * (siam_clock() - start);
        io = s->io;
        io.dparam[0] = io.dparam[1] = NULL;
        start = siam_clock();
    }
    SIAM_TRY(o->op.impl->backward(p->backend, &o->op, &io, e));
    o->ms[SIAM_PASS_BACKWARD] = 1e3 * (siam_clock() - start);
    return SIAM_OK;
}

static siam_code backward(siam_plan *p, const plan_step *s, siam_err *e)
{
    const plan_op *o = &p->op[s->op];
    for (int k = 0; k < o->accumulate; k++)
        SIAM_TRY(p->backend->type->accumulate(p->backend, o->op.desc.out.dtype, siam_plan_address(p, o->part[0]),
                                              siam_plan_address(p, o->part[o->parts - 1 - k]), o->out_count, e));
    return p->profile ? backward_timed(p, s, e) : o->op.impl->backward(p->backend, &o->op, &s->io, e);
}

/* Summed over the ranks while earlier layers are still computed, where the ranks can do that. */
static siam_code reduce(siam_plan *p, const plan_step *s, siam_err *e)
{
    const siam_comm *c = p->backend->comm;
    return (c->type->sum_begin ? c->type->sum_begin : c->type->sum_floats)(c, s->grad, s->count, e);
}

static siam_code run_step(siam_plan *p, const plan_step *s, siam_err *e)
{
    switch (s->kind) {
    case STEP_REDUCE: return reduce(p, s, e);
    case STEP_BACKWARD: return backward(p, s, e);
    default: return forward(p, s, e);
    }
}

/* sum: with the sums over ranks. */
static siam_code run_steps(siam_plan *p, int from, int to, bool sum, siam_err *e)
{
    siam_code rc = SIAM_OK;
    for (int i = from; !rc && i < to; i++) {
        if (p->step[i].kind == STEP_REDUCE && !sum)
            continue;
        siam_fence_enter(p, &p->step[i]);
        rc = run_step(p, &p->step[i], e);
        siam_fence_leave(p, &p->step[i]);
    }
    siam_fence_pause(p);
    return rc;
}

siam_code siam_plan_forward(siam_plan *p, siam_err *e)
{
    SIAM_ASSERT(p->block && p->bound);
    if (p->ran && !p->prepared)
        SIAM_TRY(prepare(p, e));
    p->ran = true;
    return run_steps(p, 0, p->nforward, true, e);
}

static siam_code run_backward(siam_plan *p, float scale, bool sum, siam_err *e)
{
    SIAM_ASSERT(p->training);
    const siam_comm *c = p->backend->comm;
    p->seed[0] = scale / (float)c->size;
    SIAM_TRY(run_steps(p, p->nforward, p->nsteps, sum, e));
    return sum && c->type->sum_finish ? c->type->sum_finish(c, e) : SIAM_OK;
}

siam_code siam_plan_backward(siam_plan *p, float scale, siam_err *e) { return run_backward(p, scale, true, e); }

siam_code siam_plan_backward_part(siam_plan *p, float scale, siam_err *e) { return run_backward(p, scale, false, e); }
