/* What a training starts from: the learning rate's group of every row of the model, and initial values as torch draws them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/model.h"

enum { MODELS = 7 };

/* Every kind of block, of stem, of shortcut and of head, at channels in that are not those out. */
static siam_model_cfg model(int i)
{
    static const struct {
        const char *arch;
        int width, layers, dim, hidden;
        bool cifar, zero_init;
    } row[MODELS] = {
        {"resnet18", 32, 2, 96, 0, true, true},         {"resnet18", 20, 3, 64, 40, false, false},
        {"resnet50", 16, 3, 128, 0, false, true},       {"resnet50", 8, 2, 48, 7, true, false},
        {"resnet20-cifar", 64, 2, 64, 0, true, true},   {"resnet20-cifar-b", 64, 2, 64, 0, true, false},
        {"resnet32-cifar-b", 32, 3, 80, 0, true, true},
    };
    siam_model_cfg m = {.backbone = {row[i].width, row[i].cifar, row[i].zero_init}, .in_channels = 3, .size = 32,
                        .projector_layers = row[i].layers, .dim = row[i].dim, .pred_hidden = row[i].hidden,
                        .stop_gradient = true};
    snprintf(m.arch, sizeof m.arch, "%s", row[i].arch);
    return m;
}

typedef struct rig {
    siam_model_cfg cfg;
    siam_graph *g;
    siam_params *p;
} rig;

static rig rig_open(int i, uint64_t seed)
{
    rig r = {.cfg = model(i)};
    siam_model_vals v;
    siam_err e = {0};
    if (siam_model_graph(&r.g, &v, &r.cfg, &e) || siam_params_create(&r.p, r.g->param, r.g->nparams, true, &e))
        fail_msg("%s", e.msg);
    siam_params_init(r.p, seed);
    return r;
}

static void rig_close(rig *r)
{
    siam_params_destroy(&r->p);
    siam_graph_destroy(&r->g);
}

static bool ends(const char *name, const char *end)
{
    const size_t n = strlen(name), k = strlen(end);
    return n >= k && !strcmp(name + n - k, end);
}

/* The predictor has a rate of its own, and nothing else has. */
static void groups(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        rig r = rig_open(i, 1);
        int predictor = 0;
        for (int k = 0; k < r.p->n; k++) {
            const bool its = !strncmp(r.p->row[k].name, "predictor.", 10);
            predictor += its;
            if (r.p->row[k].group != (its ? SIAM_GROUP_PREDICTOR : SIAM_GROUP_ENCODER))
                fail_msg("%s: '%s' is in group %d", r.cfg.arch, r.p->row[k].name, r.p->row[k].group);
        }
        assert_int_equal(predictor, 7); /* two linear layers, one with a bias, and a BatchNorm */
        rig_close(&r);
    }
}

typedef struct moments {
    int64_t n;
    double mean, std, kurtosis, most; /* kurtosis: 3 for a normal distribution, 1.8 for a uniform one */
} moments;

static moments moments_of(const float *x, int64_t n)
{
    moments m = {.n = n};
    double two = 0, four = 0;
    for (int64_t i = 0; i < n; i++)
        m.mean += (double)x[i] / (double)n;
    for (int64_t i = 0; i < n; i++) {
        const double d = (double)x[i] - m.mean;
        two += d * d / (double)n;
        four += d * d * d * d / (double)n;
        m.most = fmax(m.most, fabs((double)x[i]));
    }
    m.std = sqrt(two);
    m.kurtosis = four / (two * two);
    return m;
}

/* Five standard errors, which one draw in a million misses; the seeds are fixed. */
static void assert_drawn(const siam_param *row, const moments *m, double std, double kurtosis)
{
    const double n = (double)m->n;
    if (fabs(m->mean) > 5 * std / sqrt(n))
        fail_msg("'%s': the mean is %g, expected 0 (deviation %g)", row->name, m->mean, std);
    if (fabs(m->std / std - 1) > 5 * sqrt((kurtosis - 1) / 4 / n) + 1 / n)
        fail_msg("'%s': the deviation is %g, expected %g", row->name, m->std, std);
    if (n > 1000 && fabs(m->kurtosis - kurtosis) > 25 / sqrt(n))
        fail_msg("'%s': the kurtosis is %g, expected %g", row->name, m->kurtosis, kurtosis);
}

/* torch.nn.init.kaiming_normal_(w, mode='fan_out', nonlinearity='relu'): N(0, 2 / (out k k)). */
static void check_conv(const siam_param *row, const float *x)
{
    const double out = (double)row->desc.dim[0], k = (double)row->desc.dim[2];
    const moments m = moments_of(x, siam_desc_count(&row->desc));
    assert_drawn(row, &m, sqrt(2 / (out * k * k)), 3);
}

/* torch.nn.Linear's default, of weight and bias: U(-1 / sqrt(in), 1 / sqrt(in)). */
static void check_linear(const siam_param *row, const float *x, int64_t in)
{
    const double bound = 1 / sqrt((double)in);
    const moments m = moments_of(x, siam_desc_count(&row->desc));
    assert_drawn(row, &m, bound / sqrt(3), 1.8);
    if (m.most > bound || m.most < bound * (1 - 10 / (double)m.n))
        fail_msg("'%s': the largest is %g of %g", row->name, m.most, bound);
}

static void check_constant(const siam_param *row, const float *x, float want)
{
    for (int64_t i = 0; i < siam_desc_count(&row->desc); i++)
        if (x[i] != want)
            fail_msg("'%s'[%d] starts at %g, expected %g", row->name, (int)i, (double)x[i], (double)want);
}

/* The BatchNorm before the sum, whose scale starts at 0 with zero_init. */
static bool is_last_of_branch(const rig *r, const char *name)
{
    return !strncmp(name, "backbone.layer", 14) &&
           ends(name, strstr(r->cfg.arch, "resnet50") ? ".bn3.weight" : ".bn2.weight");
}

static void initial_values(void **state)
{
    (void)state;
    for (int i = 0; i < MODELS; i++) {
        rig r = rig_open(i, 100 + (uint64_t)i);
        int zeros = 0, drawn = 0, linear_bias = 0;
        for (int k = 0; k < r.p->n; k++) {
            const siam_param *row = &r.p->row[k];
            const float *x = siam_params_data(r.p, k);
            const siam_param *above = k ? row - 1 : row; /* a bias stands behind its weight */
            if (row->desc.ndim == 4) {
                check_conv(row, x);
            } else if (row->desc.ndim == 2) {
                check_linear(row, x, row->desc.dim[1]);
            } else if (ends(row->name, ".bias") && above->desc.ndim == 2) {
                check_linear(row, x, above->desc.dim[1]);
                linear_bias++;
            } else {
                const bool last = ends(row->name, ".weight") && is_last_of_branch(&r, row->name);
                const bool one = ends(row->name, ".weight") || ends(row->name, ".running_var");
                zeros += last;
                check_constant(row, x, one && !(last && r.cfg.backbone.zero_init) ? 1 : 0);
            }
            drawn += row->desc.ndim > 1;
        }
        assert_int_equal(linear_bias, 1); /* the predictor's last layer alone has one */
        assert_true(zeros >= 8 && drawn > 20);
        rig_close(&r);
    }
}

static double correlation(const float *a, const float *b, int64_t n)
{
    const moments x = moments_of(a, n), y = moments_of(b, n);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += ((double)a[i] - x.mean) * ((double)b[i] - y.mean);
    return sum / ((double)n * x.std * y.std);
}

static int64_t drawn_count(const siam_params *p, int k, int64_t most)
{
    const int64_t n = siam_desc_count(&p->row[k].desc);
    return p->row[k].desc.ndim < 2 ? 0 : n < most ? n : most;
}

/* Each layer is drawn for itself: no two of a model are alike, nor the neighbours of a layer, nor two seeds; one is the same
 * every time. */
static void layers_differ(void **state)
{
    (void)state;
    enum { MOST = 2048 };
    rig r = rig_open(0, 5), other = rig_open(0, 6), again = rig_open(0, 5);
    assert_memory_equal(r.p->value, again.p->value, r.p->count * sizeof(float));
    for (int a = 0; a < r.p->n; a++) {
        const float *x = siam_params_data(r.p, a);
        const int64_t n = drawn_count(r.p, a, MOST);
        if (!n)
            continue;
        assert_true(fabs(correlation(x, x + 1, n - 1)) < 5 / sqrt((double)(n - 1)));
        assert_true(fabs(correlation(x, siam_params_data(other.p, a), n)) < 5 / sqrt((double)n));
        for (int b = 0; b < a; b++) {
            const int64_t both = drawn_count(r.p, b, n);
            if (both && fabs(correlation(x, siam_params_data(r.p, b), both)) > 5 / sqrt((double)both))
                fail_msg("'%s' and '%s' are alike", r.p->row[a].name, r.p->row[b].name);
        }
    }
    rig_close(&r);
    rig_close(&other);
    rig_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups),
        cmocka_unit_test(initial_values),
        cmocka_unit_test(layers_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
