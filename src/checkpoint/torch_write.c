/* Writing the zip container of PyTorch >= 1.6: a pickle of protocol 2 that names the storages, and the
 * storages as stored members that begin at multiples of 64 bytes, so that they can be used where they lie in
 * a mapped file. The pickle holds what torch.save puts there for a state dict and nothing else, so
 * torch.load(weights_only=True) takes it. */
#include "checkpoint/torch_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <isa-l/crc.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "checkpoint/payload.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "storages are written as they lie in memory");

enum {
    LOCAL_BYTES = 30,
    ALIGN = 64,
    EXTRA_HEAD = 4, /* of an extra field: its id and size */
    MEMBER_MAX = 48,
    UTF8_NAMES = 0x0800,
    DOS_DATE = 33, /* 1980-01-01: the same tensors give the same bytes */
    META_DEPTH = 8
};
static const char folder[] = "archive/";

/* ---- bytes that grow ---- */

typedef struct buffer {
    uint8_t *data;
    size_t n, cap;
    bool failed; /* out of memory: everything after is passed over */
} buffer;

static void put(buffer *b, const void *data, size_t n)
{
    if (b->failed || n > SIZE_MAX / 4 - b->n) {
        b->failed = true;
        return;
    }
    if (b->n + n > b->cap) {
        const size_t cap = 2 * (b->n + n) + 256;
        uint8_t *bigger = realloc(b->data, cap);
        if (!bigger) {
            b->failed = true;
            return;
        }
        b->data = bigger;
        b->cap = cap;
    }
    if (n)
        memcpy(b->data + b->n, data, n);
    b->n += n;
}

static void put_byte(buffer *b, int byte) { put(b, &(uint8_t){(uint8_t)byte}, 1); }
static void put16(buffer *b, size_t v) { put(b, &(uint16_t){(uint16_t)v}, 2); }
static void put32(buffer *b, size_t v) { put(b, &(uint32_t){(uint32_t)v}, 4); }

/* ---- the pickle ---- */

/* Places of the pickle's memory. */
enum { M_ORDERED_DICT, M_REBUILD, M_STORAGE_WORD, M_CPU, M_STORAGE_CLASS /* + dtype */ };

static const char *const storage_class[SIAM_DTYPE_COUNT] = {
    [SIAM_F32] = "FloatStorage", [SIAM_BF16] = "BFloat16Storage", [SIAM_U8] = "ByteStorage",
    [SIAM_I64] = "LongStorage",  [SIAM_F16] = "HalfStorage",
};

static void put_text_n(buffer *b, const char *s, size_t n) /* BINUNICODE */
{
    put_byte(b, 'X');
    put32(b, n);
    put(b, s, n);
}

static void put_text(buffer *b, const char *s) { put_text_n(b, s, strlen(s)); }

static void put_int(buffer *b, int64_t v) /* BININT1, BININT, LONG1 */
{
    if (v >= 0 && v < 256) {
        put_byte(b, 'K');
        put_byte(b, (int)v);
    } else if (v >= INT32_MIN && v <= INT32_MAX) {
        put_byte(b, 'J');
        put32(b, (uint32_t)v);
    } else {
        put_byte(b, 0x8a);
        put_byte(b, 8);
        put(b, &v, 8);
    }
}

static void put_memo(buffer *b, char op, int at) /* 'q' BINPUT, 'h' BINGET */
{
    put_byte(b, op);
    put_byte(b, at);
}

/* A global, stored on first use. */
static void put_global(buffer *b, bool *known, const char *module, const char *name, int at)
{
    if (*known) {
        put_memo(b, 'h', at);
        return;
    }
    put_byte(b, 'c');
    put(b, module, strlen(module));
    put_byte(b, '\n');
    put(b, name, strlen(name));
    put_byte(b, '\n');
    put_memo(b, 'q', at);
    *known = true;
}

static void put_word(buffer *b, bool *known, const char *text, int at)
{
    if (*known) {
        put_memo(b, 'h', at);
        return;
    }
    put_text(b, text);
    put_memo(b, 'q', at);
    *known = true;
}

typedef struct pickler {
    buffer b;
    bool known[M_STORAGE_CLASS + SIAM_DTYPE_COUNT];
} pickler;

static void put_ordered_dict(pickler *p) /* OrderedDict() */
{
    put_global(&p->b, &p->known[M_ORDERED_DICT], "collections", "OrderedDict", M_ORDERED_DICT);
    put(&p->b, ")R", 2);
}

/* torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks) */
static void put_tensor(pickler *p, const siam_ckpt_entry *x, int key)
{
    buffer *b = &p->b;
    const siam_desc *d = &x->desc;
    char digits[16];
    put_global(b, &p->known[M_REBUILD], "torch._utils", "_rebuild_tensor_v2", M_REBUILD);
    put(b, "((", 2);
    put_word(b, &p->known[M_STORAGE_WORD], "storage", M_STORAGE_WORD);
    const int class = M_STORAGE_CLASS + (int)d->dtype;
    put_global(b, &p->known[class], "torch", storage_class[d->dtype], class);
    snprintf(digits, sizeof digits, "%d", key);
    put_text(b, digits);
    put_word(b, &p->known[M_CPU], "cpu", M_CPU);
    put_int(b, (int64_t)(siam_payload_bytes(x) / siam_dtype_size(d->dtype)));
    put(b, "tQ", 2); /* BINPERSID */
    put_int(b, 0);
    put_byte(b, '(');
    for (int i = 0; i < d->ndim; i++)
        put_int(b, d->dim[i]);
    put(b, "t(", 2);
    for (int i = 0; i < d->ndim; i++) {
        int64_t stride = 1;
        for (int k = i + 1; k < d->ndim; k++)
            stride *= d->dim[k] > 1 ? d->dim[k] : 1;
        put_int(b, stride);
    }
    put(b, "t\x89", 2); /* requires_grad = False */
    put_ordered_dict(p);
    put(b, "tR", 2);
}

static void put_state_dict(pickler *p, const siam_ckpt_entry *entries, int n)
{
    put_ordered_dict(p);
    put_byte(&p->b, '(');
    for (int i = 0; i < n; i++) {
        put_text(&p->b, entries[i].name);
        put_tensor(p, &entries[i], i);
    }
    put_byte(&p->b, 'u'); /* SETITEMS */
}

static void put_value(buffer *b, const char *text)
{
    char *end;
    const int64_t v = strtoll(text, &end, 10);
    char back[32];
    snprintf(back, sizeof back, "%" PRId64, v);
    if (!strcmp(back, text)) {
        put_int(b, v);
        return;
    }
    if (!strchr(text, '\n')) {
        put_text(b, text);
        return;
    }
    put_byte(b, '(');
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        put_text_n(b, line, strcspn(line, "\n"));
    put_byte(b, 't');
}

static bool is_note(const siam_ckpt_meta *m) { return !strncmp(m->key, "siam.", 5); }

/* The dictionary of those of the keys that begin with the first `skip` bytes of `prefix`, each part of a key
 * a level. Keys of one dictionary need not stand together. */
static void put_meta(pickler *p, const siam_ckpt_meta *m, int n, const char *prefix, size_t skip, int depth)
{
    for (int i = 0; i < n; i++) {
        if (is_note(&m[i]) || strncmp(m[i].key, prefix, skip))
            continue;
        const char *key = m[i].key + skip, *dot = depth < META_DEPTH ? strchr(key, '.') : NULL;
        const size_t part = dot ? (size_t)(dot - key) : strlen(key);
        bool first = true; /* of those with this part */
        for (int k = 0; k < i && first; k++)
            first =
                is_note(&m[k]) || strncmp(m[k].key, m[i].key, skip + part + 1); /* the dot or the end, too */
        if (!first)
            continue;
        put_text_n(&p->b, key, part);
        if (!dot) {
            put_value(&p->b, m[i].value);
            continue;
        }
        put(&p->b, "}(", 2);
        put_meta(p, m, n, m[i].key, skip + part + 1, depth + 1);
        put_byte(&p->b, 'u');
    }
}

static void put_object(pickler *p, const siam_ckpt_entry *entries, int n, const siam_ckpt_meta *m, int nmeta)
{
    bool wrapped = false;
    for (int i = 0; i < nmeta; i++)
        wrapped |= !is_note(&m[i]);
    put(&p->b, "\x80\2", 2);
    if (wrapped) {
        put(&p->b, "}(", 2);
        put_meta(p, m, nmeta, "", 0, 0);
        put_text(&p->b, "state_dict");
    }
    put_state_dict(p, entries, n);
    if (wrapped)
        put_byte(&p->b, 'u');
    put_byte(&p->b, '.');
}

/* ---- the zip archive ---- */

typedef struct archive {
    siam_atomic out;
    buffer central;
    uint64_t at;
    size_t members;
    const char *path;
} archive;

static siam_code emit(archive *z, const void *data, size_t n, siam_err *e)
{
    z->at += n;
    return siam_atomic_write(&z->out, data, n, e);
}

/* Local and central headers share these fields. */
static void put_fields(buffer *b, uint32_t crc, size_t n, size_t name_n)
{
    put16(b, UTF8_NAMES);
    put16(b, 0); /* stored */
    put16(b, 0);
    put16(b, DOS_DATE);
    put32(b, crc);
    put32(b, n);
    put32(b, n);
    put16(b, name_n);
}

static siam_code add_member(archive *z, const char *leaf, const void *data, size_t n, siam_err *e)
{
    char name[MEMBER_MAX];
    const size_t name_n = (size_t)snprintf(name, sizeof name, "%s%s", folder, leaf);
    SIAM_ASSERT(name_n < sizeof name);
    const uint64_t begin = z->at;
    if (n > UINT32_MAX - (1 << 20) || begin > UINT32_MAX - (1 << 20) - n || z->members == UINT16_MAX) {
        siam_fail(e, SIAM_E_UNSUPPORTED,
                  "'%s' would be larger than 4 GiB, which this version writes as safetensors only", z->path);
        siam_hint(e, "a name that ends in .safetensors");
        return SIAM_E_UNSUPPORTED;
    }
    /* An extra field of filler moves the payload to where it is aligned. */
    const size_t unpadded = (size_t)begin + LOCAL_BYTES + name_n + EXTRA_HEAD;
    const size_t pad = (ALIGN - unpadded % ALIGN) % ALIGN;
    const uint32_t crc = n ? crc32_gzip_refl(0, data, n) : 0;
    buffer b = {0};
    put(&b, "PK\3\4\24\0", 6); /* version 2.0 of the format */
    put_fields(&b, crc, n, name_n);
    put16(&b, EXTRA_HEAD + pad);
    put(&b, name, name_n);
    put(&b, "FB", 2);
    put16(&b, pad);
    for (size_t i = 0; i < pad; i++)
        put_byte(&b, 'Z');
    put(&z->central, "PK\1\2\24\0\24\0", 8);
    put_fields(&z->central, crc, n, name_n);
    put(&z->central, "\0\0\0\0\0\0\0\0\0\0\0\0", 12); /* no extra field, comment or attributes */
    put32(&z->central, begin);
    put(&z->central, name, name_n);
    z->members++;
    siam_code rc = b.failed ? siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", z->path)
                            : emit(z, b.data, b.n, e);
    free(b.data);
    if (!rc && n)
        rc = emit(z, data, n, e);
    return rc;
}

static siam_code finish(archive *z, siam_err *e)
{
    const size_t n = z->central.n;
    put(&z->central, "PK\5\6\0\0\0\0", 8);
    put16(&z->central, z->members);
    put16(&z->central, z->members);
    put32(&z->central, n);
    put32(&z->central, z->at);
    put16(&z->central, 0);
    if (z->central.failed)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", z->path);
    return emit(z, z->central.data, z->central.n, e);
}

/* Our metadata as JSON; NULL with SIAM_OK when there is none. */
static siam_code make_notes(char **text, const char *path, const siam_ckpt_meta *m, int n, siam_err *e)
{
    *text = NULL;
    json_t *notes = json_object();
    bool ok = notes != NULL;
    for (int i = 0; i < n && ok; i++)
        ok = !is_note(&m[i]) || !json_object_set_new(notes, m[i].key, json_string(m[i].value));
    if (ok && json_object_size(notes) > 0)
        ok = (*text = siam_json_dumps(notes, JSON_COMPACT)) != NULL;
    json_decref(notes);
    return ok ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
}

static siam_code write_members(archive *z, const buffer *pickle, const char *notes,
                               const siam_ckpt_entry *entries, const void *const *data, int n, siam_err *e)
{
    char leaf[32];
    SIAM_TRY(add_member(z, "data.pkl", pickle->data, pickle->n, e));
    SIAM_TRY(add_member(z, "byteorder", "little", 6, e));
    for (int i = 0; i < n; i++) {
        snprintf(leaf, sizeof leaf, "data/%d", i);
        SIAM_TRY(add_member(z, leaf, data[i], siam_payload_bytes(&entries[i]), e));
    }
    if (notes)
        SIAM_TRY(add_member(z, SIAM_TORCH_NOTES, notes, strlen(notes), e));
    SIAM_TRY(add_member(z, "version", "3\n", 2, e));
    return finish(z, e);
}

siam_code siam_torch_write(const char *path, const siam_ckpt_entry *entries, const void *const *data, int n,
                           const siam_ckpt_meta *meta, int nmeta, siam_err *e)
{
    archive *z = calloc(1, sizeof *z);
    pickler p = {.known = {false}};
    char *notes = NULL;
    siam_code rc = z ? siam_texts_check(path, entries, n, meta, nmeta, e)
                     : siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
    for (int i = 0; i < n && !rc; i++)
        rc = siam_payload_check(path, &entries[i], data[i], e);
    if (!rc)
        rc = make_notes(&notes, path, meta, nmeta, e);
    if (!rc) {
        z->path = path;
        put_object(&p, entries, n, meta, nmeta);
        rc = p.b.failed ? siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path)
                        : siam_atomic_open(&z->out, path, e);
        if (!rc) {
            rc = write_members(z, &p.b, notes, entries, data, n, e);
            if (!rc)
                rc = siam_atomic_commit(&z->out, e);
            else
                siam_atomic_abort(&z->out);
        }
        free(z->central.data);
    }
    free(notes);
    free(p.b.data);
    free(z);
    return rc;
}
