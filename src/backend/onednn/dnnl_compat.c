/* oneDNN 2.x and 3.x behind a few version-neutral functions.
 *
 * The two differ in memory descriptions (values in 2.x, handles in 3.x), in how a convolution is described (a struct of its
 * own first, or at once) and in small calls. The first part of this file is where. */
#include "backend/onednn/dnnl_compat.h"

#include <math.h>
#include <stdio.h>

#if DNNL_VERSION_MAJOR == 2

typedef const dnnl_memory_desc_t *md_view; /* of a memory description, borrowed */
static md_view view(const dnnl_memory_desc_t *md) { return md; }

static dnnl_status_t md_create(dnnl_memory_desc_t *md, int ndim, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_init_by_tag(md, ndim, dims, type, tag);
}

static void md_destroy(dnnl_memory_desc_t *md) { (void)md; }

static dnnl_status_t append_sum(dnnl_post_ops_t ops) { return dnnl_post_ops_append_sum(ops, 1.0f); }

static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha, float beta)
{
    return dnnl_post_ops_append_eltwise(ops, 1.0f, alg, alpha, beta);
}

/* Nothing to ask for: the convolutions of 2.x repeat their bits with the same threads. */
static dnnl_status_t set_deterministic(dnnl_primitive_attr_t attr)
{
    (void)attr;
    return dnnl_success;
}

dnnl_status_t siam_dnnl_point(dnnl_memory_t memory, void *p, dnnl_stream_t stream)
{
    return dnnl_memory_set_data_handle_v2(memory, p, stream);
}

#else

typedef const_dnnl_memory_desc_t md_view;
static md_view view(const dnnl_memory_desc_t *md) { return *md; }

static dnnl_status_t md_create(dnnl_memory_desc_t *md, int ndim, const dnnl_dims_t dims, dnnl_data_type_t type,
                               dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_create_with_tag(md, ndim, dims, type, tag);
}

static void md_destroy(dnnl_memory_desc_t *md)
{
    if (*md)
        dnnl_memory_desc_destroy(*md);
    *md = NULL;
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
}

static dnnl_status_t append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t alg, float alpha, float beta)
{
    return dnnl_post_ops_append_eltwise(ops, alg, alpha, beta);
}

/* The same bits in every run with the same threads, which resuming promises. */
static dnnl_status_t set_deterministic(dnnl_primitive_attr_t attr)
{
#if DNNL_VERSION_MAJOR > 3 || DNNL_VERSION_MINOR >= 5
    return dnnl_primitive_attr_set_deterministic(attr, 1);
#else
    (void)attr;
    return dnnl_success;
#endif
}

dnnl_status_t siam_dnnl_point(dnnl_memory_t memory, void *p, dnnl_stream_t stream)
{
    (void)stream;
    return dnnl_memory_set_data_handle(memory, p);
}

#endif

/* What a convolution is described by. */
typedef struct conv_call {
    dnnl_prop_kind_t kind; /* of a forward pass */
    dnnl_alg_kind_t alg;
    dnnl_memory_desc_t src, wei, bias, dst; /* bias: only where the operation has one */
    dnnl_dims_t stride, pad;
    dnnl_primitive_attr_t attr;
} conv_call;

#if DNNL_VERSION_MAJOR == 2

static dnnl_status_t conv_create(dnnl_primitive_desc_t *out, dnnl_engine_t engine, const conv_call *c, siam_conv_dir dir,
                                 dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t cd;
    dnnl_status_t s;
    if (dir == SIAM_CONV_FWD)
        s = dnnl_convolution_forward_desc_init(&cd, c->kind, c->alg, &c->src, &c->wei,
                                               c->bias.ndims ? &c->bias : NULL, &c->dst, c->stride, c->pad, c->pad);
    else if (dir == SIAM_CONV_BWD_D)
        s = dnnl_convolution_backward_data_desc_init(&cd, c->alg, &c->src, &c->wei, &c->dst, c->stride, c->pad, c->pad);
    else
        s = dnnl_convolution_backward_weights_desc_init(&cd, c->alg, &c->src, &c->wei, NULL, &c->dst, c->stride, c->pad,
                                                        c->pad);
    return s ? s : dnnl_primitive_desc_create(out, &cd, c->attr, engine, hint);
}

#else

static dnnl_status_t conv_create(dnnl_primitive_desc_t *out, dnnl_engine_t engine, const conv_call *c, siam_conv_dir dir,
                                 dnnl_primitive_desc_t hint)
{
    const dnnl_dims_t dense = {0, 0};
    if (dir == SIAM_CONV_FWD)
        return dnnl_convolution_forward_primitive_desc_create(out, engine, c->kind, c->alg, c->src, c->wei, c->bias, c->dst,
                                                              c->stride, dense, c->pad, c->pad, c->attr);
    if (dir == SIAM_CONV_BWD_D)
        return dnnl_convolution_backward_data_primitive_desc_create(out, engine, c->alg, c->src, c->wei, c->dst, c->stride,
                                                                    dense, c->pad, c->pad, hint, c->attr);
    return dnnl_convolution_backward_weights_primitive_desc_create(out, engine, c->alg, c->src, c->wei, NULL, c->dst,
                                                                   c->stride, dense, c->pad, c->pad, hint, c->attr);
}

#endif

siam_code siam_dnnl_check(dnnl_status_t s, siam_err *e, const char *what)
{
    if (s == dnnl_success)
        return SIAM_OK;
    if (s == dnnl_out_of_memory)
        return siam_fail(e, SIAM_E_NOMEM, "oneDNN ran out of memory in %s", what);
    const char *reason = s == dnnl_unimplemented ? "not implemented for this shape" : "invalid arguments";
    return siam_fail(e, s == dnnl_unimplemented ? SIAM_E_UNSUPPORTED : SIAM_E_BUG,
                     "oneDNN refused %s: %s (status %d)", what, reason, (int)s);
}

siam_isa siam_dnnl_isa(char *name, size_t n)
{
    static const struct {
        dnnl_cpu_isa_t isa;
        const char *name;
    } known[] = {{dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx"},
                 {dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16"},
                 {dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni"},
                 {dnnl_cpu_isa_avx512_core, "avx512_core"},
                 {dnnl_cpu_isa_avx2, "avx2"},
                 {dnnl_cpu_isa_avx, "avx"},
                 {dnnl_cpu_isa_sse41, "sse41"}};
    const unsigned isa = dnnl_get_effective_cpu_isa();
    snprintf(name, n, "generic");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if ((isa & known[i].isa) == (unsigned)known[i].isa) {
            snprintf(name, n, "%s", known[i].name);
            break;
        }
    if ((isa & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core)
        return SIAM_ISA_AVX512;
    return (isa & dnnl_cpu_isa_avx2) == dnnl_cpu_isa_avx2 ? SIAM_ISA_AVX2 : SIAM_ISA_BASE;
}

bool siam_dnnl_bf16(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

static dnnl_data_type_t type_of(const siam_desc *d) { return d->dtype == SIAM_BF16 ? dnnl_bf16 : dnnl_f32; }

static dnnl_status_t activation(dnnl_memory_desc_t *md, const siam_desc *d)
{
    static const dnnl_format_tag_t tag[] = {[SIAM_NCHW] = dnnl_nchw,
                                            [SIAM_NHWC] = dnnl_nhwc,
                                            [SIAM_NCHW8C] = dnnl_nChw8c,
                                            [SIAM_NCHW16C] = dnnl_nChw16c};
    const dnnl_dims_t dims = {d->dim[0], d->dim[1], d->dim[2], d->dim[3]};
    return md_create(md, 4, dims, type_of(d), tag[d->layout]);
}

static dnnl_status_t weights(dnnl_memory_desc_t *md, const siam_op_desc *d, dnnl_data_type_t type,
                             dnnl_format_tag_t tag)
{
    const dnnl_dims_t dims = {d->out.dim[1], d->in[0].dim[1], d->u.conv.kernel, d->u.conv.kernel};
    return md_create(md, 4, dims, type, tag);
}

/* ReLU by operations that let NaN through: oneDNN's own takes the larger of 0 and x, which is 0 for NaN, and a damaged
 * network then ends in plausible numbers. Its clip takes the lower bound for NaN, so of -x to [-inf, 0] it makes -inf, and
 * after the sign is turned back +inf, which no later layer loses. Three operations on registers, in place of one. */
static dnnl_status_t append_relu(dnnl_post_ops_t ops)
{
    dnnl_status_t s = append_eltwise(ops, dnnl_eltwise_linear, -1.0f, 0.0f);
    if (!s)
        s = append_eltwise(ops, dnnl_eltwise_clip, -INFINITY, 0.0f);
    return s ? s : append_eltwise(ops, dnnl_eltwise_linear, -1.0f, 0.0f);
}

/* Scratchpad memory comes from the caller; the inference epilogue becomes post-ops: out = relu?(conv +
 * bias? + out?). */
static dnnl_status_t attributes(dnnl_primitive_attr_t *out, const siam_op_desc *d, siam_conv_dir dir)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t s = dnnl_primitive_attr_create(out);
    if (s)
        return s;
    s = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (!s && d->training)
        s = set_deterministic(*out);
    if (!s && dir == SIAM_CONV_FWD && (d->u.conv.add || d->u.conv.relu)) {
        s = dnnl_post_ops_create(&ops);
        if (!s && d->u.conv.add)
            s = append_sum(ops);
        if (!s && d->u.conv.relu)
            s = append_relu(ops);
        if (!s)
            s = dnnl_primitive_attr_set_post_ops(*out, ops);
        dnnl_post_ops_destroy(ops);
    }
    if (s) {
        dnnl_primitive_attr_destroy(*out);
        *out = NULL;
    }
    return s;
}

/* The gradient of the weights stays float32 when the maps are bfloat16. A hint for it needs the forward pass, whose weights
 * are of the maps' type. */
static dnnl_status_t conv_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine, const siam_op_desc *d,
                               siam_conv_dir dir, dnnl_alg_kind_t alg, dnnl_primitive_desc_t hint)
{
    const dnnl_dims_t bias_dim = {d->out.dim[1]};
    conv_call c = {.kind = d->training ? dnnl_forward_training : dnnl_forward_inference,
                   .alg = alg,
                   .stride = {d->u.conv.stride, d->u.conv.stride},
                   .pad = {d->u.conv.pad, d->u.conv.pad}};
    dnnl_status_t s = activation(&c.src, &d->in[0]);
    if (!s)
        s = activation(&c.dst, &d->out);
    if (!s)
        s = weights(&c.wei, d, dir == SIAM_CONV_BWD_W ? dnnl_f32 : type_of(&d->in[0]), dnnl_format_tag_any);
    if (!s && d->u.conv.bias && dir == SIAM_CONV_FWD)
        s = md_create(&c.bias, 1, bias_dim, dnnl_f32, dnnl_x);
    if (!s)
        s = attributes(&c.attr, d, dir);
    if (!s)
        s = conv_create(out, engine, &c, dir, hint);
    if (c.attr)
        dnnl_primitive_attr_destroy(c.attr);
    md_destroy(&c.src);
    md_destroy(&c.dst);
    md_destroy(&c.wei);
    md_destroy(&c.bias);
    return s;
}

bool siam_dnnl_conv_desc(dnnl_primitive_desc_t *out, dnnl_engine_t engine, const siam_op_desc *d,
                         siam_conv_dir dir, bool winograd)
{
    const dnnl_alg_kind_t alg = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    dnnl_primitive_desc_t hint = NULL;
    *out = NULL;
    if (dir != SIAM_CONV_FWD && conv_desc(&hint, engine, d, SIAM_CONV_FWD, alg, NULL))
        return false;
    const dnnl_status_t s = conv_desc(out, engine, d, dir, alg, hint);
    if (hint)
        dnnl_primitive_desc_destroy(hint);
    if (s)
        *out = NULL;
    return s == dnnl_success;
}

static md_view operand(const_dnnl_primitive_desc_t pd, int arg)
{
    return dnnl_primitive_desc_query_md(pd, dnnl_query_exec_arg_md, arg);
}

dnnl_status_t siam_dnnl_weights_reorder(dnnl_primitive_t *out, dnnl_engine_t engine, const siam_op_desc *d,
                                        const_dnnl_primitive_desc_t conv, bool gradient)
{
    const md_view blocked = operand(conv, gradient ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS);
    dnnl_memory_desc_t plain = {0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    dnnl_primitive_desc_t pd = NULL;
    *out = NULL;
    dnnl_status_t s = weights(&plain, d, dnnl_f32, dnnl_oihw);
    if (!s)
        s = dnnl_primitive_attr_create(&attr);
    if (!s)
        s = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_library);
    if (!s && gradient) {
        s = dnnl_post_ops_create(&ops);
        if (!s)
            s = append_sum(ops);
        if (!s)
            s = dnnl_primitive_attr_set_post_ops(attr, ops);
    }
    if (!s)
        s = gradient ? dnnl_reorder_primitive_desc_create(&pd, blocked, engine, view(&plain), engine, attr)
                     : dnnl_reorder_primitive_desc_create(&pd, view(&plain), engine, blocked, engine, attr);
    if (!s)
        s = dnnl_primitive_create(out, pd);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    md_destroy(&plain);
    return s;
}

dnnl_status_t siam_dnnl_memory(dnnl_memory_t *out, dnnl_engine_t engine, const_dnnl_primitive_desc_t pd,
                               int arg)
{
    return dnnl_memory_create(out, operand(pd, arg), engine, DNNL_MEMORY_NONE);
}

dnnl_status_t siam_dnnl_plain_weights(dnnl_memory_t *out, dnnl_engine_t engine, const siam_op_desc *d)
{
    dnnl_memory_desc_t md = {0};
    dnnl_status_t s = weights(&md, d, dnnl_f32, dnnl_oihw);
    if (!s)
        s = dnnl_memory_create(out, view(&md), engine, DNNL_MEMORY_NONE);
    md_destroy(&md);
    return s;
}

size_t siam_dnnl_bytes(const_dnnl_primitive_desc_t pd, int arg)
{
    const md_view md = operand(pd, arg);
    return md ? dnnl_memory_desc_get_size(md) : 0;
}
