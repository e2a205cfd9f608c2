/* An own Winograd convolution in float32, for 3x3 kernels of stride 1 or 2 with padding 1 on blocked layouts: oneDNN
 * has one for AVX-512 and stride 1 only. */
#ifndef SIAM_ONEDNN_WINO_H
#define SIAM_ONEDNN_WINO_H

#include "backend/onednn/onednn.h"
#include "backend/onednn/wino_kernels.h"

typedef struct siam_wino {
    const siam_wino_kernels *kernels;
    siam_conv_dir dir;
    int threads;
    siam_wino_image in, out; /* what the sums run over, and what they give; backward weights: src and dst */
    siam_wino_weights weights;
    bool bias, add, relu;
    int64_t tiles, chunk; /* all; in one go */
    int64_t part;         /* blocks in one go: of results, or (backward weights) of inputs */
    siam_wino_tiles v, m;       /* m: of results, or (backward weights) of the gradient */
    int64_t u_freq;       /* floats of a frequency of the transformed weights; with phases, of one place of it */
    size_t u_floats, area;      /* scratch = [transformed weights | an area per thread, or a common one] */
    size_t scratch_bytes;
} siam_wino;

/* SIAM_E_UNSUPPORTED where it does not apply. Nothing to release. */
siam_code siam_wino_create(siam_wino *w, const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir,
                           siam_err *e);
/* src, dst, weights: as siam_conv_args (conv_prim.h); needs OpenMP's thread count as at creation. */
void siam_wino_run(const siam_wino *w, float *src, float *dst, float *weights, const float *bias, void *scratch);

#endif
