/* One forward pass of a model file over tensors that another program made: no decoding or normalising in
 * between. */
#ifndef SIAM_TESTS_INTEROP_FORWARD_H
#define SIAM_TESTS_INTEROP_FORWARD_H

#include <string.h>

#include "base/check.h"
#include "model/encoder.h"
#include "nn/plan.h"

typedef struct forward {
    siam_encoder *enc;
    siam_backend *backend;
    siam_plan *plan;
} forward;

static inline unsigned part_of(const char *name)
{
    return !strcmp(name, "z")        ? SIAM_PART_Z
           : !strcmp(name, "p")      ? SIAM_PART_P
           : !strcmp(name, "logits") ? SIAM_PART_LOGITS
                                     : 0u;
}

/* Release also after a failure. */
static inline siam_code forward_open(forward *f, const char *model, int n, int size, unsigned parts,
                                     siam_err *e)
{
    const siam_model_spec ask = {.model = model, .size = size, .parts = parts};
    *f = (forward){NULL, NULL, NULL};
    SIAM_TRY(siam_encoder_open(&f->enc, &ask, e));
    SIAM_TRY(siam_backend_open(&f->backend, "auto", 1, e));
    SIAM_TRY(siam_plan_create(&f->plan, f->enc->graph, f->backend, &(siam_plan_cfg){.batch = n}, e));
    SIAM_TRY(siam_plan_alloc(f->plan, e));
    return siam_plan_bind(f->plan, f->enc->params, e);
}

static inline void forward_release(forward *f)
{
    siam_plan_destroy(&f->plan);
    siam_backend_close(&f->backend);
    siam_encoder_close(&f->enc);
}

/* After siam_plan_forward: the numbers of "features", "z", "p" or "logits". */
static inline const float *forward_part(const forward *f, const char *name, size_t *count)
{
    const siam_model_vals *v = &f->enc->vals;
    const siam_val val = !strcmp(name, "z")        ? v->z
                         : !strcmp(name, "p")      ? v->p
                         : !strcmp(name, "logits") ? v->logits
                                                   : v->features;
    siam_desc d;
    const float *x = siam_plan_value(f->plan, val, &d);
    *count = (size_t)siam_desc_count(&d);
    return x;
}

#endif
