/* One direction of one convolution: creation, and running it on given pointers without allocating. */
#include "backend/onednn/conv_prim.h"

#include <string.h>

#include "base/check.h"

enum { ALIGN = 4096 };

const char *siam_conv_algo_name(siam_conv_algo a)
{
    static const char *const name[SIAM_CONV_ALGOS] = {[SIAM_CONV_DIRECT] = "direct",
                                                      [SIAM_CONV_WINOGRAD] = "winograd",
                                                      [SIAM_CONV_BF16] = "bf16",
                                                      [SIAM_CONV_WINO4] = "wino4"};
    return name[a];
}

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
    c->pad_at = round_up(siam_dnnl_bytes(pd, wei));
    c->scratch_bytes = c->pad_at + round_up(siam_dnnl_bytes(pd, DNNL_ARG_SCRATCHPAD));
    return s;
}

/* The fewest equal parts of the batch whose float32 copies leave half of the last-level cache to the rest. */
static int parts_of(const siam_onednn *b, const siam_op_desc *d)
{
    const int64_t n = d->in[0].dim[0];
    const int64_t image = (siam_desc_count(&d->in[0]) + siam_desc_count(&d->out)) / n * (int64_t)sizeof(float);
    for (int64_t parts = 1; parts < n; parts++)
        if (n % parts == 0 && n / parts * image <= (int64_t)b->cache_bytes / 2)
            return (int)parts;
    return (int)n;
}

/* Decide which maps are cast, and turn *d into what the primitive sees of a part. */
static void split(siam_conv_prim *c, const siam_onednn *b, siam_op_desc *d, siam_conv_algo algo)
{
    siam_desc *desc[2] = {&d->in[0], &d->out};
    const bool cast = algo != SIAM_CONV_BF16 && (d->in[0].dtype == SIAM_BF16 || d->out.dtype == SIAM_BF16);
    c->parts = cast ? parts_of(b, d) : 1;
    for (int i = 0; i < 2; i++) {
        siam_conv_map *m = &c->map[i];
        m->type = desc[i]->dtype;
        m->cast = cast && m->type == SIAM_BF16;
        desc[i]->dim[0] /= c->parts;
        m->count = siam_desc_count(desc[i]);
        if (m->cast)
            desc[i]->dtype = SIAM_F32;
    }
    c->map[0].read = c->dir != SIAM_CONV_BWD_D;
    c->map[0].written = c->dir == SIAM_CONV_BWD_D;
    c->map[1].read = c->dir != SIAM_CONV_FWD || d->u.conv.add;
    c->map[1].written = c->dir == SIAM_CONV_FWD;
}

/* The copies of cast maps, behind the rest of the scratch. */
static void place_copies(siam_conv_prim *c)
{
    for (int i = 0; i < 2; i++)
        if (c->map[i].cast) {
            c->map[i].at = c->scratch_bytes;
            c->scratch_bytes += round_up((size_t)c->map[i].count * sizeof(float));
        }
}

static siam_code create_own(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *d, siam_err *e)
{
    SIAM_TRY(siam_wino_create(&c->wino, b, d, c->dir, e));
    c->own = true;
    c->scratch_bytes = round_up(c->wino.scratch_bytes);
    place_copies(c);
    return SIAM_OK;
}

siam_code siam_conv_prim_create(siam_conv_prim *c, const siam_onednn *b, const siam_op_desc *desc,
                                siam_conv_dir dir, siam_conv_algo algo, siam_err *e)
{
    siam_op_desc d = *desc;
    dnnl_primitive_desc_t pd;
    memset(c, 0, sizeof *c);
    c->dir = dir;
    split(c, b, &d, algo);
    if (algo == SIAM_CONV_WINO4)
        return create_own(c, b, &d, e);
    if ((algo == SIAM_CONV_BF16) != (d.in[0].dtype == SIAM_BF16) ||
        !siam_dnnl_conv_desc(&pd, b->engine, &d, dir, algo == SIAM_CONV_WINOGRAD))
        return siam_fail(e, SIAM_E_UNSUPPORTED, "oneDNN has no %s convolution for this shape",
                         siam_conv_algo_name(algo));
    dnnl_status_t s = dnnl_primitive_create(&c->run, pd);
    if (!s)
        s = memories(c, b, &d, pd);
    dnnl_primitive_desc_destroy(pd);
    if (s)
        siam_conv_prim_release(c);
    else
        place_copies(c);
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

/* What the primitive works on for a part of a map: the part itself, or its float32 copy. */
static void *part_begin(const siam_conv_prim *c, const siam_onednn *b, int which, int part, void *map, void *scratch)
{
    const siam_conv_map *m = &c->map[which];
    const siam_sweep s = siam_sweep_with(b->isa, 8, m->type);
    void *here = siam_to(&s, map, part * m->count);
    if (!m->cast)
        return here;
    float *copy = (float *)(void *)((char *)scratch + m->at);
    if (m->read) {
#pragma omp parallel for schedule(static)
        for (int64_t i = 0; i < m->count; i += SIAM_SWEEP)
            s.k->widen(m->count - i < SIAM_SWEEP ? m->count - i : SIAM_SWEEP, siam_at(&s, here, i), copy + i);
    }
    return copy;
}

/* After it: round the copy. */
static void part_end(const siam_conv_prim *c, const siam_onednn *b, int which, int part, void *map, void *scratch)
{
    const siam_conv_map *m = &c->map[which];
    const siam_sweep s = siam_sweep_with(b->isa, 8, m->type);
    if (!m->cast || !m->written)
        return;
    void *here = siam_to(&s, map, part * m->count);
    const float *copy = (const float *)(const void *)((const char *)scratch + m->at);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < m->count; i += SIAM_SWEEP)
        s.k->narrow(m->count - i < SIAM_SWEEP ? m->count - i : SIAM_SWEEP, copy + i, siam_to(&s, here, i));
}

static dnnl_status_t point(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a, void *src, void *dst)
{
    const struct {
        dnnl_memory_t memory;
        void *p;
    } row[] = {{c->src, src},          {c->dst, dst},      {c->blocked, a->kept ? a->kept : a->scratch},
               {c->plain, a->weights}, {c->bias, a->bias}, {c->pad, (char *)a->scratch + c->pad_at}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!row[i].memory)
            continue;
        const dnnl_status_t s = siam_dnnl_point(row[i].memory, row[i].p, b->stream);
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

/* The weights are blocked once, before the first part. */
static dnnl_status_t run_dnnl(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a, int part,
                              void *src, void *dst)
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
    dnnl_status_t s = point(c, b, a, src, dst);
    if (!s && !back_w && !a->kept && part == 0)
        s = reorder(c, b);
    if (!s)
        s = dnnl_primitive_execute(c->run, b->stream, n, arg);
    if (!s && back_w)
        s = reorder(c, b);
    if (!s)
        s = dnnl_stream_wait(b->stream);
    return s;
}

static dnnl_status_t run_part(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a, int part)
{
    dnnl_status_t s = dnnl_success;
    void *src = part_begin(c, b, 0, part, a->src, a->scratch), *dst = part_begin(c, b, 1, part, a->dst, a->scratch);
    if (c->own)
        siam_wino_run(&c->wino, src, dst, a->weights, a->bias, a->scratch);
    else
        s = run_dnnl(c, b, a, part, src, dst);
    part_end(c, b, 0, part, a->src, a->scratch);
    part_end(c, b, 1, part, a->dst, a->scratch);
    return s;
}

siam_code siam_conv_prim_run(const siam_conv_prim *c, const siam_onednn *b, const siam_conv_args *a,
                             siam_err *e)
{
    dnnl_status_t s = dnnl_success;
    for (int part = 0; part < c->parts && !s; part++)
        s = run_part(c, b, a, part);
    return siam_dnnl_check(s, e, "a convolution");
}

siam_code siam_conv_prim_keep(const siam_conv_prim *c, const siam_onednn *b, void *weights, void *kept, siam_err *e)
{
    dnnl_status_t s = siam_dnnl_point(c->plain, weights, b->stream);
    if (!s)
        s = siam_dnnl_point(c->blocked, kept, b->stream);
    if (!s)
        s = reorder(c, b);
    if (!s)
        s = dnnl_stream_wait(b->stream);
    return siam_dnnl_check(s, e, "preparing the weights of a convolution");
}
