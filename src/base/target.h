/* Compile the functions between SIAM_TARGET_... and SIAM_TARGET_END for an instruction set, in gcc's words or in clang's. */
#ifndef SIAM_BASE_TARGET_H
#define SIAM_BASE_TARGET_H

#define SIAM_PRAGMA(x) _Pragma(#x)

#if defined(__clang__)
#define SIAM_TARGET_AVX512 \
    SIAM_PRAGMA(clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function))
#define SIAM_TARGET_AVX512_VBMI \
    SIAM_PRAGMA(clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni"))), apply_to = function))
#define SIAM_TARGET_AVX512_FMA \
    SIAM_PRAGMA(clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function))
#define SIAM_TARGET_AVX2 SIAM_PRAGMA(clang attribute push(__attribute__((target("avx2"))), apply_to = function))
#define SIAM_TARGET_AVX2_FMA SIAM_PRAGMA(clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function))
#define SIAM_TARGET_END SIAM_PRAGMA(clang attribute pop)
#define SIAM_UNROLL_16 SIAM_PRAGMA(clang loop unroll_count(16))
#else /* gcc takes 256-bit registers for AVX-512 unless it is told otherwise */
#define SIAM_TARGET_AVX512 \
    SIAM_PRAGMA(GCC push_options) \
    SIAM_PRAGMA(GCC target("avx512f,avx512bw,avx512dq,avx512vl,prefer-vector-width=512"))
#define SIAM_TARGET_AVX512_VBMI \
    SIAM_PRAGMA(GCC push_options) \
    SIAM_PRAGMA(GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,prefer-vector-width=512"))
#define SIAM_TARGET_AVX512_FMA \
    SIAM_PRAGMA(GCC push_options) \
    SIAM_PRAGMA(GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512"))
#define SIAM_TARGET_AVX2 SIAM_PRAGMA(GCC push_options) SIAM_PRAGMA(GCC target("avx2"))
#define SIAM_TARGET_AVX2_FMA SIAM_PRAGMA(GCC push_options) SIAM_PRAGMA(GCC target("avx2,fma"))
#define SIAM_TARGET_END SIAM_PRAGMA(GCC pop_options)
#define SIAM_UNROLL_16 SIAM_PRAGMA(GCC unroll 16)
#endif

#if defined(__x86_64__) /* whether this processor has what SIAM_TARGET_AVX512 and SIAM_TARGET_AVX2 compile for */
#define SIAM_HAS_AVX512 \
    (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
#define SIAM_HAS_AVX512_VBMI (SIAM_HAS_AVX512 && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni"))
#define SIAM_HAS_AVX2 __builtin_cpu_supports("avx2")
#endif

#endif
