/* What a value of a pickle is, in words. Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_WORDS_H
#define SIAM_CHECKPOINT_TORCH_WORDS_H

#include "base/pickle.h"

/* "a sparse tensor (torch._utils._rebuild_sparse_tensor)", "a list of 3 values", "None". Returns buf. */
const char *siam_pk_words(const siam_pickle *p, siam_pk_ref r, char *buf, size_t n);
bool siam_pk_is_array(const siam_pickle *p, siam_pk_ref r); /* NumPy's */
/* Record that `root`, the object of the file or its part under `key` (NULL: all of it), is no dictionary of tensors but
 * what it is, and how it becomes one. */
siam_code siam_pk_no_tensors(const siam_pickle *p, siam_pk_ref root, const char *key, siam_err *e);

#endif
