/* A folder that may be anybody's, as a descriptor: opened once, and every name in it is asked for below it. What is read,
 * written or replaced there are plain files of ours: regular, with no second name, owned by this process's user. Links are
 * neither followed nor written through, and nothing in their place is waited for. */
#ifndef SIAM_BASE_FOLDER_H
#define SIAM_BASE_FOLDER_H

#include "base/file.h"

struct stat;

enum { SIAM_FOLDER_PATH = 2048 };

typedef struct siam_folder {
    int fd;                      /* -1: closed */
    char path[SIAM_FOLDER_PATH]; /* as it was opened, for messages */
} siam_folder;

/* Open a folder that is there; a link to it is followed, since the path is the caller's. */
siam_code siam_folder_open(siam_folder *f, const char *path, siam_err *e);
/* Open the folder `name` in `in`, never through a link; create: make it where there is nothing. */
siam_code siam_folder_enter(siam_folder *f, const siam_folder *in, const char *name, bool create, siam_err *e);
void siam_folder_close(siam_folder *f);

/* What has a name in a folder. */
typedef enum siam_named {
    SIAM_NAMED_NOTHING,
    SIAM_NAMED_PLAIN,  /* a plain file of ours */
    SIAM_NAMED_FOLDER,
    SIAM_NAMED_COPY,   /* a link to a file or folder, a file with several names or of another user: a copy would be ours */
    SIAM_NAMED_OTHER,  /* a link to nothing, a pipe, a socket, a device */
    SIAM_NAMED_UNSEEN  /* it cannot be looked at: errno says why */
} siam_named;
/* what (may be NULL): in words, with an article. */
siam_named siam_folder_named(const siam_folder *f, const char *name, const char **what);

/* Read a plain file (siam_file_read). */
siam_code siam_folder_read(const siam_folder *f, const char *name, size_t max, char **data, size_t *n, siam_err *e);
/* A stream over a plain file (siam_file_stream): 'r', 'w', 'a'. */
siam_code siam_folder_stream(FILE **out, const siam_folder *f, const char *name, char mode, siam_err *e);
/* Begin to replace a file; a link of that name is replaced, not followed. */
siam_code siam_folder_atomic(siam_atomic *a, const siam_folder *f, const char *name, siam_err *e);
siam_code siam_folder_write(const siam_folder *f, const char *name, const void *data, size_t n, siam_err *e);
/* siam_sync_names of it. */
siam_code siam_folder_sync(const siam_folder *f, siam_err *e);
/* Take a name away, of whatever but a folder. */
void siam_folder_remove(const siam_folder *f, const char *name);
/* Call fn for every name but "." and "..", in no order, until it returns false. */
typedef bool siam_folder_fn(void *user, const char *name);
siam_code siam_folder_list(const siam_folder *f, siam_folder_fn *fn, void *user, siam_err *e);

/* Open a plain file of f with the flags of open(2), which may create it; st (may be NULL) is what it is. */
siam_code siam_folder_file(int *fd, struct stat *st, const siam_folder *f, const char *name, int flags, siam_err *e);

#endif
