/* Data sets joined to one: their order, names, classes, splits and what is held out of them. Files have names only: none is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "data/fingerprint.h"
#include "data/form.h"
#include "data/holdout.h"
#include "data/joined.h"

#include "open_case.h"
#include "own_folder.h"

static void put(const char *name, const char *text)
{
    char dir[512];
    const char *slash = strrchr(name, '/');
    snprintf(dir, sizeof dir, "%.*s", (int)(slash ? slash - name : 1), slash ? name : ".");
    assert_int_equal(siam_mkdirs(dir, NULL), SIAM_OK);
    FILE *f = fopen(name, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* A PAM file of one pixel of so many channels. */
static void put_pam(const char *name, int channels)
{
    char text[128];
    snprintf(text, sizeof text, "P7\nWIDTH 1\nHEIGHT 1\nDEPTH %d\nMAXVAL 255\nENDHDR\nabcdefgh", channels);
    put(name, text);
}

static void put_all(const char *set, const char *const *class, int n)
{
    char name[128];
    for (; *class; class++)
        for (int i = 0; i < n; i++) {
            snprintf(name, sizeof name, "%s/%s/%d.jpg", set, *class, i);
            put(name, "");
        }
}

static siam_err refusal(const char *spec, siam_split split, siam_code code)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, spec, split, 0, &e), code);
    assert_null(d);
    return e;
}

static const char *class_of(const siam_dataset *d, int64_t i) { return d->type->class_name(d, siam_dataset_label(d, i)); }

/* Images follow each other, files say which set they are of, and a class is the same by whatever number a set has it. */
static void test_by_name(void **state)
{
    (void)state;
    put_all("a/train", (const char *const[]){"cat", "dog", NULL}, 3);
    put_all("a/val", (const char *const[]){"cat", "dog", NULL}, 2);
    put_all("b", (const char *const[]){"ant", "cat", "eel", NULL}, 2);
    put("list.csv", "b/ant/0.jpg,dog\nb/eel/1.jpg,fox\n");
    siam_dataset *d = open_ok("a + b + list.csv"), *a = open_ok("a");
    assert_int_equal(d->info.count, 6 + 6 + 2);
    assert_int_equal(d->info.classes, 5);
    assert_false(d->info.train_only);
    static const char *const files[] = {"a/train/cat/0.jpg", "b/ant/0.jpg", "b/eel/1.jpg"};
    static const int at[] = {0, 6, 13};
    for (int k = 0; k < 3; k++)
        assert_string_equal(siam_dataset_file(d, at[k]), files[k]);
    static const char *const classes[] = {"cat", "cat", "cat", "dog", "dog", "dog", "ant", "ant", "cat", "cat", "eel", "eel", "dog", "fox"};
    for (int i = 0; i < 14; i++)
        assert_string_equal(class_of(d, i), classes[i]);
    assert_int_equal(siam_dataset_label(d, 0), siam_dataset_label(d, 8));
    for (int i = 0; i < 6; i++) /* the first one's classes keep their numbers */
        assert_int_equal(siam_dataset_label(d, i), siam_dataset_label(a, i));
    assert_non_null(strstr(d->info.described, "folder + folder + list, 14 training images, 5 classes, labels from the sets, joined by name"));
    int part;
    int64_t index = 13;
    assert_string_equal(siam_dataset_part(d, &index, &part)->type->name, "list");
    assert_int_equal(index, 1);
    assert_int_equal(part, 2);
    siam_dataset_close(&a);
    siam_dataset_close(&d);
}

/* What is held out is what the parts hold out, numbered as the training images are, also where a part with the first classes has none. */
static void test_splits(void **state)
{
    (void)state;
    siam_dataset *train = open_ok("b + a"), *test = open_split("b + a", SIAM_SPLIT_TEST, NULL);
    assert_int_equal(test->info.count, 4);
    assert_int_equal(test->info.classes, train->info.classes);
    assert_string_equal(siam_dataset_file(test, 0), "a/val/cat/0.jpg");
    for (int i = 0; i < 4; i++) {
        assert_string_equal(class_of(test, i), i < 2 ? "cat" : "dog");
        assert_string_equal(train->type->class_name(train, siam_dataset_label(test, i)), i < 2 ? "cat" : "dog");
    }
    assert_non_null(strstr(test->info.remarks, "'b' holds out no images\n"));
    siam_dataset_close(&train);
    siam_dataset_close(&test);
    train = open_ok("b + b");
    assert_true(train->info.train_only);
    assert_non_null(strstr(train->info.remarks, "'b' is joined with itself"));
    siam_dataset_close(&train);
    const siam_err e = refusal("b + b", SIAM_SPLIT_TEST, SIAM_E_DATA);
    assert_string_equal(e.msg, "none of the data sets that are joined holds images out");
}

/* Numbers are the same where no set has names; where only some have, or some have no labels, there are none. */
static void test_by_number(void **state)
{
    (void)state;
    put("n1.csv", "b/ant/0.jpg,0\nb/ant/1.jpg,4\n");
    put("n2.csv", "b/eel/0.jpg,2\nb/eel/1.jpg,7\n");
    put("none.txt", "b/cat/0.jpg\nb/cat/1.jpg\n");
    siam_dataset *d = open_ok("n1.csv + n2.csv");
    assert_int_equal(d->info.classes, 8);
    static const int labels[] = {0, 4, 2, 7};
    for (int i = 0; i < 4; i++)
        assert_int_equal(siam_dataset_label(d, i), labels[i]);
    assert_null(d->type->class_name(d, 0));
    siam_dataset_close(&d);
    static const struct {
        const char *spec, *why;
    } rows[] = {{"b + n1.csv", "the classes of 'b' have names, and those of 'n1.csv' have numbers"},
                {"n1.csv + a", "the classes of 'a' have names, and those of 'n1.csv' have numbers"},
                {"a + none.txt", "'none.txt' has none"},
                {"none.txt + n1.csv", "'none.txt' has none"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        siam_err e = {0};
        d = open_ok(rows[r].spec);
        assert_int_equal(d->info.classes, 0);
        assert_string_equal(d->info.why, rows[r].why);
        assert_memory_equal(d->info.remarks, "no labels: ", strlen("no labels: "));
        for (int i = 0; i < d->info.count; i++)
            assert_int_equal(siam_dataset_label(d, i), -1);
        assert_int_equal(siam_dataset_no_labels(d, rows[r].spec, "kNN", &e), SIAM_E_CONFIG);
        siam_dataset_close(&d);
    }
}

/* A " + " in a path that is there is a part of it. */
static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int parts;
    } rows[] = {{"a", 0}, {"x + y", 0}, {"x + y + a", 2}, {"a + x + y", 2}, {"a + x + y + b", 3}, {"a + b + a", 3}, {"synth:train=20,test=10 + a", 2}};
    put_all("x + y", (const char *const[]){"cat", "dog", NULL}, 1);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        siam_dataset *d = open_ok(rows[r].spec);
        assert_int_equal(siam_joined_parts(d), rows[r].parts);
        siam_dataset_close(&d);
    }
    static const char *const lacking[][2] = {{"a + nix", "there is no 'nix'"}, {"nix + a", "there is no 'nix'"}, {"a + ", "there is no ''"}};
    for (size_t r = 0; r < sizeof lacking / sizeof *lacking; r++) {
        const siam_err e = refusal(lacking[r][0], SIAM_SPLIT_TRAIN, SIAM_E_NOTFOUND);
        assert_string_equal(e.msg, lacking[r][1]);
    }
    char many[1024] = "a";
    for (int i = 0; i < SIAM_JOINED_MOST; i++)
        strcat(many, " + a");
    assert_non_null(strstr(refusal(many, SIAM_SPLIT_TRAIN, SIAM_E_CONFIG).msg, "65 data sets are to be joined, and 64 can be"));
}

/* Grey images and those of colours go together, others only with their like; what is read is the same for all parts. */
static void test_channels(void **state)
{
    (void)state;
    static const int channels[] = {1, 3, 4, 4, 2};
    for (int k = 0; k < 5; k++) {
        char name[32];
        for (int i = 0; i < 2; i++) {
            snprintf(name, sizeof name, "c%d/%d.pam", k, i);
            put_pam(name, channels[k]);
        }
    }
    siam_image_form f;
    siam_image im = {0};
    siam_dataset *d = open_ok("c0 + c1");
    assert_int_equal(siam_dataset_form(&f, d, NULL), SIAM_OK);
    assert_int_equal(f.channels, 3);
    siam_dataset_close(&d);
    d = open_ok("c2 + c3");
    siam_dataset_read_as(d, false, &(siam_image_want){4, 2, 0, 0});
    for (int i = 0; i < 4; i++) { /* of both */
        assert_int_equal(siam_dataset_read(d, i, &im, NULL), SIAM_OK);
        assert_int_equal(im.channels, 4);
        assert_int_equal(im.depth, 2);
    }
    siam_image_release(&im);
    siam_dataset_close(&d);
    assert_string_equal(refusal("c1 + c2", SIAM_SPLIT_TRAIN, SIAM_E_CONFIG).msg,
                        "the images of 'c1' have 3 channels and those of 'c2' have 4, so they cannot be joined");
    refusal("c0 + c4", SIAM_SPLIT_TRAIN, SIAM_E_CONFIG);
    refusal("synth:train=2,test=1 + c2", SIAM_SPLIT_TRAIN, SIAM_E_CONFIG);
}

static bool same(const char *x, const char *y, char why[96])
{
    siam_fingerprint p, q;
    siam_dataset *a = open_ok(x), *b = open_ok(y);
    siam_dataset_fingerprint(&p, a);
    siam_dataset_fingerprint(&q, b);
    siam_dataset_close(&a);
    siam_dataset_close(&b);
    return !siam_fingerprint_differs(why, 96, &p, &q);
}

static void test_fingerprint(void **state)
{
    static const struct {
        const char *x, *y, *why;
    } rows[] = {{"a + b", "./a + b/", NULL},
                {"a + b", "b + a", "and these are the same in another order"},
                {"a + b", "a + b + b", "now there are 18"},
                {"b + synth:train=4,test=1,seed=1", "b + synth:train=4,test=1,seed=2", "and these are as many but not the same"},
                {"n1.csv + n1.csv", "n1.csv + n3.csv", "and these have other labels"}};
    char why[96];
    (void)state;
    put("n3.csv", "b/ant/0.jpg,0\nb/ant/1.jpg,1\n");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        assert_int_equal(same(rows[r].x, rows[r].y, why), rows[r].why == NULL);
        if (rows[r].why)
            assert_string_equal(why, rows[r].why);
    }
}

static int64_t count_of(const siam_dataset *d, const char *beginning)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->info.count; i++) {
        const char *file = siam_dataset_file(d, i);
        n += file && !strncmp(file, beginning, strlen(beginning));
    }
    return n;
}

/* A share is of all of them. What has a name in a column stays together across sets; a folder of the same name elsewhere is another one. */
static void test_held_out(void **state)
{
    char text[2][4096] = {"path,label,patient\n", "path,label,patient\n"};
    const siam_holdout share = {.share = 0.5}, column = {.share = 0.5, .group_by = "column"}, by_folder = {.share = 0.5, .group_by = "folder"};
    siam_fingerprint p, q;
    (void)state;
    put_all("big", (const char *const[]){"cat", NULL}, 40);
    put_all("small", (const char *const[]){"cat", NULL}, 20);
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < 20; i++)
            sprintf(strchr(text[k], '\0'), "%s/cat/%d.jpg,0,p%d\n", k ? "small" : "big", i, i % 10);
    put("p1.csv", text[0]);
    put("p2.csv", text[1]);

    siam_dataset *train = open_split("big + small + synth:train=20,test=5", SIAM_SPLIT_TRAIN, &share);
    siam_dataset *test = open_split("big + small + synth:train=20,test=5", SIAM_SPLIT_TEST, &share);
    assert_int_equal(train->info.count + test->info.count, 80);
    assert_in_range(test->info.count, 38, 42);
    assert_int_equal(count_of(train, "big/") + count_of(test, "big/"), 40);
    assert_in_range(count_of(test, "big/"), 5, 35);
    assert_in_range(count_of(test, "small/"), 2, 18);
    int64_t index = 0;
    siam_dataset_part(test, &index, NULL);
    assert_string_equal(siam_dataset_file(siam_joined_part(test, 0), index) + 4, strrchr(siam_dataset_file(test, 0), '/') + 1);
    siam_dataset_fingerprint(&p, train);
    siam_dataset_close(&train);
    train = open_split("big + small + synth:train=20,test=5", SIAM_SPLIT_TRAIN, &(siam_holdout){.share = 0.5, .seed = 1});
    siam_dataset_fingerprint(&q, train);
    assert_true(p.images != q.images || p.files != q.files);
    siam_dataset_close(&train);
    siam_dataset_close(&test);

    train = open_split("p1.csv + p2.csv", SIAM_SPLIT_TRAIN, &column);
    assert_int_equal(train->info.count, 20);
    for (int64_t i = 0; i < 20; i++) { /* the second list's are the same patients */
        int64_t at = i, n = 0;
        const siam_dataset *d = siam_dataset_part(train, &at, NULL);
        const char *patient = d->type->group(d, at);
        for (int64_t k = 0; k < 20; k++) {
            int64_t other = k;
            const siam_dataset *of = siam_dataset_part(train, &other, NULL);
            n += !strcmp(patient, of->type->group(of, other));
        }
        assert_int_equal(n, 4);
    }
    siam_dataset_close(&train);
    train = open_split("small + small", SIAM_SPLIT_TRAIN, &by_folder);
    assert_int_equal(train->info.count, 20);
    siam_dataset_close(&train);
    siam_err e = {0};
    assert_int_equal(siam_dataset_open_held(&train, "big + synth:train=20,test=5", SIAM_SPLIT_TRAIN, 0, &by_folder, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "are not files of their own"));
}

/* Of pairs and single images each is a single one. */
static void test_pairs(void **state)
{
    (void)state;
    put("pairs.csv", "b/ant/0.jpg,b/ant/1.jpg\nb/eel/0.jpg,b/eel/1.jpg\n");
    siam_dataset *d = open_ok("pairs.csv + pairs.csv");
    assert_true(d->info.pairs);
    assert_string_equal(siam_dataset_mate_file(d, 3), "b/eel/1.jpg");
    siam_dataset_close(&d);
    d = open_ok("pairs.csv + b");
    assert_false(d->info.pairs);
    assert_null(siam_dataset_mate_file(d, 0));
    assert_non_null(strstr(d->info.remarks, "'pairs.csv' has pairs and others have none, so the first image of each is taken alone\n"));
    siam_dataset_close(&d);
}

static int enter(void **state) { return make_folder(state) || chdir(folder); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_name),  cmocka_unit_test(test_splits),      cmocka_unit_test(test_by_number), cmocka_unit_test(test_names),
        cmocka_unit_test(test_channels), cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_held_out),  cmocka_unit_test(test_pairs),
    };
    return cmocka_run_group_tests(tests, enter, remove_folder);
}
