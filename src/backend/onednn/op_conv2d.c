/* conv2d through oneDNN: three primitives when training (forward, gradient of the data, gradient of the
 * weights), one with its epilogue for inference. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/onednn/conv_prim.h"
#include "base/check.h"

/* Output pixels of a batch up to which blocking the weights costs enough of a run to keep a copy of them: a single
 * photograph has so few in all but the first layers. */
enum { FEW_PIXELS = 512 };

typedef struct conv_plan {
    siam_conv_prim prim[3]; /* by siam_conv_dir; unused ones are zero */
} conv_plan;

static bool supports(const siam_op_desc *d)
{
    /* float32 maps, bfloat16 maps, or from the network's float32 input to bfloat16. */
    if (!siam_onednn_map(&d->out) || d->in[0].ndim != 4 || d->out.ndim != 4 ||
        (d->in[0].dtype != SIAM_F32 && d->in[0].dtype != d->out.dtype))
        return false;
    /* The epilogue is an inference form; a convolution with a bias is not trained by any model here. */
    if (d->training && (d->u.conv.bias || d->u.conv.add || d->u.conv.relu))
        return false;
    return !d->u.conv.add || siam_desc_eq(&d->in[1], &d->out);
}

static void release(siam_backend *b, siam_op_plan *p)
{
    (void)b;
    conv_plan *c = p->priv;
    if (!c)
        return;
    for (int i = 0; i < 3; i++)
        siam_conv_prim_release(&c->prim[i]);
    free(c);
    p->priv = NULL;
}

static siam_code plan(siam_backend *backend, struct siam_tuner *t, siam_op_plan *p, siam_err *e)
{
    siam_onednn *b = siam_onednn_enter(backend);
    const siam_op_desc *d = &p->desc;
    const bool wanted[3] = {true, d->training && d->need_din[0], d->training};
    const char *variant[3] = {"none", "none", "none"};
    conv_plan *c = calloc(1, sizeof *c);
    if (!c)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory while planning a convolution");
    p->priv = c;
    p->saved_bytes = 0;
    p->scratch_bytes = 0;
    for (int i = 0; i < 3; i++) {
        if (!wanted[i])
            continue;
        const siam_code rc = siam_conv_choose(&c->prim[i], &variant[i], b, t, d, (siam_conv_dir)i, e);
        if (rc) {
            release(backend, p);
            return siam_wrap(e, rc, "convolution %lld -> %lld channels, kernel %d",
                             (long long)d->in[0].dim[1], (long long)d->out.dim[1], d->u.conv.kernel);
        }
        if (c->prim[i].scratch_bytes > p->scratch_bytes)
            p->scratch_bytes = c->prim[i].scratch_bytes;
    }
    const int64_t pixels = d->out.dim[0] * d->out.dim[2] * d->out.dim[3];
    p->kept_bytes = !d->training && pixels <= FEW_PIXELS ? c->prim[SIAM_CONV_FWD].pad_at : 0;
    if (d->training)
        snprintf(p->variant, sizeof p->variant, "fwd %s, bwd_d %s, bwd_w %s", variant[0], variant[1],
                 variant[2]);
    else
        snprintf(p->variant, sizeof p->variant, "%s", variant[0]);
    return SIAM_OK;
}

/* oneDNN's handles are not const, its reads are. */
static void *unconst(const void *p)
{
    union {
        const void *in;
        void *out;
    } u = {p};
    return u.out;
}

static siam_code forward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const conv_plan *c = p->priv;
    const siam_conv_args a = {unconst(io->in[0]), io->out, unconst(io->param[0]), unconst(io->param[1]),
                              io->scratch, io->kept};
    return siam_conv_prim_run(&c->prim[SIAM_CONV_FWD], siam_onednn_enter(backend), &a, e);
}

static siam_code prepare(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const conv_plan *c = p->priv;
    return siam_conv_prim_keep(&c->prim[SIAM_CONV_FWD], siam_onednn_enter(backend), unconst(io->param[0]), io->kept, e);
}

static siam_code backward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const conv_plan *c = p->priv;
    const siam_onednn *b = siam_onednn_enter(backend);
    if (io->dparam[0]) {
        const siam_conv_args a = {unconst(io->in[0]), unconst(io->dout[0]), io->dparam[0], NULL, io->scratch, NULL};
        SIAM_TRY(siam_conv_prim_run(&c->prim[SIAM_CONV_BWD_W], b, &a, e));
    }
    if (io->din[0]) {
        const siam_conv_args a = {io->din[0], unconst(io->dout[0]), unconst(io->param[0]), NULL, io->scratch, NULL};
        SIAM_TRY(siam_conv_prim_run(&c->prim[SIAM_CONV_BWD_D], b, &a, e));
    }
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_conv2d = {
    .kind = SIAM_OP_CONV2D,
    .name = "conv2d/onednn",
    .supports = supports,
    .plan = plan,
    .forward = forward,
    .prepare = prepare,
    .backward = backward,
    .release = release,
};
