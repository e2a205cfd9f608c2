/* The whole SimSiam model against PyTorch in float64: forward values, gradients, running statistics and the
 * losses of 10 SGD steps, as make_golden.py stored them.
 *
 *   test_golden DIR BACKEND [RANKS|mpi]     compares DIR/golden.json with one backend; as RANKS ranks that share the
 *                                       batch, with the statistics of all of them
 *   test_golden DIR pjrt                with the device behind the plug-in in SIAM_PJRT_PLUGIN; skipped without one
 *   test_golden                         the committed folders with `ref` and `onednn`
 *
 * Weights and images are not stored; the generator here is the one described in make_golden.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "base/json.h"
#include "base/rng.h"
#include "engine/engine.h"
#include "nn/model.h"
#include "nn/plan.h"
#include "../ranks/threads.h"
#include "comm/launch.h"

enum { ENTRIES = 256, COARSE = 4 };

typedef struct golden {
    json_t *doc;
    uint64_t seed;
    int batch, size; /* images per view, of all ranks */
    int views;
    int bad;         /* comparisons that failed */
    const char *dir, *device;
    const siam_comm *comm;
    siam_backend *backend;
    siam_graph *graph, *fused;
    siam_plan *plan;     /* or */
    siam_engine *engine;
    siam_params *params;
    siam_model_vals vals;
} golden;

extern const siam_engine_type siam_engine_pjrt;

static _Thread_local siam_err err; /* of a rank */

#define OK(x) require((x), #x, __LINE__)
static void require(siam_code rc, const char *what, int line)
{
    if (!rc)
        return;
    print_error("line %d: %s: %s\n", line, what, err.msg);
    abort(); /* no other rank would go on, and cmocka knows one thread only */
}

/* ---- the generator ---- */

static siam_rng stream(uint64_t seed, const char *name)
{
    return siam_rng_key(seed, 0, siam_rng_name(name), 0, SIAM_RNG_TEST);
}

static double unit(siam_rng *r) { return (2.0 * (double)(siam_rng_u32(r) >> 8) + 1.0) * 0x1p-24 - 1.0; }

/* The row `module` + suffix, or NULL. */
static const siam_param *sibling(const siam_params *p, const siam_param *row, const char *suffix)
{
    char name[SIAM_NAME_MAX + 16];
    const int stem = (int)(strrchr(row->name, '.') - row->name);
    snprintf(name, sizeof name, "%.*s%s", stem, row->name, suffix);
    const int i = siam_params_find(p, name);
    return i < 0 ? NULL : &p->row[i];
}

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && !strcmp(s + n - m, end);
}

/* Is this of the last BatchNorm of a residual block: layerS.B.bn3, or bn2 where there is no bn3? */
static bool is_last_norm(const siam_params *p, const siam_param *row)
{
    char name[SIAM_NAME_MAX + 16];
    const char *bn = strstr(row->name, ".bn");
    if (!strstr(row->name, ".layer") || !bn)
        return false;
    snprintf(name, sizeof name, "%.*s.bn3.weight", (int)(bn - row->name), row->name);
    const bool bottleneck = siam_params_find(p, name) >= 0;
    return !strncmp(bn, bottleneck ? ".bn3." : ".bn2.", 5);
}

static void fill_row(siam_params *p, int i, uint64_t seed)
{
    const siam_param *row = &p->row[i];
    const int64_t n = siam_desc_count(&row->desc);
    float *x = siam_params_data(p, i);
    if (row->buffer) {
        for (int64_t j = 0; j < n; j++)
            x[j] = ends_with(row->name, "running_var") ? 1 : 0;
        return;
    }
    siam_rng r = stream(seed, row->name);
    const bool bias = ends_with(row->name, ".bias");
    const bool norm = sibling(p, row, ".running_mean") != NULL;
    const bool last = norm && is_last_norm(p, row);
    const siam_param *linear = norm ? NULL : sibling(p, row, ".weight");
    const double fan = linear ? (double)(siam_desc_count(&linear->desc) / linear->desc.dim[0]) : 1;
    /* BatchNorm1d is what projector and predictor have. */
    const double offset = strncmp(row->name, "backbone.", 9) ? 1.25 : 2.75;
    for (int64_t j = 0; j < n; j++) {
        const double t = unit(&r);
        double v;
        if (bias && norm)
            v = last ? (j % 2 ? -1.2 : 0) + 0.1 * t : (j % 2 ? -offset : offset) + 0.25 * t;
        else if (bias)
            v = 0.1 * t;
        else if (norm)
            v = last ? 0.2 + 0.1 * t : 1.0 + 0.2 * t;
        else
            v = sqrt(6.0 / fan) * t;
        x[j] = (float)v;
    }
}

/* This rank's share of every view; the streams are those of all images. */
static void fill_images(const golden *g, float *x)
{
    const int n = g->batch, s = g->size, share = n / g->comm->size;
    double coarse[3 * COARSE * COARSE];
    for (int view = 0; view < g->views; view++) {
        char name[16];
        snprintf(name, sizeof name, "view%d", view + 1);
        siam_rng rc = stream(g->seed, "image"), rf = stream(g->seed, name);
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < 3 * COARSE * COARSE; k++)
                coarse[k] = 1.5 * unit(&rc);
            for (int c = 0; c < 3; c++)
                for (int h = 0; h < s; h++)
                    for (int w = 0; w < s; w++) {
                        const double at = coarse[(c * COARSE + h * COARSE / s) * COARSE + w * COARSE / s] + unit(&rf);
                        if (i / share == g->comm->rank)
                            *x++ = (float)at;
                    }
        }
    }
}

/* ---- comparing ---- */

static double number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_number(v))
        fail_msg("golden.json has no number '%s'", key);
    return json_number_value(v);
}

static void complain(golden *g, const char *what, double got, double want, double tolerance)
{
    if (g->bad++ < 12)
        print_error("%s: found %.9g, expected %.9g within %.3g\n", what, got, want, tolerance);
}

/* Compare a tensor (n floats in torch's order) with its entry. Returns the worst share of the tolerance. */
static double compare(golden *g, const char *group, const char *name, const float *x, int64_t n,
                      double tolerance)
{
    char key[SIAM_NAME_MAX + 32];
    const json_t *t = json_object_get(json_object_get(g->doc, group), name);
    if (!t || (int64_t)number(t, "n") != n)
        fail_msg("golden.json has no %s '%s' of %lld numbers", group, name, (long long)n);
    const double limit = tolerance * number(t, "scale");
    const json_t *all = json_object_get(t, "all"), *at = all ? all : json_object_get(t, "at");
    snprintf(key, sizeof key, "at.%s/%s", group, name);
    siam_rng r = stream(g->seed, key);
    double norm = 0, max = 0, worst = 0;
    for (int64_t j = 0; j < n; j++) {
        norm += (double)x[j] * x[j];
        max = fabs((double)x[j]) > max ? fabs((double)x[j]) : max;
    }
    assert_int_equal(json_array_size(at), all || n <= ENTRIES ? n : ENTRIES);
    for (size_t k = 0; k < json_array_size(at); k++) {
        const int64_t j = all || n <= ENTRIES ? (int64_t)k : (int64_t)siam_rng_below(&r, (uint32_t)n);
        const double want = json_number_value(json_array_get(at, k)), off = fabs(x[j] - want);
        worst = off > worst ? off : worst;
        snprintf(key, sizeof key, "%s/%s[%lld]", group, name, (long long)j);
        if (!(off <= limit))
            complain(g, key, x[j], want, limit);
    }
    snprintf(key, sizeof key, "max of %s/%s", group, name);
    if (!(fabs(max - number(t, "max")) <= limit))
        complain(g, key, max, number(t, "max"), limit);
    /* n errors of `limit` could add up to sqrt(n) * limit */
    snprintf(key, sizeof key, "norm of %s/%s", group, name);
    if (!(fabs(sqrt(norm) - number(t, "norm")) <= limit * sqrt((double)n)))
        complain(g, key, sqrt(norm), number(t, "norm"), limit * sqrt((double)n));
    return limit > 0 ? worst / limit : 0;
}

/* ---- the model ---- */

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (!s)
        fail_msg("golden.json has no text '%s'", key);
    return s;
}

static void open_plan(golden *g)
{
    const siam_plan_cfg plan = {.batch = g->views * g->batch / g->comm->size, .training = true};
    OK(siam_fuse(&g->fused, g->graph, true, &err));
    OK(siam_plan_create(&g->plan, g->fused, g->backend, &plan, &err));
    OK(siam_plan_alloc(g->plan, &err));
    OK(siam_plan_bind(g->plan, g->params, &err));
}

static void open_engine(golden *g)
{
    const siam_engine_cfg c = {.host = g->backend, .graph = g->graph, .images = g->batch, .training = true, .loss = g->vals.loss,
                               .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd], .momentum = number(g->doc, "momentum"),
                               .weight_decay = number(g->doc, "wd"), .devices.plugin = getenv("SIAM_PJRT_PLUGIN")};
    OK(siam_engine_create(&g->engine, &siam_engine_pjrt, &c, &err));
    OK(siam_engine_pjrt.alloc(g->engine, &err));
    OK(siam_engine_pjrt.push(g->engine, g->params, false, &err));
}

static bool on_device(const golden *g) { return !strcmp(g->device, "pjrt"); }

static void build(golden *g)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/golden.json", g->dir);
    OK(siam_json_read(&g->doc, path, (size_t)1 << 30, &err));
    assert_string_equal(text(g->doc, "format"), "simsiam-golden-1");
    g->seed = (uint64_t)number(g->doc, "seed");
    g->batch = (int)number(g->doc, "batch");
    g->size = (int)number(g->doc, "size");
    g->views = json_object_get(g->doc, "views") ? (int)number(g->doc, "views") : 2;
    siam_model_cfg c = {.backbone = {.width = (int)number(g->doc, "width"),
                                     .cifar_stem = !strcmp(text(g->doc, "stem"), "cifar"),
                                     .zero_init = true},
                        .in_channels = 3,
                        .size = g->size,
                        .projector_layers = (int)number(g->doc, "projector_layers"),
                        .dim = (int)number(g->doc, "dim"),
                        .stop_gradient = true,
                        .views = g->views};
    snprintf(c.arch, sizeof c.arch, "%s", text(g->doc, "arch"));
    OK(siam_backend_open(&g->backend, on_device(g) ? "ref" : g->device, g->comm->size > 1 ? 1 : 0, &err));
    siam_backend_join(g->backend, g->comm);
    OK(siam_model_graph(&g->graph, &g->vals, &c, &err));
    OK(siam_params_create(&g->params, g->graph->param, g->graph->nparams, true, &err));
    for (int i = 0; i < g->params->n; i++)
        fill_row(g->params, i, g->seed);
    (on_device(g) ? open_engine : open_plan)(g);
}

static void destroy(golden *g)
{
    siam_plan_destroy(&g->plan);
    siam_engine_destroy(&g->engine);
    siam_params_destroy(&g->params);
    siam_graph_destroy(&g->fused);
    siam_graph_destroy(&g->graph);
    siam_backend_close(&g->backend);
    json_decref(g->doc);
}

static void compare_value(golden *g, const char *name, siam_val v, double tolerance)
{
    const int rows = g->views * g->batch;
    const int64_t n = rows * siam_desc_count(&g->graph->value[v.id]);
    float *x = malloc((size_t)n * sizeof *x);
    if (g->engine)
        OK(siam_engine_pjrt.read(g->engine, v, rows, x, &err));
    else
        siam_plan_read(g->plan, v, rows, x);
    const double share = compare(g, "values", name, x, n, tolerance);
    free(x);
    print_message("  %s: %.3f of its tolerance\n", name, share);
}

static void compare_first_step(golden *g)
{
    const json_t *tolerance = json_object_get(g->doc, "tolerance");
    const double limit[2] = {number(tolerance, "gradient"), number(tolerance, "stat")};
    if (g->comm->size == 1) {
        compare_value(g, "features", g->vals.features, number(tolerance, "value"));
        compare_value(g, "z", g->vals.z, number(tolerance, "value"));
        compare_value(g, "p", g->vals.p, number(tolerance, "value"));
    }
    double worst[2] = {0, 0};
    size_t found[2] = {0, 0};
    for (int i = 0; i < g->params->n; i++) {
        const siam_param *row = &g->params->row[i];
        const float *x = row->buffer ? g->params->buffer + row->offset : g->params->grad + row->offset;
        const double share = compare(g, row->buffer ? "stats" : "gradients", row->name, x,
                                     siam_desc_count(&row->desc), limit[row->buffer]);
        worst[row->buffer] = share > worst[row->buffer] ? share : worst[row->buffer];
        found[row->buffer]++;
    }
    assert_int_equal(found[0], json_object_size(json_object_get(g->doc, "gradients")));
    assert_int_equal(found[1], json_object_size(json_object_get(g->doc, "stats")));
    print_message("  gradients: %.3f, running statistics: %.3f of their tolerances at most\n", worst[0],
                  worst[1]);
}

/* One step; its loss. */
static double step_plan(golden *g, int s)
{
    siam_params *p = g->params;
    /* a loader refills the input every step; nothing promises that it survives a run */
    fill_images(g, siam_plan_input(g->plan));
    memset(p->grad, 0, p->count * sizeof *p->grad);
    OK(siam_plan_forward(g->plan, &err));
    const double loss = siam_plan_value(g->plan, g->vals.loss, NULL)[0];
    OK(siam_plan_backward(g->plan, 1, &err));
    if (s == 0)
        compare_first_step(g);
    OK(g->backend->type->sgd(g->backend, p->value, p->grad, p->momentum, p->count, 1, (float)number(g->doc, "lr"),
                             (float)number(g->doc, "momentum"), (float)number(g->doc, "wd"), &err));
    return loss;
}

/* An engine tells no gradients; momentum is theirs after the first step, with the decay of weights. */
static double step_engine(golden *g, int s)
{
    siam_params *p = g->params;
    siam_ticket ticket;
    siam_outcome o;
    const float lr = (float)number(g->doc, "lr"), rate[SIAM_GROUP_COUNT] = {lr, lr};
    float *images = malloc((size_t)(g->views * g->batch) * (size_t)siam_desc_count(&g->graph->value[g->graph->input]) * sizeof *images);
    fill_images(g, images);
    for (size_t i = 0; s == 0 && i < p->count; i++)
        p->grad[i] = (float)number(g->doc, "wd") * p->value[i];
    OK(siam_engine_pjrt.step(g->engine, images, rate, &ticket, &err));
    OK(siam_engine_pjrt.outcome(g->engine, ticket, &o, &err));
    free(images);
    if (s > 0)
        return o.loss;
    OK(siam_engine_pjrt.pull(g->engine, &err));
    for (size_t i = 0; i < p->count; i++)
        p->grad[i] = p->momentum[i] - p->grad[i];
    compare_first_step(g);
    return o.loss;
}

static void run_rank(const siam_comm *comm, void *share)
{
    golden *own = share, g = *own;
    g.comm = comm;
    memset(&err, 0, sizeof err);
    build(&g);
    const json_t *losses = json_object_get(g.doc, "losses"), *tolerance = json_object_get(g.doc, "tolerance");
    const int steps = (int)json_array_size(losses);
    assert_int_equal(steps, 10);
    const double first = number(tolerance, "loss_first"), last = number(tolerance, "loss_last");
    for (int s = 0; s < steps; s++) {
        char what[32];
        const double loss = (g.engine ? step_engine : step_plan)(&g, s), want = json_number_value(json_array_get(losses, (size_t)s));
        const double limit = first * pow(last / first, (double)s / (steps - 1));
        snprintf(what, sizeof what, "loss of step %d", s + 1);
        if (s == 0 || s == steps - 1)
            print_message("  %s: %.3f of its tolerance\n", what, fabs(loss - want) / limit);
        if (!(fabs(loss - want) <= limit))
            complain(&g, what, loss, want, limit);
    }
    own->bad = g.bad;
    destroy(&g);
}

static void run_golden(const char *dir, const char *backend, int ranks)
{
    golden g[4];
    assert_in_range(ranks, 1, 4);
    for (int i = 0; i < ranks; i++)
        g[i] = (golden){.dir = dir, .device = backend};
    print_message("%s with %s, ranks: %d\n", dir, backend, ranks);
    run_ranks(ranks, run_rank, g, sizeof *g);
    for (int i = 0; i < ranks; i++)
        if (g[i].bad)
            fail_msg("%d comparisons failed on rank %d", g[i].bad, i);
}

static void test_one(void **state)
{
    char **arg = *state;
    run_golden(arg[1], arg[2], arg[3] ? atoi(arg[3]) : 1);
}

/* The other ranks have not come in time. */
static void end_now(const siam_err *e)
{
    fprintf(stderr, "%s\n", e->msg);
    _exit(siam_exit_code(e->code));
}

/* One of the ranks that mpirun has started. */
static int run_mpi(char **arg)
{
    golden g = {.dir = arg[1], .device = arg[2]};
    const siam_comm *c;
    OK(siam_comm_open(&c, end_now, &err));
    if (c->size == 1)
        require(SIAM_E_BUG, "mpirun has started one rank only", __LINE__);
    run_rank(c, &g);
    printf("rank %d of %d, %s: %d comparisons failed\n", c->rank, c->size, c->type->about(c), g.bad);
    const int status = g.bad != 0;
    siam_comm_close(c, status);
    return status;
}

static void test_committed(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    char dir[4096];
    for (int i = 0; i < 4; i++) {
        snprintf(dir, sizeof dir, "%s/tests/golden/%s", source ? source : ".",
                 i % 2 ? "resnet50_w16" : "resnet18_w16");
        run_golden(dir, i < 2 ? "ref" : "onednn", 1);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[2], "pjrt") && !getenv("SIAM_PJRT_PLUGIN"))
        return 77;
    if (argc == 4 && !strcmp(argv[3], "mpi"))
        return run_mpi(argv);
    if (argc == 3 || argc == 4) {
        const struct CMUnitTest one[] = {cmocka_unit_test_prestate(test_one, argv)};
        return cmocka_run_group_tests(one, NULL, NULL);
    }
    const struct CMUnitTest all[] = {cmocka_unit_test(test_committed)};
    if (argc != 1) {
        fprintf(stderr, "usage: test_golden [DIR BACKEND [RANKS|mpi]]\n");
        return 2;
    }
    return cmocka_run_group_tests(all, NULL, NULL);
}
