/* The files in a .tar or .tar.gz, one after the other: for data sets that come as one archive of a few large files. */
#ifndef SIAM_DATA_ARCHIVE_H
#define SIAM_DATA_ARCHIVE_H

#include "data/describe.h"

typedef struct siam_archive siam_archive;

/* What the archives of a data set are, for messages and as a limit. */
typedef struct siam_archive_of {
    const char *name; /* "CIFAR" */
    size_t most;      /* bytes that any of them unpacks to */
    size_t ratio;     /* how many times its own size that can be, and 32 MB more */
} siam_archive_of;

/* path and kind are borrowed. How much may come out of it is known before a byte is unpacked: what unpacks to far more than its own
 * size, or to more than kind->most, is left there (SIAM_E_DATA, and siam_archive_endless). */
siam_code siam_archive_open(siam_archive **out, const char *path, const siam_archive_of *kind, siam_err *e);
/* The next file, by its name without folders, until the next call; *name = NULL: there are no more. */
siam_code siam_archive_next(siam_archive *a, const char **name, siam_err *e);
/* The bytes of that file, at most max, free(*data); `where` is what to call it. The size in its header is a claim only: memory follows
 * the data. */
siam_code siam_archive_take(siam_archive *a, const char *where, size_t max, uint8_t **data, size_t *n, siam_err *e);
/* Read the rest, so that damage behind the files that were taken is found, too, and so is a change of the file meanwhile. */
siam_code siam_archive_drain(siam_archive *a, siam_err *e);
size_t siam_archive_endless(const siam_archive *a); /* it was left after so many bytes; 0: it was not */
const siam_description *siam_archive_seen(const siam_archive *a); /* the files that siam_archive_next gave */
void siam_archive_close(siam_archive **a);
/* All bytes of a file that is no archive, unpacked if it is a gzip file; the same limits; free(*data). */
siam_code siam_archive_whole(const char *path, const siam_archive_of *kind, uint8_t **data, size_t *n, siam_err *e);

/* Whether a regular file is a gzip or tar file, by its first bytes. */
bool siam_archive_looks(const char *path);
/* Whether one of its first files has a name that `is` takes; looks at few of them and unpacks little. */
bool siam_archive_begins(const char *path, bool (*is)(const char *name));

#endif
