/* The stream of PyTorch before 1.6: five pickles, then the storages one after the other.
 * Private to src/checkpoint. */
#ifndef SIAM_CHECKPOINT_TORCH_LEGACY_H
#define SIAM_CHECKPOINT_TORCH_LEGACY_H

#include "base/infile.h"
#include "base/pickle.h"

typedef struct siam_torch_storage {
    const uint8_t *key; /* key_n digits */
    uint32_t key_n;
    uint8_t type; /* siam_pk_type */
    int64_t numel;
    size_t at; /* where its elements begin in the file, 0 = not known */
} siam_torch_storage;

typedef struct siam_torch_legacy {
    siam_torch_storage *storage; /* sorted by key */
    size_t n;
    uint8_t *text; /* the pickles, which the nodes point into */
} siam_torch_legacy;

size_t siam_pk_type_size(siam_pk_type t);
/* *root: the fourth pickle, the object. Every storage it names is in the file, in full. p is begun here. */
siam_code siam_torch_legacy_open(siam_torch_legacy *l, siam_pickle *p, const siam_infile *in, siam_pk_ref *root,
                                 siam_err *e);
void siam_torch_legacy_close(siam_torch_legacy *l);
/* NULL = absent */
const siam_torch_storage *siam_torch_legacy_find(const siam_torch_legacy *l, const uint8_t *key,
                                                 uint32_t key_n);

#endif
