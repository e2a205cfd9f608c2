/* base: errors, files, hashes, eigenvalues, memory, the restricted YAML. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/finite.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/infile.h"
#include "base/linalg.h"
#include "base/system.h"
#include "base/utf8.h"
#include "base/yaml.h"
#include "../hints/hint.h"
#include "own_folder.h"

static const char *in(const char *name)
{
    static char path[8][256];
    static int turn;
    turn = (turn + 1) % 8;
    assert_true(siam_path_join(path[turn], sizeof path[turn], folder, name));
    return path[turn];
}

static int entries(const char *dir)
{
    DIR *d = opendir(dir);
    assert_non_null(d);
    int n = 0;
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

/* ---- errors ---- */

static void first_failure_wins(void **state)
{
    (void)state;
    siam_err e = {0};
    assert_int_equal(siam_fail(&e, SIAM_E_DATA, "row %d is short", 7), SIAM_E_DATA);
    siam_fail(&e, SIAM_E_IO, "later");
    assert_string_equal(e.msg, "row 7 is short");
    assert_int_equal(e.code, SIAM_E_DATA);
    assert_int_equal(siam_wrap(&e, SIAM_E_CONFIG, "reading '%s'", "a"), SIAM_E_CONFIG);
    assert_string_equal(e.msg, "reading 'a': row 7 is short");
    assert_int_equal(e.code, SIAM_E_CONFIG);
    siam_hint(&e, "do %s", "this");
    siam_hint(&e, "do that");
    assert_string_equal(e.hint, "do this");
    siam_err_clear(&e);
    assert_int_equal(e.code, SIAM_OK);
    siam_hint(&e, "no failure, no hint");
    assert_string_equal(e.hint, "");
    assert_int_equal(siam_fail(NULL, SIAM_E_IO, "x"), SIAM_E_IO);
    assert_int_equal(siam_wrap(NULL, SIAM_E_IO, "x"), SIAM_E_IO);
    siam_hint(NULL, "x");
}

static void errno_becomes_a_code(void **state)
{
    (void)state;
    static const struct {
        int err;
        siam_code code;
    } row[] = {{ENOENT, SIAM_E_NOTFOUND}, {ENOTDIR, SIAM_E_NOTFOUND}, {ENOMEM, SIAM_E_NOMEM},
               {ENOSPC, SIAM_E_IO},       {EDQUOT, SIAM_E_IO},        {EFBIG, SIAM_E_IO}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_err e = {0};
        assert_int_equal(siam_fail_errno(&e, row[i].err, "cannot open 'x'"), row[i].code);
        contains(e.msg, "cannot open 'x': ");
        contains(e.msg, strerror(row[i].err));
    }
    assert_int_equal(siam_exit_code(SIAM_OK), 0);
    assert_int_equal(siam_exit_code(SIAM_E_CONFIG), 78);
    assert_int_equal(siam_exit_code(SIAM_E_CANCELLED), 130);
}

static void messages_are_printable(void **state)
{
    (void)state;
    siam_err e = {0};
    siam_fail(&e, SIAM_E_DATA, "%s",
              "a\033[2Jb\nc\x7f"
              "d\xc2\x9b"
              "e\xff"
              "f\xe2\x80\xae"
              "g \xc3\xa4 \xe2\x82\xac \xed\xa0\x80");
    assert_string_equal(e.msg, "a?[2Jb?c?d?e?f?g \xc3\xa4 \xe2\x82\xac ???");
}

/* Read a record's only field back as RFC 4180 says. */
static void unquote(char *to, const char *record)
{
    assert_int_equal(*record, '"');
    for (record++; record[0] != '"' || record[1] == '"'; *to++ = *record++)
        record += *record == '"';
    assert_string_equal(record, "\"\n");
    *to = '\0';
}

static void csv_fields_are_the_text(void **state)
{
    static const char *const text[] = {"",       "plain.jpg", "-3kd93.jpg", "@a.jpg",      "=1+1.png", "+x",
                                       "'a'.jpg", "a\tb.jpg", "a\nb.jpg",   "\r\n",       "\"",      "\"\n\"",
                                       "a,\"b\"", "caf\xe9",  "\x01\x7f",  "\xf0\x9f\x90\xb1", " x ",     "a\"\nb"};
    enum { N = sizeof text / sizeof text[0] };
    (void)state;
    char *csv = NULL, back[64], record[64];
    size_t n = 0;
    FILE *out = open_memstream(&csv, &n);
    assert_non_null(out);
    for (int i = 0; i < N; i++) {
        siam_format_csv(out, text[i]);
        fputc('\n', out);
    }
    assert_int_equal(fclose(out), 0);
    const char *at = csv;
    for (int i = 0; i < N; i++) {
        const size_t length = siam_format_csv_record(at);
        snprintf(record, sizeof record, "%.*s", (int)length, at);
        unquote(back, record);
        assert_string_equal(back, text[i]);
        at += length;
    }
    assert_int_equal(*at, '\0');
    assert_int_equal(siam_format_csv_record(at), 0);
    assert_int_equal(siam_format_csv_record("\"cut\nshort"), 10);
    free(csv);
}

static void long_messages_are_cut_between_characters(void **state)
{
    (void)state;
    char text[4000];
    for (int shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof text);
        for (size_t i = (size_t)shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 3);
        text[sizeof text - 1] = '\0';
        siam_err e = {0};
        siam_fail(&e, SIAM_E_DATA, "%s", text);
        const size_t n = strlen(e.msg);
        assert_true(n < sizeof e.msg && n > sizeof e.msg - 8);
        assert_string_equal(e.msg + n - 3, "...");
        assert_null(strchr(e.msg, '?'));
        siam_err_clear(&e);
        siam_fail_errno(&e, ENOSPC, "%s", text); /* the reason survives */
        contains(e.msg, strerror(ENOSPC));
        assert_null(strchr(e.msg, '?'));
        siam_wrap(&e, SIAM_E_IO, "%s", text);
        assert_true(strlen(e.msg) < sizeof e.msg);
    }
}

/* ---- files ---- */

static void files_round_trip(void **state)
{
    (void)state;
    siam_err e = {0};
    const size_t n = 300000;
    char *big = malloc(n), *back;
    for (size_t i = 0; i < n; i++)
        big[i] = (char)(i * 7 + i / 251);
    size_t got;
    assert_int_equal(siam_file_write_atomic(in("big"), big, n, &e), SIAM_OK);
    assert_int_equal(siam_file_read(in("big"), n, &back, &got, &e), SIAM_OK);
    assert_int_equal(got, n);
    assert_memory_equal(back, big, n);
    assert_int_equal(back[n], 0);
    free(back);
    siam_infile f;
    char part[1000];
    assert_int_equal(siam_infile_open(&f, in("big"), &e), SIAM_OK);
    assert_int_equal(f.n, n);
    assert_int_equal(siam_infile_read(&f, 123456, part, sizeof part, &e), SIAM_OK);
    assert_memory_equal(part, big + 123456, sizeof part);
    assert_int_equal(siam_infile_unchanged(&f, &e), SIAM_OK);
    siam_infile_close(&f);
    siam_infile_close(&f);
    free(big);

    assert_int_equal(siam_file_read(in("big"), n - 1, &back, &got, &e), SIAM_E_DATA);
    assert_null(back);
    contains(e.msg, "300000 bytes");
    siam_err_clear(&e);
    assert_int_equal(siam_file_write_atomic(in("big"), "", 0, &e), SIAM_OK);
    assert_int_equal(siam_infile_open(&f, in("big"), &e), SIAM_OK);
    assert_int_equal(f.n, 0);
    siam_infile_close(&f);
    assert_int_equal(siam_file_read(in("big"), 0, &back, &got, &e), SIAM_OK);
    assert_int_equal(got, 0);
    assert_string_equal(back, "");
    free(back);
    /* /proc says 0 bytes and has more */
    assert_int_equal(siam_file_read("/proc/self/status", 1 << 20, &back, &got, &e), SIAM_OK);
    contains(back, "VmRSS");
    free(back);
    assert_int_equal(siam_file_read("/proc/self/status", 10, &back, &got, &e), SIAM_E_DATA);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(in("fifo"), 0600), 0);
    const char *const path[] = {in("fifo"), folder, "/dev/zero"};
    for (int i = 0; i < 3; i++) {
        siam_err e = {0};
        char *data;
        size_t n;
        siam_infile f;
        assert_int_equal(siam_file_read(path[i], 100, &data, &n, &e), SIAM_E_DATA); /* and does not wait */
        contains(e.msg, "not a regular file");
        contains(e.msg, path[i]);
        assert_int_equal(siam_infile_open(&f, path[i], NULL), SIAM_E_DATA);
        siam_err_clear(&e);
        assert_int_equal(siam_file_write_atomic(path[i], "x", 1, &e), SIAM_E_EXISTS);
        contains(e.msg, path[i]);
    }
    siam_err e = {0};
    siam_infile f;
    assert_int_equal(siam_infile_open(&f, in("absent"), &e), SIAM_E_NOTFOUND);
    contains(e.msg, "absent");
    siam_err_clear(&e);
    assert_int_equal(siam_file_write_atomic(in("absent/x"), "x", 1, &e), SIAM_E_NOTFOUND);
    assert_int_equal(siam_file_write_atomic(in("x/"), "x", 1, NULL), SIAM_E_USAGE);
    assert_int_equal(siam_file_write_atomic("", "x", 1, NULL), SIAM_E_USAGE);
}

/* What happens to a file of 5000 bytes between opening and reading it, and what is said then. */
static void a_file_that_changes_is_a_sentence(void **state)
{
    static const struct {
        long size; /* new size, -1 = as before, with another byte in it */
        const char *words;
    } changes[] = {{4999, "became shorter"}, {4096, "became shorter"}, {1, "became shorter"}, {0, "became shorter"},
                   {5001, "became longer"},  {9999999, "became longer"}, {-1, "was written to"}};
    char bytes[5000] = {7}, got[5000];
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        siam_err e = {0};
        siam_infile f;
        const struct timeval old[2] = {{1000000000, 0}, {1000000000, 0}};
        const char *path = in("changing");
        assert_int_equal(siam_file_write_atomic(path, bytes, sizeof bytes, &e), SIAM_OK);
        assert_int_equal(utimes(path, old), 0);
        assert_int_equal(siam_infile_open(&f, path, &e), SIAM_OK);
        if (changes[i].size >= 0) {
            assert_int_equal(truncate(path, changes[i].size), 0);
        } else {
            FILE *w = fopen(path, "r+b");
            assert_non_null(w);
            fputc(8, w);
            fclose(w);
        }
        const bool shorter = changes[i].size >= 0 && changes[i].size < 5000;
        assert_int_equal(siam_infile_read(&f, 0, got, sizeof got, &e), shorter ? SIAM_E_DATA : SIAM_OK);
        if (shorter)
            contains(e.msg, changes[i].words);
        siam_err_clear(&e);
        assert_int_equal(siam_infile_unchanged(&f, &e), SIAM_E_DATA);
        contains(e.msg, changes[i].words);
        contains(e.msg, path);
        assert_hint(&e, "the same once more, when nothing writes to that file");
        siam_infile_close(&f);
        siam_err_clear(&e);
        char *whole;
        size_t n;
        assert_int_equal(siam_file_read(path, 10000000, &whole, &n, &e), SIAM_OK);
        free(whole);
    }
}

/* Wherever it stands, and nothing else: neither the largest numbers nor the smallest, and not what lies behind the end. */
static void what_is_no_number_is_found(void **state)
{
    static const float none[] = {NAN, -NAN, INFINITY, -INFINITY}, some[] = {FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, -0.0f, 1};
    static const size_t lengths[] = {0, 1, 3, 1023, 1024, 1025, 2048, 5000};
    static float x[5002];
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const size_t n = lengths[i];
        for (size_t k = 0; k <= n; k++)
            x[k] = some[k % (sizeof some / sizeof *some)];
        x[n + 1] = NAN;
        assert_int_equal(siam_first_nonfinite(x, n), n);
        for (size_t at = 0; at < n; at += 1 + n / 7) {
            const float kept = x[at];
            x[at] = none[at % 4];
            x[n - 1] = at < n - 1 ? INFINITY : x[n - 1]; /* a later one changes nothing */
            assert_int_equal(siam_first_nonfinite(x, n), at);
            x[n - 1] = at < n - 1 ? 1 : x[n - 1];
            x[at] = kept;
        }
    }
}

static void checksums_are_those_of_the_standards(void **state)
{
    char hex[65];
    siam_err e = {0};
    siam_infile f;
    (void)state;
    assert_int_equal(siam_file_write_atomic(in("abc"), "abc", 3, &e), SIAM_OK);
    assert_int_equal(siam_infile_open(&f, in("abc"), &e), SIAM_OK);
    assert_int_equal(siam_sha256(hex, &f, NULL, &e), SIAM_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const volatile sig_atomic_t stop = SIGTERM;
    assert_int_equal(siam_sha256(hex, &f, &stop, &e), SIAM_E_CANCELLED);
    siam_infile_close(&f);
}

static void nothing_shows_before_commit(void **state)
{
    (void)state;
    siam_err e = {0};
    char *data;
    size_t n;
    assert_int_equal(siam_mkdirs(in("atomic"), &e), SIAM_OK);
    const char *path = in("atomic/f");
    assert_int_equal(siam_file_write_atomic(path, "old", 3, &e), SIAM_OK);

    siam_atomic a, b;
    assert_int_equal(siam_atomic_open(&a, path, &e), SIAM_OK);
    assert_int_equal(siam_atomic_open(&b, path, &e), SIAM_OK); /* two writers do not meet */
    assert_string_not_equal(a.tmp, b.tmp);
    assert_int_equal(siam_atomic_write(&a, "new", 3, &e), SIAM_OK);
    assert_int_equal(siam_file_read(path, 10, &data, &n, &e), SIAM_OK);
    assert_string_equal(data, "old");
    free(data);
    siam_atomic_abort(&b);
    assert_int_equal(entries(in("atomic")), 2);
    assert_int_equal(siam_atomic_commit(&a, &e), SIAM_OK);
    siam_atomic_abort(&a);
    assert_int_equal(siam_file_read(path, 10, &data, &n, &e), SIAM_OK);
    assert_string_equal(data, "new");
    free(data);
    assert_int_equal(entries(in("atomic")), 1);

    /* With `keep`, what got the name meanwhile stays. */
    const char *late = in("atomic/late");
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(siam_atomic_open(&a, late, &e), SIAM_OK);
        a.keep = true;
        assert_int_equal(siam_atomic_write(&a, "mine", 4, &e), SIAM_OK);
        if (taken)
            assert_int_equal(siam_file_write_atomic(late, "theirs", 6, &e), SIAM_OK);
        assert_int_equal(siam_atomic_commit(&a, &e), taken ? SIAM_E_EXISTS : SIAM_OK);
        assert_int_equal(siam_file_read(late, 10, &data, &n, NULL), SIAM_OK);
        assert_string_equal(data, taken ? "theirs" : "mine");
        free(data);
        assert_int_equal(unlink(late), 0);
    }
    contains(e.msg, "meanwhile");
    siam_err_clear(&e);
    assert_int_equal(entries(in("atomic")), 1);

    char longest[256]; /* a name of NAME_MAX leaves no room for decoration */
    memset(longest, 'n', 255);
    longest[255] = '\0';
    char full[400];
    snprintf(full, sizeof full, "%s/%s", in("atomic"), longest);
    assert_int_equal(siam_file_write_atomic(full, "x", 1, &e), SIAM_OK);
    /* relative, in the current folder */
    char cwd[512];
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(chdir(in("atomic")), 0);
    assert_int_equal(siam_file_write_atomic("plain", "x", 1, &e), SIAM_OK);
    assert_true(siam_path_exists("plain"));
    assert_int_equal(chdir(cwd), 0);
    assert_int_equal(entries(in("atomic")), 3);
}

/* A full disk, as the kernel's limit on the size of a file. */
static void a_full_disk_keeps_the_old_file(void **state)
{
    (void)state;
    siam_err e = {0};
    char *data, *big = calloc(1, 100000);
    size_t n;
    assert_int_equal(siam_mkdirs(in("full"), &e), SIAM_OK);
    assert_int_equal(siam_file_write_atomic(in("full/f"), "old", 3, &e), SIAM_OK);
    struct rlimit before, low;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    low = before;
    low.rlim_cur = 50000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    const siam_code rc = siam_file_write_atomic(in("full/f"), big, 100000, &e);
    siam_atomic a;
    const siam_code opened = siam_atomic_open(&a, in("full/f"), NULL);
    const siam_code wrote = siam_atomic_write(&a, big, 100000, NULL);
    const siam_code again = siam_atomic_write(&a, big, 1, NULL), committed = siam_atomic_commit(&a, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    free(big);
    assert_int_equal(rc, SIAM_E_IO);
    contains(e.msg, "full/f");
    assert_int_equal(opened, SIAM_OK);
    assert_int_equal(wrote, SIAM_E_IO);
    assert_int_equal(again, SIAM_E_IO); /* a caller that missed the failure does not commit half a file */
    assert_int_equal(committed, SIAM_E_IO);
    assert_int_equal(siam_file_read(in("full/f"), 10, &data, &n, NULL), SIAM_OK);
    assert_string_equal(data, "old");
    free(data);
    assert_int_equal(entries(in("full")), 1);
}

static void folders(void **state)
{
    (void)state;
    siam_err e = {0};
    assert_int_equal(siam_mkdirs(in("a/b//c/"), &e), SIAM_OK);
    assert_true(siam_path_is_dir(in("a/b/c")));
    assert_int_equal(siam_mkdirs(in("a/b/c"), &e), SIAM_OK);
    assert_int_equal(siam_mkdirs("/", &e), SIAM_OK);
    assert_int_equal(siam_file_write_atomic(in("a/f"), "x", 1, &e), SIAM_OK);
    assert_int_equal(siam_mkdirs(in("a/f/g"), &e), SIAM_E_EXISTS);
    contains(e.msg, "a/f' is not a folder");
    assert_int_equal(siam_mkdirs("", NULL), SIAM_E_USAGE);
    char name[4097] = {0}; /* what no system call takes is refused as a name, whatever is in it */
    memset(name, 'a', 4096);
    assert_int_equal(siam_mkdirs(name, NULL), SIAM_E_USAGE);
    assert_int_equal(siam_mkdirs(name + 1, NULL), SIAM_E_IO);
    if (siam_path_exists("/sys/kernel")) { /* where nothing can be made: why not, and not that it is missing */
        siam_err_clear(&e);
        assert_int_equal(siam_mkdirs("/sys/none", &e), SIAM_E_IO);
        contains(e.hint, "name another place");
    }
    char buf[8];
    assert_true(siam_path_join(buf, sizeof buf, "ab", "cd"));
    assert_string_equal(buf, "ab/cd");
    assert_true(siam_path_join(buf, sizeof buf, "ab/", "cd"));
    assert_string_equal(buf, "ab/cd");
    assert_true(siam_path_join(buf, sizeof buf, "", "cd"));
    assert_string_equal(buf, "cd");
    assert_false(siam_path_join(buf, sizeof buf, "abcd", "efg"));
    assert_string_equal(buf, "");
    buf[0] = 'x';
    assert_false(siam_path_join(buf, 0, "ab", "cd")); /* no room at all, not even for the end of an empty text */
    assert_int_equal(buf[0], 'x');
}

static void clock_and_memory(void **state)
{
    (void)state;
    const double t = siam_clock();
    usleep(2000);
    const double passed = siam_clock() - t;
    assert_true(passed >= 0.002 && passed < 5);
    const size_t total = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    assert_true(siam_memory_available() > 0 && siam_memory_available() <= total);
    const size_t before = siam_memory_resident(), n = (size_t)64 << 20;
    assert_true(before > 0);
    char *p = malloc(n);
    assert_non_null(p);
    memset(p, 1, n);
    const size_t with = siam_memory_resident();
    assert_true(p[n / 2] == 1 && with >= before + n / 2);
    free(p);
    /* The kernel keeps both counters per thread and adds them up late: they may differ by some pages. */
    assert_true(siam_memory_peak() >= with - ((size_t)1 << 20) && siam_memory_peak() < total);
}

/* ---- hash, JSON, eigenvalues ---- */

static void hashes_stream(void **state)
{
    (void)state;
    /* XXH3_64bits of nothing, from xxHash's specification of the algorithm */
    assert_true(siam_hash64("", 0) == 0x2d06800538d394c2u);
    unsigned char data[5000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * i >> 3);
    const uint64_t whole = siam_hash64(data, sizeof data);
    siam_hasher *h = siam_hasher_create();
    assert_non_null(h);
    for (size_t i = 0, step = 1; i < sizeof data; i += step, step = step * 2 % 509 + 1) {
        step = step < sizeof data - i ? step : sizeof data - i;
        siam_hasher_add(h, data + i, step);
    }
    assert_true(siam_hasher_value(h) == whole);
    siam_hasher_add(h, NULL, 0);
    assert_true(siam_hasher_value(h) == whole);
    siam_hasher_destroy(&h);
    assert_null(h);
    data[4999] ^= 1;
    assert_true(siam_hash64(data, sizeof data) != whole);
}

/* The second-difference matrix of order n has eigenvalues 2 - 2 cos(k pi / (n + 1)). */
static void eigenvalues_of_the_string(void **state)
{
    (void)state;
    enum { N = 40 };
    static double a[N * N], w[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            a[i * N + j] = i == j ? 2 : abs(i - j) == 1 ? -1 : 0;
    siam_err e = {0};
    assert_int_equal(siam_eigenvalues(N, a, w, &e), SIAM_OK);
    for (int k = 0; k < N; k++)
        assert_true(fabs(w[k] - (2 - 2 * cos((k + 1) * 3.14159265358979323846 / (N + 1)))) < 1e-13);
    assert_int_equal(siam_eigenvalues(0, NULL, NULL, &e), SIAM_OK);
    a[5] = NAN;
    assert_int_equal(siam_eigenvalues(N, a, w, &e), SIAM_E_NUMERIC);
}

/* A spectrum that is known, turned by reflections at vectors without a pattern: whatever it is, it is found again. */
static void eigenvalues_of_turned_spectra(void **state)
{
    (void)state;
    enum { MOST = 70 };
    static const int size[] = {1, 2, 3, 17, MOST};
    static const double scale[] = {1, 1e-200, 1e150};
    static double a[MOST * MOST], w[MOST], d[MOST], v[MOST], av[MOST];
    for (int kind = 0; kind < 5; kind++) /* spread, repeated, of low rank, of both signs, zero */
        for (int s = 0; s < 15; s++) {
            const int n = size[s % 5];
            const double by = scale[s / 5];
            siam_err e = {0};
            memset(a, 0, sizeof a);
            for (int k = 0; k < n; k++) {
                const double spectrum[] = {1.0 + k, k < n / 2 ? 1 : 3, k < n - n / 4 ? 0 : 1.0 + k, k - n / 2 + 0.25, 0};
                d[k] = by * spectrum[kind];
                a[k * n + k] = d[k];
            }
            for (int turn = 0; turn < 3; turn++) {
                double vv = 0, vav = 0;
                for (int i = 0; i < n; i++) {
                    v[i] = sin(1 + 7.3 * i * i + turn);
                    vv += v[i] * v[i];
                }
                for (int i = 0; i < n; i++) {
                    av[i] = 0;
                    for (int j = 0; j < n; j++)
                        av[i] += a[i * n + j] * v[j];
                    vav += v[i] * av[i];
                }
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < n; j++)
                        a[i * n + j] += -2 / vv * (v[i] * av[j] + av[i] * v[j]) + 4 * vav / (vv * vv) * v[i] * v[j];
            }
            assert_int_equal(siam_eigenvalues(n, a, w, &e), SIAM_OK);
            for (int k = 0; k < n; k++)
                if (!(fabs(w[k] - d[k]) <= 1e-12 * by * n))
                    fail_msg("kind %d, n %d, scale %g: eigenvalue %d is %.17g, not %.17g", kind, n, by, k, w[k], d[k]);
        }
}

/* ---- YAML ---- */

struct seen {
    char text[2048];
    siam_code stop;
};

static siam_code note(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    struct seen *s = user;
    if (s->stop)
        return siam_fail(e, s->stop, "%s: stop", where);
    const size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "%s=%s@%s\n", key, value, where);
    return SIAM_OK;
}

static void yaml_leaves(void **state)
{
    (void)state;
    static const char text[] = "# a recipe\n"
                               "seed: 7   # why\n"
                               "train:\n"
                               "  lr: 0.05\n"
                               "  note: \"a: b # c\"\n"
                               "  sub: {  }\n";
    static const char good[] = "seed: 7   # why\n"
                               "train:\n"
                               "  lr: 0.05\n"
                               "  note: \"a: b # c\"\n"
                               "  deeper:\n"
                               "    x: 'it''s'\n"
                               "data.mean: [0.1, 0.2,\n"
                               "  0.3]\n"
                               "list:\n"
                               "- 1\n"
                               "- 2\n"
                               "none: []\n"
                               "empty:\n";
    siam_err e = {0};
    struct seen s = {0};
    assert_int_equal(siam_yaml_read("c.yaml", good, strlen(good), note, &s, &e), SIAM_OK);
    assert_string_equal(s.text, "seed=7@c.yaml:1:1\n"
                                "train.lr=0.05@c.yaml:3:3\n"
                                "train.note=a: b # c@c.yaml:4:3\n"
                                "train.deeper.x=it's@c.yaml:6:5\n"
                                "data.mean=0.1,0.2,0.3@c.yaml:7:1\n"
                                "list=1,2@c.yaml:9:1\n"
                                "none=@c.yaml:12:1\n"
                                "empty=@c.yaml:13:1\n");
    assert_int_equal(siam_yaml_read("c.yaml", text, strlen(text), note, &s, &e), SIAM_E_USAGE);
    contains(e.msg, "c.yaml:6:8: maps in braces");
    siam_err_clear(&e);
    s = (struct seen){.stop = SIAM_E_CONFIG};
    assert_int_equal(siam_yaml_read("c.yaml", good, strlen(good), note, &s, &e), SIAM_E_CONFIG);
    assert_string_equal(e.msg, "c.yaml:1:1: stop");
    static const char *const nothing[] = {"", "# only a comment\n", "---\n", "\n\n"};
    for (int i = 0; i < 4; i++)
        assert_int_equal(siam_yaml_read("n", nothing[i], strlen(nothing[i]), note, &s, NULL), SIAM_OK);
}

static void hostile_yaml(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } row[] = {
        {"a: &x 1\n", "h:1:4: anchors"},
        {"a: *x\n", "h:1:4: aliases"},
        {"a: &x [1]\n", "anchors"},
        {"a: &x\n  b: 1\n", "anchors"},
        {"a: !!str 1\n", "h:1:4: tags"},
        {"a: !x [1]\n", "tags"},
        {"a: ! 1\n", "tags"},
        {"%YAML 1.1\n---\na: 1\n", "directives"},
        {"%TAG ! tag:x,2000:\n---\na: 1\n", "directives"},
        {"a: 1\n---\nb: 2\n", "second document"},
        {"a: 1\nb: 2\na: 3\n", "h:3:1: 'a' is there twice"},
        {"t:\n  a: 1\nt.a: 2\n", "h:3:1: 't.a' is there twice"},
        {"t:\n  a: 1\nt:\n  b: 2\n", "h:3:1: 't' is there twice"},
        {"? [a]\n: 1\n", "a key must be"},
        {"? {a: 1}\n: 1\n", "braces"},
        {"a: [1, [2]]\n", "not lists or maps"},
        {"a:\n- b: 1\n", "not lists or maps"},
        {"a: [\"1,2\"]\n", "comma"},
        {"a: \"x\\0y\"\n", "zero byte"},
        {"\"\": 1\n", "no key"},
        {"- 1\n", "key: value"},
        {"just words\n", "key: value"},
        {"a: [1\n", "h:2:1"},
        {"a: 'x\n", "h:"},
        {"a:\tb: 1\n", "h:1:"},
        {"a: 1\n b: 2\n", "h:2:"},
        {"a: 1\nb: \xff\xfe\n", "h:2:4"},
        {"a: 1\nb: x\x01\n", "h:2:5"},
        {"a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i: 1\n", "8 deep"},
        {"<<: *base\n", "aliases"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        siam_err e = {0};
        struct seen s = {0};
        const siam_code rc = siam_yaml_read("h", row[i].text, strlen(row[i].text), note, &s, &e);
        if (rc != SIAM_E_USAGE || strncmp(e.msg, "h:", 2) || !strstr(e.msg, row[i].says))
            fail_msg("%s gave %d %s", row[i].text, rc, e.msg);
    }
    struct seen s = {0};
    static const char eight[] = "a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h: 1\n";
    assert_int_equal(siam_yaml_read("h", eight, strlen(eight), note, &s, NULL), SIAM_OK);
    assert_string_equal(s.text, "a.b.c.d.e.f.g.h=1@h:8:8\n");
}

static void huge_yaml(void **state)
{
    (void)state;
    const size_t n = 2 << 20;
    char *text = malloc(n);
    memset(text, '#', n);
    siam_err e = {0};
    struct seen s = {0};
    assert_int_equal(siam_yaml_read("h", text, n, note, &s, &e), SIAM_E_USAGE);
    contains(e.msg, "2097152 bytes");
    assert_int_equal(siam_yaml_read("h", text, 1 << 20, note, &s, NULL), SIAM_OK);
    siam_err_clear(&e);
    memset(text, '[', n);
    memcpy(text, "a: ", 3);
    assert_int_equal(siam_yaml_read("h", text, 1 << 20, note, &s, &e), SIAM_E_USAGE);
    contains(e.msg, "not lists");
    siam_err_clear(&e);
    size_t len = 0;
    for (int i = 0; len < (1 << 20) - 16; i++)
        len += (size_t)snprintf(text + len, 16, "k%d:\n", i);
    assert_int_equal(siam_yaml_read("h", text, len, note, &s, &e), SIAM_E_USAGE);
    contains(e.msg, "4096 keys");
    siam_err_clear(&e);
    memset(text, 'k', 1000);
    memcpy(text + 1000, ": 1\n", 5);
    assert_int_equal(siam_yaml_read("h", text, strlen(text), note, &s, &e), SIAM_E_USAGE);
    contains(e.msg, "too long");
    free(text);
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        unsigned point;
    } row[] = {{"a", 1, 'a'},
               {"\xc3\xa4", 2, 0xe4},
               {"\xe2\x82\xac", 3, 0x20ac},
               {"\xf0\x9f\x98\x80", 4, 0x1f600},
               {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
               {"\xc0\x80", 0, 0},
               {"\xe0\x80\x80", 0, 0},
               {"\xed\xa0\x80", 0, 0},
               {"\xf4\x90\x80\x80", 0, 0},
               {"\xf0\x80\x80\x80", 0, 0},
               {"\x80", 0, 0},
               {"\xe2\x82", 0, 0},
               {"\xff", 0, 0}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        unsigned c = 0;
        assert_int_equal(siam_utf8_decode(row[i].text, strlen(row[i].text), &c), row[i].len);
        assert_int_equal(c, row[i].point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failure_wins),
        cmocka_unit_test(errno_becomes_a_code),
        cmocka_unit_test(messages_are_printable),
        cmocka_unit_test(long_messages_are_cut_between_characters),
        cmocka_unit_test(csv_fields_are_the_text),
        cmocka_unit_test(files_round_trip),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_file_that_changes_is_a_sentence),
        cmocka_unit_test(what_is_no_number_is_found),
        cmocka_unit_test(checksums_are_those_of_the_standards),
        cmocka_unit_test(nothing_shows_before_commit),
        cmocka_unit_test(a_full_disk_keeps_the_old_file),
        cmocka_unit_test(folders),
        cmocka_unit_test(clock_and_memory),
        cmocka_unit_test(hashes_stream),
        cmocka_unit_test(eigenvalues_of_the_string),
        cmocka_unit_test(eigenvalues_of_turned_spectra),
        cmocka_unit_test(yaml_leaves),
        cmocka_unit_test(hostile_yaml),
        cmocka_unit_test(huge_yaml),
        cmocka_unit_test(utf8_is_strict),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
