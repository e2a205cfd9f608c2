/* Kernel bodies; included by kernels.c once per (ISA, LANES). No include guard on purpose. */

typedef float F(vec) __attribute__((vector_size(4 * LANES)));
typedef int32_t F(bits) __attribute__((vector_size(4 * LANES)));
typedef float F(mem) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#define VEC F(vec)
#define BITS F(bits)
#define LOAD(p) ((VEC)(*(const F(mem) *)(p)))
#define STORE(p, v) (*(F(mem) *)(p) = (v))
#define WHERE(mask, v) ((VEC)((mask) & (BITS)(v))) /* mask ? v : 0 */
#define RELU(v) WHERE(~((v) <= 0.0f), v)           /* keeps NaN, as torch */
#define SELECT(mask, a, b) ((VEC)(((mask) & (BITS)(a)) | (~(mask) & (BITS)(b))))
#define INLINE static inline __attribute__((always_inline))

enum { F(PIECE) = 512 }; /* pixels summed in float before the double sum takes over */

/* A vector to memory past the caches: no line is read first. p is aligned to the vector. */
INLINE void F(stream)(float *p, const float *v)
{
#if KERNELS_X86 && defined(__AVX512F__)
    if (LANES == 16) {
        _mm512_stream_ps(p, _mm512_loadu_ps(v));
        return;
    }
#endif
#if KERNELS_X86
    for (int i = 0; i < LANES; i += 4)
        _mm_stream_ps(p + i, _mm_loadu_ps(v + i));
#else
    memcpy(p, v, LANES * sizeof *v);
#endif
}

INLINE void F(fence)(bool stream)
{
#if KERNELS_X86
    if (stream)
        _mm_sfence();
#else
    (void)stream;
#endif
}

static void F(bn_stats)(const float *x, int64_t pixels, int64_t stride, const float *origin, double *sum)
{
    const VEC o = LOAD(origin);
    for (int64_t p = 0; p < pixels;) {
        const int64_t end = p + F(PIECE) < pixels ? p + F(PIECE) : pixels;
        VEC s = {0}, q = {0};
        for (; p < end; p++) {
            const VEC d = LOAD(x + p * stride) - o;
            s += d;
            q += d * d;
        }
        for (int i = 0; i < LANES; i++) {
            sum[i] += (double)s[i];
            sum[LANES + i] += (double)q[i];
        }
    }
}

INLINE void F(apply_as)(const siam_bn_apply *k, bool residual, bool relu, bool stream)
{
    const VEC scale = LOAD(k->scale), shift = LOAD(k->shift);
    const int64_t stride = k->stride;
    const float *x = k->x, *r = k->residual;
    float *out = k->out;
    for (int64_t p = 0; p < k->pixels; p++) {
        VEC v = LOAD(x + p * stride) * scale + shift;
        if (residual)
            v += LOAD(r + p * stride);
        if (relu)
            v = RELU(v);
        if (stream)
            F(stream)(out + p * stride, (const float *)&v);
        else
            STORE(out + p * stride, v);
    }
    F(fence)(stream);
}

static void F(bn_apply)(const siam_bn_apply *k)
{
    switch ((k->residual != NULL) * 4 + k->relu * 2 + k->stream) {
    case 0: F(apply_as)(k, false, false, false); break;
    case 1: F(apply_as)(k, false, false, true); break;
    case 2: F(apply_as)(k, false, true, false); break;
    case 3: F(apply_as)(k, false, true, true); break;
    case 4: F(apply_as)(k, true, false, false); break;
    case 5: F(apply_as)(k, true, false, true); break;
    case 6: F(apply_as)(k, true, true, false); break;
    default: F(apply_as)(k, true, true, true); break;
    }
}

/* dz of pixel offset i, given x there: the forward pass's own expression decides what passed. */
#define DZ(dz, i, xv)                                                                                        \
    VEC dz = LOAD(d0 + (i));                                                                                 \
    if (two)                                                                                                 \
        dz += LOAD(d1 + (i));                                                                                \
    if (mask == SIAM_BN_RELU_OF_X)                                                                           \
        dz = WHERE((xv)*scale + shift > 0.0f, dz);                                                           \
    if (mask == SIAM_BN_RELU_OF_OUT)                                                                         \
        dz = WHERE(LOAD(k->out + (i)) > 0.0f, dz);

INLINE void F(reduce_as)(const siam_bn_back *k, double *sum, siam_bn_mask mask, bool two, bool write)
{
    const VEC scale = LOAD(k->scale), shift = LOAD(k->shift), mean = LOAD(k->mean);
    const float *d0 = k->dout0, *d1 = k->dout1;
    const int64_t stride = k->stride;
    for (int64_t p = 0; p < k->pixels;) {
        const int64_t end = p + F(PIECE) < k->pixels ? p + F(PIECE) : k->pixels;
        VEC s = {0}, q = {0};
        for (; p < end; p++) {
            const VEC x = LOAD(k->x + p * stride);
            DZ(dz, p * stride, x)
            s += dz;
            q += dz * (x - mean);
            if (write)
                STORE(k->dz + p * stride, dz);
        }
        for (int i = 0; i < LANES; i++) {
            sum[i] += (double)s[i];
            sum[LANES + i] += (double)q[i];
        }
    }
}

static void F(bn_reduce)(const siam_bn_back *k, double *sum)
{
    const bool two = k->dout1 != NULL;
    switch (k->mask * 4 + two * 2 + (k->dz != NULL)) {
    case 0: F(reduce_as)(k, sum, SIAM_BN_NO_RELU, false, false); break;
    case 1: F(reduce_as)(k, sum, SIAM_BN_NO_RELU, false, true); break;
    case 2: F(reduce_as)(k, sum, SIAM_BN_NO_RELU, true, false); break;
    case 3: F(reduce_as)(k, sum, SIAM_BN_NO_RELU, true, true); break;
    case 4: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_X, false, false); break;
    case 5: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_X, false, true); break;
    case 6: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_X, true, false); break;
    case 7: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_X, true, true); break;
    case 8: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_OUT, false, false); break;
    case 9: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_OUT, false, true); break;
    case 10: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_OUT, true, false); break;
    default: F(reduce_as)(k, sum, SIAM_BN_RELU_OF_OUT, true, true); break;
    }
}

INLINE void F(dx_as)(const siam_bn_back *k, siam_bn_mask mask, bool two, bool stream)
{
    const VEC scale = LOAD(k->scale), shift = LOAD(k->shift), mean = LOAD(k->mean);
    const VEC a = LOAD(k->a), b = LOAD(k->b), c = LOAD(k->c);
    const float *d0 = k->dout0, *d1 = k->dout1;
    const int64_t stride = k->stride;
    for (int64_t p = 0; p < k->pixels; p++) {
        const VEC x = LOAD(k->x + p * stride);
        DZ(dz, p * stride, x)
        const VEC dx = a * dz + (b * (x - mean) + c);
        if (stream)
            F(stream)(k->dx + p * stride, (const float *)&dx);
        else
            STORE(k->dx + p * stride, dx);
    }
    F(fence)(stream);
}

static void F(bn_dx)(const siam_bn_back *k)
{
    const bool two = k->dout1 != NULL;
    switch (k->mask * 4 + two * 2 + k->stream) {
    case 0: F(dx_as)(k, SIAM_BN_NO_RELU, false, false); break;
    case 1: F(dx_as)(k, SIAM_BN_NO_RELU, false, true); break;
    case 2: F(dx_as)(k, SIAM_BN_NO_RELU, true, false); break;
    case 3: F(dx_as)(k, SIAM_BN_NO_RELU, true, true); break;
    case 4: F(dx_as)(k, SIAM_BN_RELU_OF_X, false, false); break;
    case 5: F(dx_as)(k, SIAM_BN_RELU_OF_X, false, true); break;
    case 6: F(dx_as)(k, SIAM_BN_RELU_OF_X, true, false); break;
    case 7: F(dx_as)(k, SIAM_BN_RELU_OF_X, true, true); break;
    case 8: F(dx_as)(k, SIAM_BN_RELU_OF_OUT, false, false); break;
    case 9: F(dx_as)(k, SIAM_BN_RELU_OF_OUT, false, true); break;
    case 10: F(dx_as)(k, SIAM_BN_RELU_OF_OUT, true, false); break;
    default: F(dx_as)(k, SIAM_BN_RELU_OF_OUT, true, true); break;
    }
}

static void F(maxpool)(const siam_pool *k, const float *x, float *out, uint8_t *at)
{
    for (int64_t oh = 0; oh < k->out_h; oh++)
        for (int64_t ow = 0; ow < k->out_w; ow++) {
            VEC best = (VEC){0} - INFINITY;
            BITS won = {0};
            bool first = true; /* the first tap inside wins even when it is -inf */
            for (int t = 0; t < k->kernel * k->kernel; t++) {
                const int64_t h = oh * k->stride - k->pad + t / k->kernel;
                const int64_t w = ow * k->stride - k->pad + t % k->kernel;
                if (h < 0 || h >= k->in_h || w < 0 || w >= k->in_w)
                    continue;
                const VEC v = LOAD(x + (h * k->in_w + w) * LANES);
                const BITS wins = first ? ~(BITS){0} : (BITS)((v > best) | (v != v));
                best = SELECT(wins, v, best);
                won = (wins & ((BITS){0} + t)) | (~wins & won);
                first = false;
            }
            const int64_t o = (oh * k->out_w + ow) * LANES;
            STORE(out + o, best);
            for (int i = 0; at && i < LANES; i++)
                at[o + i] = (uint8_t)won[i];
        }
}

static void F(maxpool_back)(const siam_pool *k, const uint8_t *at, const float *dout0, const float *dout1,
                            float *din)
{
    memset(din, 0, (size_t)(k->in_h * k->in_w) * LANES * sizeof *din);
    for (int64_t oh = 0; oh < k->out_h; oh++)
        for (int64_t ow = 0; ow < k->out_w; ow++) {
            const int64_t o = (oh * k->out_w + ow) * LANES;
            VEC d = LOAD(dout0 + o);
            BITS won;
            if (dout1)
                d += LOAD(dout1 + o);
            for (int i = 0; i < LANES; i++)
                won[i] = at[o + i];
            for (int t = 0; t < k->kernel * k->kernel; t++) {
                const int64_t h = oh * k->stride - k->pad + t / k->kernel;
                const int64_t w = ow * k->stride - k->pad + t % k->kernel;
                if (h < 0 || h >= k->in_h || w < 0 || w >= k->in_w)
                    continue;
                float *to = din + (h * k->in_w + w) * LANES;
                STORE(to, LOAD(to) + WHERE(won == t, d));
            }
        }
}

static void F(mean)(const float *x, int64_t pixels, int64_t stride, float *out)
{
    double sum[LANES] = {0};
    for (int64_t p = 0; p < pixels;) {
        const int64_t end = p + F(PIECE) < pixels ? p + F(PIECE) : pixels;
        VEC s = {0};
        for (; p < end; p++)
            s += LOAD(x + p * stride);
        for (int i = 0; i < LANES; i++)
            sum[i] += (double)s[i];
    }
    for (int i = 0; i < LANES; i++)
        out[i] = (float)(sum[i] / (double)pixels);
}

static void F(spread)(const float *dout, int64_t pixels, int64_t stride, float *din)
{
    const VEC d = LOAD(dout) / (float)pixels;
    for (int64_t p = 0; p < pixels; p++)
        STORE(din + p * stride, d);
}

static void F(add)(int64_t n, const float *a, const float *b, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = a[i] + b[i];
}

static void F(relu)(int64_t n, const float *x, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = x[i] <= 0.0f ? 0.0f : x[i];
}

static void F(relu_back)(int64_t n, const float *out, const float *dout0, const float *dout1, float *din)
{
    if (dout1)
        for (int64_t i = 0; i < n; i++)
            din[i] = out[i] > 0.0f ? dout0[i] + dout1[i] : 0.0f;
    else
        for (int64_t i = 0; i < n; i++)
            din[i] = out[i] > 0.0f ? dout0[i] : 0.0f;
}

static void F(sgd)(int64_t n, float *restrict value, const float *restrict grad, float *restrict momentum,
                   float scale, float lr, float mu, float wd)
{
    for (int64_t i = 0; i < n; i++) {
        const float m = mu * momentum[i] + (scale * grad[i] + wd * value[i]);
        momentum[i] = m;
        value[i] -= lr * m;
    }
}

/* *v = exp(*v) for *v <= 0, within 2 units in the last place: 2^k exp(r), r = x - k ln 2 in two parts, a polynomial for
 * exp(r) on |r| <= ln 2 / 2. Below -87, where floats lose their precision, exp(-87); NaN stays. */
INLINE void F(exp)(VEC *v)
{
    const float shift = 12582912.0f; /* 1.5 2^23: adding it rounds to a whole number, which the low bits then hold */
    const VEC low = (VEC){0} - 87.0f;
    const VEC x = SELECT(*v < low, low, *v);
    const VEC t = x * 1.44269504088896341f + shift, k = t - shift;
    const VEC r = x - k * 0.693359375f - k * -2.12194440e-4f;
    VEC p = (VEC){0} + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    *v = p * (VEC)(((BITS)t + 127) << 23); /* the shift's own bits leave at the top */
}

/* n < LANES numbers, and `rest` behind them. */
INLINE void F(load_part)(int64_t n, const float *x, float rest, VEC *v)
{
    *v = (VEC){0} + rest;
    for (int i = 0; i < n; i++)
        (*v)[i] = x[i];
}

static double F(softmax)(int64_t n, const float *x, float scale, float *out)
{
    const int64_t whole = n / LANES * LANES;
    VEC most, tail;
    F(load_part)(n - whole, x + whole, x[0], &most);
    for (int64_t i = 0; i < whole; i += LANES) {
        const VEC v = LOAD(x + i);
        most = SELECT(v > most, v, most);
    }
    float top = most[0];
    for (int i = 1; i < LANES; i++)
        top = most[i] > top ? most[i] : top;
    F(load_part)(n - whole, x + whole, -INFINITY, &tail);
    tail -= top;
    F(exp)(&tail);
    VEC sums = tail;
    for (int i = 0; i < LANES; i++)
        if (i >= n - whole)
            sums[i] = 0;
    for (int64_t i = 0; i < whole; i += LANES) {
        VEC v = LOAD(x + i) - top;
        F(exp)(&v);
        sums += v;
        STORE(out + i, v);
    }
    double sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += (double)sums[i];
    const float factor = (float)((double)scale / sum);
    for (int64_t i = 0; i < whole; i += LANES)
        STORE(out + i, LOAD(out + i) * factor);
    for (int64_t i = whole; i < n; i++)
        out[i] = tail[i - whole] * factor;
    return (double)top + log(sum);
}

static void F(dots)(int64_t n, const float *x, const float *y, double xy[3])
{
    double s[3][LANES] = {{0}};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const double a = (double)x[i + l], b = (double)y[i + l];
            s[0][l] += a * a;
            s[1][l] += a * b;
            s[2][l] += b * b;
        }
    for (int l = 0; i < n; i++, l++) {
        const double a = (double)x[i], b = (double)y[i];
        s[0][l] += a * a;
        s[1][l] += a * b;
        s[2][l] += b * b;
    }
    for (int k = 0; k < 3; k++) {
        xy[k] = 0;
        for (int l = 0; l < LANES; l++)
            xy[k] += s[k][l];
    }
}

static void F(blend)(int64_t n, float a, const float *x, float b, const float *y, float *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = a * x[i] + b * y[i];
}

static void F(moments)(int64_t n, double s, const float *restrict x, double *restrict sum,
                       double *restrict squares)
{
    for (int64_t i = 0; i < n; i++) {
        const double v = s * (double)x[i];
        sum[i] += v;
        squares[i] += v * v;
    }
}

static const siam_kernels F(table) = {
    .bn_stats = F(bn_stats),
    .bn_apply = F(bn_apply),
    .bn_reduce = F(bn_reduce),
    .bn_dx = F(bn_dx),
    .maxpool = F(maxpool),
    .maxpool_back = F(maxpool_back),
    .mean = F(mean),
    .spread = F(spread),
    .add = F(add),
    .relu = F(relu),
    .relu_back = F(relu_back),
    .sgd = F(sgd),
    .softmax = F(softmax),
    .dots = F(dots),
    .blend = F(blend),
    .moments = F(moments),
};

#undef VEC
#undef BITS
#undef LOAD
#undef STORE
#undef WHERE
#undef RELU
#undef SELECT
#undef INLINE
#undef DZ
