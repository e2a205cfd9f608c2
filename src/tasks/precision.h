/* The precision of feature maps, an option of several verbs. */
#ifndef SIAM_TASKS_PRECISION_H
#define SIAM_TASKS_PRECISION_H

#include "backend/backend.h"

enum siam_precision { SIAM_PRECISION_FP32, SIAM_PRECISION_BF16 };
#define SIAM_PRECISION_CHOICES "fp32|bf16"
#define SIAM_PRECISION_HELP "type of the feature maps: fp32, or bf16 (parameters, statistics and optimizer stay fp32)"
#define SIAM_FORCE_HELP "take bf16 even where this machine is slower with it"

/* The maps' type for a choice. SIAM_E_UNSUPPORTED, with what to do instead, where the device has no bfloat16, or (without
 * force) would be slower with it. */
siam_code siam_precision_maps(siam_dtype *maps, const siam_backend *b, int32_t precision, bool force, siam_err *e);

#endif
