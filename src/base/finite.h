/* Looking for NaN and infinity. */
#ifndef SIAM_BASE_FINITE_H
#define SIAM_BASE_FINITE_H

#include <stddef.h>

/* The first of n numbers that is NaN or infinite, or n. Takes about as long as reading them does. */
size_t siam_first_nonfinite(const float *x, size_t n);

#endif
