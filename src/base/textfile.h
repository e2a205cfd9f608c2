/* A text file of rows, printed with stdio and put in place at the end: before, nothing has its name. */
#ifndef SIAM_BASE_TEXTFILE_H
#define SIAM_BASE_TEXTFILE_H

#include "base/file.h"

/* {0} is closed, and so is it after commit, close and a failed open. */
typedef struct siam_textfile {
    FILE *out; /* print here, then call siam_textfile_row */
    char *buf; /* what has been printed and is not in the file yet */
    size_t used;
    siam_atomic file;
} siam_textfile;

/* replace: a file of that name may be there, now or at the end (else SIAM_E_EXISTS, then). */
siam_code siam_textfile_open(siam_textfile *t, const char *path, bool replace, siam_err *e);
/* A row is complete: hands a good amount of them to the file. */
siam_code siam_textfile_row(siam_textfile *t, siam_err *e);
siam_code siam_textfile_commit(siam_textfile *t, siam_err *e);
void siam_textfile_close(siam_textfile *t); /* uncommitted: leaves nothing behind */

#endif
