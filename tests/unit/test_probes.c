/* The linear heads and the optimisers against PyTorch (tests/golden/make_linear_golden.py), on every backend; heads side
 * by side; ranks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json.h"
#include "train/probes.h"

static siam_err err;
#define OK(x) assert_int_equal((x), SIAM_OK)

static json_t *golden(void)
{
    char path[4096];
    json_t *doc;
    const char *source = getenv("SIMSIAM_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/linear.json", source ? source : ".");
    OK(siam_json_read(&doc, path, 1 << 24, &err));
    return doc;
}

static int whole(const json_t *o, const char *key) { return (int)json_integer_value(json_object_get(o, key)); }
static double real(const json_t *o, const char *key) { return json_number_value(json_object_get(o, key)); }

static float *numbers(const json_t *o, const char *key, size_t *n)
{
    const json_t *list = json_object_get(o, key);
    *n = json_array_size(list);
    float *x = calloc(*n + 1, sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < *n; i++)
        x[i] = (float)json_number_value(json_array_get(list, i));
    return x;
}

/* Every number within `tolerance` of the largest. */
static void close_to(const json_t *row, const char *key, const float *have, double tolerance, const char *what, int step)
{
    size_t n;
    float *want = numbers(row, key, &n);
    double most = 0;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)want[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)have[i] - (double)want[i]) <= tolerance * most))
            fail_msg("%s, step %d: %s[%zu] is %.9g, expected %.9g", what, step, key, i, (double)have[i],
                     (double)want[i]);
    free(want);
}

static const siam_optimizer *optimizer(const char *name)
{
    for (int i = 0; siam_optimizers[i]; i++)
        if (!strcmp(siam_optimizers[i]->name, name))
            return siam_optimizers[i];
    fail_msg("there is no optimizer %s", name);
    return NULL;
}

typedef struct data {
    float *x, *weight;
    int32_t *label;
    int n, dim, classes, batch;
} data;

static data read_data(const json_t *doc)
{
    size_t nx, nl, nw;
    data d = {.dim = whole(doc, "dim"), .classes = whole(doc, "classes"), .batch = whole(doc, "batch")};
    float *label = numbers(doc, "label", &nl);
    d.x = numbers(doc, "x", &nx);
    d.weight = numbers(doc, "weight", &nw);
    d.n = (int)nl;
    assert_int_equal(nx, d.n * d.dim);
    assert_int_equal(nw, d.classes * d.dim);
    d.label = calloc(nl, sizeof *d.label);
    assert_non_null(d.label);
    for (int i = 0; i < d.n; i++)
        d.label[i] = (int32_t)label[i];
    free(label);
    return d;
}

static void release_data(data *d)
{
    free(d->x);
    free(d->weight);
    free(d->label);
}

static siam_probes *heads_for(siam_backend *b, const data *d, const siam_optimizer *o, double wd, int n)
{
    siam_probes *h;
    OK(siam_probes_create(&h, b, &(siam_probes_cfg){.n = n, .classes = d->classes, .dim = d->dim, .batch = d->batch,
                                                  .optimizer = o, .momentum = 0.9, .weight_decay = wd}, &err));
    for (int k = 0; k < n; k++)
        memcpy(siam_params_data(siam_probes_params(h), 2 * k), d->weight,
               (size_t)(d->classes * d->dim) * sizeof(float));
    return h;
}

static void follow(siam_backend *b, const data *d, const json_t *c)
{
    char what[96];
    const char *name = json_string_value(json_object_get(c, "optimizer"));
    const json_t *steps = json_object_get(c, "step");
    siam_probes *h = heads_for(b, d, optimizer(name), real(c, "weight_decay"), 1);
    const siam_params *p = siam_probes_params(h);
    snprintf(what, sizeof what, "%s, %s, lr %g, weight decay %g", b->type->name, name, real(c, "lr"),
             real(c, "weight_decay"));
    assert_int_equal(json_array_size(steps), 20);
    for (int s = 0, at = 0; s < 20; s++) {
        const json_t *row = json_array_get(steps, (size_t)s);
        const double lr = real(row, "lr"), want = real(row, "loss");
        const int rows = whole(row, "rows");
        double loss;
        OK(siam_probes_step(h, d->x + at * d->dim, d->label + at, rows, rows, &lr, &loss, &err));
        if (!(fabs(loss - want) <= 1e-5 * want))
            fail_msg("%s, step %d: loss %.9g, expected %.9g", what, s + 1, loss, want);
        if (s == 0) {
            close_to(row, "grad_weight", p->grad + p->row[0].offset, 1e-6, what, 1);
            close_to(row, "grad_bias", p->grad + p->row[1].offset, 1e-6, what, 1);
        }
        close_to(row, "weight", siam_probes_weight(h, 0), 1e-5, what, s + 1);
        close_to(row, "bias", siam_probes_bias(h, 0), 1e-5, what, s + 1);
        at = at + rows == d->n ? 0 : at + rows;
    }
    siam_probes_destroy(&h);
}

static void follows_torch(void **state)
{
    (void)state;
    json_t *doc = golden();
    data d = read_data(doc);
    const json_t *cases = json_object_get(doc, "case");
    assert_int_equal(json_array_size(cases), 6);
    for (int i = 0; siam_backends[i]; i++) {
        siam_backend *b;
        if (!siam_backends[i]->probe((char[256]){0}, 256))
            continue;
        OK(siam_backend_open(&b, siam_backends[i]->name, 1, &err));
        for (size_t k = 0; k < json_array_size(cases); k++)
            follow(b, &d, json_array_get(cases, k));
        siam_backend_close(&b);
    }
    release_data(&d);
    json_decref(doc);
}

/* Three heads side by side end bitwise where each ends alone; one that diverges stops by itself. */
static void side_by_side(void **state)
{
    (void)state;
    json_t *doc = golden();
    data d = read_data(doc);
    siam_backend *b;
    const double lr[3] = {0.1, 3e38, 2};
    double loss[3], alone;
    OK(siam_backend_open(&b, "auto", 1, &err));
    siam_probes *three = heads_for(b, &d, optimizer("sgd"), 0, 3);
    for (int s = 0; s < 6; s++)
        OK(siam_probes_step(three, d.x, d.label, d.batch, d.batch, lr, loss, &err));
    assert_true(isfinite(loss[0]) && !isfinite(loss[1]) && isfinite(loss[2]));
    for (int k = 0; k < 3; k += 2) {
        siam_probes *one = heads_for(b, &d, optimizer("sgd"), 0, 1);
        for (int s = 0; s < 6; s++)
            OK(siam_probes_step(one, d.x, d.label, d.batch, d.batch, &lr[k], &alone, &err));
        assert_memory_equal(siam_probes_weight(one, 0), siam_probes_weight(three, k),
                            (size_t)(d.classes * d.dim) * sizeof(float));
        assert_memory_equal(siam_probes_bias(one, 0), siam_probes_bias(three, k), (size_t)d.classes * sizeof(float));
        siam_probes_destroy(&one);
    }
    siam_probes_destroy(&three);
    siam_backend_close(&b);
    release_data(&d);
    json_decref(doc);
}

/* Weights that make the logits what is wanted: x is a unit vector, so logits = a column. */
static void ranks(void **state)
{
    (void)state;
    enum { CLASSES = 7 };
    const float column[CLASSES] = {3, 1, 3, 2, 0, -1, 5}; /* ranks: 1 5 2 3 4 ... of equals the lower class first */
    const int rank[CLASSES] = {1, 4, 2, 3, 5, 6, 0};
    const float x[1] = {1};
    siam_backend *b;
    siam_probes *h;
    int64_t hits[2];
    OK(siam_backend_open(&b, "auto", 1, &err));
    OK(siam_probes_create(&h, b, &(siam_probes_cfg){.n = 1, .classes = CLASSES, .dim = 1, .batch = 1,
                                                  .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd]}, &err));
    memcpy(siam_params_data(siam_probes_params(h), 0), column, sizeof column);
    for (int32_t c = 0; c < CLASSES; c++) {
        OK(siam_probes_measure(h, x, &c, 1, NULL, hits, &err));
        assert_int_equal(hits[0], rank[c] < 1);
        assert_int_equal(hits[1], rank[c] < 5);
    }
    siam_params_data(siam_probes_params(h), 0)[3] = NAN; /* a NaN is no hit, for any class */
    OK(siam_probes_measure(h, x, &(int32_t){3}, 1, NULL, hits, &err));
    assert_int_equal(hits[0], 0);
    OK(siam_probes_measure(h, x, &(int32_t){6}, 1, NULL, hits, &err));
    assert_int_equal(hits[0], 0);
    siam_probes_destroy(&h);
    siam_backend_close(&b);
}

/* More rows than are measured at a time, each with a label of its own: x[i] is the unit vector of class i * i + i / 700, and
 * the weights make that class the first, and those beside it the next ones. */
static void measures_all_rows(void **state)
{
    (void)state;
    enum { CLASSES = 12, MOST = 5000 };
    static const int64_t count[] = {1, 1023, 1024, 1025, 1500, 2048, 2049, MOST};
    float *x = calloc((size_t)MOST * CLASSES, sizeof *x);
    int32_t *label = calloc(MOST, sizeof *label);
    siam_backend *b;
    siam_probes *h;
    assert_true(x && label);
    OK(siam_backend_open(&b, "auto", 1, &err));
    OK(siam_probes_create(&h, b, &(siam_probes_cfg){.n = 2, .classes = CLASSES, .dim = CLASSES, .batch = 1,
                                                  .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd]}, &err));
    for (int k = 0; k < 2; k++) /* the second head puts the classes in the opposite order behind the first */
        for (int c = 0; c < CLASSES; c++)
            for (int j = 0; j < CLASSES; j++)
                siam_params_data(siam_probes_params(h), 2 * k)[c * CLASSES + j] =
                    (float)(k ? (c - j + CLASSES) % CLASSES : (j - c + CLASSES) % CLASSES);
    for (size_t i = 0; i < sizeof count / sizeof *count; i++) {
        int64_t hits[4], want[4] = {0};
        memset(x, 0, (size_t)MOST * CLASSES * sizeof *x);
        for (int64_t j = 0; j < count[i]; j++) {
            const int one = (int)((j * j + j / 700) % CLASSES), rank = (int)((j / 5 + j / 1024) % CLASSES);
            x[j * CLASSES + one] = 1;
            label[j] = (one + 1 + rank) % CLASSES; /* the first head has its classes in this order */
            want[0] += rank < 1;
            want[1] += rank < 5;
            want[2] += (CLASSES + CLASSES - 2 - rank) % CLASSES < 1; /* one - 1 comes first, then one - 2 ... */
            want[3] += (CLASSES + CLASSES - 2 - rank) % CLASSES < 5;
        }
        OK(siam_probes_measure(h, x, label, count[i], NULL, hits, &err));
        for (int k = 0; k < 4; k++)
            assert_int_equal(hits[k], want[k]);
    }
    siam_probes_destroy(&h);
    siam_backend_close(&b);
    free(x);
    free(label);
}

/* All heads of a sweep start where a single one does, and another seed starts elsewhere. */
static void start_alike(void **state)
{
    (void)state;
    siam_backend *b;
    OK(siam_backend_open(&b, "auto", 1, &err));
    for (int n = 2; n <= 16; n += 7)
        for (uint64_t seed = 0; seed < 3; seed++) {
            siam_probes *h[3];
            siam_probes_cfg c = {.n = 1, .classes = 5, .dim = 33, .batch = 4, .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd], .seed = seed};
            const size_t bytes = 5 * 33 * sizeof(float);
            OK(siam_probes_create(&h[0], b, &c, &err));
            c.n = n;
            OK(siam_probes_create(&h[1], b, &c, &err));
            c.seed = seed + 1;
            OK(siam_probes_create(&h[2], b, &c, &err));
            for (int k = 0; k < n; k++) {
                assert_memory_equal(siam_probes_weight(h[1], k), siam_probes_weight(h[0], 0), bytes);
                assert_memory_not_equal(siam_probes_weight(h[2], k), siam_probes_weight(h[0], 0), bytes);
            }
            for (int k = 0; k < 3; k++)
                siam_probes_destroy(&h[k]);
        }
    siam_backend_close(&b);
}

/* N(0, 0.01^2) and 0. */
static void starts_small(void **state)
{
    (void)state;
    enum { CLASSES = 10, DIM = 2048 };
    siam_backend *b;
    siam_probes *h;
    double sum = 0, squares = 0;
    OK(siam_backend_open(&b, "auto", 1, &err));
    OK(siam_probes_create(&h, b, &(siam_probes_cfg){.n = 1, .classes = CLASSES, .dim = DIM, .batch = 1,
                                                  .optimizer = siam_optimizers[SIAM_OPTIMIZER_sgd]}, &err));
    for (int i = 0; i < CLASSES * DIM; i++) {
        sum += (double)siam_probes_weight(h, 0)[i];
        squares += pow((double)siam_probes_weight(h, 0)[i], 2);
    }
    assert_true(fabs(sum / (CLASSES * DIM)) < 3 * 0.01 / sqrt(CLASSES * DIM));
    assert_true(fabs(sqrt(squares / (CLASSES * DIM)) - 0.01) < 0.0002);
    for (int i = 0; i < CLASSES; i++)
        assert_true(siam_probes_bias(h, 0)[i] == 0);
    siam_probes_destroy(&h);
    siam_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(follows_torch), cmocka_unit_test(side_by_side),
                                       cmocka_unit_test(ranks), cmocka_unit_test(starts_small),
                                       cmocka_unit_test(measures_all_rows), cmocka_unit_test(start_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
