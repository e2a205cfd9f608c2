#include "image/across_bytes.h"

enum { LANES = 16, ALL = 1 << 30, ENTRY = LANES * (1 + SIAM_DIGITS) };

static int groups_of(int out) { return (3 * out + LANES - 1) / LANES; }
static int steps_of(int taps) { return (taps + 3) / 4; }

size_t siam_across_bytes_room(int out, int taps) { return (size_t)groups_of(out) * (1 + (size_t)steps_of(taps) * ENTRY); }

#if defined(__x86_64__)
#include "image/simd.h"
#include "image/vbmi.h"

/* Sixteen samples of the result are a group: it reads from a window of the source, four pixels in a step, which is twelve bytes
 * further on in each. */
typedef struct plan {
    int groups, steps;
    int32_t *start; /* [groups] the first pixel of the window */
    int32_t *entry; /* [groups][steps][ENTRY] for each sample the places of four bytes in the window, then the digits of their weights */
} plan;

static inline int last_pixel(int group, int out)
{
    const int last = (group * LANES + LANES - 1) / 3;
    return last < out ? last : out - 1;
}

/* The bytes of the smallest window in which those of every sample of a group lie. */
static int window_of(const siam_across_axis *a)
{
    int most = 0;
    for (int g = 0; g < groups_of(a->out); g++) {
        const int bytes = 3 * (a->first[last_pixel(g, a->out)] - a->first[g * LANES / 3] + 4);
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* The four weights from `from` on as digits, 0 where an output has no more. */
static void pixel_digits(const siam_across_axis *a, int pixel, int from, int32_t digits[SIAM_DIGITS])
{
    int32_t four[4] = {0};
    for (int t = 0; t < 4 && from + t < a->count[pixel]; t++)
        four[t] = a->k[(size_t)pixel * (size_t)a->taps + (size_t)(from + t)];
    siam_digits(four, digits);
}

static void fill(const plan *p, const siam_across_axis *a)
{
    for (int g = 0; g < p->groups; g++) {
        p->start[g] = a->first[g * LANES / 3];
        for (int s = 0; s < p->steps; s++) {
            int32_t *entry = p->entry + ((size_t)g * (size_t)p->steps + (size_t)s) * ENTRY, digits[SIAM_DIGITS] = {0};
            for (int l = 0, before = -1; l < LANES; l++) {
                const int sample = g * LANES + l, pixel = sample / 3 < a->out ? sample / 3 : a->out - 1;
                if (pixel != before)
                    pixel_digits(a, before = pixel, 4 * s, digits);
                const int at = 3 * (a->first[pixel] - p->start[g]) + sample % 3;
                entry[l] = 0x09060300 + at * 0x01010101; /* no byte is above 127 */
                for (int d = 0; d < SIAM_DIGITS; d++)
                    entry[(1 + d) * LANES + l] = digits[d];
            }
        }
    }
}

SIAM_TARGET_AVX512_VBMI

/* The bytes at `places` of a window of 64 or 128, of which `left` may be read: any number that is not below the window's size for all. */
SIAM_INLINE __m512i take(const uint8_t *at, __m512i places, ptrdiff_t left, const int window)
{
    const bool whole = left >= window;
    const __m512i low = whole ? _mm512_loadu_si512(at) : _mm512_maskz_loadu_epi8(siam_first_bytes(left), at);
    if (window == 64)
        return _mm512_permutexvar_epi8(places, low);
    return _mm512_permutex2var_epi8(low, places, whole ? _mm512_loadu_si512(at + 64) : _mm512_maskz_loadu_epi8(siam_first_bytes(left - 64), at + 64));
}

/* One group of `rows` rows; `left`: bytes of a row from the window on. The compiler knows rows, window and, where nothing is left out, left. */
SIAM_INLINE void group(uint8_t *dst, size_t line, __mmask16 some, const uint8_t *src, size_t stride, ptrdiff_t left, const int32_t *entry, int steps,
                       const int rows, const int window)
{
    __m512i sum[4][SIAM_DIGITS];
    for (int r = 0; r < rows; r++)
        for (int d = 0; d < SIAM_DIGITS; d++)
            sum[r][d] = _mm512_set1_epi32(d ? 0 : 1 << (SIAM_WEIGHT_BITS - 1));
    for (int s = 0; s < steps; s++, src += 12, left -= left == ALL ? 0 : 12, entry += ENTRY) {
        const __m512i places = _mm512_loadu_si512(entry);
        for (int r = 0; r < rows; r++) {
            const __m512i four = take(src + (size_t)r * stride, places, left, window);
            for (int d = 0; d < SIAM_DIGITS; d++)
                sum[r][d] = _mm512_dpbusd_epi32(sum[r][d], four, _mm512_loadu_si512(entry + (1 + d) * LANES));
        }
    }
    for (int r = 0; r < rows; r++) {
        const __m128i samples = _mm512_cvtusepi32_epi8(siam_digits_sum(sum[r][0], sum[r][1], sum[r][2])); /* at most 255 */
        if (some == 0xffff)
            _mm_storeu_si128((__m128i *)(void *)(dst + (size_t)r * line), samples);
        else
            _mm_mask_storeu_epi8(dst + (size_t)r * line, some, samples);
    }
}

SIAM_INLINE void rows(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, int out, const plan *p, const int window)
{
    const size_t line = 3 * (size_t)out;
    for (int y = 0; y < h; y += 4, src += 4 * stride, dst += 4 * line)
        for (int g = 0; g < p->groups; g++) {
            const size_t at = (size_t)g * LANES;
            const __mmask16 some = (__mmask16)(line - at < LANES ? (1u << (line - at)) - 1 : 0xffff);
            const uint8_t *from = src + 3 * (size_t)p->start[g];
            const ptrdiff_t left = 3 * (ptrdiff_t)(w - p->start[g]);
            const int32_t *entry = p->entry + (size_t)g * (size_t)p->steps * ENTRY;
            if (h - y >= 4 && left - 12 * (p->steps - 1) >= window)
                group(dst + at, line, some, from, stride, ALL, entry, p->steps, 4, window);
            else
                for (size_t r = 0; r < 4 && r < (size_t)(h - y); r++)
                    group(dst + r * line + at, line, some, from + r * stride, stride, left, entry, p->steps, 1, window);
        }
}

static void rows_64(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, int out, const plan *p) { rows(dst, src, stride, w, h, out, p, 64); }
static void rows_128(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, int out, const plan *p) { rows(dst, src, stride, w, h, out, p, 128); }

SIAM_TARGET_END

bool siam_across_bytes(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_across_axis *a, int32_t *room)
{
    const int window = window_of(a), groups = groups_of(a->out);
    if (!SIAM_HAS_AVX512_VBMI || window > 128)
        return false;
    const plan p = {groups, steps_of(a->taps), room, room + groups};
    fill(&p, a);
    (window <= 64 ? rows_64 : rows_128)(dst, src, stride, w, h, a->out, &p);
    return true;
}
#else
bool siam_across_bytes(uint8_t *dst, const uint8_t *src, size_t stride, int w, int h, const siam_across_axis *a, int32_t *room)
{
    (void)dst, (void)src, (void)stride, (void)w, (void)h, (void)a, (void)room;
    return false;
}
#endif
