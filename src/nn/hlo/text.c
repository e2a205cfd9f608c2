/* Writing StableHLO, a line an operation. */
#include "nn/hlo/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const struct elem {
    const char *name, *compare; /* compare: how StableHLO says that two are compared */
    size_t size;
} elems[SIAM_HLO_ELEMS] = {
    [SIAM_HLO_F32] = {"f32", "FLOAT", 4},    [SIAM_HLO_F64] = {"f64", "FLOAT", 8},     [SIAM_HLO_BF16] = {"bf16", "FLOAT", 2},
    [SIAM_HLO_U8] = {"ui8", "UNSIGNED", 1},  [SIAM_HLO_S32] = {"i32", "SIGNED", 4},    [SIAM_HLO_U32] = {"ui32", "UNSIGNED", 4},
    [SIAM_HLO_U64] = {"ui64", "UNSIGNED", 8}, [SIAM_HLO_BOOL] = {"i1", "UNSIGNED", 1},
};

size_t siam_hlo_elem_size(siam_hlo_elem t) { return elems[t].size; }

siam_code siam_hlo_begin(siam_hlo *w, bool exact, siam_err *e)
{
    *w = (siam_hlo){.exact = exact};
    w->out = open_memstream(&w->text, &w->size);
    return w->out ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for the program of the training step");
}

siam_code siam_hlo_finish(siam_hlo *w, siam_err *e)
{
    const bool bad = ferror(w->out);
    if (!fclose(w->out) && !bad)
        return SIAM_OK;
    free(w->text);
    *w = (siam_hlo){0};
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for the program of the training step");
}

/* ---- lines ---- */

static void put_list(FILE *f, int n, const int64_t *x)
{
    for (int i = 0; i < n; i++)
        fprintf(f, "%s%" PRId64, i ? ", " : "", x[i]);
}

static void put_type(FILE *f, const siam_hlo_val *v)
{
    fputs("tensor<", f);
    for (int i = 0; i < v->ndim; i++)
        fprintf(f, "%" PRId64 "x", v->dim[i]);
    fprintf(f, "%s>", elems[v->elem].name);
}

static void put_name(FILE *f, const siam_hlo_val *v)
{
    SIAM_ASSERT(v->id > 0);
    fprintf(f, "%%%d", v->id);
    if (v->part)
        fprintf(f, "#%d", v->part - 1);
}

static void put(FILE *f, const char *form, va_list *a)
{
    for (; *form; form++)
        switch (*form) {
        case '@': put_name(f, va_arg(*a, const siam_hlo_val *)); break;
        case '$': put_type(f, va_arg(*a, const siam_hlo_val *)); break;
        case '#': fprintf(f, "%d", va_arg(*a, int)); break;
        case '*': fputs(va_arg(*a, const char *), f); break;
        case '^': {
            const int n = va_arg(*a, int);
            put_list(f, n, va_arg(*a, const int64_t *));
            break;
        }
        default: fputc(*form, f);
        }
}

void siam_hlo_put(FILE *f, const char *form, ...)
{
    va_list a;
    va_start(a, form);
    put(f, form, &a);
    va_end(a);
}

/* A line of the body, indented. */
static void line(siam_hlo *w, const char *form, ...)
{
    va_list a;
    va_start(a, form);
    fputs("    ", w->out);
    put(w->out, form, &a);
    fputc('\n', w->out);
    va_end(a);
}

siam_hlo_val siam_hlo_type(siam_hlo_elem t, int ndim, const int64_t *dim)
{
    siam_hlo_val v = {.elem = t, .ndim = ndim};
    SIAM_ASSERT(ndim <= SIAM_HLO_DIMS);
    for (int i = 0; i < ndim; i++)
        v.dim[i] = dim[i];
    return v;
}

siam_hlo_val siam_hlo_arg(siam_hlo *w, siam_hlo_elem t, int ndim, const int64_t *dim)
{
    siam_hlo_val v = siam_hlo_type(t, ndim, dim);
    v.id = ++w->last;
    return v;
}

/* The next value, of another's type. */
static siam_hlo_val next(siam_hlo *w, siam_hlo_val like)
{
    like.id = ++w->last;
    like.part = 0;
    return like;
}

static siam_hlo_val next_of(siam_hlo *w, siam_hlo_val like, siam_hlo_elem t)
{
    like.elem = t;
    return next(w, like);
}

int64_t siam_hlo_count(const siam_hlo_val *v)
{
    int64_t n = 1;
    for (int i = 0; i < v->ndim; i++)
        n *= v->dim[i];
    return n;
}

static bool same_shape(const siam_hlo_val *a, const siam_hlo_val *b)
{
    return a->ndim == b->ndim && !memcmp(a->dim, b->dim, (size_t)a->ndim * sizeof *a->dim);
}

/* ---- one number for each element ---- */

siam_hlo_val siam_hlo_unary(siam_hlo *w, const char *op, siam_hlo_val x)
{
    const siam_hlo_val y = next(w, x);
    line(w, "@ = stablehlo.* @ : $", &y, op, &x, &y);
    return y;
}

siam_hlo_val siam_hlo_binary(siam_hlo *w, const char *op, siam_hlo_val a, siam_hlo_val b)
{
    SIAM_ASSERT(same_shape(&a, &b) && a.elem == b.elem);
    const siam_hlo_val y = next(w, a);
    line(w, "@ = stablehlo.* @, @ : $", &y, op, &a, &b, &y);
    return y;
}

siam_hlo_val siam_hlo_add(siam_hlo *w, siam_hlo_val a, siam_hlo_val b) { return siam_hlo_binary(w, "add", a, b); }
siam_hlo_val siam_hlo_sub(siam_hlo *w, siam_hlo_val a, siam_hlo_val b) { return siam_hlo_binary(w, "subtract", a, b); }
siam_hlo_val siam_hlo_mul(siam_hlo *w, siam_hlo_val a, siam_hlo_val b) { return siam_hlo_binary(w, "multiply", a, b); }

siam_hlo_val siam_hlo_scale(siam_hlo *w, siam_hlo_val x, double by) { return siam_hlo_mul(w, x, siam_hlo_full(w, by, x)); }

siam_hlo_val siam_hlo_max0(siam_hlo *w, siam_hlo_val x) { return siam_hlo_binary(w, "maximum", x, siam_hlo_full(w, 0, x)); }

siam_hlo_val siam_hlo_compare(siam_hlo *w, const char *how, siam_hlo_val a, siam_hlo_val b)
{
    SIAM_ASSERT(same_shape(&a, &b) && a.elem == b.elem);
    const siam_hlo_val y = next_of(w, a, SIAM_HLO_BOOL);
    line(w, "@ = stablehlo.compare *, @, @, * : ($, $) -> $", &y, how, &a, &b, elems[a.elem].compare, &a, &b, &y);
    return y;
}

siam_hlo_val siam_hlo_finite(siam_hlo *w, siam_hlo_val x)
{
    const siam_hlo_val y = next_of(w, x, SIAM_HLO_BOOL);
    line(w, "@ = stablehlo.is_finite @ : ($) -> $", &y, &x, &x, &y);
    return y;
}

siam_hlo_val siam_hlo_select(siam_hlo *w, siam_hlo_val which, siam_hlo_val a, siam_hlo_val b)
{
    SIAM_ASSERT(same_shape(&a, &b) && a.elem == b.elem && (!which.ndim || same_shape(&which, &a)));
    const siam_hlo_val y = next(w, a);
    line(w, "@ = stablehlo.select @, @, @ : $, $", &y, &which, &a, &b, &which, &y);
    return y;
}

siam_hlo_val siam_hlo_where_positive(siam_hlo *w, siam_hlo_val y, siam_hlo_val a)
{
    const siam_hlo_val up = siam_hlo_compare(w, "GT", y, siam_hlo_full(w, 0, y));
    return siam_hlo_select(w, up, a, siam_hlo_full(w, 0, a));
}

siam_hlo_val siam_hlo_convert(siam_hlo *w, siam_hlo_val x, siam_hlo_elem t)
{
    if (x.elem == t)
        return x;
    const siam_hlo_val y = next_of(w, x, t);
    line(w, "@ = stablehlo.convert @ : ($) -> $", &y, &x, &x, &y);
    return y;
}

siam_hlo_val siam_hlo_bits(siam_hlo *w, siam_hlo_val x, siam_hlo_elem t)
{
    SIAM_ASSERT(elems[x.elem].size == elems[t].size);
    const siam_hlo_val y = next_of(w, x, t);
    line(w, "@ = stablehlo.bitcast_convert @ : ($) -> $", &y, &x, &x, &y);
    return y;
}

/* ---- constants and shapes ---- */

siam_hlo_val siam_hlo_const(siam_hlo *w, double x, siam_hlo_elem t)
{
    const siam_hlo_val y = siam_hlo_arg(w, t, 0, NULL);
    const float narrow = (float)x;
    char text[24];
    uint32_t bits;
    uint64_t wide;
    memcpy(&bits, &narrow, sizeof bits);
    memcpy(&wide, &x, sizeof wide);
    switch (t) {
    case SIAM_HLO_F32: snprintf(text, sizeof text, "0x%08" PRIX32, bits); break;
    case SIAM_HLO_F64: snprintf(text, sizeof text, "0x%016" PRIX64, wide); break;
    case SIAM_HLO_BF16: snprintf(text, sizeof text, "0x%04X", siam_bf16_round(narrow)); break;
    default: snprintf(text, sizeof text, "%" PRId64, (int64_t)x);
    }
    line(w, "@ = stablehlo.constant dense<*> : $", &y, text, &y);
    return y;
}

siam_hlo_val siam_hlo_full(siam_hlo *w, double x, siam_hlo_val like)
{
    const siam_hlo_val one = siam_hlo_const(w, x, like.elem);
    return like.ndim ? siam_hlo_spread(w, one, like, 0) : one;
}

siam_hlo_val siam_hlo_iota(siam_hlo *w, int64_t n)
{
    const siam_hlo_val y = siam_hlo_arg(w, SIAM_HLO_S32, 1, &n);
    line(w, "@ = stablehlo.iota dim = 0 : $", &y, &y);
    return y;
}

/* The dimensions that are set in `dims`, or those that are not. */
static int list_dims(int ndim, unsigned dims, bool set, int64_t list[SIAM_HLO_DIMS])
{
    int n = 0;
    for (int i = 0; i < ndim; i++)
        if ((dims >> i & 1) == set)
            list[n++] = i;
    return n;
}

siam_hlo_val siam_hlo_spread(siam_hlo *w, siam_hlo_val x, siam_hlo_val like, unsigned dims)
{
    int64_t list[SIAM_HLO_DIMS];
    const int n = list_dims(like.ndim, dims, true, list);
    SIAM_ASSERT(n == x.ndim);
    for (int i = 0; i < n; i++)
        SIAM_ASSERT(x.dim[i] == like.dim[list[i]]);
    const siam_hlo_val y = next_of(w, like, x.elem);
    line(w, "@ = stablehlo.broadcast_in_dim @, dims = [^] : ($) -> $", &y, &x, n, list, &x, &y);
    return y;
}

static siam_hlo_val reduce(siam_hlo *w, const char *op, siam_hlo_val x, siam_hlo_val first, unsigned dims)
{
    int64_t gone[SIAM_HLO_DIMS], left[SIAM_HLO_DIMS], dim[SIAM_HLO_DIMS];
    const int n = list_dims(x.ndim, dims, true, gone), m = list_dims(x.ndim, dims, false, left);
    for (int i = 0; i < m; i++)
        dim[i] = x.dim[left[i]];
    const siam_hlo_val y = siam_hlo_arg(w, x.elem, m, dim);
    line(w, "@ = stablehlo.reduce(@ init: @) applies stablehlo.* across dimensions = [^] : ($, $) -> $", &y, &x, &first, op, n,
         gone, &x, &first, &y);
    return y;
}

siam_hlo_val siam_hlo_sum(siam_hlo *w, siam_hlo_val x, unsigned dims)
{
    return reduce(w, "add", x, siam_hlo_const(w, 0, x.elem), dims);
}

siam_hlo_val siam_hlo_mean(siam_hlo *w, siam_hlo_val x, unsigned dims)
{
    const siam_hlo_val s = siam_hlo_sum(w, x, dims);
    return siam_hlo_scale(w, s, (double)siam_hlo_count(&s) / (double)siam_hlo_count(&x));
}

int siam_hlo_replicas(const siam_hlo *w) { return w->replicas > 1 ? w->replicas : 1; }

siam_hlo_val siam_hlo_all_sum(siam_hlo *w, siam_hlo_val x)
{
    const int n = siam_hlo_replicas(w);
    if (n == 1)
        return x;
    SIAM_ASSERT(x.elem == SIAM_HLO_F32);
    const siam_hlo_val y = next(w, x), a = siam_hlo_arg(w, x.elem, 0, NULL), b = siam_hlo_arg(w, x.elem, 0, NULL);
    const siam_hlo_val s = siam_hlo_arg(w, x.elem, 0, NULL);
    line(w, "@ = \"stablehlo.all_reduce\"(@) ({", &y, &x);
    fputs("    ^bb0(", w->out);
    siam_hlo_put(w->out, "@: $, @: $):\n", &a, &a, &b, &b);
    line(w, "  @ = stablehlo.add @, @ : $", &s, &a, &b, &s);
    line(w, "  stablehlo.return @ : $", &s, &s);
    fputs("    }) {replica_groups = dense<[[", w->out);
    for (int i = 0; i < n; i++)
        fprintf(w->out, "%s%d", i ? ", " : "", i);
    fprintf(w->out, "]]> : tensor<1x%dxi64>}", n);
    siam_hlo_put(w->out, " : ($) -> $\n", &x, &y);
    return y;
}

siam_hlo_val siam_hlo_all_mean(siam_hlo *w, siam_hlo_val x, unsigned dims)
{
    const siam_hlo_val s = siam_hlo_all_sum(w, siam_hlo_sum(w, x, dims));
    return siam_hlo_scale(w, s, (double)siam_hlo_count(&s) / ((double)siam_hlo_count(&x) * siam_hlo_replicas(w)));
}

siam_hlo_val siam_hlo_min(siam_hlo *w, siam_hlo_val x)
{
    return reduce(w, "minimum", x, siam_hlo_const(w, INT32_MAX, SIAM_HLO_S32), (1u << x.ndim) - 1);
}

siam_hlo_val siam_hlo_reshape(siam_hlo *w, siam_hlo_val x, int ndim, const int64_t *dim)
{
    const siam_hlo_val to = siam_hlo_type(x.elem, ndim, dim);
    SIAM_ASSERT(siam_hlo_count(&x) == siam_hlo_count(&to));
    if (same_shape(&x, &to))
        return x;
    const siam_hlo_val y = next(w, to);
    line(w, "@ = stablehlo.reshape @ : ($) -> $", &y, &x, &x, &y);
    return y;
}

siam_hlo_val siam_hlo_transpose(siam_hlo *w, siam_hlo_val x, const int64_t *from)
{
    siam_hlo_val y = next(w, x);
    for (int i = 0; i < x.ndim; i++)
        y.dim[i] = x.dim[from[i]];
    line(w, "@ = stablehlo.transpose @, dims = [^] : ($) -> $", &y, &x, x.ndim, from, &x, &y);
    return y;
}

siam_hlo_val siam_hlo_reverse(siam_hlo *w, siam_hlo_val x, unsigned dims)
{
    int64_t list[SIAM_HLO_DIMS];
    const int n = list_dims(x.ndim, dims, true, list);
    const siam_hlo_val y = next(w, x);
    line(w, "@ = stablehlo.reverse @, dims = [^] : $", &y, &x, n, list, &y);
    return y;
}

siam_hlo_val siam_hlo_slice(siam_hlo *w, siam_hlo_val x, const int64_t *first, const int64_t *step, const int64_t *count)
{
    siam_hlo_val y = next(w, x);
    fputs("    ", w->out);
    siam_hlo_put(w->out, "@ = stablehlo.slice @ [", &y, &x);
    for (int i = 0; i < x.ndim; i++) {
        const int64_t end = first[i] + (count[i] - 1) * step[i] + 1;
        SIAM_ASSERT(first[i] >= 0 && count[i] > 0 && end <= x.dim[i]);
        fprintf(w->out, "%s%" PRId64 ":%" PRId64 ":%" PRId64, i ? ", " : "", first[i], end, step[i]);
        y.dim[i] = count[i];
    }
    siam_hlo_put(w->out, "] : ($) -> $\n", &x, &y);
    return y;
}

siam_hlo_val siam_hlo_row(siam_hlo *w, siam_hlo_val x, int64_t i)
{
    const int64_t step[2] = {1, 1}, first[2] = {i, 0}, count[2] = {1, x.dim[1]};
    return siam_hlo_reshape(w, siam_hlo_slice(w, x, first, step, count), 1, &x.dim[1]);
}

siam_hlo_val siam_hlo_pad(siam_hlo *w, siam_hlo_val x, double with, const int64_t *before, const int64_t *behind,
                          const int64_t *between)
{
    const siam_hlo_val fill = siam_hlo_const(w, with, x.elem);
    siam_hlo_val y = next(w, x);
    for (int i = 0; i < x.ndim; i++)
        y.dim[i] = before[i] + x.dim[i] + (x.dim[i] - 1) * between[i] + behind[i];
    line(w, "@ = stablehlo.pad @, @, low = [^], high = [^], interior = [^] : ($, $) -> $", &y, &x, &fill, x.ndim, before,
         x.ndim, behind, x.ndim, between, &x, &fill, &y);
    return y;
}

siam_hlo_val siam_hlo_join(siam_hlo *w, const siam_hlo_val *x, int n, int dim)
{
    siam_hlo_val y = next(w, x[0]);
    for (int i = 1; i < n; i++)
        y.dim[dim] += x[i].dim[dim];
    fputs("    ", w->out);
    siam_hlo_put(w->out, "@ = stablehlo.concatenate ", &y);
    for (int i = 0; i < n; i++)
        siam_hlo_put(w->out, "@, ", &x[i]);
    fprintf(w->out, "dim = %d : (", dim);
    for (int i = 0; i < n; i++)
        siam_hlo_put(w->out, "*$", i ? ", " : "", &x[i]);
    siam_hlo_put(w->out, ") -> $\n", &y);
    return y;
}

siam_hlo_val siam_hlo_take(siam_hlo *w, siam_hlo_val x, siam_hlo_val at)
{
    const int rest = x.ndim - 1;
    int64_t behind[SIAM_HLO_DIMS], one_of[SIAM_HLO_DIMS];
    siam_hlo_val y = at;
    SIAM_ASSERT(at.elem == SIAM_HLO_S32 && at.ndim + rest <= SIAM_HLO_DIMS);
    one_of[0] = 1;
    for (int i = 0; i < rest; i++) {
        behind[i] = at.ndim + i;
        one_of[1 + i] = y.dim[at.ndim + i] = x.dim[1 + i];
    }
    y.ndim = at.ndim + rest;
    y = next_of(w, y, x.elem);
    line(w, "@ = \"stablehlo.gather\"(@, @) {dimension_numbers = *<offset_dims = [^], collapsed_slice_dims = [0], "
            "start_index_map = [0], index_vector_dim = #>, slice_sizes = array<i64: ^>, indices_are_sorted = false} : ($, $) -> $",
         &y, &x, &at, "#stablehlo.gather", rest, behind, at.ndim, x.ndim, one_of, &x, &at, &y);
    return y;
}

siam_hlo_val siam_hlo_list(siam_hlo *w, int n, const int64_t *x)
{
    const siam_hlo_val y = siam_hlo_arg(w, SIAM_HLO_S32, 1, &(int64_t){n});
    line(w, "@ = stablehlo.constant dense<[^]> : $", &y, n, x, &y);
    return y;
}

siam_hlo_val siam_hlo_rounded(siam_hlo *w, siam_hlo_val x) { return x.elem == SIAM_HLO_BF16 ? siam_hlo_once(w, x) : x; }

siam_hlo_val siam_hlo_once(siam_hlo *w, siam_hlo_val x)
{
    const siam_hlo_val y = next(w, x);
    line(w, "@ = stablehlo.optimization_barrier @ : $", &y, &x, &x);
    return y;
}

void siam_hlo_barrier(siam_hlo *w, siam_hlo_val *a, siam_hlo_val *b)
{
    siam_hlo_val y = next(w, *a), z = *b;
    line(w, "@:2 = stablehlo.optimization_barrier @, @ : $, $", &y, a, b, a, b);
    z.id = y.id;
    y.part = 1;
    z.part = 2;
    *a = y;
    *b = z;
}

/* ---- products ---- */

static bool in_full(const siam_hlo *w, siam_hlo_val a) { return w->exact && a.elem == SIAM_HLO_F32; }

siam_hlo_val siam_hlo_conv(siam_hlo *w, siam_hlo_val x, siam_hlo_val kernel, const char *dims, const siam_hlo_window *win,
                           siam_hlo_elem t, const int64_t out[4])
{
    const siam_hlo_val y = siam_hlo_arg(w, t, 4, out);
    const int64_t rows[2] = {win->before[0], win->behind[0]}, columns[2] = {win->before[1], win->behind[1]};
    const char *precision = in_full(w, x) ? ", precision_config = [#stablehlo<precision HIGHEST>, #stablehlo<precision HIGHEST>]"
                                          : "";
    line(w, "@ = stablehlo.convolution(@, @) dim_numbers = *, window = {stride = [^], pad = [[^], [^]], lhs_dilate = [^], "
            "rhs_dilate = [^]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64*} : ($, $) -> $",
         &y, &x, &kernel, dims, 2, win->stride, 2, rows, 2, columns, 2, win->apart, 2, win->taps_apart, precision, &x, &kernel, &y);
    return y;
}

siam_hlo_val siam_hlo_dot(siam_hlo *w, siam_hlo_val a, int ka, siam_hlo_val b, int kb)
{
    SIAM_ASSERT(a.ndim == 2 && b.ndim == 2 && a.dim[ka] == b.dim[kb]);
    const siam_hlo_val y = siam_hlo_arg(w, a.elem, 2, (const int64_t[]){a.dim[1 - ka], b.dim[1 - kb]});
    line(w, "@ = stablehlo.dot_general @, @, contracting_dims = [#] x [#]* : ($, $) -> $", &y, &a, &b, ka, kb,
         in_full(w, a) ? ", precision = [HIGHEST, HIGHEST]" : "", &a, &b, &y);
    return y;
}
