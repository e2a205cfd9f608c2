/* Classification metrics against scikit-learn's (tests/golden/make_score_golden.py), ties, and the order of
 * mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "infer/score.h"
#include "tasks/test_report.h"

static void assert_near(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-12))
        fail_msg("%s is %.17g, scikit-learn says %.17g", what, got, want);
}

static double number(const json_t *o, const char *key, const char *inner)
{
    const json_t *v = json_object_get(inner ? json_object_get(o, key) : o, inner ? inner : key);
    assert_true(json_is_number(v));
    return json_number_value(v);
}

static double element(const json_t *o, const char *key, const char *inner, size_t i)
{
    const json_t *a = json_object_get(inner ? json_object_get(o, key) : o, inner ? inner : key);
    assert_true(i < json_array_size(a));
    return json_number_value(json_array_get(a, i));
}

static void check_prf(const json_t *o, const char *key, siam_prf got)
{
    assert_near(key, got.precision, number(o, key, "precision"));
    assert_near(key, got.recall, number(o, key, "recall"));
    assert_near(key, got.f1, number(o, key, "f1"));
}

static void check_confusions(const json_t *o, const siam_score *s)
{
    siam_confusion *pair;
    int64_t n, sum = 0;
    assert_int_equal(siam_score_confusions(s, &pair, &n, NULL), SIAM_OK);
    for (int64_t i = 0; i < n; i++) {
        const size_t at = (size_t)pair[i].label * (size_t)s->classes + (size_t)pair[i].pred;
        assert_int_not_equal(pair[i].label, pair[i].pred);
        assert_near("a pair", (double)pair[i].count, element(o, "confusion", NULL, at));
        assert_true(i == 0 || pair[i].count <= pair[i - 1].count);
        sum += pair[i].count;
    }
    assert_int_equal(sum, s->n - s->right);
    free(pair);
}

static void check_case(const json_t *o)
{
    enum { MAX = 16 };
    const int classes = (int)number(o, "classes", NULL);
    const size_t n = json_array_size(json_object_get(o, "labels"));
    float logits[MAX], prob[MAX];
    int32_t top[SIAM_SCORE_TOP];
    siam_score s;
    siam_prf macro, micro;

    print_message("%s\n", json_string_value(json_object_get(o, "name")));
    assert_true(classes <= MAX && n > 0);
    assert_int_equal(siam_score_init(&s, classes, NULL), SIAM_OK);
    for (size_t i = 0; i < n; i++) {
        const int k = classes < SIAM_SCORE_TOP ? classes : SIAM_SCORE_TOP;
        for (int c = 0; c < classes; c++)
            logits[c] = (float)element(o, "logits", NULL, i * (size_t)classes + (size_t)c);
        assert_true(siam_softmax(prob, logits, classes));
        siam_top(top, k, logits, classes);
        assert_int_equal(
            siam_score_add(&s, (int64_t)i, (int)element(o, "labels", NULL, i), top, k, prob[top[0]], NULL),
            SIAM_OK);
    }
    assert_near("top-1", (double)s.right / (double)s.n, number(o, "top1", NULL));
    assert_near("top-5", (double)s.top5 / (double)s.n, number(o, "top5", NULL));
    if (s.classes > SIAM_SCORE_TOP)
        assert_near("the share", siam_score_top5(&s), number(o, "top5", NULL));
    else
        assert_true(isnan(siam_score_top5(&s)));
    for (int c = 0; c < classes; c++) {
        const siam_prf p = siam_score_class(&s, c);
        assert_near("precision", p.precision, element(o, "per_class", "precision", (size_t)c));
        assert_near("recall", p.recall, element(o, "per_class", "recall", (size_t)c));
        assert_near("f1", p.f1, element(o, "per_class", "f1", (size_t)c));
        assert_near("support", (double)s.support[c], element(o, "per_class", "support", (size_t)c));
        assert_near("hits", (double)s.hit[c],
                    element(o, "confusion", NULL, (size_t)c * (size_t)(classes + 1)));
    }
    assert_int_equal(siam_score_averages(&s, &macro, &micro), (int)number(o, "over", NULL));
    check_prf(o, "macro", macro);
    check_prf(o, "micro", micro);
    check_confusions(o, &s);
    siam_score_release(&s);
}

static void test_golden(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    json_t *root;
    if (!source)
        skip();
    snprintf(path, sizeof path, "%s/tests/golden/score.json", source);
    assert_int_equal(siam_json_read(&root, path, 1 << 20, NULL), SIAM_OK);
    const json_t *cases = json_object_get(root, "cases");
    assert_true(json_array_size(cases) >= 5);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_case(json_array_get(cases, i));
    json_decref(root);
}

/* Without a single image every metric is 0, not NaN. */
static void test_empty(void **state)
{
    (void)state;
    siam_score s;
    siam_prf macro, micro;
    assert_int_equal(siam_score_init(&s, 3, NULL), SIAM_OK);
    assert_int_equal(siam_score_averages(&s, &macro, &micro), 0);
    assert_true(macro.precision == 0 && macro.recall == 0 && macro.f1 == 0 && micro.f1 == 0);
    assert_true(siam_score_class(&s, 2).f1 == 0 && !siam_score_occurs(&s, 2));
    siam_score_sort_wrong(&s);
    siam_score_release(&s);
}

static void test_top(void **state)
{
    (void)state;
    const float x[] = {1, 3, 2, 3, 0, 3, -1};
    int32_t top[7];
    const int32_t want[] = {1, 3, 5, 2, 0, 4, 6};
    for (int k = 1; k <= 7; k++) {
        siam_top(top, k, x, 7);
        assert_memory_equal(top, want, (size_t)k * sizeof *want);
    }
    siam_top(top, 1, x, 1);
    assert_int_equal(top[0], 0);
}

static void test_softmax(void **state)
{
    (void)state;
    const float big[] = {1000, 999, -1000}, bad[] = {0, NAN}, endless[] = {0, INFINITY};
    float p[3];
    assert_true(siam_softmax(p, big, 3));
    assert_true(fabsf(p[0] - 0.73105858f) < 1e-7f && fabsf(p[1] - 0.26894143f) < 1e-7f && p[2] == 0);
    assert_false(siam_softmax(p, bad, 2));
    assert_false(siam_softmax(p, endless, 2));
}

static void test_wrong(void **state)
{
    (void)state;
    const struct {
        int64_t index;
        int label, pred;
        float score;
    } row[] = {{0, 0, 1, 0.5f}, {1, 1, 1, 1.0f}, {2, 1, 0, 0.9f}, {3, 0, 1, 0.5f}, {4, 2, 1, 0.7f}};
    const int64_t want[] = {2, 4, 0, 3};
    siam_confusion *pair;
    int64_t n;
    siam_score s;
    assert_int_equal(siam_score_init(&s, 3, NULL), SIAM_OK);
    for (int i = 0; i < 5; i++) {
        const int32_t top[] = {row[i].pred};
        assert_int_equal(siam_score_add(&s, row[i].index, row[i].label, top, 1, row[i].score, NULL), SIAM_OK);
    }
    assert_int_equal(siam_score_confusions(&s, &pair, &n, NULL), SIAM_OK);
    assert_int_equal(n, 3);
    assert_true(pair[0].label == 0 && pair[0].pred == 1 && pair[0].count == 2);
    assert_true(pair[1].label == 1 && pair[1].pred == 0 && pair[2].label == 2);
    free(pair);
    siam_score_sort_wrong(&s);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s.wrong[i].index, want[i]);
    siam_score_release(&s);
}

/* The share within the first five says something from six classes on. */
static void test_top5(void **state)
{
    (void)state;
    const int32_t top[] = {0, 1, 2, 3, 4};
    for (int classes = 1; classes <= 10; classes++) {
        siam_score s;
        assert_int_equal(siam_score_init(&s, classes, NULL), SIAM_OK);
        assert_true(isnan(siam_score_top5(&s)));
        for (int label = 0; label < classes; label++) {
            assert_int_equal(siam_score_add(&s, label, label, top, classes < 5 ? classes : 5, 0.5f, NULL), SIAM_OK);
            const double share = siam_score_top5(&s);
            if (classes < 6)
                assert_true(isnan(share));
            else
                assert_near("top-5", share, label < 5 ? 1 : 5.0 / (label + 1));
        }
        siam_score_release(&s);
    }
}

/* Of more classes than fit a screen, the table has half a screen of those with images and the lowest F1, lowest first, equal ones in
 * order: twenty of fifty, in which every third is never right and one has no images. */
static void test_lowest(void **state)
{
    (void)state;
    enum { CLASSES = 50, EACH = 25, SHOWN = 20, EMPTY = 7 };
    static siam_test_request request;
    static siam_dataset data;
    static siam_encoder encoder;
    static const char *names[CLASSES];
    request.scan.model.model = "model";
    const siam_scan scan = {.encoder = &encoder, .split = {&data}};
    siam_test_result t = {.r = &request, .d = &data, .scan = &scan, .classes = {.n = CLASSES, .name = names}};
    assert_int_equal(siam_score_init(&t.score, CLASSES, NULL), SIAM_OK);
    for (int c = 0; c < CLASSES; c++)
        for (int i = 0; i < EACH && c != EMPTY; i++) {
            const int32_t top = i < (c % 3 ? (c * 37 + 11) % EACH : 0) ? c : c == 49 ? 0 : 49;
            assert_int_equal(siam_score_add(&t.score, c * EACH + i, c, &top, 1, 0.5f, NULL), SIAM_OK);
        }
    int want[SHOWN], last = -1;
    double least = -1;
    for (int n = 0; n < SHOWN; n++) { /* the next in order */
        int best = -1;
        for (int c = 0; c < CLASSES; c++) {
            const double f1 = siam_score_class(&t.score, c).f1;
            if (c != EMPTY && (f1 > least || (f1 == least && c > last)) && (best < 0 || f1 < siam_score_class(&t.score, best).f1))
                best = c;
        }
        want[n] = last = best;
        least = siam_score_class(&t.score, best).f1;
    }
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(siam_test_print(out, &t, NULL), SIAM_OK);
    fclose(out);
    const char *at = strstr(text, "(those with the lowest F1)\n");
    assert_non_null(at);
    int n = 0;
    for (double p, r, f1; (at = strchr(at, '\n')); at++) {
        int images, c;
        if (sscanf(at, " %lf %% %lf %% %lf %% %d %d", &p, &r, &f1, &images, &c) != 5)
            break;
        assert_true(n < SHOWN);
        assert_int_equal(c, want[n++]);
        assert_int_equal(images, EACH);
        assert_true(fabs(f1 - 100 * siam_score_class(&t.score, c).f1) <= 0.005 + 1e-9);
    }
    assert_int_equal(n, SHOWN);
    assert_true(least > 0); /* some of those shown are right at times */
    free(text);
    siam_score_release(&t.score);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),  cmocka_unit_test(test_empty), cmocka_unit_test(test_top),
        cmocka_unit_test(test_softmax), cmocka_unit_test(test_wrong), cmocka_unit_test(test_top5),
        cmocka_unit_test(test_lowest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
