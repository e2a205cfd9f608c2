#include "image/across.h"

#include <string.h>

#include "base/target.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LOW_BITS = 11 };

typedef uint8_t sixteen __attribute__((vector_size(16)));
typedef uint64_t two __attribute__((vector_size(16)));

/* The first pixel of n bytes beside the second: r r' g g' b b' 0 0, 16 bits each. */
static inline void spread(int32_t *to, const uint8_t *from, size_t n)
{
    uint64_t both = 0;
    memcpy(&both, from, n);
    const sixteen zero = {0}, v = (sixteen)(two){both, 0};
    const sixteen words = __builtin_shufflevector(v, zero, 0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16);
    memcpy(to, &words, sizeof words);
}

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define F(name) PASTE(name, ROWS)

#define ROWS 1
#include "image/across_body.h"
#if defined(__x86_64__)
SIAM_TARGET_AVX2
#define ROWS 2
#include "image/across_body.h"
SIAM_TARGET_END
SIAM_TARGET_AVX512
#define ROWS 4
#include "image/across_body.h"
SIAM_TARGET_END
#endif

siam_across_rows *siam_across_by(int rows)
{
#if defined(__x86_64__)
    if (rows == 4)
        return SIAM_HAS_AVX512 ? rows_4 : NULL;
    if (rows == 2)
        return SIAM_HAS_AVX2 ? rows_2 : NULL;
#endif
    return rows == 1 ? rows_1 : NULL;
}

siam_across_rows *siam_across_best(void)
{
    int rows = SIAM_ACROSS_ROWS;
    while (!siam_across_by(rows))
        rows /= 2;
    return siam_across_by(rows);
}

void siam_across_fill(const siam_across *a, const int32_t *k, int taps)
{
    for (int i = 0; i < a->out; i++, k += taps)
        for (int t = 0; 2 * t < a->count[i]; t++) {
            const int32_t one = k[2 * t], other = 2 * t + 1 < a->count[i] ? k[2 * t + 1] : 0;
            int32_t *part = a->part + 2 * ((size_t)i * (size_t)a->most + (size_t)t);
            part[0] = (one >> LOW_BITS) | (other >> LOW_BITS) << 16;
            part[1] = (one & ((1 << LOW_BITS) - 1)) | (other & ((1 << LOW_BITS) - 1)) << 16;
        }
}
