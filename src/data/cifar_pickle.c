/* What stands in CIFAR's pickles: {'data': array of uint8 [n, 3072], 'labels': [n], ...}, as NumPy pickles arrays: _reconstruct(...) with the
 * state (version, shape, dtype, whether columns come first, bytes). The interpreter calls none of it; here it is compared and read. */
#include "data/cifar_pickle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/pickle.h"

enum { STATE = 5 };

typedef struct batch {
    siam_pickle p;
    siam_pk_ref root;
    const char *where, *of;
} batch;

static siam_code wrong(const batch *b, const char *what, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' is a pickle without %s, which those of %s have", b->where, what, b->of);
    siam_hint(e, "unpack or download the data set again");
    return SIAM_E_DATA;
}

static siam_code run(batch *b, const uint8_t *data, size_t n, siam_err *e)
{
    size_t used;
    SIAM_TRY(siam_pickle_init(&b->p, "the data set", b->where, n, e));
    siam_code rc = siam_pickle_run(&b->p, data, n, &used, &b->root, e);
    if (!rc && used != n)
        rc = siam_fail(e, SIAM_E_DATA, "'%s' goes on behind the end of its pickle: it is damaged", b->where);
    if (rc == SIAM_E_DATA)
        siam_hint(e, "unpack or download the data set again");
    return rc;
}

/* Whether `r` is what a call of that name gave. */
static bool made_by(const siam_pickle *p, siam_pk_ref r, const char *name)
{
    char is[128];
    return siam_pk_at(p, r)->kind == SIAM_PK_OPAQUE && !strcmp(siam_pk_global_name(p, r, is, sizeof is), name);
}

/* The n items of a tuple or list; false: it has another number, or is none. */
static bool items(const siam_pickle *p, siam_pk_ref r, siam_pk_kind kind, siam_pk_ref *item, uint32_t n)
{
    if (siam_pk_at(p, r)->kind != kind || siam_pk_at(p, r)->u.list.n != n)
        return false;
    for (uint32_t c = siam_pk_first(p, r), i = 0; i < n; c = p->cell[c].next)
        item[i++] = p->cell[c].value;
    return true;
}

static bool is_int(const siam_pickle *p, siam_pk_ref r) { return siam_pk_at(p, r)->kind == SIAM_PK_INT; }

/* numpy.dtype('u1', ...) */
static bool is_bytes(const siam_pickle *p, siam_pk_ref r)
{
    if (!made_by(p, r, "numpy.dtype"))
        return false;
    const siam_pk_ref args = siam_pk_at(p, r)->u.opaque.args;
    const uint32_t first = siam_pk_at(p, args)->kind == SIAM_PK_TUPLE ? siam_pk_first(p, args) : 0;
    return first && siam_pk_text_is(p, p->cell[first].value, "u1");
}

static siam_code find_pixels(const batch *b, siam_cifar_batch *out, siam_err *e)
{
    const siam_pickle *p = &b->p;
    siam_pk_ref state[STATE], shape[2];
    const siam_pk_ref array = siam_pk_get(p, b->root, "data");
    /* NumPy 2 has moved it. */
    if (!array || (!made_by(p, array, "numpy.core.multiarray._reconstruct") && !made_by(p, array, "numpy._core.multiarray._reconstruct")))
        return wrong(b, "an array of NumPy's under 'data'", e);
    if (!items(p, siam_pk_at(p, array)->u.opaque.state, SIAM_PK_TUPLE, state, STATE) || !items(p, state[1], SIAM_PK_TUPLE, shape, 2) ||
        !is_int(p, shape[0]) || !is_int(p, shape[1]) || !is_bytes(p, state[2]))
        return wrong(b, "rows of bytes under 'data'", e);
    const siam_pk_node *columns_first = siam_pk_at(p, state[3]), *bytes = siam_pk_at(p, state[4]);
    const int64_t n = siam_pk_at(p, shape[0])->u.i;
    const bool whole = (columns_first->kind == SIAM_PK_BOOL || columns_first->kind == SIAM_PK_INT) && !columns_first->u.i &&
                       (bytes->kind == SIAM_PK_TEXT || bytes->kind == SIAM_PK_BYTES) && n > 0 && n <= UINT32_MAX / SIAM_CIFAR_PIXELS &&
                       siam_pk_at(p, shape[1])->u.i == SIAM_CIFAR_PIXELS && bytes->u.span.n == n * SIAM_CIFAR_PIXELS;
    if (!whole)
        return wrong(b, "rows of 3072 bytes under 'data'", e);
    out->px = bytes->u.span.p;
    out->count = n;
    return SIAM_OK;
}

static siam_code find_labels(const batch *b, siam_cifar_batch *out, const char *key, int classes, siam_err *e)
{
    const siam_pickle *p = &b->p;
    char what[64];
    const siam_pk_ref list = siam_pk_get(p, b->root, key);
    snprintf(what, sizeof what, "a label for each image under '%s'", key);
    if (!list || siam_pk_at(p, list)->kind != SIAM_PK_LIST || siam_pk_at(p, list)->u.list.n != out->count)
        return wrong(b, what, e);
    out->label = malloc((size_t)out->count);
    if (!out->label)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the labels of '%s'", b->where);
    int64_t i = 0;
    for (uint32_t c = siam_pk_first(p, list); c; c = p->cell[c].next, i++) {
        const siam_pk_ref v = p->cell[c].value;
        if (!is_int(p, v))
            return wrong(b, what, e);
        const int64_t label = siam_pk_at(p, v)->u.i;
        SIAM_TRY(siam_records_label((int)(label < INT32_MIN ? INT32_MIN : label > INT32_MAX ? INT32_MAX : label), i, 0, classes - 1, b->where, b->of, e));
        out->label[i] = (uint8_t)label;
    }
    return SIAM_OK;
}

siam_code siam_cifar_pickle_batch(siam_cifar_batch *out, const uint8_t *data, size_t n, const char *labels, int classes, const char *where,
                                  const char *of, siam_err *e)
{
    batch b = {.where = where, .of = of};
    *out = (siam_cifar_batch){0};
    siam_code rc = run(&b, data, n, e);
    if (!rc)
        rc = find_pixels(&b, out, e);
    if (!rc)
        rc = find_labels(&b, out, labels, classes, e);
    siam_pickle_release(&b.p);
    if (rc) {
        free(out->label);
        *out = (siam_cifar_batch){0};
    }
    return rc;
}

static siam_code find_names(const batch *b, char name[][SIAM_CLASS_LINE], int classes, const char *key, siam_err *e)
{
    const siam_pickle *p = &b->p;
    char what[64];
    size_t at = 0;
    const siam_pk_ref list = siam_pk_get(p, b->root, key);
    snprintf(what, sizeof what, "names of classes under '%s'", key);
    if (!list || siam_pk_at(p, list)->kind != SIAM_PK_LIST || siam_pk_at(p, list)->u.list.n != (uint32_t)classes)
        return wrong(b, what, e);
    char *text = malloc(SIAM_CLASS_FILE);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the names of classes in '%s'", b->where);
    siam_code rc = SIAM_OK;
    for (uint32_t c = siam_pk_first(p, list); c && !rc; c = p->cell[c].next) {
        const siam_pk_node *word = siam_pk_at(p, p->cell[c].value);
        if ((word->kind != SIAM_PK_TEXT && word->kind != SIAM_PK_BYTES) || word->u.span.n >= SIAM_CLASS_LINE) {
            rc = wrong(b, what, e);
        } else {
            memcpy(text + at, word->u.span.p, word->u.span.n);
            at += word->u.span.n;
            text[at++] = '\n';
        }
    }
    if (!rc)
        siam_records_classes(name, classes, text, at);
    free(text);
    return rc;
}

siam_code siam_cifar_pickle_names(char name[][SIAM_CLASS_LINE], int classes, const uint8_t *data, size_t n, const char *key,
                                  const char *where, siam_err *e)
{
    batch b = {.where = where, .of = "CIFAR"};
    siam_code rc = run(&b, data, n, e);
    if (!rc)
        rc = find_names(&b, name, classes, key, e);
    siam_pickle_release(&b.p);
    return rc;
}
