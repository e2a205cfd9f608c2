/* Matching the classes of a data set with those of a model. */
#include "infer/classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "data/imagenet.h"
#include "data/joined.h"

/* One side's names, sorted for searching. */
typedef struct entry {
    const char *name;
    int32_t cls;
} entry;

static int by_name(const void *a, const void *b)
{
    const int order = strcmp(((const entry *)a)->name, ((const entry *)b)->name);
    return order ? order : ((const entry *)a)->cls - ((const entry *)b)->cls;
}

static const char *data_name(const siam_dataset *d, int cls)
{
    return d->type->class_name ? d->type->class_name(d, cls) : NULL;
}

static bool has_names(const siam_dataset *d)
{
    for (int i = 0; i < d->info.classes; i++)
        if (!data_name(d, i))
            return false;
    return true;
}

/* The class of that name; -1: there is none, or more than one. */
static int find(const entry *sorted, int n, const char *name)
{
    int low = 0, high = n;
    while (low < high) { /* the first that is not before it */
        const int middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == n || strcmp(sorted[low].name, name) || (low + 1 < n && !strcmp(sorted[low + 1].name, name)))
        return -1;
    return sorted[low].cls;
}

/* c->of by name; how many were found, and the first that was not (-1: all were). */
static siam_code match_names(siam_classes *c, const siam_dataset *d, int *found, int *lost, siam_err *e)
{
    const int n = d->info.classes;
    *found = 0;
    *lost = -1;
    bool same = n == c->n;
    for (int i = 0; same && i < n; i++)
        same = !strcmp(c->name[i], data_name(d, i));
    entry *sorted = malloc((size_t)c->n * sizeof *sorted);
    if (!sorted)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d class names", c->n);
    for (int i = 0; i < c->n; i++)
        sorted[i] = (entry){c->name[i], i};
    qsort(sorted, (size_t)c->n, sizeof *sorted, by_name);
    for (int i = 0; i < n; i++) {
        const int at =
            same ? i : find(sorted, c->n, data_name(d, i)); /* two of the same name stay apart that way */
        c->of[i] = at;
        *found += at >= 0;
        if (at < 0 && *lost < 0)
            *lost = i;
    }
    free(sorted);
    return SIAM_OK;
}

static bool match_imagenet(siam_classes *c, const siam_dataset *d)
{
    if (c->n != SIAM_IMAGENET_CLASSES)
        return false;
    for (int i = 0; i < d->info.classes; i++) {
        c->of[i] = siam_imagenet_class(data_name(d, i));
        if (c->of[i] < 0)
            return false;
    }
    snprintf(c->how, sizeof c->how, "its %d classes are found among ImageNet's 1,000 by their WordNet ids",
             d->info.classes);
    return true;
}

/* label i is class i */
static void match_numbers(siam_classes *c, const siam_dataset *d)
{
    for (int i = 0; i < d->info.classes; i++)
        c->of[i] = i;
}

static siam_code numbers_differ(const siam_classes *c, const siam_dataset *d, const char *data, siam_err *e)
{
    char a[32], b[32];
    siam_fail(e, SIAM_E_CONFIG,
              "the model tells %s classes apart and '%s' has %s, and their names do not say which are which",
              siam_format_count(a, sizeof a, c->n), data, siam_format_count(b, sizeof b, d->info.classes));
    siam_hint(e,
              "a model trained on these classes, or a list of `path label` lines with the model's numbers");
    return SIAM_E_CONFIG;
}

static siam_code match(siam_classes *c, bool named, const siam_dataset *d, const char *data, siam_err *e)
{
    int found = 0, lost = -1;
    char word[SIAM_CLASS_TEXT];
    if (has_names(d)) {
        if (named)
            SIAM_TRY(match_names(c, d, &found, &lost, e));
        if (named && lost < 0) {
            if (c->n != d->info.classes)
                snprintf(c->how, sizeof c->how, "its %d classes are found among the model's %d by name",
                         d->info.classes, c->n);
            return SIAM_OK;
        }
        if (match_imagenet(c, d))
            return SIAM_OK;
        if (found) {
            siam_fail(e, SIAM_E_CONFIG,
                      "the model has no class '%s', which is one of the %d of '%s' (%d of them it has)",
                      siam_format_printable(word, sizeof word, data_name(d, lost)), d->info.classes, data,
                      found);
            siam_hint(e, "a model trained on these classes, or folders with the model's names");
            return SIAM_E_CONFIG;
        }
    }
    /* A list's numbers: the last ones may have no images. */
    const bool list = (!strcmp(d->type->name, "list") || siam_joined_parts(d)) && !has_names(d);
    if (list ? d->info.classes > c->n : d->info.classes != c->n)
        return numbers_differ(c, d, data, e);
    match_numbers(c, d);
    if (named && has_names(d))
        snprintf(c->how, sizeof c->how,
                 "its classes have other names than the model's and are taken in their order");
    return SIAM_OK;
}

siam_code siam_classes_match(siam_classes *c, const siam_encoder *enc, const siam_dataset *d,
                             const char *data, siam_err *e)
{
    const bool named = enc->class_name != NULL;
    *c = (siam_classes){.n = enc->cfg.classes};
    SIAM_ASSERT(c->n > 0);
    if (d && !d->info.classes)
        return siam_dataset_no_labels(d, data, "a test", e);
    c->name = calloc((size_t)c->n, sizeof *c->name);
    c->of = d ? calloc((size_t)d->info.classes, sizeof *c->of) : NULL;
    if (!c->name || (d && !c->of)) {
        siam_classes_release(c);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d classes", enc->cfg.classes);
    }
    for (int i = 0; named && i < c->n; i++)
        c->name[i] = enc->class_name[i];
    const siam_code rc = d ? match(c, named, d, data, e) : SIAM_OK;
    for (int i = 0; !rc && d && !named && i < d->info.classes; i++)
        c->name[c->of[i]] = data_name(d, i);
    if (rc)
        siam_classes_release(c);
    return rc;
}

void siam_classes_release(siam_classes *c)
{
    free(c->name);
    free(c->of);
    *c = (siam_classes){0};
}

const char *siam_class_text(const siam_classes *c, int cls, char buf[SIAM_CLASS_TEXT])
{
    if (c->name[cls])
        return siam_format_printable(buf, SIAM_CLASS_TEXT, c->name[cls]);
    snprintf(buf, SIAM_CLASS_TEXT, "%d", cls);
    return buf;
}
