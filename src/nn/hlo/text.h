/* StableHLO text, operation by operation: each function appends a line and returns the value that the line makes.
 *
 * What is written are plain old operations in their short form, which compilers that know StableHLO 1.13 to 1.22 read alike.
 * Values are numbered in order and numbers stand as their bits, so that the same calls give the same bytes in any locale; so no call
 * has two arguments that write lines themselves, as C leaves their order open. Running out of memory is remembered and told by
 * siam_hlo_finish. */
#ifndef SIAM_NN_HLO_TEXT_H
#define SIAM_NN_HLO_TEXT_H

#include <stdio.h>

#include "base/error.h"
#include "tensor/tensor.h"

typedef enum siam_hlo_elem {
    SIAM_HLO_F32,
    SIAM_HLO_F64,
    SIAM_HLO_BF16,
    SIAM_HLO_U8,
    SIAM_HLO_S32,
    SIAM_HLO_U32,
    SIAM_HLO_U64,
    SIAM_HLO_BOOL,
    SIAM_HLO_ELEMS
} siam_hlo_elem;

enum { SIAM_HLO_DIMS = SIAM_MAX_DIMS + 1 }; /* maps with their views apart */

/* A value: a number and a type. Its shape is in the order in which it lies in memory. */
typedef struct siam_hlo_val {
    int id;   /* 0: none */
    int part; /* which result of an operation that has several, from 1; 0: it has one */
    siam_hlo_elem elem;
    int ndim;
    int64_t dim[SIAM_HLO_DIMS];
} siam_hlo_val;

/* The text of a function's body while it grows. */
typedef struct siam_hlo {
    FILE *out;
    char *text;
    size_t size;
    int last;   /* number of the last value */
    int replicas; /* devices that run the program at the same time, each on its share of the images; 0 or 1: it is alone */
    bool exact; /* products of float32 in full float32, though the device had something faster */
} siam_hlo;

siam_code siam_hlo_begin(siam_hlo *w, bool exact, siam_err *e);
/* text[size] is the caller's to free then. After a failure nothing is. */
siam_code siam_hlo_finish(siam_hlo *w, siam_err *e);

/* A value of the given type that no line makes: an argument. */
siam_hlo_val siam_hlo_arg(siam_hlo *w, siam_hlo_elem t, int ndim, const int64_t *dim);
/* A shape alone. */
siam_hlo_val siam_hlo_type(siam_hlo_elem t, int ndim, const int64_t *dim);
int64_t siam_hlo_count(const siam_hlo_val *v);
size_t siam_hlo_elem_size(siam_hlo_elem t); /* bytes in memory */

/* A line, of words with these signs in them: @ the name of a value and $ its type (const siam_hlo_val *), # a whole number
 * (int), * a word (const char *), ^ n whole numbers with commas between them (int n, const int64_t *). */
void siam_hlo_put(FILE *f, const char *form, ...);

/* ---- one number for each element ---- */

siam_hlo_val siam_hlo_unary(siam_hlo *w, const char *op, siam_hlo_val x);                  /* "sqrt" "rsqrt" */
siam_hlo_val siam_hlo_binary(siam_hlo *w, const char *op, siam_hlo_val a, siam_hlo_val b); /* "add" "multiply" ... */
siam_hlo_val siam_hlo_add(siam_hlo *w, siam_hlo_val a, siam_hlo_val b);
siam_hlo_val siam_hlo_sub(siam_hlo *w, siam_hlo_val a, siam_hlo_val b);
siam_hlo_val siam_hlo_mul(siam_hlo *w, siam_hlo_val a, siam_hlo_val b);
siam_hlo_val siam_hlo_scale(siam_hlo *w, siam_hlo_val x, double by);
siam_hlo_val siam_hlo_max0(siam_hlo *w, siam_hlo_val x); /* a NaN stays one */
siam_hlo_val siam_hlo_compare(siam_hlo *w, const char *how, siam_hlo_val a, siam_hlo_val b); /* "GT" "EQ" "NE" */
siam_hlo_val siam_hlo_finite(siam_hlo *w, siam_hlo_val x);
/* a where `which`, else b; `which` has their shape or is one for all. */
siam_hlo_val siam_hlo_select(siam_hlo *w, siam_hlo_val which, siam_hlo_val a, siam_hlo_val b);
siam_hlo_val siam_hlo_where_positive(siam_hlo *w, siam_hlo_val y, siam_hlo_val a); /* a where y > 0, else 0 */
/* Towards 0 where it becomes a whole number. */
siam_hlo_val siam_hlo_convert(siam_hlo *w, siam_hlo_val x, siam_hlo_elem t);
siam_hlo_val siam_hlo_bits(siam_hlo *w, siam_hlo_val x, siam_hlo_elem t); /* the same bits, of a type that is as wide */

/* ---- constants and shapes ---- */

siam_hlo_val siam_hlo_const(siam_hlo *w, double x, siam_hlo_elem t);
siam_hlo_val siam_hlo_full(siam_hlo *w, double x, siam_hlo_val like);
siam_hlo_val siam_hlo_iota(siam_hlo *w, int64_t n); /* 0, 1, ... n - 1 as S32 */
/* x, whose dimensions are those of `like` that are set in `dims` (bit 0: the first), for each element of `like`. */
siam_hlo_val siam_hlo_spread(siam_hlo *w, siam_hlo_val x, siam_hlo_val like, unsigned dims);
siam_hlo_val siam_hlo_sum(siam_hlo *w, siam_hlo_val x, unsigned dims); /* over these dimensions, which are gone then */
siam_hlo_val siam_hlo_mean(siam_hlo *w, siam_hlo_val x, unsigned dims);
siam_hlo_val siam_hlo_min(siam_hlo *w, siam_hlo_val x); /* of all; S32 */
/* The sum over the replicas, which all of them get; alone x itself. float32. */
siam_hlo_val siam_hlo_all_sum(siam_hlo *w, siam_hlo_val x);
/* siam_hlo_mean over the replicas, too. */
siam_hlo_val siam_hlo_all_mean(siam_hlo *w, siam_hlo_val x, unsigned dims);
int siam_hlo_replicas(const siam_hlo *w); /* 1: alone */
siam_hlo_val siam_hlo_reshape(siam_hlo *w, siam_hlo_val x, int ndim, const int64_t *dim);
siam_hlo_val siam_hlo_transpose(siam_hlo *w, siam_hlo_val x, const int64_t *from);
siam_hlo_val siam_hlo_reverse(siam_hlo *w, siam_hlo_val x, unsigned dims);
/* first, step: of each dimension; count: how many. */
siam_hlo_val siam_hlo_slice(siam_hlo *w, siam_hlo_val x, const int64_t *first, const int64_t *step, const int64_t *count);
siam_hlo_val siam_hlo_row(siam_hlo *w, siam_hlo_val x, int64_t i); /* x[i], of two dimensions */
/* `with` before, behind and between the elements of each dimension; numbers below 0 before or behind cut off. */
siam_hlo_val siam_hlo_pad(siam_hlo *w, siam_hlo_val x, double with, const int64_t *before, const int64_t *behind,
                          const int64_t *between);
/* Joined along a dimension, 0: the first. */
siam_hlo_val siam_hlo_join(siam_hlo *w, const siam_hlo_val *x, int n, int dim);
/* x[at] of x's first dimension, for each of `at`, which is S32 of any shape: that shape, then what each x[.] has. Numbers
 * outside count as the nearest inside. */
siam_hlo_val siam_hlo_take(siam_hlo *w, siam_hlo_val x, siam_hlo_val at);
siam_hlo_val siam_hlo_list(siam_hlo *w, int n, const int64_t *x); /* these numbers as S32 */
/* bfloat16 as it is: whoever reads it reads what was rounded, where compilers would rather keep both it and the float32 before it.
 * Another type is handed back. */
siam_hlo_val siam_hlo_rounded(siam_hlo *w, siam_hlo_val x);
/* x, computed once before anything reads it. Compilers would rather compute it again for each that does, and what it is made of, too. */
siam_hlo_val siam_hlo_once(siam_hlo *w, siam_hlo_val x);
/* Both are computed before anything reads either. */
void siam_hlo_barrier(siam_hlo *w, siam_hlo_val *a, siam_hlo_val *b);

/* ---- products ---- */

typedef struct siam_hlo_window {
    int64_t stride[2], before[2], behind[2]; /* zeros around x, below 0 cut off */
    int64_t apart[2], taps_apart[2];         /* x's elements and the kernel's, 1: beside each other */
} siam_hlo_window;
/* dims: StableHLO's dim_numbers, "[b, 0, 1, f]x[o, 0, 1, i]->[b, 0, 1, f]"; out: the shape. */
siam_hlo_val siam_hlo_conv(siam_hlo *w, siam_hlo_val x, siam_hlo_val kernel, const char *dims, const siam_hlo_window *win,
                           siam_hlo_elem t, const int64_t out[4]);
/* Sum over dimension ka of a[., .] and kb of b[., .]. */
siam_hlo_val siam_hlo_dot(siam_hlo *w, siam_hlo_val a, int ka, siam_hlo_val b, int kb);

#endif
