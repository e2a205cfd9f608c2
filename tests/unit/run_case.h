/* What the tests of a run's files share: an empty folder for each, and files in it. */
#ifndef SIAM_TESTS_RUN_CASE_H
#define SIAM_TESTS_RUN_CASE_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/folder.h"

/* Each test works in an empty folder of its own. */
static char home[64];

static inline int enter(void **state)
{
    (void)state;
    strcpy(home, "/tmp/siam-report-XXXXXX");
    return mkdtemp(home) && !chdir(home) ? 0 : -1;
}

static inline int drop(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static inline int leave(void **state)
{
    (void)state;
    return chdir("/") || nftw(home, drop, 8, FTW_DEPTH | FTW_PHYS) ? -1 : 0;
}

static inline void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static inline char *get(const char *path)
{
    char *text;
    size_t n;
    siam_err e = {0};
    if (siam_file_read(path, 1 << 20, &text, &n, &e))
        fail_msg("%s", e.msg);
    return text;
}

static inline void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

#endif
