/* Winograd convolutions: sizes, and the order in which the kernels run. */
#include "backend/onednn/wino.h"

#include <omp.h>
#include <string.h>

#include "base/check.h"

enum {
    LINE = 16,         /* floats; frequencies are an odd number of cache lines apart, or 36 stores would compete */
    CHUNK = 48,        /* tiles in one go per 8 lanes: the transformed weights are read once per chunk */
    RESULTS = 64 << 10, /* floats of results in one go: they stay in a level-2 cache */
    GROUP = 256,        /* tiles summed in one go for the gradient of the weights */
    PIECES = 4          /* parts of a block of channels, and of a product, that threads share out */
};

static int64_t up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

static int64_t odd_lines(int64_t floats)
{
    const int64_t lines = (floats + LINE - 1) / LINE;
    return (lines | 1) * LINE;
}

static siam_wino_image image_of(const siam_desc *d, int lanes)
{
    return (siam_wino_image){d->dim[1] / lanes, d->dim[2], d->dim[3], (d->dim[2] + 3) / 4, (d->dim[3] + 3) / 4};
}

static bool applies(const siam_op_desc *d)
{
    const siam_layout l = d->in[0].layout;
    const int64_t block = l == SIAM_NCHW16C ? 16 : 8;
    return d->u.conv.kernel == 3 && d->u.conv.stride == 1 && d->u.conv.pad == 1 &&
           (l == SIAM_NCHW8C || l == SIAM_NCHW16C) && d->out.layout == l && d->in[0].dim[1] % block == 0 &&
           d->out.dim[1] % block == 0;
}

/* Strides and memory, once `chunk` is known: m holds m_blocks blocks, and there are `areas` pairs of v and m. */
static void size_scratch(siam_wino *w, const siam_wino_kernels *k, int64_t m_blocks, int areas)
{
    w->v.block = w->m.block = w->chunk * k->lanes;
    w->v.freq = odd_lines(w->in.blocks * w->v.block);
    w->m.freq = odd_lines(m_blocks * w->m.block);
    w->u_freq = odd_lines(w->weights.from * w->weights.to);
    w->u_floats = (size_t)(SIAM_WINO_FREQ * w->u_freq);
    w->area = (size_t)(SIAM_WINO_FREQ * (w->v.freq + w->m.freq));
    w->scratch_bytes = sizeof(float) * (w->u_floats + w->area * (size_t)areas);
}

/* Chunks of about the same size, as many as threads or a multiple. */
static void size_forward(siam_wino *w, const siam_wino_kernels *k)
{
    const int64_t most = CHUNK * k->lanes / 8;
    const int64_t rounds = (w->tiles + most * w->threads - 1) / (most * w->threads);
    w->chunk = up((w->tiles + rounds * w->threads - 1) / (rounds * w->threads), k->rows);
    w->part = RESULTS / (SIAM_WINO_FREQ * w->chunk * k->lanes) / 2 * 2;
    if (w->part < 2)
        w->part = 2;
    if (w->part > w->out.blocks)
        w->part = w->out.blocks;
    size_scratch(w, k, w->part, w->threads);
}

/* The groups are the parts of a sum: they must not depend on the threads. */
static void size_gradient(siam_wino *w, const siam_wino_kernels *k)
{
    w->chunk = w->tiles < GROUP ? w->tiles : GROUP;
    size_scratch(w, k, w->out.blocks, 1);
}

siam_code siam_wino_create(siam_wino *w, const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir,
                           siam_err *e)
{
    const int lanes = d->in[0].layout == SIAM_NCHW16C ? 16 : 8;
    const siam_wino_kernels *k = siam_wino_kernels_get(b->isa, lanes);
    if (!k || !applies(d))
        return siam_fail(e, SIAM_E_UNSUPPORTED, "there is no own Winograd convolution for this shape");
    const int64_t c = d->in[0].dim[1], o = d->out.dim[1];
    const siam_wino_image src = image_of(&d->in[0], lanes), dst = image_of(&d->out, lanes);
    const bool back = dir == SIAM_CONV_BWD_D;
    *w = (siam_wino){.kernels = k, .dir = dir, .threads = b->head.threads, .in = src, .out = dst};
    w->tiles = d->in[0].dim[0] * src.rows * src.cols;
    w->weights = (siam_wino_weights){c, o, 9, c * 9, false};
    if (back) { /* the gradient of the data is a convolution with weights turned around and transposed */
        w->in = dst;
        w->out = src;
        w->weights = (siam_wino_weights){o, c, c * 9, 9, true};
    } else if (dir == SIAM_CONV_FWD) {
        w->bias = d->u.conv.bias;
        w->add = d->u.conv.add;
        w->relu = d->u.conv.relu;
    }
    if (dir == SIAM_CONV_BWD_W)
        size_gradient(w, k);
    else
        size_forward(w, k);
    return SIAM_OK;
}

static void chunk_of(const siam_wino *w, int64_t first, const float *in, float *out, const float *u, float *area,
                     const float *bias)
{
    const siam_wino_kernels *k = w->kernels;
    const siam_wino_end end = {w->bias ? bias : NULL, w->add, w->relu};
    const int64_t count = w->tiles - first < w->chunk ? w->tiles - first : w->chunk;
    const int64_t whole = up(count, k->rows), pair = w->weights.from * k->lanes;
    float *v = area, *m = area + SIAM_WINO_FREQ * w->v.freq;
    for (int64_t b = 0; b < w->in.blocks; b++) {
        k->input(&w->in, in, b, first, count, &w->v, v);
        for (int f = 0; f < SIAM_WINO_FREQ && whole > count; f++)
            memset(v + f * w->v.freq + b * w->v.block + count * k->lanes, 0,
                   sizeof(float) * (size_t)((whole - count) * k->lanes));
    }
    for (int64_t b = 0; b < w->out.blocks; b += w->part) {
        const int64_t part = w->out.blocks - b < w->part ? w->out.blocks - b : w->part;
        for (int f = 0; f < SIAM_WINO_FREQ; f++)
            k->product(w->in.blocks, part, whole, v + f * w->v.freq, w->v.block, u + f * w->u_freq + b * pair,
                       m + f * w->m.freq, w->m.block);
        for (int64_t i = 0; i < part; i++)
            k->output(&w->out, out, b + i, first, count, &w->m, m + i * w->m.block, &end);
    }
}

static void forward(const siam_wino *w, const float *in, float *out, const float *weights, const float *bias,
                    float *scratch)
{
    float *u = scratch;
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < w->out.blocks; b++)
        w->kernels->weights(&w->weights, weights, b, w->u_freq, u);
#pragma omp parallel for schedule(static)
    for (int64_t first = 0; first < w->tiles; first += w->chunk)
        chunk_of(w, first, in, out, u, scratch + w->u_floats + w->area * (size_t)omp_get_thread_num(), bias);
}

/* Piece i of the transforms of a group: a part of the tiles of one block of channels, of inputs or gradients. */
static void transform_piece(const siam_wino *w, int64_t i, int64_t first, int64_t count, const float *src,
                            const float *ddst, float *v, float *d)
{
    const siam_wino_kernels *k = w->kernels;
    const int64_t block = i / PIECES, from = count * (i % PIECES) / PIECES;
    const int64_t n = count * (i % PIECES + 1) / PIECES - from, skip = from * k->lanes;
    if (block < w->in.blocks)
        k->input(&w->in, src, block, first + from, n, &w->v, v + skip);
    else
        k->gradient(&w->out, ddst, block - w->in.blocks, first + from, n, &w->m, d + skip);
}

/* Piece i of the products: some blocks of one frequency. */
static void outer_piece(const siam_wino *w, int64_t i, int64_t count, const float *v, const float *d, float *du,
                        bool first)
{
    const int64_t f = i / PIECES, block = w->in.blocks * (i % PIECES) / PIECES;
    const int64_t n = w->in.blocks * (i % PIECES + 1) / PIECES - block;
    w->kernels->outer(n, w->out.blocks, count, v + f * w->v.freq + block * w->v.block, w->v.block,
                      d + f * w->m.freq, w->m.block,
                      du + f * w->u_freq + block * w->kernels->lanes * w->weights.to, first);
}

/* Every sum has one owner and runs through the groups in order. */
static void gradient(const siam_wino *w, const float *src, const float *ddst, float *dweights, float *scratch)
{
    float *du = scratch, *v = du + w->u_floats, *d = v + SIAM_WINO_FREQ * w->v.freq;
#pragma omp parallel
    {
        for (int64_t first = 0; first < w->tiles; first += w->chunk) {
            const int64_t count = w->tiles - first < w->chunk ? w->tiles - first : w->chunk;
#pragma omp for schedule(static)
            for (int64_t i = 0; i < (w->in.blocks + w->out.blocks) * PIECES; i++)
                transform_piece(w, i, first, count, src, ddst, v, d);
#pragma omp for schedule(static)
            for (int64_t i = 0; i < SIAM_WINO_FREQ * PIECES; i++)
                outer_piece(w, i, count, v, d, du, first == 0);
        }
#pragma omp for schedule(static)
        for (int64_t b = 0; b < w->out.blocks; b++)
            w->kernels->weights_back(&w->weights, dweights, b, w->u_freq, du);
    }
}

void siam_wino_run(const siam_wino *w, float *src, float *dst, float *weights, const float *bias, void *scratch)
{
    switch (w->dir) {
    case SIAM_CONV_FWD: forward(w, src, dst, weights, bias, scratch); break;
    case SIAM_CONV_BWD_D: forward(w, dst, src, weights, NULL, scratch); break;
    case SIAM_CONV_BWD_W: gradient(w, src, dst, weights, scratch); break;
    }
}
