/* What the tests of PyTorch's files share: where PyTorch's own lie, and a file in memory for the thousands that are made. */
#ifndef SIAM_TESTS_TORCH_CASE_H
#define SIAM_TESTS_TORCH_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "checkpoint/checkpoint.h"

static char folder[4096];
static char memory[64]; /* its path */
static int memory_fd;

static inline const char *in(char *buf, size_t n, const char *name)
{
    assert_true(siam_path_join(buf, n, folder, name));
    return buf;
}

static inline int find_files(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE");
    snprintf(folder, sizeof folder, "%s/tests/data/torch", source ? source : ".");
    memory_fd = memfd_create("damaged", MFD_CLOEXEC);
    snprintf(memory, sizeof memory, "/proc/self/fd/%d", memory_fd);
    return memory_fd < 0;
}

static inline void put(const void *data, size_t n)
{
    assert_int_equal(ftruncate(memory_fd, (off_t)n), 0);
    assert_int_equal(pwrite(memory_fd, data, n, 0), n);
}

static inline siam_ckpt *open_ok(const char *path)
{
    siam_err e = {0};
    siam_ckpt *c;
    if (siam_ckpt_open(&c, path, &e))
        fail_msg("%s", e.msg);
    if (c->format->verify(c, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(c->format->name, "torch");
    return c;
}

static inline void assert_refused(const char *path, siam_code code, const char *word)
{
    siam_err e = {0};
    siam_ckpt *c;
    assert_int_equal(siam_ckpt_open(&c, path, &e), code);
    assert_null(c);
    assert_non_null(strstr(e.msg, path));
    if (!strstr(e.msg, word))
        fail_msg("'%s' is not in: %s", word, e.msg);
}

static inline char *slurp(const char *name, size_t *n)
{
    char path[8192], *data;
    siam_err e = {0};
    if (siam_file_read(in(path, sizeof path, name), 1 << 20, &data, n, &e))
        fail_msg("%s", e.msg);
    return data;
}

/* A file whose fourth pickle is the n bytes at `object`, with `tail` behind it: the list of storages and
 * those. */
static inline void put_stream(const char *object, size_t n, const char *tail, size_t tail_n)
{
    static const char head[] = "\x80\2\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
                               "\x80\2M\xe9\3."
                               "\x80\2}.";
    char *file = malloc(sizeof head + n + tail_n);
    memcpy(file, head, sizeof head - 1);
    memcpy(file + sizeof head - 1, object, n);
    memcpy(file + sizeof head - 1 + n, tail, tail_n);
    put(file, sizeof head - 1 + n + tail_n);
    free(file);
}

/* Without storages. */
static inline void put_object(const char *object, size_t n) { put_stream(object, n, "\x80\2].", 4); }

#endif
