/* neg_cosine: the loss L = -(1/N) sum_i cos(p_i, t_i) and the collapse gauge (op.h). Of two views the target t_i is the row of
 * the other view itself; of more it is a row of its own.
 *
 * saved: per row i of p: p.p, p.t, t.t (double), and the targets. With a = max(|p|, eps),
 * b = max(|t|, eps): dcos/dp = t/(a b) - cos p/|p|^2, the second term only where |p| > eps. */
#include <math.h>
#include <string.h>

#include "backend/moments.h"
#include "backend/onednn/onednn.h"
#include "base/check.h"

static const double EPS = 1e-8;

static bool supports(const siam_op_desc *d)
{
    return d->in[0].dtype == SIAM_F32 && d->in[1].dtype == SIAM_F32 && d->in[0].ndim == 2 &&
           d->in[1].ndim == 2 && siam_desc_eq(&d->in[0], &d->in[1]) && d->u.cosine.views >= 2 &&
           d->in[0].dim[0] % d->u.cosine.views == 0;
}

/* One call's work. Bytes of the parts of saved and scratch are in the order in which they lie there. */
typedef struct work {
    const siam_kernels *k;
    int64_t rows, images, d; /* of all views; of one */
    int views;
    const float *p, *z;
    double *dots;   /* [rows][3] */
    float *target;  /* [rows][d]; NULL of two views */
    double *len;    /* [rows] |z|^2 */
    double *sum;    /* [views][d], then squares[views][d] */
    double *ranks;  /* [views][d][2] moments, then those of every rank */
    float *dtarget; /* [rows][d]; NULL of two views */
} work;

static size_t rows_bytes(const siam_op_desc *d) { return sizeof(double) * (size_t)d->in[0].dim[0]; }

static size_t targets_bytes(const siam_op_desc *d)
{
    const size_t bytes = sizeof(float) * (size_t)(d->in[0].dim[0] * d->in[0].dim[1]);
    return d->u.cosine.views > 2 ? (bytes + 63) / 64 * 64 : 0;
}

static size_t sums_bytes(const siam_op_desc *d)
{
    return 2 * sizeof(double) * (size_t)d->u.cosine.views * (size_t)d->in[0].dim[1];
}

static size_t ranks_bytes(const siam_backend *b, const siam_op_desc *d)
{
    return b->comm->size > 1 ? sums_bytes(d) * ((size_t)b->comm->size + 1) : 0;
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)t;
    (void)e;
    const siam_op_desc *d = &p->desc;
    p->saved_bytes = d->training ? targets_bytes(d) + 3 * rows_bytes(d) : 0;
    p->scratch_bytes = 2 * targets_bytes(d) + 4 * rows_bytes(d) + sums_bytes(d) + ranks_bytes(b, d);
    return SIAM_OK;
}

static work make_work(siam_backend *b, const siam_op_plan *p, const siam_op_io *io)
{
    const siam_op_desc *d = &p->desc;
    char *scratch = io->scratch, *kept = d->training ? io->saved : scratch, *rest = scratch + targets_bytes(d) + 3 * rows_bytes(d);
    const bool more = d->u.cosine.views > 2;
    return (work){.k = siam_kernels_get(siam_onednn_enter(b)->isa, 16),
                  .rows = d->in[0].dim[0],
                  .images = d->in[0].dim[0] / d->u.cosine.views,
                  .d = d->in[0].dim[1],
                  .views = d->u.cosine.views,
                  .p = io->in[0],
                  .z = io->in[1],
                  .target = more ? (float *)(void *)kept : NULL,
                  .dots = (double *)(void *)(kept + targets_bytes(d)),
                  .dtarget = more ? (float *)(void *)rest : NULL,
                  .len = (double *)(void *)(rest + targets_bytes(d)),
                  .sum = (double *)(void *)(rest + targets_bytes(d) + rows_bytes(d)),
                  .ranks = (double *)(void *)(rest + targets_bytes(d) + rows_bytes(d) + sums_bytes(d))};
}

/* fmax would make a number of NaN. */
static double at_least(double x, double least) { return x < least ? least : x; }

/* Of two views. */
static int64_t other(const work *w, int64_t i) { return i < w->images ? i + w->images : i - w->images; }

static const float *target_of(const work *w, int64_t i)
{
    return w->target ? w->target + i * w->d : w->z + other(w, i) * w->d;
}

/* out = the mean of x in the rows of the same image in the other views. */
static void mean_of_others(const work *w, const float *x, int64_t i, float *out)
{
    for (int64_t c = 0; c < w->d; c++) {
        double sum = 0;
        for (int64_t j = i % w->images; j < w->rows; j += w->images)
            sum += j == i ? 0 : (double)x[j * w->d + c];
        out[c] = (float)(sum / (w->views - 1));
    }
}

/* p.p, p.t and t.t of every row, and the squared lengths of z. */
static void take_dots(const work *w)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < w->rows; i++) {
        double own[3];
        if (w->target)
            mean_of_others(w, w->z, i, w->target + i * w->d);
        w->k->dots(w->d, w->p + i * w->d, target_of(w, i), w->dots + 3 * i);
        if (w->target)
            w->k->dots(w->d, w->z + i * w->d, w->z + i * w->d, own);
        w->len[w->target ? i : other(w, i)] = w->target ? own[0] : w->dots[3 * i + 2];
    }
}

/* Sums and squares of z/|z| over the images of each view. */
static void take_moments(const work *w)
{
    enum { CHANNELS = 128 };
    const int64_t parts = (w->d + CHANNELS - 1) / CHANNELS;
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < w->views * parts; t++) {
        const int64_t view = t / parts, c = t % parts * CHANNELS, m = w->d - c < CHANNELS ? w->d - c : CHANNELS;
        double *sum = w->sum + view * w->d + c, *squares = sum + w->views * w->d;
        memset(sum, 0, (size_t)m * sizeof *sum);
        memset(squares, 0, (size_t)m * sizeof *squares);
        for (int64_t i = view * w->images; i < (view + 1) * w->images; i++)
            w->k->moments(m, 1.0 / at_least(sqrt(w->len[i]), EPS), w->z + i * w->d + c, sum, squares);
    }
}

/* The biased standard deviation of z/|z| of each view and channel: its mean over the channels, summed over the views. */
static siam_code spread_of(const siam_comm *comm, const work *w, double *spread, siam_err *e)
{
    const int64_t pairs = w->views * w->d;
    const double n = (double)w->images;
    *spread = 0;
    for (int64_t k = 0; comm->size > 1 && k < pairs; k++) {
        const double mean = w->sum[k] / n;
        w->ranks[2 * k] = mean;
        w->ranks[2 * k + 1] = at_least(w->sum[pairs + k] - n * mean * mean, 0.0);
    }
    if (comm->size > 1)
        SIAM_TRY(siam_moments_of_ranks(comm, n, w->ranks, (size_t)pairs, w->ranks + 2 * pairs, e));
    for (int v = 0; v < w->views; v++) {
        double total = 0;
        for (int64_t k = v * w->d; k < (v + 1) * w->d; k++) {
            const double mean = w->sum[k] / n;
            total += sqrt(comm->size > 1 ? w->ranks[2 * k + 1] / (n * comm->size)
                                         : at_least(w->sum[pairs + k] / n - mean * mean, 0.0));
        }
        *spread += total / (double)w->d;
    }
    return SIAM_OK;
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p, io);
    const siam_comm *comm = b->comm;
    float *out = io->out;
    double loss = 0, spread;
    take_dots(&w);
    for (int64_t i = 0; i < w.rows; i++)
        loss -= w.dots[3 * i + 1] / (at_least(sqrt(w.dots[3 * i]), EPS) * at_least(sqrt(w.dots[3 * i + 2]), EPS));
    take_moments(&w);
    SIAM_TRY(spread_of(comm, &w, &spread, e));
    SIAM_TRY(comm->type->sum_doubles(comm, &loss, 1, e));
    out[0] = (float)(loss / ((double)w.rows * comm->size));
    out[1] = (float)(spread / w.views * sqrt((double)w.d));
    return SIAM_OK;
}

/* out = g dcos(x, y)/dx, given xx = x.x, xy = x.y, yy = y.y. */
static void cos_gradient(const siam_kernels *k, int64_t d, double g, const float *x, double xx, double xy,
                         double yy, const float *y, float *out)
{
    const double a = at_least(sqrt(xx), EPS), b = at_least(sqrt(yy), EPS);
    const double along = sqrt(xx) > EPS ? -g * xy / (a * b) / xx : 0.0;
    k->blend(d, (float)(g / (a * b)), y, (float)along, x, out);
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const work w = make_work(b, p, io);
    const double g = -(double)*(const float *)io->dout[0] / (double)w.rows;
    float *dp = io->din[0], *dz = io->din[1];
    (void)e;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int64_t i = 0; i < w.rows; i++) {
            const float *x = w.p + i * w.d, *t = target_of(&w, i);
            const double *s = w.dots + 3 * i;
            if (dp)
                cos_gradient(w.k, w.d, g, x, s[0], s[1], s[2], t, dp + i * w.d);
            if (dz)
                cos_gradient(w.k, w.d, g, t, s[2], s[1], s[0], x,
                             w.dtarget ? w.dtarget + i * w.d : dz + other(&w, i) * w.d);
        }
        /* A row is part of the targets of all other views. */
#pragma omp for schedule(static)
        for (int64_t i = 0; i < (dz && w.dtarget ? w.rows : 0); i++)
            mean_of_others(&w, w.dtarget, i, dz + i * w.d);
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_neg_cosine = {
    .kind = SIAM_OP_NEG_COSINE,
    .name = "neg_cosine/onednn",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
