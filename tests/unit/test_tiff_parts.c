/* Parts of TIFF files: their pixels are those of the whole image, whatever its layout, in files larger than memory, and as data sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/form.h"
#include "data/holdout.h"
#include "data/image_list.h"
#include "image/tiff.h"

#include "open_case.h"
#include "own_folder.h"

enum { PAGES = 4096 };

/* ---- every layout there is a fixture of ---- */

typedef struct seen_pages {
    siam_tiff_page page[PAGES];
    int n;
} seen_pages;

static siam_code take(void *user, const siam_tiff_page *page, siam_err *e)
{
    seen_pages *p = user;
    (void)e;
    assert_true(p->n < PAGES);
    assert_int_equal(page->number, p->n);
    p->page[p->n++] = *page;
    return SIAM_OK;
}

static void same_part(const siam_image *whole, const siam_image_want *want, const char *path, uint64_t at, int x, int y, int w, int h)
{
    siam_image part = {0};
    siam_err e = {0};
    if (siam_tiff_part(&part, want, path, at, x, y, w, h, &e))
        fail_msg("%s: %s", path, e.msg);
    if (!w) {
        w = whole->w;
        h = whole->h;
    }
    assert_int_equal(part.w, w);
    assert_int_equal(part.h, h);
    assert_int_equal(part.channels, whole->channels);
    assert_int_equal(part.depth, whole->depth);
    const size_t pixel = siam_image_pixel(whole);
    for (int row = 0; row < h; row++)
        if (memcmp(part.px + pixel * (size_t)(row * w), whole->px + pixel * (size_t)((y + row) * whole->w + x), pixel * (size_t)w))
            fail_msg("%s: row %d of %d,%d %dx%d differs", path, row, x, y, w, h);
    siam_image_release(&part);
}

static void test_fixtures(void **state)
{
    char dir[1024], path[2048];
    int seen = 0;
    (void)state;
    snprintf(dir, sizeof dir, "%s/tests/data/codec", getenv("SIMSIAM_SOURCE"));
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (const struct dirent *f; (f = readdir(d));) {
        if (!strstr(f->d_name, ".tif"))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
        uint8_t *bytes;
        size_t n;
        seen_pages p = {.n = 0};
        siam_image_form form, of_page;
        assert_int_equal(siam_image_file(path, &bytes, &n, NULL), SIAM_OK);
        assert_int_equal(siam_image_form_of(&form, bytes, n, NULL), SIAM_OK);
        assert_int_equal(siam_tiff_pages(path, true, take, &p, NULL), SIAM_OK);
        assert_int_equal(siam_tiff_form(&of_page, path, p.page[0].at, NULL), SIAM_OK);
        assert_memory_equal(&of_page, &form, sizeof form);
        assert_int_equal(p.page[0].w, form.w);
        assert_int_equal(p.page[0].h, form.h);
        const siam_image_want wants[] = {{0, 0, 0, 1}, {form.channels, form.depth, 0, 1}, {1, 1, 0, 1}};
        for (int i = 0; i < 3; i++) {
            siam_image whole = {0}, part = {0};
            siam_err a = {0}, b = {0};
            if (siam_image_decode_as(&whole, &wants[i], bytes, n, &a)) { /* refused with the same words */
                assert_int_equal(siam_tiff_part(&part, &wants[i], path, p.page[0].at, 0, 0, 0, 0, &b), a.code);
                assert_string_equal(a.msg, b.msg);
            } else {
                const int w = form.w, h = form.h;
                same_part(&whole, &wants[i], path, p.page[0].at, 0, 0, 0, 0);
                same_part(&whole, &wants[i], path, p.page[0].at, 0, 0, 1, 1);
                same_part(&whole, &wants[i], path, p.page[0].at, w - 1, h - 1, 1, 1);
                same_part(&whole, &wants[i], path, p.page[0].at, w / 3, h / 3, w / 2, h / 2);
                same_part(&whole, &wants[i], path, p.page[0].at, w / 2, 0, w - w / 2, h);
                assert_int_equal(siam_tiff_part(&part, &wants[i], path, p.page[0].at, w / 2, 0, w, 1, &b), SIAM_E_DATA);
                seen++;
            }
            siam_image_release(&whole);
            siam_image_release(&part);
        }
        free(bytes);
    }
    closedir(d);
    assert_true(seen > 80);
}

/* ---- files made here: BigTIFF, which all of them may be ---- */

typedef struct page {
    uint64_t w, h;
    unsigned samples, bits, tile; /* tile 0: one strip, which libtiff divides */
} page;

static uint8_t value(int number, uint64_t x, uint64_t y, unsigned c) { return (uint8_t)(number * 50 + x * 3 + y * 7 + c * 31); }

static void put(FILE *f, uint64_t v, size_t n) { assert_int_equal(fwrite(&v, 1, n, f), n); }

static void entry(FILE *f, unsigned tag, unsigned type, uint64_t count, uint64_t v)
{
    put(f, tag, 2);
    put(f, type, 2);
    put(f, count, 8);
    put(f, v, 8);
}

/* `filled`: pixels are written; else the file has holes, which are black. The last directory is followed by one at `next`, and
 * its page is of this kind (NewSubfileType: 1 a smaller copy, 4 a mask). */
static void put_kind(const char *name, const page *pages, int n, bool filled, uint64_t next, unsigned kind)
{
    FILE *f = fopen(name, "wb");
    uint64_t link = 8;
    assert_non_null(f);
    fwrite("II\x2b\0\x08\0\0\0", 1, 8, f);
    put(f, 0, 8);
    for (int k = 0; k < n; k++) {
        const page *p = &pages[k];
        const uint64_t uw = p->tile ? p->tile : p->w, uh = p->tile ? p->tile : p->h;
        const uint64_t across = (p->w + uw - 1) / uw, units = across * ((p->h + uh - 1) / uh), bytes = uw * uh * p->samples * p->bits / 8;
        fseeko(f, 0, SEEK_END);
        const uint64_t data = (uint64_t)ftello(f);
        for (uint64_t u = 0; filled && u < units; u++)
            for (uint64_t i = 0; i < uw * uh; i++)
                for (unsigned c = 0; c < p->samples; c++)
                    put(f, value(k, u % across * uw + i % uw, u / across * uh + i / uw, c) * (p->bits == 16 ? 257u : 1u), p->bits / 8);
        fseeko(f, (off_t)(data + units * bytes), SEEK_SET);
        const uint64_t offsets = (uint64_t)ftello(f);
        for (uint64_t u = 0; u < units; u++)
            put(f, data + u * bytes, 8);
        for (uint64_t u = 0; u < units; u++)
            put(f, bytes, 8);
        const uint64_t at = (uint64_t)ftello(f);
        put(f, p->tile ? 11 : 10, 8);
        entry(f, 254, 4, 1, k + 1 == n ? kind : 0);
        entry(f, 256, 4, 1, p->w);
        entry(f, 257, 4, 1, p->h);
        entry(f, 258, 3, 1, p->bits); /* of each sample: libtiff takes one value for all */
        entry(f, 259, 3, 1, 1);
        entry(f, 262, 3, 1, p->samples == 3 ? 2 : 1);
        if (!p->tile)
            entry(f, 273, 16, units, units == 1 ? data : offsets);
        entry(f, 277, 3, 1, p->samples);
        if (p->tile) {
            entry(f, 322, 3, 1, p->tile);
            entry(f, 323, 3, 1, p->tile);
            entry(f, 324, 16, units, units == 1 ? data : offsets);
            entry(f, 325, 16, units, units == 1 ? bytes : offsets + 8 * units);
        } else {
            entry(f, 278, 4, 1, p->h);
            entry(f, 279, 16, units, units == 1 ? bytes : offsets + 8 * units);
        }
        const uint64_t link_here = (uint64_t)ftello(f);
        put(f, k + 1 == n ? next : 0, 8);
        fseeko(f, (off_t)link, SEEK_SET);
        put(f, at, 8);
        link = link_here;
    }
    assert_int_equal(fclose(f), 0);
}

static void put_tiff(const char *name, const page *pages, int n, bool filled, uint64_t next) { put_kind(name, pages, n, filled, next, 0); }

/* ---- pages ---- */

static void test_pages(void **state)
{
    static const page stack[] = {{40, 30, 1, 16, 0}, {20, 50, 1, 16, 16}, {33, 33, 1, 16, 32}}, one[] = {{12, 12, 1, 16, 0}};
    static const char *const names[] = {"a/one.tif", "a/stack.tif#1", "a/stack.tif#2", "a/stack.tif#3", "b/other.tif#1"};
    (void)state;
    mkdir("s", 0777);
    mkdir("s/a", 0777);
    mkdir("s/b", 0777);
    put_tiff("s/a/stack.tif", stack, 3, true, 0);
    put_tiff("s/b/other.tif", one, 1, true, 0);
    siam_dataset *d = open_ok("tiff:pages=all:s");
    assert_int_equal(d->info.count, 4);
    assert_int_equal(d->info.classes, 2);
    assert_string_equal(d->info.described, "TIFF pages, 4 training images, 2 classes, labels from folders, none held out");
    siam_image im = {0};
    siam_image_form f;
    assert_int_equal(siam_dataset_form(&f, d, NULL), SIAM_OK);
    assert_int_equal(f.channels, 1);
    assert_int_equal(f.depth, 2);
    siam_dataset_read_as(d, false, &(siam_image_want){1, 2, 0, 0});
    for (int i = 0; i < 4; i++) {
        assert_string_equal(siam_dataset_file(d, i), names[i + 1]);
        assert_int_equal(siam_dataset_label(d, i), i == 3);
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        const page *p = i < 3 ? &stack[i] : &one[0];
        assert_int_equal(im.w, p->w);
        assert_int_equal(im.h, p->h);
        for (int k = 0; k < im.w * im.h; k++)
            assert_int_equal(siam_sample_get(im.px, (size_t)k, 2), value(i % 3, (uint64_t)(k % im.w), (uint64_t)(k / im.w), 0) * 257);
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
    d = open_ok("s"); /* as ever: the first page */
    assert_int_equal(d->info.count, 2);
    siam_dataset_close(&d);
}

/* A set of files says that it leaves pages out; smaller copies and masks are none. */
static void test_left_out(void **state)
{
    static const struct {
        page page[3];
        int n;
        uint64_t next; /* behind the last */
        unsigned kind;
        bool pages;
    } cases[] = {
        {{{24, 16, 1, 8, 0}, {24, 16, 1, 8, 16}}, 2, 0, 0, true},  {{{24, 16, 3, 8, 0}, {24, 16, 1, 16, 0}}, 2, 0, 0, true},
        {{{24, 16, 1, 8, 0}, {24, 15, 1, 8, 0}}, 2, 0, 0, true},   {{{24, 16, 1, 8, 0}, {12, 8, 1, 8, 0}, {24, 16, 1, 8, 0}}, 3, 0, 0, true},
        {{{24, 16, 1, 8, 0}}, 1, 0, 0, false},                     {{{24, 16, 1, 8, 0}, {12, 8, 1, 8, 0}}, 2, 0, 0, false},
        {{{24, 16, 1, 8, 0}, {24, 16, 1, 8, 0}}, 2, 0, 4, false},  {{{24, 16, 1, 8, 0}, {24, 16, 1, 8, 0}}, 2, 0, 1, false},
        {{{24, 16, 1, 8, 0}}, 1, 5, 0, false},                     {{{24, 16, 1, 8, 0}}, 1, 1 << 20, 0, false},
    };
    static const char *const specs[] = {"l", "l.txt", "tiff:tile=32:l", "tiff:tile=32:l/b.tif", "tiff:pages=all:l", "tiff:pages=all,tile=32:l"};
    (void)state;
    mkdir("l", 0777);
    put_tiff("l/a.tif", cases[4].page, 1, true, 0);
    FILE *list = fopen("l.txt", "w");
    assert_true(fputs("l/a.tif\nl/b.tif\n", list) > 0 && !fclose(list));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 6; k++) {
            put_kind("l/b.tif", cases[i].page, cases[i].n, true, cases[i].next, cases[i].kind);
            siam_dataset *d = open_ok(specs[k]);
            assert_int_equal(strstr(d->info.remarks, "the first is read; tiff:pages=all:PATH reads all") != NULL, cases[i].pages && k < 4);
            siam_dataset_close(&d);
        }
}

/* The place of a page in a BigTIFF may look like the mark of a camera's raw file in others. */
static void test_marked(void **state)
{
    enum { MARK = 0x025243 /* "CR\2" */ };
    static const page one[] = {{24, 16, 1, 8, 0}};
    (void)state;
    mkdir("r", 0777);
    put_tiff("r/a.tif", one, 1, true, MARK);
    put_tiff("r/b.tif", one, 1, true, 0);
    FILE *from = fopen("r/b.tif", "rb"), *to = fopen("r/a.tif", "r+b");
    uint8_t bytes[4096];
    uint64_t at;
    const size_t n = fread(bytes, 1, sizeof bytes, from);
    memcpy(&at, bytes + 8, 8);
    fseek(to, MARK, SEEK_SET);
    assert_int_equal(fwrite(bytes + at, 1, n - at, to), n - at); /* the directory; its places are those of a.tif's first page, too */
    fclose(from);
    fclose(to);
    siam_image im = {0};
    siam_dataset *d = open_ok("tiff:pages=all:r/a.tif");
    assert_int_equal(d->info.count, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* A page that is damaged, one without an end, and a file that is none are images that cannot be read; other formats are told. */
static void test_damaged(void **state)
{
    static const page two[] = {{40, 30, 1, 8, 16}, {20, 20, 1, 8, 16}};
    (void)state;
    mkdir("d", 0777);
    put_tiff("d/1_next.tif", two, 2, true, 5);
    put_tiff("d/2_cut.tif", two, 1, true, 0);
    struct stat st;
    assert_int_equal(stat("d/2_cut.tif", &st), 0);
    assert_int_equal(truncate("d/2_cut.tif", st.st_size - 40), 0);
    put_tiff("d/3_good.tif", two, 1, true, 0);
    put_tiff("d/4_gone.tif", two, 1, true, 0);
    FILE *f = fopen("d/5.png", "wb");
    fputs("\x89PNG", f);
    fclose(f);
    siam_dataset *d = open_ok("tiff:pages=all,tile=32:d");
    static const char *const names[] = {"1_next.tif#1:0,0", "1_next.tif#1:8,0", "1_next.tif#2:0,0", "1_next.tif#3",
                                        "2_cut.tif#1",      "3_good.tif#1:0,0", "3_good.tif#1:8,0", "4_gone.tif#1:0,0", "4_gone.tif#1:8,0"};
    assert_int_equal(unlink("d/4_gone.tif"), 0);
    siam_image im = {0};
    assert_int_equal(d->info.count, 9);
    assert_non_null(strstr(d->info.remarks, "they are parts of 4 TIFF files\nnot read: 1 file that is no TIFF\n"));
    for (int i = 0; i < 9; i++) {
        siam_err e = {0};
        const bool bad = i == 3 || i == 4 || i > 6;
        assert_string_equal(siam_dataset_file(d, i), names[i]);
        assert_int_equal(siam_dataset_read(d, i, &im, &e), bad ? SIAM_E_DATA : SIAM_OK);
        assert_true(!bad || strstr(e.msg, names[i]));
        assert_int_equal(siam_dataset_lacks_file(d, i), i > 6);
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* ---- tiles ---- */

static void test_tiles(void **state)
{
    static const page slide[] = {{150, 70, 3, 8, 48}}, small[] = {{20, 90, 3, 8, 0}};
    static const struct {
        const char *name;
        int x, y, w, h;
    } want[] = {{"a.tif#0,0", 0, 0, 64, 64}, {"a.tif#64,0", 64, 0, 64, 64}, {"a.tif#86,0", 86, 0, 64, 64}, {"a.tif#0,6", 0, 6, 64, 64},
                {"a.tif#64,6", 64, 6, 64, 64}, {"a.tif#86,6", 86, 6, 64, 64}, {"b.tif#0,0", 0, 0, 20, 64}, {"b.tif#0,26", 0, 26, 20, 64}};
    (void)state;
    mkdir("t", 0777);
    put_tiff("t/a.tif", slide, 1, true, 0);
    put_tiff("t/b.tif", small, 1, true, 0);
    siam_dataset *d = open_ok("tiff:tile=64:t");
    siam_image im = {0};
    assert_int_equal(d->info.count, 8);
    assert_string_equal(d->info.described, "TIFF tiles of 64 px, 8 training images, no labels");
    for (int i = 0; i < 8; i++) {
        assert_string_equal(siam_dataset_file(d, i), want[i].name);
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        assert_int_equal(im.w, want[i].w);
        assert_int_equal(im.h, want[i].h);
        for (int k = 0; k < im.w * im.h * 3; k++) {
            const int x = k / 3 % im.w, y = k / 3 / im.w;
            assert_int_equal(im.px[k], value(0, (uint64_t)(want[i].x + x), (uint64_t)(want[i].y + y), (unsigned)k % 3));
        }
    }
    siam_dataset_close(&d);
    d = open_ok("tiff:tile=64:t/a.tif"); /* one file */
    assert_int_equal(d->info.count, 6);
    assert_true(d->info.train_only);
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* What is held out of slides are whole slides. */
static void test_held_out(void **state)
{
    static const page slide[] = {{128, 64, 1, 8, 32}};
    char path[64];
    (void)state;
    mkdir("h", 0777);
    for (int i = 0; i < 10; i++) {
        snprintf(path, sizeof path, "h/%d.tif", i);
        put_tiff(path, slide, 1, true, 0);
    }
    const siam_holdout h = {.share = 0.3};
    siam_dataset *train = open_split("tiff:tile=32:h", SIAM_SPLIT_TRAIN, &h), *test = open_split("tiff:tile=32:h", SIAM_SPLIT_TEST, &h);
    assert_int_equal(train->info.count, 7 * 8);
    assert_int_equal(test->info.count, 3 * 8);
    for (int64_t i = 0; i < test->info.count; i++)
        for (int64_t k = 0; k < train->info.count; k++)
            assert_int_not_equal(siam_dataset_file(test, i)[0], siam_dataset_file(train, k)[0]);
    siam_dataset_close(&train);
    siam_dataset_close(&test);
}

/* Seconds of the processor for reading an image so many times. */
static double seconds_of(const siam_dataset *d, int64_t i, int times)
{
    siam_image im = {0};
    const clock_t from = clock();
    while (times--)
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    siam_image_release(&im);
    return (double)(clock() - from) / CLOCKS_PER_SEC;
}

/* A file of more pages than are read is no end of the set: those that are read are there, and one more says why no others are. */
static void test_too_many_pages(void **state)
{
    enum { MANY = SIAM_TIFF_PAGES + 5 };
    static page many[MANY];
    siam_image im = {0};
    siam_err e = {0};
    (void)state;
    for (int i = 0; i < MANY; i++)
        many[i] = (page){2, 1, 1, 8, 0};
    mkdir("m", 0777);
    put_tiff("m/a.tif", many, MANY, true, 0);
    put_tiff("m/b.tif", many, 2, true, 0);
    siam_dataset *d = open_ok("tiff:pages=all:m");
    assert_int_equal(d->info.count, SIAM_TIFF_PAGES + 1 + 2);
    assert_int_equal(siam_dataset_read(d, SIAM_TIFF_PAGES - 1, &im, &e), SIAM_OK);
    assert_int_equal(siam_dataset_read(d, SIAM_TIFF_PAGES + 2, &im, &e), SIAM_OK);
    assert_int_equal(siam_dataset_read(d, SIAM_TIFF_PAGES, &im, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "a.tif#65536"));
    assert_non_null(strstr(e.msg, "more than 65535 pages"));
    /* A page of many costs what one of two does: libtiff would walk through all of them, a thousand times as long. */
    const double of_two = seconds_of(d, SIAM_TIFF_PAGES + 2, 400);
    for (int64_t i = 0; i < SIAM_TIFF_PAGES; i += 20000)
        assert_true(seconds_of(d, i, 400) < 20 * of_two + 0.05);
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* A scene of 12.5 GB, most of it holes: tiles take the memory of tiles. */
static void test_huge(void **state)
{
    static const page scene[] = {{125000, 100000, 1, 8, 512}};
    struct rusage before, after;
    siam_image im = {0};
    (void)state;
    struct rlimit most;
    if (!getrlimit(RLIMIT_FSIZE, &most) && most.rlim_cur < (rlim_t)16 << 30) {
        print_message("  files here may not be as large as this one needs\n");
        skip();
    }
    put_tiff("huge.tif", scene, 1, false, 0);
    FILE *f = fopen("huge.tif", "r+b");
    fseeko(f, 16 + (off_t)512 * 512 * (100 * 245 + 200) + 512 * 5 + 7, SEEK_SET); /* the first data: tile 200 of row 100, pixel 7 of row 5 */
    fputc(99, f);
    fclose(f);
    getrusage(RUSAGE_SELF, &before);
    siam_dataset *d = open_ok("tiff:tile=1000:huge.tif");
    assert_int_equal(d->info.count, 125 * 100);
    const int64_t at = (51200 + 5) / 1000 * 125 + (102400 + 7) / 1000;
    assert_int_equal(siam_dataset_read(d, at, &im, NULL), SIAM_OK);
    assert_int_equal(im.px[3 * ((51205 % 1000) * 1000 + 102407 % 1000)], 99);
    for (int64_t i = 0; i < d->info.count; i += 499)
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 300 << 10);
    siam_dataset_close(&d);
    siam_image_release(&im);
}

/* Of a scene whose own tiles are large no part can be had without the memory of a whole tile. */
static void test_coarse(void **state)
{
    static const page coarse[] = {{60000, 60000, 1, 8, 30000}};
    siam_image im = {0};
    siam_err e = {0};
    (void)state;
    put_tiff("coarse.tif", coarse, 1, false, 0);
    siam_dataset *d = open_ok("tiff:tile=256:coarse.tif");
    assert_int_equal(siam_dataset_read(d, 0, &im, &e), SIAM_E_DATA);
    if (!strstr(e.msg, "tiles of 30000 x 30000 pixels, too large to read parts of it"))
        fail_msg("%s", e.msg);
    assert_non_null(strstr(e.msg, "tiffcp -t"));
    siam_dataset_close(&d);
    siam_image_release(&im);
}

static void test_specs(void **state)
{
    static const struct {
        const char *spec, *word;
        siam_code code;
    } rows[] = {{"tiff:tile=256", "does not say which parts", SIAM_E_USAGE}, {"tiff::t", "does not say which parts", SIAM_E_USAGE},
                {"tiff:tile=256:", "does not say which parts", SIAM_E_USAGE}, {"tiff:pages=some:t", "does not say which parts", SIAM_E_USAGE},
                {"tiff:tile=16:t", "from 32 to 16384", SIAM_E_USAGE},    {"tiff:tile=x:t", "from 32 to 16384", SIAM_E_USAGE},
                {"tiff:tile=64:nix", "there is no 'nix'", SIAM_E_NOTFOUND}, {"tiff:tile=64:synth", "has no TIFF files", SIAM_E_DATA},
                {"tiff:tile=64:png", "has no TIFF files", SIAM_E_DATA}};
    (void)state;
    mkdir("png", 0777);
    FILE *f = fopen("png/1.png", "wb");
    fputs("\x89PNG", f);
    fclose(f);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        siam_dataset *d = (siam_dataset *)1;
        siam_err e = {0};
        assert_int_equal(siam_dataset_open(&d, rows[r].spec, SIAM_SPLIT_TRAIN, 0, &e), rows[r].code);
        assert_null(d);
        if (!strstr(e.msg, rows[r].word))
            fail_msg("'%s' is not in: %s", rows[r].word, e.msg);
    }
}

static int enter(void **state) { return make_folder(state) || chdir(folder); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures), cmocka_unit_test(test_pages), cmocka_unit_test(test_left_out), cmocka_unit_test(test_marked), cmocka_unit_test(test_damaged), cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_held_out), cmocka_unit_test(test_too_many_pages), cmocka_unit_test(test_huge),  cmocka_unit_test(test_coarse), cmocka_unit_test(test_specs),
    };
    return cmocka_run_group_tests(tests, enter, remove_folder);
}
