/* What the machine has and says: the clock, memory, processors. */
#ifndef SIAM_BASE_SYSTEM_H
#define SIAM_BASE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Monotonic seconds. */
double siam_clock(void);
/* Bytes this process may still allocate: the smallest of MemAvailable, the cgroup limit and what `ulimit -v` leaves. */
size_t siam_memory_available(void);
/* Processors this process should use: those it is allowed to run on, a container's quota, and OMP_NUM_THREADS. */
int siam_cpu_count(void);
/* Resident bytes of this process now, and its peak. */
size_t siam_memory_resident(void);
size_t siam_memory_peak(void);
/* Bytes of the cache of a level (2 or 3), or `unknown` where the system does not say. */
size_t siam_cache_bytes(int level, size_t unknown);
/* "AMD EPYC 7B13", or "unknown processor" and false. */
bool siam_cpu_model(char *buf, size_t n);

/* a + b bytes; SIZE_MAX, "more than can be counted", stays that. */
static inline size_t siam_bytes_add(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }

#endif
