/* Vector kernels over feature maps, for each instruction set and each type that a map may have: float32, or bfloat16 (the
 * upper half of a float32; arithmetic is float32's, results are rounded to nearest even when stored).
 *
 * Maps are seen as blocks of `lanes` (8 or 16) channels side by side; a kernel works on the pixels of one block of one
 * image. Sums over pixels are taken per lane, in pixel order, so that the result is the same on every instruction set.
 * `void *` is a map of the table's type. */
#ifndef SIAM_ONEDNN_MAPS_H
#define SIAM_ONEDNN_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/onednn/kernels.h"
#include "tensor/tensor.h"

/* out = relu?(x * scale + shift + residual?) */
typedef struct siam_bn_apply {
    int64_t pixels, stride; /* elements between pixels */
    const void *x, *residual; /* maps */
    const float *scale, *shift;
    void *out; /* map */
    bool relu, stream; /* stream: write past the caches */
} siam_bn_apply;

typedef enum siam_bn_mask { SIAM_BN_NO_RELU, SIAM_BN_RELU_OF_X, SIAM_BN_RELU_OF_OUT } siam_bn_mask;

/* dz = (dout0 + dout1?) where the ReLU let through: recomputed from x, or read from out. */
typedef struct siam_bn_back {
    int64_t pixels, stride;
    siam_bn_mask mask;
    const void *x, *out, *dout0, *dout1; /* maps */
    const float *scale, *shift, *mean;   /* of this block's channels */
    void *dz;                            /* map; reduce: also written when not NULL */
    const float *a, *b, *c;              /* apply: dx = a dz + b (x - mean) + c */
    void *dx;                            /* map */
    bool stream;
} siam_bn_back;

typedef struct siam_pool {
    int kernel, stride, pad;
    int64_t in_h, in_w, out_h, out_w;
} siam_pool;

typedef struct siam_map_kernels {
    /* sum[0..lanes) += sum of (x - origin), sum[lanes..2 lanes) += sum of (x - origin)^2 */
    void (*bn_stats)(const void *x, int64_t pixels, int64_t stride, const float *origin, double *sum);
    void (*bn_apply)(const siam_bn_apply *k);
    /* sum[0..lanes) += sum of dz, sum[lanes..2 lanes) += sum of dz (x - mean) */
    void (*bn_reduce)(const siam_bn_back *k, double *sum);
    void (*bn_dx)(const siam_bn_back *k);
    /* One block of one image, pixels `lanes` elements apart. `at` (may be NULL when not training): which
     * tap kh * kernel + kw won, per output and lane. */
    void (*maxpool)(const siam_pool *k, const void *x, void *out, uint8_t *at);
    void (*maxpool_back)(const siam_pool *k, const uint8_t *at, const void *dout0, const void *dout1, void *din);
    void (*mean)(const void *x, int64_t pixels, int64_t stride, float *out);
    void (*spread)(const float *dout, int64_t pixels, int64_t stride, void *din); /* din = dout / pixels */
    /* Sweeps over n elements; dout1 may be NULL. */
    void (*add)(int64_t n, const void *a, const void *b, void *out);
    void (*relu)(int64_t n, const void *x, void *out);
    void (*relu_back)(int64_t n, const void *out, const void *dout0, const void *dout1, void *din);
    void (*widen)(int64_t n, const void *x, float *out);
    void (*narrow)(int64_t n, const float *x, void *out);
} siam_map_kernels;

/* lanes 8 or 16; type SIAM_F32 or SIAM_BF16. */
const siam_map_kernels *siam_map_kernels_get(siam_isa isa, int lanes, siam_dtype type);

/* A table with the size of its elements, to find the address of one. */
typedef struct siam_sweep {
    const siam_map_kernels *k;
    size_t size; /* bytes of an element */
} siam_sweep;

static inline siam_sweep siam_sweep_with(siam_isa isa, int lanes, siam_dtype type)
{
    return (siam_sweep){siam_map_kernels_get(isa, lanes, type), siam_dtype_size(type)};
}

/* Element i of a map; NULL stays NULL. */
static inline const void *siam_at(const siam_sweep *s, const void *map, int64_t i)
{
    return map ? (const char *)map + i * (int64_t)s->size : NULL;
}

static inline void *siam_to(const siam_sweep *s, void *map, int64_t i)
{
    return map ? (char *)map + i * (int64_t)s->size : NULL;
}

#endif
