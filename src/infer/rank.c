/* Effective rank through the Gram matrix: its eigenvalues are the squared singular values. */
#include "infer/rank.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/linalg.h"

siam_code siam_effective_rank(siam_backend *b, const float *z, int64_t rows, int64_t dim, double *rank, siam_err *e)
{
    const int n = rows < SIAM_RANK_ROWS ? (int)rows : SIAM_RANK_ROWS;
    const size_t square = (size_t)n * (size_t)n;
    float *gram = malloc(square * sizeof *gram);
    double *k = malloc(square * sizeof *k), *w = malloc((size_t)n * sizeof *w);
    siam_code rc = SIAM_OK;
    if (!gram || !k || !w)
        SIAM_TRY_OUT(rc, siam_fail(e, SIAM_E_NOMEM, "out of memory for the effective rank"));
    SIAM_TRY_OUT(rc, b->type->matmul(b, false, true, n, n, dim, z, z, 0.0f, gram, e));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) { /* cosine of rows i and j */
            const double norm = sqrt((double)gram[(size_t)i * n + i]) * sqrt((double)gram[(size_t)j * n + j]);
            k[(size_t)i * n + j] = gram[(size_t)i * n + j] / fmax(norm, 1e-30);
        }
    SIAM_TRY_OUT(rc, siam_eigenvalues(n, k, w, e));
    double sum = 0, entropy = 0;
    for (int i = 0; i < n; i++)
        sum += sqrt(fmax(w[i], 0));
    for (int i = 0; i < n && sum > 0; i++) {
        const double p = sqrt(fmax(w[i], 0)) / sum;
        entropy -= p > 0 ? p * log(p) : 0;
    }
    *rank = exp(entropy);
out:
    free(gram);
    free(k);
    free(w);
    return rc;
}
