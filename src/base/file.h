/* Files: whole reads with a limit (parts: input.h), atomic writes (temporary name, fsync, rename, fsync
 * of the folder), folders. Every message names the path. */
#ifndef SIAM_BASE_FILE_H
#define SIAM_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum { SIAM_PATH_MAX = 1024 }; /* bytes of a path that an option, a configuration or a run folder holds */

/* Read a regular file of at most max bytes; *data is NUL-terminated behind its n bytes; free(*data). One that changes
 * meanwhile is SIAM_E_DATA. */
siam_code siam_file_read(const char *path, size_t max, char **data, size_t *n, siam_err *e);
/* The same for a pipe that this process was given: /dev/stdin and /dev/fd/N, when that is what they are; it is read to its end. */
bool siam_path_is_own_pipe(const char *path);
siam_code siam_pipe_read(const char *path, size_t max, char **data, size_t *n, siam_err *e);
/* A stream over a regular file: mode 'r' read, 'w' write from the start, 'a' append. A pipe or a folder in its place fails at
 * once (fopen would wait for the other end). fclose(*out). */
siam_code siam_file_stream(FILE **out, const char *path, char mode, siam_err *e);
/* f is a pipe or socket that nobody reads any more (| head): what it did not take is no failure. */
bool siam_reader_left(FILE *f);
/* Replace `path` atomically with n bytes. */
siam_code siam_file_write_atomic(const char *path, const void *data, size_t n, siam_err *e);

/* A file being written under a temporary name in the target's folder. Nothing is visible under the final
 * name until commit; abort (also after a failure) removes the temporary file. It gets the mode and, where that is
 * allowed, the owner of a file that it replaces. */
typedef struct siam_atomic {
    int fd;
    int dir;   /* the descriptor of the target's folder (base/folder.h), or AT_FDCWD */
    bool keep; /* set after open: what has the name at commit stays, and commit is SIAM_E_EXISTS */
    char path[4096], tmp[4096];
} siam_atomic;
siam_code siam_atomic_open(siam_atomic *a, const char *path, siam_err *e);
/* The same below the descriptor of a folder: the file is the last part of `path`, whatever the path leads to by then; a
 * link of that name is replaced. */
siam_code siam_atomic_open_at(siam_atomic *a, int dir, const char *path, siam_err *e);
/* Take so many bytes of the disk before they are written, so that one that is full says so at once; where space cannot be taken
 * beforehand nothing happens. */
siam_code siam_atomic_reserve(siam_atomic *a, uint64_t bytes, siam_err *e);
siam_code siam_atomic_write(siam_atomic *a, const void *data, size_t n, siam_err *e);
siam_code siam_atomic_commit(siam_atomic *a, siam_err *e); /* fsync, rename, fsync folder; closes either way */
void siam_atomic_abort(siam_atomic *a);                    /* safe after commit */
siam_code siam_atomic_finish(siam_atomic *a, const void *data, size_t n, siam_err *e); /* write and commit */

/* Make the names in the folder `dir` (as openat takes it, from `at`) survive a power cut: of files that were created in place,
 * which atomic ones see to themselves. 0, or -1 and errno. */
int siam_sync_names(int at, const char *dir);

typedef enum siam_path_is {
    SIAM_PATH_NOTHING,
    SIAM_PATH_FOLDER,
    SIAM_PATH_OTHER, /* a file, say */
    SIAM_PATH_UNSEEN /* it cannot be looked at: errno says why */
} siam_path_is;
siam_path_is siam_path_look(const char *path);
/* What cannot be looked at counts as there, but not as a folder: to open it says why. */
bool siam_path_exists(const char *path);
bool siam_path_is_dir(const char *path);
/* Nothing is at `path`; else SIAM_E_EXISTS, or why it cannot be looked at. */
siam_code siam_path_free(const char *path, siam_err *e);
siam_code siam_mkdirs(const char *path, siam_err *e); /* like mkdir -p, and what it made survives a power cut */
siam_code siam_mkdirs_for(const char *path, siam_err *e); /* the folder in which the file `path` is to be */
/* dir + "/" + name into buf; false (and buf empty) if it does not fit. */
bool siam_path_join(char *buf, size_t n, const char *dir, const char *name);
/* $XDG_CACHE_HOME/simsiam/name, else ~/.cache/simsiam/name; false (and buf empty) where neither is set or it does not fit. */
bool siam_path_cache(char *buf, size_t n, const char *name);

#endif
