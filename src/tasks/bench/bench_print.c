/* The results of `simsiam bench` as text and as JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "tasks/bench/bench_private.h"

enum { KINDS_MAX = 3 * SIAM_OP_COUNT + 3 };

/* What times are summed under, in the order of printing. */
static int kinds_of(const char *kind[KINDS_MAX])
{
    static const char *const rest[] = {"made again", "optimizer", "other"};
    int n = 0;
    for (int op = 0; op < SIAM_OP_COUNT; op++)
        for (int pass = 0; pass < 3; pass++) {
            const char *group = siam_op_info_of((siam_op_kind)op)->group[pass];
            int k = 0;
            while (group && k < n && strcmp(kind[k], group))
                k++;
            if (group && k == n)
                kind[n++] = group;
        }
    for (size_t k = 0; k < sizeof rest / sizeof *rest; k++)
        kind[n++] = rest[k];
    return n;
}

/* All operations of a kind. */
typedef struct total {
    int n;
    bool product;
    double ms, best_ms, flops, bytes;
} total;

static total total_of(const siam_bench_result *r, const char *kind)
{
    total t = {0};
    for (int i = 0; i < r->nops; i++) {
        const siam_bench_op *o = &r->op[i];
        if (strcmp(o->kind, kind))
            continue;
        t.n++;
        t.product = o->product;
        t.ms += o->ms;
        t.best_ms += o->best_ms;
        t.flops += o->work.flops;
        t.bytes += o->work.bytes;
    }
    return t;
}

static double images_per_s(const siam_bench_result *r) { return 1e3 * r->batch / r->ms; }

/* Achieved, in 1e9 floating-point operations or bytes a second. */
static double rate(double amount, double ms) { return ms > 0 ? 1e-6 * amount / ms : 0; }

void siam_bench_header(const bench *b)
{
    char machine[600];
    siam_machine_name(b->backend, machine, sizeof machine);
    if (b->rows)
        return;
    if (b->place.engine)
        fprintf(b->out, "device %s (%s), through %s\n", b->place.device, b->place.kind->state, b->place.plugin);
    if (b->place.devices > 1)
        fprintf(b->out, "%d of its devices share each batch\n", b->place.devices);
    if (b->place.engine && (b->r->profile || b->r->floor))
        fprintf(b->out, "a step there is one program: its operations and the limit are not measured\n");
    fprintf(b->out, "%s%s\n%-10s %5s %6s  %-5s %12s %12s %9s\n", machine,
            b->map_type == SIAM_BF16 ? ", bfloat16 maps" : "", "arch", "size", "batch", "what", "images/s", "ms", "peak MiB");
}

static void print_kinds(const bench *b, const siam_bench_result *r)
{
    fprintf(b->out, "\n%-24s %10s %7s %18s%s\n", "operations", "ms", "share", "achieved",
            r->floor_ms > 0 ? "    at best ms" : "");
    const char *kinds[KINDS_MAX];
    const int n = kinds_of(kinds);
    for (int k = 0; k < n; k++) {
        const total t = total_of(r, kinds[k]);
        if (!t.n)
            continue;
        fprintf(b->out, "%-24s %10.2f %6.1f%%", kinds[k], t.ms, 100 * t.ms / r->profile_ms);
        if (t.bytes > 0)
            fprintf(b->out, " %10.1f %-7s", rate(t.product ? t.flops : t.bytes, t.ms), t.product ? "GFLOP/s" : "GB/s");
        if (t.bytes > 0 && r->floor_ms > 0)
            fprintf(b->out, " %13.2f", t.best_ms);
        fputc('\n', b->out);
    }
    if (r->floor_ms > 0)
        fprintf(b->out,
                "memory: read %.1f, write %.1f, triad %.1f GB/s\n"
                "efficiency: %.2f (convolutions and matrix products alone %.2f ms)\n"
                "floor: %.2f ms; the %s runs at %.0f %% of the limit\n",
                1e-9 * b->bandwidth.read, 1e-9 * b->bandwidth.write, 1e-9 * b->bandwidth.triad, r->product_ms / r->ms,
                r->product_ms, r->floor_ms, strcmp(r->what, "infer") ? "step" : "inference",
                100 * r->floor_ms / r->ms);
    if (r->floor_ms > 1.02 * r->ms)
        fprintf(b->out, "the machine was slower while its limit was measured: measure again when it is idle\n");
}

static int slower(const void *a, const void *b)
{
    const siam_bench_op *x = a, *y = b;
    return (x->ms < y->ms) - (x->ms > y->ms);
}

/* A line per operation and pass, the slowest first. */
static void print_layers(const bench *b, const siam_bench_result *r)
{
    fprintf(b->out, "\n%9s %7s %9s %18s  %-9s %-32s %s\n", "ms", "share", "best ms", "achieved", "pass", "layer",
            "implementation");
    qsort(r->op, (size_t)r->nops, sizeof *r->op, slower);
    for (int i = 0; i < r->nops; i++) {
        const siam_bench_op *o = &r->op[i];
        fprintf(b->out, "%9.3f %6.2f%% %9.3f", o->ms, 100 * o->ms / r->profile_ms, o->best_ms);
        if (o->work.bytes > 0)
            fprintf(b->out, " %10.1f %-7s", rate(o->product ? o->work.flops : o->work.bytes, o->ms),
                    o->product ? "GFLOP/s" : "GB/s");
        else
            fprintf(b->out, " %18s", "");
        fprintf(b->out, "  %-9s %-32s %s%s%s\n", o->pass, o->layer, o->impl, o->variant[0] ? ": " : "", o->variant);
    }
    fprintf(b->out, "%9.3f          %9.3f  total\n", r->profile_ms, r->floor_ms);
}

static double hidden(const siam_comm_cost *c) { return c->summed > 0 ? fmax(0, 1 - c->unhidden / c->summed) : 0; }

static void print_ranks(const bench *b, const siam_bench_result *r)
{
    fprintf(b->out, "%d ranks: each sends %.2f MB in %.0f messages for a step; gradients are summed for %.2f ms, %.0f %% of it hidden; "
            "%.2f ms of waiting, %.1f %% of the step\n", r->ranks, 1e-6 * r->cost.bytes, r->cost.messages, 1e3 * r->cost.summed,
            100 * hidden(&r->cost), 1e3 * r->cost.waited, 1e5 * r->cost.waited / r->ms);
}

static void print_text(const bench *b, const siam_bench_result *r)
{
    fprintf(b->out, "%-10s %5d %6d  %-5s %12.1f %12.2f %9zu\n", r->arch ? r->arch : "-", r->size, r->batch, r->what,
            images_per_s(r), r->ms, r->peak_bytes >> 20);
    if (r->ranks)
        print_ranks(b, r);
    if (r->told)
        fprintf(b->out, "on %s device: %zu MiB, %zu of them temporaries, as its compiler says\n", b->place.devices > 1 ? "each" : "the",
                (r->compiled.activations + r->compiled.rest) >> 20, r->compiled.activations >> 20);
    else if (r->elsewhere)
        fprintf(b->out, "on the device: the plug-in does not say what a step takes\n");
    if (r->nops) {
        print_kinds(b, r);
        if (b->r->profile)
            print_layers(b, r);
        fputc('\n', b->out);
    }
    fflush(b->out);
}

static json_t *kinds_json(const siam_bench_result *r)
{
    json_t *all = json_array();
    const char *kinds[KINDS_MAX];
    const int n = kinds_of(kinds);
    for (int k = 0; k < n; k++) {
        const total t = total_of(r, kinds[k]);
        if (!t.n)
            continue;
        json_t *row = json_pack("{s:s, s:f, s:f}", "kind", kinds[k], "ms", t.ms, "share", t.ms / r->profile_ms);
        if (t.bytes > 0)
            siam_json_put_real(&row, t.product ? "gflops" : "gb_per_s", rate(t.product ? t.flops : t.bytes, t.ms));
        if (t.bytes > 0 && r->floor_ms > 0)
            siam_json_put_real(&row, "best_ms", t.best_ms);
        siam_json_add(&all, row);
    }
    return all;
}

static json_t *layers_json(const siam_bench_result *r)
{
    json_t *all = json_array();
    for (int i = 0; i < r->nops; i++) {
        const siam_bench_op *o = &r->op[i];
        siam_json_add(&all, json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:f}", "layer", o->layer, "pass", o->pass, "impl",
                           o->impl, "variant", o->variant, "ms", o->ms, "share", o->ms / r->profile_ms, "flops",
                           o->work.flops, "bytes", o->work.bytes, "best_ms", o->best_ms));
    }
    return all;
}

static json_t *row_json(const bench *b, const siam_bench_result *r)
{
    json_t *row = json_pack("{s:s?, s:i, s:i, s:s, s:f, s:f, s:I}", "arch", r->arch, "size", r->size, "batch", r->batch,
                            "what", r->what, "images_per_s", images_per_s(r), "ms", r->ms, "peak_rss_bytes",
                            (json_int_t)r->peak_bytes);
    if (r->ranks)
        siam_json_put(&row, "ranks", json_pack("{s:i, s:f, s:f, s:f, s:f, s:f}", "ranks", r->ranks, "bytes", r->cost.bytes, "messages",
                      r->cost.messages, "sums_ms", 1e3 * r->cost.summed, "unhidden_ms", 1e3 * r->cost.unhidden, "waited_ms",
                      1e3 * r->cost.waited));
    if (r->elsewhere) {
        siam_json_put(&row, "device", json_string(b->place.device));
        siam_json_put(&row, "devices", json_integer(b->place.devices));
    }
    if (r->told)
        siam_json_put(&row, "device_bytes", json_pack("{s:I, s:I}", "temporaries", (json_int_t)r->compiled.activations, "rest",
                      (json_int_t)r->compiled.rest));
    if (!r->nops)
        return row;
    siam_json_put(&row, "precision", json_string(b->map_type == SIAM_BF16 ? "bf16" : "fp32"));
    siam_json_put(&row, "planned_bytes", json_integer((json_int_t)r->planned_bytes));
    siam_json_put_real(&row, "profile_ms", r->profile_ms);
    siam_json_put(&row, "kinds", kinds_json(r));
    if (b->r->profile)
        siam_json_put(&row, "layers", layers_json(r));
    if (r->floor_ms > 0) {
        json_t *limit = json_pack("{s:f, s:f, s:f, s:f, s:f, s:{s:f, s:f, s:f}}", "products_ms", r->product_ms,
                                  "efficiency", r->product_ms / r->ms, "memory_ms", r->floor_ms - r->product_ms,
                                  "floor_ms", r->floor_ms, "of_limit", r->floor_ms / r->ms, "memory_gb_per_s", "read",
                                  1e-9 * b->bandwidth.read, "write", 1e-9 * b->bandwidth.write, "triad",
                                  1e-9 * b->bandwidth.triad);
        if (json_object_update(row, limit)) {
            json_decref(row);
            row = NULL;
        }
        json_decref(limit);
    }
    return row;
}

void siam_bench_report(bench *b, const siam_bench_result *r)
{
    if (b->rows)
        siam_json_add(&b->rows, row_json(b, r));
    else
        print_text(b, r);
}
