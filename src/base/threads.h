/* Whether threads can be had, asked before somebody needs them who ends the program when they cannot. */
#ifndef SIAM_BASE_THREADS_H
#define SIAM_BASE_THREADS_H

#include <pthread.h>
#include <stddef.h>

#include "base/error.h"

/* How many threads beside the caller's can run at once now, at most n: limits of processes and of memory count. */
int siam_threads_possible(int n);

/* Start OpenMP's threads for the caller, n with its own, and leave them waiting: they are there when they are needed. OpenMP
 * ends the program when it cannot start one, so ask first. Returns how many there are. */
int siam_threads_start(int n);

/* Start work(user) in a thread with a stack of so many bytes, 0: the usual. No signal reaches it: those are for the threads that
 * the program started with. 0, or what pthread_create says. */
int siam_thread_start(pthread_t *thread, size_t stack, void *(*work)(void *user), void *user);

/* A thread with a stack of so many bytes could not be started, `error` is pthread_create's: for want of memory SIAM_E_NOMEM,
 * else SIAM_E_UNSUPPORTED with a hint at the limit. what: "the thread that reads images". */
siam_code siam_thread_fail(siam_err *e, int error, size_t stack, const char *what);

#endif
