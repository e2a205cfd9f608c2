/* The tuner: remembering, merging, saving, and files that are damaged or of another machine. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../hints/hint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/tune.h"
#include "base/file.h"
#include "base/json.h"
#include "own_folder.h"

static siam_err err;

static const char *in(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static siam_tuner *make(const char *machine)
{
    siam_tuner *t;
    siam_err_clear(&err);
    assert_int_equal(siam_tuner_create(&t, machine, true, &err), SIAM_OK);
    assert_true(siam_tuner_timed(t));
    return t;
}

static void put(siam_tuner *t, const char *key, const char *variant)
{
    assert_int_equal(siam_tuner_put(t, key, variant, 1.5, &err), SIAM_OK);
}

static void remembers(void **state)
{
    (void)state;
    siam_tuner *t = make("m");
    assert_null(siam_tuner_get(t, "conv a"));
    put(t, "conv a", "direct");
    const char *first = siam_tuner_get(t, "conv a");
    put(t, "conv a", "winograd");
    assert_string_equal(siam_tuner_get(t, "conv a"), "winograd");
    assert_string_equal(first, "direct"); /* still valid */
    siam_tuner_destroy(&t);
    assert_null(t);
    siam_tuner_destroy(&t);
    assert_int_equal(siam_tuner_create(&t, "m", false, &err), SIAM_OK);
    assert_false(siam_tuner_timed(t));
    siam_tuner_destroy(&t);
}

static void files_round_trip(void **state)
{
    (void)state;
    siam_tuner *t = make("EPYC | 2 threads");
    put(t, "a", "direct");
    put(t, "b", "winograd");
    assert_int_equal(siam_tuner_put(t, "c", "x", NAN, &err), SIAM_OK);
    assert_int_equal(siam_tuner_remember(t, in("new/folder/plan.json"), false, &err), SIAM_OK);
    siam_tuner_destroy(&t);

    bool ignored = true;
    t = make("EPYC | 2 threads");
    put(t, "b", "mine");
    assert_int_equal(siam_tuner_load(t, in("new/folder/plan.json"), true, &ignored, &err), SIAM_OK);
    assert_false(ignored);
    assert_string_equal(siam_tuner_get(t, "b"), "mine"); /* existing keys stay */
    assert_string_equal(siam_tuner_get(t, "a"), "direct");

    /* used: b (put) and a (got); c was only loaded */
    char *text;
    assert_int_equal(siam_tuner_used(t, &text, &err), SIAM_OK);
    assert_int_equal(siam_file_write_atomic(in("used.json"), text, strlen(text), &err), SIAM_OK);
    free(text);
    /* remembered: b alone; what was only loaded stays where it came from */
    assert_int_equal(siam_tuner_remember(t, in("put.json"), false, &err), SIAM_OK);
    json_t *used, *made;
    assert_int_equal(siam_json_read(&used, in("used.json"), 4096, &err), SIAM_OK);
    assert_int_equal(siam_json_read(&made, in("put.json"), 4096, &err), SIAM_OK);
    assert_string_equal(json_string_value(json_object_get(used, "machine")), "EPYC | 2 threads");
    const json_t *choices = json_object_get(used, "choices");
    assert_int_equal(json_object_size(choices), 2);
    assert_int_equal(json_object_size(json_object_get(made, "choices")), 1);
    assert_string_equal(json_string_value(json_object_get(json_object_get(choices, "a"), "variant")),
                        "direct");
    assert_true(json_real_value(json_object_get(json_object_get(choices, "a"), "ms")) == 1.5);
    json_decref(used);
    json_decref(made);
    siam_tuner_destroy(&t);
}

static void another_machine_is_ignored(void **state)
{
    (void)state;
    siam_tuner *t = make("one");
    put(t, "a", "direct");
    assert_int_equal(siam_tuner_remember(t, in("one.json"), false, &err), SIAM_OK);
    siam_tuner_destroy(&t);
    t = make("two");
    bool ignored = false;
    assert_int_equal(siam_tuner_load(t, in("one.json"), true, &ignored, &err), SIAM_OK);
    assert_true(ignored);
    assert_int_equal(siam_tuner_load(t, in("one.json"), true, NULL, &err), SIAM_OK);
    assert_null(siam_tuner_get(t, "a"));
    assert_int_equal(siam_tuner_load(t, in("one.json"), false, &ignored, &err), SIAM_OK);
    assert_false(ignored);
    assert_string_equal(siam_tuner_get(t, "a"), "direct");
    ignored = true;
    assert_int_equal(siam_tuner_load(t, in("absent.json"), true, &ignored, &err), SIAM_OK);
    assert_false(ignored);
    assert_int_equal(err.code, SIAM_OK);
    siam_tuner_destroy(&t);
}

/* A machine's file keeps what it has and takes what was put here; nothing that was loaded from elsewhere. */
static void remembers_what_was_timed_here(void **state)
{
    (void)state;
    struct stat st;
    siam_tuner *t = make("m");
    put(t, "poison", "slow");
    put(t, "c", "slow");
    assert_int_equal(siam_tuner_remember(t, in("foreign.json"), false, &err), SIAM_OK);
    siam_tuner_destroy(&t);
    t = make("m");
    put(t, "a", "direct");
    put(t, "c", "fast");
    assert_int_equal(siam_tuner_remember(t, in("cache.json"), false, &err), SIAM_OK);
    siam_tuner_destroy(&t);

    t = make("m"); /* a resumed run: its own choices first, then the machine's */
    assert_int_equal(siam_tuner_load(t, in("foreign.json"), true, NULL, &err), SIAM_OK);
    assert_int_equal(siam_tuner_load(t, in("cache.json"), true, NULL, &err), SIAM_OK);
    assert_string_equal(siam_tuner_get(t, "c"), "slow");
    assert_int_equal(siam_tuner_remember(t, in("none.json"), false, &err), SIAM_OK);
    assert_int_equal(stat(in("none.json"), &st), -1); /* nothing was timed */
    put(t, "b", "winograd");
    assert_int_equal(siam_tuner_remember(t, in("cache.json"), false, &err), SIAM_OK);
    json_t *j;
    assert_int_equal(siam_json_read(&j, in("cache.json"), 4096, &err), SIAM_OK);
    const json_t *c = json_object_get(j, "choices");
    assert_int_equal(json_object_size(c), 3);
    assert_string_equal(json_string_value(json_object_get(json_object_get(c, "c"), "variant")), "fast");
    assert_string_equal(json_string_value(json_object_get(json_object_get(c, "b"), "variant")), "winograd");
    json_decref(j);
    siam_tuner_destroy(&t);

    t = make("another"); /* its file replaces one of another machine, or a damaged one; a named file keeps its choices */
    put(t, "z", "direct");
    assert_int_equal(siam_tuner_remember(t, in("foreign.json"), false, &err), SIAM_OK);
    assert_int_equal(siam_tuner_remember(t, in("cache.json"), true, &err), SIAM_OK);
    siam_tuner_destroy(&t);
    for (int any = 0; any < 2; any++) {
        assert_int_equal(siam_json_read(&j, in(any ? "cache.json" : "foreign.json"), 4096, &err), SIAM_OK);
        assert_string_equal(json_string_value(json_object_get(j, "machine")), "another");
        assert_int_equal(json_object_size(json_object_get(j, "choices")), any ? 4 : 1);
        json_decref(j);
    }
}

static void damaged_files(void **state)
{
    (void)state;
    static const char *const text[] = {
        "",
        "{",
        "[]",
        "3",
        "{}",
        "{\"machine\":\"m\"}",
        "{\"machine\":1,\"choices\":{}}",
        "{\"machine\":\"m\",\"choices\":[]}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":1}}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":{}}}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":{\"variant\":\"\"}}}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":{\"variant\":7}}}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":{\"variant\":\"v\",\"ms\":\"x\"}}}",
        "{\"machine\":\"m\",\"choices\":{\"good\":{\"variant\":\"v\"},\"a\":{\"variant\":\"v\",\"ms\":-1}}}",
        "{\"machine\":\"m\",\"choices\":{\"a\":{\"variant\":\"v\"},\"a\":{\"variant\":\"w\"}}}"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        siam_tuner *t = make("m");
        assert_int_equal(siam_file_write_atomic(in("bad.json"), text[i], strlen(text[i]), &err), SIAM_OK);
        if (siam_tuner_load(t, in("bad.json"), true, NULL, &err) != SIAM_E_DATA)
            fail_msg("accepted: %s", text[i]);
        assert_non_null(strstr(err.msg, "bad.json"));
        assert_hint(&err, "rm %s");
        assert_null(siam_tuner_get(t, "good")); /* nothing is taken from a damaged file */
        assert_int_equal(system(err.hint), 0);
        assert_int_equal(siam_tuner_load(t, in("bad.json"), true, NULL, NULL), SIAM_OK);
        siam_tuner_destroy(&t);
    }
    siam_tuner *t = make("m");
    const size_t n = (16 << 20) + 1;
    char *big = malloc(n);
    memset(big, ' ', n);
    assert_int_equal(siam_file_write_atomic(in("big.json"), big, n, &err), SIAM_OK);
    free(big);
    assert_int_equal(siam_tuner_load(t, in("big.json"), true, NULL, &err), SIAM_E_DATA);
    siam_err_clear(&err);
    assert_int_equal(siam_tuner_load(t, folder, true, NULL, &err), SIAM_E_DATA);
    siam_err_clear(&err);
    put(t, "a", "direct");
    assert_int_equal(siam_tuner_remember(t, in("big.json/x"), false, &err), SIAM_E_EXISTS);
    siam_tuner_destroy(&t);
}

static void default_path(void **state)
{
    (void)state;
    char path[64], other[64];
    setenv("XDG_CACHE_HOME", "/c", 1);
    setenv("HOME", "/h", 1);
    assert_true(siam_tuner_default_path("cpu | 2 threads", path, sizeof path));
    assert_int_equal(strncmp(path, "/c/simsiam/plan-", 16), 0);
    assert_string_equal(path + strlen(path) - 5, ".json");
    assert_true(siam_tuner_default_path("cpu | 1 thread", other, sizeof other));
    assert_string_not_equal(path, other); /* or one would replace the other's timings */
    setenv("XDG_CACHE_HOME", "relative", 1); /* invalid by the specification */
    assert_true(siam_tuner_default_path("cpu | 2 threads", path, sizeof path));
    assert_int_equal(strncmp(path, "/h/.cache/simsiam/plan-", 23), 0);
    assert_false(siam_tuner_default_path("cpu | 2 threads", path, 10));
    assert_string_equal(path, "");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    assert_false(siam_tuner_default_path("cpu | 2 threads", path, sizeof path));
}

/* Warnings stay in order, whole, and end with NULL. */
static void warns(void **state)
{
    (void)state;
    siam_tuner *t = make("a machine");
    assert_null(siam_tuner_warning(t, 0));
    for (int i = 0; i < 5; i++)
        assert_int_equal(siam_tuner_warn(t, &err, "kernel %d of %s", i, siam_tuner_machine(t)), SIAM_OK);
    assert_string_equal(siam_tuner_warning(t, 0), "kernel 0 of a machine");
    assert_string_equal(siam_tuner_warning(t, 4), "kernel 4 of a machine");
    assert_null(siam_tuner_warning(t, 5));
    siam_tuner_destroy(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warns), cmocka_unit_test(remembers),
        cmocka_unit_test(files_round_trip),
        cmocka_unit_test(another_machine_is_ignored),
        cmocka_unit_test(remembers_what_was_timed_here),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(default_path),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
