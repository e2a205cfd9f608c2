/* Under AddressSanitizer a step of a plan may touch its own operands and nothing else: the one block of activations is
 * poisoned but for them, with a gap behind each. In other builds these do nothing. */
#ifndef SIAM_NN_FENCE_H
#define SIAM_NN_FENCE_H

#include "nn/plan_internal.h"

#if defined(__SANITIZE_ADDRESS__)
#define SIAM_FENCE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIAM_FENCE 1
#endif
#endif

#ifdef SIAM_FENCE
enum { SIAM_FENCE_BYTES = 128 }; /* behind every buffer */
void siam_fence_open(const siam_plan *p);  /* the block was allocated: only what callers read and write is open */
void siam_fence_close(const siam_plan *p); /* before it is freed */
void siam_fence_enter(const siam_plan *p, const plan_step *s);
void siam_fence_leave(const siam_plan *p, const plan_step *s);
void siam_fence_pause(const siam_plan *p); /* a run has ended */
#else
enum { SIAM_FENCE_BYTES = 0 };
static inline void siam_fence_open(const siam_plan *p) { (void)p; }
static inline void siam_fence_close(const siam_plan *p) { (void)p; }
static inline void siam_fence_enter(const siam_plan *p, const plan_step *s) { (void)p, (void)s; }
static inline void siam_fence_leave(const siam_plan *p, const plan_step *s) { (void)p, (void)s; }
static inline void siam_fence_pause(const siam_plan *p) { (void)p; }
#endif

#endif
