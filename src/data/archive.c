/* Archives read once from the beginning to the end: zlib under libarchive's tar. */
#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/check.h"
#include "base/infile.h"

enum { GZ_CHUNK = 65536, START = 1 << 20 };
enum { ALLOWANCE = 32 << 20 }; /* beyond what the ratio allows, for small files */
enum { PEEKED_AT = 4 << 20, PEEKED_FILES = 8 };

/* The compressed stream: zlib verifies the checksum at its end, which libarchive's gzip filter leaves out.
 * It passes plain .tar through unchanged. */
struct siam_archive {
    siam_infile in;
    gzFile gz;
    struct archive *tar;
    const char *path, *name; /* name: whose archive it is */
    siam_description seen;
    size_t unpacked, most; /* bytes that came out of it, and that may */
    bool too_much;
    char why[96]; /* what is wrong with it; libarchive puts words of its own over ours */
    uint8_t chunk[GZ_CHUNK];
};

static la_ssize_t stream_read(struct archive *tar, void *data, const void **buf)
{
    siam_archive *a = data;
    const int n = gzread(a->gz, a->chunk, GZ_CHUNK);
    int code = Z_OK;
    const char *why = gzerror(a->gz, &code);

    *buf = a->chunk;
    a->unpacked += n > 0 ? (size_t)n : 0;
    a->too_much = a->unpacked > a->most;
    if (a->too_much) {
        snprintf(a->why, sizeof a->why, "%s's have no more than %zu MB, and it goes on", a->name, a->most >> 20);
        archive_set_error(tar, EFBIG, "%s", a->why);
        return ARCHIVE_FATAL;
    }
    if (n < 0 || code == Z_BUF_ERROR) { /* Z_BUF_ERROR: the file ends inside the compressed data */
        snprintf(a->why, sizeof a->why, "%s", code == Z_BUF_ERROR ? "it is cut short" : why);
        archive_set_error(tar, EIO, "%s", a->why);
        return ARCHIVE_FATAL;
    }
    return n;
}

static siam_code damaged(const siam_archive *a, siam_err *e)
{
    const char *why = a->why[0] ? a->why : archive_error_string(a->tar);

    siam_fail(e, SIAM_E_DATA, "the archive '%s' cannot be read: %s", a->path, why ? why : "it is damaged");
    siam_hint(e, "unpack it where it holds images or a list (tar xf, gunzip -k), or download it again if this is %s's", a->name);
    return SIAM_E_DATA;
}

static siam_code open_stream(siam_archive *a, const siam_archive_of *kind, siam_err *e)
{
    SIAM_TRY(siam_infile_open(&a->in, a->path, e));
    a->most = a->in.n < kind->most / kind->ratio ? kind->ratio * a->in.n + ALLOWANCE : kind->most;
    a->most = a->most < kind->most ? a->most : kind->most;
    const int fd = dup(a->in.fd);
    a->gz = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (a->gz)
        return SIAM_OK;
    const int err = errno ? errno : ENOMEM;
    if (fd >= 0)
        close(fd);
    return siam_fail_errno(e, err, "cannot open '%s'", a->path);
}

/* Everything but the tar. */
static siam_code create(siam_archive **out, const char *path, const siam_archive_of *kind, siam_err *e)
{
    siam_archive *a = *out = calloc(1, sizeof *a);
    if (a)
        a->tar = archive_read_new();
    siam_code rc = SIAM_OK;
    if (!a || !a->tar || archive_read_support_format_tar(a->tar) != ARCHIVE_OK) {
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for reading '%s'", path);
    } else {
        a->path = path;
        a->name = kind->name;
        rc = open_stream(a, kind, e);
    }
    if (rc)
        siam_archive_close(out);
    return rc;
}

siam_code siam_archive_open(siam_archive **out, const char *path, const siam_archive_of *kind, siam_err *e)
{
    SIAM_TRY(create(out, path, kind, e));
    if (archive_read_open((*out)->tar, *out, NULL, stream_read, NULL) == ARCHIVE_OK)
        return SIAM_OK;
    const siam_code rc = damaged(*out, e);
    siam_archive_close(out);
    return rc;
}

siam_code siam_archive_next(siam_archive *a, const char **name, siam_err *e)
{
    struct archive_entry *entry;

    *name = NULL;
    for (;;) {
        const int rc = archive_read_next_header(a->tar, &entry);
        if (rc == ARCHIVE_EOF)
            return SIAM_OK;
        if (rc < ARCHIVE_WARN)
            return damaged(a, e);
        const char *full = archive_entry_pathname(entry);
        if (!full || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        const char *slash = strrchr(full, '/');
        *name = slash ? slash + 1 : full;
        siam_description_add(&a->seen, *name);
        return SIAM_OK;
    }
}

/* A buffer that grows with what is put into it. */
typedef struct growing {
    uint8_t *data;
    size_t n, room;
} growing;

static siam_code make_room(growing *g, const char *where, size_t max, siam_err *e)
{
    const size_t room = g->room ? g->room * 2 : max < START ? max + 1 : START;
    if (g->n < g->room)
        return SIAM_OK;
    if (g->n > max)
        return siam_fail(e, SIAM_E_DATA, "'%s' is larger than %zu bytes", where, max);
    uint8_t *more = realloc(g->data, room);
    if (!more)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for '%s'", where);
    g->data = more;
    g->room = room;
    return SIAM_OK;
}

/* Hand it over; doubling wastes up to half. */
static void give(growing *g, uint8_t **data, size_t *n)
{
    uint8_t *fit = realloc(g->data, g->n ? g->n : 1);
    *data = fit ? fit : g->data;
    *n = g->n;
}

siam_code siam_archive_take(siam_archive *a, const char *where, size_t max, uint8_t **data, size_t *n, siam_err *e)
{
    growing g = {0};
    siam_code rc;
    for (;;) {
        rc = make_room(&g, where, max, e);
        const la_ssize_t got = rc ? 0 : archive_read_data(a->tar, g.data + g.n, g.room - g.n);
        if (got < 0)
            rc = damaged(a, e);
        if (got <= 0)
            break;
        g.n += (size_t)got;
    }
    if (!rc && g.n > max)
        rc = siam_fail(e, SIAM_E_DATA, "'%s' is larger than %zu bytes", where, max);
    if (rc)
        free(g.data);
    else
        give(&g, data, n);
    return rc;
}

siam_code siam_archive_whole(const char *path, const siam_archive_of *kind, uint8_t **data, size_t *n, siam_err *e)
{
    siam_archive *a;
    growing g = {0};
    SIAM_TRY(create(&a, path, kind, e));
    siam_code rc;
    for (;;) {
        const void *from;
        const la_ssize_t got = stream_read(a->tar, a, &from);
        rc = got < 0 ? damaged(a, e) : make_room(&g, path, kind->most, e);
        for (la_ssize_t at = 0; !rc && at < got; rc = make_room(&g, path, kind->most, e)) {
            const size_t left = (size_t)(got - at), part = left < g.room - g.n ? left : g.room - g.n;
            memcpy(g.data + g.n, (const uint8_t *)from + at, part);
            g.n += part;
            at += (la_ssize_t)part;
        }
        if (rc || !got)
            break;
    }
    if (!rc)
        rc = siam_infile_unchanged(&a->in, e);
    siam_archive_close(&a);
    if (rc)
        free(g.data);
    else
        give(&g, data, n);
    return rc;
}

siam_code siam_archive_drain(siam_archive *a, siam_err *e)
{
    const void *buf;
    la_ssize_t n;

    while ((n = stream_read(a->tar, a, &buf)) > 0)
        ;
    return n < 0 ? damaged(a, e) : siam_infile_unchanged(&a->in, e);
}

size_t siam_archive_endless(const siam_archive *a) { return a->too_much ? a->most : 0; }

const siam_description *siam_archive_seen(const siam_archive *a) { return &a->seen; }

void siam_archive_close(siam_archive **a)
{
    if (!*a)
        return;
    if ((*a)->tar)
        archive_read_free((*a)->tar);
    if ((*a)->gz)
        gzclose_r((*a)->gz);
    siam_infile_close(&(*a)->in);
    free(*a);
    *a = NULL;
}

bool siam_archive_looks(const char *path)
{
    uint8_t head[512] = {0};
    siam_infile f;
    if (siam_infile_open(&f, path, NULL))
        return false;
    const size_t n = f.n < sizeof head ? f.n : sizeof head;
    const bool there = !siam_infile_read(&f, 0, head, n, NULL);
    siam_infile_close(&f);
    if (!there)
        return false;
    const bool gzip = n >= 2 && head[0] == 0x1f && head[1] == 0x8b;
    const bool tar = n == sizeof head && memcmp(head + 257, "ustar", 5) == 0;
    return gzip || tar;
}

bool siam_archive_begins(const char *path, bool (*is)(const char *name))
{
    const siam_archive_of any = {"", PEEKED_AT, 2};
    siam_archive *a;
    const char *name = "";
    bool found = false;
    if (!siam_archive_looks(path) || siam_archive_open(&a, path, &any, NULL))
        return false;
    for (int i = 0; !found && i < PEEKED_FILES && !siam_archive_next(a, &name, NULL) && name; i++)
        found = is(name);
    siam_archive_close(&a);
    return found;
}
