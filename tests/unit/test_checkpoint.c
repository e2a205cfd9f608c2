/* Checkpoints: round trips, the hashes, and files that lie about themselves. */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "checkpoint/checkpoint.h"

static char dir[] = "/tmp/siam-ckpt-XXXXXX";
static char path[128];  /* what the writer writes */
static char memory[64]; /* a file in memory for the thousands of damaged ones */
static int memory_fd;

static int make_dir(void **state)
{
    (void)state;
    memory_fd = memfd_create("damaged", MFD_CLOEXEC);
    snprintf(memory, sizeof memory, "/proc/self/fd/%d", memory_fd);
    if (memory_fd < 0 || !mkdtemp(dir))
        return -1;
    snprintf(path, sizeof path, "%s/x.safetensors", dir);
    return 0;
}

static int remove_dir(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir); /* fails when a temporary file was left behind */
}

static void put(const void *data, size_t n)
{
    assert_int_equal(ftruncate(memory_fd, (off_t)n), 0);
    assert_int_equal(pwrite(memory_fd, data, n, 0), n);
}

/* A file of this header and n bytes of data. */
static void put_data(const char *header, const void *data, size_t n)
{
    char buf[4096];
    const uint64_t len = strlen(header);
    assert_true(8 + len + n <= sizeof buf);
    memcpy(buf, &len, 8);
    memcpy(buf + 8, header, len);
    memcpy(buf + 8 + len, data, n);
    put(buf, 8 + len + n);
}

static void put_header(const char *header, size_t n)
{
    static const char zeros[4096];
    put_data(header, zeros, n);
}

static void assert_refused(const char *word)
{
    siam_err e = {0};
    siam_ckpt *c;
    assert_int_equal(siam_ckpt_open(&c, memory, &e), SIAM_E_DATA);
    assert_null(c);
    assert_non_null(strstr(e.msg, memory));
    if (!strstr(e.msg, word))
        fail_msg("'%s' is not in: %s", word, e.msg);
}

static siam_ckpt *open_ok(const char *file)
{
    siam_err e = {0};
    siam_ckpt *c;
    if (siam_ckpt_open(&c, file, &e))
        fail_msg("%s", e.msg);
    return c;
}

static float weight[6] = {1, -2, 0.5f, 1e-40f, 3e38f, -0.0f};
static const int64_t steps[1] = {1234};
static const uint16_t half[4] = {0x3c00, 0xc000, 0x0001, 0x7bff}; /* 1, -2, 2^-24, 65504 */
static const uint16_t bfloat[2] = {0x3f80, 0xc049};               /* 1, -3.140625 */
static siam_ckpt_entry entries[] = {
    {"backbone.conv1.weight", {SIAM_F32, SIAM_NCHW, 4, {1, 2, 3, 1}}},
    {"num_batches_tracked", {SIAM_I64, SIAM_NCHW, 0, {1, 1, 1, 1}}},
    {"h", {SIAM_F16, SIAM_NCHW, 2, {2, 2, 1, 1}}},
    {"b\"\\\xc3\xa9", {SIAM_BF16, SIAM_NCHW, 1, {2, 1, 1, 1}}},
    {"empty", {SIAM_F32, SIAM_NCHW, 2, {0, 7, 1, 1}}},
};
static const void *const values[] = {weight, steps, half, bfloat, weight};
static const siam_ckpt_meta metas[] = {{"step", "1234"},
                                       {"note", "a \"header_xxh3\":\"0000000000000000\" b\n"}};

static void write_ok(void)
{
    siam_err e = {0};
    if (siam_ckpt_formats[0]->write(path, entries, values, 5, metas, 2, &e))
        fail_msg("%s", e.msg);
}

static void round_trip(void **state)
{
    (void)state;
    write_ok();
    siam_ckpt *c = open_ok(path);
    siam_err e = {0};
    const siam_ckpt_format *f = c->format;
    assert_string_equal(f->name, "safetensors");
    assert_int_equal(f->count(c), 5);
    assert_int_equal(f->verify(c, &e), SIAM_OK);
    assert_string_equal(f->meta(c, "step"), "1234");
    assert_string_equal(f->meta(c, "note"), metas[1].value);
    assert_int_equal(strlen(f->meta(c, "payload_xxh3")), 16);
    assert_null(f->meta(c, "epoch"));
    assert_int_equal(siam_ckpt_find(c, "nothing"), -1);
    for (int i = 0; i < 5; i++) {
        const int j = siam_ckpt_find(c, entries[i].name);
        assert_true(j >= 0);
        assert_true(siam_desc_eq(&f->entry(c, j)->desc, &entries[i].desc));
    }
    float got[6];
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, entries[0].name), got, 6, &e), SIAM_OK);
    assert_memory_equal(got, weight, sizeof weight);
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, "num_batches_tracked"), got, 1, &e), SIAM_OK);
    assert_true(got[0] == 1234);
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, "h"), got, 4, &e), SIAM_OK);
    assert_true(got[0] == 1 && got[1] == -2 && got[2] == 0x1p-24f && got[3] == 65504);
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, entries[3].name), got, 2, &e), SIAM_OK);
    assert_true(got[0] == 1 && got[1] == -3.140625f);
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, "empty"), got, 0, &e), SIAM_OK);
    assert_int_equal(f->read_f32(c, siam_ckpt_find(c, "h"), got, 3, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "4 elements where 3"));
    siam_ckpt_close(&c);
    assert_null(c);
    siam_ckpt_close(&c);
}

static void data_is_aligned(void **state)
{
    (void)state;
    write_ok();
    char *data;
    size_t n;
    uint64_t len;
    assert_int_equal(siam_file_read(path, 1 << 20, &data, &n, NULL), SIAM_OK);
    memcpy(&len, data, 8);
    assert_int_equal((8 + len) % 64, 0);
    free(data);
}

static void half_specials(void **state)
{
    (void)state;
    const uint16_t h[4] = {0x7c00, 0xfc00, 0x7e00, 0x8000};
    char buf[256];
    const char *header = "{\"h\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}";
    const uint64_t len = strlen(header);
    memcpy(buf, &len, 8);
    memcpy(buf + 8, header, len);
    memcpy(buf + 8 + len, h, 8);
    put(buf, 16 + len);
    siam_ckpt *c = open_ok(memory);
    float v[4];
    assert_int_equal(c->format->read_f32(c, 0, v, 4, NULL), SIAM_OK);
    assert_true(isinf(v[0]) && v[0] > 0 && isinf(v[1]) && v[1] < 0 && isnan(v[2]) && v[3] == 0 &&
                signbit(v[3]));
    assert_int_equal(c->format->verify(c, NULL), SIAM_OK); /* no hash to compare with */
    siam_ckpt_close(&c);
}

/* Every flipped bit of a file we wrote is refused by open or by verify. */
static void every_bit_counts(void **state)
{
    (void)state;
    write_ok();
    char *data;
    size_t n;
    assert_int_equal(siam_file_read(path, 1 << 20, &data, &n, NULL), SIAM_OK);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            data[i] ^= (char)(1 << bit);
            put(data, n);
            siam_ckpt *c;
            siam_code rc = siam_ckpt_open(&c, memory, NULL);
            if (!rc)
                rc = c->format->verify(c, NULL);
            siam_ckpt_close(&c);
            if (rc != SIAM_E_DATA)
                fail_msg("bit %d of byte %zu of %zu: code %d", bit, i, n, rc);
            data[i] ^= (char)(1 << bit);
        }
    for (size_t cut = 0; cut < n; cut++) {
        put(data, cut);
        siam_ckpt *c;
        assert_int_equal(siam_ckpt_open(&c, memory, NULL), SIAM_E_DATA);
    }
    free(data);
}

#define ENTRY(dtype, shape, offsets) "{\"dtype\":" dtype ",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void hostile_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header, *word;
        size_t n;
    } row[] = {
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[-4,0]") "}", "data_offsets", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,8]") "}", "outside", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[4,0]") "}", "outside", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[9223372036854775803,9223372036854775807]") "}", "outside", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[18446744073709551612,18446744073709551616]") "}", "JSON", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0.0,4.0]") "}", "data_offsets", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4,4]") "}", "data_offsets", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "\"0,4\"") "}", "data_offsets", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[2]", "[0,4]") "}", "do not fit its shape", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,8]") "}", "do not fit its shape", 8},
        {"{\"a\":" ENTRY("\"F32\"", "[0]", "[0,4]") "}", "do not fit its shape", 4},
        {"{\"a\":" ENTRY("\"F16\"", "[2,2]", "[0,16]") "}", "do not fit its shape", 16},
        {"{\"a\":" ENTRY("\"I64\"", "[]", "[0,9]") "}", "do not fit its shape", 9},
        {"{\"a\":" ENTRY("\"F32\"", "[-1]", "[0,4]") "}", "sizes >= 0", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[\"1\"]", "[0,4]") "}", "sizes >= 0", 4},
        {"{\"a\":" ENTRY("\"F32\"", "1", "[0,4]") "}", "sizes >= 0", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[4294967296,4294967296,1]", "[0,0]") "}", "overflows", 0},
        {"{\"a\":" ENTRY("\"F32\"", "[4611686018427387904]", "[0,0]") "}", "overflows", 0},
        {"{\"a\":" ENTRY("\"F32\"", "[9223372036854775807,9223372036854775807,0]", "[0,0]") "}", "overflows",
         0},
        {"{\"a\":" ENTRY("\"F33\"", "[1]", "[0,4]") "}", "dtype", 4},
        {"{\"a\":" ENTRY("32", "[1]", "[0,4]") "}", "dtype", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") ",\"b\":" ENTRY("\"F32\"", "[1]", "[2,6]") "}",
         "overlaps", 6},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") ",\"b\":" ENTRY("\"F32\"", "[1]", "[0,4]") "}",
         "overlaps", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") ",\"b\":" ENTRY("\"F32\"", "[1]", "[5,9]") "}", "gap", 9},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[4,8]") "}", "gap", 8},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") "}", "behind its last", 5},
        {"{}", "behind its last", 1},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") ",\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") "}", "JSON",
         4},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "JSON", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", "exactly the fields", 4},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", "exactly the fields", 4},
        {"{\"a\":[]}", "exactly the fields", 0},
        {"{\"a\":null}", "exactly the fields", 0},
        {"{\"__metadata__\":{\"x\":1}}", "not a string", 0},
        {"{\"__metadata__\":[]}", "not an object", 0},
        {"{\"__metadata__\":{\"x\":{\"y\":{\"z\":1}}}}", "nested", 0},
        {"{\"a\\u0000b\":" ENTRY("\"F32\"", "[1]", "[0,4]") "}", "JSON", 4},
        {"{\"\xff\":" ENTRY("\"F32\"", "[1]", "[0,4]") "}", "JSON", 4},
        {"{\"a\":" ENTRY("\"F32\"", "[1]", "[0,4]") "} x", "JSON", 4},
        {"{\"a\":", "JSON", 4},
        {" {}", "not a checkpoint", 0},
        {"[]", "not a checkpoint", 0},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        put_header(row[i].header, row[i].n);
        assert_refused(row[i].word);
    }
}

static void hostile_frames(void **state)
{
    (void)state;
    put("", 0);
    assert_refused("empty");
    put("1234567", 7);
    assert_refused("not a checkpoint");
    put("\2\0\0\0\0\0\0\0", 8);
    assert_refused("not a checkpoint");
    put("\0\0\0\0\0\0\0\0{}", 10);
    assert_refused("0 bytes");
    put("\3\0\0\0\0\0\0\0{}", 10);
    assert_refused("3 bytes");
    put("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    assert_refused("18446744073709551615 bytes");
    put("\xf8\xff\xff\xff\xff\xff\xff\xff{}", 10); /* 8 + length wraps to 0 */
    assert_refused("18446744073709551608 bytes");
    put("7z\xbc\xaf\x27\x1c no such", 14);
    assert_refused("safetensors"); /* says what it could have been */

    const size_t n = (16u << 20) + 1;
    char *big = malloc(n + 8);
    const uint64_t len = n;
    memset(big, ' ', n + 8);
    memcpy(big, &len, 8);
    memcpy(big + 8, "{}", 2);
    put(big, n + 8);
    assert_refused("at most 16777216");
    memset(big + 8, '[', 100000); /* as deep as a parser would follow */
    memcpy(big + 8, "{\"a\":", 5);
    const uint64_t small = 100000;
    memcpy(big, &small, 8);
    put(big, 8 + 100000);
    assert_refused("nested");
    memset(big + 8, ',', 8u << 20);
    memcpy(big + 8, "{\"a\":", 5);
    const uint64_t many = 8u << 20;
    memcpy(big, &many, 8);
    put(big, 8 + many);
    assert_refused("too long");
    free(big);

    siam_err e = {0};
    siam_ckpt *c;
    char none[160];
    snprintf(none, sizeof none, "%s/none/x.safetensors", dir);
    assert_int_equal(siam_ckpt_open(&c, none, &e), SIAM_E_NOTFOUND);
    assert_non_null(strstr(e.msg, none));
}

/* What the format allows but we cannot use is listed, and refused only when it is read. */
static void unusual_tensors(void **state)
{
    (void)state;
    put_header(
        "{\"five\":" ENTRY("\"F32\"", "[1,1,1,1,1]", "[0,4]") ",\"d\":" ENTRY("\"C64\"", "[1]", "[4,12]") //
        ",\"i\":" ENTRY("\"I64\"", "[1]", "[12,20]") ",\"u\":" ENTRY("\"U8\"", "[3]", "[20,23]") "}",
        23);
    siam_ckpt *c = open_ok(memory);
    const siam_ckpt_format *f = c->format;
    float v[3];
    siam_err e = {0};
    assert_int_equal(f->count(c), 4);
    assert_int_equal(f->entry(c, 0)->desc.dtype, SIAM_DTYPE_COUNT);
    assert_int_equal(f->read_f32(c, 0, v, 1, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "5 dimensions"));
    e = (siam_err){0};
    assert_int_equal(f->read_f32(c, 1, v, 1, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "C64"));
    assert_int_equal(f->read_f32(c, 2, v, 1, NULL), SIAM_OK);
    assert_true(v[0] == 0);
    assert_int_equal(f->read_f32(c, 3, v, 3, NULL), SIAM_E_DATA);
    siam_ckpt_close(&c);
}

/* Double precision is rounded, as from .pth; what float32 cannot hold is refused, and so are types that are none of ours,
 * by name. */
static void double_precision(void **state)
{
    (void)state;
    static const double good[] = {0, 1, -0.1, 1e30, 1e-50, 3.4028234663852886e38, INFINITY}, bad[] = {1e300, -3.5e38};
    char words[64];
    float v;
    for (size_t i = 0; i < sizeof good / sizeof *good + sizeof bad / sizeof *bad; i++) {
        const bool fits = i < sizeof good / sizeof *good;
        const double x = fits ? good[i] : bad[i - sizeof good / sizeof *good];
        put_data("{\"d\":" ENTRY("\"F64\"", "[1]", "[0,8]") "}", &x, sizeof x);
        siam_ckpt *c = open_ok(memory);
        siam_err e = {0};
        assert_int_equal(c->format->entry(c, 0)->desc.dtype, SIAM_F32);
        assert_null(c->format->obstacle(c, 0, words, sizeof words));
        assert_int_equal(c->format->read_f32(c, 0, &v, 1, &e), fits ? SIAM_OK : SIAM_E_DATA);
        if (fits)
            assert_true(v == (float)x);
        else
            assert_non_null(strstr(e.msg, "float32 cannot"));
        siam_ckpt_close(&c);
    }
    static const char *const types[] = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "BOOL", "U8"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[128];
        snprintf(header, sizeof header, "{\"conv1.weight\":{\"dtype\":\"%s\",\"shape\":[1],\"data_offsets\":[0,1]}}", types[i]);
        put_header(header, 1);
        siam_ckpt *c = open_ok(memory);
        siam_err e = {0};
        assert_int_equal(c->format->read_f32(c, 0, &v, 1, &e), SIAM_E_DATA);
        assert_non_null(strstr(e.msg, types[i]));
        assert_non_null(strstr(c->format->obstacle(c, 0, words, sizeof words), types[i]));
        siam_ckpt_close(&c);
    }
}

/* Integers are read where float32 holds each of them: up to 2^24. */
static void integers(void **state)
{
    (void)state;
    static const int64_t good[] = {0, 1, -1, 1234, 16777215, 16777216, -16777216},
                         bad[] = {16777217, -16777217, 16777218, INT32_MAX, 1LL << 32, INT64_MAX, INT64_MIN};
    enum { GOOD = sizeof good / sizeof *good, BAD = sizeof bad / sizeof *bad };
    for (int i = 0; i < GOOD + BAD; i++) {
        const int64_t x = i < GOOD ? good[i] : bad[i - GOOD];
        char said[64];
        float v;
        put_data("{\"i\":" ENTRY("\"I64\"", "[1]", "[0,8]") "}", &x, sizeof x);
        siam_ckpt *c = open_ok(memory);
        siam_err e = {0};
        assert_int_equal(c->format->read_f32(c, 0, &v, 1, &e), i < GOOD ? SIAM_OK : SIAM_E_DATA);
        snprintf(said, sizeof said, "holds the integer %lld, which float32 cannot", (long long)x);
        if (i < GOOD)
            assert_true((int64_t)v == x);
        else
            assert_non_null(strstr(e.msg, said));
        siam_ckpt_close(&c);
    }
}

static void refuses_nonfinite(void **state)
{
    (void)state;
    write_ok();
    siam_ckpt *before = open_ok(path);
    const float bad[2] = {NAN, -INFINITY};
    const uint16_t bad_half = 0x7c00;
    for (int i = 0; i < 3; i++) {
        siam_err e = {0};
        const float saved = weight[4];
        const void *v[] = {weight, steps, i == 2 ? &bad_half : half, bfloat, weight};
        siam_ckpt_entry x[5];
        memcpy(x, entries, sizeof x);
        if (i < 2)
            weight[4] = bad[i];
        else
            x[2].desc = (siam_desc){SIAM_F16, SIAM_NCHW, 1, {1, 1, 1, 1}};
        assert_int_equal(siam_ckpt_formats[0]->write(path, x, v, 5, metas, 2, &e), SIAM_E_NUMERIC);
        assert_non_null(strstr(e.msg, i < 2 ? "backbone.conv1.weight" : "'h'"));
        weight[4] = saved;
    }
    siam_ckpt *after = open_ok(path); /* the file of before is still there, whole */
    assert_int_equal(after->format->verify(after, NULL), SIAM_OK);
    siam_ckpt_close(&after);
    siam_ckpt_close(&before);
}

static int left; /* allocations of jansson until one fails */

static void *scarce(size_t n) { return left-- > 0 ? malloc(n) : NULL; }

/* Whatever allocation fails, memory is what is said to be missing: not that a text were no text. */
static void no_memory_for_the_header(void **state)
{
    (void)state;
    siam_code rc = SIAM_E_NOMEM;
    int tried = 0;
    for (; rc == SIAM_E_NOMEM && tried < 1000; tried++) {
        siam_err e = {0};
        left = tried;
        json_set_alloc_funcs(scarce, free);
        rc = siam_ckpt_formats[0]->write(path, entries, values, 5, metas, 2, &e);
        json_set_alloc_funcs(malloc, free);
        assert_true(!rc || strstr(e.msg, "out of memory writing"));
    }
    assert_int_equal(rc, SIAM_OK);
    assert_true(tried > 10);
}

static void write_failures(void **state)
{
    (void)state;
    siam_err e = {0};
    char none[160];
    snprintf(none, sizeof none, "%s/none/x.safetensors", dir);
    assert_int_equal(siam_ckpt_formats[0]->write(none, entries, values, 5, metas, 2, &e), SIAM_E_NOTFOUND);
    const siam_ckpt_meta bad = {"path", "\xff"};
    e = (siam_err){0};
    assert_int_equal(siam_ckpt_formats[0]->write(path, entries, values, 5, &bad, 1, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "UTF-8"));
    e = (siam_err){0};
    assert_int_equal(siam_ckpt_formats[0]->write("/dev/full/x", entries, values, 5, metas, 2, &e),
                     SIAM_E_NOTFOUND);
}

/* Files collected to break readers: each is refused in words, or opens and can be read through. */
static void hostile_collection(void **state)
{
    (void)state;
    const char *data = getenv("SIMSIAM_TEST_DATA"), *source = getenv("SIMSIAM_SOURCE");
    char folder[4096] = "";
    if (data)
        snprintf(folder, sizeof folder, "%s/hostile/safetensors-malformed", data);
    else if (source)
        snprintf(folder, sizeof folder, "%s/../shared/data/hostile/safetensors-malformed", source);
    DIR *d = *folder ? opendir(folder) : NULL;
    if (!d)
        skip();
    int opened = 0, refused = 0;
    for (struct dirent *x; (x = readdir(d));) {
        char name[8192];
        snprintf(name, sizeof name, "%s/%s", folder, x->d_name);
        if (x->d_name[0] == '.')
            continue;
        siam_err e = {0};
        siam_ckpt *c;
        const siam_code rc = siam_ckpt_open(&c, name, &e);
        if (!strncmp(x->d_name, "bad_", 4) && rc != SIAM_E_DATA)
            fail_msg("%s: code %d", name, rc);
        if (!strncmp(x->d_name, "ok_", 3) && rc)
            fail_msg("%s", e.msg);
        rc ? refused++ : opened++;
        if (rc) {
            assert_non_null(strstr(e.msg, x->d_name));
            continue;
        }
        for (int i = 0; i < c->format->count(c); i++) {
            const siam_desc *t = &c->format->entry(c, i)->desc;
            const size_t n = t->ndim ? (size_t)siam_desc_count(t) : 1;
            float *v = malloc(n * sizeof *v + 1);
            c->format->read_f32(c, i, v, n, NULL);
            free(v);
        }
        siam_ckpt_close(&c);
    }
    closedir(d);
    assert_true(opened + refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),      cmocka_unit_test(data_is_aligned),
        cmocka_unit_test(half_specials),   cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(hostile_headers), cmocka_unit_test(hostile_frames),
        cmocka_unit_test(unusual_tensors),
        cmocka_unit_test(double_precision), cmocka_unit_test(integers), cmocka_unit_test(refuses_nonfinite),
        cmocka_unit_test(no_memory_for_the_header), cmocka_unit_test(write_failures),  cmocka_unit_test(hostile_collection),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
