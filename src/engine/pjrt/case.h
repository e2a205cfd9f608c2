/* An operation's case (backend/selftest.h) on a device, for comparing it with ref. */
#ifndef SIAM_ENGINE_PJRT_CASE_H
#define SIAM_ENGINE_PJRT_CASE_H

#include "backend/selftest.h"
#include "engine/pjrt/plugin.h"

/* As siam_case_run, `runs` times; data becomes what the last run gave. SIAM_E_NUMERIC: one gave other bits than the one before. */
siam_code siam_pjrt_case_run(siam_pjrt *x, const siam_op_desc *d, int runs, siam_case_data *data, const siam_case_data *out_of,
                             siam_err *e);

/* As siam_backend_selftest, three runs of each case, on all of its devices, and a row for their sum where that is wrong; impl: what rows call the device. */
siam_code siam_pjrt_selftest(siam_pjrt *x, const char *impl, siam_selftest_row *row, void *user, siam_err *e);

#endif
