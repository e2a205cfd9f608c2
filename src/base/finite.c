/* A number whose exponent is all ones is NaN or infinite, and its bits without the sign are no less than infinity's. The
 * largest of a block is found without leaving the loop early, so that the compiler can use vectors. */
#include "base/finite.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { BLOCK = 1024, INFINITE = 0x7f800000, NO_SIGN = 0x7fffffff };

size_t siam_first_nonfinite(const float *x, size_t n)
{
    for (size_t at = 0; at < n; at += BLOCK) {
        const size_t end = n - at < BLOCK ? n : at + BLOCK;
        int32_t largest = 0;
        for (size_t k = at; k < end; k++) {
            int32_t bits;
            memcpy(&bits, &x[k], sizeof bits);
            bits &= NO_SIGN;
            largest = bits > largest ? bits : largest;
        }
        if (largest < INFINITE)
            continue;
        for (size_t k = at; k < end; k++)
            if (!isfinite(x[k]))
                return k;
    }
    return n;
}
