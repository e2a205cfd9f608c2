/* What a test came to, for people and as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/json.h"
#include "tasks/test_report.h"

enum {
    SHOWN_CLASSES = 40,
    SHOWN_MATRIX = 16,
    SHOWN_PAIRS = 10,
    SHOWN_BAD = 5,
    JSON_MATRIX = 100,
    JSON_ROWS = 1000
};

/* ---- for people ---------------------------------------------------------------------------------------- */

/* Four digits stand without a comma: "9339 of 10,000". */
static const char *count(char *buf, size_t n, int64_t v)
{
    if (v > 9999)
        return siam_format_count(buf, n, v);
    snprintf(buf, n, "%lld", (long long)v);
    return buf;
}

static const char *file_text(const siam_test_result *t, int64_t index, char *buf, size_t n)
{
    const char *file = siam_dataset_file(t->d, index);
    if (file)
        return siam_format_printable(buf, n, file);
    snprintf(buf, n, "image %lld", (long long)index);
    return buf;
}

static void print_head(FILE *out, const siam_test_result *t)
{
    char a[32], b[32], model[512];
    const siam_score *s = &t->score;
    siam_prf macro, micro;
    const int over = siam_score_averages(s, &macro, &micro);
    fprintf(out, "%s on %s\n", siam_format_printable(model, sizeof model, t->r->scan.model.model),
            t->d->info.described);
    siam_scan_tell(t->scan, "  ", out);
    if (t->classes.how[0])
        fprintf(out, "  %s\n", t->classes.how);
    fprintf(out, "  normalised with %s\n", t->norm);
    for (int64_t i = 0; i < t->bad.n && i < SHOWN_BAD; i++)
        fprintf(out, "  not counted: %s\n", t->bad.row[i].why);
    if (t->bad.n > SHOWN_BAD)
        fprintf(out, "  not counted: %s more that cannot be read\n",
                count(a, sizeof a, t->bad.n - SHOWN_BAD));
    fprintf(out, "\n  top-1  %6.2f %%   %s of %s right\n", 100 * siam_test_top1(t),
            count(a, sizeof a, s->right), count(b, sizeof b, s->n));
    if (!isnan(siam_score_top5(s)))
        fprintf(out, "  top-5  %6.2f %%   %s of %s\n", 100 * siam_score_top5(s),
                count(a, sizeof a, s->top5), count(b, sizeof b, s->n));
    fprintf(out, "  macro  precision %6.2f %%  recall %6.2f %%  F1 %6.2f %%   over %s classes\n",
            100 * macro.precision, 100 * macro.recall, 100 * macro.f1, count(a, sizeof a, over));
    fprintf(out, "  micro  precision %6.2f %%  recall %6.2f %%  F1 %6.2f %%\n", 100 * micro.precision,
            100 * micro.recall, 100 * micro.f1);
}

typedef struct rank {
    int cls;
    double f1;
} rank;

static int by_f1(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    return x->f1 != y->f1 ? (x->f1 < y->f1 ? -1 : 1) : x->cls - y->cls;
}

/* The classes that occur, in their order; of very many those with images and the lowest F1. row: room for all. */
static void print_classes(FILE *out, const siam_test_result *t, rank *row)
{
    const siam_score *s = &t->score;
    char name[SIAM_CLASS_TEXT];
    int n = 0, with_images = 0;
    for (int c = 0; c < s->classes; c++)
        if (siam_score_occurs(s, c))
            row[n++] = (rank){c, siam_score_class(s, c).f1};
    const bool many = n > SHOWN_CLASSES;
    for (int i = 0; many && i < n; i++)
        if (s->support[row[i].cls])
            row[with_images++] = row[i];
    if (many) {
        n = with_images < SHOWN_CLASSES / 2 ? with_images : SHOWN_CLASSES / 2;
        qsort(row, (size_t)with_images, sizeof *row, by_f1);
    }
    fprintf(out, "\n  precision   recall       F1  images  class%s\n",
            many ? " (those with the lowest F1)" : "");
    for (int i = 0; i < n; i++) {
        const siam_prf p = siam_score_class(s, row[i].cls);
        fprintf(out, "   %6.2f %% %6.2f %% %6.2f %% %7lld  %s\n", 100 * p.precision, 100 * p.recall,
                100 * p.f1, (long long)s->support[row[i].cls],
                siam_class_text(&t->classes, row[i].cls, name));
    }
}

/* m[n, n], of n classes, with zeros in it. */
static void fill_matrix(int64_t *m, const siam_test_result *t)
{
    const size_t n = (size_t)t->score.classes;
    for (size_t c = 0; c < n; c++)
        m[c * n + c] = t->score.hit[c];
    for (int64_t i = 0; i < t->npairs; i++)
        m[(size_t)t->pair[i].label * n + (size_t)t->pair[i].pred] = t->pair[i].count;
}

static void print_matrix(FILE *out, const siam_test_result *t)
{
    const int n = t->score.classes;
    char name[SIAM_CLASS_TEXT];
    int64_t m[SHOWN_MATRIX * SHOWN_MATRIX] = {0};
    fill_matrix(m, t);
    fprintf(out, "\n  confusion: a row per label, a column per prediction\n    ");
    for (int c = 0; c < n; c++)
        fprintf(out, " %6d", c);
    fputc('\n', out);
    for (int r = 0; r < n; r++) {
        fprintf(out, "  %2d", r);
        for (int c = 0; c < n; c++)
            fprintf(out, " %6lld", (long long)m[r * n + c]);
        if (t->classes.name[r])
            fprintf(out, "  %s", siam_class_text(&t->classes, r, name));
        fputc('\n', out);
    }
}

static void print_pairs(FILE *out, const siam_test_result *t)
{
    char a[SIAM_CLASS_TEXT], b[SIAM_CLASS_TEXT];
    fprintf(out, "\n  most confused\n");
    for (int64_t i = 0; i < t->npairs && i < SHOWN_PAIRS; i++)
        fprintf(out, "  %6lld times %s taken for %s\n", (long long)t->pair[i].count,
                siam_class_text(&t->classes, t->pair[i].label, a),
                siam_class_text(&t->classes, t->pair[i].pred, b));
}

static void print_mistakes(FILE *out, const siam_test_result *t)
{
    char a[SIAM_CLASS_TEXT], b[SIAM_CLASS_TEXT], file[1024];
    fprintf(out, "\n  most confident mistakes\n");
    for (int64_t i = 0; i < t->score.nwrong && i < t->r->mistakes; i++) {
        const siam_wrong *w = &t->score.wrong[i];
        fprintf(out, "  %.4f  %s  %s taken for %s\n", (double)w->score,
                file_text(t, w->index, file, sizeof file), siam_class_text(&t->classes, w->label, a),
                siam_class_text(&t->classes, w->pred, b));
    }
}

siam_code siam_test_print(FILE *out, const siam_test_result *t, siam_err *e)
{
    rank *row = malloc((size_t)t->score.classes * sizeof *row);
    if (!row)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to print the results of %d classes", t->score.classes);
    print_head(out, t);
    print_classes(out, t, row);
    free(row);
    if (t->score.classes <= SHOWN_MATRIX)
        print_matrix(out, t);
    if (t->npairs)
        print_pairs(out, t);
    if (t->score.nwrong && t->r->mistakes)
        print_mistakes(out, t);
    if (t->r->out[0])
        fprintf(out, "\n  every image: %s\n", t->r->out);
    return SIAM_OK;
}

/* ---- JSON ---------------------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *s) { return s ? siam_json_text(s) : json_null(); }

static json_t *json_prf(siam_prf p)
{
    return json_pack("{s:f,s:f,s:f}", "precision", p.precision, "recall", p.recall, "f1", p.f1);
}

static json_t *json_classes(const siam_test_result *t)
{
    json_t *a = json_array();
    const siam_score *s = &t->score;
    for (int c = 0; c < s->classes; c++) {
        json_t *o = json_prf(siam_score_class(s, c));
        siam_json_put(&o, "class", json_integer(c));
        siam_json_put(&o, "name", text_or_null(t->classes.name[c]));
        siam_json_put(&o, "support", json_integer(s->support[c]));
        siam_json_put(&o, "predicted", json_integer(s->predicted[c]));
        siam_json_put(&o, "hits", json_integer(s->hit[c]));
        siam_json_add(&a, o);
    }
    return a;
}

static json_t *json_matrix(const siam_test_result *t)
{
    const int n = t->score.classes;
    if (n > JSON_MATRIX)
        return json_null();
    int64_t *m = calloc((size_t)n * (size_t)n, sizeof *m);
    if (!m)
        return NULL;
    fill_matrix(m, t);
    json_t *rows = json_array();
    for (int r = 0; r < n; r++) {
        json_t *row = json_array();
        for (int c = 0; c < n; c++)
            siam_json_add(&row, json_integer(m[r * n + c]));
        siam_json_add(&rows, row);
    }
    free(m);
    return rows;
}

static json_t *json_pairs(const siam_test_result *t)
{
    json_t *a = json_array();
    for (int64_t i = 0; i < t->npairs && i < JSON_ROWS; i++)
        siam_json_add(&a, json_pack("{s:i,s:i,s:I}", "label", t->pair[i].label, "pred",
                                           t->pair[i].pred, "count", (json_int_t)t->pair[i].count));
    return a;
}

static json_t *json_mistakes(const siam_test_result *t)
{
    json_t *a = json_array();
    for (int64_t i = 0; i < t->score.nwrong && i < t->r->mistakes; i++) {
        const siam_wrong *w = &t->score.wrong[i];
        siam_json_add(&a, json_pack("{s:I,s:o,s:i,s:i,s:f}", "index", (json_int_t)w->index, "file",
                                           text_or_null(siam_dataset_file(t->d, w->index)), "label", w->label,
                                           "pred", w->pred, "score", (double)w->score));
    }
    return a;
}

static json_t *json_bad(const siam_test_result *t)
{
    json_t *a = json_array();
    for (int64_t i = 0; i < t->bad.n && i < JSON_ROWS; i++) {
        const siam_skipped *s = &t->bad.row[i];
        siam_json_add(&a, json_pack("{s:I,s:o,s:o}", "index", (json_int_t)s->index, "file",
                                           text_or_null(siam_dataset_file(t->d, s->index)), "error",
                                           siam_json_text(s->why)));
    }
    return a;
}

static json_t *json_triple(const float v[3])
{
    json_t *a = json_array();
    for (int i = 0; i < 3; i++)
        siam_json_add(&a, json_real((double)v[i]));
    return a;
}

siam_code siam_test_tell(const siam_task_call *c, const siam_test_result *t, siam_err *e)
{
    const siam_score *s = &t->score;
    siam_prf macro, micro;
    const int over = siam_score_averages(s, &macro, &micro);
    const double top5 = siam_score_top5(s);
    json_t *gate = t->least > 0 ? json_real(t->least) : json_null();
    json_t *all = json_pack(
        "{s:o,s:o,s:o,s:o,s:I,s:I,s:I,s:f,s:o,s:o,s:o,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:b}", //
        "model", siam_json_text(t->r->scan.model.model), "data", siam_json_text(t->r->scan.data), "described",
        siam_json_text(t->d->info.described), "remarks", siam_json_text(t->d->info.remarks), "images", (json_int_t)s->n,
        "unreadable", (json_int_t)t->bad.n, "right", (json_int_t)s->right, "top1", siam_test_top1(t), "top5",
        isnan(top5) ? json_null() : json_real(top5),
        "macro", json_prf(macro), "micro", json_prf(micro), "averaged_over", over, "classes", json_classes(t),
        "confusion", json_matrix(t), "confused", json_pairs(t), "mistakes", json_mistakes(t), "bad",
        json_bad(t), "mean", json_triple(t->scan->encoder->norm.mean), "std", json_triple(t->scan->encoder->norm.std), "normalised",
        t->norm, "matched", siam_json_text(t->classes.how), "told", siam_json_text(t->scan->encoder->told), "min_top1",
        gate, "passed", t->passed);
    return siam_task_tell_json(c, all, JSON_COMPACT | JSON_REAL_PRECISION(12), e);
}
