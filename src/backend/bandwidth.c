/* The bandwidth of the host's memory: each thread sweeps over a part of blocks that no cache holds. */
#include <omp.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "backend/backend.h"
#include "base/system.h"

enum { SWEEPS = 4, LEAST = 32 << 20, MOST = 512 << 20, LANES = 16 };

typedef struct blocks {
    float *a, *b, *c;
    size_t n; /* floats of each, a multiple of LANES */
} blocks;

/* Past the caches where the processor can: a plain store first reads what it replaces. */
static inline void store(float *to, const float *from)
{
#ifdef __SSE2__
    for (int i = 0; i < LANES; i += 4)
        _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
#else
    for (int i = 0; i < LANES; i++)
        to[i] = from[i];
#endif
}

static double sweep_read(const blocks *m)
{
    double all = 0;
#pragma omp parallel for schedule(static) reduction(+ : all)
    for (size_t i = 0; i < m->n; i += 64 * LANES) {
        float sum[LANES] = {0};
        for (size_t j = i; j < i + 64 * LANES; j += LANES)
            for (int k = 0; k < LANES; k++)
                sum[k] += m->a[j + (size_t)k];
        for (int k = 0; k < LANES; k++)
            all += (double)sum[k];
    }
    return all;
}

static void sweep_write(const blocks *m, float value)
{
    float v[LANES];
    for (int k = 0; k < LANES; k++)
        v[k] = value;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < m->n; i += LANES)
        store(m->c + i, v);
}

static void sweep_triad(const blocks *m)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < m->n; i += LANES) {
        float v[LANES];
        for (int k = 0; k < LANES; k++)
            v[k] = m->a[i + (size_t)k] + 3 * m->b[i + (size_t)k];
        store(m->c + i, v);
    }
}

static void keep_larger(double *best, double bytes, double seconds)
{
    *best = bytes / seconds > *best ? bytes / seconds : *best;
}

static void measure(siam_bandwidth *best, const blocks *m)
{
    const double bytes = (double)m->n * sizeof(float);
    double sum = 0;
    for (int i = 0; i < SWEEPS; i++) {
        double start = siam_clock();
        sum += sweep_read(m);
        keep_larger(&best->read, bytes, siam_clock() - start);
        start = siam_clock();
        sweep_write(m, (float)(1 + 1e-30 * sum)); /* needs the sum, so that no compiler leaves it out */
        keep_larger(&best->write, bytes, siam_clock() - start);
        start = siam_clock();
        sweep_triad(m);
        keep_larger(&best->triad, 3 * bytes, siam_clock() - start);
    }
}

siam_code siam_host_bandwidth(siam_backend *b, siam_bandwidth *best, siam_err *e)
{
    size_t bytes = 2 * siam_cache_bytes(3, 0);
    bytes = bytes < LEAST ? LEAST : bytes > MOST ? MOST : bytes;
    if (3 * bytes > siam_memory_available() / 2)
        bytes = siam_memory_available() / 6 / (64 * LANES * sizeof(float)) * (64 * LANES * sizeof(float));
    blocks m = {.n = bytes / sizeof(float) / (64 * LANES) * (64 * LANES)};
    float *all = m.n ? aligned_alloc(64, 3 * m.n * sizeof *all) : NULL;
    if (!all)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for measuring the memory bandwidth");
    m.a = all;
    m.b = all + m.n;
    m.c = all + 2 * m.n;
    omp_set_num_threads(b->threads);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < m.n; i++)
        m.a[i] = m.b[i] = m.c[i] = 1; /* touched by the thread that will read it */
    measure(best, &m);
    free(all);
    return SIAM_OK;
}
