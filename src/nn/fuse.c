/* Fusion: rewrites a graph into fewer, larger operations that compute the same.
 *
 * Values keep their ids; a fused node takes over the output value of the last node it swallowed. A fused
 * `add` runs at the place of its last-produced operand, so the other operand exists already. */
#include "nn/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

typedef struct fuser {
    siam_graph *g;
    bool *dead;
    int *producer; /* value -> node that makes it now, -1 = input */
} fuser;

static bool kept(const siam_graph *g, int value)
{
    for (int i = 0; i < g->nkeep; i++)
        if (g->keep[i] == value)
            return true;
    return value == g->output;
}

/* The only live node reading `value`, or -1 when there are none, several, or it must stay readable. */
static int sole_reader(const fuser *f, int value)
{
    int found = -1;
    if (kept(f->g, value))
        return -1;
    for (int i = 0; i < f->g->nnodes; i++) {
        const siam_node *n = &f->g->node[i];
        if (f->dead[i] || (n->in[0] != value && n->in[1] != value))
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

/* Whether nothing after node `at` reads `value`, apart from node `except`. */
static bool unread_after(const fuser *f, int value, int at, int except)
{
    if (kept(f->g, value) || value == f->g->input)
        return false;
    for (int i = at + 1; i < f->g->nnodes; i++) {
        const siam_node *n = &f->g->node[i];
        if (i != except && !f->dead[i] && (n->in[0] == value || n->in[1] == value))
            return false;
    }
    return true;
}

static void swallow(fuser *f, int into, int node)
{
    f->dead[node] = true;
    f->g->node[into].out = f->g->node[node].out;
    f->producer[f->g->node[into].out] = into;
}

/* Inference: conv -> batchnorm becomes one convolution with other weights. */
static void fold_batchnorm(fuser *f, int i)
{
    siam_node *conv = &f->g->node[i];
    const int j = sole_reader(f, conv->out);
    if (j < 0 || f->g->node[j].kind != SIAM_OP_BATCHNORM)
        return;
    const siam_node *bn = &f->g->node[j];
    if (bn->u.bn.add || bn->u.bn.relu) /* already fused: more than a scale and a shift */
        return;
    memcpy(conv->fold, (int[4]){bn->param[0], bn->param[1], bn->buffer[0], bn->buffer[1]}, sizeof conv->fold);
    conv->fold_eps = bn->u.bn.eps;
    conv->u.conv.bias = true;
    swallow(f, i, j);
}

/* Take the `add` and `relu` behind node i (a batchnorm or an inference convolution) into it. */
static void absorb_epilogue(fuser *f, int i)
{
    siam_node *n = &f->g->node[i];
    const bool conv = n->kind == SIAM_OP_CONV2D;
    int j = sole_reader(f, n->out);
    if (j >= 0 && f->g->node[j].kind == SIAM_OP_ADD && n->in[1] < 0) {
        const siam_node *add = &f->g->node[j];
        const int other = add->in[0] == n->out ? add->in[1] : add->in[0];
        /* A convolution accumulates onto the residual's memory, so nobody may need that later, nor itself meanwhile. */
        const bool free_to_use = !conv || (other != n->in[0] && unread_after(f, other, i, j));
        if (other != n->out && f->producer[other] < i && free_to_use) {
            n->in[1] = other;
            if (conv)
                n->u.conv.add = true;
            else
                n->u.bn.add = true;
            swallow(f, i, j);
            j = sole_reader(f, n->out);
        }
    }
    if (j >= 0 && f->g->node[j].kind == SIAM_OP_RELU) {
        if (conv)
            n->u.conv.relu = true;
        else
            n->u.bn.relu = true;
        swallow(f, i, j);
    }
}

static siam_graph *copy(const siam_graph *g)
{
    siam_graph *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    *c = *g;
    c->value = malloc(sizeof *c->value * (size_t)g->nvalues);
    c->node = malloc(sizeof *c->node * (size_t)g->nnodes);
    c->param = malloc(sizeof *c->param * ((size_t)g->nparams + 1));
    if (!c->value || !c->node || !c->param) {
        siam_graph_destroy(&c);
        return NULL;
    }
    memcpy(c->value, g->value, sizeof *c->value * (size_t)g->nvalues);
    memcpy(c->node, g->node, sizeof *c->node * (size_t)g->nnodes);
    if (g->nparams) /* else there is no table */
        memcpy(c->param, g->param, sizeof *c->param * (size_t)g->nparams);
    return c;
}

static void compact(fuser *f)
{
    int n = 0;
    for (int i = 0; i < f->g->nnodes; i++)
        if (!f->dead[i])
            f->g->node[n++] = f->g->node[i];
    f->g->nnodes = n;
}

siam_code siam_fuse(siam_graph **out, const siam_graph *g, bool training, siam_err *e)
{
    *out = NULL;
    fuser f = {.g = copy(g),
               .dead = calloc((size_t)g->nnodes, sizeof(bool)),
               .producer = malloc((size_t)g->nvalues * sizeof(int))};
    if (!f.g || !f.dead || !f.producer) {
        siam_graph_destroy(&f.g);
        free(f.dead);
        free(f.producer);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the graph");
    }
    for (int v = 0; v < g->nvalues; v++)
        f.producer[v] = -1;
    for (int i = 0; i < g->nnodes; i++)
        f.producer[g->node[i].out] = i;
    for (int i = 0; i < g->nnodes; i++) {
        if (f.dead[i])
            continue;
        const siam_op_kind kind = f.g->node[i].kind;
        if (kind == SIAM_OP_CONV2D && !training)
            fold_batchnorm(&f, i);
        if (kind == SIAM_OP_BATCHNORM || (kind == SIAM_OP_CONV2D && !training))
            absorb_epilogue(&f, i);
    }
    compact(&f);
    free(f.dead);
    free(f.producer);
    *out = f.g;
    return SIAM_OK;
}
