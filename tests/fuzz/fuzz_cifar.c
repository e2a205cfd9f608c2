/* Any bytes as an archive of CIFAR and of STL-10 or, where they begin with a brace, as a tuning.json: refused in words, or every image has a
 * label of its data set, and the choices can be written again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backend/tune.h"
#include "data/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_images(const siam_dataset_type *type, const char *path, siam_split split)
{
    siam_dataset *d;
    siam_image im = {0};
    siam_err e = {0};
    if (type->open(&d, path, split, 32, &e)) {
        if (!e.msg[0] || d)
            abort(); /* a failure without a sentence */
        return;
    }
    for (int64_t i = 0; i < d->info.count; i++) {
        const int label = d->type->label(d, i);
        if (label < 0 || label >= d->info.classes || d->type->read(d, i, NULL, &im, &e) || im.w != d->info.width || im.h != d->info.height)
            abort();
        d->type->class_name(d, label);
    }
    if (d->info.count < 1)
        abort();
    siam_image_release(&im);
    siam_dataset_close(&d);
}

static void check_plan(const char *path)
{
    siam_tuner *t;
    siam_err e = {0};
    char *text = NULL;
    bool ignored;
    if (siam_tuner_create(&t, "fuzz", true, &e))
        return;
    for (int same = 0; same < 2; same++) {
        siam_err_clear(&e);
        if (siam_tuner_load(t, path, same, &ignored, &e) && !e.msg[0])
            abort();
    }
    siam_tuner_get(t, "conv2d n2 f32 fwd");
    if (siam_tuner_used(t, &text, &e) || !text)
        abort();
    free(text);
    siam_tuner_destroy(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    if (n && data[0] == '{') {
        check_plan(path);
    } else {
        extern const siam_dataset_type siam_dataset_type_cifar, siam_dataset_type_stl10;
        const siam_dataset_type *const types[] = {&siam_dataset_type_cifar, &siam_dataset_type_stl10};
        for (int i = 0; i < 2; i++) {
            check_images(types[i], path, SIAM_SPLIT_TRAIN);
            check_images(types[i], path, SIAM_SPLIT_TEST);
        }
    }
    close(fd);
    return 0;
}
