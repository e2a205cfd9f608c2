/* Compiled programs that are kept in the user's cache, `programs/` there, so that the next run of the same one begins at once.
 *
 * What is kept is code, and whoever can write it can run what he likes as its reader: it is taken from there only where the folder,
 * the one above it and the file belong to this user and nobody else may write to any of them, and from nowhere else, never from a run folder, which may
 * be anybody's. It is named and checked by all that it was compiled from and for; a file that does not fit is none. */
#ifndef SIAM_ENGINE_PJRT_KEPT_H
#define SIAM_ENGINE_PJRT_KEPT_H

#include "engine/pjrt/plugin.h"

/* As siam_pjrt_compile, from the cache where it is there; what was compiled is kept where that is possible, and nothing is said where it
 * is not. which: as x was opened. */
siam_code siam_kept_compile(siam_pjrt_program **out, siam_pjrt *x, const siam_devices *which, const char *text, size_t size, siam_err *e);

#endif
