/* PyTorch checkpoints (.pth .pt .th .tar): the zip container and the stream of before 1.6, read as data.
 *
 * Nothing of the file is ever called: see base/pickle.h. The tensors keep the offset and strides they were saved
 * with; every extent is checked when the file is opened. Zip files carry checksums, of the pickle (compared on
 * opening) and of every storage (compared when it is read, and by verify); the older stream has none. What no
 * tensor uses is not looked at. */
#include "checkpoint/checkpoint.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/infile.h"
#include "base/json.h"
#include "checkpoint/foreign.h"
#include "checkpoint/torch_legacy.h"
#include "checkpoint/torch_tree.h"
#include "checkpoint/torch_words.h"
#include "checkpoint/torch_write.h"
#include "checkpoint/torch_zip.h"
#include "checkpoint/widen.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the format is little-endian, and so is this reader");

enum {
    EXACT_MAX = 1 << 24, /* integers up to here are exact in float32 */
    NOTES_MAX = 1 << 20
};

/* float64 is listed as what it is read as. */
static const siam_dtype listed[SIAM_PK_TYPES] = {
    [SIAM_PK_F64] = SIAM_F32,         [SIAM_PK_F32] = SIAM_F32,        [SIAM_PK_F16] = SIAM_F16,
    [SIAM_PK_BF16] = SIAM_BF16,       [SIAM_PK_I64] = SIAM_I64,        [SIAM_PK_I32] = SIAM_DTYPE_COUNT,
    [SIAM_PK_I16] = SIAM_DTYPE_COUNT, [SIAM_PK_I8] = SIAM_DTYPE_COUNT, [SIAM_PK_U8] = SIAM_U8,
    [SIAM_PK_B8] = SIAM_DTYPE_COUNT,
};
static const char *const type_name[SIAM_PK_TYPES] = {"float64", "float32", "float16", "bfloat16", "int64",
                                                     "int32",   "int16",   "int8",    "uint8",    "bool"};

typedef struct tensor {
    siam_ckpt_entry pub;
    siam_pk_ref value; /* TENSOR, or something else under its name */
    siam_pk_type type;
    uint32_t storage; /* number of its storage */
    size_t offset;    /* of its first element there, in elements */
    size_t count;
    uint32_t ndim;                 /* as in the file */
    int64_t stride[SIAM_MAX_DIMS]; /* in elements */
} tensor;

/* What a tensor's numbers lie in: a member of the zip archive, or a part of the older stream. */
typedef struct storage {
    size_t at, n;                  /* bytes of the file */
    const siam_zip_member *member; /* or NULL */
    uint32_t users;                /* tensors; 0 = of no interest */
    bool checked;                  /* read, and as its checksum says */
    uint8_t *kept;                 /* its bytes, when several tensors share it and one was read */
} storage;

typedef struct file {
    siam_ckpt base;
    char *path;
    siam_infile in;
    uint8_t *pkl; /* zip: data.pkl, which the nodes point into */
    storage *storage;
    siam_zip zip; /* one of these two */
    siam_torch_legacy legacy;
    bool zipped;
    const char *root; /* zip: the folder of data.pkl and data/, with its slash */
    size_t root_n;
    siam_pickle pickle;
    siam_torch_tree tree;
    json_t *notes; /* what we keep beside the object, or NULL */
    tensor *t;
    int n;
} file;

static const file *cast(const siam_ckpt *c) { return (const file *)c; }

/* ---- which kind of file ---- */

static bool is_zip(const uint8_t *head, size_t n) { return n >= 4 && !memcmp(head, "PK\3\4", 4); }

/* A pickle of the magic number; which protocol it uses was the writer's choice. */
static bool is_legacy(const uint8_t *head, size_t n)
{
    static const uint8_t magic[] = {0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
    return n > 0 && head[0] == 0x80 && memmem(head, n < 32 ? n : 32, magic, sizeof magic);
}

static bool probe(const uint8_t *head, size_t n)
{
    return is_zip(head, n) || is_legacy(head, n) || siam_is_tar(head, n);
}

/* ---- opening ---- */

static siam_code damaged(const file *f, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: %s", f->path, why);
}

static siam_code bad_tensor(const file *f, const tensor *t, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: tensor '%.72s' %s", f->path, t->pub.name,
                     why);
}

/* Member `leaf` of the folder that holds data.pkl. */
static const siam_zip_member *member(const file *f, const char *leaf, const uint8_t *key, uint32_t key_n)
{
    const size_t leaf_n = strlen(leaf), n = f->root_n + leaf_n + key_n;
    char name[4096 + 64];
    if (n > sizeof name)
        return NULL;
    memcpy(name, f->root, f->root_n);
    memcpy(name + f->root_n, leaf, leaf_n);
    if (key_n)
        memcpy(name + f->root_n + leaf_n, key, key_n);
    return siam_zip_find(&f->zip, name, n);
}

static siam_code find_root(file *f, siam_err *e)
{
    static const char leaf[] = "/data.pkl";
    const size_t leaf_n = sizeof leaf - 1;
    for (size_t i = 0; i < f->zip.n; i++) {
        const siam_zip_member *m = &f->zip.member[i];
        if (m->name_n <= leaf_n || memcmp(m->name + m->name_n - leaf_n, leaf, leaf_n) ||
            memchr(m->name, '/', m->name_n - leaf_n))
            continue;
        if (f->root)
            return damaged(f, e, "its zip archive holds two files data.pkl");
        f->root = m->name;
        f->root_n = m->name_n - leaf_n + 1;
    }
    if (f->root)
        return SIAM_OK;
    return siam_fail(e, SIAM_E_DATA,
                     "'%s' is a zip archive without a file data.pkl, so it is no PyTorch checkpoint",
                     f->path);
}

/* The member's bytes, to be freed. */
static siam_code load(const file *f, const siam_zip_member *m, uint8_t **out, siam_err *e)
{
    *out = malloc(m->n + 1);
    if (!*out)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", f->path);
    return siam_zip_read(&f->in, m, *out, e);
}

/* Metadata of files that we wrote; of others, a member of that name is no JSON and passed over. */
static siam_code read_notes(file *f, siam_err *e)
{
    const siam_zip_member *m = member(f, SIAM_TORCH_NOTES, NULL, 0);
    uint8_t *text = NULL;
    if (!m || m->n > NOTES_MAX)
        return SIAM_OK;
    bool nomem = false;
    siam_code rc = load(f, m, &text, e);
    if (!rc)
        f->notes = siam_json_parse((const char *)text, m->n, NULL, &nomem);
    if (nomem)
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", f->path);
    free(text);
    return rc;
}

static siam_code check_order(const file *f, siam_err *e)
{
    const siam_zip_member *m = member(f, "byteorder", NULL, 0);
    char order[6] = "little";
    if (m && m->n == sizeof order)
        SIAM_TRY(siam_zip_read(&f->in, m, order, e));
    if (!m || (m->n == sizeof order && !memcmp(order, "little", sizeof order)))
        return SIAM_OK;
    return siam_fail(e, SIAM_E_UNSUPPORTED,
                     "checkpoint '%s' was not written on a little-endian machine, which this version cannot read", f->path);
}

static siam_code open_zip(file *f, siam_pk_ref *root, siam_err *e)
{
    f->zipped = true;
    SIAM_TRY(siam_zip_refuse(&f->in, e));
    SIAM_TRY(siam_zip_open(&f->zip, &f->in, e));
    SIAM_TRY(find_root(f, e));
    SIAM_TRY(check_order(f, e));
    const siam_zip_member *pkl = member(f, "data.pkl", NULL, 0);
    if (pkl->n > SIAM_PICKLE_MAX)
        return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' has a pickle of %zu bytes; at most %d are read", f->path, pkl->n,
                         SIAM_PICKLE_MAX);
    SIAM_TRY(load(f, pkl, &f->pkl, e));
    SIAM_TRY(read_notes(f, e));
    SIAM_TRY(siam_pickle_init(&f->pickle, "checkpoint", f->path, f->in.n, e));
    size_t used;
    SIAM_TRY(siam_pickle_run(&f->pickle, f->pkl, pkl->n, &used, root, e));
    return used == pkl->n ? SIAM_OK : damaged(f, e, "there is data behind the end of its pickle");
}

/* The tensor's storage, whose size must be what the pickle says. */
static siam_code find_storage(file *f, tensor *t, const siam_pk_node *s, siam_err *e)
{
    const siam_pk_node *key = siam_pk_at(&f->pickle, s->u.storage.key);
    const uint64_t numel = (uint64_t)siam_pk_at(&f->pickle, s->u.storage.numel)->u.i;
    size_t bytes;
    if (!f->zipped) {
        const siam_torch_storage *x = siam_torch_legacy_find(&f->legacy, key->u.span.p, key->u.span.n);
        SIAM_ASSERT(x && x->at); /* in the file in full, so that the product is below its size */
        t->storage = (uint32_t)(x - f->legacy.storage);
        f->storage[t->storage].at = x->at;
        f->storage[t->storage].n = (size_t)numel * siam_pk_type_size(t->type);
    } else {
        const siam_zip_member *m = member(f, "data/", key->u.span.p, key->u.span.n);
        if (!m)
            return bad_tensor(f, t, e, "has its data in a member that is not in the zip archive");
        if (__builtin_mul_overflow(numel, siam_pk_type_size(t->type), &bytes) || bytes != m->n)
            return bad_tensor(f, t, e, "has a storage of another size than the file says");
        t->storage = (uint32_t)(m - f->zip.member);
        f->storage[t->storage].at = m->at;
        f->storage[t->storage].n = m->n;
        f->storage[t->storage].member = m;
    }
    f->storage[t->storage].users++;
    return SIAM_OK;
}

/* Shape and strides, and that every element lies within the storage. */
static siam_code read_shape(file *f, tensor *t, const siam_pk_node *v, siam_err *e)
{
    const siam_pickle *p = &f->pickle;
    const siam_pk_node *s = siam_pk_at(p, v->u.tensor.storage);
    const uint64_t numel = (uint64_t)siam_pk_at(p, s->u.storage.numel)->u.i;
    const uint64_t offset = (uint64_t)siam_pk_at(p, v->u.tensor.offset)->u.i;
    siam_desc *d = &t->pub.desc;
    uint64_t last = offset, step;
    t->count = 1;
    t->ndim = siam_pk_at(p, v->u.tensor.size)->u.list.n;
    d->ndim = t->ndim <= SIAM_MAX_DIMS ? (int)t->ndim : 0;
    if (t->ndim > SIAM_MAX_DIMS)
        d->dtype = SIAM_DTYPE_COUNT;
    uint32_t a = siam_pk_first(p, v->u.tensor.size), b = siam_pk_first(p, v->u.tensor.stride);
    for (uint32_t i = 0; a; i++, a = p->cell[a].next, b = p->cell[b].next) {
        const int64_t size = siam_pk_at(p, p->cell[a].value)->u.i,
                      stride = siam_pk_at(p, p->cell[b].value)->u.i;
        if (i < SIAM_MAX_DIMS && t->ndim <= SIAM_MAX_DIMS) {
            d->dim[i] = size;
            t->stride[i] = stride;
        }
        if (__builtin_mul_overflow(t->count, (size_t)size, &t->count))
            return bad_tensor(f, t, e, "has a shape whose size overflows");
        if (size > 0 && (__builtin_mul_overflow((uint64_t)size - 1, (uint64_t)stride, &step) ||
                         __builtin_add_overflow(last, step, &last)))
            return bad_tensor(f, t, e, "has strides that overflow");
    }
    if (t->count ? last >= numel : offset > numel)
        return bad_tensor(f, t, e, "reaches beyond the end of its storage");
    if (t->count > f->in.n)
        return bad_tensor(f, t, e, "has more elements than the file has bytes");
    return SIAM_OK;
}

static siam_code read_entry(file *f, tensor *t, const siam_torch_item *item, siam_err *e)
{
    const siam_pk_node *v = siam_pk_at(&f->pickle, item->value);
    t->pub.name = item->name;
    t->pub.desc = (siam_desc){SIAM_DTYPE_COUNT, SIAM_NCHW, 0, {1, 1, 1, 1}};
    t->value = item->value;
    if (v->kind != SIAM_PK_TENSOR)
        return SIAM_OK;
    const siam_pk_node *s = siam_pk_at(&f->pickle, v->u.tensor.storage);
    t->type = (siam_pk_type)s->tag;
    t->pub.desc.dtype = listed[t->type];
    t->offset = (size_t)siam_pk_at(&f->pickle, v->u.tensor.offset)->u.i;
    SIAM_TRY(find_storage(f, t, s, e));
    return read_shape(f, t, v, e);
}

static siam_code read_entries(file *f, siam_err *e)
{
    const size_t storages = f->zipped ? f->zip.n : f->legacy.n;
    f->t = calloc(f->tree.items + 1, sizeof *f->t);
    f->storage = calloc(storages + 1, sizeof *f->storage);
    if (!f->t || !f->storage)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading '%s'", f->path);
    for (uint32_t i = 0; i < f->tree.items; i++) {
        SIAM_TRY(read_entry(f, &f->t[i], &f->tree.item[i], e));
        f->n++;
    }
    return SIAM_OK;
}

static siam_code open_input(file *f, siam_err *e)
{
    enum { HEAD = 512 };
    uint8_t head[HEAD];
    siam_pk_ref root = 0;
    SIAM_TRY(siam_infile_open(&f->in, f->path, e));
    const size_t n = f->in.n < HEAD ? f->in.n : HEAD;
    SIAM_TRY(siam_infile_read(&f->in, 0, head, n, e));
    if (siam_is_tar(head, n))
        return siam_tar_refuse(&f->in, e);
    if (is_zip(head, n))
        SIAM_TRY(open_zip(f, &root, e));
    else
        SIAM_TRY(siam_torch_legacy_open(&f->legacy, &f->pickle, &f->in, &root, e));
    SIAM_TRY(siam_torch_tree_read(&f->tree, &f->pickle, root, f->in.n, e));
    return read_entries(f, e);
}

static void close_file(siam_ckpt **c)
{
    file *f = (file *)*c;
    *c = NULL;
    if (!f)
        return;
    for (size_t i = 0; f->storage && i < (f->zipped ? f->zip.n : f->legacy.n); i++)
        free(f->storage[i].kept);
    free(f->storage);
    free(f->t);
    free(f->pkl);
    json_decref(f->notes);
    siam_torch_tree_release(&f->tree);
    siam_pickle_release(&f->pickle);
    siam_torch_legacy_close(&f->legacy);
    siam_zip_close(&f->zip);
    siam_infile_close(&f->in);
    free(f->path);
    free(f);
}

static siam_code open_file(siam_ckpt **out, const char *path, siam_err *e)
{
    *out = NULL;
    file *f = calloc(1, sizeof *f);
    if (f)
        f->path = strdup(path);
    if (!f || !f->path) {
        free(f);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", path);
    }
    f->base.format = &siam_ckpt_torch;
    siam_ckpt *c = &f->base;
    const siam_code rc = open_input(f, e);
    if (rc)
        close_file(&c);
    *out = c;
    return rc;
}

/* ---- what is in it ---- */

static int count(const siam_ckpt *c) { return cast(c)->n; }

static const siam_ckpt_entry *entry(const siam_ckpt *c, int i) { return &cast(c)->t[i].pub; }

static const char *within(const siam_ckpt *c) { return cast(c)->tree.within; }

/* Of equal keys the last, as in Python. */
static const char *meta(const siam_ckpt *c, const char *key)
{
    const siam_torch_tree *t = &cast(c)->tree;
    for (uint32_t i = t->metas; i-- > 0;)
        if (!strcmp(t->meta[i].key, key))
            return t->meta[i].value;
    return json_string_value(json_object_get(cast(c)->notes, key));
}

/* One element as float32; false when float32 cannot hold it. */
static bool element(float *dst, siam_pk_type type, const uint8_t *src)
{
    uint16_t h;
    double d;
    int64_t i;
    switch (type) {
    case SIAM_PK_F32: memcpy(dst, src, 4); return true;
    case SIAM_PK_F16:
        memcpy(&h, src, 2);
        *dst = siam_widen_f16(h);
        return true;
    case SIAM_PK_BF16:
        memcpy(&h, src, 2);
        *dst = siam_bf16_float(h);
        return true;
    case SIAM_PK_F64:
        memcpy(&d, src, 8);
        *dst = (float)d;
        return !isfinite(d) || isfinite(*dst);
    case SIAM_PK_I64:
        memcpy(&i, src, 8);
        *dst = (float)i;
        return i >= -EXACT_MAX && i <= EXACT_MAX;
    default: return false;
    }
}

/* In row-major order, whatever the strides: an odometer with the last dimension fastest. */
static siam_code read_elements(const file *f, const tensor *t, const uint8_t *first, float *dst, siam_err *e)
{
    const size_t size = siam_pk_type_size(t->type);
    int64_t at[SIAM_MAX_DIMS] = {0};
    size_t offset = 0; /* in elements */
    for (size_t k = 0; k < t->count; k++) {
        if (!element(&dst[k], t->type, first + offset * size))
            return siam_fail(e, SIAM_E_DATA,
                             "tensor '%.72s' of '%s' holds a value that float32 cannot (element %zu)",
                             t->pub.name, f->path, k);
        for (int d = t->pub.desc.ndim - 1; d >= 0; d--) {
            offset += (size_t)t->stride[d];
            if (++at[d] < t->pub.desc.dim[d])
                break;
            offset -= (size_t)t->stride[d] * (size_t)at[d];
            at[d] = 0;
        }
    }
    return SIAM_OK;
}

static bool is_contiguous(const tensor *t)
{
    int64_t expected = 1;
    for (int d = t->pub.desc.ndim - 1; d >= 0; d--) {
        if (t->pub.desc.dim[d] > 1 && t->stride[d] != expected)
            return false;
        expected *= t->pub.desc.dim[d];
    }
    return true;
}

/* The bytes of a storage, where no tensor can have them as they lie in the file: kept when others need them, too; else
 * *own, to be freed. */
static siam_code hold(const file *f, storage *s, uint8_t **own, const uint8_t **bytes, siam_err *e)
{
    *own = NULL;
    *bytes = s->kept;
    if (s->kept)
        return SIAM_OK;
    uint8_t *x = malloc(s->n + 1);
    if (!x)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the %zu bytes of a storage of '%s'", s->n, f->path);
    const siam_code rc = s->member ? siam_zip_read(&f->in, s->member, x, e) : siam_infile_read(&f->in, s->at, x, s->n, e);
    s->checked |= !rc;
    *bytes = x;
    if (rc || s->users < 2)
        *own = x;
    else
        s->kept = x;
    return rc;
}

/* Straight into its place where the file has it so; a checksum is of a whole storage. */
static siam_code read_tensor(const file *f, const tensor *t, float *dst, siam_err *e)
{
    storage *s = &f->storage[t->storage];
    const size_t size = siam_pk_type_size(t->type);
    uint8_t *own;
    const uint8_t *bytes;
    if (t->type == SIAM_PK_F32 && is_contiguous(t)) {
        if (!s->member)
            return siam_infile_read(&f->in, s->at + t->offset * size, dst, t->count * size, e);
        if (s->n == t->count * size) {
            SIAM_TRY(siam_zip_read(&f->in, s->member, dst, e));
            s->checked = true;
            return SIAM_OK;
        }
    }
    siam_code rc = hold(f, s, &own, &bytes, e);
    if (!rc && t->type == SIAM_PK_F32 && is_contiguous(t))
        memcpy(dst, bytes + t->offset * size, t->count * size);
    else if (!rc)
        rc = read_elements(f, t, bytes + t->offset * size, dst, e);
    free(own);
    return rc;
}

static bool is_tensor(const tensor *t, const file *f) { return siam_pk_at(&f->pickle, t->value)->kind == SIAM_PK_TENSOR; }

static bool is_read(siam_pk_type t) { return listed[t] != SIAM_DTYPE_COUNT && listed[t] != SIAM_U8; }

static const char *obstacle(const siam_ckpt *c, int i, char *buf, size_t n)
{
    const file *f = cast(c);
    const tensor *t = &f->t[i];
    if (!is_tensor(t, f))
        return siam_pk_words(&f->pickle, t->value, buf, n);
    if (t->ndim > SIAM_MAX_DIMS)
        snprintf(buf, n, "a tensor of %" PRIu32 " dimensions", t->ndim);
    else if (!is_read(t->type))
        snprintf(buf, n, "a tensor of type %s", type_name[t->type]);
    else
        return NULL;
    return buf;
}

static siam_code read_f32(const siam_ckpt *c, int i, float *dst, size_t n, siam_err *e)
{
    const file *f = cast(c);
    SIAM_ASSERT(i >= 0 && i < f->n);
    const tensor *t = &f->t[i];
    char words[256];
    if (!is_tensor(t, f))
        return siam_fail(e, SIAM_E_DATA, "'%.72s' of '%s' is no plain tensor but %s, which is not read", t->pub.name,
                         f->path, siam_pk_words(&f->pickle, t->value, words, sizeof words));
    if (t->ndim > SIAM_MAX_DIMS)
        return siam_fail(e, SIAM_E_DATA,
                         "tensor '%.72s' of '%s' has %" PRIu32 " dimensions; at most %d can be read",
                         t->pub.name, f->path, t->ndim, SIAM_MAX_DIMS);
    if (n != t->count)
        return siam_fail(e, SIAM_E_DATA, "tensor '%.72s' of '%s' has %zu elements where %zu are needed",
                         t->pub.name, f->path, t->count, n);
    if (!is_read(t->type))
        return siam_fail(
            e, SIAM_E_DATA,
            "tensor '%.72s' of '%s' has type %s; float32, float64, float16, bfloat16 and int64 can be read",
            t->pub.name, f->path, type_name[t->type]);
    return n ? read_tensor(f, t, dst, e) : SIAM_OK;
}

/* The storages of tensors that were not read. The older stream has no checksums. */
static siam_code verify(const siam_ckpt *c, siam_err *e)
{
    const file *f = cast(c);
    for (size_t i = 0; i < f->zip.n; i++) {
        storage *s = &f->storage[i];
        if (!s->users || s->checked)
            continue;
        SIAM_TRY(siam_zip_read(&f->in, s->member, NULL, e));
        s->checked = true;
    }
    return siam_infile_unchanged(&f->in, e);
}

const siam_ckpt_format siam_ckpt_torch = {
    .name = "torch",
    .ext = "pth pt th pth.tar",
    .help = "PyTorch's state dicts (.pth .pt .th .tar), zip or the older stream, read without running "
            "anything; written as zip",
    .probe = probe,
    .open = open_file,
    .count = count,
    .entry = entry,
    .read_f32 = read_f32,
    .obstacle = obstacle,
    .within = within,
    .meta = meta,
    .write = siam_torch_write,
    .verify = verify,
    .close = close_file,
};
