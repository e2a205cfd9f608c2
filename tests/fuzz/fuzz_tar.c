/* Any bytes as a tar file of images: refused in words, or every image's bytes are in the file and every label is one of its classes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const char *path, siam_split split, size_t most)
{
    extern const siam_dataset_type siam_dataset_type_tar;
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_type_tar.open(&d, path, split, 0, &e)) {
        if (!e.msg[0] || d)
            abort(); /* a failure without a sentence */
        return;
    }
    for (int64_t i = 0; i < d->info.count; i++) {
        uint8_t *bytes;
        size_t m;
        siam_err_clear(&e);
        if (d->type->bytes(d, i, &bytes, &m, &e) || m > most || !d->type->file(d, i))
            abort();
        free(bytes);
        const int label = d->type->label(d, i);
        if (label < -1 || label >= d->info.classes || (label < 0) != (d->info.classes == 0))
            abort();
        d->type->class_name(d, label);
    }
    siam_dataset_close(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    check(path, SIAM_SPLIT_TRAIN, n);
    check(path, SIAM_SPLIT_TEST, n);
    close(fd);
    return 0;
}
