/* Writing the zip container of PyTorch >= 1.6. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_WRITE_H
#define SIAM_CHECKPOINT_TORCH_WRITE_H

#include "checkpoint/checkpoint.h"

/* The member below the archive's folder that keeps our own metadata, a JSON object of texts. PyTorch passes
 * over members it does not know. */
#define SIAM_TORCH_NOTES "extra/siam.json"

/* As siam_ckpt_format.write. The object is the state dict itself, an OrderedDict, or {"state_dict": ..., and
 * the metadata} when there is metadata other than "siam.*", which goes into SIAM_TORCH_NOTES. A dot in a key
 * makes nested dictionaries; a value that is a whole number is written as one, and one with line ends as a
 * tuple of its lines: siam_ckpt_format.meta gives all of it back as it was. */
siam_code siam_torch_write(const char *path, const siam_ckpt_entry *entries, const void *const *data, int n,
                           const siam_ckpt_meta *meta, int nmeta, siam_err *e);

#endif
