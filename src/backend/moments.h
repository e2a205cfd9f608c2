/* Means and variances over the values of all ranks. */
#ifndef SIAM_BACKEND_MOMENTS_H
#define SIAM_BACKEND_MOMENTS_H

#include "comm/comm.h"

/* x[k][2]: the mean of n values of this rank, and the sum of their squares about it, become those of the n * size values of
 * all ranks, in one message (Chan, Golub and LeVeque 1983). all[size][k][2]: room for those of every rank. */
siam_code siam_moments_of_ranks(const siam_comm *c, double n, double *x, size_t k, double *all, siam_err *e);

#endif
