/* Any bytes as a checkpoint: refused in words, or opened, read through and verified without a fault. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checkpoint/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    siam_ckpt *c = NULL;
    siam_err e = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    if (!siam_ckpt_open(&c, path, &e)) {
        for (int i = 0; i < c->format->count(c); i++) {
            const siam_desc *d = &c->format->entry(c, i)->desc;
            const size_t count =
                d->ndim ? (size_t)siam_desc_count(d) : 1; /* at most one per byte of the file */
            float *dst = malloc(count * sizeof *dst + 1);
            if (dst)
                c->format->read_f32(c, i, dst, count, NULL);
            free(dst);
        }
        c->format->verify(c, NULL);
    } else if (!e.msg[0]) {
        abort(); /* a failure without a sentence */
    }
    siam_ckpt_close(&c);
    close(fd);
    return 0;
}
