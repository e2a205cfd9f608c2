/* The kernel bodies, compiled once per instruction set and vector width. (target_clones would do the
 * same, but GCC lowers vector types before it clones, and AddressSanitizer breaks ifunc resolvers.) */
#include "backend/onednn/kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/target.h"

#if defined(__x86_64__)
#define KERNELS_X86 1
#else
#define KERNELS_X86 0
#endif

#define PASTE_(a, b, c) a##_##b##_##c
#define PASTE(a, b, c) PASTE_(a, b, c)
#define F(name) PASTE(name, ISA, LANES) /* file-local name of this instruction set and width */
#define BODY "backend/onednn/kernels_body.h"

#if KERNELS_X86
SIAM_TARGET_AVX512
#define ISA avx512
#include "backend/onednn/each_width.h"
#undef ISA
SIAM_TARGET_END

SIAM_TARGET_AVX2
#define ISA avx2
#include "backend/onednn/each_width.h"
#undef ISA
SIAM_TARGET_END
#endif

#define ISA base
#include "backend/onednn/each_width.h"
#undef ISA

const siam_kernels *siam_kernels_get(siam_isa isa, int lanes)
{
#if KERNELS_X86
    if (isa == SIAM_ISA_AVX512)
        return lanes == 16 ? &table_avx512_16 : &table_avx512_8;
    if (isa == SIAM_ISA_AVX2)
        return lanes == 16 ? &table_avx2_16 : &table_avx2_8;
#endif
    (void)isa;
    return lanes == 16 ? &table_base_16 : &table_base_8;
}
