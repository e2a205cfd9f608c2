/* The little linear algebra we need beyond the backends, through LAPACK. */
#ifndef SIAM_BASE_LINALG_H
#define SIAM_BASE_LINALG_H

#include "base/error.h"

/* Eigenvalues, ascending, of the symmetric n x n matrix a (destroyed) into w[n]. */
siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e);

/* Load LAPACK with its work space, before long work that will need it: SIAM_E_UNSUPPORTED where it is not installed,
 * SIAM_E_NOMEM where a limit leaves no room for it. */
siam_code siam_eigenvalues_ready(siam_err *e);

#endif
