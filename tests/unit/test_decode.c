/* Views of photographs: exact ones, whose pixels are those of the whole photograph though a part of it is decoded, and fast ones, made
 * of smaller photographs; neither depends on who makes them, and both find the same bad files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "own_folder.h"

#include "base/hash.h"
#include "base/rng.h"
#include "data/loader.h"
#include "image/jpeg_write.h"
#include "image/png_write.h"

enum { SIZE = 32, COUNT = 12, FLOATS = 3 * SIZE * SIZE, MOST = 64 };

/* ---- a folder of photographs ---- */

/* Waves of several lengths in each colour, as smooth as photographs are. */
static siam_image picture(int w, int h, int number)
{
    siam_image im = {0};
    assert_int_equal(siam_image_resize_buffer(&im, w, h, NULL), SIAM_OK);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++)
            for (int c = 0; c < 3; c++) {
                const double at = (double)x / (7 + 5 * c + number) + (double)y / (11 + number), fine = (double)(x + 2 * y) / (2 + c);
                im.px[3 * (y * w + x) + c] = (uint8_t)(128 + 90 * sin(at) + 25 * sin(fine));
            }
    return im;
}

static void save(const char *name, const uint8_t *bytes, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Large and small, lying and standing, turned, a PNG, one without its end, and one whose last rows are missing. */
static int make_photographs(void **state)
{
    static const int size[COUNT][2] = {{640, 480}, {480, 640}, {300, 200}, {130, 131}, {64, 64}, {40, 50}, {700, 100}, {512, 512},
                                       {333, 257}, {260, 260}, {400, 300}, {400, 300}};
    if (make_folder(state))
        return -1;
    for (int i = 0; i < COUNT; i++) {
        siam_image im = picture(size[i][0], size[i][1], i);
        char name[32], path[256];
        uint8_t *bytes;
        size_t n;
        snprintf(name, sizeof name, "%02d.%s", i, i == 9 ? "png" : "jpg");
        snprintf(path, sizeof path, "%s/%s", folder, name);
        if (i == 9) {
            assert_int_equal(siam_image_write_png(&im, path, NULL), SIAM_OK);
        } else {
            assert_int_equal(siam_image_jpeg(&bytes, &n, &im, 90, i == 7 ? 6 : i == 8 ? 3 : 1, NULL), SIAM_OK);
            save(name, bytes, i == 10 ? n - 2 : i == 11 ? n - n / 20 : n);
            free(bytes);
        }
        siam_image_release(&im);
    }
    return 0;
}

static siam_dataset *open_set(bool exif)
{
    siam_dataset *d;
    siam_err e = {0};
    const siam_image_want rgb8 = {0};
    if (siam_dataset_open(&d, folder, SIAM_SPLIT_TRAIN, 0, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(d->info.count, COUNT);
    siam_dataset_read_as(d, exif, &rgb8);
    return d;
}

static siam_loader_cfg config(bool fast, int workers)
{
    return (siam_loader_cfg){.batch = 5, .views = 2, .workers = workers, .slots = 3, .seed = 11, .fast = fast, .max_bad = 0.5,
                             .norm = {{0}, {1, 1, 1}}, .aug = {.size = SIZE, .crop_min = 0.2, .crop_max = 1, .flip_p = 0.5}};
}

/* Views by place in the epoch. */
typedef struct seen {
    int n;
    int64_t index[MOST];
    float *view[2]; /* [n, FLOATS] */
    char bad[4096]; /* "2 '/tmp/.../11.jpg': the JPEG data ..." */
} seen;

static seen run_epoch(const siam_dataset *d, const siam_loader_cfg *c)
{
    siam_loader *l;
    siam_err e = {0};
    const siam_batch *b;
    seen s = {0};
    for (int v = 0; v < 2; v++)
        assert_non_null(s.view[v] = calloc(MOST * FLOATS, sizeof(float)));
    if (siam_loader_create(&l, d, c, &e) || siam_loader_epoch(l, 3, 0, &e))
        fail_msg("%s", e.msg);
    for (;;) {
        if (siam_loader_get(l, &b, &e))
            fail_msg("%s", e.msg);
        if (!b)
            break;
        for (int i = 0; i < b->n; i++, s.n++) {
            s.index[s.n] = b->index[i];
            for (int v = 0; v < c->views; v++)
                memcpy(s.view[v] + (size_t)s.n * FLOATS, b->images + ((size_t)v * (size_t)b->n + (size_t)i) * FLOATS, FLOATS * sizeof(float));
        }
    }
    const siam_skiplist *bad = siam_loader_skipped(l);
    for (int64_t i = 0; i < bad->n; i++) {
        const size_t at = strlen(s.bad);
        snprintf(s.bad + at, sizeof s.bad - at, "%" PRId64 " %s\n", bad->row[i].index, bad->row[i].why);
    }
    siam_loader_destroy(&l);
    return s;
}

static void forget(seen *s)
{
    free(s->view[0]);
    free(s->view[1]);
}

/* ---- tests ---- */

/* Each view is what siam_augment_view makes of the whole photograph, where that is not shrunk. */
static void exact_views(void **state)
{
    (void)state;
    for (int exif = 0; exif < 2; exif++) {
        siam_dataset *d = open_set(exif);
        const siam_loader_cfg c = config(false, 3);
        seen s = run_epoch(d, &c);
        siam_image src = {0}, work = {0};
        siam_aug_ctx ctx = {.seed = c.seed, .epoch = 3};
        float px[FLOATS];
        int64_t order[COUNT];
        siam_epoch_order(order, COUNT, c.seed, 3);
        assert_int_equal(s.n, COUNT);
        for (int i = 0; i < s.n; i++)
            for (int v = 0; v < 2; v++) {
                ctx.sample = (uint64_t)order[i];
                ctx.view = (uint32_t)v;
                assert_int_equal(siam_dataset_read(d, s.index[i], &src, NULL), SIAM_OK);
                assert_int_equal(src.part.shrink, 0);
                assert_int_equal(siam_augment_view(&c.aug, &ctx, &src, &work, &c.norm, px, NULL), SIAM_OK);
                assert_memory_equal(px, s.view[v] + (size_t)i * FLOATS, sizeof px);
            }
        siam_image_release(&src);
        siam_image_release(&work);
        siam_aug_ctx_release(&ctx);
        forget(&s);
        siam_dataset_close(&d);
    }
}

/* Other pixels where a photograph is large, and not much other; the same for every number of threads; the same bad files, in the
 * same words. */
static void fast_views(void **state)
{
    (void)state;
    for (int exif = 0; exif < 2; exif++) {
        siam_dataset *d = open_set(exif);
        siam_loader_cfg c = config(false, 1);
        seen exact = run_epoch(d, &c);
        c.fast = true;
        seen fast = run_epoch(d, &c);
        int other = 0;
        assert_memory_equal(fast.index, exact.index, sizeof fast.index);
        assert_string_equal(fast.bad, exact.bad);
        assert_non_null(strstr(exact.bad, "11.jpg"));
        assert_non_null(strstr(exact.bad, "cut short"));
        for (int i = 0; i < 2 * exact.n; i++) {
            const float *a = exact.view[i % 2] + (size_t)(i / 2) * FLOATS, *b = fast.view[i % 2] + (size_t)(i / 2) * FLOATS;
            double sum = 0;
            for (int k = 0; k < FLOATS; k++)
                sum += fabs((double)a[k] - (double)b[k]);
            other += sum > 0;
            const int64_t index = exact.index[i / 2];
            if (sum > 0 && (index == 4 || index == 5 || index == 9)) /* two small ones, and no JPEG */
                fail_msg("view %d of image %" PRId64 " is not exact", i % 2, index);
            if (255 * sum / FLOATS > 6)
                fail_msg("view %d of image %" PRId64 " is other by %g", i % 2, exact.index[i / 2], 255 * sum / FLOATS);
        }
        assert_true(other > COUNT / 2);
        for (c.workers = 2; c.workers < 8; c.workers += 5) {
            seen again = run_epoch(d, &c);
            for (int v = 0; v < 2; v++)
                assert_memory_equal(again.view[v], fast.view[v], (size_t)fast.n * FLOATS * sizeof(float));
            assert_string_equal(again.bad, fast.bad);
            forget(&again);
        }
        forget(&exact);
        forget(&fast);
        siam_dataset_close(&d);
    }
}

/* What crops ask for: their hull, and the largest shrinking with which each has the views' side. */
static void needs(void **state)
{
    (void)state;
    siam_aug_cfg cfg = {.size = 36, .crop_min = 0.2, .crop_max = 1};
    siam_aug_ctx key = {.seed = 1, .epoch = 2};
    int shrunk[9] = {0};
    for (key.sample = 0; key.sample < 300; key.sample++) {
        const int w = 50 + (int)key.sample * 5, h = 900;
        int box[4], hull[4] = {w, h, 0, 0}, least = h;
        siam_image_need need, whole;
        for (uint32_t v = 0; v < 3; v++) {
            siam_rng r = siam_rng_key(key.seed, key.epoch, key.sample, v, 3);
            siam_crop_params(&r, w, h, cfg.crop_min, cfg.crop_max, &box[0], &box[1], &box[2], &box[3]);
            hull[0] = box[0] < hull[0] ? box[0] : hull[0];
            hull[1] = box[1] < hull[1] ? box[1] : hull[1];
            hull[2] = box[0] + box[2] > hull[2] ? box[0] + box[2] : hull[2];
            hull[3] = box[1] + box[3] > hull[3] ? box[1] + box[3] : hull[3];
            least = box[2] < least ? box[2] : least;
            least = box[3] < least ? box[3] : least;
        }
        siam_crops c = {&cfg, &key, 0, 1, 3, true};
        siam_crops_need(&c, w, h, &need);
        assert_int_equal(need.x, hull[0]);
        assert_int_equal(need.y, hull[1]);
        assert_int_equal(need.x + need.w, hull[2]);
        assert_int_equal(need.y + need.h, hull[3]);
        const int times = least / cfg.size, want = times >= 8 ? 8 : times >= 4 ? 4 : times >= 2 ? 2 : 1;
        assert_int_equal(need.shrink, want);
        shrunk[want]++;
        c.shrunk = false;
        siam_crops_need(&c, w, h, &whole);
        assert_int_equal(whole.shrink, 1);
        assert_int_equal(whole.w, need.w);
    }
    assert_true(shrunk[1] && shrunk[2] && shrunk[4] && shrunk[8]);
    cfg.crop_max = 0; /* no crops: all of it */
    siam_image_need need;
    siam_crops c = {&cfg, &key, 1, 2, 2, true};
    siam_crops_need(&c, 640, 410, &need);
    assert_true(need.x == 0 && need.y == 0 && need.w == 640 && need.h == 410 && need.shrink == 8);
}

/* ---- real photographs ---- */

/* Mean difference of the crops of two views, in steps of 8 bits, fast beside exact, over the photographs that are shrunk. */
static double difference(const siam_dataset *d, int size, int *shrunk)
{
    const siam_aug_cfg cfg = {.size = size, .crop_min = 0.2, .crop_max = 1};
    siam_aug_ctx ctx = {0};
    siam_image exact = {0}, fast = {0}, a = {0}, b = {0};
    double sum = 0, n = 0;
    *shrunk = 0;
    for (int64_t i = 0; i < d->info.count; i++) {
        ctx.sample = (uint64_t)i;
        siam_crops crops = {&cfg, &ctx, 0, 1, 2, true};
        const siam_image_use use = {siam_crops_need, &crops};
        assert_int_equal(siam_dataset_read(d, i, &exact, NULL), SIAM_OK);
        assert_int_equal(siam_dataset_read_for(d, i, &use, &fast, NULL), SIAM_OK);
        *shrunk += fast.part.shrink > 1;
        for (ctx.view = 0; ctx.view < 2; ctx.view++) {
            assert_int_equal(siam_augment_image(&cfg, &ctx, &exact, &a, NULL, NULL, NULL), SIAM_OK);
            assert_int_equal(siam_augment_image(&cfg, &ctx, &fast, &b, NULL, NULL, NULL), SIAM_OK);
            double here = 0;
            for (size_t k = 0; k < siam_image_bytes(&a); k++)
                here += abs(a.px[k] - b.px[k]);
            if (fast.part.shrink <= 1)
                assert_true(here == 0);
            else
                sum += here, n += (double)siam_image_bytes(&a);
        }
    }
    siam_image *const all[] = {&exact, &fast, &a, &b};
    for (int i = 0; i < 4; i++)
        siam_image_release(all[i]);
    siam_aug_ctx_release(&ctx);
    return n > 0 ? sum / n : 0;
}

/* The figures of docs/MODEL.md, for the photographs of ../shared/data/imagenet, where they are. */
static void real_photographs(void **state)
{
    (void)state;
    static const int size[] = {224, 128, 96, 64, 32};
    const char *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    struct stat st;
    siam_dataset *d;
    siam_err e = {0};
    snprintf(path, sizeof path, "%s/../shared/data/imagenet", source ? source : "/nonexistent");
    if (stat(path, &st))
        skip();
    if (siam_dataset_open(&d, path, SIAM_SPLIT_TRAIN, 0, &e))
        fail_msg("%s", e.msg);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        int shrunk;
        const double mean = difference(d, size[i], &shrunk);
        printf("views of %d px: %d of %d photographs are shrunk, and their views differ by %.2f of 255 on average\n", size[i], shrunk,
               (int)d->info.count, mean);
        assert_true(shrunk ? mean > 0.1 && mean < 6 : size[i] > 128);
    }
    siam_dataset_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_views),
        cmocka_unit_test(fast_views),
        cmocka_unit_test(needs),
        cmocka_unit_test(real_photographs),
    };
    return cmocka_run_group_tests(tests, make_photographs, remove_folder);
}
