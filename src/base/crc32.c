/* zlib's CRC-32, and for long data a carry-less multiplication in front of it: zlib takes as long for a checksum as the
 * kernel takes to read the file. A block of 128 bits that stands 128 k bits before another one of the data may be
 * multiplied by x^(128 k) modulo the polynomial and added to that one (Gopal and others, "Fast CRC Computation for
 * Generic Polynomials Using PCLMULQDQ", Intel 2009). What is left of all is 16 bytes, whose checksum zlib computes. */
#include "base/crc32.h"

#include <limits.h>

#include <zlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_FOLD 1
#endif

enum { BLOCK = 16, LANES = 4, STRIDE = BLOCK * LANES, WIDE = 2 * STRIDE };

static uint32_t plain(uint32_t crc, const uint8_t *p, size_t n)
{
    while (n > 0) { /* zlib counts in 32 bits */
        const uInt step = n < INT_MAX ? (uInt)n : INT_MAX;
        crc = (uint32_t)crc32(crc, p, step);
        p += step;
        n -= step;
    }
    return crc;
}

#ifdef HAVE_FOLD
__attribute__((target("pclmul,sse4.1"))) static __m128i fold(__m128i x, __m128i by, __m128i next)
{
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, by, 0x00), _mm_clmulepi64_si128(x, by, 0x11)), next);
}

__attribute__((target("pclmul,sse4.1"))) static __m128i block(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* n: a multiple of STRIDE, and not 0. */
__attribute__((target("pclmul,sse4.1"))) static uint32_t folded(uint32_t crc, const uint8_t *p, size_t n)
{
    /* x^(d + 32) and x^(d - 32), reflected, for a distance d of four blocks and of one. */
    const __m128i far = _mm_set_epi64x(0x1c6e41596, 0x154442bd4), near = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    __m128i x[LANES];
    uint8_t rest[BLOCK];
    for (int i = 0; i < LANES; i++)
        x[i] = block(p + BLOCK * i);
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)~crc));
    for (size_t at = STRIDE; at < n; at += STRIDE)
        for (int i = 0; i < LANES; i++)
            x[i] = fold(x[i], far, block(p + at + BLOCK * (size_t)i));
    for (int i = 1; i < LANES; i++)
        x[0] = fold(x[0], near, x[i]);
    _mm_storeu_si128((__m128i *)(void *)rest, x[0]);
    return plain(UINT32_MAX, rest, BLOCK); /* zlib inverts it: the register begins with 0 */
}

/* The same, two blocks at a time. n: a multiple of WIDE, and not 0. */
__attribute__((target("avx2,vpclmulqdq"))) static uint32_t folded_wide(uint32_t crc, const uint8_t *p, size_t n)
{
    const __m256i by = _mm256_set_epi64x(0x14a7fe880, 0x1e88ef372, 0x14a7fe880, 0x1e88ef372); /* a distance of eight blocks */
    __m256i x[LANES];
    uint8_t rest[WIDE];
    for (int i = 0; i < LANES; i++)
        x[i] = _mm256_loadu_si256((const __m256i *)(const void *)(p + 2 * BLOCK * i));
    x[0] = _mm256_xor_si256(x[0], _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, (int)~crc));
    for (size_t at = WIDE; at < n; at += WIDE)
        for (int i = 0; i < LANES; i++) {
            const __m256i next = _mm256_loadu_si256((const __m256i *)(const void *)(p + at + 2 * BLOCK * (size_t)i));
            x[i] = _mm256_xor_si256(_mm256_xor_si256(_mm256_clmulepi64_epi128(x[i], by, 0x00),
                                                     _mm256_clmulepi64_epi128(x[i], by, 0x11)), next);
        }
    for (int i = 0; i < LANES; i++)
        _mm256_storeu_si256((__m256i *)(void *)(rest + 2 * BLOCK * i), x[i]);
    return folded(UINT32_MAX, rest, WIDE);
}
#endif

uint32_t siam_crc32(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
#ifdef HAVE_FOLD
    const size_t wide = n / WIDE * WIDE;
    if (wide && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq")) {
        crc = folded_wide(crc, p, wide);
        p += wide;
        n -= wide;
    }
    const size_t whole = n / STRIDE * STRIDE;
    if (whole && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        crc = folded(crc, p, whole);
        p += whole;
        n -= whole;
    }
#endif
    return plain(crc, p, n);
}
