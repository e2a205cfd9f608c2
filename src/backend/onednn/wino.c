/* Winograd convolutions: sizes, and the order in which the kernels run. */
#include "backend/onednn/wino.h"

#include <omp.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"

enum {
    CHUNK = 48,         /* tiles in one go per 8 lanes: the transformed weights are read once per chunk */
    LEVEL2 = 512 << 10, /* bytes of a level-2 cache whose size the system does not say */
    GROUP = 256,        /* tiles summed in one go for the gradient of the weights */
    SUMS = 12 << 20,    /* floats of these sums in one go, of a part of the inputs' channels */
    SPREAD = 7,         /* has no common divisor with 25 or 36 */
    PIECES = 4          /* parts of a block of channels, and of a product, that threads share out */
};

static int64_t up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

/* Frequencies are an odd number of cache lines apart, or the stores of a tile would compete. */
static int64_t odd_lines(int64_t floats)
{
    const int64_t lines = (floats + SIAM_WINO_LINE - 1) / SIAM_WINO_LINE;
    return (lines | 1) * SIAM_WINO_LINE;
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

static bool phased(const siam_wino *w) { return w->in.step == 2 || w->out.step == 2; }

/* u_freq for weights of this many channels in the sum. */
static int64_t u_freq(const siam_wino *w, int64_t from)
{
    return phased(w) ? from * w->weights.to : odd_lines(from * w->weights.to);
}

/* Where frequency f of transformed weights begins; f = all: how many floats they have. */
static int64_t u_begin(const siam_wino *w, int f, int64_t freq)
{
    if (!phased(w))
        return f * freq;
    return f < w->kernels->freq ? siam_wino_begin(f, freq) : siam_wino_begin(f - 1, freq) + freq;
}

/* Strides and memory, once `chunk` is known: of v_blocks blocks at each place in v and m_blocks in m, transformed
 * weights of `from` channels, and `areas` pairs of v and m. */
static void size_scratch(siam_wino *w, const siam_wino_kernels *k, int64_t from, int64_t v_blocks, int64_t m_blocks,
                         int areas)
{
    w->v.block = w->m.block = w->chunk * k->lanes;
    w->v.place = v_blocks * w->v.block;
    w->v.freq = odd_lines(siam_wino_phases(&w->in) * w->v.place);
    w->m.freq = odd_lines(m_blocks * w->m.block);
    w->u_freq = u_freq(w, from);
    w->u_floats = (size_t)u_begin(w, k->freq, w->u_freq);
    w->area = (size_t)(k->freq * (w->v.freq + w->m.freq));
    w->scratch_bytes = sizeof(float) * (w->u_floats + w->area * (size_t)areas);
}

/* Floats of results in one go. They fill half of a level-2 cache; the more they are, the less often the transformed inputs
 * are read again. Every result is a sum of its own, so this number changes no bit. */
static int64_t results_in_one_go(void) { return (int64_t)(siam_cache_bytes(2, LEVEL2) / 2 / sizeof(float)); }

/* Chunks of about the same size, as many as threads or a multiple. */
static void size_forward(siam_wino *w, const siam_wino_kernels *k)
{
    const int64_t most = CHUNK * k->lanes / 8;
    const int64_t rounds = (w->tiles + most * w->threads - 1) / (most * w->threads);
    w->chunk = up((w->tiles + rounds * w->threads - 1) / (rounds * w->threads), k->rows);
    w->part = results_in_one_go() / (k->freq * w->chunk * k->lanes) / 2 * 2;
    if (w->part < 2)
        w->part = 2;
    if (w->part > w->out.blocks)
        w->part = w->out.blocks;
    size_scratch(w, k, w->weights.from, w->in.blocks, w->part, w->threads);
}

/* The groups are the parts of a sum: they must not depend on the threads. */
static void size_gradient(siam_wino *w, const siam_wino_kernels *k)
{
    w->chunk = w->tiles < GROUP ? w->tiles : GROUP;
    const int64_t parts = u_begin(w, k->freq, u_freq(w, w->weights.from)) / SUMS + 1;
    w->part = (w->in.blocks + parts - 1) / parts;
    size_scratch(w, k, w->part * k->lanes, w->part, w->out.blocks, 1);
}

siam_code siam_wino_create(siam_wino *w, const siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir,
                           siam_err *e)
{
    const int lanes = d->in[0].layout == SIAM_NCHW16C ? 16 : 8;
    const siam_wino_kernels *k = applies(d) ? siam_wino_kernels_get(b->isa, lanes, d->u.conv.stride) : NULL;
    if (!k)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "simsiam has no Winograd convolution of its own for this shape");
    const int64_t c = d->in[0].dim[1], o = d->out.dim[1];
    const siam_wino_image src = image_of(&d->in[0], &d->out, lanes, d->u.conv.stride);
    const siam_wino_image dst = image_of(&d->out, &d->out, lanes, 1);
    const bool back = dir == SIAM_CONV_BWD_D;
    *w = (siam_wino){.kernels = k, .dir = dir, .threads = b->head.threads, .in = src, .out = dst};
    w->tiles = d->in[0].dim[0] * src.rows * src.cols;
    w->weights = (siam_wino_weights){c, o, 9, c * 9, false, false};
    if (back) { /* the gradient of the data is a convolution with weights turned around and transposed */
        w->in = dst;
        w->out = src;
        w->weights = (siam_wino_weights){o, c, c * 9, 9, true, src.step == 2};
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

/* Blocks at frequency f of inputs that have so many at each place. */
static int64_t blocks_at(const siam_wino *w, int f, int64_t blocks)
{
    return blocks * (w->in.step == 1 ? 1 : siam_wino_phases_of(f));
}

/* The results of one phase in blocks [b, b + part): all frequencies that it has, and the transform back. */
static void results_of_phase(const siam_wino *w, int phase, int64_t b, int64_t part, int64_t first, int64_t count,
                             const float *v, const float *u, float *m, float *out, const siam_wino_end *end)
{
    const siam_wino_kernels *k = w->kernels;
    for (int f = 0; f < k->freq; f++) {
        const int64_t place = w->out.step == 1 ? 0 : siam_wino_place(f, phase);
        const int64_t from = blocks_at(w, f, w->in.blocks), u_block = from * k->lanes * k->lanes;
        if (w->out.step == 1 || siam_wino_has_phase(f, phase))
            k->product(from, part, up(count, k->rows), v + f * w->v.freq, w->v.block,
                       u + u_begin(w, f, w->u_freq) + (place * w->out.blocks + b) * u_block, u_block, m + f * w->m.freq,
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
    for (int64_t b = 0; b < siam_wino_phases(&w->in) * w->in.blocks; b++) {
        const int64_t block = b % w->in.blocks;
        k->input(&w->in, in, block, (int)(b / w->in.blocks), first, count, &w->v, v + block * w->v.block);
        for (int f = 0; f < k->freq && whole > count; f++)
            memset(v + f * w->v.freq + b * w->v.block + count * k->lanes, 0,
                   sizeof(float) * (size_t)((whole - count) * k->lanes));
    }
    for (int phase = 0; phase < siam_wino_phases(&w->out); phase++)
        for (int64_t b = 0; b < w->out.blocks; b += w->part)
            results_of_phase(w, phase, b, w->out.blocks - b < w->part ? w->out.blocks - b : w->part, first, count, v, u,
                             m, out, &end);
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

/* What the gradient of the weights works on: blocks [block, block + blocks) of the inputs, a group of tiles. */
typedef struct group {
    int64_t block, blocks, first, count;
    int64_t u_freq; /* of du for these blocks */
    const float *src, *ddst;
    float *v, *d, *du;
} group;

/* Piece i of the transforms of a group: a part of the tiles of one block of channels, of inputs or gradients. */
static void transform_piece(const siam_wino *w, const group *g, int64_t i)
{
    const siam_wino_kernels *k = w->kernels;
    const int64_t b = i / PIECES, from = g->count * (i % PIECES) / PIECES, first = g->first + from;
    const int64_t n = g->count * (i % PIECES + 1) / PIECES - from, skip = from * k->lanes;
    const int64_t inputs = siam_wino_phases(&w->in) * g->blocks, at = b % g->blocks;
    if (b < inputs)
        k->input(&w->in, g->src, g->block + at, (int)(b / g->blocks), first, n, &w->v, g->v + at * w->v.block + skip);
    else
        k->gradient(&w->out, g->ddst, b - inputs, first, n, &w->m, g->d + (b - inputs) * w->m.block + skip);
}

/* Piece i of the products: some blocks of one frequency. Frequencies have unlike numbers of phases, so steps of SPREAD
 * through them give the threads' shares about the same work. */
static void outer_piece(const siam_wino *w, const group *g, int64_t i)
{
    const int64_t f = i / PIECES * SPREAD % w->kernels->freq, piece = i % PIECES;
    const int64_t blocks = blocks_at(w, (int)f, g->blocks);
    const int64_t b = blocks * piece / PIECES, n = blocks * (piece + 1) / PIECES - b;
    float *du = g->du + u_begin(w, (int)f, g->u_freq);
    for (int64_t at = b, run; at < b + n; at += run) { /* one place after the other: there may be room between them */
        const int64_t place = at / g->blocks, here = at % g->blocks;
        const float *v = g->v + f * w->v.freq + place * w->v.place + here * w->v.block;
        run = g->blocks - here < b + n - at ? g->blocks - here : b + n - at;
        w->kernels->outer(run, w->out.blocks, g->count, v, w->v.block, g->d + f * w->m.freq, w->m.block,
                          du + at * w->kernels->lanes * w->weights.to, g->first == 0);
    }
}

/* The gradient of the weights of some blocks of the inputs, by the threads of a parallel region. Every sum has one
 * owner and runs through the groups of tiles in order. */
static void gradient_of(const siam_wino *w, group g, float *dweights)
{
    siam_wino_weights weights = w->weights;
    weights.from = g.blocks * w->kernels->lanes;
    g.u_freq = u_freq(w, weights.from);
    for (g.first = 0; g.first < w->tiles; g.first += w->chunk) {
        g.count = w->tiles - g.first < w->chunk ? w->tiles - g.first : w->chunk;
#pragma omp for schedule(static)
        for (int64_t i = 0; i < (siam_wino_phases(&w->in) * g.blocks + w->out.blocks) * PIECES; i++)
            transform_piece(w, &g, i);
#pragma omp for schedule(static)
        for (int64_t i = 0; i < w->kernels->freq * PIECES; i++)
            outer_piece(w, &g, i);
    }
#pragma omp for schedule(static)
    for (int64_t b = 0; b < w->out.blocks; b++)
        w->kernels->weights_back(&weights, dweights + g.block * w->kernels->lanes * weights.from_stride, b, g.u_freq,
                                 g.du);
}

static void gradient(const siam_wino *w, const float *src, const float *ddst, float *dweights, float *scratch)
{
    float *v = scratch + w->u_floats, *d = v + w->kernels->freq * w->v.freq;
#pragma omp parallel
    for (int64_t b = 0; b < w->in.blocks; b += w->part)
        gradient_of(w,
                    (group){.block = b,
                            .blocks = w->in.blocks - b < w->part ? w->in.blocks - b : w->part,
                            .src = src,
                            .ddst = ddst,
                            .v = v,
                            .d = d,
                            .du = scratch},
                    dweights);
}

void siam_wino_run(const siam_wino *w, float *src, float *dst, float *weights, const float *bias, void *scratch)
{
    switch (w->dir) {
    case SIAM_CONV_FWD: forward(w, src, dst, weights, bias, scratch); break;
    case SIAM_CONV_BWD_D: forward(w, dst, src, weights, NULL, scratch); break;
    case SIAM_CONV_BWD_W: gradient(w, src, dst, weights, scratch); break;
    }
}
