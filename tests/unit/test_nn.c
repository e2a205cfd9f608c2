/* Graphs, their fusion, and plans: the counts the literature gives, and that neither fusing nor sharing memory
 * changes a number. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/rng.h"
#include "nn/fence.h"
#include "nn/model.h"
#include "nn/plan.h"

#ifdef SIAM_FENCE
#include <sanitizer/asan_interface.h>
#endif

static siam_model_cfg model(const char *arch, int width, bool cifar, int size, int layers, int dim)
{
    siam_model_cfg m = {.backbone = {width, cifar, true}, .in_channels = 3, .size = size,
                        .projector_layers = layers, .dim = dim, .stop_gradient = true};
    snprintf(m.arch, sizeof m.arch, "%s", arch);
    return m;
}

static int64_t trainable(const siam_graph *g)
{
    int64_t n = 0;
    for (int i = 0; i < g->nparams; i++)
        if (!g->param[i].buffer)
            n += siam_desc_count(&g->param[i].desc);
    return n;
}

/* SPEC 1.3: the numbers mmpretrain publishes, and those of the CIFAR network. */
static void published_counts(void **state)
{
    (void)state;
    siam_graph *g;
    siam_model_vals v;
    siam_model_cfg m = model("resnet50", 64, false, 224, 3, 2048);
    assert_int_equal(siam_model_graph(&g, &v, &m, NULL), SIAM_OK);
    assert_int_equal(trainable(g), 38199360);
    siam_graph_destroy(&g);
    assert_int_equal(siam_encoder_graph(&g, &v, &m, 0, NULL), SIAM_OK);
    assert_int_equal(trainable(g), 23508032);
    assert_int_equal(siam_graph_flops(g, true), 4087136256);
    assert_int_equal(siam_graph_flops(g, false), 4109364224);
    siam_graph_destroy(&g);
    m = model("resnet18", 64, true, 32, 2, 2048);
    assert_int_equal(siam_encoder_graph(&g, &v, &m, 0, NULL), SIAM_OK);
    assert_int_equal(trainable(g), 11168832);
    assert_int_equal(siam_graph_flops(g, true), 555417600);
    siam_graph_destroy(&g);
}

static int count(const siam_graph *g, siam_op_kind kind)
{
    int n = 0;
    for (int i = 0; i < g->nnodes; i++)
        n += g->node[i].kind == kind;
    return n;
}

static void fusion_leaves_no_pass_alone(void **state)
{
    (void)state;
    siam_graph *g, *f;
    siam_model_vals v;
    const siam_model_cfg m = model("resnet50", 16, false, 64, 3, 64);
    assert_int_equal(siam_model_graph(&g, &v, &m, NULL), SIAM_OK);
    assert_int_equal(siam_fuse(&f, g, true, NULL), SIAM_OK);
    assert_int_equal(count(f, SIAM_OP_RELU) + count(f, SIAM_OP_ADD), 0);
    assert_int_equal(count(f, SIAM_OP_BATCHNORM), count(g, SIAM_OP_BATCHNORM));
    siam_graph_destroy(&f);
    siam_graph_destroy(&g);
    assert_int_equal(siam_encoder_graph(&g, &v, &m, 0, NULL), SIAM_OK);
    assert_int_equal(siam_fuse(&f, g, false, NULL), SIAM_OK);
    assert_int_equal(count(f, SIAM_OP_RELU) + count(f, SIAM_OP_ADD) + count(f, SIAM_OP_BATCHNORM), 0);
    siam_graph_destroy(&f);
    siam_graph_destroy(&g);
}

typedef struct rig {
    siam_backend *b;
    siam_graph *g;
    siam_model_vals v;
    siam_params *params;
    siam_plan *plan;
} rig;

/* Random running statistics and scales too, so that folding them has something to get wrong. */
static void rig_open(rig *r, const siam_model_cfg *m, const char *device, bool training, int batch)
{
    siam_err e = {0};
    assert_int_equal(siam_backend_open(&r->b, device, 1, &e), SIAM_OK);
    assert_int_equal((training ? siam_model_graph(&r->g, &r->v, m, &e) : siam_encoder_graph(&r->g, &r->v, m, SIAM_PART_Z, &e)),
                     SIAM_OK);
    assert_int_equal(siam_params_create(&r->params, r->g->param, r->g->nparams, training, &e), SIAM_OK);
    siam_params_init(r->params, 3);
    for (int i = 0; i < r->params->n; i++) {
        const siam_param *row = &r->params->row[i];
        float *x = siam_params_data(r->params, i);
        siam_rng rng = siam_rng_key(1, 0, siam_rng_name(row->name), 0, SIAM_RNG_TEST);
        for (int64_t j = 0; row->desc.ndim == 1 && j < row->desc.dim[0]; j++)
            x[j] = (float)(strstr(row->name, "mean") || strstr(row->name, "bias") ? siam_rng_uniform(&rng, -0.2, 0.2)
                                                                                 : siam_rng_uniform(&rng, 0.5, 1.5));
    }
    const siam_plan_cfg plan = {.batch = batch, .training = training};
    assert_int_equal(siam_plan_create(&r->plan, r->g, r->b, &plan, &e), SIAM_OK);
    assert_int_equal(siam_plan_alloc(r->plan, &e), SIAM_OK);
    assert_int_equal(siam_plan_bind(r->plan, r->params, &e), SIAM_OK);
    float *in = siam_plan_input(r->plan);
    siam_rng rng = siam_rng_key(2, 0, 0, 0, SIAM_RNG_TEST);
    for (int i = 0; i < batch * 3 * m->size * m->size; i++)
        in[i] = (float)siam_rng_uniform(&rng, -2, 2);
}

static void rig_close(rig *r)
{
    siam_plan_destroy(&r->plan);
    siam_params_destroy(&r->params);
    siam_graph_destroy(&r->g);
    siam_backend_close(&r->b);
}

static double largest_difference(const float *a, const float *b, size_t n, double *scale)
{
    double worst = 0;
    *scale = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs((double)a[i] - b[i]));
        *scale = fmax(*scale, fabs((double)a[i]));
    }
    return worst;
}

/* The folded inference network against the same network run op by op: a training-form graph whose BatchNorms use
 * running statistics gives the unfolded numbers. */
static void folds_at_width(int width)
{
    rig r;
    const siam_model_cfg m = model("resnet18", width, true, 16, 2, 32);
    float *direct[2];
    siam_desc d;
    const char *device[2] = {"ref", "auto"};
    for (int i = 0; i < 2; i++) {
        rig_open(&r, &m, device[i], false, 3);
        assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
        const float *z = siam_plan_value(r.plan, r.v.z, &d);
        direct[i] = malloc(siam_desc_bytes(&d));
        memcpy(direct[i], z, siam_desc_bytes(&d));
        rig_close(&r);
    }
    /* Unfolded: a BatchNorm that has taken an add or a relu in is not folded into its convolution any more. */
    siam_graph *g, *f;
    siam_model_vals v;
    assert_int_equal(siam_encoder_graph(&g, &v, &m, SIAM_PART_Z, NULL), SIAM_OK);
    assert_int_equal(siam_fuse(&f, g, true, NULL), SIAM_OK); /* fuses BN + add + relu, folds nothing */
    siam_backend *b;
    siam_plan *p;
    siam_params *params;
    rig_open(&r, &m, "ref", false, 3);
    params = r.params;
    assert_int_equal(siam_backend_open(&b, "ref", 1, NULL), SIAM_OK);
    assert_int_equal(siam_plan_create(&p, f, b, &(siam_plan_cfg){.batch = 3}, NULL), SIAM_OK);
    assert_int_equal(siam_plan_alloc(p, NULL), SIAM_OK);
    assert_int_equal(siam_plan_bind(p, params, NULL), SIAM_OK);
    memcpy(siam_plan_input(p), siam_plan_input(r.plan), 3 * 3 * 16 * 16 * sizeof(float));
    assert_int_equal(siam_plan_forward(p, NULL), SIAM_OK);
    const float *z = siam_plan_value(p, v.z, &d);
    double scale;
    for (int i = 0; i < 2; i++) {
        const double worst = largest_difference(z, direct[i], (size_t)siam_desc_count(&d), &scale);
        assert_true(scale > 0.01);
        assert_true(worst < 2e-5 * scale);
        free(direct[i]);
    }
    siam_plan_destroy(&p);
    siam_backend_close(&b);
    siam_graph_destroy(&f);
    siam_graph_destroy(&g);
    rig_close(&r);
}

/* At widths of no whole blocks there is padding between the layers' weights and biases. */
static void folding_changes_nothing(void **state)
{
    (void)state;
    static const int width[] = {3, 5, 12, 16, 20};
    for (size_t i = 0; i < sizeof width / sizeof *width; i++)
        folds_at_width(width[i]);
}

/* What a sum of y, made of x by convolutions, and x is used for. */
typedef struct sums {
    bool of_input; /* x is the input; else a layer's output */
    bool deep;     /* y is two convolutions away from x; else one, which reads x itself */
    bool later;    /* z = y + x, w = z + x: x is read again behind the first sum; else w = relu(z) */
} sums;

static siam_graph *sums_graph(const sums *k, siam_val v[3])
{
    siam_graph *g = siam_graph_create(1);
    const siam_val input = siam_input(g, 16, 6, 6);
    const siam_val x = k->of_input ? input : siam_relu(g, siam_conv2d(g, input, "a", 16, 3, 1, 1));
    const siam_val inner = k->deep ? siam_relu(g, siam_conv2d(g, x, "b", 16, 3, 1, 1)) : x;
    const siam_val y = siam_conv2d(g, inner, "c", 16, 3, 1, 1), z = siam_add(g, y, x);
    v[0] = x;
    v[1] = y;
    v[2] = k->later ? siam_add(g, z, x) : siam_relu(g, z);
    assert_int_equal(siam_graph_finish(g, v[2], NULL), SIAM_OK);
    return g;
}

/* A convolution adds onto its residual's memory. It must not where x is in use: w must be what x and y, kept, say it is. */
static void sums_of(const sums *k, const char *device)
{
    enum { BATCH = 2, FLOATS = BATCH * 16 * 6 * 6 };
    siam_val v[3];
    siam_graph *g = sums_graph(k, v), *f;
    siam_params *params;
    siam_backend *b;
    float in[FLOATS], got[3][FLOATS];
    for (int i = 0; i < FLOATS; i++)
        in[i] = (float)(i * 37 % 101) / 50 - 1;
    assert_int_equal(siam_backend_open(&b, device, 1, NULL), SIAM_OK);
    assert_int_equal(siam_params_create(&params, g->param, g->nparams, false, NULL), SIAM_OK);
    siam_params_init(params, 1);
    assert_int_equal(siam_fuse(&f, g, false, NULL), SIAM_OK);
    assert_int_equal(count(f, SIAM_OP_ADD), k->later ? 2 : k->of_input || !k->deep ? 1 : 0);
    siam_graph_destroy(&f);
    for (int run = 0; run < 2; run++) { /* first with x and y kept, then as it is */
        siam_plan *p;
        for (int i = 0; i < 2 && !run; i++)
            siam_keep(g, v[i]);
        g->nkeep = run ? 0 : g->nkeep;
        assert_int_equal(siam_plan_create(&p, g, b, &(siam_plan_cfg){.batch = BATCH}, NULL), SIAM_OK);
        assert_int_equal(siam_plan_alloc(p, NULL), SIAM_OK);
        assert_int_equal(siam_plan_bind(p, params, NULL), SIAM_OK);
        memcpy(siam_plan_input(p), in, sizeof in);
        assert_int_equal(siam_plan_forward(p, NULL), SIAM_OK);
        for (int i = run ? 2 : 0; i < 2 + run; i++)
            siam_plan_read(p, v[i], BATCH, got[i]);
        siam_plan_destroy(&p);
    }
    if (k->of_input)
        memcpy(got[0], in, sizeof in);
    for (int i = 0; i < FLOATS; i++) {
        const double sum = (double)got[1][i] + (k->later ? 2 : 1) * (double)got[0][i];
        assert_true(fabs((double)got[2][i] - (k->later ? sum : fmax(sum, 0))) < 1e-5);
    }
    siam_params_destroy(&params);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
}

static void a_residual_is_still_in_use(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++)
        sums_of(&(sums){i & 1, i & 2, i & 4}, "ref");
    for (int i = 0; i < 8; i += 2) /* onednn adds no plain input to a map in blocks */
        sums_of(&(sums){false, i & 2, i & 4}, "auto");
}

/* Folded in the table itself: bitwise the same results, and the table knows. */
static void folding_in_place(void **state)
{
    (void)state;
    rig r;
    const siam_model_cfg m = model("resnet18", 16, true, 16, 2, 32);
    for (int i = 0; i < 2; i++) {
        siam_desc d;
        rig_open(&r, &m, i ? "auto" : "ref", false, 2);
        const size_t bytes = 2 * 3 * 16 * 16 * sizeof(float);
        float *in = malloc(bytes);
        memcpy(in, siam_plan_input(r.plan), bytes); /* a run may write over its input */
        assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
        const float *z = siam_plan_value(r.plan, r.v.z, &d);
        float *before = malloc(siam_desc_bytes(&d));
        memcpy(before, z, siam_desc_bytes(&d));
        assert_false(r.params->used_up);
        assert_int_equal(siam_plan_bind_last(r.plan, r.params, NULL), SIAM_OK);
        assert_true(r.params->used_up);
        for (int again = 0; again < 2; again++) {
            memcpy(siam_plan_input(r.plan), in, bytes);
            assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
            assert_memory_equal(siam_plan_value(r.plan, r.v.z, NULL), before, siam_desc_bytes(&d));
        }
        free(before);
        free(in);
        rig_close(&r);
    }
}

/* One step in bfloat16: the loss to 0.01, half the memory for maps, and gradients of the same direction: closely so at the
 * end of the network, less where 20 layers of rounding lie before (images of noise differ little behind them, and what
 * the BatchNorms bring up is also the rounding). Skipped where no backend has bfloat16. */
static void bf16_step_is_near(void **state)
{
    (void)state;
    const siam_model_cfg m = model("resnet18", 16, true, 16, 2, 32);
    double loss[2], dot[3] = {0}, last[3] = {0};
    size_t bytes[2];
    float *grad = NULL;
    for (int i = 0; i < 2; i++) {
        rig r;
        siam_err e = {0};
        rig_open(&r, &m, "auto", true, 32);
        if (!r.b->type->bf16) {
            rig_close(&r);
            skip();
        }
        if (i) {
            siam_plan *p;
            const siam_plan_cfg c = {.batch = 32, .training = true, .map_type = SIAM_BF16};
            assert_int_equal(siam_plan_create(&p, r.g, r.b, &c, &e), SIAM_OK);
            assert_int_equal(siam_plan_alloc(p, &e), SIAM_OK);
            assert_int_equal(siam_plan_bind(p, r.params, &e), SIAM_OK);
            memcpy(siam_plan_input(p), siam_plan_input(r.plan), 32 * 3 * 16 * 16 * sizeof(float));
            siam_plan_destroy(&r.plan);
            r.plan = p;
        }
        bytes[i] = siam_plan_bytes(r.plan).activations;
        assert_int_equal(siam_plan_forward(r.plan, &e), SIAM_OK);
        loss[i] = siam_plan_value(r.plan, r.v.loss, NULL)[0];
        assert_int_equal(siam_plan_backward(r.plan, 1, &e), SIAM_OK);
        if (!i) {
            grad = malloc(r.params->count * sizeof *grad);
            memcpy(grad, r.params->grad, r.params->count * sizeof *grad);
        }
        for (size_t k = 0; i && k < r.params->count; k++) {
            dot[0] += (double)grad[k] * (double)grad[k];
            dot[1] += (double)grad[k] * (double)r.params->grad[k];
            dot[2] += (double)r.params->grad[k] * (double)r.params->grad[k];
        }
        const siam_param *w = &r.params->row[siam_params_find(r.params, "predictor.3.weight")];
        for (size_t k = w->offset; i && k < w->offset + (size_t)siam_desc_count(&w->desc); k++) {
            last[0] += (double)grad[k] * (double)grad[k];
            last[1] += (double)grad[k] * (double)r.params->grad[k];
            last[2] += (double)r.params->grad[k] * (double)r.params->grad[k];
        }
        rig_close(&r);
    }
    free(grad);
    assert_true(loss[0] != loss[1] && fabs(loss[0] - loss[1]) < 0.01);
    assert_true(last[1] > 0.99 * sqrt(last[0] * last[2]));
    assert_true(dot[1] > 0.9 * sqrt(dot[0] * dot[2]));
    assert_true((double)bytes[1] < 0.6 * (double)bytes[0]);
}

/* Weights that a plan keeps in a convolution's own order are those of the last binding. */
static void kept_weights_follow_the_table(void **state)
{
    (void)state;
    rig r;
    const siam_model_cfg m = model("resnet18", 16, true, 16, 2, 32);
    siam_desc d;
    rig_open(&r, &m, "auto", false, 1);
    const siam_plan_memory one = siam_plan_bytes(r.plan);
    const size_t bytes = 3 * 16 * 16 * sizeof(float);
    float *in = malloc(bytes), *z[2] = {NULL};
    memcpy(in, siam_plan_input(r.plan), bytes); /* a run may write over its input */
    for (int table = 0; table < 2; table++) {
        for (int run = 0; run < 3; run++) {
            memcpy(siam_plan_input(r.plan), in, bytes);
            assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
            const float *now = siam_plan_value(r.plan, r.v.z, &d);
            if (run)
                assert_memory_equal(now, z[table], siam_desc_bytes(&d));
            else
                z[table] = memcpy(malloc(siam_desc_bytes(&d)), now, siam_desc_bytes(&d));
        }
        const int row = siam_params_find(r.params, "backbone.layer4.1.conv2.weight");
        float *w = siam_params_data(r.params, row);
        for (int64_t i = 0; i < siam_desc_count(&r.params->row[row].desc); i++)
            w[i] *= 1.5f;
        assert_int_equal(siam_plan_bind(r.plan, r.params, NULL), SIAM_OK);
    }
    double scale;
    assert_true(largest_difference(z[0], z[1], (size_t)siam_desc_count(&d), &scale) > 0);
    free(z[0]);
    free(z[1]);
    free(in);
    rig_close(&r);
    /* Only where blocking them would cost something: not for many images. */
    rig_open(&r, &m, "auto", false, 512);
    assert_true(siam_plan_bytes(r.plan).folded < one.folded);
    rig_close(&r);
}

/* Without the stop-gradient z gets a second gradient: the projector's differ, and the loss is the same. */
static void detach_stops_the_gradient(void **state)
{
    (void)state;
    double norm[2], loss[2];
    for (int i = 0; i < 2; i++) {
        rig r;
        siam_model_cfg m = model("resnet18", 16, true, 16, 2, 32);
        m.stop_gradient = i == 0;
        rig_open(&r, &m, "auto", true, 8);
        assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
        loss[i] = siam_plan_value(r.plan, r.v.loss, NULL)[0];
        assert_int_equal(siam_plan_backward(r.plan, 1.0f, NULL), SIAM_OK);
        const siam_param *row = &r.params->row[siam_params_find(r.params, "projector.3.weight")];
        norm[i] = 0;
        for (int64_t j = 0; j < siam_desc_count(&row->desc); j++)
            norm[i] += pow(r.params->grad[row->offset + (size_t)j], 2);
        rig_close(&r);
    }
    assert_true(loss[0] == loss[1]);
    assert_true(fabs(norm[0] - norm[1]) > 0.05 * norm[0]);
}

/* Gradients accumulate, and scale multiplies them. */
static void backward_accumulates(void **state)
{
    (void)state;
    rig r;
    const siam_model_cfg m = model("resnet18", 16, true, 16, 2, 32);
    rig_open(&r, &m, "auto", true, 8);
    assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
    assert_int_equal(siam_plan_backward(r.plan, 1.0f, NULL), SIAM_OK);
    const size_t bytes = r.params->count * sizeof(float);
    float *once = malloc(bytes);
    memcpy(once, r.params->grad, bytes);
    float *in = malloc(8 * 3 * 16 * 16 * sizeof *in);
    siam_rng rng = siam_rng_key(2, 0, 0, 0, SIAM_RNG_TEST); /* the input's memory may have been reused: write it again */
    for (int i = 0; i < 8 * 3 * 16 * 16; i++)
        in[i] = (float)siam_rng_uniform(&rng, -2, 2);
    memcpy(siam_plan_input(r.plan), in, 8 * 3 * 16 * 16 * sizeof *in);
    assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
    assert_int_equal(siam_plan_backward(r.plan, 0.5f, NULL), SIAM_OK);
    double scale;
    for (size_t i = 0; i < r.params->count; i++)
        once[i] *= 1.5f;
    assert_true(largest_difference(once, r.params->grad, r.params->count, &scale) < 1e-5 * scale);
    free(in);
    free(once);
    rig_close(&r);
}

/* One block, and smaller than keeping everything apart. */
static void memory_is_shared(void **state)
{
    (void)state;
    rig r;
    const siam_model_cfg m = model("resnet18", 16, true, 32, 2, 64);
    rig_open(&r, &m, "auto", true, 16);
    size_t values = 0;
    for (int i = 0; i < siam_plan_rows(r.plan); i++) {
        const siam_plan_row row = siam_plan_row_at(r.plan, i);
        values += siam_desc_bytes(&row.out);
    }
    const siam_plan_memory bytes = siam_plan_bytes(r.plan);
    assert_true(bytes.activations > values / 2);     /* what backward reads must be kept */
    assert_true(bytes.activations < values * 5 / 4); /* gradients live where dead activations were */
    rig_close(&r);
}

/* The least that must be read and written, in bytes: each input, output and gradient once. */
static void work_of_operations(void **state)
{
    (void)state;
    siam_op_desc loss = {.kind = SIAM_OP_NEG_COSINE, .training = true, .in = {siam_desc_2d(8, 16), siam_desc_2d(8, 16)},
                         .out = siam_desc_1d(2), .need_din = {true, false}};
    const double z = 8 * 16 * sizeof(float), two = 2 * sizeof(float);
    assert_true(siam_op_work(&loss, SIAM_PASS_FORWARD, 0).bytes == 2 * z + two);
    assert_true(siam_op_work(&loss, SIAM_PASS_BACKWARD, 1).bytes == z + 2 * z + two);
    assert_true(siam_op_work(&loss, SIAM_PASS_WEIGHTS, 1).bytes == 0);
    siam_op_desc add = {.kind = SIAM_OP_ADD, .training = true, .in = {siam_desc_2d(8, 16), siam_desc_2d(8, 16)},
                        .out = siam_desc_2d(8, 16), .need_din = {true, true}};
    assert_true(siam_op_work(&add, SIAM_PASS_FORWARD, 1).bytes == 3 * z);
    assert_true(siam_op_work(&add, SIAM_PASS_BACKWARD, 1).bytes == 3 * z);
    assert_true(siam_op_work(&add, SIAM_PASS_BACKWARD, 0).bytes == 0);
}

/* A shape's dimensions past its last are 1, so that products over all of them are its count. */
static void shapes_end_in_ones(void **state)
{
    (void)state;
    const siam_desc d[] = {siam_desc_1d(5), siam_desc_2d(5, 7), siam_desc_4d(5, 7, 2, 3)};
    for (int i = 0; i < 3; i++) {
        int64_t all = 1;
        for (int k = 0; k < 4; k++)
            all *= d[i].dim[k];
        assert_int_equal(all, siam_desc_count(&d[i]));
    }
}

/* Widths that are no multiple of 16 compute the same as ref, and no two convolutions differ in their blocking. */
static void odd_widths(void **state)
{
    (void)state;
    static const int width[] = {3, 8, 12, 24};
    for (int w = 0; w < 4; w++) {
        double loss[2], gradient[2] = {0};
        for (int i = 0; i < 2; i++) {
            rig r;
            const siam_model_cfg m = model("resnet18", width[w], true, 16, 2, 20);
            siam_layout first = SIAM_NCHW;
            rig_open(&r, &m, i ? "ref" : "auto", true, 16);
            for (int k = 0, maps = 0; k < siam_plan_rows(r.plan); k++) {
                const siam_plan_row row = siam_plan_row_at(r.plan, k);
                if (row.out.ndim == 4 && !maps++)
                    first = row.out.layout;
                assert_true(row.out.ndim != 4 || row.out.layout == first);
            }
            assert_int_equal(siam_plan_forward(r.plan, NULL), SIAM_OK);
            loss[i] = siam_plan_value(r.plan, r.v.loss, NULL)[0];
            assert_int_equal(siam_plan_backward(r.plan, 1.0f, NULL), SIAM_OK);
            for (size_t k = 0; k < r.params->count; k++)
                gradient[i] += fabs((double)r.params->grad[k]);
            rig_close(&r);
        }
        assert_true(fabs(loss[0] - loss[1]) < 1e-4);
        assert_true(fabs(gradient[0] - gradient[1]) < 1e-3 * gradient[1]);
    }
}

/* What the rows say that a step must do: the convolutions' multiply-adds are the graph's, in each pass but the first
 * layer's gradient of the images; and batch norm moves its operands once. */
static void work_is_counted(void **state)
{
    (void)state;
    rig r;
    const siam_model_cfg m = model("resnet18", 16, true, 32, 2, 64);
    rig_open(&r, &m, "auto", true, 8);
    double flops[SIAM_PASS_COUNT] = {0}, first = 0;
    for (int i = 0; i < siam_plan_rows(r.plan); i++) {
        const siam_plan_row row = siam_plan_row_at(r.plan, i);
        const siam_op_desc *d = &row.op->desc;
        const double out = (double)siam_desc_bytes(&row.out);
        for (int k = 0; d->kind == SIAM_OP_CONV2D && k < SIAM_PASS_COUNT; k++)
            flops[k] += row.work[k].flops;
        if (d->kind == SIAM_OP_CONV2D && !first)
            first = row.work[SIAM_PASS_FORWARD].flops;
        assert_true(row.work[SIAM_PASS_FORWARD].bytes > 0);
        if (d->kind != SIAM_OP_BATCHNORM)
            continue;
        assert_true(row.work[SIAM_PASS_FORWARD].bytes == (d->u.bn.add ? 3 : 2) * out);
        assert_true(row.work[SIAM_PASS_BACKWARD].bytes >= (d->u.bn.add ? 4 : 3) * out);
        assert_true(row.work[SIAM_PASS_BACKWARD].bytes < (d->u.bn.add ? 5.1 : 4.1) * out);
        assert_true(row.work[SIAM_PASS_WEIGHTS].bytes == 0);
    }
    const double forward = 2.0 * 8 * (double)siam_graph_flops(r.g, true);
    assert_true(fabs(flops[SIAM_PASS_FORWARD] - forward) < 1e-6 * forward);
    assert_true(fabs(flops[SIAM_PASS_WEIGHTS] - forward) < 1e-6 * forward);
    assert_true(fabs(flops[SIAM_PASS_BACKWARD] - (forward - first)) < 1e-6 * forward);
    rig_close(&r);
}

/* Between runs callers may touch what they read and write, and not a byte behind it: a step sees its operands alone in the
 * same way, so that one that reads or writes too far ends the program under AddressSanitizer. */
static void values_are_fenced_off(void **state)
{
    (void)state;
#ifndef SIAM_FENCE
    skip();
#else
    static const char *const devices[] = {"ref", "onednn"};
    for (int k = 0; k < 2; k++) {
        rig r;
        siam_err e = {0};
        const siam_model_cfg m = model("resnet18", 16, true, 32, 2, 64);
        rig_open(&r, &m, devices[k], true, 4);
        for (int run = 0; run < 3; run++) {
            const siam_val open[] = {r.v.loss, r.v.z};
            assert_int_equal(siam_plan_forward(r.plan, &e), SIAM_OK);
            if (run)
                assert_int_equal(siam_plan_backward(r.plan, 1, &e), SIAM_OK);
            for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
                siam_desc d;
                char *at = (char *)(uintptr_t)siam_plan_value(r.plan, open[i], &d);
                const size_t n = siam_desc_bytes(&d);
                assert_null(__asan_region_is_poisoned(at, n));
                for (size_t j = 0; j < SIAM_FENCE_BYTES; j++)
                    assert_true(__asan_address_is_poisoned(at + n + j));
            }
        }
        rig_close(&r);
    }
#endif
}

/* A network too deep for its image must be refused, not planned. */
static void too_small_input(void **state)
{
    (void)state;
    siam_graph *g;
    siam_model_vals v;
    siam_err e = {0};
    siam_model_cfg m = model("nosuchnet", 16, true, 32, 2, 64);
    assert_int_equal(siam_model_graph(&g, &v, &m, &e), SIAM_E_USAGE);
    assert_null(g);
    assert_non_null(strstr(e.msg, "nosuchnet"));
}

/* Which tensors may be a network's first convolution, up to either end of what is read. */
static void first_convolutions(void **state)
{
    static const struct {
        int ndim;
        int64_t dim[4];
        bool shows;
    } rows[] = {{4, {1, 1, 3, 3}, true},   {4, {64, 3, 7, 7}, true},    {4, {1024, 16, 3, 3}, true},  {4, {0, 3, 3, 3}, false},
                {4, {64, 0, 3, 3}, false}, {4, {1025, 3, 3, 3}, false}, {4, {64, 17, 3, 3}, false}, {3, {64, 3, 3, 0}, false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_desc d = {.ndim = rows[i].ndim};
        siam_backbone_shown shown;
        memcpy(d.dim, rows[i].dim, sizeof rows[i].dim);
        assert_int_equal(siam_backbone_shows_conv(&shown, &d), rows[i].shows);
        if (!rows[i].shows)
            continue;
        assert_int_equal(shown.width, rows[i].dim[0]);
        assert_int_equal(shown.in_channels, rows[i].dim[1]);
        assert_int_equal(shown.cifar_stem, rows[i].dim[2] == 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_of_operations),    cmocka_unit_test(shapes_end_in_ones),
        cmocka_unit_test(published_counts),      cmocka_unit_test(fusion_leaves_no_pass_alone),
        cmocka_unit_test(folding_in_place), cmocka_unit_test(folding_changes_nothing),
        cmocka_unit_test(bf16_step_is_near), cmocka_unit_test(detach_stops_the_gradient),
        cmocka_unit_test(backward_accumulates),  cmocka_unit_test(memory_is_shared),
        cmocka_unit_test(kept_weights_follow_the_table), cmocka_unit_test(a_residual_is_still_in_use),
        cmocka_unit_test(work_is_counted), cmocka_unit_test(values_are_fenced_off),
        cmocka_unit_test(odd_widths),            cmocka_unit_test(too_small_input),
        cmocka_unit_test(first_convolutions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
