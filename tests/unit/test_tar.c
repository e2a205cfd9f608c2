/* Headers of tar files byte by byte: numbers of both kinds, long names, what is about the next member, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/dataset.h"
#include "data/tar.h"

#include "own_folder.h"

enum { BLOCK = 512, ROOM = 256 * 1024 };

typedef struct archive {
    uint8_t *bytes;
    size_t n;
} archive;

static void sum(uint8_t *h)
{
    unsigned s = 0;
    memset(h + 148, ' ', 8);
    for (int i = 0; i < BLOCK; i++)
        s += h[i];
    snprintf((char *)h + 148, 8, "%06o", s);
}

/* A member; its header is returned, to be changed and summed again. */
static uint8_t *put(archive *a, const char *name, char type, const void *data, size_t n)
{
    uint8_t *h = a->bytes + a->n;
    memset(h, 0, BLOCK);
    memcpy(h, name, strlen(name));
    snprintf((char *)h + 124, 12, "%011zo", n);
    h[156] = (uint8_t)type;
    memcpy(h + 257, "ustar\0" "00", 8);
    sum(h);
    memcpy(h + BLOCK, data, n);
    memset(h + BLOCK + n, 0, BLOCK);
    a->n += BLOCK + (n + BLOCK - 1) / BLOCK * BLOCK;
    return h;
}

static void end(archive *a)
{
    memset(a->bytes + a->n, 0, (size_t)2 * BLOCK);
    a->n += (size_t)2 * BLOCK;
}

static const char *write_it(const archive *a)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/a.tar", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(a->bytes, 1, a->n, f), a->n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* "name=bytes|name=bytes", or the sentence of the failure behind "!". */
static const char *walk(const archive *a)
{
    static char told[8192];
    siam_infile f;
    siam_tar *t = calloc(1, sizeof *t);
    siam_err e = {0};
    bool more = true;
    size_t at = 0;
    told[0] = '\0';
    assert_int_equal(siam_infile_open(&f, write_it(a), &e), SIAM_OK);
    t->file = &f;
    while (!siam_tar_next(t, &more, &e) && more) {
        assert_true(t->at <= f.n && t->n <= f.n - t->at);
        at += (size_t)snprintf(told + at, sizeof told - at, "%s%s=%.*s", at ? "|" : "", t->name, (int)t->n, (char *)a->bytes + t->at);
    }
    if (e.msg[0]) {
        assert_true(e.hint[0]);
        snprintf(told + at, sizeof told - at, "!%s", strstr(e.msg, ": ") ? strstr(e.msg, ": ") + 2 : e.msg);
    }
    siam_infile_close(&f);
    free(t);
    return told;
}

static int begin(void **state)
{
    archive *a = calloc(1, sizeof *a);
    *state = a;
    return a && (a->bytes = malloc(ROOM)) && !make_folder(NULL) ? 0 : -1;
}

static int leave(void **state)
{
    archive *a = *state;
    free(a->bytes);
    free(a);
    return remove_folder(NULL);
}

static void test_members(void **state)
{
    archive *a = *state;
    uint8_t *h;
    end(a);
    assert_string_equal(walk(a), "");
    a->n = 0;
    put(a, "a.jpg", '0', "one", 3);
    put(a, "folder/", '5', "", 0);
    put(a, "./b.jpg", '\0', "", 0);
    put(a, "link", '2', "", 0);
    put(a, "device", '3', "", 0);
    put(a, "././c", '7', "three", 5);
    end(a);
    put(a, "behind", '0', "x", 1);
    assert_string_equal(walk(a), "a.jpg=one|b.jpg=|./c=three");
    a->n = 0; /* a prefix, and a name that fills its field */
    h = put(a, "n", '0', "x", 1);
    memset(h, 'n', 100);
    memset(h + 345, 'p', 155);
    sum(h);
    end(a);
    char want[300];
    memset(want, 'p', 155);
    want[155] = '/';
    memset(want + 156, 'n', 100);
    memcpy(want + 256, "=x", 3);
    assert_string_equal(walk(a), want);
    a->n = 0; /* an old archive has no prefix, and GNU's has other things there */
    h = put(a, "n", '0', "x", 1);
    memcpy(h + 257, "ustar  \0", 8);
    memset(h + 345, '7', 24);
    sum(h);
    end(a);
    assert_string_equal(walk(a), "n=x");
}

static void test_numbers(void **state)
{
    static const struct {
        const char *field; /* of 12 bytes */
        const char *want;
    } rows[] = {
        {"00000000003\0", "a=xyz"},
        {"          3 ", "a=xyz"},
        {"3\0\0\0\0\0\0\0\0\0\0\0", "a=xyz"},
        {"000000000003", "a=xyz"},
        {"\x80\0\0\0\0\0\0\0\0\0\0\3", "a=xyz"},
        {"\x80\0\0\1\0\0\0\0\0\0\0\3", "!there is no header of a member"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "!there is no header of a member"},
        {"00000000009\0", "!there is no header of a member"},
        {"-0000000003\0", "!there is no header of a member"},
        {"77777777777\0", "!it is cut short"},
        {"\x80\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff", "!it is cut short"},
        {"00000010000\0", "!it is cut short"},
    };
    archive *a = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        a->n = 0;
        uint8_t *h = put(a, "a", '0', "xyz", 3);
        memcpy(h + 124, rows[i].field, 12);
        sum(h);
        end(a);
        assert_string_equal(walk(a), rows[i].want);
    }
}

static void test_long_names(void **state)
{
    archive *a = *state;
    char name[4096], want[4200], record[4200];
    memset(name, 'l', sizeof name);
    name[4000] = '\0';
    put(a, "././@LongLink", 'L', name, 4001);
    put(a, "short", '0', "x", 1);
    put(a, "next", '0', "y", 1);
    end(a);
    snprintf(want, sizeof want, "%s=x|next=y", name);
    assert_string_equal(walk(a), want);
    a->n = 0;
    name[300] = '\0';
    const int n = snprintf(record, sizeof record, "12 comment=\n310 path=%s\n9 size=2\n", name);
    put(a, "pax", 'g', "10 path=g\n", 10); /* about all members: not followed */
    put(a, "pax", 'x', record, (size_t)n);
    put(a, "a", '0', "xyz", 3);
    put(a, "next", '0', "y", 1);
    end(a);
    snprintf(want, sizeof want, "%s=xy|next=y", name);
    assert_string_equal(walk(a), want);
    a->n = 0;
    put(a, "pax", 'x', "10 path=g\n9 size=2\n", 19);
    put(a, "a", '0', "xyz", 3);
    put(a, "K", 'K', "link", 4);
    put(a, "next", '0', "y", 1);
    end(a);
    assert_string_equal(walk(a), "g=xy|next=y");
}

static void test_pax(void **state)
{
    static const char *const damaged[] = {"", "x", "10 path=a", "0 path=a\n", "99 path=a\n", "9 pathaaa\n", "9path=a\n", "10 size=x\n",
                                          "30 size=99999999999999999999999\n", "9999999999 path=a\n", "3 \n", " 9 path=a\n", "9 path=a\nrest"};
    archive *a = *state;
    for (size_t i = 1; i < sizeof damaged / sizeof *damaged; i++) {
        a->n = 0;
        put(a, "pax", 'x', damaged[i], strlen(damaged[i]));
        put(a, "a", '0', "xyz", 3);
        end(a);
        if (strcmp(walk(a), "!a pax header is damaged"))
            fail_msg("'%s': %s", damaged[i], walk(a));
    }
    char *much = calloc(1, ROOM / 2);
    memset(much, 'x', ROOM / 2 - 1);
    a->n = 0;
    put(a, "name", 'L', much, 5000);
    put(a, "a", '0', "x", 1);
    end(a);
    assert_string_equal(walk(a), "!the name of a member is too long");
    a->n = 0;
    put(a, "name", 'L', much, 4096); /* without its end */
    put(a, "a", '0', "x", 1);
    end(a);
    assert_string_equal(walk(a), "!the name of a member is too long");
    free(much);
}

/* Cut anywhere, between blocks and in them, it is refused, unless all is there but half of the end; a wrong bit in a header is found by its sum. */
static void test_damaged(void **state)
{
    archive *a = *state;
    put(a, "a.jpg", '0', "one", 3);
    put(a, "b.jpg", '0', "two", 3);
    end(a);
    const size_t whole = a->n;
    for (a->n = 0; a->n < whole; a->n += a->n % BLOCK == 0 || a->n % BLOCK == BLOCK - 1 ? 1 : 73) {
        const bool enough = a->n >= whole - BLOCK;
        const char *told = walk(a);
        if (enough != !strchr(told, '!'))
            fail_msg("%zu bytes: %s", a->n, told);
        if (a->n % (2 * BLOCK) == 0 && !enough)
            assert_non_null(strstr(told, "it may be cut short"));
    }
    for (size_t i = 0; i < BLOCK; i++) {
        if (i >= 148 && i < 156)
            continue;
        a->bytes[2 * BLOCK + i] ^= 4;
        assert_string_equal(walk(a), "a.jpg=one!there is no header of a member");
        a->bytes[2 * BLOCK + i] ^= 4;
    }
}

/* As a data set: a system's files are no images, a sample ends where another name begins, and an archive that was written again is not
 * read from. */
static void test_set(void **state)
{
    static const struct {
        const char *name;
        int label;
    } want[] = {{"10.jpg", 5}, {"1.jpg", 0}, {"x/1.png", 2}};
    archive *a = *state;
    siam_dataset *d;
    siam_err e = {0};
    put(a, "._10.jpg", '0', "zzz", 3);
    put(a, "10.cls", '0', "5\n", 2);
    put(a, "10.jpg", '0', "one", 3);
    put(a, "1.cls", '0', "0", 1);
    put(a, "1.jpg", '0', "two", 3);
    put(a, "x/1.png", '0', "three", 5);
    put(a, "x/1.json", '0', "{\"class\": 2}", 12);
    end(a);
    const char *path = write_it(a);
    assert_int_equal(siam_dataset_open(&d, path, SIAM_SPLIT_TRAIN, 0, &e), SIAM_OK);
    assert_int_equal(d->info.count, 3);
    assert_int_equal(d->info.classes, 6);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(siam_dataset_file(d, i), want[i].name);
        assert_int_equal(siam_dataset_label(d, i), want[i].label);
    }
    uint8_t *bytes;
    size_t n;
    assert_int_equal(d->type->bytes(d, 2, &bytes, &n, &e), SIAM_OK);
    assert_int_equal(n, 5);
    assert_memory_equal(bytes, "three", 5);
    free(bytes);
    a->n += BLOCK;
    memset(a->bytes + a->n - BLOCK, 0, BLOCK);
    write_it(a);
    assert_int_equal(d->type->bytes(d, 2, &bytes, &n, &e), SIAM_E_DATA);
    assert_non_null(strstr(e.msg, "has changed since its images were looked for"));
    assert_int_equal(unlink(path), 0);
    siam_err_clear(&e);
    assert_int_equal(d->type->bytes(d, 0, &bytes, &n, &e), SIAM_E_DATA);
    siam_dataset_close(&d);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, leave)
    const struct CMUnitTest tests[] = {CASE(test_members), CASE(test_numbers), CASE(test_long_names), CASE(test_pax), CASE(test_damaged), CASE(test_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
