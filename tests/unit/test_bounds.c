/* Small files that ask for much work or memory: each reader gives an answer or a sentence, in under 2 s and with no more
 * memory than twice the file and 64 MiB. Each input is read in a process of its own. (JPEG: test_codec.c; rename rules:
 * test_names_read.c.) */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zlib.h>

#include "base/check.h"
#include "base/system.h"
#include "checkpoint/checkpoint.h"
#include "data/dataset.h"
#include "image/codec.h"
#include "own_folder.h"

/* ---- making files ---- */

typedef struct out {
    FILE *f;
    size_t at;
} out;

static out begin(const char *path)
{
    out o = {fopen(path, "wb"), 0};
    assert_non_null(o.f);
    return o;
}

static void put(out *o, const void *data, size_t n)
{
    assert_int_equal(fwrite(data, 1, n, o->f), n);
    o->at += n;
}

static void put_le(out *o, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        put(o, &(uint8_t){(uint8_t)(v >> 8 * i)}, 1);
}

static void end_sparse(out *o, uint64_t size)
{
    assert_int_equal(fflush(o->f), 0);
    assert_int_equal(ftruncate(fileno(o->f), (off_t)size), 0);
    assert_int_equal(fclose(o->f), 0);
}

typedef struct member {
    char name[32];
    const void *data;
    size_t n, claimed, at; /* claimed: its size in the directory; at: of its local header */
    uint32_t crc;
    bool streamed;
} member;

static void put_local(out *o, member *m)
{
    m->at = o->at;
    put_le(o, 0x04034b50, 4);
    put_le(o, 20, 2);
    put_le(o, m->streamed ? 8 : 0, 2);
    put_le(o, 0x21 << 16, 6);
    put_le(o, m->streamed ? 0 : m->crc, 4);
    put_le(o, m->streamed ? 0 : m->claimed, 4);
    put_le(o, m->streamed ? 0 : m->claimed, 4);
    put_le(o, strlen(m->name), 4);
    put(o, m->name, strlen(m->name));
    put(o, m->data ? m->data : "", m->n);
}

static void put_directory(out *o, const member *m, size_t n)
{
    const size_t at = o->at;
    for (size_t i = 0; i < n; i++) {
        put_le(o, 0x02014b50, 4);
        put_le(o, 20 | 20 << 16, 4);
        put_le(o, m[i].streamed ? 8 : 0, 2);
        put_le(o, 0x21 << 16, 6);
        put_le(o, m[i].crc, 4);
        put_le(o, m[i].claimed, 4);
        put_le(o, m[i].claimed, 4);
        put_le(o, strlen(m[i].name), 2);
        put_le(o, 0, 8);
        put_le(o, 0, 4);
        put_le(o, m[i].at, 4);
        put(o, m[i].name, strlen(m[i].name));
    }
    const size_t bytes = o->at - at;
    put_le(o, 0x06054b50, 4);
    put_le(o, 0, 4);
    put_le(o, n, 2);
    put_le(o, n, 2);
    put_le(o, bytes, 4);
    put_le(o, at, 4);
    put_le(o, 0, 2);
}

static member named(const char *name, const void *data, size_t n)
{
    member m = {.data = data, .n = n, .claimed = n, .crc = (uint32_t)crc32(0, data, (uInt)n)};
    snprintf(m.name, sizeof m.name, "%s", name);
    return m;
}

static char *text(char *p, const char *s) /* BINUNICODE */
{
    const uint32_t n = (uint32_t)strlen(s);
    *p++ = 'X';
    memcpy(p, &n, 4);
    memcpy(p + 4, s, n);
    return p + 4 + n;
}

static char *integer(char *p, int32_t v) /* BININT */
{
    *p++ = 'J';
    memcpy(p, &v, 4);
    return p + 4;
}

static char *raw(char *p, const char *s)
{
    memcpy(p, s, strlen(s));
    return p + strlen(s);
}

/* A pickle of {"tN": `size` numbers of storage "0", which has numel, `stride` apart, for N < n}. */
static size_t pickle(char *p, int n, int numel, int size, int stride)
{
    char *const start = p, name[16];
    p = raw(p, "\x80\x02}(");
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "t%d", i);
        p = raw(text(p, name), "ctorch._utils\n_rebuild_tensor_v2\n((");
        p = raw(text(p, "storage"), "ctorch\nFloatStorage\n");
        p = raw(integer(text(text(p, "0"), "cpu"), numel), "tQ");
        p = raw(integer(p, 0), "(");
        p = raw(integer(p, size), "t(");
        p = raw(integer(p, stride), "t\x89" "ccollections\nOrderedDict\n)RtR");
    }
    p = raw(p, "u.");
    return (size_t)(p - start);
}

static void zip_suffixes(const char *path)
{
    enum { N = 60000 };
    static member m[N];
    out o = begin(path);
    for (int i = 0; i < N; i++) {
        m[i].streamed = true;
        snprintf(m[i].name, sizeof m[i].name, i ? "a/x%05d" : "a/data.pkl", i);
        put_local(&o, &m[i]);
    }
    static const char zeros[4000000];
    put(&o, zeros, sizeof zeros);
    for (int i = 0; i < N; i++)
        m[i].claimed = o.at - m[i].at - 30 - strlen(m[i].name);
    put_directory(&o, m, N);
    fclose(o.f);
}

static void zip_nested(const char *path)
{
    static char bytes[1 << 20];
    member m[3] = {named("a/data.pkl", "\x80\x02}.", 4), named("a/data/0", bytes, sizeof bytes), named("a/data/1", bytes, 100)};
    out o = begin(path);
    for (int i = 0; i < 2; i++)
        put_local(&o, &m[i]);
    m[2].at = m[1].at + 5000; /* within the one before */
    m[2].streamed = true;
    put_directory(&o, m, 3);
    fclose(o.f);
}

static void zip_twins(const char *path)
{
    static char bytes[1 << 20];
    enum { N = 2000 };
    static member m[N];
    out o = begin(path);
    m[0] = named("a/data.pkl", "\x80\x02}.", 4);
    m[1] = named("a/data/0000", bytes, sizeof bytes);
    put_local(&o, &m[0]);
    put_local(&o, &m[1]);
    for (int i = 2; i < N; i++) {
        m[i] = m[1];
        snprintf(m[i].name, sizeof m[i].name, "a/data/%04d", i);
    }
    put_directory(&o, m, N);
    fclose(o.f);
}

static void zip_many(const char *path)
{
    enum { N = 65000 };
    static member m[N];
    out o = begin(path);
    m[0] = named("a/data.pkl", "\x80\x02}.", 4);
    for (int i = 1; i < N; i++) {
        m[i] = named("", "x", 1);
        snprintf(m[i].name, sizeof m[i].name, "a/%05d", i);
    }
    for (int i = 0; i < N; i++)
        put_local(&o, &m[i]);
    put_directory(&o, m, N);
    fclose(o.f);
}

/* Thousands of tensors of one storage of 8 MB: a slice, every second number. */
static void zip_views_of(const char *path, int size, int stride)
{
    enum { NUMEL = 2000000, TENSORS = 2000 };
    static float numbers[NUMEL];
    char *p = malloc(TENSORS * 256 + 64);
    assert_non_null(p);
    member m[2] = {named("a/data.pkl", p, pickle(p, TENSORS, NUMEL, size, stride)), named("a/data/0", numbers, sizeof numbers)};
    out o = begin(path);
    for (int i = 0; i < 2; i++)
        put_local(&o, &m[i]);
    put_directory(&o, m, 2);
    fclose(o.f);
    free(p);
}

static void zip_slices(const char *path) { zip_views_of(path, 10, 1); }

static void zip_strides(const char *path) { zip_views_of(path, 1000000, 2); }

static void json_metadata(const char *path)
{
    enum { N = 1000000 };
    char *x = malloc(N * 12 + 64), *p = x;
    assert_non_null(x);
    p += sprintf(p, "{\"__metadata__\":{");
    for (int i = 0; i < N; i++)
        p += sprintf(p, "%s\"%x\":\"\"", i ? "," : "", (unsigned)i);
    p += sprintf(p, "}}");
    out o = begin(path);
    put_le(&o, (uint64_t)(p - x), 8);
    put(&o, x, (size_t)(p - x));
    fclose(o.f);
    free(x);
}

static void json_tensors(const char *path)
{
    enum { N = 200000 };
    char *x = malloc(N * 64 + 64), *p = x;
    assert_non_null(x);
    p += sprintf(p, "{");
    for (int i = 0; i < N; i++)
        p += sprintf(p, "%s\"%x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}", i ? "," : "", (unsigned)i);
    p += sprintf(p, "}");
    out o = begin(path);
    put_le(&o, (uint64_t)(p - x), 8);
    put(&o, x, (size_t)(p - x));
    fclose(o.f);
    free(x);
}

/* A tar archive, by itself or in gzip: `n` files of `size` zeros, their names by format. */
static void tar(const char *path, bool compressed, const char *format, int n, uint64_t size)
{
    static char zeros[1 << 16];
    gzFile f = gzopen(path, compressed ? "wb1" : "wbT");
    assert_non_null(f);
    for (int i = 0; i < n; i++) {
        char header[512] = "";
        unsigned sum = 0;
        snprintf(header, 100, format, i + 1);
        snprintf(header + 100, 8, "0000644");
        snprintf(header + 124, 12, "%011llo", (unsigned long long)size);
        memcpy(header + 257, "ustar\00000", 8);
        header[156] = '0';
        memset(header + 148, ' ', 8);
        for (int k = 0; k < 512; k++)
            sum += (uint8_t)header[k];
        snprintf(header + 148, 8, "%06o", sum);
        gzwrite(f, header, 512);
        for (uint64_t left = (size + 511) / 512 * 512; left;) {
            const unsigned step = left < sizeof zeros ? (unsigned)left : sizeof zeros;
            gzwrite(f, zeros, step);
            left -= step;
        }
    }
    gzwrite(f, zeros, 1024);
    assert_int_equal(gzclose(f), Z_OK);
}

static void tar_one_part(const char *path) { tar(path, true, "data_batch_%d.bin", 1, (uint64_t)3073 * 60000); }

static void tar_parts(const char *path) { tar(path, true, "cifar/data_batch_%d.bin", 5, (uint64_t)3073 * 10000); }

static void tar_passed_over(const char *path) { tar(path, true, "notes%d", 1, (uint64_t)300 << 20); }

static void tar_entries(const char *path) { tar(path, true, "%06d.txt", 100000, 0); }

/* A plain one whose file is said to have gigabytes, which are a hole. */
static void tar_hole(const char *path)
{
    tar(path, false, "data_batch_%d.bin", 1, (uint64_t)3073 * 50000);
    assert_int_equal(truncate(path, (off_t)6 << 30), 0);
}

static void batch_hole(const char *path)
{
    char name[128];
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 1; i <= 5; i++) {
        snprintf(name, sizeof name, "%s/data_batch_%d.bin", path, i);
        out o = begin(name);
        end_sparse(&o, (uint64_t)3073 << 20);
    }
}

static void image_hole(const char *path)
{
    out o = begin(path);
    end_sparse(&o, (uint64_t)2 << 30);
}

static void png_hole(const char *path)
{
    out o = begin(path);
    put(&o, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\2\0\0\0\xfc\x18\xed\xa3", 33);
    end_sparse(&o, (uint64_t)2 << 30);
}

static void jpeg_hole(const char *path)
{
    out o = begin(path);
    put(&o, "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", 20);
    end_sparse(&o, (uint64_t)3 << 30);
}

static void linked(const char *path, int n)
{
    char name[256], to[64];
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s/c%02d", path, i);
        assert_int_equal(mkdir(name, 0700), 0);
        strcat(name, "/a.jpg");
        out o = begin(name);
        end_sparse(&o, 1);
        for (int k = 0; k < n; k++) {
            snprintf(name, sizeof name, "%s/c%02d/l%02d", path, i, k);
            snprintf(to, sizeof to, "../c%02d", k);
            assert_int_equal(symlink(to, name), 0);
        }
    }
}

static void linked_12(const char *path) { linked(path, 12); }

static void linked_60(const char *path) { linked(path, 60); }

/* ---- reading them ---- */

static siam_code read_model(const char *path, siam_err *e)
{
    siam_ckpt *c;
    char words[256];
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    siam_code rc = SIAM_OK;
    float *x = malloc(sizeof *x << 20);
    assert_non_null(x);
    for (int i = 0; i < c->format->count(c) && !rc; i++) {
        const siam_desc *d = &c->format->entry(c, i)->desc;
        const size_t n = d->ndim ? (size_t)siam_desc_count(d) : 1;
        if (n <= 1 << 20 && i % (n > 1000 ? 100 : 1) == 0 && !c->format->obstacle(c, i, words, sizeof words))
            rc = c->format->read_f32(c, i, x, n, e);
    }
    if (!rc)
        rc = c->format->verify(c, e);
    free(x);
    siam_ckpt_close(&c);
    return rc;
}

static siam_code read_data(const char *path, siam_err *e)
{
    siam_dataset *d;
    SIAM_TRY(siam_dataset_open(&d, path, SIAM_SPLIT_TRAIN, 32, e));
    siam_dataset_close(&d);
    return SIAM_OK;
}

static siam_code read_image(const char *path, siam_err *e)
{
    uint8_t *bytes;
    size_t n;
    siam_image im = {0};
    SIAM_TRY(siam_image_file(path, &bytes, &n, e));
    const siam_code rc = siam_image_decode(&im, bytes, n, e);
    siam_image_release(&im);
    free(bytes);
    return rc;
}

static const struct input {
    const char *name;
    void (*make)(const char *path);
    siam_code (*read)(const char *path, siam_err *e);
    siam_code rc;
    const char *says; /* or NULL */
} inputs[] = {
    {"60,000 members up to the end", zip_suffixes, read_model, SIAM_E_DATA, "overlaps"},
    {"a member within another", zip_nested, read_model, SIAM_E_DATA, "zip member 'a/data/1'"},
    {"2,000 members in one place", zip_twins, read_model, SIAM_E_DATA, "zip member"},
    {"65,000 members of a byte", zip_many, read_model, SIAM_E_DATA, NULL},
    {"2,000 slices of a storage", zip_slices, read_model, SIAM_OK, NULL},
    {"2,000 halves of a storage", zip_strides, read_model, SIAM_OK, NULL},
    {"a million metadata", json_metadata, read_model, SIAM_E_DATA, "too long"},
    {"200,000 empty tensors", json_tensors, read_model, SIAM_E_DATA, "too long"},
    {"a batch file of 60,000 images", tar_one_part, read_data, SIAM_E_DATA, "archive"},
    {"five batch files of zeros", tar_parts, read_data, SIAM_E_DATA, "archive"},
    {"300 MB that are passed over", tar_passed_over, read_data, SIAM_E_DATA, "no CIFAR batch files"},
    {"100,000 empty files", tar_entries, read_data, SIAM_E_DATA, "no CIFAR batch files"},
    {"an archive with a hole", tar_hole, read_data, SIAM_E_DATA, "archive"},
    {"batch files with holes", batch_hole, read_data, SIAM_E_DATA, "more than the"},
    {"an image that is a hole", image_hole, read_image, SIAM_E_DATA, "zero bytes"},
    {"a PNG with a hole", png_hole, read_image, SIAM_E_DATA, "PNG"},
    {"a JPEG with a hole", jpeg_hole, read_image, SIAM_E_DATA, "JPEG"},
    {"12 folders with links to each other", linked_12, read_data, SIAM_OK, NULL},
    {"60 folders with links to each other", linked_60, read_data, SIAM_OK, NULL},
};

static uint64_t bytes_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_blocks * 512; /* a hole is no input */
}

static void try_input(const struct input *x)
{
    char path[128];
    struct rusage u;
    int status;
    snprintf(path, sizeof path, "%s/input", folder);
    x->make(path);
    const size_t before = siam_memory_resident();
    fflush(NULL);
    const pid_t child = fork();
    if (!child) {
        siam_err e = {0};
        const siam_code rc = x->read(path, &e);
        const bool right = rc == x->rc && (!rc || (e.msg[0] && (!x->says || strstr(e.msg, x->says))));
        if (!right)
            fprintf(stderr, "%s: %d, \"%s\"\n", x->name, rc, e.msg);
        _exit(!right);
    }
    assert_int_equal(wait4(child, &status, 0, &u), child);
    /* of the processor: on a busy machine the clock counts the work of others */
    const double seconds = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    const uint64_t most = 2 * bytes_of(path) + ((uint64_t)64 << 20), peak = (uint64_t)u.ru_maxrss << 10,
                   used = peak > before ? peak - before : 0;
    printf("%-40s %5.2f s %4llu MB\n", x->name, seconds, (unsigned long long)(used >> 20));
    if (status)
        fail_msg("%s: status %x", x->name, (unsigned)status);
    if (seconds >= 2)
        fail_msg("%s took %.2f s", x->name, seconds);
#ifndef __SANITIZE_ADDRESS__ /* which has a use for memory itself */
    if (used > most)
        fail_msg("%s took %llu MB for %llu", x->name, (unsigned long long)(used >> 20), (unsigned long long)(bytes_of(path) >> 20));
#else
    (void)most;
#endif
    char command[160];
    snprintf(command, sizeof command, "rm -rf %s", path);
    assert_int_equal(system(command), 0);
}

static void work_is_bounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        try_input(&inputs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(work_is_bounded)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
