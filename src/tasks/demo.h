/* The demonstration: SimSiam on the embedded data set, with and without the stop-gradient, beside two baselines. */
#ifndef SIAM_TASKS_DEMO_H
#define SIAM_TASKS_DEMO_H

#include <signal.h>
#include <stdio.h>

#include "base/error.h"

/* Trains in runs/ for at most about three minutes on 2 cores and prints the table to `out`, progress to `console`. */
siam_code siam_demo(FILE *out, FILE *console, int threads, const volatile sig_atomic_t *stop, siam_err *e);

#endif
