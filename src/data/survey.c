/* A survey of images. Each is decoded by one of the threads; what is said of it depends on nothing but its pixels. */
#include "data/survey.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/stop.h"
#include "base/system.h"

enum { SIDE = 32, WAVES = 8, COMMON = 128, CHUNK = 64 };

/* What a thread works with. */
typedef struct tools {
    siam_image im, rgb, small; /* as it is read; as RGB of 8 bits; a part or all of that */
    siam_image_scratch scratch;
    uint8_t luma[COMMON * COMMON];
    uint64_t level[SIAM_IMAGE_MOST][256];
    int channels, depth;
    siam_err err;
    siam_code failed; /* what ends the survey, with err */
} tools;

static void tools_release(tools *t)
{
    siam_image_release(&t->im);
    siam_image_release(&t->rgb);
    siam_image_release(&t->small);
    siam_image_scratch_release(&t->scratch);
    free(t);
}

/* ---- one image ------------------------------------------------------------------------------------------- */

static siam_code shrink(tools *t, int w, int h)
{
    const siam_image *src = siam_image_is_rgb8(&t->im) ? &t->im : &t->rgb;
    SIAM_TRY(siam_image_crop_resize(&t->small, src, 0, 0, src->w, src->h, w, h, &t->scratch, &t->err));
    siam_image_luma(t->luma, &t->small);
    return SIAM_OK;
}

/* The lowest WAVES x WAVES coefficients of the cosine transform of SIDE x SIDE shades. */
static void transform(const uint8_t *luma, float out[WAVES][WAVES])
{
    float wave[WAVES][SIDE], rows[SIDE][WAVES];
    for (int u = 0; u < WAVES; u++)
        for (int x = 0; x < SIDE; x++)
            wave[u][x] = cosf((float)(M_PI * u * (2 * x + 1) / (2 * SIDE)));
    for (int y = 0; y < SIDE; y++)
        for (int u = 0; u < WAVES; u++) {
            rows[y][u] = 0;
            for (int x = 0; x < SIDE; x++)
                rows[y][u] += wave[u][x] * (float)luma[y * SIDE + x];
        }
    for (int v = 0; v < WAVES; v++)
        for (int u = 0; u < WAVES; u++) {
            out[v][u] = 0;
            for (int y = 0; y < SIDE; y++)
                out[v][u] += wave[v][y] * rows[y][u];
        }
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* A bit for each coefficient: whether it is above their median. Mirroring turns the sign of every second column. */
static uint64_t bits_of(float c[WAVES][WAVES], bool mirrored)
{
    float v[WAVES * WAVES], sorted[WAVES * WAVES - 1];
    for (int i = 0; i < WAVES * WAVES; i++)
        v[i] = c[i / WAVES][i % WAVES] * (mirrored && i % 2 ? -1 : 1);
    memcpy(sorted, v + 1, sizeof sorted); /* the first is the mean */
    qsort(sorted, WAVES * WAVES - 1, sizeof *sorted, ascending);
    uint64_t bits = 0;
    for (int i = 1; i < WAVES * WAVES; i++)
        bits |= (uint64_t)(v[i] > sorted[WAVES * WAVES / 2 - 1]) << i;
    return bits;
}

static siam_code look_at_shape(tools *t, siam_look *k)
{
    float c[WAVES][WAVES];
    enum { CELL = SIDE / SIAM_LOOK_SIDE };
    SIAM_TRY(shrink(t, SIDE, SIDE));
    transform(t->luma, c);
    k->shape = bits_of(c, false);
    k->mirrored = bits_of(c, true);
    for (int y = 0; y < SIAM_LOOK_SIDE; y++)
        for (int x = 0; x < SIAM_LOOK_SIDE; x++) {
            unsigned sum = CELL * CELL / 2;
            for (int i = 0; i < CELL * CELL; i++)
                sum += t->luma[(CELL * y + i / CELL) * SIDE + CELL * x + i % CELL];
            k->shade[y * SIAM_LOOK_SIDE + x] = (uint8_t)(sum / (CELL * CELL));
        }
    return SIAM_OK;
}

/* At a common size, or images would differ by their resolution; smaller ones are as they are. */
static siam_code look_at_shades(tools *t, siam_look *k)
{
    const int longer = t->im.w > t->im.h ? t->im.w : t->im.h;
    const double scale = longer > COMMON ? (double)COMMON / longer : 1;
    const int w = (int)fmax(1, t->im.w * scale + 0.5), h = (int)fmax(1, t->im.h * scale + 0.5);
    SIAM_TRY(shrink(t, w, h));
    double sum = 0, squares = 0, change = 0;
    for (int i = 0; i < w * h; i++) {
        sum += t->luma[i];
        squares += (double)t->luma[i] * t->luma[i];
    }
    for (int y = 1; y < h - 1; y++)
        for (int x = 1; x < w - 1; x++) {
            const uint8_t *p = t->luma + y * w + x;
            const double d = 4 * p[0] - p[-1] - p[1] - p[-w] - p[w];
            change += d * d;
        }
    const double n = (double)w * h, mean = sum / n, var = fmax(squares / n - mean * mean, 0);
    k->mean = (float)(mean / 255);
    k->deviation = (float)(sqrt(var) / 255);
    k->detail = var > 0 && w > 2 && h > 2 ? (float)(change / ((w - 2.0) * (h - 2.0)) / var) : 0;
    return SIAM_OK;
}

/* Sample i, as 8 bits. */
static int level_of(const siam_image *im, uint64_t i) { return siam_sample_get(im->px, i, im->depth) >> 8 * (im->depth - 1); }

/* Its levels, as a part of one image. */
static void count_levels(tools *t, siam_look *k)
{
    uint32_t count[SIAM_IMAGE_MOST][256] = {{0}};
    const unsigned channels = (unsigned)t->im.channels;
    const uint64_t pixels = (uint64_t)t->im.w * (uint64_t)t->im.h;
    for (uint64_t p = 0; p < pixels; p++)
        for (unsigned c = 0; c < channels; c++)
            count[c][level_of(&t->im, p * channels + c)]++;
    for (unsigned c = 0; c < channels; c++) {
        uint64_t sum = 0;
        for (int v = 0; v < 256; v++) {
            sum += (uint64_t)v * count[c][v];
            t->level[c][v] += ((uint64_t)count[c][v] << 32) / pixels;
        }
        if (c < 3)
            k->colour[c] = (uint8_t)(sum / pixels);
    }
    t->channels = t->im.channels;
    t->depth = t->im.depth;
}

/* What shades are taken of: of other images than RGB the first three channels, or those there are. */
static siam_code show(tools *t)
{
    const siam_image *im = &t->im;
    const uint64_t pixels = (uint64_t)im->w * (uint64_t)im->h, n = (uint64_t)im->channels;
    if (siam_image_is_rgb8(im))
        return SIAM_OK;
    SIAM_TRY(siam_image_resize_buffer(&t->rgb, im->w, im->h, &t->err));
    for (uint64_t i = 0; i < pixels; i++)
        for (uint64_t c = 0; c < 3; c++)
            t->rgb.px[3 * i + c] = (uint8_t)level_of(im, n * i + (c < n ? c : n - 1));
    return SIAM_OK;
}

static siam_code look(tools *t, const siam_dataset *d, int64_t i, siam_look *k)
{
    siam_err_clear(&t->err);
    *k = (siam_look){0};
    SIAM_TRY(siam_dataset_read(d, i, &t->im, &t->err));
    const uint64_t part[2] = {(uint64_t)t->im.w << 32 | (uint32_t)t->im.h, siam_hash64(t->im.px, siam_image_bytes(&t->im))};
    k->pixels = siam_hash64(part, sizeof part);
    count_levels(t, k);
    SIAM_TRY(show(t));
    SIAM_TRY(look_at_shades(t, k));
    SIAM_TRY(look_at_shape(t, k));
    k->w = t->im.w;
    k->h = t->im.h;
    return SIAM_OK;
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

/* Looks at one image with a thread's tools; a bad image is a finding, all else ends the survey. */
static void look_or_say(siam_survey *s, const siam_dataset *d, tools *t, int64_t i)
{
    const siam_code rc = t->failed ? t->failed : look(t, d, i, &s->look[i]);
    if (!rc || t->failed)
        return;
    s->look[i].w = 0;
    if (rc != SIAM_E_DATA && rc != SIAM_E_NOTFOUND && rc != SIAM_E_IO && rc != SIAM_E_UNSUPPORTED) {
        t->failed = rc;
        return;
    }
    s->why[i] = strdup(t->err.msg);
    if (s->why[i])
        return;
    siam_err_clear(&t->err);
    t->failed = siam_fail(&t->err, SIAM_E_NOMEM, "out of memory for a list of bad images");
}

/* Images first ... end - 1. */
static siam_code look_at_some(siam_survey *s, const siam_dataset *d, tools **t, int threads, int64_t first, int64_t end, siam_err *e)
{
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (int64_t i = first; i < end; i++)
        look_or_say(s, d, t[omp_get_thread_num()], i);
    for (int k = 0; k < threads; k++)
        if (t[k]->failed) {
            if (e)
                *e = t[k]->err;
            return t[k]->failed;
        }
    return SIAM_OK;
}

static siam_code look_at_all(siam_survey *s, const siam_dataset *d, tools **t, int threads, const volatile sig_atomic_t *stop,
                             void (*told)(void *user, int64_t done), void *user, siam_err *e)
{
    const int64_t step = (int64_t)CHUNK * threads;
    for (int64_t first = 0; first < s->n; first += step) {
        const int64_t end = s->n - first < step ? s->n : first + step;
        if (siam_stop_asked(stop))
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while looking at images");
        SIAM_TRY(look_at_some(s, d, t, threads, first, end, e));
        if (told)
            told(user, end);
    }
    for (int i = 0; i < threads; i++) {
        for (int c = 0; c < SIAM_IMAGE_MOST; c++)
            for (int v = 0; v < 256; v++)
                s->level[c][v] += t[i]->level[c][v]; /* whole numbers: the same in any order */
        if (t[i]->channels) {
            s->channels = t[i]->channels;
            s->depth = t[i]->depth;
        }
    }
    return SIAM_OK;
}

siam_code siam_survey_take(siam_survey *s, const siam_dataset *d, int threads, const volatile sig_atomic_t *stop,
                           void (*told)(void *user, int64_t done), void *user, siam_err *e)
{
    const size_t n = (size_t)d->info.count;
    *s = (siam_survey){.n = d->info.count};
    tools **t = calloc((size_t)threads, sizeof *t);
    if (n * (sizeof *s->look + sizeof *s->why) <= siam_memory_available()) { /* Linux promises more and kills who uses it */
        s->look = calloc(n, sizeof *s->look);
        s->why = calloc(n, sizeof *s->why);
    }
    bool room = t && s->look && s->why;
    for (int i = 0; i < threads && room; i++)
        room = (t[i] = calloc(1, sizeof **t)) != NULL;
    const siam_code rc = room ? look_at_all(s, d, t, threads, stop, told, user, e)
                              : siam_fail(e, SIAM_E_NOMEM, "out of memory for looking at %zu images", n);
    for (int i = 0; t && i < threads && t[i]; i++)
        tools_release(t[i]);
    free(t);
    return rc;
}

void siam_survey_release(siam_survey *s)
{
    for (int64_t i = 0; s->why && i < s->n; i++)
        free(s->why[i]);
    free(s->why);
    free(s->look);
    *s = (siam_survey){0};
}

/* ---- their colours --------------------------------------------------------------------------------------- */

void siam_survey_channel(const siam_survey *s, int channel, double *mean, double *std)
{
    double n = 0, sum = 0, squares = 0;
    for (int v = 0; v < 256; v++) {
        const double count = (double)s->level[channel][v], x = s->depth == 2 ? (v + 0.5) / 256 : v / 255.0;
        n += count;
        sum += count * x;
        squares += count * x * x;
    }
    *mean = n > 0 ? sum / n : 0;
    *std = n > 0 ? sqrt(fmax(squares / n - *mean * *mean, 0)) : 0;
}

double siam_survey_percentile(const siam_survey *s, int channel, double share)
{
    double n = 0, below = 0;
    for (int v = 0; v < 256; v++)
        n += (double)s->level[channel][v];
    for (int v = 0; v < 256; v++) {
        below += (double)s->level[channel][v];
        if (below >= share * n)
            return v / 255.0;
    }
    return 1;
}
