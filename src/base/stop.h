/* A request to stop, made by a signal handler or by another thread. */
#ifndef SIAM_BASE_STOP_H
#define SIAM_BASE_STOP_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIAM_STOP_CALLER = -1, /* asked by the program that uses the library, not by a signal */
    SIAM_STOP_TIME = 1 << 20, /* the time that it was given is over */
    SIAM_EXIT_AGAIN = 75, /* exit status (sysexits.h: try again later) after SIGUSR1 or that time: a scheduler may take it by its word */
    SIAM_STOP_UNHEARD = -2 /* what a flag of signals begins with: nobody has looked at it yet, so nobody would hear */
};

/* The signal's number, SIAM_STOP_CALLER, or 0: go on. NULL never stops. Atomic: `volatile` alone orders nothing between
 * threads. The first look makes 0 of SIAM_STOP_UNHEARD: from then on there is something to be saved, and who looks, looks
 * again at least every second. Until then a signal ends the program at once, however long a folder is listed. */
static inline int siam_stop_asked(const volatile sig_atomic_t *stop)
{
    sig_atomic_t why = stop ? __atomic_load_n(stop, __ATOMIC_RELAXED) : 0;
    if (why != SIAM_STOP_UNHEARD)
        return why;
    if (__atomic_compare_exchange_n((volatile sig_atomic_t *)(uintptr_t)stop, &why, 0, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return 0;
    return why;
}

static inline void siam_stop_ask(volatile sig_atomic_t *stop, int why) { __atomic_store_n(stop, why, __ATOMIC_RELAXED); }

#endif
