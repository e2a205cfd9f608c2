/* neg_cosine: L = -(1/N) sum_i cos(p_i, t_i), t_i the mean of z in the other views, and the collapse gauge of z (op.h; SimSiam
 * eq. 1-2; SPEC 1.8).
 *
 * With a = max(|p|, eps), b = max(|t|, eps), cos = p.t / (a b) (torch.nn.CosineSimilarity, eps 1e-8):
 *   dcos/dp = t / (a b) - cos p / |p|^2, the second term only where |p| > eps; likewise for t; dz_j = sum_i dt_i / (views - 1). */
#include <math.h>
#include <string.h>

#include "backend/moments.h"
#include "backend/ref/ref.h"
#include "base/check.h"

static const double EPS = 1e-8;

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 2 && d->in[1].ndim == 2 && d->u.cosine.views >= 2 &&
           d->in[0].dim[0] % d->u.cosine.views == 0 && d->in[0].dim[0] == d->in[1].dim[0] &&
           d->in[0].dim[1] == d->in[1].dim[1];
}

typedef struct shape {
    int64_t rows, images, d; /* all views' rows; images of one view */
    int views, ranks;
} shape;

static shape shape_of(const siam_backend *b, const siam_op_desc *d)
{
    return (shape){.rows = d->in[0].dim[0], .images = d->in[0].dim[0] / d->u.cosine.views, .d = d->in[0].dim[1],
                   .views = d->u.cosine.views, .ranks = b->comm->size};
}

static double dot(const float *x, const double *y, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)x[i] * y[i];
    return s;
}

static double length(const float *x, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += (double)x[i] * x[i];
    return sqrt(s);
}

static double length_of(const double *x, int64_t n)
{
    double s = 0;
    for (int64_t i = 0; i < n; i++)
        s += x[i] * x[i];
    return sqrt(s);
}

/* t = the target of row i: the mean of z in the other views. */
static void target(const shape *s, const float *z, int64_t i, double *t)
{
    for (int64_t c = 0; c < s->d; c++) {
        double sum = 0;
        for (int64_t j = i % s->images; j < s->rows; j += s->images)
            sum += j == i ? 0 : z[j * s->d + c];
        t[c] = sum / (s->views - 1);
    }
}

/* scratch: double [d] a target, [d] a gradient, [views][d][2] moments of z/|z|; with ranks, those of each behind it. */
static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)t;
    (void)e;
    const shape s = shape_of(b, &p->desc);
    p->scratch_bytes = sizeof(double) * (size_t)s.d * (2 + 2 * (size_t)s.views * ((size_t)s.ranks + 1));
    return SIAM_OK;
}

/* Mean of z/|z| over the images of each view and channel, and the sum of squares about it. */
static void moments_of(const shape *s, const float *z, double *of)
{
    memset(of, 0, 2 * sizeof *of * (size_t)(s->views * s->d));
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < s->rows; i++) {
            const double len = fmax(length(z + i * s->d, s->d), EPS);
            for (int64_t c = 0; c < s->d; c++) {
                double *m = of + 2 * (i / s->images * s->d + c);
                const double x = z[i * s->d + c] / len, away = x - m[0];
                if (pass)
                    m[1] += away * away;
                else
                    m[0] += x / (double)s->images;
            }
        }
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const shape s = shape_of(b, &p->desc);
    const float *P = io->in[0], *Z = io->in[1];
    double *t = io->scratch, *of = t + 2 * s.d, loss = 0, spread = 0;
    const int64_t pairs = s.views * s.d;
    float *out = io->out;
    for (int64_t i = 0; i < s.rows; i++) {
        target(&s, Z, i, t);
        loss -= dot(P + i * s.d, t, s.d) / (fmax(length(P + i * s.d, s.d), EPS) * fmax(length_of(t, s.d), EPS)) / (double)s.rows;
    }
    moments_of(&s, Z, of);
    if (s.ranks > 1) {
        SIAM_TRY(siam_moments_of_ranks(b->comm, (double)s.images, of, (size_t)pairs, of + 2 * pairs, e));
        SIAM_TRY(b->comm->type->sum_doubles(b->comm, &loss, 1, e));
    }
    for (int64_t k = 0; k < pairs; k++)
        spread += sqrt(of[2 * k + 1] / (double)(s.images * s.ranks)) / (double)pairs;
    out[0] = (float)(loss / s.ranks);
    out[1] = (float)(spread * sqrt((double)s.d));
    return SIAM_OK;
}

/* g dcos(p, t)/dp of row i into dp. */
static void gradient_of_p(const shape *s, const float *p, const double *t, double g, float *dp)
{
    const double len = length(p, s->d), a = fmax(len, EPS), b = fmax(length_of(t, s->d), EPS);
    const double cosine = dot(p, t, s->d) / (a * b);
    for (int64_t c = 0; c < s->d; c++)
        dp[c] = (float)(g * (t[c] / (a * b) - (len > EPS ? cosine * p[c] / (len * len) : 0)));
}

/* dz += share * g dcos(p, t)/dt. */
static void add_gradient_of_t(const shape *s, const float *p, const double *t, double g, double *dz)
{
    const double len = length_of(t, s->d), a = fmax(length(p, s->d), EPS), b = fmax(len, EPS);
    const double cosine = dot(p, t, s->d) / (a * b);
    for (int64_t c = 0; c < s->d; c++)
        dz[c] += g * (p[c] / (a * b) - (len > EPS ? cosine * t[c] / (len * len) : 0));
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)e;
    const shape s = shape_of(b, &p->desc);
    const float *P = io->in[0], *Z = io->in[1];
    float *dp = io->din[0], *dz = io->din[1];
    double *t = io->scratch, *sum = t + s.d;
    const double g = -(double)*(const float *)io->dout[0] / (double)s.rows;
    for (int64_t i = 0; i < s.rows; i++) {
        if (dp) {
            target(&s, Z, i, t);
            gradient_of_p(&s, P + i * s.d, t, g, dp + i * s.d);
        }
        if (!dz)
            continue;
        memset(sum, 0, sizeof *sum * (size_t)s.d);
        for (int64_t j = i % s.images; j < s.rows; j += s.images) { /* the targets that row i of z is part of */
            if (j == i)
                continue;
            target(&s, Z, j, t);
            add_gradient_of_t(&s, P + j * s.d, t, g / (s.views - 1), sum);
        }
        for (int64_t c = 0; c < s.d; c++)
            dz[i * s.d + c] = (float)sum[c];
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_neg_cosine = {
    .kind = SIAM_OP_NEG_COSINE,
    .name = "neg_cosine/ref",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
