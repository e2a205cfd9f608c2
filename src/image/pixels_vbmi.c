/* The loops of pixels.c by AVX-512 with permutations of bytes (VBMI) and dot products of 16-bit and of 8-bit numbers (VNNI): sixteen pixels
 * at once, each in 32 bits, put there and back by one permutation. */
#include "image/pixels.h"

#if defined(__x86_64__)
#include "image/simd.h"
#include "image/vbmi.h"

enum { BYTES = 64, PIXELS = 16 /* at once */ };

SIAM_TARGET_AVX512_VBMI

/* The first n of 64 bytes. */
static inline __mmask64 first(size_t n) { return siam_first_bytes((ptrdiff_t)n); }

/* ---- sixteen pixels ---- */

/* Orders of bytes: of 48 bytes those of pixel i to word i, as red, green, blue, green; back; and, of the last, the pixels in the
 * opposite order. */
typedef struct orders {
    __m512i words, packed, back;
} orders;

static inline orders make_orders(void)
{
    uint8_t words[BYTES], packed[BYTES] = {0}, back[BYTES] = {0};
    for (int i = 0; i < BYTES; i++)
        words[i] = (uint8_t)(i / 4 * 3 + (i % 4 == 3 ? 1 : i % 4));
    for (int i = 0; i < 3 * PIXELS; i++) {
        packed[i] = (uint8_t)(i / 3 * 4 + i % 3);
        back[i] = (uint8_t)((PIXELS - 1 - i / 3) * 3 + i % 3);
    }
    return (orders){_mm512_loadu_si512(words), _mm512_loadu_si512(packed), _mm512_loadu_si512(back)};
}

/* The bytes of n pixels, or of sixteen. */
static inline __mmask64 bytes_of(size_t n) { return first(3 * (n < PIXELS ? n : PIXELS)); }

static inline __m512i load(const uint8_t *rgb, __mmask64 bytes, const orders *o)
{
    return _mm512_permutexvar_epi8(o->words, _mm512_maskz_loadu_epi8(bytes, rgb));
}
static inline void store(uint8_t *rgb, __mmask64 bytes, __m512i words, const orders *o)
{
    _mm512_mask_storeu_epi8(rgb, bytes, _mm512_permutexvar_epi8(o->packed, words));
}

/* Each word becomes to(word, with). The next sixteen are loaded before these are stored: for the processor a store that leaves bytes
 * out reaches over them, and a load would wait for it. */
typedef __m512i change(__m512i words, const void *with);
SIAM_INLINE void change_words(uint8_t *rgb, size_t n, const orders *o, change *to, const void *with)
{
    __mmask64 bytes = bytes_of(n);
    __m512i words = load(rgb, bytes, o);
    while (bytes) {
        n -= n < PIXELS ? n : PIXELS;
        const __mmask64 next_bytes = bytes_of(n);
        const __m512i next = load(rgb + 3 * PIXELS, next_bytes, o);
        store(rgb, bytes, to(words, with), o);
        words = next;
        bytes = next_bytes;
        rgb += 3 * PIXELS;
    }
}

static inline __m512i all(int v) { return _mm512_set1_epi32(v); }
static inline __m512i channel(__m512i words, int c) { return _mm512_and_si512(_mm512_srli_epi32(words, (unsigned)(8 * c)), all(255)); }

/* (r 19595 + g 38470 + b 7471 + 2^15) >> 16. A weight is 256 times one byte plus another, both signed; green, whose upper one does not fit, stands in
 * two of the four places. */
static inline __m512i luma(__m512i words)
{
    const __m512i upper = all(77 | 75 << 8 | 29 << 16 | 75 << 24), lower = all((256 - 117) | 35 << 8 | 47 << 16 | 35 << 24);
    const __m512i high = _mm512_slli_epi32(_mm512_dpbusd_epi32(_mm512_setzero_si512(), words, upper), 8);
    return _mm512_srli_epi32(_mm512_add_epi32(_mm512_dpbusd_epi32(high, words, lower), all(1 << 15)), 16);
}

static uint64_t luma_sum(const uint8_t *rgb, size_t n)
{
    const orders o = make_orders();
    uint64_t sum = 0;
    while (n) {
        const size_t some = n < 1 << 20 ? n : 1 << 20; /* whose sums fit 32 bits */
        __m512i part = _mm512_setzero_si512();
        for (size_t i = 0; i < some; i += PIXELS) /* what is missing is black */
            part = _mm512_add_epi32(part, luma(load(rgb + 3 * i, bytes_of(some - i), &o)));
        sum += (uint32_t)_mm512_reduce_add_epi32(part);
        rgb += 3 * some;
        n -= some;
    }
    return sum;
}

static inline __m512i to_luma(__m512i words, const void *with)
{
    (void)with;
    return luma(words);
}

static void grey(uint8_t *rgb, size_t n)
{
    orders o = make_orders();
    o.packed = _mm512_and_si512(o.packed, _mm512_set1_epi8(~3)); /* byte 0 of a pixel's word three times */
    change_words(rgb, n, &o, to_luma, NULL);
}

/* siam_blend of words, d as floats too. */
static inline __m512i blend_words(__m512i d, __m512 d_float, __m512i x, __m512 f)
{
    const __m512 by = _mm512_mul_ps(f, _mm512_cvtepi32_ps(_mm512_sub_epi32(x, d)));
    const __m512i v = _mm512_cvttps_epi32(_mm512_add_ps(d_float, by));
    return _mm512_min_epi32(_mm512_max_epi32(v, _mm512_setzero_si512()), all(255));
}

static inline __m512i to_saturated(__m512i words, const void *with)
{
    const __m512 f = _mm512_set1_ps(*(const float *)with);
    const __m512i l = luma(words);
    const __m512 l_float = _mm512_cvtepi32_ps(l);
    const __m512i r = blend_words(l, l_float, channel(words, 0), f), g = blend_words(l, l_float, channel(words, 1), f),
                  b = blend_words(l, l_float, channel(words, 2), f);
    return _mm512_or_si512(r, _mm512_or_si512(_mm512_slli_epi32(g, 8), _mm512_slli_epi32(b, 16)));
}

static void saturate(uint8_t *rgb, size_t n, float f)
{
    const orders o = make_orders();
    change_words(rgb, n, &o, to_saturated, &f);
}

/* Each byte's entry of a table. */
static void blend(uint8_t *p, size_t n, int d, float f)
{
    uint8_t table[256];
    for (int i = 0; i < 256; i++)
        table[i] = siam_blend(d, i, f);
    const __m512i t0 = _mm512_loadu_si512(table), t1 = _mm512_loadu_si512(table + 64), t2 = _mm512_loadu_si512(table + 128),
                  t3 = _mm512_loadu_si512(table + 192);
    for (size_t i = 0; i < n; i += BYTES) {
        const __mmask64 bytes = first(n - i);
        const __m512i at = _mm512_maskz_loadu_epi8(bytes, p + i);
        const __m512i low = _mm512_permutex2var_epi8(t0, at, t1), high = _mm512_permutex2var_epi8(t2, at, t3);
        _mm512_mask_storeu_epi8(p + i, bytes, _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), low, high));
    }
}

/* Without a mask: see change_words. */
static inline __m512i load_48(const uint8_t *p)
{
    const __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm512_inserti32x4(_mm512_castsi256_si512(low), _mm_loadu_si128((const __m128i *)(const void *)(p + 32)), 2);
}
static inline void store_48(uint8_t *p, __m512i v)
{
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_castsi512_si256(v));
    _mm_storeu_si128((__m128i *)(void *)(p + 32), _mm512_extracti32x4_epi32(v, 2));
}

static void flip(uint8_t *rgb, size_t w, size_t h)
{
    const orders o = make_orders();
    for (size_t y = 0; y < h; y++, rgb += 3 * w) {
        uint8_t *l = rgb, *end = rgb + 3 * w;
        for (; end - l >= 2 * 3 * PIXELS; l += 3 * PIXELS) {
            end -= 3 * PIXELS;
            const __m512i left = load_48(l), right = load_48(end);
            store_48(l, _mm512_permutexvar_epi8(o.back, right));
            store_48(end, _mm512_permutexvar_epi8(o.back, left));
        }
        siam_pixels_by(0)->flip(l, (size_t)(end - l) / 3, 1);
    }
}

/* ---- hue ---- */

/* x / 255 for x < 2^16, exact. */
static inline __m512i div255(__m512i x) { return _mm512_srli_epi32(_mm512_mulhi_epu16(x, all(0x8081)), 7); }

/* x / by, rounded to the nearest as a division is: a product, and what it leaves. Right where a test of all x says so; it takes a third of
 * the time. */
static inline __m512 quotient(__m512 x, __m512 by, __m512 inverse)
{
    const __m512 q = _mm512_mul_ps(x, inverse);
    return _mm512_fmadd_ps(_mm512_fnmadd_ps(q, by, x), inverse, q);
}

typedef struct colours {
    __m512i r, g, b, max;
} colours;

/* hue_saturation() of pixels.c: there h = k + sign * c with k = from + one and sign = -one, where `from` is 0, 2 or 4 sixths of a turn
 * for the colour that is the greatest. */
static inline __m512i hue_of(const colours *c, __m512i min, __m512i range)
{
    const __mmask16 red = _mm512_cmpeq_epi32_mask(c->r, c->max), green = _mm512_cmpeq_epi32_mask(c->g, c->max) & (__mmask16)~red;
    const __mmask16 no_blue = _mm512_cmpeq_epi32_mask(c->b, min), no_red = _mm512_cmpeq_epi32_mask(c->r, min);
    const __mmask16 on = (__mmask16)((red & no_blue) | (green & ~no_blue) | (~(red | green) & ~no_red));
    const __m512 plus = _mm512_set1_ps(1), minus = _mm512_set1_ps(-1), zero = _mm512_setzero_ps();
    const __m512 one = _mm512_mask_blend_ps(on, minus, plus);
    const __m512 from = _mm512_mask_blend_ps(red, _mm512_mask_blend_ps(green, _mm512_set1_ps(4), _mm512_set1_ps(2)), zero);
    const __m512i middle_and_max = _mm512_sub_epi32(_mm512_add_epi32(_mm512_add_epi32(c->r, c->g), c->b), min);
    const __m512i from_max = _mm512_sub_epi32(_mm512_add_epi32(c->max, c->max), middle_and_max); /* max - middle */
    const __m512 part = _mm512_div_ps(_mm512_cvtepi32_ps(from_max), _mm512_cvtepi32_ps(_mm512_max_epi32(range, all(1))));
    const __m512 h = _mm512_sub_ps(_mm512_add_ps(from, one), _mm512_mul_ps(one, part));
    const __m512 sixth = quotient(h, _mm512_set1_ps(6), _mm512_set1_ps(1.0f / 6));
    const __m512 turn = _mm512_mask_add_ps(sixth, _mm512_cmp_ps_mask(h, zero, _CMP_LT_OQ), sixth, plus);
    return _mm512_cvttps_epi32(_mm512_mul_ps(turn, _mm512_set1_ps(255)));
}

typedef struct turn {
    __m512i shift;   /* of the hue */
    __m512i sectors; /* for each sixth of a turn which of three bytes red, green and blue are */
    __m512i lanes;   /* where those three begin, of each word within its sixteen bytes */
} turn;

/* hue_chunk() of pixels.c, where it is explained. */
static inline __m512i to_turned(__m512i words, const void *with)
{
    const turn *t = with;
    colours c = {channel(words, 0), channel(words, 1), channel(words, 2), all(0)};
    c.max = _mm512_max_epi32(_mm512_max_epi32(c.r, c.g), c.b);
    const __m512i v = c.max, min = _mm512_min_epi32(_mm512_min_epi32(c.r, c.g), c.b), range = _mm512_sub_epi32(v, min);
    const __m512i h = hue_of(&c, min, range);
    const __m512 most = _mm512_cvtepi32_ps(_mm512_max_epi32(v, all(1)));
    const __m512i s = _mm512_cvttps_epi32(_mm512_div_ps(_mm512_cvtepi32_ps(_mm512_mullo_epi16(range, all(255))), most));
    const __m512i sixths = _mm512_mullo_epi16(_mm512_and_si512(_mm512_add_epi32(h, t->shift), all(255)), all(6));
    const __m512i sector = div255(sixths), m = _mm512_sub_epi32(sixths, _mm512_mullo_epi16(sector, all(255)));
    const __mmask16 even = _mm512_testn_epi32_mask(sector, all(1));
    const __m512i x = _mm512_mask_sub_epi32(m, even, all(255), m);
    const __m512i low = div255(_mm512_add_epi32(_mm512_mullo_epi16(v, _mm512_sub_epi32(all(255), s)), all(127)));
    const __m512i rest = _mm512_sub_epi32(all(65025), _mm512_mullo_epi16(s, x));
    const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(v), _mm512_cvtepi32_ps(rest)); /* below 2^24: exact */
    const __m512 scaled = _mm512_add_ps(_mm512_mul_ps(product, _mm512_set1_ps(1.0f / 65025.0f)), _mm512_set1_ps(0.5f));
    const __m512i mid = _mm512_cvttps_epi32(scaled);
    /* v, mid and low in a word; the sector says which of them red, green and blue are. */
    const __m512i three = _mm512_or_si512(v, _mm512_or_si512(_mm512_slli_epi32(mid, 8), _mm512_slli_epi32(low, 16)));
    return _mm512_shuffle_epi8(three, _mm512_add_epi32(t->lanes, _mm512_permutexvar_epi32(sector, t->sectors)));
}

static void hue(uint8_t *rgb, size_t n, int shift)
{
    enum { V, MID, LOW };
#define SECTOR(r, g, b) ((r) | (g) << 8 | (b) << 16)
    static const int32_t sector[PIXELS] = {SECTOR(V, MID, LOW), SECTOR(MID, V, LOW), SECTOR(LOW, V, MID), SECTOR(LOW, MID, V),
                                           SECTOR(MID, LOW, V), SECTOR(V, LOW, MID), SECTOR(V, MID, LOW)}; /* 6 is hue 255, the same as 0 */
#undef SECTOR
    const orders o = make_orders();
    const turn t = {all(shift), _mm512_loadu_si512(sector),
                    _mm512_broadcast_i32x4(_mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0c0c0c0c))};
    change_words(rgb, n, &o, to_turned, &t);
}

/* ---- normalised values ---- */

typedef struct scale {
    __m512 mean, std, inverse;
} scale;

static inline __m512 scaled(__m512i x, const scale *s)
{
    const __m512 part = quotient(_mm512_cvtepi32_ps(x), _mm512_set1_ps(255), _mm512_set1_ps(1.0f / 255));
    return quotient(_mm512_sub_ps(part, s->mean), s->std, s->inverse);
}

/* Whether that is what two divisions give, for all 256 levels of all channels. */
static inline int are_quotients(const scale s[3])
{
    const __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 256; i += PIXELS) {
            const __m512i x = _mm512_add_epi32(all(i), count);
            const __m512 part = _mm512_div_ps(_mm512_cvtepi32_ps(x), _mm512_set1_ps(255));
            const __m512 right = _mm512_div_ps(_mm512_sub_ps(part, s[c].mean), s[c].std);
            if (_mm512_cmpneq_epi32_mask(_mm512_castps_si512(scaled(x, &s[c])), _mm512_castps_si512(right)))
                return 0;
        }
    return 1;
}

static void normalise(float *dst, const uint8_t *rgb, size_t n, const float *mean, const float *std)
{
    const orders o = make_orders();
    scale s[3];
    for (int c = 0; c < 3; c++)
        s[c] = (scale){_mm512_set1_ps(mean[c]), _mm512_set1_ps(std[c]), _mm512_set1_ps(1 / std[c])};
    if (!are_quotients(s)) {
        siam_pixels_by(0)->normalise(dst, rgb, n, mean, std);
        return;
    }
    for (size_t i = 0; i < n; i += PIXELS) {
        const __m512i words = load(rgb + 3 * i, bytes_of(n - i), &o);
        const __mmask16 some = (__mmask16)first(n - i);
        for (int c = 0; c < 3; c++)
            _mm512_mask_storeu_ps(dst + (size_t)c * n + i, some, scaled(channel(words, c), &s[c]));
    }
}

/* ---- sums of rows ---- */

/* Pairs of 16-bit numbers, or fours of bytes, of which 64 columns have four registers in the order in which `pack` puts them together. */
typedef struct columns {
    __m512i v[4];
} columns;

static inline void pair(columns *to, __m512i one_low, __m512i one_high, __m512i other_low, __m512i other_high)
{
    to->v[0] = _mm512_unpacklo_epi16(one_low, other_low);
    to->v[1] = _mm512_unpackhi_epi16(one_low, other_low);
    to->v[2] = _mm512_unpacklo_epi16(one_high, other_high);
    to->v[3] = _mm512_unpackhi_epi16(one_high, other_high);
}

/* 32-bit numbers below 2^15, at most 255 of each. */
static inline __m512i pack(const columns *c)
{
    return _mm512_packus_epi16(_mm512_packus_epi32(c->v[0], c->v[1]), _mm512_packus_epi32(c->v[2], c->v[3]));
}

/* A weight of 24 bits is taken as two parts of 12: the lower sum's carry is all that it adds. */
static inline __m512i weighed(const columns *inner_outer, uint32_t inner, uint32_t outer)
{
    enum { PART = 12, MASK = (1 << PART) - 1 };
    const __m512i low = all((int)((inner & MASK) | (outer & MASK) << 16)), high = all((int)(inner >> PART | outer >> PART << 16));
    columns out;
    for (int i = 0; i < 4; i++) {
        const __m512i carry = _mm512_srli_epi32(_mm512_dpwssd_epi32(all(1 << 23), inner_outer->v[i], low), PART);
        out.v[i] = _mm512_srli_epi32(_mm512_dpwssd_epi32(carry, inner_outer->v[i], high), 24 - PART);
    }
    return pack(&out);
}

static inline void blur_taps(uint8_t *dst, const uint8_t *const *tap, size_t n, uint32_t inner, uint32_t outer, int last)
{
    const __m512i zero = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += BYTES) {
        const __mmask64 bytes = first(n - i);
        __m512i low = zero, high = zero;
        for (int d = 1; d < last; d++) {
            const __m512i v = _mm512_maskz_loadu_epi8(bytes, tap[d] + i);
            low = _mm512_add_epi16(low, _mm512_unpacklo_epi8(v, zero));
            high = _mm512_add_epi16(high, _mm512_unpackhi_epi8(v, zero));
        }
        const __m512i a = _mm512_maskz_loadu_epi8(bytes, tap[0] + i), b = _mm512_maskz_loadu_epi8(bytes, tap[last] + i);
        columns both;
        pair(&both, low, high, _mm512_add_epi16(_mm512_unpacklo_epi8(a, zero), _mm512_unpacklo_epi8(b, zero)),
             _mm512_add_epi16(_mm512_unpackhi_epi8(a, zero), _mm512_unpackhi_epi8(b, zero)));
        _mm512_mask_storeu_epi8(dst + i, bytes, weighed(&both, inner, outer));
    }
}

/* Radius 0 and 1, all that a sigma up to 2 needs, with a number of taps that the compiler knows. */
static void blur(uint8_t *dst, const uint8_t *const *tap, size_t n, int radius, uint32_t inner, uint32_t outer)
{
    if (radius == 0)
        blur_taps(dst, tap, n, inner, outer, 2);
    else if (radius == 1)
        blur_taps(dst, tap, n, inner, outer, 4);
    else
        blur_taps(dst, tap, n, inner, outer, 2 * radius + 2);
}

/* The weights of four rows as siam_digits has them, 0 for rows beyond `count`. */
static inline void digits_of(const int32_t *k, int count, int32_t digits[SIAM_DIGITS])
{
    int32_t four[4] = {0};
    for (int i = 0; i < 4 && i < count; i++)
        four[i] = k[i];
    siam_digits(four, digits);
}

static void down(uint8_t *dst, const uint8_t *src, size_t stride, size_t n, const int32_t *k, int count)
{
    enum { MOST = 32 };
    int32_t digit[MOST / 4][SIAM_DIGITS];
    if (count > MOST) {
        siam_pixels_by(0)->down(dst, src, stride, n, k, count);
        return;
    }
    for (int y = 0; y < count; y += 4)
        digits_of(k + y, count - y, digit[y / 4]);
    for (size_t i = 0; i < n; i += BYTES) {
        const __mmask64 bytes = first(n - i);
        columns sum[SIAM_DIGITS];
        for (int d = 0; d < SIAM_DIGITS; d++)
            for (int j = 0; j < 4; j++)
                sum[d].v[j] = all(d ? 0 : 1 << (SIAM_WEIGHT_BITS - 1));
        for (int y = 0; y < count; y += 4) {
            __m512i row[4];
            for (int r = 0; r < 4; r++) /* a row that does not count has the weight 0 */
                row[r] = _mm512_maskz_loadu_epi8(bytes, src + (size_t)(y + r < count ? y + r : y) * stride + i);
            columns four;
            pair(&four, _mm512_unpacklo_epi8(row[0], row[1]), _mm512_unpackhi_epi8(row[0], row[1]), _mm512_unpacklo_epi8(row[2], row[3]),
                 _mm512_unpackhi_epi8(row[2], row[3]));
            for (int d = 0; d < SIAM_DIGITS; d++)
                for (int j = 0; j < 4; j++)
                    sum[d].v[j] = _mm512_dpbusd_epi32(sum[d].v[j], four.v[j], all(digit[y / 4][d]));
        }
        for (int j = 0; j < 4; j++)
            sum[0].v[j] = siam_digits_sum(sum[0].v[j], sum[1].v[j], sum[2].v[j]);
        _mm512_mask_storeu_epi8(dst + i, bytes, pack(&sum[0]));
    }
}

SIAM_TARGET_END

static const siam_pixels vbmi = {blend, luma_sum, grey, saturate, hue, flip, normalise, blur, down};
const siam_pixels *siam_pixels_vbmi(void) { return &vbmi; }
#else
const siam_pixels *siam_pixels_vbmi(void) { return NULL; }
#endif
