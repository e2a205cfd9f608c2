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

/* Tiles are 4x4 of the outputs, which are `step` pixels apart in d. */
static siam_wino_image image_of(const siam_desc *d, const siam_desc *outputs, int lanes, int step)
{
    return (siam_wino_image){.blocks = d->dim[1] / lanes,
                             .h = d->dim[2],
                             .w = d->dim[3],
                             .rows = (outputs->dim[2] + 3) / 4,
                             .cols = (outputs->dim[3] + 3) / 4,
                             .step = step};
}

static bool applies(const siam_op_desc *d)
{
    const siam_layout l = d->in[0].layout;
    const int64_t block = l == SIAM_NCHW16C ? 16 : 8;
    return d->u.conv.kernel == 3 && d->u.conv.stride <= 2 && d->u.conv.pad == 1 &&
           (l == SIAM_NCHW8C || l == SIAM_NCHW16C) && d->out.layout == l && d->in[0].dim[1] % block == 0 &&
           d->out.dim[1] % block == 0;
}

/* Strides and memory, once `chunk` is known: m holds m_blocks blocks, and there are `areas` pairs of v and m. */
static void size_scratch(siam_wino *w, const siam_wino_kernels *k, int64_t m_blocks, int areas)
{
    w->v.block = w->m.block = w->chunk * k->lanes;
    w->v.freq = odd_lines(w->in_phases * w->in.blocks * w->v.block);
    w->m.freq = odd_lines(m_blocks * w->m.block);
    w->u_freq = odd_lines(w->in_phases * w->out_phases * w->weights.from * w->weights.to);
    w->u_floats = (size_t)(k->freq * w->u_freq);
    w->area = (size_t)(k->freq * (w->v.freq + w->m.freq));
    w->scratch_bytes = sizeof(float) * (w->u_floats + w->area * (size_t)areas);
}

/* Chunks of about the same size, as many as threads or a multiple. */
static void size_forward(siam_wino *w, const siam_wino_kernels *k)
{
    const int64_t most = CHUNK * k->lanes / 8;
    const int64_t rounds = (w->tiles + most * w->threads - 1) / (most * w->threads);
    w->chunk = up((w->tiles + rounds * w->threads - 1) / (rounds * w->threads), k->rows);
    w->part = RESULTS / (k->freq * w->chunk * k->lanes) / 2 * 2;
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
    const siam_wino_kernels *k = applies(d) ? siam_wino_kernels_get(b->isa, lanes, d->u.conv.stride) : NULL;
    if (!k)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "there is no own Winograd convolution for this shape");
    const int64_t c = d->in[0].dim[1], o = d->out.dim[1];
    const siam_wino_image src = image_of(&d->in[0], &d->out, lanes, d->u.conv.stride);
    const siam_wino_image dst = image_of(&d->out, &d->out, lanes, 1);
    const bool back = dir == SIAM_CONV_BWD_D;
    const int phases = d->u.conv.stride == 2 ? SIAM_WINO_PHASES : 1;
    *w = (siam_wino){.kernels = k, .dir = dir, .threads = b->head.threads, .in = src, .out = dst};
    w->tiles = d->in[0].dim[0] * src.rows * src.cols;
    w->in_phases = back ? 1 : phases;
    w->out_phases = back ? phases : 1;
    w->weights = (siam_wino_weights){c, o, 9, c * 9, false, false};
    if (back) { /* the gradient of the data is a convolution with weights turned around and transposed */
        w->in = dst;
        w->out = src;
        w->weights = (siam_wino_weights){o, c, c * 9, 9, true, phases > 1};
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

/* Blocks of what the sums at frequency f run over. */
static int64_t blocks_from(const siam_wino *w, int f)
{
    return w->in.blocks * (w->in_phases == 1 ? 1 : siam_wino_phases_of(f));
}

/* The results of one phase in blocks [b, b + part): all frequencies that it has, and the transform back. */
static void results(const siam_wino *w, int phase, int64_t b, int64_t part, int64_t first, int64_t count, const float *v,
                    const float *u, float *m, float *out, const siam_wino_end *end)
{
    const siam_wino_kernels *k = w->kernels;
    const int64_t u_block = w->in_phases * w->weights.from * k->lanes;
    for (int f = 0; f < k->freq; f++) {
        const int64_t place = w->out_phases == 1 ? 0 : siam_wino_place(f, phase);
        if (w->out_phases == 1 || siam_wino_has(f, phase))
            k->product(blocks_from(w, f), part, up(count, k->rows), v + f * w->v.freq, w->v.block,
                       u + f * w->u_freq + (place * w->out.blocks + b) * u_block, u_block, m + f * w->m.freq,
                       w->m.block);
    }
    for (int64_t i = 0; i < part; i++)
        k->output(&w->out, out, b + i, phase, first, count, &w->m, m + i * w->m.block, end);
}

static void chunk_of(const siam_wino *w, int64_t first, const float *in, float *out, const float *u, float *area,
                     const float *bias)
{
    const siam_wino_kernels *k = w->kernels;
    const siam_wino_end end = {w->bias ? bias : NULL, w->add, w->relu};
    const int64_t count = w->tiles - first < w->chunk ? w->tiles - first : w->chunk, whole = up(count, k->rows);
    float *v = area, *m = area + k->freq * w->v.freq;
    for (int64_t b = 0; b < w->in_phases * w->in.blocks; b++) {
        k->input(&w->in, in, b % w->in.blocks, (int)(b / w->in.blocks), first, count, &w->v, v);
        for (int f = 0; f < k->freq && whole > count; f++)
            memset(v + f * w->v.freq + b * w->v.block + count * k->lanes, 0,
                   sizeof(float) * (size_t)((whole - count) * k->lanes));
    }
    for (int phase = 0; phase < w->out_phases; phase++)
        for (int64_t b = 0; b < w->out.blocks; b += w->part)
            results(w, phase, b, w->out.blocks - b < w->part ? w->out.blocks - b : w->part, first, count, v, u, m, out,
                    &end);
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
    const int64_t inputs = w->in_phases * w->in.blocks;
    if (block < inputs)
        k->input(&w->in, src, block % w->in.blocks, (int)(block / w->in.blocks), first + from, n, &w->v, v + skip);
    else
        k->gradient(&w->out, ddst, block - inputs, first + from, n, &w->m, d + skip);
}

/* Piece i of the products: some blocks of one frequency. */
static void outer_piece(const siam_wino *w, int64_t i, int64_t count, const float *v, const float *d, float *du,
                        bool first)
{
    const int64_t f = i / PIECES, blocks = blocks_from(w, (int)f), block = blocks * (i % PIECES) / PIECES;
    const int64_t n = blocks * (i % PIECES + 1) / PIECES - block;
    w->kernels->outer(n, w->out.blocks, count, v + f * w->v.freq + block * w->v.block, w->v.block,
                      d + f * w->m.freq, w->m.block,
                      du + f * w->u_freq + block * w->kernels->lanes * w->weights.to, first);
}

/* Every sum has one owner and runs through the groups in order. */
static void gradient(const siam_wino *w, const float *src, const float *ddst, float *dweights, float *scratch)
{
    float *du = scratch, *v = du + w->u_floats, *d = v + w->kernels->freq * w->v.freq;
#pragma omp parallel
    {
        for (int64_t first = 0; first < w->tiles; first += w->chunk) {
            const int64_t count = w->tiles - first < w->chunk ? w->tiles - first : w->chunk;
#pragma omp for schedule(static)
            for (int64_t i = 0; i < (w->in_phases * w->in.blocks + w->out.blocks) * PIECES; i++)
                transform_piece(w, i, first, count, src, ddst, v, d);
#pragma omp for schedule(static)
            for (int64_t i = 0; i < w->kernels->freq * PIECES; i++)
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
