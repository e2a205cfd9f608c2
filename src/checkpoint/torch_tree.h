/* What is in the object of a PyTorch checkpoint: its tensors by name, and its scalars as metadata.
 * Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_TREE_H
#define SIAM_CHECKPOINT_TORCH_TREE_H

#include "base/pickle.h"

typedef struct siam_torch_item {
    char *name;        /* UTF-8 */
    siam_pk_ref value; /* TENSOR, or something else that a state dict holds */
} siam_torch_item;

typedef struct siam_torch_pair {
    char *key, *value;
} siam_torch_pair;

typedef struct siam_torch_tree {
    siam_torch_item *item; /* in the order of the file, no two of one name */
    siam_torch_pair
        *meta; /* "epoch" -> "100", "meta.mmcls_version" -> "0.23.0"; a list of texts, one a line */
    const char *within; /* the key under which the state dict was, and others beside it; or NULL */
    uint32_t items, metas, item_cap, meta_cap;
    size_t text_n, text_max; /* bytes of all names and metadata */
} siam_torch_tree;

/* The state dict is found inside {"state_dict": ...}, {"model": ...} and the like by being a dictionary with
 * tensors in it; nested dictionaries give names joined by dots. Dictionaries of tensors beside it ("state_dict_ema", but
 * no optimizer's) follow, with their keys before their names. An object without one is SIAM_E_DATA, with
 * the name of the class when it is a pickled module. `file_n`: bytes of the file. */
siam_code siam_torch_tree_read(siam_torch_tree *t, const siam_pickle *p, siam_pk_ref root, size_t file_n,
                               siam_err *e);
void siam_torch_tree_release(siam_torch_tree *t);

#endif
