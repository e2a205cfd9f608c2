/* Batches of features, from memory and from a loader, and the features of parts of a data set: which image each row is of.
 * The images of the data set have a colour each, and their features are their pixels. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "train/feed.h"

enum { MOST = 250, SIDE = 8, DIM = 3 * SIDE * SIDE };

static siam_err err;
#define OK(x) require((x), #x, __LINE__)
static void require(siam_code rc, const char *what, int line)
{
    if (rc)
        fail_msg("line %d: %s: %s", line, what, err.msg);
}

/* ---- the data set ---- */

typedef struct colours {
    siam_dataset head;
    int first, every; /* images first, first + every ... cannot be read; every = 0: all can */
} colours;

static bool is_bad(const colours *s, int64_t i) { return s->every && i % s->every == s->first; }
static int label_of(int64_t i) { return (int)(i * i % 11); }

static siam_code read_colour(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    if (is_bad((const colours *)d, index))
        return siam_fail(e, SIAM_E_DATA, "image %d is damaged", (int)index);
    const siam_code rc = siam_image_resize_buffer(im, 2 * SIDE, 2 * SIDE, e);
    for (int i = 0; !rc && i < 4 * SIDE * SIDE * 3; i++)
        im->px[i] = (uint8_t)(i % 3 ? 255 - index : index);
    return rc;
}

static int label_colour(const siam_dataset *d, int64_t index)
{
    (void)d;
    return label_of(index);
}

static const siam_dataset_type colours_type = {.name = "colours", .read = read_colour, .label = label_colour};

static colours make_set(int64_t count, int every, int first)
{
    return (colours){.head = {.type = &colours_type,
                              .info = {.count = count, .classes = 11, .width = 2 * SIDE, .height = 2 * SIDE}},
                     .every = every, .first = first};
}

/* The image that a row is of. */
static int image_of(const float *row)
{
    const int image = (int)lrintf(255 * row[0]);
    for (int i = 0; i < DIM; i++)
        assert_true(fabsf(255 * row[i] - (float)(i < SIDE * SIDE ? image : 255 - image)) < 0.1f);
    return image;
}

static siam_extractor *extractor(siam_backend *b, int batch, double max_bad, bool keep_bad)
{
    siam_extractor *x;
    OK(siam_extractor_create(&x, b, NULL, NULL, (siam_val){0},
                             &(siam_extract_cfg){.size = SIDE, .batch = batch, .workers = 2, .norm = {.std = {1, 1, 1}}, .max_bad = max_bad,
                                                 .keep_bad = keep_bad}, &err));
    return x;
}

/* ---- batches ---- */

/* An epoch from behind its first `skip` batches on has the images in their order, and nothing behind them. */
static void follow(siam_feed *f, const siam_feed_cfg *c, int epoch, int64_t skip)
{
    int64_t order[MOST], at = skip * c->batch < c->images ? skip * c->batch : c->images;
    siam_fed fed;
    siam_epoch_order(order, c->images, c->seed, epoch);
    OK(siam_feed_epoch(f, epoch, skip, &err));
    while (at < c->images) {
        OK(siam_feed_next(f, &fed, &err));
        assert_int_equal(fed.n, c->images - at < c->batch ? c->images - at : c->batch);
        assert_int_equal(fed.all, fed.n);
        for (int i = 0; i < fed.n; i++, at++) {
            assert_int_equal(image_of(fed.x + (size_t)i * DIM), order[at]);
            assert_int_equal(fed.label[i], label_of(order[at]));
        }
    }
    for (int i = 0; i < 2; i++) {
        OK(siam_feed_next(f, &fed, &err));
        assert_int_equal(fed.n, 0);
        assert_int_equal(fed.all, 0);
    }
}

static void feed_all(const siam_feed_cfg *c)
{
    siam_feed *f;
    OK(siam_feed_create(&f, c, &err));
    const int64_t batches = siam_feed_batches(f);
    assert_int_equal(batches, (c->images + c->batch - 1) / c->batch);
    for (int epoch = 0; epoch < 3; epoch++)
        for (int64_t skip = 0; skip <= batches; skip += skip < 3 || skip > batches - 3 ? 1 : 2)
            follow(f, c, epoch, skip);
    siam_feed_destroy(&f);
}

/* Images, the batch of a step, and the batch that the loader brings: batches that fit and that do not, short last ones,
 * resumed behind any step. */
static void batches_have_the_images_of_the_order(void **state)
{
    (void)state;
    static const struct {
        int images, batch, each;
    } rows[] = {{53, 8, 8}, {53, 10, 16}, {53, 16, 10}, {64, 16, 16}, {50, 7, 64}, {20, 20, 3}, {7, 16, 5},
                {1, 1, 1},  {250, 32, 48}, {30, 1, 4},  {48, 12, 36}};
    siam_backend *b;
    OK(siam_backend_open(&b, "auto", 1, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        colours set = make_set(rows[i].images, 0, 0);
        siam_features all;
        siam_loader *l;
        siam_feed_cfg c = {.images = rows[i].images, .dim = DIM, .batch = rows[i].batch, .seed = 3 + i};
        siam_extractor *x = extractor(b, rows[i].each, 0, false);
        OK(siam_extractor_run(x, NULL, &set.head, NULL, 0, NULL, &all, &err));
        c.cached = &all;
        feed_all(&c);
        c.cached = NULL;
        OK(siam_loader_create(&l, &set.head, &(siam_loader_cfg){.batch = rows[i].each, .views = 1, .workers = 2, .slots = 2,
                                                                .seed = c.seed, .norm = {.std = {1, 1, 1}},
                                                                .aug = {.size = SIDE, .crop_min = 0.5, .crop_max = 1}}, &err));
        c.extractor = x;
        c.loader = l;
        feed_all(&c);
        siam_loader_destroy(&l);
        siam_extractor_destroy(&x);
        siam_features_release(&all);
    }
    siam_backend_close(&b);
}

/* Of every batch the ranks together have its images, each of them once, however it is resumed; those from memory in their order,
 * and as many each as the others. */
static void follow_ranks(siam_feed *const *f, const siam_feed_cfg *c, int ranks, int epoch, int64_t skip)
{
    int64_t order[MOST];
    siam_epoch_order(order, c->images, c->seed, epoch);
    for (int r = 0; r < ranks; r++)
        OK(siam_feed_epoch(f[r], epoch, skip, &err));
    for (int64_t at = skip * c->batch; at < c->images; at += c->batch) {
        const int all = (int)(c->images - at < c->batch ? c->images - at : c->batch);
        bool met[MOST] = {false};
        int n = 0;
        for (int r = 0; r < ranks; r++) {
            siam_fed fed;
            OK(siam_feed_next(f[r], &fed, &err));
            assert_int_equal(fed.all, all);
            if (c->cached)
                assert_in_range(fed.n, all / ranks, (all + ranks - 1) / ranks);
            for (int i = 0; i < fed.n; i++, n++) {
                const int image = image_of(fed.x + (size_t)i * DIM);
                assert_int_equal(fed.label[i], label_of(image));
                assert_false(met[image]);
                met[image] = true;
                if (c->cached)
                    assert_int_equal(image, order[at + n]);
            }
        }
        assert_int_equal(n, all);
        for (int i = 0; i < all; i++)
            assert_true(met[order[at + i]]);
    }
    for (int r = 0; r < ranks; r++) {
        siam_fed fed;
        OK(siam_feed_next(f[r], &fed, &err));
        assert_int_equal(fed.n + fed.all, 0);
    }
}

static void ranks_share_batches(void **state)
{
    (void)state;
    static const struct {
        int images, batch, each;
    } rows[] = {{53, 8, 4}, {53, 10, 3}, {64, 16, 16}, {50, 7, 64}, {20, 20, 3}, {7, 16, 5}, {1, 1, 1}, {250, 32, 8}, {48, 12, 36}};
    siam_backend *b;
    OK(siam_backend_open(&b, "auto", 1, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int ranks = 2; ranks <= 4; ranks++)
            for (int cached = 0; cached < 2; cached++) {
                colours set = make_set(rows[i].images, 0, 0);
                siam_features all;
                siam_extractor *x = extractor(b, rows[i].each, 0, false);
                siam_loader *l[4] = {NULL};
                siam_feed *f[4];
                siam_feed_cfg c = {.images = rows[i].images, .dim = DIM, .batch = rows[i].batch, .seed = 3 + i, .ranks = ranks};
                OK(siam_extractor_run(x, NULL, &set.head, NULL, 0, NULL, &all, &err));
                for (c.rank = 0; c.rank < ranks; c.rank++) {
                    const siam_loader_cfg lc = {.batch = rows[i].each, .views = 1, .workers = 1, .slots = 2, .seed = c.seed,
                                                .rank = c.rank, .ranks = ranks, .norm = {.std = {1, 1, 1}},
                                                .aug = {.size = SIDE, .crop_min = 0.5, .crop_max = 1}};
                    if (!cached)
                        OK(siam_loader_create(&l[c.rank], &set.head, &lc, &err));
                    c.cached = cached ? &all : NULL;
                    c.extractor = x;
                    c.loader = l[c.rank];
                    OK(siam_feed_create(&f[c.rank], &c, &err));
                }
                for (int64_t skip = 0; skip <= siam_feed_batches(f[0]); skip += skip < 3 ? 1 : 3)
                    follow_ranks(f, &c, ranks, (int)skip % 3, skip);
                for (int r = 0; r < ranks; r++) {
                    siam_feed_destroy(&f[r]);
                    siam_loader_destroy(&l[r]);
                }
                siam_features_release(&all);
                siam_extractor_destroy(&x);
            }
    siam_backend_close(&b);
}

/* ---- parts of a data set ---- */

typedef struct part {
    const colours *set;
    const int64_t *subset; /* NULL: all */
    bool keep_bad;
    int64_t n, bad;
} part;

static int64_t image_at(const part *p, int64_t i) { return p->subset ? p->subset[i] : i; }

static siam_code check(void *user, const siam_rows *rows, siam_err *e)
{
    (void)e;
    part *p = user;
    for (int i = 0; i < rows->n; i++, p->n++) {
        const int64_t want = image_at(p, p->n);
        const float *x = rows->x + (size_t)i * (size_t)rows->dim;
        assert_int_equal(rows->index[i], want);
        assert_int_equal(rows->bad[i], is_bad(p->set, want));
        p->bad += rows->bad[i];
        if (!rows->bad[i] || p->keep_bad)
            assert_int_equal(rows->label[i], label_of(want));
        if (!rows->bad[i])
            assert_int_equal(image_of(x), want);
        else if (!p->keep_bad) { /* another one's features and label */
            assert_false(is_bad(p->set, image_of(x)));
            assert_int_equal(rows->label[i], label_of(image_of(x)));
        }
    }
    return SIAM_OK;
}

/* A row says which image of the data set it is of, and whether that could be read; the features in memory count those that
 * could not. */
static void rows_name_their_images(void **state)
{
    (void)state;
    static const struct {
        int images, batch, nsubset, step, from, every, first;
    } rows[] = {{40, 8, 0, 0, 0, 0, 0},     {40, 7, 0, 0, 0, 5, 2},     {200, 16, 60, 3, 1, 0, 0},  {200, 16, 60, 3, 1, 9, 4},
                {200, 64, 60, -3, 199, 9, 1}, {250, 10, 33, 7, 5, 4, 0}, {30, 30, 10, 1, 20, 10, 0}, {30, 3, 1, 1, 7, 2, 0}};
    siam_backend *b;
    OK(siam_backend_open(&b, "auto", 1, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int keep = 0; keep < 2; keep++) {
            int64_t subset[MOST], bad = 0;
            colours set = make_set(rows[i].images, rows[i].every, rows[i].first);
            siam_features f;
            part p = {.set = &set, .subset = rows[i].nsubset ? subset : NULL, .keep_bad = keep};
            const int64_t n = rows[i].nsubset ? rows[i].nsubset : rows[i].images;
            for (int64_t k = 0; k < n; k++) {
                subset[k] = rows[i].from + rows[i].step * k;
                bad += is_bad(&set, image_at(&p, k));
            }
            siam_extractor *x = extractor(b, rows[i].batch, 0.9, keep);
            OK(siam_extractor_stream(x, NULL, &set.head, p.subset, rows[i].nsubset, NULL, check, &p, NULL, &err));
            assert_int_equal(p.n, n);
            assert_int_equal(p.bad, bad);
            OK(siam_extractor_run(x, NULL, &set.head, p.subset, rows[i].nsubset, NULL, &f, &err));
            assert_int_equal(f.n, n);
            assert_int_equal(f.bad, bad);
            for (int64_t k = 0; k < n; k++)
                if (!is_bad(&set, image_at(&p, k))) {
                    assert_int_equal(image_of(f.x + (size_t)k * DIM), image_at(&p, k));
                    assert_int_equal(f.label[k], label_of(image_at(&p, k)));
                }
            siam_features_release(&f);
            siam_extractor_destroy(&x);
        }
    siam_backend_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(batches_have_the_images_of_the_order), cmocka_unit_test(ranks_share_batches),
                                       cmocka_unit_test(rows_name_their_images)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
