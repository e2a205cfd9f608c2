/* Everything that differs between oneDNN versions: 2.x, the last of which with a float32 Winograd convolution for training is
 * in Debian 12, and 3.x, where that is gone. */
#ifndef SIAM_ONEDNN_DNNL_COMPAT_H
#define SIAM_ONEDNN_DNNL_COMPAT_H

#include <dnnl.h>

#include "backend/onednn/kernels.h"
#include "backend/op.h"

#if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3
#error "this backend is written for oneDNN 2.x and 3.x: install one of them, or port dnnl_compat.c"
#endif

typedef enum siam_conv_dir { SIAM_CONV_FWD, SIAM_CONV_BWD_D, SIAM_CONV_BWD_W } siam_conv_dir;

/* SIAM_OK, or a sentence naming `what` and oneDNN's reason. */
siam_code siam_dnnl_check(dnnl_status_t s, siam_err *e, const char *what);
siam_isa siam_dnnl_isa(char *name, size_t n); /* the effective one, and its name */
bool siam_dnnl_bf16(void);                    /* it has instructions for products of bfloat16 numbers */

/* Primitive descriptors of one direction of a convolution; false when oneDNN has none. Operands
 * have the description's types and layouts, weights (or their gradient) oneDNN's own choice. */
bool siam_dnnl_conv_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine, const siam_op_desc *d,
                         siam_conv_dir dir, bool winograd);
/* Reorder plain OIHW weights to what `conv` wants, or (gradient) add the gradient in conv's format
 * to a plain one. */
dnnl_status_t siam_dnnl_weights_reorder(dnnl_primitive_t *out, dnnl_engine_t engine, const siam_op_desc *d,
                                        const_dnnl_primitive_desc_t conv, bool gradient);
/* A memory object without memory for one operand of a primitive: DNNL_ARG_SRC, ... */
dnnl_status_t siam_dnnl_memory(dnnl_memory_t *out, dnnl_engine_t engine, const_dnnl_primitive_desc_t pd,
                               int arg);
dnnl_status_t siam_dnnl_plain_weights(dnnl_memory_t *out, dnnl_engine_t engine, const siam_op_desc *d);
/* The memory object's data is at p from here on; what is there stays as it is. */
dnnl_status_t siam_dnnl_point(dnnl_memory_t memory, void *p, dnnl_stream_t stream);
size_t siam_dnnl_bytes(const_dnnl_primitive_desc_t pd, int arg);

#endif
