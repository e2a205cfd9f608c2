/* Scoring classifications. */
#include "infer/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

siam_code siam_score_init(siam_score *s, int classes, siam_err *e)
{
    *s = (siam_score){.classes = classes};
    int64_t *counts = calloc(3 * (size_t)classes, sizeof *counts);
    if (!counts)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the scores of %d classes", classes);
    s->support = counts;
    s->predicted = counts + classes;
    s->hit = counts + 2 * (size_t)classes;
    return SIAM_OK;
}

void siam_score_release(siam_score *s)
{
    free(s->support); /* the three are one block */
    free(s->wrong);
    *s = (siam_score){0};
}

static siam_code add_wrong(siam_score *s, siam_wrong w, siam_err *e)
{
    if (s->nwrong == s->room) {
        const int64_t room = 2 * s->room + 256;
        siam_wrong *more = realloc(s->wrong, (size_t)room * sizeof *more);
        if (!more)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of mistakes");
        s->wrong = more;
        s->room = room;
    }
    s->wrong[s->nwrong++] = w;
    return SIAM_OK;
}

siam_code siam_score_add(siam_score *s, int64_t index, int label, const int32_t *top, int ntop, float score,
                         siam_err *e)
{
    const int32_t pred = top[0];
    SIAM_ASSERT(label >= 0 && label < s->classes && pred >= 0 && pred < s->classes);
    s->n++;
    s->support[label]++;
    s->predicted[pred]++;
    for (int i = 0; i < ntop && i < SIAM_SCORE_TOP; i++)
        s->top5 += top[i] == label;
    if (pred != label)
        return add_wrong(s, (siam_wrong){index, label, pred, score}, e);
    s->right++;
    s->hit[label]++;
    return SIAM_OK;
}

double siam_score_top5(const siam_score *s)
{
    return s->classes > SIAM_SCORE_TOP && s->n ? (double)s->top5 / (double)s->n : NAN;
}

static double ratio(double a, double b) { return b > 0 ? a / b : 0; }

static siam_prf prf(int64_t hit, int64_t predicted, int64_t support)
{
    return (siam_prf){
        .precision = ratio((double)hit, (double)predicted),
        .recall = ratio((double)hit, (double)support),
        .f1 = ratio(2 * (double)hit, (double)(predicted + support)),
    };
}

siam_prf siam_score_class(const siam_score *s, int cls)
{
    return prf(s->hit[cls], s->predicted[cls], s->support[cls]);
}

bool siam_score_occurs(const siam_score *s, int cls) { return s->support[cls] || s->predicted[cls]; }

int siam_score_averages(const siam_score *s, siam_prf *macro, siam_prf *micro)
{
    int over = 0;
    *macro = (siam_prf){0};
    for (int c = 0; c < s->classes; c++) {
        if (!siam_score_occurs(s, c))
            continue;
        const siam_prf p = siam_score_class(s, c);
        macro->precision += p.precision;
        macro->recall += p.recall;
        macro->f1 += p.f1;
        over++;
    }
    macro->precision = ratio(macro->precision, over);
    macro->recall = ratio(macro->recall, over);
    macro->f1 = ratio(macro->f1, over);
    *micro = prf(s->right, s->n, s->n);
    return over;
}

static int by_pair(const void *a, const void *b)
{
    const siam_confusion *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    return (x->pred > y->pred) - (x->pred < y->pred);
}

static int by_count(const void *a, const void *b)
{
    const siam_confusion *x = a, *y = b;
    return x->count != y->count ? (x->count > y->count ? -1 : 1) : by_pair(a, b);
}

/* From the mistakes, not a matrix: that of 20,000 classes would be 3 GiB of zeros. */
siam_code siam_score_confusions(const siam_score *s, siam_confusion **pairs, int64_t *n, siam_err *e)
{
    *n = 0;
    *pairs = malloc(((size_t)s->nwrong + 1) * sizeof **pairs);
    if (!*pairs)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the pairs of confused classes");
    siam_confusion *p = *pairs;
    for (int64_t i = 0; i < s->nwrong; i++)
        p[i] = (siam_confusion){s->wrong[i].label, s->wrong[i].pred, 1};
    if (s->nwrong)
        qsort(p, (size_t)s->nwrong, sizeof *p, by_pair);
    for (int64_t i = 0; i < s->nwrong; i++)
        if (*n && by_pair(&p[*n - 1], &p[i]) == 0)
            p[*n - 1].count++;
        else
            p[(*n)++] = p[i];
    if (*n)
        qsort(p, (size_t)*n, sizeof *p, by_count);
    return SIAM_OK;
}

static int by_confidence(const void *a, const void *b)
{
    const siam_wrong *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

void siam_score_sort_wrong(siam_score *s)
{
    if (s->nwrong)
        qsort(s->wrong, (size_t)s->nwrong, sizeof *s->wrong, by_confidence);
}

bool siam_softmax(float *prob, const float *logits, int n)
{
    double sum = 0, max = (double)logits[0];
    for (int i = 0; i < n; i++) {
        if (!isfinite(logits[i]))
            return false;
        max = fmax(max, (double)logits[i]);
    }
    for (int i = 0; i < n; i++)
        sum += exp((double)logits[i] - max);
    for (int i = 0; i < n; i++)
        prob[i] = (float)(exp((double)logits[i] - max) / sum);
    return true;
}

void siam_top(int32_t *top, int k, const float *x, int n)
{
    int have = 0;
    for (int i = 0; i < n; i++) {
        if (have == k && !(x[i] > x[top[k - 1]]))
            continue;
        int at = have < k ? have++ : k - 1; /* the last place is free, or its holder drops out */
        for (; at > 0 && x[i] > x[top[at - 1]]; at--)
            top[at] = top[at - 1];
        top[at] = i;
    }
}
