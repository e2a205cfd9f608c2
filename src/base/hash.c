/* XXH3 64-bit over xxhash, SHA-256 over nettle. */
#include "base/hash.h"

#include <stdio.h>

#include <nettle/sha2.h>
#include <xxhash.h>

uint64_t siam_hash64(const void *data, size_t n) { return XXH3_64bits(data, n); }

/* siam_hasher is never defined: a handle is an XXH3_state_t, which xxhash allocates with the alignment its
 * vector code needs. */
static XXH3_state_t *state(siam_hasher *h) { return (XXH3_state_t *)h; }

siam_hasher *siam_hasher_create(void)
{
    XXH3_state_t *s = XXH3_createState();
    if (s)
        XXH3_64bits_reset(s);
    return (siam_hasher *)s;
}

void siam_hasher_add(siam_hasher *h, const void *data, size_t n)
{
    if (n > 0)
        XXH3_64bits_update(state(h), data, n);
}

uint64_t siam_hasher_value(const siam_hasher *h) { return XXH3_64bits_digest((const XXH3_state_t *)h); }

void siam_hasher_destroy(siam_hasher **h)
{
    XXH3_freeState(state(*h));
    *h = NULL;
}

void siam_sha256(char hex[65], const void *data, size_t n)
{
    struct sha256_ctx c;
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_init(&c);
    sha256_update(&c, n, data);
    sha256_digest(&c, sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}
