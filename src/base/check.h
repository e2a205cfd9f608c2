/* Control-flow helpers around siam_code, and the assertion for our own broken invariants. */
#ifndef SIAM_BASE_CHECK_H
#define SIAM_BASE_CHECK_H

#include "base/error.h"

#define SIAM_TRY(x)                \
    do {                           \
        siam_code try_code_ = (x); \
        if (try_code_)             \
            return try_code_;      \
    } while (0)

/* As SIAM_TRY for functions with a single clean-up label `out`. */
#define SIAM_TRY_OUT(rc, x) \
    do {                    \
        (rc) = (x);         \
        if (rc)             \
            goto out;       \
    } while (0)

/* A broken invariant is a bug in siam itself: say where and abort, in every build type. */
#define SIAM_ASSERT(x) ((x) ? (void)0 : siam_bug(__FILE__, __LINE__, #x))
_Noreturn void siam_bug(const char *file, int line, const char *what);

#endif
