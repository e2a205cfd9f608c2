/* Feature files: NumPy's, safetensors, CSV. One row of `formats` each. */
#include "infer/feature_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/io.h"
#include "base/textfile.h"
#include "checkpoint/checkpoint.h"

enum { PATH = 4096, NPY_HEADER = 128 };

typedef struct format {
    const char *ext;
    bool index; /* a file of its own says which image a row is */
    siam_code (*begin)(siam_feature_file *f, siam_err *e);
    siam_code (*finish)(siam_feature_file *f, siam_err *e); /* before the commit */
} format;

struct siam_feature_file {
    const format *format;
    siam_desc shape;
    int64_t n;
    siam_atomic file; /* the features; of safetensors, the raw numbers, which are read back at the end */
    siam_textfile index, skipped;
    char path[PATH], index_path[PATH], skipped_path[PATH];
    bool replace;
    int64_t *label; /* of safetensors */
    size_t room;
    bool labelled;
};

static siam_code check_free(const char *path, bool replace, siam_err *e)
{
    const siam_code rc = replace ? SIAM_OK : siam_path_free(path, e);
    if (rc == SIAM_E_EXISTS)
        siam_hint(e, "another name after -o, or --replace");
    return rc;
}

/* ---- NumPy: a header of fixed size, filled in when the number of rows is known ---- */

static size_t npy_header(const siam_feature_file *f, char h[NPY_HEADER])
{
    char shape[96];
    int at = snprintf(shape, sizeof shape, "%" PRId64 ",", f->n);
    for (int i = 1; i < f->shape.ndim; i++)
        at += snprintf(shape + at, sizeof shape - (size_t)at, " %" PRId64 "%s", f->shape.dim[i],
                       i + 1 < f->shape.ndim ? "," : "");
    memset(h, ' ', NPY_HEADER);
    memcpy(h, "\x93NUMPY\x01\x00\x76\x00", 10); /* version 1.0, 118 bytes follow */
    const int n = snprintf(h + 10, NPY_HEADER - 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);
    h[10 + n] = ' ';
    h[NPY_HEADER - 1] = '\n';
    return NPY_HEADER;
}

static siam_code npy_begin(siam_feature_file *f, siam_err *e)
{
    char h[NPY_HEADER];
    return siam_atomic_write(&f->file, h, npy_header(f, h), e);
}

static siam_code npy_finish(siam_feature_file *f, siam_err *e)
{
    char h[NPY_HEADER];
    if (siam_io_pwrite(f->file.fd, h, npy_header(f, h), 0) != NPY_HEADER)
        return siam_fail_errno(e, errno, "cannot write '%s'", f->path);
    return SIAM_OK;
}

/* ---- safetensors: the numbers went to the temporary file; they are mapped and written with the header ---- */

static siam_code nothing(siam_feature_file *f, siam_err *e)
{
    (void)f;
    (void)e;
    return SIAM_OK;
}

static siam_code safetensors_finish(siam_feature_file *f, siam_err *e)
{
    static const float none = 0;
    siam_desc shape = f->shape, labels = siam_desc_1d(f->n);
    shape.dim[0] = f->n;
    labels.dtype = SIAM_I64;
    const size_t bytes = siam_desc_bytes(&shape);
    void *x = bytes ? mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, f->file.fd, 0) : NULL;
    if (x == MAP_FAILED)
        return siam_fail(e, SIAM_E_NOMEM, "there is no room to map the %zu bytes of features", bytes);
    char features[] = "features", label[] = "label";
    const siam_ckpt_entry entry[2] = {{features, shape}, {label, labels}};
    const void *data[2] = {x ? x : (const void *)&none, f->label ? (const void *)f->label : &none};
    siam_atomic_abort(&f->file); /* its name; the pages stay while they are mapped */
    siam_code rc = check_free(f->path, f->replace, e); /* that was long ago */
    if (!rc)
        rc = siam_ckpt_safetensors.write(f->path, entry, data, f->labelled ? 2 : 1, NULL, 0, e);
    if (bytes)
        munmap(x, bytes);
    return rc;
}

/* ---- CSV: everything goes into the index, which is the file ---- */

static const format formats[] = {
    {".npy", true, npy_begin, npy_finish},
    {".safetensors", true, nothing, safetensors_finish},
    {".csv", false, nothing, nothing},
};
enum { NPY, SAFETENSORS, FORMATS = sizeof formats / sizeof *formats };

static const format *find_format(const char *path)
{
    const size_t n = strlen(path);
    for (int i = 0; i < FORMATS; i++) {
        const size_t m = strlen(formats[i].ext);
        if (n > m && !strcmp(path + n - m, formats[i].ext))
            return &formats[i];
    }
    return NULL;
}

static siam_code name_files(siam_feature_file *f, const char *path, bool replace, siam_err *e)
{
    const int stem = (int)(strlen(path) - strlen(f->format->ext));
    if (stem + 32 > PATH)
        return siam_fail(e, SIAM_E_USAGE, "the path '%.72s...' is too long", path);
    snprintf(f->path, sizeof f->path, "%s", path);
    snprintf(f->index_path, sizeof f->index_path, f->format->index ? "%.*s.index.csv" : "%.*s.csv", stem, path);
    snprintf(f->skipped_path, sizeof f->skipped_path, "%.*s.skipped.csv", stem, path);
    f->replace = replace;
    SIAM_TRY(check_free(f->path, replace, e));
    SIAM_TRY(check_free(f->index_path, replace, e));
    struct stat there;
    if (replace && !siam_sys.fstatat(AT_FDCWD, f->skipped_path, &there, AT_SYMLINK_NOFOLLOW) && S_ISDIR(there.st_mode)) { /* the two others are opened at once */
        siam_fail(e, SIAM_E_EXISTS, "'%s' is a folder, and a file is to be there", f->skipped_path);
        siam_hint(e, "another name after -o");
        return SIAM_E_EXISTS;
    }
    return check_free(f->skipped_path, replace, e);
}

static siam_code open_files(siam_feature_file *f, siam_err *e)
{
    if (f->format->index) {
        SIAM_TRY(siam_atomic_open(&f->file, f->path, e));
        f->file.keep = !f->replace;
        SIAM_TRY(f->format->begin(f, e));
    }
    SIAM_TRY(siam_textfile_open(&f->index, f->index_path, f->replace, e));
    fputs("split,index,file,label,class", f->index.out);
    const int64_t dim = siam_desc_count(&f->shape);
    for (int64_t i = 0; i < dim && !f->format->index; i++)
        fprintf(f->index.out, ",f%" PRId64, i);
    fputc('\n', f->index.out);
    return SIAM_OK;
}

siam_code siam_feature_file_create(siam_feature_file **out, const char *path, bool replace, const siam_desc *shape,
                                   siam_err *e)
{
    *out = NULL;
    const struct format *kind = find_format(path);
    if (!kind) {
        siam_fail(e, SIAM_E_USAGE, "features are written as .npy, .safetensors or .csv, and '%s' ends in none of them",
                  path);
        siam_hint(e, "-o features.npy");
        return SIAM_E_USAGE;
    }
    siam_feature_file *f = calloc(1, sizeof *f);
    if (!f)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
    f->format = kind;
    f->shape = *shape;
    f->file.fd = -1;
    siam_code rc = name_files(f, path, replace, e);
    if (!rc)
        rc = open_files(f, e);
    if (rc)
        siam_feature_file_destroy(&f);
    *out = f;
    return rc;
}

static siam_code keep_label(siam_feature_file *f, int64_t label, siam_err *e)
{
    if (f->format != &formats[SAFETENSORS])
        return SIAM_OK;
    if ((size_t)f->n == f->room) {
        const size_t room = f->room ? 2 * f->room : 1024;
        int64_t *more = realloc(f->label, room * sizeof *more);
        if (!more)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory for %zu labels", room);
        f->label = more;
        f->room = room;
    }
    f->label[f->n] = label;
    return SIAM_OK;
}

static void put_where(FILE *out, const siam_dataset *d, const char *split, int64_t index, int label)
{
    const char *file = siam_dataset_file(d, index);
    const char *name = label >= 0 && d->type->class_name ? d->type->class_name(d, label) : NULL;
    fprintf(out, "%s,%" PRId64 ",", split, index);
    if (file)
        siam_format_csv(out, file);
    if (label >= 0)
        fprintf(out, ",%d,", label);
    else
        fputs(",,", out);
    if (name)
        siam_format_csv(out, name);
}

/* Numbers of good rows that lie together go out in one write. */
static siam_code put_numbers(siam_feature_file *f, const siam_rows *rows, siam_err *e)
{
    const size_t dim = (size_t)rows->dim;
    for (int i = 0, end; i < rows->n; i = end + 1) {
        for (end = i; end < rows->n && !rows->bad[end];)
            end++;
        if (end > i)
            SIAM_TRY(siam_atomic_write(&f->file, rows->x + (size_t)i * dim, (size_t)(end - i) * dim * sizeof *rows->x, e));
    }
    return SIAM_OK;
}

siam_code siam_feature_file_add(siam_feature_file *f, const siam_dataset *d, const char *split, const siam_rows *rows,
                                siam_err *e)
{
    for (int i = 0; i < rows->n; i++) {
        if (rows->bad[i])
            continue;
        SIAM_TRY(keep_label(f, rows->label[i], e));
        put_where(f->index.out, d, split, rows->index[i], rows->label[i]);
        for (int k = 0; k < rows->dim && !f->format->index; k++)
            fprintf(f->index.out, ",%.9g", (double)rows->x[(size_t)i * (size_t)rows->dim + (size_t)k]);
        fputc('\n', f->index.out);
        f->labelled |= rows->label[i] >= 0;
        f->n++;
        SIAM_TRY(siam_textfile_row(&f->index, e));
    }
    return f->format->index ? put_numbers(f, rows, e) : SIAM_OK;
}

siam_code siam_feature_file_skipped(siam_feature_file *f, const siam_dataset *d, const char *split,
                                    const siam_skiplist *list, siam_err *e)
{
    if (!list->n)
        return SIAM_OK;
    if (!f->skipped.out) {
        SIAM_TRY(siam_textfile_open(&f->skipped, f->skipped_path, f->replace, e));
        fputs("split,index,file,reason\n", f->skipped.out);
    }
    for (int64_t i = 0; i < list->n; i++) {
        const char *file = siam_dataset_file(d, list->row[i].index);
        fprintf(f->skipped.out, "%s,%" PRId64 ",", split, list->row[i].index);
        if (file)
            siam_format_csv(f->skipped.out, file);
        fputc(',', f->skipped.out);
        siam_format_csv(f->skipped.out, list->row[i].why);
        fputc('\n', f->skipped.out);
        SIAM_TRY(siam_textfile_row(&f->skipped, e));
    }
    return SIAM_OK;
}

siam_code siam_feature_file_commit(siam_feature_file *f, int64_t *rows, char *beside, size_t n, siam_err *e)
{
    if (!f->n)
        return siam_fail(e, SIAM_E_DATA, "not one image can be read, so there is nothing to write into '%s'", f->path);
    const bool skipped = f->skipped.out != NULL;
    SIAM_TRY(f->format->finish(f, e));
    if (skipped)
        SIAM_TRY(siam_textfile_commit(&f->skipped, e));
    SIAM_TRY(siam_textfile_commit(&f->index, e));
    if (f->format == &formats[NPY])
        SIAM_TRY(siam_atomic_commit(&f->file, e));
    if (!skipped && f->replace && siam_sys.unlinkat(AT_FDCWD, f->skipped_path, 0) && errno != ENOENT) /* of the files that these replaced */
        return siam_fail_errno(e, errno, "cannot remove '%s'", f->skipped_path);
    *rows = f->n;
    snprintf(beside, n, "%s%s%s", f->format->index ? f->index_path : "", f->format->index && skipped ? ", " : "",
             skipped ? f->skipped_path : "");
    return SIAM_OK;
}

void siam_feature_file_destroy(siam_feature_file **p)
{
    siam_feature_file *f = *p;
    if (!f)
        return;
    if (f->file.fd >= 0)
        siam_atomic_abort(&f->file);
    siam_textfile_close(&f->index);
    siam_textfile_close(&f->skipped);
    free(f->label);
    free(f);
    *p = NULL;
}
