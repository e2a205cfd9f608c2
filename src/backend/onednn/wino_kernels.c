/* The Winograd kernels, compiled once per instruction set and vector width, as in kernels.c. */
#include "backend/onednn/wino_kernels.h"

#include <stddef.h>
#include <string.h>

#include "base/target.h"

/* The transforms evaluate polynomials at the points 0, +-A, +-B and infinity. These two are exact in binary,
 * as are their squares and products, and round less than the usual 1 and 2: the error of a convolution is
 * about 1e-6 in the relative L2 norm. */
#define A_ 0.625f
#define B_ 1.5f
#define A2_ (A_ * A_)
#define B2_ (B_ * B_)
#define A3_ (A2_ * A_)
#define B3_ (B2_ * B_)
/* Products of the differences between a point and the others; weights are divided by them. */
#define N0_ (A2_ * B2_)
#define NA_ (2 * A2_ * (A2_ - B2_))
#define NB_ (2 * B2_ * (B2_ - A2_))

/* The same for stride 2, at +-C, +-D and infinity. */
#define C_ 0.375f
#define D_ 1.25f
#define C2_ (C_ * C_)
#define D2_ (D_ * D_)
#define C3_ (C2_ * C_)
#define D3_ (D2_ * D_)
#define NC_ (2 * C_ * (C2_ - D2_))
#define ND_ (2 * D_ * (D2_ - C2_))

#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE_(a, b, c)
#define F(name) PASTE(name, ISA, LANES)
#define BODY "backend/onednn/wino_body.h"
#define UNROLL SIAM_UNROLL_16
#define IN_ORDER __asm__ volatile("" ::: "memory"); /* keeps loads near their use: registers are few */

#if defined(__x86_64__)
/* ROWS x 2 and OUTER x 3 vectors are sums kept in registers: of 32 registers, or of 16. */
SIAM_TARGET_AVX512_FMA
#define ISA avx512
#define ROWS 12
#define OUTER 8
#include "backend/onednn/each_width.h"
#undef ROWS
#undef OUTER
#undef ISA
SIAM_TARGET_END

SIAM_TARGET_AVX2_FMA
#define ISA avx2
#define ROWS 6
#define OUTER 4
#include "backend/onednn/each_width.h"
#undef ROWS
#undef OUTER
#undef ISA
SIAM_TARGET_END

/* [stride - 1][lanes / 16] */
static const siam_wino_kernels *const avx512[2][2] = {{&wino_avx512_8, &wino_avx512_16},
                                                      {&wino2_avx512_8, &wino2_avx512_16}};
static const siam_wino_kernels *const avx2[2][2] = {{&wino_avx2_8, &wino_avx2_16}, {&wino2_avx2_8, &wino2_avx2_16}};

const siam_wino_kernels *siam_wino_kernels_get(siam_isa isa, int lanes, int stride)
{
    if (isa == SIAM_ISA_AVX512)
        return avx512[stride - 1][lanes / 16];
    if (isa == SIAM_ISA_AVX2 && __builtin_cpu_supports("fma"))
        return avx2[stride - 1][lanes / 16];
    return NULL;
}
#else
const siam_wino_kernels *siam_wino_kernels_get(siam_isa isa, int lanes, int stride)
{
    (void)isa;
    (void)lanes;
    (void)stride;
    return NULL;
}
#endif
