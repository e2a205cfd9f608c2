/* An accelerator's engine: a step is one program (nn/hlo) that a plug-in compiles and runs (pjrt/plugin.h), and the numbers stay in
 * the device's memory. It gives the table's order neither to the device nor takes one from it: what each argument and result is,
 * the program says.
 *
 * Several devices run it as replicas, each on its share of every batch: parameters and momentum are the same on all of them, and what is
 * read is the first one's; images, and values of images, are split. Running statistics that each has of its own (per_rank) are
 * the first one's, too, as on several ranks. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "engine/engine.h"
#include "engine/pjrt/kept.h"
#include "engine/pjrt/maker.h"
#include "engine/pjrt/plugin.h"
#include "nn/hlo/network.h"

extern const siam_engine_type siam_engine_pjrt;

/* A program as text, and compiled. */
typedef struct program {
    siam_hlo_program *hlo;
    siam_pjrt_program *compiled;
} program;

typedef struct engine {
    siam_engine head;
    siam_engine_cfg cfg;
    siam_pjrt *device;
    program whole, part; /* of a batch in parts: the last one's, with the update, and that of those before */
    siam_params *params; /* the table that was pushed */
    int *row;            /* of the graph's parameters, where each is in it */
    /* On the device, by role and index: */
    siam_pjrt_buffer **param, **momentum, **grad, **value, *sum, *told[SIAM_TICKETS];
    siam_pjrt_buffer **in, **out; /* of a run */
    float *images;                /* one run's, those of each device behind one another */
    size_t image;                 /* floats of one */
    siam_deal deal;               /* of a batch to the devices */
    siam_maker *maker;            /* of views; NULL: they are brought */
    siam_pjrt_buffer *made;       /* by it, for the next run */
    int64_t steps;
    bool untried; /* one of the programs is from the cache, and none has run yet */
    char remark[2560];
    bool remarked; /* that was told */
} engine;

static engine *cast(siam_engine *x) { return (engine *)x; }
static const engine *look(const siam_engine *x) { return (const engine *)x; }

static void drop_all(engine *m, siam_pjrt_buffer **b, int n)
{
    for (int i = 0; b && i < n; i++)
        siam_pjrt_drop(m->device, &b[i]);
}

static void destroy(siam_engine **x)
{
    engine *m = cast(*x);
    const siam_graph *g = m->cfg.graph;
    if (m->device) {
        drop_all(m, m->param, g->nparams);
        drop_all(m, m->momentum, g->nparams);
        drop_all(m, m->grad, g->nparams);
        drop_all(m, m->value, g->nvalues);
        drop_all(m, &m->sum, 1);
        drop_all(m, m->told, SIAM_TICKETS);
        drop_all(m, &m->made, 1);
        siam_maker_close(&m->maker);
        siam_pjrt_program_destroy(m->device, &m->whole.compiled);
        siam_pjrt_program_destroy(m->device, &m->part.compiled);
        siam_pjrt_close(&m->device);
    }
    siam_hlo_program_destroy(&m->whole.hlo);
    siam_hlo_program_destroy(&m->part.hlo);
    free(m->row);
    free(m->param);
    free(m->momentum);
    free(m->grad);
    free(m->value);
    free(m->in);
    free(m->out);
    free(m->images);
    free(m);
    *x = NULL;
}

/* ---- before it runs ---- */

static siam_code write_programs(engine *m, siam_err *e)
{
    const siam_engine_cfg *c = &m->cfg;
    siam_hlo_cfg h = {.kind = c->training ? SIAM_HLO_STEP : SIAM_HLO_FORWARD, .images = m->deal.share, .replicas = m->deal.replicas, .map_type = c->map_type,
                      .parts = c->parts, .loss = c->loss, .momentum = c->momentum, .weight_decay = c->weight_decay};
    SIAM_TRY(siam_hlo_program_create(&m->whole.hlo, c->graph, &h, e));
    if (c->parts == 1)
        return SIAM_OK;
    h.kind = SIAM_HLO_PART;
    return siam_hlo_program_create(&m->part.hlo, c->graph, &h, e);
}

/* Room for what the programs need to be called with; the numbers themselves are the device's. */
static siam_code take_room(engine *m, siam_err *e)
{
    const siam_graph *g = m->cfg.graph;
    const size_t rows = (size_t)g->nparams + 1, ports = (size_t)(m->whole.hlo->nin + m->whole.hlo->nout);
    m->row = calloc(rows, sizeof *m->row);
    m->param = calloc(rows, sizeof *m->param);
    m->momentum = calloc(rows, sizeof *m->momentum);
    m->grad = calloc(rows, sizeof *m->grad);
    m->value = calloc((size_t)g->nvalues, sizeof *m->value);
    m->in = calloc(ports, sizeof *m->in);
    m->out = calloc(ports, sizeof *m->out);
    return m->row && m->param && m->momentum && m->grad && m->value && m->in && m->out
               ? SIAM_OK
               : siam_fail(e, SIAM_E_NOMEM, "out of memory for the model");
}

static int devices_of(const siam_engine_cfg *c) { return c->devices.count ? c->devices.count : 1; }

static siam_code refuse(const siam_engine_cfg *c, siam_err *e)
{
    SIAM_ASSERT(c->devices.plugin && (!c->training || c->optimizer == siam_optimizers[SIAM_OPTIMIZER_sgd]));
    const int devices = devices_of(c);
    if (c->training && c->images % devices) {
        siam_fail(e, SIAM_E_CONFIG, "%d images at once cannot be divided among %d devices", c->images, devices);
        siam_hint(e, "--batch %d", (c->images + devices - 1) / devices * devices);
        return SIAM_E_CONFIG;
    }
    if (!c->host || c->host->comm->size == 1)
        return SIAM_OK;
    siam_fail(e, SIAM_E_UNSUPPORTED, "several processes cannot share a device behind a plug-in yet");
    siam_hint(e, "--device auto, or the path of another plug-in");
    return SIAM_E_UNSUPPORTED;
}

static siam_code create(siam_engine **out, const siam_engine_cfg *c, siam_err *e)
{
    *out = NULL;
    SIAM_TRY(refuse(c, e));
    engine *m = calloc(1, sizeof *m);
    if (!m)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the model");
    m->head.type = &siam_engine_pjrt;
    m->cfg = *c;
    m->cfg.parts = c->parts ? c->parts : 1;
    m->image = (size_t)siam_desc_count(&c->graph->value[c->graph->input]);
    m->deal = (siam_deal){.views = c->graph->views, .parts = m->cfg.parts, .replicas = devices_of(c)};
    m->deal.share = (c->images + m->deal.replicas - 1) / m->deal.replicas;
    *out = &m->head;
    siam_code rc = write_programs(m, e);
    if (!rc)
        rc = take_room(m, e);
    if (rc)
        destroy(out);
    return rc;
}

static size_t value_bytes(const engine *m, const siam_desc *d)
{
    const size_t one = d->ndim == 4 ? siam_dtype_size(m->cfg.map_type) : sizeof(float);
    return (size_t)siam_desc_count(d) * one * (size_t)(m->cfg.graph->views * m->deal.share);
}

/* What a compiler that keeps each value for backward takes, or, without backward, the two largest: an estimate, the device's
 * compiler decides. Each device has the parameters once more, and its images. */
static siam_engine_memory bytes(const siam_engine *x)
{
    const engine *m = look(x);
    const siam_graph *g = m->cfg.graph;
    const size_t devices = (size_t)m->deal.replicas;
    size_t all = 0, most = 0;
    for (int i = 0; i < g->nnodes; i++) {
        const size_t n = value_bytes(m, &g->value[g->node[i].out]);
        all += n;
        most = n > most ? n : most;
    }
    return (siam_engine_memory){.activations = devices * (m->cfg.training ? all + most : 2 * most),
                                .rest = devices * siam_params_bytes(g->param, g->nparams, m->cfg.training) +
                                        (devices + 1) * m->image * (size_t)(g->views * m->deal.share) * sizeof(float)};
}

/* Something to tell, behind what was not told yet. */
static void add_remark(engine *m, const char *what, const char *why)
{
    const size_t at = m->remarked ? 0 : strlen(m->remark);
    snprintf(m->remark + at, sizeof m->remark - at, "%s%s: %s", at ? "; " : "", what, why);
    m->remarked = false;
}

static const char *remark(siam_engine *x)
{
    engine *m = cast(x);
    const bool new = m->remark[0] && !m->remarked;
    m->remarked = true;
    return new ? m->remark : NULL;
}

static siam_code compile(engine *m, program *p, bool anew, siam_err *e)
{
    siam_kept kept;
    if (!p->hlo)
        return SIAM_OK;
    siam_pjrt_program_destroy(m->device, &p->compiled);
    SIAM_TRY(siam_kept_compile(&p->compiled, &kept, m->device, &m->cfg.devices, p->hlo->text, p->hlo->size, anew, e));
    m->untried = m->untried || kept.taken;
    if (kept.unkept[0] && p == &m->whole) /* once for all of them */
        add_remark(m, "what the device's compiler made cannot be kept, so that the next start takes as long", kept.unkept);
    return SIAM_OK;
}

/* What helps against a failure of the device. */
static siam_code advise(siam_code rc, siam_err *e)
{
    if (rc == SIAM_E_NOMEM)
        siam_hint(e, "a smaller --batch, --width or --size");
    else if (rc)
        siam_hint(e, "--device auto, or the path of another plug-in");
    return rc;
}

static siam_code compile_all(engine *m, bool anew, siam_err *e)
{
    bool taken = false;
    SIAM_TRY(advise(compile(m, &m->whole, anew, e), e));
    SIAM_TRY(advise(compile(m, &m->part, anew, e), e));
    siam_maker_close(&m->maker);
    if (m->cfg.views.program)
        SIAM_TRY(advise(siam_maker_open(&m->maker, &taken, m->device, &m->cfg.devices, &m->cfg.views, &m->deal, anew, e), e));
    m->untried = m->untried || taken;
    return SIAM_OK;
}

static siam_code alloc(siam_engine *x, siam_err *e)
{
    engine *m = cast(x);
    SIAM_TRY(advise(siam_pjrt_open(&m->device, &m->cfg.devices, e), e));
    SIAM_TRY(compile_all(m, false, e));
    m->images = malloc((size_t)(m->cfg.graph->views * m->deal.share * m->deal.replicas) * m->image * sizeof *m->images);
    return m->images ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for a batch of images");
}

/* The larger of a step's programs: they run one after another. What makes views takes far less, but for its images. */
static bool compiled(const siam_engine *x, siam_engine_memory *most)
{
    const engine *m = look(x);
    siam_engine_memory part;
    const bool told = siam_pjrt_program_memory(most, m->device, m->whole.compiled);
    if (told && m->part.compiled && siam_pjrt_program_memory(&part, m->device, m->part.compiled) &&
        part.activations + part.rest > most->activations + most->rest)
        *most = part;
    most->set = m->maker ? siam_maker_set(m->maker) : 0;
    return told;
}

/* ---- the table ---- */

static siam_code find_rows(engine *m, const siam_params *p, siam_err *e)
{
    const siam_graph *g = m->cfg.graph;
    for (int i = 0; i < g->nparams; i++)
        SIAM_TRY(siam_graph_row(g, p, i, &m->row[i], e));
    return SIAM_OK;
}

static siam_code put(engine *m, siam_pjrt_buffer **to, const float *x, const siam_desc *d, siam_err *e)
{
    siam_pjrt_drop(m->device, to);
    return advise(siam_pjrt_put(to, m->device, x, 0, d, e), e);
}

static siam_code put_images(engine *m, siam_pjrt_buffer **to, const siam_desc *d, siam_err *e)
{
    siam_pjrt_drop(m->device, to);
    return advise(siam_pjrt_put(to, m->device, m->images, (size_t)siam_desc_count(d), d, e), e);
}

static siam_code get(engine *m, siam_pjrt_buffer *from, float *x, size_t n, siam_err *e)
{
    return advise(siam_pjrt_get(m->device, from, 0, x, n, e), e);
}

/* What gradients of parts are added to. */
static siam_code put_zeros(engine *m, siam_err *e)
{
    const siam_graph *g = m->cfg.graph;
    const siam_desc two = siam_desc_1d(2);
    float *zeros = calloc(m->params->count + 2, sizeof *zeros);
    siam_code rc = zeros ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for gradients");
    for (int i = 0; !rc && i < g->nparams; i++)
        if (!g->param[i].buffer)
            rc = put(m, &m->grad[i], zeros, &g->param[i].desc, e);
    if (!rc)
        rc = put(m, &m->sum, zeros, &two, e);
    free(zeros);
    return rc;
}

static siam_code push(siam_engine *x, siam_params *p, bool last, siam_err *e)
{
    engine *m = cast(x);
    const siam_graph *g = m->cfg.graph;
    (void)last;
    SIAM_ASSERT(!m->cfg.training || p->momentum);
    SIAM_TRY(find_rows(m, p, e));
    m->params = p;
    for (int i = 0; i < g->nparams; i++) {
        const siam_param *row = &p->row[m->row[i]];
        SIAM_TRY(put(m, &m->param[i], siam_params_data(p, m->row[i]), &row->desc, e));
        if (m->cfg.training && !row->buffer)
            SIAM_TRY(put(m, &m->momentum[i], p->momentum + row->offset, &row->desc, e));
    }
    return m->cfg.parts > 1 ? put_zeros(m, e) : SIAM_OK;
}

static siam_code pull(siam_engine *x, siam_err *e)
{
    engine *m = cast(x);
    siam_params *p = m->params;
    for (int i = 0; i < m->cfg.graph->nparams; i++) {
        const siam_param *row = &p->row[m->row[i]];
        const size_t n = (size_t)siam_desc_count(&row->desc);
        SIAM_TRY(get(m, m->param[i], siam_params_data(p, m->row[i]), n, e));
        if (m->momentum[i])
            SIAM_TRY(get(m, m->momentum[i], p->momentum + row->offset, n, e));
    }
    return SIAM_OK;
}

/* ---- runs ---- */

/* Where the buffer for an argument or a result is; NULL: it is made for one run. */
static siam_pjrt_buffer **place(engine *m, const siam_hlo_port *p)
{
    switch (p->role) {
    case SIAM_HLO_PARAM: return &m->param[p->index];
    case SIAM_HLO_MOMENTUM: return &m->momentum[p->index];
    case SIAM_HLO_GRAD: return &m->grad[p->index];
    case SIAM_HLO_SUM: return &m->sum;
    case SIAM_HLO_VALUE: return &m->value[p->index];
    case SIAM_HLO_TOLD: return &m->told[m->steps % SIAM_TICKETS];
    default: return NULL;
    }
}

/* Images, where they are not made there, and rates; the rest is there. */
static siam_code bring(engine *m, const siam_hlo_program *h, const float *rate, siam_err *e)
{
    for (int i = 0; i < h->nin; i++) {
        siam_pjrt_buffer **held = place(m, &h->in[i]);
        m->in[i] = held ? *held : NULL;
    }
    for (int i = 0; i < h->nin; i++)
        if (h->in[i].role == SIAM_HLO_IMAGES && m->made)
            m->in[i] = m->made;
        else if (h->in[i].role == SIAM_HLO_IMAGES)
            SIAM_TRY(put_images(m, &m->in[i], &h->in[i].desc, e));
        else if (h->in[i].role == SIAM_HLO_RATE)
            SIAM_TRY(put(m, &m->in[i], rate + h->in[i].index, &h->in[i].desc, e));
    return SIAM_OK;
}

static siam_code run(engine *m, program *p, const float *rate, siam_err *e)
{
    const siam_hlo_program *h = p->hlo;
    siam_code rc = bring(m, h, rate, e);
    if (!rc)
        rc = advise(siam_pjrt_run(m->device, p->compiled, m->in, h->nin, m->out, h->nout, e), e);
    for (int i = 0; i < h->nin; i++)
        if (!place(m, &h->in[i]) && m->in[i] != m->made)
            siam_pjrt_drop(m->device, &m->in[i]);
    siam_pjrt_drop(m->device, &m->made);
    for (int i = 0; !rc && i < h->nout; i++) {
        siam_pjrt_buffer **held = place(m, &h->out[i]);
        siam_pjrt_drop(m->device, held);
        *held = m->out[i];
    }
    return rc;
}

/* What is asked of the programs: a step on views that are brought, or made of `raw`; views of raw's first part alone, to look at; in
 * inference, a pass over the images that are there. */
typedef struct work {
    const float *views;
    const siam_raw_views *raw;
    bool look;
    const float *rate;
} work;

static siam_code make_first(engine *m, const siam_raw_views *raw, siam_err *e)
{
    const size_t each = (size_t)(m->deal.views * m->deal.share) * m->image;
    SIAM_TRY(advise(siam_maker_run(m->maker, raw, 0, &m->made, e), e));
    siam_code rc = SIAM_OK;
    for (int k = 0; !rc && k < m->deal.replicas; k++)
        rc = advise(siam_pjrt_get(m->device, m->made, k, m->images + (size_t)k * each, each, e), e);
    siam_pjrt_drop(m->device, &m->made);
    return rc;
}

static siam_code perform(engine *m, const work *w, siam_err *e)
{
    if (w->look)
        return make_first(m, w->raw, e);
    if (!m->cfg.training)
        return run(m, &m->whole, NULL, e);
    for (int i = 0; i < m->cfg.parts; i++) {
        if (w->raw)
            SIAM_TRY(advise(siam_maker_run(m->maker, w->raw, i, &m->made, e), e));
        else
            siam_deal_rows(m->images, w->views, m->image * sizeof *w->views, &m->deal, i);
        SIAM_TRY(run(m, i + 1 < m->cfg.parts ? &m->part : &m->whole, w->rate, e));
    }
    return SIAM_OK;
}

/* Until the last run is done, on all devices. */
static siam_code await_run(engine *m, siam_err *e)
{
    const siam_hlo_port *p = &m->whole.hlo->out[0];
    const size_t n = (size_t)siam_desc_count(&p->desc);
    float *x = malloc(n * sizeof *x);
    siam_code rc = x ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for what the network gives");
    for (int k = 0; !rc && k < m->deal.replicas; k++)
        rc = advise(siam_pjrt_get(m->device, *place(m, p), k, x, n, e), e);
    free(x);
    return rc;
}

/* Whether that says a program from the cache is no good. A device that is full says nothing of its programs. */
static bool no_good(siam_code rc) { return rc && rc != SIAM_E_NOMEM; }

/* All programs again, and the numbers, from the table, which is as it was pushed. */
static siam_code renew(engine *m, const siam_err *why, siam_err *e)
{
    add_remark(m, "a compiled program from the cache failed when it ran, and was compiled again", why->msg);
    siam_pjrt_drop(m->device, &m->made);
    SIAM_TRY(compile_all(m, true, e));
    return m->params ? push(&m->head, m->params, false, e) : SIAM_OK;
}

/* A program from the cache may load and still fail where it runs, whatever its name and its sums say. So the first run is waited for; where
 * it fails, all programs are compiled again, once, and it is done again. Who only looks at views has not tried the step yet. */
static siam_code attempt(engine *m, const work *w, siam_err *e)
{
    siam_err why = {0};
    if (!m->untried)
        return perform(m, w, e);
    siam_code rc = perform(m, w, &why);
    if (!rc && !w->look)
        rc = await_run(m, &why);
    m->untried = w->look && !no_good(rc);
    if (no_good(rc)) {
        SIAM_TRY(renew(m, &why, e));
        return perform(m, w, e);
    }
    if (rc && e)
        *e = why;
    return rc;
}

static siam_code step_on(engine *m, const work *w, siam_ticket *t, siam_err *e)
{
    SIAM_ASSERT(m->cfg.training && m->params);
    SIAM_TRY(attempt(m, w, e));
    t->number = m->steps++;
    return SIAM_OK;
}

static siam_code step(siam_engine *x, const float *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e)
{
    return step_on(cast(x), &(work){.views = views, .rate = rate}, t, e);
}

static siam_code step_raw(siam_engine *x, const siam_raw_views *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e)
{
    return step_on(cast(x), &(work){.raw = views, .rate = rate}, t, e);
}

/* The row of the table that holds running statistic k of the program, counted through its rows. */
static int row_of_statistic(const engine *m, double k)
{
    const siam_graph *g = m->cfg.graph;
    for (int i = 0; i < g->nparams; i++) {
        if (!g->param[i].buffer)
            continue;
        k -= (double)siam_desc_count(&g->param[i].desc);
        if (k < 0)
            return m->row[i];
    }
    return -1;
}

static siam_code outcome(siam_engine *x, siam_ticket t, siam_outcome *o, siam_err *e)
{
    engine *m = cast(x);
    float told[4];
    SIAM_ASSERT(t.number >= 0 && t.number < m->steps && m->steps - t.number <= SIAM_TICKETS);
    SIAM_TRY(get(m, m->told[t.number % SIAM_TICKETS], told, 4, e));
    *o = (siam_outcome){.loss = (double)told[0], .gauge = (double)told[1], .bad = row_of_statistic(m, (double)told[2]),
                        .bad_value = (double)told[3]};
    return SIAM_OK;
}

static siam_code forward(siam_engine *x, const float *images, int n, siam_err *e)
{
    engine *m = cast(x);
    SIAM_ASSERT(n >= 0 && n <= m->cfg.images && m->cfg.graph->views == 1);
    memcpy(m->images, images, (size_t)n * m->image * sizeof *images);
    memset(m->images + (size_t)n * m->image, 0, (size_t)(m->deal.share * m->deal.replicas - n) * m->image * sizeof *images);
    return attempt(m, &(work){0}, e);
}

/* The first n rows of what all devices have of a value: view after view, of each the devices' shares one after another. */
static void gather(const engine *m, const float *all, size_t row, int n, float *dst)
{
    const int views = m->cfg.graph->views, of_view = m->deal.share * m->deal.replicas;
    for (int i = 0; i < n; i++) {
        const int v = i / of_view, k = i % of_view / m->deal.share, at = i % m->deal.share;
        memcpy(dst + (size_t)i * row, all + (size_t)((k * views + v) * m->deal.share + at) * row, row * sizeof *dst);
    }
}

/* A device gives its part of a value whole. */
static siam_code read(siam_engine *x, siam_val v, int n, float *dst, siam_err *e)
{
    engine *m = cast(x);
    const int i = siam_hlo_port_find(m->whole.hlo->out, m->whole.hlo->nout, SIAM_HLO_VALUE, v.id);
    SIAM_ASSERT(i >= 0 && n <= m->cfg.graph->views * m->cfg.images);
    const siam_desc *d = &m->whole.hlo->out[i].desc;
    const size_t each = (size_t)siam_desc_count(d), row = each / (size_t)d->dim[0], some = row * (size_t)n;
    if (m->deal.replicas == 1 && some == each)
        return get(m, m->value[v.id], dst, each, e);
    float *copy = malloc((size_t)m->deal.replicas * each * sizeof *copy);
    siam_code rc = copy ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for what the network gives");
    for (int k = 0; !rc && k < m->deal.replicas; k++)
        rc = advise(siam_pjrt_get(m->device, m->value[v.id], k, copy + (size_t)k * each, each, e), e);
    if (!rc)
        gather(m, copy, row, n, dst);
    free(copy);
    return rc;
}

static siam_code make(siam_engine *x, const siam_raw_views *views, float *dst, siam_err *e)
{
    engine *m = cast(x);
    SIAM_TRY(attempt(m, &(work){.raw = views, .look = true}, e));
    gather(m, m->images, m->image, m->deal.views * m->deal.share * m->deal.replicas, dst);
    return SIAM_OK;
}

const siam_engine_type siam_engine_pjrt = {
    .name = "pjrt",
    .help = "an accelerator: a program for each step, through a plug-in",
    .late = 2, /* one at work, one behind it; each holds a batch of images */
    .create = create,
    .destroy = destroy,
    .bytes = bytes,
    .compiled = compiled,
    .alloc = alloc,
    .remark = remark,
    .push = push,
    .pull = pull,
    .step = step,
    .step_raw = step_raw,
    .make = make,
    .outcome = outcome,
    .forward = forward,
    .read = read,
};
