/* The training step and feature extraction, measured on random images: whole, then each operation of one step. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/system.h"
#include "image/image.h"
#include "nn/model.h"
#include "optim/optim.h"
#include "tasks/bench/bench_private.h"

void siam_stepper_close(siam_stepper *s)
{
    siam_engine_destroy(&s->engine);
    siam_params_destroy(&s->params);
    siam_graph_destroy(&s->graph);
    free(s->images);
    free(s->out);
}

/* Hear of the oldest steps until so many are left. */
static siam_code hear(siam_stepper *s, int left, siam_err *e)
{
    siam_outcome o;
    for (; s->open > left; s->open--) {
        SIAM_TRY(s->engine->type->outcome(s->engine, s->ticket[0], &o, e));
        memmove(s->ticket, s->ticket + 1, (size_t)(s->open - 1) * sizeof *s->ticket);
    }
    return SIAM_OK;
}

siam_code siam_stepper_step(siam_stepper *s, siam_err *e)
{
    static const float rate[SIAM_GROUP_COUNT] = {0.01f, 0.01f};
    const siam_engine_type *type = s->engine->type;
    if (!s->training) {
        SIAM_TRY(type->forward(s->engine, s->images, s->batch, e));
        return s->out ? type->read(s->engine, s->features, s->batch, s->out, e) : SIAM_OK;
    }
    SIAM_TRY(type->step(s->engine, s->images, rate, &s->ticket[s->open], e));
    s->open++;
    return hear(s, type->late, e);
}

siam_code siam_stepper_wait(siam_stepper *s, siam_err *e) { return hear(s, 0, e); }

static size_t planned_bytes(const siam_stepper *s)
{
    const siam_engine_memory m = s->engine->type->bytes(s->engine);
    return m.activations + m.rest + siam_params_bytes(s->graph->param, s->graph->nparams, s->training);
}

/* Refuse before anything big is allocated. */
static siam_code check_memory(const siam_stepper *s, const bench *b, int batch, siam_err *e)
{
    const size_t need = planned_bytes(s), have = siam_memory_available();
    if (need <= have || (b->place.kind && b->place.kind->own_memory)) /* that device's compiler says whether it has room */
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOMEM, "a step of %d images needs %.2f GiB, but %.2f GiB are available", batch,
              (double)need / (1 << 30), (double)have / (1 << 30));
    /* What the images take is nearly all of it and in proportion; half of what would just fit surely does. */
    const size_t fixed = siam_params_bytes(s->graph->param, s->graph->nparams, s->training);
    const int fits = fixed < have ? (int)((double)batch * (double)(have - fixed) / (double)(need - fixed) / 2) : 0;
    if (fits >= 2)
        siam_hint(e, "--batch %d", fits);
    else
        siam_hint(e, "a smaller --size, --width or --arch");
    return SIAM_E_NOMEM;
}

static siam_code open_graph(siam_stepper *s, siam_model_vals *v, const bench *b, const char *arch, int size, siam_err *e)
{
    const bool small = size <= SIAM_BENCH_SMALL;
    siam_model_cfg c = {
        .backbone = {.width = b->r->width, .cifar_stem = small, .zero_init = true},
        .in_channels = 3,
        .size = size,
        .projector_layers = small ? 2 : 3,
        .dim = b->r->dim,
        .stop_gradient = true,
    };
    snprintf(c.arch, sizeof c.arch, "%s", arch);
    return s->training ? siam_model_graph(&s->graph, v, &c, e) : siam_encoder_graph(&s->graph, v, &c, 0, e);
}

/* As many random numbers as a batch has. */
static siam_code make_images(siam_stepper *s, int size, siam_err *e)
{
    siam_rng rng = siam_rng_key(0, 0, 0, 0, SIAM_RNG_TEST);
    const size_t n = (size_t)(s->graph->views * s->batch) * siam_image_floats((siam_image_shape){SIAM_IMAGE_CHANNELS, size, size});
    s->images = malloc(n * sizeof *s->images);
    if (s->engine->type->late && !s->training)
        s->out = malloc((size_t)s->batch * (size_t)siam_desc_count(&s->graph->value[s->features.id]) * sizeof *s->out);
    if (!s->images || (s->engine->type->late && !s->training && !s->out))
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d images", s->batch);
    for (size_t i = 0; i < n; i++)
        s->images[i] = (float)siam_rng_uniform(&rng, -2, 2);
    return SIAM_OK;
}

siam_code siam_stepper_open(siam_stepper *s, const bench *b, const char *arch, int size, int batch, siam_err *e)
{
    siam_model_vals v;
    SIAM_TRY(open_graph(s, &v, b, arch, size, e));
    s->batch = batch;
    s->features = v.features;
    /* By rule first, so that a step too large is refused before anything is timed. */
    siam_engine_cfg c = {.host = b->backend, .graph = s->graph, .images = batch, .map_type = b->map_type, .training = s->training,
                         .recompute = b->r->recompute, .loss = v.loss, .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd], .momentum = 0.9,
                         .weight_decay = 1e-4, .devices = siam_place_devices(&b->place)};
    SIAM_TRY(siam_engine_create(&s->engine, b->place.engine, &c, e));
    SIAM_TRY(check_memory(s, b, batch, e));
    siam_engine_destroy(&s->engine);
    c.tuner = b->tuner;
    SIAM_TRY(siam_engine_create(&s->engine, b->place.engine, &c, e));
    SIAM_TRY(check_memory(s, b, batch, e));
    SIAM_TRY(siam_params_create(&s->params, s->graph->param, s->graph->nparams, s->training, e));
    SIAM_TRY(s->engine->type->alloc(s->engine, e));
    siam_params_init(s->params, 0);
    SIAM_TRY(s->engine->type->push(s->engine, s->params, false, e));
    return make_images(s, size, e);
}

/* The best of several measurements. */
static siam_code measure(siam_stepper *s, int repeat, double *best, siam_err *e)
{
    SIAM_TRY(siam_stepper_step(s, e)); /* warm up: pages, caches, clock */
    if (!s->training)
        SIAM_TRY(siam_stepper_step(s, e)); /* the second prepares the weights */
    SIAM_TRY(siam_stepper_wait(s, e));
    for (int i = 0; i < repeat; i++) {
        const double begin = siam_clock();
        int n = 0;
        do {
            SIAM_TRY(siam_stepper_step(s, e));
            n++;
        } while (siam_clock() - begin < SIAM_BENCH_SECONDS);
        SIAM_TRY(siam_stepper_wait(s, e));
        const double ms = 1e3 * (siam_clock() - begin) / n;
        *best = i == 0 || ms < *best ? ms : *best;
    }
    return SIAM_OK;
}

static const char *kind_of(siam_op_kind kind, siam_pass pass)
{
    const siam_op_info *i = siam_op_info_of(kind);
    const char *name = pass == SIAM_PASS_AGAIN ? "made again" : i->group[pass] ? i->group[pass] : i->group[0];
    return name ? name : "other";
}

/* What a profiled step of `ms` took in each of its operations. */
static void collect(const siam_stepper *s, double ms, siam_bench_result *r)
{
    static const char *const pass_name[] = {"forward", "backward", "weights", "again"};
    double rest = ms;
    r->profile_ms = ms;
    r->nops = 0;
    for (int i = 0; i < s->engine->type->rows(s->engine); i++) {
        const siam_plan_row row = s->engine->type->row(s->engine, i);
        const siam_op_kind kind = row.op->desc.kind;
        for (int pass = 0; pass < SIAM_PASS_COUNT; pass++) {
            const bool again = pass == SIAM_PASS_AGAIN && row.ms[pass] > 0;
            if (row.work[pass].bytes <= 0 && !again)
                continue;
            r->op[r->nops++] = (siam_bench_op){.kind = kind_of(kind, (siam_pass)pass),
                                               .layer = row.name,
                                               .pass = pass_name[pass],
                                               .impl = row.impl,
                                               .variant = row.variant,
                                               .ms = row.ms[pass],
                                               .work = row.work[pass],
                                               .product = !again && siam_op_info_of(kind)->is_product,
                                               .slot = SIAM_PASS_COUNT * i + pass};
            rest -= row.ms[pass];
        }
    }
    const double optimizer_ms = s->engine->type->optimizer_ms(s->engine);
    if (s->training) { /* values, gradients and momentum are read; values and momentum written */
        r->op[r->nops++] = (siam_bench_op){.kind = "optimizer", .layer = "-", .pass = "step", .impl = "sgd",
                                           .variant = "", .ms = optimizer_ms,
                                           .work.bytes = 5.0 * (double)(s->params->count * sizeof(float))};
        rest -= optimizer_ms;
    }
    r->op[r->nops++] = (siam_bench_op){.kind = "other", .layer = "-", .pass = "between", .impl = "", .variant = "",
                                       .ms = rest > 0 ? rest : 0};
}

/* The operations of the fastest of several steps. */
static siam_code profile(siam_stepper *s, int repeat, siam_bench_result *r, siam_err *e)
{
    r->op = calloc((size_t)SIAM_PASS_COUNT * (size_t)s->engine->type->rows(s->engine) + 2, sizeof *r->op);
    if (!r->op)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the profile");
    s->engine->type->profile(s->engine, true);
    for (int i = 0; i < repeat; i++) {
        const double start = siam_clock();
        SIAM_TRY(siam_stepper_step(s, e));
        const double ms = 1e3 * (siam_clock() - start);
        if (!i || ms < r->profile_ms)
            collect(s, ms, r);
    }
    return SIAM_OK;
}

siam_code siam_bench_step(bench *b, const char *what, const char *arch, int size, siam_err *e)
{
    siam_stepper s = {.training = !strcmp(what, "step")};
    siam_bench_result r = {.arch = arch, .what = what, .size = size, .batch = siam_bench_batch(b, what, size)};
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_stepper_open(&s, b, arch, size, r.batch, e));
    r.planned_bytes = planned_bytes(&s);
    r.elsewhere = b->place.engine != NULL;
    r.told = s.engine->type->compiled && s.engine->type->compiled(s.engine, &r.compiled);
    SIAM_TRY_OUT(rc, measure(&s, b->r->repeat, &r.ms, e));
    r.peak_bytes = siam_memory_peak(); /* before the floor takes memory of its own */
    if (s.engine->type->profile)
        SIAM_TRY_OUT(rc, profile(&s, b->r->repeat, &r, e));
    if (b->r->floor && r.nops)
        SIAM_TRY_OUT(rc, siam_bench_floor(b, &s, &r, e));
    siam_bench_report(b, &r);
    const char *remark = siam_engine_remark(s.engine);
    if (remark)
        fprintf(b->say, "warning: %s\n", remark);
out:
    free(r.op);
    siam_stepper_close(&s);
    return rc;
}
