/* Loading a checkpoint against plain reading of the same file, alternately: safetensors and PyTorch's zip, of tensors of
 * many sizes.
 *
 *   ninja -C build/release load_model && build/release/load_model [MEGABYTES [ROUNDS]]      default: 100 15
 *
 * Loading is opening, every tensor into memory of its own, and comparing the hashes; reading is one read() after the other
 * into memory of the file's size. Both take fresh memory. The file is in the page cache. A line per format: the medians in
 * ms and their ratio, the middle half of the ratios of single rounds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/system.h"
#include "checkpoint/checkpoint.h"

enum { TENSORS = 60, ROUNDS_MAX = 1000 };

static void fail(const siam_err *e)
{
    fprintf(stderr, "load_model: %s\n", e->msg);
    exit(1);
}

/* Tensors of 1 to 60 shares of the whole, as they are in a network: a few hold most of it. */
static void make(const siam_ckpt_format *format, const char *path, size_t bytes)
{
    static char name[TENSORS][32];
    siam_ckpt_entry entry[TENSORS];
    const void *data[TENSORS];
    siam_err e = {0};
    const size_t share = bytes / sizeof(float) / (TENSORS * (TENSORS + 1) / 2);
    float *x = malloc(TENSORS * share * sizeof *x);
    if (!x)
        exit(1);
    for (size_t i = 0; i < TENSORS * share; i++)
        x[i] = (float)(i * 2654435761u % 100003) / 100003;
    for (size_t i = 0; i < TENSORS; i++) {
        snprintf(name[i], sizeof name[i], "layer%zu.weight", i);
        entry[i] = (siam_ckpt_entry){name[i], siam_desc_1d((int64_t)((i * 37 % TENSORS + 1) * share))};
        data[i] = x;
    }
    if (format->write(path, entry, data, TENSORS, NULL, 0, &e))
        fail(&e);
    free(x);
}

static double read_plainly(const char *path)
{
    const double start = siam_clock();
    const int fd = open(path, O_RDONLY);
    const off_t n = lseek(fd, 0, SEEK_END);
    char *x = malloc((size_t)n);
    if (fd < 0 || !x)
        exit(1);
    for (off_t at = 0; at < n;) {
        const ssize_t got = pread(fd, x + at, (size_t)(n - at), at);
        if (got <= 0)
            exit(1);
        at += got;
    }
    close(fd);
    const double seconds = siam_clock() - start;
    free(x);
    return seconds;
}

static double load(const char *path)
{
    float *tensor[TENSORS];
    siam_ckpt *c;
    siam_err e = {0};
    const double start = siam_clock();
    if (siam_ckpt_open(&c, path, &e))
        fail(&e);
    for (int i = 0; i < TENSORS; i++) {
        const size_t n = (size_t)siam_desc_count(&c->format->entry(c, i)->desc);
        tensor[i] = malloc(n * sizeof(float));
        if (!tensor[i] || c->format->read_f32(c, i, tensor[i], n, &e))
            fail(&e);
    }
    if (c->format->verify(c, &e))
        fail(&e);
    siam_ckpt_close(&c);
    const double seconds = siam_clock() - start;
    for (int i = 0; i < TENSORS; i++)
        free(tensor[i]);
    return seconds;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(double *x, int n, double part)
{
    qsort(x, (size_t)n, sizeof *x, by_size);
    return x[(int)(part * (n - 1) + 0.5)];
}

static void compare(const siam_ckpt_format *format, const char *path, int rounds)
{
    static double plain[ROUNDS_MAX], loading[ROUNDS_MAX], ratio[ROUNDS_MAX];
    read_plainly(path);
    load(path);
    for (int i = 0; i < rounds; i++) {
        plain[i] = read_plainly(path);
        loading[i] = load(path);
        ratio[i] = loading[i] / plain[i];
    }
    printf("%-12s reading %6.1f ms  loading %6.1f ms  ratio %.2f (%.2f to %.2f)\n", format->name, 1e3 * at(plain, rounds, 0.5),
           1e3 * at(loading, rounds, 0.5), at(ratio, rounds, 0.5), at(ratio, rounds, 0.25), at(ratio, rounds, 0.75));
}

int main(int argc, char **argv)
{
    const siam_ckpt_format *const formats[] = {&siam_ckpt_safetensors, &siam_ckpt_torch};
    const int megabytes = argc > 1 ? atoi(argv[1]) : 100, rounds = argc > 2 ? atoi(argv[2]) : 15;
    char path[] = "/tmp/load_model_XXXXXX";
    const int fd = mkstemp(path);
    if (megabytes < 1 || megabytes > 100000 || rounds < 1 || rounds > ROUNDS_MAX || fd < 0)
        return 2;
    close(fd);
    for (int i = 0; i < 2; i++) {
        make(formats[i], path, (size_t)megabytes * 1000000);
        compare(formats[i], path, rounds);
    }
    unlink(path);
    return 0;
}
