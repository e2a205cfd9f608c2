/* Bodies of the map kernels; included by map_kernels.c once per (ISA, LANES, type). No include guard on purpose. */
#include "backend/onednn/vec_body.h"

typedef uint32_t F(wide) __attribute__((vector_size(4 * LANES)));
typedef uint16_t F(half) __attribute__((vector_size(2 * LANES)));
typedef uint8_t F(bytes) __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef uint16_t F(halfmem) __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

/* The bits of bfloat16 numbers: the upper halves, rounded to nearest even; NaN keeps being one. */
INLINE void F(round)(const VEC *v, F(half) *out)
{
    const F(wide) u = (F(wide))*v, odd = (u >> 16) & 1, nan = (F(wide))(*v != *v);
    const F(wide) r = (u + 0x7fff + odd) >> 16;
    *out = __builtin_convertvector((nan & 0x7fc0) | (~nan & r), F(half));
}

/* GET and PUT: LANES elements of a map as floats. */
#if BF16
typedef uint16_t F(elem);
#define GET(p) ((VEC)(__builtin_convertvector(*(const F(halfmem) *)(p), F(wide)) << 16))
INLINE void F(put)(F(elem) *p, const VEC *v)
{
    F(half) h;
    F(round)(v, &h);
    *(F(halfmem) *)p = h;
}
#else
typedef float F(elem);
#define GET(p) LOAD(p)
INLINE void F(put)(F(elem) *p, const VEC *v) { STORE(p, *v); }
#endif
#define ELEM F(elem)
#define PUT(p, v) F(put)(p, &(v))

/* One element, for the ends of sweeps. */
INLINE float F(get1)(const ELEM *p)
{
#if BF16
    const uint32_t u = (uint32_t)*p << 16;
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
#else
    return *p;
#endif
}

INLINE void F(put1)(ELEM *p, float f)
{
#if BF16
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    *p = (uint16_t)(f != f ? 0x7fc0 : (u + 0x7fff + ((u >> 16) & 1)) >> 16);
#else
    *p = f;
#endif
}

enum { F(PIECE) = 512 }; /* pixels summed in float before the double sum takes over */

/* LANES elements to memory past the caches: no line is read first. p is aligned to the vector. */
INLINE void F(stream)(ELEM *p, const VEC *v)
{
#if MAPS_X86
#if BF16
    F(half) h;
    F(round)(v, &h);
    for (int i = 0; i < LANES; i += 8)
        _mm_stream_si128((__m128i *)(void *)(p + i), _mm_loadu_si128((const __m128i *)(const void *)((const ELEM *)&h + i)));
#elif defined(__AVX512F__) && LANES == 16
    _mm512_stream_ps(p, _mm512_loadu_ps((const float *)v));
#else
    for (int i = 0; i < LANES; i += 4)
        _mm_stream_ps(p + i, _mm_loadu_ps((const float *)v + i));
#endif
#else
    F(put)(p, v);
#endif
}

INLINE void F(fence)(bool stream)
{
#if MAPS_X86
    if (stream)
        _mm_sfence();
#else
    (void)stream;
#endif
}

static void F(bn_stats)(const void *map, int64_t pixels, int64_t stride, const float *origin, double *sum)
{
    const ELEM *x = map;
    const VEC o = LOAD(origin);
    for (int64_t p = 0; p < pixels;) {
        const int64_t end = p + F(PIECE) < pixels ? p + F(PIECE) : pixels;
        VEC s = {0}, q = {0};
        for (; p < end; p++) {
            const VEC d = GET(x + p * stride) - o;
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
    const ELEM *x = k->x, *r = k->residual;
    ELEM *out = k->out;
    for (int64_t p = 0; p < k->pixels; p++) {
        VEC v = GET(x + p * stride) * scale + shift;
        if (residual)
            v += GET(r + p * stride);
        if (relu)
            v = RELU(v);
        if (stream)
            F(stream)(out + p * stride, &v);
        else
            PUT(out + p * stride, v);
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
    VEC dz = GET(d0 + (i));                                                                                 \
    if (two)                                                                                                 \
        dz += GET(d1 + (i));                                                                                \
    if (mask == SIAM_BN_RELU_OF_X)                                                                           \
        dz = WHERE((xv)*scale + shift > 0.0f, dz);                                                           \
    if (mask == SIAM_BN_RELU_OF_OUT)                                                                         \
        dz = WHERE(GET(o + (i)) > 0.0f, dz);

INLINE void F(reduce_as)(const siam_bn_back *k, double *sum, siam_bn_mask mask, bool two, bool write)
{
    const VEC scale = LOAD(k->scale), shift = LOAD(k->shift), mean = LOAD(k->mean);
    const ELEM *xs = k->x, *o = k->out, *d0 = k->dout0, *d1 = k->dout1;
    ELEM *to = k->dz;
    const int64_t stride = k->stride;
    for (int64_t p = 0; p < k->pixels;) {
        const int64_t end = p + F(PIECE) < k->pixels ? p + F(PIECE) : k->pixels;
        VEC s = {0}, q = {0};
        for (; p < end; p++) {
            const VEC x = GET(xs + p * stride);
            DZ(dz, p * stride, x)
            s += dz;
            q += dz * (x - mean);
            if (write)
                PUT(to + p * stride, dz);
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
    const ELEM *xs = k->x, *o = k->out, *d0 = k->dout0, *d1 = k->dout1;
    ELEM *to = k->dx;
    const int64_t stride = k->stride;
    for (int64_t p = 0; p < k->pixels; p++) {
        const VEC x = GET(xs + p * stride);
        DZ(dz, p * stride, x)
        const VEC dx = a * dz + (b * (x - mean) + c);
        if (stream)
            F(stream)(to + p * stride, &dx);
        else
            PUT(to + p * stride, dx);
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

/* The best of one window, and which tap that is. */
INLINE void F(window)(const siam_pool *k, const ELEM *x, int64_t oh, int64_t ow, VEC *best, BITS *won)
{
    const int64_t top = oh * k->stride - k->pad, left = ow * k->stride - k->pad;
    const int64_t h_end = top + k->kernel < k->in_h ? top + k->kernel : k->in_h;
    const int64_t w_end = left + k->kernel < k->in_w ? left + k->kernel : k->in_w;
    BITS wins = ~(BITS){0}; /* the first tap inside wins even when it is -inf */
    *best = (VEC){0};
    *won = (BITS){0};
    for (int64_t h = top < 0 ? 0 : top; h < h_end; h++)
        for (int64_t w = left < 0 ? 0 : left; w < w_end; w++) {
            const VEC v = GET(x + (h * k->in_w + w) * LANES);
            wins |= (BITS)((v > *best) | (v != v));
            *best = SELECT(wins, v, *best);
            *won = (wins & ((BITS){0} + (int32_t)((h - top) * k->kernel + w - left))) | (~wins & *won);
            wins = (BITS){0};
        }
}

static void F(maxpool)(const siam_pool *k, const void *map, void *pooled, uint8_t *at)
{
    ELEM *out = pooled;
    for (int64_t oh = 0; oh < k->out_h; oh++)
        for (int64_t ow = 0; ow < k->out_w; ow++) {
            VEC best;
            BITS won;
            F(window)(k, map, oh, ow, &best, &won);
            const int64_t o = (oh * k->out_w + ow) * LANES;
            PUT(out + o, best);
            if (at)
                *(F(bytes) *)(at + o) = __builtin_convertvector(won, F(bytes));
        }
}

/* LANES bytes as integers; gcc's own conversion takes them one by one. */
INLINE void F(taps)(const uint8_t *at, BITS *tap)
{
#if MAPS_X86 && defined(__AVX512F__) && LANES == 16
    *tap = (BITS)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)at));
#elif MAPS_X86 && defined(__AVX2__)
    for (int i = 0; i < LANES; i += 8)
        _mm256_storeu_si256((__m256i *)(void *)((int32_t *)tap + i),
                            _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(at + i))));
#else
    *tap = __builtin_convertvector(*(const F(bytes) *)at, BITS);
#endif
}

/* Windows [first, end) of a line are those that pixel i lies in; both only grow with i. */
INLINE void F(windows)(const siam_pool *k, int64_t windows, int64_t i, int64_t *first, int64_t *end)
{
    while (*first * k->stride - k->pad + k->kernel <= i)
        ++*first;
    while (*end < windows && *end * k->stride - k->pad <= i)
        ++*end;
}

/* What the windows over one pixel pass back to it: window o's gradient where the pixel is its tap that won. Rows of
 * windows [i0, i_end), columns [j0, j_end). */
INLINE void F(gather)(const siam_pool *k, const uint8_t *at, const ELEM *d0, const ELEM *d1, int64_t h, int64_t w,
                      int64_t i0, int64_t i_end, int64_t j0, int64_t j_end, VEC *sum)
{
    *sum = (VEC){0};
    for (int64_t i = i0; i < i_end; i++)
        for (int64_t j = j0; j < j_end; j++) {
            const int64_t o = (i * k->out_w + j) * LANES;
            const int32_t tap = (int32_t)((h + k->pad - i * k->stride) * k->kernel + w + k->pad - j * k->stride);
            BITS won;
            F(taps)(at + o, &won);
            VEC d = GET(d0 + o);
            if (d1)
                d += GET(d1 + o);
            *sum += WHERE(won == tap, d);
        }
}

static void F(maxpool_back)(const siam_pool *k, const uint8_t *at, const void *dout0, const void *dout1, void *gradient)
{
    ELEM *din = gradient;
    int64_t i0 = 0, i_end = 0;
    for (int64_t h = 0; h < k->in_h; h++) {
        int64_t j0 = 0, j_end = 0;
        F(windows)(k, k->out_h, h, &i0, &i_end);
        for (int64_t w = 0; w < k->in_w; w++) {
            VEC sum;
            F(windows)(k, k->out_w, w, &j0, &j_end);
            F(gather)(k, at, dout0, dout1, h, w, i0, i_end, j0, j_end, &sum);
            PUT(din + (h * k->in_w + w) * LANES, sum);
        }
    }
}

static void F(mean)(const void *map, int64_t pixels, int64_t stride, float *out)
{
    const ELEM *x = map;
    double sum[LANES] = {0};
    for (int64_t p = 0; p < pixels;) {
        const int64_t end = p + F(PIECE) < pixels ? p + F(PIECE) : pixels;
        VEC s = {0};
        for (; p < end; p++)
            s += GET(x + p * stride);
        for (int i = 0; i < LANES; i++)
            sum[i] += (double)s[i];
    }
    for (int i = 0; i < LANES; i++)
        out[i] = (float)(sum[i] / (double)pixels);
}

static void F(spread)(const float *dout, int64_t pixels, int64_t stride, void *gradient)
{
    ELEM *din = gradient;
    const VEC d = LOAD(dout) / (float)pixels;
    for (int64_t p = 0; p < pixels; p++)
        PUT(din + p * stride, d);
}

static void F(add)(int64_t n, const void *a, const void *b, void *out)
{
    const ELEM *x = a, *y = b;
    ELEM *o = out;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const VEC v = GET(x + i) + GET(y + i);
        PUT(o + i, v);
    }
    for (; i < n; i++)
        F(put1)(o + i, F(get1)(x + i) + F(get1)(y + i));
}

static void F(relu)(int64_t n, const void *map, void *out)
{
    const ELEM *x = map;
    ELEM *o = out;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const VEC v = GET(x + i), r = RELU(v);
        PUT(o + i, r);
    }
    for (; i < n; i++) {
        const float v = F(get1)(x + i);
        F(put1)(o + i, v <= 0.0f ? 0.0f : v);
    }
}

static void F(relu_back)(int64_t n, const void *out, const void *dout0, const void *dout1, void *din)
{
    const ELEM *o = out, *d0 = dout0, *d1 = dout1;
    ELEM *to = din;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        VEC d = GET(d0 + i);
        if (d1)
            d += GET(d1 + i);
        const VEC passed = WHERE(GET(o + i) > 0.0f, d);
        PUT(to + i, passed);
    }
    for (; i < n; i++)
        F(put1)(to + i, F(get1)(o + i) > 0.0f ? F(get1)(d0 + i) + (d1 ? F(get1)(d1 + i) : 0.0f) : 0.0f);
}

static void F(widen)(int64_t n, const void *map, float *out)
{
    const ELEM *x = map;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        STORE(out + i, GET(x + i));
    for (; i < n; i++)
        out[i] = F(get1)(x + i);
}

static void F(narrow)(int64_t n, const float *x, void *map)
{
    ELEM *out = map;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const VEC v = LOAD(x + i);
        PUT(out + i, v);
    }
    for (; i < n; i++)
        F(put1)(out + i, x[i]);
}

static const siam_map_kernels F(table) = {
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
    .widen = F(widen),
    .narrow = F(narrow),
};

#undef GET
#undef PUT
#undef ELEM
#undef DZ
#include "backend/onednn/vec_done.h"
