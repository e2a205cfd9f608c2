/* Symmetric eigenvalues: Householder's reflections to a tridiagonal matrix, then bisection on how many eigenvalues lie below a
 * number (Sturm). LAPACK would be a library, and often one that starts threads, for one call on a small matrix. */
#include "base/linalg.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/check.h"

/* A := H A H for the block of rows and columns [k + 1, n), H = I - (2 / v.v) v v', which turns column k below its diagonal into
 * (alpha, 0, 0, ...). v and w are scratch of n. Returns alpha. */
static double reflect(int n, int k, double *a, double *v, double *w)
{
    double norm = 0, vv = 0, vp = 0;
    for (int i = k + 1; i < n; i++) {
        v[i] = a[(size_t)i * (size_t)n + (size_t)k];
        norm += v[i] * v[i];
    }
    const double alpha = v[k + 1] > 0 ? -sqrt(norm) : sqrt(norm);
    v[k + 1] -= alpha;
    for (int i = k + 1; i < n; i++)
        vv += v[i] * v[i];
    if (!(vv > 0))
        return alpha;
    const double beta = 2 / vv;
    for (int i = k + 1; i < n; i++) {
        const double *row = a + (size_t)i * (size_t)n;
        double sum = 0;
        for (int j = k + 1; j < n; j++)
            sum += row[j] * v[j];
        w[i] = beta * sum;
        vp += v[i] * w[i];
    }
    for (int i = k + 1; i < n; i++)
        w[i] -= beta / 2 * vp * v[i];
    for (int i = k + 1; i < n; i++) {
        double *row = a + (size_t)i * (size_t)n;
        for (int j = k + 1; j < n; j++)
            row[j] -= v[i] * w[j] + w[i] * v[j];
    }
    return alpha;
}

/* How many eigenvalues of the tridiagonal matrix lie below x: the negative pivots of its elimination. off[i] is beside d[i] and
 * d[i + 1], squared. */
static int below(int n, const double *d, const double *off, double x)
{
    int count = 0;
    double pivot = 1;
    for (int i = 0; i < n; i++) {
        pivot = d[i] - x - (i ? off[i - 1] / pivot : 0);
        if (fabs(pivot) < DBL_MIN / DBL_EPSILON) /* a zero stands for a small negative one */
            pivot = -DBL_MIN / DBL_EPSILON;
        count += pivot < 0;
    }
    return count;
}

/* The eigenvalue number k, ascending, of a matrix whose eigenvalues lie in [-bound, bound]. */
static double bisect(int n, const double *d, const double *off, int k, double bound)
{
    double low = -bound, high = bound;
    while (high - low > bound * DBL_EPSILON) {
        const double middle = low + (high - low) / 2;
        if (below(n, d, off, middle) > k)
            high = middle;
        else
            low = middle;
    }
    return low + (high - low) / 2;
}

siam_code siam_eigenvalues(int n, double *a, double *w, siam_err *e)
{
    SIAM_ASSERT(n >= 0);
    const size_t square = (size_t)n * (size_t)n;
    double most = 0, bound = 0;
    for (size_t i = 0; i < square; i++) {
        if (!isfinite(a[i]))
            return siam_fail(e, SIAM_E_NUMERIC,
                             "the %d x %d matrix has an entry that is not finite (number %zu)", n, n, i);
        most = fmax(most, fabs(a[i]));
    }
    double *work = malloc(((size_t)n * 3 + 1) * sizeof *work), *d = work, *off = work + n, *v = off + n;
    if (!work)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the eigenvalues of a %d x %d matrix", n, n);
    for (size_t i = 0; most > 0 && i < square; i++)
        a[i] /= most; /* no square over- or underflows */
    for (int k = 0; k < n; k++) {
        d[k] = a[(size_t)k * (size_t)n + (size_t)k];
        off[k] = k + 1 < n ? reflect(n, k, a, v, w) : 0;
    }
    for (int k = 0; k < n; k++) /* Gershgorin's circles */
        bound = fmax(bound, fabs(d[k]) + fabs(off[k]) + (k ? fabs(off[k - 1]) : 0));
    for (int k = 0; k < n; k++)
        off[k] *= off[k];
    for (int k = 0; k < n; k++)
        w[k] = most * bisect(n, d, off, k, bound);
    free(work);
    return SIAM_OK;
}
