/* Data sets of a few large files: MNIST's IDX files and STL-10's, from folders, compressed and from archives; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "data/dataset.h"
#include "data/form.h"
#include "data/idx.h"

#include "../hints/hint.h"
#include "own_folder.h"

/* ---- making files ---- */

static void write_file(const char *dir, const char *name, const void *data, size_t n)
{
    char path[1024];
    assert_true(siam_path_join(path, sizeof path, dir, name));
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void write_gz(const char *dir, const char *name, const void *data, size_t n)
{
    char path[1024];
    assert_true(siam_path_join(path, sizeof path, dir, name));
    gzFile f = gzopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, data, (unsigned)n), (int)n);
    assert_int_equal(gzclose(f), Z_OK);
}

static siam_dataset *open_ok(const char *spec, siam_split split)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open(&d, spec, split, 0, &e))
        fail_msg("%s", e.msg);
    return d;
}

/* It is refused with a sentence that holds both. */
static void refused(const char *spec, siam_split split, const char *word, const char *other)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, spec, split, 0, &e), SIAM_E_DATA);
    assert_null(d);
    if (!strstr(e.msg, word) || !strstr(e.msg, other))
        fail_msg("'%s' and '%s' are not both in: %s", word, other, e.msg);
}

/* ---- IDX ---- */

enum { W = 5, H = 7, N = 30, HELD_OUT = 12 };

static uint8_t shade(int split, size_t image, size_t at) { return (uint8_t)(split * 91 + (int)image * 13 + (int)at * 5); }
static int digit(int split, size_t image) { return (int)(image * 7 + (size_t)split) % 10; }

static void big(uint8_t *to, size_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint8_t *idx_images(int split, size_t n, size_t *bytes)
{
    uint8_t *f = calloc(1, *bytes = 16 + n * W * H);
    f[2] = 8;
    f[3] = 3;
    big(f + 4, n);
    big(f + 8, H);
    big(f + 12, W);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < W * H; p++)
            f[16 + i * W * H + p] = shade(split, i, p);
    return f;
}

static uint8_t *idx_labels(int split, size_t n, size_t *bytes)
{
    uint8_t *f = calloc(1, *bytes = 8 + n);
    f[2] = 8;
    f[3] = 1;
    big(f + 4, n);
    for (size_t i = 0; i < n; i++)
        f[8 + i] = (uint8_t)digit(split, i);
    return f;
}

/* Both files of a split, compressed where their names say so. */
static void write_idx(const char *dir, int split, const char *images, const char *labels)
{
    size_t n;
    uint8_t *f = idx_images(split, split ? HELD_OUT : N, &n);
    (strstr(images, ".gz") ? write_gz : write_file)(dir, images, f, n);
    free(f);
    f = idx_labels(split, split ? HELD_OUT : N, &n);
    (strstr(labels, ".gz") ? write_gz : write_file)(dir, labels, f, n);
    free(f);
}

static void write_mnist(const char *dir)
{
    write_idx(dir, 0, "train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    write_idx(dir, 1, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
}

static void check_idx(const char *spec, int split)
{
    siam_dataset *d = open_ok(spec, split ? SIAM_SPLIT_TEST : SIAM_SPLIT_TRAIN);
    siam_image im = {0};
    assert_int_equal(d->info.count, split ? HELD_OUT : N);
    assert_int_equal(d->info.classes, 10);
    for (int as = 0; as < 2; as++) { /* as colours, which is what nobody asks for anything else; and as it is */
        d->want = as ? (siam_image_want){1, 1, 0, 0} : (siam_image_want){0, 0, 0, 0};
        for (int64_t i = 0; i < d->info.count; i++) {
            assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
            assert_int_equal(im.w, W);
            assert_int_equal(im.h, H);
            assert_int_equal(im.channels, as ? 1 : 3);
            for (size_t p = 0; p < W * H * (size_t)im.channels; p++)
                assert_int_equal(im.px[p], shade(split, (size_t)i, p / (size_t)im.channels));
            assert_int_equal(siam_dataset_label(d, i), digit(split, (size_t)i));
        }
    }
    siam_image_form f;
    assert_int_equal(siam_dataset_form(&f, d, NULL), SIAM_OK);
    assert_int_equal(f.channels, 1);
    assert_int_equal(f.depth, 1);
    siam_image_release(&im);
    siam_dataset_close(&d);
}

static void test_idx(void **state)
{
    static const char *const names[][4] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
        {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"},
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"},
        {"emnist-mnist-train-images-idx3-ubyte", "emnist-mnist-train-labels-idx1-ubyte.gz", "emnist-mnist-test-images-idx3-ubyte.gz",
         "emnist-mnist-test-labels-idx1-ubyte"},
    };
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        char dir[128], sub[256], file[512];
        snprintf(dir, sizeof dir, "%s/%zu", folder, k);
        snprintf(sub, sizeof sub, "%s/raw", dir);
        assert_int_equal(siam_mkdirs(sub, NULL), SIAM_OK);
        for (int split = 0; split < 2; split++)
            write_idx(k % 2 ? sub : dir, split, names[k][2 * split], names[k][2 * split + 1]);
        snprintf(file, sizeof file, "%s/%s", k % 2 ? sub : dir, names[k][0]);
        for (int split = 0; split < 2; split++) {
            check_idx(dir, split);
            check_idx(file, split);
        }
        siam_dataset *d = open_ok(dir, SIAM_SPLIT_TEST);
        assert_string_equal(d->info.described, "MNIST's format (IDX), 12 test images, 5x7 px, 10 classes");
        siam_dataset_close(&d);
    }
}

/* The plain files are taken where the compressed ones lie beside them; one set of several is to be named. */
static void test_idx_choice(void **state)
{
    (void)state;
    char file[512];
    size_t n;
    write_mnist(folder);
    write_file(folder, "train-images-idx3-ubyte.gz", "x", 1); /* not read, or it would be refused */
    check_idx(folder, 0);
    assert_int_equal(unlink((snprintf(file, sizeof file, "%s/train-images-idx3-ubyte.gz", folder), file)), 0);

    uint8_t *f = idx_images(1, HELD_OUT, &n);
    write_file(folder, "emnist-digits-train-images-idx3-ubyte", f, n);
    free(f);
    refused(folder, SIAM_SPLIT_TRAIN, "several data sets", "'emnist-digits-train-images-idx3-ubyte'");
    refused(folder, SIAM_SPLIT_TEST, "several data sets", "'train-images-idx3-ubyte'");
    siam_dataset *d;
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, folder, SIAM_SPLIT_TRAIN, 0, &e), SIAM_E_DATA);
    assert_hint(&e, "--data %s, or another file of training images");
    snprintf(file, sizeof file, "%s/train-images-idx3-ubyte", folder);
    check_idx(file, 0);
    check_idx(file, 1);
}

/* Without held-out files there are none, without training files nothing. */
static void test_idx_parts(void **state)
{
    static const char *const gone[] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "train-images-idx3-ubyte",
                                       "train-labels-idx1-ubyte"};
    (void)state;
    char path[512];
    for (size_t i = 0; i < 4; i++) {
        write_mnist(folder);
        snprintf(path, sizeof path, "%s/%s", folder, gone[i]);
        assert_int_equal(unlink(path), 0);
        refused(folder, SIAM_SPLIT_TEST, gone[i], "MNIST");
        if (i < 2)
            check_idx(folder, 0);
        else
            refused(folder, SIAM_SPLIT_TRAIN, gone[i], "MNIST");
        if (i == 0) {
            siam_dataset *d = open_ok(folder, SIAM_SPLIT_TRAIN);
            assert_true(d->info.train_only);
            siam_dataset_close(&d);
        }
    }
}

/* Each of these bytes instead of the right one, in the images or the labels of the training part. */
static void test_idx_damaged(void **state)
{
    static const struct {
        bool labels;
        size_t at;
        uint8_t value;
        const char *word;
    } cases[] = {
        {false, 0, 1, "does not begin as an IDX file"},
        {true, 1, 9, "does not begin as an IDX file"},
        {false, 2, 0x0d, "type 0x0d"},
        {true, 2, 0x0c, "type 0x0c"},
        {false, 3, 1, "of 1 dimension where one of 3"},
        {true, 3, 3, "of 3 dimensions where one of 1"},
        {false, 3, 255, "of 255 dimensions"},
        {false, 4, 0xff, "not what its header says"},
        {false, 7, N - 1, "not what its header says"},
        {false, 7, N + 1, "not what its header says"},
        {false, 7, 0, "not what its header says"},
        {false, 8, 0x80, "not what its header says"},
        {false, 11, 0, "not what its header says"},
        {false, 12, 0xff, "not what its header says"},
        {false, 15, W + 1, "not what its header says"},
        {true, 7, N + 1, "not what its header says"},
        {true, 4, 1, "not what its header says"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *name = cases[i].labels ? "train-labels-idx1-ubyte" : "train-images-idx3-ubyte";
        size_t n;
        write_mnist(folder);
        uint8_t *f = (cases[i].labels ? idx_labels : idx_images)(0, N, &n);
        f[cases[i].at] = cases[i].value;
        write_file(folder, name, f, n);
        refused(folder, SIAM_SPLIT_TRAIN, cases[i].word, name);
        free(f);
    }
    static const size_t lengths[] = {0, 1, 3, 4, 7, 15, 16, 17, 16 + N * W * H - 1, 16 + N * W * H + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int gz = 0; gz < 2; gz++) {
            size_t n;
            char path[512];
            write_mnist(folder);
            uint8_t *f = idx_images(0, N, &n);
            f = realloc(f, n + 1);
            f[n] = 0;
            snprintf(path, sizeof path, "%s/train-images-idx3-ubyte%s", folder, gz ? "" : ".gz");
            unlink(path);
            (gz ? write_gz : write_file)(folder, gz ? "train-images-idx3-ubyte.gz" : "train-images-idx3-ubyte", f, lengths[i]);
            refused(folder, SIAM_SPLIT_TRAIN, "train-images-idx3-ubyte", lengths[i] < 4 ? "does not begin" : "cut short or damaged");
            free(f);
        }
}

static void test_idx_pairs(void **state)
{
    (void)state;
    size_t n;
    write_mnist(folder);
    uint8_t *f = idx_labels(0, N - 1, &n);
    write_file(folder, "train-labels-idx1-ubyte", f, n);
    refused(folder, SIAM_SPLIT_TRAIN, "29 labels", "30 images");
    free(f);
    write_mnist(folder);
    f = idx_labels(1, HELD_OUT, &n);
    f[8 + 3] = 10; /* which no training image has */
    write_file(folder, "t10k-labels-idx1-ubyte", f, n);
    refused(folder, SIAM_SPLIT_TEST, "label 10 at image 3", "the labels 0 to 9");
    check_idx(folder, 0);
    free(f);
}

/* A compressed file that is cut, wrong in one bit, or holds far more than it says. */
static void test_idx_gz_damaged(void **state)
{
    (void)state;
    char path[512], *whole;
    size_t n, bytes;
    write_mnist(folder);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", folder);
    assert_int_equal(unlink(path), 0);
    uint8_t *f = idx_images(0, N, &bytes);
    write_gz(folder, "train-images-idx3-ubyte.gz", f, bytes);
    check_idx(folder, 0);
    snprintf(path, sizeof path, "%s/train-images-idx3-ubyte.gz", folder);
    assert_int_equal(siam_file_read(path, 1 << 20, &whole, &n, NULL), SIAM_OK);
    for (size_t i = 1; i < 6; i++) {
        write_file(folder, "train-images-idx3-ubyte.gz", whole, n * i / 6);
        refused(folder, SIAM_SPLIT_TRAIN, "cut short", "train-images-idx3-ubyte.gz");
    }
    for (size_t i = 5; i < n; i += n / 5) { /* not the time in the header, which says nothing */
        if (i >= 4 && i < 10)
            continue;
        whole[i] ^= 0x11;
        write_file(folder, "train-images-idx3-ubyte.gz", whole, n);
        refused(folder, SIAM_SPLIT_TRAIN, "train-images-idx3-ubyte.gz", "");
        whole[i] ^= 0x11;
    }
    free(whole);
    free(f);
    f = calloc(40, 1 << 20);
    write_gz(folder, "train-images-idx3-ubyte.gz", f, (size_t)40 << 20);
    refused(folder, SIAM_SPLIT_TRAIN, "MNIST's have no more than", "it goes on");
    free(f);
}

static void test_idx_names(void **state)
{
    static const struct {
        const char *name, *labels; /* labels NULL: it is none */
        int split;
        size_t set;
    } rows[] = {
        {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", 0, 0},
        {"t10k-images.idx3-ubyte.gz", "t10k-labels.idx1-ubyte.gz", 1, 0},
        {"emnist-byclass-test-images-idx3-ubyte", "emnist-byclass-test-labels-idx1-ubyte", 1, 15},
        {"a_training_images_idx3_ubyte", "a_training_labels_idx1_ubyte", 0, 2},
        {"train-labels-idx1-ubyte", NULL, 0, 0},
        {"images-idx3-ubyte", NULL, 0, 0},
        {"-images-idx3-ubyte", NULL, 0, 0},
        {"contrain-images-idx3-ubyte", NULL, 0, 0},
        {"trainimages-idx3-ubyte", NULL, 0, 0},
        {"train-images-idx3-ubyte.zip", NULL, 0, 0},
        {"train-images-idx4-ubyte", NULL, 0, 0},
        {".gz", NULL, 0, 0},
        {"", NULL, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        siam_idx_name parsed;
        char labels[64];
        if (siam_idx_is_images(&parsed, rows[i].name) != (rows[i].labels != NULL))
            fail_msg("'%s'", rows[i].name);
        if (!rows[i].labels)
            continue;
        assert_int_equal(parsed.split, rows[i].split);
        assert_int_equal(parsed.set, rows[i].set);
        siam_idx_labels_of(labels, rows[i].name);
        assert_string_equal(labels, rows[i].labels);
    }
}

/* ---- STL-10 ---- */

enum { SIDE = 96, PLANE = SIDE * SIDE, RECORD = 3 * PLANE, TRAIN = 11, TEST = 4, UNLABELLED = 6 };

static uint8_t level(int file, size_t image, size_t c, size_t x, size_t y)
{
    return (uint8_t)((size_t)file * 31 + image * 7 + c * 50 + x * 3 + y);
}

static uint8_t *stl_images(int file, size_t n)
{
    uint8_t *f = malloc(n * RECORD + 1), *to = f;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < 3; c++)
            for (size_t x = 0; x < SIDE; x++)
                for (size_t y = 0; y < SIDE; y++)
                    *to++ = level(file, i, c, x, y);
    return f;
}

static uint8_t *stl_labels(int file, size_t n)
{
    uint8_t *f = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        f[i] = (uint8_t)((i * 3 + (size_t)file) % 10 + 1);
    return f;
}

static const char classes[] = "airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n";
typedef void put_fn(void *to, const char *name, const void *data, size_t n);

static void put_file(void *to, const char *name, const void *data, size_t n) { write_file(to, name, data, n); }

static void put_entry(void *to, const char *name, const void *data, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    char full[128];
    snprintf(full, sizeof full, "stl10_binary/%s", name);
    archive_entry_set_pathname(e, full);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    assert_int_equal(archive_write_header(to, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(to, data, n), (la_ssize_t)n);
    archive_entry_free(e);
}

/* All files in the order of the original archive, but one that is left out (NULL: none). */
static void put_stl(put_fn *put, void *to, const char *without)
{
    static const struct {
        const char *images, *labels;
        size_t n;
    } parts[] = {{"test_X.bin", "test_y.bin", TEST}, {"train_X.bin", "train_y.bin", TRAIN}, {"unlabeled_X.bin", NULL, UNLABELLED}};
    for (int i = 0; i < 3; i++) {
        uint8_t *images = stl_images(i, parts[i].n), *labels = stl_labels(i, parts[i].n);
        if (!without || strcmp(without, parts[i].images))
            put(to, parts[i].images, images, parts[i].n * RECORD);
        if (parts[i].labels && (!without || strcmp(without, parts[i].labels)))
            put(to, parts[i].labels, labels, parts[i].n);
        free(images);
        free(labels);
    }
    if (!without || strcmp(without, "class_names.txt"))
        put(to, "class_names.txt", classes, sizeof classes - 1);
}

static void write_stl_archive(const char *path, const char *without)
{
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    if (strstr(path, ".gz"))
        archive_write_add_filter_gzip(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    put_stl(put_entry, a, without);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

static void check_stl(const char *spec, siam_split split, int file, int64_t count, bool labelled)
{
    siam_dataset *d = open_ok(spec, split);
    siam_image im = {0};
    assert_int_equal(d->info.count, count);
    assert_int_equal(d->info.classes, labelled ? 10 : 0);
    for (int64_t i = 0; i < count; i++) {
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        assert_int_equal(im.w, SIDE);
        for (size_t p = 0; p < RECORD; p++)
            assert_int_equal(im.px[p], level(file, (size_t)i, p % 3, p / 3 % SIDE, p / 3 / SIDE));
        assert_int_equal(siam_dataset_label(d, i), labelled ? (i * 3 + file) % 10 : -1);
    }
    if (labelled)
        assert_string_equal(d->type->class_name(d, 7), "monkey");
    siam_image_release(&im);
    siam_dataset_close(&d);
}

static void test_stl(void **state)
{
    (void)state;
    char path[512], sub[256], file[512];
    snprintf(sub, sizeof sub, "%s/set/stl10_binary", folder);
    assert_int_equal(siam_mkdirs(sub, NULL), SIAM_OK);
    put_stl(put_file, sub, NULL);
    snprintf(path, sizeof path, "%s/set", folder);
    check_stl(path, SIAM_SPLIT_TRAIN, 1, TRAIN, true);
    check_stl(sub, SIAM_SPLIT_TEST, 0, TEST, true);
    siam_dataset *d = open_ok(path, SIAM_SPLIT_TRAIN);
    assert_string_equal(d->info.described, "STL-10, 11 training images, 96x96 px, 10 classes");
    assert_non_null(strstr(d->info.remarks, "not read: unlabeled_X.bin, which has no labels; --data "));
    siam_dataset_close(&d);

    snprintf(file, sizeof file, "%s/unlabeled_X.bin", sub);
    check_stl(file, SIAM_SPLIT_TRAIN, 2, UNLABELLED, false);
    d = open_ok(file, SIAM_SPLIT_TRAIN);
    assert_string_equal(d->info.described, "STL-10, 6 training images, 96x96 px, no labels");
    assert_true(d->info.train_only);
    siam_dataset_close(&d);
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, file, SIAM_SPLIT_TEST, 0, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "none of them are held out"));
    assert_hint(&e, "--data FOLDER, the one with train_X.bin and test_X.bin");
    check_stl(sub, SIAM_SPLIT_TEST, 0, TEST, true);

    static const char *const archives[] = {"stl10_binary.tar.gz", "stl10.tar"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, archives[i]);
        write_stl_archive(path, NULL);
        check_stl(path, SIAM_SPLIT_TRAIN, 1, TRAIN, true);
        check_stl(path, SIAM_SPLIT_TEST, 0, TEST, true);
    }
}

static void test_stl_missing(void **state)
{
    static const char *const names[] = {"train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        char dir[512], path[512];
        snprintf(dir, sizeof dir, "%s/%d", folder, i);
        snprintf(path, sizeof path, "%s/%d.tar.gz", folder, i);
        assert_int_equal(siam_mkdirs(dir, NULL), SIAM_OK);
        put_stl(put_file, dir, names[i]);
        write_stl_archive(path, names[i]);
        const siam_split split = i < 2 ? SIAM_SPLIT_TRAIN : SIAM_SPLIT_TEST;
        refused(dir, split, names[i], "STL-10");
        refused(path, split, names[i], "STL-10");
        check_stl(dir, !split, i < 2 ? 0 : 1, i < 2 ? TEST : TRAIN, true);
        check_stl(path, !split, i < 2 ? 0 : 1, i < 2 ? TEST : TRAIN, true);
    }
}

static void test_stl_damaged(void **state)
{
    (void)state;
    char path[512], *whole;
    uint8_t *f = stl_images(1, TRAIN), *labels = stl_labels(1, TRAIN);
    size_t n;
    put_stl(put_file, folder, NULL);
    static const size_t lengths[] = {0, 1, RECORD - 1, RECORD + 1, TRAIN * RECORD - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_file(folder, "train_X.bin", f, lengths[i]);
        refused(folder, SIAM_SPLIT_TRAIN, "train_X.bin", "27648-byte records of STL-10");
    }
    write_file(folder, "train_X.bin", f, (TRAIN - 1) * RECORD);
    refused(folder, SIAM_SPLIT_TRAIN, "11 labels", "10 images");
    write_file(folder, "train_X.bin", f, TRAIN * RECORD);
    static const uint8_t wrong[] = {0, 11, 255};
    for (size_t i = 0; i < sizeof wrong; i++) {
        labels[5] = wrong[i];
        write_file(folder, "train_y.bin", labels, TRAIN);
        refused(folder, SIAM_SPLIT_TRAIN, "at image 5", "the labels 1 to 10");
    }
    free(f);
    free(labels);

    snprintf(path, sizeof path, "%s/a.tar.gz", folder);
    write_stl_archive(path, NULL);
    assert_int_equal(siam_file_read(path, 1 << 24, &whole, &n, NULL), SIAM_OK);
    for (size_t i = 2; i < 6; i++) {
        write_file(folder, "a.tar.gz", whole, n * i / 6);
        refused(path, SIAM_SPLIT_TEST, "cut short", path);
    }
    whole[n - 6] ^= 1; /* the checksum at the end, which stands for the images without labels, too */
    write_file(folder, "a.tar.gz", whole, n);
    refused(path, SIAM_SPLIT_TEST, "cannot be read", path);
    free(whole);
}

/* A file that is cut while it is in use is that image's trouble. */
static void test_stl_shortened(void **state)
{
    (void)state;
    char path[512];
    siam_image im = {0};
    siam_err e = {0};
    put_stl(put_file, folder, NULL);
    siam_dataset *d = open_ok(folder, SIAM_SPLIT_TRAIN);
    snprintf(path, sizeof path, "%s/train_X.bin", folder);
    assert_int_equal(truncate(path, 5 * RECORD + 17), 0);
    assert_int_equal(siam_dataset_read(d, 4, &im, &e), SIAM_OK);
    assert_int_equal(siam_dataset_read(d, 5, &im, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "train_X.bin"));
    siam_image_release(&im);
    siam_dataset_close(&d);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idx_names), CASE(test_idx), CASE(test_idx_choice), CASE(test_idx_parts),
        CASE(test_idx_damaged), CASE(test_idx_pairs), CASE(test_idx_gz_damaged), CASE(test_stl), CASE(test_stl_missing),
        CASE(test_stl_damaged), CASE(test_stl_shortened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
