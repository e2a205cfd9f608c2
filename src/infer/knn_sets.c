/* Which images ask which in a kNN classification, and asking them. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "data/joined.h"
#include "data/same.h"
#include "infer/knn.h"

static int ascending(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? -1 : a > b;
}

static siam_code choose_bank(int64_t **subset, int64_t count, int64_t n, siam_err *e)
{
    *subset = NULL;
    if (n <= 0 || n >= count)
        return SIAM_OK;
    int64_t *perm = malloc((size_t)count * sizeof *perm);
    if (!perm)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the kNN bank");
    siam_rng r = siam_rng_key(0, 0, 0, 0, SIAM_RNG_SUBSET);
    for (int64_t i = 0; i < count; i++)
        perm[i] = i;
    for (int64_t i = 0; i < n; i++) { /* the first n steps of a Fisher-Yates shuffle */
        const int64_t j = i + siam_rng_below(&r, (uint32_t)(count - i));
        const int64_t t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
    }
    qsort(perm, (size_t)n, sizeof *perm, ascending);
    *subset = perm;
    return SIAM_OK;
}

siam_code siam_knn_open_test(siam_dataset **test, siam_dataset *train, const char *path, int size, const siam_holdout *h,
                             bool needed, siam_err *e)
{
    siam_err why = {0};
    *test = NULL;
    if (train->info.train_only)
        return SIAM_OK;
    const siam_code rc = siam_dataset_open_held(test, path, SIAM_SPLIT_TEST, size, h, &why);
    if (rc && (needed || rc != SIAM_E_DATA || !train->type->files)) {
        if (e)
            *e = why;
        return rc;
    }
    if (*test && (!train->info.classes || (*test)->info.classes))
        return SIAM_OK;
    siam_dataset_remark(&train->info, "the held-out images are not used: %s",
                        *test ? (*test)->info.why[0] ? (*test)->info.why : "they have no labels" : why.msg);
    siam_dataset_close(test);
    return SIAM_OK;
}

/* Narrow a list of images to those whose file was not seen yet; first: of these images. */
static siam_code keep_unseen(int64_t **subset, int64_t *n, const int64_t *first, bool *seen, siam_err *e)
{
    int64_t kept = 0;
    int64_t *keep = malloc((size_t)*n * sizeof *keep + 1);
    if (!keep)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the kNN bank");
    for (int64_t i = 0; i < *n; i++) {
        const int64_t image = *subset ? (*subset)[i] : i;
        if (!seen[first[image]])
            keep[kept++] = image;
        seen[first[image]] = true;
    }
    free(*subset);
    *subset = keep;
    *n = kept;
    return SIAM_OK;
}

/* Add the lists of a data set's files, in its order; false: not all of its images are such files. */
static bool add_lists(const siam_image_list **f, int *n, const siam_dataset *d)
{
    const int parts = siam_joined_parts(d);
    bool all = !(parts && d->only);
    for (int k = 0; k < (parts ? parts : 1) && all; k++) {
        const siam_dataset *part = parts ? siam_joined_part(d, k) : d;
        all = part->type->files != NULL;
        if (all)
            f[(*n)++] = part->type->files(part);
    }
    return all;
}

siam_code siam_knn_once(siam_knn_sets *s, siam_err *e)
{
    const siam_image_list *files[2 * SIAM_JOINED_MOST];
    const int64_t before = s->nbank + s->nquery, images = s->train->info.count;
    int64_t *first = NULL, again = 0;
    int n = 0;
    if (!add_lists(files, &n, s->train) || (s->test && !add_lists(files, &n, s->test)))
        return SIAM_OK;
    SIAM_TRY(siam_image_list_same(&first, &again, files, n, e));
    bool *seen = again ? calloc((size_t)(images + (s->test ? s->test->info.count : 0)), sizeof *seen) : NULL;
    siam_code rc = again && !seen ? siam_fail(e, SIAM_E_NOMEM, "out of memory for the kNN bank") : SIAM_OK;
    if (seen)
        rc = keep_unseen(&s->bank, &s->nbank, first, seen, e);
    if (seen && !rc && s->test)
        rc = keep_unseen(&s->query, &s->nquery, first + images, seen, e);
    s->again = before - s->nbank - s->nquery;
    free(seen);
    free(first);
    return rc;
}

siam_code siam_knn_choose(siam_knn_sets *s, const siam_dataset *train, const siam_dataset *test, int64_t bank,
                          bool leave_one_out, siam_err *e)
{
    *s = (siam_knn_sets){.train = train, .test = test, .leave_one_out = leave_one_out || !test};
    SIAM_TRY(choose_bank(&s->bank, train->info.count, bank, e));
    s->nbank = s->bank ? bank : train->info.count;
    s->nquery = test ? test->info.count : 0;
    return s->leave_one_out ? siam_knn_once(s, e) : SIAM_OK;
}

void siam_knn_sets_release(siam_knn_sets *s)
{
    free(s->bank);
    free(s->query);
    *s = (siam_knn_sets){0};
}

/* ---- their features ---- */

/* Append `more` to `f`, and release it. */
static siam_code append(siam_features *f, siam_features *more, siam_err *e)
{
    const size_t n = (size_t)(f->n + more->n), dim = (size_t)f->dim;
    float *x = realloc(f->x, n * dim * sizeof *x);
    int32_t *label = x ? realloc(f->label, n * sizeof *label) : NULL;
    f->x = x ? x : f->x;
    f->label = label ? label : f->label;
    if (label) {
        memcpy(f->x + (size_t)f->n * dim, more->x, (size_t)more->n * dim * sizeof *x);
        memcpy(f->label + f->n, more->label, (size_t)more->n * sizeof *label);
        f->n += more->n;
        f->bad += more->bad;
    }
    siam_features_release(more);
    return label ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the features of %zu images", n);
}

siam_code siam_knn_ask(const siam_knn_sets *s, siam_extractor *x, siam_params *params, siam_backend *b,
                       const siam_knn_cfg *c, double *top1, siam_knn_note *told, siam_err *e)
{
    siam_features bank = {0}, query = {0};
    siam_code rc = SIAM_OK;
    SIAM_TRY_OUT(rc, siam_extractor_run(x, params, s->train, s->bank, s->nbank, c->stop, &bank, e));
    if (s->test && (!s->query || s->nquery))
        SIAM_TRY_OUT(rc, siam_extractor_run(x, params, s->test, s->query, s->nquery, c->stop, &query, e));
    if (s->leave_one_out && query.n)
        SIAM_TRY_OUT(rc, append(&bank, &query, e));
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    rc = siam_knn_classify(b, &bank, s->leave_one_out ? &bank : &query, s->train->info.classes, c, top1, e);
    if (told)
        *told = (siam_knn_note){.bank = bank.n,
                                .query = s->leave_one_out ? bank.n : query.n,
                                .bad = bank.bad + query.bad,
                                .dim = bank.dim};
out:
    siam_features_release(&bank);
    siam_features_release(&query);
    return rc;
}
