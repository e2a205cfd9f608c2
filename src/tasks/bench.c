/* simsiam bench. The step is what one step of training computes, on random images: forward, backward and SGD.
 * The loader is what one step of training waits for: two augmented views of each image of a data set. */
#include "tasks/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "data/loader.h"
#include "nn/model.h"
#include "nn/plan.h"
#include "optim/optim.h"
#include "tasks/config.h"
#include "tasks/machine.h"
#include "tasks/tuning.h"

enum { SMALL = 64, ARCH_MAX = 16 };
static const double MEASURE_SECONDS = 0.5; /* of one measurement, at least one step */

typedef struct bench {
    const siam_bench_request *r;
    FILE *out;
    json_t *rows; /* NULL: text */
    siam_backend *backend;
    siam_tuner *tuner;
} bench;

static int batch_of(const siam_bench_request *r, int size)
{
    return r->batch ? r->batch : size <= SMALL ? 128 : 16;
}

static void add(bench *b, const char *arch, int size, const char *what, double ms)
{
    const int batch = batch_of(b->r, size);
    const double rate = 1e3 * batch / ms;
    if (b->rows) {
        json_array_append_new(b->rows,
                              json_pack("{s:s?, s:i, s:i, s:s, s:f, s:f}", "arch", arch, "size", size,
                                        "batch", batch, "what", what, "images_per_s", rate, "ms", ms));
        return;
    }
    fprintf(b->out, "%-10s %5d %6d  %-5s %12.1f %12.2f\n", arch ? arch : "-", size, batch, what, rate, ms);
    fflush(b->out);
}

/* A training step that can be run over and over. */
typedef struct stepper {
    siam_graph *graph;
    siam_plan *plan;
    siam_params *params;
    const siam_optimizer *optimizer;
    siam_backend *backend;
} stepper;

static void stepper_close(stepper *s)
{
    siam_plan_destroy(&s->plan);
    siam_params_destroy(&s->params);
    siam_graph_destroy(&s->graph);
}

static siam_code step(stepper *s, siam_err *e)
{
    static const float lr[SIAM_GROUP_COUNT] = {0.01f, 0.01f};
    memset(s->params->grad, 0, s->params->count * sizeof(float));
    SIAM_TRY(siam_plan_forward(s->plan, e));
    SIAM_TRY(siam_plan_backward(s->plan, 1, e));
    return s->optimizer->step(s->backend, s->params, lr, 0.9f, 1e-4f, e);
}

/* Refuse before anything big is allocated. */
static siam_code check_memory(const siam_plan *p, int batch, siam_err *e)
{
    const siam_plan_memory m = siam_plan_bytes(p);
    const size_t need = m.activations + m.scratch + m.folded, have = siam_memory_available();
    if (need <= have)
        return SIAM_OK;
    siam_fail(e, SIAM_E_NOMEM, "a step of %d images needs %.2f GiB, but %.2f GiB are available", batch,
              (double)need / (1 << 30), (double)have / (1 << 30));
    siam_hint(e, "simsiam bench --batch %d", batch / 2 > 1 ? batch / 2 : 2);
    return SIAM_E_NOMEM;
}

static siam_code stepper_open(stepper *s, const bench *b, const char *arch, int size, siam_err *e)
{
    const bool small = size <= SMALL;
    const int batch = batch_of(b->r, size);
    siam_model_vals v;
    siam_model_cfg c = {
        .backbone = {.width = b->r->width, .cifar_stem = small, .zero_init = true},
        .in_channels = 3,
        .size = size,
        .projector_layers = small ? 2 : 3,
        .dim = b->r->dim,
        .stop_gradient = true,
    };
    snprintf(c.arch, sizeof c.arch, "%s", arch);
    s->backend = b->backend;
    s->optimizer = siam_optimizers[0];
    SIAM_TRY(siam_model_graph(&s->graph, &v, &c, e));
    /* By rule first, so that a step too large is refused before anything is timed. */
    siam_plan_cfg plan = {.batch = 2 * batch, .training = true};
    SIAM_TRY(siam_plan_create(&s->plan, s->graph, b->backend, &plan, e));
    SIAM_TRY(check_memory(s->plan, batch, e));
    siam_plan_destroy(&s->plan);
    plan.tuner = b->tuner;
    SIAM_TRY(siam_plan_create(&s->plan, s->graph, b->backend, &plan, e));
    SIAM_TRY(siam_params_create(&s->params, s->graph->param, s->graph->nparams, true, e));
    SIAM_TRY(check_memory(s->plan, batch, e));
    SIAM_TRY(siam_plan_alloc(s->plan, e));
    siam_params_init(s->params, 0);
    SIAM_TRY(siam_plan_bind(s->plan, s->params, e));
    siam_rng rng = siam_rng_key(0, 0, 0, 0, SIAM_RNG_TEST);
    float *x = siam_plan_input(s->plan);
    const size_t n = (size_t)2 * (size_t)batch * 3 * (size_t)size * (size_t)size;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&rng, -2, 2);
    return SIAM_OK;
}

/* One step with every operation timed, the slowest first. */
static int slower(const void *a, const void *b)
{
    const siam_plan_row *x = a, *y = b;
    const double dx = x->forward_ms + x->backward_ms, dy = y->forward_ms + y->backward_ms;
    return (dx < dy) - (dx > dy);
}

static siam_code profile(stepper *s, const bench *b, siam_err *e)
{
    const int n = siam_plan_rows(s->plan);
    siam_plan_row *row = malloc((size_t)(n ? n : 1) * sizeof *row);
    if (!row)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the profile");
    siam_plan_profile(s->plan, true);
    const siam_code rc = step(s, e);
    siam_plan_profile(s->plan, false);
    double forward = 0, backward = 0;
    for (int i = 0; i < n; i++) {
        row[i] = siam_plan_row_at(s->plan, i);
        forward += row[i].forward_ms;
        backward += row[i].backward_ms;
    }
    qsort(row, (size_t)n, sizeof *row, slower);
    if (!rc)
        fprintf(b->out, "\n%9s %9s  %-14s %-30s %s\n", "fwd ms", "bwd ms", "kind", "layer", "implementation");
    for (int i = 0; i < n && !rc; i++)
        fprintf(b->out, "%9.3f %9.3f  %-14s %-30s %s%s%s\n", row[i].forward_ms, row[i].backward_ms,
                row[i].kind, row[i].name, row[i].impl, row[i].variant[0] ? ": " : "", row[i].variant);
    if (!rc)
        fprintf(b->out, "%9.3f %9.3f  total\n\n", forward, backward);
    free(row);
    return rc;
}

static siam_code bench_step(bench *b, const char *arch, int size, siam_err *e)
{
    stepper s = {0};
    double best = 0;
    siam_code rc;
    SIAM_TRY_OUT(rc, stepper_open(&s, b, arch, size, e));
    SIAM_TRY_OUT(rc, step(&s, e)); /* warm up: pages, caches, clock */
    for (int i = 0; i < b->r->repeat; i++) {
        const double begin = siam_clock();
        int n = 0;
        do {
            SIAM_TRY_OUT(rc, step(&s, e));
            n++;
        } while (siam_clock() - begin < MEASURE_SECONDS);
        const double ms = 1e3 * (siam_clock() - begin) / n;
        best = i == 0 || ms < best ? ms : best;
    }
    add(b, arch, size, "step", best);
    if (b->r->profile && !b->rows)
        rc = profile(&s, b, e);
out:
    stepper_close(&s);
    return rc;
}

/* The next batch, starting another epoch at the end of one. */
static siam_code next_batch(siam_loader *l, int *epoch, siam_err *e)
{
    const siam_batch *batch = NULL;
    SIAM_TRY(siam_loader_get(l, &batch, e));
    if (batch)
        return SIAM_OK;
    SIAM_TRY(siam_loader_epoch(l, ++*epoch, 0, e));
    SIAM_TRY(siam_loader_get(l, &batch, e));
    return batch ? SIAM_OK : siam_fail(e, SIAM_E_CONFIG, "the batch is larger than the data set");
}

static siam_code loader_open(siam_loader **out, const siam_dataset *d, const bench *b, int size, siam_err *e)
{
    siam_config c = {0};
    siam_optset set;
    siam_optset_init(&set, siam_config_options, &c);
    c.data_size = size;
    if (size <= SMALL)
        c.aug_blur_p = 0; /* as the recipes for small images */
    siam_loader_cfg cfg = {
        .batch = batch_of(b->r, size),
        .views = 2,
        .workers = b->r->workers ? b->r->workers : b->backend->threads,
        .slots = 4,
        .drop_last = true,
        .aug = siam_config_aug(&c),
    };
    siam_config_norm(&c, cfg.mean, cfg.std);
    return siam_loader_create(out, d, &cfg, e);
}

static siam_code bench_load(bench *b, int size, siam_err *e)
{
    siam_dataset *d = NULL;
    siam_loader *l = NULL;
    int epoch = 0;
    double best = 0;
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_dataset_open(&d, b->r->data, SIAM_SPLIT_TRAIN, size, e));
    SIAM_TRY_OUT(rc, loader_open(&l, d, b, size, e));
    SIAM_TRY_OUT(rc, siam_loader_epoch(l, 0, 0, e));
    for (int i = 0; i < 8; i++) /* twice the ring, so that what is timed is work and not what was ready */
        SIAM_TRY_OUT(rc, next_batch(l, &epoch, e));
    for (int i = 0; i < b->r->repeat; i++) {
        const double begin = siam_clock();
        int n = 0;
        do {
            SIAM_TRY_OUT(rc, next_batch(l, &epoch, e));
            n++;
        } while (siam_clock() - begin < MEASURE_SECONDS || n < 8);
        const double ms = 1e3 * (siam_clock() - begin) / n;
        best = i == 0 || ms < best ? ms : best;
    }
    add(b, NULL, size, "load", best);
out:
    siam_loader_destroy(&l);
    siam_dataset_close(&d);
    return rc;
}

/* Split "a,b" in place; -1 when there are too many or an empty one. */
static int split(char *text, char *part[], int max)
{
    int n = 0;
    for (char *p = text; p;) {
        char *comma = strchr(p, ',');
        if (comma)
            *comma = '\0';
        if (n == max || !*p)
            return -1;
        part[n++] = p;
        p = comma ? comma + 1 : NULL;
    }
    return n;
}

/* What is asked for, checked before anything is timed. */
static siam_code parse(const siam_bench_request *r, char arch[256], char *name[ARCH_MAX], int *count,
                       bool *steps, bool *loads, siam_err *e)
{
    snprintf(arch, 256, "%s", r->arch);
    *count = split(arch, name, ARCH_MAX);
    if (*count < 0)
        return siam_fail(e, SIAM_E_USAGE, "option --arch takes names separated by commas, got \"%s\"",
                         r->arch);
    for (int i = 0; i < *count; i++) {
        int variant;
        if (siam_backbone_find(name[i], &variant))
            continue;
        siam_fail(e, SIAM_E_USAGE, "there is no architecture \"%s\"", name[i]);
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    char what[64], *word[4];
    snprintf(what, sizeof what, "%s", r->what);
    const int n = split(what, word, 4);
    for (int i = 0; i < n; i++) {
        *steps = *steps || !strcmp(word[i], "step");
        *loads = *loads || !strcmp(word[i], "load");
        if (strcmp(word[i], "step") && strcmp(word[i], "load"))
            return siam_fail(e, SIAM_E_USAGE, "option --what takes step, load or both, got \"%s\"", word[i]);
    }
    if (n <= 0)
        return siam_fail(e, SIAM_E_USAGE, "option --what takes step, load or both, got \"%s\"", r->what);
    if (!r->size.n)
        return siam_fail(e, SIAM_E_USAGE, "option --size needs at least one number");
    for (int i = 0; i < r->size.n; i++)
        if (r->size.v[i] != (int)r->size.v[i])
            return siam_fail(e, SIAM_E_USAGE, "option --size takes whole numbers, got %g", r->size.v[i]);
    return SIAM_OK;
}

static siam_code run(bench *b, char *const name[], int narch, bool steps, bool loads, siam_err *e)
{
    char machine[600];
    siam_machine_name(b->backend, machine, sizeof machine);
    if (!b->rows)
        fprintf(b->out, "%s\n%-10s %5s %6s  %-5s %12s %12s\n", machine, "arch", "size", "batch", "what",
                "images/s", "ms");
    for (int i = 0; i < b->r->size.n; i++) {
        for (int k = 0; steps && k < narch; k++)
            SIAM_TRY(bench_step(b, name[k], (int)b->r->size.v[i], e));
        if (loads)
            SIAM_TRY(bench_load(b, (int)b->r->size.v[i], e));
    }
    return SIAM_OK;
}

siam_code siam_bench(const siam_bench_request *r, FILE *out, siam_err *e)
{
    bench b = {.r = r, .out = out};
    char arch[256], *name[ARCH_MAX];
    int narch = 0;
    bool steps = false, loads = false;
    SIAM_TRY(parse(r, arch, name, &narch, &steps, &loads, e));
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_backend_open(&b.backend, r->device, r->threads, e));
    SIAM_TRY_OUT(rc, siam_tuning_open(&b.tuner, b.backend, "auto", NULL, e));
    b.rows = r->json ? json_array() : NULL;
    rc = run(&b, name, narch, steps, loads, e);
    siam_tuning_remember(b.tuner, b.backend, "auto");
    if (!rc && b.rows) {
        json_t *j = json_pack("{s:O}", "bench", b.rows);
        json_dumpf(j, out, JSON_INDENT(2));
        fputc('\n', out);
        json_decref(j);
    }
out:
    json_decref(b.rows);
    siam_tuner_destroy(&b.tuner);
    siam_backend_close(&b.backend);
    return rc;
}
