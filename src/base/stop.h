/* A request to stop, made by a signal handler or by another thread. */
#ifndef SIAM_BASE_STOP_H
#define SIAM_BASE_STOP_H

#include <signal.h>
#include <stddef.h>

enum { SIAM_STOP_CALLER = -1 }; /* asked by the program that uses the library, not by a signal */

/* The signal's number, SIAM_STOP_CALLER, or 0: go on. NULL never stops. Atomic: `volatile` alone orders nothing between
 * threads. */
static inline int siam_stop_asked(const volatile sig_atomic_t *stop)
{
    return stop ? __atomic_load_n(stop, __ATOMIC_RELAXED) : 0;
}

static inline void siam_stop_ask(volatile sig_atomic_t *stop, int why) { __atomic_store_n(stop, why, __ATOMIC_RELAXED); }

#endif
