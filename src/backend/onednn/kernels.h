/* Vector kernels of the operations that are not oneDNN's: one table of functions per instruction set.
 *
 * Activations are seen as blocks of `lanes` (8 or 16) channels side by side; a kernel works on the
 * pixels of one block of one image. Sums over pixels are taken per lane, in pixel order, so that the
 * result is the same on every instruction set. */
#ifndef SIAM_ONEDNN_KERNELS_H
#define SIAM_ONEDNN_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum siam_isa { SIAM_ISA_BASE, SIAM_ISA_AVX2, SIAM_ISA_AVX512 } siam_isa;

/* out = relu?(x * scale + shift + residual?) */
typedef struct siam_bn_apply {
    int64_t pixels, stride; /* floats between pixels */
    const float *x, *residual, *scale, *shift;
    float *out;
    bool relu, stream; /* stream: write past the caches */
} siam_bn_apply;

typedef enum siam_bn_mask { SIAM_BN_NO_RELU, SIAM_BN_RELU_OF_X, SIAM_BN_RELU_OF_OUT } siam_bn_mask;

/* dz = (dout0 + dout1?) where the ReLU let through: recomputed from x, or read from out. */
typedef struct siam_bn_back {
    int64_t pixels, stride;
    siam_bn_mask mask;
    const float *x, *out, *dout0, *dout1;
    const float *scale, *shift, *mean; /* of this block's channels */
    float *dz;                         /* reduce: also written when not NULL */
    const float *a, *b, *c;            /* apply: dx = a dz + b (x - mean) + c */
    float *dx;
    bool stream;
} siam_bn_back;

typedef struct siam_pool {
    int kernel, stride, pad;
    int64_t in_h, in_w, out_h, out_w;
} siam_pool;

typedef struct siam_kernels {
    /* sum[0..lanes) += sum of (x - origin), sum[lanes..2 lanes) += sum of (x - origin)^2 */
    void (*bn_stats)(const float *x, int64_t pixels, int64_t stride, const float *origin, double *sum);
    void (*bn_apply)(const siam_bn_apply *k);
    /* sum[0..lanes) += sum of dz, sum[lanes..2 lanes) += sum of dz (x - mean) */
    void (*bn_reduce)(const siam_bn_back *k, double *sum);
    void (*bn_dx)(const siam_bn_back *k);
    /* One block of one image, pixels `lanes` floats apart. `at` (may be NULL when not training): which
     * tap kh * kernel + kw won, per output and lane. */
    void (*maxpool)(const siam_pool *k, const float *x, float *out, uint8_t *at);
    void (*maxpool_back)(const siam_pool *k, const uint8_t *at, const float *dout0, const float *dout1,
                         float *din);
    void (*mean)(const float *x, int64_t pixels, int64_t stride, float *out);
    void (*spread)(const float *dout, int64_t pixels, int64_t stride, float *din); /* din = dout / pixels */
    /* Flat sweeps over n floats; dout1 may be NULL. */
    void (*add)(int64_t n, const float *a, const float *b, float *out);
    void (*relu)(int64_t n, const float *x, float *out);
    void (*relu_back)(int64_t n, const float *out, const float *dout0, const float *dout1, float *din);
    void (*sgd)(int64_t n, float *value, const float *grad, float *momentum, float scale, float lr, float mu,
                float wd);
    /* out = scale exp(x) / sum exp(x), which may be x; returns log(sum exp(x)) */
    double (*softmax)(int64_t n, const float *x, float scale, float *out);
    /* Dot products of two rows: xy[0] = x.x, xy[1] = x.y, xy[2] = y.y */
    void (*dots)(int64_t n, const float *x, const float *y, double xy[3]);
    void (*blend)(int64_t n, float a, const float *x, float b, const float *y, float *out); /* a x + b y */
    /* sum += s x, squares += (s x)^2 */
    void (*moments)(int64_t n, double s, const float *x, double *sum, double *squares);
} siam_kernels;

/* lanes 8 or 16. */
const siam_kernels *siam_kernels_get(siam_isa isa, int lanes);

#endif
