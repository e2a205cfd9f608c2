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

#include "backend/device.h"
#include "backend/tune.h"
#include "base/file.h"
#include "base/json.h"
#include "own_folder.h"
#include "train/loop.h"

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
    assert_int_equal(siam_tuner_remember(t, in("new/folder/tuning.json"), false, &err), SIAM_OK);
    siam_tuner_destroy(&t);

    bool ignored = true;
    t = make("EPYC | 2 threads");
    put(t, "b", "mine");
    assert_int_equal(siam_tuner_load(t, in("new/folder/tuning.json"), true, &ignored, &err), SIAM_OK);
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
    /* Each is a line, in a verb's output and on a run's console, and nothing else is. */
    for (int run = 0; run < 2; run++) {
        char *said = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&said, &n);
        siam_progress *p = NULL;
        assert_non_null(out);
        if (run) {
            assert_int_equal(siam_progress_create(&p, &(siam_progress_cfg){.out = out, .log_later = true}, &err), SIAM_OK);
            siam_loop_tell_tuning(p, t);
            siam_progress_destroy(&p);
        } else {
            siam_tuning_tell(t, "", out);
        }
        fclose(out);
        assert_string_equal(said, "warning: kernel 0 of a machine\nwarning: kernel 1 of a machine\n"
                                  "warning: kernel 2 of a machine\nwarning: kernel 3 of a machine\n"
                                  "warning: kernel 4 of a machine\n");
        free(said);
    }
    siam_tuner_destroy(&t);
}

/* A file of choices: each of `keys`, a letter, has the variant `variant`. */
static void choose(const char *path, const char *machine, const char *keys, const char *variant)
{
    siam_tuner *t = make(machine);
    for (; *keys; keys++)
        put(t, (char[]){*keys, 0}, variant);
    assert_int_equal(siam_tuner_remember(t, path, true, &err), SIAM_OK);
    siam_tuner_destroy(&t);
}

/* The run's own choices come first, then those of the named file or of the cache; fixed rules take only the former. What was
 * timed goes where the plan says, and nowhere else. */
static void sources_of_choices(void **state)
{
    (void)state;
    static const struct {
        const char *plan, *own, *found[4]; /* NULL: not there */
        const char *remembered; /* below the folder; NULL: nowhere */
    } rows[] = {
        {"auto", NULL, {NULL, "cache", NULL, "cache"}, "cache"}, {"auto", "own.json", {"own", "own", NULL, "cache"}, "cache"},
        {"fixed", NULL, {NULL}, NULL},                           {"fixed", "own.json", {"own", "own", NULL, NULL}, NULL},
        {"named.json", NULL, {NULL, NULL, "named", "named"}, "named.json"},
        {"named.json", "own.json", {"own", "own", "named", "named"}, "named.json"},
        {"new.json", "own.json", {"own", "own", NULL, NULL}, "new.json"},
        {"other.json", NULL, {"other", NULL, NULL, NULL}, "other.json"}, /* another machine's, named: taken */
    };
    char machine[512], cache[256], here[4096];
    siam_backend *b;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(folder), 0);
    setenv("XDG_CACHE_HOME", in("xdg"), 1);
    assert_int_equal(siam_backend_open(&b, "ref", 1, &err), SIAM_OK);
    siam_machine_name(b, machine, sizeof machine);
    assert_true(siam_tuner_default_path(machine, cache, sizeof cache));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char *const keys[] = {"a", "b", "c", "d"}, *const file[] = {"own.json", "named.json", "other.json"};
        siam_tuner *t;
        unlink("new.json");
        for (int k = 0; k < 3; k++)
            unlink(file[k]);
        unlink(cache);
        choose("own.json", machine, "ab", "own");
        choose("named.json", machine, "cd", "named");
        choose("other.json", "another machine", "a", "other");
        choose(cache, machine, "bd", "cache");
        assert_int_equal(siam_tuning_open(&t, b, rows[i].plan, rows[i].own, &err), SIAM_OK);
        assert_int_equal(siam_tuner_timed(t), strcmp(rows[i].plan, "fixed") != 0);
        for (int k = 0; k < 4; k++) {
            const char *found = siam_tuner_get(t, keys[k]);
            if (!rows[i].found[k])
                assert_null(found);
            else
                assert_string_equal(found, rows[i].found[k]);
        }
        put(t, "e", "timed");
        siam_tuning_remember(t, b, rows[i].plan);
        siam_tuner_destroy(&t);
        const char *const places[] = {"cache", "named.json", "new.json", "other.json", "fixed", "auto", "own.json"};
        for (size_t k = 0; k < sizeof places / sizeof *places; k++) {
            t = make(machine);
            assert_int_equal(siam_tuner_load(t, k ? places[k] : cache, false, NULL, &err), SIAM_OK);
            const bool is_there = siam_tuner_get(t, "e") != NULL;
            assert_int_equal(is_there, rows[i].remembered && !strcmp(places[k], rows[i].remembered));
            siam_tuner_destroy(&t);
        }
        assert_false(siam_path_exists("fixed") || siam_path_exists("auto"));
    }
    siam_backend_close(&b);
    assert_int_equal(chdir(here), 0);
}

/* A damaged file that was named, or is the run's own, is an error; the cache is only a cache. */
static void damaged_sources(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "{", "[]", "{\"machine\": 3}", "no JSON at all"};
    char machine[512], cache[256];
    siam_backend *b;
    siam_tuner *t;
    setenv("XDG_CACHE_HOME", in("xdg"), 1);
    assert_int_equal(siam_backend_open(&b, "ref", 1, &err), SIAM_OK);
    siam_machine_name(b, machine, sizeof machine);
    assert_true(siam_tuner_default_path(machine, cache, sizeof cache));
    choose(in("good.json"), machine, "a", "good");
    choose(cache, machine, "a", "cache"); /* makes its folder */
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        assert_int_equal(siam_file_write_atomic(in("bad.json"), damaged[i], strlen(damaged[i]), &err), SIAM_OK);
        assert_int_equal(siam_file_write_atomic(cache, damaged[i], strlen(damaged[i]), &err), SIAM_OK);
        assert_int_equal(siam_tuning_open(&t, b, in("bad.json"), NULL, &err), SIAM_E_DATA);
        assert_null(t);
        assert_non_null(strstr(err.msg, "bad.json"));
        siam_err_clear(&err);
        assert_int_equal(siam_tuning_open(&t, b, "fixed", in("bad.json"), &err), SIAM_E_DATA);
        assert_null(t);
        siam_err_clear(&err);
        assert_int_equal(siam_tuning_open(&t, b, "auto", in("good.json"), &err), SIAM_OK);
        assert_string_equal(siam_tuner_get(t, "a"), "good");
        siam_tuner_destroy(&t);
    }
    siam_backend_close(&b);
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
        cmocka_unit_test(sources_of_choices),
        cmocka_unit_test(damaged_sources),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
