/* What the pixel loops share. They are plain C written so that the compiler vectorises them: no branches, a
 * fixed chunk of pixels, one array per colour. */
#ifndef SIAM_IMAGE_SIMD_H
#define SIAM_IMAGE_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Compile a function for AVX2 as well and choose when the program starts. No FMA: the results are the same
 * bits in either. Thread and memory sanitizers cannot instrument the chooser, so they get the plain one. */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&                 \
    !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define SIAM_PIXEL_LOOP __attribute__((target_clones("avx2", "default")))
#else
#define SIAM_PIXEL_LOOP
#endif
#define SIAM_INLINE static inline __attribute__((always_inline))

enum { SIAM_CHUNK = 64 };

/* A chunk of pixels, one array per colour. */
typedef struct siam_planes {
    uint8_t r[SIAM_CHUNK], g[SIAM_CHUNK], b[SIAM_CHUNK];
} siam_planes;

/* Load n <= SIAM_CHUNK pixels; the rest of a short chunk is zero. */
SIAM_INLINE void siam_planes_load(siam_planes *c, const uint8_t *p, size_t n)
{
    if (n == SIAM_CHUNK) {
        for (int i = 0; i < SIAM_CHUNK; i++) {
            c->r[i] = p[3 * i];
            c->g[i] = p[3 * i + 1];
            c->b[i] = p[3 * i + 2];
        }
        return;
    }
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < n; i++) {
        c->r[i] = p[3 * i];
        c->g[i] = p[3 * i + 1];
        c->b[i] = p[3 * i + 2];
    }
}

SIAM_INLINE void siam_planes_store(uint8_t *p, const siam_planes *c, size_t n)
{
    if (n == SIAM_CHUNK) {
        for (int i = 0; i < SIAM_CHUNK; i++) {
            p[3 * i] = c->r[i];
            p[3 * i + 1] = c->g[i];
            p[3 * i + 2] = c->b[i];
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        p[3 * i] = c->r[i];
        p[3 * i + 1] = c->g[i];
        p[3 * i + 2] = c->b[i];
    }
}

SIAM_INLINE int siam_imax(int a, int b) { return a > b ? a : b; }
SIAM_INLINE int siam_imin(int a, int b) { return a < b ? a : b; }
/* All bits set where a == b, and the choice between two values by such a mask. */
SIAM_INLINE int siam_same(int a, int b) { return -(int)(a == b); }
SIAM_INLINE int siam_pick(int mask, int yes, int no) { return no ^ ((yes ^ no) & mask); }

#endif
