/* Time of the algorithms of single convolutions, measured alternately.
 *
 *   ninja -C build/release conv_layers && build/release/conv_layers [THREADS [ROUNDS [N,C,H,O,STRIDE[,KERNEL] ...]]]
 *   default: 2 5, kernel 3; padded by half the kernel; 3 channels are the network's input, which has no gradient
 *
 * A line per layer and direction: the median of each algorithm in ms, and direct's divided by the own Winograd's.
 * bench/compare_versions.sh compares two builds of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/onednn/conv_prim.h"
#include "base/system.h"

enum { MOST = 64 };

typedef struct layer {
    int n, c, h, o, stride, kernel;
} layer;

static const layer usual[] = {
    {256, 64, 32, 64, 1, 3},  {256, 128, 16, 128, 1, 3}, {256, 256, 8, 256, 1, 3}, {256, 512, 4, 512, 1, 3}, /* ResNet-18, */
    {256, 64, 32, 128, 2, 3}, {256, 128, 16, 256, 2, 3}, {256, 256, 8, 512, 2, 3},                           /* CIFAR */
    {256, 3, 32, 64, 1, 3},   {256, 64, 32, 128, 2, 1},  {256, 256, 8, 512, 2, 1},
    {32, 64, 56, 64, 1, 3},   {32, 128, 28, 128, 1, 3},  {32, 256, 14, 256, 1, 3}, {32, 512, 7, 512, 1, 3}, /* ResNet-50, */
    {32, 128, 56, 128, 2, 3}, {32, 256, 28, 256, 2, 3},  {32, 512, 14, 512, 2, 3},                          /* 224 px */
    {32, 3, 224, 64, 2, 7},   {32, 64, 56, 256, 1, 1},   {32, 256, 56, 64, 1, 1},  {32, 128, 28, 512, 1, 1},
    {32, 512, 28, 128, 1, 1}, {32, 1024, 14, 256, 1, 1}, {32, 2048, 7, 512, 1, 1}, {32, 256, 56, 512, 2, 1},
};

static const char *const dir_name[] = {"fwd", "bwd_d", "bwd_w"};

/* Along a side. */
static int outputs(const layer *l) { return (l->h + l->kernel / 2 * 2 - l->kernel) / l->stride + 1; }

static void must(siam_code rc, const siam_err *e)
{
    if (rc) {
        fprintf(stderr, "%s\n", e->msg);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, by_value);
    return x[n / 2];
}

static void report(const layer *l, const char *dir, double (*ms)[MOST], int rounds)
{
    double of[SIAM_CONV_ALGOS] = {0};
    printf("n%d c%d h%d o%d s%d k%d %s:", l->n, l->c, l->h, l->o, l->stride, l->kernel, dir);
    for (int a = 0; a < SIAM_CONV_ALGOS; a++)
        if (ms[a][0] > 0) {
            of[a] = median(ms[a], rounds);
            printf(" %s %.2f ms (%.0f GFLOP/s),", siam_conv_algo_name((siam_conv_algo)a), of[a],
                   2e-6 * l->kernel * l->kernel * l->n * l->c * l->o * outputs(l) * outputs(l) / of[a]);
        }
    printf(" direct / wino4 %.2f\n", of[SIAM_CONV_WINO4] > 0 ? of[SIAM_CONV_DIRECT] / of[SIAM_CONV_WINO4] : 0);
    fflush(stdout);
}

static void measure(siam_backend *backend, const layer *l, siam_conv_dir dir, int rounds)
{
    siam_onednn *b = siam_onednn_enter(backend);
    siam_op_desc d = {.kind = SIAM_OP_CONV2D, .training = true, 
                      .u.conv = {.kernel = l->kernel, .stride = l->stride, .pad = l->kernel / 2}};
    double ms[SIAM_CONV_ALGOS][MOST] = {{0}};
    siam_conv_prim prim[SIAM_CONV_ALGOS];
    bool there[SIAM_CONV_ALGOS];
    siam_err e = {0};
    d.in[0] = siam_desc_4d(l->n, l->c, l->h, l->h);
    d.out = siam_desc_4d(l->n, l->o, outputs(l), outputs(l));
    d.in[0].layout = l->c == 3 ? SIAM_NCHW : backend->type->layout(backend, &d.in[0]);
    d.out.layout = backend->type->layout(backend, &d.out);
    size_t bytes[5] = {siam_desc_bytes(&d.in[0]), siam_desc_bytes(&d.out), 
                       sizeof(float) * (size_t)(l->kernel * l->kernel * l->c * l->o),
                       sizeof(float) * (size_t)l->o, 0};
    for (int a = 0; a < SIAM_CONV_ALGOS; a++) {
        there[a] = !siam_conv_prim_create(&prim[a], b, &d, dir, (siam_conv_algo)a, NULL);
        if (there[a] && prim[a].scratch_bytes > bytes[4])
            bytes[4] = prim[a].scratch_bytes;
    }
    void *p[5];
    for (int i = 0; i < 5; i++) {
        must(backend->type->alloc(backend, bytes[i], &p[i], &e), &e);
        memset(p[i], 0x3c, bytes[i]); /* 0.0115f */
    }
    for (int r = -1; r < rounds; r++)
        for (int a = 0; a < SIAM_CONV_ALGOS; a++) {
            const siam_conv_args args = {p[0], p[1], p[2], p[3], p[4], NULL};
            const double start = siam_clock();
            if (there[a])
                must(siam_conv_prim_run(&prim[a], b, &args, &e), &e);
            if (there[a] && r >= 0)
                ms[a][r] = 1e3 * (siam_clock() - start);
        }
    report(l, dir_name[dir], ms, rounds);
    for (int i = 0; i < 5; i++)
        backend->type->free(backend, p[i]);
    for (int a = 0; a < SIAM_CONV_ALGOS; a++)
        if (there[a])
            siam_conv_prim_release(&prim[a]);
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : 2, given = argc > 2 ? atoi(argv[2]) : 5;
    const int rounds = given < 1 ? 1 : given > MOST ? MOST : given;
    const int count = argc > 3 ? argc - 3 : (int)(sizeof usual / sizeof *usual);
    siam_backend *b;
    siam_err e = {0};
    must(siam_backend_open(&b, "onednn", threads, &e), &e);
    for (int i = 0; i < count; i++) {
        layer l = usual[argc > 3 ? 0 : i];
        if (argc > 3 && sscanf(argv[i + 3], "%d,%d,%d,%d,%d,%d", &l.n, &l.c, &l.h, &l.o, &l.stride, &l.kernel) < 5)
            return fprintf(stderr, "%s: not N,C,H,O,STRIDE[,KERNEL]\n", argv[i + 3]), 1;
        for (int dir = 0; dir < 3; dir++)
            if (l.c != 3 || dir != SIAM_CONV_BWD_D)
                measure(b, &l, (siam_conv_dir)dir, rounds);
    }
    siam_backend_close(&b);
    return 0;
}
