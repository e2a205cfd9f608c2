/* batchnorm [+ add] [+ relu], statistics per view: torch.nn.BatchNorm{1,2}d.
 *
 * Memory is the limit, so every tensor is read as few times as possible. A view is worked through in
 * slices of channel blocks small enough that the second pass over a slice (normalise; gradient) finds
 * it in the last-level cache. Images of a slice are divided into a fixed number of parts whose sums
 * are combined in order: the result does not depend on the number of threads.
 *
 * Statistics of several ranks take a message between the sums and what follows from them: one for all views and
 * channels, so that all slices are summed first then, and worked through a second time.
 *
 * saved (training): per view mean, rstd, scale = gamma rstd, shift = beta - mean scale, each [C].
 * Backward, m elements per channel and view, dz = (dout[0] + dout[1]) where out > 0:
 *   dbeta = sum dz,  dgamma = rstd sum dz (x - mean),  din[1] = dz,
 *   din[0] = scale dz - scale rstd dgamma/m (x - mean) - scale dbeta/m. */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "backend/moments.h"
#include "backend/onednn/onednn.h"
#include "base/check.h"

enum { PARTS = 64, MAX_LANES = 16 };

static bool supports(const siam_op_desc *d)
{
    siam_blocks g;
    return siam_onednn_map(&d->out) && siam_desc_eq(&d->in[0], &d->out) && siam_blocks_of(&d->out, &g) &&
           d->u.bn.groups >= 1 && d->out.dim[0] % d->u.bn.groups == 0 &&
           d->u.bn.add == (d->in[1].ndim != 0) && (!d->u.bn.add || siam_desc_eq(&d->in[1], &d->out));
}

/* The threads of one parallel region go through all views and slices together. A slice has two barriers:
 * sums are complete; coefficients are complete. The second also keeps the next slice's sums and
 * coefficients apart from this one's.
 *
 * One call's work: the geometry of a view, its slices, its parts. */
typedef struct work {
    siam_blocks g;
    siam_sweep s;
    int64_t images, slice; /* of one view; channel blocks per slice */
    int parts;
    double count; /* elements of a channel in a view */
    double *sum;  /* [block of the slice][part][2][lanes] */
    float *coef;  /* three vectors [C] in scratch; with ranks, of each view */
    float *saved; /* [view][4][C] */
    double *ranks; /* [view][C][2] of this rank: mean and squares about it, or the two sums of backward; behind them room
                      for those of all ranks. NULL: alone */
} work;

/* Bytes of partial sums; with ranks their numbers follow, then coefficients. */
static size_t sum_bytes(const siam_desc *d) { return (size_t)d->dim[1] * PARTS * 2 * sizeof(double); }

static bool of_ranks(const siam_backend *b, const siam_op_desc *d)
{
    return d->training && !d->u.bn.per_rank && b->comm->size > 1;
}

static size_t pairs(const siam_op_desc *d) { return (size_t)d->u.bn.groups * (size_t)d->out.dim[1]; }

static size_t ranks_bytes(const siam_backend *b, const siam_op_desc *d)
{
    return of_ranks(b, d) ? 2 * pairs(d) * ((size_t)b->comm->size + 1) * sizeof(double) : 0;
}

static work make_work(const siam_onednn *b, const siam_op_plan *p, const siam_op_io *io, int tensors)
{
    const siam_op_desc *d = &p->desc;
    work w = {0};
    siam_blocks_of(&d->out, &w.g);
    w.s = siam_sweep_with(b->isa, w.g.lanes, d->out.dtype);
    w.images = w.g.images / d->u.bn.groups;
    w.parts = w.images < PARTS ? (int)w.images : PARTS;
    w.count = (double)w.images * (double)w.g.pixels;
    w.sum = io->scratch;
    w.ranks = of_ranks(&b->head, d) ? (void *)((char *)io->scratch + sum_bytes(&d->out)) : NULL;
    w.coef = (float *)(void *)((char *)io->scratch + sum_bytes(&d->out) + ranks_bytes(&b->head, d));
    w.saved = io->saved;
    const size_t block = (size_t)(w.images * w.g.pixels * w.g.lanes) * w.s.size * (size_t)tensors;
    w.slice = (int64_t)(b->cache_bytes / 2 / (block ? block : 1));
    const int64_t busy = (b->head.threads + w.parts - 1) / w.parts; /* blocks that give every thread a task */
    w.slice = w.slice < busy ? busy : w.slice;
    w.slice = w.slice < 1 ? 1 : w.slice > w.g.blocks ? w.g.blocks : w.slice;
    return w;
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)t;
    (void)e;
    const size_t vector = (size_t)p->desc.out.dim[1] * sizeof(float);
    const int coefs = 3 * (of_ranks(b, &p->desc) ? p->desc.u.bn.groups : 1);
    p->scratch_bytes = sum_bytes(&p->desc.out) + ranks_bytes(b, &p->desc) + (size_t)coefs * vector;
    p->saved_bytes = p->desc.training ? 4 * (size_t)p->desc.u.bn.groups * vector : 0;
    return SIAM_OK;
}

/* Task t of a slice: images [first, end) of the view, block `block` of the value. Tasks of a part lie
 * beside each other in memory. */
typedef struct task {
    int64_t first, end, block;
    double *sum;
} task;

static task task_at(const work *w, int group, int64_t slice_first, int64_t slice_blocks, int64_t t)
{
    const int64_t part = t / slice_blocks, block = t % slice_blocks;
    return (task){.first = group * w->images + w->images * part / w->parts,
                  .end = group * w->images + w->images * (part + 1) / w->parts,
                  .block = slice_first + block,
                  .sum = w->sum + (block * w->parts + part) * 2 * w->g.lanes};
}

/* This thread's share [*lo, *hi) of n tasks; the second pass walks its share backwards, so that what
 * was read last is still in the caches. */
static void share(int64_t n, int64_t *lo, int64_t *hi)
{
    const int64_t me = omp_get_thread_num(), all = omp_get_num_threads();
    *lo = n * me / all;
    *hi = n * (me + 1) / all;
}

/* Sums of a block over its parts, in order. */
static void combine(const work *w, int64_t block_in_slice, double *total)
{
    const int n = 2 * w->g.lanes;
    memset(total, 0, (size_t)n * sizeof *total);
    for (int part = 0; part < w->parts; part++)
        for (int i = 0; i < n; i++)
            total[i] += w->sum[(block_in_slice * w->parts + part) * n + i];
}

static float *saved_vector(const work *w, int group, int which)
{
    return w->saved + (4 * group + which) * w->g.blocks * w->g.lanes;
}

static void put_pair(const work *w, int group, int64_t c, double a, double b)
{
    double *to = w->ranks + 2 * (group * w->g.blocks * w->g.lanes + c);
    to[0] = a;
    to[1] = b;
}

/* Mean, rstd, scale and shift of a channel, and the running statistics:
 * running = (1 - momentum) running + momentum batch, with the unbiased variance. */
static void set_statistics(const work *w, const siam_op_plan *p, const siam_op_io *io, int group, int64_t c, double m,
                           double var, double count)
{
    float *mean = saved_vector(w, group, 0), *rstd = saved_vector(w, group, 1);
    float *scale = saved_vector(w, group, 2), *shift = saved_vector(w, group, 3);
    const double momentum = (double)p->desc.u.bn.momentum;
    const double r = 1.0 / sqrt(var + (double)p->desc.u.bn.eps);
    const double gamma = p->desc.u.bn.affine ? (double)io->param[0][c] : 1.0;
    const double beta = p->desc.u.bn.affine ? (double)io->param[1][c] : 0.0;
    mean[c] = (float)m;
    rstd[c] = (float)r;
    scale[c] = (float)(gamma * r);
    shift[c] = (float)(beta - m * gamma * r);
    if (io->buffer[0]) {
        const double unbiased = count > 1 ? var * count / (count - 1) : var;
        io->buffer[0][c] = (float)((1 - momentum) * (double)io->buffer[0][c] + momentum * m);
        io->buffer[1][c] = (float)((1 - momentum) * (double)io->buffer[1][c] + momentum * unbiased);
    }
}

/* What the sums of one block say of its channels; with ranks only once all have said it. */
static void finish_statistics(const work *w, const siam_op_plan *p, const siam_op_io *io, int group,
                              int64_t block, int64_t block_in_slice, const float *origin)
{
    double total[2 * MAX_LANES];
    combine(w, block_in_slice, total);
    for (int i = 0; i < w->g.lanes; i++) {
        const int64_t c = block * w->g.lanes + i;
        const double offset = total[i] / w->count, m = (double)origin[i] + offset;
        const double var = fmax(total[w->g.lanes + i] / w->count - offset * offset, 0.0);
        if (w->ranks)
            put_pair(w, group, c, m, var * w->count);
        else
            set_statistics(w, p, io, group, c, m, var, w->count);
    }
}

/* Sums are taken about a channel's first value, which keeps sum of squares minus square of the sum from
 * cancelling when the mean is far from zero. */
static void origin_of(const work *w, const void *x, int group, int64_t block, float origin[MAX_LANES])
{
    w->s.k->widen(w->g.lanes, siam_at(&w->s, x, group * w->images * w->g.image + block * w->g.block), origin);
}

static void statistics(const work *w, const siam_op_plan *p, const siam_op_io *io, int group, int64_t first,
                       int64_t blocks)
{
    const void *x = io->in[0];
    float origin[MAX_LANES];
    int64_t lo, hi;
    share(blocks * w->parts, &lo, &hi);
    for (int64_t t = lo; t < hi; t++) {
        const task k = task_at(w, group, first, blocks, t);
        origin_of(w, x, group, k.block, origin);
        memset(k.sum, 0, 2 * (size_t)w->g.lanes * sizeof *k.sum);
        for (int64_t i = k.first; i < k.end; i++)
            w->s.k->bn_stats(siam_at(&w->s, x, i * w->g.image + k.block * w->g.block), w->g.pixels, w->g.pixel, origin,
                           k.sum);
    }
#pragma omp barrier
#pragma omp for schedule(static)
    for (int64_t j = 0; j < blocks; j++) {
        origin_of(w, x, group, first + j, origin);
        finish_statistics(w, p, io, group, first + j, j, origin);
    }
}

static bool aligned(const void *p) { return (uintptr_t)p % 64 == 0; }

/* Outputs larger than the cache are written past it, unless they overwrite an input. */
static bool streams(const siam_onednn *b, const siam_desc *d, const void *out, const siam_blocks *g)
{
    return siam_desc_bytes(d) > b->cache_bytes && aligned(out) && g->pixel % g->lanes == 0;
}

static void normalise(const work *w, const siam_op_plan *p, const siam_op_io *io, int group, int64_t first,
                      int64_t blocks, const float *scale, const float *shift, bool stream)
{
    const void *residual = p->desc.u.bn.add ? io->in[1] : NULL;
    int64_t lo, hi;
    share(blocks * w->parts, &lo, &hi);
    for (int64_t t = hi - 1; t >= lo; t--) {
        const task k = task_at(w, group, first, blocks, t);
        for (int64_t i = k.end - 1; i >= k.first; i--) {
            const int64_t at = i * w->g.image + k.block * w->g.block;
            const siam_bn_apply a = {.pixels = w->g.pixels,
                                     .stride = w->g.pixel,
                                     .x = siam_at(&w->s, io->in[0], at),
                                     .residual = siam_at(&w->s, residual, at),
                                     .scale = scale + k.block * w->g.lanes,
                                     .shift = shift + k.block * w->g.lanes,
                                     .out = siam_to(&w->s, io->out, at),
                                     .relu = p->desc.u.bn.relu,
                                     .stream = stream};
            w->s.k->bn_apply(&a);
        }
    }
}

/* Not training: scale and shift come from the running statistics. */
static void fixed_scale(const work *w, const siam_op_plan *p, const siam_op_io *io, float *scale,
                        float *shift)
{
    for (int64_t c = 0; c < w->g.blocks * w->g.lanes; c++) {
        const double r = 1.0 / sqrt((double)io->buffer[1][c] + (double)p->desc.u.bn.eps);
        const double gamma = p->desc.u.bn.affine ? (double)io->param[0][c] * r : r;
        const double beta = p->desc.u.bn.affine ? (double)io->param[1][c] : 0.0;
        scale[c] = (float)gamma;
        shift[c] = (float)(beta - (double)io->buffer[0][c] * gamma);
    }
}

/* How many slices all views have, and the one at a place among them. */
static int64_t slices_of(const work *w) { return (w->g.blocks + w->slice - 1) / w->slice; }

typedef struct slice {
    int group;
    int64_t first, blocks;
} slice;

static slice slice_of(const work *w, int64_t at)
{
    const int64_t first = at % slices_of(w) * w->slice;
    return (slice){(int)(at / slices_of(w)), first, w->g.blocks - first < w->slice ? w->g.blocks - first : w->slice};
}

/* The place of the turn-th of n. What was summed in a pass of its own is gone through from its end, which the caches still hold. */
static int64_t place_at(const work *w, int64_t turn, int64_t n) { return w->ranks ? n - 1 - turn : turn; }

/* The statistics of all ranks, before anything is normalised. */
static siam_code statistics_of_ranks(const siam_onednn *b, const work *w, const siam_op_plan *p, const siam_op_io *io,
                                     siam_err *e)
{
    const siam_comm *comm = b->head.comm;
    const int groups = p->desc.u.bn.groups;
    const int64_t channels = w->g.blocks * w->g.lanes;
    const double count = w->count * comm->size;
    double *all = w->ranks + 2 * pairs(&p->desc);
#pragma omp parallel
    for (int64_t at = 0; at < groups * slices_of(w); at++) {
        const slice of = slice_of(w, at);
        statistics(w, p, io, of.group, of.first, of.blocks);
    }
    SIAM_TRY(siam_moments_of_ranks(comm, w->count, w->ranks, pairs(&p->desc), all, e));
    for (int group = 0; group < groups; group++)
        for (int64_t c = 0; c < channels; c++) {
            const double *of = w->ranks + 2 * (group * channels + c);
            set_statistics(w, p, io, group, c, of[0], of[1] / count, count);
        }
    return SIAM_OK;
}

static siam_code forward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_onednn *b = siam_onednn_enter(backend);
    const work w = make_work(b, p, io, 1);
    const int64_t channels = w.g.blocks * w.g.lanes;
    const int64_t slices = p->desc.u.bn.groups * slices_of(&w);
    const bool stream = streams(b, &p->desc.out, io->out, &w.g), fresh = p->desc.training && !io->again;
    if (fresh && w.ranks)
        SIAM_TRY(statistics_of_ranks(b, &w, p, io, e));
    if (!p->desc.training)
        fixed_scale(&w, p, io, w.coef, w.coef + channels);
#pragma omp parallel
    for (int64_t turn = 0; turn < slices; turn++) {
        const slice at = slice_of(&w, place_at(&w, turn, slices));
        if (fresh && !w.ranks)
            statistics(&w, p, io, at.group, at.first, at.blocks);
        const float *scale = p->desc.training ? saved_vector(&w, at.group, 2) : w.coef;
        const float *shift = p->desc.training ? saved_vector(&w, at.group, 3) : w.coef + channels;
        normalise(&w, p, io, at.group, at.first, at.blocks, scale, shift, stream);
    }
    return SIAM_OK;
}

/* What both backward passes over block `block` of image `image` work on. After the reduction, din[1]
 * holds dz and dout[0] may be gone. */
static siam_bn_back back_at(const work *w, const siam_op_plan *p, const siam_op_io *io, int group,
                            int64_t image, int64_t block, bool reduced)
{
    const int64_t at = image * w->g.image + block * w->g.block, c = block * w->g.lanes;
    void *dz = io->din[1];
    siam_bn_back k = {.pixels = w->g.pixels,
                      .stride = w->g.pixel,
                      .x = siam_at(&w->s, io->in[0], at),
                      .out = siam_at(&w->s, io->out, at),
                      .scale = saved_vector(w, group, 2) + c,
                      .shift = saved_vector(w, group, 3) + c,
                      .mean = saved_vector(w, group, 0) + c};
    if (reduced && dz) {
        k.dout0 = siam_at(&w->s, dz, at);
        k.mask = SIAM_BN_NO_RELU;
        return k;
    }
    k.dout0 = siam_at(&w->s, io->dout[0], at);
    k.dout1 = siam_at(&w->s, io->dout[1], at);
    k.dz = siam_to(&w->s, dz, at);
    /* Without a residual the sign of out follows from x: one tensor less to read. */
    k.mask = !p->desc.u.bn.relu ? SIAM_BN_NO_RELU
             : p->desc.u.bn.add ? SIAM_BN_RELU_OF_OUT
                                : SIAM_BN_RELU_OF_X;
    return k;
}

/* The coefficients a, b, c of dx = a dz + b (x - mean) + c for a channel, from the sums of dz and of dz (x - mean) over
 * `count` values. */
static void set_coefficients(const work *w, int group, int64_t c, double dz, double dzx, double count)
{
    const int64_t channels = w->g.blocks * w->g.lanes;
    float *coef = w->coef + (w->ranks ? 3 * group * channels : 0);
    const double r = (double)saved_vector(w, group, 1)[c], s = (double)saved_vector(w, group, 2)[c];
    coef[c] = saved_vector(w, group, 2)[c];
    coef[channels + c] = (float)(-s * r * (r * dzx) / count);
    coef[2 * channels + c] = (float)(-s * dz / count);
}

/* dgamma and dbeta of one block, which are this rank's own, as those of all weights are until they are summed; and the
 * coefficients, with ranks only once all have said their sums. */
static void finish_reduction(const work *w, const siam_op_plan *p, const siam_op_io *io, int group,
                             int64_t block, int64_t block_in_slice)
{
    const float *rstd = saved_vector(w, group, 1);
    double total[2 * MAX_LANES];
    combine(w, block_in_slice, total);
    for (int i = 0; i < w->g.lanes; i++) {
        const int64_t c = block * w->g.lanes + i;
        const double dz = total[i], dzx = total[w->g.lanes + i];
        if (w->ranks)
            put_pair(w, group, c, dz, dzx);
        else
            set_coefficients(w, group, c, dz, dzx, w->count);
        if (p->desc.u.bn.affine && io->dparam[0])
            io->dparam[0][c] += (float)((double)rstd[c] * dzx);
        if (p->desc.u.bn.affine && io->dparam[1])
            io->dparam[1][c] += (float)total[i];
    }
}

static void reduce(const work *w, const siam_op_plan *p, const siam_op_io *io, int group, int64_t first,
                   int64_t blocks)
{
    int64_t lo, hi;
    share(blocks * w->parts, &lo, &hi);
    for (int64_t t = lo; t < hi; t++) {
        const task k = task_at(w, group, first, blocks, t);
        memset(k.sum, 0, 2 * (size_t)w->g.lanes * sizeof *k.sum);
        for (int64_t i = k.first; i < k.end; i++) {
            const siam_bn_back back = back_at(w, p, io, group, i, k.block, false);
            w->s.k->bn_reduce(&back, k.sum);
        }
    }
#pragma omp barrier
#pragma omp for schedule(static)
    for (int64_t j = 0; j < blocks; j++)
        finish_reduction(w, p, io, group, first + j, j);
}

static void gradient(const work *w, const siam_op_plan *p, const siam_op_io *io, int group, int64_t first,
                     int64_t blocks, bool stream)
{
    const int64_t channels = w->g.blocks * w->g.lanes;
    int64_t lo, hi;
    share(blocks * w->parts, &lo, &hi);
    for (int64_t t = hi - 1; t >= lo; t--) {
        const task k = task_at(w, group, first, blocks, t);
        for (int64_t i = k.end - 1; i >= k.first; i--) {
            siam_bn_back back = back_at(w, p, io, group, i, k.block, true);
            back.a = w->coef + (w->ranks ? 3 * group * channels : 0) + k.block * w->g.lanes;
            back.b = back.a + channels;
            back.c = back.b + channels;
            back.dx = siam_to(&w->s, io->din[0], i * w->g.image + k.block * w->g.block);
            back.stream = stream;
            w->s.k->bn_dx(&back);
        }
    }
}

/* Sums of all ranks, before any gradient is passed on. */
static siam_code reduce_over_ranks(const siam_onednn *b, const work *w, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_comm *comm = b->head.comm;
    const int64_t channels = w->g.blocks * w->g.lanes;
#pragma omp parallel
    for (int64_t at = 0; at < p->desc.u.bn.groups * slices_of(w); at++) {
        const slice of = slice_of(w, at);
        reduce(w, p, io, of.group, of.first, of.blocks);
    }
    SIAM_TRY(comm->type->sum_doubles(comm, w->ranks, 2 * pairs(&p->desc), e));
    for (int group = 0; group < p->desc.u.bn.groups; group++)
        for (int64_t c = 0; c < channels; c++) {
            const double *of = w->ranks + 2 * (group * channels + c);
            set_coefficients(w, group, c, of[0], of[1], w->count * comm->size);
        }
    return SIAM_OK;
}

static siam_code backward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_onednn *b = siam_onednn_enter(backend);
    const work w = make_work(b, p, io, 2 + (io->din[1] != NULL) + (io->dout[1] != NULL));
    const bool stream = io->din[0] && io->din[0] != io->dout[0] && streams(b, &p->desc.out, io->din[0], &w.g);
    if (w.ranks)
        SIAM_TRY(reduce_over_ranks(b, &w, p, io, e));
    const int64_t slices = p->desc.u.bn.groups * slices_of(&w);
#pragma omp parallel
    for (int64_t turn = 0; turn < slices; turn++) {
        const slice at = slice_of(&w, place_at(&w, turn, slices));
        if (!w.ranks)
            reduce(&w, p, io, at.group, at.first, at.blocks);
        if (io->din[0])
            gradient(&w, p, io, at.group, at.first, at.blocks, stream);
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_batchnorm = {
    .kind = SIAM_OP_BATCHNORM,
    .name = "batchnorm/onednn",
    .flags = SIAM_IMPL_SUMS_DOUT | SIAM_IMPL_DIN_OVER_DOUT,
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
