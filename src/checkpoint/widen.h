/* IEEE half precision as float32, which holds every such value exactly (bfloat16: tensor.h). Private to
 * src/checkpoint. */
#ifndef SIAM_CHECKPOINT_WIDEN_H
#define SIAM_CHECKPOINT_WIDEN_H

#include <stdint.h>
#include <string.h>

/* IEEE half to float: rebias the exponent (15 -> 127); subnormals are mantissa * 2^-24. */
static inline float siam_widen_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h >> 15) << 31, exponent = h >> 10 & 31, mantissa = h & 1023;
    if (!exponent)
        return (sign ? -1.0f : 1.0f) * (float)mantissa * 0x1p-24f;
    const uint32_t bits = sign | (exponent == 31 ? 255u : exponent + 112) << 23 | mantissa << 13;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

#endif
