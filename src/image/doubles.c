#include "image/doubles.h"

#include <string.h>

#include "base/target.h"
#include "image/image.h"
#include "image/simd.h"

/* A sum of weights that add up to 1, or to 1 << SIAM_WEIGHT_BITS for 8 bits. */
SIAM_INLINE void put(uint8_t *p, size_t i, int depth, double sum)
{
    const int v = depth == 1 ? siam_imin((int)((sum + (1 << (SIAM_WEIGHT_BITS - 1))) * (1.0 / (1 << SIAM_WEIGHT_BITS))), 255)
                             : siam_imin((int)(sum + 0.5), 65535);
    siam_sample_put(p, i, depth, (unsigned)v);
}

typedef uint64_t two_words __attribute__((vector_size(16)));
typedef uint8_t sixteen __attribute__((vector_size(16)));
typedef uint32_t two_halves __attribute__((vector_size(8)));

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define F(name) PASTE(name, ISA)

#define ISA base
#include "image/doubles_body.h"
#undef ISA
#if defined(__x86_64__)
SIAM_TARGET_AVX2
#define ISA avx2
#include "image/doubles_body.h"
#undef ISA
SIAM_TARGET_END
SIAM_TARGET_AVX512
#define ISA avx512
#include "image/doubles_body.h"
#undef ISA
SIAM_TARGET_END
#endif

const siam_doubles *siam_doubles_by(int which)
{
#if defined(__x86_64__)
    if (which == 2)
        return SIAM_HAS_AVX512 ? &table_avx512 : NULL;
    if (which == 1)
        return SIAM_HAS_AVX2 ? &table_avx2 : NULL;
#endif
    return which == 0 ? &table_base : NULL;
}

const siam_doubles *siam_doubles_best(void)
{
    int which = 2;
    while (!siam_doubles_by(which))
        which--;
    return siam_doubles_by(which);
}
