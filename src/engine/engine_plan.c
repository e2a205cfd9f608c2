/* The host's engine: a plan over a backend, and an optimizer. It works in the table of parameters itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"
#include "engine/engine.h"

extern const siam_engine_type siam_engine_plan;

typedef struct engine {
    siam_engine head;
    siam_engine_cfg cfg;
    siam_plan *plan;
    siam_params *params;    /* the table that was pushed */
    int views;
    size_t image;           /* floats of one input */
    bool profiling;
    double optimizer_ms;
    int64_t steps;
    siam_outcome outcome[SIAM_TICKETS]; /* of step k at k % SIAM_TICKETS */
} engine;

static engine *cast(siam_engine *x) { return (engine *)x; }
static const engine *look(const siam_engine *x) { return (const engine *)x; }

static void destroy(siam_engine **x)
{
    siam_plan_destroy(&cast(*x)->plan);
    free(*x);
    *x = NULL;
}

static siam_code create(siam_engine **out, const siam_engine_cfg *c, siam_err *e)
{
    *out = NULL;
    engine *x = calloc(1, sizeof *x);
    if (!x)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the model");
    x->head.type = &siam_engine_plan;
    x->cfg = *c;
    x->cfg.parts = c->parts ? c->parts : 1;
    x->views = c->graph->views;
    x->image = (size_t)siam_desc_count(&c->graph->value[c->graph->input]);
    const siam_plan_cfg plan = {.batch = x->views * c->images, .training = c->training, .map_type = c->map_type,
                                .recompute = c->recompute, .tuner = c->tuner};
    const siam_code rc = siam_plan_create(&x->plan, c->graph, c->host, &plan, e);
    *out = &x->head;
    if (rc)
        destroy(out);
    return rc;
}

static siam_engine_memory bytes(const siam_engine *x)
{
    const siam_plan_memory m = siam_plan_bytes(look(x)->plan);
    return (siam_engine_memory){.activations = m.activations, .rest = m.scratch + m.folded};
}

static siam_code alloc(siam_engine *x, siam_err *e) { return siam_plan_alloc(cast(x)->plan, e); }

static siam_code push(siam_engine *x, siam_params *p, bool last, siam_err *e)
{
    engine *m = cast(x);
    m->params = p;
    return last ? siam_plan_bind_last(m->plan, p, e) : siam_plan_bind(m->plan, p, e);
}

static siam_code pull(siam_engine *x, siam_err *e)
{
    (void)x;
    (void)e;
    return SIAM_OK;
}

/* BatchNorm divides what is far too large away again, so that the loss may look well for long; its statistics do not. They
 * are a thousandth of the numbers of a step. */
static void look_at_statistics(const siam_params *p, siam_outcome *o)
{
    o->bad = -1;
    for (size_t k = 0; k < p->buffer_count; k++) {
        if (isfinite(p->buffer[k]))
            continue;
        for (int i = 0; i < p->n && o->bad < 0; i++)
            if (p->row[i].buffer && k >= p->row[i].offset && k < p->row[i].offset + (size_t)siam_desc_count(&p->row[i].desc))
                o->bad = i;
        o->bad_value = (double)p->buffer[k];
        if (o->bad >= 0) /* else it is padding */
            return;
    }
}

/* Part `part` of all views. */
static void feed(engine *m, const float *views, int part)
{
    const size_t images = (size_t)m->cfg.images * m->image, view = (size_t)m->cfg.parts * images;
    float *in = siam_plan_input(m->plan);
    for (int v = 0; v < m->views; v++)
        memcpy(in + (size_t)v * images, views + (size_t)v * view + (size_t)part * images, images * sizeof *in);
}

static siam_code gradients(engine *m, const float *views, siam_outcome *o, siam_err *e)
{
    const int parts = m->cfg.parts;
    memset(m->params->grad, 0, m->params->count * sizeof *m->params->grad);
    for (int i = 0; i < parts; i++) {
        feed(m, views, i);
        SIAM_TRY(siam_plan_forward(m->plan, e));
        const float *out = siam_plan_value(m->plan, m->cfg.loss, NULL);
        o->loss += (double)out[0] / parts;
        o->gauge += (double)out[1] / parts;
        SIAM_TRY(i + 1 < parts ? siam_plan_backward_part(m->plan, 1.0f / (float)parts, e)
                               : siam_plan_backward(m->plan, 1.0f / (float)parts, e));
    }
    return SIAM_OK;
}

static siam_code step(siam_engine *x, const float *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e)
{
    engine *m = cast(x);
    siam_outcome o = {0};
    SIAM_ASSERT(m->cfg.training && m->params);
    SIAM_TRY(gradients(m, views, &o, e));
    const double start = m->profiling ? siam_clock() : 0;
    if (isfinite(o.loss)) /* who asks for the outcome stops; the weights stay those of the step before */
        SIAM_TRY(m->cfg.optimizer->step(m->cfg.host, m->params, rate, (float)m->cfg.momentum, (float)m->cfg.weight_decay, e));
    if (m->profiling)
        m->optimizer_ms = 1e3 * (siam_clock() - start);
    look_at_statistics(m->params, &o);
    m->outcome[m->steps % SIAM_TICKETS] = o;
    t->number = m->steps++;
    return SIAM_OK;
}

static siam_code outcome(siam_engine *x, siam_ticket t, siam_outcome *o, siam_err *e)
{
    const engine *m = look(x);
    (void)e;
    SIAM_ASSERT(t.number >= 0 && t.number < m->steps && m->steps - t.number <= SIAM_TICKETS);
    *o = m->outcome[t.number % SIAM_TICKETS];
    return SIAM_OK;
}

static siam_code forward(siam_engine *x, const float *images, int n, siam_err *e)
{
    engine *m = cast(x);
    SIAM_ASSERT(n >= 0 && n <= m->cfg.images && m->views == 1);
    float *in = siam_plan_input(m->plan);
    memcpy(in, images, (size_t)n * m->image * sizeof *in);
    memset(in + (size_t)n * m->image, 0, (size_t)(m->cfg.images - n) * m->image * sizeof *in);
    return siam_plan_forward(m->plan, e);
}

static siam_code read(siam_engine *x, siam_val v, int n, float *dst, siam_err *e)
{
    (void)e;
    SIAM_ASSERT(n <= cast(x)->views * cast(x)->cfg.images);
    siam_plan_read(cast(x)->plan, v, n, dst);
    return SIAM_OK;
}

static void profile(siam_engine *x, bool on)
{
    cast(x)->profiling = on;
    siam_plan_profile(cast(x)->plan, on);
}

static int rows(const siam_engine *x) { return siam_plan_rows(look(x)->plan); }
static siam_plan_row row(const siam_engine *x, int i) { return siam_plan_row_at(look(x)->plan, i); }
static double optimizer_ms(const siam_engine *x) { return look(x)->optimizer_ms; }

const siam_engine_type siam_engine_plan = {
    .name = "plan",
    .help = "the host: a list of operations over one block of memory",
    .create = create,
    .destroy = destroy,
    .bytes = bytes,
    .alloc = alloc,
    .push = push,
    .pull = pull,
    .step = step,
    .outcome = outcome,
    .forward = forward,
    .read = read,
    .profile = profile,
    .rows = rows,
    .row = row,
    .optimizer_ms = optimizer_ms,
};
