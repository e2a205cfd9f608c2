/* Twins. Two pictures whose 64 bits of shape differ in a few have some part of them alike: images are sorted by each part, and those
 * with equal parts are compared, by their bits first, then by their shades in small and their mean colours. */
#include "data/twins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { FEW = 1 << 17, WINDOW = 500, CELLS = SIAM_LOOK_SIDE * SIAM_LOOK_SIDE, COLOUR = 24 };
static const float flat = 0.02f; /* deviation below which a picture has no shape */
static const double alike = 0.985; /* correlation of shades */

typedef struct entry {
    uint64_t key;
    int64_t image; /* the mirror image of ~image, when negative */
} entry;

typedef struct search {
    const siam_survey *const *s;
    int64_t first; /* images of s[0] */
    siam_twin *twin;
    int64_t n;
} search;

static const siam_look *look_of(const search *x, int64_t i) { return i < x->first ? &x->s[0]->look[i] : &x->s[1]->look[i - x->first]; }

static int by_key(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    const int64_t i = x->image < 0 ? ~x->image : x->image, j = y->image < 0 ? ~y->image : y->image;
    return i != j ? (i < j ? -1 : 1) : (x->image < 0) - (y->image < 0);
}

/* ---- pixel for pixel ------------------------------------------------------------------------------------- */

static void find_exact(search *x, entry *list)
{
    int64_t n = 0;
    for (int64_t i = 0; i < x->n; i++)
        if (look_of(x, i)->w)
            list[n++] = (entry){look_of(x, i)->pixels, i};
    qsort(list, (size_t)n, sizeof *list, by_key);
    for (int64_t i = 1, head = 0; i < n; i++) {
        if (list[i].key != list[head].key)
            head = i;
        else
            x->twin[list[i].image] = (siam_twin){list[head].image, SIAM_TWIN_EXACT};
    }
}

/* ---- alike ----------------------------------------------------------------------------------------------- */

static double correlation(const siam_look *a, const siam_look *b, bool mirrored)
{
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0;
    for (int i = 0; i < CELLS; i++) {
        const int row = i / SIAM_LOOK_SIDE, column = i % SIAM_LOOK_SIDE;
        const double p = a->shade[i], q = b->shade[mirrored ? row * SIAM_LOOK_SIDE + SIAM_LOOK_SIDE - 1 - column : i];
        sa += p;
        sb += q;
        aa += p * p;
        bb += q * q;
        ab += p * q;
    }
    const double va = aa - sa * sa / CELLS, vb = bb - sb * sb / CELLS;
    return va > 0 && vb > 0 ? (ab - sa * sb / CELLS) / sqrt(va * vb) : 0;
}

static bool same_picture(const siam_look *a, const siam_look *b, bool mirrored, int most)
{
    if (__builtin_popcountll(a->shape ^ (mirrored ? b->mirrored : b->shape)) > most)
        return false;
    for (int c = 0; c < 3; c++)
        if (abs(a->colour[c] - b->colour[c]) > COLOUR)
            return false;
    return correlation(a, b, mirrored) >= alike;
}

/* An earlier twin stands, and an exact one before all others. */
static void compare(search *x, const entry *a, const entry *b, int most)
{
    const bool mirrored = (a->image < 0) != (b->image < 0);
    const int64_t i = a->image < 0 ? ~a->image : a->image, j = b->image < 0 ? ~b->image : b->image;
    if (i == j || (a->image < 0 && b->image < 0))
        return;
    const int64_t earlier = i < j ? i : j, later = i < j ? j : i;
    siam_twin *t = &x->twin[later];
    if (t->kind == SIAM_TWIN_EXACT || (t->kind != SIAM_TWIN_NONE && t->of <= earlier))
        return;
    if (same_picture(look_of(x, later), look_of(x, earlier), mirrored, most))
        *t = (siam_twin){earlier, mirrored ? SIAM_TWIN_MIRRORED : SIAM_TWIN_NEAR};
}

/* part: which of 64 / width parts of the bits. */
static void find_alike(search *x, entry *list, int part, int width, int most)
{
    int64_t n = 0;
    const uint64_t mask = (UINT64_C(1) << width) - 1;
    for (int64_t i = 0; i < x->n; i++) {
        const siam_look *k = look_of(x, i);
        if (!k->w || k->deviation < flat)
            continue;
        list[n++] = (entry){k->shape >> (part * width) & mask, i};
        list[n++] = (entry){k->mirrored >> (part * width) & mask, ~i};
    }
    qsort(list, (size_t)n, sizeof *list, by_key);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n && j - i <= WINDOW && list[j].key == list[i].key; j++)
            compare(x, &list[i], &list[j], most);
}

siam_code siam_twins_find(siam_twin **out, const siam_survey *const *s, int n, siam_err *e)
{
    SIAM_ASSERT(n == 1 || n == 2);
    search x = {.s = s, .first = s[0]->n, .n = s[0]->n + (n > 1 ? s[1]->n : 0)};
    x.twin = malloc(((size_t)x.n + 1) * sizeof *x.twin);
    entry *list = malloc((2 * (size_t)x.n + 1) * sizeof *list);
    *out = x.twin;
    if (!x.twin || !list) {
        free(x.twin);
        free(list);
        *out = NULL;
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for comparing %lld images", (long long)x.n);
    }
    for (int64_t i = 0; i < x.n; i++)
        x.twin[i] = (siam_twin){-1, SIAM_TWIN_NONE};
    find_exact(&x, list);
    const int width = x.n <= FEW ? 8 : 16, parts = 64 / width; /* that many differences leave one part as it is */
    for (int part = 0; part < parts; part++)
        find_alike(&x, list, part, width, parts - 1);
    free(list);
    return SIAM_OK;
}
