/* One direction of one convolution: creation, and running it on given pointers without allocating. */
#include "backend/onednn/conv_prim.h"

#include <string.h>

#include "base/check.h"

enum { ALIGN = 4096 };

static size_t round_up(size_t n) { return (n + ALIGN - 1) / ALIGN * ALIGN; }

static dnnl_status_t memories(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *d,
                              const_dnnl_primitive_desc_t pd)
{
    const bool back_d = c->dir == SIAM_CONV_BWD_D, back_w = c->dir == SIAM_CONV_BWD_W;
    const int wei = back_w ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS;
    dnnl_status_t s = siam_dnnl_memory(&c->src, b->engine, pd, back_d ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC);
    if (!s)
        s = siam_dnnl_memory(&c->dst, b->engine, pd,
                             c->dir == SIAM_CONV_FWD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST);
    if (!s)
        s = siam_dnnl_memory(&c->blocked, b->engine, pd, wei);
    if (!s)
        s = siam_dnnl_memory(&c->pad, b->engine, pd, DNNL_ARG_SCRATCHPAD);
    if (!s && d->u.conv.bias && c->dir == SIAM_CONV_FWD)
        s = siam_dnnl_memory(&c->bias, b->engine, pd, DNNL_ARG_BIAS);
    if (!s)
        s = siam_dnnl_plain_weights(&c->plain, b->engine, d);
    if (!s)
        s = siam_dnnl_weights_reorder(&c->reorder, b->engine, d, pd, back_w);
    c->blocked_bytes = round_up(siam_dnnl_bytes(pd, wei));
    c->scratch_bytes = c->blocked_bytes + round_up(siam_dnnl_bytes(pd, DNNL_ARG_SCRATCHPAD));
    return s;
}

siam_code siam_conv_prim_create(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *d,
                                siam_conv_dir dir, bool winograd, siam_err *e)
{
    dnnl_primitive_desc_t pd;
    memset(c, 0, sizeof *c);
    c->dir = dir;
    if (!siam_dnnl_conv_desc(&pd, b->engine, d, dir, winograd))
        return siam_fail(e, SIAM_E_UNSUPPORTED, "oneDNN has no %s convolution for this shape",
                         winograd ? "Winograd" : "direct");
    dnnl_status_t s = dnnl_primitive_create(&c->run, pd);
    if (!s)
        s = memories(c, b, d, pd);
    dnnl_primitive_desc_destroy(pd);
    if (s)
        siam_conv_prim_release(c);
    return siam_dnnl_check(s, e, "preparing a convolution");
}

void siam_conv_prim_release(siam_conv_prim *c)
{
    dnnl_memory_t *const memory[] = {&c->src, &c->dst, &c->blocked, &c->plain, &c->bias, &c->pad};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (*memory[i])
            dnnl_memory_destroy(*memory[i]);
    if (c->run)
        dnnl_primitive_destroy(c->run);
    if (c->reorder)
        dnnl_primitive_destroy(c->reorder);
    memset(c, 0, sizeof *c);
}

static dnnl_status_t point(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a)
{
    const struct {
        dnnl_memory_t memory;
        void *p;
    } row[] = {{c->src, a->src},       {c->dst, a->dst},   {c->blocked, a->scratch},
               {c->plain, a->weights}, {c->bias, a->bias}, {c->pad, (char *)a->scratch + c->blocked_bytes}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!row[i].memory)
            continue;
        const dnnl_status_t s = dnnl_memory_set_data_handle_v2(row[i].memory, row[i].p, b->stream);
        if (s)
            return s;
    }
    return dnnl_success;
}

static dnnl_status_t reorder(const siam_conv_prim *c, const siam_onednn *b)
{
    const bool gradient = c->dir == SIAM_CONV_BWD_W;
    const dnnl_exec_arg_t arg[] = {{DNNL_ARG_FROM, gradient ? c->blocked : c->plain},
                                   {DNNL_ARG_TO, gradient ? c->plain : c->blocked}};
    return dnnl_primitive_execute(c->reorder, b->stream, 2, arg);
}

siam_code siam_conv_prim_run(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a,
                             siam_err *e)
{
    const bool back_w = c->dir == SIAM_CONV_BWD_W;
    dnnl_exec_arg_t arg[5] = {
        {c->dir == SIAM_CONV_BWD_D ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, c->src},
        {c->dir == SIAM_CONV_FWD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, c->dst},
        {back_w ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, c->blocked},
        {DNNL_ARG_SCRATCHPAD, c->pad},
    };
    int n = 4;
    if (c->bias)
        arg[n++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, c->bias};
    dnnl_status_t s = point(c, b, a);
    if (!s && !back_w)
        s = reorder(c, b);
    if (!s)
        s = dnnl_primitive_execute(c->run, b->stream, n, arg);
    if (!s && back_w)
        s = reorder(c, b);
    if (!s)
        s = dnnl_stream_wait(b->stream);
    return siam_dnnl_check(s, e, "a convolution");
}
