/* Classifying: probabilities of small images against PyTorch and torchvision
 * (tests/golden/make_classifier_golden.py), named files and folders as a data set, the classes of data sets
 * among a model's, rows of predictions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "data/imagenet.h"
#include "data/paths.h"
#include "infer/classes.h"
#include "infer/classify.h"
#include "infer/preds.h"

enum { MAX_PATH = 4096 };

static const char *source(void)
{
    const char *s = getenv("SIMSIAM_SOURCE");
    if (!s)
        skip();
    return s ? s : "";
}

/* ---- probabilities
 * ----------------------------------------------------------------------------------------- */

typedef struct comparison {
    const json_t *want; /* file -> probabilities */
    const siam_dataset *d;
    double worst;
    int n;
} comparison;

static siam_code compare(void *user, const siam_prediction *p, siam_err *e)
{
    (void)e;
    comparison *c = user;
    const char *path = siam_dataset_file(c->d, p->index), *slash = strrchr(path, '/');
    const json_t *want = json_object_get(c->want, slash + 1);
    assert_null(p->bad);
    assert_int_equal(p->label, -1);
    assert_int_equal(json_array_size(want), 6);
    assert_int_equal(p->ntop, 3);
    for (size_t i = 0; i < 6; i++)
        c->worst = fmax(c->worst, fabs((double)p->prob[i] - json_number_value(json_array_get(want, i))));
    for (int i = 1; i < p->ntop; i++)
        assert_true(p->prob[p->top[i - 1]] >= p->prob[p->top[i]]);
    c->n++;
    return SIAM_OK;
}

static void check_scores(const json_t *want, const char *device, int size)
{
    char model[MAX_PATH], file[16][MAX_PATH];
    const char *path[16], *name;
    json_t *row;
    int n = 0;
    siam_scan x;
    siam_err e = {0};
    snprintf(model, sizeof model, "%s/tests/data/classifier/tiny.pth", source());
    json_object_foreach((json_t *)(uintptr_t)want, name, row)
    {
        snprintf(file[n], sizeof file[n], "%s/tests/data/codec/%s", source(), name);
        path[n] = file[n];
        n++;
    }
    siam_scan_spec ask = siam_classify_spec(
        (siam_scan_spec){.model = {.model = model, .size = size}, .path = path, .npaths = n, .threads = 1});
    snprintf(ask.device, sizeof ask.device, "%s", device);
    if (siam_scan_open(&x, &ask, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(x.encoder->cfg.arch, "resnet20-cifar-b");
    assert_string_equal(x.encoder->class_name[5], "fox");
    assert_int_equal(siam_scan_prepare(&x, &e), SIAM_OK);
    comparison cmp = {.want = want, .d = siam_scan_set(&x)};
    if (siam_classify(&x, 3, NULL, compare, &cmp, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(cmp.n, n);
    print_message("%s, %d px: largest difference of a probability %.1e\n", device, size, cmp.worst);
    assert_true(cmp.worst < 2e-6);
    siam_scan_close(&x);
}

static void test_scores(void **state)
{
    char path[MAX_PATH];
    json_t *root;
    (void)state;
    snprintf(path, sizeof path, "%s/tests/data/classifier/expected.json", source());
    assert_int_equal(siam_json_read(&root, path, 1 << 20, NULL), SIAM_OK);
    const json_t *scores = json_object_get(root, "scores");
    for (int i = 0; i < 2; i++) {
        check_scores(json_object_get(scores, "32"), i ? "ref" : "auto", 32);
        check_scores(json_object_get(scores, "24"), i ? "ref" : "auto", 24);
    }
    json_decref(root);
}

/* ---- classes
 * ----------------------------------------------------------------------------------------------- */

typedef struct named_set {
    siam_dataset head;
    const char *const *name; /* NULL: none */
} named_set;

static const char *set_name(const siam_dataset *d, int cls)
{
    const named_set *s = (const named_set *)d;
    return s->name ? s->name[cls] : NULL;
}

static const siam_dataset_type folder_like = {.name = "folder", .class_name = set_name};
static const siam_dataset_type list_like = {.name = "list", .class_name = set_name};

static siam_code match(siam_classes *c, int model, const char *const *model_name,
                       const siam_dataset_type *type, int data, const char *const *data_name, siam_err *e)
{
    siam_encoder enc = {.cfg = {.classes = model}, .class_name = (char **)(uintptr_t)model_name};
    /* outlives the call: the names are borrowed, and they are literals */
    named_set s = {{.type = type, .info = {.count = 1, .classes = data, .described = "a set"}}, data_name};
    *e = (siam_err){0};
    return siam_classes_match(c, &enc, &s.head, "photos", e);
}

static const char *const abc[] = {"ant", "bee", "cat"}, *const cab[] = {"cat", "ant", "bee"},
                         *const ca[] = {"cat", "ant"}, *const other[] = {"x", "y", "z"},
                         *const half[] = {"cat", "yak"}, *const twice[] = {"ant", "ant", "cat"};

static void test_by_name(void **state)
{
    siam_classes c;
    siam_err e;
    char buf[SIAM_CLASS_TEXT];
    (void)state;
    assert_int_equal(match(&c, 3, abc, &folder_like, 3, cab, &e), SIAM_OK);
    assert_true(c.of[0] == 2 && c.of[1] == 0 && c.of[2] == 1);
    assert_string_equal(siam_class_text(&c, 2, buf), "cat");
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, abc, &folder_like, 2, ca, &e), SIAM_OK); /* fewer */
    assert_true(c.of[0] == 2 && c.of[1] == 0);
    assert_non_null(strstr(c.how, "by name"));
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, twice, &folder_like, 3, twice, &e),
                     SIAM_OK); /* the same, in the same order */
    assert_true(c.of[0] == 0 && c.of[1] == 1 && c.of[2] == 2);
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, abc, &folder_like, 2, half, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "no class 'yak', which is one of the 2 of 'photos' (1 of them it has)"));
    assert_int_equal(match(&c, 3, twice, &folder_like, 2, ca, &e), SIAM_E_CONFIG); /* which ant? */
}

static void test_by_number(void **state)
{
    siam_classes c;
    siam_err e;
    char buf[SIAM_CLASS_TEXT];
    (void)state;
    assert_int_equal(match(&c, 3, NULL, &folder_like, 3, abc, &e), SIAM_OK);
    assert_true(c.of[2] == 2);
    assert_string_equal(siam_class_text(&c, 1, buf), "bee"); /* the data set's, as the model has none */
    assert_null(strstr(c.how, "other names"));
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, abc, &list_like, 3, NULL, &e), SIAM_OK); /* names on one side alone are no others */
    assert_null(strstr(c.how, "other names"));
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, abc, &folder_like, 3, other, &e), SIAM_OK);
    assert_non_null(strstr(c.how, "in their order"));
    assert_string_equal(siam_class_text(&c, 1, buf), "bee");
    siam_classes_release(&c);
    assert_int_equal(match(&c, 3, NULL, &folder_like, 2, ca, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "tells 3 classes apart and 'photos' has 2"));
    assert_int_equal(match(&c, 10, NULL, &list_like, 7, NULL, &e),
                     SIAM_OK); /* the last ones have no images */
    assert_string_equal(siam_class_text(&c, 9, buf), "9");
    siam_classes_release(&c);
    assert_int_equal(match(&c, 10, NULL, &list_like, 11, NULL, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "tells 10 classes apart and 'photos' has 11"));
    assert_int_equal(match(&c, 10, NULL, &folder_like, 7, NULL, &e), SIAM_E_CONFIG);
    assert_int_equal(match(&c, 3, abc, &folder_like, 0, NULL, &e), SIAM_E_CONFIG);
    assert_non_null(strstr(e.msg, "a test needs labels, and 'photos' has none: a set"));
    assert_non_null(e.hint[0] ? e.hint : NULL);
}

static void test_imagenet(void **state)
{
    static const char *const some[] = {"n01440764", "n02102040", "n03888257"}, *const wrong[] = {"n01440764",
                                                                                                 "n99999999"};
    const char **name = calloc(SIAM_IMAGENET_CLASSES, sizeof *name);
    siam_classes c;
    siam_err e;
    (void)state;
    for (int i = 0; i < SIAM_IMAGENET_CLASSES; i++)
        name[i] = siam_imagenet_name(i);
    for (int named = 0; named < 2; named++) {
        assert_int_equal(match(&c, 1000, named ? name : NULL, &folder_like, 3, some, &e), SIAM_OK);
        assert_true(c.of[0] == 0 && c.of[1] == 217 && c.of[2] == 701);
        assert_non_null(strstr(c.how, "WordNet"));
        siam_classes_release(&c);
        assert_int_equal(match(&c, 1000, named ? name : NULL, &folder_like, 2, wrong, &e), SIAM_E_CONFIG);
    }
    for (int i = 0; i < SIAM_IMAGENET_CLASSES; i++)
        name[i] = siam_imagenet_wnid(i);
    assert_int_equal(match(&c, 1000, NULL, &folder_like, 1000, name, &e), SIAM_OK);
    for (int i = 0; i < SIAM_IMAGENET_CLASSES; i++)
        assert_int_equal(c.of[i], i);
    siam_classes_release(&c);
    assert_int_equal(match(&c, 999, NULL, &folder_like, 3, some, &e), SIAM_E_CONFIG);
    free(name);
}

/* ---- named files
 * ------------------------------------------------------------------------------------------- */

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void expect_paths(const char *const *path, int n, const char *list, const char *want)
{
    siam_dataset *d;
    siam_err e = {0};
    char got[1024] = "";
    if (siam_paths_open(&d, path, n, &list, list ? 1 : 0, &e))
        fail_msg("%s", e.msg);
    for (int64_t i = 0; i < d->info.count; i++) {
        strcat(got, i ? " " : "");
        strcat(got, siam_dataset_file(d, i));
    }
    assert_string_equal(got, want);
    siam_dataset_close(&d);
}

static siam_code refused(const char *path, const char *word)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    const siam_code rc = siam_paths_open(&d, &path, path ? 1 : 0, NULL, 0, &e);
    assert_null(d);
    if (!strstr(e.msg, word))
        fail_msg("'%s' is not in: %s", word, e.msg);
    return rc;
}

static void test_paths(void **state)
{
    char dir[] = "/tmp/siam-test-XXXXXX", before[MAX_PATH];
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(mkdir("in", 0777) | mkdir("in/deep", 0777) | mkdir("x.jpg", 0777) | mkdir("none", 0777),
                     0);
    put("b.jpg", "x");
    put("a.png", "x");
    put("in/2.jpg", "x");
    put("in/1.jpg", "x");
    put("in/deep/0.jpg", "x");
    put("in/notes.txt", "no image");
    put("x.jpg/y.png", "x");
    put("noname", "x");
    put("in/list.txt", "# two of them\n1.jpg\nb.jpg 3\n");
    put("in/plain.txt", "1.jpg\nb.jpg\n");
    expect_paths((const char *[]){"b.jpg", "a.png", "noname"}, 3, NULL, "b.jpg a.png noname");
    expect_paths((const char *[]){"in"}, 1, NULL, "in/1.jpg in/2.jpg in/deep/0.jpg");
    expect_paths((const char *[]){"in/", "x.jpg"}, 2, NULL, "in/1.jpg in/2.jpg in/deep/0.jpg x.jpg/y.png");
    expect_paths(NULL, 0, "in/plain.txt", "in/1.jpg b.jpg"); /* beside the list, and where we are */
    expect_paths((const char *[]){"in/plain.txt", "a.png"}, 2, NULL, "in/1.jpg b.jpg a.png");
    assert_int_equal(refused("in/list.txt", "line 3 of the list"), SIAM_E_DATA);
    assert_int_equal(refused("gone.jpg", "'gone.jpg'"), SIAM_E_NOTFOUND);
    assert_int_equal(refused("none", "has no images"), SIAM_E_DATA);
    assert_int_equal(refused(NULL, "no image"), SIAM_E_USAGE);
    assert_int_equal(chdir(before), 0);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

/* ---- rows of predictions
 * ----------------------------------------------------------------------------------- */

static void write_rows(const char *path, const siam_classes *c)
{
    siam_preds *w;
    siam_err e = {0};
    const int32_t top[] = {2, 0, 1};
    const float prob[] = {0.25f, 0.125f, 0.625f};
    const siam_prediction good = {.index = 7, .label = 0, .ntop = 3, .top = top, .prob = prob};
    const siam_prediction bad = {.index = 8, .label = 1, .bad = "it is \"cut\""};
    if (siam_preds_create(&w, path, false, &e))
        fail_msg("%s", e.msg);
    assert_int_equal(siam_preds_add(w, &good, "=a \"b\",\xff\n.jpg", 1, c, &e), SIAM_OK);
    assert_int_equal(siam_preds_add(w, &bad, NULL, -1, c, &e), SIAM_OK);
    assert_int_equal(siam_preds_commit(w, &e), SIAM_OK);
    siam_preds_destroy(&w);
    assert_int_equal(siam_preds_create(&w, path, false, &e), SIAM_E_EXISTS);
    assert_null(w);
}

static void expect_text(const char *path, const char *want)
{
    char *text;
    size_t n;
    assert_int_equal(siam_file_read(path, 1 << 16, &text, &n, NULL), SIAM_OK);
    assert_string_equal(text, want);
    free(text);
    unlink(path);
}

static void test_preds(void **state)
{
    char dir[] = "/tmp/siam-test-XXXXXX", csv[64], jsonl[64], text[64];
    const char *name[] = {"ant", NULL, "cat"};
    const siam_classes c = {.n = 3, .name = name};
    siam_preds *w;
    siam_err e = {0};
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(csv, sizeof csv, "%s/p.csv", dir);
    snprintf(jsonl, sizeof jsonl, "%s/p.jsonl", dir);
    snprintf(text, sizeof text, "%s/p.txt", dir);
    assert_int_equal(siam_preds_create(&w, text, false, &e), SIAM_E_USAGE);
    write_rows(csv, &c);
    write_rows(jsonl, &c);
    siam_err_clear(&e);
    assert_int_equal(siam_preds_create(&w, jsonl, true, &e), SIAM_OK); /* not committed: the old one stays */
    siam_preds_destroy(&w);
    expect_text(csv, "index,file,label,label_class,pred,pred_class,score,top5,top5_scores,error\n"
                     "7,\"=a \"\"b\"\",\xff\n.jpg\",1,,2,\"cat\",0.625,2 0 1,0.625 0.25 0.125,\n"
                     "8,,,,,,,,,\"it is \"\"cut\"\"\"\n");
    expect_text(
        jsonl,
        "{\"index\":7,\"file\":\"=a \\\"b\\\",\\uFFFD\\n.jpg\",\"label\":1,"
        "\"label_class\":null,\"pred\":2,"
        "\"pred_class\":\"cat\",\"score\":0.625,\"top5\":[2,0,1],\"top5_scores\":[0.625,0.25,0.125]}\n"
        "{\"index\":8,\"file\":null,\"label\":null,\"label_class\":null,\"pred\":null,\"pred_class\":null,"
        "\"score\":null,\"top5\":null,\"top5_scores\":null,\"error\":\"it is \\\"cut\\\"\"}\n");
    assert_int_equal(rmdir(dir), 0); /* nothing else is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),   cmocka_unit_test(test_by_name), cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_imagenet), cmocka_unit_test(test_paths),   cmocka_unit_test(test_preds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
