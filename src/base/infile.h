/* A regular file read at any place. A user's files are never mapped: one that another program shortens meanwhile would end
 * the process by a signal. Here it is SIAM_E_DATA and a sentence. */
#ifndef SIAM_BASE_INFILE_H
#define SIAM_BASE_INFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"

/* Every count and offset of a file is held in a size_t. */
_Static_assert(sizeof(size_t) == 8, "files of 4 GiB and more are read with sizes of 64 bits");

/* Bytes to take at a time where they are looked at and not kept: they stay in the processor's cache. */
enum { SIAM_INFILE_STEP = 1 << 17 };

typedef struct siam_infile { /* {0} is closed */
    bool open;
    int fd;
    size_t n;              /* bytes, when it was opened */
    struct timespec stamp; /* its time of change, then */
    const char *path;      /* borrowed, for messages */
} siam_infile;

/* What is no regular file (a device, a pipe, a folder) is refused without being opened, SIAM_E_DATA. */
siam_code siam_infile_open(siam_infile *f, const char *path, siam_err *e);
/* n bytes from `at` on; SIAM_E_DATA when the file has fewer by now. */
siam_code siam_infile_read(const siam_infile *f, size_t at, void *dst, size_t n, siam_err *e);
/* SIAM_E_DATA when something wrote to the file since it was opened; what was read may then be of two minds. */
siam_code siam_infile_unchanged(const siam_infile *f, siam_err *e);
void siam_infile_close(siam_infile *f);

#endif
