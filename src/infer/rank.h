/* Effective rank of a set of embeddings, the second collapse gauge. */
#ifndef SIAM_INFER_RANK_H
#define SIAM_INFER_RANK_H

#include <stdint.h>

#include "backend/backend.h"

enum { SIAM_RANK_ROWS = 512 };

/* exp(entropy of s_i / sum s), s = singular values of the l2-normalised rows (Roy & Vetterli 2007; RankMe, Garrido et
 * al. 2023): 1 when all rows point the same way, at most min(rows, dim). Rows beyond SIAM_RANK_ROWS are left out. */
siam_code siam_effective_rank(siam_backend *b, const float *z, int64_t rows, int64_t dim, double *rank, siam_err *e);

#endif
