/* What the fuzz targets of checkpoints share: bytes as a file, and everything that is asked of such a file
 * before a number of it is used. */
#ifndef SIAM_FUZZ_CHECKPOINT_H
#define SIAM_FUZZ_CHECKPOINT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checkpoint/checkpoint.h"
#include "model/identify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void fuzz_tensors(const siam_ckpt *c)
{
    for (int i = 0; i < c->format->count(c); i++) {
        const siam_desc *d = &c->format->entry(c, i)->desc;
        const size_t count = d->ndim ? (size_t)siam_desc_count(d) : 1; /* at most one per byte of the file */
        float *dst = malloc(count * sizeof *dst + 1);
        char words[256] = "";
        const char *obstacle = c->format->obstacle(c, i, words, sizeof words);
        if ((dst && !c->format->read_f32(c, i, dst, count, NULL) && obstacle) || (obstacle && !words[0]))
            abort(); /* read in spite of what is said to be in the way, or nothing is said */
        free(dst);
    }
}

/* Whose names they are, and what model that makes. */
static inline void fuzz_names(const siam_ckpt *c)
{
    siam_names_read *m = NULL;
    siam_identity id;
    siam_err e = {0};
    const siam_model_spec ask = {.model = "fuzz"};
    if (siam_names_read_create(&m, c, NULL, NULL, &e)) {
        if (!e.msg[0])
            abort(); /* a failure without a sentence */
        return;
    }
    char text[512], rule[SIAM_KEY_RULE];
    siam_names_read_unread(m, text, sizeof text);
    siam_names_read_classifier_rule(m, 8, NULL, NULL, rule);
    if (!siam_names_read_note(m)[0] || (siam_identify(&id, c, m, &ask, &e) && !e.msg[0]))
        abort();
    siam_names_read_destroy(&m);
}

/* Refused in words, or opened, read through and verified without a fault. sound: its checksums are right. */
static inline void fuzz_checkpoint(const uint8_t *data, size_t n, bool sound)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    siam_ckpt *c = NULL;
    siam_err e = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    if (!siam_ckpt_open(&c, path, &e)) {
        fuzz_tensors(c);
        fuzz_names(c);
        c->format->meta(c, "epoch");
        if (c->format->verify(c, &e) && (sound || !e.msg[0]))
            abort();
    } else if (!e.msg[0]) {
        abort(); /* a failure without a sentence */
    }
    siam_ckpt_close(&c);
    close(fd);
}

/* A file that grows. */
typedef struct fuzz_bytes {
    uint8_t *at;
    size_t n;
} fuzz_bytes;

static inline void fuzz_add(fuzz_bytes *b, const void *data, size_t n)
{
    b->at = realloc(b->at, b->n + n + 1);
    if (!b->at)
        abort();
    if (n)
        memcpy(b->at + b->n, data, n);
    b->n += n;
}

#endif
