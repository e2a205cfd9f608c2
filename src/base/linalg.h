/* The little linear algebra we need beyond the backends, through LAPACK. */
#ifndef SIAM_BASE_LINALG_H
#define SIAM_BASE_LINALG_H

#include "base/error.h"

/* Eigenvalues, ascending, of the symmetric n x n matrix a (destroyed) into w[n]. */
siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e);

/* Whether LAPACK can be loaded, to be asked before long work that will need it: SIAM_E_UNSUPPORTED when not. */
siam_code siam_eigenvalues_ready(siam_err *e);

#endif
