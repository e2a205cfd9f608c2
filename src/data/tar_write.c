/* Tar files through libarchive (ustar), into a file that gets its name at the end. */
#include "data/tar_write.h"

#include <errno.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"

struct siam_tar_writer {
    struct archive *a;
    siam_atomic to;
    siam_err why; /* of a write below libarchive */
};

static la_ssize_t on_write(struct archive *a, void *user, const void *data, size_t n)
{
    siam_tar_writer *t = user;
    (void)a;
    if (!siam_atomic_write(&t->to, data, n, &t->why))
        return (la_ssize_t)n;
    archive_set_error(a, EIO, "%s", t->why.msg);
    return -1;
}

static siam_code failed(const siam_tar_writer *t, siam_err *e)
{
    if (t->why.code) {
        *(e ? e : &(siam_err){0}) = t->why;
        return t->why.code;
    }
    const char *text = archive_error_string(t->a);
    return siam_fail(e, SIAM_E_IO, "the tar file '%s' cannot be written: %s", t->to.path, text ? text : "libarchive gives no reason");
}

siam_code siam_tar_writer_open(siam_tar_writer **out, const char *path, siam_err *e)
{
    siam_tar_writer *t = calloc(1, sizeof *t);
    *out = NULL;
    if (!t)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the tar file '%s'", path);
    const siam_code rc = siam_atomic_open(&t->to, path, e);
    if (rc) {
        free(t);
        return rc;
    }
    *out = t;
    t->a = archive_write_new();
    if (!t->a)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the tar file '%s'", path);
    if (archive_write_set_format_ustar(t->a) || archive_write_add_filter_none(t->a) || archive_write_set_bytes_in_last_block(t->a, 1) ||
        archive_write_open(t->a, t, NULL, on_write, NULL))
        return failed(t, e);
    return SIAM_OK;
}

siam_code siam_tar_writer_add(siam_tar_writer *t, const char *name, const void *data, size_t n, siam_err *e)
{
    struct archive_entry *entry = archive_entry_new();
    if (!entry)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for a member of the tar file '%s'", t->to.path);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)n);
    archive_entry_set_mtime(entry, 0, 0);
    siam_code rc = SIAM_OK;
    if (archive_write_header(t->a, entry) || archive_write_data(t->a, data, n) != (la_ssize_t)n || archive_write_finish_entry(t->a))
        rc = failed(t, e);
    archive_entry_free(entry);
    return rc;
}

siam_code siam_tar_writer_close(siam_tar_writer **p, siam_err *e)
{
    siam_tar_writer *t = *p;
    siam_code rc = archive_write_close(t->a) ? failed(t, e) : SIAM_OK;
    if (!rc)
        rc = siam_atomic_commit(&t->to, e);
    siam_tar_writer_abort(p);
    return rc;
}

void siam_tar_writer_abort(siam_tar_writer **p)
{
    siam_tar_writer *t = *p;
    *p = NULL;
    if (!t)
        return;
    if (t->a)
        archive_write_free(t->a); /* may write what is left, below the temporary name */
    siam_atomic_abort(&t->to);
    free(t);
}
