/* Features of a data set, read by several ranks: what one reads alone, bit for bit, on all of them; and what becomes of the
 * others where one fails. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer/features.h"
#include "infer/scan.h"
#include "nn/model.h"
#include "threads.h"

enum { SIZE = 16 };

typedef struct reading {
    const int64_t *subset;
    int64_t nsubset;
    int images, broken_rank;
    int stopping; /* the rank that is asked to stop, from 1; 0: none */
    siam_features f;
    siam_code rc;
    siam_err err;
} reading;

static siam_code fail_read(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    (void)d;
    (void)im;
    return siam_fail(e, SIAM_E_IO, "image %d cannot be read", (int)index);
}

static void must(siam_code rc, const siam_err *e)
{
    if (!rc)
        return;
    print_error("%s\n", e->msg);
    abort();
}

static void read_all(const siam_comm *c, void *share)
{
    reading *r = share;
    siam_err e = {0};
    siam_backend *b;
    siam_graph *g;
    siam_model_vals v;
    siam_params *p;
    siam_extractor *x;
    siam_dataset *d;
    char spec[64];
    const siam_model_cfg m = {.arch = "resnet18", .backbone = {.width = 8, .cifar_stem = true}, .in_channels = 3, .size = SIZE};
    snprintf(spec, sizeof spec, "synth:train=%d,test=2", r->images);
    must(siam_dataset_open(&d, spec, SIAM_SPLIT_TRAIN, SIZE, &e), &e);
    must(siam_backend_open(&b, "onednn", 1, &e), &e);
    siam_backend_join(b, c);
    must(siam_encoder_graph(&g, &v, &m, 0, &e), &e);
    must(siam_params_create(&p, g->param, g->nparams, false, &e), &e);
    siam_params_init(p, 3);
    const siam_extract_cfg cfg = {.size = SIZE, .batch = 4, .workers = 1, .norm = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}}};
    must(siam_extractor_create(&x, b, NULL, g, v.features, &cfg, &e), &e);
    siam_dataset_type broken = *d->type;
    const siam_dataset_type *whole = d->type;
    broken.read = fail_read;
    if (c->rank == r->broken_rank)
        d->type = &broken;
    const volatile sig_atomic_t now = SIGTERM;
    r->rc = siam_extractor_run(x, p, d, r->subset, r->nsubset, r->stopping == c->rank + 1 ? &now : NULL, &r->f, &r->err);
    d->type = whole;
    siam_extractor_destroy(&x);
    siam_params_destroy(&p);
    siam_graph_destroy(&g);
    siam_dataset_close(&d);
    siam_backend_close(&b);
}

static void compare(const reading *like)
{
    reading alone = *like;
    read_all(&siam_comm_single, &alone);
    must(alone.rc, &alone.err);
    for (int ranks = 2; ranks <= 4; ranks++) {
        reading r[4];
        for (int i = 0; i < ranks; i++)
            r[i] = *like;
        run_ranks(ranks, read_all, r, sizeof *r);
        for (int i = 0; i < ranks; i++) {
            must(r[i].rc, &r[i].err);
            assert_true(r[i].f.n == alone.f.n && r[i].f.dim == alone.f.dim && r[i].f.bad == alone.f.bad);
            assert_memory_equal(r[i].f.x, alone.f.x, (size_t)alone.f.n * (size_t)alone.f.dim * sizeof(float));
            assert_memory_equal(r[i].f.label, alone.f.label, (size_t)alone.f.n * sizeof(int32_t));
            siam_features_release(&r[i].f);
        }
    }
    siam_features_release(&alone.f);
}

static void test_features_of_ranks(void **state)
{
    (void)state;
    static const int64_t subset[7] = {4, 2, 19, 7, 7, 0, 11};
    for (int images = 2; images <= 26; images += 8)
        compare(&(reading){.images = images, .broken_rank = -1});
    for (int n = 1; n <= 7; n += 3)
        compare(&(reading){.images = 20, .subset = subset, .nsubset = n, .broken_rank = -1});
}

static void test_one_rank_fails(void **state)
{
    (void)state;
    for (int broken = 0; broken < 3; broken++) {
        reading r[3] = {{0}};
        for (int i = 0; i < 3; i++)
            r[i] = (reading){.images = 20, .broken_rank = broken};
        run_ranks(3, read_all, r, sizeof *r);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(r[i].rc, SIAM_E_IO);
            assert_null(r[i].f.x);
            if (i) /* the first rank says it, and whose it is */
                assert_string_equal(r[i].err.msg, "");
            else
                assert_non_null(strstr(r[i].err.msg, "cannot be read"));
        }
        char who[32];
        snprintf(who, sizeof who, "rank %d on %s: ", broken, broken < 2 ? "north" : "south");
        assert_int_equal(!strncmp(r[0].err.msg, who, strlen(who)), broken > 0);
    }
}

static void test_one_rank_is_stopped(void **state)
{
    (void)state;
    for (int stopping = 1; stopping <= 3; stopping++) {
        reading r[3];
        for (int i = 0; i < 3; i++)
            r[i] = (reading){.images = 20, .broken_rank = -1, .stopping = stopping};
        run_ranks(3, read_all, r, sizeof *r);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(r[i].rc, SIAM_E_CANCELLED);
            assert_null(r[i].f.x);
        }
        assert_non_null(strstr(r[0].err.msg, "stopped while reading features"));
    }
}

/* ---- the same model and images ---- */

typedef struct opening {
    siam_scan_spec ask;
    siam_code rc;
    siam_err err;
} opening;

static void open_scan(const siam_comm *c, void *share)
{
    opening *o = share;
    siam_scan x;
    o->ask.comm = c;
    o->rc = siam_scan_open(&x, &o->ask, &o->err);
    siam_scan_close(&x);
}

/* Ranks that see another model, or other images, than the first are told so before anything is computed. */
static void test_one_rank_has_another(void **state)
{
    (void)state;
    static const char *const says[] = {"", "rank 1 on north has another model than rank 0 on north",
                                       "rank 2 on south has other images than rank 0 on north"};
    for (int kind = 0; kind < 3; kind++) {
        opening o[3];
        for (int i = 0; i < 3; i++) {
            o[i] = (opening){.ask = {.model = {.model = "random:resnet18", .width = 4, .seed = kind == 1 && i == 1 ? 6 : 5}, .pixels = true,
                                     .images_size = true}};
            strcpy(o[i].ask.data, kind == 2 && i == 2 ? "synth:train=8,test=4,seed=2" : "synth:train=8,test=4");
        }
        run_ranks(3, open_scan, o, sizeof *o);
        for (int i = 0; i < 3; i++)
            assert_int_equal(o[i].rc, kind ? SIAM_E_CONFIG : SIAM_OK);
        if (!strstr(o[0].err.msg, says[kind]))
            fail_msg("'%s' is not in: %s", says[kind], o[0].err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_features_of_ranks), cmocka_unit_test(test_one_rank_fails),
                                       cmocka_unit_test(test_one_rank_is_stopped), cmocka_unit_test(test_one_rank_has_another)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
