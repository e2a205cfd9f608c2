/* One operation as a program, for comparing it with ref. */
#ifndef SIAM_NN_HLO_CASE_H
#define SIAM_NN_HLO_CASE_H

#include "backend/selftest.h"
#include "nn/hlo/program.h"

/* Forward and (in training) backward. slot: the shapes of its tensors, as siam_case_data.desc has them; all are
 * float32 and plain outside the program, whatever types d says. As an argument OUT is the residual of a convolution's epilogue,
 * and in training what backward takes for the output. Results are OUT, buffers, din and dparam. */
siam_code siam_hlo_program_of_op(siam_hlo_program **out, const siam_op_desc *d, const siam_desc slot[SIAM_SLOT_COUNT], siam_err *e);

/* IN0 [n] of each replica -> OUT [n], their sum. */
siam_code siam_hlo_program_of_sum(siam_hlo_program **out, int64_t n, int replicas, siam_err *e);

#endif
