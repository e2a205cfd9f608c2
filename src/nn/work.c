/* The least that one pass of an operation must compute and move. Every operand counts once: a second reading that finds
 * its data in a cache costs nothing here, and one that does not is a cost of the implementation. */
#include "nn/plan.h"

/* The mask of a ReLU: one bit per value is enough. */
static double mask_bytes(const siam_desc *out) { return (double)siam_desc_count(out) / 8; }

static double bytes_of(const siam_desc *d) { return d->ndim ? (double)siam_desc_bytes(d) : 0; }

static bool weighs(const siam_op_desc *d) { return d->kind == SIAM_OP_CONV2D || d->kind == SIAM_OP_LINEAR; }

static double weight_count(const siam_op_desc *d)
{
    const double pairs = (double)(d->in[0].dim[1] * d->out.dim[1]);
    return d->kind == SIAM_OP_CONV2D ? pairs * d->u.conv.kernel * d->u.conv.kernel : pairs;
}

/* Convolution and linear: one multiplication and one addition per weight and output position, in each pass. */
static siam_work product(const siam_op_desc *d, siam_pass pass)
{
    const double pixels = d->out.ndim == 4 ? (double)(d->out.dim[2] * d->out.dim[3]) : 1;
    const double weights = weight_count(d);
    if (pass == SIAM_PASS_BACKWARD && !d->need_din[0])
        return (siam_work){0};
    return (siam_work){.flops = 2 * weights * (double)d->out.dim[0] * pixels,
                       .bytes = bytes_of(&d->in[0]) + bytes_of(&d->in[1]) + bytes_of(&d->out) +
                                weights * sizeof(float)};
}

static double forward_bytes(const siam_op_desc *d)
{
    const double in = bytes_of(&d->in[0]) + bytes_of(&d->in[1]);
    if (d->kind == SIAM_OP_MAXPOOL && d->training) /* and which tap won, a byte each */
        return in + bytes_of(&d->out) + (double)siam_desc_count(&d->out);
    return in + bytes_of(&d->out);
}

static double backward_bytes(const siam_op_desc *d, int parts)
{
    double bytes = parts * bytes_of(&d->out);
    for (int k = 0; k < 2; k++)
        bytes += d->need_din[k] ? bytes_of(&d->in[k]) : 0;
    switch (d->kind) {
    case SIAM_OP_BATCHNORM: /* without a residual the sign of the output follows from the input */
        return bytes + bytes_of(&d->in[0]) + (d->u.bn.relu && d->u.bn.add ? mask_bytes(&d->out) : 0);
    case SIAM_OP_RELU: return bytes + mask_bytes(&d->out);
    case SIAM_OP_MAXPOOL: return bytes + (double)siam_desc_count(&d->out);
    case SIAM_OP_NEG_COSINE: return bytes + bytes_of(&d->in[0]) + bytes_of(&d->in[1]);
    default: return bytes;
    }
}

siam_work siam_work_of(const siam_op_desc *d, siam_pass pass, int parts)
{
    const bool back = d->training && (parts || d->kind == SIAM_OP_NEG_COSINE);
    if (pass == SIAM_PASS_AGAIN || (pass != SIAM_PASS_FORWARD && !back))
        return (siam_work){0};
    if (weighs(d))
        return product(d, pass);
    return (siam_work){.bytes = pass == SIAM_PASS_FORWARD    ? forward_bytes(d)
                                : pass == SIAM_PASS_BACKWARD ? backward_bytes(d, parts)
                                                             : 0};
}
