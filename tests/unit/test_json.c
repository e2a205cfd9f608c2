/* base/json: what is written is read again, what is no JSON is refused with its place, and missing memory is told as that. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "own_folder.h"

static const char *in(const char *name)
{
    static char path[128];
    assert_true(siam_path_join(path, sizeof path, folder, name));
    return path;
}

static void json_round_trip(void **state)
{
    (void)state;
    siam_err e = {0};
    json_t *j = json_pack("{s:f, s:s, s:[i,i]}", "x", 0.1, "name", "\xc3\xa4\n\"", "list", 1, 2), *back;
    assert_int_equal(siam_json_write(j, in("j.json"), &e), SIAM_OK);
    assert_int_equal(siam_json_read(&back, in("j.json"), 4096, &e), SIAM_OK);
    assert_true(json_equal(j, back));
    json_decref(j);
    json_decref(back);
    char *text;
    size_t n;
    assert_int_equal(siam_file_read(in("j.json"), 4096, &text, &n, &e), SIAM_OK);
    assert_int_equal(text[n - 1], '\n');
    free(text);
    static const char *const bad[] = {"",       "{", "{\"a\":1,\n \"a\":2}", "[NaN]", "{} x", "[\"\\u0000\"]",
                                      "[1e999]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(siam_file_write_atomic(in("bad.json"), bad[i], strlen(bad[i]), &e), SIAM_OK);
        siam_err why = {0};
        assert_int_equal(siam_json_read(&back, in("bad.json"), 4096, &why), SIAM_E_DATA);
        assert_null(back);
        assert_non_null(strstr(why.msg, "bad.json"));
        assert_non_null(strstr(why.msg, "line "));
    }
    assert_int_equal(siam_json_read(&back, in("none.json"), 4096, NULL), SIAM_E_NOTFOUND);
    assert_int_equal(siam_json_read(&back, in("j.json"), 4, NULL), SIAM_E_DATA);
}

/* Where memory is missing, a text is not damaged; what lacks a part is nothing as a whole. */
static int json_left; /* allocations until they fail */
static void *json_scarce(size_t n) { return json_left-- > 0 ? malloc(n) : NULL; }

static void json_without_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "[1, 2.5, \"text\"]", "{\"a\": {\"b\": [true, null, -3]}, \"c\": \"\\u00e4\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *j = NULL;
        int tried = 0;
        for (; !j && tried < 1000; tried++) {
            bool nomem;
            json_left = tried;
            json_set_alloc_funcs(json_scarce, free);
            j = siam_json_parse(texts[i], strlen(texts[i]), NULL, &nomem);
            json_set_alloc_funcs(malloc, free);
            if (!j && !nomem)
                fail_msg("with %d allocations '%s' is no JSON", tried, texts[i]);
        }
        assert_non_null(j);
        assert_true(tried > 2);
        json_decref(j);
    }
    json_t *o = json_pack("{s:i}", "a", 1), *a = json_pack("[i]", 1);
    siam_json_put(&o, "b", json_integer(2));
    siam_json_add(&a, json_integer(2));
    assert_int_equal(json_object_size(o), 2);
    assert_int_equal(json_array_size(a), 2);
    siam_json_put(&o, "c", NULL);
    siam_json_add(&a, NULL);
    assert_null(o);
    assert_null(a);
    siam_json_put(&o, "d", json_integer(3)); /* nothing stays nothing */
    siam_json_add(&a, json_integer(3));
    assert_null(o);
    assert_null(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_round_trip),
        cmocka_unit_test(json_without_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
