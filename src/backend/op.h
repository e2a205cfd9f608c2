/* Operations: a description without pointers, and rows of implementations.
 *
 * Meaning of the operations (N = dim 0 holds all views: view 1's images first, then view 2's):
 *   conv2d          torch.nn.functional.conv2d, square kernel, groups 1, dilation 1; weight OIHW.
 *                   Inference epilogue: out = relu?(conv + bias? + residual?). With `add`, `out` and
 *                   in[1] are the same memory: the implementation accumulates onto it.
 *   batchnorm       torch.nn.BatchNorm{1,2}d over 4-D or 2-D input. Training: statistics per view
 *                   (dim 0 split into `groups` equal parts); running statistics are updated once per
 *                   view, view 1 first: new = (1-momentum)*old + momentum*batch, running_var from the
 *                   unbiased variance. Not training: uses the running statistics.
 *                   Of several ranks the statistics are those of all their images (SyncBatchNorm), unless
 *                   each is to have its own (per_rank).
 *                   Fused: out = relu?(bn(in[0]) + in[1]?).
 *                   buffer[0], buffer[1] = running_mean, running_var; param = gamma, beta (affine only).
 *   relu, add, maxpool (padding counts as -inf), global_avgpool ([N,C,H,W] -> [N,C])
 *   shortcut_a      He et al. 2016 section 3.3, option A: every stride-th pixel, and zeros for the channels
 *                   there are too few of, half of them before and half behind (for an odd number the
 *                   smaller half before): torch.nn.functional.pad(x[:, :, ::s, ::s], (0, 0, 0, 0, c, c)).
 *   linear          torch.nn.functional.linear; weight [out, in]
 *   neg_cosine      L = -(1/N) sum_i cos(p_i, t_i), N = dim 0 (all views), t_i = the mean of the same image's
 *                   z in the other views. Of two views this is D(p1,z2)/2 + D(p2,z1)/2 of the paper,
 *                   eq. 1-2; norms are clamped to 1e-8. out[0] = L; out[1] = collapse gauge: standard
 *                   deviation (biased) of z/|z| per channel over a view's images, averaged over channels
 *                   and views, times sqrt(d): 1 healthy, 0 collapsed. Of several ranks both are those of
 *                   all their images; the gradients are this rank's, of the mean over its own. */
#ifndef SIAM_BACKEND_OP_H
#define SIAM_BACKEND_OP_H

#include "base/error.h"
#include "tensor/tensor.h"

typedef enum siam_op_kind {
#define SIAM_OP_KIND(ENUM, name) SIAM_OP_##ENUM,
#include "backend/op_kinds.def"
#undef SIAM_OP_KIND
    SIAM_OP_COUNT
} siam_op_kind;

const char *siam_op_name(siam_op_kind k); /* "conv2d" ... */

typedef union siam_op_attr {
    struct {
        int kernel, stride, pad;
        bool bias, add, relu; /* add, relu: inference epilogue */
    } conv;
    struct {
        float eps, momentum;
        int groups; /* views with statistics of their own */
        bool affine, add, relu, per_rank;
    } bn;
    struct {
        int kernel, stride, pad;
    } pool;
    struct {
        int stride;
    } shortcut;
    struct {
        bool bias;
    } linear;
    struct {
        int views; /* equal parts of dim 0, at least 2 */
    } cosine;
} siam_op_attr;

typedef struct siam_op_desc {
    siam_op_kind kind;
    bool training;       /* backward will be called; batchnorm uses batch statistics */
    bool need_din[2];    /* which input gradients backward must produce */
    siam_desc in[2], out; /* in[1].ndim == 0 when absent; layouts are final */
    siam_op_attr u;
} siam_op_desc;

/* Everything an execution touches. Unused entries are NULL. Activations have the layouts of the
 * description; parameters are plain float32 (OIHW, [out,in], [C]). */
typedef struct siam_op_io {
    const void *in[2];
    void *out;
    const float *param[2]; /* weight, bias  |  gamma, beta */
    float *buffer[2];      /* running_mean, running_var */
    void *saved;           /* written by forward, read by backward (saved_bytes) */
    void *scratch;         /* contents do not survive the call (scratch_bytes, shared by all ops) */
    void *kept;            /* inference: what prepare() wrote (kept_bytes); NULL before it, then forward does without */
    bool again;            /* forward, a second time for backward, to the same bits: batchnorm takes its statistics
                              from saved and leaves the running ones alone */
    /* backward only */
    const void *dout[2]; /* gradient of out; if dout[1] is there the two are to be summed (only for
                            implementations with SIAM_IMPL_SUMS_DOUT) */
    void *din[2];        /* overwritten; NULL = not wanted */
    float *dparam[2];    /* accumulated: += */
} siam_op_io;

struct siam_backend;
struct siam_tuner;
struct siam_op_impl;

typedef struct siam_op_plan {
    const struct siam_op_impl *impl;
    siam_op_desc desc;
    void *priv;           /* the implementation's own, made by plan(), freed by release() */
    size_t saved_bytes;   /* set by plan() */
    size_t scratch_bytes; /* set by plan() */
    size_t kept_bytes;    /* set by plan(), inference only: room for parameters in a form of the implementation's own */
    char variant[64];     /* set by plan(): "fwd winograd, bwd_d direct, bwd_w winograd", for people */
} siam_op_plan;

enum siam_impl_flag {
    /* backward accepts a second dout and sums the two while reading. */
    SIAM_IMPL_SUMS_DOUT = 1 << 0,
    /* backward may be given din[0] == dout[0] (or, when din[1] is wanted too, din[1] == dout[0]). */
    SIAM_IMPL_DIN_OVER_DOUT = 1 << 1,
};

typedef struct siam_op_impl {
    siam_op_kind kind;
    const char *name; /* "conv2d/onednn" */
    unsigned flags;
    bool (*supports)(const siam_op_desc *d); /* cheap, no side effects */
    /* Fill priv, saved_bytes, scratch_bytes of p (p->desc is set). May time variants through the
     * tuner (NULL = use the fixed rule). NULL function: nothing to prepare. */
    siam_code (*plan)(struct siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e);
    siam_code (*forward)(struct siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e);
    /* Bring the parameters into io->kept, for any number of forwards; called when kept_bytes is not 0 and they are used
     * for a second time, so that a single run does not pay for it. */
    siam_code (*prepare)(struct siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e);
    siam_code (*backward)(struct siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e);
    void (*release)(struct siam_backend *b, siam_op_plan *p); /* NULL: free(p->priv) is not needed */
} siam_op_impl;

#endif
