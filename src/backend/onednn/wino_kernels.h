/* The pieces of Winograd convolutions with 3x3 kernels on blocked layouts, compiled once per instruction set.
 *
 * An image is cut into tiles of 4x4 outputs, each of which sees 6x6 inputs. A linear transform takes the 6x6
 * inputs to 36 numbers, another one the 3x3 weights; multiplied and summed over the channels, a third one
 * takes them to the 4x4 outputs. The sums over channels are then 36 matrix products, with 36 instead of 144
 * multiplications per tile and pair of channels: F(4x4, 3x3).
 *
 * With stride 2 an output sees the pixels of four phases of the image apart, which are the odd and the even rows and
 * columns: along a line two taps on the odd pixels and one on the even ones. Each phase is a convolution with stride 1
 * of at most 2x2 taps, F(4x4, 2x2), that takes 5x5 inputs to 25 numbers, and all four end in the same sums. Where
 * there is but one tap the last frequency of the weights is 0, so that 81 multiplications are left of 144. */
#ifndef SIAM_ONEDNN_WINO_KERNELS_H
#define SIAM_ONEDNN_WINO_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/onednn/kernels.h"

enum { SIAM_WINO_PHASES = 4 }; /* 0: odd rows, odd columns; 1: odd, even; 2: even, odd; 3: even, even */

/* The phases that frequency f of 25 has: all, but for the last row and column the odd ones alone. */
static inline int siam_wino_phases_of(int f) { return (f / 5 < 4 ? 2 : 1) * (f % 5 < 4 ? 2 : 1); }
static inline bool siam_wino_has(int f, int phase)
{
    return (f / 5 < 4 || phase < 2) && (f % 5 < 4 || phase % 2 == 0);
}
/* The place of a phase among those of frequency f. */
static inline int siam_wino_place(int f, int phase) { return phase == 2 && f % 5 == 4 ? 1 : phase; }

/* Images of `lanes` channels per block, cut into tiles; tiles are counted through images, rows, columns. */
typedef struct siam_wino_image {
    int64_t blocks, h, w; /* blocks of channels */
    int64_t rows, cols;   /* of tiles */
    int step;             /* 2: this image's phases count, and a tile is 4x4 pixels of each */
} siam_wino_image;

/* Transformed tiles [frequency][place of the phase][blocks][tiles][lanes]. */
typedef struct siam_wino_tiles {
    int64_t freq, block; /* strides in floats */
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
    /* Tiles first .. first + count of block `block` of x, of one phase where it has some. */
    void (*input)(const siam_wino_image *g, const float *x, int64_t block, int phase, int64_t first, int64_t count,
                  const siam_wino_tiles *t, float *v);
    /* The same of the gradient of the outputs. */
    void (*gradient)(const siam_wino_image *g, const float *x, int64_t block, int64_t first, int64_t count,
                     const siam_wino_tiles *t, float *v);
    void (*output)(const siam_wino_image *g, float *x, int64_t block, int phase, int64_t first, int64_t count,
                   const siam_wino_tiles *t, const float *m, const siam_wino_end *end);
    /* u[frequency][pairs of blocks of `to`][from][2 lanes] for one block of `to`; freq = floats between frequencies. With
     * phases, [places][from] in place of [from], or with phased_to [frequency][places][pairs]... */
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
