/* What every engine promises (engine/engine.h), shown on the host's and on one whose numbers lie elsewhere and come late; and
 * that whole runs need no more than that.
 *
 *   test_engine pjrt     the same promises of the device behind the plug-in in SIAM_PJRT_PLUGIN; skipped without one
 *   test_engine devices  of two of its devices that share each batch */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/own_folder.h"
#include "base/file.h"
#include "base/rng.h"
#include "checkpoint/checkpoint.h"
#include "configure.h"
#include "nn/model.h"
#include "scripted.h"
#include "train/linear.h"
#include "train/train.h"

extern const siam_engine_type siam_engine_plan, siam_engine_pjrt;

enum { IMAGES = 4, PARTS = 2, SIZE = 16, IMAGE = 3 * SIZE * SIZE, STEPS = 5, VIEWS = 3 };

static const siam_engine_type *const types[] = {&siam_engine_plan, &scripted_engine, &siam_engine_pjrt};
static int from_type, to_type = 2; /* of those, the ones that are tried */
/* The same bits as the host's; others sum in an order of their own. */
static bool exact(int type) { return type < 2; }
static int devices = 1;
static float rate[SIAM_GROUP_COUNT] = {[SIAM_GROUP_ENCODER] = 0.05f, [SIAM_GROUP_PREDICTOR] = 0.1f};
static siam_err err;

#define OK(x) require((x), #x, __LINE__)
static void require(siam_code rc, const char *what, int line)
{
    if (rc)
        fail_msg("line %d: %s: %s", line, what, err.msg);
}

/* ---- a model ---- */

typedef struct model {
    siam_backend *host;
    siam_graph *graph;
    siam_model_vals vals;
    siam_params *params;
    siam_engine *engine;
    float *views; /* [STEPS][VIEWS][PARTS * IMAGES][IMAGE] */
} model;

static const float *views_of(const model *m, int step)
{
    return m->views + (size_t)step * VIEWS * PARTS * IMAGES * IMAGE;
}

static void open_model(model *m, int views)
{
    siam_model_cfg c = {.arch = "resnet18", .backbone = {.width = 8, .cifar_stem = true}, .in_channels = 3, .size = SIZE,
                        .projector_layers = 2, .dim = 16, .stop_gradient = true, .views = views};
    siam_rng r = siam_rng_key(1, 2, 3, 4, SIAM_RNG_TEST);
    const size_t n = (size_t)STEPS * VIEWS * PARTS * IMAGES * IMAGE;
    *m = (model){.views = malloc(n * sizeof(float))};
    for (size_t i = 0; i < n; i++)
        m->views[i] = (float)siam_rng_uniform(&r, -2, 2);
    OK(siam_backend_open(&m->host, "onednn", 1, &err));
    OK(views == 1 ? siam_encoder_graph(&m->graph, &m->vals, &c, SIAM_PART_MAP | SIAM_PART_Z, &err)
                  : siam_model_graph(&m->graph, &m->vals, &c, &err));
    OK(siam_params_create(&m->params, m->graph->param, m->graph->nparams, views > 1, &err));
    siam_params_init(m->params, 5);
}

static siam_engine_cfg cfg_of(const model *m)
{
    return (siam_engine_cfg){.host = m->host, .graph = m->graph, .images = IMAGES, .training = m->graph->views > 1,
                             .parts = m->graph->views > 1 ? PARTS : 0, .loss = m->vals.loss, .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd],
                             .momentum = 0.9, .weight_decay = 1e-3, .devices = {.plugin = getenv("SIAM_PJRT_PLUGIN"), .kind = "xla-cpu", .count = devices}};
}

static void open_engine(model *m, const siam_engine_type *type)
{
    const siam_engine_cfg c = cfg_of(m);
    siam_engine_memory before, after;
    OK(siam_engine_bytes(&before, type, &c, &err));
    OK(siam_engine_create(&m->engine, type, &c, &err));
    after = m->engine->type->bytes(m->engine);
    assert_true(before.activations == after.activations && before.rest == after.rest && before.activations > 0);
    OK(type->alloc(m->engine, &err));
    OK(type->push(m->engine, m->params, false, &err));
}

static void close_model(model *m)
{
    siam_engine_destroy(&m->engine);
    siam_params_destroy(&m->params);
    siam_graph_destroy(&m->graph);
    siam_backend_close(&m->host);
    free(m->views);
}

/* ---- a step, by hand ---- */

static void step_by_hand(model *m, siam_plan *plan, const float *views, siam_outcome *o)
{
    const size_t part = (size_t)IMAGES * IMAGE;
    memset(m->params->grad, 0, m->params->count * sizeof(float));
    o->loss = o->gauge = 0;
    for (int i = 0; i < PARTS; i++) {
        for (int v = 0; v < m->graph->views; v++)
            memcpy(siam_plan_input(plan) + (size_t)v * part, views + ((size_t)v * PARTS + (size_t)i) * part, part * sizeof(float));
        OK(siam_plan_forward(plan, &err));
        o->loss += (double)siam_plan_value(plan, m->vals.loss, NULL)[0] / PARTS;
        o->gauge += (double)siam_plan_value(plan, m->vals.loss, NULL)[1] / PARTS;
        OK(siam_plan_backward(plan, 1.0f / PARTS, &err));
    }
    OK(siam_optimizers[SIAM_OPTIMIZER_sgd]->step(m->host, m->params, rate, 0.9f, 1e-3f, &err));
}

static void train_by_hand(model *m, siam_outcome o[STEPS])
{
    siam_plan *plan;
    const siam_plan_cfg c = {.batch = m->graph->views * IMAGES, .training = true};
    OK(siam_plan_create(&plan, m->graph, m->host, &c, &err));
    OK(siam_plan_alloc(plan, &err));
    OK(siam_plan_bind(plan, m->params, &err));
    for (int s = 0; s < STEPS; s++)
        step_by_hand(m, plan, views_of(m, s), &o[s]);
    siam_plan_destroy(&plan);
}

static void same_table(const siam_params *a, const siam_params *b)
{
    assert_memory_equal(a->value, b->value, a->count * sizeof(float));
    assert_memory_equal(a->momentum, b->momentum, a->count * sizeof(float));
    assert_memory_equal(a->buffer, b->buffer, a->buffer_count * sizeof(float));
}

static double apart(const float *a, const float *b, size_t n)
{
    double off = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        off += pow((double)a[i] - b[i], 2);
        all += pow((double)a[i], 2);
    }
    return sqrt(off / (all + 1e-30));
}

/* The same table, but for rounding where the engine is another machine. */
static void like_table(int type, const siam_params *a, const siam_params *b)
{
    if (exact(type)) {
        same_table(a, b);
        return;
    }
    print_message("  apart: values %.2g, momentum %.2g, statistics %.2g\n", apart(a->value, b->value, a->count),
                  apart(a->momentum, b->momentum, a->count), apart(a->buffer, b->buffer, a->buffer_count));
    assert_true(apart(a->value, b->value, a->count) < 1e-5);
    assert_true(apart(a->momentum, b->momentum, a->count) < 5e-2); /* ReLUs near 0 */
    assert_true(apart(a->buffer, b->buffer, a->buffer_count) < 1e-4);
}

static void like_outcome(int type, const siam_outcome *want, const siam_outcome *o)
{
    const double most = exact(type) ? 0 : 2e-4;
    assert_true(fabs(o->loss - want->loss) <= most && fabs(o->gauge - want->gauge) <= most && o->bad == -1);
}

/* The same bits as by hand, whether outcomes are asked for at once, later, or the other way round. */
static void test_steps(void **state)
{
    (void)state;
    for (int views = 2; views <= (devices > 1 ? 2 : VIEWS); views++) {
        model hand;
        siam_outcome want[STEPS];
        open_model(&hand, views);
        train_by_hand(&hand, want);
        for (int t = from_type; t < to_type; t++)
            for (int late = 0; late < 2; late++) {
                if (!exact(t) && late != views % 2) /* its compiler takes time */
                    continue;
                model m;
                siam_ticket ticket[STEPS];
                siam_outcome o;
                open_model(&m, views);
                open_engine(&m, types[t]);
                for (int s = 0; s < STEPS; s++) {
                    float *views_now = malloc((size_t)views * PARTS * IMAGES * IMAGE * sizeof(float));
                    memcpy(views_now, views_of(&m, s), (size_t)views * PARTS * IMAGES * IMAGE * sizeof(float));
                    OK(types[t]->step(m.engine, views_now, rate, &ticket[s], &err));
                    free(views_now); /* they may go */
                    if (late)
                        continue;
                    OK(types[t]->outcome(m.engine, ticket[s], &o, &err));
                    like_outcome(t, &want[s], &o);
                }
                for (int s = STEPS - 1; s >= 0; s--) {
                    OK(types[t]->outcome(m.engine, ticket[s], &o, &err));
                    like_outcome(t, &want[s], &o);
                }
                OK(types[t]->pull(m.engine, &err));
                like_table(t, hand.params, m.params);
                close_model(&m);
            }
        close_model(&hand);
    }
}

/* Pulling waits for steps; what is pushed is what the next step begins with. */
static void test_push_and_pull(void **state)
{
    (void)state;
    for (int t = from_type; t < to_type; t++) {
        model straight, m;
        siam_ticket ticket;
        open_model(&straight, 2);
        open_engine(&straight, types[t]);
        for (int s = 0; s < 2; s++)
            OK(types[t]->step(straight.engine, views_of(&straight, s), rate, &ticket, &err));
        OK(types[t]->pull(straight.engine, &err));

        open_model(&m, 2);
        open_engine(&m, types[t]);
        OK(types[t]->step(m.engine, views_of(&m, 0), rate, &ticket, &err));
        OK(types[t]->pull(m.engine, &err));
        siam_params *kept;
        OK(siam_params_create(&kept, m.params->row, m.params->n, true, &err));
        memcpy(kept->value, m.params->value, kept->count * sizeof(float));
        memcpy(kept->momentum, m.params->momentum, kept->count * sizeof(float));
        memcpy(kept->buffer, m.params->buffer, kept->buffer_count * sizeof(float));
        OK(types[t]->step(m.engine, views_of(&m, 3), rate, &ticket, &err)); /* somewhere else */
        OK(types[t]->pull(m.engine, &err));
        OK(types[t]->push(m.engine, kept, false, &err)); /* and back */
        OK(types[t]->step(m.engine, views_of(&m, 1), rate, &ticket, &err));
        OK(types[t]->pull(m.engine, &err));
        same_table(straight.params, kept);
        siam_engine_destroy(&m.engine);
        siam_params_destroy(&kept);
        close_model(&m);
        close_model(&straight);
    }
}

/* A statistic that is not finite is named: the first of them. */
static void test_bad_statistics(void **state)
{
    (void)state;
    for (int t = from_type; t < to_type; t++)
        for (int which = 0; which < 3; which++) {
            model m;
            siam_ticket ticket;
            siam_outcome o;
            int row[3] = {-1, -1, -1};
            open_model(&m, 2);
            for (int i = 0; i < m.params->n; i++)
                if (m.params->row[i].buffer) {
                    row[0] = row[0] < 0 ? i : row[0];
                    row[1] = i == m.params->n / 2 || row[1] < 0 ? i : row[1];
                    row[2] = i;
                }
            m.params->buffer[m.params->row[row[which]].offset + 2] = which ? (float)INFINITY : (float)NAN;
            m.params->buffer[m.params->row[row[2]].offset + 1] = (float)NAN; /* another one behind it */
            open_engine(&m, types[t]);
            OK(types[t]->step(m.engine, views_of(&m, 0), rate, &ticket, &err));
            OK(types[t]->outcome(m.engine, ticket, &o, &err));
            assert_int_equal(o.bad, row[which]);
            assert_true(which == 1 ? isinf(o.bad_value) : isnan(o.bad_value));
            close_model(&m);
        }
}

/* ---- several devices ---- */

/* Three steps of the same batches, in parts or shared by devices, and what they came to. */
typedef struct shared {
    model m;
    siam_outcome o[3];
    float z[2 * PARTS * IMAGES * 16];
} shared;

static void train_shared(shared *x, int count, int parts, bool own)
{
    siam_ticket t;
    open_model(&x->m, 2);
    siam_graph *g = x->m.graph;
    for (int i = 0; i < g->nnodes; i++)
        if (g->node[i].kind == SIAM_OP_BATCHNORM)
            g->node[i].u.bn.per_rank = own;
    siam_engine_cfg c = cfg_of(&x->m);
    c.parts = parts;
    c.images = PARTS * IMAGES / parts;
    c.devices.count = count;
    OK(siam_engine_create(&x->m.engine, &siam_engine_pjrt, &c, &err));
    OK(siam_engine_pjrt.alloc(x->m.engine, &err));
    OK(siam_engine_pjrt.push(x->m.engine, x->m.params, false, &err));
    for (int s = 0; s < 3; s++) {
        OK(siam_engine_pjrt.step(x->m.engine, views_of(&x->m, s), rate, &t, &err));
        OK(siam_engine_pjrt.outcome(x->m.engine, t, &x->o[s], &err));
    }
    OK(siam_engine_pjrt.read(x->m.engine, x->m.vals.z, 2 * c.images, x->z, &err));
    OK(siam_engine_pjrt.pull(x->m.engine, &err));
}

/* Devices that share a batch are one device with all of it, rows of values in order; where each has its own statistics they are a batch in
 * parts, but for the running ones, which are the first device's, and the gauge, which is of all images. */
static void test_shares(void **state)
{
    (void)state;
    static shared one, two, own, parts;
    train_shared(&one, 1, 1, false);
    train_shared(&two, 2, 1, false);
    train_shared(&own, 2, 1, true);
    train_shared(&parts, 1, 2, false);
    like_table(2, one.m.params, two.m.params);
    assert_true(apart(one.z, two.z, sizeof one.z / sizeof *one.z) < 1e-3);
    assert_true(apart(one.m.params->value, own.m.params->value, one.m.params->count) > 1e-7); /* or it would show nothing */
    assert_true(apart(parts.m.params->momentum, own.m.params->momentum, own.m.params->count) < 5e-2);
    assert_true(apart(one.m.params->momentum, own.m.params->momentum, own.m.params->count) > 1e-1);
    for (int s = 0; s < 3; s++) {
        like_outcome(2, &one.o[s], &two.o[s]);
        assert_true(fabs(parts.o[s].loss - own.o[s].loss) < 2e-4 && fabs(one.o[s].loss - own.o[s].loss) > 1e-3);
    }
    close_model(&one.m);
    close_model(&two.m);
    close_model(&own.m);
    close_model(&parts.m);
}

/* ---- inference ---- */

static void test_forward(void **state)
{
    (void)state;
    for (int t = from_type; t < to_type; t++)
        for (int last = 0; last < 2; last++) {
            model m;
            siam_plan *plan;
            open_model(&m, 1);
            OK(siam_plan_create(&plan, m.graph, m.host, &(siam_plan_cfg){.batch = IMAGES}, &err));
            OK(siam_plan_alloc(plan, &err));
            OK(siam_plan_bind(plan, m.params, &err));
            open_engine(&m, types[t]);
            if (last)
                OK(types[t]->push(m.engine, m.params, true, &err));
            for (int n = IMAGES; n > 0; n -= 3) {
                const siam_val val[] = {m.vals.features, m.vals.map, m.vals.z};
                if (last && t == 0)
                    break; /* its numbers are used up */
                memset(siam_plan_input(plan), 0, (size_t)IMAGES * IMAGE * sizeof(float));
                memcpy(siam_plan_input(plan), views_of(&m, n), (size_t)n * IMAGE * sizeof(float));
                if (!last)
                    OK(siam_plan_forward(plan, &err));
                OK(types[t]->forward(m.engine, views_of(&m, n), n, &err));
                for (int k = 0; k < 3; k++) {
                    const size_t count = (size_t)n * (size_t)siam_desc_count(&m.graph->value[val[k].id]);
                    float *a = malloc(count * sizeof *a), *b = malloc(count * sizeof *b);
                    siam_plan_read(plan, val[k], n, a);
                    OK(types[t]->read(m.engine, val[k], n, b, &err));
                    if (!last && exact(t))
                        assert_memory_equal(a, b, count * sizeof *a);
                    assert_true(last || apart(a, b, count) < 1e-4);
                    for (size_t i = 0; i < count; i++)
                        assert_true(isfinite(b[i]));
                    free(a);
                    free(b);
                }
            }
            siam_plan_destroy(&plan);
            close_model(&m);
        }
}

/* ---- whole runs ---- */

static const char *save_minutes = "0";

static siam_code run(const char *out, const siam_engine_type *engine, int stop_step, bool resume)
{
    siam_config c;
    siam_optset set;
    char steps[16];
    snprintf(steps, sizeof steps, "%d", stop_step);
    const char *const with[][2] = {
        {"data.path", "synth:train=48,test=16"}, {"data.size", "16"}, {"model.width", "8"}, {"model.dim", "16"},
        {"model.arch", "resnet18"}, {"train.batch", "16"}, {"train.epochs", "2"}, {"train.accum", "2"}, {"eval.bank", "20"},
        {"run.threads", "1"}, {"run.tuning", "fixed"}, {"run.out", out}, {"train.stop_step", steps},
        {"run.resume", resume ? "true" : "false"}, {"run.log_every", "1"}, {"train.save_minutes", save_minutes},
        {"train.keep", "9"}, {NULL, NULL}};
    OK(configure(&set, &c, siam_config_options, with, &err));
    err = (siam_err){0};
    return siam_train(&set, NULL, &(siam_watch){.engine = engine}, NULL, &err);
}

static void same_file(const char *a, const char *b)
{
    char command[600];
    snprintf(command, sizeof command, "cmp '%s' '%s'", a, b);
    if (system(command))
        fail_msg("%s and %s differ", a, b);
}

/* The hash of all tensors of the checkpoint of the last step. */
static void hash_of(const char *run_folder, char hash[32])
{
    char path[256];
    siam_ckpt *c;
    snprintf(path, sizeof path, "%s/checkpoints/step-00000006.safetensors", run_folder);
    OK(siam_ckpt_open(&c, path, &err));
    snprintf(hash, 32, "%s", c->format->meta(c, "payload_xxh3"));
    siam_ckpt_close(&c);
}

/* The same weights, momentum and metrics, but for times. */
static void same_runs(const char *a, const char *b)
{
    char hash[2][32], command[600];
    hash_of(a, hash[0]);
    hash_of(b, hash[1]);
    assert_string_equal(hash[0], hash[1]);
    snprintf(command, sizeof command,
             "for r in '%s' '%s'; do sed -E 's/\"(seconds|images_per_s|data_wait|save_held|save_wrote)\":[^,}]*//g' $r/metrics.jsonl >$r.plain; done; "
             "[ $(wc -l <'%s.plain') = 8 ] && cmp '%s.plain' '%s.plain'", a, b, a, a, b);
    if (system(command))
        fail_msg("the metrics of %s and %s differ", a, b);
}

static int enter_folder(void **state)
{
    return make_folder(state) || chdir(folder);
}

static void test_whole_run(void **state)
{
    (void)state;
    scripted = (script){0};
    OK(run("host", NULL, 0, false));
    OK(run("elsewhere", &scripted_engine, 0, false));
    assert_int_equal(scripted.open, 0);
    assert_int_equal(scripted.waiting, 0);
    assert_true(scripted.calls[CALL_STEP] == 6 && scripted.calls[CALL_PULL] >= 2 && scripted.calls[CALL_FORWARD] > 0);
    assert_int_equal(scripted.most_waiting, 3); /* outcomes are asked for two steps late */
    same_runs("host", "elsewhere");

    /* Begun on one, continued on the other, both ways, in the middle of an epoch. */
    OK(run("there", NULL, 2, false));
    OK(run("there", &scripted_engine, 4, true));
    OK(run("there", NULL, 0, true));
    OK(run("back", &scripted_engine, 2, false));
    OK(run("back", NULL, 4, true));
    OK(run("back", &scripted_engine, 0, true));
    same_file("host/model.safetensors", "there/model.safetensors");
    same_file("host/model.safetensors", "back/model.safetensors");
}

static void test_linear(void **state)
{
    (void)state;
    siam_linear_result result[2];
    for (int i = 0; i < 2; i++) {
        siam_config c;
        siam_optset set;
        const char *const with[][2] = {
            {"model.path", "host"}, {"data.path", "synth:train=48,test=16"}, {"train.batch", "16"}, {"train.epochs", "2"},
            {"run.threads", "1"}, {"run.tuning", "fixed"}, {"run.out", i ? "linear-elsewhere" : "linear-host"}, {NULL, NULL}};
        scripted = (script){0};
        OK(configure(&set, &c, siam_linear_options, with, &err));
        OK(siam_linear_train(&set, NULL, &(siam_watch){.engine = i ? &scripted_engine : NULL}, &result[i], &err));
        assert_true(i == (scripted.calls[CALL_FORWARD] > 0));
        assert_int_equal(scripted.open, 0);
    }
    assert_true(result[0].top1 == result[1].top1);
    same_file("linear-host/model.safetensors", "linear-elsewhere/model.safetensors");
}

/* Whatever call fails first, the run ends with its sentence, nothing stays open, and what was saved before is good. */
static void test_each_call_fails(void **state)
{
    (void)state;
    for (int call = 0; call < CALLS; call++)
        for (int at = 1; at <= 3; at += 2) {
            char out[32];
            snprintf(out, sizeof out, "fails-%d-%d", call, at);
            scripted = (script){.fail_call = call, .fail_at = at};
            const siam_code rc = run(out, &scripted_engine, 0, false);
            const bool reached = scripted.calls[call] >= at;
            assert_int_equal(rc, reached ? SIAM_E_IO : SIAM_OK);
            if (reached)
                assert_non_null(strstr(err.msg, "the device is lost"));
            assert_int_equal(scripted.open, 0);
            assert_int_equal(scripted.waiting, 0);
            if (!reached || access(out, F_OK))
                continue;
            scripted = (script){0};
            char checkpoints[96];
            snprintf(checkpoints, sizeof checkpoints, "%s/checkpoints/step-00000003.safetensors", out);
            if (access(checkpoints, F_OK))
                continue;
            OK(run(out, &scripted_engine, 0, true)); /* the first epoch's */
            char saved[96];
            snprintf(saved, sizeof saved, "%s/model.safetensors", out);
            same_file("host/model.safetensors", saved);
        }
}

/* A loss that is not a number ends the run at its step, and nothing is saved of it, although its outcome comes late and though a save
 * is due after each step. */
static void test_nan_is_not_saved(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        const int at = 1 + i / 2;
        char out[32], want[64], saved[96];
        snprintf(out, sizeof out, "nan-%d-%d", at, i % 2);
        save_minutes = i % 2 ? "1e-9" : "0";
        snprintf(want, sizeof want, "the loss became NaN at step %d", at);
        scripted = (script){.nan_at = at};
        assert_int_equal(run(out, &scripted_engine, 0, false), SIAM_E_NUMERIC);
        assert_non_null(strstr(err.msg, want));
        for (int step = at; step <= 6; step++) {
            snprintf(saved, sizeof saved, "%s/checkpoints/step-%08d.safetensors", out, step);
            assert_true(access(saved, F_OK));
        }
        snprintf(saved, sizeof saved, "%s/checkpoints/step-00000001.safetensors", out);
        assert_true(i % 2 == 0 || at == 1 || !access(saved, F_OK)); /* that of a step before it is */
        assert_int_equal(scripted.open, 0);
    }
    save_minutes = "0";
}

/* A few images, a network that has just begun and these rates drive two machines apart within three steps, whatever they are. */
static void go_slowly(void)
{
    for (int i = 0; i < SIAM_GROUP_COUNT; i++)
        rate[i] /= 1000;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest promises[] = {cmocka_unit_test(test_steps), cmocka_unit_test(test_push_and_pull),
                                          cmocka_unit_test(test_bad_statistics), cmocka_unit_test(test_forward)};
    const struct CMUnitTest runs[] = {cmocka_unit_test(test_whole_run), cmocka_unit_test(test_linear),
                                      cmocka_unit_test(test_each_call_fails), cmocka_unit_test(test_nan_is_not_saved)};
    const struct CMUnitTest together[] = {cmocka_unit_test(test_shares), cmocka_unit_test(test_steps), cmocka_unit_test(test_forward)};
    const bool several = argc == 2 && !strcmp(argv[1], "devices");
    if (several || (argc == 2 && !strcmp(argv[1], "pjrt"))) {
        if (!getenv("SIAM_PJRT_PLUGIN"))
            return 77;
        from_type = 2;
        to_type = 3;
        go_slowly();
        devices = several ? 2 : 1;
        if (several)
            return cmocka_run_group_tests(together, enter_folder, remove_folder);
        return cmocka_run_group_tests(promises, enter_folder, remove_folder);
    }
    return cmocka_run_group_tests(promises, enter_folder, remove_folder) + cmocka_run_group_tests(runs, enter_folder, remove_folder);
}
