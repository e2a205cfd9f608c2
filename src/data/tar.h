/* The members of a tar file that is not compressed, so that each can be read where it lies (POSIX ustar and pax, GNU's long names). */
#ifndef SIAM_DATA_TAR_H
#define SIAM_DATA_TAR_H

#include "base/infile.h"

enum { SIAM_TAR_NAME = 4096 };
typedef struct siam_tar {
    const siam_infile *file; /* borrowed */
    size_t next;             /* where the next header is looked for */
    char name[SIAM_TAR_NAME]; /* of the member at hand, as it stands there, but without "./" in front */
    size_t at, n;            /* its bytes: they are in the file, all of them */
} siam_tar;

/* A walk over the file from its beginning: t = {.file = file}. *more: there is a regular file, what else there is was passed over;
 * false: the archive ends. SIAM_E_DATA: from here on it is no tar file, or cut short. */
siam_code siam_tar_next(siam_tar *t, bool *more, siam_err *e);

#endif
