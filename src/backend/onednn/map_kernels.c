/* The map kernels, compiled once per instruction set, vector width and type (see kernels.c for why so). */
#include "backend/onednn/map_kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/target.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define MAPS_X86 1
#else
#define MAPS_X86 0
#endif

#define PASTE_(a, b, c, d) a##_##b##_##c##_##d
#define PASTE(a, b, c, d) PASTE_(a, b, c, d)
#define F(name) PASTE(name, ISA, LANES, BF16) /* file-local name of this instruction set, width and type */

#if MAPS_X86
SIAM_TARGET_AVX512
#define ISA avx512
#include "backend/onednn/map_kernels_all.h"
#undef ISA
SIAM_TARGET_END

SIAM_TARGET_AVX2
#define ISA avx2
#include "backend/onednn/map_kernels_all.h"
#undef ISA
SIAM_TARGET_END
#endif

#define ISA base
#include "backend/onednn/map_kernels_all.h"
#undef ISA

#define TABLES(isa) {{&table_##isa##_8_0, &table_##isa##_8_1}, {&table_##isa##_16_0, &table_##isa##_16_1}}

const siam_map_kernels *siam_map_kernels_get(siam_isa isa, int lanes, siam_dtype type)
{
    static const siam_map_kernels *const table[3][2][2] = {
        [SIAM_ISA_BASE] = TABLES(base),
#if MAPS_X86
        [SIAM_ISA_AVX2] = TABLES(avx2),
        [SIAM_ISA_AVX512] = TABLES(avx512),
#endif
    };
    return table[MAPS_X86 ? isa : SIAM_ISA_BASE][lanes == 16][type == SIAM_BF16];
}
