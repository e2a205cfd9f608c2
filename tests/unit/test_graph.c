/* Graphs of the published networks: their parameters, their shapes, and parameter tables that do not fit them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nn/model.h"
#include "nn/plan.h"

static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static siam_model_cfg model(const char *arch, int width, int classes)
{
    siam_model_cfg m = {.backbone = {.width = width}, .in_channels = 3, .size = 64, .classes = classes};
    snprintf(m.arch, sizeof m.arch, "%s", arch);
    return m;
}

static int64_t parameters(const siam_graph *g)
{
    int64_t n = 0;
    for (int i = 0; i < g->nparams; i++)
        n += g->param[i].buffer ? 0 : siam_desc_count(&g->param[i].desc);
    return n;
}

/* What torchvision's models have, the classifier of 1,000 classes with its bias included. */
static void torchvisions_counts(void **state)
{
    (void)state;
    static const struct {
        const char *arch;
        int64_t parameters, features;
    } rows[] = {{"resnet18", 11689512, 512}, {"resnet34", 21797672, 512}, {"resnet50", 25557032, 2048},
                {"resnet101", 44549160, 2048}, {"resnet152", 60192808, 2048}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_model_cfg m = model(rows[i].arch, 64, 1000);
        siam_graph *g;
        siam_model_vals v;
        must(siam_encoder_graph(&g, &v, &m, SIAM_PART_LOGITS, &err));
        if (parameters(g) != rows[i].parameters)
            fail_msg("%s has %lld parameters, not %lld", rows[i].arch, (long long)parameters(g), (long long)rows[i].parameters);
        assert_int_equal(g->value[v.features.id].dim[1], rows[i].features);
        siam_graph_destroy(&g);
        must(siam_encoder_graph(&g, &v, &m, 0, &err));
        assert_int_equal(parameters(g), rows[i].parameters - 1000 * (rows[i].features + 1));
        siam_graph_destroy(&g);
    }
}

/* Every second row and column, the first included: as many as a 1x1 convolution of that stride has. */
static void shortcuts_of_any_size(void **state)
{
    (void)state;
    for (int stride = 1; stride <= 3; stride++)
        for (int h = 1; h <= 9; h++)
            for (int w = 1; w <= 9; w++) {
                siam_graph *g = siam_graph_create(1);
                assert_non_null(g);
                const siam_val x = siam_input(g, 4, h, w);
                const siam_val a = siam_shortcut_a(g, x, 8, stride);
                const siam_val b = siam_conv2d(g, x, "conv", 8, 1, stride, 0);
                assert_true(siam_desc_eq(&g->value[a.id], &g->value[b.id]));
                must(siam_graph_finish(g, siam_add(g, a, b), &err));
                siam_graph_destroy(&g);
            }
}

/* Parameters of another shape, or of fewer layers, are not taken. */
static void tables_fit_or_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *arch;
        int width, classes;
        const char *word; /* NULL: they fit */
    } rows[] = {{"resnet18", 16, 10, NULL},
                {"resnet18", 32, 10, "has another shape than this network needs"},
                {"resnet18", 16, 11, "tensor 'fc.weight' of the model has another shape"},
                {"resnet50", 16, 10, "has another shape than this network needs"},
                {"resnet34", 16, 10, NULL}, /* it has all layers, and more */
                {"resnet18", 16, 0, "has no tensor 'fc.weight'"}};
    const siam_model_cfg m = model("resnet18", 16, 10);
    siam_graph *g;
    siam_model_vals v;
    siam_backend *b;
    siam_plan *plan;
    must(siam_backend_open(&b, "auto", 1, &err));
    must(siam_encoder_graph(&g, &v, &m, SIAM_PART_LOGITS, &err));
    must(siam_plan_create(&plan, g, b, &(siam_plan_cfg){.batch = 1, .map_type = SIAM_F32}, &err));
    must(siam_plan_alloc(plan, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_model_cfg other = model(rows[i].arch, rows[i].width, rows[i].classes);
        siam_graph *theirs;
        siam_params *p;
        siam_err e = {0};
        must(siam_encoder_graph(&theirs, &v, &other, rows[i].classes ? SIAM_PART_LOGITS : 0, &err));
        must(siam_params_create(&p, theirs->param, theirs->nparams, false, &err));
        const siam_code rc = siam_plan_bind(plan, p, &e);
        assert_int_equal(rc, rows[i].word ? SIAM_E_DATA : SIAM_OK);
        if (rows[i].word && !strstr(e.msg, rows[i].word))
            fail_msg("'%s' is not in: %s", rows[i].word, e.msg);
        siam_params_destroy(&p);
        siam_graph_destroy(&theirs);
    }
    siam_plan_destroy(&plan);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(torchvisions_counts), cmocka_unit_test(shortcuts_of_any_size),
                                       cmocka_unit_test(tables_fit_or_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
