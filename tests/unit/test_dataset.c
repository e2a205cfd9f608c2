/* Data sets: CIFAR from folders and archives, what is refused and with which words, the embedded set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/file.h"
#include "base/format.h"
#include "base/rng.h"
#include "base/system.h"
#include "data/dataset.h"
#include "data/describe.h"

enum { PIXELS = 3072, PER_FILE = 7 };

static const char *const names10[6] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                       "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};

typedef struct fixture {
    char dir[256];
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/siam-test-XXXXXX");
    if (!f || !mkdtemp(f->dir))
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    char command[512];
    fixture *f = *state;
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    const int rc = system(command);
    free(f);
    return rc;
}

/* ---- making files ----------------------------------------------------------------------------------------
 */

static uint8_t pixel(int file, int image, int at)
{
    return (uint8_t)(file * 31 + image * 7 + at * 3 + at / 1024);
}

static int label_of(int file, int image, int classes) { return (file * 3 + image) % classes; }

/* Records of one file; the caller frees. */
static uint8_t *records(int file, int images, int label_bytes, int classes, size_t *n)
{
    const size_t record = (size_t)label_bytes + PIXELS;
    uint8_t *data = calloc((size_t)images, record);
    for (int i = 0; i < images; i++) {
        uint8_t *r = data + (size_t)i * record;
        r[0] = 19; /* the coarse label of CIFAR-100 must not be taken */
        r[label_bytes - 1] = (uint8_t)label_of(file, i, classes);
        for (int p = 0; p < PIXELS; p++)
            r[label_bytes + p] = pixel(file, i, p);
    }
    *n = (size_t)images * record;
    return data;
}

static void write_file(const char *dir, const char *name, const void *data, size_t n)
{
    char path[1024];
    assert_true(siam_path_join(path, sizeof path, dir, name));
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static const char meta[] = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\n tr u\033ck \r\n\n";

static void write_cifar10(const char *dir)
{
    for (int i = 0; i < 6; i++) {
        size_t n;
        uint8_t *data = records(i, PER_FILE, 1, 10, &n);
        write_file(dir, names10[i], data, n);
        free(data);
    }
    write_file(dir, "batches.meta.txt", meta, sizeof meta - 1);
}

static void add_entry(struct archive *a, const char *name, const void *data, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, data, n), (la_ssize_t)n);
    archive_entry_free(e);
}

/* An archive with the given files of CIFAR-10; `skip` is left out (-1 = none), `cut` bytes are missing there.
 */
static void write_archive(const char *path, bool gzip, int skip, size_t cut)
{
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    if (gzip)
        archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (int i = 0; i < 6; i++) {
        char name[128];
        size_t n;
        uint8_t *data = records(i, PER_FILE, 1, 10, &n);
        snprintf(name, sizeof name, "cifar-10-batches-bin/%s", names10[i]);
        if (i != skip)
            add_entry(a, name, data, n - (i == 2 ? cut : 0));
        free(data);
    }
    add_entry(a, "cifar-10-batches-bin/batches.meta.txt", meta, sizeof meta - 1);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/* ---- checking --------------------------------------------------------------------------------------------
 */

static siam_dataset *open_ok(const char *spec, siam_split split, int size)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open(&d, spec, split, size, &e))
        fail_msg("%s", e.msg);
    assert_non_null(d);
    return d;
}

/* Opening must fail with the code and a message that holds every one of the words. */
static void open_fails(const char *spec, siam_split split, siam_code code, const char *word,
                       const char *word2)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    const siam_code got = siam_dataset_open(&d, spec, split, 0, &e);
    if (got != code || e.code != code)
        fail_msg("'%s': code %d (%d recorded), not %d: %s", spec, got, e.code, code, e.msg);
    assert_null(d);
    if (!strstr(e.msg, word) || (word2 && !strstr(e.msg, word2)))
        fail_msg("'%s' and '%s' are not both in: %s", word, word2 ? word2 : "", e.msg);
}

/* Every pixel, label and the description of a data set made by `records`. */
static void check_cifar(const char *spec, siam_split split, int first_file, int files, int classes)
{
    siam_dataset *d = open_ok(spec, split, 0);
    siam_image im = {0};
    assert_int_equal(d->info.count, files * PER_FILE);
    assert_int_equal(d->info.classes, classes);
    assert_int_equal(d->info.width, 32);
    for (int i = 0; i < d->info.count; i++) {
        const int file = first_file + i / PER_FILE, at = i % PER_FILE;
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        assert_int_equal(im.w, 32);
        assert_int_equal(im.h, 32);
        for (int p = 0; p < PIXELS; p++)
            assert_int_equal(im.px[p % 1024 * 3 + p / 1024], pixel(file, at, p));
        assert_int_equal(siam_dataset_label(d, i), label_of(file, at, classes));
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
    assert_null(d);
}

static void test_cifar10_folder(void **state)
{
    const fixture *f = *state;
    char sub[512];
    write_cifar10(f->dir);
    check_cifar(f->dir, SIAM_SPLIT_TRAIN, 0, 5, 10);
    check_cifar(f->dir, SIAM_SPLIT_TEST, 5, 1, 10);
    siam_dataset *d = open_ok(f->dir, SIAM_SPLIT_TRAIN, 0);
    assert_string_equal(d->info.described, "CIFAR-10, 35 training images, 32x32 px, 10 classes");
    assert_string_equal(d->type->class_name(d, 2), "bird");
    assert_string_equal(d->type->class_name(d, 9), "truck"); /* without the escape character, blanks and the carriage return */
    assert_null(d->type->class_name(d, 10));
    siam_dataset_close(&d);

    snprintf(sub, sizeof sub, "%s/up/cifar-10-batches-bin", f->dir); /* one level down */
    assert_int_equal(siam_mkdirs(sub, NULL), SIAM_OK);
    write_cifar10(sub);
    snprintf(sub, sizeof sub, "%s/up", f->dir);
    check_cifar(sub, SIAM_SPLIT_TRAIN, 0, 5, 10);
}

static void test_cifar100_folder(void **state)
{
    const fixture *f = *state;
    size_t n;
    uint8_t *data = records(0, PER_FILE, 2, 100, &n);
    write_file(f->dir, "train.bin", data, n);
    free(data);
    check_cifar(f->dir, SIAM_SPLIT_TRAIN, 0, 1, 100);
    open_fails(f->dir, SIAM_SPLIT_TEST, SIAM_E_DATA, "test.bin", "CIFAR-100");
    siam_dataset *d = open_ok(f->dir, SIAM_SPLIT_TRAIN, 0);
    assert_null(d->type->class_name(d, 0)); /* no names file: unnamed, not wrong */
    siam_dataset_close(&d);
}

static void test_cifar10_archive(void **state)
{
    const fixture *f = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/cifar-10-binary.tar.gz", f->dir);
    write_archive(path, true, -1, 0);
    check_cifar(path, SIAM_SPLIT_TRAIN, 0, 5, 10);
    check_cifar(path, SIAM_SPLIT_TEST, 5, 1, 10);
    siam_dataset *d = open_ok(path, SIAM_SPLIT_TEST, 0);
    assert_string_equal(d->type->class_name(d, 9), "truck");
    siam_dataset_close(&d);
    snprintf(path, sizeof path, "%s/renamed", f->dir); /* by content, not by name */
    write_archive(path, false, -1, 0);
    check_cifar(path, SIAM_SPLIT_TRAIN, 0, 5, 10);
}

static void test_damaged_folder(void **state)
{
    const fixture *f = *state;
    char path[512];
    size_t n;
    uint8_t *data = records(2, PER_FILE, 1, 10, &n);

    write_cifar10(f->dir);
    write_file(f->dir, names10[2], data, n - 100);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_3.bin", "21411 bytes");
    write_file(f->dir, names10[2], data, 0);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_3.bin", "cut short");
    data[3 * (PIXELS + 1)] = 10;
    write_file(f->dir, names10[2], data, n);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_3.bin", "label 10 at image 3");
    snprintf(path, sizeof path, "%s/%s", f->dir, names10[2]);
    assert_int_equal(unlink(path), 0);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_3.bin", "CIFAR-10");
    check_cifar(f->dir, SIAM_SPLIT_TEST, 5, 1, 10); /* the other split is whole */
    free(data);
}

static void test_damaged_archive(void **state)
{
    const fixture *f = *state;
    char path[512], cut[512], *whole;
    size_t n;

    snprintf(path, sizeof path, "%s/a.tar.gz", f->dir);
    write_archive(path, true, 4, 0);
    open_fails(path, SIAM_SPLIT_TRAIN, SIAM_E_DATA, path, "no data_batch_5.bin");
    write_archive(path, true, -1, 50);
    open_fails(path, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_3.bin", "cut short");

    write_archive(path, true, -1, 0);
    assert_int_equal(siam_file_read(path, 1 << 24, &whole, &n, NULL), SIAM_OK);
    snprintf(cut, sizeof cut, "%s/cut.tar.gz", f->dir);
    for (int i = 1; i < 8; i++) { /* cut anywhere, also in the checksum at the end */
        write_file(f->dir, "cut.tar.gz", whole, i == 7 ? n - 3 : n * (size_t)i / 7);
        open_fails(cut, SIAM_SPLIT_TRAIN, SIAM_E_DATA, cut, "cut short");
    }
    whole[n - 6] ^= 1; /* one wrong bit in the checksum stands for any wrong bit in the data */
    write_file(f->dir, "cut.tar.gz", whole, n);
    open_fails(cut, SIAM_SPLIT_TEST, SIAM_E_DATA, cut, "cannot be read");
    free(whole);

    snprintf(path, sizeof path, "%s/a.tar", f->dir);
    write_archive(path, false, -1, 0);
    assert_int_equal(truncate(path, 30000), 0);
    open_fails(path, SIAM_SPLIT_TRAIN, SIAM_E_DATA, path, "cannot be read");
}

/* The six files of CIFAR-10 and one more entry; gzip where the path ends so. */
static void write_with(const char *path, const char *more, const void *data, size_t n, bool first)
{
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    if (strstr(path, ".gz"))
        archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    if (first)
        add_entry(a, more, data, n);
    for (int i = 0; i < 6; i++) {
        char name[128];
        size_t bytes;
        uint8_t *file = records(i, PER_FILE, 1, 10, &bytes);
        snprintf(name, sizeof name, "cifar-10-batches-bin/%s", names10[i]);
        add_entry(a, name, file, bytes);
        free(file);
    }
    if (!first)
        add_entry(a, more, data, n);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/* Of two files of one name, which is meant? In the split that is read that is an error, wherever the second one stands. */
static void test_files_twice(void **state)
{
    const fixture *f = *state;
    static const char *const folders[] = {"cifar-10-batches-bin/", "", "old/"};
    char path[512];
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 3; k++) {
            char name[128], words[64];
            size_t n;
            uint8_t *file = records(9, PER_FILE, 1, 10, &n);
            snprintf(path, sizeof path, "%s/twice.tar%s", f->dir, k ? "" : ".gz");
            snprintf(name, sizeof name, "%s%s", folders[k], names10[i]);
            snprintf(words, sizeof words, "has two files named %s", names10[i]);
            write_with(path, name, file, n, i % 2);
            open_fails(path, i < 5 ? SIAM_SPLIT_TRAIN : SIAM_SPLIT_TEST, SIAM_E_DATA, words, path);
            check_cifar(path, i < 5 ? SIAM_SPLIT_TEST : SIAM_SPLIT_TRAIN, i < 5 ? 5 : 0, i < 5 ? 1 : 5, 10);
            free(file);
        }
}

/* An archive that unpacks to far more than CIFAR's could is left at once, with or without what was looked for in it. */
static void test_archives_without_end(void **state)
{
    const fixture *f = *state;
    enum { MB = 1 << 20 };
    char path[512];
    uint8_t *zeros = calloc(36, MB);
    assert_non_null(zeros);
    snprintf(path, sizeof path, "%s/a.tar.gz", f->dir);
    write_with(path, "notes", zeros, 16 * MB, false); /* so much is no matter */
    check_cifar(path, SIAM_SPLIT_TEST, 5, 1, 10);
    static const char *const names[] = {"notes", "cifar-10-batches-bin/data_batch_9.bin"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        write_with(path, names[i], zeros, 36 * MB, false);
        for (siam_split split = SIAM_SPLIT_TRAIN; split <= SIAM_SPLIT_TEST; split++)
            open_fails(path, split, SIAM_E_DATA, "CIFAR's have no more than 32 MB, and it goes on", path);
        write_with(path, names[i], zeros, 36 * MB, true);
        open_fails(path, SIAM_SPLIT_TEST, SIAM_E_DATA, "the first 32 MB of the archive", "no CIFAR batch files");
    }
    free(zeros);
}

/* Damage behind the last entry is found, too: the checksum at the end is that of everything. */
static void test_damage_behind_the_images(void **state)
{
    const fixture *f = *state;
    enum { TAIL = 300000 };
    char path[512], padded[512], *tar, *whole;
    size_t n, m;
    snprintf(path, sizeof path, "%s/a.tar", f->dir);
    snprintf(padded, sizeof padded, "%s/padded.tar.gz", f->dir);
    write_archive(path, false, -1, 0);
    assert_int_equal(siam_file_read(path, 1 << 24, &tar, &n, NULL), SIAM_OK);
    gzFile gz = gzopen(padded, "wb0"); /* stored as it is, so that a bit of it is a bit of the archive */
    assert_non_null(gz);
    assert_int_equal(gzwrite(gz, tar, (unsigned)n), (int)n);
    uint8_t *zeros = calloc(1, TAIL); /* a tape's last block may be as long */
    assert_int_equal(gzwrite(gz, zeros, TAIL), TAIL);
    assert_int_equal(gzclose(gz), Z_OK);
    check_cifar(padded, SIAM_SPLIT_TRAIN, 0, 5, 10);
    assert_int_equal(siam_file_read(padded, 1 << 24, &whole, &m, NULL), SIAM_OK);
    static const size_t from_end[] = {1, 5, 8, 1000, 100000, 200000};
    for (size_t i = 0; i < sizeof from_end / sizeof *from_end; i++)
        for (siam_split split = SIAM_SPLIT_TRAIN; split <= SIAM_SPLIT_TEST; split++) {
            whole[m - from_end[i]] ^= 0x10;
            write_file(f->dir, "padded.tar.gz", whole, m);
            open_fails(padded, split, SIAM_E_DATA, padded, "cannot be read");
            whole[m - from_end[i]] ^= 0x10;
            write_file(f->dir, "padded.tar.gz", whole, m - from_end[i]);
            open_fails(padded, split, SIAM_E_DATA, padded, "cut short");
        }
    free(whole);
    free(zeros);
    free(tar);
}

static void test_nothing_there(void **state)
{
    const fixture *f = *state;
    char path[512];

    open_fails("/no/such/place", SIAM_SPLIT_TRAIN, SIAM_E_NOTFOUND, "there is no '/no/such/place'", NULL);
    open_fails("", SIAM_SPLIT_TRAIN, SIAM_E_NOTFOUND, "there is no ''", NULL);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "is empty", "CIFAR-10");
    write_file(f->dir, "a.JP2", "x", 1);
    write_file(f->dir, "b.jp2", "x", 1);
    write_file(f->dir, "c.txt", "x", 1);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "3 files (2 .jp2, 1 .txt)", "synth");
    snprintf(path, sizeof path, "%s/b.jp2", f->dir);
    open_fails(path, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "is not a data set but", "CIFAR-10");
    write_file(f->dir, "data_batch_1", "x", 1);
    open_fails(f->dir, SIAM_SPLIT_TRAIN, SIAM_E_DATA, "data_batch_1' is refused", "pickle");
}

static void test_survey(void **state)
{
    char text[SIAM_SURVEY_TEXT], n[32];
    siam_description s = {0};
    (void)state;
    siam_description_text(&s, text);
    assert_string_equal(text, "nothing");
    for (int i = 0; i < 1200; i++)
        siam_description_add(&s, i % 3 ? "x.JPG" : i % 2 ? "x.a" : "none");
    siam_description_add(&s, "x.b");
    s.folders = 1;
    siam_description_text(&s, text);
    assert_string_equal(text, "1 folder and 1,201 files (800 .jpg, 200 without an ending, 200 .a, 1 .b)");
    for (int i = 0; i < 100; i++) { /* more kinds than it has room for */
        char name[16];
        snprintf(name, sizeof name, "x.%d", i);
        siam_description_add(&s, name);
    }
    assert_int_equal(s.files, 1301);
    siam_description_text(&s, text);
    assert_string_equal(text, "1 folder and 1,301 files (800 .jpg, 200 without an ending, 200 .a, 1 .b, 1 .0, 1 .1, 1 .2, 1 .3, "
                              "1 .4, ...)");
    assert_string_equal(siam_format_count(n, sizeof n, 1234567), "1,234,567");
    assert_string_equal(siam_format_count(n, sizeof n, -123), "-123");
    assert_string_equal(siam_format_count(n, sizeof n, 999), "999");
}

/* ---- the embedded data set -------------------------------------------------------------------------------
 */

static uint64_t sum_of(const siam_image *im)
{
    uint64_t h = 0;
    for (int i = 0; i < im->w * im->h * 3; i++)
        h = h * 31 + im->px[i];
    return h;
}

static uint64_t sum_at(const siam_dataset *d, int64_t i)
{
    siam_image im = {0};
    assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    const uint64_t h = sum_of(&im);
    siam_image_release(&im);
    return h;
}

static void test_synth(void **state)
{
    (void)state;
    siam_dataset *d = open_ok("synth:train=105,test=30", SIAM_SPLIT_TRAIN, 0);
    siam_dataset *again = open_ok("synth:test=30,train=40", SIAM_SPLIT_TRAIN, 0);
    siam_dataset *test = open_ok("synth:train=105,test=30", SIAM_SPLIT_TEST, 0);
    siam_dataset *seed = open_ok("synth:train=105,test=30,seed=1", SIAM_SPLIT_TRAIN, 0);
    int seen[10] = {0}, follows[10] = {0};

    assert_string_equal(d->info.described, "synth, 105 training images, 32x32 px, 10 classes");
    assert_int_equal(test->info.count, 30);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(sum_at(d, i), sum_at(again, i)); /* depends on (seed, split, index) alone */
        assert_int_equal(siam_dataset_label(d, i), siam_dataset_label(again, i));
        assert_int_not_equal(sum_at(d, i), sum_at(d, i + 1));
        assert_int_not_equal(sum_at(d, i), sum_at(seed, i));
        if (i < 30)
            assert_int_not_equal(sum_at(d, i), sum_at(test, i));
    }
    for (int i = 0; i < 100; i++) {
        seen[siam_dataset_label(d, i)]++;
        follows[siam_dataset_label(d, i / 10 * 10)] += i % 10 == 0; /* the labels have no period of ten */
    }
    for (int c = 0; c < 10; c++) {
        assert_int_equal(seen[c], 10);
        assert_true(follows[c] < 10);
        assert_non_null(d->type->class_name(d, c));
    }
    siam_dataset_close(&d);
    siam_dataset_close(&again);
    siam_dataset_close(&test);
    siam_dataset_close(&seed);
}

/* The first picture of each class: its mean, and how much neighbours differ. Runs on this set are compared with those of other versions. */
static void test_synth_pictures(void **state)
{
    static const double want[10][2] = {{127.68, 20.38}, {136.42, 31.88}, {101.55, 23.87}, {125.56, 20.77}, {157.84, 29.86},
                                       {96.54, 23.16},  {110.26, 43.18}, {142.41, 47.91}, {111.75, 33.06}, {120.43, 10.38}};
    siam_dataset *d = open_ok("synth:train=105,test=30", SIAM_SPLIT_TRAIN, 0);
    siam_image im = {0};
    (void)state;
    for (int c = 0; c < 10; c++) {
        int i = 0;
        while (siam_dataset_label(d, i) != c)
            i++;
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        const int row = im.w * 3;
        double mean = 0, edges = 0;
        for (int k = 0; k < row * im.h; k++) {
            mean += im.px[k] / (double)(row * im.h);
            edges += k % row < row - 3 ? abs(im.px[k] - im.px[k + 3]) / (double)((row - 3) * im.h) : 0;
        }
        if (fabs(mean - want[c][0]) > 0.3 || fabs(edges - want[c][1]) > 0.3) /* processors' libraries round sines differently */
            fail_msg("class %d: %.2f and %.2f", c, mean, edges);
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* Drawn at open or at read, the picture is the same, and it is a picture at every size. A large set is not kept in memory. */
static void test_synth_sizes(void **state)
{
    static const int sizes[] = {8, 33, 64, 256};
    (void)state;
    for (int i = 0; i < 4; i++) {
        siam_dataset *small = open_ok("synth:train=20", SIAM_SPLIT_TRAIN, sizes[i]);
        const size_t before = siam_memory_peak();
        siam_dataset *large = open_ok("synth:train=9000000", SIAM_SPLIT_TRAIN, sizes[i]);
        assert_true(siam_memory_peak() - before < (size_t)64 << 20);
        for (int k = 0; k < 20; k++) {
            siam_image im = {0};
            int lo = 255, hi = 0;
            assert_int_equal(siam_dataset_read(large, k, &im, NULL), SIAM_OK);
            assert_int_equal(im.w, sizes[i]);
            assert_int_equal(sum_of(&im), sum_at(small, k));
            for (int p = 0; p < im.w * im.h * 3; p++) {
                lo = im.px[p] < lo ? im.px[p] : lo;
                hi = im.px[p] > hi ? im.px[p] : hi;
            }
            assert_true(hi - lo > 50);
            siam_image_release(&im);
        }
        siam_dataset_close(&small);
        siam_dataset_close(&large);
    }
}

static void test_synth_spec(void **state)
{
    siam_dataset *d;
    siam_err e = {0};
    (void)state;
    open_fails("synth:trian=5", SIAM_SPLIT_TRAIN, SIAM_E_USAGE, "trian", "train, test and seed");
    open_fails("synth:train=0", SIAM_SPLIT_TRAIN, SIAM_E_USAGE, "train takes a whole number", NULL);
    open_fails("synth:train=1e99", SIAM_SPLIT_TRAIN, SIAM_E_USAGE, "train takes a whole number", NULL);
    open_fails("synth:seed=-1", SIAM_SPLIT_TRAIN, SIAM_E_USAGE, "seed takes a whole number", NULL);
    open_fails("synth:", SIAM_SPLIT_TRAIN, SIAM_E_USAGE, "train, test and seed", NULL);
    assert_int_equal(siam_dataset_open(&d, "synth", SIAM_SPLIT_TRAIN, 512, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "256"));
    siam_err_clear(&e);
    assert_int_equal(siam_dataset_open(&d, "synht", SIAM_SPLIT_TRAIN, 0, &e), SIAM_E_NOTFOUND);
    assert_non_null(strstr(e.hint, "--data synth,")); /* the nearest name */
}

/* What makes it worth learning on: pixels do not tell the classes (1-nearest neighbour on centred pixels). */
static void test_synth_is_not_easy(void **state)
{
    enum { BANK = 1000, QUERIES = 200, N = 3072 };
    siam_dataset *d = open_ok("synth", SIAM_SPLIT_TRAIN, 0), *t = open_ok("synth", SIAM_SPLIT_TEST, 0);
    siam_image im = {0};
    float *bank = malloc(sizeof(float) * BANK * N), *q = malloc(sizeof(float) * N);
    int right = 0;
    (void)state;
    assert_int_equal(d->info.count, 10000);
    assert_int_equal(t->info.count, 2000);
    for (int i = 0; i < BANK; i++) {
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        for (int p = 0; p < N; p++)
            bank[i * N + p] = (float)im.px[p] - 120;
    }
    for (int k = 0; k < QUERIES; k++) {
        double best = -1e30;
        int at = 0;
        assert_int_equal(siam_dataset_read(t, k, &im, NULL), SIAM_OK);
        for (int p = 0; p < N; p++)
            q[p] = (float)im.px[p] - 120;
        for (int i = 0; i < BANK; i++) {
            float ab = 0, bb = 0;
            for (int p = 0; p < N; p++) {
                ab += q[p] * bank[i * N + p];
                bb += bank[i * N + p] * bank[i * N + p];
            }
            const double s = (double)ab * (ab > 0 ? ab : -ab) / bb; /* monotone in the cosine */
            if (s > best) {
                best = s;
                at = i;
            }
        }
        right += siam_dataset_label(d, at) == siam_dataset_label(t, k);
    }
    if (right >= QUERIES * 4 / 10)
        fail_msg("raw pixels get %d of %d", right, QUERIES);
    free(bank);
    free(q);
    siam_image_release(&im);
    siam_dataset_close(&d);
    siam_dataset_close(&t);
}

/* ---- the real thing --------------------------------------------------------------------------------------
 */

/* A folder with the real CIFAR-10, unpacked once beside this program; false when there is none. */
static bool real_cifar10(char dir[1024])
{
    char command[4096];
    const char *given = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    snprintf(dir, 1024, "%s/cifar10", given ? given : "/nonexistent");
    if (given && snprintf(command, sizeof command, "%s/test_batch.bin", dir) > 0 && siam_path_exists(command))
        return true;
    if (given)
        snprintf(command, sizeof command, "%s/unpack", given);
    else
        snprintf(command, sizeof command, "%s/../shared/data/unpack", source ? source : "/nonexistent");
    if (access(command, X_OK) != 0)
        return false;
    const ssize_t n = readlink("/proc/self/exe", dir, 1000);
    if (n <= 0)
        return false;
    dir[n] = '\0';
    memcpy(strrchr(dir, '/'), "/cifar10", sizeof "/cifar10");
    const size_t at = strlen(command);
    snprintf(command + at, sizeof command - at, " cifar10 '%s' >/dev/null 2>&1", dir);
    return system(command) == 0;
}

static void test_real_cifar10(void **state)
{
    char dir[1024];
    int seen[10] = {0};
    (void)state;
    if (!real_cifar10(dir))
        skip();
    siam_dataset *d = open_ok(dir, SIAM_SPLIT_TRAIN, 0), *t = open_ok(dir, SIAM_SPLIT_TEST, 0);
    assert_string_equal(d->info.described, "CIFAR-10, 50,000 training images, 32x32 px, 10 classes");
    assert_string_equal(t->info.described, "CIFAR-10, 10,000 test images, 32x32 px, 10 classes");
    assert_string_equal(d->type->class_name(d, 6), "frog");
    assert_int_equal(siam_dataset_label(d, 0), 6); /* the first image is a frog */
    for (int64_t i = 0; i < d->info.count; i++)
        seen[siam_dataset_label(d, i)]++;
    for (int c = 0; c < 10; c++)
        assert_int_equal(seen[c], 5000);
    siam_dataset_close(&d);
    siam_dataset_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cifar10_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cifar100_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cifar10_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_archives_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_behind_the_images, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_folder, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
        cmocka_unit_test(test_survey),
        cmocka_unit_test(test_synth),
        cmocka_unit_test(test_synth_pictures), cmocka_unit_test(test_synth_sizes),
        cmocka_unit_test(test_synth_spec),
        cmocka_unit_test(test_synth_is_not_easy),
        cmocka_unit_test(test_real_cifar10),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
