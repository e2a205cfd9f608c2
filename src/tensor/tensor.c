/* Shapes, element types and memory layouts. */
#include "tensor/tensor.h"

#include <stdio.h>
#include <string.h>

siam_desc siam_desc_1d(int64_t n) { return (siam_desc){SIAM_F32, SIAM_NCHW, 1, {n, 1, 1, 1}}; }

siam_desc siam_desc_2d(int64_t n, int64_t c) { return (siam_desc){SIAM_F32, SIAM_NCHW, 2, {n, c, 1, 1}}; }

siam_desc siam_desc_4d(int64_t n, int64_t c, int64_t h, int64_t w)
{
    return (siam_desc){SIAM_F32, SIAM_NCHW, 4, {n, c, h, w}};
}

size_t siam_dtype_size(siam_dtype t)
{
    static const size_t size[SIAM_DTYPE_COUNT] = {
        [SIAM_F32] = 4, [SIAM_BF16] = 2, [SIAM_U8] = 1, [SIAM_I64] = 8, [SIAM_F16] = 2};
    return size[t];
}

int64_t siam_desc_count(const siam_desc *d)
{
    int64_t n = 1;
    for (int i = 0; i < d->ndim; i++)
        if (d->dim[i] < 0 || __builtin_mul_overflow(n, d->dim[i], &n))
            return -1;
    return d->ndim ? n : 0;
}

size_t siam_desc_bytes(const siam_desc *d)
{
    const int64_t n = siam_desc_count(d);
    size_t bytes;
    if (n < 0 || __builtin_mul_overflow((size_t)n, siam_dtype_size(d->dtype), &bytes))
        return SIZE_MAX;
    return bytes;
}

bool siam_desc_eq(const siam_desc *a, const siam_desc *b)
{
    return a->dtype == b->dtype && a->layout == b->layout && siam_desc_same_shape(a, b);
}

bool siam_desc_same_shape(const siam_desc *a, const siam_desc *b)
{
    bool same = a->ndim == b->ndim;
    for (int i = 0; same && i < a->ndim; i++)
        same = a->dim[i] == b->dim[i];
    return same;
}

const char *siam_shape_text(char buf[static SIAM_SHAPE_TEXT], const siam_desc *d)
{
    size_t n = 0;
    snprintf(buf, SIAM_SHAPE_TEXT, "%s", d->ndim ? "" : "a scalar");
    for (int i = 0; i < d->ndim; i++)
        n += (size_t)snprintf(buf + n, SIAM_SHAPE_TEXT - n, "%s%lld", i ? "x" : "", (long long)d->dim[i]);
    return buf;
}

size_t siam_desc_index(const siam_desc *d, int64_t n, int64_t c, int64_t h, int64_t w)
{
    const int64_t C = d->ndim > 1 ? d->dim[1] : 1;
    const int64_t H = d->ndim > 2 ? d->dim[2] : 1, W = d->ndim > 3 ? d->dim[3] : 1;
    const int64_t block = d->layout == SIAM_NCHW16C ? 16 : d->layout == SIAM_NCHW8C ? 8 : 0;
    if (block)
        return (size_t)((((n * (C / block) + c / block) * H + h) * W + w) * block + c % block);
    if (d->layout == SIAM_NHWC)
        return (size_t)(((n * H + h) * W + w) * C + c);
    return (size_t)(((n * C + c) * H + h) * W + w);
}

float siam_bf16_float(uint16_t bits)
{
    const uint32_t u = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

uint16_t siam_bf16_round(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return x != x ? 0x7fc0 : (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

const char *siam_layout_name(siam_layout l)
{
    static const char *const name[] = {
        [SIAM_NCHW] = "nchw", [SIAM_NHWC] = "nhwc", [SIAM_NCHW8C] = "nChw8c", [SIAM_NCHW16C] = "nChw16c"};
    return name[l];
}
