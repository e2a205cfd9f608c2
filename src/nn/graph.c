/* Graph builder: every function appends one node in torch's words and latches the first error. */
#include "nn/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const siam_val NONE = {-1};

siam_graph *siam_graph_create(int views)
{
    siam_graph *g = calloc(1, sizeof *g);
    if (g) {
        g->views = views;
        g->input = g->output = -1;
    }
    return g;
}

void siam_graph_destroy(siam_graph **g)
{
    if (!*g)
        return;
    free((*g)->value);
    free((*g)->node);
    free((*g)->param);
    free(*g);
    *g = NULL;
}

/* Make room for one more element; arrays grow at powers of two. */
static bool grow(siam_graph *g, void **array, int n, size_t size)
{
    if (n & (n - 1))
        return true;
    void *bigger = realloc(*array, (n ? 2 * (size_t)n : 1) * size);
    if (!bigger) {
        siam_fail(&g->err, SIAM_E_NOMEM, "out of memory for the graph");
        return false;
    }
    *array = bigger;
    return true;
}

static siam_val add_value(siam_graph *g, siam_desc d)
{
    if (!grow(g, (void **)&g->value, g->nvalues, sizeof *g->value))
        return NONE;
    if (siam_desc_count(&d) <= 0) {
        siam_fail(&g->err, SIAM_E_CONFIG, "the input is too small for this network: a layer would have no output");
        return NONE;
    }
    g->value[g->nvalues] = d;
    return (siam_val){g->nvalues++};
}

static int add_param(siam_graph *g, const char *module, const char *leaf, siam_desc d, siam_init init, int64_t fan)
{
    if (!grow(g, (void **)&g->param, g->nparams, sizeof *g->param))
        return -1;
    siam_param *p = &g->param[g->nparams];
    *p = (siam_param){.desc = d, .group = g->group, .init = init, .fan = fan};
    p->buffer = !strncmp(leaf, "running_", 8);
    if (snprintf(p->name, sizeof p->name, "%s.%s", module, leaf) >= (int)sizeof p->name)
        siam_fail(&g->err, SIAM_E_BUG, "parameter name '%s.%s' is too long", module, leaf);
    return g->nparams++;
}

static siam_node *add_node(siam_graph *g, siam_op_kind kind, const char *name, siam_val a, siam_val b, siam_desc out)
{
    if (g->err.code || a.id < 0 || !grow(g, (void **)&g->node, g->nnodes, sizeof *g->node))
        return NULL;
    const siam_val v = add_value(g, out);
    if (v.id < 0)
        return NULL;
    siam_node *n = &g->node[g->nnodes++];
    *n = (siam_node){.kind = kind, .in = {a.id, b.id}, .out = v.id, .param = {-1, -1}, .buffer = {-1, -1},
                     .fold = {-1, -1, -1, -1}};
    snprintf(n->name, sizeof n->name, "%s", name);
    return n;
}

static siam_val out_of(const siam_node *n) { return n ? (siam_val){n->out} : NONE; }

static const siam_desc *desc_of(const siam_graph *g, siam_val v)
{
    static const siam_desc absent;
    return v.id < 0 || v.id >= g->nvalues ? &absent : &g->value[v.id];
}

siam_val siam_input(siam_graph *g, int channels, int height, int width)
{
    const siam_val v = add_value(g, siam_desc_4d(1, channels, height, width));
    g->input = v.id;
    return v;
}

siam_val siam_conv2d(siam_graph *g, siam_val x, const char *name, int out_channels, int kernel, int stride, int pad)
{
    const siam_desc in = *desc_of(g, x);
    const int64_t span_h = in.dim[2] + 2 * pad - kernel, span_w = in.dim[3] + 2 * pad - kernel;
    siam_desc out = siam_desc_4d(1, out_channels, span_h < 0 ? 0 : span_h / stride + 1,
                                 span_w < 0 ? 0 : span_w / stride + 1);
    siam_node *n = add_node(g, SIAM_OP_CONV2D, name, x, NONE, out);
    if (!n)
        return NONE;
    n->u.conv.kernel = kernel;
    n->u.conv.stride = stride;
    n->u.conv.pad = pad;
    n->param[0] = add_param(g, name, "weight", siam_desc_4d(out_channels, in.dim[1], kernel, kernel),
                            SIAM_INIT_KAIMING_OUT, (int64_t)out_channels * kernel * kernel);
    return out_of(n);
}

siam_val siam_batchnorm(siam_graph *g, siam_val x, const char *name, bool affine, bool zero_gamma)
{
    siam_node *n = add_node(g, SIAM_OP_BATCHNORM, name, x, NONE, *desc_of(g, x));
    if (!n)
        return NONE;
    n->u.bn.eps = 1e-5f;
    n->u.bn.momentum = 0.1f;
    n->u.bn.groups = g->views;
    n->u.bn.per_rank = g->bn_per_rank;
    n->u.bn.affine = affine;
    const siam_desc c = siam_desc_1d(g->value[x.id].dim[1]);
    if (affine) {
        n->param[0] = add_param(g, name, "weight", c, zero_gamma ? SIAM_INIT_ZERO : SIAM_INIT_ONE, 0);
        n->param[1] = add_param(g, name, "bias", c, SIAM_INIT_ZERO, 0);
    }
    n->buffer[0] = add_param(g, name, "running_mean", c, SIAM_INIT_ZERO, 0);
    n->buffer[1] = add_param(g, name, "running_var", c, SIAM_INIT_ONE, 0);
    return out_of(n);
}

siam_val siam_relu(siam_graph *g, siam_val x) { return out_of(add_node(g, SIAM_OP_RELU, "", x, NONE, *desc_of(g, x))); }

siam_val siam_add(siam_graph *g, siam_val a, siam_val b)
{
    if (!g->err.code && !siam_desc_eq(desc_of(g, a), desc_of(g, b)))
        siam_fail(&g->err, SIAM_E_BUG, "add: the two operands differ in shape");
    return out_of(add_node(g, SIAM_OP_ADD, "", a, b, *desc_of(g, a)));
}

siam_val siam_maxpool(siam_graph *g, siam_val x, int kernel, int stride, int pad)
{
    siam_desc d = *desc_of(g, x);
    for (int i = 2; i < 4; i++) {
        const int64_t span = d.dim[i] + 2 * pad - kernel;
        d.dim[i] = span < 0 ? 0 : span / stride + 1;
    }
    siam_node *n = add_node(g, SIAM_OP_MAXPOOL, "maxpool", x, NONE, d);
    if (n) {
        n->u.pool.kernel = kernel;
        n->u.pool.stride = stride;
        n->u.pool.pad = pad;
    }
    return out_of(n);
}

siam_val siam_shortcut_a(siam_graph *g, siam_val x, int channels, int stride)
{
    const siam_desc in = *desc_of(g, x);
    if (!g->err.code && channels < in.dim[1])
        siam_fail(&g->err, SIAM_E_BUG, "shortcut_a: it adds channels, it cannot drop any");
    siam_node *n = add_node(g, SIAM_OP_SHORTCUT_A, "", x, NONE,
                            siam_desc_4d(1, channels, (in.dim[2] - 1) / stride + 1, (in.dim[3] - 1) / stride + 1));
    if (n)
        n->u.shortcut.stride = stride;
    return out_of(n);
}

siam_val siam_global_avgpool(siam_graph *g, siam_val x)
{
    return out_of(add_node(g, SIAM_OP_GLOBAL_AVGPOOL, "avgpool", x, NONE, siam_desc_2d(1, desc_of(g, x)->dim[1])));
}

siam_val siam_linear(siam_graph *g, siam_val x, const char *name, int out_features, bool bias)
{
    const int64_t in = desc_of(g, x)->dim[1];
    siam_node *n = add_node(g, SIAM_OP_LINEAR, name, x, NONE, siam_desc_2d(1, out_features));
    if (!n)
        return NONE;
    n->u.linear.bias = bias;
    n->param[0] = add_param(g, name, "weight", siam_desc_2d(out_features, in), SIAM_INIT_TORCH_LINEAR, in);
    if (bias)
        n->param[1] = add_param(g, name, "bias", siam_desc_1d(out_features), SIAM_INIT_TORCH_LINEAR, in);
    return out_of(n);
}

siam_val siam_detach(siam_graph *g, siam_val x)
{
    return out_of(add_node(g, SIAM_OP_DETACH, "", x, NONE, *desc_of(g, x)));
}

siam_val siam_neg_cosine(siam_graph *g, siam_val p, siam_val z)
{
    if (!g->err.code && !siam_desc_eq(desc_of(g, p), desc_of(g, z)))
        siam_fail(&g->err, SIAM_E_BUG, "neg_cosine: p and z differ in shape");
    siam_node *n = add_node(g, SIAM_OP_NEG_COSINE, "loss", p, z, siam_desc_1d(2));
    if (!n)
        return NONE;
    n->u.cosine.views = g->views;
    return out_of(n);
}

void siam_keep(siam_graph *g, siam_val v)
{
    if (v.id < 0)
        return;
    SIAM_ASSERT(g->nkeep < (int)(sizeof g->keep / sizeof g->keep[0]));
    g->keep[g->nkeep++] = v.id;
}

siam_code siam_graph_finish(siam_graph *g, siam_val out, siam_err *e)
{
    if (g->err.code) {
        if (e)
            *e = g->err;
        return g->err.code;
    }
    SIAM_ASSERT(out.id >= 0 && g->input >= 0);
    g->output = out.id;
    return SIAM_OK;
}

siam_code siam_graph_row(const siam_graph *g, const siam_params *params, int i, int *row, siam_err *e)
{
    const siam_param *want = &g->param[i];
    *row = siam_params_find(params, want->name);
    if (*row < 0)
        return siam_fail(e, SIAM_E_DATA, "the model has no tensor '%s', which this network needs", want->name);
    if (!siam_desc_eq(&params->row[*row].desc, &want->desc))
        return siam_fail(e, SIAM_E_DATA, "tensor '%s' of the model has another shape than this network needs", want->name);
    return SIAM_OK;
}

int64_t siam_graph_flops(const siam_graph *g, bool conv_only)
{
    int64_t total = 0;
    for (int i = 0; i < g->nnodes; i++) {
        const siam_node *n = &g->node[i];
        const int64_t out = siam_desc_count(&g->value[n->out]);
        if (n->kind == SIAM_OP_CONV2D) {
            const siam_desc *w = &g->param[n->param[0]].desc;
            total += out * w->dim[1] * w->dim[2] * w->dim[3];
        } else if (n->kind == SIAM_OP_LINEAR && !conv_only) {
            total += siam_desc_count(&g->param[n->param[0]].desc);
        } else if (n->kind == SIAM_OP_BATCHNORM && !conv_only) {
            total += 2 * out;
        }
    }
    return total;
}
