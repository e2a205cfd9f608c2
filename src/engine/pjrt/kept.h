/* Compiled programs that are kept in the user's cache, `programs/` there, so that the next run of the same one begins at once.
 *
 * What is kept is code, and whoever can write it can run what he likes as its reader: it is taken from there only where the folder,
 * the one above it and the file belong to this user and nobody else may write to any of them, and from nowhere else, never from a run folder, which may
 * be anybody's. It is named and checked by all that it was compiled from and for; a file that does not fit is none. */
#ifndef SIAM_ENGINE_PJRT_KEPT_H
#define SIAM_ENGINE_PJRT_KEPT_H

#include "base/folder.h"
#include "engine/pjrt/plugin.h"

/* What came of it. */
typedef struct siam_kept {
    bool taken;       /* from the cache: not compiled now, and never run here */
    char unkept[512]; /* why the next start compiles it again, in words; "": it does not */
} siam_kept;

/* As siam_pjrt_compile, from the cache where it is there and `anew` is not set; what was compiled is kept, in the place of what is there,
 * where that is possible. which: as x was opened. */
siam_code siam_kept_compile(siam_pjrt_program **out, siam_kept *kept, siam_pjrt *x, const siam_devices *which, const char *text, size_t size,
                            bool anew, siam_err *e);
/* The folder they are kept in, made where it is not there; fails with why there is none that can be used. */
siam_code siam_kept_folder(char path[SIAM_FOLDER_PATH], siam_err *e);

#endif
