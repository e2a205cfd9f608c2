/* CIFAR-10 and CIFAR-100 in their binary layout (https://www.cs.toronto.edu/~kriz/cifar.html): records of one
 * (CIFAR-10) or two (CIFAR-100: coarse, fine) label bytes and 3 x 1024 bytes, red plane first. Read from a
 * folder or from the original .tar.gz or .tar into memory: the files stay open for hours otherwise, and may change. A
 * data set must not silently shrink: a missing, cut or foreign file is an error. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/infile.h"
#include "data/dataset.h"
#include "data/describe.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, MAX_FILES = 5, MAX_CLASSES = 100, NAME_LEN = 32 };
enum { MAX_NAMES_FILE = 65536, GZ_CHUNK = 65536, START = 1 << 20 };
enum { MAX_IMAGES = 50000 }; /* of one batch file: CIFAR-100's train.bin, the largest */
/* The archives hold 170 to 184 MB, which compression makes little smaller: what unpacks to much more is none of them. */
enum { LOOKED_AT = 512 << 20, RATIO = 2, ALLOWANCE = 32 << 20 };

typedef struct layout {
    const char *name, *folder;       /* folder: where the original archive puts the files */
    int label_bytes, classes;        /* the last label byte counts */
    const char *files[2][MAX_FILES]; /* per split */
    const char *names;               /* one class name a line; optional */
} layout;

static const layout layouts[] = {
    {"CIFAR-10",
     "cifar-10-batches-bin",
     1,
     10,
     {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      {"test_batch.bin"}},
     "batches.meta.txt"},
    {"CIFAR-100", "cifar-100-binary", 2, 100, {{"train.bin"}, {"test.bin"}}, "fine_label_names.txt"},
};
enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

typedef struct part { /* one batch file */
    uint8_t *data;
    size_t n;
    int64_t first, count; /* images */
} part;

typedef struct cifar {
    siam_dataset head;
    const layout *kind;
    int parts;
    part part[MAX_FILES];
    char class_name[MAX_CLASSES][NAME_LEN];
} cifar;

static void close_cifar(siam_dataset **d)
{
    cifar *c = (cifar *)*d;

    for (int i = 0; i < MAX_FILES; i++)
        free(c->part[i].data);
    free(c);
    *d = NULL;
}

static int file_count(const layout *k, siam_split split)
{
    int n = 0;
    while (n < MAX_FILES && k->files[split][n])
        n++;
    return n;
}

/* Which batch file of the split a name is, -1 = none. */
static int file_index(const layout *k, siam_split split, const char *name)
{
    for (int i = file_count(k, split) - 1; i >= 0; i--)
        if (strcmp(k->files[split][i], name) == 0)
            return i;
    return -1;
}

static bool belongs(const layout *k, const char *name)
{
    return file_index(k, SIAM_SPLIT_TRAIN, name) >= 0 || file_index(k, SIAM_SPLIT_TEST, name) >= 0;
}

/* ---- what a batch file must be ------------------------------------------------------------------------ */

static size_t record_bytes(const layout *k) { return (size_t)k->label_bytes + PIXELS; }

/* Check part i, named `where` in messages, and count its images. */
static siam_code check_part(cifar *c, int i, const char *where, siam_err *e)
{
    const layout *k = c->kind;
    const size_t record = record_bytes(k);
    part *p = &c->part[i];

    if (p->n == 0 || p->n % record) {
        siam_fail(
            e, SIAM_E_DATA,
            "'%s' has %zu bytes, which is not a whole number of %zu-byte records of %s: it is cut short or "
            "damaged",
            where, p->n, record, k->name);
        siam_hint(e, "unpack or download the data set again");
        return SIAM_E_DATA;
    }
    p->count = (int64_t)(p->n / record);
    for (int64_t r = 0; r < p->count; r++) {
        const int label = p->data[(size_t)r * record + (size_t)k->label_bytes - 1];
        if (label >= k->classes)
            return siam_fail(e, SIAM_E_DATA,
                             "'%s' has the label %d at image %" PRId64
                             "; %s has the labels 0 to %d: the file is "
                             "damaged or not one of that data set",
                             where, label, r, k->name, k->classes - 1);
    }
    return SIAM_OK;
}

/* One class name a line; anything odd is left out, the names are only shown. */
static void take_names(cifar *c, const char *text, size_t n)
{
    const char *end = text + n;

    for (int i = 0; i < c->kind->classes && text < end; i++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t len = 0;
        if (!stop)
            stop = end;
        for (; text < stop && len < NAME_LEN - 1; text++)
            if (*text > ' ' && *text <= '~') /* printable ASCII: names reach a terminal */
                c->class_name[i][len++] = *text;
        c->class_name[i][len] = '\0';
        text = stop + 1;
    }
}

/* ---- from a folder ------------------------------------------------------------------------------------ */

/* What cannot be looked at says nothing of what a folder is: to open that will say why. */
static bool is_seen(const char *path)
{
    const siam_path_is is = siam_path_look(path);
    return is == SIAM_PATH_FOLDER || is == SIAM_PATH_OTHER;
}

static int files_in(const layout *k, const char *dir)
{
    char path[4096];
    int found = 0;

    for (int s = 0; s < 2; s++)
        for (int i = 0; i < file_count(k, s); i++)
            found += siam_path_join(path, sizeof path, dir, k->files[s][i]) && is_seen(path);
    return found;
}

/* The folder with batch files, `spec` itself or the original archive's folder in it; NULL = none. */
static const layout *find_folder(const char *spec, char dir[4096])
{
    for (int i = 0; i < LAYOUTS; i++) {
        if ((size_t)snprintf(dir, 4096, "%s", spec) < 4096 && files_in(&layouts[i], dir))
            return &layouts[i];
        if (siam_path_join(dir, 4096, spec, layouts[i].folder) && files_in(&layouts[i], dir))
            return &layouts[i];
    }
    return NULL;
}

/* The Python version holds pickles under the same names without ".bin". */
static bool is_python_version(const char *spec)
{
    char path[4096];
    return (siam_path_join(path, sizeof path, spec, "data_batch_1") && is_seen(path)) ||
           (siam_path_join(path, sizeof path, spec, "cifar-10-batches-py/data_batch_1") &&
            is_seen(path)) ||
           (siam_path_join(path, sizeof path, spec, "cifar-100-python/train") && is_seen(path));
}

static siam_code missing(const layout *k, const char *name, const char *where, siam_err *e)
{
    siam_fail(e, SIAM_E_DATA, "'%s' has no %s, which is a part of %s", where, name, k->name);
    siam_hint(e, "unpack or download the data set again");
    return SIAM_E_DATA;
}

static siam_code open_folder(cifar *c, const char *spec, siam_split split, siam_err *e)
{
    char dir[4096], path[4096], *text = NULL;
    size_t n = 0;

    c->kind = find_folder(spec, dir);
    if (!c->kind) {
        siam_fail(e, SIAM_E_DATA,
                  "'%s' has the Python version of CIFAR (pickles); the binary version is read", spec);
        siam_hint(e, "download cifar-10-binary.tar.gz or cifar-100-binary.tar.gz and give its path");
        return SIAM_E_DATA;
    }
    c->parts = file_count(c->kind, split);
    for (int i = 0; i < c->parts; i++) {
        const char *name = c->kind->files[split][i];
        if (!siam_path_join(path, sizeof path, dir, name))
            return siam_fail(e, SIAM_E_DATA, "the path of %s in '%s' is too long", name, dir);
        if (!siam_path_exists(path))
            return missing(c->kind, name, dir, e);
        char *bytes;
        SIAM_TRY(siam_file_read(path, MAX_IMAGES * record_bytes(c->kind), &bytes, &c->part[i].n, e));
        c->part[i].data = (uint8_t *)bytes;
        SIAM_TRY(check_part(c, i, path, e));
    }
    if (siam_path_join(path, sizeof path, dir, c->kind->names) && siam_path_exists(path) &&
        siam_file_read(path, MAX_NAMES_FILE, &text, &n, NULL) == SIAM_OK)
        take_names(c, text, n);
    free(text);
    return SIAM_OK;
}

/* ---- from an archive ---------------------------------------------------------------------------------- */

/* The compressed stream: zlib verifies the checksum at its end, which libarchive's gzip filter leaves out.
 * It passes plain .tar through unchanged. */
typedef struct stream {
    siam_infile in;
    gzFile gz;
    const char *path;
    size_t unpacked, most; /* bytes that came out of it, and that may */
    bool too_much;
    char why[96]; /* what is wrong with it; libarchive puts words of its own over ours */
    uint8_t chunk[GZ_CHUNK];
} stream;

static la_ssize_t stream_read(struct archive *a, void *data, const void **buf)
{
    stream *s = data;
    const int n = gzread(s->gz, s->chunk, GZ_CHUNK);
    int code = Z_OK;
    const char *why = gzerror(s->gz, &code);

    *buf = s->chunk;
    s->unpacked += n > 0 ? (size_t)n : 0;
    s->too_much = s->unpacked > s->most;
    if (s->too_much) {
        snprintf(s->why, sizeof s->why, "CIFAR's have no more than %zu MB, and it goes on", s->most >> 20);
        archive_set_error(a, EFBIG, "%s", s->why);
        return ARCHIVE_FATAL;
    }
    if (n < 0 || code == Z_BUF_ERROR) { /* Z_BUF_ERROR: the file ends inside the compressed data */
        snprintf(s->why, sizeof s->why, "%s", code == Z_BUF_ERROR ? "it is cut short" : why);
        archive_set_error(a, EIO, "%s", s->why);
        return ARCHIVE_FATAL;
    }
    return n;
}

static siam_code damaged(struct archive *a, const stream *s, siam_err *e)
{
    const char *why = s->why[0] ? s->why : archive_error_string(a);

    siam_fail(e, SIAM_E_DATA, "the archive '%s' cannot be read: %s", s->path, why ? why : "it is damaged");
    siam_hint(
        e, "unpack it where it holds images or a list (tar xf, gunzip -k), or download it again if this is CIFAR's");
    return SIAM_E_DATA;
}

/* The bytes of the current entry. The size in the header is a claim only: memory follows the data. */
static siam_code entry_read(struct archive *a, const stream *s, const char *where, uint8_t **data, size_t *n,
                            size_t max, siam_err *e)
{
    size_t cap = 0, have = 0;
    uint8_t *buf = NULL;

    for (;;) {
        if (have == cap) {
            cap = cap ? cap * 2 : max < START ? max : START;
            uint8_t *bigger = cap < 2 * max ? realloc(buf, cap) : NULL;
            if (!bigger) {
                free(buf);
                return cap >= 2 * max ? siam_fail(e, SIAM_E_DATA, "'%s' is larger than %zu bytes", where, max)
                                      : siam_fail(e, SIAM_E_NOMEM, "out of memory for '%s'", where);
            }
            buf = bigger;
        }
        const la_ssize_t got = archive_read_data(a, buf + have, cap - have);
        if (got < 0) {
            free(buf);
            return damaged(a, s, e);
        }
        if (got == 0)
            break;
        have += (size_t)got;
    }
    uint8_t *fit = realloc(buf, have ? have : 1); /* doubling wastes up to half */
    *data = fit ? fit : buf;
    *n = have;
    return SIAM_OK;
}

/* Look at one entry: a batch file of the split, the names, or nothing of ours. */
static siam_code take_entry(cifar *c, struct archive *a, const char *name, siam_split split, const stream *s,
                            char **names, size_t *names_n, siam_err *e)
{
    char where[4096];

    for (int i = 0; !c->kind && i < LAYOUTS; i++)
        if (belongs(&layouts[i], name))
            c->kind = &layouts[i];
    snprintf(where, sizeof where, "%s: %s", s->path, name);
    for (int i = 0; i < LAYOUTS; i++)
        if (!*names && (!c->kind || c->kind == &layouts[i]) && strcmp(layouts[i].names, name) == 0) {
            uint8_t *text = NULL;
            SIAM_TRY(entry_read(a, s, where, &text, names_n, MAX_NAMES_FILE, e));
            *names = (char *)text;
            return SIAM_OK;
        }
    const int at = c->kind ? file_index(c->kind, split, name) : -1;
    if (at < 0)
        return SIAM_OK;
    part *p = &c->part[at];
    if (p->data)
        return siam_fail(e, SIAM_E_DATA, "the archive '%s' has two files named %s", s->path, name);
    SIAM_TRY(entry_read(a, s, where, &p->data, &p->n, MAX_IMAGES * record_bytes(c->kind), e));
    return check_part(c, at, where, e);
}

static siam_code take_entries(cifar *c, struct archive *a, siam_split split, const stream *s, char **names,
                              size_t *names_n, siam_description *seen, siam_err *e)
{
    for (;;) {
        struct archive_entry *entry;
        const int rc = archive_read_next_header(a, &entry);
        if (rc == ARCHIVE_EOF)
            return SIAM_OK;
        if (rc < ARCHIVE_WARN)
            return damaged(a, s, e);
        const char *full = archive_entry_pathname(entry);
        if (!full || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        const char *slash = strrchr(full, '/'), *name = slash ? slash + 1 : full;
        siam_description_add(seen, name);
        SIAM_TRY(take_entry(c, a, name, split, s, names, names_n, e));
    }
}

/* Read the rest of the stream, so that damage behind the files of this split is found now, too. */
static siam_code drain(stream *s, struct archive *a, siam_err *e)
{
    const void *buf;
    la_ssize_t n;

    while ((n = stream_read(a, s, &buf)) > 0)
        ;
    return n < 0 ? damaged(a, s, e) : siam_infile_unchanged(&s->in, e);
}

/* How much may come out of the archive is known before a byte is unpacked. */
static siam_code open_stream(stream *s, const char *path, siam_err *e)
{
    s->path = path;
    SIAM_TRY(siam_infile_open(&s->in, path, e));
    const size_t most = s->in.n < LOOKED_AT ? RATIO * s->in.n + ALLOWANCE : LOOKED_AT;
    s->most = most < LOOKED_AT ? most : LOOKED_AT;
    const int fd = dup(s->in.fd);
    s->gz = fd < 0 ? NULL : gzdopen(fd, "rb");
    if (s->gz)
        return SIAM_OK;
    const int err = errno ? errno : ENOMEM;
    if (fd >= 0)
        close(fd);
    return siam_fail_errno(e, err, "cannot open '%s'", path);
}

static siam_code no_batches(const stream *s, const siam_description *survey, siam_err *e)
{
    char found[SIAM_SURVEY_TEXT], word[2 * 4096], beginning[64] = "";
    siam_description_text(survey, found);
    if (s->too_much)
        snprintf(beginning, sizeof beginning, "the first %zu MB of ", s->most >> 20);
    siam_fail(e, SIAM_E_DATA, "%sthe archive '%s' ha%s %s but no CIFAR batch files (%s ... or %s)", beginning, s->path,
              s->too_much ? "ve" : "s", found, layouts[0].files[0][0], layouts[1].files[0][0]);
    if (siam_description_images(survey) || siam_description_archives(survey))
        siam_hint(e, "mkdir DIR && tar xf %s -C DIR, and --data DIR: images are read from a folder",
                  siam_format_word(word, sizeof word, s->path));
    siam_hint(e, "the binary version of CIFAR: cifar-10-binary.tar.gz or cifar-100-binary.tar.gz");
    return SIAM_E_DATA;
}

static siam_code open_archive(cifar *c, const char *path, siam_split split, siam_err *e)
{
    char *names = NULL;
    size_t names_n = 0;
    siam_description survey = {0};
    siam_code rc = SIAM_E_NOMEM;
    stream *s = calloc(1, sizeof *s);
    struct archive *a = archive_read_new();

    if (!s || !a || archive_read_support_format_tar(a) != ARCHIVE_OK) {
        siam_fail(e, rc, "out of memory for reading '%s'", path);
        goto out;
    }
    SIAM_TRY_OUT(rc, open_stream(s, path, e));
    if (archive_read_open(a, s, NULL, stream_read, NULL) != ARCHIVE_OK) {
        rc = damaged(a, s, e);
        goto out;
    }
    rc = take_entries(c, a, split, s, &names, &names_n, &survey, e);
    if (!rc)
        rc = drain(s, a, e);
    if (!c->kind && (!rc || s->too_much)) {
        siam_err_clear(e);
        rc = no_batches(s, &survey, e);
    }
    if (rc)
        goto out;
    c->parts = file_count(c->kind, split);
    for (int i = 0; i < c->parts; i++)
        if (!c->part[i].data) {
            rc = missing(c->kind, c->kind->files[split][i], path, e);
            goto out;
        }
    if (names)
        take_names(c, names, names_n);
out:
    if (a)
        archive_read_free(a);
    if (s && s->gz)
        gzclose_r(s->gz);
    if (s)
        siam_infile_close(&s->in);
    free(s);
    free(names);
    return rc;
}

extern const siam_dataset_type siam_dataset_type_cifar; /* the last lines of this file */

/* ---- the data set ------------------------------------------------------------------------------------- */

/* By content: a folder with batch files, or a gzip or tar file. */
static int probe_cifar(const char *spec)
{
    char dir[4096];
    uint8_t head[512] = {0};
    struct stat st;

    if (stat(spec, &st) != 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return find_folder(spec, dir) ? 90 : is_python_version(spec) ? 10 : 0; /* 10: to say why not */
    siam_infile f;
    if (!S_ISREG(st.st_mode) || siam_infile_open(&f, spec, NULL))
        return 0;
    const size_t n = f.n < sizeof head ? f.n : sizeof head;
    const bool there = !siam_infile_read(&f, 0, head, n, NULL);
    siam_infile_close(&f);
    if (!there)
        return 0;
    const bool gzip = n >= 2 && head[0] == 0x1f && head[1] == 0x8b;
    const bool tar = n == sizeof head && memcmp(head + 257, "ustar", 5) == 0;
    return gzip || tar ? 50 : 0;
}

static siam_code open_cifar(siam_dataset **out, const char *spec, siam_split split, int size, siam_err *e)
{
    (void)size; /* the images have the size they have; the transforms resize */
    *out = NULL;
    cifar *c = calloc(1, sizeof *c);
    if (!c)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the data set '%s'", spec);
    c->head.type = &siam_dataset_type_cifar;
    siam_dataset *d = &c->head;
    const siam_code rc =
        siam_path_is_dir(spec) ? open_folder(c, spec, split, e) : open_archive(c, spec, split, e);
    if (rc) {
        close_cifar(&d);
        return rc;
    }
    siam_dataset_info *info = &c->head.info;
    for (int i = 0; i < c->parts; i++) {
        c->part[i].first = info->count;
        info->count += c->part[i].count;
    }
    info->classes = c->kind->classes;
    info->width = info->height = SIDE;
    siam_dataset_describe(info, c->kind->name, split);
    *out = d;
    return SIAM_OK;
}

static const uint8_t *record_at(const cifar *c, int64_t index)
{
    int i = 0;
    while (index >= c->part[i].first + c->part[i].count)
        i++;
    return c->part[i].data + (size_t)(index - c->part[i].first) * record_bytes(c->kind);
}

static siam_code read_cifar(const siam_dataset *d, int64_t index, siam_image *im, siam_err *e)
{
    const cifar *c = (const cifar *)d;
    const uint8_t *px = record_at(c, index) + c->kind->label_bytes;

    SIAM_TRY(siam_image_resize_buffer(im, SIDE, SIDE, e));
    for (int i = 0; i < PLANE; i++) {
        im->px[3 * i] = px[i];
        im->px[3 * i + 1] = px[PLANE + i];
        im->px[3 * i + 2] = px[2 * PLANE + i];
    }
    return SIAM_OK;
}

static int label_cifar(const siam_dataset *d, int64_t index)
{
    const cifar *c = (const cifar *)d;
    return record_at(c, index)[c->kind->label_bytes - 1];
}

static const char *class_name_cifar(const siam_dataset *d, int cls)
{
    const cifar *c = (const cifar *)d;
    return cls >= 0 && cls < c->kind->classes && c->class_name[cls][0] ? c->class_name[cls] : NULL;
}

const siam_dataset_type siam_dataset_type_cifar = {
    .name = "cifar",
    .help = "CIFAR-10 or CIFAR-100 in the binary version, a folder or its .tar.gz",
    .probe = probe_cifar,
    .open = open_cifar,
    .read = read_cifar,
    .label = label_cifar,
    .class_name = class_name_cifar,
    .close = close_cifar,
};
