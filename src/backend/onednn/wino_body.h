/* Winograd kernel bodies; included by wino_kernels.c once per (ISA, LANES). No include guard on purpose. */

#include "backend/onednn/vec_body.h"

/* ---- one-dimensional transforms: every +-point pair shares an even and an odd part ---------------------- */

INLINE void F(input_1d)(const VEC d[6], VEC t[6])
{
    const VEC ea = d[4] - B2_ * d[2], oa = d[3] - B2_ * d[1];
    const VEC eb = d[4] - A2_ * d[2], ob = d[3] - A2_ * d[1];
    t[0] = N0_ * d[0] + (d[4] - (A2_ + B2_) * d[2]);
    t[1] = ea + A_ * oa;
    t[2] = ea - A_ * oa;
    t[3] = eb + B_ * ob;
    t[4] = eb - B_ * ob;
    t[5] = N0_ * d[1] + (d[5] - (A2_ + B2_) * d[3]);
}

INLINE void F(output_1d)(const VEC m[6], VEC y[4])
{
    const VEC sa = m[1] + m[2], da = m[1] - m[2], sb = m[3] + m[4], db = m[3] - m[4];
    y[0] = m[0] + sa + sb;
    y[1] = A_ * da + B_ * db;
    y[2] = A2_ * sa + B2_ * sb;
    y[3] = A3_ * da + (B3_ * db + m[5]);
}

INLINE void F(gradient_1d)(const VEC y[4], VEC t[6]) /* output_1d transposed */
{
    const VEC ea = y[0] + A2_ * y[2], oa = A_ * y[1] + A3_ * y[3];
    const VEC eb = y[0] + B2_ * y[2], ob = B_ * y[1] + B3_ * y[3];
    t[0] = y[0];
    t[1] = ea + oa;
    t[2] = ea - oa;
    t[3] = eb + ob;
    t[4] = eb - ob;
    t[5] = y[3];
}

INLINE void F(gradient2_1d)(const VEC y[4], VEC t[5]) /* the same for stride 2 (wino2_body.h) */
{
    const VEC ec = y[0] + C2_ * y[2], oc = C_ * y[1] + C3_ * y[3];
    const VEC ed = y[0] + D2_ * y[2], od = D_ * y[1] + D3_ * y[3];
    t[0] = ec + oc;
    t[1] = ec - oc;
    t[2] = ed + od;
    t[3] = ed - od;
    t[4] = y[3];
}

INLINE void F(weights_1d)(const VEC g[3], VEC t[6])
{
    const VEC ea = (1 / NA_) * g[0] + (A2_ / NA_) * g[2], eb = (1 / NB_) * g[0] + (B2_ / NB_) * g[2];
    t[0] = (1 / N0_) * g[0];
    t[1] = ea + (A_ / NA_) * g[1];
    t[2] = ea - (A_ / NA_) * g[1];
    t[3] = eb + (B_ / NB_) * g[1];
    t[4] = eb - (B_ / NB_) * g[1];
    t[5] = g[2];
}

INLINE void F(weights_back_1d)(const VEC u[6], VEC g[3]) /* weights_1d transposed */
{
    const VEC sa = u[1] + u[2], da = u[1] - u[2], sb = u[3] + u[4], db = u[3] - u[4];
    g[0] = (1 / N0_) * u[0] + ((1 / NA_) * sa + (1 / NB_) * sb);
    g[1] = (A_ / NA_) * da + (B_ / NB_) * db;
    g[2] = (A2_ / NA_) * sa + ((B2_ / NB_) * sb + u[5]);
}

/* ---- tiles ------------------------------------------------------------------------------------------------ */

/* Where tile `t` lies: its image, and the row and column of its first output. */
typedef struct F(at) {
    int64_t image, y, x;
} F(at);

INLINE F(at) F(find)(const siam_wino_image *g, int64_t t)
{
    const int64_t row = t / g->cols;
    return (F(at)){row / g->rows, row % g->rows * 4, t % g->cols * 4};
}

INLINE void F(next)(const siam_wino_image *g, F(at) *a)
{
    a->x += 4;
    if (a->x < 4 * g->cols)
        return;
    a->x = 0;
    a->y += 4;
    if (a->y < 4 * g->rows)
        return;
    a->y = 0;
    a->image++;
}

/* Block `block` of an image. */
INLINE int64_t F(plane)(const siam_wino_image *g, int64_t image, int64_t block)
{
    return (image * g->blocks + block) * g->h * g->w * LANES;
}

/* Read `size` pixels of a line from column x on, `step` apart, zeros outside. */
INLINE void F(line)(const float *line, int64_t x, int64_t step, int64_t w, bool inside, int size, VEC *d)
{
    UNROLL for (int i = 0; i < size; i++)
    {
        const int64_t at = x + i * step;
        const VEC zero = {0};
        d[i] = inside || (at >= 0 && at < w) ? LOAD(line + at * LANES) : zero;
    }
}

INLINE void F(input_tile)(const float *plane, const siam_wino_image *g, const F(at) * a, bool inside,
                          int64_t freq, float *v)
{
    VEC t[6][6];
    for (int r = 0; r < 6; r++) {
        const int64_t y = a->y - 1 + r;
        VEC d[6] = {0};
        if (inside || (y >= 0 && y < g->h))
            F(line)(plane + y * g->w * LANES, a->x - 1, 1, g->w, inside, 6, d);
        F(input_1d)(d, t[r]);
    }
    for (int c = 0; c < 6; c++) {
        VEC d[6], out[6];
        UNROLL for (int r = 0; r < 6; r++) d[r] = t[r][c];
        F(input_1d)(d, out);
        UNROLL for (int r = 0; r < 6; r++) STORE(v + (r * 6 + c) * freq, out[r]);
    }
}

/* To side x side frequencies: 6, or 5 for stride 2. */
INLINE void F(gradient_tile)(const float *plane, const siam_wino_image *g, const F(at) * a, bool inside,
                             int64_t freq, float *v, const int side)
{
    VEC t[4][6];
    for (int r = 0; r < 4; r++) {
        VEC d[4] = {0};
        if (inside || a->y + r < g->h)
            F(line)(plane + (a->y + r) * g->w * LANES, a->x, 1, g->w, inside, 4, d);
        if (side == 6)
            F(gradient_1d)(d, t[r]);
        else
            F(gradient2_1d)(d, t[r]);
    }
    for (int c = 0; c < side; c++) {
        VEC d[4], out[6];
        UNROLL for (int r = 0; r < 4; r++) d[r] = t[r][c];
        if (side == 6)
            F(gradient_1d)(d, out);
        else
            F(gradient2_1d)(d, out);
        UNROLL for (int r = 0; r < side; r++) STORE(v + (r * side + c) * freq, out[r]);
    }
}

/* Tiles of inputs see a pixel around their outputs, those of gradients only these. */
static void F(input)(const siam_wino_image *g, const float *x, int64_t block, int phase, int64_t first, int64_t count,
                     const siam_wino_tiles *t, float *v)
{
    (void)phase;
    F(at) a = F(find)(g, first);
    for (int64_t i = 0; i < count; i++, v += LANES, F(next)(g, &a)) {
        const float *plane = x + F(plane)(g, a.image, block);
        if (a.y >= 1 && a.x >= 1 && a.y + 5 <= g->h && a.x + 5 <= g->w)
            F(input_tile)(plane, g, &a, true, t->freq, v);
        else
            F(input_tile)(plane, g, &a, false, t->freq, v);
    }
}

INLINE void F(gradient_tiles)(const siam_wino_image *g, const float *x, int64_t block, int64_t first, int64_t count,
                              const siam_wino_tiles *t, float *v, const int side)
{
    F(at) a = F(find)(g, first);
    for (int64_t i = 0; i < count; i++, v += LANES, F(next)(g, &a)) {
        const float *plane = x + F(plane)(g, a.image, block);
        if (a.y + 4 <= g->h && a.x + 4 <= g->w)
            F(gradient_tile)(plane, g, &a, true, t->freq, v, side);
        else
            F(gradient_tile)(plane, g, &a, false, t->freq, v, side);
    }
}

static void F(gradient)(const siam_wino_image *g, const float *x, int64_t block, int64_t first, int64_t count,
                        const siam_wino_tiles *t, float *v)
{
    F(gradient_tiles)(g, x, block, first, count, t, v, 6);
}

INLINE void F(output_tile)(const float *m, int64_t freq, VEC y[4][4])
{
    VEC t[4][6];
    for (int c = 0; c < 6; c++) {
        VEC d[6], out[4];
        UNROLL for (int r = 0; r < 6; r++) d[r] = LOAD(m + (r * 6 + c) * freq);
        F(output_1d)(d, out);
        UNROLL for (int r = 0; r < 4; r++) t[r][c] = out[r];
    }
    for (int r = 0; r < 4; r++)
        F(output_1d)(t[r], y[r]);
}

/* Write a tile's pixels that lie inside, from (y, x) on and `step` apart, each with what `end` adds. */
INLINE void F(write_tile)(float *plane, const siam_wino_image *g, int64_t y, int64_t x, int64_t step, VEC tile[4][4],
                          const VEC *bias, const siam_wino_end *end)
{
    for (int r = 0; r < 4 && y + r * step < g->h; r++)
        for (int c = 0; c < 4 && x + c * step < g->w; c++) {
            float *to = plane + ((y + r * step) * g->w + x + c * step) * LANES;
            VEC v = tile[r][c] + *bias;
            if (end->add)
                v += LOAD(to);
            if (end->relu)
                v = RELU(v);
            STORE(to, v);
        }
}

static void F(output)(const siam_wino_image *g, float *x, int64_t block, int phase, int64_t first, int64_t count,
                      const siam_wino_tiles *t, const float *m, const siam_wino_end *end)
{
    (void)phase;
    const VEC none = {0}, bias = end->bias ? LOAD(end->bias + block * LANES) : none;
    F(at) a = F(find)(g, first);
    for (int64_t i = 0; i < count; i++, m += LANES, F(next)(g, &a)) {
        VEC y[4][4];
        F(output_tile)(m, t->freq, y);
        F(write_tile)(x + F(plane)(g, a.image, block), g, a.y, a.x, 1, y, &bias, end);
    }
}

/* ---- weights ---------------------------------------------------------------------------------------------- */

/* The nine weights of LANES channels of the result and one of the sum, each a vector in memory. */
INLINE void F(gather)(const siam_wino_weights *k, const float *w, float one[9][LANES])
{
    for (int l = 0; l < LANES; l++)
        for (int i = 0; i < 9; i++)
            one[i][l] = w[l * k->to_stride + (k->rotated ? 8 - i : i)];
}

/* The way back: w += one. */
INLINE void F(scatter)(const siam_wino_weights *k, float *w, float one[9][LANES])
{
    for (int l = 0; l < LANES; l++)
        for (int i = 0; i < 9; i++)
            w[l * k->to_stride + i] += one[i][l];
}

static void F(weights)(const siam_wino_weights *k, const float *w, int64_t to_block, int64_t freq, float *u)
{
    const int64_t pair = to_block / 2, blocks = k->to / LANES;
    const int64_t step = 2 * pair + 1 < blocks ? 2 * LANES : LANES; /* the last pair may be a single */
    w += to_block * LANES * k->to_stride;
    u += pair * 2 * LANES * k->from + to_block % 2 * LANES;
    for (int64_t c = 0; c < k->from; c++, w += k->from_stride, u += step) {
        float one[9][LANES];
        VEC t[6][3];
        F(gather)(k, w, one);
        for (int j = 0; j < 3; j++) {
            VEC g[3], out[6];
            UNROLL for (int i = 0; i < 3; i++) g[i] = LOAD(one[i * 3 + j]);
            F(weights_1d)(g, out);
            UNROLL for (int i = 0; i < 6; i++) t[i][j] = out[i];
        }
        for (int i = 0; i < 6; i++) {
            VEC out[6];
            F(weights_1d)(t[i], out);
            UNROLL for (int j = 0; j < 6; j++) STORE(u + (i * 6 + j) * freq, out[j]);
        }
    }
}

static void F(weights_back)(const siam_wino_weights *k, float *w, int64_t to_block, int64_t freq,
                            const float *du)
{
    w += to_block * LANES * k->to_stride;
    du += to_block * LANES;
    for (int64_t c = 0; c < k->from; c++, w += k->from_stride, du += k->to) {
        float one[9][LANES];
        VEC t[3][6];
        for (int j = 0; j < 6; j++) {
            VEC d[6], out[3];
            UNROLL for (int i = 0; i < 6; i++) d[i] = LOAD(du + (i * 6 + j) * freq);
            F(weights_back_1d)(d, out);
            UNROLL for (int i = 0; i < 3; i++) t[i][j] = out[i];
        }
        for (int i = 0; i < 3; i++) {
            VEC out[3];
            F(weights_back_1d)(t[i], out);
            UNROLL for (int j = 0; j < 3; j++) STORE(one[i * 3 + j], out[j]);
        }
        F(scatter)(k, w, one);
    }
}

/* ---- products --------------------------------------------------------------------------------------------- */

/* ROWS tiles times `wide` blocks of results, summed over all channels in registers. */
INLINE void F(product_tile)(int64_t from_blocks, const float *v, int64_t v_block, const float *u, float *m,
                            int64_t m_block, const int wide)
{
    VEC sum[ROWS][2];
    UNROLL for (int r = 0; r < ROWS; r++) sum[r][0] = sum[r][1] = (VEC){0};
    for (int64_t b = 0; b < from_blocks; b++, v += v_block)
        UNROLL for (int l = 0; l < LANES; l++, u += wide * LANES)
        {
            const VEC u0 = LOAD(u), u1 = wide == 2 ? LOAD(u + LANES) : u0;
            UNROLL for (int r = 0; r < ROWS; r++)
            {
                const float x = v[r * LANES + l];
                sum[r][0] += x * u0;
                if (wide == 2)
                    sum[r][1] += x * u1;
            }
            IN_ORDER
        }
    UNROLL for (int r = 0; r < ROWS; r++)
    {
        STORE(m + r * LANES, sum[r][0]);
        if (wide == 2)
            STORE(m + m_block + r * LANES, sum[r][1]);
    }
}

static void F(product)(int64_t from_blocks, int64_t to_blocks, int64_t tiles, const float *v, int64_t v_block,
                       const float *u, int64_t u_block, float *m, int64_t m_block)
{
    for (int64_t to = 0; to < to_blocks; to += 2) {
        const float *panel = u + to * u_block;
        for (int64_t i = 0; i < tiles; i += ROWS) {
            float *out = m + to * m_block + i * LANES;
            if (to + 2 <= to_blocks)
                F(product_tile)(from_blocks, v + i * LANES, v_block, panel, out, m_block, 2);
            else
                F(product_tile)(from_blocks, v + i * LANES, v_block, panel, out, m_block, 1);
        }
    }
}

/* OUTER channels of v times `wide` blocks of d, summed over tiles. */
INLINE void F(outer_tile)(int64_t tiles, const float *v, const float *d, int64_t d_block, float *du,
                          int64_t row, bool first, const int wide)
{
    VEC sum[OUTER][3];
    UNROLL for (int i = 0; i < OUTER; i++) sum[i][0] = sum[i][1] = sum[i][2] = (VEC){0};
    for (int64_t t = 0; t < tiles; t++, v += LANES, d += LANES) {
        const VEC d0 = LOAD(d), d1 = wide > 1 ? LOAD(d + d_block) : d0;
        const VEC d2 = wide > 2 ? LOAD(d + 2 * d_block) : d0;
        UNROLL for (int i = 0; i < OUTER; i++)
        {
            sum[i][0] += v[i] * d0;
            if (wide > 1)
                sum[i][1] += v[i] * d1;
            if (wide > 2)
                sum[i][2] += v[i] * d2;
        }
        IN_ORDER
    }
    UNROLL for (int i = 0; i < OUTER; i++) UNROLL for (int j = 0; j < wide; j++)
    {
        float *to = du + i * row + j * LANES;
        STORE(to, first ? sum[i][j] : LOAD(to) + sum[i][j]);
    }
}

static void F(outer)(int64_t from_blocks, int64_t to_blocks, int64_t tiles, const float *v, int64_t v_block,
                     const float *d, int64_t d_block, float *du, bool first)
{
    const int64_t row = to_blocks * LANES;
    for (int64_t to = 0; to < to_blocks;) {
        const int64_t left = to_blocks - to, wide = left == 1 ? 1 : left == 2 || left == 4 ? 2 : 3;
        for (int64_t b = 0; b < from_blocks; b++)
            for (int l = 0; l < LANES; l += OUTER) {
                const float *from = v + b * v_block + l;
                float *out = du + (b * LANES + l) * row + to * LANES;
                if (wide == 3)
                    F(outer_tile)(tiles, from, d + to * d_block, d_block, out, row, first, 3);
                else if (wide == 2)
                    F(outer_tile)(tiles, from, d + to * d_block, d_block, out, row, first, 2);
                else
                    F(outer_tile)(tiles, from, d + to * d_block, d_block, out, row, first, 1);
            }
        to += wide;
    }
}

static const siam_wino_kernels F(wino) = {.lanes = LANES,
                                          .rows = ROWS,
                                          .freq = 36,
                                          .input = F(input),
                                          .gradient = F(gradient),
                                          .output = F(output),
                                          .weights = F(weights),
                                          .product = F(product),
                                          .outer = F(outer),
                                          .weights_back = F(weights_back)};

#include "backend/onednn/wino2_body.h"

#include "backend/onednn/vec_done.h"
