/* PyTorch checkpoints as we write them: read back as they were, byte for byte the file that PyTorch was seen
 * to load (tests/interop), and nothing of them when something is wrong. SIMSIAM_KEEP=FILE keeps what is
 * written. */
#include <math.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "../hints/hint.h"

#include "base/file.h"
#include "checkpoint/checkpoint.h"

static siam_err err;
static char dir[] = "/tmp/siam-torch-XXXXXX";
static char path[128];

static void must(siam_code rc)
{
    if (rc)
        fail_msg("%s", err.msg);
}

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/x.pth", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

enum { N = 8 };
static const float weight[] = {1, -2, 0.5f, 3e38f, -0.0f, 1e-45f}, bias[] = {0.25f};
static const uint16_t half[] = {0x3c00, 0xc000}, brain[] = {0x3f80, 0xc049};
static const int64_t steps[] = {1234567};
static const uint8_t bytes[] = {0, 255};

static const void *const data[N] = {weight, bias, half, brain, steps, bytes, weight, weight};
static siam_ckpt_entry entries[N] = {{"conv1.weight", {SIAM_F32, SIAM_NCHW, 4, {1, 3, 2, 1}}},
                                     {"b", {SIAM_F32, SIAM_NCHW, 1, {1}}},
                                     {"half", {SIAM_F16, SIAM_NCHW, 2, {1, 2}}},
                                     {"brain", {SIAM_BF16, SIAM_NCHW, 1, {2}}},
                                     {"bn1.num_batches_tracked", {SIAM_I64, SIAM_NCHW, 0, {0}}},
                                     {"bytes", {SIAM_U8, SIAM_NCHW, 1, {2}}},
                                     {"empty", {SIAM_F32, SIAM_NCHW, 2, {0, 3}}},
                                     {"gr\xc3\xb6\xc3\x9f"
                                      "e",
                                      {SIAM_F32, SIAM_NCHW, 2, {2, 3}}}};
static const siam_ckpt_meta meta[] = {
    {"epoch", "100"},
    {"meta.epoch", "-70000"},
    {"siam.arch", "resnet18"},
    {"arch", "resnet50"},
    {"meta.dataset_meta.classes", "tench\ngoldfish, \"carassius\"\nw\xc3\xb6lf"},
    {"meta.time", "5000000000"},
    {"meta.code", "007"}};
enum { METAS = sizeof meta / sizeof *meta };

static siam_code write_all(int n, int metas)
{
    err = (siam_err){0};
    return siam_ckpt_torch.write(path, entries, data, n, meta, metas, &err);
}

static size_t count_of(const siam_desc *d) { return d->ndim ? (size_t)siam_desc_count(d) : 1; }

static void assert_whole(const siam_ckpt *c)
{
    assert_int_equal(c->format->count(c), N);
    must(c->format->verify(c, &err));
    for (int i = 0; i < N; i++) {
        const siam_ckpt_entry *x = c->format->entry(c, i);
        const siam_desc *d = &entries[i].desc;
        float got[8];
        assert_string_equal(x->name, entries[i].name);
        assert_int_equal(x->desc.dtype, d->dtype);
        assert_int_equal(x->desc.ndim, d->ndim);
        for (int k = 0; k < d->ndim; k++)
            assert_int_equal(x->desc.dim[k], d->dim[k]);
        if (d->dtype == SIAM_U8)
            continue;
        must(c->format->read_f32(c, i, got, count_of(d), &err));
        if (d->dtype == SIAM_F32)
            assert_memory_equal(got, data[i], 4 * count_of(d));
        else if (d->dtype == SIAM_I64)
            assert_true(got[0] == (float)steps[0]);
        else
            assert_true(got[0] == 1.0f && got[1] == (i == 2 ? -2.0f : -3.140625f));
    }
}

static void comes_back(void **state)
{
    (void)state;
    for (int metas = 0; metas <= METAS; metas += METAS) {
        siam_ckpt *c;
        must(write_all(N, metas));
        must(siam_ckpt_open(&c, path, &err));
        assert_ptr_equal(c->format, &siam_ckpt_torch);
        assert_whole(c);
        for (int i = 0; i < METAS; i++) {
            const char *text = c->format->meta(c, meta[i].key);
            if (i < metas)
                assert_string_equal(text, meta[i].value);
            else
                assert_null(text);
        }
        siam_ckpt_close(&c);
    }
}

/* "epoch" and "epochs" are two keys, in either order. */
static void a_key_may_begin_another(void **state)
{
    (void)state;
    static const siam_ckpt_meta alike[] = {{"epochs", "100"}, {"epoch", "7"},    {"a.long", "1"},
                                           {"a.lo", "2"},     {"a.longer", "3"}, {"ab", "4"}};
    siam_ckpt *c;
    err = (siam_err){0};
    must(siam_ckpt_torch.write(path, entries, data, N, alike, 6, &err));
    must(siam_ckpt_open(&c, path, &err));
    for (int i = 0; i < 6; i++)
        assert_string_equal(c->format->meta(c, alike[i].key), alike[i].value);
    siam_ckpt_close(&c);
}

/* Every payload begins where a mapped float, or a vector register's worth of them, may. */
static void payloads_are_aligned(void **state)
{
    (void)state;
    char *file;
    size_t n;
    must(write_all(N, METAS));
    must(siam_file_read(path, 1 << 20, &file, &n, &err));
    int members = 0;
    for (size_t at = 0; !memcmp(file + at, "PK\3\4", 4); members++) {
        uint32_t size;
        uint16_t name_n, extra_n;
        memcpy(&size, file + at + 18, 4);
        memcpy(&name_n, file + at + 26, 2);
        memcpy(&extra_n, file + at + 28, 2);
        at += 30u + name_n + extra_n;
        assert_int_equal(at % 64, 0);
        at += size;
    }
    assert_int_equal(members, N + 4); /* pickle, byte order, notes, version */
    free(file);
}

static void is_what_pytorch_loads(void **state)
{
    (void)state;
    const char *source = getenv("SIMSIAM_SOURCE"), *keep = getenv("SIMSIAM_KEEP");
    char known[4096], *want, *got;
    size_t want_n, got_n;
    must(write_all(N, METAS));
    must(siam_file_read(path, 1 << 20, &got, &got_n, &err));
    if (keep)
        must(siam_file_write_atomic(keep, got, got_n, &err));
    snprintf(known, sizeof known, "%s/tests/data/torch/written.pth", source ? source : ".");
    must(siam_file_read(known, 1 << 20, &want, &want_n, &err));
    assert_int_equal(got_n, want_n);
    assert_memory_equal(got, want, got_n);
    free(got);
    free(want);
}

static void refused(void **state)
{
    (void)state;
    char *before, *after;
    size_t before_n, after_n;
    const float nan[] = {1, NAN};
    const uint16_t infinity[] = {0x7c00};
    const siam_ckpt_entry x = {"x", {SIAM_F32, SIAM_NCHW, 1, {2}}}, h = {"h", {SIAM_F16, SIAM_NCHW, 1, {1}}},
                          bad = {"\xff", {SIAM_F32, SIAM_NCHW, 1, {1}}};
    const siam_ckpt_meta wrong = {"epoch", "\xc3"};
    must(write_all(N, METAS));
    must(siam_file_read(path, 1 << 20, &before, &before_n, &err));
    siam_err e = {0};
    assert_int_equal(siam_ckpt_torch.write(path, &x, &(const void *){nan}, 1, NULL, 0, &e), SIAM_E_NUMERIC);
    assert_non_null(strstr(e.msg, "'x'"));
    assert_int_equal(siam_ckpt_torch.write(path, &h, &(const void *){infinity}, 1, NULL, 0, NULL),
                     SIAM_E_NUMERIC);
    assert_int_equal(siam_ckpt_torch.write(path, &bad, &(const void *){bias}, 1, NULL, 0, NULL), SIAM_E_DATA);
    assert_int_equal(siam_ckpt_torch.write(path, entries, data, 1, &wrong, 1, NULL), SIAM_E_DATA);
    assert_int_equal(siam_ckpt_torch.write("/nowhere/x.pth", entries, data, N, NULL, 0, NULL),
                     SIAM_E_NOTFOUND);
    must(siam_file_read(path, 1 << 20, &after, &after_n, &err));
    assert_int_equal(before_n, after_n);
    assert_memory_equal(before, after, after_n);
    free(before);
    free(after);
}

/* Refused before it is written, with a hint of the format that has no such limit: there the failure is the disk's. */
static void more_than_4_gib(void **state)
{
    (void)state;
    const int64_t n = (INT64_C(1) << 32) + 1;
    void *zeros = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (zeros == MAP_FAILED)
        skip();
    const siam_ckpt_entry entry = {(char *)"x", {SIAM_U8, SIAM_NCHW, 1, {n}}};
    const void *const at[] = {zeros};
    siam_err e = {0}, other = {0};
    assert_int_equal(siam_ckpt_torch.write(path, &entry, at, 1, NULL, 0, &e), SIAM_E_UNSUPPORTED);
    assert_hint(&e, "a name that ends in .safetensors");
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1 << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char name[160];
    snprintf(name, sizeof name, "%s/x.safetensors", dir);
    assert_int_equal(siam_ckpt_safetensors.write(name, &entry, at, 1, NULL, 0, &other), SIAM_E_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_hint(&other, "a larger limit for files (ulimit -f), or another file system");
    munmap(zeros, (size_t)n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(a_key_may_begin_another),
        cmocka_unit_test(payloads_are_aligned),
        cmocka_unit_test(is_what_pytorch_loads),
        cmocka_unit_test(refused),
        cmocka_unit_test(more_than_4_gib),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
