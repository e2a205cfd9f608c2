/* Whole runs of `linear` and `knn` on a frozen encoder against PyTorch in float64, as make_probe_golden.py stored them.
 * linear: loss and rate of every step, top-1 and top-5 of every epoch, all heads with their momentum and records, both
 * models, the result. knn: how many queries are answered right with every k and temperature.
 *
 *   test_probe FILE BACKEND linear|knn     compares one list of FILE, probe.json, with the runs of one backend
 *
 * Neither images nor weights are stored; the script's first lines say how both sides make them. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden_run.h"
#include "model/encoder.h"
#include "tasks/task_knn.h"
#include "train/linear.h"

#define ENCODER "encoder.safetensors"
static const siam_norm norm = {{0.5f, 0.45f, 0.4f}, {0.25f, 0.24f, 0.22f}};

static char **argument;

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static bool is_true(const json_t *o, const char *key) { return json_is_true(golden_member(o, key)); }

/* ---- the encoder ---- */

/* The batch norms get statistics and parameters of their own. */
static void make_statistics(const golden *g, siam_params *p)
{
    for (int i = 0; i < p->n; i++) {
        const char *name = p->row[i].name;
        const int64_t n = siam_desc_count(&p->row[i].desc);
        const double last = ends_with(name, "bn2.weight") ? 0.25 : 1;
        double first = 1.5 * last, factor = last;
        if (p->row[i].desc.ndim > 1)
            continue;
        if (ends_with(name, ".bias")) {
            first = -0.75;
            factor = 1;
        } else if (ends_with(name, ".running_mean")) {
            first = -0.25;
            factor = 0.5;
        } else if (ends_with(name, ".running_var")) {
            first = 0.5;
            factor = 1;
        }
        float *x = siam_params_data(p, i);
        siam_rng r = golden_stream(g, name);
        for (int64_t j = 0; j < n; j++)
            x[j] = (float)(first + factor * siam_rng_unit(&r));
    }
}

/* encoder.safetensors, where the case has an encoder of its own. */
static void write_encoder(const golden *g)
{
    const json_t *c = golden_member(g->one, "encoder");
    siam_encoder *enc;
    siam_atomic file;
    if (json_is_null(c))
        return;
    siam_model_cfg m = {.in_channels = 3, .size = (int)golden_number(c, "size"),
                        .backbone = {.width = (int)golden_number(c, "width"), .zero_init = true,
                                     .cifar_stem = !strcmp(golden_string(c, "stem"), "cifar")}};
    snprintf(m.arch, sizeof m.arch, "%s", golden_string(c, "arch"));
    OK(siam_encoder_random(&enc, &m, &norm, g->seed, &golden_err));
    make_statistics(g, enc->params);
    OK(siam_atomic_open(&file, ENCODER, &golden_err));
    const siam_encoder_meta meta = {.cfg = &enc->cfg, .norm = &norm, .trained_on = "nothing"};
    OK(siam_encoder_save(&file, enc->params, &meta, &golden_err));
    siam_encoder_close(&enc);
}

/* ---- linear ---- */

/* A share of the held-out images; metrics.jsonl has 9 digits. */
static void compare_hits(golden *g, int64_t at, const json_t *got, const json_t *want, const char *key)
{
    char what[64];
    snprintf(what, sizeof what, "%s of epoch %" PRId64, key, at);
    golden_compare(g, what, golden_number(got, key) * golden_number(g->one, "test"), golden_number(want, key), 1e-6);
}

static void compare_row(golden *g, const char *of, const json_t *got, const json_t *want, int64_t at)
{
    const double rate = golden_tolerance(g, "lr") * golden_number(want, "lr");
    const double share = golden_compare_metric(g, of, at, got, "loss", want, "loss", golden_tolerance(g, "loss"));
    g->worst[0] = fmax(g->worst[0], share);
    golden_compare_metric(g, of, at, got, "lr", want, "lr", rate);
}

static void compare_step(golden *g, const json_t *got, const json_t *want, int64_t at)
{
    compare_row(g, "step", got, want, at);
}

static void compare_epoch(golden *g, const json_t *got, const json_t *want, int64_t at)
{
    compare_row(g, "epoch", got, want, at);
    compare_hits(g, at, got, want, "top1");
    compare_hits(g, at, got, want, "top5");
}

/* The heads' records are text beside the tensors. */
static void compare_records(golden *g, const siam_ckpt *state)
{
    char key[64];
    const char *name;
    json_t *want;
    const json_t *heads = golden_member(g->one, "head");
    golden_compare(g, "siam.lead", strtod(state->format->meta(state, "siam.lead"), NULL), golden_number(g->one, "lead"), 0);
    for (size_t k = 0; k < json_array_size(heads); k++)
        json_object_foreach(json_array_get(heads, k), name, want)
        {
            snprintf(key, sizeof key, "siam.head%zu.%s", k, name);
            const char *text = state->format->meta(state, key);
            assert_non_null(text);
            golden_compare(g, key, strtod(text, NULL), json_number_value(want), 0);
        }
}

/* The encoder of a model is what was read, bit for bit. */
static void compare_encoder(const siam_ckpt *model)
{
    siam_ckpt *from;
    OK(siam_ckpt_open(&from, ENCODER, &golden_err));
    assert_int_equal(from->format->count(from) + 2, model->format->count(model)); /* fc.weight and fc.bias */
    for (int i = 0; i < from->format->count(from); i++) {
        const char *name = from->format->entry(from, i)->name;
        int64_t n, same;
        float *x = golden_read_tensor(from, name, &n), *y = golden_read_tensor(model, name, &same);
        assert_int_equal(n, same);
        assert_memory_equal(x, y, (size_t)n * sizeof *x);
        free(x);
        free(y);
    }
    siam_ckpt_close(&from);
}

/* The classifier of model-last.safetensors is the leading head. */
static void compare_last(const golden *g, const siam_ckpt *last, const siam_ckpt *state)
{
    static const char *const part[2] = {"weight", "bias"};
    const int lead = (int)golden_number(g->one, "lead");
    for (int i = 0; i < 2; i++) {
        char name[32], head[32];
        int64_t n, same;
        snprintf(name, sizeof name, "fc.%s", part[i]);
        if (lead)
            snprintf(head, sizeof head, "fc.%d.%s", lead, part[i]);
        else
            snprintf(head, sizeof head, "%s", name);
        float *x = golden_read_tensor(last, name, &n), *y = golden_read_tensor(state, head, &same);
        assert_int_equal(n, same);
        assert_memory_equal(x, y, (size_t)n * sizeof *x);
        free(x);
        free(y);
    }
}

static void compare_tensors(golden *g)
{
    siam_ckpt *state, *best, *last;
    const char *name, *most = "";
    char path[64];
    json_t *want;
    snprintf(path, sizeof path, "run/checkpoints/step-%08zu.safetensors", json_array_size(golden_member(g->one, "step")));
    OK(siam_ckpt_open(&state, path, &golden_err));
    OK(siam_ckpt_open(&best, "run/model.safetensors", &golden_err));
    OK(siam_ckpt_open(&last, "run/model-last.safetensors", &golden_err));
    json_object_foreach((json_t *)(uintptr_t)golden_member(g->one, "tensor"), name, want) /* not changed */
    {
        char own[SIAM_NAME_MAX];
        const bool of_best = !strncmp(name, "best.", 5);
        snprintf(own, sizeof own, "%s%s", of_best ? "fc." : "", of_best ? name + 5 : name);
        const double share = golden_compare_entry(g, of_best ? best : state, own, name);
        if (share > g->worst[1]) {
            g->worst[1] = share;
            most = name;
        }
    }
    print_message("  losses: %.3f, tensors: %.3f of their tolerances at most, %s\n", g->worst[0], g->worst[1], most);
    compare_records(g, state);
    compare_last(g, last, state);
    if (!json_is_null(golden_member(g->one, "encoder"))) {
        compare_encoder(best);
        compare_encoder(last);
    }
    siam_ckpt_close(&state);
    siam_ckpt_close(&best);
    siam_ckpt_close(&last);
}

static void compare_result(golden *g, const siam_linear_result *r)
{
    const json_t *want = golden_member(g->one, "result");
    const double n = golden_number(g->one, "test");
    golden_compare(g, "top-1 of the result", r->top1 * n, golden_number(want, "top1"), 1e-9);
    golden_compare(g, "top-5 of the result", r->top5 * n, golden_number(want, "top5"), 1e-9);
    golden_compare(g, "epoch of the result", r->epoch, golden_number(want, "epoch"), 0);
    golden_compare(g, "rate of the result", r->lr, golden_number(want, "lr"), 0);
    assert_string_equal(r->out, "run");
}

static void run_linear(golden *g)
{
    siam_linear_result result;
    g->seed = strtoull(golden_string(golden_member(g->one, "set"), "train.seed"), NULL, 10);
    golden_write_data(g);
    write_encoder(g);
    golden_configure(g, siam_linear_options);
    siam_aug_cfg aug = siam_config_aug(&g->cfg);
    aug.size = (int)golden_number(g->one, "size");
    if (!g->cfg.linear_cache_features)
        golden_compare_pixels(g, 1, false, &aug);
    OK(siam_linear_train(&g->set, NULL, &(siam_watch){0}, &result, &golden_err));
    golden_compare_metrics(g, compare_step, compare_epoch);
    compare_tensors(g);
    compare_result(g, &result);
}

/* ---- kNN ---- */

static siam_list list_of(const json_t *o, const char *key)
{
    const json_t *from = golden_member(o, key);
    siam_list l = {.n = (int)json_array_size(from)};
    for (int i = 0; i < l.n; i++)
        l.v[i] = golden_entry(from, i);
    return l;
}

static void run_knn(golden *g)
{
    const json_t *c = g->one, *right = golden_member(c, "right");
    const bool own = !json_is_null(golden_member(c, "encoder"));
    double top1[SIAM_LIST_MAX * SIAM_LIST_MAX];
    char what[96];
    g->seed = (uint64_t)golden_number(c, "seed");
    golden_write_data(g);
    write_encoder(g);
    siam_knn_request r = {.scan = {.data = "data", .threads = 1, .model = {.model = golden_string(c, "model"), .seed = g->seed}},
                          .bank = (int32_t)golden_number(c, "bank"),
                          .leave_one_out = is_true(c, "leave_one_out"), .k = list_of(c, "k"),
                          .temperature = list_of(c, "temperature")};
    snprintf(r.scan.device, sizeof r.scan.device, "%s", g->backend);
    if (!own) {
        r.scan.model.width = (int32_t)golden_number(c, "width");
        r.scan.model.size = (int32_t)golden_number(c, "size");
    }
    OK(siam_knn_measure(&r, top1, &golden_err));
    assert_int_equal(json_array_size(right), r.k.n * r.temperature.n);
    for (int i = 0; i < r.k.n * r.temperature.n; i++) {
        snprintf(what, sizeof what, "right answers with k %g, T %g", r.k.v[i / r.temperature.n],
                 r.temperature.v[i % r.temperature.n]);
        golden_compare(g, what, top1[i] * golden_number(c, "queries"), golden_entry(right, i), 1e-9);
    }
}

/* ---- */

static void probes(void **state)
{
    (void)state;
    void (*const run)(golden *) = strcmp(argument[3], "knn") ? run_linear : run_knn;
    const int bad = golden_run_cases(argument[1], "simsiam-probe-1", argument[3], argument[2], run);
    if (bad)
        fail_msg("%d comparisons failed", bad);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(probes)};
    if (argc != 4) {
        fprintf(stderr, "usage: test_probe FILE BACKEND linear|knn\n");
        return 2;
    }
    argument = argv;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
