/* Order of an epoch: a pure function of (seed, epoch), so that it depends neither on the number of workers
 * nor on where a run was resumed. */
#include "data/loader.h"

#include "base/check.h"
#include "base/rng.h"

void siam_epoch_order(int64_t *perm, int64_t count, uint64_t seed, int epoch)
{
    SIAM_ASSERT(count >= 0 && count <= UINT32_MAX && epoch >= 0);
    siam_rng r = siam_rng_key(seed, (uint64_t)epoch, 0, 0, SIAM_RNG_SHUFFLE);

    for (int64_t i = 0; i < count; i++)
        perm[i] = i;
    for (int64_t i = count - 1; i > 0; i--) { /* Fisher-Yates, from the end */
        const int64_t j = siam_rng_below(&r, (uint32_t)(i + 1));
        const int64_t t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
    }
}
