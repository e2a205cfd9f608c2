/* XXH3 64-bit over xxhash, SHA-256 over nettle. */
#include "base/hash.h"

#include <stdio.h>

#include <nettle/sha2.h>
#include <xxhash.h>
#ifdef SIAM_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#endif

#include "base/check.h"
#include "base/stop.h"

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

void siam_hasher_reset(siam_hasher *h) { XXH3_64bits_reset(state(h)); }

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

siam_code siam_sha256(char hex[65], const siam_infile *f, const volatile sig_atomic_t *stop, siam_err *e)
{
    struct sha256_ctx c;
    uint8_t step[1 << 16], sum[SHA256_DIGEST_SIZE];
    sha256_init(&c);
    for (size_t at = 0, n; at < f->n; at += n) {
        n = f->n - at < sizeof step ? f->n - at : sizeof step;
        if (siam_stop_asked(stop))
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while '%s' was checked", f->path);
        SIAM_TRY(siam_infile_read(f, at, step, n, e));
        sha256_update(&c, n, step);
    }
    sha256_digest(&c, sizeof sum, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    return siam_infile_unchanged(f, e);
}
