/* XXH3 64-bit, streaming; the only owner of xxhash.h. */
#ifndef SIAM_BASE_HASH_H
#define SIAM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siam_hash64(const void *data, size_t n);

typedef struct siam_hasher siam_hasher;
siam_hasher *siam_hasher_create(void); /* NULL when out of memory */
void siam_hasher_add(siam_hasher *h, const void *data, size_t n);
uint64_t siam_hasher_value(const siam_hasher *h);
void siam_hasher_destroy(siam_hasher **h);

#endif
