/* Inside of a siam_model, shared by api_model.c (opening, running) and api_prepare.c (images to tensors). */
#ifndef SIAM_API_MODEL_H
#define SIAM_API_MODEL_H

#include "api/guard.h"
#include "backend/backend.h"
#include "model/encoder.h"
#include "engine/place.h"
#include "engine/trust.h"

struct siam_model {
    siam_encoder *encoder;
    siam_backend *backend;
    siam_place place;
    siam_engine *one, *many; /* for 1 image and for `batch`; NULL until they are wanted */
    siam_trust trust;        /* of a device; compared now: not told yet */
    siam_log_fn *on_log;
    void *log_user;
    int batch;
    bool exif;
};

#endif
