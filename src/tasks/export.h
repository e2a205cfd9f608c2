/* simsiam export: a model for other programs, in their file format and under their key names. */
#ifndef SIAM_TASKS_EXPORT_H
#define SIAM_TASKS_EXPORT_H

#include <stdio.h>

#include "model/encoder.h"

typedef struct siam_export_request {
    siam_model_ask ask; /* which parts is decided here */
    const char *out;    /* its ending picks the format */
    const char *names;  /* of siam_keyset_choices */
    bool replace;         /* replace an existing file, else SIAM_E_EXISTS */
} siam_export_request;

/* Says on `out` in one line what was written, and on `notes` how the names of a foreign file were understood.
 */
siam_code siam_export(const siam_export_request *r, FILE *out, FILE *notes, siam_err *e);

#endif
