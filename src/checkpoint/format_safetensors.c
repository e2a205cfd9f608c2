/* safetensors: 8 bytes little-endian header length, a JSON header, then the tensors' bytes without gaps.
 *
 * The reader trusts nothing: header length, duplicate keys, names, types, shapes and offsets are checked with
 * overflow-safe arithmetic before the first byte of data is used, and the tensors must cover the data section
 * exactly. Files written here carry two XXH3-64 hashes in their metadata: of the data section
 * ("payload_xxh3") and of the header itself with that second hash's 16 digits taken as '0' ("header_xxh3"),
 * so that a flipped bit anywhere in the file is found. */
#include "checkpoint/checkpoint.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/infile.h"
#include "base/json.h"
#include "checkpoint/payload.h"
#include "checkpoint/widen.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the format is little-endian, and so is this reader");

enum {
    LEN_BYTES = 8,
    HEADER_MAX = 16 << 20, /* the format allows 100 MB; a real header is about 100 bytes per tensor */
    DEPTH_MAX = 3,         /* header object, entry object, shape array */
    VALUES_MAX = 1 << 18,  /* bounds what the parsed header may occupy: a hundred bytes and more each */
    DATA_ALIGN = 64,       /* of the data section, by padding the header with spaces */
    HEX_DIGITS = 16
};

static const char payload_key[] = "payload_xxh3", header_key[] = "header_xxh3", zeros[] = "0000000000000000";

/* The format's element types; `type` is SIAM_DTYPE_COUNT where we can only list the tensor. */
static const struct element {
    const char *name;
    size_t size;
    siam_dtype type;
} elements[] = {
    {"F32", 4, SIAM_F32},
    {"F16", 2, SIAM_F16},
    {"BF16", 2, SIAM_BF16},
    {"I64", 8, SIAM_I64},
    {"U8", 1, SIAM_U8},
    {"BOOL", 1, SIAM_DTYPE_COUNT},
    {"I8", 1, SIAM_DTYPE_COUNT},
    {"I16", 2, SIAM_DTYPE_COUNT},
    {"U16", 2, SIAM_DTYPE_COUNT},
    {"I32", 4, SIAM_DTYPE_COUNT},
    {"U32", 4, SIAM_DTYPE_COUNT},
    {"U64", 8, SIAM_DTYPE_COUNT},
    {"C64", 8, SIAM_DTYPE_COUNT},
    {"F8_E4M3", 1, SIAM_DTYPE_COUNT},
    {"F8_E5M2", 1, SIAM_DTYPE_COUNT},
    {"F8_E8M0", 1, SIAM_DTYPE_COUNT},
    {"F64", 8, SIAM_F32}, /* rounded; behind F32, which is what float32 is written as */
};
enum { ELEMENTS = sizeof elements / sizeof *elements };

typedef struct tensor {
    siam_ckpt_entry pub;
    const struct element *el;
    size_t begin, end; /* within the data section */
    size_t count;
    int ndim; /* as in the file; pub.desc cannot hold more than 4 */
} tensor;

/* How far the data were looked at. The hash is of all tensors in their order, so what is read ahead of its turn has the
 * tensors before it looked at first; each of those gets a hash of its own, which it is compared with when it is read. */
typedef struct look {
    uint8_t step[SIAM_INFILE_STEP];
    siam_hasher *all, *one; /* NULL: the file has no hash */
    int next;               /* tensors before this one are in `all` */
    uint64_t *own;          /* of each tensor, 0 = not known */
} look;

typedef struct file {
    siam_ckpt base;
    char *path;
    siam_infile in;
    char *header; /* header_n bytes; NULL once it was read */
    size_t header_n, data_at, data_n;
    json_t *root; /* owns the names and the metadata */
    tensor *t;    /* in the order of the data */
    int n;
    look *look;
} file;

static const file *cast(const siam_ckpt *c) { return (const file *)c; }

/* The length of a header has zeros among its bytes; a text, whose 9th character may be a brace, has none. */
static bool probe(const uint8_t *head, size_t n)
{
    return n > LEN_BYTES && head[LEN_BYTES] == '{' && !(isprint(head[0]) && isprint(head[LEN_BYTES - 1]));
}

static siam_code damaged(const file *f, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: %s", f->path, why);
}

static siam_code bad_tensor(const file *f, siam_err *e, const char *name, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: tensor '%.72s' %s", f->path, name, why);
}

/* Bound depth and number of values before the JSON parser builds anything. */
static bool header_is_modest(const char *s, size_t n)
{
    int depth = 0, values = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted) {
            if (s[i] == '\\')
                i++;
            else if (s[i] == '"')
                quoted = false;
            continue;
        }
        switch (s[i]) {
        case '"': quoted = true; break;
        case '{':
        case '[':
            if (++depth > DEPTH_MAX)
                return false;
            break;
        case '}':
        case ']': depth--; break;
        case ',':
            if (++values > VALUES_MAX)
                return false;
            break;
        default: break;
        }
    }
    return true;
}

/* A JSON array of non-negative integers; false if it is anything else. */
static bool is_counts(const json_t *a)
{
    if (!json_is_array(a))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++) {
        const json_t *v = json_array_get(a, i);
        if (!json_is_integer(v) || json_integer_value(v) < 0)
            return false;
    }
    return true;
}

static size_t count_at(const json_t *a, size_t i) { return (size_t)json_integer_value(json_array_get(a, i)); }

static siam_code read_shape(file *f, tensor *t, const json_t *shape, siam_err *e)
{
    const size_t ndim = json_array_size(shape);
    size_t bytes;
    t->count = 1;
    for (size_t d = 0; d < ndim; d++)
        if (__builtin_mul_overflow(t->count, count_at(shape, d), &t->count))
            return bad_tensor(f, e, t->pub.name, "has a shape whose size overflows");
    if (__builtin_mul_overflow(t->count, t->el->size, &bytes))
        return bad_tensor(f, e, t->pub.name, "has a shape whose size overflows");
    if (bytes != t->end - t->begin)
        return bad_tensor(f, e, t->pub.name, "has offsets that do not fit its shape and type");
    t->ndim = ndim > INT32_MAX ? INT32_MAX : (int)ndim;
    siam_desc *desc = &t->pub.desc;
    *desc = (siam_desc){t->el->type, SIAM_NCHW, 0, {1, 1, 1, 1}};
    if (ndim > SIAM_MAX_DIMS) {
        desc->dtype = SIAM_DTYPE_COUNT;
        return SIAM_OK;
    }
    desc->ndim = t->ndim;
    for (size_t d = 0; d < ndim; d++)
        desc->dim[d] = (int64_t)count_at(shape, d);
    return SIAM_OK;
}

static siam_code read_entry(file *f, tensor *t, const char *name, const json_t *v, siam_err *e)
{
    t->pub.name = (char *)(uintptr_t)name; /* owned by f->root, read only by contract */
    const json_t *dtype = json_object_get(v, "dtype"), *shape = json_object_get(v, "shape");
    const json_t *offsets = json_object_get(v, "data_offsets");
    if (!json_is_object(v) || json_object_size(v) != 3 || !dtype || !shape || !offsets)
        return bad_tensor(f, e, name, "does not have exactly the fields dtype, shape and data_offsets");
    for (int i = 0; i < ELEMENTS && json_is_string(dtype); i++)
        if (!strcmp(json_string_value(dtype), elements[i].name))
            t->el = &elements[i];
    if (!t->el)
        return bad_tensor(f, e, name, "has an unknown dtype");
    if (!is_counts(shape))
        return bad_tensor(f, e, name, "has a shape that is not a list of sizes >= 0");
    if (!is_counts(offsets) || json_array_size(offsets) != 2)
        return bad_tensor(f, e, name, "has data_offsets that are not two numbers >= 0");
    t->begin = count_at(offsets, 0);
    t->end = count_at(offsets, 1);
    if (t->begin > t->end || t->end > f->data_n)
        return bad_tensor(f, e, name, "has data_offsets outside the file's data");
    return read_shape(f, t, shape, e);
}

static siam_code read_metadata(const file *f, json_t *meta, siam_err *e)
{
    const char *key;
    json_t *v;
    if (!json_is_object(meta))
        return damaged(f, e, "__metadata__ is not an object");
    json_object_foreach(meta, key, v) if (!json_is_string(v)) return damaged(
        f, e, "__metadata__ holds a value that is not a string");
    return SIAM_OK;
}

static int by_offset(const void *a, const void *b)
{
    const tensor *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* Sorted by offset, every tensor must begin where the one before ended, and the last must end the file. */
static siam_code check_cover(const file *f, siam_err *e)
{
    size_t at = 0;
    for (int i = 0; i < f->n; i++) {
        if (f->t[i].begin != at)
            return bad_tensor(f, e, f->t[i].pub.name,
                              f->t[i].begin < at ? "overlaps the tensor before it"
                                                 : "leaves a gap before it");
        at = f->t[i].end;
    }
    return at == f->data_n ? SIAM_OK : damaged(f, e, "there is data behind its last tensor");
}

static siam_code read_header(file *f, siam_err *e)
{
    const char *text = f->header;
    if (text[0] != '{' || !header_is_modest(text, f->header_n))
        return damaged(f, e, "its header is not an object of tensors (or is nested too deeply or too long)");
    json_error_t je;
    bool nomem;
    f->root = siam_json_parse(text, f->header_n, &je, &nomem);
    if (nomem)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading the header of '%s'", f->path);
    if (!f->root)
        return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: its header is not valid JSON (%.72s)",
                         f->path, je.text);
    f->t = calloc(json_object_size(f->root) + 1, sizeof *f->t);
    if (!f->t)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory reading the header of '%s'", f->path);
    const char *key;
    json_t *v;
    json_object_foreach(f->root, key, v)
    {
        if (!strcmp(key, "__metadata__")) {
            SIAM_TRY(read_metadata(f, v, e));
            continue;
        }
        SIAM_TRY(read_entry(f, &f->t[f->n], key, v, e));
        f->n++;
    }
    qsort(f->t, (size_t)f->n, sizeof *f->t, by_offset);
    return check_cover(f, e);
}

static const char *meta(const siam_ckpt *c, const char *key)
{
    return json_string_value(json_object_get(json_object_get(cast(c)->root, "__metadata__"), key));
}

static void hex64(char out[static HEX_DIGITS + 1], uint64_t v)
{
    snprintf(out, HEX_DIGITS + 1, "%016" PRIx64, v);
}

/* Where the digits of "header_xxh3" are in a compact header, or NULL. A quote inside a JSON string is
 * escaped, so the pattern can only be that key. */
static char *header_digits(char *text, size_t n)
{
    static const char pattern[] = "\"header_xxh3\":\"";
    const size_t len = sizeof pattern - 1;
    char *p = memmem(text, n, pattern, len);
    return p && (size_t)(text + n - p) > len + HEX_DIGITS ? p + len : NULL;
}

static siam_code check_header(const file *f, const char *want, siam_err *e)
{
    char *digits = header_digits(f->header, f->header_n), found[HEX_DIGITS + 1] = "";
    if (digits) {
        memcpy(digits, zeros, HEX_DIGITS);
        hex64(found, siam_hash64(f->header, f->header_n));
    }
    return strcmp(found, want) ? damaged(f, e, "its header differs from the hash stored in it") : SIAM_OK;
}

/* Compare the header, which has been parsed, with its hash, and prepare for that of the data. */
static siam_code begin_look(file *f, siam_err *e)
{
    const char *payload = meta(&f->base, payload_key), *header = meta(&f->base, header_key);
    look *l = f->look = calloc(1, sizeof *l);
    bool memory = l != NULL;
    if (!payload != !header)
        return damaged(f, e, "one of its two hashes is missing");
    if (memory && payload) {
        SIAM_TRY(check_header(f, header, e));
        l->all = siam_hasher_create();
        l->one = siam_hasher_create();
        l->own = calloc((size_t)f->n + 1, sizeof *l->own);
        memory = l->all && l->one && l->own;
    }
    return memory ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", f->path);
}

static siam_code load_header(file *f, siam_err *e)
{
    uint64_t len;
    if (f->in.n <= LEN_BYTES)
        return damaged(f, e, "it is too short to hold a header");
    SIAM_TRY(siam_infile_read(&f->in, 0, &len, LEN_BYTES, e));
    if (len < 2 || len > f->in.n - LEN_BYTES)
        return siam_fail(e, SIAM_E_DATA,
                         "checkpoint '%s' is damaged: it says its header has %" PRIu64
                         " bytes, but the file has %zu",
                         f->path, len, f->in.n);
    if (len > HEADER_MAX)
        return siam_fail(e, SIAM_E_DATA,
                         "checkpoint '%s' has a header of %" PRIu64 " bytes; at most %d are accepted",
                         f->path, len, HEADER_MAX);
    f->header_n = (size_t)len;
    f->data_at = LEN_BYTES + (size_t)len;
    f->data_n = f->in.n - f->data_at;
    f->header = malloc(f->header_n);
    if (!f->header)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", f->path);
    return siam_infile_read(&f->in, LEN_BYTES, f->header, f->header_n, e);
}

static siam_code open_input(file *f, siam_err *e)
{
    SIAM_TRY(siam_infile_open(&f->in, f->path, e));
    SIAM_TRY(load_header(f, e));
    SIAM_TRY(read_header(f, e));
    SIAM_TRY(begin_look(f, e));
    free(f->header);
    f->header = NULL;
    return SIAM_OK;
}

static void close_file(siam_ckpt **c)
{
    file *f = (file *)*c;
    *c = NULL;
    if (!f)
        return;
    if (f->look) {
        if (f->look->all)
            siam_hasher_destroy(&f->look->all);
        if (f->look->one)
            siam_hasher_destroy(&f->look->one);
        free(f->look->own);
    }
    free(f->look);
    json_decref(f->root);
    free(f->t);
    free(f->header);
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
    f->base.format = &siam_ckpt_safetensors;
    siam_ckpt *c = &f->base;
    const siam_code rc = open_input(f, e);
    if (rc)
        close_file(&c);
    *out = c;
    return rc;
}

static int count(const siam_ckpt *c) { return cast(c)->n; }

static const siam_ckpt_entry *entry(const siam_ckpt *c, int i) { return &cast(c)->t[i].pub; }

static const char *within(const siam_ckpt *c)
{
    (void)c;
    return NULL;
}

static const char *obstacle(const siam_ckpt *c, int i, char *buf, size_t n)
{
    const tensor *t = &cast(c)->t[i];
    if (t->ndim > SIAM_MAX_DIMS)
        snprintf(buf, n, "a tensor of %d dimensions", t->ndim);
    else if (t->el->type == SIAM_DTYPE_COUNT || t->el->type == SIAM_U8)
        snprintf(buf, n, "a tensor of type %s", t->el->name);
    else
        return NULL;
    return buf;
}

/* ---- the numbers ---- */

/* n elements as float32; `src` is aligned for none of the types in files of others. */
static siam_code widen(const file *f, const tensor *t, float *dst, const uint8_t *src, size_t n, siam_err *e)
{
    uint16_t h;
    for (size_t k = 0; k < n && t->el->type == SIAM_F16; k++) {
        memcpy(&h, src + 2 * k, 2);
        dst[k] = siam_widen_f16(h);
    }
    for (size_t k = 0; k < n && t->el->type == SIAM_BF16; k++) {
        memcpy(&h, src + 2 * k, 2);
        dst[k] = siam_bf16_float(h);
    }
    for (size_t k = 0; k < n && t->el->type == SIAM_I64; k++) {
        int64_t v;
        memcpy(&v, src + 8 * k, sizeof v);
        if (v < -(1 << 24) || v > 1 << 24)
            return siam_fail(e, SIAM_E_DATA,
                             "tensor '%.72s' of '%s' holds the integer %" PRId64 ", which float32 cannot",
                             t->pub.name, f->path, v);
        dst[k] = (float)v;
    }
    for (size_t k = 0; k < n && t->el->type == SIAM_F32; k++) { /* those of 8 bytes */
        double v;
        memcpy(&v, src + 8 * k, sizeof v);
        dst[k] = (float)v;
        if (isfinite(v) && !isfinite(dst[k]))
            return siam_fail(e, SIAM_E_DATA, "tensor '%.72s' of '%s' holds %g, which float32 cannot", t->pub.name,
                             f->path, v);
    }
    return SIAM_OK;
}

/* Read the tensor once, a step at a time: into dst (NULL: nowhere), into the hash of it alone, and with `turn`, when it
 * is the next one, into the hash of all. */
static siam_code take(const file *f, const tensor *t, float *dst, bool turn, siam_err *e)
{
    look *l = f->look;
    const size_t size = t->el->size, whole = t->end - t->begin;
    const bool straight = dst && t->el->type == SIAM_F32 && size == sizeof *dst, own = l->all && !(straight && turn);
    if (own)
        siam_hasher_reset(l->one);
    for (size_t at = 0, n; at < whole; at += n) {
        n = whole - at < sizeof l->step ? whole - at : sizeof l->step;
        uint8_t *to = straight ? (uint8_t *)dst + at : l->step;
        SIAM_TRY(siam_infile_read(&f->in, f->data_at + t->begin + at, to, n, e));
        if (l->all && turn)
            siam_hasher_add(l->all, to, n);
        if (own)
            siam_hasher_add(l->one, to, n);
        if (dst && !straight)
            SIAM_TRY(widen(f, t, dst + at / size, to, n / size, e));
    }
    return SIAM_OK;
}

/* What has not been looked at before tensor i. */
static siam_code catch_up(const file *f, int i, siam_err *e)
{
    look *l = f->look;
    for (; l->next < i; l->next++) {
        SIAM_TRY(take(f, &f->t[l->next], NULL, true, e));
        l->own[l->next] = siam_hasher_value(l->one);
    }
    return SIAM_OK;
}

static siam_code read_once(const file *f, int i, float *dst, siam_err *e)
{
    look *l = f->look;
    if (!l->all)
        return take(f, &f->t[i], dst, false, e);
    if (i < l->next && !l->own[i]) { /* for the second time: so is the look */
        siam_hasher_reset(l->all);
        l->next = 0;
    }
    SIAM_TRY(catch_up(f, i, e));
    const bool turn = i == l->next;
    SIAM_TRY(take(f, &f->t[i], dst, turn, e));
    l->next += turn;
    if (!turn && siam_hasher_value(l->one) != l->own[i])
        return bad_tensor(f, e, f->t[i].pub.name, "changed while it was read");
    return SIAM_OK;
}

static siam_code read_f32(const siam_ckpt *c, int i, float *dst, size_t n, siam_err *e)
{
    const file *f = cast(c);
    SIAM_ASSERT(i >= 0 && i < f->n);
    const tensor *t = &f->t[i];
    if (t->ndim > SIAM_MAX_DIMS)
        return siam_fail(e, SIAM_E_DATA, "tensor '%.72s' of '%s' has %d dimensions; at most %d can be read",
                         t->pub.name, f->path, t->ndim, SIAM_MAX_DIMS);
    if (n != t->count)
        return siam_fail(e, SIAM_E_DATA, "tensor '%.72s' of '%s' has %zu elements where %zu are needed",
                         t->pub.name, f->path, t->count, n);
    if (t->el->type == SIAM_DTYPE_COUNT || t->el->type == SIAM_U8)
        return n ? siam_fail(e, SIAM_E_DATA,
                             "tensor '%.72s' of '%s' has type %s; F64, F32, F16, BF16 and I64 can be read",
                             t->pub.name, f->path, t->el->name)
                 : SIAM_OK;
    return n ? read_once(f, i, dst, e) : SIAM_OK;
}

static siam_code verify(const siam_ckpt *c, siam_err *e)
{
    const file *f = cast(c);
    const char *payload = meta(c, payload_key);
    char found[HEX_DIGITS + 1];
    if (!payload)
        return siam_infile_unchanged(&f->in, e);
    SIAM_TRY(catch_up(f, f->n, e));
    hex64(found, siam_hasher_value(f->look->all));
    return strcmp(found, payload) ? damaged(f, e, "its data differs from the hash stored in it") : SIAM_OK;
}

/* ---- writing ---- */

static const struct element *element_of(siam_dtype t)
{
    for (int i = 0; i < ELEMENTS; i++)
        if (elements[i].type == t)
            return &elements[i];
    return NULL;
}

static json_t *entry_json(const siam_ckpt_entry *x, size_t begin, size_t end)
{
    json_t *shape = json_array();
    for (int d = 0; d < x->desc.ndim; d++)
        siam_json_add(&shape, json_integer(x->desc.dim[d]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", element_of(x->desc.dtype)->name, "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)end);
}

/* The header text, padded so that the data section is aligned; the header's own hash is filled in last. */
static siam_code make_header(char **out, size_t *len, const char *path, const siam_ckpt_entry *entries, int n,
                             const siam_ckpt_meta *m, int nmeta, uint64_t payload, siam_err *e)
{
    *out = NULL;
    SIAM_TRY(siam_texts_check(path, entries, n, m, nmeta, e));
    json_t *root = json_object(), *md = json_object();
    bool ok = root && md && !json_object_set_new(root, "__metadata__", md);
    char hex[HEX_DIGITS + 1];
    hex64(hex, payload);
    for (int i = 0; i < nmeta && ok; i++)
        if (strcmp(m[i].key, payload_key) && strcmp(m[i].key, header_key)) /* stale when copied from a file */
            ok = !json_object_set_new(md, m[i].key, json_string(m[i].value));
    ok = ok && !json_object_set_new(md, payload_key, json_string(hex)) &&
         !json_object_set_new(md, header_key, json_string(zeros));
    size_t at = 0;
    for (int i = 0; i < n && ok; i++) {
        SIAM_ASSERT(!json_object_get(root, entries[i].name)); /* two tensors of one name */
        const size_t end = at + siam_payload_bytes(&entries[i]);
        ok = !json_object_set_new(root, entries[i].name, entry_json(&entries[i], at, end));
        at = end;
    }
    char *text = ok ? siam_json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);

    const size_t used = LEN_BYTES + strlen(text), padded = (used + DATA_ALIGN - 1) / DATA_ALIGN * DATA_ALIGN;
    const uint64_t header_n = padded - LEN_BYTES;
    char *buf = header_n <= HEADER_MAX ? malloc(padded) : NULL;
    if (buf) {
        memcpy(buf, &header_n, LEN_BYTES);
        memset(buf + LEN_BYTES, ' ', header_n);
        memcpy(buf + LEN_BYTES, text, strlen(text));
        hex64(hex, siam_hash64(buf + LEN_BYTES, header_n));
        memcpy(header_digits(buf + LEN_BYTES, header_n), hex, HEX_DIGITS);
    }
    free(text);
    *out = buf;
    *len = padded;
    return buf ? SIAM_OK
           : header_n <= HEADER_MAX
               ? siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path)
               : siam_fail(e, SIAM_E_UNSUPPORTED, "'%s' would need a header over %d bytes", path, HEADER_MAX);
}

static siam_code hash_payload(uint64_t *hash, const char *path, const siam_ckpt_entry *entries,
                              const void *const *data, int n, siam_err *e)
{
    siam_hasher *h = siam_hasher_create();
    if (!h)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
    siam_code rc = SIAM_OK;
    for (int i = 0; i < n && !rc; i++) {
        rc = siam_payload_check(path, &entries[i], data[i], e);
        if (!rc)
            siam_hasher_add(h, data[i], siam_payload_bytes(&entries[i]));
    }
    *hash = siam_hasher_value(h);
    siam_hasher_destroy(&h);
    return rc;
}

siam_code siam_safetensors_write(siam_atomic *out, const siam_ckpt_entry *entries, const void *const *data, int n,
                                 const siam_ckpt_meta *m, int nmeta, siam_err *e)
{
    uint64_t hash = 0;
    char *header = NULL;
    size_t len = 0;
    siam_code rc = hash_payload(&hash, out->path, entries, data, n, e);
    if (!rc)
        rc = make_header(&header, &len, out->path, entries, n, m, nmeta, hash, e);
    uint64_t bytes = len;
    for (int i = 0; i < n; i++)
        bytes += siam_payload_bytes(&entries[i]);
    if (!rc)
        rc = siam_atomic_reserve(out, bytes, e);
    if (!rc)
        rc = siam_atomic_write(out, header, len, e);
    for (int i = 0; i < n && !rc; i++)
        rc = siam_atomic_write(out, data[i], siam_payload_bytes(&entries[i]), e);
    free(header);
    if (!rc)
        return siam_atomic_commit(out, e);
    siam_atomic_abort(out);
    return rc;
}

static siam_code write_file(const char *path, const siam_ckpt_entry *entries, const void *const *data, int n,
                            const siam_ckpt_meta *m, int nmeta, siam_err *e)
{
    siam_atomic a;
    SIAM_TRY(siam_atomic_open(&a, path, e));
    return siam_safetensors_write(&a, entries, data, n, m, nmeta, e);
}

const siam_ckpt_format siam_ckpt_safetensors = {
    .name = "safetensors",
    .ext = "safetensors",
    .help = "tensors and string metadata in one file, readable by torch, timm and others",
    .probe = probe,
    .open = open_file,
    .count = count,
    .entry = entry,
    .read_f32 = read_f32,
    .obstacle = obstacle,
    .within = within,
    .meta = meta,
    .write = write_file,
    .verify = verify,
    .close = close_file,
};
