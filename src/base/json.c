/* JSON files over jansson. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/utf8.h"

/* jansson tells missing memory as a syntax error, in most places: but text that is none is none in the same place for the same
 * reason the second time, too. */
json_t *siam_json_parse(const char *text, size_t n, json_error_t *why, bool *nomem)
{
    json_error_t first, second;
    json_t *j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &first);
    *nomem = false;
    if (j)
        return j;
    j = json_loadb(text, n, JSON_REJECT_DUPLICATES, &second);
    if (!j)
        *nomem = !first.text[0] || !second.text[0] || first.position != second.position || strcmp(first.text, second.text) ||
                 json_error_code(&second) == json_error_out_of_memory;
    if (why)
        *why = first;
    return j;
}

siam_code siam_json_read(json_t **out, const char *path, size_t max_bytes, siam_err *e)
{
    *out = NULL;
    char *text;
    size_t n;
    SIAM_TRY(siam_file_read(path, max_bytes, &text, &n, e));
    json_error_t why;
    bool nomem;
    *out = siam_json_parse(text, n, &why, &nomem);
    free(text);
    if (*out)
        return SIAM_OK;
    if (nomem)
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to read '%s'", path);
    return siam_fail(e, SIAM_E_DATA, "'%s' is not valid JSON: line %d, column %d: %s", path, why.line,
                     why.column, why.text);
}

typedef struct dumped {
    char *at;
    size_t n, room;
    bool failed;
} dumped;

static int take(const char *part, size_t n, void *user)
{
    dumped *t = user;
    if (!t->failed && t->n + n + 1 > t->room) {
        char *more = realloc(t->at, 2 * (t->n + n + 1));
        t->failed = !more;
        t->at = more ? more : t->at;
        t->room = more ? 2 * (t->n + n + 1) : t->room;
    }
    if (t->failed)
        return -1;
    memcpy(t->at + t->n, part, n);
    t->n += n;
    t->at[t->n] = '\0';
    return 0;
}

char *siam_json_dumps(const json_t *j, size_t flags)
{
    dumped t = {0};
    if (!json_dump_callback(j, take, &t, flags) && !t.failed)
        return t.at;
    free(t.at);
    return NULL;
}

siam_code siam_json_dump(const json_t *j, char **text, siam_err *e)
{
    *text = siam_json_dumps(j, JSON_INDENT(2) | JSON_ENCODE_ANY);
    const size_t n = *text ? strlen(*text) : 0;
    char *longer = *text ? realloc(*text, n + 2) : NULL;
    if (!longer) {
        free(*text);
        *text = NULL;
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to write JSON");
    }
    memcpy(longer + n, "\n", 2);
    *text = longer;
    return SIAM_OK;
}

siam_code siam_json_write(const json_t *j, const char *path, siam_err *e)
{
    char *text;
    SIAM_TRY(siam_json_dump(j, &text, e));
    const siam_code rc = siam_file_write_atomic(path, text, strlen(text), e);
    free(text);
    return rc;
}

static void drop_unless(json_t **into, bool ok)
{
    if (ok)
        return;
    json_decref(*into);
    *into = NULL;
}

void siam_json_put(json_t **into, const char *key, json_t *value) { drop_unless(into, !json_object_set_new(*into, key, value)); }

void siam_json_put_real(json_t **into, const char *key, double value)
{
    if (isfinite(value))
        siam_json_put(into, key, json_real(value));
}

void siam_json_add(json_t **into, json_t *value) { drop_unless(into, !json_array_append_new(*into, value)); }

json_t *siam_json_text(const char *bytes)
{
    const size_t n = strlen(bytes);
    char *text = malloc(3 * n + 1), *to = text;
    if (!text)
        return NULL;
    for (size_t i = 0; i < n;) {
        unsigned c;
        const size_t len = siam_utf8_decode(bytes + i, n - i, &c);
        memcpy(to, len ? bytes + i : "\xef\xbf\xbd", len ? len : 3);
        to += len ? len : 3;
        i += len ? len : 1;
    }
    json_t *out = json_stringn(text, (size_t)(to - text));
    free(text);
    return out;
}
