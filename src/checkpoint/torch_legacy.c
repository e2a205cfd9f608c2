/* torch.serialization._legacy_load: magic number, protocol version, system information, object and list of
 * storage keys are pickles; for each key, in the order of that list, an int64 element count and the elements
 * follow. The element types are only in the object. */
#include "checkpoint/torch_legacy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { PROTOCOL = 1001, COUNT_BYTES = 8, PICKLES = 5, WINDOW = 1 << 20 };

static const uint8_t magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

size_t siam_pk_type_size(siam_pk_type t)
{
    static const uint8_t size[SIAM_PK_TYPES] = {8, 4, 2, 2, 8, 4, 2, 1, 1, 1};
    return size[t];
}

static siam_code damaged(const siam_pickle *p, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: %s", p->path, why);
}

static int compare(const uint8_t *a, uint32_t an, const uint8_t *b, uint32_t bn)
{
    const int order = memcmp(a, b, an < bn ? an : bn);
    return order ? order : an < bn ? -1 : an > bn;
}

static int by_key(const void *a, const void *b)
{
    const siam_torch_storage *x = a, *y = b;
    return compare(x->key, x->key_n, y->key, y->key_n);
}

/* One entry per storage the object names. */
static siam_code collect(siam_torch_legacy *l, const siam_pickle *p, siam_err *e)
{
    size_t n = 0;
    for (uint32_t i = 1; i < p->nodes; i++)
        n += p->node[i].kind == SIAM_PK_STORAGE;
    l->storage = calloc(n + 1, sizeof *l->storage);
    if (!l->storage)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", p->path);
    n = 0;
    for (uint32_t i = 1; i < p->nodes; i++) {
        const siam_pk_node *s = &p->node[i];
        if (s->kind != SIAM_PK_STORAGE)
            continue;
        const siam_pk_node *key = siam_pk_at(p, s->u.storage.key);
        l->storage[n++] = (siam_torch_storage){key->u.span.p, key->u.span.n, s->tag,
                                               siam_pk_at(p, s->u.storage.numel)->u.i, 0};
    }
    qsort(l->storage, n, sizeof *l->storage, by_key);
    for (size_t i = 0; i < n; i++) {
        siam_torch_storage *last = l->n ? &l->storage[l->n - 1] : NULL;
        if (!last || by_key(last, &l->storage[i]))
            l->storage[l->n++] = l->storage[i];
        else if (last->type != l->storage[i].type || last->numel != l->storage[i].numel)
            return damaged(p, e, "it describes one storage in two ways");
    }
    return SIAM_OK;
}

/* The elements of the next storage of the list. */
static siam_code take(siam_torch_legacy *l, const siam_pickle *p, siam_pk_ref key, const siam_infile *in, size_t *at,
                      siam_err *e)
{
    const siam_pk_node *k = siam_pk_at(p, key);
    siam_torch_storage *s = k->kind == SIAM_PK_TEXT
                                ? (siam_torch_storage *)siam_torch_legacy_find(l, k->u.span.p, k->u.span.n)
                                : NULL;
    if (!s || s->at)
        return damaged(p, e, "its list of storages has one twice, or one whose type is not known");
    if (in->n - *at < COUNT_BYTES)
        return damaged(p, e, "it ends before its last storage; the file was probably cut short");
    int64_t numel;
    SIAM_TRY(siam_infile_read(in, *at, &numel, sizeof numel, e));
    *at += COUNT_BYTES;
    if (numel != s->numel)
        return siam_fail(e, SIAM_E_DATA,
                         "checkpoint '%s' is damaged: a storage of %" PRId64
                         " elements stands where one of %" PRId64 " should",
                         p->path, numel, s->numel);
    const size_t size = siam_pk_type_size((siam_pk_type)s->type), left = in->n - *at;
    if ((uint64_t)numel > left / size)
        return damaged(p, e, "it ends within a storage; the file was probably cut short");
    s->at = *at;
    *at += (size_t)numel * size;
    return SIAM_OK;
}

static siam_code read_storages(siam_torch_legacy *l, const siam_pickle *p, siam_pk_ref keys, const siam_infile *in,
                               size_t at, siam_err *e)
{
    SIAM_TRY(collect(l, p, e));
    if (siam_pk_at(p, keys)->kind != SIAM_PK_LIST)
        return damaged(p, e, "its list of storages is no list");
    for (uint32_t c = siam_pk_first(p, keys); c; c = p->cell[c].next)
        SIAM_TRY(take(l, p, p->cell[c].value, in, &at, e));
    for (size_t i = 0; i < l->n; i++)
        if (!l->storage[i].at)
            return damaged(p, e, "a storage that its tensors use is not in the file");
    return at == in->n ? SIAM_OK : damaged(p, e, "there is data behind its last storage");
}

static siam_code check_head(const siam_pickle *p, const siam_pk_ref *head, siam_err *e)
{
    const siam_pk_node *m = siam_pk_at(p, head[0]), *version = siam_pk_at(p, head[1]);
    if (m->kind != SIAM_PK_LONG || m->u.span.n != sizeof magic || memcmp(m->u.span.p, magic, sizeof magic))
        return damaged(p, e, "it does not begin with PyTorch's magic number");
    if (version->kind != SIAM_PK_INT || version->u.i != PROTOCOL)
        return damaged(p, e, "its protocol is not PyTorch's 1001");
    const siam_pk_ref little = siam_pk_get(p, head[2], "little_endian");
    if (little && (siam_pk_at(p, little)->kind != SIAM_PK_BOOL || !siam_pk_at(p, little)->u.i))
        return siam_fail(
            e, SIAM_E_UNSUPPORTED,
            "checkpoint '%s' was written on a big-endian machine, which this version cannot read", p->path);
    return SIAM_OK;
}

/* The pickles at the start of l->text, of which n bytes are there. */
static siam_code run_pickles(siam_torch_legacy *l, siam_pickle *p, size_t n, size_t file_n, siam_pk_ref head[PICKLES],
                             size_t *end, siam_err *e)
{
    size_t used;
    *end = 0;
    SIAM_TRY(siam_pickle_init(p, "checkpoint", p->path, file_n, e));
    for (int i = 0; i < PICKLES; i++) {
        SIAM_TRY(siam_pickle_run(p, l->text + *end, n - *end, &used, &head[i], e));
        *end += used;
        if (i == 2)
            SIAM_TRY(check_head(p, head, e));
    }
    return SIAM_OK;
}

/* How long the pickles are shows when they are read: they are tried with more and more of the file. */
static siam_code read_pickles(siam_torch_legacy *l, siam_pickle *p, const siam_infile *in, siam_pk_ref head[PICKLES],
                              size_t *end, siam_err *e)
{
    const size_t most = in->n < SIAM_PICKLE_MAX ? in->n : SIAM_PICKLE_MAX;
    for (size_t n = WINDOW < most ? WINDOW : most;; n = 2 * n < most ? 2 * n : most) {
        siam_err why = {0};
        free(l->text);
        l->text = malloc(n + 1);
        if (!l->text)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", in->path);
        SIAM_TRY(siam_infile_read(in, 0, l->text, n, e));
        p->path = in->path;
        const siam_code rc = run_pickles(l, p, n, in->n, head, end, &why);
        if (rc && rc != SIAM_E_NOMEM && n < most) {
            siam_pickle_release(p);
            continue;
        }
        if (rc && e)
            *e = why;
        return rc;
    }
}

siam_code siam_torch_legacy_open(siam_torch_legacy *l, siam_pickle *p, const siam_infile *in, siam_pk_ref *root,
                                 siam_err *e)
{
    siam_pk_ref head[PICKLES] = {0};
    size_t end;
    *l = (siam_torch_legacy){0};
    siam_code rc = read_pickles(l, p, in, head, &end, e);
    if (!rc)
        rc = read_storages(l, p, head[4], in, end, e);
    if (rc)
        siam_torch_legacy_close(l);
    *root = head[3];
    return rc;
}

void siam_torch_legacy_close(siam_torch_legacy *l)
{
    free(l->storage);
    free(l->text);
    *l = (siam_torch_legacy){0};
}

const siam_torch_storage *siam_torch_legacy_find(const siam_torch_legacy *l, const uint8_t *key,
                                                 uint32_t key_n)
{
    const siam_torch_storage want = {.key = key, .key_n = key_n};
    return l->n ? bsearch(&want, l->storage, l->n, sizeof *l->storage, by_key) : NULL;
}
