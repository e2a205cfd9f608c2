/* The pieces of Winograd convolutions with 3x3 kernels on blocked layouts, compiled once per instruction set.
 *
 * An image is cut into tiles of 4x4 outputs, each of which sees 6x6 inputs. A linear transform takes the 6x6
 * inputs to 36 numbers, another one the 3x3 weights; multiplied and summed over the channels, a third one
 * takes them to the 4x4 outputs. The sums over channels are then 36 matrix products, with 36 instead of 144
 * multiplications per tile and pair of channels: F(4x4, 3x3).
 *
 * With stride 2 the image is split into four phases: its pixels in odd or even rows and odd or even columns (counted
 * from 0). Of the 3 taps of a line two fall on odd pixels and one on even ones. So every phase is a convolution of
 * stride 1 with at most 2x2 taps, F(4x4, 2x2), that takes 5x5 inputs to 25 numbers, and the four add up. A line with
 * one tap needs only 4 of the 5 frequencies: (5 + 4)^2 = 81 multiplications per tile instead of 144. */
#ifndef SIAM_ONEDNN_WINO_KERNELS_H
#define SIAM_ONEDNN_WINO_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/onednn/kernels.h"

enum { SIAM_WINO_PHASES = 4 }; /* 0: odd rows, odd columns; 1: odd, even; 2: even, odd; 3: even, even */

/* How many phases frequency f of 5x5 has: in the last row only those of odd rows, in the last column only those of odd
 * columns. */
static inline int siam_wino_phases_of(int f) { return (f / 5 < 4 ? 2 : 1) * (f % 5 < 4 ? 2 : 1); }
static inline bool siam_wino_has_phase(int f, int phase)
{
    return (f / 5 < 4 || phase < 2) && (f % 5 < 4 || phase % 2 == 0);
}
/* The index of a phase among those that frequency f has: its place. Only for phases that it has. */
static inline int siam_wino_place(int f, int phase) { return phase == 2 && f % 5 == 4 ? 1 : phase; }
enum { SIAM_WINO_LINE = 16 }; /* floats of a cache line */
/* Where frequency f begins if every place before it takes `floats`: a line more for each frequency, or the stores of a
 * tile's frequencies would compete for the same lines of a cache. */
static inline int64_t siam_wino_begin(int f, int64_t floats)
{
    return (f / 5 < 4 ? f / 5 * 18 + f % 5 * 4 : 72 + f % 5 * 2) * floats + f * SIAM_WINO_LINE;
}

/* Images of `lanes` channels per block, cut into tiles; tiles are counted through images, rows, columns. */
typedef struct siam_wino_image {
    int64_t blocks, h, w; /* blocks of channels */
    int64_t rows, cols;   /* of tiles */
    int step;             /* 1, or 2: tiles are 4x4 pixels of one phase, which lie 2 apart */
} siam_wino_image;
static inline int siam_wino_phases(const siam_wino_image *g) { return g->step == 2 ? SIAM_WINO_PHASES : 1; }

/* Transformed tiles [frequency][place][blocks][tiles][lanes]; places only of inputs, where these have phases. */
typedef struct siam_wino_tiles {
    int64_t freq, place, block; /* strides in floats */
} siam_wino_tiles;

/* What an output transform does beyond writing: out = relu?(y + bias? + out?) */
typedef struct siam_wino_end {
    const float *bias;
    bool add, relu;
} siam_wino_end;

/* Weights w[to * to_stride + from * from_stride + k], k = 0..8, the last first when `rotated`. */
typedef struct siam_wino_weights {
    int64_t from, to; /* channels in the sum, and in the result */
    int64_t from_stride, to_stride;
    bool rotated;
    bool phased_to; /* stride 2: the phases are those of the result */
} siam_wino_weights;

typedef struct siam_wino_kernels {
    int lanes, rows; /* rows: tiles a product takes at a time; counts of tiles are rounded up to it */
    int freq;        /* frequencies: 36, or 25 for stride 2 */
    /* Tiles first .. first + count of block `block` of x, of one phase where it has some, to v: the block's tiles at
     * frequency 0 and place 0. */
    void (*input)(const siam_wino_image *g, const float *x, int64_t block, int phase, int64_t first, int64_t count,
                  const siam_wino_tiles *t, float *v);
    /* The same of the gradient of the outputs. */
    void (*gradient)(const siam_wino_image *g, const float *x, int64_t block, int64_t first, int64_t count,
                     const siam_wino_tiles *t, float *v);
    void (*output)(const siam_wino_image *g, float *x, int64_t block, int phase, int64_t first, int64_t count,
                   const siam_wino_tiles *t, const float *m, const siam_wino_end *end);
    /* u[frequency][pairs of blocks of `to`][place][from][2 lanes], with phased_to u[frequency][place][pairs][from][2
     * lanes], for one block of `to`; the last pair may be a single [lanes]. freq: see siam_wino's u_freq. */
    void (*weights)(const siam_wino_weights *k, const float *w, int64_t to_block, int64_t freq, float *u);
    /* m = v u for one frequency, `to_blocks` blocks of results, u_block floats of u apart, and `tiles` tiles. */
    void (*product)(int64_t from_blocks, int64_t to_blocks, int64_t tiles, const float *v, int64_t v_block,
                    const float *u, int64_t u_block, float *m, int64_t m_block);
    /* du[from channel][to channel] += (first: =) sum over tiles of v d, for one frequency and from_blocks of v. */
    void (*outer)(int64_t from_blocks, int64_t to_blocks, int64_t tiles, const float *v, int64_t v_block,
                  const float *d, int64_t d_block, float *du, bool first);
    /* w += the gradient of the weights, from du[frequency][place][from][to]; for one block of `to`. */
    void (*weights_back)(const siam_wino_weights *k, float *w, int64_t to_block, int64_t freq,
                         const float *du);
} siam_wino_kernels;

/* NULL where there are none: they need AVX2 with FMA. */
const siam_wino_kernels *siam_wino_kernels_get(siam_isa isa, int lanes, int stride);

#endif
