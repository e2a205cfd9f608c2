#include "backend/onednn/conv_race.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/system.h"

enum { TIMED_RUNS = 3, SRC = 0, DST, WEIGHTS, BIAS, SCRATCH };
enum { SAMPLES = 64, FEWER_SAMPLES = 12 /* of a gradient of weights: each is a sum over the whole batch */ };

static int64_t count_of(const siam_conv_race *r, int block)
{
    const siam_op_desc *d = r->d;
    return block == SRC   ? siam_desc_count(&d->in[0])
           : block == DST ? siam_desc_count(&d->out)
                          : d->out.dim[1] * d->in[0].dim[1] * d->u.conv.kernel * d->u.conv.kernel;
}

static siam_dtype type_of(const siam_conv_race *r, int block)
{
    return block == SRC ? r->d->in[0].dtype : block == DST ? r->d->out.dtype : SIAM_F32;
}

static double get(const siam_conv_race *r, int block, size_t i)
{
    return type_of(r, block) == SIAM_BF16 ? (double)siam_bf16_float(((const uint16_t *)r->p[block])[i])
                                          : (double)((const float *)r->p[block])[i];
}

/* Mixed bits of the index: these are many numbers, and no more is asked of them than to differ. Beside bfloat16 maps the
 * weights are numbers that bfloat16 has, as some algorithms round them and some do not. */
static void fill(siam_conv_race *r, int block)
{
    const double fan = (double)(r->d->in[0].dim[1] * r->d->u.conv.kernel * r->d->u.conv.kernel);
    const float scale = (float)(block == WEIGHTS ? sqrt(3 / fan) : 1) / 2147483648.0f;
    const int64_t n = block == BIAS ? r->d->out.dim[1] : count_of(r, block);
    const bool half = type_of(r, block) == SIAM_BF16, rounded = block == WEIGHTS && type_of(r, DST) == SIAM_BF16;
    float *full = r->p[block];
    uint16_t *halves = r->p[block];
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)(i + 1) * 2654435761u + (uint32_t)block;
        bits = (bits ^ bits >> 15) * 2246822519u;
        const float x = scale * (float)(int32_t)(bits ^ bits >> 13);
        if (half)
            halves[i] = siam_bf16_round(x);
        else
            full[i] = rounded ? siam_bf16_float(siam_bf16_round(x)) : x;
    }
}

siam_code siam_conv_race_open(siam_conv_race *r, siam_onednn *b, const siam_op_desc *d, siam_conv_dir dir,
                              siam_err *e)
{
    siam_code rc = SIAM_OK;
    *r = (siam_conv_race){.b = b, .d = d, .dir = dir};
    r->bytes[SRC] = siam_desc_bytes(&d->in[0]);
    r->bytes[DST] = siam_desc_bytes(&d->out);
    r->bytes[WEIGHTS] = sizeof(float) * (size_t)count_of(r, WEIGHTS);
    r->bytes[BIAS] = sizeof(float) * (size_t)d->out.dim[1];
    for (int i = 0; i < SCRATCH && !rc; i++) {
        rc = b->head.type->alloc(&b->head, r->bytes[i], &r->p[i], e);
        if (!rc)
            fill(r, i);
    }
    if (rc)
        siam_conv_race_close(r);
    return rc;
}

void siam_conv_race_close(siam_conv_race *r)
{
    for (int i = 0; i < SIAM_RACE_BLOCKS; i++) {
        if (r->p[i])
            r->b->head.type->free(&r->b->head, r->p[i]);
        r->p[i] = NULL;
    }
    free(r->first);
    r->first = NULL;
}

static siam_code run(siam_conv_race *r, const siam_conv_prim *c, siam_err *e)
{
    const siam_conv_args a = {r->p[SRC], r->p[DST], r->p[WEIGHTS], r->p[BIAS], r->p[SCRATCH], NULL};
    return siam_conv_prim_run(c, r->b, &a, e);
}

/* Scratch for this algorithm, without a number in it: four bytes of 0xff are a NaN, two of them one in bfloat16. */
static siam_code scratch(siam_conv_race *r, const siam_conv_prim *c, siam_err *e)
{
    siam_backend *b = &r->b->head;
    if (!r->p[SCRATCH] || r->bytes[SCRATCH] < c->scratch_bytes) {
        if (r->p[SCRATCH])
            b->type->free(b, r->p[SCRATCH]);
        r->p[SCRATCH] = NULL;
        SIAM_TRY(b->type->alloc(b, c->scratch_bytes, &r->p[SCRATCH], e));
        r->bytes[SCRATCH] = c->scratch_bytes;
    }
    memset(r->p[SCRATCH], 0xff, r->bytes[SCRATCH]);
    return SIAM_OK;
}

siam_code siam_conv_race_time(siam_conv_race *r, const siam_conv_prim *c, double best, double *ms, siam_err *e)
{
    SIAM_TRY(scratch(r, c, e));
    *ms = 1e30;
    for (int i = 0; i <= TIMED_RUNS; i++) {
        const double start = siam_clock();
        SIAM_TRY(run(r, c, e));
        const double took = 1e3 * (siam_clock() - start);
        if (took < *ms && i)
            *ms = took;
        if (i && took > 1.5 * best)
            break;
    }
    return SIAM_OK;
}

static int result_of(siam_conv_dir dir)
{
    return dir == SIAM_CONV_FWD ? DST : dir == SIAM_CONV_BWD_D ? SRC : WEIGHTS;
}

/* An element of an image, or 0 outside of it. */
static double pixel(const siam_conv_race *r, int block, int64_t n, int64_t c, int64_t h, int64_t w)
{
    const siam_desc *d = block == SRC ? &r->d->in[0] : &r->d->out;
    if (h < 0 || w < 0 || h >= d->dim[2] || w >= d->dim[3])
        return 0;
    return get(r, block, siam_desc_index(d, n, c, h, w));
}

static double weight(const siam_conv_race *r, int64_t o, int64_t c, int64_t y, int64_t x)
{
    const int64_t k = r->d->u.conv.kernel;
    return get(r, WEIGHTS, (size_t)(((o * r->d->in[0].dim[1] + c) * k + y) * k + x));
}

/* One element of the result from its definition; `was` is what the output held before. at: n, c, h, w of an image, or
 * o, c, y, x of the weights. */
static double plain(const siam_conv_race *r, const int64_t at[4], double was)
{
    const siam_op_desc *d = r->d;
    const int64_t k = d->u.conv.kernel, s = d->u.conv.stride, p = d->u.conv.pad, C = d->in[0].dim[1], O = d->out.dim[1];
    double sum = 0;
    if (r->dir == SIAM_CONV_BWD_W) {
        for (int64_t n = 0; n < d->out.dim[0]; n++)
            for (int64_t h = 0; h < d->out.dim[2]; h++)
                for (int64_t w = 0; w < d->out.dim[3]; w++)
                    sum += pixel(r, DST, n, at[0], h, w) * pixel(r, SRC, n, at[1], h * s - p + at[2], w * s - p + at[3]);
        return sum;
    }
    for (int64_t y = 0; y < k; y++)
        for (int64_t x = 0; x < k; x++) {
            const int64_t h = at[2] + p - y, w = at[3] + p - x; /* the gradient of an input: of output h / s, w / s */
            for (int64_t c = 0; c < C && r->dir == SIAM_CONV_FWD; c++)
                sum += weight(r, at[1], c, y, x) * pixel(r, SRC, at[0], c, at[2] * s - p + y, at[3] * s - p + x);
            for (int64_t o = 0; o < O && r->dir == SIAM_CONV_BWD_D && h % s == 0 && w % s == 0; o++)
                sum += weight(r, o, at[1], y, x) * pixel(r, DST, at[0], o, h / s, w / s);
        }
    if (r->dir == SIAM_CONV_FWD) {
        sum += d->u.conv.bias ? get(r, BIAS, (size_t)at[1]) : 0;
        sum += d->u.conv.add ? was : 0;
        sum = d->u.conv.relu && sum < 0 ? 0 : sum;
    }
    return sum;
}

/* The samples, drawn before the run, when the output still has what an epilogue adds to. */
typedef struct samples {
    int n;
    size_t place[SAMPLES];
    double want[SAMPLES];
} samples;

static void draw(samples *s, const siam_conv_race *r)
{
    const siam_op_desc *d = r->d;
    const int result = result_of(r->dir), k = d->u.conv.kernel;
    const siam_desc weights = siam_desc_4d(d->out.dim[1], d->in[0].dim[1], k, k);
    const siam_desc *shape = result == DST ? &d->out : result == SRC ? &d->in[0] : &weights;
    siam_rng rng = siam_rng_key(0, 0, (uint64_t)r->dir, 0, SIAM_RNG_TEST);
    s->n = result == WEIGHTS ? FEWER_SAMPLES : SAMPLES;
    for (int i = 0; i < s->n; i++) {
        int64_t at[4];
        for (int j = 0; j < 4; j++) /* the first are the two corners */
            at[j] = i == 0 ? 0 : i == 1 ? shape->dim[j] - 1 : siam_rng_below(&rng, (uint32_t)shape->dim[j]);
        s->place[i] = siam_desc_index(shape, at[0], at[1], at[2], at[3]);
        s->want[i] = plain(r, at, result == DST ? get(r, DST, s->place[i]) : 0);
    }
}

/* How far two results may be apart, over their largest element: as in siam_case_compare. */
static double limit_of(const siam_conv_race *r)
{
    const siam_op_desc *d = r->d;
    const double k = (double)(d->u.conv.kernel * d->u.conv.kernel);
    const double terms = r->dir == SIAM_CONV_FWD     ? k * (double)d->in[0].dim[1]
                         : r->dir == SIAM_CONV_BWD_D ? k * (double)d->out.dim[1]
                                                     : (double)(siam_desc_count(&d->out) / d->out.dim[1]);
    return type_of(r, result_of(r->dir)) == SIAM_BF16 ? 1.0 / 256 : fmax(1e-5, 1e-6 * sqrt(terms));
}

static double gap_of(double x, double want)
{
    const double gap = fabs(x - want);
    return isnan(gap) ? (double)INFINITY : gap; /* infinity minus itself is NaN, too */
}

static void compare(siam_conv_race *r, const samples *s, bool *right)
{
    const int result = result_of(r->dir);
    const int64_t n = count_of(r, result);
    double top = 0, worst = 0;
#pragma omp parallel for schedule(static) reduction(max : top, worst)
    for (int64_t i = 0; i < n; i++) {
        const double x = get(r, result, (size_t)i);
        top = fmax(top, fabs(x));
        worst = fmax(worst, gap_of(x, r->first ? (double)r->first[i] : x));
    }
    for (int i = 0; i < s->n; i++)
        worst = fmax(worst, gap_of(get(r, result, s->place[i]), s->want[i]));
    r->worst = worst / (top > 0 ? top : 1);
    *right = r->worst <= limit_of(r);
}

siam_code siam_conv_race_check(siam_conv_race *r, const siam_conv_prim *c, bool direct, bool *right, siam_err *e)
{
    const int result = result_of(r->dir);
    const int64_t n = count_of(r, result);
    samples s;
    SIAM_TRY(scratch(r, c, e));
    fill(r, result);
    draw(&s, r);
    if (result == WEIGHTS) /* the gradient is added to what is there */
        memset(r->p[result], 0, r->bytes[result]);
    else if (!(result == DST && r->d->u.conv.add))
        memset(r->p[result], 0xff, r->bytes[result]);
    SIAM_TRY(run(r, c, e));
    compare(r, &s, right);
    if (direct && *right) {
        r->first = malloc((size_t)n * sizeof *r->first);
        if (!r->first)
            return siam_fail(e, SIAM_E_NOMEM, "out of memory while comparing the kernels of a convolution");
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < n; i++)
            r->first[i] = (float)get(r, result, (size_t)i);
    }
    fill(r, result);
    return SIAM_OK;
}
