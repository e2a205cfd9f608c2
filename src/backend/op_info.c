/* The kinds of operations, and the least that one pass of each must compute and move. Every operand counts once: a second
 * reading that finds its data in a cache costs nothing here, and one that does not is a cost of the implementation. */
#include "backend/op_info.h"

const char *siam_op_name(siam_op_kind k)
{
    static const char *const name[SIAM_OP_COUNT + 1] = {
#define SIAM_OP_KIND(ENUM, name) [SIAM_OP_##ENUM] = #name,
#include "backend/op_kinds.def"
#undef SIAM_OP_KIND
        [SIAM_OP_COUNT] = "unknown"};
    return name[k];
}

static double bytes_of(const siam_desc *d) { return d->ndim ? (double)siam_desc_bytes(d) : 0; }

/* The mask of a ReLU: one bit per value is enough. */
static double mask_bytes(const siam_desc *out) { return (double)siam_desc_count(out) / 8; }

static siam_op_reads reads_input(const siam_op_desc *d)
{
    (void)d;
    return (siam_op_reads){.in = {true}};
}

static siam_op_reads reads_output(const siam_op_desc *d)
{
    (void)d;
    return (siam_op_reads){.out = true};
}

static siam_op_reads reads_nothing(const siam_op_desc *d)
{
    (void)d;
    return (siam_op_reads){0};
}

/* Without a residual the sign of the output follows from the input. */
static siam_op_reads reads_of_batchnorm(const siam_op_desc *d)
{
    return (siam_op_reads){.in = {true}, .out = d->u.bn.relu && d->u.bn.add};
}

static siam_op_reads reads_of_loss(const siam_op_desc *d)
{
    (void)d;
    return (siam_op_reads){.in = {true, true}};
}

static double extra_of_batchnorm(const siam_op_desc *d, siam_pass pass)
{
    return pass == SIAM_PASS_BACKWARD ? bytes_of(&d->in[0]) + (d->u.bn.relu && d->u.bn.add ? mask_bytes(&d->out) : 0) : 0;
}

static double extra_of_relu(const siam_op_desc *d, siam_pass pass)
{
    return pass == SIAM_PASS_BACKWARD ? mask_bytes(&d->out) : 0;
}

/* Which tap won, a byte each. */
static double extra_of_maxpool(const siam_op_desc *d, siam_pass pass)
{
    return d->training || pass == SIAM_PASS_BACKWARD ? (double)siam_desc_count(&d->out) : 0;
}

static double extra_of_loss(const siam_op_desc *d, siam_pass pass)
{
    return pass == SIAM_PASS_BACKWARD ? bytes_of(&d->in[0]) + bytes_of(&d->in[1]) : 0;
}

/* One more row than there are kinds, and nothing in it: a kind of which nobody has said anything, as tests bring it. */
static const siam_op_info info[SIAM_OP_COUNT + 1] = {
    [SIAM_OP_CONV2D] = {.group = {"conv2d forward", "conv2d backward-data", "conv2d backward-weights"},
                        .is_product = true, .reads = reads_input},
    [SIAM_OP_BATCHNORM] = {.group = {"batchnorm"}, .reads = reads_of_batchnorm, .extra_bytes = extra_of_batchnorm},
    [SIAM_OP_RELU] = {.reads = reads_output, .extra_bytes = extra_of_relu},
    [SIAM_OP_ADD] = {.reads = reads_nothing},
    [SIAM_OP_MAXPOOL] = {.group = {"pooling"}, .reads = reads_nothing, .extra_bytes = extra_of_maxpool},
    [SIAM_OP_GLOBAL_AVGPOOL] = {.group = {"pooling"}, .reads = reads_nothing},
    [SIAM_OP_SHORTCUT_A] = {.reads = reads_nothing},
    [SIAM_OP_LINEAR] = {.group = {"linear"}, .is_product = true, .reads = reads_input},
    [SIAM_OP_DETACH] = {.is_alias = true, .reads = reads_nothing},
    [SIAM_OP_NEG_COSINE] = {.group = {"loss"}, .is_loss = true, .reads = reads_of_loss, .extra_bytes = extra_of_loss},
};

const siam_op_info *siam_op_info_of(siam_op_kind kind) { return &info[kind]; }

siam_op_reads siam_op_backward_reads(const siam_op_desc *d)
{
    const siam_op_info *i = &info[d->kind];
    return i->reads ? i->reads(d) : (siam_op_reads){.in = {true, d->in[1].ndim > 0}, .out = true};
}

/* A product: one multiplication and one addition per weight and output position, in each pass. */
static siam_work product(const siam_op_desc *d, siam_pass pass)
{
    const double pixels = d->out.ndim == 4 ? (double)(d->out.dim[2] * d->out.dim[3]) : 1;
    const double taps = d->kind == SIAM_OP_CONV2D ? d->u.conv.kernel * d->u.conv.kernel : 1;
    const double weights = (double)(d->in[0].dim[1] * d->out.dim[1]) * taps;
    if (pass == SIAM_PASS_BACKWARD && !d->need_din[0])
        return (siam_work){0};
    return (siam_work){.flops = 2 * weights * (double)d->out.dim[0] * pixels,
                       .bytes = bytes_of(&d->in[0]) + bytes_of(&d->in[1]) + bytes_of(&d->out) +
                                weights * sizeof(float)};
}

siam_work siam_op_work(const siam_op_desc *d, siam_pass pass, int parts)
{
    const siam_op_info *i = &info[d->kind];
    const bool back = d->training && (parts || i->is_loss);
    if (pass == SIAM_PASS_AGAIN || (pass != SIAM_PASS_FORWARD && !back))
        return (siam_work){0};
    if (i->is_product)
        return product(d, pass);
    if (pass == SIAM_PASS_WEIGHTS)
        return (siam_work){0};
    double bytes = (pass == SIAM_PASS_BACKWARD ? parts : 1) * bytes_of(&d->out);
    for (int k = 0; k < 2; k++)
        bytes += pass == SIAM_PASS_FORWARD || d->need_din[k] ? bytes_of(&d->in[k]) : 0;
    return (siam_work){.bytes = bytes + (i->extra_bytes ? i->extra_bytes(d, pass) : 0)};
}
