/* Every implementation of every usable backend against ref, on every case, in the backend's own layouts:
 * forward, what backward makes of what forward saved, parameter gradients, running statistics, two summed
 * gradients, din over dout. Then the backend's matmul, accumulate and sgd, and the self-test of `doctor`. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "backend/tune.h"
#include "base/json.h"
#include "base/rng.h"
#include "cases.h"

extern const siam_backend_type siam_backend_ref;

static siam_backend *ref;
static siam_err err;

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static const siam_op_impl *find_impl(const siam_backend_type *t, siam_op_kind kind)
{
    for (int i = 0; t->impls[i]; i++)
        if (t->impls[i]->kind == kind)
            return t->impls[i];
    return NULL;
}

/* What check_variant saw, to tell afterwards whether it tested anything. */
typedef struct seen {
    int keys, winograd, direct, wino4, wino4_strided;
} seen;

/* One case on one implementation, in every way its flags allow. `layouts` is d with final layouts; t (may
 * be NULL) picks the variants, which are counted in *s (may be NULL). */
static void check_impl(siam_backend *b, siam_tuner *t, const siam_op_impl *impl, const siam_case *c,
                       const siam_op_desc *layouts, uint64_t seed, seen *s)
{
    const siam_op_desc plain = siam_case_desc(c);
    siam_case_data at, want;
    must(siam_case_create(&at, &plain, seed, &err));
    siam_case_round(&at, layouts);
    must(siam_case_copy(&want, &at, &err));
    must(siam_case_run(ref, NULL, find_impl(&siam_backend_ref, c->kind), &plain, SIAM_CASE_KEEP, &want, NULL, &err));
    for (unsigned mode = 0; mode < (plain.training ? 4 : 1); mode++) {
        if (((mode & SIAM_CASE_SUM) && !(impl->flags & SIAM_IMPL_SUMS_DOUT)) ||
            ((mode & SIAM_CASE_OVER) && !(impl->flags & SIAM_IMPL_DIN_OVER_DOUT)))
            continue;
        char text[128];
        siam_case_data got;
        must(siam_case_copy(&got, &at, &err));
        if (siam_case_run(b, t, impl, layouts, mode, &got, &want, &err))
            fail_msg("%s on %s, mode %u: %s", impl->name, case_text(c, text), mode, err.msg);
        const siam_case_diff diff = siam_case_compare(layouts, &want, &got);
        if (!diff.pass)
            fail_msg("%s (%s, %s) on %s, mode %u: %s differs from ref: worst %.3g, L2 %.3g", impl->name,
                     siam_layout_name(layouts->out.layout), got.variant, case_text(c, text), mode,
                     siam_slot_name(diff.slot), diff.max_rel, diff.l2_rel);
        if (s) {
            s->winograd += strstr(got.variant, "winograd") != NULL;
            s->direct += strstr(got.variant, "direct") != NULL;
            s->wino4 += strstr(got.variant, "wino4") != NULL;
            s->wino4_strided += strstr(got.variant, "wino4") && c->stride == 2;
        }
        siam_case_release(&got);
    }
    siam_case_release(&at);
    siam_case_release(&want);
}

/* Every row of the table that takes the case is tried, not only the first, and every row takes some. */
static void check_backend(siam_backend *b)
{
    enum { MOST = 64 };
    int used[MOST] = {0};
    for (int i = 0; i < CASES; i++) {
        siam_op_desc d = siam_case_desc(&cases[i]);
        char text[128];
        int taken = 0;
        siam_case_layouts(&cases[i], b, &d);
        for (int k = 0; b->type->impls[k]; k++) {
            const siam_op_impl *impl = b->type->impls[k];
            assert_true(k < MOST);
            if (impl->kind != d.kind || !impl->supports(&d))
                continue;
            check_impl(b, NULL, impl, &cases[i], &d, (uint64_t)i + 1, NULL);
            used[k]++;
            taken++;
        }
        if (!taken) { /* then a plan would take ref, with this backend's layouts */
            const siam_op_impl *impl = siam_op_select(b, &d);
            if (!impl)
                fail_msg("nobody supports %s in the layouts of %s", case_text(&cases[i], text),
                         b->type->name);
            check_impl(b, NULL, impl, &cases[i], &d, (uint64_t)i + 1, NULL);
        }
    }
    for (int k = 0; b->type->impls[k]; k++)
        if (!used[k])
            print_message("note: no case reaches %s on this machine\n", b->type->impls[k]->name);
}

/* The cases with maps again, in bfloat16, where the backend has that; its operations must not be left to others. */
static int check_bf16(siam_backend *b)
{
    int done = 0;
    for (int i = 0; i < CASES; i++) {
        siam_case c = cases[i];
        c.flags |= SIAM_CASE_BF16;
        siam_op_desc d = siam_case_desc(&c);
        char text[128];
        siam_case_layouts(&c, b, &d);
        const siam_op_impl *impl = siam_op_select(b, &d);
        const bool blocked = d.out.layout != SIAM_NCHW || d.out.ndim == 2;
        if (c.h && !impl && blocked && (d.in[0].layout != SIAM_NCHW || c.flags & INPUT) && !(c.flags & BIAS))
            fail_msg("nobody supports %s with bfloat16 maps", case_text(&c, text));
        if (!c.h || !impl)
            continue;
        check_impl(b, NULL, impl, &c, &d, (uint64_t)i + 1, NULL);
        done++;
    }
    return done;
}

static void test_bf16(void **state)
{
    (void)state;
    for (int i = 0; siam_backends[i]; i++) {
        char why[256] = "";
        siam_backend *b;
        if (!siam_backends[i]->probe(why, sizeof why))
            continue;
        must(siam_backends[i]->open(&b, 2, &err));
        const bool has = siam_backends[i]->bf16 && siam_backends[i]->bf16(b, why, sizeof why);
        const int done = check_bf16(b);
        assert_true(has ? done > 50 : done == 0);
        siam_backends[i]->close(&b);
    }
    assert_int_equal(siam_bf16_round(1.00390625f), 0x3f80);       /* half way: to the even one */
    assert_int_equal(siam_bf16_round(1.01171875f), 0x3f82);
    assert_int_equal(siam_bf16_round(-INFINITY), 0xff80);
    assert_true(isnan(siam_bf16_float(siam_bf16_round(NAN))));
    assert_true(siam_bf16_float(0xc040) == -3.0f);
}

static void test_backends(void **state)
{
    (void)state;
    int usable = 0;
    for (int i = 0; siam_backends[i]; i++) {
        char why[256] = "";
        siam_backend *b;
        if (!siam_backends[i]->probe(why, sizeof why)) {
            print_message("note: backend %s is not usable here: %s\n", siam_backends[i]->name, why);
            continue;
        }
        for (int threads = 1; threads <= 2; threads++) {
            must(siam_backends[i]->open(&b, threads, &err));
            check_backend(b);
            siam_backends[i]->close(&b);
            assert_null(b);
        }
        usable++;
    }
    assert_true(usable >= 1);
}

/* The keys an implementation asks the tuner for on this case: what it remembers after timing. */
static json_t *tuner_keys(siam_backend *b, const siam_op_impl *impl, const siam_case *c,
                          const siam_op_desc *d)
{
    char *text;
    const siam_op_desc plain = siam_case_desc(c);
    siam_tuner *t;
    siam_case_data x;
    json_t *file;
    must(siam_tuner_create(&t, "test", true, &err));
    must(siam_case_create(&x, &plain, 1, &err));
    must(siam_case_run(b, t, impl, d, 0, &x, NULL, &err));
    must(siam_tuner_used(t, &text, &err));
    file = json_loads(text, 0, NULL);
    free(text);
    json_t *keys = json_incref(json_object_get(file, "choices"));
    assert_true(json_is_object(keys));
    json_decref(file);
    siam_case_release(&x);
    siam_tuner_destroy(&t);
    return keys;
}

/* A tuner that remembers `variant` for every question. */
static siam_tuner *insist(json_t *keys, const char *variant)
{
    siam_tuner *t;
    const char *key;
    json_t *choice;
    must(siam_tuner_create(&t, "test", false, &err));
    json_object_foreach(keys, key, choice)
        must(siam_tuner_put(t, key, variant, 0, &err));
    return t;
}

/* An implementation may have several variants and remember the fastest: each must be right, on every shape,
 * not only the one that wins here. A variant that a shape does not have falls back to another. */
static void check_variants(siam_backend *b, int c, const siam_op_desc *d, seen *s)
{
    static const char *const variant[] = {"direct", "winograd", "bf16", "wino4"};
    const siam_op_impl *impl = siam_op_select(b, d);
    assert_non_null(impl);
    json_t *keys = tuner_keys(b, impl, &cases[c], d);
    for (int v = 0; v < 4 && json_object_size(keys); v++) {
        siam_tuner *t = insist(keys, variant[v]);
        check_impl(b, t, impl, &cases[c], d, (uint64_t)c + 1, s);
        siam_tuner_destroy(&t);
    }
    s->keys += (int)json_object_size(keys);
    json_decref(keys);
}

static void test_variants(void **state)
{
    (void)state;
    for (int i = 0; siam_backends[i]; i++) {
        char why[256];
        siam_backend *b;
        seen s = {0};
        if (!siam_backends[i]->probe(why, sizeof why))
            continue;
        must(siam_backends[i]->open(&b, 2, &err));
        for (int c = 0; c < CASES; c++) {
            siam_op_desc d = siam_case_desc(&cases[c]);
            siam_case_layouts(&cases[c], b, &d);
            check_variants(b, c, &d, &s);
            if (d.kind != SIAM_OP_CONV2D || d.in[0].layout != SIAM_NCHW8C || d.out.layout != SIAM_NCHW8C ||
                d.in[0].dim[1] % 16 || d.out.dim[1] % 16)
                continue;
            d.in[0].layout = d.out.layout = SIAM_NCHW16C; /* the kernels of wider machines, compiled for this one */
            if (d.in[1].ndim)
                d.in[1].layout = SIAM_NCHW16C;
            check_variants(b, c, &d, &s);
        }
        if (s.keys)
            assert_true(s.direct > 0 && s.winograd + s.wino4 > 0 && (s.wino4_strided > 0) == (s.wino4 > 0));
        siam_backends[i]->close(&b);
    }
}

/* NaN in one element of an input is where ref has it, and nowhere else, but for convolutions: Winograd's spread it over
 * their tiles, and oneDNN's ReLU makes it infinite. */
static void check_nan_in(siam_backend *b, siam_tuner *t, const siam_op_impl *impl, const siam_case *c,
                         const siam_op_desc *layouts, int slot)
{
    const siam_op_desc plain = siam_case_desc(c);
    siam_case_data want, got;
    char text[128];
    int64_t lost = 0, made = 0, there = 0;
    must(siam_case_create(&want, &plain, 3, &err));
    siam_case_round(&want, layouts);
    want.t[slot][want.n[slot] * 5 / 9] = NAN;
    must(siam_case_copy(&got, &want, &err));
    must(siam_case_run(ref, NULL, find_impl(&siam_backend_ref, c->kind), &plain, SIAM_CASE_KEEP, &want, NULL, &err));
    if (siam_case_run(b, t, impl, layouts, 0, &got, &want, &err))
        fail_msg("%s on %s: %s", impl->name, case_text(c, text), err.msg);
    for (int64_t i = 0; i < want.n[SIAM_SLOT_OUT]; i++) {
        const float w = want.t[SIAM_SLOT_OUT][i], g = got.t[SIAM_SLOT_OUT][i];
        there += isnan(w) != 0;
        lost += isnan(w) && (c->kind == SIAM_OP_CONV2D ? isfinite(g) : !isnan(g));
        made += isfinite(w) && !isfinite(g);
    }
    if (!there && !(c->kind == SIAM_OP_SHORTCUT_A || (c->kind == SIAM_OP_CONV2D && c->stride > c->kernel)))
        fail_msg("%s: ref loses NaN in %s", case_text(c, text), siam_slot_name(slot));
    if (lost || (made && c->kind != SIAM_OP_CONV2D))
        fail_msg("%s (%s, %s) on %s, NaN in %s: %lld of %lld are numbers, %lld others are none", impl->name,
                 siam_layout_name(layouts->out.layout), got.variant, case_text(c, text), siam_slot_name(slot),
                 (long long)lost, (long long)there, (long long)made);
    siam_case_release(&want);
    siam_case_release(&got);
}

/* In every input that a case has; returns how many. */
static int check_nan(siam_backend *b, siam_tuner *t, const siam_op_impl *impl, const siam_case *c, const siam_op_desc *d)
{
    check_nan_in(b, t, impl, c, d, SIAM_SLOT_IN0);
    if (d->in[1].ndim)
        check_nan_in(b, t, impl, c, d, c->kind == SIAM_OP_CONV2D ? SIAM_SLOT_OUT : SIAM_SLOT_IN1);
    return d->in[1].ndim ? 2 : 1;
}

/* Every case in the backend's layouts and in plain ones, in both types, and every variant of the convolutions. */
static int check_nan_case(siam_backend *b, siam_case c)
{
    static const char *const variant[] = {"direct", "winograd", "bf16", "wino4"};
    int done = 0;
    if (c.kind == SIAM_OP_CONV2D)
        c.flags |= INFER; /* the forward pass is what counts here */
    if ((int64_t)c.n * c.c * c.h * c.w * c.o * c.kernel * c.kernel > 20000000) /* large shapes have no other code */
        return 0;
    for (int mode = 0; mode < 3; mode++) { /* plain float32, float32, bfloat16 */
        c.flags = (c.flags & ~(unsigned)SIAM_CASE_BF16) | (mode == 2 ? SIAM_CASE_BF16 : 0);
        siam_op_desc d = siam_case_desc(&c);
        if (mode)
            siam_case_layouts(&c, b, &d);
        const siam_op_impl *impl = mode == 2 && !c.h ? NULL : siam_op_select(b, &d);
        if (!impl)
            continue;
        done += check_nan(b, NULL, impl, &c, &d);
        if (c.kind != SIAM_OP_CONV2D || mode != 1 || impl != find_impl(b->type, c.kind))
            continue;
        json_t *keys = tuner_keys(b, impl, &c, &d);
        for (int v = 0; v < 4 && json_object_size(keys); v++) {
            siam_tuner *t = insist(keys, variant[v]);
            done += check_nan(b, t, impl, &c, &d);
            siam_tuner_destroy(&t);
        }
        json_decref(keys);
    }
    return done;
}

static void test_nan(void **state)
{
    (void)state;
    for (int i = 0; siam_backends[i]; i++) {
        char why[256];
        siam_backend *b;
        int done = 0;
        if (!siam_backends[i]->probe(why, sizeof why))
            continue;
        must(siam_backends[i]->open(&b, 2, &err));
        for (int c = 0; c < CASES; c++)
            done += check_nan_case(b, cases[c]);
        assert_true(done > CASES);
        siam_backends[i]->close(&b);
    }
}

/* The own Winograd convolution gives the same bits with any number of threads: oneDNN makes no such promise. */
static void same_with_threads(const siam_case *c)
{
    static const int slot[] = {SIAM_SLOT_OUT, SIAM_SLOT_DIN0, SIAM_SLOT_DPARAM0};
    const siam_op_desc plain = siam_case_desc(c);
    siam_case_data got[4];
    for (int threads = 1; threads <= 4; threads++) {
        siam_op_desc d = plain;
        siam_backend *b;
        siam_case_data *x = &got[threads - 1];
        must(siam_backend_open(&b, "auto", threads, &err));
        siam_case_layouts(c, b, &d);
        const siam_op_impl *impl = siam_op_select(b, &d);
        json_t *keys = tuner_keys(b, impl, c, &d);
        siam_tuner *t = insist(keys, "wino4");
        must(siam_case_create(x, &plain, 7, &err));
        must(siam_case_run(b, t, impl, &d, 0, x, NULL, &err));
        const bool own = strstr(x->variant, "wino4") != NULL;
        for (int i = 0; i < 3 && own; i++)
            assert_memory_equal(x->t[slot[i]], got[0].t[slot[i]], sizeof(float) * (size_t)x->n[slot[i]]);
        siam_tuner_destroy(&t);
        json_decref(keys);
        siam_backend_close(&b);
    }
    for (int i = 0; i < 4; i++)
        siam_case_release(&got[i]);
}

static void test_threads(void **state)
{
    (void)state;
    same_with_threads(
        &(siam_case){SIAM_OP_CONV2D, .n = 9, .c = 48, .h = 22, .w = 17, .o = 40, .kernel = 3, .stride = 1, .pad = 1});
    same_with_threads(
        &(siam_case){SIAM_OP_CONV2D, .n = 9, .c = 48, .h = 43, .w = 32, .o = 40, .kernel = 3, .stride = 2, .pad = 1});
}

/* ref addresses every layout: the fallback of a backend whose neighbours are blocked. */
static void test_ref_layouts(void **state)
{
    (void)state;
    static const siam_layout layout[] = {SIAM_NHWC, SIAM_NCHW8C, SIAM_NCHW16C};
    static const int block[] = {1, 8, 16};
    int done = 0;
    for (int i = 0; i < CASES; i++)
        for (int l = 0; l < 3; l++) {
            siam_op_desc d = siam_case_desc(&cases[i]);
            siam_desc *all[3] = {&d.in[0], &d.in[1], &d.out};
            int changed = 0;
            for (int k = cases[i].flags & INPUT ? 1 : 0; k < 3; k++)
                if (all[k]->ndim == 4 && all[k]->dim[1] % block[l] == 0) {
                    all[k]->layout = layout[l];
                    changed++;
                }
            if (!changed)
                continue;
            const siam_op_impl *impl = siam_op_select(ref, &d);
            assert_non_null(impl);
            check_impl(ref, NULL, impl, &cases[i], &d, (uint64_t)i + 1, NULL);
            done++;
        }
    assert_true(done > 100);
}

static float *noise(size_t n, uint32_t stream)
{
    siam_rng r = siam_rng_key(5, 0, 0, stream, SIAM_RNG_TEST);
    float *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)siam_rng_uniform(&r, -1, 1);
    return x;
}

static void check_matmul(siam_backend *b, int64_t m, int64_t n, int64_t k, bool ta, bool tb, float beta)
{
    float *A = noise((size_t)(m * k), 1), *B = noise((size_t)(k * n), 2), *C = noise((size_t)(m * n), 3);
    float *old = noise((size_t)(m * n), 3);
    if (beta == 0)
        for (int64_t i = 0; i < m * n; i++)
            C[i] = NAN; /* undefined before: must not be read */
    must(b->type->matmul(b, ta, tb, m, n, k, A, B, beta, C, &err));
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double s = beta == 0 ? 0 : (double)beta * old[i * n + j];
            for (int64_t l = 0; l < k; l++)
                s += (double)(ta ? A[l * m + i] : A[i * k + l]) * (tb ? B[j * k + l] : B[l * n + j]);
            if (!(fabs(s - C[i * n + j]) <= 1e-6 * sqrt((double)k) + 1e-6))
                fail_msg("%s matmul ta %d tb %d m %d n %d k %d beta %g: [%d, %d] is %g, expected %g",
                         b->type->name, ta, tb, (int)m, (int)n, (int)k, (double)beta, (int)i, (int)j,
                         (double)C[i * n + j], s);
        }
    free(A);
    free(B);
    free(C);
    free(old);
}

static void check_vectors(siam_backend *b)
{
    static const size_t size[] = {0, 1, 15, 16, 1000, 70001};
    for (size_t s = 0; s < sizeof size / sizeof size[0]; s++) {
        const size_t n = size[s];
        float *value = noise(n, 1), *grad = noise(n, 2), *momentum = noise(n, 3);
        float *v0 = noise(n, 1), *m0 = noise(n, 3);
        must(b->type->sgd(b, value, grad, momentum, n, 2, 0.3f, 0.9f, 0.05f, &err));
        for (size_t i = 0; i < n; i++) {
            const double m = 0.9 * m0[i] + 2.0 * (double)grad[i] + 0.05 * v0[i];
            assert_true(fabs(momentum[i] - m) < 1e-6 && fabs(value[i] - (v0[i] - 0.3 * m)) < 1e-6);
        }
        double length, squares = 0;
        for (size_t i = 0; i < n; i++)
            squares += (double)grad[i] * (double)grad[i];
        must(b->type->norm(b, grad, n, &length, &err));
        assert_true(fabs(length - sqrt(squares)) <= 1e-12 * sqrt(squares));
        memcpy(value, v0, n * sizeof *value);
        must(b->type->accumulate(b, SIAM_F32, value, grad, n, &err));
        for (size_t i = 0; i < n; i++)
            assert_true(value[i] == v0[i] + grad[i]);
        free(value);
        free(grad);
        free(momentum);
        free(v0);
        free(m0);
    }
}

/* Against sums in double; logits up to 30, where exp(row) of a plain float sum would overflow on 100 of them. */
static void check_softmax(siam_backend *b, int64_t n, int64_t c, float most)
{
    float *x = noise((size_t)(n * c), 1), *d = noise((size_t)(n * c), 2);
    int32_t *label = malloc((size_t)n * sizeof *label);
    assert_non_null(label);
    double loss, want = 0;
    for (int64_t i = 0; i < n * c; i++)
        x[i] *= most;
    for (int64_t i = 0; i < n; i++)
        label[i] = (int32_t)(i * 7 % c);
    must(b->type->softmax_xent(b, x, label, n, c, d, &loss, &err));
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < c; j++)
            sum += exp((double)x[i * c + j]);
        want += (log(sum) - (double)x[i * c + label[i]]) / (double)n;
        for (int64_t j = 0; j < c; j++) {
            const double p = (exp((double)x[i * c + j]) / sum - (j == label[i])) / (double)n;
            if (!(fabs((double)d[i * c + j] - p) <= 4e-7 / (double)n))
                fail_msg("%s softmax of %d x %d: gradient [%d, %d] is %g, expected %g", b->type->name, (int)n, (int)c,
                         (int)i, (int)j, (double)d[i * c + j], p);
        }
    }
    if (!(fabs(loss - want) <= 1e-6 * (1 + want)))
        fail_msg("%s softmax of %d x %d: loss %g, expected %g", b->type->name, (int)n, (int)c, loss, want);
    must(b->type->softmax_xent(b, x, label, n, c, x, &want, &err)); /* in place */
    assert_true(want == loss && !memcmp(x, d, (size_t)(n * c) * sizeof *x));
    x[n * c - 1] = NAN;
    must(b->type->softmax_xent(b, x, label, n, c, d, &loss, &err));
    assert_true(isnan(loss) && isnan(d[n * c - 1]));
    free(x);
    free(d);
    free(label);
}

static void test_backend_calls(void **state)
{
    (void)state;
    for (int i = 0; siam_backends[i]; i++) {
        const siam_backend_type *t = siam_backends[i];
        char text[256] = "";
        siam_backend *b;
        if (!t->probe(text, sizeof text))
            continue;
        must(t->open(&b, 2, &err));
        assert_ptr_equal(b->type, t);
        assert_true(b->threads >= 1);
        t->describe(b, text, sizeof text);
        assert_true(strlen(text) > 3);
        for (int k = 0; k < 8; k++) {
            check_matmul(b, 7, 33, 19, k & 1, k & 2, k & 4 ? 1.0f : 0.0f);
            check_matmul(b, 1, 5, 1, k & 1, k & 2, k & 4 ? -0.5f : 0.0f);
            check_matmul(b, 40, 300, 130, k & 1, k & 2, k & 4 ? 1.0f : 0.0f);
        }
        check_vectors(b);
        static const int64_t shape[][2] = {{1, 2}, {3, 10}, {200, 16}, {7, 17}, {130, 100}, {5, 1000}};
        for (size_t k = 0; k < sizeof shape / sizeof *shape; k++) {
            check_softmax(b, shape[k][0], shape[k][1], 1);
            check_softmax(b, shape[k][0], shape[k][1], 30);
            check_softmax(b, shape[k][0], shape[k][1], 200);
        }
        void *p;
        must(t->alloc(b, 1000, &p, &err));
        assert_true((uintptr_t)p % 64 == 0);
        t->free(b, p);
        t->free(b, NULL);
#ifndef __SANITIZE_ADDRESS__ /* it takes a request of this size for a mistake and stops */
        siam_err huge = {0};
        assert_int_equal(t->alloc(b, SIZE_MAX, &p, &huge), SIAM_E_NOMEM); /* siam_desc_bytes on overflow */
        assert_true(huge.msg[0]);
#endif
        t->close(&b);
    }
}

static void count_row(void *user, const char *op, const char *impl, double max_rel_err, bool pass)
{
    int *rows = user;
    assert_true(op[0] && impl[0]);
    if (!pass)
        fail_msg("the self-test fails %s: %g", impl, max_rel_err);
    ++*rows;
}

static void test_selftest(void **state)
{
    (void)state;
    for (int i = 0; siam_backends[i]; i++) {
        char why[256] = "";
        siam_backend *b;
        int rows = 0;
        if (!siam_backends[i]->probe(why, sizeof why))
            continue;
        must(siam_backends[i]->open(&b, 1, &err));
        must(siam_backend_selftest(b, count_row, &rows, &err));
        assert_true(rows >= 1);
        if (b->type == &siam_backend_ref)
            assert_int_equal(rows, SIAM_OP_COUNT - 1); /* detach is never executed */
        siam_backends[i]->close(&b);
    }
}

/* The comparison is able to fail: each kind of damage is seen. */
static siam_code wrong_relu(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    siam_code rc = find_impl(&siam_backend_ref, SIAM_OP_RELU)->forward(b, p, io, e);
    ((float *)io->out)[3] += 1e-3f;
    return rc;
}

static siam_code beyond_relu(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    siam_code rc = find_impl(&siam_backend_ref, SIAM_OP_RELU)->forward(b, p, io, e);
    ((float *)io->out)[siam_desc_count(&p->desc.out)] = 0;
    return rc;
}

static siam_code nan_relu(siam_backend *b, const siam_op_plan *p, const siam_op_io *io, siam_err *e)
{
    siam_code rc = find_impl(&siam_backend_ref, SIAM_OP_RELU)->forward(b, p, io, e);
    ((float *)io->out)[0] = NAN;
    return rc;
}

static void remember_row(void *user, const char *op, const char *impl, double max_rel_err, bool pass)
{
    (void)op;
    (void)impl;
    *(double *)user = pass ? 0 : max_rel_err;
}

static void test_damage_is_seen(void **state)
{
    (void)state;
    siam_code (*const bad[])(siam_backend *, const siam_op_plan *, const siam_op_io *, siam_err *) = {
        wrong_relu, beyond_relu, nan_relu};
    for (int i = 0; i < 3; i++) {
        siam_op_impl impl = *find_impl(&siam_backend_ref, SIAM_OP_RELU);
        const siam_op_impl *const impls[] = {&impl, NULL};
        siam_backend_type type = siam_backend_ref;
        siam_backend b = {.type = &type, .threads = 1, .comm = &siam_comm_single};
        double failed = 0;
        impl.forward = bad[i];
        type.impls = impls;
        must(siam_backend_selftest(&b, remember_row, &failed, &err));
        assert_true(i == 0 ? failed > 1e-4 && failed < 1e-2 : isinf(failed));
    }
}

static int setup(void **state)
{
    (void)state;
    return siam_backend_ref.open(&ref, 1, &err) != SIAM_OK;
}

static int teardown(void **state)
{
    (void)state;
    siam_backend_ref.close(&ref);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backends),      cmocka_unit_test(test_bf16), cmocka_unit_test(test_variants),
        cmocka_unit_test(test_nan),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_ref_layouts),   cmocka_unit_test(test_backend_calls),
        cmocka_unit_test(test_selftest),      cmocka_unit_test(test_damage_is_seen),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
