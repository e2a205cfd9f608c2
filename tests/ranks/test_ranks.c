/* A step of several ranks against that of one with the same images: statistics of all ranks, or of each; more than two views;
 * and which gradients are summed, and when. */
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
#include "nn/model.h"
#include "nn/plan.h"
#include "threads.h"

enum { IMAGES = 16, SIZE = 16, STEPS = 3, MOST_VIEWS = 3, IMAGE = 3 * SIZE * SIZE };

/* One rank's training of a few steps, and what it came to. */
typedef struct trial {
    const char *device;
    int views, parts; /* parts: the batch is divided into, by accumulation */
    bool per_rank, recompute;
    double loss[STEPS], gauge[STEPS];
    size_t count, buffers;
    float *grad, *buffer, *value; /* the gradient of the first step, the statistics after it; the weights at the end */
} trial;

static float images[STEPS][MOST_VIEWS][IMAGES][IMAGE];

static int make_images(void **state)
{
    (void)state;
    siam_rng r = siam_rng_key(1, 2, 3, 4, SIAM_RNG_TEST);
    float *x = &images[0][0][0][0];
    for (size_t i = 0; i < sizeof images / sizeof *x; i++)
        x[i] = (float)siam_rng_uniform(&r, -1.5, 1.5) + (float)(i / IMAGE % IMAGES) * 0.1f;
    return 0;
}

static void must(siam_code rc, const siam_err *e)
{
    if (!rc)
        return;
    print_error("%s\n", e->msg);
    abort(); /* in a rank's thread cmocka cannot go on */
}

static siam_model_cfg model_of(const trial *t)
{
    return (siam_model_cfg){.arch = "resnet18", .backbone = {.width = 8, .cifar_stem = true}, .in_channels = 3, .size = SIZE,
                            .projector_layers = 2, .dim = 32, .stop_gradient = true, .views = t->views,
                            .bn_per_rank = t->per_rank};
}

/* Part `part` of this rank's images, all views. */
static void feed(float *in, const trial *t, const siam_comm *c, int step, int part)
{
    const int n = IMAGES / c->size / t->parts, first = c->rank * (IMAGES / c->size) + part * n;
    for (int v = 0; v < t->views; v++)
        memcpy(in + (size_t)v * (size_t)n * IMAGE, images[step][v][first], (size_t)n * IMAGE * sizeof *in);
}

static void step(trial *t, const siam_comm *c, siam_plan *plan, siam_val loss, int s)
{
    siam_err e = {0};
    for (int part = 0; part < t->parts; part++) {
        feed(siam_plan_input(plan), t, c, s, part);
        must(siam_plan_forward(plan, &e), &e);
        t->loss[s] += (double)siam_plan_value(plan, loss, NULL)[0] / t->parts;
        t->gauge[s] += (double)siam_plan_value(plan, loss, NULL)[1] / t->parts;
        must(part + 1 < t->parts ? siam_plan_backward_part(plan, 1.0f / (float)t->parts, &e)
                                 : siam_plan_backward(plan, 1.0f / (float)t->parts, &e), &e);
    }
}

static float *copy(const float *x, size_t n) { return memcpy(malloc(n * sizeof *x), x, n * sizeof *x); }

static void train(const siam_comm *c, void *share)
{
    trial *t = share;
    siam_err e = {0};
    siam_backend *b;
    siam_graph *g;
    siam_plan *plan;
    siam_params *p;
    siam_model_vals v;
    const siam_model_cfg m = model_of(t);
    const siam_plan_cfg cfg = {.batch = t->views * IMAGES / c->size / t->parts, .training = true,
                               .recompute = t->recompute ? SIAM_RECOMPUTE_BLOCKS : SIAM_RECOMPUTE_NONE};
    must(siam_backend_open(&b, t->device, 1, &e), &e);
    siam_backend_join(b, c);
    must(siam_model_graph(&g, &v, &m, &e), &e);
    must(siam_plan_create(&plan, g, b, &cfg, &e), &e);
    must(siam_plan_alloc(plan, &e), &e);
    must(siam_params_create(&p, g->param, g->nparams, true, &e), &e);
    must(siam_plan_bind(plan, p, &e), &e);
    siam_params_init(p, 9); /* a seed with which no ReLU stands at its corner */
    for (int s = 0; s < STEPS; s++) {
        memset(p->grad, 0, p->count * sizeof *p->grad);
        step(t, c, plan, v.loss, s);
        if (s == 0) {
            t->grad = copy(p->grad, p->count);
            t->buffer = copy(p->buffer, p->buffer_count);
        }
        must(b->type->sgd(b, p->value, p->grad, p->momentum, p->count, 1, 0.05f, 0.9f, 1e-4f, &e), &e);
    }
    t->count = p->count;
    t->buffers = p->buffer_count;
    t->value = copy(p->value, p->count);
    siam_plan_destroy(&plan);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
}

static void release(trial *t, int n)
{
    for (int i = 0; i < n; i++) {
        free(t[i].value);
        free(t[i].grad);
        free(t[i].buffer);
    }
}

/* The length of a - b as a share of that of a: an element whose ReLU stands at its corner may be another. */
static double distance(const float *a, const float *b, size_t n)
{
    double square = 0, apart = 0;
    for (size_t i = 0; i < n; i++) {
        square += (double)a[i] * a[i];
        apart += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    }
    return sqrt(apart / square);
}

static void expect_near(double x, double y, double tolerance, const char *what, int at)
{
    if (!(fabs(x - y) <= tolerance))
        fail_msg("%s of step %d: %.9g and %.9g", what, at + 1, x, y);
}

/* `ranks` ranks come to what `alone` comes to. Steps and the corners of ReLU carry rounding on. */
static void compare(const trial *like, const trial *alone, int ranks, bool gauges, bool statistics)
{
    trial t[4];
    for (int i = 0; i < ranks; i++) {
        t[i] = *like;
        t[i].value = t[i].grad = t[i].buffer = NULL;
    }
    run_ranks(ranks, train, t, sizeof *t);
    for (int i = 0; i < ranks; i++) {
        for (int s = 0; s < STEPS; s++) {
            expect_near(t[0].loss[s], t[i].loss[s], 0, "the loss of two ranks", s);
            expect_near(t[i].loss[s], alone->loss[s], s ? 2e-4 : 2e-6, "the loss", s);
            if (gauges)
                expect_near(t[i].gauge[s], alone->gauge[s], s ? 1e-3 : 1e-5, "the gauge", s);
        }
        assert_memory_equal(t[i].value, t[0].value, t[0].count * sizeof(float)); /* the same model on all ranks */
        assert_memory_equal(t[i].grad, t[0].grad, t[0].count * sizeof(float));
        assert_true(distance(alone->grad, t[i].grad, alone->count) < 1e-4);
        if (statistics) {
            assert_memory_equal(t[i].buffer, t[0].buffer, t[0].buffers * sizeof(float));
            assert_true(distance(alone->buffer, t[i].buffer, alone->buffers) < 1e-5);
        }
    }
    release(t, ranks);
}

static void test_statistics_of_all_ranks(void **state)
{
    (void)state;
    for (int views = 2; views <= MOST_VIEWS; views++) {
        trial like = {.device = "onednn", .views = views, .parts = 1}, alone = like;
        train(&siam_comm_single, &alone);
        compare(&like, &alone, 4, true, true);
        like.recompute = true; /* statistics are not gathered a second time */
        compare(&like, &alone, 2, true, true);
        release(&alone, 1);
    }
    const trial like = {.device = "ref", .views = 2, .parts = 1};
    trial alone = like;
    train(&siam_comm_single, &alone);
    compare(&like, &alone, 2, true, true);
    release(&alone, 1);
}

/* Each rank with statistics of its own: what accumulation over the same parts comes to. */
static void test_statistics_of_each_rank(void **state)
{
    (void)state;
    static const char *const device[] = {"onednn", "ref"};
    for (int d = 0; d < 2; d++)
        for (int ranks = 2; ranks <= 4; ranks += 2) {
            const trial like = {.device = device[d], .views = 2, .parts = 1, .per_rank = true};
            trial alone = like;
            alone.parts = ranks;
            train(&siam_comm_single, &alone);
            compare(&like, &alone, ranks, false, false);
            release(&alone, 1);
        }
}

/* Accumulation on top: the batch of two ranks in two parts each is that of one rank in two, whose parts hold other images, so
 * only with statistics per part is there something to compare: four parts. */
static void test_parts_of_ranks(void **state)
{
    (void)state;
    const trial like = {.device = "onednn", .views = 2, .parts = 2, .per_rank = true};
    trial alone = like;
    alone.parts = 4;
    train(&siam_comm_single, &alone);
    compare(&like, &alone, 2, false, false);
    release(&alone, 1);
}

/* Statistics of their own are others than those of all: or the tests above would compare nothing. */
static void test_statistics_differ(void **state)
{
    (void)state;
    trial all[2] = {{.device = "onednn", .views = 2, .parts = 1}, {.device = "onednn", .views = 2, .parts = 1}};
    trial own[2] = {{.device = "onednn", .views = 2, .parts = 1, .per_rank = true},
                    {.device = "onednn", .views = 2, .parts = 1, .per_rank = true}};
    run_ranks(2, train, all, sizeof *all);
    run_ranks(2, train, own, sizeof *own);
    assert_true(fabs(all[0].loss[0] - own[0].loss[0]) > 1e-3);
    assert_true(distance(all[0].buffer, own[0].buffer, all[0].buffers) > 1e-2);
    release(all, 2);
    release(own, 2);
}

/* ---- what is summed ---- */

/* One of two ranks whose other one has the same as it. */
typedef struct mirror {
    siam_comm head;
    struct tally {
        int calls, doubles;
        size_t floats;
        const float *lowest, *before; /* of the gradients summed so far */
        bool apart; /* a range that does not end where the one before began */
    } *tally;
} mirror;

static siam_code twice(const siam_comm *c, float *x, size_t n, siam_err *e)
{
    struct tally *t = ((const mirror *)c)->tally;
    (void)e;
    t->apart |= t->calls && x + n > t->before;
    t->calls++;
    t->floats += n;
    t->before = t->lowest = x;
    for (size_t i = 0; i < n; i++)
        x[i] *= 2;
    return SIAM_OK;
}

static siam_code twice_doubles(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    (void)e;
    ((const mirror *)c)->tally->doubles++;
    for (size_t i = 0; i < n; i++)
        x[i] *= 2;
    return SIAM_OK;
}

static siam_code gather_twice(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    (void)c;
    (void)e;
    memcpy(all, mine, bytes);
    memcpy((char *)all + bytes, mine, bytes);
    return SIAM_OK;
}

static const siam_comm_type mirror_type = {.name = "mirror", .sum_floats = twice, .sum_doubles = twice_doubles,
                                           .gather = gather_twice};

static void test_every_gradient_is_summed_once(void **state)
{
    (void)state;
    siam_err e = {0};
    struct tally tally = {0};
    const mirror c = {.head = {.type = &mirror_type, .rank = 0, .size = 2}, .tally = &tally};
    siam_model_cfg m = {.arch = "resnet18", .backbone = {.width = 64, .cifar_stem = true}, .in_channels = 3, .size = 8,
                        .projector_layers = 2, .dim = 64, .stop_gradient = true};
    const siam_plan_cfg cfg = {.batch = 4, .training = true};
    siam_backend *b;
    siam_graph *g;
    siam_plan *plan;
    siam_params *p;
    siam_model_vals v;
    must(siam_backend_open(&b, "onednn", 1, &e), &e);
    siam_backend_join(b, &c.head);
    must(siam_model_graph(&g, &v, &m, &e), &e);
    must(siam_plan_create(&plan, g, b, &cfg, &e), &e);
    must(siam_plan_alloc(plan, &e), &e);
    must(siam_params_create(&p, g->param, g->nparams, true, &e), &e);
    must(siam_plan_bind(plan, p, &e), &e);
    siam_params_init(p, 9);
    memcpy(siam_plan_input(plan), images, 4 * 3 * 8 * 8 * sizeof(float));
    must(siam_plan_forward(plan, &e), &e);
    must(siam_plan_backward_part(plan, 1, &e), &e);
    assert_int_equal(tally.calls, 0); /* other parts follow */
    float *before = malloc(p->count * sizeof *before);
    memcpy(before, p->grad, p->count * sizeof *before);
    must(siam_plan_forward(plan, &e), &e);
    must(siam_plan_backward(plan, 1, &e), &e);
    assert_in_range(tally.calls, 4, 20); /* while backward goes on, but not of each tensor */
    assert_false(tally.apart);
    assert_ptr_equal(tally.lowest, p->grad);
    assert_in_range(tally.floats, siam_params_trainable(p), p->count);
    /* Both parts are equal, and so are both ranks: four times the first part's, which was already divided by two. */
    for (size_t i = 0; i < p->count; i++)
        if (!(fabsf(p->grad[i] - 4 * before[i]) <= 1e-5f + 1e-3f * fabsf(before[i])))
            fail_msg("gradient %zu is %g, not 4 times %g", i, (double)p->grad[i], (double)before[i]);
    free(before);
    siam_plan_destroy(&plan);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
    siam_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics_of_all_ranks), cmocka_unit_test(test_statistics_of_each_rank),
        cmocka_unit_test(test_parts_of_ranks),          cmocka_unit_test(test_statistics_differ),
        cmocka_unit_test(test_every_gradient_is_summed_once),
    };
    return cmocka_run_group_tests(tests, make_images, NULL);
}
