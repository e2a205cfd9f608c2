/* The floor of a step: each convolution and matrix product alone at its best, and for everything else the bytes it
 * must move at the bandwidth of the memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"
#include "tasks/bench/bench_private.h"

enum { OPERANDS = 12, RUNS_LEAST = 3 };
static const double RUNS_SECONDS = 0.02; /* small operations are run for so long */

/* An operation on memory of its own. */
typedef struct alone {
    siam_backend *backend;
    const siam_op_plan *op;
    siam_op_io io;
    void *block[OPERANDS];
    int nblocks;
} alone;

static siam_code new_block(alone *a, size_t bytes, void **out, siam_err *e)
{
    *out = NULL;
    if (!bytes)
        return SIAM_OK;
    SIAM_TRY(a->backend->type->alloc(a->backend, bytes, out, e));
    a->block[a->nblocks++] = *out;
    memset(*out, 0x3c, bytes); /* 0.0115 in float32 and in bfloat16: ordinary numbers on touched pages */
    return SIAM_OK;
}

static size_t bytes_of(const siam_desc *d) { return d->ndim ? siam_desc_bytes(d) : 0; }

static siam_code alone_open(alone *a, siam_backend *backend, const siam_op_plan *op, siam_err *e)
{
    const siam_op_desc *d = &op->desc;
    const bool conv = d->kind == SIAM_OP_CONV2D;
    const size_t kernel = conv ? (size_t)(d->u.conv.kernel * d->u.conv.kernel) : 1;
    const size_t weight = sizeof(float) * kernel * (size_t)(d->in[0].dim[1] * d->out.dim[1]);
    const size_t bias = (conv ? d->u.conv.bias : d->u.linear.bias) ? sizeof(float) * (size_t)d->out.dim[1] : 0;
    void *p;
    *a = (alone){.backend = backend, .op = op};
    SIAM_TRY(new_block(a, bytes_of(&d->in[0]), &p, e));
    a->io.in[0] = p;
    SIAM_TRY(new_block(a, siam_desc_bytes(&d->out), &a->io.out, e));
    a->io.in[1] = conv && d->u.conv.add ? a->io.out : NULL; /* as op.h says */
    SIAM_TRY(new_block(a, weight, &p, e));
    a->io.param[0] = p;
    SIAM_TRY(new_block(a, bias, &p, e));
    a->io.param[1] = p;
    SIAM_TRY(new_block(a, op->saved_bytes, &a->io.saved, e));
    SIAM_TRY(new_block(a, op->scratch_bytes + 64, &a->io.scratch, e));
    if (op->kept_bytes) { /* the parameters, prepared once as in a plan that runs again and again */
        SIAM_TRY(new_block(a, op->kept_bytes, &p, e));
        a->io.kept = p;
        SIAM_TRY(op->impl->prepare(backend, op, &a->io, e));
    }
    if (!d->training)
        return SIAM_OK;
    SIAM_TRY(new_block(a, siam_desc_bytes(&d->out), &p, e));
    a->io.dout[0] = p;
    SIAM_TRY(new_block(a, d->need_din[0] ? bytes_of(&d->in[0]) : 0, &a->io.din[0], e));
    SIAM_TRY(new_block(a, weight, &p, e));
    a->io.dparam[0] = p;
    SIAM_TRY(new_block(a, bias, &p, e));
    a->io.dparam[1] = p;
    return SIAM_OK;
}

static void alone_close(alone *a)
{
    for (int i = 0; i < a->nblocks; i++)
        a->backend->type->free(a->backend, a->block[i]);
    a->nblocks = 0;
}

static siam_code run_pass(const alone *a, siam_pass pass, siam_err *e)
{
    siam_op_io io = a->io;
    if (pass == SIAM_PASS_FORWARD)
        return a->op->impl->forward(a->backend, a->op, &io, e);
    if (pass == SIAM_PASS_WEIGHTS)
        io.din[0] = NULL;
    else
        io.dparam[0] = io.dparam[1] = NULL;
    return a->op->impl->backward(a->backend, a->op, &io, e);
}

/* The best of several runs of each pass that the operation has; *best is lowered, never raised. */
static siam_code time_passes(alone *a, int runs, double best[SIAM_PASS_COUNT], siam_err *e)
{
    const siam_op_desc *d = &a->op->desc;
    const bool has[SIAM_PASS_COUNT] = {true, d->training && d->need_din[0], d->training};
    SIAM_TRY(run_pass(a, SIAM_PASS_FORWARD, e)); /* what it saves, backward reads */
    for (int pass = 0; pass < SIAM_PASS_COUNT; pass++) {
        const double begin = siam_clock();
        for (int i = 0; has[pass] && (i <= runs || siam_clock() - begin < RUNS_SECONDS); i++) {
            const double start = siam_clock();
            SIAM_TRY(run_pass(a, (siam_pass)pass, e));
            const double ms = 1e3 * (siam_clock() - start);
            if (i) /* the first run warms up */
                best[pass] = ms < best[pass] ? ms : best[pass];
        }
    }
    return SIAM_OK;
}

static siam_code time_alone(bench *b, const siam_op_plan *op, double best[SIAM_PASS_COUNT], siam_err *e)
{
    alone a;
    siam_code rc = alone_open(&a, b->backend, op, e);
    if (!rc)
        rc = time_passes(&a, b->r->repeat < RUNS_LEAST ? RUNS_LEAST : b->r->repeat, best, e);
    alone_close(&a);
    return rc;
}

/* The variants that the step runs, and those that a race decided just now: the remembered choice may have been made
 * while the machine was busy. */
static siam_code time_variants(bench *b, siam_tuner *fresh, const siam_op_plan *op, double best[SIAM_PASS_COUNT],
                               siam_err *e)
{
    for (int pass = 0; pass < SIAM_PASS_COUNT; pass++)
        best[pass] = INFINITY;
    SIAM_TRY(time_alone(b, op, best, e));
    if (!op->impl->plan)
        return SIAM_OK;
    siam_op_plan other = {.impl = op->impl, .desc = op->desc};
    SIAM_TRY(op->impl->plan(b->backend, fresh, &other, e));
    const siam_code rc = strcmp(other.variant, op->variant) ? time_alone(b, &other, best, e) : SIAM_OK;
    if (op->impl->release)
        op->impl->release(b->backend, &other);
    return rc;
}

static bool same(const siam_op_plan *x, const siam_op_plan *y)
{
    const siam_op_desc *a = &x->desc, *b = &y->desc;
    if (x->impl != y->impl || strcmp(x->variant, y->variant) || a->training != b->training ||
        a->need_din[0] != b->need_din[0] || !siam_desc_eq(&a->in[0], &b->in[0]) || !siam_desc_eq(&a->out, &b->out))
        return false;
    if (a->kind == SIAM_OP_LINEAR)
        return a->u.linear.bias == b->u.linear.bias;
    return a->u.conv.kernel == b->u.conv.kernel && a->u.conv.stride == b->u.conv.stride &&
           a->u.conv.pad == b->u.conv.pad && a->u.conv.bias == b->u.conv.bias && a->u.conv.add == b->u.conv.add &&
           a->u.conv.relu == b->u.conv.relu;
}

/* best[SIAM_PASS_COUNT i + pass] of row i; equal rows are timed once. */
static siam_code time_products(bench *b, const siam_engine *x, double *best, siam_err *e)
{
    const int n = x->type->rows(x);
    siam_tuner *fresh = NULL;
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_tuner_create(&fresh, "bench", true, e));
    for (int i = 0; i < n; i++) {
        const siam_op_plan *op = x->type->row(x, i).op;
        int k = 0;
        if (!siam_op_info_of(op->desc.kind)->is_product)
            continue;
        while (k < i && !(x->type->row(x, k).op->desc.kind == op->desc.kind && same(x->type->row(x, k).op, op)))
            k++;
        if (k < i)
            memcpy(best + SIAM_PASS_COUNT * i, best + SIAM_PASS_COUNT * k, SIAM_PASS_COUNT * sizeof *best);
        else
            SIAM_TRY_OUT(rc, time_variants(b, fresh, op, best + SIAM_PASS_COUNT * i, e));
    }
out:
    siam_tuner_destroy(&fresh);
    return rc;
}

/* An operation that was faster within the step than alone, its operands in the caches say, has that for its best. */
static void sum_up(const bench *b, const double *best, siam_bench_result *r)
{
    for (int i = 0; i < r->nops; i++) {
        siam_bench_op *o = &r->op[i];
        o->best_ms = o->product ? best[o->slot] : 1e3 * o->work.bytes / b->bandwidth.triad;
        o->best_ms = o->ms < o->best_ms ? o->ms : o->best_ms;
        r->floor_ms += o->best_ms;
        r->product_ms += o->product ? o->best_ms : 0;
    }
}

siam_code siam_bench_floor(bench *b, const siam_stepper *s, siam_bench_result *r, siam_err *e)
{
    double *best = calloc((size_t)s->engine->type->rows(s->engine) * SIAM_PASS_COUNT + 1, sizeof *best);
    siam_code rc = SIAM_OK;
    if (!best)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the floor");
    /* The bandwidth before and after, as other work on the machine comes and goes. */
    SIAM_TRY_OUT(rc, b->backend->type->bandwidth(b->backend, &b->bandwidth, e));
    SIAM_TRY_OUT(rc, time_products(b, s->engine, best, e));
    SIAM_TRY_OUT(rc, b->backend->type->bandwidth(b->backend, &b->bandwidth, e));
    sum_up(b, best, r);
out:
    free(best);
    return rc;
}
