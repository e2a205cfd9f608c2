/* The pickle interpreter, behind what would keep random bytes from reaching it. The first byte chooses the
 * container: an odd one makes a zip archive with right checksums of the next byte's count of storage bytes
 * and the rest as its pickle; an even one puts the head of the older stream before the rest.
 * (fuzz_safetensors opens bytes as they are, whatever their format.) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "checkpoint/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct buffer {
    uint8_t *at;
    size_t n;
} buffer;

static void add(buffer *b, const void *data, size_t n)
{
    b->at = realloc(b->at, b->n + n + 1);
    if (!b->at)
        abort();
    memcpy(b->at + b->n, data, n);
    b->n += n;
}

static void add_number(buffer *b, uint32_t v, size_t n) { add(b, &v, n); }

/* What local header and directory have in common, from the flags to the length of the name. */
static void add_fields(buffer *b, const char *name, const uint8_t *data, size_t n)
{
    add_number(b, 0, 4); /* flags, method */
    add_number(b, 0, 4); /* time, date */
    add_number(b, (uint32_t)crc32(0, data, (uInt)n), 4);
    add_number(b, (uint32_t)n, 4);
    add_number(b, (uint32_t)n, 4);
    add_number(b, (uint32_t)strlen(name), 4); /* and no extra field */
}

static void add_member(buffer *b, buffer *directory, const char *name, const uint8_t *data, size_t n)
{
    const size_t at = b->n;
    add(b, "PK\3\4\0\0", 6);
    add_fields(b, name, data, n);
    add(b, name, strlen(name));
    add(b, data, n);
    add(directory, "PK\1\2\0\0\0\0", 8);
    add_fields(directory, name, data, n);
    add(directory, "\0\0\0\0\0\0\0\0\0", 10); /* comment, part, attributes */
    add_number(directory, (uint32_t)at, 4);
    add(directory, name, strlen(name));
}

static void add_zip(buffer *b, const uint8_t *data, size_t n)
{
    buffer directory = {0};
    const size_t stored = n && data[0] < n ? data[0] : 0;
    if (n) {
        data++;
        n--;
    }
    add_member(b, &directory, "x/data/0", data, stored);
    add_member(b, &directory, "x/data.pkl", data + stored, n - stored);
    const size_t at = b->n;
    add(b, directory.at, directory.n);
    add(b, "PK\5\6\0\0\0\0\2\0\2\0", 12);
    add_number(b, (uint32_t)directory.n, 4);
    add_number(b, (uint32_t)at, 4);
    add_number(b, 0, 2);
    free(directory.at);
}

static void add_stream(buffer *b, const uint8_t *data, size_t n)
{
    static const char head[] = "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
                               "\x80\2M\xe9\3."
                               "\x80\2}.";
    add(b, head, sizeof head - 1);
    add(b, data, n);
}

static void read_through(siam_ckpt *c)
{
    for (int i = 0; i < c->format->count(c); i++) {
        const siam_desc *d = &c->format->entry(c, i)->desc;
        const size_t count = d->ndim ? (size_t)siam_desc_count(d) : 1; /* at most one per byte of the file */
        float *dst = malloc(count * sizeof *dst + 1);
        if (dst)
            c->format->read_f32(c, i, dst, count, NULL);
        free(dst);
    }
    c->format->meta(c, "epoch");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    buffer b = {0};
    if (data[0] & 1)
        add_zip(&b, data + 1, n - 1);
    else
        add_stream(&b, data + 1, n - 1);
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    char path[64];
    siam_ckpt *c = NULL;
    siam_err e = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, b.at, b.n) != (ssize_t)b.n)
        abort();
    if (!siam_ckpt_open(&c, path, &e)) {
        read_through(c);
        if ((data[0] & 1) && c->format->verify(c, &e))
            abort(); /* the checksums are right */
    } else if (!e.msg[0]) {
        abort(); /* a failure without a sentence */
    }
    siam_ckpt_close(&c);
    close(fd);
    free(b.at);
    return 0;
}
