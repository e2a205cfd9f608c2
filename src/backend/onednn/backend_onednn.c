/* CPU backend on oneDNN and OpenMP: convolutions and GEMM are oneDNN's, the rest is kernels.c. */
#include "backend/onednn/onednn.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/check.h"
#include "base/system.h"

enum { HUGE_PAGE = 2 << 20 };

siam_onednn *siam_onednn_enter(siam_backend *b)
{
    omp_set_num_threads(b->threads);
    return (siam_onednn *)(void *)b;
}

siam_sweep siam_sweep_of(siam_backend *b, const siam_desc *d)
{
    return siam_sweep_with(siam_onednn_enter(b)->isa, siam_onednn_lanes(d), d->dtype);
}

bool siam_blocks_of(const siam_desc *d, siam_blocks *g)
{
    const int64_t n = d->dim[0], c = d->dim[1], hw = d->ndim == 4 ? d->dim[2] * d->dim[3] : 1;
    const bool blocked = d->layout == SIAM_NCHW8C || d->layout == SIAM_NCHW16C;
    if (d->ndim != 2 && d->ndim != 4)
        return false;
    *g = (siam_blocks){.lanes = siam_onednn_lanes(d), .images = n, .pixels = hw, .image = c * hw};
    g->blocks = c / g->lanes;
    g->block = blocked ? hw * g->lanes : g->lanes;
    g->pixel = blocked ? g->lanes : c;
    if (c % g->lanes || (d->layout == SIAM_NCHW16C) != (blocked && g->lanes == 16))
        return false;
    return blocked || d->layout == SIAM_NHWC || d->ndim == 2;
}

static int probe(char *why, size_t n)
{
    dnnl_engine_t engine;
    if (dnnl_engine_create(&engine, dnnl_cpu, 0)) {
        snprintf(why, n, "oneDNN has no CPU engine");
        return 0;
    }
    dnnl_engine_destroy(engine);
    return 10;
}

static void onednn_close(siam_backend **backend)
{
    siam_onednn *b = (siam_onednn *)(void *)*backend;
    if (b && b->stream)
        dnnl_stream_destroy(b->stream);
    if (b && b->engine)
        dnnl_engine_destroy(b->engine);
    free(b);
    *backend = NULL;
}

/* oneDNN compiles its matrix products at the first one, and writes to where the code should go without asking whether there
 * was memory for it. So the first is made here, where it is known that there is. */
static siam_code compile_products(siam_err *e)
{
    enum { ROOM = 16 << 20, N = 16 };
    float a[N * N] = {0}, c[N * N];
    void *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the code of matrix products");
    munmap(room, ROOM);
    return siam_dnnl_check(dnnl_sgemm('N', 'N', N, N, N, 1.0f, a, N, a, N, 0.0f, c, N), e, "a matrix product");
}

static siam_code onednn_open(siam_backend **out, int threads, siam_err *e)
{
    char name[32];
    siam_onednn *b = calloc(1, sizeof *b);
    *out = NULL;
    if (!b)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory while opening the onednn backend");
    extern const siam_backend_type siam_backend_onednn;
    b->head = (siam_backend){.type = &siam_backend_onednn, .threads = threads, .comm = &siam_comm_single};
    b->isa = siam_dnnl_isa(name, sizeof name);
    b->bf16 = siam_dnnl_bf16();
    b->cache_bytes = siam_cache_bytes(3, (size_t)8 << 20);
    siam_backend *head = &b->head;
    siam_onednn_enter(head);
    siam_code rc = siam_dnnl_check(dnnl_engine_create(&b->engine, dnnl_cpu, 0), e, "opening the CPU");
    if (!rc)
        rc = siam_dnnl_check(dnnl_stream_create(&b->stream, b->engine, dnnl_stream_default_flags), e,
                             "opening the CPU");
    if (!rc)
        rc = compile_products(e);
    if (rc)
        onednn_close(&head);
    *out = head;
    return rc;
}

/* Big blocks get huge pages: a batch of activations would otherwise need thousands of TLB entries. */
static siam_code onednn_alloc(siam_backend *b, size_t bytes, void **out, siam_err *e)
{
    const size_t align = bytes >= HUGE_PAGE ? HUGE_PAGE : 64;
    (void)b;
    *out = NULL;
    if (posix_memalign(out, align, bytes ? bytes : 1)) {
        *out = NULL;
        siam_fail(e, SIAM_E_NOMEM, "out of memory: the system gives no block of %zu bytes", bytes);
        siam_hint(e, "a smaller --size, --width or --arch");
        return SIAM_E_NOMEM;
    }
    if (bytes >= HUGE_PAGE)
        madvise(*out, bytes, MADV_HUGEPAGE); /* a wish; small pages work too */
    return SIAM_OK;
}

static void onednn_free(siam_backend *b, void *p)
{
    (void)b;
    free(p);
}

static siam_layout layout(const siam_backend *backend, const siam_desc *d)
{
    const siam_onednn *b = (const siam_onednn *)(const void *)backend;
    if (d->ndim != 4)
        return SIAM_NCHW;
    if (b->isa >= SIAM_ISA_AVX512 && d->dim[1] % 16 == 0)
        return SIAM_NCHW16C;
    return b->isa >= SIAM_ISA_AVX2 && d->dim[1] % 8 == 0 ? SIAM_NCHW8C : SIAM_NCHW;
}

static int bf16(const siam_backend *backend, char *why, size_t n)
{
    const siam_onednn *b = (const siam_onednn *)(const void *)backend;
    snprintf(why, n, "%s", b->bf16 ? "" : "this processor has no instructions for bfloat16 products (AVX512_BF16 or AMX)");
    return b->bf16 ? 2 : 1;
}

static siam_code matmul(siam_backend *b, bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float *A,
                        const float *B, float beta, float *C, siam_err *e)
{
    siam_onednn_enter(b);
    return siam_dnnl_check(
        dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1.0f, A, ta ? m : k, B, tb ? k : n, beta, C, n),
        e, "a matrix product");
}

static siam_code accumulate(siam_backend *backend, siam_dtype type, void *dst, const void *src, size_t n,
                            siam_err *e)
{
    const siam_sweep s = siam_sweep_with(siam_onednn_enter(backend)->isa, 8, type);
    const int64_t count = (int64_t)n;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i += SIAM_SWEEP)
        s.k->add(count - i < SIAM_SWEEP ? count - i : SIAM_SWEEP, siam_at(&s, dst, i), siam_at(&s, src, i),
                 siam_to(&s, dst, i));
    return SIAM_OK;
}

static siam_code sgd(siam_backend *backend, float *value, const float *grad, float *momentum, size_t n,
                     float scale, float lr, float mu, float wd, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(backend)->isa, 16);
    const int64_t count = (int64_t)n;
    (void)e;
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < count; i += SIAM_SWEEP)
        k->sgd(count - i < SIAM_SWEEP ? count - i : SIAM_SWEEP, value + i, grad + i, momentum + i, scale,
               lr, mu, wd);
    return SIAM_OK;
}

/* Parts of a sum: fixed by the length alone, and added up in order. */
enum { PARTS = 64 };
static double sum_of(const double part[PARTS])
{
    double sum = 0;
    for (int i = 0; i < PARTS; i++)
        sum += part[i];
    return sum;
}

static siam_code norm(siam_backend *backend, const float *x, size_t n, double *out, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(backend)->isa, 16);
    const int64_t count = (int64_t)n, each = (count + PARTS - 1) / PARTS;
    double part[PARTS] = {0};
    (void)e;
#pragma omp parallel for schedule(static) if (count > SIAM_SWEEP)
    for (int i = 0; i < PARTS; i++) {
        double xx[3];
        const int64_t first = i * each, left = count - first;
        if (left <= 0)
            continue;
        k->dots(left < each ? left : each, x + first, x + first, xx);
        part[i] = xx[0];
    }
    *out = sqrt(sum_of(part));
    return SIAM_OK;
}

static siam_code softmax_xent(siam_backend *backend, const float *logits, const int32_t *label, int64_t n,
                              int64_t c, float *dlogits, double *loss, siam_err *e)
{
    const siam_kernels *k = siam_kernels_get(siam_onednn_enter(backend)->isa, 16);
    const int64_t each = (n + PARTS - 1) / PARTS;
    const float scale = (float)(1.0 / (double)n);
    double part[PARTS] = {0};
    (void)e;
#pragma omp parallel for schedule(static) if (n * c > SIAM_SWEEP)
    for (int p = 0; p < PARTS; p++)
        for (int64_t i = p * each; i < n && i < (p + 1) * each; i++) {
            const double own = (double)logits[i * c + label[i]];
            part[p] += k->softmax(c, logits + i * c, scale, dlogits + i * c) - own;
            dlogits[i * c + label[i]] -= scale;
        }
    *loss = sum_of(part) / (double)n;
    return SIAM_OK;
}

static void describe(const siam_backend *b, char *buf, size_t n)
{
    const dnnl_version_t *v = dnnl_version();
    char isa[32];
    siam_dnnl_isa(isa, sizeof isa);
    snprintf(buf, n, "oneDNN %d.%d.%d, %s, %d thread%s", v->major, v->minor, v->patch, isa, b->threads,
             b->threads == 1 ? "" : "s");
}

#define SIAM_ROW(x) extern const siam_op_impl siam_op_onednn_##x;
#include "backend/onednn/ops.def"
#undef SIAM_ROW

static const siam_op_impl *const impls[] = {
#define SIAM_ROW(x) &siam_op_onednn_##x,
#include "backend/onednn/ops.def"
#undef SIAM_ROW
    NULL};

const siam_backend_type siam_backend_onednn = {
    .name = "onednn",
    .help = "CPU, with oneDNN's convolutions and the vector units of this machine",
    .probe = probe,
    .open = onednn_open,
    .close = onednn_close,
    .alloc = onednn_alloc,
    .free = onednn_free,
    .bf16 = bf16,
    .layout = layout,
    .matmul = matmul,
    .accumulate = accumulate,
    .sgd = sgd,
    .norm = norm,
    .softmax_xent = softmax_xent,
    .bandwidth = siam_host_bandwidth,
    .describe = describe,
    .impls = impls,
};
