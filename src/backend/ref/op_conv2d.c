/* conv2d: square kernel, groups 1, dilation 1; weight OIHW (torch.nn.functional.conv2d).
 *   out(o, h, w)  = sum_{c,kh,kw} W[o,c,kh,kw] x(c, h*s - pad + kh, w*s - pad + kw)
 *   dx(c, h, w)   = sum_{o,kh,kw} W[o,c,kh,kw] dy(o, (h + pad - kh) / s, (w + pad - kw) / s), where exact
 *   dW[o,c,kh,kw] = sum_{n,h,w} dy(o, h, w) x(c, h*s - pad + kh, w*s - pad + kw)
 * All three are products with a matrix of patches, made for TILE positions (over images, rows and
 * columns) at a time, in double. Inference epilogue: out = relu?(conv + bias? + out?). */
#include <string.h>

#include "backend/ref/ref.h"

enum { TILE = 32 };

static bool supports(const siam_op_desc *d)
{
    return ref_all_f32(d) && d->in[0].ndim == 4 && d->out.ndim == 4 &&
           !(d->training && (d->u.conv.add || d->u.conv.relu)) && /* the epilogue has no backward */
           (!d->u.conv.add || !d->in[1].ndim || d->in[1].layout == d->out.layout);
}

static siam_code plan(siam_backend *b, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    (void)b;
    (void)t;
    (void)e;
    const size_t KK = (size_t)(p->desc.u.conv.kernel * p->desc.u.conv.kernel);
    const size_t K = KK * (size_t)p->desc.in[0].dim[1];                             /* forward, dW */
    const size_t KO = p->desc.need_din[0] ? KK * (size_t)p->desc.out.dim[1] : 0; /* dx */
    const size_t dw = p->desc.training ? K * (size_t)p->desc.out.dim[1] : 0;
    p->scratch_bytes = sizeof(double) * ((K > KO ? K : KO) * (TILE + 1) + dw);
    return SIAM_OK;
}

/* TILE consecutive positions of a plane, counted over all images. */
typedef struct tile {
    int64_t count;
    int64_t n[TILE], h[TILE], w[TILE], at[TILE]; /* at: offset of channel 0 */
} tile;

static tile tile_at(const ref_view *v, int64_t q0)
{
    tile t = {.count = v->N * v->S - q0 < TILE ? v->N * v->S - q0 : TILE};
    for (int64_t i = 0; i < t.count; i++) {
        const int64_t s = (q0 + i) % v->S;
        t.n[i] = (q0 + i) / v->S;
        t.h[i] = s / v->W;
        t.w[i] = s % v->W;
        t.at[i] = t.n[i] * v->image + s * v->pixel;
    }
    return t;
}

/* Offset of channel 0 of the pixel that position i sees through the kernel's (kh, kw), or -1 outside.
 * Forward looks from outputs at the input; transposed from inputs at the outputs. */
static int64_t seen(const siam_op_attr *u, bool transposed, const tile *t, int64_t i, int kh, int kw,
                    const ref_view *v)
{
    const int s = u->conv.stride, pad = u->conv.pad;
    int64_t h, w;
    if (transposed) {
        h = t->h[i] + pad - kh;
        w = t->w[i] + pad - kw;
        if (s > 1 && (h % s || w % s))
            return -1;
        h /= s;
        w /= s;
    } else {
        h = t->h[i] * s - pad + kh;
        w = t->w[i] * s - pad + kw;
    }
    if (h < 0 || h >= v->H || w < 0 || w >= v->W)
        return -1;
    return t->n[i] * v->image + (h * v->W + w) * v->pixel;
}

/* Patches of x: element (c, kh, kw) of position i goes to patch[(c*k*k + kh*k + kw) * ks + i * is]. */
static void gather(const siam_op_attr *u, bool transposed, const tile *t, const ref_view *v, const float *x,
                   double *patch, int64_t ks, int64_t is)
{
    const int k = u->conv.kernel;
    if (t->count < TILE) /* the last tile: unused positions are summed too, so let them be numbers */
        memset(patch, 0, sizeof *patch * (size_t)(v->C * k * k * TILE));
    for (int r = 0; r < k * k; r++) {
        int64_t from[TILE];
        for (int64_t i = 0; i < t->count; i++)
            from[i] = seen(u, transposed, t, i, r / k, r % k, v);
        for (int64_t c = 0; c < v->C; c++) {
            const float *xc = x + ref_channel(v, c);
            double *row = patch + (c * k * k + r) * ks;
            for (int64_t i = 0; i < t->count; i++)
                row[i * is] = from[i] < 0 ? 0.0 : (double)xc[from[i]];
        }
    }
}

static siam_code forward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    const siam_op_attr *u = &p->desc.u;
    const ref_view x = ref_view_of(&p->desc.in[0]), y = ref_view_of(&p->desc.out);
    const int64_t K = x.C * u->conv.kernel * u->conv.kernel;
    double *patch = io->scratch, *weight = patch + K * TILE;
    for (int64_t q0 = 0; q0 < y.N * y.S; q0 += TILE) {
        const tile t = tile_at(&y, q0);
        gather(u, false, &t, &x, io->in[0], patch, TILE, 1);
        for (int64_t o = 0; o < y.C; o++) {
            float *out = (float *)io->out + ref_channel(&y, o);
            double acc[TILE] = {0};
            for (int64_t k = 0; k < K; k++)
                weight[k] = io->param[0][o * K + k];
            ref_add_rows(acc, TILE, weight, K, patch, TILE);
            for (int64_t i = 0; i < t.count; i++) {
                double a = acc[i] + (u->conv.bias ? io->param[1][o] : 0.0);
                if (u->conv.add)
                    a += out[t.at[i]];
                out[t.at[i]] = u->conv.relu && a <= 0 ? 0 : (float)a;
            }
        }
    }
    return SIAM_OK;
}

static void backward_data(const siam_op_plan *p, const siam_op_io *io)
{
    const siam_op_attr *u = &p->desc.u;
    const ref_view x = ref_view_of(&p->desc.in[0]), y = ref_view_of(&p->desc.out);
    const int64_t KK = u->conv.kernel * u->conv.kernel, K = y.C * KK;
    double *patch = io->scratch, *weight = patch + K * TILE;
    for (int64_t q0 = 0; q0 < x.N * x.S; q0 += TILE) {
        const tile t = tile_at(&x, q0);
        gather(u, true, &t, &y, io->dout[0], patch, TILE, 1);
        for (int64_t c = 0; c < x.C; c++) {
            float *dx = (float *)io->din[0] + ref_channel(&x, c);
            double acc[TILE] = {0};
            for (int64_t k = 0; k < K; k++) /* W[o, c, r] */
                weight[k] = io->param[0][(k / KK * x.C + c) * KK + k % KK];
            ref_add_rows(acc, TILE, weight, K, patch, TILE);
            for (int64_t i = 0; i < t.count; i++)
                dx[t.at[i]] = (float)acc[i];
        }
    }
}

static void backward_weight(const siam_op_plan *p, const siam_op_io *io)
{
    const siam_op_attr *u = &p->desc.u;
    const ref_view x = ref_view_of(&p->desc.in[0]), y = ref_view_of(&p->desc.out);
    const int64_t K = x.C * u->conv.kernel * u->conv.kernel;
    double *patch = io->scratch, *dw = patch + K * TILE;
    memset(dw, 0, sizeof *dw * (size_t)(y.C * K));
    for (int64_t q0 = 0; q0 < y.N * y.S; q0 += TILE) {
        const tile t = tile_at(&y, q0);
        gather(u, false, &t, &x, io->in[0], patch, 1, K);
        for (int64_t o = 0; o < y.C; o++) {
            const float *dy = (const float *)io->dout[0] + ref_channel(&y, o);
            double column[TILE];
            for (int64_t i = 0; i < t.count; i++)
                column[i] = dy[t.at[i]];
            ref_add_rows(dw + o * K, K, column, t.count, patch, K);
        }
    }
    for (int64_t i = 0; i < y.C * K; i++)
        io->dparam[0][i] = (float)(io->dparam[0][i] + dw[i]);
}

static siam_code backward(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    (void)b;
    (void)e;
    if (io->din[0])
        backward_data(p, io);
    if (io->dparam[0])
        backward_weight(p, io);
    const ref_view y = ref_view_of(&p->desc.out);
    for (int64_t o = 0; p->desc.u.conv.bias && io->dparam[1] && o < y.C; o++) {
        double sum = 0;
        for (int64_t n = 0; n < y.N; n++)
            for (int64_t s = 0; s < y.S; s++)
                sum += ((const float *)io->dout[0])[n * y.image + ref_channel(&y, o) + s * y.pixel];
        io->dparam[1][o] = (float)(io->dparam[1][o] + sum);
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_ref_conv2d = {
    .kind = SIAM_OP_CONV2D,
    .name = "conv2d/ref",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
