/* Running an implementation on a case, and comparing it with ref. */
#include "backend/selftest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/op_info.h"
#include "base/check.h"
#include "base/rng.h"

extern const siam_backend_type siam_backend_ref;

/* ---- descriptions ------------------------------------------------------------------------- */

static siam_desc activation(int n, int c, int h, int w)
{
    return h ? siam_desc_4d(n, c, h, w) : siam_desc_2d(n, c);
}

static int pooled(int x, const siam_case *c) { return (x + 2 * c->pad - c->kernel) / c->stride + 1; }

siam_op_desc siam_case_desc(const siam_case *c)
{
    siam_op_desc d = {.kind = c->kind, .training = !(c->flags & SIAM_CASE_INFER)};
    const bool bias = c->flags & SIAM_CASE_BIAS, relu = c->flags & SIAM_CASE_RELU;
    const bool add = c->flags & SIAM_CASE_ADD;
    d.in[0] = d.out = activation(c->n, c->c, c->h, c->w);
    switch (c->kind) {
    case SIAM_OP_CONV2D:
        d.out = siam_desc_4d(c->n, c->o, pooled(c->h, c), pooled(c->w, c));
        d.u.conv.kernel = c->kernel;
        d.u.conv.stride = c->stride;
        d.u.conv.pad = c->pad;
        d.u.conv.bias = bias;
        d.u.conv.add = add;
        d.u.conv.relu = relu;
        break;
    case SIAM_OP_BATCHNORM:
        d.u.bn.eps = 1e-5f;
        d.u.bn.momentum = 0.1f;
        d.u.bn.groups = c->groups ? c->groups : 1;
        d.u.bn.affine = !(c->flags & SIAM_CASE_NO_AFFINE);
        d.u.bn.add = add;
        d.u.bn.relu = relu;
        break;
    case SIAM_OP_MAXPOOL:
        d.out = siam_desc_4d(c->n, c->c, pooled(c->h, c), pooled(c->w, c));
        d.u.pool.kernel = c->kernel;
        d.u.pool.stride = c->stride;
        d.u.pool.pad = c->pad;
        break;
    case SIAM_OP_GLOBAL_AVGPOOL: d.out = siam_desc_2d(c->n, c->c); break;
    case SIAM_OP_SHORTCUT_A:
        d.out = siam_desc_4d(c->n, c->o, (c->h - 1) / c->stride + 1, (c->w - 1) / c->stride + 1);
        d.u.shortcut.stride = c->stride;
        break;
    case SIAM_OP_LINEAR:
        d.out = siam_desc_2d(c->n, c->o);
        d.u.linear.bias = bias;
        break;
    case SIAM_OP_NEG_COSINE:
        d.in[1] = d.in[0];
        d.out = siam_desc_1d(2);
        d.u.cosine.views = c->groups ? c->groups : 2;
        break;
    case SIAM_OP_ADD: d.in[1] = d.in[0]; break;
    default: break;
    }
    if (add)
        d.in[1] = d.out;
    d.need_din[0] = d.training && !(c->flags & SIAM_CASE_INPUT);
    d.need_din[1] = d.training && d.in[1].ndim && !(c->flags & SIAM_CASE_NO_DIN1);
    return d;
}

void siam_case_layouts(const siam_case *c, const siam_backend *b, siam_op_desc *d)
{
    siam_desc *all[3] = {&d->in[0], &d->in[1], &d->out};
    const int first = c->flags & SIAM_CASE_INPUT ? 1 : 0; /* the network's input stays as the loader writes it */
    bool narrow = false;
    for (int i = first; i < 3; i++)
        if (all[i]->ndim) {
            all[i]->layout = b->type->layout(b, all[i]);
            narrow = narrow || all[i]->layout == SIAM_NCHW8C;
        }
    for (int i = first; i < 3; i++) {
        if (narrow && all[i]->layout == SIAM_NCHW16C)
            all[i]->layout = SIAM_NCHW8C;
        if (all[i]->ndim == 4 && c->flags & SIAM_CASE_BF16)
            all[i]->dtype = SIAM_BF16;
    }
}

/* Type and layout that the description gives a slot; parameters and statistics are plain float32. */
static siam_desc as_described(const siam_op_desc *d, int slot, siam_desc plain)
{
    const siam_desc *of = slot == SIAM_SLOT_IN0 || slot == SIAM_SLOT_DIN0   ? &d->in[0]
                          : slot == SIAM_SLOT_IN1 || slot == SIAM_SLOT_DIN1 ? &d->in[1]
                          : slot == SIAM_SLOT_OUT || (slot >= SIAM_SLOT_DOUT0 && slot <= SIAM_SLOT_DOUT_SUM) ? &d->out
                                                                                                             : NULL;
    if (of) {
        plain.layout = of->layout;
        plain.dtype = of->dtype;
    }
    return plain;
}

/* ---- data --------------------------------------------------------------------------------- */

const char *siam_slot_name(int slot)
{
    static const char *const name[SIAM_SLOT_COUNT] = {
        "in[0]",   "in[1]",   "out",     "param[0]", "param[1]", "buffer[0]", "buffer[1]",
        "dout[0]", "dout[1]", "dout sum", "din[0]",  "din[1]",   "dparam[0]", "dparam[1]"};
    return slot >= 0 && slot < SIAM_SLOT_COUNT ? name[slot] : "?";
}

/* Which slots the description has, and their shapes (nchw). */
static void describe_slots(const siam_op_desc *d, siam_desc *s)
{
    memset(s, 0, SIAM_SLOT_COUNT * sizeof *s);
    const int64_t in = d->in[0].dim[1], out = d->out.dim[1];
    s[SIAM_SLOT_IN0] = d->in[0];
    s[SIAM_SLOT_OUT] = d->out;
    if (d->in[1].ndim && d->kind != SIAM_OP_CONV2D) /* a convolution's residual is OUT */
        s[SIAM_SLOT_IN1] = d->in[1];
    if (d->kind == SIAM_OP_CONV2D) {
        s[SIAM_SLOT_PARAM0] = siam_desc_4d(out, in, d->u.conv.kernel, d->u.conv.kernel);
        if (d->u.conv.bias)
            s[SIAM_SLOT_PARAM1] = siam_desc_1d(out);
    } else if (d->kind == SIAM_OP_LINEAR) {
        s[SIAM_SLOT_PARAM0] = siam_desc_2d(out, in);
        if (d->u.linear.bias)
            s[SIAM_SLOT_PARAM1] = siam_desc_1d(out);
    } else if (d->kind == SIAM_OP_BATCHNORM) {
        if (d->u.bn.affine)
            s[SIAM_SLOT_PARAM0] = s[SIAM_SLOT_PARAM1] = siam_desc_1d(in);
        s[SIAM_SLOT_BUFFER0] = s[SIAM_SLOT_BUFFER1] = siam_desc_1d(in);
    }
    if (d->training) {
        s[SIAM_SLOT_DOUT0] = s[SIAM_SLOT_DOUT1] = s[SIAM_SLOT_DOUT_SUM] = d->out;
        for (int k = 0; k < 2; k++) {
            s[SIAM_SLOT_DPARAM0 + k] = s[SIAM_SLOT_PARAM0 + k];
            if (d->need_din[k])
                s[SIAM_SLOT_DIN0 + k] = d->in[k];
        }
    }
    for (int i = 0; i < SIAM_SLOT_COUNT; i++)
        s[i].layout = SIAM_NCHW;
}

static siam_code data_alloc(siam_case_data *x, const siam_desc *desc, siam_err *e)
{
    int64_t total = 0;
    memset(x, 0, sizeof *x);
    for (int i = 0; i < SIAM_SLOT_COUNT; i++) {
        x->desc[i] = desc[i];
        x->n[i] = siam_desc_count(&desc[i]);
        total += x->n[i];
    }
    x->block = calloc((size_t)total + 1, sizeof *x->block);
    if (!x->block)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the self-test");
    float *at = x->block;
    for (int i = 0; i < SIAM_SLOT_COUNT; at += x->n[i++])
        x->t[i] = x->n[i] ? at : NULL;
    return SIAM_OK;
}

static void fill(siam_case_data *x, const siam_op_desc *d, int slot, siam_rng *r)
{
    float *t = x->t[slot];
    const int64_t n = x->n[slot];
    const int64_t fan = slot == SIAM_SLOT_PARAM0 && d->kind != SIAM_OP_BATCHNORM ? n / d->out.dim[1] : 1;
    for (int64_t i = 0; i < n; i++)
        t[i] = (float)(siam_rng_uniform(r, -1, 1) * sqrt(3.0 / (double)fan)); /* variance 1 / fan */
    if (slot == SIAM_SLOT_IN0 && d->kind == SIAM_OP_RELU)
        for (int64_t i = 0; i < n; i++) /* clear of the kink at 0 */
            t[i] += t[i] < 0 ? -0.1f : 0.1f;
    if (slot == SIAM_SLOT_IN0 && d->kind == SIAM_OP_MAXPOOL) { /* a plane is a shuffled staircase */
        const int64_t S = d->in[0].dim[2] * d->in[0].dim[3];
        for (int64_t i = 0; i < n; i++) {
            const int64_t s = i % S, j = i - siam_rng_below(r, (uint32_t)s + 1);
            t[i] = t[j];
            t[j] = 0.0625f * (float)(s - S / 2);
        }
    }
    if (slot == SIAM_SLOT_IN0 && d->kind == SIAM_OP_BATCHNORM) { /* channels of their own mean, scale */
        const int64_t C = d->in[0].dim[1], S = n / d->in[0].dim[0] / C;
        for (int64_t i = 0; i < n; i++) {
            const int64_t c = i / S % C;
            t[i] = t[i] * (0.5f + 0.1f * (float)(c % 7)) + 0.3f * (float)(c % 5 - 2);
        }
    }
    if (slot == SIAM_SLOT_BUFFER1)
        for (int64_t i = 0; i < n; i++) /* a variance */
            t[i] = 0.5f + fabsf(t[i]);
}

siam_code siam_case_create(siam_case_data *out, const siam_op_desc *d, uint64_t seed, siam_err *e)
{
    siam_desc desc[SIAM_SLOT_COUNT];
    describe_slots(d, desc);
    SIAM_TRY(data_alloc(out, desc, e));
    for (int i = 0; i < SIAM_SLOT_COUNT; i++) {
        siam_rng r = siam_rng_key(seed, 0, (uint64_t)d->kind, (uint32_t)i, SIAM_RNG_TEST);
        fill(out, d, i, &r);
    }
    for (int64_t i = 0; i < out->n[SIAM_SLOT_DOUT_SUM]; i++)
        out->t[SIAM_SLOT_DOUT_SUM][i] = out->t[SIAM_SLOT_DOUT0][i] + out->t[SIAM_SLOT_DOUT1][i];
    return SIAM_OK;
}

void siam_case_round(siam_case_data *x, const siam_op_desc *d)
{
    for (int slot = 0; slot < SIAM_SLOT_COUNT; slot++) {
        /* A convolution of bfloat16 maps may round its weights, too. */
        const bool weights = d->kind == SIAM_OP_CONV2D && slot == SIAM_SLOT_PARAM0 && d->out.dtype == SIAM_BF16;
        if (as_described(d, slot, x->desc[slot]).dtype != SIAM_BF16 && !weights)
            continue;
        /* Multiples of 1/64 up to 1: their sums, too, have the eight digits that there are. */
        const bool addend = slot == SIAM_SLOT_DOUT0 || slot == SIAM_SLOT_DOUT1;
        for (int64_t i = 0; i < x->n[slot]; i++) {
            float *t = &x->t[slot][i];
            *t = addend ? roundf(fmaxf(-1, fminf(1, *t)) * 64) / 64 : siam_bf16_float(siam_bf16_round(*t));
        }
    }
    for (int64_t i = 0; i < x->n[SIAM_SLOT_DOUT_SUM]; i++)
        x->t[SIAM_SLOT_DOUT_SUM][i] = x->t[SIAM_SLOT_DOUT0][i] + x->t[SIAM_SLOT_DOUT1][i];
}

siam_code siam_case_copy(siam_case_data *out, const siam_case_data *from, siam_err *e)
{
    SIAM_TRY(data_alloc(out, from->desc, e));
    for (int i = 0; i < SIAM_SLOT_COUNT; i++)
        if (from->n[i])
            memcpy(out->t[i], from->t[i], (size_t)from->n[i] * sizeof(float));
    return SIAM_OK;
}

void siam_case_release(siam_case_data *d)
{
    free(d->block);
    memset(d, 0, sizeof *d);
}

/* ---- running ------------------------------------------------------------------------------ */

/* A block of the backend followed by GUARD known bytes. */
enum { GUARD = 64, FILL = 0xff /* four of them are a NaN */, GUARD_BYTE = 0xa5 };
typedef struct block {
    uint8_t *p;
    size_t bytes;
} block;

static siam_code block_alloc(siam_backend *b, block *x, size_t bytes, siam_err *e)
{
    void *p;
    SIAM_TRY(b->type->alloc(b, bytes + GUARD, &p, e));
    *x = (block){p, bytes};
    memset(x->p, FILL, bytes);
    memset(x->p + bytes, GUARD_BYTE, GUARD);
    return SIAM_OK;
}

static bool block_intact(const block *x)
{
    for (int i = 0; x->p && i < GUARD; i++)
        if (x->p[x->bytes + (size_t)i] != GUARD_BYTE)
            return false;
    return true;
}

/* Element i of the logical order lies here. */
static size_t place(const siam_desc *d, int64_t i)
{
    if (d->layout == SIAM_NCHW || d->ndim < 4)
        return (size_t)i;
    const int64_t C = d->dim[1], H = d->dim[2], W = d->dim[3];
    return siam_desc_index(d, i / (C * H * W), i / (H * W) % C, i / W % H, i % W);
}

static float get(const void *src, const siam_desc *d, int64_t i)
{
    const size_t at = place(d, i);
    return d->dtype == SIAM_BF16 ? siam_bf16_float(((const uint16_t *)src)[at]) : ((const float *)src)[at];
}

static void upload(void *dst, const siam_desc *d, const float *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (d->dtype == SIAM_BF16)
            ((uint16_t *)dst)[place(d, i)] = siam_bf16_round(src[i]);
        else
            ((float *)dst)[place(d, i)] = src[i];
}

static void download(float *dst, const siam_desc *d, const void *src, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        dst[i] = get(src, d, i);
}

typedef struct runner {
    siam_op_plan plan;
    siam_op_io io;
    siam_desc desc[SIAM_SLOT_COUNT]; /* with the layouts and types of the run */
    block mem[SIAM_SLOT_COUNT], saved, scratch;
    bool gone[SIAM_SLOT_COUNT]; /* given to others before backward */
} runner;

static siam_code prepare(runner *r, siam_backend *b, const siam_case_data *data, siam_err *e)
{
    const siam_op_desc *d = &r->plan.desc;
    for (int i = 0; i < SIAM_SLOT_COUNT; i++) {
        r->desc[i] = as_described(d, i, data->desc[i]);
        if (!data->n[i])
            continue;
        SIAM_TRY(block_alloc(b, &r->mem[i], siam_desc_bytes(&r->desc[i]), e));
        const bool result = i == SIAM_SLOT_DIN0 || i == SIAM_SLOT_DIN1 ||
                            (i == SIAM_SLOT_OUT && !(d->kind == SIAM_OP_CONV2D && d->u.conv.add));
        if (!result)
            upload(r->mem[i].p, &r->desc[i], data->t[i], data->n[i]);
    }
    if (r->plan.saved_bytes)
        SIAM_TRY(block_alloc(b, &r->saved, r->plan.saved_bytes, e));
    return block_alloc(b, &r->scratch, r->plan.scratch_bytes, e);
}

static float *floats(const runner *r, int slot) { return (float *)(void *)r->mem[slot].p; }

static void point(runner *r, unsigned mode)
{
    siam_op_io *io = &r->io;
    for (int k = 0; k < 2; k++) {
        io->in[k] = floats(r, SIAM_SLOT_IN0 + k);
        io->param[k] = floats(r, SIAM_SLOT_PARAM0 + k);
        io->buffer[k] = floats(r, SIAM_SLOT_BUFFER0 + k);
        io->din[k] = floats(r, SIAM_SLOT_DIN0 + k);
        io->dparam[k] = floats(r, SIAM_SLOT_DPARAM0 + k);
    }
    io->out = floats(r, SIAM_SLOT_OUT);
    if (r->plan.desc.kind == SIAM_OP_CONV2D && r->plan.desc.u.conv.add)
        io->in[1] = io->out;
    io->saved = r->saved.p;
    io->scratch = r->scratch.p;
    io->dout[0] = floats(r, mode & SIAM_CASE_SUM ? SIAM_SLOT_DOUT0 : SIAM_SLOT_DOUT_SUM);
    io->dout[1] = mode & SIAM_CASE_SUM ? floats(r, SIAM_SLOT_DOUT1) : NULL;
    if (mode & SIAM_CASE_OVER) /* io->dout is const for who only reads; here the two are one */
        io->din[io->din[1] ? 1 : 0] = floats(r, mode & SIAM_CASE_SUM ? SIAM_SLOT_DOUT0 : SIAM_SLOT_DOUT_SUM);
}

/* What backward does not read, as op_info.c has it, a plan gives to others after forward: here it becomes NaN. */
static void give_away(runner *r)
{
    const siam_op_reads reads = siam_op_backward_reads(&r->plan.desc);
    const struct {
        int slot;
        bool read;
    } value[] = {{SIAM_SLOT_IN0, reads.in[0]}, {SIAM_SLOT_IN1, reads.in[1]}, {SIAM_SLOT_OUT, reads.out}};
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        if (!value[i].read && r->mem[value[i].slot].p) {
            memset(r->mem[value[i].slot].p, 0xff, siam_desc_bytes(&r->desc[value[i].slot]));
            r->gone[value[i].slot] = true;
        }
}

/* Inputs as they were, nothing written behind a block. */
static siam_code verify(const runner *r, const siam_case_data *data, unsigned mode, siam_err *e)
{
    const char *name = r->plan.impl->name;
    for (int i = 0; i < SIAM_SLOT_COUNT; i++) {
        if (!block_intact(&r->mem[i]))
            return siam_fail(e, SIAM_E_BUG, "%s wrote behind the end of %s", name, siam_slot_name(i));
        const bool constant = i == SIAM_SLOT_IN0 || i == SIAM_SLOT_IN1 || i == SIAM_SLOT_PARAM0 ||
                              i == SIAM_SLOT_PARAM1 ||
                              (i >= SIAM_SLOT_DOUT0 && i <= SIAM_SLOT_DOUT_SUM && !(mode & SIAM_CASE_OVER));
        for (int64_t j = 0; constant && !r->gone[i] && j < data->n[i]; j++) {
            const float now = get(r->mem[i].p, &r->desc[i], j);
            if (memcmp(&now, &data->t[i][j], sizeof now)) /* a NaN is to be itself */
                return siam_fail(e, SIAM_E_BUG, "%s changed its input %s", name, siam_slot_name(i));
        }
    }
    if (!block_intact(&r->saved) || !block_intact(&r->scratch))
        return siam_fail(e, SIAM_E_BUG, "%s wrote behind the end of its %s memory", name,
                         block_intact(&r->saved) ? "scratch" : "saved");
    return SIAM_OK;
}

siam_code siam_case_run(siam_backend *b, struct siam_tuner *t, const siam_op_impl *impl,
                        const siam_op_desc *d, unsigned mode, siam_case_data *data,
                        const siam_case_data *out_of, siam_err *e)
{
    runner r = {.plan = {.impl = impl, .desc = *d}};
    siam_code rc = SIAM_OK;
    if (impl->plan)
        SIAM_TRY(impl->plan(b, t, &r.plan, e));
    memcpy(data->variant, r.plan.variant, sizeof data->variant);
    SIAM_TRY_OUT(rc, prepare(&r, b, data, e));
    point(&r, mode);
    SIAM_TRY_OUT(rc, impl->forward(b, &r.plan, &r.io, e));
    download(data->t[SIAM_SLOT_OUT], &r.desc[SIAM_SLOT_OUT], floats(&r, SIAM_SLOT_OUT),
             data->n[SIAM_SLOT_OUT]);
    if (d->training) {
        if (out_of)
            upload(floats(&r, SIAM_SLOT_OUT), &r.desc[SIAM_SLOT_OUT], out_of->t[SIAM_SLOT_OUT],
                   data->n[SIAM_SLOT_OUT]);
        memset(r.scratch.p, FILL, r.scratch.bytes); /* other operations used it in between */
        SIAM_TRY_OUT(rc, verify(&r, data, mode, e));
        if (!(mode & SIAM_CASE_KEEP))
            give_away(&r);
        SIAM_TRY_OUT(rc, impl->backward(b, &r.plan, &r.io, e));
    }
    SIAM_TRY_OUT(rc, verify(&r, data, mode, e));
    for (int k = 0; k < 2; k++) {
        const int same[] = {SIAM_SLOT_BUFFER0 + k, SIAM_SLOT_DPARAM0 + k};
        for (int i = 0; i < 2; i++)
            download(data->t[same[i]], &r.desc[same[i]], floats(&r, same[i]), data->n[same[i]]);
        if (r.io.din[k])
            download(data->t[SIAM_SLOT_DIN0 + k], &r.desc[SIAM_SLOT_DIN0 + k], r.io.din[k],
                     data->n[SIAM_SLOT_DIN0 + k]);
    }
out:
    for (int i = 0; i < SIAM_SLOT_COUNT; i++)
        b->type->free(b, r.mem[i].p);
    b->type->free(b, r.saved.p);
    b->type->free(b, r.scratch.p);
    if (impl->release)
        impl->release(b, &r.plan);
    return rc;
}

/* ---- comparing ---------------------------------------------------------------------------- */

/* How many products or values are summed into one entry of this tensor. */
static double terms(const siam_op_desc *d, const siam_case_data *x, int slot)
{
    const double in = (double)siam_desc_count(&d->in[0]), out = (double)siam_desc_count(&d->out);
    const bool conv = d->kind == SIAM_OP_CONV2D, linear = d->kind == SIAM_OP_LINEAR;
    if (slot == SIAM_SLOT_DPARAM0 || slot == SIAM_SLOT_DPARAM1)
        return out / (double)d->out.dim[1];
    if (conv || linear)
        return (double)x->n[SIAM_SLOT_PARAM0] /
               (double)(slot == SIAM_SLOT_OUT ? d->out.dim[1] : d->in[0].dim[1]);
    if (d->kind == SIAM_OP_BATCHNORM)
        return in / (double)d->in[0].dim[1] / d->u.bn.groups;
    return d->kind == SIAM_OP_MAXPOOL ? d->u.pool.kernel * d->u.pool.kernel : in / out;
}

siam_case_diff siam_case_compare(const siam_op_desc *d, const siam_case_data *ref, const siam_case_data *got)
{
    static const int result[] = {SIAM_SLOT_OUT,  SIAM_SLOT_BUFFER0, SIAM_SLOT_BUFFER1, SIAM_SLOT_DIN0,
                                 SIAM_SLOT_DIN1, SIAM_SLOT_DPARAM0, SIAM_SLOT_DPARAM1};
    siam_case_diff diff = {.slot = SIAM_SLOT_OUT, .pass = true};
    for (size_t k = 0; k < sizeof result / sizeof result[0]; k++) {
        const int slot = result[k];
        double worst = 0, top = 0, square = 0, total = 0;
        for (int64_t i = 0; i < ref->n[slot]; i++) {
            const double a = ref->t[slot][i], gap = fabs(a - got->t[slot][i]);
            const double delta = isnan(gap) ? (double)INFINITY : gap;
            worst = fmax(worst, delta);
            top = fmax(top, fabs(a));
            square += delta * delta;
            total += a * a;
        }
        if (!ref->n[slot])
            continue;
        const double rel = worst / (top > 0 ? top : 1), l2 = sqrt(square / (total > 0 ? total : 1));
        const bool half = as_described(d, slot, ref->desc[slot]).dtype == SIAM_BF16;
        const double limit = half ? 1.0 / 256 : fmax(1e-5, 1e-6 * sqrt(terms(d, ref, slot)));
        const bool good = rel <= limit && l2 <= (half ? limit : 1e-5);
        if (diff.pass && (!good || rel > diff.max_rel))
            diff.slot = slot;
        diff.pass = diff.pass && good;
        diff.max_rel = fmax(diff.max_rel, rel);
        diff.l2_rel = fmax(diff.l2_rel, l2);
    }
    return diff;
}

/* ---- the self-test ------------------------------------------------------------------------ */

static const siam_case quick[] = {
    {SIAM_OP_CONV2D, .n = 2, .c = 3, .h = 19, .w = 19, .o = 16, .kernel = 7, .stride = 2, .pad = 3,
     .flags = SIAM_CASE_INPUT},
    {SIAM_OP_CONV2D, .n = 4, .c = 16, .h = 9, .w = 9, .o = 32, .kernel = 3, .stride = 1, .pad = 1},
    {SIAM_OP_CONV2D, .n = 4, .c = 32, .h = 9, .w = 9, .o = 16, .kernel = 3, .stride = 2, .pad = 1},
    {SIAM_OP_CONV2D, .n = 2, .c = 64, .h = 7, .w = 7, .o = 32, .kernel = 1, .stride = 1, .pad = 0},
    {SIAM_OP_CONV2D, .n = 2, .c = 16, .h = 8, .w = 8, .o = 16, .kernel = 3, .stride = 1, .pad = 1,
     .flags = SIAM_CASE_INFER | SIAM_CASE_BIAS | SIAM_CASE_ADD | SIAM_CASE_RELU},
    {SIAM_OP_BATCHNORM, .n = 4, .c = 32, .h = 7, .w = 5, .groups = 2, .flags = SIAM_CASE_RELU},
    {SIAM_OP_BATCHNORM, .n = 4, .c = 16, .h = 6, .w = 6, .groups = 2,
     .flags = SIAM_CASE_ADD | SIAM_CASE_RELU},
    {SIAM_OP_BATCHNORM, .n = 32, .c = 48, .groups = 2, .flags = SIAM_CASE_NO_AFFINE},
    {SIAM_OP_BATCHNORM, .n = 4, .c = 16, .h = 5, .w = 5, .flags = SIAM_CASE_INFER},
    {SIAM_OP_RELU, .n = 2, .c = 16, .h = 5, .w = 5},
    {SIAM_OP_ADD, .n = 2, .c = 16, .h = 5, .w = 5},
    {SIAM_OP_MAXPOOL, .n = 2, .c = 16, .h = 12, .w = 12, .kernel = 3, .stride = 2, .pad = 1},
    {SIAM_OP_GLOBAL_AVGPOOL, .n = 2, .c = 32, .h = 7, .w = 7},
    {SIAM_OP_SHORTCUT_A, .n = 3, .c = 16, .h = 7, .w = 8, .o = 32, .stride = 2},
    {SIAM_OP_LINEAR, .n = 16, .c = 64, .o = 48, .flags = SIAM_CASE_BIAS},
    {SIAM_OP_LINEAR, .n = 16, .c = 64, .o = 48},
    {SIAM_OP_NEG_COSINE, .n = 16, .c = 64, .flags = SIAM_CASE_NO_DIN1},
    {SIAM_OP_NEG_COSINE, .n = 12, .c = 64, .groups = 3, .flags = SIAM_CASE_NO_DIN1},
    {SIAM_OP_CONV2D, .n = 4, .c = 16, .h = 9, .w = 9, .o = 32, .kernel = 3, .stride = 1, .pad = 1,
     .flags = SIAM_CASE_BF16},
    {SIAM_OP_BATCHNORM, .n = 4, .c = 16, .h = 6, .w = 6, .groups = 2,
     .flags = SIAM_CASE_ADD | SIAM_CASE_RELU | SIAM_CASE_BF16},
};

static const siam_op_impl *ref_impl(siam_op_kind kind)
{
    for (int i = 0; siam_backend_ref.impls[i]; i++)
        if (siam_backend_ref.impls[i]->kind == kind)
            return siam_backend_ref.impls[i];
    return NULL;
}

/* An implementation of a backend, as what runs a case. */
typedef struct ours {
    siam_backend *b;
    const siam_op_impl *impl;
} ours;

static siam_code run_ours(void *user, const siam_op_desc *d, siam_case_data *data, const siam_case_data *out_of, siam_err *e)
{
    const ours *o = user;
    return siam_case_run(o->b, NULL, o->impl, d, 0, data, out_of, e);
}

/* One case through ref and `run`, in the types of d. One that fails gives pass = false; only lack of memory is reported as a
 * failure. */
static siam_code compare_case(siam_backend *ref, siam_case_runner *run, void *user, const siam_case *c, const siam_op_desc *d,
                              siam_case_diff *diff, siam_err *e)
{
    const siam_op_desc plain = siam_case_desc(c);
    siam_case_data want = {0}, got = {0};
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_case_create(&want, &plain, 1, e));
    siam_case_round(&want, d);
    SIAM_TRY_OUT(rc, siam_case_copy(&got, &want, e));
    SIAM_TRY_OUT(rc, siam_case_run(ref, NULL, ref_impl(c->kind), &plain, SIAM_CASE_KEEP, &want, NULL, e));
    siam_err failure = {0};
    const siam_code failed = run(user, d, &got, &want, &failure);
    if (failed == SIAM_E_NOMEM) {
        rc = siam_fail(e, failed, "%s", failure.msg);
        goto out;
    }
    const siam_case_diff one = siam_case_compare(d, &want, &got);
    diff->pass = diff->pass && !failed && one.pass;
    diff->max_rel = fmax(diff->max_rel, failed ? (double)INFINITY : one.max_rel);
out:
    siam_case_release(&want);
    siam_case_release(&got);
    return rc;
}

static siam_code compare_impl(siam_backend *ref, siam_backend *b, const siam_op_impl *impl, siam_selftest_row *row, void *user,
                              siam_err *e)
{
    siam_case_diff diff = {.pass = true};
    ours o = {b, impl};
    int ran = 0;
    for (size_t k = 0; k < sizeof quick / sizeof quick[0]; k++) {
        if (quick[k].kind != impl->kind)
            continue;
        siam_op_desc d = siam_case_desc(&quick[k]);
        siam_case_layouts(&quick[k], b, &d);
        if (!impl->supports(&d))
            continue;
        SIAM_TRY(compare_case(ref, run_ours, &o, &quick[k], &d, &diff, e));
        ran++;
    }
    if (ran)
        row(user, siam_op_name(impl->kind), impl->name, diff.max_rel, diff.pass);
    return SIAM_OK;
}

siam_code siam_backend_selftest(siam_backend *b, siam_selftest_row *row, void *user, siam_err *e)
{
    siam_backend *ref;
    SIAM_TRY(siam_backend_ref.open(&ref, 1, e));
    siam_code rc = SIAM_OK;
    for (int i = 0; !rc && b->type->impls[i]; i++)
        rc = compare_impl(ref, b, b->type->impls[i], row, user, e);
    siam_backend_ref.close(&ref);
    return rc;
}

static siam_code compare_kind(siam_backend *ref, siam_op_kind kind, siam_case_runner *run, void *by, siam_case_diff *diff, int *ran,
                              siam_err *e)
{
    for (size_t k = 0; k < sizeof quick / sizeof quick[0]; k++) {
        if (quick[k].kind != kind)
            continue;
        siam_op_desc d = siam_case_desc(&quick[k]);
        siam_case_layouts(&quick[k], ref, &d);
        SIAM_TRY(compare_case(ref, run, by, &quick[k], &d, diff, e));
        ++*ran;
    }
    return SIAM_OK;
}

siam_code siam_runner_selftest(siam_case_runner *run, void *by, const char *impl, siam_selftest_row *row, void *user, siam_err *e)
{
    siam_backend *ref;
    SIAM_TRY(siam_backend_ref.open(&ref, 1, e));
    siam_code rc = SIAM_OK;
    for (int kind = 0; !rc && kind < SIAM_OP_COUNT; kind++) {
        siam_case_diff diff = {.pass = true};
        int ran = 0;
        rc = compare_kind(ref, (siam_op_kind)kind, run, by, &diff, &ran, e);
        if (!rc && ran)
            row(user, siam_op_name((siam_op_kind)kind), impl, diff.max_rel, diff.pass);
    }
    siam_backend_ref.close(&ref);
    return rc;
}
