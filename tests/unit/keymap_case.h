/* Files that have the keys of tests/data/keys, and others' names for them: what the tests of key names share. */
#ifndef SIAM_TESTS_NAMES_READ_CASE_H
#define SIAM_TESTS_NAMES_READ_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "checkpoint/names_read.h"
#include "nn/model.h"
#include "../hints/hint.h"

enum { KEYS_MAX = 1024, SHRINK = 16 /* of channels: ResNet-50 of width 4 */ };

static siam_err err;
static const siam_ckpt_format *format = &siam_ckpt_safetensors; /* in which files are written */
static char dir[] = "/tmp/siam-keys-XXXXXX";
static char path[128];

static inline void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static inline int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/x.safetensors", dir);
    return 0;
}

static inline int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

typedef struct keys {
    siam_ckpt_entry entry[KEYS_MAX];
    void *data[KEYS_MAX];
    int n;
} keys;

/* Element k of tensor `name`. */
static inline float value(const char *name, int64_t k)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return (float)((h >> 8) % 1000) / 100 + (float)(k % 64) / 64;
}

static inline void add(keys *k, const char *name, siam_desc d)
{
    assert_true(k->n < KEYS_MAX);
    const size_t n = d.ndim ? (size_t)siam_desc_count(&d) : 1;
    k->entry[k->n].name = strdup(name);
    k->entry[k->n].desc = d;
    k->data[k->n] = calloc(n, 8);
    for (size_t i = 0; i < n && d.dtype == SIAM_F32; i++)
        ((float *)k->data[k->n])[i] = value(name, (int64_t)i);
    k->n++;
}

static inline void add_line(keys *k, char *line)
{
    char *name = strtok(line, "\t"), *shape = strtok(NULL, "\t"), *type = strtok(NULL, "\n");
    siam_desc d = {.dtype = strcmp(type, "int64") ? SIAM_F32 : SIAM_I64, .dim = {1, 1, 1, 1}};
    for (char *p = shape; strcmp(shape, "scalar") && *p; p += *p == 'x') {
        const int64_t size = strtoll(p, &p, 10);
        d.dim[d.ndim++] = size % 64 ? size : size / SHRINK;
    }
    add(k, name, d);
}

static inline void read_keys(keys *k, const char *list)
{
    const char *source = getenv("SIMSIAM_SOURCE");
    char file[4096], *text, *rest;
    size_t n;
    k->n = 0;
    snprintf(file, sizeof file, "%s/tests/data/keys/%s", source ? source : ".", list);
    must(siam_file_read(file, 1 << 20, &text, &n, &err));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        add_line(k, line);
    free(text);
}

static inline void release(keys *k)
{
    for (int i = 0; i < k->n; i++) {
        free(k->entry[i].name);
        free(k->data[i]);
    }
    k->n = 0;
}

/* A file of these tensors, every name behind `before`. */
static inline siam_ckpt *write_keys(keys *k, const char *before)
{
    siam_ckpt *c;
    for (int i = 0; i < k->n && *before; i++) {
        char name[512];
        snprintf(name, sizeof name, "%s%s", before, k->entry[i].name);
        free(k->entry[i].name);
        k->entry[i].name = strdup(name);
    }
    const void *data[KEYS_MAX];
    for (int i = 0; i < k->n; i++)
        data[i] = k->data[i];
    must(format->write(path, k->entry, data, k->n, NULL, 0, &err));
    must(siam_ckpt_open(&c, path, &err));
    return c;
}

#endif
