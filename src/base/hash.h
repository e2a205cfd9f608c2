/* XXH3 64-bit, streaming, for our own files; SHA-256 for what others published. The only owner of xxhash and nettle. */
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

/* 64 lowercase hex digits and the end. */
void siam_sha256(char hex[65], const void *data, size_t n);

#endif
