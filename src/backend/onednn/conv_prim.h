/* One direction of one convolution, ready to run: the oneDNN primitive, the reorder of its weights and
 * the memory objects, all created once. */
#ifndef SIAM_ONEDNN_CONV_PRIM_H
#define SIAM_ONEDNN_CONV_PRIM_H

#include "backend/onednn/onednn.h"

typedef struct siam_conv_prim {
    siam_conv_dir dir;
    dnnl_primitive_t run, reorder;
    dnnl_memory_t src, dst, blocked, plain, bias, pad; /* (gradients of) input, output, weights; scratchpad */
    size_t blocked_bytes, scratch_bytes;               /* scratch = [blocked weights | scratchpad] */
} siam_conv_prim;

/* Operands of a run: for backward `src`, `dst` and `weights` are the gradients where written. */
typedef struct siam_conv_args {
    void *src, *dst, *weights, *bias, *scratch;
} siam_conv_args;

/* SIAM_E_UNSUPPORTED when oneDNN has no such algorithm for the shape. */
siam_code siam_conv_prim_create(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *d,
                                siam_conv_dir dir, bool winograd, siam_err *e);
void siam_conv_prim_release(siam_conv_prim *c);
/* FWD: dst = src * weights (+ bias, epilogue); BWD_D: src = gradient; BWD_W: weights += gradient. */
siam_code siam_conv_prim_run(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a,
                             siam_err *e);

/* Create the fastest (tuner) or the usual (fixed rule) variant; *variant is "winograd" or "direct". */
siam_code siam_conv_choose(siam_conv_prim *c, const char **variant, siam_onednn *b, struct siam_tuner *t,
                           const siam_op_desc *d, siam_conv_dir dir, siam_err *e);

#endif
