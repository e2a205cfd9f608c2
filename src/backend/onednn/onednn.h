/* The onednn backend's instance and what its operations share. Only this folder includes it. */
#ifndef SIAM_ONEDNN_ONEDNN_H
#define SIAM_ONEDNN_ONEDNN_H

#include "backend/backend.h"
#include "backend/onednn/dnnl_compat.h"
#include "backend/onednn/map_kernels.h"

typedef struct siam_onednn {
    siam_backend head; /* first: a siam_backend * is a siam_onednn * */
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    siam_isa isa;       /* what oneDNN would use, ONEDNN_MAX_CPU_ISA included */
    bool bf16;          /* the processor multiplies bfloat16 numbers */
    size_t cache_bytes; /* last-level cache: working sets below half of it are read twice for free */
} siam_onednn;

/* The instance behind a backend handle. OpenMP's thread count belongs to the calling thread, and a
 * oneDNN scratchpad is sized for the count at creation: set it on every entry. */
siam_onednn *siam_onednn_enter(siam_backend *b);

/* Floats per parallel chunk of an elementwise sweep: fixed, so results do not depend on threads. */
enum { SIAM_SWEEP = 16384 };

/* Whether a value has a type that map kernels take (map_kernels.h). */
static inline bool siam_onednn_map(const siam_desc *d) { return d->dtype == SIAM_F32 || d->dtype == SIAM_BF16; }

/* Vector width of a value's layout: 8 or 16 channels side by side. */
static inline int siam_onednn_lanes(const siam_desc *d)
{
    return d->layout == SIAM_NCHW8C || d->dim[1] % 16 ? 8 : 16;
}

/* Where the channel blocks of a value lie: pixel p of block b of image i starts at
 * i * image + b * block + p * pixel. */
typedef struct siam_blocks {
    int lanes;
    int64_t images, blocks, pixels;
    int64_t image, block, pixel; /* strides in elements */
} siam_blocks;

/* The map kernels for elementwise sweeps over values of this type; enters the backend. */
siam_sweep siam_sweep_of(siam_backend *b, const siam_desc *d);

/* False when the layout has no runs of 8 or 16 channels (plain NCHW with a height). */
bool siam_blocks_of(const siam_desc *d, siam_blocks *g);

#endif
