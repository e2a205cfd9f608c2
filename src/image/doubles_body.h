/* Included by doubles.c once for each instruction set (ISA); F(name) names what is defined here. */

/* Two pixels of four samples, or eight samples of a row. */
typedef double F(eight) __attribute__((vector_size(64)));
typedef double F(eight_at) __attribute__((vector_size(64), aligned(8), may_alias));
typedef int32_t F(whole) __attribute__((vector_size(32)));
typedef uint16_t F(wide) __attribute__((vector_size(16)));
typedef uint8_t F(narrow) __attribute__((vector_size(8)));

/* Four samples of each side, or as many as `bytes` are. By way of whole words: halves that are put together in memory would have to wait
 * for each other. */
SIAM_INLINE void F(load)(F(eight) *v, const uint8_t *one, const uint8_t *other, size_t bytes, int depth)
{
    if (depth == 2) {
        uint64_t a = 0, b = 0;
        memcpy(&a, one, bytes);
        memcpy(&b, other, bytes);
        *v = __builtin_convertvector(__builtin_convertvector((F(wide))(two_words){a, b}, F(whole)), F(eight));
    } else {
        uint32_t a = 0, b = 0;
        memcpy(&a, one, bytes);
        memcpy(&b, other, bytes);
        const sixteen all = (sixteen)(two_words){a | (uint64_t)b << 32, 0}, zero = {0};
        *v = __builtin_convertvector(__builtin_convertvector((F(wide))__builtin_shufflevector(all, zero, 0, 16, 1, 16, 2, 16, 3, 16, 4, 16,
                                                                                             5, 16, 6, 16, 7, 16), F(whole)), F(eight));
    }
}

SIAM_INLINE void F(widen)(double *to, const uint8_t *one, const uint8_t *other, size_t bytes, int depth)
{
    F(eight) v;
    F(load)(&v, one, other, bytes, depth);
    *(F(eight_at) *)to = v;
}

/* As put(). */
SIAM_INLINE void F(store)(uint8_t *one, uint8_t *other, const F(eight) *sum, size_t bytes, int depth)
{
    const int white = depth == 1 ? 255 : 65535;
    const F(eight) rounded = depth == 1 ? (*sum + (1 << (SIAM_WEIGHT_BITS - 1))) * (1.0 / (1 << SIAM_WEIGHT_BITS)) : *sum + 0.5;
    F(whole) v = __builtin_convertvector(rounded, F(whole));
    const F(whole) over = v > white;
    v = (v & ~over) | (over & white);
    if (depth == 2) {
        const two_words both = (two_words)__builtin_convertvector(v, F(wide));
        const uint64_t a = both[0], b = both[1];
        memcpy(one, &a, bytes);
        memcpy(other, &b, bytes);
    } else {
        const two_halves both = (two_halves)__builtin_convertvector(v, F(narrow));
        const uint32_t a = both[0], b = both[1];
        memcpy(one, &a, bytes);
        memcpy(other, &b, bytes);
    }
}

SIAM_INLINE void F(row)(uint8_t *dst, const uint8_t *src, const siam_doubles_axis *a, int channels, int depth)
{
    for (int i = 0; i < a->out; i++) {
        const double *k = a->k + (size_t)i * (size_t)a->taps;
        double sum[SIAM_IMAGE_MOST] = {0};
        for (int x = 0; x < a->count[i]; x++)
            for (int c = 0; c < channels; c++)
                sum[c] += siam_sample_get(src, (size_t)(a->first[i] + x) * (size_t)channels + (size_t)c, depth) * k[x];
        for (int c = 0; c < channels; c++)
            put(dst, (size_t)i * (size_t)channels + (size_t)c, depth, sum[c]);
    }
}

/* The same sums of two rows at once, of pixels of three or four samples. What is too much of three is where the next pixel will be. */
SIAM_INLINE void F(two_rows)(uint8_t *const dst[2], const uint8_t *const src[2], int w, const siam_doubles_axis *a, int channels, int depth,
                             double *wide)
{
    const size_t pixel = (size_t)(channels * depth), all = (size_t)(4 * depth), end = pixel * (size_t)(w - 1);
    for (int x = 0; x < w - 1; x++)
        F(widen)(wide + 8 * x, src[0] + pixel * (size_t)x, src[1] + pixel * (size_t)x, all, depth);
    F(widen)(wide + 8 * (w - 1), src[0] + end, src[1] + end, pixel, depth);
    for (int i = 0; i < a->out; i++) {
        const double *k = a->k + (size_t)i * (size_t)a->taps, *p = wide + 8 * (size_t)a->first[i];
        const size_t at = pixel * (size_t)i;
        F(eight) sum = {0};
        for (int x = 0; x < a->count[i]; x++)
            sum += *(const F(eight_at) *)(p + 8 * x) * k[x];
        if (i < a->out - 1)
            F(store)(dst[0] + at, dst[1] + at, &sum, all, depth);
        else
            F(store)(dst[0] + at, dst[1] + at, &sum, pixel, depth);
    }
}

/* Constant counts for the usual images, so that the compiler unrolls. */
static void F(across)(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_doubles_axis *a, int channels, int depth,
                      double *wide)
{
    const size_t row = (size_t)a->out * (size_t)(channels * depth);
    const int step = channels == 4 || (channels == 3 && depth == 2) ? 2 : 1;
    for (int y = 0; y < h; y += step, dst += (size_t)step * row, src += (size_t)step * stride) {
        const size_t more = y + 1 < h; /* else the last row is both of the two */
        uint8_t *const to[2] = {dst, dst + more * row};
        const uint8_t *const from[2] = {src, src + more * stride};
        if (depth == 2 && channels == 3)
            F(two_rows)(to, from, w, a, 3, 2, wide);
        else if (depth == 2 && channels == 4)
            F(two_rows)(to, from, w, a, 4, 2, wide);
        else if (step == 2)
            F(two_rows)(to, from, w, a, 4, 1, wide); /* three have whole weights */
        else if (depth == 2 && channels == 1)
            F(row)(dst, src, a, 1, 2);
        else if (channels == 1)
            F(row)(dst, src, a, 1, 1);
        else
            F(row)(dst, src, a, channels, depth);
    }
}

SIAM_INLINE void F(strips)(uint8_t *dst, const uint8_t *src, size_t stride, size_t n, const double *k, int count, int depth)
{
    const size_t four = (size_t)(4 * depth);
    for (; n >= 8; n -= 8, src += 2 * four, dst += 2 * four) {
        F(eight) sum = {0};
        for (int y = 0; y < count; y++) {
            F(eight) p;
            F(load)(&p, src + (size_t)y * stride, src + (size_t)y * stride + four, four, depth);
            sum += p * k[y];
        }
        F(store)(dst, dst + four, &sum, four, depth);
    }
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (int y = 0; y < count; y++)
            sum += siam_sample_get(src + (size_t)y * stride, j, depth) * k[y];
        put(dst, j, depth, sum);
    }
}

static void F(down)(uint8_t *dst, const uint8_t *src, size_t stride, size_t n, const double *k, int count, int depth)
{
    if (depth == 2)
        F(strips)(dst, src, stride, n, k, count, 2);
    else
        F(strips)(dst, src, stride, n, k, count, 1);
}

static const siam_doubles F(table) = {F(across), F(down)};
