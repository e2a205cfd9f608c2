/* Included by across.c once for each number of rows (ROWS) with the instruction set for it; F(name) names what is defined here. */

typedef int32_t F(words) __attribute__((vector_size(16 * ROWS)));
typedef int32_t F(memory) __attribute__((vector_size(16 * ROWS), aligned(4), may_alias));
typedef uint8_t F(bytes) __attribute__((vector_size(4 * ROWS)));
typedef uint32_t F(pixels) __attribute__((vector_size(4 * ROWS))); /* red, green, blue and nothing, of each row */

/* Products of 16-bit halves, the two of each word added. */
static inline F(words) F(madd)(F(words) pixels, F(words) weights)
{
#if defined(__x86_64__) && ROWS == 1
    return (F(words))_mm_madd_epi16((__m128i)pixels, (__m128i)weights);
#elif defined(__x86_64__) && ROWS == 2
    return (F(words))_mm256_madd_epi16((__m256i)pixels, (__m256i)weights);
#elif defined(__x86_64__)
    return (F(words))_mm512_madd_epi16((__m512i)pixels, (__m512i)weights);
#else
    return (pixels & 0xffff) * (weights & 0xffff) + (pixels >> 16) * (weights >> 16); /* none is negative */
#endif
}

static inline void F(widen)(int32_t *wide, const uint8_t *src, size_t stride, int w)
{
    for (int row = 0; row < ROWS; row++, src += stride) {
        int x = 0;
        for (; x < w - 2; x++)
            spread(wide + 4 * (x * ROWS + row), src + 3 * x, 8);
        for (; x < w; x++)
            spread(wide + 4 * (x * ROWS + row), src + 3 * x, 3 * (size_t)(w - x));
    }
}

static inline F(pixels) F(output)(const int32_t *wide, const int32_t *part, int pairs)
{
    const F(words) zero = {0};
    F(words) high = zero, low = zero + (1 << (SIAM_WEIGHT_BITS - 1));
    for (int t = 0; t < pairs; t++) {
        const F(words) p = *(const F(memory) *)(wide + 8 * ROWS * t);
        high += F(madd)(p, zero + part[2 * t]);
        low += F(madd)(p, zero + part[2 * t + 1]);
    }
    const F(words) v = ((high << LOW_BITS) + low) >> SIAM_WEIGHT_BITS, over = v > 255;
    return (F(pixels))__builtin_convertvector((v & ~over) | (over & 255), F(bytes));
}

static inline void F(store)(uint8_t *dst, size_t line, F(pixels) px, size_t n)
{
    for (int row = 0; row < ROWS; row++) {
        const uint32_t pixel = px[row];
        memcpy(dst + (size_t)row * line, &pixel, n);
    }
}

static void F(rows)(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_across *a, int32_t *wide)
{
    const size_t line = 3 * (size_t)a->out;
    for (; h >= ROWS; h -= ROWS, src += ROWS * stride, dst += ROWS * line) {
        F(widen)(wide, src, stride, w);
        const int32_t *part = a->part;
        for (int i = 0; i < a->out; i++, part += 2 * (size_t)a->most) {
            const F(pixels) px = F(output)(wide + 4 * ROWS * (size_t)a->first[i], part, (a->count[i] + 1) / 2);
            if (i < a->out - 1)
                F(store)(dst + 3 * (size_t)i, line, px, 4); /* the fourth byte is where the next pixel will be */
            else
                F(store)(dst + 3 * (size_t)i, line, px, 3);
        }
    }
#if ROWS > 1
    rows_1(dst, src, stride, w, h, a, wide); /* what is left */
#endif
}

#undef ROWS
