/* Images held out by a share: as many of each class, groups whole, the same ones each time. Files have names only: none is read. */
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
#include "data/holdout.h"

#include "own_folder.h"

static void put(const char *name, const char *text)
{
    char path[512], dir[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    assert_int_equal(siam_mkdirs(dir, NULL), SIAM_OK);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* n images of a class: set/CLASS/gG/I.jpg, `each` in a folder of its own. */
static void put_class(const char *set, const char *class, int n, int each)
{
    char name[128];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/%s/%s_g%d/%d.jpg", set, class, class, i / each, i);
        put(name, "");
    }
}

static const char *path_of(const char *set)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, set);
    return path;
}

static siam_dataset *open_ok(const char *spec, siam_split split, const siam_holdout *h)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open_held(&d, spec, split, 0, h, &e))
        fail_msg("%s", e.msg);
    return d;
}

static siam_err refusal(const char *spec, const siam_holdout *h)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    assert_int_equal(siam_dataset_open_held(&d, spec, SIAM_SPLIT_TRAIN, 0, h, &e), SIAM_E_CONFIG);
    assert_null(d);
    assert_true(e.msg[0] && e.hint[0]);
    return e;
}

static siam_holdout holdout(double share, const char *group_by, uint64_t seed)
{
    siam_holdout h = {.share = share, .seed = seed};
    snprintf(h.group_by, sizeof h.group_by, "%s", group_by);
    return h;
}

static int64_t count_of(const siam_dataset *d, int label)
{
    int64_t n = 0;
    for (int64_t i = 0; i < d->info.count; i++)
        n += siam_dataset_label(d, i) == label;
    return n;
}

static bool has(const siam_dataset *d, const char *name)
{
    for (int64_t i = 0; i < d->info.count; i++)
        if (!strcmp(siam_dataset_file(d, i), name))
            return true;
    return false;
}

/* Both parts together are all images, and none is in both. */
static void check_parts(const char *spec, const siam_dataset *train, const siam_dataset *test)
{
    siam_dataset *all = open_ok(spec, SIAM_SPLIT_TRAIN, NULL);
    assert_int_equal(train->info.count + test->info.count, all->info.count);
    for (int64_t i = 0; i < all->info.count; i++) {
        const char *name = siam_dataset_file(all, i);
        assert_int_equal(has(train, name) + has(test, name), 1);
    }
    assert_int_equal(train->info.classes, all->info.classes);
    assert_int_equal(test->info.classes, all->info.classes);
    siam_dataset_close(&all);
}

static void test_shares(void **state)
{
    static const int classes[] = {10, 25, 100, 4, 1};
    static const struct {
        double share;
        int held[5];
    } rows[] = {{0.1, {1, 2, 10, 0, 0}}, {0.2, {2, 5, 20, 1, 0}}, {0.5, {5, 12, 50, 2, 0}}, {0.9, {9, 22, 90, 4, 1}}, {0.02, {0, 0, 2, 0, 0}}};
    char name[16];
    (void)state;
    for (int k = 0; k < 5; k++) {
        snprintf(name, sizeof name, "c%d", k);
        put_class("set", name, classes[k], 5);
    }
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            const siam_holdout h = holdout(rows[r].share, "", seed);
            siam_dataset *train = open_ok(path_of("set"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h);
            check_parts(path_of("set"), train, test);
            for (int k = 0; k < 5; k++)
                assert_int_equal(count_of(test, k), rows[r].held[k]);
            assert_false(train->info.train_only);
            assert_non_null(strstr(train->info.remarks, "held out (val_share "));
            siam_dataset_close(&train);
            siam_dataset_close(&test);
        }
    const siam_holdout h = holdout(0.1, "", 0);
    siam_dataset *train = open_ok(path_of("set"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h);
    assert_string_equal(train->info.described, "folder, 127 training images, 5 classes, labels from folders");
    assert_string_equal(test->info.described, "folder, 13 test images, 5 classes, labels from folders");
    assert_string_equal(train->info.remarks, "held out (val_share 0.1): 13 of the 140 training images\n"
                                             "no image of 2 of the 5 classes is held out\n");
    siam_dataset_close(&train);
    siam_dataset_close(&test);
}

/* The same each time, others with another seed; and images that come or go do not move the others. */
static void test_steady(void **state)
{
    const siam_holdout h = holdout(0.2, "", 0), other = holdout(0.2, "", 1);
    int64_t stay = 0, same = 0;
    (void)state;
    put_class("set", "a", 200, 10);
    put_class("set", "b", 200, 10);
    siam_dataset *first = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h), *again = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h);
    siam_dataset *seeded = open_ok(path_of("set"), SIAM_SPLIT_TEST, &other);
    siam_fingerprint p[3];
    siam_dataset_fingerprint(&p[0], first);
    siam_dataset_fingerprint(&p[1], again);
    siam_dataset_fingerprint(&p[2], seeded);
    assert_memory_equal(&p[0], &p[1], sizeof p[0]);
    assert_int_not_equal(p[0].files, p[2].files);
    for (int64_t i = 0; i < first->info.count; i++)
        same += has(seeded, siam_dataset_file(first, i));
    assert_true(same < 40); /* of 80; 16 by chance */
    put_class("set", "c", 100, 10);
    put_class("set", "a", 210, 10);
    siam_dataset *more = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h);
    for (int64_t i = 0; i < first->info.count; i++)
        stay += has(more, siam_dataset_file(first, i));
    assert_true(stay >= 70); /* of 80 */
    siam_dataset_close(&first);
    siam_dataset_close(&again);
    siam_dataset_close(&seeded);
    siam_dataset_close(&more);
}

/* The part of a path between two characters, or up to the last slash. */
static void group_name(char *to, const char *path, const char *by)
{
    const char *slash = strrchr(path, '/');
    if (!strcmp(by, "folder"))
        snprintf(to, 64, "%.*s", (int)(slash - path), path);
    else
        snprintf(to, 64, "%.*s", (int)strcspn(strstr(path, "_g") + 1, "/"), strstr(path, "_g") + 1);
}

static void test_groups(void **state)
{
    static const char *const ways[] = {"folder", "regex:^./._(g[0-9]+)/", "regex:_g[0-9]+"}; /* the groups of the last two are in both classes */
    (void)state;
    put_class("set", "a", 120, 3);
    put_class("set", "b", 60, 3);
    for (size_t w = 0; w < 3; w++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            const siam_holdout h = holdout(0.25, ways[w], seed);
            siam_dataset *train = open_ok(path_of("set"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("set"), SIAM_SPLIT_TEST, &h);
            check_parts(path_of("set"), train, test);
            assert_in_range(count_of(test, 0), 24, 36);
            assert_in_range(count_of(test, 1), 9, 21);
            for (int64_t i = 0; i < test->info.count; i++)
                for (int64_t k = 0; k < train->info.count; k++) {
                    char one[64], two[64];
                    group_name(one, siam_dataset_file(test, i), ways[w]);
                    group_name(two, siam_dataset_file(train, k), ways[w]);
                    if (!strcmp(one, two))
                        fail_msg("%s: %s and %s", ways[w], siam_dataset_file(test, i), siam_dataset_file(train, k));
                }
            assert_non_null(strstr(train->info.remarks, w ? " of 40 groups" : " of 60 groups"));
            siam_dataset_close(&train);
            siam_dataset_close(&test);
        }
}

/* A list's column, and a file that it names twice, which is never in both parts. */
static void test_column(void **state)
{
    static const char *const names[] = {"group", "patient_id", "Subject"};
    char list[8192];
    (void)state;
    put_class("set", "a", 60, 60);
    for (size_t k = 0; k < 3; k++) {
        int at = snprintf(list, sizeof list, "path,label,%s\n", names[k]);
        for (int i = 0; i < 60; i++)
            at += snprintf(list + at, sizeof list - (size_t)at, "a/a_g0/%d.jpg,%d,p%d\n", i, i % 2, i * 7 % 12);
        put("set/list.csv", list);
        const siam_holdout h = holdout(0.334, "column", 5);
        siam_dataset *train = open_ok(path_of("set/list.csv"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("set/list.csv"), SIAM_SPLIT_TEST, &h);
        check_parts(path_of("set/list.csv"), train, test);
        assert_int_equal(test->info.count, 20); /* 4 of 12 groups of 5, half of them of each class */
        for (int64_t i = 0; i < test->info.count; i++)
            for (int64_t m = 0; m < train->info.count; m++)
                assert_string_not_equal(test->type->group(test, i), train->type->group(train, m));
        assert_non_null(strstr(train->info.remarks, "group from the column '"));
        assert_string_equal(test->info.described, "list, 20 test images, 2 classes, labels from the list");
        siam_dataset_close(&train);
        siam_dataset_close(&test);
    }
    int at = 0;
    for (int i = 0; i < 120; i++)
        at += snprintf(list + at, sizeof list - (size_t)at, "a/a_g0/%d.jpg %d\n", i % 60, i % 2);
    put("set/twice.txt", list);
    const siam_holdout h = holdout(0.3, "", 0);
    siam_dataset *train = open_ok(path_of("set/twice.txt"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("set/twice.txt"), SIAM_SPLIT_TEST, &h);
    assert_int_equal(train->info.count + test->info.count, 120);
    for (int64_t i = 0; i < test->info.count; i++)
        assert_false(has(train, siam_dataset_file(test, i)));
    siam_dataset_close(&train);
    siam_dataset_close(&test);
}

/* Sets that are no files, by number; and sets with held-out images of their own. */
static void test_without_files(void **state)
{
    const siam_holdout h = holdout(0.1, "", 0);
    siam_image im = {0}, of_all = {0};
    (void)state;
    siam_dataset *all = open_ok("synth:train=200,test=30", SIAM_SPLIT_TRAIN, NULL);
    siam_dataset *train = open_ok("synth:train=200,test=30", SIAM_SPLIT_TRAIN, &h), *test = open_ok("synth:train=200,test=30", SIAM_SPLIT_TEST, &h);
    assert_string_equal(test->info.described, "synth, 20 test images, 32x32 px, 10 classes");
    assert_string_equal(train->info.remarks, "held out (val_share 0.1): 20 of the 200 training images; the data set's own held-out images are not used\n");
    for (int c = 0; c < 10; c++)
        assert_int_equal(count_of(test, c), 2);
    int64_t at[2] = {0, 0};
    for (int64_t i = 0; i < 200; i++) { /* each image is the next one of one of the parts */
        assert_int_equal(siam_dataset_read(all, i, &of_all, NULL), SIAM_OK);
        int found = 0;
        for (int k = 0; k < 2 && !found; k++) {
            const siam_dataset *d = k ? test : train;
            if (at[k] == d->info.count)
                continue;
            assert_int_equal(siam_dataset_read(d, at[k], &im, NULL), SIAM_OK);
            found = !memcmp(im.px, of_all.px, siam_image_bytes(&im));
            if (found)
                assert_int_equal(siam_dataset_label(d, at[k]), siam_dataset_label(all, i));
            at[k] += found;
        }
        assert_true(found);
    }
    siam_image_release(&im);
    siam_image_release(&of_all);
    siam_dataset_close(&train);
    siam_dataset_close(&test);
    siam_dataset_close(&all);

    siam_holdout meek = h; /* where the set holds out images itself, nothing is done */
    meek.if_none = true;
    test = open_ok("synth:train=200,test=30", SIAM_SPLIT_TEST, &meek);
    train = open_ok("synth:train=200,test=30", SIAM_SPLIT_TRAIN, &meek);
    assert_int_equal(test->info.count, 30);
    assert_int_equal(train->info.count, 200);
    siam_dataset_close(&train);
    siam_dataset_close(&test);
    put_class("set", "a", 20, 5);
    put_class("set", "b", 20, 5);
    test = open_ok(path_of("set"), SIAM_SPLIT_TEST, &meek);
    assert_int_equal(test->info.count, 4);
    siam_dataset_close(&test);
}

/* Without labels all images are alike. */
static void test_unlabelled(void **state)
{
    char name[64];
    const siam_holdout h = holdout(0.25, "", 0);
    (void)state;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "flat/%d.jpg", i);
        put(name, "");
    }
    siam_dataset *train = open_ok(path_of("flat"), SIAM_SPLIT_TRAIN, &h), *test = open_ok(path_of("flat"), SIAM_SPLIT_TEST, &h);
    assert_int_equal(test->info.count, 10);
    check_parts(path_of("flat"), train, test);
    siam_dataset_close(&train);
    siam_dataset_close(&test);
}

/* Refusals, in words; what their hints say is done in tests/hints. */
static void test_refused(void **state)
{
    static const struct {
        const char *set;
        double share;
        const char *group_by;
        uint64_t seed;
        const char *word;
    } rows[] = {
        {"set", 0.5, "folders", 0, "grouped by folder, by column or by regex:PATTERN"},
        {"set", 0.5, "regex:", 0, "grouped by folder"},
        {"set", 0.5, "column:x", 0, "grouped by folder"},
        {"set", 0.5, "^a", 0, "group_by is '^a'"},
        {"set", 0, "folder", 0, "group_by says which images are held out, but val_share does not say how many"},
        {"set", 0, "", 7, "split_seed says which images are held out"},
        {"set", 0.5, "regex:([a", 0, "no extended regular expression"},
        {"set", 0.5, "regex:a_g", 0, "'b/b_g0/0.jpg' of "},
        {"set", 0.5, "column", 0, "there is no column called 'group'"},
        {"set/list.csv", 0.5, "column", 0, "there is no column called 'group'"},
        {"set/gap.csv", 0.5, "column", 0, "'a/a_g0/1.jpg' of "},
        {"synth:train=50,test=20", 0.5, "folder", 0, "are not files of their own"},
        {"set", 0.01, "", 0, "a share of 0.01 of the 16 images"},
        {"set", 0.1, "folder", 0, "16 images are in 4 groups"},
        {"set", 0.5, "regex:_g", 0, "16 images are in 1 group"},
    };
    (void)state;
    put_class("set", "a", 8, 4);
    put_class("set", "b", 8, 4);
    put("set/list.csv", "path,label\na/a_g0/0.jpg,1\nb/b_g0/0.jpg,2\na/a_g0/1.jpg,1\nb/b_g0/1.jpg,2\n");
    put("set/gap.csv", "path,label,group\na/a_g0/0.jpg,1,x\nb/b_g0/0.jpg,2,y\na/a_g0/1.jpg,1,\nb/b_g0/1.jpg,2,z\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const siam_holdout h = holdout(rows[i].share, rows[i].group_by, rows[i].seed);
        const siam_err e = refusal(strchr(rows[i].set, ':') ? rows[i].set : path_of(rows[i].set), &h);
        if (!strstr(e.msg, rows[i].word))
            fail_msg("'%s' is not in: %s", rows[i].word, e.msg);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {CASE(test_shares), CASE(test_steady), CASE(test_groups),     CASE(test_column),
                                       CASE(test_without_files), CASE(test_unlabelled), CASE(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
