/* What the tests of data sets made of files share: a folder of their own, pictures to put into it, opening it. */
#ifndef SIAM_TEST_FOLDER_CASE_H
#define SIAM_TEST_FOLDER_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "data/dataset.h"

typedef struct fixture {
    char dir[64];
    char *photo, *drawing; /* rgb_420.jpg, rgb8.png */
    size_t photo_n, drawing_n;
} fixture;

static inline int setup(void **state)
{
    const char *source = getenv("SIMSIAM_SOURCE");
    char path[4096];
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    snprintf(f->dir, sizeof f->dir, "/tmp/siam-test-XXXXXX");
    if (!source || !mkdtemp(f->dir))
        return source ? -1 : 0; /* the tests skip */
    snprintf(path, sizeof path, "%s/tests/data/codec/rgb_420.jpg", source);
    if (siam_file_read(path, 4096, &f->photo, &f->photo_n, NULL))
        return -1;
    snprintf(path, sizeof path, "%s/tests/data/codec/rgb8.png", source);
    return siam_file_read(path, 4096, &f->drawing, &f->drawing_n, NULL) ? -1 : 0;
}

static inline int teardown(void **state)
{
    char command[512];
    fixture *f = *state;
    snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", f->dir, f->dir);
    const int rc = f->photo ? system(command) : 0;
    free(f->photo);
    free(f->drawing);
    free(f);
    return rc;
}

static inline const fixture *begin(void **state)
{
    const fixture *f = *state;
    if (!f->photo)
        skip();
    return f;
}

/* ---- making files ---------------------------------------------------------------------------------------
 */

static inline const char *path_of(const fixture *f, const char *name)
{
    static char path[2][4096];
    static int turn;
    char *p = path[turn ^= 1];
    snprintf(p, sizeof path[0], "%s/%s", f->dir, name);
    return p;
}

static inline void put_bytes(const fixture *f, const char *name, const void *data, size_t n)
{
    char folder[4096];
    const char *path = path_of(f, name);
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(siam_mkdirs(folder, NULL), SIAM_OK);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
}

/* Space-separated names; those with "png" in them hold a PNG. */
static inline void put(const fixture *f, const char *names)
{
    char copy[1024], *save = NULL;
    snprintf(copy, sizeof copy, "%s", names);
    for (char *name = strtok_r(copy, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
        const bool png = strstr(name, "png") != NULL;
        put_bytes(f, name, png ? f->drawing : f->photo, png ? f->drawing_n : f->photo_n);
    }
}

static inline siam_dataset *open_ok(const fixture *f, const char *name, siam_split split, const char *described)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open(&d, path_of(f, name), split, 0, &e))
        fail_msg("%s", e.msg);
    assert_string_equal(d->info.described, described);
    assert_true(d->info.width == 0 && d->info.height == 0);
    return d;
}

static inline void open_fails(const fixture *f, const char *name, siam_split split, siam_code code,
                       const char *words)
{
    siam_dataset *d = (siam_dataset *)1;
    siam_err e = {0};
    assert_int_equal(siam_dataset_open(&d, path_of(f, name), split, 0, &e), code);
    assert_null(d);
    if (!strstr(e.msg, words))
        fail_msg("'%s' is not in: %s", words, e.msg);
}

/* "file=label file=label ..." */
static inline void check_files(const siam_dataset *d, const char *want)
{
    char got[2048];
    size_t at = 0;
    for (int64_t i = 0; i < d->info.count; i++)
        at += (size_t)snprintf(got + at, sizeof got - at, "%s%s=%d", i ? " " : "", siam_dataset_file(d, i),
                               siam_dataset_label(d, i));
    assert_string_equal(got, want);
}

#endif
