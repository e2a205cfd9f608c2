/* linear: Y[N,out] = X[N,in] W' + bias, W [out,in]; dX = dY W, dW += dY' X, dbias += column sums of dY. */
#include "backend/onednn/onednn.h"

#include "base/check.h"

static bool supports(const siam_op_desc *d)
{
    return d->in[0].dtype == SIAM_F32 && d->out.dtype == SIAM_F32 && d->in[0].ndim == 2;
}

static siam_code forward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_onednn *b = siam_onednn_enter(backend);
    const siam_kernels *k = siam_kernels_get(b->isa, 16);
    const int64_t rows = p->desc.in[0].dim[0], in = p->desc.in[0].dim[1], out = p->desc.out.dim[1];
    const float *bias = p->desc.u.linear.bias ? io->param[1] : NULL;
    float *y = io->out;
    SIAM_TRY(b->head.type->matmul(backend, false, true, rows, out, in, io->in[0], io->param[0], 0.0f, y, e));
    if (!bias)
        return SIAM_OK;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < rows; i++)
        k->add(out, y + i * out, bias, y + i * out);
    return SIAM_OK;
}

/* Columns are divided among the threads: each sums its own over all rows, in order. */
static void bias_gradient(const siam_kernels *k, const float *dout, int64_t rows, int64_t out, float *dbias)
{
    enum { COLUMNS = 64 };
#pragma omp parallel for schedule(static)
    for (int64_t c = 0; c < out; c += COLUMNS) {
        const int64_t n = out - c < COLUMNS ? out - c : COLUMNS;
        float sum[COLUMNS] = {0};
        for (int64_t i = 0; i < rows; i++)
            k->add(n, sum, dout + i * out + c, sum);
        k->add(n, dbias + c, sum, dbias + c);
    }
}

static siam_code backward(siam_backend *backend, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    const siam_onednn *b = siam_onednn_enter(backend);
    const siam_backend_type *t = b->head.type;
    const int64_t rows = p->desc.in[0].dim[0], in = p->desc.in[0].dim[1], out = p->desc.out.dim[1];
    if (io->dparam[0])
        SIAM_TRY(
            t->matmul(backend, true, false, out, in, rows, io->dout[0], io->in[0], 1.0f, io->dparam[0], e));
    if (io->din[0])
        SIAM_TRY(
            t->matmul(backend, false, false, rows, in, out, io->dout[0], io->param[0], 0.0f, io->din[0], e));
    if (p->desc.u.linear.bias && io->dparam[1])
        bias_gradient(siam_kernels_get(b->isa, 16), io->dout[0], rows, out, io->dparam[1]);
    return SIAM_OK;
}

const siam_op_impl siam_op_onednn_linear = {
    .kind = SIAM_OP_LINEAR,
    .name = "linear/onednn",
    .supports = supports,
    .forward = forward,
    .backward = backward,
};
