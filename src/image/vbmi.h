/* What the loops by AVX-512 VBMI share (pixels_vbmi.c, across_vbmi.c), on processors that have it. */
#ifndef SIAM_IMAGE_VBMI_H
#define SIAM_IMAGE_VBMI_H

#include <immintrin.h>
#include <stddef.h>

#include "base/target.h"
#include "image/across_bytes.h"

SIAM_TARGET_AVX512_VBMI

/* The first n of 64 bytes; none where n is not above 0. */
static inline __mmask64 siam_first_bytes(ptrdiff_t n) { return n <= 0 ? 0 : n < 64 ? ((__mmask64)1 << n) - 1 : ~(__mmask64)0; }

/* The sums of a resize, sixteen of them, from those of each digit of the weights (siam_digits); the lowest began with half of a step. */
static inline __m512i siam_digits_sum(__m512i low, __m512i middle, __m512i high)
{
    const __m512i upper = _mm512_add_epi32(_mm512_slli_epi32(high, 16), _mm512_slli_epi32(middle, 8));
    return _mm512_srli_epi32(_mm512_add_epi32(upper, low), SIAM_WEIGHT_BITS);
}

SIAM_TARGET_END

#endif
