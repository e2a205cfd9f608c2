/* What every writer checks of what it is given. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_PAYLOAD_H
#define SIAM_CHECKPOINT_PAYLOAD_H

#include "checkpoint/checkpoint.h"

/* Bytes of a tensor to be written. */
size_t siam_payload_bytes(const siam_ckpt_entry *x);
/* A NaN or infinity is SIAM_E_NUMERIC: a model with one is of no use to anybody, and must not replace one
 * that is. */
siam_code siam_payload_check(const char *path, const siam_ckpt_entry *x, const void *data, siam_err *e);
/* A name or a metadata value that is not UTF-8 is SIAM_E_DATA. */
siam_code siam_texts_check(const char *path, const siam_ckpt_entry *entries, int n, const siam_ckpt_meta *m, int nmeta,
                           siam_err *e);

#endif
