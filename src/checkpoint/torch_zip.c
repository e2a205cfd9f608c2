/* Zip, as far as PyTorch writes it (PKWARE's APPNOTE 4.3, 4.4 and 4.5.3 for zip64). Sizes, checksums and
 * offsets come from the central directory alone, because the local headers of a file that was streamed hold
 * zeros; whatever a local header does say must agree with it, so that no other reader sees another file. */
#include "checkpoint/torch_zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <isa-l/crc.h>

#include "base/check.h"

enum {
    MEMBERS_MAX = 1 << 16,
    MEMBER_NAME_MAX = 4096,
    DIRECTORY_MAX = 32 << 20, /* of real files: some 80 bytes per tensor */
    LOCAL = 0x04034b50,
    LOCAL_BYTES = 30,
    CENTRAL = 0x02014b50,
    CENTRAL_BYTES = 46,
    END = 0x06054b50,
    END_BYTES = 22,
    END64 = 0x06064b50,
    END64_BYTES = 56,
    LOCATOR = 0x07064b50,
    LOCATOR_BYTES = 20,
    FLAG_ENCRYPTED = 1 << 0,
    FLAG_STREAMED = 1 << 3, /* the local header holds no sizes and no checksum */
    FLAG_UTF8 = 1 << 11,
    EXTRA_ZIP64 = 1
};

typedef struct archive {
    const siam_infile *in;
    const uint8_t *tail; /* the file from tail_at on, end records and all */
    size_t tail_at;
} archive;

/* What the end of the file says about the directory. */
typedef struct directory {
    uint64_t members, at, bytes;
    size_t end; /* where it must end */
} directory;

/* One record of the directory. */
typedef struct record {
    unsigned flags, method;
    uint32_t crc;
    uint64_t stored, size, local;
    const char *name;
    size_t name_n, bytes; /* of the whole record */
} record;

static unsigned u16(const uint8_t *p) { return (unsigned)(p[0] | p[1] << 8); }
static uint32_t u32(const uint8_t *p) { return u16(p) | (uint32_t)u16(p + 2) << 16; }
static uint64_t u64(const uint8_t *p) { return u32(p) | (uint64_t)u32(p + 4) << 32; }

static siam_code damaged(const archive *a, siam_err *e, const char *why)
{
    return siam_fail(e, SIAM_E_DATA, "checkpoint '%s' is damaged: %s", a->in->path, why);
}

static siam_code bad_member(const archive *a, const record *r, siam_code c, siam_err *e, const char *why)
{
    const int n = r->name_n < 72 ? (int)r->name_n : 72;
    return siam_fail(e, c, "checkpoint '%s' %s: its zip member '%.*s' %s", a->in->path,
                     c == SIAM_E_DATA ? "is damaged" : "cannot be read", n, r->name, why);
}

/* Bytes of the tail from `at` on, n of which must be there; NULL: they are not. */
static const uint8_t *tail(const archive *a, uint64_t at, size_t n)
{
    const size_t end = a->in->n;
    return at >= a->tail_at && at <= end && n <= end - at ? a->tail + (at - a->tail_at) : NULL;
}

/* The last record of the file, whose comment must reach exactly to its end. */
static bool find_end(const archive *a, size_t *at)
{
    for (size_t comment = 0; comment <= UINT16_MAX && comment + END_BYTES <= a->in->n; comment++) {
        const size_t here = a->in->n - END_BYTES - comment;
        const uint8_t *p = tail(a, here, END_BYTES);
        if (p && u32(p) == END && u16(p + 20) == comment) {
            *at = here;
            return true;
        }
    }
    return false;
}

/* The zip64 record, when a locator for it stands before the end record. */
static siam_code read_end64(const archive *a, size_t end, directory *d, siam_err *e)
{
    const uint8_t *locator = end < LOCATOR_BYTES ? NULL : tail(a, end - LOCATOR_BYTES, LOCATOR_BYTES);
    if (!locator || u32(locator) != LOCATOR)
        return SIAM_OK;
    const uint64_t at = u64(locator + 8);
    const uint8_t *p = tail(a, at, END64_BYTES);
    if (u32(locator + 4) || u32(locator + 16) > 1)
        return damaged(a, e, "its zip archive says it is in several parts");
    if (end < LOCATOR_BYTES + END64_BYTES || at > end - LOCATOR_BYTES - END64_BYTES || !p || u32(p) != END64 ||
        u64(p + 4) != end - LOCATOR_BYTES - at - 12)
        return damaged(a, e, "its zip archive has a zip64 end record that is not where it should be");
    if (u32(p + 16) || u32(p + 20) || u64(p + 24) != u64(p + 32))
        return damaged(a, e, "its zip archive says it is in several parts");
    *d = (directory){u64(p + 32), u64(p + 48), u64(p + 40), (size_t)at};
    return SIAM_OK;
}

static siam_code read_end(const archive *a, directory *d, siam_err *e)
{
    size_t end;
    if (!find_end(a, &end))
        return damaged(a, e,
                       "it is a zip archive without its directory, which stands at the end; the file was "
                       "probably cut short");
    const uint8_t *p = tail(a, end, END_BYTES);
    const directory small = {u16(p + 10), u32(p + 16), u32(p + 12), end};
    if (u16(p + 4) || u16(p + 6) || u16(p + 8) != u16(p + 10))
        return damaged(a, e, "its zip archive says it is in several parts");
    *d = small;
    SIAM_TRY(read_end64(a, end, d, e));
    if ((small.members != UINT16_MAX && small.members != d->members) ||
        (small.at != UINT32_MAX && small.at != d->at) ||
        (small.bytes != UINT32_MAX && small.bytes != d->bytes))
        return damaged(a, e, "the two end records of its zip archive disagree");
    if (d->bytes > d->end || d->at != d->end - d->bytes)
        return damaged(a, e, "the directory of its zip archive is not where the end record says");
    if (d->bytes > DIRECTORY_MAX)
        return damaged(a, e, "the directory of its zip archive is longer than 32 MiB");
    if (d->members > MEMBERS_MAX || d->members * CENTRAL_BYTES > d->bytes)
        return damaged(a, e, "its zip archive has more members than its directory has room for");
    return SIAM_OK;
}

/* The 64-bit values stand in the extra field in this order, each only if its 32-bit field is all ones. */
static bool read_extra(const uint8_t *p, size_t n, record *r)
{
    uint64_t *const wide[] = {&r->size, &r->stored, &r->local};
    while (n >= 4) {
        const unsigned id = u16(p), len = u16(p + 2);
        if (len > n - 4)
            return false;
        for (size_t i = 0, at = 4; id == EXTRA_ZIP64 && i < 3; i++) {
            if (*wide[i] != UINT32_MAX)
                continue;
            if (at + 8 > 4 + (size_t)len)
                return false;
            *wide[i] = u64(p + at);
            at += 8;
        }
        p += 4 + len;
        n -= 4 + len;
    }
    return n == 0;
}

static siam_code read_record(const archive *a, const uint8_t *p, size_t n, record *r, siam_err *e)
{
    if (n < CENTRAL_BYTES || u32(p) != CENTRAL)
        return damaged(a, e, "the directory of its zip archive is cut short or overwritten");
    const size_t name_n = u16(p + 28), extra_n = u16(p + 30), comment_n = u16(p + 32);
    *r = (record){u16(p + 8),
                  u16(p + 10),
                  u32(p + 16),
                  u32(p + 20),
                  u32(p + 24),
                  u32(p + 42),
                  (const char *)p + CENTRAL_BYTES,
                  name_n,
                  CENTRAL_BYTES + name_n + extra_n + comment_n};
    if (r->bytes > n || !name_n || name_n > MEMBER_NAME_MAX)
        return damaged(a, e, "the directory of its zip archive has a name that does not fit it");
    if (u16(p + 34))
        return damaged(a, e, "its zip archive says it is in several parts");
    if (!read_extra(p + CENTRAL_BYTES + name_n, extra_n, r))
        return bad_member(a, r, SIAM_E_DATA, e, "has an extra field that does not fit it");
    return SIAM_OK;
}

static siam_code check_record(const archive *a, const record *r, siam_err *e)
{
    if (r->flags & ~(unsigned)(FLAG_STREAMED | FLAG_UTF8))
        return bad_member(a, r, SIAM_E_UNSUPPORTED, e,
                          r->flags & FLAG_ENCRYPTED ? "is encrypted"
                                                    : "has flags that PyTorch does not write");
    if (r->method || r->stored != r->size)
        return bad_member(a, r, SIAM_E_UNSUPPORTED, e, "is compressed, which PyTorch does not do");
    return SIAM_OK;
}

/* Compare the local header with the directory and find the data behind it, which must end before `limit`. */
static siam_code read_local(const archive *a, const record *r, size_t limit, siam_zip_member *m, siam_err *e)
{
    uint8_t p[LOCAL_BYTES + MEMBER_NAME_MAX], extra[UINT16_MAX];
    if (limit < LOCAL_BYTES || r->local > limit - LOCAL_BYTES)
        return bad_member(a, r, SIAM_E_DATA, e, "is not where the directory says");
    const size_t at = (size_t)r->local, left = limit - at - LOCAL_BYTES;
    SIAM_TRY(siam_infile_read(a->in, at, p, LOCAL_BYTES + (r->name_n < left ? r->name_n : left), e));
    if (u32(p) != LOCAL)
        return bad_member(a, r, SIAM_E_DATA, e, "is not where the directory says");
    const size_t name_n = u16(p + 26), extra_n = u16(p + 28);
    if (name_n != r->name_n || name_n + extra_n > left || memcmp(p + LOCAL_BYTES, r->name, name_n) ||
        u16(p + 6) != r->flags || u16(p + 8) != r->method)
        return bad_member(a, r, SIAM_E_DATA, e, "has a local header that disagrees with the directory");
    record local = {.size = u32(p + 22), .stored = u32(p + 18), .crc = u32(p + 14)};
    /* No other field of a local header is 64 bits wide, and only PyTorch's padding follows. */
    if (!(r->flags & FLAG_STREAMED)) {
        SIAM_TRY(siam_infile_read(a->in, at + LOCAL_BYTES + name_n, extra, extra_n, e));
        if (!read_extra(extra, extra_n, &local) || local.size != r->size || local.stored != r->stored ||
            local.crc != r->crc)
            return bad_member(a, r, SIAM_E_DATA, e, "has a local header that disagrees with the directory");
    }
    if (r->size > left - name_n - extra_n)
        return bad_member(a, r, SIAM_E_DATA, e, "reaches beyond the end of the file");
    *m = (siam_zip_member){r->name, r->name_n, at, at + LOCAL_BYTES + name_n + extra_n, (size_t)r->size, r->crc};
    return SIAM_OK;
}

static int by_name(const void *a, const void *b)
{
    const siam_zip_member *x = a, *y = b;
    const int order = memcmp(x->name, y->name, x->name_n < y->name_n ? x->name_n : y->name_n);
    return order ? order : x->name_n < y->name_n ? -1 : x->name_n > y->name_n;
}

static int by_place(const void *a, const void *b)
{
    const siam_zip_member *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static siam_code bad_one(const archive *a, const siam_zip_member *m, siam_err *e, const char *why)
{
    return bad_member(a, &(record){.name = m->name, .name_n = m->name_n}, SIAM_E_DATA, e, why);
}

/* Each byte belongs to one member and each name to one; sorts them by name. Members that overlap make a small file as
 * much work as a large one. */
static siam_code check_members(siam_zip *z, const archive *a, siam_err *e)
{
    qsort(z->member, z->n, sizeof *z->member, by_place);
    for (size_t i = 1; i < z->n; i++)
        if (z->member[i].from < z->member[i - 1].at + z->member[i - 1].n)
            return bad_one(a, &z->member[i], e, "overlaps the one before it");
    qsort(z->member, z->n, sizeof *z->member, by_name);
    for (size_t i = 1; i < z->n; i++)
        if (!by_name(&z->member[i - 1], &z->member[i]))
            return bad_one(a, &z->member[i], e, "is there twice");
    return SIAM_OK;
}

static siam_code read_members(siam_zip *z, const archive *a, const directory *d, siam_err *e)
{
    size_t at = 0;
    for (uint64_t i = 0; i < d->members; i++) {
        record r;
        SIAM_TRY(read_record(a, z->directory + at, (size_t)d->bytes - at, &r, e));
        SIAM_TRY(check_record(a, &r, e));
        SIAM_TRY(read_local(a, &r, (size_t)d->at, &z->member[z->n], e));
        z->n++;
        at += r.bytes;
    }
    if (at != d->bytes)
        return damaged(a, e, "there is data behind the directory of its zip archive");
    return check_members(z, a, e);
}

/* The directory's bytes, in z->directory. */
static siam_code load_directory(siam_zip *z, const siam_infile *in, directory *d, siam_err *e)
{
    enum { TAIL = UINT16_MAX + END_BYTES + LOCATOR_BYTES + END64_BYTES + 65536 };
    const size_t n = in->n < TAIL ? in->n : TAIL;
    uint8_t *bytes = malloc(n + 1);
    if (!bytes)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", in->path);
    const archive a = {in, bytes, in->n - n};
    siam_code rc = siam_infile_read(in, a.tail_at, bytes, n, e);
    if (!rc)
        rc = read_end(&a, d, e);
    free(bytes);
    if (rc)
        return rc;
    z->directory = malloc((size_t)d->bytes + 1);
    if (!z->directory)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", in->path);
    return siam_infile_read(in, (size_t)d->at, z->directory, (size_t)d->bytes, e);
}

siam_code siam_zip_open(siam_zip *z, const siam_infile *in, siam_err *e)
{
    const archive a = {.in = in};
    directory d = {0};
    *z = (siam_zip){0};
    siam_code rc = load_directory(z, in, &d, e);
    if (!rc) {
        z->member = calloc((size_t)d.members + 1, sizeof *z->member);
        rc = z->member ? read_members(z, &a, &d, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory opening '%s'", in->path);
    }
    if (rc)
        siam_zip_close(z);
    return rc;
}

void siam_zip_names(const siam_infile *in, bool (*visit)(void *user, const char *name, size_t name_n), void *user)
{
    const archive a = {.in = in};
    siam_zip z = {0};
    directory d = {0};
    record r;
    siam_err ignored = {0};
    bool more = !load_directory(&z, in, &d, &ignored);
    for (size_t i = 0, at = 0; more && i < d.members; i++, at += r.bytes)
        more = !read_record(&a, z.directory + at, (size_t)d.bytes - at, &r, &ignored) && visit(user, r.name, r.name_n);
    siam_zip_close(&z);
}

void siam_zip_close(siam_zip *z)
{
    free(z->member);
    free(z->directory);
    *z = (siam_zip){0};
}

const siam_zip_member *siam_zip_find(const siam_zip *z, const char *name, size_t name_n)
{
    const siam_zip_member key = {.name = name, .name_n = name_n};
    return z->n ? bsearch(&key, z->member, z->n, sizeof *z->member, by_name) : NULL;
}

siam_code siam_zip_read(const siam_infile *in, const siam_zip_member *m, void *dst, siam_err *e)
{
    uint8_t step[SIAM_INFILE_STEP];
    uint32_t crc = 0;
    for (size_t at = 0, n; at < m->n; at += n) {
        n = m->n - at < sizeof step ? m->n - at : sizeof step;
        uint8_t *to = dst ? (uint8_t *)dst + at : step;
        SIAM_TRY(siam_infile_read(in, m->at + at, to, n, e));
        crc = crc32_gzip_refl(crc, to, n);
    }
    if (crc == m->crc)
        return SIAM_OK;
    return siam_fail(e, SIAM_E_DATA,
                     "checkpoint '%s' is damaged: its zip member '%.*s' differs from its checksum", in->path,
                     m->name_n < 72 ? (int)m->name_n : 72, m->name);
}
