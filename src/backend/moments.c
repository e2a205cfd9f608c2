/* Means and variances over the values of all ranks. */
#include "backend/moments.h"

#include "base/check.h"

siam_code siam_moments_of_ranks(const siam_comm *c, double n, double *x, size_t k, double *all, siam_err *e)
{
    SIAM_TRY(c->type->gather(c, x, 2 * k * sizeof *x, all, e));
    for (size_t i = 0; i < k; i++) {
        double mean = 0, squares = 0;
        for (int r = 0; r < c->size; r++)
            mean += all[2 * ((size_t)r * k + i)] / c->size;
        for (int r = 0; r < c->size; r++) {
            const double *of = all + 2 * ((size_t)r * k + i), away = of[0] - mean;
            squares += of[1] + n * away * away;
        }
        x[2 * i] = mean;
        x[2 * i + 1] = squares;
    }
    return SIAM_OK;
}
