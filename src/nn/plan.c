/* Plan: choose implementations and layouts, size the memory, bind the parameters. */
#include "nn/fence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"

enum { PARALLEL_MIN = 1 << 16 }; /* numbers; fewer take no longer than waking threads up */

/* Channels per block of a layout. */
static int blocking(siam_layout l) { return l == SIAM_NCHW16C ? 16 : l == SIAM_NCHW8C ? 8 : 1; }

/* The type and the backend's layout for every feature map, all in the smallest blocking that one of them needs: between two
 * blockings convolutions are a hundred times slower than within one (24 channels before 48, say). */
static void choose_layouts(siam_plan *p)
{
    siam_layout common = SIAM_NCHW16C;
    for (int pass = 0; pass < 2; pass++)
        for (int v = 0; v < p->g->nvalues; v++) {
            siam_desc *d = &p->value[v];
            if (d->ndim != 4 || v == p->g->input)
                continue;
            d->dtype = p->map_type;
            if (pass && blocking(d->layout) > blocking(common))
                d->layout = common;
            else if (!pass) {
                d->layout = p->backend->type->layout(p->backend, d);
                common = blocking(d->layout) < blocking(common) ? d->layout : common;
            }
        }
}

/* Which values need a gradient: those that depend on a trainable parameter. A detach cuts the dependence. */
static void mark_wanted(const siam_graph *g, bool *wanted)
{
    memset(wanted, 0, (size_t)g->nvalues * sizeof *wanted);
    for (int i = 0; i < g->nnodes; i++) {
        const siam_node *n = &g->node[i];
        bool w = n->param[0] >= 0;
        for (int k = 0; k < 2; k++)
            w = w || (n->in[k] >= 0 && wanted[n->in[k]]);
        wanted[n->out] = w && !siam_op_info_of(n->kind)->is_alias;
    }
}

/* By what a number of channels must grow until 8 divides it. */
static int times_as_wide(int64_t channels)
{
    return channels % 2 ? 8 : channels % 4 ? 4 : channels % 8 ? 2 : 1;
}

static siam_code plan_op_create(siam_plan *p, int node, const bool *wanted, siam_tuner *tuner, siam_err *e)
{
    const siam_node *n = &p->g->node[node];
    plan_op *o = &p->op[p->nops];
    *o = (plan_op){.node = node, .saved = -1, .din = {-1, -1}};
    siam_op_desc *d = &o->op.desc;
    d->kind = n->kind;
    d->training = p->training;
    d->u = n->u;
    d->out = p->value[n->out];
    o->out_count = (size_t)siam_desc_count(&d->out);
    for (int k = 0; k < 2; k++) {
        if (n->in[k] < 0)
            continue;
        d->in[k] = p->value[n->in[k]];
        d->need_din[k] = p->training && wanted[n->in[k]];
    }
    o->op.impl = siam_op_select(p->backend, d);
    const int64_t channels = times_as_wide(d->out.dim[1]) > times_as_wide(d->in[0].dim[1]) ? d->out.dim[1] : d->in[0].dim[1];
    if (!o->op.impl && p->map_type == SIAM_BF16 && times_as_wide(channels) > 1) {
        siam_fail(e, SIAM_E_UNSUPPORTED,
                  "bfloat16 maps need a number of channels that 8 divides, and layer '%s' (%s) has %lld", n->name,
                  siam_op_name(n->kind), (long long)channels);
        siam_hint(e, "--precision fp32, or a --width %d times as large", times_as_wide(channels));
        return SIAM_E_UNSUPPORTED;
    }
    if (!o->op.impl)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "device '%s' has no implementation of %s for layer '%s'",
                         p->backend->type->name, siam_op_name(n->kind), n->name);
    p->nops++; /* from here on release() is due */
    if (o->op.impl->plan) {
        const siam_code rc = o->op.impl->plan(p->backend, tuner, &o->op, e);
        if (rc)
            return siam_wrap(e, rc, "planning layer '%s'", n->name);
    }
    return SIAM_OK;
}

/* Floats of the folded weights and bias of node n, 0 when nothing is folded. */
static size_t folded_count(const siam_graph *g, const siam_node *n, size_t *weights)
{
    if (n->fold[2] < 0)
        return 0;
    *weights = ((size_t)siam_desc_count(&g->param[n->param[0]].desc) + 15) / 16 * 16;
    return *weights + ((size_t)g->param[n->param[0]].desc.dim[0] + 15) / 16 * 16;
}

static siam_code plan_build(siam_plan *p, const siam_plan_cfg *c, siam_err *e)
{
    const siam_graph *g = p->g;
    bool *wanted = malloc((size_t)g->nvalues * sizeof *wanted);
    p->op = calloc((size_t)g->nnodes + 1, sizeof *p->op);
    p->value = malloc((size_t)g->nvalues * sizeof *p->value);
    p->value_buffer = malloc((size_t)g->nvalues * sizeof *p->value_buffer);
    p->again_buffer = malloc((size_t)g->nvalues * sizeof *p->again_buffer);
    p->producer = malloc((size_t)g->nvalues * sizeof *p->producer);
    siam_code rc = SIAM_OK;
    if (!wanted || !p->op || !p->value || !p->value_buffer || !p->again_buffer || !p->producer)
        SIAM_TRY_OUT(rc, siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan"));
    for (int v = 0; v < g->nvalues; v++) {
        p->value[v] = g->value[v];
        if (p->value[v].ndim > 1)
            p->value[v].dim[0] = p->batch;
        if (p->value[v].ndim == 2)
            p->value[v].layout = p->backend->type->layout(p->backend, &p->value[v]);
    }
    choose_layouts(p);
    p->value[g->input].layout = SIAM_NCHW; /* what the loader writes */
    mark_wanted(g, wanted);
    for (int i = 0; i < g->nnodes; i++) {
        size_t weights;
        p->memory.folded += folded_count(g, &g->node[i], &weights) * sizeof(float);
        if (!siam_op_info_of(g->node[i].kind)->is_alias)
            SIAM_TRY_OUT(rc, plan_op_create(p, i, wanted, c->tuner, e));
    }
    for (int i = 0; i < p->nops; i++) {
        p->op[i].kept = p->memory.folded;
        p->memory.folded += p->op[i].op.kept_bytes;
    }
    SIAM_TRY_OUT(rc, siam_plan_order(p, c->recompute, e));
    rc = siam_plan_layout(p, e);
out:
    free(wanted);
    return rc;
}

siam_code siam_plan_create(siam_plan **out, const siam_graph *g, siam_backend *b, const siam_plan_cfg *c,
                           siam_err *e)
{
    *out = NULL;
    SIAM_ASSERT(c->batch > 0 && c->batch % g->views == 0);
    siam_plan *p = calloc(1, sizeof *p);
    if (!p)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the plan");
    p->backend = b;
    p->batch = c->batch;
    p->training = c->training;
    p->map_type = c->map_type;
    siam_code rc = siam_fuse(&p->g, g, c->training, e);
    if (!rc)
        rc = plan_build(p, c, e);
    if (rc)
        siam_plan_destroy(&p);
    *out = p;
    return rc;
}

void siam_plan_destroy(siam_plan **plan)
{
    siam_plan *p = *plan;
    if (!p)
        return;
    for (int i = 0; i < p->nops; i++)
        if (p->op[i].op.impl->release)
            p->op[i].op.impl->release(p->backend, &p->op[i].op);
    siam_fence_close(p);
    p->backend->type->free(p->backend, p->block);
    p->backend->type->free(p->backend, p->scratch);
    p->backend->type->free(p->backend, p->folded);
    siam_graph_destroy(&p->g);
    free(p->op);
    free(p->value);
    free(p->value_buffer);
    free(p->again_buffer);
    free(p->producer);
    free(p->step);
    free(p->buf);
    free(p);
    *plan = NULL;
}

siam_plan_memory siam_plan_bytes(const siam_plan *p) { return p->memory; }

/* Pointers that never change; which of them a call may read is the op's contract (op.h). */
static void wire(siam_plan *p)
{
    for (int i = 0; i < p->nsteps; i++) {
        plan_step *s = &p->step[i];
        const plan_op *o = &p->op[s->op];
        const siam_node *n = &p->g->node[o->node];
        for (int k = 0; k < 2; k++) {
            s->io.in[k] = n->in[k] < 0 ? NULL : siam_plan_address(p, siam_plan_buffer(p, n->in[k], s->kind));
            s->io.din[k] = siam_plan_address(p, o->din[k]);
        }
        s->io.out = siam_plan_address(p, siam_plan_buffer(p, n->out, s->kind));
        s->io.saved = siam_plan_address(p, o->saved);
        s->io.scratch = p->scratch;
        s->io.again = s->kind == STEP_AGAIN;
        s->io.dout[0] = o->parts ? siam_plan_address(p, o->part[0]) : NULL;
        s->io.dout[1] = o->parts - o->accumulate > 1 ? siam_plan_address(p, o->part[1]) : NULL;
        if (siam_op_info_of(n->kind)->is_loss)
            s->io.dout[0] = p->seed;
    }
}

siam_code siam_plan_alloc(siam_plan *p, siam_err *e)
{
    const siam_backend_type *t = p->backend->type;
    const size_t need = p->memory.activations + p->memory.scratch + p->memory.folded, have = siam_memory_available();
    if (need > have) { /* Linux promises more memory than there is and kills who uses it */
        siam_fail(e, SIAM_E_NOMEM, "%d images at once need %zu MiB of memory and %zu are free", p->batch, need >> 20,
                  have >> 20);
        siam_hint(e, "a smaller --size, --width or --arch");
        return SIAM_E_NOMEM;
    }
    SIAM_TRY(t->alloc(p->backend, p->memory.activations, &p->block, e));
    SIAM_TRY(t->alloc(p->backend, p->memory.scratch + 64, &p->scratch, e));
    if (p->memory.folded) {
        void *folded;
        SIAM_TRY(t->alloc(p->backend, p->memory.folded, &folded, e));
        p->folded = folded;
    }
    siam_fence_open(p);
    wire(p);
    return SIAM_OK;
}

/* conv -> BN with running statistics is one convolution: w' = w g/sqrt(var+eps), b' = beta - mean g/sqrt(var+eps).
 * weight and bias may be the table's own weight and beta. */
static void fold(const siam_plan *p, const siam_node *n, const siam_params *params, const int row[5], float *weight,
                 float *bias)
{
    const siam_desc *d = &p->g->param[n->param[0]].desc;
    const size_t per_channel = (size_t)(d->dim[1] * d->dim[2] * d->dim[3]);
    const float *w = siam_params_data(params, row[4]);
    const float *mean = siam_params_data(params, row[2]), *var = siam_params_data(params, row[3]);
#pragma omp parallel for schedule(static) if (siam_desc_count(d) > PARALLEL_MIN)
    for (int64_t c = 0; c < d->dim[0]; c++) {
        const double gamma = row[0] < 0 ? 1.0 : siam_params_data(params, row[0])[c];
        const double beta = row[1] < 0 ? 0.0 : siam_params_data(params, row[1])[c];
        const double scale = gamma / sqrt((double)var[c] + n->fold_eps);
        for (size_t j = 0; j < per_channel; j++)
            weight[(size_t)c * per_channel + j] = (float)(w[(size_t)c * per_channel + j] * scale);
        bias[c] = (float)(beta - mean[c] * scale);
    }
}

/* The gradients that a step sums over the ranks: the rows lie beside each other in the table, too. */
static siam_code bind_reduction(const siam_plan *p, plan_step *s, const siam_params *params, siam_err *e)
{
    size_t first = SIZE_MAX, end = 0;
    for (int i = s->first_row; i < s->first_row + s->rows; i++) {
        int row;
        SIAM_TRY(siam_graph_row(p->g, params, i, &row, e));
        const siam_param *x = &params->row[row];
        if (x->buffer)
            continue;
        SIAM_ASSERT(end == 0 || x->offset >= end);
        first = x->offset < first ? x->offset : first;
        end = x->offset + (size_t)siam_desc_count(&x->desc);
    }
    s->grad = params->grad + first;
    s->count = end - first;
    return SIAM_OK;
}

static siam_code bind(siam_plan *p, siam_params *params, bool use_up, siam_err *e)
{
    float *folded = p->folded;
    SIAM_ASSERT(!params->used_up);
    params->used_up = use_up;
    for (int i = 0; i < p->nops; i++) {
        plan_op *o = &p->op[i];
        const siam_node *n = &p->g->node[o->node];
        size_t weights;
        const size_t count = folded_count(p->g, n, &weights);
        int row[5] = {-1, -1, -1, -1, -1};
        if (count) {
            for (int k = 0; k < 5; k++) {
                const int param = k < 4 ? n->fold[k] : n->param[0];
                if (param >= 0)
                    SIAM_TRY(siam_graph_row(p->g, params, param, &row[k], e));
            }
            float *weight = use_up ? siam_params_data(params, row[4]) : folded;
            float *bias = use_up && row[1] >= 0 ? siam_params_data(params, row[1]) : folded + weights;
            fold(p, n, params, row, weight, bias);
            o->bound.param[0] = weight;
            o->bound.param[1] = bias;
            folded += count;
            continue;
        }
        for (int k = 0; k < 2; k++) {
            if (n->param[k] >= 0) {
                SIAM_TRY(siam_graph_row(p->g, params, n->param[k], &row[0], e));
                o->bound.param[k] = siam_params_data(params, row[0]);
                o->bound.dparam[k] = params->grad ? params->grad + params->row[row[0]].offset : NULL;
            }
            if (n->buffer[k] >= 0) {
                SIAM_TRY(siam_graph_row(p->g, params, n->buffer[k], &row[0], e));
                o->bound.buffer[k] = siam_params_data(params, row[0]);
            }
        }
    }
    for (int i = 0; i < p->nsteps; i++) {
        siam_op_io *io = &p->step[i].io;
        const siam_op_io *own = &p->op[p->step[i].op].bound;
        memcpy(io->param, own->param, sizeof io->param);
        memcpy(io->dparam, own->dparam, sizeof io->dparam);
        memcpy(io->buffer, own->buffer, sizeof io->buffer);
        io->kept = NULL;
        if (p->step[i].kind == STEP_REDUCE)
            SIAM_TRY(bind_reduction(p, &p->step[i], params, e));
    }
    SIAM_ASSERT(!p->training || params->grad);
    p->bound = true;
    p->ran = p->prepared = false;
    return SIAM_OK;
}

siam_code siam_plan_bind(siam_plan *p, siam_params *params, siam_err *e) { return bind(p, params, false, e); }

siam_code siam_plan_bind_last(siam_plan *p, siam_params *params, siam_err *e)
{
    SIAM_ASSERT(!p->training);
    return bind(p, params, true, e);
}

float *siam_plan_input(const siam_plan *p) { return siam_plan_address(p, p->value_buffer[p->g->input]); }

const float *siam_plan_value(const siam_plan *p, siam_val v, siam_desc *d)
{
    if (d)
        *d = p->value[v.id];
    return siam_plan_address(p, p->value_buffer[v.id]);
}

void siam_plan_read(const siam_plan *p, siam_val v, int n, float *dst)
{
    siam_desc d;
    const float *src = siam_plan_value(p, v, &d);
    const uint16_t *half = (const uint16_t *)(const void *)src; /* of a bfloat16 map */
    const size_t C = (size_t)d.dim[1], pixels = d.ndim == 4 ? (size_t)(d.dim[2] * d.dim[3]) : 1;
    const size_t block = d.ndim != 4 ? 1 : d.layout == SIAM_NHWC ? C : (size_t)blocking(d.layout);
    if (block == 1 && d.dtype == SIAM_F32) {
        memcpy(dst, src, (size_t)n * C * pixels * sizeof *dst);
        return;
    }
    /* Channels of one pixel lie together, `block` of them: bring them apart. */
    for (size_t i = 0; i < (size_t)n; i++)
        for (size_t c = 0; c < C; c++) {
            const size_t from = (i * C + c / block * block) * pixels + c % block;
            float *to = dst + (i * C + c) * pixels;
            for (size_t k = 0; k < pixels; k++)
                to[k] = d.dtype == SIAM_BF16 ? siam_bf16_float(half[from + k * block]) : src[from + k * block];
        }
}

int siam_plan_rows(const siam_plan *p) { return p->nops; }

siam_plan_row siam_plan_row_at(const siam_plan *p, int i)
{
    const plan_op *o = &p->op[i];
    siam_plan_row row = {.kind = siam_op_name(o->op.desc.kind),
                         .name = p->g->node[o->node].name,
                         .impl = o->op.impl->name,
                         .variant = o->op.variant,
                         .in = o->op.desc.in[0],
                         .out = o->op.desc.out,
                         .op = &o->op};
    for (int k = 0; k < SIAM_PASS_COUNT; k++) {
        row.ms[k] = o->ms[k];
        row.work[k] = siam_op_work(&o->op.desc, (siam_pass)k, o->parts);
    }
    return row;
}

void siam_plan_profile(siam_plan *p, bool on) { p->profile = on; }
