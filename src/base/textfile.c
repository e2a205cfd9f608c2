/* Rows go to memory (open_memstream) and from there to an atomic file: a full disk is noticed early. */
#include "base/textfile.h"

#include <stdlib.h>

#include "base/check.h"

enum { PLENTY = 64 << 10 };

siam_code siam_textfile_open(siam_textfile *t, const char *path, bool replace, siam_err *e)
{
    *t = (siam_textfile){.out = NULL};
    SIAM_TRY(siam_atomic_open(&t->file, path, e));
    t->file.keep = !replace;
    t->out = open_memstream(&t->buf, &t->used);
    if (t->out)
        return SIAM_OK;
    siam_atomic_abort(&t->file);
    return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", path);
}

static siam_code flush(siam_textfile *t, size_t least, siam_err *e)
{
    if (fflush(t->out))
        return siam_fail(e, SIAM_E_NOMEM, "out of memory writing '%s'", t->file.path);
    if (t->used < least)
        return SIAM_OK;
    SIAM_TRY(siam_atomic_write(&t->file, t->buf, t->used, e));
    rewind(t->out); /* the memory is used again */
    return SIAM_OK;
}

siam_code siam_textfile_row(siam_textfile *t, siam_err *e) { return flush(t, PLENTY, e); }

siam_code siam_textfile_commit(siam_textfile *t, siam_err *e)
{
    siam_code rc = flush(t, 1, e);
    if (!rc)
        rc = siam_atomic_commit(&t->file, e);
    siam_textfile_close(t);
    return rc;
}

void siam_textfile_close(siam_textfile *t)
{
    if (!t->out)
        return;
    fclose(t->out);
    free(t->buf);
    siam_atomic_abort(&t->file);
    t->out = NULL;
    t->buf = NULL;
}
