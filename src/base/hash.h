/* XXH3 64-bit, streaming, for our own files; SHA-256 for what others published. The only owner of xxhash and nettle. */
#ifndef SIAM_BASE_HASH_H
#define SIAM_BASE_HASH_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/infile.h"

uint64_t siam_hash64(const void *data, size_t n);

typedef struct siam_hasher siam_hasher;
siam_hasher *siam_hasher_create(void); /* NULL when out of memory */
void siam_hasher_reset(siam_hasher *h); /* as new */
void siam_hasher_add(siam_hasher *h, const void *data, size_t n);
uint64_t siam_hasher_value(const siam_hasher *h);
void siam_hasher_destroy(siam_hasher **h);

/* SHA-256 of a whole file as 64 lowercase hex digits and the end. SIAM_E_CANCELLED when `stop` asks for it, SIAM_E_DATA when
 * the file changes meanwhile. */
siam_code siam_sha256(char hex[65], const siam_infile *f, const volatile sig_atomic_t *stop, siam_err *e);

#endif
