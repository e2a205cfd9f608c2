/* Programs in StableHLO, as text: every operation can be written, the same graph gives the same bytes in any locale, numbers stand
 * as their bits, what is read is made before, and a few small programs are as they are kept beside this test (tests/unit/hlo;
 * with SIMSIAM_WRITE set they are written anew). That they compute what ref does is tests/ops/test_pjrt.c's, where a plug-in is. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../ops/cases.h"
#include "nn/hlo/case.h"
#include "nn/hlo/network.h"
#include "nn/hlo/op.h"
#include "nn/model.h"

static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

/* ---- programs ---- */

static siam_hlo_program *of_graph(const siam_graph *g, const siam_hlo_cfg *c)
{
    siam_hlo_program *p;
    must(siam_hlo_program_create(&p, g, c, &err));
    return p;
}

static siam_hlo_program *of_case(siam_case c, bool half, const siam_backend *ref)
{
    siam_hlo_program *p;
    siam_case_data data;
    siam_op_desc d = siam_case_desc(&c);
    must(siam_case_create(&data, &d, 1, &err));
    c.flags |= half ? SIAM_CASE_BF16 : 0;
    siam_case_layouts(&c, ref, &d);
    must(siam_hlo_program_of_op(&p, &d, data.desc, &err));
    siam_case_release(&data);
    return p;
}

/* Every operation that a network for small images has, with a shortcut, pooling, and a projector. */
static siam_graph *small_with(int views, bool stop, bool own_statistics, siam_val *loss)
{
    siam_graph *g = siam_graph_create(views);
    g->bn_per_rank = own_statistics;
    siam_val x = siam_input(g, 3, 8, 8);
    x = siam_relu(g, siam_batchnorm(g, siam_conv2d(g, x, "conv1", 4, 3, 1, 1), "bn1", true, false));
    x = siam_maxpool(g, x, 2, 2, 0);
    siam_val y = siam_batchnorm(g, siam_conv2d(g, x, "conv2", 8, 3, 2, 1), "bn2", true, true);
    x = siam_relu(g, siam_add(g, y, siam_shortcut_a(g, x, 8, 2)));
    x = siam_global_avgpool(g, x);
    const siam_val z = siam_batchnorm(g, siam_linear(g, x, "projector.0", 6, false), "projector.1", false, false);
    g->group = SIAM_GROUP_PREDICTOR;
    const siam_val p = siam_linear(g, z, "predictor.0", 6, true);
    *loss = siam_neg_cosine(g, p, stop ? siam_detach(g, z) : z);
    siam_keep(g, z);
    must(siam_graph_finish(g, *loss, &err));
    return g;
}

static siam_graph *small(int views, bool stop, siam_val *loss) { return small_with(views, stop, false, loss); }

static siam_graph *small_encoder(siam_val *out)
{
    siam_graph *g = siam_graph_create(1);
    siam_val x = siam_input(g, 3, 8, 8);
    x = siam_relu(g, siam_batchnorm(g, siam_conv2d(g, x, "conv1", 4, 3, 1, 1), "bn1", true, false));
    const siam_val a = siam_batchnorm(g, siam_conv2d(g, x, "conv2", 4, 3, 1, 1), "bn2", true, false);
    x = siam_relu(g, siam_add(g, a, x));
    siam_keep(g, x);
    *out = siam_global_avgpool(g, x);
    must(siam_graph_finish(g, *out, &err));
    return g;
}

/* ---- what is said of every text ---- */

typedef struct scan {
    const char *text;
    bool *made; /* values by number */
    int most;
} scan;

/* "%12" at s -> 12. */
static int number_at(const char *s) { return (int)strtol(s + 1, NULL, 10); }

static void fail_line(const char *line, const char *what) { fail_msg("%s: %.*s", what, (int)strcspn(line, "\n"), line); }

static void check_numbers(const char *line)
{
    for (const char *s = strstr(line, "dense<"); s && s < strchr(line, '\n'); s = strstr(s + 1, "dense<")) {
        const bool real = strstr(s, "tensor<f32>") || strstr(s, "tensor<bf16>");
        const char *end = strchr(s, '\n');
        const bool here = real && (strstr(s, "f32>") ? strstr(s, "f32>") < end : strstr(s, "bf16>") < end);
        if (here && strncmp(s + 6, "0x", 2))
            fail_line(line, "a number is not written as its bits");
    }
}

/* A line makes a new value of what was made before. */
static void check_line(scan *c, const char *line)
{
    const char *end = strchr(line, '\n'), *s = strchr(line, '%');
    if (!s || s > end)
        return;
    if (!strncmp(line, "    ^bb0(", 9)) { /* how two numbers of replicas become one */
        for (; s && s < end; s = strchr(s + 1, '%'))
            c->made[number_at(s)] = true;
        return;
    }
    const bool makes = line[strspn(line, " ")] == '%';
    const int made = makes ? number_at(s) : 0;
    for (s = makes ? s + 1 : s; (s = strchr(s, '%')) && s < end; s++) {
        const int n = number_at(s);
        if (n <= 0 || n > c->most || !c->made[n])
            fail_line(line, "a value is read before it is made");
    }
    if (!makes)
        return;
    if (made <= 0 || made > c->most || c->made[made])
        fail_line(line, "a value is made twice");
    c->made[made] = true;
    check_numbers(line);
}

static void check_program(const siam_hlo_program *p)
{
    scan c = {.text = p->text, .most = (int)p->size};
    assert_int_equal(strlen(p->text), p->size);
    c.made = calloc(p->size + 1, sizeof *c.made);
    for (int i = 0; i < p->nin; i++)
        c.made[p->in[i].val.id] = true;
    const char *line = strchr(strchr(p->text, '\n') + 1, '\n') + 1; /* behind the signature */
    for (; *line; line = strchr(line, '\n') + 1)
        check_line(&c, line);
    free(c.made);
    assert_null(strstr(p->text, "scatter"));
    assert_null(strstr(p->text, "sort"));
    assert_null(strstr(p->text, "custom_call"));
    for (int i = 0; i < p->nin; i++) /* what stays is handed over, to the same shape */
        if (siam_hlo_role_stays(p->in[i].role)) {
            const int j = siam_hlo_port_find(p->out, p->nout, p->in[i].role, p->in[i].index);
            assert_true(j < 0 || siam_desc_same_shape(&p->in[i].desc, &p->out[j].desc));
        }
}

static void same_text(const siam_hlo_program *a, const siam_hlo_program *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->text, b->text, a->size);
}

/* ---- tests ---- */

static void test_every_operation_has_a_row(void **state)
{
    (void)state;
    for (int k = 0; k < SIAM_OP_COUNT; k++) {
        const siam_hlo_impl *row = siam_hlo_impl_of((siam_op_kind)k);
        if (!row)
            fail_msg("%s cannot be written", siam_op_name((siam_op_kind)k));
        assert_int_equal(row->kind, k);
        assert_true(row->forward && (row->backward || k == SIAM_OP_DETACH));
    }
    int rows = 0;
    while (siam_hlo_impls[rows])
        rows++;
    assert_int_equal(rows, SIAM_OP_COUNT);
    assert_null(siam_hlo_impl_of(SIAM_OP_COUNT));
}

static void test_unknown_operation(void **state)
{
    (void)state;
    siam_hlo_program *p = (siam_hlo_program *)&err;
    siam_graph *g = siam_graph_create(1);
    const siam_val y = siam_relu(g, siam_input(g, 3, 4, 4));
    must(siam_graph_finish(g, y, &err));
    g->node[0].kind = SIAM_OP_COUNT;
    err = (siam_err){0};
    assert_int_equal(siam_hlo_program_create(&p, g, &(siam_hlo_cfg){.kind = SIAM_HLO_FORWARD, .images = 2}, &err), SIAM_E_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "no way to write 'unknown'"));
    assert_null(p);
    siam_graph_destroy(&g);
}

/* All cases of tests/ops, in either type. */
static void test_cases(void **state)
{
    (void)state;
    siam_backend *ref;
    must(siam_backend_open(&ref, "ref", 1, &err));
    for (int i = 0; i < 2 * CASES; i++) {
        siam_hlo_program *a = of_case(cases[i / 2], i % 2, ref), *b = of_case(cases[i / 2], i % 2, ref);
        check_program(a);
        same_text(a, b);
        siam_hlo_program_destroy(&a);
        siam_hlo_program_destroy(&b);
    }
    siam_backend_close(&ref);
}

/* Whole networks: also in a locale that writes numbers otherwise. */
static void test_networks(void **state)
{
    (void)state;
    static const char *const arch[] = {"resnet18", "resnet50", "resnet20-cifar"};
    for (int i = 0; i < 3; i++)
        for (int views = 2; views <= 3; views++)
            for (int half = 0; half < 2; half++) {
                siam_model_cfg c = {.backbone = {.width = 16, .cifar_stem = i != 1}, .in_channels = 3, .size = 32,
                                    .projector_layers = 3, .dim = 16, .stop_gradient = true, .views = views};
                siam_model_vals v;
                siam_graph *g;
                snprintf(c.arch, sizeof c.arch, "%s", arch[i]);
                must(siam_model_graph(&g, &v, &c, &err));
                const siam_hlo_cfg h = {.kind = SIAM_HLO_STEP, .images = 4, .map_type = half ? SIAM_BF16 : SIAM_F32, .loss = v.loss,
                                        .momentum = 0.9, .weight_decay = 1e-4};
                siam_hlo_program *a = of_graph(g, &h);
                setlocale(LC_ALL, "de_DE.UTF-8");
                siam_hlo_program *b = of_graph(g, &h);
                setlocale(LC_ALL, "C");
                check_program(a);
                same_text(a, b);
                assert_true(half == (strstr(a->text, "bf16") != NULL));
                siam_hlo_program_destroy(&a);
                siam_hlo_program_destroy(&b);
                siam_graph_destroy(&g);
            }
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *s = text; (s = strstr(s, what)); s++)
        n++;
    return n;
}

/* Arguments and results of each kind of program, by role. */
static void test_ports(void **state)
{
    (void)state;
    siam_val loss;
    siam_graph *g = small(2, true, &loss);
    int buffers = 0;
    for (int i = 0; i < g->nparams; i++)
        buffers += g->param[i].buffer;
    const int trained = g->nparams - buffers;
    siam_hlo_cfg c = {.kind = SIAM_HLO_STEP, .images = 4, .loss = loss, .momentum = 0.9, .weight_decay = 1e-4};
    siam_hlo_program *p = of_graph(g, &c);
    assert_int_equal(p->nin, 1 + SIAM_GROUP_COUNT + g->nparams + trained);
    assert_int_equal(p->nout, 1 + g->nparams + trained + 1); /* z is kept */
    assert_int_equal(count(p->text, "tf.aliasing_output"), g->nparams + trained);
    const int images = siam_hlo_port_find(p->in, p->nin, SIAM_HLO_IMAGES, 0);
    assert_int_equal(p->in[images].desc.dim[0], 8);
    siam_hlo_program_destroy(&p);

    c.parts = 3;
    p = of_graph(g, &c); /* the last part */
    assert_int_equal(p->nin, 1 + SIAM_GROUP_COUNT + g->nparams + 2 * trained + 1);
    assert_int_equal(count(p->text, "tf.aliasing_output"), g->nparams + 2 * trained + 1);
    siam_hlo_program_destroy(&p);

    c.kind = SIAM_HLO_PART;
    p = of_graph(g, &c);
    assert_int_equal(p->nin, 1 + g->nparams + trained + 1);
    assert_int_equal(p->nout, buffers + trained + 1);
    assert_int_equal(count(p->text, "tf.aliasing_output"), buffers + trained + 1);
    assert_int_equal(siam_hlo_port_find(p->out, p->nout, SIAM_HLO_TOLD, 0), -1);
    siam_hlo_program_destroy(&p);
    siam_graph_destroy(&g);

    g = small_encoder(&loss);
    p = of_graph(g, &(siam_hlo_cfg){.kind = SIAM_HLO_FORWARD, .images = 4});
    assert_int_equal(p->nin, 1 + g->nparams);
    assert_int_equal(p->nout, 2);
    assert_int_equal(count(p->text, "tf.aliasing_output"), 0);
    siam_hlo_program_destroy(&p);
    siam_graph_destroy(&g);
}

/* What replicas that share a batch sum: the loss, two sums of the gauge, all gradients at once where an update follows; and for each
 * BatchNorm, unless each has its own statistics, mean and variance, and both sums of its gradient. */
static void test_replicas(void **state)
{
    (void)state;
    static const struct {
        siam_hlo_kind kind;
        bool own;
        int sums;
    } row[] = {{SIAM_HLO_STEP, false, 3 + 1 + 3 * 4}, {SIAM_HLO_STEP, true, 3 + 1}, {SIAM_HLO_PART, false, 3 + 3 * 4},
               {SIAM_HLO_PART, true, 3}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_val loss;
        siam_graph *g = small_with(2, true, row[i].own, &loss);
        siam_hlo_cfg c = {.kind = row[i].kind, .images = 4, .parts = row[i].kind == SIAM_HLO_PART ? 2 : 1, .loss = loss};
        siam_hlo_program *alone = of_graph(g, &c);
        assert_int_equal(count(alone->text, "all_reduce") + count(alone->text, "replica"), 0);
        assert_int_equal(alone->replicas, 1);
        c.replicas = 3;
        siam_hlo_program *p = of_graph(g, &c);
        check_program(p);
        assert_int_equal(p->replicas, 3);
        assert_int_equal(count(p->text, "stablehlo.all_reduce"), row[i].sums);
        assert_int_equal(count(p->text, "dense<[[0, 1, 2]]> : tensor<1x3xi64>"), row[i].sums);
        assert_int_equal(count(p->text, "mhlo.num_replicas = 3 : i32"), 1);
        siam_hlo_program_destroy(&alone);
        siam_hlo_program_destroy(&p);
        siam_graph_destroy(&g);
    }
    siam_val out;
    siam_graph *g = small_encoder(&out);
    siam_hlo_program *p = of_graph(g, &(siam_hlo_cfg){.kind = SIAM_HLO_FORWARD, .images = 4, .replicas = 2});
    assert_int_equal(count(p->text, "stablehlo.all_reduce"), 0);
    siam_hlo_program_destroy(&p);
    siam_graph_destroy(&g);
}

/* Backward passes are written for what has weights before it: of a convolution of images, that is to say, the weights' alone; and
 * where the gradient is stopped, none. */
static void test_stopped(void **state)
{
    (void)state;
    siam_val loss;
    int products[2], reversed[2];
    for (int stop = 0; stop < 2; stop++) {
        siam_graph *g = small(2, stop, &loss);
        siam_hlo_program *p = of_graph(g, &(siam_hlo_cfg){.kind = SIAM_HLO_STEP, .images = 4, .loss = loss});
        assert_int_equal(count(p->text, "stablehlo.convolution"), 2 + 2 + 1);
        products[stop] = count(p->text, "stablehlo.dot_general");
        reversed[stop] = count(p->text, "stablehlo.reverse");
        siam_hlo_program_destroy(&p);
        siam_graph_destroy(&g);
    }
    assert_int_equal(products[0], 2 * 3);
    assert_int_equal(products[1], 2 * 3);
    assert_int_equal(reversed[0] - reversed[1], 1); /* the way back to the other view */
}

/* ---- kept texts ---- */

static void compare_with_file(const siam_hlo_program *p, const char *name)
{
    char path[4096];
    const char *source = getenv("SIMSIAM_SOURCE");
    snprintf(path, sizeof path, "%s/tests/unit/hlo/%s.mlir", source ? source : ".", name);
    if (getenv("SIMSIAM_WRITE")) {
        FILE *f = fopen(path, "w");
        assert_int_equal(fwrite(p->text, 1, p->size, f), p->size);
        fclose(f);
    }
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("there is no %s", path);
    char *kept = calloc(p->size + 2, 1);
    const size_t n = fread(kept, 1, p->size + 1, f);
    fclose(f);
    size_t at = 0;
    while (at < n && at < p->size && kept[at] == p->text[at])
        at++;
    while (at > 0 && p->text[at - 1] != '\n')
        at--;
    if (n != p->size || memcmp(kept, p->text, n))
        fail_msg("%s says something else from here on:\n%.*s\nwhere this was written:\n%.*s", path,
                 (int)strcspn(kept + at, "\n"), kept + at, (int)strcspn(p->text + at, "\n"), p->text + at);
    free(kept);
}

static void test_kept_texts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int views, parts, replicas;
        siam_hlo_kind kind;
        siam_dtype type;
    } row[] = {{"step", 2, 1, 1, SIAM_HLO_STEP, SIAM_F32},
               {"step_2_replicas", 2, 1, 2, SIAM_HLO_STEP, SIAM_F32},
               {"step_bf16_3_views_last_part", 3, 2, 1, SIAM_HLO_STEP, SIAM_BF16},
               {"forward", 1, 1, 1, SIAM_HLO_FORWARD, SIAM_F32}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_val v;
        siam_graph *g = row[i].views > 1 ? small(row[i].views, true, &v) : small_encoder(&v);
        siam_hlo_program *p = of_graph(g, &(siam_hlo_cfg){.kind = row[i].kind, .images = 2, .map_type = row[i].type, .parts = row[i].parts,
                                                          .replicas = row[i].replicas, .loss = v, .momentum = 0.9, .weight_decay = 5e-4});
        check_program(p);
        compare_with_file(p, row[i].name);
        siam_hlo_program_destroy(&p);
        siam_graph_destroy(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation_has_a_row), cmocka_unit_test(test_unknown_operation),
        cmocka_unit_test(test_cases),                     cmocka_unit_test(test_networks),
        cmocka_unit_test(test_ports),                     cmocka_unit_test(test_stopped),
        cmocka_unit_test(test_replicas),
        cmocka_unit_test(test_kept_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
