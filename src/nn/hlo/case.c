/* One operation as a program. */
#include "nn/hlo/case.h"

#include "base/check.h"
#include "nn/hlo/builder.h"
#include "nn/hlo/op.h"

typedef struct one {
    siam_hlo_builder b;
    const siam_desc *slot;
} one;

/* The argument for a slot, in the program's order and of that type; absent ones are no value. */
static siam_hlo_val take(one *x, int slot, siam_dtype t)
{
    if (!x->slot[slot].ndim)
        return (siam_hlo_val){0};
    const siam_hlo_val v = siam_hlo_from_host(&x->b.w, siam_hlo_builder_in(&x->b, SIAM_HLO_SLOT, slot, &x->slot[slot]));
    return siam_hlo_convert(&x->b.w, v, siam_hlo_elem_of(t));
}

/* Parameters lie as in the table. */
static siam_hlo_val take_plain(one *x, int slot)
{
    return x->slot[slot].ndim ? siam_hlo_builder_in(&x->b, SIAM_HLO_SLOT, slot, &x->slot[slot]) : (siam_hlo_val){0};
}

static void give(one *x, int slot, siam_hlo_val v)
{
    siam_hlo_builder_out(&x->b, SIAM_HLO_SLOT, slot, siam_hlo_to_host(&x->b.w, v));
}

static void forward(one *x, const siam_op_desc *d, siam_hlo_op *o, const siam_hlo_impl *row)
{
    o->in[0] = take(x, SIAM_SLOT_IN0, d->in[0].dtype);
    o->in[1] = d->kind == SIAM_OP_CONV2D && d->u.conv.add ? take(x, SIAM_SLOT_OUT, d->out.dtype) : take(x, SIAM_SLOT_IN1, d->in[1].dtype);
    for (int k = 0; k < 2; k++) {
        o->param[k] = take_plain(x, SIAM_SLOT_PARAM0 + k);
        o->buffer[k] = take_plain(x, SIAM_SLOT_BUFFER0 + k);
    }
    row->forward(&x->b.w, o);
    give(x, SIAM_SLOT_OUT, o->out);
    for (int k = 0; k < 2; k++)
        if (o->buffer[k].id)
            siam_hlo_builder_out(&x->b, SIAM_HLO_SLOT, SIAM_SLOT_BUFFER0 + k, o->buffer[k]);
}

static void backward(one *x, const siam_op_desc *d, siam_hlo_op *o, const siam_hlo_impl *row)
{
    o->out = take(x, SIAM_SLOT_OUT, d->out.dtype);
    o->dout = take(x, SIAM_SLOT_DOUT_SUM, d->out.dtype);
    row->backward(&x->b.w, o);
    for (int k = 0; k < 2; k++) {
        if (o->need_din[k])
            give(x, SIAM_SLOT_DIN0 + k, o->din[k]);
        if (!o->param[k].id)
            continue;
        const siam_hlo_val before = take_plain(x, SIAM_SLOT_DPARAM0 + k);
        siam_hlo_builder_out(&x->b, SIAM_HLO_SLOT, SIAM_SLOT_DPARAM0 + k, siam_hlo_add(&x->b.w, before, o->dparam[k]));
    }
}

siam_code siam_hlo_program_of_op(siam_hlo_program **out, const siam_op_desc *d, const siam_desc slot[SIAM_SLOT_COUNT], siam_err *e)
{
    *out = NULL;
    one x = {.slot = slot};
    const siam_hlo_impl *row = siam_hlo_impl_of(d->kind);
    if (!row)
        return siam_fail(e, SIAM_E_UNSUPPORTED, "there is no way to write '%s' for an accelerator", siam_op_name(d->kind));
    SIAM_TRY(siam_hlo_builder_open(&x.b, SIAM_SLOT_COUNT, true, e));
    siam_hlo_op o = {.kind = d->kind, .training = d->training, .u = d->u, .elem = siam_hlo_elem_of(d->out.dtype),
                     .channels = d->out.ndim > 1 ? d->out.dim[1] : 0, .need_din = {d->need_din[0], d->need_din[1]}};
    forward(&x, d, &o, row);
    if (d->training && row->backward)
        backward(&x, d, &o, row);
    return siam_hlo_builder_close(&x.b, out, e);
}

siam_code siam_hlo_program_of_sum(siam_hlo_program **out, int64_t n, int replicas, siam_err *e)
{
    siam_hlo_builder b;
    const siam_desc d = siam_desc_1d(n);
    *out = NULL;
    SIAM_TRY(siam_hlo_builder_open(&b, SIAM_SLOT_COUNT, true, e));
    b.w.replicas = replicas;
    siam_hlo_builder_out(&b, SIAM_HLO_SLOT, SIAM_SLOT_OUT, siam_hlo_all_sum(&b.w, siam_hlo_builder_in(&b, SIAM_HLO_SLOT, SIAM_SLOT_IN0, &d)));
    return siam_hlo_builder_close(&b, out, e);
}
