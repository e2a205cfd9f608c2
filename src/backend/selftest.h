/* Numerical self-test: run an implementation on a small case and compare it with ref.
 *
 * `simsiam doctor` runs a few cases per operation; tests/ops runs many through the same functions. */
#ifndef SIAM_BACKEND_SELFTEST_H
#define SIAM_BACKEND_SELFTEST_H

#include "backend/backend.h"

/* Told once per implementation: the largest difference found, relative to the largest entry of its tensor, and whether it
 * is within rounding. */
typedef void siam_selftest_row(void *user, const char *op, const char *impl, double max_rel_err, bool pass);

/* Compare every implementation of `b` with ref on a few cases per operation. Operations that `b` leaves to ref, and
 * implementations that take none of the cases, have no row. Fails only when the test could not run (SIAM_E_NOMEM); an
 * implementation that fails is a row with pass = false and an infinite difference. */
siam_code siam_backend_selftest(siam_backend *b, siam_selftest_row *row, void *user, siam_err *e);

/* A case: an operation, its shape and attributes. h = 0: a 2-D input [n, c]. */
typedef struct siam_case {
    siam_op_kind kind;
    int n, c, h, w;
    int o; /* output channels or features */
    int kernel, stride, pad;
    int groups; /* batchnorm: views; 0 = 1 */
    unsigned flags;
} siam_case;

enum siam_case_flag {
    SIAM_CASE_INFER = 1 << 0, /* not training: no backward */
    SIAM_CASE_BIAS = 1 << 1,
    SIAM_CASE_ADD = 1 << 2,  /* fused residual */
    SIAM_CASE_RELU = 1 << 3, /* fused relu */
    SIAM_CASE_NO_AFFINE = 1 << 4,
    SIAM_CASE_INPUT = 1 << 5,  /* in[0] is the images: nchw in every backend, no gradient */
    SIAM_CASE_NO_DIN1 = 1 << 6, /* the second input wants no gradient */
    SIAM_CASE_BF16 = 1 << 7     /* maps are bfloat16 (but for the images of SIAM_CASE_INPUT) */
};

siam_op_desc siam_case_desc(const siam_case *c); /* every layout nchw, every type float32 */
/* Set the types, and the layouts the backend wants, blocked alike as a plan does it. */
void siam_case_layouts(const siam_case *c, const siam_backend *b, siam_op_desc *d);

/* Every tensor of one execution, in the order of siam_op_io. */
enum siam_slot {
    SIAM_SLOT_IN0,
    SIAM_SLOT_IN1,
    SIAM_SLOT_OUT, /* before forward: the residual of a convolution's epilogue */
    SIAM_SLOT_PARAM0,
    SIAM_SLOT_PARAM1,
    SIAM_SLOT_BUFFER0,
    SIAM_SLOT_BUFFER1,
    SIAM_SLOT_DOUT0, /* two gradients of out, and their sum */
    SIAM_SLOT_DOUT1,
    SIAM_SLOT_DOUT_SUM,
    SIAM_SLOT_DIN0,
    SIAM_SLOT_DIN1,
    SIAM_SLOT_DPARAM0, /* before backward: what gradients are added to */
    SIAM_SLOT_DPARAM1,
    SIAM_SLOT_COUNT
};
const char *siam_slot_name(int slot);

/* Values in logical order (nchw); unused slots have n = 0 and t = NULL. */
typedef struct siam_case_data {
    siam_desc desc[SIAM_SLOT_COUNT];
    int64_t n[SIAM_SLOT_COUNT];
    float *t[SIAM_SLOT_COUNT];
    float *block;     /* all of them */
    char variant[64]; /* after a run: what the plan said */
} siam_case_data;

/* Random data for a description, a pure function of (d, seed). Values keep clear of kinks: relu inputs of
 * 0, and maxima that are nearly equal. */
siam_code siam_case_create(siam_case_data *out, const siam_op_desc *d, uint64_t seed, siam_err *e);
/* Make the data exact in the types of d: bfloat16 maps, and the weights between them, hold numbers that bfloat16 has; so
 * do two gradients and their sum. */
void siam_case_round(siam_case_data *x, const siam_op_desc *d);
siam_code siam_case_copy(siam_case_data *out, const siam_case_data *from, siam_err *e);
void siam_case_release(siam_case_data *d);

enum siam_case_mode {
    SIAM_CASE_SUM = 1 << 0, /* give dout[0] and dout[1] instead of their sum */
    SIAM_CASE_OVER = 1 << 1, /* din over dout[0], see SIAM_IMPL_DIN_OVER_DOUT */
    SIAM_CASE_KEEP = 1 << 2  /* nothing is lost before backward: for the one that others are compared with */
};
/* Plan (t may be NULL: the fixed rule picks variants) and run forward and, when training, backward of `impl`
 * in place on `data`, whose results are overwritten. Between the two, values that backward is said not to read
 * (siam_op_backward_reads) are lost. out_of (may be NULL): backward sees this one's OUT as
 * io->out, so that a last-bit difference cannot flip a relu. Memory the implementation may not touch
 * (inputs, bytes behind every block) is checked: SIAM_E_BUG. */
siam_code siam_case_run(siam_backend *b, struct siam_tuner *t, const siam_op_impl *impl,
                        const siam_op_desc *d, unsigned mode, siam_case_data *data,
                        const siam_case_data *out_of, siam_err *e);

/* Largest difference of the results, relative to the tensor's largest entry. pass: every tensor is within
 * 1e-5 in the relative L2 norm, and within 1e-6 * sqrt(terms) (at least 1e-5) in its worst entry; one that d says is
 * bfloat16 within one rounding, 2^-8, in both. */
typedef struct siam_case_diff {
    double max_rel, l2_rel;
    int slot; /* where the first failure is, or else the largest difference */
    bool pass;
} siam_case_diff;
siam_case_diff siam_case_compare(const siam_op_desc *d, const siam_case_data *ref, const siam_case_data *got);

/* Something that runs a case, as siam_case_run does. */
typedef siam_code siam_case_runner(void *user, const siam_op_desc *d, siam_case_data *data, const siam_case_data *out_of, siam_err *e);
/* Likewise for what is no backend: `run` takes every case, and `row` is called once per operation, with `impl` as given. */
siam_code siam_runner_selftest(siam_case_runner *run, void *by, const char *impl, siam_selftest_row *row, void *user, siam_err *e);

#endif
