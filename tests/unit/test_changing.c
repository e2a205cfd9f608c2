/* Files that another process replaces, shortens, lengthens or overwrites while they are read: what is read is the file
 * before or behind the change, whole, or there is a sentence; never a mixture, never a signal. Each way is tried 20 times,
 * SIMSIAM_CHANGES times in the long form (200). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/check.h"
#include "base/file.h"
#include "base/hash.h"
#include "checkpoint/checkpoint.h"
#include "data/dataset.h"
#include "image/codec.h"
#include "own_folder.h"

enum { FLOATS = 1 << 19, IMAGES = 400, WAYS = 4 };

typedef struct version { /* a file's bytes */
    char *bytes;
    size_t n;
} version;

typedef struct reader {
    const char *name, *file; /* file: below the folder */
    siam_code (*make)(const char *path, int which, siam_err *e); /* two versions, of one length */
    siam_code (*read)(const char *path, uint64_t *sum, siam_err *e);
    bool hashed; /* else a file that is half written when it is opened is a file like any other */
} reader;

static const char *in(char path[256], const char *name)
{
    snprintf(path, 256, "%s/%s", folder, name);
    return path;
}

/* ---- models ---- */

static void entries_of(siam_ckpt_entry entry[2], const void *data[2], int which)
{
    static float x[2][FLOATS];
    static char weight[] = "conv1.weight", bias[] = "fc.bias";
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < FLOATS; i++)
            x[k][i] = (float)((i + (size_t)(7 * k + 3 * which)) % 1013);
    entry[0] = (siam_ckpt_entry){weight, siam_desc_2d(1024, FLOATS / 1024)};
    entry[1] = (siam_ckpt_entry){bias, siam_desc_1d(FLOATS)};
    data[0] = x[0];
    data[1] = x[1];
}

static siam_code make_safetensors(const char *path, int which, siam_err *e)
{
    siam_ckpt_entry entry[2];
    const void *data[2];
    entries_of(entry, data, which);
    return siam_ckpt_safetensors.write(path, entry, data, 2, NULL, 0, e);
}

static siam_code make_zip(const char *path, int which, siam_err *e)
{
    siam_ckpt_entry entry[2];
    const void *data[2];
    entries_of(entry, data, which);
    return siam_ckpt_torch.write(path, entry, data, 2, NULL, 0, e);
}

/* As other programs write it: without hashes. */
static siam_code make_foreign(const char *path, int which, siam_err *e)
{
    siam_ckpt_entry entry[2];
    const void *data[2];
    siam_atomic a;
    char header[256];
    const int n = snprintf(header, sizeof header,
                           "{\"a\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]},\"b\":{\"dtype\":\"F32\",\"shape\":[%d],"
                           "\"data_offsets\":[%d,%d]}}", FLOATS, 4 * FLOATS, FLOATS, 4 * FLOATS, 8 * FLOATS);
    const uint64_t length = (uint64_t)n;
    entries_of(entry, data, which);
    SIAM_TRY(siam_atomic_open(&a, path, e));
    SIAM_TRY(siam_atomic_write(&a, &length, sizeof length, e));
    SIAM_TRY(siam_atomic_write(&a, header, (size_t)n, e));
    for (int i = 0; i < 2; i++)
        SIAM_TRY(siam_atomic_write(&a, data[i], sizeof(float) * FLOATS, e));
    return siam_atomic_commit(&a, e);
}

/* The stream of before PyTorch 1.6: a file of a few bytes, as one of the tests' has them. */
static siam_code make_legacy(const char *path, int which, siam_err *e)
{
    const char *source = getenv("SIMSIAM_SOURCE");
    char from[4096], *bytes;
    size_t n;
    snprintf(from, sizeof from, "%s/tests/data/torch/kinds_legacy.pth", source ? source : ".");
    SIAM_TRY(siam_file_read(from, 1 << 20, &bytes, &n, e));
    bytes[n - 1] = (char)(bytes[n - 1] ^ which); /* within the last storage */
    const siam_code rc = siam_file_write_atomic(path, bytes, n, e);
    free(bytes);
    return rc;
}

static siam_code sum_model(const siam_ckpt *c, uint64_t *sum, siam_err *e)
{
    siam_hasher *h = siam_hasher_create();
    siam_code rc = SIAM_OK;
    char words[256];
    assert_non_null(h);
    for (int i = 0; i < c->format->count(c) && !rc; i++) {
        const siam_desc *d = &c->format->entry(c, i)->desc;
        const size_t n = d->ndim ? (size_t)siam_desc_count(d) : 1;
        if (c->format->obstacle(c, i, words, sizeof words))
            continue;
        float *x = malloc(n * sizeof *x + 1);
        assert_non_null(x);
        rc = c->format->read_f32(c, i, x, n, e);
        siam_hasher_add(h, x, n * sizeof *x);
        free(x);
    }
    *sum = siam_hasher_value(h);
    siam_hasher_destroy(&h);
    return rc ? rc : c->format->verify(c, e);
}

static siam_code read_model(const char *path, uint64_t *sum, siam_err *e)
{
    siam_ckpt *c;
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    const siam_code rc = sum_model(c, sum, e);
    siam_ckpt_close(&c);
    return rc;
}

/* Verified first, and read then: as checkpoints of a run are. */
static siam_code read_verified(const char *path, uint64_t *sum, siam_err *e)
{
    siam_ckpt *c;
    SIAM_TRY(siam_ckpt_open(&c, path, e));
    siam_code rc = c->format->verify(c, e);
    if (!rc)
        rc = sum_model(c, sum, e);
    siam_ckpt_close(&c);
    return rc;
}

/* ---- images ---- */

static void fill_batch(uint8_t *x, size_t n, int which)
{
    for (size_t i = 0; i < n; i++)
        x[i] = i % 3073 ? (uint8_t)(i * 31 + (size_t)which) : (uint8_t)((i / 3073 + (size_t)which) % 10);
}

static siam_code make_batch(const char *path, int which, siam_err *e)
{
    static uint8_t x[3073 * IMAGES];
    fill_batch(x, sizeof x, which);
    return siam_file_write_atomic(path, x, sizeof x, e);
}

static siam_code make_archive(const char *path, int which, siam_err *e)
{
    static uint8_t x[3073 * IMAGES];
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    char name[64];
    fill_batch(x, sizeof x, which);
    assert_int_equal(archive_write_set_format_ustar(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, i < 5 ? "data_batch_%d.bin" : "test_batch.bin", i + 1);
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, sizeof x);
        assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, x, sizeof x), sizeof x);
    }
    archive_entry_free(entry);
    archive_write_free(a);
    (void)e;
    return SIAM_OK;
}

static siam_code sum_images(const char *spec, uint64_t *sum, siam_err *e)
{
    siam_dataset *d;
    siam_image im = {0};
    SIAM_TRY(siam_dataset_open(&d, spec, SIAM_SPLIT_TRAIN, 32, e));
    siam_hasher *h = siam_hasher_create();
    siam_code rc = SIAM_OK;
    for (int64_t i = 0; i < d->info.count && !rc; i++) {
        const int label = d->type->label(d, i);
        rc = d->type->read(d, i, NULL, &im, e);
        siam_hasher_add(h, &label, sizeof label);
        siam_hasher_add(h, im.px, rc ? 0 : 3 * 32 * 32);
    }
    *sum = siam_hasher_value(h);
    siam_hasher_destroy(&h);
    siam_image_release(&im);
    siam_dataset_close(&d);
    return rc;
}

static siam_code read_batches(const char *path, uint64_t *sum, siam_err *e)
{
    char dir[256];
    (void)path; /* one of the six */
    return sum_images(in(dir, "cifar"), sum, e);
}

/* A JPEG of many bytes: one of the tests' with comments of 64 KiB in front. */
static siam_code make_image(const char *path, int which, siam_err *e)
{
    enum { COMMENTS = 60, BYTES = 65537 };
    const char *source = getenv("SIMSIAM_SOURCE");
    char from[4096], *bytes;
    size_t n;
    snprintf(from, sizeof from, "%s/tests/data/codec/%s", source ? source : ".", which ? "rgb_422.jpg" : "rgb_444.jpg");
    SIAM_TRY(siam_file_read(from, 1 << 20, &bytes, &n, e));
    uint8_t *x = calloc(1, COMMENTS * BYTES + 8192);
    assert_non_null(x);
    memcpy(x, bytes, 2);
    for (size_t i = 0; i < COMMENTS; i++)
        memcpy(x + 2 + i * BYTES, "\xff\xfe\xff\xff", 4);
    memcpy(x + 2 + COMMENTS * (size_t)BYTES, bytes + 2, n - 2); /* zeros behind the end make both one length */
    const siam_code rc = siam_file_write_atomic(path, x, COMMENTS * (size_t)BYTES + 8192, e);
    free(bytes);
    free(x);
    return rc;
}

static siam_code read_image(const char *path, uint64_t *sum, siam_err *e)
{
    uint8_t *bytes;
    size_t n;
    siam_image im = {0};
    SIAM_TRY(siam_image_file(path, &bytes, &n, e));
    const siam_code rc = siam_image_decode(&im, bytes, n, e);
    *sum = rc ? 0 : siam_hash64(im.px, 3 * (size_t)im.w * (size_t)im.h);
    siam_image_release(&im);
    free(bytes);
    return rc;
}

/* ---- texts and checksums ---- */

static siam_code make_list(const char *path, int which, siam_err *e)
{
    enum { LINES = 200000 };
    char *x = malloc(LINES * (size_t)16 + 1);
    assert_non_null(x);
    for (int i = 0; i < LINES; i++)
        snprintf(x + (size_t)i * 16, 17, "c/%07u.jpg %c\n", (unsigned)i % 10000000, "0123456789"[(i + which) % 10]);
    const siam_code rc = siam_file_write_atomic(path, x, LINES * (size_t)16, e);
    free(x);
    return rc;
}

static siam_code read_list(const char *path, uint64_t *sum, siam_err *e)
{
    char *x;
    size_t n;
    SIAM_TRY(siam_file_read(path, 1 << 26, &x, &n, e));
    *sum = siam_hash64(x, n);
    free(x);
    return SIAM_OK;
}

static siam_code read_digest(const char *path, uint64_t *sum, siam_err *e)
{
    char hex[65];
    siam_infile f;
    SIAM_TRY(siam_infile_open(&f, path, e));
    const siam_code rc = siam_sha256(hex, &f, NULL, e);
    siam_infile_close(&f);
    *sum = rc ? 0 : siam_hash64(hex, 64);
    return rc;
}

/* ---- changes ---- */

/* A new file of the name, written long ago; without fsync, which takes most of the time. */
static void put(const char *path, const version *v)
{
    const struct timespec old[2] = {{1000000000, 0}, {1000000000, 0}};
    unlink(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(v->bytes, 1, v->n, f), v->n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
}

/* Whether the parent has the file open. */
static bool is_open(const char *path)
{
    char link[64], to[300];
    for (int fd = 3; fd < 64; fd++) {
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)getppid(), fd);
        const ssize_t n = readlink(link, to, sizeof to - 1);
        to[n > 0 ? n : 0] = '\0';
        if (n > 0 && !strcmp(to, path))
            return true;
    }
    return false;
}

/* In another process, some moments from now, or, with `seen`, from when the file is open (if it is, before *seen). */
static pid_t change(const char *path, int way, const version *to, unsigned moment, const volatile int *seen)
{
    char other[300];
    snprintf(other, sizeof other, "%s.other", path);
    if (way == 0)
        put(other, to);
    const pid_t child = fork();
    if (child)
        return child;
    while (seen && !*seen && !is_open(path))
        ;
    usleep(moment);
    bool good = false;
    if (way == 0) {
        good = !rename(other, path);
    } else if (way == 1) {
        good = !truncate(path, (off_t)to->n);
    } else {
        const int fd = open(path, O_WRONLY);
        const size_t from = way == 2 ? to->n / 2 : 0, step = 1 << 16; /* the first half is as it was */
        good = fd >= 0;
        for (size_t at = from; good && at < to->n; at += step) {
            const size_t n = to->n - at < step ? to->n - at : step;
            good = pwrite(fd, to->bytes + at, n, (off_t)at) == (ssize_t)n;
        }
    }
    _exit(!good);
}

static version load(const char *path)
{
    version v;
    siam_err e = {0};
    if (siam_file_read(path, 1 << 28, &v.bytes, &v.n, &e))
        fail_msg("%s", e.msg);
    return v;
}

/* What reading each version gives when nobody touches it; 0 = a sentence. */
static uint64_t still(const reader *r, const char *path, const version *v)
{
    siam_err e = {0};
    uint64_t sum = 0;
    put(path, v);
    const siam_code rc = r->read(path, &sum, &e);
    assert_true(!rc || (rc == SIAM_E_DATA && e.msg[0]));
    return rc ? 0 : sum;
}

static void try_reader(const reader *r)
{
    static const char *const ways[WAYS] = {"replaced", "shortened", "lengthened", "overwritten"};
    const char *wanted = getenv("SIMSIAM_CHANGES");
    const int tries = wanted ? atoi(wanted) : 20;
    char path[256];
    siam_err e = {0};
    volatile int *const done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(done != MAP_FAILED);
    version v[1 + WAYS]; /* before, and behind each change */
    in(path, r->file);
    for (int k = 0; k < 2; k++) {
        if (r->make(path, k, &e))
            fail_msg("%s: %s", r->name, e.msg);
        v[k] = load(path);
    }
    assert_int_equal(v[0].n, v[1].n);
    v[2] = (version){v[0].bytes, v[0].n / 2};
    v[3] = (version){calloc(1, 2 * v[0].n), 2 * v[0].n};
    memcpy(v[3].bytes, v[0].bytes, v[0].n);
    v[4] = v[1];
    const uint64_t before = still(r, path, &v[0]);
    assert_true(before);
    for (int way = 0; way < WAYS; way++) {
        const uint64_t behind = still(r, path, &v[1 + way]);
        int counts[3] = {0};
        for (int i = 0; i < tries; i++) {
            int status;
            uint64_t sum = 0;
            put(path, &v[0]);
            siam_err_clear(&e);
            const bool wait = way >= 2 && !r->hashed;
            *done = 0;
            const pid_t child = change(path, way, &v[1 + way], (unsigned)i * 7919 % (wait ? 1000 : 6000), wait ? done : NULL);
            if (!wait)
                usleep((unsigned)i % 3 * 2000); /* before, while and behind */
            const siam_code rc = r->read(path, &sum, &e);
            *done = 1;
            waitpid(child, &status, 0);
            assert_int_equal(status, 0);
            if (rc && (rc != SIAM_E_DATA || !e.msg[0] || strchr(e.msg, '\n')))
                fail_msg("%s, %s: %d \"%s\"", r->name, ways[way], rc, e.msg);
            if (!rc && sum != before && (!behind || sum != behind))
                fail_msg("%s, %s: it is neither the old nor the new", r->name, ways[way]);
            counts[rc ? 2 : sum == before ? 0 : 1]++;
        }
        printf("%s, %s: %d times the old, %d the new, %d a sentence\n", r->name, ways[way], counts[0], counts[1], counts[2]);
    }
    munmap((void *)(uintptr_t)done, sizeof *done);
    free(v[3].bytes);
    free(v[1].bytes);
    free(v[0].bytes);
}

static const reader readers[] = {
    {"safetensors", "m.safetensors", make_safetensors, read_model, true},
    {"safetensors, verified first", "m.safetensors", make_safetensors, read_verified, true},
    {"safetensors of others", "f.safetensors", make_foreign, read_model, false},
    {"PyTorch's zip", "m.pth", make_zip, read_model, true},
    {"PyTorch's zip, verified first", "m.pth", make_zip, read_verified, true},
    {"PyTorch's older stream", "l.pth", make_legacy, read_model, false},
    {"CIFAR's batch files", "cifar/data_batch_3.bin", make_batch, read_batches, false},
    {"CIFAR's archive", "cifar.tar", make_archive, sum_images, false},
    {"an image", "i.jpg", make_image, read_image, false},
    {"a list", "list.txt", make_list, read_list, false},
    {"a checksum", "list.txt", make_list, read_digest, false},
};

static void files_may_change(void **state)
{
    char path[256], name[64];
    siam_err e = {0};
    (void)state;
    if (!getenv("SIMSIAM_SOURCE"))
        skip();
    assert_int_equal(siam_mkdirs(in(path, "cifar"), &e), SIAM_OK);
    for (int i = 1; i <= 6; i++) {
        snprintf(name, sizeof name, i < 6 ? "cifar/data_batch_%d.bin" : "cifar/test_batch.bin", i);
        assert_int_equal(make_batch(in(path, name), 0, &e), SIAM_OK);
    }
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        try_reader(&readers[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_may_change)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
