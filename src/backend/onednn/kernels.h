/* Vector kernels over flat floats, for what is neither oneDNN's nor a map (map_kernels.h): one table of functions per
 * instruction set, with the same results on each. */
#ifndef SIAM_ONEDNN_KERNELS_H
#define SIAM_ONEDNN_KERNELS_H

#include <stdint.h>

typedef enum siam_isa { SIAM_ISA_BASE, SIAM_ISA_AVX2, SIAM_ISA_AVX512 } siam_isa;

typedef struct siam_kernels {
    /* Sweeps over n floats. */
    void (*add)(int64_t n, const float *a, const float *b, float *out);
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
