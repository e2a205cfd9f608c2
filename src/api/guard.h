/* What every public function does first and last: the library computes with its own number of OpenMP threads and reads and
 * writes numbers with a decimal point, whatever the calling program has set; both are given back. */
#ifndef SIAM_API_GUARD_H
#define SIAM_API_GUARD_H

#include <locale.h>

#include "base/error.h"

typedef struct siam_guard {
    locale_t locale;
    int threads, dynamic;
} siam_guard;

/* Also forgets what `e` held. */
void siam_guard_enter(siam_guard *g, siam_err *e);
void siam_guard_leave(const siam_guard *g);

/* SIAM_E_USAGE: a public function was called with what it does not allow. */
siam_code siam_misuse(siam_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
