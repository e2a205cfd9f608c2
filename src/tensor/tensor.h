/* Shapes, element types and memory layouts. A description is a plain value: copy freely. */
#ifndef SIAM_TENSOR_TENSOR_H
#define SIAM_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIAM_MAX_DIMS = 4 };

typedef enum siam_dtype { SIAM_F32, SIAM_BF16, SIAM_U8, SIAM_I64, SIAM_F16, SIAM_DTYPE_COUNT } siam_dtype;

/* Layouts of 4-D activations. 2-D values [N, C] are always plain row-major (SIAM_NCHW).
 * The blocked ones need C % block == 0: element (n,c,h,w) of nChw16c lies at
 * ((n * C/16 + c/16) * H * W + h * W + w) * 16 + c % 16. */
typedef enum siam_layout { SIAM_NCHW, SIAM_NHWC, SIAM_NCHW8C, SIAM_NCHW16C } siam_layout;

typedef struct siam_desc {
    siam_dtype dtype;
    siam_layout layout;
    int ndim;                   /* 0 = absent */
    int64_t dim[SIAM_MAX_DIMS]; /* logical order N, C, H, W whatever the layout */
} siam_desc;

siam_desc siam_desc_1d(int64_t n);
siam_desc siam_desc_2d(int64_t n, int64_t c);
siam_desc siam_desc_4d(int64_t n, int64_t c, int64_t h, int64_t w); /* f32, NCHW */
int64_t siam_desc_count(const siam_desc *d);                        /* elements; -1 on overflow */
size_t siam_desc_bytes(const siam_desc *d);                         /* SIZE_MAX on overflow */
bool siam_desc_eq(const siam_desc *a, const siam_desc *b);          /* shape, dtype and layout */
bool siam_desc_same_shape(const siam_desc *a, const siam_desc *b);
enum { SIAM_SHAPE_TEXT = SIAM_MAX_DIMS * 21 };
const char *siam_shape_text(char buf[static SIAM_SHAPE_TEXT], const siam_desc *d); /* "64x3x7x7"; "a scalar" */
/* Element offset of (n, c, h, w) in the layout; slow, for oracles and tests. */
size_t siam_desc_index(const siam_desc *d, int64_t n, int64_t c, int64_t h, int64_t w);
size_t siam_dtype_size(siam_dtype t);
float siam_bf16_float(uint16_t bits);   /* a bfloat16 number is the upper half of a float */
uint16_t siam_bf16_round(float x);      /* to nearest even, as torch; NaN stays NaN */
const char *siam_layout_name(siam_layout l); /* "nchw" "nhwc" "nChw8c" "nChw16c" */

#endif
