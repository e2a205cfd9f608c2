/* PyTorch files made by hand, each with one field that lies or is rarely seen. */
#include "torch_case.h"

/* A pickled tensor of one float in storage '1', and what follows the object of a file that has it. */
#define TENSOR                                                                                                        \
    "ctorch._utils\n_rebuild_tensor\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"                                 \
    "1NK\1NtQK\0K\1\x85K\1\x85tR"
static const char storages[] = "\x80\2](X\1\0\0\0"
                               "1e.\1\0\0\0\0\0\0\0\0\0\x80\x3f";

/* What was never stored in the memo cannot be taken from it: in an empty one, just behind its end, in a gap, at the end of its
 * memory, far away. */
static void memo_has_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        size_t n;
    } rows[] = {
#define ROW(text) {text, sizeof text - 1}
        ROW("h\0."),           ROW("h\1."),          ROW("j\0\0\0\0."), ROW("j\xff\xff\xff\xff."), ROW("Nq\0h\1."),
        ROW("Nr\0\0\0\0j\1\0\0\0."), ROW("N\x94h\1."), ROW("N\x94\x94h\2."), ROW("Nq\5h\3."), ROW("Nq\5h\6."),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_object(rows[i].object, rows[i].n);
        assert_refused(memory, SIAM_E_DATA, "uses a value that was never stored");
    }
    for (int stored = 60; stored <= 260; stored++) { /* its room grows at 64, 128 and 256 */
        char object[512] = "N";
        int n = 1;
        memset(object + n, '\x94', (size_t)stored); /* MEMOIZE */
        n += stored;
        object[n++] = 'j'; /* LONG_BINGET */
        memcpy(object + n, &(uint32_t){(uint32_t)stored}, 4);
        n += 4;
        object[n++] = '.';
        put_object(object, (size_t)n);
        assert_refused(memory, SIAM_E_DATA, "uses a value that was never stored");
    }
}

/* The older stream ends with its last storage. */
static void nothing_behind_the_last_storage(void **state)
{
    (void)state;
    static const size_t more[] = {1, 4, 8, 511};
    size_t n;
    char *data = slurp("tiny_legacy.pth", &n), file[2048] = "";
    memcpy(file, data, n);
    free(data);
    put(file, n);
    siam_ckpt *c = open_ok(memory);
    siam_ckpt_close(&c);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        put(file, n + more[i]);
        assert_refused(memory, SIAM_E_DATA, "data behind its last storage");
    }
    put(file, n - 1);
    assert_refused(memory, SIAM_E_DATA, "cut short");
    static const char object[] = "}X\1\0\0\0wN" "s.";
    put_stream(object, sizeof object - 1, "\x80\2].\0", 5);
    assert_refused(memory, SIAM_E_DATA, "data behind its last storage");
}

/* Integers of every width, as metadata. */
static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        size_t n;
        const char *text;
    } rows[] = {
#define ROW(code, text) {code, sizeof code - 1, text}
        ROW("K\xff", "255"),
        ROW("M\xff\xff", "65535"),
        ROW("J\xff\xff\xff\xff", "-1"),
        ROW("J\0\0\0\x80", "-2147483648"),
        ROW("\x8a\0", "0"),
        ROW("\x8a\1\x7f", "127"),
        ROW("\x8a\1\xff", "-1"),
        ROW("\x8a\1\x80", "-128"),
        ROW("\x8a\2\x80\0", "128"),
        ROW("\x8a\2\0\x80", "-32768"),
        ROW("\x8a\3\0\0\x80", "-8388608"),
        ROW("\x8a\5\0\0\0\0\1", "4294967296"),
        ROW("\x8a\7\xff\xff\xff\xff\xff\xff\xff", "-1"),
        ROW("\x8a\x08\0\0\0\0\0\0\0\x80", "-9223372036854775808"),
        ROW("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "9223372036854775807"),
#undef ROW
    };
    static const char before[] = "}(X\3\0\0\0int", after[] = "X\1\0\0\0w" TENSOR "u.";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char object[512];
        size_t n = sizeof before - 1;
        memcpy(object, before, n);
        memcpy(object + n, rows[i].code, rows[i].n);
        n += rows[i].n;
        memcpy(object + n, after, sizeof after - 1);
        put_stream(object, n + sizeof after - 1, storages, sizeof storages - 1);
        siam_ckpt *c = open_ok(memory);
        assert_string_equal(c->format->meta(c, "int"), rows[i].text);
        siam_ckpt_close(&c);
    }
}

/* What stands beside "model" is its other half, unless it is a copy: an average of it, or named after it. */
static void copies_beside_a_model(void **state)
{
    (void)state;
    static const struct {
        const char *wrapper, *sibling;
        const char *name; /* of the model's tensor */
    } rows[] = {
        {"model", "ema_state", "w"},     {"model", "ema", "w"},           {"net", "ema_weights", "w"}, {"model", "model_ema", "w"},
        {"model", "model_best", "w"},    {"network", "head", "network.w"}, {"model", "head", "model.w"}, {"net", "classifier", "net.w"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char object[1024] = "}(";
        size_t n = 2;
        for (int k = 0; k < 2; k++) {
            static const char dict[] = "}X\1\0\0\0w" TENSOR "s";
            const char *key = k ? rows[i].sibling : rows[i].wrapper;
            object[n++] = 'X';
            memcpy(object + n, &(uint32_t){(uint32_t)strlen(key)}, 4);
            memcpy(object + n + 4, key, strlen(key));
            n += 4 + strlen(key);
            memcpy(object + n, dict, sizeof dict - 1);
            n += sizeof dict - 1;
        }
        memcpy(object + n, "u.", 2);
        put_stream(object, n + 2, storages, sizeof storages - 1);
        siam_ckpt *c = open_ok(memory);
        if (siam_ckpt_find(c, rows[i].name) < 0)
            fail_msg("'%s' beside '%s': there is no '%s'", rows[i].sibling, rows[i].wrapper, rows[i].name);
        siam_ckpt_close(&c);
    }
}

/* Names may take memory in proportion to the file, however often it repeats a long one: `n` tensors below a key of 230 bytes. */
static void put_names(int n)
{
    static const char first[] = "}(X\1\0\0\0w" TENSOR "q\0X\xe6\0\0\0", dict[] = "}(", end[] = "uu.";
    const size_t each = 1 + 4 + 6 + 2;
    char *object = malloc(1024 + (size_t)n * each), *to = object;
    assert_non_null(object);
    memcpy(to, first, sizeof first - 1);
    to += sizeof first - 1;
    memset(to, 'k', 230);
    memcpy(to += 230, dict, 2);
    to += 2;
    for (int i = 0; i < n; i++, to += each) {
        char name[16];
        snprintf(name, sizeof name, "%06d", i % 1000000);
        memcpy(to, "X\6\0\0\0", 5);
        memcpy(to + 5, name, 6);
        memcpy(to + 11, "h\0", 2);
    }
    memcpy(to, end, 3);
    put_stream(object, (size_t)(to - object) + 3, storages, sizeof storages - 1);
    free(object);
}

static void names_have_bounds(void **state)
{
    (void)state;
    for (int n = 1000; n <= 16000; n += 15000) {
        put_names(n);
        siam_ckpt *c = open_ok(memory);
        assert_int_equal(c->format->count(c), n + 1);
        siam_ckpt_close(&c);
    }
    for (int n = 18000; n <= 40000; n += 11000) {
        put_names(n);
        assert_refused(memory, SIAM_E_DATA, "more names than a file of its size should");
    }
}

/* Copies sizes and checksums of the directory into the local headers, as archives that were not streamed have them. */
static void unstream(char *zip, size_t n)
{
    for (size_t i = 0; i + 46 < n; i++) {
        if (memcmp(zip + i, "PK\1\2", 4))
            continue;
        uint32_t at;
        memcpy(&at, zip + i + 42, 4);
        zip[i + 8] = zip[at + 6] = 0; /* flags */
        memcpy(zip + at + 14, zip + i + 16, 12);
    }
}

/* What a local header says is what the directory says: two readers would otherwise see two files. */
static void local_headers_agree(void **state)
{
    (void)state;
    static const struct {
        int at, bytes; /* in a local header */
        bool streamed; /* also where sizes and checksums are only in the directory */
    } field[] = {{6, 2, true}, {8, 2, true}, {14, 4, false}, {18, 4, false}, {22, 4, false}, {26, 2, true}, {30, 8, true}};
    for (int streamed = 0; streamed < 2; streamed++) {
        size_t n;
        char *data = slurp("tiny.pth", &n);
        int members = 0;
        if (!streamed)
            unstream(data, n);
        put(data, n);
        siam_ckpt *c = open_ok(memory);
        siam_ckpt_close(&c);
        for (size_t i = 0; i + 30 < n; i++) {
            if (memcmp(data + i, "PK\3\4", 4))
                continue;
            members++;
            for (size_t f = 0; f < sizeof field / sizeof *field; f++)
                for (int k = 0; k < field[f].bytes && (field[f].streamed || !streamed); k++) {
                    char *byte = data + i + field[f].at + k;
                    *byte ^= 8; /* as a method: deflate */
                    put(data, n);
                    assert_refused(memory, SIAM_E_DATA, "disagrees with the directory");
                    *byte ^= 8;
                }
        }
        assert_true(members >= 3);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memo_has_bounds),
        cmocka_unit_test(nothing_behind_the_last_storage),
        cmocka_unit_test(integers),
        cmocka_unit_test(copies_beside_a_model), cmocka_unit_test(names_have_bounds),
        cmocka_unit_test(local_headers_agree),
    };
    return cmocka_run_group_tests(tests, find_files, NULL);
}
