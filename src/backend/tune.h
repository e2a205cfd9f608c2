/* Remembered choices: which variant of an operation is fastest on this machine.
 *
 * A tuner is a small string -> string map. Keys name an operation, its shapes and a direction
 * ("conv2d n256 c64 h32 w32 o64 k3 s1 p1 nChw16c f32 bwd_w"); the value is the variant ("winograd").
 * Sources, first hit wins: choices of the run being resumed, then the machine's cache, then timing. */
#ifndef SIAM_BACKEND_TUNE_H
#define SIAM_BACKEND_TUNE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct siam_tuner siam_tuner;

/* `machine` identifies what the timings depend on ("AMD EPYC ... | oneDNN 2.6.3 avx512 | 2 threads").
 * timed = false: never time, use each implementation's fixed rule. */
siam_code siam_tuner_create(siam_tuner **out, const char *machine, bool timed, siam_err *e);
void siam_tuner_destroy(siam_tuner **t);
bool siam_tuner_timed(const siam_tuner *t);
const char *siam_tuner_machine(const siam_tuner *t);
/* A sentence for people about a choice that could not be made as usual. */
siam_code siam_tuner_warn(siam_tuner *t, siam_err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Sentence i of those so far, or NULL. */
const char *siam_tuner_warning(const siam_tuner *t, int i);
/* The remembered variant or NULL; valid until destroy. A hit is recorded as used. */
const char *siam_tuner_get(siam_tuner *t, const char *key);
/* Remember a choice (and, for people, its time in milliseconds; 0 = not timed) and record it as used. */
siam_code siam_tuner_put(siam_tuner *t, const char *key, const char *variant, double ms, siam_err *e);
/* Merge a file's choices (existing keys stay). A missing file is fine. With `same_machine_only`, a file
 * of another machine is ignored: *ignored (may be NULL) says so. A damaged file is SIAM_E_DATA. */
siam_code siam_tuner_load(siam_tuner *t, const char *path, bool same_machine_only, bool *ignored, siam_err *e);
/* The same of a file's text, which siam_tuner_used has made, of whatever machine; free of what was there before. */
siam_code siam_tuner_take(siam_tuner *t, const char *text, siam_err *e);
/* The choices used since creation as JSON {"machine":..., "choices":{key:{"variant":.., "ms":..}}}; free(*text). */
siam_code siam_tuner_used(const siam_tuner *t, char **text, siam_err *e);
/* Add what this tuner was told with siam_tuner_put to the file `path`, whose other choices stay when they are of the same
 * machine or of `any`; what was loaded from elsewhere does not get there. Nothing was put: nothing is written. */
siam_code siam_tuner_remember(const siam_tuner *t, const char *path, bool any, siam_err *e);
/* The cache of one machine: $XDG_CACHE_HOME/simsiam/plan-HASH.json or ~/.cache/simsiam/plan-HASH.json, so that runs with
 * other threads do not replace each other's; false when neither variable is set. */
bool siam_tuner_default_path(const char *machine, char *path, size_t n);

#endif
