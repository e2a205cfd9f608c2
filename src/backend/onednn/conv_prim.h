/* One direction of one convolution, ready to run: the oneDNN primitive, the reorder of its weights and
 * the memory objects, all created once.
 *
 * Maps may be bfloat16. Then either the primitive takes them as they are (SIAM_CONV_BF16), or a float32 primitive works
 * through the batch in parts that are widened before it and rounded after it: on a processor without bfloat16 arithmetic,
 * and for the network's input, which is float32. */
#ifndef SIAM_ONEDNN_CONV_PRIM_H
#define SIAM_ONEDNN_CONV_PRIM_H

#include "backend/onednn/wino.h"

typedef enum siam_conv_algo {
    SIAM_CONV_DIRECT,
    SIAM_CONV_WINOGRAD,
    SIAM_CONV_BF16,
    SIAM_CONV_WINO4, /* wino.h's own */
    SIAM_CONV_ALGOS
} siam_conv_algo;

const char *siam_conv_algo_name(siam_conv_algo a); /* "direct" ..., as tuning.json remembers it */

/* One of the two maps. */
typedef struct siam_conv_map {
    siam_dtype type;    /* of the map */
    int64_t count;      /* elements of a part */
    bool cast;          /* the primitive works on a float32 copy, at `at` bytes of the scratch */
    bool read, written; /* by the primitive */
    size_t at;
} siam_conv_map;

typedef struct siam_conv_prim {
    siam_conv_dir dir;
    bool own;                    /* wino instead of a oneDNN primitive */
    siam_wino wino;
    dnnl_primitive_t run, reorder;
    dnnl_memory_t src, dst, blocked, plain, bias, pad; /* (gradients of) input, output, weights; scratchpad */
    int parts;                  /* of the batch; 1 unless a map is cast */
    siam_conv_map map[2];       /* src, dst */
    size_t pad_at, scratch_bytes; /* scratch = [blocked weights | scratchpad | cast parts] */
} siam_conv_prim;

/* Operands of a run: for backward `src`, `dst` and `weights` are the gradients where written. With `kept`, weights that
 * siam_conv_prim_keep has put there, the plain ones are not read. */
typedef struct siam_conv_args {
    void *src, *dst, *weights, *bias, *scratch, *kept;
} siam_conv_args;

/* SIAM_E_UNSUPPORTED when there is no such algorithm for the shape and types. */
siam_code siam_conv_prim_create(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *d,
                                siam_conv_dir dir, siam_conv_algo algo, siam_err *e);
void siam_conv_prim_release(siam_conv_prim *c);
/* FWD: dst = src * weights (+ bias, epilogue); BWD_D: src = gradient; BWD_W: weights += gradient. */
siam_code siam_conv_prim_run(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a,
                             siam_err *e);

/* FWD: bring `weights` into the primitive's own order, in pad_at bytes at `kept`. */
siam_code siam_conv_prim_keep(const siam_conv_prim *c, const siam_onednn *b, void *weights, void *kept, siam_err *e);

/* Create the fastest (tuner) or the usual (fixed rule) variant; *variant is its name. */
siam_code siam_conv_choose(siam_conv_prim *c, const char **variant, siam_onednn *b, struct siam_tuner *t,
                           const siam_op_desc *d, siam_conv_dir dir, siam_err *e);

#endif
