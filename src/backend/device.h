/* What is asked of a device when it is opened: its name, where its kernels' timings come from and are kept, and which type
 * of number its feature maps may have. */
#ifndef SIAM_BACKEND_DEVICE_H
#define SIAM_BACKEND_DEVICE_H

#include <stdio.h>

#include "backend/backend.h"
#include "backend/tune.h"

/* "AMD EPYC 7B13 | oneDNN 2.6.3, avx2, 2 threads": equal names may share timings. */
void siam_machine_name(const siam_backend *b, char *buf, size_t n);

/* A backend (siam_backend_open) for one of several ranks, `sharers` of which share its processors (siam_comm_sharers): threads 0 is
 * its share of them. */
siam_code siam_device_open(siam_backend **out, const char *name, int threads, const siam_comm *c, int sharers, siam_err *e);

/* plan: "auto" (the machine's cache, timing what is missing), "fixed" (each op's rule, no timing) or a file used
 * instead of the cache. own: choices that take precedence (a run being resumed), NULL = none. */
siam_code siam_tuning_open(siam_tuner **out, const siam_backend *b, const char *plan, const char *own, siam_err *e);
/* Write what was timed here back to the cache or file; what came from the run's own choices stays out of it. A cache that
 * cannot be written is no error. */
void siam_tuning_remember(const siam_tuner *t, const siam_backend *b, const char *plan);

/* The choices that the first rank has used, to the tuners of all. What fails on one rank is this rank's failure alone; the others
 * have sent and heard what they would have. */
siam_code siam_tuning_share(siam_tuner *t, const siam_comm *c, siam_err *e);

/* The tuner's warnings, one a line, each behind `before`. */
void siam_tuning_tell(const siam_tuner *t, const char *before, FILE *out);

/* ---- the precision of feature maps, an option of several verbs ---- */

enum siam_precision { SIAM_PRECISION_FP32, SIAM_PRECISION_BF16 };
#define SIAM_PRECISION_CHOICES "fp32|bf16"
#define SIAM_PRECISION_HELP "type of the feature maps: fp32, or bf16 (parameters, statistics and optimizer stay fp32)"
#define SIAM_FORCE_HELP "take bf16 even where this machine is slower with it"

/* Rows of an option table over T; of two of its members, that is. */
#define SIAM_PRECISION_OPTIONS(T, precision, force)                                                                    \
    SIAM_OPTION_ENUM(T, precision, "precision", SIAM_PRECISION_FP32, SIAM_PRECISION_CHOICES, 0, SIAM_PRECISION_HELP),  \
    SIAM_OPTION_BOOL(T, force, "force", false, 0, SIAM_FORCE_HELP)

/* The maps' type for a choice. SIAM_E_UNSUPPORTED, with what to do instead, where the device has no bfloat16, or (without
 * force) would be slower with it. */
siam_code siam_precision_map_type(siam_dtype *map_type, const siam_backend *b, int32_t precision, bool force, siam_err *e);

#endif
