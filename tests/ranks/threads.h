/* Ranks for tests: threads of one process, each with a communicator of its own. */
#ifndef SIAM_TESTS_RANKS_THREADS_H
#define SIAM_TESTS_RANKS_THREADS_H

#include "comm/comm.h"

/* Call `work` on n threads, each as one rank, with the share [rank] of `user`'s array of such bytes; returns when all have
 * ended. */
void run_ranks(int n, void (*work)(const siam_comm *c, void *share), void *user, size_t bytes);

#endif
