/* The SimSiam model as a graph: Algorithm 1 of the paper. */
#include "nn/model.h"

#include <stdio.h>

#include "base/check.h"

static const siam_model_vals NOTHING = {{-1}, {-1}, {-1}, {-1}, {-1}, {-1}, {-1}};

static siam_val backbone(siam_graph *g, siam_val x, const siam_model_cfg *c)
{
    int variant;
    const siam_backbone *family = siam_backbone_find(c->arch, &variant);
    if (!family) {
        siam_fail(&g->err, SIAM_E_USAGE, "there is no architecture '%s'", c->arch);
        siam_hint(&g->err, "simsiam list");
        return (siam_val){-1};
    }
    return family->build(g, x, "backbone.", variant, &c->backbone);
}

/* Projector (SPEC 1.3): linear, BN, ReLU (twice with 3 layers), then linear, BN without affine parameters.
 * No linear layer before a BN has a bias. Names are torch.nn.Sequential's indices. */
static siam_val projector(siam_graph *g, siam_val x, const siam_model_cfg *c)
{
    char linear[SIAM_NAME_MAX], bn[SIAM_NAME_MAX];
    for (int i = 0; i < c->projector_layers; i++) {
        const bool last = i == c->projector_layers - 1;
        snprintf(linear, sizeof linear, "projector.%d", 3 * i);
        snprintf(bn, sizeof bn, "projector.%d", 3 * i + 1);
        x = siam_batchnorm(g, siam_linear(g, x, linear, c->dim, false), bn, !last, false);
        if (!last)
            x = siam_relu(g, x);
    }
    return x;
}

/* Predictor: a bottleneck of dim/4; its output layer has a bias and no BN. Its learning rate stays constant. */
static siam_val predictor(siam_graph *g, siam_val z, const siam_model_cfg *c)
{
    const int hidden = c->pred_hidden ? c->pred_hidden : c->dim / 4 > 0 ? c->dim / 4 : 1;
    g->group = SIAM_GROUP_PREDICTOR;
    siam_val h = siam_linear(g, z, "predictor.0", hidden, false);
    h = siam_relu(g, siam_batchnorm(g, h, "predictor.1", true, false));
    h = siam_linear(g, h, "predictor.3", c->dim, true);
    g->group = SIAM_GROUP_ENCODER;
    return h;
}

static siam_code finish(siam_graph **out, siam_graph *g, siam_val last, siam_err *e)
{
    const siam_code rc = siam_graph_finish(g, last, e);
    if (rc)
        siam_graph_destroy(&g);
    *out = g;
    return rc;
}

siam_code siam_model_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, siam_err *e)
{
    *out = NULL;
    siam_graph *g = siam_graph_create(c->views ? c->views : 2);
    if (!g)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the graph");
    *v = NOTHING;
    g->bn_per_rank = c->bn_per_rank;
    v->input = siam_input(g, c->in_channels, c->size, c->size); /* view 1 of all images, then view 2 */
    v->features = backbone(g, v->input, c);
    v->z = projector(g, v->features, c);
    v->p = predictor(g, v->z, c);
    v->loss = siam_neg_cosine(g, v->p, c->stop_gradient ? siam_detach(g, v->z) : v->z);
    siam_keep(g, v->features);
    siam_keep(g, v->z);
    siam_keep(g, v->p);
    return finish(out, g, v->loss, e);
}

/* The value that global average pooling reads. */
static siam_val before_pooling(const siam_graph *g, siam_val pooled)
{
    for (int i = 0; i < g->nnodes; i++)
        if (g->node[i].out == pooled.id && g->node[i].kind == SIAM_OP_GLOBAL_AVGPOOL)
            return (siam_val){g->node[i].in[0]};
    return (siam_val){-1};
}

siam_code siam_encoder_graph(siam_graph **out, siam_model_vals *v, const siam_model_cfg *c, unsigned parts,
                             siam_err *e)
{
    *out = NULL;
    siam_graph *g = siam_graph_create(1);
    if (!g)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the graph");
    *v = NOTHING;
    v->input = siam_input(g, c->in_channels, c->size, c->size);
    v->features = backbone(g, v->input, c);
    siam_val last = v->features;
    if (parts & SIAM_PART_MAP)
        siam_keep(g, v->map = before_pooling(g, v->features));
    siam_keep(g, v->features);
    if (parts & (SIAM_PART_Z | SIAM_PART_P))
        siam_keep(g, last = v->z = projector(g, v->features, c));
    if (parts & SIAM_PART_P)
        siam_keep(g, last = v->p = predictor(g, v->z, c));
    if (parts & SIAM_PART_LOGITS)
        siam_keep(g, last = v->logits = siam_linear(g, v->features, "fc", c->classes, true));
    return finish(out, g, last, e);
}
