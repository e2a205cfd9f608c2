/* Shared by the reference operations: addressing of every layout, and sums in double.
 *
 * ref is the oracle: float32 data, each result summed in double and rounded once. */
#ifndef SIAM_BACKEND_REF_REF_H
#define SIAM_BACKEND_REF_REF_H

#include "backend/backend.h"

/* An activation as strides. In every layout element (n, c, h, w) lies at
 * n*image + ref_channel(c) + (h*W + w)*pixel, so loops run over (n, c, s) with s = h*W + w. */
typedef struct ref_view {
    int64_t N, C, H, W, S; /* S = H * W; 2-D values have H = W = 1 */
    int64_t image, block, pixel;
} ref_view;

static inline ref_view ref_view_of(const siam_desc *d)
{
    ref_view v = {.N = d->dim[0], .C = d->ndim > 1 ? d->dim[1] : 1, .H = d->ndim > 2 ? d->dim[2] : 1,
                  .W = d->ndim > 3 ? d->dim[3] : 1};
    v.S = v.H * v.W;
    v.image = v.C * v.S;
    v.block = d->layout == SIAM_NHWC      ? v.C
              : d->layout == SIAM_NCHW16C ? 16
              : d->layout == SIAM_NCHW8C  ? 8
                                          : 1;
    v.pixel = v.block;
    return v;
}

/* Offset of channel c: nchw is blocks of one channel, nhwc one block of all channels. */
static inline int64_t ref_channel(const ref_view *v, int64_t c)
{
    return c / v->block * v->block * v->S + c % v->block;
}

/* Are these all float32? Absent ones (ndim 0) pass. */
static inline bool ref_all_f32(const siam_op_desc *d)
{
    return d->out.dtype == SIAM_F32 && (!d->in[0].ndim || d->in[0].dtype == SIAM_F32) &&
           (!d->in[1].ndim || d->in[1].dtype == SIAM_F32);
}

/* acc[0..n) += sum_j a[j] * row j of the m x n matrix `mat` (row length `ld`). Four rows at a time, so
 * that acc is read and written a quarter as often; this loop is most of ref's running time. */
static inline void ref_add_rows(double *restrict acc, int64_t n, const double *restrict a, int64_t m,
                                const double *restrict mat, int64_t ld)
{
    int64_t j = 0;
    for (; j + 4 <= m; j += 4) {
        const double a0 = a[j], a1 = a[j + 1], a2 = a[j + 2], a3 = a[j + 3];
        const double *r0 = mat + j * ld, *r1 = r0 + ld, *r2 = r1 + ld, *r3 = r2 + ld;
        for (int64_t i = 0; i < n; i++)
            acc[i] += a0 * r0[i] + a1 * r1[i] + a2 * r2[i] + a3 * r3[i];
    }
    for (; j < m; j++)
        for (int64_t i = 0; i < n; i++)
            acc[i] += a[j] * mat[j * ld + i];
}

/* siam_backend_type.matmul, also used by linear. */
siam_code siam_ref_matmul(siam_backend *b, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *A,
                     const float *B, float beta, float *C, siam_err *e);

#endif
