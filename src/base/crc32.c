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

enum { BLOCK = 16, LANES = 4, STRIDE = BLOCK * LANES };

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
#endif

uint32_t siam_crc32(uint32_t crc, const void *data, size_t n)
{
    const uint8_t *p = data;
#ifdef HAVE_FOLD
    const size_t whole = n / STRIDE * STRIDE;
    if (whole && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
        crc = folded(crc, p, whole);
        p += whole;
        n -= whole;
    }
#endif
    return plain(crc, p, n);
}
