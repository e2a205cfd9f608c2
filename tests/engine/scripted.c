/* A queue of steps before the host's engine, which works in a copy of the parameters. */
#include "scripted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

extern const siam_engine_type siam_engine_plan;

enum { QUEUE = SIAM_TICKETS };

script scripted;

/* A step that was asked for. */
typedef struct wish {
    float *views;
    float rate[SIAM_GROUP_COUNT];
} wish;

typedef struct elsewhere {
    siam_engine head;
    siam_engine_cfg cfg;
    siam_engine *inner;
    siam_params *table, *own; /* the caller's; the engine's copy */
    size_t batch;             /* floats of one */
    wish queue[QUEUE];
    int64_t asked, done;
    siam_outcome outcome[SIAM_TICKETS];
} elsewhere;

static elsewhere *cast(siam_engine *x) { return (elsewhere *)x; }

static siam_code called(scripted_call call, siam_err *e)
{
    scripted.calls[call]++;
    if (scripted.fail_at && scripted.fail_call == (int)call && scripted.calls[call] == scripted.fail_at)
        return siam_fail(e, SIAM_E_IO, "the device is lost");
    return SIAM_OK;
}

static void destroy(siam_engine **p)
{
    elsewhere *x = cast(*p);
    siam_engine_destroy(&x->inner);
    siam_params_destroy(&x->own);
    for (int i = 0; i < QUEUE; i++)
        free(x->queue[i].views);
    scripted.waiting -= (int)(x->asked - x->done);
    scripted.open--;
    free(x);
    *p = NULL;
}

static siam_code create(siam_engine **out, const siam_engine_cfg *c, siam_err *e)
{
    *out = NULL;
    SIAM_TRY(called(CALL_CREATE, e));
    elsewhere *x = calloc(1, sizeof *x);
    x->head.type = &scripted_engine;
    x->cfg = *c;
    x->batch = (size_t)(c->graph->views * c->images * (c->parts ? c->parts : 1)) *
               (size_t)siam_desc_count(&c->graph->value[c->graph->input]);
    scripted.open++;
    *out = &x->head;
    const siam_code rc = siam_engine_plan.create(&x->inner, c, e);
    if (rc)
        destroy(out);
    return rc;
}

static siam_engine_memory bytes(const siam_engine *x)
{
    const siam_engine *inner = ((const elsewhere *)x)->inner;
    return inner->type->bytes(inner);
}

static siam_code alloc(siam_engine *x, siam_err *e)
{
    SIAM_TRY(called(CALL_ALLOC, e));
    return cast(x)->inner->type->alloc(cast(x)->inner, e);
}

static void copy(siam_params *to, const siam_params *from)
{
    memcpy(to->value, from->value, from->count * sizeof(float));
    memcpy(to->buffer, from->buffer, from->buffer_count * sizeof(float));
    if (from->momentum)
        memcpy(to->momentum, from->momentum, from->count * sizeof(float));
}

static siam_code push(siam_engine *x, siam_params *p, bool last, siam_err *e)
{
    elsewhere *m = cast(x);
    SIAM_TRY(called(CALL_PUSH, e));
    siam_params_destroy(&m->own);
    SIAM_TRY(siam_params_create(&m->own, p->row, p->n, p->grad != NULL, e));
    copy(m->own, p);
    m->table = p;
    /* Whoever said that it was the last use of the table is held to it. */
    for (size_t i = 0; last && i < p->count; i++)
        p->value[i] = (float)NAN;
    return m->inner->type->push(m->inner, m->own, last, e);
}

/* The oldest step that is waiting. */
static siam_code work(elsewhere *m, siam_err *e)
{
    wish *w = &m->queue[m->done % QUEUE];
    siam_outcome *o = &m->outcome[m->done % SIAM_TICKETS];
    siam_ticket t;
    SIAM_TRY(m->inner->type->step(m->inner, w->views, w->rate, &t, e));
    SIAM_TRY(m->inner->type->outcome(m->inner, t, o, e));
    m->done++;
    scripted.waiting--;
    if (scripted.nan_at == m->done)
        o->loss = NAN;
    return SIAM_OK;
}

static siam_code pull(siam_engine *x, siam_err *e)
{
    elsewhere *m = cast(x);
    SIAM_TRY(called(CALL_PULL, e));
    while (m->done < m->asked)
        SIAM_TRY(work(m, e));
    copy(m->table, m->own);
    return SIAM_OK;
}

static siam_code step(siam_engine *x, const float *views, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e)
{
    elsewhere *m = cast(x);
    SIAM_TRY(called(CALL_STEP, e));
    if (m->asked - m->done == QUEUE)
        SIAM_TRY(work(m, e));
    wish *w = &m->queue[m->asked % QUEUE];
    w->views = w->views ? w->views : malloc(m->batch * sizeof *views);
    memcpy(w->views, views, m->batch * sizeof *views);
    memcpy(w->rate, rate, sizeof w->rate);
    t->number = m->asked++;
    scripted.waiting++;
    scripted.most_waiting = scripted.waiting > scripted.most_waiting ? scripted.waiting : scripted.most_waiting;
    return SIAM_OK;
}

static siam_code outcome(siam_engine *x, siam_ticket t, siam_outcome *o, siam_err *e)
{
    elsewhere *m = cast(x);
    SIAM_TRY(called(CALL_OUTCOME, e));
    SIAM_ASSERT(t.number < m->asked && m->asked - t.number <= SIAM_TICKETS);
    while (m->done <= t.number)
        SIAM_TRY(work(m, e));
    *o = m->outcome[t.number % SIAM_TICKETS];
    return SIAM_OK;
}

static siam_code forward(siam_engine *x, const float *images, int n, siam_err *e)
{
    SIAM_TRY(called(CALL_FORWARD, e));
    return cast(x)->inner->type->forward(cast(x)->inner, images, n, e);
}

static siam_code read(siam_engine *x, siam_val v, int n, float *dst, siam_err *e)
{
    elsewhere *m = cast(x);
    SIAM_TRY(called(CALL_READ, e));
    while (m->done < m->asked)
        SIAM_TRY(work(m, e));
    return m->inner->type->read(m->inner, v, n, dst, e);
}

const siam_engine_type scripted_engine = {
    .name = "scripted",
    .help = "for tests",
    .late = 2,
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
};
