/* The little linear algebra we need beyond the backends. */
#ifndef SIAM_BASE_LINALG_H
#define SIAM_BASE_LINALG_H

#include "base/error.h"

/* Eigenvalues, ascending, of the symmetric n x n matrix a (destroyed) into w[n]; right to about 1e-15 of the largest. */
siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e);

#endif
