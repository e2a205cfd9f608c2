/* Data sets made of image files: how folders and lists are understood, what is refused and in which words,
 * and what happens to files that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "data/dataset.h"
#include "data/same.h"
#include "folder_case.h"

/* ---- folders --------------------------------------------------------------------------------------------
 */

static void test_splits(void **state)
{
    const fixture *f = begin(state);
    siam_image im = {0};
    put(f, "s/train/b/2.jpg s/train/b/10.JPG s/train/a-b/1.jpeg s/train/a/z/1.JPE s/train/a/x.png "
           "s/train/c/1.jpg "
           "s/train/.d/1.jpg s/train/a/.hidden.jpg s/val/c/5.jpg s/val/a/6.png s/train/a/notes.txt "
           "s/readme.txt");
    assert_int_equal(mkdir(path_of(f, "s/train/empty"), 0777), 0);
    siam_dataset *d =
        open_ok(f, "s", SIAM_SPLIT_TRAIN, "folder, 6 training images, 4 classes, labels from folders");
    check_files(d, "train/a/x.png=0 train/a/z/1.JPE=0 train/a-b/1.jpeg=1 train/b/10.JPG=2 train/b/2.jpg=2 "
                   "train/c/1.jpg=3");
    assert_string_equal(d->type->class_name(d, 1), "a-b");
    assert_null(d->type->class_name(d, 4));
    assert_null(d->type->class_name(d, -1));
    assert_false(d->info.train_only);
    assert_int_equal(siam_dataset_read(d, 0, &im, NULL), SIAM_OK);
    assert_int_equal(im.w, 19);
    assert_int_equal(siam_dataset_read(d, 5, &im, NULL), SIAM_OK);
    assert_int_equal(im.w, 35);
    siam_dataset_close(&d);
    /* the labels are those of training, though val has other folders */
    d = open_ok(f, "s/", SIAM_SPLIT_TEST, "folder, 2 test images, 4 classes, labels from folders");
    check_files(d, "val/a/6.png=0 val/c/5.jpg=3");
    siam_dataset_close(&d);
    siam_image_release(&im);

    put(f, "s/val/new/1.jpg");
    d = open_ok(f, "s", SIAM_SPLIT_TEST, "folder, 3 test images, no labels"); /* images, and no more */
    check_files(d, "val/a/6.png=-1 val/c/5.jpg=-1 val/new/1.jpg=-1");
    assert_true(d->info.at_odds);
    assert_non_null(strstr(d->info.why, "has the class folder 'new', which the training images do not"));
    siam_dataset_close(&d);
    assert_int_equal(unlink(path_of(f, "s/val/new/1.jpg")), 0);
    put(f, "s/val/1.jpg");
    d = open_ok(f, "s", SIAM_SPLIT_TEST, "folder, 3 test images, no labels");
    assert_string_equal(d->info.why, "the image 'val/1.jpg' lies beside the class folders");
    siam_dataset_close(&d);
}

static void test_no_splits(void **state)
{
    const fixture *f = begin(state);
    put(f, "c/cat/1.jpg c/dog/1.jpg c/dog/2.jpg c/test/1.jpg");
    siam_dataset *d = open_ok(f, "c", SIAM_SPLIT_TRAIN,
                              "folder, 4 training images, 3 classes, labels from folders, none held out");
    check_files(d, "cat/1.jpg=0 dog/1.jpg=1 dog/2.jpg=1 test/1.jpg=2");
    assert_true(d->info.train_only);
    siam_dataset_close(&d);
    open_fails(f, "c", SIAM_SPLIT_TEST, SIAM_E_DATA,
               "has no folder 'val' or 'test', so there are no held-out images");
    put(f, "v/val/a/1.jpg v/val/b/1.jpg");
    open_fails(f, "v", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "none called 'train'");
    d = open_ok(f, "v", SIAM_SPLIT_TEST, "folder, 2 test images, 2 classes, labels from folders");
    siam_dataset_close(&d);
}

static void test_no_labels(void **state)
{
    const fixture *f = begin(state);
    put(f, "flat/b.jpg flat/a.png");
    siam_dataset *d = open_ok(f, "flat", SIAM_SPLIT_TRAIN, "folder, 2 training images, no labels");
    check_files(d, "a.png=-1 b.jpg=-1");
    siam_dataset_close(&d);
    put(f, "mixed/x/1.jpg mixed/y/2.jpg mixed/0.jpg");
    d = open_ok(f, "mixed", SIAM_SPLIT_TRAIN, "folder, 3 training images, no labels");
    check_files(d, "0.jpg=-1 x/1.jpg=-1 y/2.jpg=-1");
    siam_dataset_close(&d);
    put(f, "one/train/only/1.jpg one/val/only/2.jpg"); /* one class is no label */
    d = open_ok(f, "one", SIAM_SPLIT_TRAIN, "folder, 1 training image, no labels");
    siam_dataset_close(&d);
    d = open_ok(f, "one", SIAM_SPLIT_TEST, "folder, 1 test image, no labels");
    siam_dataset_close(&d);
}

static void test_odd_entries(void **state)
{
    const fixture *f = begin(state);
    put(f, "o/a/x.jpg/in.jpg o/b/1.jpg"); /* a folder that is called like an image */
    assert_int_equal(symlink("..", path_of(f, "o/a/loop")), 0);
    assert_int_equal(symlink("../b", path_of(f, "o/a/link")), 0);
    assert_int_equal(symlink("nowhere", path_of(f, "o/b/2.jpg")), 0);
    assert_int_equal(mkfifo(path_of(f, "o/b/pipe.jpg"), 0666), 0);
    siam_dataset *d = open_ok(f, "o", SIAM_SPLIT_TRAIN,
                              "folder, 3 training images, 2 classes, labels from folders, none held out");
    check_files(d, "a/x.jpg/in.jpg=0 b/1.jpg=1 b/2.jpg=1");
    siam_dataset_close(&d);
    assert_int_equal(mkdir(path_of(f, "empty"), 0777), 0);
    open_fails(f, "empty", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "is empty");
    put_bytes(f, "text/a.txt", "x", 1);
    open_fails(f, "text", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "1 file (1 .txt) but no data set");
    put(f, "half/val/a.jpg");
    assert_int_equal(mkdir(path_of(f, "half/train"), 0777), 0);
    open_fails(f, "half", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "train' has no images");
    if (geteuid() != 0) {
        put(f, "shut/a/1.jpg shut/b/1.jpg shut/c/1.jpg");
        assert_int_equal(chmod(path_of(f, "shut/c"), 0), 0);
        open_fails(f, "shut", SIAM_SPLIT_TRAIN, SIAM_E_IO, "cannot list the folder");
    }
}

static void read_fails(const siam_dataset *d, int64_t i, const char *words)
{
    siam_image im = {0};
    siam_err e = {0};
    assert_int_equal(siam_dataset_read(d, i, &im, &e), SIAM_E_DATA);
    if (!strstr(e.msg, words) || !strstr(e.msg, siam_dataset_file(d, i)))
        fail_msg("'%s' is not in: %s", words, e.msg);
    siam_image_release(&im);
}

static void test_bad_files(void **state)
{
    const fixture *f = begin(state);
    siam_image im = {0};
    put(f, "bad/5gone.jpg bad/6png.jpg");
    put_bytes(f, "bad/0.jpg", f->photo, f->photo_n / 2);
    put_bytes(f, "bad/1.jpg", "", 0);
    put_bytes(f, "bad/2.jpg", "\0\0\0\x20" "ftypavif", 12);
    put_bytes(f, "bad/3.png", f->drawing, f->drawing_n - 40);
    assert_int_equal(symlink("nowhere", path_of(f, "bad/4.jpg")), 0);
    siam_dataset *d = open_ok(f, "bad", SIAM_SPLIT_TRAIN, "folder, 7 training images, no labels");
    assert_int_equal(unlink(path_of(f, "bad/5gone.jpg")), 0);
    read_fails(d, 0, "the JPEG data are cut short");
    read_fails(d, 1, "the file is empty");
    read_fails(d, 2, "an AVIF image");
    read_fails(d, 3, "PNG data");
    read_fails(d, 4, "No such file");
    read_fails(d, 5, "No such file");
    assert_int_equal(siam_dataset_read(d, 6, &im, NULL), SIAM_OK); /* a PNG called .jpg */
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* Orientation 6, to be turned a quarter: 13 x 9 pixels as stored, 9 x 13 when applied. */
static void test_upright(void **state)
{
    const fixture *f = begin(state);
    char path[4096], *data;
    size_t n;
    siam_image im = {0};
    snprintf(path, sizeof path, "%s/tests/data/codec/orientation_6.jpg", getenv("SIMSIAM_SOURCE"));
    assert_int_equal(siam_file_read(path, 4096, &data, &n, NULL), SIAM_OK);
    put_bytes(f, "u/1.jpg", data, n);
    free(data);
    siam_dataset *d = open_ok(f, "u", SIAM_SPLIT_TRAIN, "folder, 1 training image, no labels");
    assert_int_equal(siam_dataset_read(d, 0, &im, NULL), SIAM_OK);
    assert_true(im.w == 13 && im.h == 9);
    d->exif = true;
    assert_int_equal(siam_dataset_read(d, 0, &im, NULL), SIAM_OK);
    assert_true(im.w == 9 && im.h == 13);
    siam_image_release(&im);
    siam_dataset_close(&d);
}

/* ---- lists ----------------------------------------------------------------------------------------------
 */

static void put_text(const fixture *f, const char *name, const char *text)
{
    put_bytes(f, name, text, strlen(text));
}

static void test_lists(void **state)
{
    const fixture *f = begin(state);
    siam_image im = {0};
    put(f, "l/x/1.jpg l/x/2.png l/y/a,b.jpg l/data/train/3.jpg l/data/val/4.jpg");
    put_text(f, "l/train.txt", "# file label\r\n\r\nx/2.png 3\r\nx/1.jpg\t0\ny/a,b.jpg,2  \n x/1.jpg   1");
    siam_dataset *d = open_ok(f, "l/train.txt", SIAM_SPLIT_TRAIN,
                              "list, 4 training images, 4 classes, labels from the list, none held out");
    check_files(d, "x/2.png=3 x/1.jpg=0 y/a,b.jpg=2 x/1.jpg=1"); /* the list's order is the data set's */
    for (int i = 0; i < 4; i++)
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    assert_null(d->type->class_name(d, 0));
    siam_dataset_close(&d);
    open_fails(f, "l/train.txt", SIAM_SPLIT_TEST, SIAM_E_DATA, "no list of held-out images beside");

    put_text(f, "l/val.txt", "y/a,b.jpg 1\nx/gone.jpg 0\n");
    d = open_ok(f, "l/train.txt", SIAM_SPLIT_TEST, "list, 2 test images, 4 classes, labels from the list");
    check_files(d, "y/a,b.jpg=1 x/gone.jpg=0");
    read_fails(d, 1, "No such file");
    siam_dataset_close(&d);
    put_text(f, "l/val.txt", "y/a,b.jpg 4\n");
    open_fails(f, "l/train.txt", SIAM_SPLIT_TEST, SIAM_E_DATA, "have labels of 5 classes");

    /* mmpretrain's layout, a list without labels, an absolute path */
    char text[4096];
    snprintf(text, sizeof text, "3.jpg\n%s\n", path_of(f, "l/x/2.png"));
    put_text(f, "l/data/meta/train.txt", text);
    put_text(f, "l/data/meta/val.txt", "4.jpg\n");
    d = open_ok(f, "l/data/meta/train.txt", SIAM_SPLIT_TRAIN, "list, 2 training images, no labels");
    for (int i = 0; i < 2; i++)
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
    siam_dataset_close(&d);
    d = open_ok(f, "l/data/meta/train.txt", SIAM_SPLIT_TEST, "list, 1 test image, no labels");
    assert_int_equal(siam_dataset_read(d, 0, &im, NULL), SIAM_OK);
    siam_dataset_close(&d);
    siam_image_release(&im);
}

static void test_bad_lists(void **state)
{
    static const char *const bad[][2] = {
        {"a.jpg 1\nb.jpg\n", "line 2 of the list"},
        {"a.jpg 1\n\nb.jpg -1\n", "line 3 of the list"},
        {"a.jpg 1\nb.jpg 1000000\n", "from 0 to 999999"},
        {"a.jpg\nb.txt\n", "b.txt"},
        {"a.jpg 1\n 1\n", "line 2"},
        {"a.jpg 1\n.jpgx 1\n", "line 2"},
    };
    const fixture *f = begin(state);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_text(f, "b/list", bad[i][0]);
        open_fails(f, "b/list", SIAM_SPLIT_TRAIN, SIAM_E_DATA, bad[i][1]);
    }
    put_bytes(f, "b/list", "a.jpg 1\nb\0.jpg 1\n", 18);
    open_fails(f, "b/list", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "line 2");
    put_text(f, "b/list", "some words\na.jpg 1\n");
    open_fails(f, "b/list", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "is not a data set but text");
    char *longest = malloc(9000);
    memset(longest, 'x', 9000);
    memcpy(longest, "a.jpg 1\n", 8);
    memcpy(longest + 8990, ".jpg 1\n", 8);
    put_text(f, "b/list", longest);
    open_fails(f, "b/list", SIAM_SPLIT_TRAIN, SIAM_E_DATA, "line 2");
    free(longest);
}

/* One file under several names is found; equal files are not one file. */
static void test_same(void **state)
{
    const fixture *f = begin(state);
    char target[128];
    siam_image_list a = {0}, b = {0};
    int64_t *first, again;
    put(f, "s/x/1.jpg s/x/2.jpg s/3.jpg");
    snprintf(target, sizeof target, "%s", path_of(f, "s/x/1.jpg"));
    assert_int_equal(symlink(target, path_of(f, "s/link.jpg")), 0);
    assert_int_equal(link(target, path_of(f, "s/hard.jpg")), 0);
    assert_int_equal(symlink("x", path_of(f, "s/y")), 0);
    siam_image_list_root(&a, path_of(f, "s"), NULL);
    siam_image_list_root(&b, path_of(f, "s/x/.."), NULL);
    const char *const names[] = {"x/1.jpg", "x/2.jpg", "link.jpg", "3.jpg",          "hard.jpg",    "./x//1.jpg",
                                 "y/2.jpg", target,    "gone.jpg", "x/.././/3.jpg", "./gone.jpg", "x/gone.jpg"};
    const int64_t want[] = {0, 1, 0, 3, 0, 0, 1, 0, 8, 3, 8, 11, 3, 13};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        siam_image_list_add(&a, names[i], 0, NULL);
    siam_image_list_add(&b, "3.jpg", 0, NULL);
    siam_image_list_add(&b, "gone.jpg", 0, NULL); /* not there: by its path, which is another */
    assert_int_equal(siam_image_list_same(&first, &again, (const siam_image_list *const[]){&a, &b}, 2, NULL), SIAM_OK);
    for (int i = 0; i < 14; i++)
        if (first[i] != want[i])
            fail_msg("file %d is the same as %lld", i, (long long)first[i]);
    assert_int_equal(again, 8);
    free(first);

    /* More than are looked at: by path alone. */
    char name[32];
    for (int i = 0; i < SIAM_SAME_LOOKED_AT; i++) {
        snprintf(name, sizeof name, i % 2 ? "n/%d.jpg" : "./n//%d.jpg", i / 2);
        siam_image_list_add(&b, name, 0, NULL);
    }
    assert_int_equal(siam_image_list_same(&first, &again, (const siam_image_list *const[]){&b}, 1, NULL), SIAM_OK);
    assert_int_equal(again, SIAM_SAME_LOOKED_AT / 2);
    assert_int_equal(first[3], 2);
    free(first);
    siam_image_list_release(&a);
    siam_image_list_release(&b);
}

static void test_imagenette(void **state)
{
    const char *data = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    siam_dataset *d, *t;
    siam_err e = {0};
    siam_image im = {0};
    (void)state;
    if (data)
        snprintf(path, sizeof path, "%s/imagenette", data);
    else
        snprintf(path, sizeof path, "%s/../shared/data/imagenette", source ? source : "/nonexistent");
    if (!siam_path_is_dir(path))
        skip();
    assert_int_equal(siam_dataset_open(&d, path, SIAM_SPLIT_TRAIN, 0, &e), SIAM_OK);
    assert_int_equal(siam_dataset_open(&t, path, SIAM_SPLIT_TEST, 0, &e), SIAM_OK);
    assert_string_equal(d->info.described, "folder, 600 training images, 10 classes, labels from folders");
    assert_string_equal(t->info.described, "folder, 200 test images, 10 classes, labels from folders");
    assert_string_equal(t->type->class_name(t, 0), "n01440764");
    for (int64_t i = 0; i < t->info.count; i++) {
        assert_int_equal(siam_dataset_label(t, i), i / 20);
        if (i % 10 == 0 && siam_dataset_read(t, i, &im, &e))
            fail_msg("%s", e.msg);
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
    siam_dataset_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_splits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_labels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_upright, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same, setup, teardown),
        cmocka_unit_test(test_imagenette),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
