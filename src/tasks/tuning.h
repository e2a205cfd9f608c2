/* Where a plan's timed choices come from and are kept. */
#ifndef SIAM_TASKS_TUNING_H
#define SIAM_TASKS_TUNING_H

#include <stdio.h>

#include "backend/backend.h"
#include "backend/tune.h"
#include "report/progress.h"

/* plan: "auto" (the machine's cache, timing what is missing), "fixed" (each op's rule, no timing) or a file used
 * instead of the cache. own: choices that take precedence (a run being resumed), NULL = none. */
siam_code siam_tuning_open(siam_tuner **out, const siam_backend *b, const char *plan, const char *own, siam_err *e);
/* Write what was timed here back to the cache or file; what came from the run's own choices stays out of it. A cache that
 * cannot be written is no error. */
void siam_tuning_remember(const siam_tuner *t, const siam_backend *b, const char *plan);

/* The tuner's warnings, one a line, to p or, where that is NULL, to out. */
void siam_tuning_tell(const siam_tuner *t, siam_progress *p, FILE *out);

#endif
