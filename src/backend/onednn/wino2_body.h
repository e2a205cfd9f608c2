/* Winograd kernel bodies for stride 2, F(4x4, 2x2) on four phases; included by wino_body.h. No include guard on
 * purpose.
 *
 * Along a line, with o = the odd and e = the even pixels, y[i] = w0 o[i - 1] + w2 o[i] + w1 e[i]; for the gradient of
 * the data, o[i] = w2 y[i] + w0 y[i + 1] and e[i] = w1 y[i]. */

/* ---- one-dimensional transforms: the points +-C, +-D and infinity ------------------------------------------ */

INLINE void F(input2_1d)(const VEC d[5], VEC t[5])
{
    const VEC ec = C_ * (d[2] - D2_ * d[0]), oc = d[3] - D2_ * d[1];
    const VEC ed = D_ * (d[2] - C2_ * d[0]), od = d[3] - C2_ * d[1];
    t[0] = ec + oc;
    t[1] = ec - oc;
    t[2] = ed + od;
    t[3] = ed - od;
    t[4] = C2_ * D2_ * d[0] + (d[4] - (C2_ + D2_) * d[2]);
}

INLINE void F(output2_1d)(const VEC m[5], VEC y[4])
{
    const VEC sc = m[0] + m[1], dc = m[0] - m[1], sd = m[2] + m[3], dd = m[2] - m[3];
    y[0] = sc + sd;
    y[1] = C_ * dc + D_ * dd;
    y[2] = C2_ * sc + D2_ * sd;
    y[3] = C3_ * dc + (D3_ * dd + m[4]);
}

/* Both phases of a line of three weights: five frequencies of the odd one, four of the even one. */
INLINE void F(weights2_1d)(const VEC g[3], VEC t[9])
{
    t[0] = (1 / NC_) * g[0] + (C_ / NC_) * g[2];
    t[1] = (1 / NC_) * g[0] - (C_ / NC_) * g[2];
    t[2] = (1 / ND_) * g[0] + (D_ / ND_) * g[2];
    t[3] = (1 / ND_) * g[0] - (D_ / ND_) * g[2];
    t[4] = g[2];
    t[5] = t[6] = (1 / NC_) * g[1];
    t[7] = t[8] = (1 / ND_) * g[1];
}

INLINE void F(weights2_back_1d)(const VEC u[9], VEC g[3]) /* weights2_1d transposed */
{
    g[0] = (1 / NC_) * (u[0] + u[1]) + (1 / ND_) * (u[2] + u[3]);
    g[1] = (1 / NC_) * (u[5] + u[6]) + (1 / ND_) * (u[7] + u[8]);
    g[2] = (C_ / NC_) * (u[0] - u[1]) + ((D_ / ND_) * (u[2] - u[3]) + u[4]);
}

/* ---- tiles ------------------------------------------------------------------------------------------------ */

/* Frequencies that a phase has along rows and columns. */
INLINE int F(rows_of)(int phase) { return phase < 2 ? 5 : 4; }
INLINE int F(cols_of)(int phase) { return phase % 2 == 0 ? 5 : 4; }

/* The rows x cols (5 or 4) pixels from (y, x) on, `step` apart, to the first rows x cols frequencies of 5x5. `last`: v
 * for the last column, where phase 2 has place 1 instead of 2. */
INLINE void F(input2_tile)(const float *plane, const siam_wino_image *g, int64_t y, int64_t x, int64_t step, int rows,
                           int cols, int64_t freq, float *v, float *last)
{
    const bool inside = y >= 0 && x >= 0 && y + (rows - 1) * step < g->h && x + (cols - 1) * step < g->w;
    VEC t[5][5];
    for (int r = 0; r < 5; r++) {
        const int64_t at = y + r * step;
        const float *line = plane + at * g->w * LANES;
        VEC d[5] = {0};
        if (inside && r < rows && cols == 5)
            F(line)(line, x, step, g->w, true, 5, d);
        else if (inside && r < rows)
            F(line)(line, x, step, g->w, true, 4, d);
        else if (r < rows && at >= 0 && at < g->h)
            F(line)(line, x, step, g->w, false, 5, d);
        F(input2_1d)(d, t[r]);
    }
    for (int c = 0; c < cols; c++) {
        VEC d[5], out[5];
        UNROLL for (int r = 0; r < 5; r++) d[r] = t[r][c];
        F(input2_1d)(d, out);
        float *to = (c < 4 ? v : last) + c * freq;
        UNROLL for (int r = 0; r < 4; r++) STORE(to + r * 5 * freq, out[r]);
        if (rows == 5)
            STORE(to + 20 * freq, out[4]);
    }
}

/* With step 2: one phase of the image. With step 1 (the gradient of the outputs, for that of the data): all of it, as
 * if phase 0. */
static void F(input2)(const siam_wino_image *g, const float *x, int64_t block, int phase, int64_t first, int64_t count,
                      const siam_wino_tiles *t, float *v)
{
    const int64_t step = g->step, odd_row = step == 2 && phase < 2, odd_col = step == 2 && phase % 2 == 0;
    const int rows = step == 2 ? F(rows_of)(phase) : 5, cols = step == 2 ? F(cols_of)(phase) : 5;
    float *last = v + siam_wino_place(4, phase) * t->place; /* unused by phases without a last column */
    F(at) a = F(find)(g, first);
    v += phase * t->place;
    for (int64_t i = 0; i < count; i++, v += LANES, last += LANES, F(next)(g, &a)) {
        const float *plane = x + F(plane)(g, a.image, block);
        F(input2_tile)(plane, g, a.y * step - odd_row, a.x * step - odd_col, step, rows, cols, t->freq, v, last);
    }
}

static void F(gradient2)(const siam_wino_image *g, const float *x, int64_t block, int64_t first, int64_t count,
                         const siam_wino_tiles *t, float *v)
{
    F(gradient_tiles)(g, x, block, first, count, t, v, 5);
}

INLINE void F(output2_tile)(const float *m, int64_t freq, int rows, int cols, VEC y[4][4])
{
    VEC t[4][5] = {{{0}}};
    for (int c = 0; c < cols; c++) {
        VEC d[5], out[4];
        const VEC zero = {0};
        UNROLL for (int r = 0; r < 4; r++) d[r] = LOAD(m + (r * 5 + c) * freq);
        d[4] = rows == 5 ? LOAD(m + (20 + c) * freq) : zero;
        F(output2_1d)(d, out);
        UNROLL for (int r = 0; r < 4; r++) t[r][c] = out[r];
    }
    for (int r = 0; r < 4; r++)
        F(output2_1d)(t[r], y[r]);
}

static void F(output2)(const siam_wino_image *g, float *x, int64_t block, int phase, int64_t first, int64_t count,
                       const siam_wino_tiles *t, const float *m, const siam_wino_end *end)
{
    const int64_t step = g->step, odd_row = step == 2 && phase < 2, odd_col = step == 2 && phase % 2 == 0;
    const int rows = step == 2 ? F(rows_of)(phase) : 5, cols = step == 2 ? F(cols_of)(phase) : 5;
    const VEC none = {0}, bias = end->bias ? LOAD(end->bias + block * LANES) : none;
    F(at) a = F(find)(g, first);
    for (int64_t i = 0; i < count; i++, m += LANES, F(next)(g, &a)) {
        VEC y[4][4];
        F(output2_tile)(m, t->freq, rows, cols, y);
        F(write_tile)(x + F(plane)(g, a.image, block), g, a.y * step + odd_row, a.x * step + odd_col, step, y, &bias,
                      end);
    }
}

/* ---- weights ---------------------------------------------------------------------------------------------- */

/* Frequency and place of entry (i, j) of the 9x9 that the weights of all phases become. */
INLINE int F(frequency_of_entry)(int i, int j, int *place)
{
    const int f = i % 5 * 5 + j % 5;
    *place = siam_wino_place(f, (i < 5 ? 0 : 2) + (j < 5 ? 0 : 1));
    return f;
}

static void F(weights2)(const siam_wino_weights *k, const float *w, int64_t to_block, int64_t freq, float *u)
{
    const int64_t pair = to_block / 2, blocks = k->to / LANES;
    const int64_t step = 2 * pair + 1 < blocks ? 2 * LANES : LANES; /* the last pair may be a single */
    int64_t to[9][9]; /* where each entry goes for the first channel */
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            int place;
            const int f = F(frequency_of_entry)(i, j, &place);
            const int64_t before = pair * 2 * LANES * k->from; /* of one place */
            to[i][j] = siam_wino_begin(f, freq) + to_block % 2 * LANES +
                       (k->phased_to ? place * k->from * k->to + before
                                     : before * siam_wino_phases_of(f) + place * k->from * step);
        }
    w += to_block * LANES * k->to_stride;
    for (int64_t c = 0; c < k->from; c++, w += k->from_stride, u += step) {
        float one[9][LANES];
        VEC t[9][3];
        F(gather)(k, w, one);
        for (int j = 0; j < 3; j++) {
            VEC g[3], out[9];
            UNROLL for (int i = 0; i < 3; i++) g[i] = LOAD(one[i * 3 + j]);
            F(weights2_1d)(g, out);
            UNROLL for (int i = 0; i < 9; i++) t[i][j] = out[i];
        }
        for (int i = 0; i < 9; i++) {
            VEC out[9];
            F(weights2_1d)(t[i], out);
            UNROLL for (int j = 0; j < 9; j++) STORE(u + to[i][j], out[j]);
        }
    }
}

static void F(weights2_back)(const siam_wino_weights *k, float *w, int64_t to_block, int64_t freq, const float *du)
{
    int64_t at[9][9]; /* where each entry lies for the first channel */
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            int place;
            const int f = F(frequency_of_entry)(i, j, &place);
            at[i][j] = siam_wino_begin(f, freq) + place * k->from * k->to + to_block * LANES;
        }
    w += to_block * LANES * k->to_stride;
    for (int64_t c = 0; c < k->from; c++, w += k->from_stride, du += k->to) {
        float one[9][LANES];
        VEC t[3][9];
        for (int j = 0; j < 9; j++) {
            VEC d[9], out[3];
            UNROLL for (int i = 0; i < 9; i++) d[i] = LOAD(du + at[i][j]);
            F(weights2_back_1d)(d, out);
            UNROLL for (int i = 0; i < 3; i++) t[i][j] = out[i];
        }
        for (int i = 0; i < 3; i++) {
            VEC out[3];
            F(weights2_back_1d)(t[i], out);
            UNROLL for (int j = 0; j < 3; j++) STORE(one[i * 3 + j], out[j]);
        }
        F(scatter)(k, w, one);
    }
}

static const siam_wino_kernels F(wino2) = {.lanes = LANES,
                                           .rows = ROWS,
                                           .freq = 25,
                                           .input = F(input2),
                                           .gradient = F(gradient2),
                                           .output = F(output2),
                                           .weights = F(weights2),
                                           .product = F(product),
                                           .outer = F(outer),
                                           .weights_back = F(weights2_back)};
