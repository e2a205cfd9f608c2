/* Zip archives and older streams whose parts contradict each other: each way of reading them would read something else. */
#include "torch_case.h"

enum { LOCAL = 30, CENTRAL = 46, END = 22, MEMBERS_MAX = 32 };

typedef struct zip {
    char *data; /* tiny.pth, with room behind it */
    size_t n;
    size_t local[MEMBERS_MAX], central[MEMBERS_MAX];
    int members;
} zip;

static uint32_t get(const zip *z, size_t at, size_t bytes)
{
    uint32_t v = 0;
    memcpy(&v, z->data + at, bytes);
    return v;
}

static void set(const zip *z, size_t at, uint64_t v, size_t bytes) { memcpy(z->data + at, &v, bytes); }

static zip tiny(void)
{
    zip z = {0};
    char *file = slurp("tiny.pth", &z.n);
    z.data = calloc(1, z.n + 4096);
    memcpy(z.data, file, z.n);
    free(file);
    for (size_t at = get(&z, z.n - END + 16, 4); at < z.n - END && !memcmp(z.data + at, "PK\1\2", 4);
         at += CENTRAL + get(&z, at + 28, 2) + get(&z, at + 30, 2) + get(&z, at + 32, 2)) {
        assert_true(z.members < MEMBERS_MAX);
        z.central[z.members] = at;
        z.local[z.members++] = get(&z, at + 42, 4);
    }
    assert_true(z.members >= 3);
    return z;
}

/* Without PyTorch's own large end record. */
static void drop_zip64(zip *z)
{
    const size_t end = z->n - END;
    if (memcmp(z->data + end - 20, "PK\6\7", 4))
        return;
    memmove(z->data + end - 76, z->data + end, END);
    z->n -= 76;
}

static void refuse(const zip *z, const char *word)
{
    put(z->data, z->n);
    assert_refused(memory, SIAM_E_DATA, word);
}

/* Two members of one name: which is meant? */
static void names_are_there_once(void **state)
{
    (void)state;
    int pairs = 0;
    for (int a = 0; a < MEMBERS_MAX; a++)
        for (int b = 0; b < a; b++) {
            zip z = tiny();
            if (a < z.members && get(&z, z.central[a] + 28, 2) == get(&z, z.central[b] + 28, 2)) {
                const size_t n = get(&z, z.central[a] + 28, 2);
                memcpy(z.data + z.central[a] + CENTRAL, z.data + z.central[b] + CENTRAL, n);
                memcpy(z.data + z.local[a] + LOCAL, z.data + z.local[b] + LOCAL, n);
                refuse(&z, "is there twice");
                pairs++;
            }
            free(z.data);
        }
    assert_true(pairs > 0);
}

/* By its method or by its sizes: either alone says it. */
static void compressed_members(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        zip z = tiny();
        for (int i = 0; i < z.members; i++) {
            const uint32_t method = get(&z, z.central[i] + 10, 2), stored = get(&z, z.central[i] + 20, 4);
            if (way)
                set(&z, z.central[i] + 10, 8, 2);
            else
                set(&z, z.central[i] + 20, stored + 1, 4);
            put(z.data, z.n);
            assert_refused(memory, SIAM_E_UNSUPPORTED, "is compressed, which PyTorch does not do");
            set(&z, z.central[i] + 10, method, 2);
            set(&z, z.central[i] + 20, stored, 4);
        }
        free(z.data);
    }
}

/* A member ends before the directory, also where it would not if its name and extra field were counted as data. */
static void members_end_before_the_directory(void **state)
{
    (void)state;
    zip z = tiny();
    for (int i = 0; i < z.members; i++) {
        const size_t begin = z.local[i] + LOCAL, head = get(&z, z.local[i] + 26, 2) + get(&z, z.local[i] + 28, 2),
                     left = get(&z, z.n - END + 16, 4) - begin - head;
        const uint32_t size = get(&z, z.central[i] + 24, 4);
        const size_t beyond[] = {left + 1, left + head, left + head + LOCAL, 1u << 30};
        for (size_t k = 0; k < sizeof beyond / sizeof *beyond; k++) {
            set(&z, z.central[i] + 20, beyond[k], 4);
            set(&z, z.central[i] + 24, beyond[k], 4);
            set(&z, z.local[i] + 6, get(&z, z.central[i] + 8, 2) | 8, 2); /* its sizes stand behind it */
            set(&z, z.central[i] + 8, get(&z, z.local[i] + 6, 2), 2);
            refuse(&z, "reaches beyond the end of the file");
        }
        set(&z, z.central[i] + 20, size, 4);
        set(&z, z.central[i] + 24, size, 4);
    }
    free(z.data);
}

/* Each byte belongs to one member. */
static void members_do_not_overlap(void **state)
{
    (void)state;
    static const uint32_t more[] = {64, 128, 200};
    zip z = tiny();
    for (int i = 0; i + 2 < z.members; i++) /* that of the last but one would reach beyond the end */
        for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
            const uint32_t size = get(&z, z.central[i] + 24, 4), flags = get(&z, z.central[i] + 8, 2);
            for (int field = 20; field <= 24; field += 4)
                set(&z, z.central[i] + (size_t)field, size + more[k], 4);
            set(&z, z.central[i] + 8, flags | 8, 2); /* its sizes stand behind it */
            set(&z, z.local[i] + 6, flags | 8, 2);
            refuse(&z, "overlaps the one before it");
            set(&z, z.central[i] + 20, size, 4);
            set(&z, z.central[i] + 24, size, 4);
        }
    free(z.data);
}

/* A size of all ones stands in the extra field, which must be long enough for it. */
static void wide_sizes_have_room(void **state)
{
    (void)state;
    for (size_t length = 0; length < 8; length++) {
        zip z = tiny();
        drop_zip64(&z);
        const size_t at = z.central[z.members - 1], end = at + CENTRAL + get(&z, at + 28, 2), added = 4 + length;
        assert_int_equal(get(&z, at + 30, 2), 0);
        memmove(z.data + end + added, z.data + end, z.n - end);
        z.n += added;
        memset(z.data + end, 0, added);
        set(&z, end, 1, 2);
        set(&z, end + 2, length, 2);
        set(&z, at + 24, UINT32_MAX, 4);
        set(&z, at + 30, added, 2);
        set(&z, z.n - END + 12, get(&z, z.n - END + 12, 4) + added, 4);
        refuse(&z, "has an extra field that does not fit it");
        free(z.data);
    }
}

/* Replaces the end of the archive by a zip64 end record, its locator and the small end record. */
static void end_with_zip64(zip *z, uint64_t members, uint64_t bytes, uint64_t at)
{
    const size_t end = z->n - END;
    char small[END];
    memcpy(small, z->data + end, END);
    memset(z->data + end, 0, 56 + 20);
    memcpy(z->data + end, "PK\6\6", 4);
    set(z, end + 4, 44, 8);
    set(z, end + 24, members, 8);
    set(z, end + 32, members, 8);
    set(z, end + 40, bytes, 8);
    set(z, end + 48, at, 8);
    memcpy(z->data + end + 56, "PK\6\7", 4);
    set(z, end + 64, end, 8);
    set(z, end + 72, 1, 4);
    memcpy(z->data + end + 76, small, END);
    z->n += 76;
}

/* The small end record says what the large one says, or that it cannot. */
static void end_records_agree(void **state)
{
    (void)state;
    static const struct {
        int members, bytes, at; /* what the small record has too much; -1: all ones */
        bool good;
    } rows[] = {{0, 0, 0, true},  {-1, 0, 0, true},  {0, -1, 0, true},  {0, 0, -1, true},  {-1, -1, -1, true},
                {1, 0, 0, false}, {0, 46, 0, false}, {0, 0, 1, false},  {-1, -1, 4, false}, {-1, 1, -1, false},
                {7, -1, -1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        zip z = tiny();
        drop_zip64(&z);
        size_t end = z.n - END;
        const uint64_t members = get(&z, end + 10, 2), bytes = get(&z, end + 12, 4), at = get(&z, end + 16, 4);
        end_with_zip64(&z, members, bytes, at);
        end = z.n - END;
        set(&z, end + 8, rows[i].members < 0 ? UINT16_MAX : members + (uint64_t)rows[i].members, 2);
        set(&z, end + 10, get(&z, end + 8, 2), 2);
        set(&z, end + 12, rows[i].bytes < 0 ? UINT32_MAX : bytes + (uint64_t)rows[i].bytes, 4);
        set(&z, end + 16, rows[i].at < 0 ? UINT32_MAX : at + (uint64_t)rows[i].at, 4);
        if (rows[i].good) {
            put(z.data, z.n);
            siam_ckpt *c = open_ok(memory);
            siam_ckpt_close(&c);
        } else {
            refuse(&z, "the two end records of its zip archive disagree");
        }
        free(z.data);
    }
}

/* ---- the older stream ---- */

#define FLOATS "ctorch._utils\n_rebuild_tensor\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"

static void storages_are_there_once(void **state)
{
    (void)state;
    static const char object[] = "}X\1\0\0\0w" FLOATS "1NK\1NtQK\0K\1\x85K\1\x85tRs.";
    static const char one[] = "\x80\2](X\1\0\0\0001e.\1\0\0\0\0\0\0\0\0\0\x80\x3f";
    static const char two[] = "\x80\2](X\1\0\0\0001X\1\0\0\0001e.\1\0\0\0\0\0\0\0\0\0\x80\x3f\1\0\0\0\0\0\0\0\0\0\0\x40";
    static const char other[] = "\x80\2](X\1\0\0\0001X\1\0\0\0002e.\1\0\0\0\0\0\0\0\0\0\x80\x3f\1\0\0\0\0\0\0\0\0\0\0\x40";
    put_stream(object, sizeof object - 1, one, sizeof one - 1);
    siam_ckpt *c = open_ok(memory);
    siam_ckpt_close(&c);
    put_stream(object, sizeof object - 1, two, sizeof two - 1);
    assert_refused(memory, SIAM_E_DATA, "its list of storages has one twice");
    put_stream(object, sizeof object - 1, other, sizeof other - 1);
    assert_refused(memory, SIAM_E_DATA, "its list of storages has one twice, or one whose type is not known");
}

/* As many strides as sizes. */
static void strides_fit_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        size_t n;
    } rows[] = {
#define ROW(sizes, strides)                                                                                           \
    {"}X\1\0\0\0w" FLOATS "1NK\4NtQK\0" sizes strides "tRs.", sizeof("}X\1\0\0\0w" FLOATS "1NK\4NtQK\0" sizes strides "tRs.") - 1}
        ROW("K\4\x85", ")"),
        ROW("K\2K\2\x86", "K\1\x85"),
        ROW(")", "K\1\x85"),
        ROW("K\1\x85", "K\1K\1\x86"),
#undef ROW
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_object(rows[i].object, rows[i].n);
        assert_refused(memory, SIAM_E_DATA, "do not describe one");
    }
}

static void big_endian_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"tiny_legacy.pth", "kinds_legacy.pth"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t n;
        char *data = slurp(files[i], &n), *key = memmem(data, n, "little_endian", 13);
        assert_non_null(key);
        char *value = memchr(key + 13, '\x88', 8); /* NEWTRUE */
        assert_non_null(value);
        *value = '\x89';
        put(data, n);
        assert_refused(memory, SIAM_E_UNSUPPORTED, "big-endian");
        *value = 'N'; /* neither */
        put(data, n);
        assert_refused(memory, SIAM_E_UNSUPPORTED, "big-endian");
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_there_once), cmocka_unit_test(compressed_members),
        cmocka_unit_test(members_end_before_the_directory),
        cmocka_unit_test(members_do_not_overlap),
        cmocka_unit_test(wide_sizes_have_room),
        cmocka_unit_test(end_records_agree),
        cmocka_unit_test(storages_are_there_once),
        cmocka_unit_test(strides_fit_sizes),
        cmocka_unit_test(big_endian_is_refused),
    };
    return cmocka_run_group_tests(tests, find_files, NULL);
}
