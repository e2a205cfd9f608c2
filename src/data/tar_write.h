/* Writing tar files. */
#ifndef SIAM_DATA_TAR_WRITE_H
#define SIAM_DATA_TAR_WRITE_H

#include "base/file.h"

/* A tar file under a temporary name until siam_tar_writer_close; the same members give the same bytes. */
typedef struct siam_tar_writer siam_tar_writer;
siam_code siam_tar_writer_open(siam_tar_writer **out, const char *path, siam_err *e);
siam_code siam_tar_writer_add(siam_tar_writer *t, const char *name, const void *data, size_t n, siam_err *e);
/* Give it its name; it is gone either way, and on a failure so is the file. */
siam_code siam_tar_writer_close(siam_tar_writer **t, siam_err *e);
void siam_tar_writer_abort(siam_tar_writer **t); /* as if it had never been opened; *t may be NULL */

#endif
