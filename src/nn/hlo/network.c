/* A fused graph as StableHLO. */
#include "nn/hlo/network.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "nn/hlo/builder.h"
#include "nn/hlo/op.h"

typedef struct writer {
    siam_hlo_builder b;
    const siam_graph *g;
    const siam_hlo_cfg *c;
    bool training;
    siam_hlo_val rate[SIAM_GROUP_COUNT];
    siam_hlo_val sum;                            /* of the parts before, [2] */
    siam_hlo_val *param, *momentum, *grad;       /* of a row; grad: of the parts before, then with this one's */
    siam_hlo_val *list;                          /* room for some of them */
    siam_hlo_val *value, *slope;                 /* of a value of the graph; slope: the loss's gradient to it */
    bool *wanted;                                /* whether anybody wants that */
    siam_hlo_op *op;                             /* of a node */
} writer;

static void release(writer *x)
{
    free(x->param);
    free(x->momentum);
    free(x->grad);
    free(x->list);
    free(x->value);
    free(x->slope);
    free(x->wanted);
    free(x->op);
}

static siam_code take_memory(writer *x, siam_err *e)
{
    const size_t rows = (size_t)x->g->nparams + 1, values = (size_t)x->g->nvalues, nodes = (size_t)x->g->nnodes + 1;
    x->param = calloc(rows, sizeof *x->param);
    x->momentum = calloc(rows, sizeof *x->momentum);
    x->grad = calloc(rows, sizeof *x->grad);
    x->list = calloc(rows, sizeof *x->list);
    x->value = calloc(values, sizeof *x->value);
    x->slope = calloc(values, sizeof *x->slope);
    x->wanted = calloc(values, sizeof *x->wanted);
    x->op = calloc(nodes, sizeof *x->op);
    if (x->param && x->momentum && x->grad && x->list && x->value && x->slope && x->wanted && x->op)
        return SIAM_OK;
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for the program of the training step");
}

/* ---- arguments ---- */

static bool in_parts(const writer *x) { return x->training && x->c->parts > 1; }
static bool updates(const writer *x) { return x->c->kind == SIAM_HLO_STEP; }

static void take_arguments(writer *x)
{
    const siam_graph *g = x->g;
    const siam_desc scalar = {0}, two = siam_desc_1d(2);
    siam_desc images = g->value[g->input];
    images.dim[0] = (int64_t)g->views * x->c->images;
    const siam_hlo_val input = siam_hlo_builder_in(&x->b, SIAM_HLO_IMAGES, 0, &images);
    for (int i = 0; i < SIAM_GROUP_COUNT && updates(x); i++)
        x->rate[i] = siam_hlo_builder_in(&x->b, SIAM_HLO_RATE, i, &scalar);
    for (int i = 0; i < g->nparams; i++)
        x->param[i] = siam_hlo_builder_in(&x->b, SIAM_HLO_PARAM, i, &g->param[i].desc);
    for (int i = 0; i < g->nparams && updates(x); i++)
        if (!g->param[i].buffer)
            x->momentum[i] = siam_hlo_builder_in(&x->b, SIAM_HLO_MOMENTUM, i, &g->param[i].desc);
    if (in_parts(x)) {
        for (int i = 0; i < g->nparams; i++)
            if (!g->param[i].buffer)
                x->grad[i] = siam_hlo_builder_in(&x->b, SIAM_HLO_GRAD, i, &g->param[i].desc);
        x->sum = siam_hlo_builder_in(&x->b, SIAM_HLO_SUM, 0, &two);
    }
    x->value[g->input] = siam_hlo_from_host(&x->b.w, input);
}

/* ---- forward and backward ---- */

static siam_hlo_val row_of(const writer *x, int row) { return row < 0 ? (siam_hlo_val){0} : x->param[row]; }

static void forward(writer *x, int i, const siam_hlo_impl *row)
{
    const siam_node *n = &x->g->node[i];
    const siam_desc *d = &x->g->value[n->out];
    siam_hlo_op *o = &x->op[i];
    *o = (siam_hlo_op){.kind = n->kind, .training = x->training, .u = n->u, .fold_eps = n->fold_eps,
                       .elem = siam_hlo_elem_of(d->ndim == 4 ? x->c->map_type : SIAM_F32), .channels = d->ndim > 1 ? d->dim[1] : 0};
    for (int k = 0; k < 2; k++) {
        if (n->in[k] >= 0)
            o->in[k] = x->value[n->in[k]];
        o->param[k] = row_of(x, n->param[k]);
        o->buffer[k] = row_of(x, n->buffer[k]);
    }
    for (int k = 0; k < 4; k++)
        o->fold[k] = row_of(x, n->fold[k]);
    row->forward(&x->b.w, o);
    x->value[n->out] = o->out;
    for (int k = 0; k < 2; k++)
        if (n->buffer[k] >= 0)
            x->param[n->buffer[k]] = o->buffer[k];
}

/* A gradient that arrives where others may have before. */
static void give(writer *x, siam_hlo_val *to, siam_hlo_val d) { *to = to->id ? siam_hlo_add(&x->b.w, *to, d) : d; }

static void backward(writer *x, int i, const siam_hlo_impl *row)
{
    const siam_node *n = &x->g->node[i];
    siam_hlo_op *o = &x->op[i];
    o->dout = x->slope[n->out];
    if (!o->dout.id || !row->backward)
        return;
    for (int k = 0; k < 2; k++)
        o->need_din[k] = n->in[k] >= 0 && x->wanted[n->in[k]];
    if (!o->need_din[0] && !o->need_din[1] && n->param[0] < 0)
        return;
    row->backward(&x->b.w, o);
    for (int k = 0; k < 2; k++) {
        if (o->need_din[k])
            give(x, &x->slope[n->in[k]], o->din[k]);
        if (n->param[k] >= 0)
            give(x, &x->grad[n->param[k]], o->dparam[k]);
    }
}

static siam_code run_through(writer *x, siam_err *e)
{
    const siam_graph *g = x->g;
    for (int i = 0; i < g->nnodes; i++) {
        const siam_node *n = &g->node[i];
        const siam_hlo_impl *row = siam_hlo_impl_of(n->kind);
        if (!row)
            return siam_fail(e, SIAM_E_UNSUPPORTED, "there is no way to write '%s' for an accelerator", siam_op_name(n->kind));
        forward(x, i, row);
        bool want = n->param[0] >= 0;
        for (int k = 0; k < 2; k++)
            want = want || (n->in[k] >= 0 && x->wanted[n->in[k]]);
        x->wanted[n->out] = want && row->backward;
    }
    if (!x->training)
        return SIAM_OK;
    const siam_hlo_val share = siam_hlo_const(&x->b.w, 1.0 / (x->c->parts ? x->c->parts : 1), SIAM_HLO_F32);
    x->slope[x->c->loss.id] = siam_hlo_spread(&x->b.w, share, x->value[x->c->loss.id], 0);
    for (int i = g->nnodes - 1; i >= 0; i--)
        backward(x, i, siam_hlo_impl_of(g->node[i].kind));
    return SIAM_OK;
}

/* ---- replicas ---- */

/* Floats that are summed over the replicas at once: few messages, and of a size that they can begin before backward is done. */
enum { BUCKET = 8 << 20 };

/* Rows from..to - 1 as one list, summed, and apart again. */
static void sum_bucket(writer *x, int from, int to)
{
    siam_hlo *w = &x->b.w;
    int n = 0;
    for (int i = from; i < to; i++)
        if (x->grad[i].id) {
            const int64_t count = siam_hlo_count(&x->grad[i]);
            x->list[n++] = siam_hlo_reshape(w, x->grad[i], 1, &count);
        }
    if (!n)
        return;
    const siam_hlo_val all = siam_hlo_all_sum(w, siam_hlo_join(w, x->list, n, 0));
    int64_t at = 0;
    const int64_t one = 1;
    for (int i = from; i < to; i++)
        if (x->grad[i].id) {
            const int64_t count = siam_hlo_count(&x->grad[i]);
            const siam_hlo_val part = siam_hlo_slice(w, all, &at, &one, &count);
            x->grad[i] = siam_hlo_reshape(w, part, x->grad[i].ndim, x->grad[i].dim);
            at += count;
        }
}

static void sum_gradients(writer *x)
{
    int64_t floats = 0;
    int from = 0;
    if (siam_hlo_replicas(&x->b.w) == 1)
        return;
    for (int i = 0; i < x->g->nparams; i++) {
        const int64_t n = siam_desc_count(&x->g->param[i].desc);
        if (floats && floats + n > BUCKET) {
            sum_bucket(x, from, i);
            from = i;
            floats = 0;
        }
        floats += n;
    }
    sum_bucket(x, from, x->g->nparams);
}

/* ---- what comes of it ---- */

/* momentum = mu momentum + (g + wd value); value -= rate momentum. */
static void update(writer *x, int i, siam_hlo_val good)
{
    siam_hlo *w = &x->b.w;
    const siam_hlo_val p = x->param[i], m = x->momentum[i], g = x->grad[i].id ? x->grad[i] : siam_hlo_full(w, 0, p);
    const siam_hlo_val pull = siam_hlo_add(w, g, siam_hlo_scale(w, p, x->c->weight_decay));
    const siam_hlo_val now = siam_hlo_add(w, siam_hlo_scale(w, m, x->c->momentum), pull);
    const siam_hlo_val rate = siam_hlo_spread(w, x->rate[x->g->param[i].group], p, 0);
    const siam_hlo_val moved = siam_hlo_sub(w, p, siam_hlo_mul(w, now, rate));
    x->param[i] = siam_hlo_select(w, good, moved, p);
    x->momentum[i] = siam_hlo_select(w, good, now, m);
}

/* Which running statistic is the first that is not finite, and its value, [1] each. */
static void look_at_statistics(writer *x, siam_hlo_val found[2])
{
    siam_hlo *w = &x->b.w;
    siam_hlo_val *rows = x->list;
    const int64_t one = 1;
    int n = 0;
    for (int i = 0; i < x->g->nparams; i++)
        if (x->g->param[i].buffer)
            rows[n++] = x->param[i];
    if (!n) {
        found[0] = found[1] = siam_hlo_full(w, 0, siam_hlo_type(SIAM_HLO_F32, 1, &one));
        return;
    }
    const siam_hlo_val all = siam_hlo_join(w, rows, n, 0), at = siam_hlo_iota(w, all.dim[0]);
    const siam_hlo_val none = siam_hlo_full(w, (double)all.dim[0], at);
    const siam_hlo_val first = siam_hlo_min(w, siam_hlo_select(w, siam_hlo_finite(w, all), none, at));
    const siam_hlo_val is = siam_hlo_compare(w, "EQ", at, siam_hlo_spread(w, first, at, 0));
    const siam_hlo_val value = siam_hlo_sum(w, siam_hlo_select(w, is, all, siam_hlo_full(w, 0, all)), 1);
    found[0] = siam_hlo_reshape(w, siam_hlo_convert(w, first, SIAM_HLO_F32), 1, &one);
    found[1] = siam_hlo_reshape(w, value, 1, &one);
}

static siam_hlo_val first_of(siam_hlo *w, siam_hlo_val x)
{
    const int64_t zero = 0, one = 1;
    return siam_hlo_reshape(w, siam_hlo_slice(w, x, &zero, &one, &one), 0, NULL);
}

static void tell(writer *x)
{
    siam_hlo *w = &x->b.w;
    siam_hlo_val told[3] = {x->sum};
    look_at_statistics(x, told + 1);
    siam_hlo_builder_out(&x->b, SIAM_HLO_TOLD, 0, siam_hlo_join(w, told, 3, 0));
}

static void give_values(writer *x)
{
    const siam_graph *g = x->g;
    if (!x->training)
        siam_hlo_builder_out(&x->b, SIAM_HLO_VALUE, g->output, siam_hlo_to_host(&x->b.w, x->value[g->output]));
    for (int i = 0; i < g->nkeep; i++)
        if (siam_hlo_port_find(x->b.p->out, x->b.p->nout, SIAM_HLO_VALUE, g->keep[i]) < 0)
            siam_hlo_builder_out(&x->b, SIAM_HLO_VALUE, g->keep[i], siam_hlo_to_host(&x->b.w, x->value[g->keep[i]]));
}

static void give_state(writer *x)
{
    const siam_graph *g = x->g;
    siam_hlo *w = &x->b.w;
    for (int i = 0; i < g->nparams; i++)
        if (updates(x) || g->param[i].buffer)
            siam_hlo_builder_out(&x->b, SIAM_HLO_PARAM, i, x->param[i]);
    for (int i = 0; i < g->nparams; i++)
        if (x->momentum[i].id)
            siam_hlo_builder_out(&x->b, SIAM_HLO_MOMENTUM, i, x->momentum[i]);
    if (!in_parts(x))
        return;
    for (int i = 0; i < g->nparams; i++)
        if (!g->param[i].buffer)
            siam_hlo_builder_out(&x->b, SIAM_HLO_GRAD, i, updates(x) ? siam_hlo_full(w, 0, x->grad[i]) : x->grad[i]);
    siam_hlo_builder_out(&x->b, SIAM_HLO_SUM, 0, updates(x) ? siam_hlo_full(w, 0, x->sum) : x->sum);
}

static void finish(writer *x)
{
    siam_hlo *w = &x->b.w;
    if (x->training) {
        const siam_hlo_val now = x->value[x->c->loss.id];
        x->sum = in_parts(x) ? siam_hlo_add(w, x->sum, siam_hlo_scale(w, now, 1.0 / x->c->parts)) : now;
    }
    if (updates(x)) {
        sum_gradients(x);
        const siam_hlo_val good = siam_hlo_finite(w, first_of(w, x->sum));
        for (int i = 0; i < x->g->nparams; i++)
            if (!x->g->param[i].buffer)
                update(x, i, good);
        tell(x);
    }
    if (x->training)
        give_state(x);
    if (x->c->kind != SIAM_HLO_PART)
        give_values(x);
}

static siam_code write_all(writer *x, siam_hlo_program **out, siam_err *e)
{
    const int ports = 4 * x->g->nparams + x->g->nkeep + SIAM_GROUP_COUNT + 4;
    SIAM_TRY(take_memory(x, e));
    SIAM_TRY(siam_hlo_builder_open(&x->b, ports, x->c->map_type == SIAM_F32, e));
    x->b.w.replicas = x->c->replicas;
    take_arguments(x);
    const siam_code rc = run_through(x, e);
    if (!rc)
        finish(x);
    const siam_code closed = siam_hlo_builder_close(&x->b, out, e);
    if (rc)
        siam_hlo_program_destroy(out);
    return rc ? rc : closed;
}

siam_code siam_hlo_program_create(siam_hlo_program **out, const siam_graph *g, const siam_hlo_cfg *c, siam_err *e)
{
    *out = NULL;
    siam_graph *fused;
    const bool training = c->kind != SIAM_HLO_FORWARD;
    SIAM_TRY(siam_fuse(&fused, g, training, e));
    writer x = {.g = fused, .c = c, .training = training};
    const siam_code rc = write_all(&x, out, e);
    release(&x);
    siam_graph_destroy(&fused);
    return rc;
}
