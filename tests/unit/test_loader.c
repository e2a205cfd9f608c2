/* Loader: what a batch holds depends on (seed, epoch, sample, view) only; it stops, skips, fails and starts
 * again at any point. The data set is one of our own, so that a read can be made to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap_used.h"
#include "base/hash.h"
#include "base/rng.h"
#include "noise_set.h"


static void test_order(void **state)
{
    int64_t a[1000], b[1000];
    bool there[1000] = {0};
    int same = 0, fixed = 0;
    (void)state;

    siam_epoch_order(a, 1000, 5, 3);
    siam_epoch_order(b, 1000, 5, 3);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < 1000; i++) {
        assert_in_range(a[i], 0, 999);
        assert_false(there[a[i]]);
        there[a[i]] = true;
        fixed += a[i] == i;
    }
    assert_true(fixed < 10); /* 1 expected */
    siam_epoch_order(b, 1000, 5, 4);
    for (int i = 0; i < 1000; i++)
        same += a[i] == b[i];
    assert_true(same < 10);
    siam_epoch_order(b, 1000, 6, 3);
    assert_memory_not_equal(a, b, sizeof a);
    siam_epoch_order(a, 1, 5, 3);
    assert_int_equal(a[0], 0);
    siam_epoch_order(a, 0, 5, 3);
}

static void test_workers_do_not_matter(void **state)
{
    static const int workers[] = {1, 2, 5, 16};
    const noise_set s = make_set(COUNT);
    seen first[2];
    (void)state;
    for (int w = 0; w < 4; w++) {
        siam_loader_cfg c = config(8, workers[w]);
        c.slots = 2 + w;
        siam_loader *l = create_ok(&s, &c);
        assert_int_equal(siam_loader_batches(l), 6);
        for (int epoch = 0; epoch < 2; epoch++) {
            const seen got = run_epoch(l, epoch, 0, 2);
            assert_int_equal(got.images, 48);
            if (w == 0)
                first[epoch] = got;
            else
                assert_memory_equal(&got, &first[epoch], sizeof got);
        }
        assert_true(siam_loader_waited(l) >= 0);
        siam_loader_destroy(&l);
        assert_null(l);
    }
    int64_t perm[COUNT];
    siam_epoch_order(perm, COUNT, 11, 1);
    assert_memory_equal(first[1].index, perm, 48 * sizeof *perm);
    int view0 = 0;
    for (int i = 0; i < 48; i++) {
        assert_int_not_equal(first[0].view[0][i], first[0].view[1][i]); /* views differ */
        for (int j = 0; j < 48; j++)                                    /* and so do epochs */
            view0 += first[0].index[i] == first[1].index[j] && first[0].view[0][i] == first[1].view[0][j];
    }
    assert_int_equal(view0, 0);
}

/* One view is the first of two; the images that do not fill a batch come in a shorter one. */
static void test_one_view(void **state)
{
    const noise_set s = make_set(COUNT);
    siam_loader_cfg c = config(8, 3);
    siam_loader *l = create_ok(&s, &c);
    const seen two = run_epoch(l, 1, 0, 2);
    (void)state;
    siam_loader_destroy(&l);
    c.views = 1;
    c.drop_last = false;
    l = create_ok(&s, &c);
    const seen one = run_epoch(l, 1, 0, 1), rest = run_epoch(l, 1, 4, 1);
    siam_loader_destroy(&l);
    assert_int_equal(one.images, COUNT);
    assert_int_equal(one.last_n, COUNT % 8);
    assert_memory_equal(one.index, two.index, 48 * sizeof *one.index);
    assert_memory_equal(one.view[0], two.view[0], 48 * sizeof *one.view[0]);
    assert_int_equal(rest.images, COUNT - 32);
    assert_memory_equal(rest.view[0], one.view[0] + 32, (COUNT - 32) * sizeof *one.view[0]);
}

/* A batch is exactly what siam_augment_view makes of its key. */
static void test_pixels(void **state)
{
    const noise_set s = make_set(COUNT);
    const siam_loader_cfg c = config(8, 3);
    siam_loader *l = create_ok(&s, &c);
    const seen got = run_epoch(l, 4, 0, 2);
    siam_aug_ctx ctx = {.seed = 11, .epoch = 4};
    siam_image src = {0}, work = {0};
    float *px = malloc(FLOATS * sizeof *px);
    (void)state;
    for (int i = 0; i < 48; i++)
        for (uint32_t v = 0; v < 2; v++) {
            ctx.sample = (uint64_t)got.index[i];
            ctx.view = v;
            assert_int_equal(read_noise(&s.head, got.index[i], NULL, &src, NULL), SIAM_OK);
            assert_int_equal(siam_augment_view(&c.aug, &ctx, &src, &work, &c.norm, px, NULL), SIAM_OK);
            assert_int_equal(siam_hash64(px, FLOATS * sizeof *px), got.view[v][i]);
        }
    free(px);
    siam_image_release(&src);
    siam_image_release(&work);
    siam_aug_ctx_release(&ctx);
    siam_loader_destroy(&l);
}

/* Crops and what was drawn, or that alone, make the views that the loader makes itself. */
static void test_parts(void **state)
{
    static const siam_loader_gives kinds[] = {SIAM_LOADER_CROPS, SIAM_LOADER_DRAWN};
    const noise_set s = make_set(COUNT);
    const int words = siam_augment_words(NULL);
    siam_aug_ctx ctx = {0};
    siam_image src = {0}, work = {0};
    float *px = malloc(FLOATS * sizeof *px);
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        siam_loader_cfg c = config(8, 3);
        c.aug.solarise_p = c.aug.vflip_p = c.aug.rot90_p = c.aug.rotate_p = c.aug.drop_p = 0.5;
        c.aug.rotate_max = 30;
        siam_loader *l = create_ok(&s, &c);
        const seen want = run_epoch(l, 4, 0, 2);
        siam_loader_destroy(&l);
        c.gives = kinds[k];
        assert_int_equal(read_noise(&s.head, 0, NULL, &src, NULL), SIAM_OK);
        c.held_w = src.w;
        c.held_h = src.h;
        l = create_ok(&s, &c);
        assert_int_equal(siam_loader_epoch(l, 4, 0, NULL), SIAM_OK);
        const siam_batch *b;
        for (int done = 0; !siam_loader_get(l, &b, NULL) && b; done += b->n) {
            assert_null(b->images);
            assert_int_equal(b->crops != NULL, kinds[k] == SIAM_LOADER_CROPS);
            for (int v = 0; v < 2; v++)
                for (int i = 0; i < b->n; i++) {
                    const size_t at = (size_t)(v * b->n + i);
                    const int32_t *drawn = b->drawn + at * (size_t)words;
                    assert_int_equal(b->index[i], want.index[done + i]);
                    assert_int_equal(read_noise(&s.head, b->index[i], NULL, &src, NULL), SIAM_OK);
                    assert_int_equal(siam_image_crop_resize(&work, &src, drawn[SIAM_CROP_X], drawn[SIAM_CROP_Y], drawn[SIAM_CROP_W],
                                                            drawn[SIAM_CROP_H], c.aug.size, c.aug.size, &ctx.scratch, NULL), SIAM_OK);
                    if (b->crops)
                        assert_memory_equal(b->crops + at * FLOATS, work.px, FLOATS);
                    assert_int_equal(siam_augment_finish(&c.aug, &ctx, drawn, &work, NULL), SIAM_OK);
                    siam_image_normalise(px, &work, &c.norm);
                    assert_int_equal(siam_hash64(px, FLOATS * sizeof *px), want.view[v][done + i]);
                }
        }
        siam_loader_destroy(&l);
    }
    free(px);
    siam_image_release(&src);
    siam_image_release(&work);
    siam_aug_ctx_release(&ctx);
}

/* What siam_loader_bytes says is what creating the loader takes: every allocation may be rounded up to a page, or
 * come from what the heap still counts as in use. */
static void test_bytes(void **state)
{
    static const struct {
        int batch, views, workers, slots, size;
        int64_t images, subset;
        siam_loader_gives gives;
    } rows[] = {{8, 2, 2, 3, 32, COUNT, 0, SIAM_LOADER_VIEWS},
                {64, 2, 1, 3, 64, 100000, 0, SIAM_LOADER_VIEWS},
                {16, 1, 3, 3, 224, 1000, 0, SIAM_LOADER_VIEWS},
                {64, 2, 2, 3, 224, 1000, 0, SIAM_LOADER_CROPS},
                {512, 2, 2, 3, 32, 50000, 0, SIAM_LOADER_DRAWN},
                {256, 0, 2, 3, 32, 50000, 0, SIAM_LOADER_VIEWS},
                {4, 0, 1, 2, 128, 9, 5, SIAM_LOADER_VIEWS},
                {1, 5, 7, 6, 96, 1, 0, SIAM_LOADER_VIEWS},
                {33, 3, 2, 4, 47, 2000000, 0, SIAM_LOADER_VIEWS}};
    const int64_t subset[5] = {8, 1, 3, 3, 0};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const noise_set s = make_set(rows[i].images);
        siam_loader_cfg c = config(rows[i].batch, rows[i].workers);
        c.views = rows[i].views;
        c.gives = rows[i].gives;
        c.held_w = c.held_h = 32;
        c.slots = rows[i].slots;
        c.aug.size = rows[i].size;
        c.drop_last = false;
        c.subset = rows[i].subset ? subset : NULL;
        c.nsubset = rows[i].subset;
        const size_t said = siam_loader_bytes(&c, rows[i].images), before = heap_used();
        siam_loader *l = create_ok(&s, &c);
        const size_t taken = heap_used() - before, pages = (size_t)(4 + 3 * c.slots) * 4096;
        if (said > taken + pages || taken > said + pages)
            fail_msg("row %zu: %zu bytes are said and %zu taken", i, said, taken);
        siam_loader_destroy(&l);
    }
    siam_loader_cfg c = config(1 << 30, 1);
    c.aug.size = 1 << 20;
    assert_true(siam_loader_bytes(&c, 1) == SIZE_MAX);
    c.aug.size = INT32_MAX;
    assert_true(siam_loader_bytes(&c, 1) == SIZE_MAX);
}

/* A batch says what its views look like. */
static void test_shape(void **state)
{
    static const int sizes[] = {8, 33, 64};
    const noise_set s = make_set(COUNT);
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        siam_loader_cfg c = config(4, 1);
        const siam_batch *b;
        c.aug.size = sizes[i];
        siam_loader *l = create_ok(&s, &c);
        assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
        assert_int_equal(siam_loader_get(l, &b, NULL), SIAM_OK);
        assert_int_equal(b->shape.channels, 3);
        assert_int_equal(b->shape.height, sizes[i]);
        assert_int_equal(b->shape.width, sizes[i]);
        assert_int_equal(siam_image_floats(b->shape), 3 * sizes[i] * sizes[i]);
        siam_loader_destroy(&l);
    }
}

static void test_skip(void **state)
{
    const noise_set s = make_set(COUNT);
    (void)state;
    for (int drop = 0; drop < 2; drop++) {
        siam_loader_cfg c = config(8, 2);
        c.drop_last = drop;
        siam_loader *l = create_ok(&s, &c);
        const int64_t batches = siam_loader_batches(l);
        const seen all = run_epoch(l, 2, 0, 2);
        assert_int_equal(batches, drop ? 6 : 7);
        assert_int_equal(all.batches, batches);
        assert_int_equal(all.last_n, drop ? 8 : 5);
        for (int skip = 0; skip <= batches; skip++) {
            const seen part = run_epoch(l, 2, skip, 2);
            assert_int_equal(part.batches, batches - skip);
            assert_int_equal(part.images, skip * 8 > all.images ? 0 : all.images - skip * 8);
            for (int i = 0; i < part.images; i++) {
                assert_int_equal(part.index[i], all.index[i + skip * 8]);
                assert_int_equal(part.view[0][i], all.view[0][i + skip * 8]);
                assert_int_equal(part.view[1][i], all.view[1][i + skip * 8]);
            }
        }
        siam_err e = {0};
        assert_int_equal(siam_loader_epoch(l, 2, batches + 1, &e), SIAM_E_CONFIG);
        siam_loader_destroy(&l);
    }
}

/* The test transform in order, over everything or a subset, with a short last batch. */
static void test_in_order(void **state)
{
    static const int64_t subset[5] = {50, 3, 3, 0, 52};
    const noise_set s = make_set(COUNT);
    siam_loader_cfg c = config(8, 3);
    siam_image src = {0}, work = {0};
    siam_image_scratch scratch = {0};
    float *px = malloc(FLOATS * sizeof *px);
    (void)state;
    c.views = 0;
    c.drop_last = false;
    siam_loader *l = create_ok(&s, &c);
    const seen all = run_epoch(l, 0, 0, 1);
    assert_int_equal(all.images, COUNT);
    assert_int_equal(all.last_n, 5);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(all.index[i], i);
        assert_int_equal(read_noise(&s.head, i, NULL, &src, NULL), SIAM_OK);
        assert_int_equal(siam_test_view(SIZE, &src, &work, &scratch, &c.norm, px, NULL), SIAM_OK);
        assert_int_equal(siam_hash64(px, FLOATS * sizeof *px), all.view[0][i]);
    }
    siam_loader_destroy(&l);

    c.subset = subset;
    c.nsubset = 5;
    c.batch = 2;
    l = create_ok(&s, &c);
    assert_int_equal(siam_loader_batches(l), 3);
    const seen some = run_epoch(l, 0, 0, 1);
    assert_int_equal(some.images, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(some.index[i], subset[i]);
        assert_int_equal(some.view[0][i], all.view[0][subset[i]]);
    }
    siam_loader_destroy(&l);
    free(px);
    siam_image_release(&src);
    siam_image_release(&work);
    siam_image_scratch_release(&scratch);
}

/* Destroyed or started again never started, at once, in the middle, with a batch still lent, at the end. */
static void test_stop_anywhere(void **state)
{
    const noise_set s = make_set(COUNT);
    const siam_loader_cfg c = config(4, 4);
    siam_loader *l = create_ok(&s, &c), *whole = create_ok(&s, &c);
    const seen want = run_epoch(whole, 9, 0, 2);
    (void)state;
    siam_loader_destroy(&whole);
    siam_loader_destroy(&l);
    siam_loader_destroy(&l); /* nothing left to destroy */
    for (int taken = 0; taken <= 13; taken++) {
        const siam_batch *b;
        l = create_ok(&s, &c);
        assert_int_equal(siam_loader_epoch(l, 3, 0, NULL), SIAM_OK);
        for (int i = 0; i < taken; i++) {
            assert_int_equal(siam_loader_get(l, &b, NULL), SIAM_OK);
            assert_non_null(b);
        }
        if (taken % 2) { /* another epoch instead of the rest: nothing of the first may show up in it */
            const seen got = run_epoch(l, 9, 0, 2);
            assert_memory_equal(&got, &want, sizeof got);
        }
        siam_loader_destroy(&l);
    }
}

/* The failure is the first one by position, after the whole batches before it, whoever met it first. */
static void test_failure(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 6; workers++) {
        noise_set s = make_set(COUNT);
        const siam_loader_cfg c = config(4, workers);
        siam_loader *l = create_ok(&s, &c);
        int64_t perm[COUNT];
        char want[64];
        const siam_batch *b;
        siam_epoch_order(perm, COUNT, 11, 0);
        s.bad[0] = perm[23]; /* positions 22 and 23: batch 5 */
        s.bad[1] = perm[22];
        snprintf(want, sizeof want, "image %" PRId64 " is damaged", perm[22]);
        assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
        for (int i = 0; i < 5; i++) {
            siam_err e = {0};
            if (siam_loader_get(l, &b, &e))
                fail_msg("%s", e.msg);
            assert_non_null(b);
            assert_int_equal(b->index[0], perm[4 * i]);
        }
        for (int again = 0; again < 2; again++) { /* and it stays failed */
            siam_err e = {0};
            assert_int_equal(siam_loader_get(l, &b, &e), SIAM_E_DATA);
            assert_null(b);
            assert_string_equal(e.msg, want);
        }
        if (workers % 2) { /* a new epoch starts afresh */
            s.bad[0] = s.bad[1] = -1;
            assert_int_equal(run_epoch(l, 0, 0, 2).images, 52);
        }
        siam_loader_destroy(&l);
    }
}

/* Bad images are replaced, and by whom does not matter; every other image keeps its pixels. */
static void test_replaced(void **state)
{
    noise_set s = make_set(COUNT);
    siam_loader_cfg c = config(4, 1);
    (void)state;
    siam_loader *l = create_ok(&s, &c);
    const seen clean = run_epoch(l, 2, 0, 2);
    seen first = {0};
    siam_loader_destroy(&l);
    s.every = 9; /* 0, 9 ... 45: 6 of 53 */
    c.max_bad = 0.12;
    for (int workers = 1; workers <= 6; workers++) {
        c.workers = workers;
        l = create_ok(&s, &c);
        const seen got = run_epoch(l, 2, 0, 2);
        const siam_skiplist *bad = siam_loader_skipped(l);
        int replaced = 0;
        assert_int_equal(got.images, 52);
        for (int i = 0; i < got.images; i++) {
            assert_int_not_equal(got.index[i] % 9, 0);
            replaced += got.index[i] != clean.index[i];
            if (got.index[i] == clean.index[i])
                assert_true(got.view[0][i] == clean.view[0][i] && got.view[1][i] == clean.view[1][i]);
            else
                assert_int_equal(clean.index[i] % 9, 0);
        }
        assert_in_range(replaced, 5, 6); /* the last image of the epoch is dropped */
        assert_in_range(bad->n, replaced, 6);
        for (int64_t i = 0; i < bad->n; i++) {
            char want[64];
            snprintf(want, sizeof want, "image %" PRId64 " is damaged", bad->row[i].index);
            assert_string_equal(bad->row[i].why, want);
            assert_true(i == 0 || bad->row[i].index > bad->row[i - 1].index);
        }
        for (int i = 0; i < got.images; i++) /* a stand-in's views are not those it has in its own place */
            for (int k = 0; k < clean.images && got.index[i] != clean.index[i]; k++)
                if (clean.index[k] == got.index[i])
                    assert_true(got.view[0][i] != clean.view[0][k] && got.view[1][i] != clean.view[1][k]);
        if (workers == 1)
            first = got;
        assert_memory_equal(&got, &first, sizeof got);
        run_epoch(l, 3, 0, 2);
        assert_int_equal(siam_loader_skipped(l)->n, 6); /* once each */
        siam_loader_destroy(&l);
    }
    c.views = 0;
    c.subset = (const int64_t[]){9, 10, 11};
    c.nsubset = 3;
    c.drop_last = false;
    l = create_ok(&s, &c);
    const seen some = run_epoch(l, 0, 0, 1);
    assert_int_equal(some.images, 3);
    assert_in_range(some.index[0], 10, 11); /* from the subset, and its label with it */
    siam_loader_destroy(&l);
}

/* Too many: the same batch and the same words for any number of workers. */
static void test_too_many(void **state)
{
    noise_set s = make_set(COUNT);
    char words[sizeof((siam_err *)0)->msg] = "";
    int64_t stopped_at = -1;
    (void)state;
    s.every = 9;
    for (int workers = 1; workers <= 6; workers++) {
        siam_loader_cfg c = config(4, workers);
        c.max_bad = 0.05; /* two of them */
        siam_loader *l = create_ok(&s, &c);
        const siam_batch *b;
        siam_err e = {0};
        int64_t batches = 0;
        assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
        while (!siam_loader_get(l, &b, &e)) {
            assert_non_null(b);
            batches++;
        }
        assert_int_equal(e.code, SIAM_E_DATA);
        assert_non_null(strstr(e.msg, "of 53 images cannot be read, more than the 5% that may be bad"));
        assert_non_null(strstr(e.msg, "is damaged"));
        assert_non_null(strstr(e.hint, "--max_bad"));
        assert_true(siam_loader_skipped(l)->n > 2);
        if (workers == 1) {
            stopped_at = batches;
            strcpy(words, e.msg);
            assert_true(batches > 0);
        }
        assert_int_equal(batches, stopped_at);
        assert_string_equal(e.msg, words);
        siam_loader_destroy(&l);
    }
    s.every = 1;
    siam_loader_cfg c = config(4, 3);
    c.max_bad = 1;
    siam_loader *l = create_ok(&s, &c);
    siam_err e = {0};
    const siam_batch *b;
    assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
    assert_int_equal(siam_loader_get(l, &b, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "10 images tried in place of a bad one are bad, too: image "));
    siam_loader_destroy(&l);
}

/* The share that the hint names is enough for what was bad until then, and no more than a hundredth or two above it: who follows
 * the hints gets through the epoch with little more than what is bad in it. */
static void test_advised_share(void **state)
{
    (void)state;
    static const int every[] = {2, 3, 5, 9, 20, 53};
    static const char hint[] = "--max_bad, at least ";
    for (size_t i = 0; i < sizeof every / sizeof *every; i++) {
        noise_set s = make_set(COUNT);
        siam_loader_cfg c = config(4, 2);
        const double all = (double)((COUNT + every[i] - 1) / every[i]) / COUNT;
        siam_code rc = SIAM_E_DATA;
        s.every = every[i];
        c.max_bad = 0.001;
        c.drop_last = false;
        for (int tries = 0; rc && tries < 40; tries++) {
            siam_loader *l = create_ok(&s, &c);
            const siam_batch *b;
            siam_err e = {0};
            assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
            while (!(rc = siam_loader_get(l, &b, &e)) && b)
                ;
            if (rc) {
                const char *at = strstr(e.hint, hint);
                const double found = (double)siam_loader_skipped(l)->n / COUNT;
                assert_non_null(at);
                const double advised = strtod(at + strlen(hint), NULL);
                if (!(advised >= found && advised <= found + 0.0201 && advised > c.max_bad && advised <= 1))
                    fail_msg("%g of the images are bad, %g may be, and the hint says %g", found, c.max_bad, advised);
                c.max_bad = advised;
            }
            siam_loader_destroy(&l);
        }
        assert_int_equal(rc, SIAM_OK);
        assert_true(c.max_bad <= all + 0.0201);
    }
}

/* Ten others are tried in place of a bad image: the tenth may be the first good one, an eleventh is not read. */
static void test_ten_stand_ins(void **state)
{
    (void)state;
    for (int failing = 1; failing <= 13; failing++) {
        noise_set s = make_set(1); /* the other is itself: nothing is read ahead */
        siam_loader_cfg c = config(1, 1);
        const siam_batch *b;
        int reads = 0;
        siam_err e = {0};
        c.max_bad = 1;
        siam_loader *l = create_ok(&s, &c);
        s.reads = &reads;
        s.failing = failing;
        assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
        assert_int_equal(siam_loader_get(l, &b, &e), failing <= 10 ? SIAM_OK : SIAM_E_DATA);
        siam_loader_destroy(&l);
        assert_int_equal(reads, failing <= 10 ? failing + 1 : 11);
    }
}


/* Kept in their places: every image comes out under its own index, the bad ones as zeros, even if all are bad. */
static void test_keep_bad(void **state)
{
    noise_set s = make_set(10);
    (void)state;
    for (s.every = 3; s.every >= 1; s.every -= 2) {
        siam_loader_cfg c = config(4, 3);
        const siam_batch *b;
        int64_t at = 0;
        c.views = 0;
        c.drop_last = false;
        c.max_bad = 1;
        c.keep_bad = true;
        siam_loader *l = create_ok(&s, &c);
        assert_int_equal(siam_loader_epoch(l, 0, 0, NULL), SIAM_OK);
        while (!siam_loader_get(l, &b, NULL) && b)
            for (int i = 0; i < b->n; i++, at++) {
                bool zeros = true;
                for (int k = 0; k < 3 * SIZE * SIZE; k++)
                    zeros = zeros && b->images[i * 3 * SIZE * SIZE + k] == 0;
                assert_int_equal(b->index[i], at % s.every ? at : -1);
                assert_int_equal(b->label[i], at % 7);
                assert_int_equal(zeros, at % s.every == 0);
            }
        assert_int_equal(at, 10);
        assert_int_equal(siam_loader_skipped(l)->n, s.every == 3 ? 4 : 10);
        siam_loader_destroy(&l);
    }
    siam_loader_cfg c = config(4, 1);
    c.keep_bad = true;
    create_fails(&s, &c, SIAM_E_CONFIG, "test transform");
}

static void test_refused(void **state)
{
    static const int64_t outside[1] = {200};
    const noise_set s = make_set(200);
    siam_loader_cfg c = config(512, 2);
    siam_loader *l;
    siam_err e = {0};
    const siam_batch *b;
    (void)state;
    create_fails(&s, &c, SIAM_E_CONFIG, "batch 512 is larger than the data set (200 images)");
    assert_int_equal(siam_loader_create(&l, &s.head, &c, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.hint, "--batch"));
    c.drop_last = false;
    l = create_ok(&s, &c);
    assert_int_equal(siam_loader_batches(l), 1);
    siam_err_clear(&e);
    assert_int_equal(siam_loader_get(l, &b, &e), SIAM_E_BUG); /* no epoch yet */
    siam_loader_destroy(&l);
    c = config(0, 2);
    create_fails(&s, &c, SIAM_E_CONFIG, "batch 0");
    c = config(8, 2);
    c.norm.std[1] = 0;
    create_fails(&s, &c, SIAM_E_CONFIG, "channel 1");
    c = config(8, 2);
    c.max_bad = 1.5;
    create_fails(&s, &c, SIAM_E_CONFIG, "share of bad images");
    c = config(8, 2);
    c.batch = 200;
    c.slots = 1000000;
    c.aug.size = 4096;
    create_fails(&s, &c, SIAM_E_NOMEM, "does not fit into memory");
    c = config(8, 2);
    c.views = 0;
    c.subset = outside;
    c.nsubset = 1;
    create_fails(&s, &c, SIAM_E_BUG, "image 200 of 200");
    c.nsubset = 0;
    create_fails(&s, &c, SIAM_E_CONFIG, "no images");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),    cmocka_unit_test(test_workers_do_not_matter),
        cmocka_unit_test(test_one_view),
        cmocka_unit_test(test_pixels),   cmocka_unit_test(test_skip),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_in_order), cmocka_unit_test(test_stop_anywhere),
        cmocka_unit_test(test_failure),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bytes),    cmocka_unit_test(test_shape),
        cmocka_unit_test(test_replaced), cmocka_unit_test(test_too_many), cmocka_unit_test(test_advised_share),
        cmocka_unit_test(test_keep_bad), cmocka_unit_test(test_ten_stand_ins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
