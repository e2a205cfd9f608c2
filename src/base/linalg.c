/* Symmetric eigenvalues through LAPACK's Fortran interface, declared here so that no LAPACKE is needed. */
#include "base/linalg.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/check.h"

/* Fortran passes everything by address, and the lengths of strings behind the arguments. */
extern void dsyev_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                   double *work, const int *lwork, int *info, size_t jobz_len, size_t uplo_len);

siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e)
{
    SIAM_ASSERT(n >= 0);
    if (n == 0)
        return SIAM_OK;
    /* LAPACK's iteration is not defined on NaN and may not end. */
    for (size_t i = 0; i < (size_t)n * (size_t)n; i++)
        if (!isfinite(a[i]))
            return siam_fail(e, SIAM_E_NUMERIC,
                             "the %d x %d matrix has an entry that is not finite (number %zu)", n, n, i);
    int info = 0, lwork = -1;
    double best = 0;
    dsyev_("N", "U", &n, a, &n, w, &best, &lwork, &info, 1, 1); /* asks for the best work space */
    SIAM_ASSERT(info == 0);
    lwork = (int)best;
    double *work = malloc((size_t)lwork * sizeof *work);
    if (!work)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the eigenvalues of a %d x %d matrix", n, n);
    dsyev_("N", "U", &n, a, &n, w, work, &lwork, &info, 1, 1);
    free(work);
    if (info != 0)
        return siam_fail(e, SIAM_E_NUMERIC, "the eigenvalues of a %d x %d matrix did not converge", n, n);
    return SIAM_OK;
}
