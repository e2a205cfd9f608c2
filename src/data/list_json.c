/* From objects to the rows of a table. */
#include "data/list_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/json.h"
#include "data/list_form.h"

enum { MAX_KEYS = 64 }; /* so that the rows of a table are not much longer than the objects, which may leave keys out */

typedef struct table {
    char *text;
    size_t n, room;
    json_t *first; /* its keys are the columns */
    bool nomem;
} table;

static void put(table *t, const char *text, size_t n)
{
    if (t->nomem)
        return;
    if (t->room - t->n <= n) {
        const size_t room = 2 * t->room + n + 4096;
        char *more = realloc(t->text, room);
        if (!more) {
            t->nomem = true;
            return;
        }
        t->text = more;
        t->room = room;
    }
    memcpy(t->text + t->n, text, n);
    t->n += n;
    t->text[t->n] = '\0';
}

/* In quotes, which are doubled in it; in one line. */
static void put_quoted(table *t, const char *text)
{
    put(t, "\"", 1);
    while (*text) {
        const size_t plain = strcspn(text, "\"\r\n");
        put(t, text, plain);
        text += plain;
        if (*text)
            put(t, *text == '"' ? "\"\"" : " ", *text == '"' ? 2 : 1);
        text += *text != '\0';
    }
    put(t, "\"", 1);
}

static void put_value(table *t, const json_t *v)
{
    char number[32];
    if (json_is_string(v)) {
        put_quoted(t, json_string_value(v));
    } else if (json_is_integer(v)) {
        put(t, number, (size_t)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(v)));
    } else if (json_is_real(v)) {
        const double real = json_real_value(v);
        const bool whole = real >= 0 && real < 1e6 && real == (double)(int)real; /* 3.0 is 3 */
        put(t, number, (size_t)snprintf(number, sizeof number, "%.*f", whole ? 0 : 6, real > -1e12 && real < 1e12 ? real : 1e12));
    } else if (json_is_boolean(v)) {
        put_quoted(t, json_is_true(v) ? "true" : "false");
    } else if (v && !json_is_null(v)) {
        put_quoted(t, json_is_array(v) ? "[]" : "{}");
    }
}

static bool means_something(const char *key) { return siam_list_is_column((siam_span){key, strlen(key)}); }

/* What is wrong with an object, NULL: nothing. buf: room for it. */
static const char *object_fault(const table *t, json_t *object, char buf[128])
{
    const char *key;
    json_t *value;
    bool any = false;
    if (!json_is_object(object))
        return "is no JSON object";
    if (json_object_size(t->first) > MAX_KEYS)
        return "has more keys than a list can have";
    json_object_foreach(object, key, value) {
        const bool known = json_object_get(t->first, key) != NULL;
        any |= known;
        if (!means_something(key) || json_is_null(value))
            continue;
        if (!known || json_is_array(value) || json_is_object(value)) {
            snprintf(buf, 128, known ? "has a '%.40s' that is neither a text nor a number" : "has the key '%.40s', which the first line does not have",
                     key); /* the key is one of those we know, and so printable */
            return buf;
        }
    }
    return any ? NULL : "has none of the keys of the first line";
}

static void put_keys(table *t)
{
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach(t->first, key, value) {
        put(t, ",", first ? 0 : 1);
        put_quoted(t, key);
        first = false;
    }
    put(t, "\n", 1);
}

static void put_row(table *t, const json_t *object)
{
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach(t->first, key, value) {
        put(t, ",", first ? 0 : 1);
        put_value(t, json_object_get(object, key));
        first = false;
    }
}

static siam_code refuse(siam_span s, int64_t number, const char *where, const char *why, siam_err *e)
{
    siam_line *l = calloc(1, sizeof *l);
    if (!l)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", where);
    l->number = number;
    l->whole = s;
    const siam_code rc = siam_list_refuse(e, l, where, why, SIAM_ADVISE_OBJECTS);
    free(l);
    return rc;
}

/* Put the line's row; its object is the first if there is none yet. */
static siam_code take_line(table *t, siam_span s, int64_t number, const char *where, siam_err *e)
{
    char fault[128];
    bool nomem;
    json_t *object = siam_json_parse(s.text, s.n, NULL, &nomem);
    if (nomem)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", where);
    const bool is_first = !t->first && json_is_object(object);
    if (is_first)
        t->first = json_incref(object);
    const char *why = object_fault(t, object, fault);
    if (!why && is_first)
        put_keys(t);
    if (!why)
        put_row(t, object);
    json_decref(object);
    return why ? refuse(s, number, where, why, e) : SIAM_OK;
}

static siam_span line_at(const char *at, const char *end)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return (siam_span){at, (size_t)((stop ? stop : end) - at)};
}

static bool is_empty(siam_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.text[i] != ' ' && s.text[i] != '\t' && s.text[i] != '\r')
            return false;
    return true;
}

/* Whether the first line begins as an object does: a brace and a quote, which no name of a file has. */
static bool looks(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    if (i == n || text[i] != '{')
        return false;
    for (i++; i < n && (text[i] == ' ' || text[i] == '\t'); i++)
        ;
    return i < n && (text[i] == '"' || text[i] == '}');
}

siam_code siam_list_json(char **text, size_t *n, siam_lines *lines, bool whole, const char *where, siam_err *e)
{
    table t = {0};
    int64_t number = 1;
    *lines = (siam_lines){*text, *text + *n, 0, false};
    if (!looks(*text, *n))
        return SIAM_OK;
    siam_code rc = SIAM_OK;
    for (const char *at = *text, *end = *text + *n; !rc && at < end; number++) {
        const siam_span s = line_at(at, end);
        const size_t kept = t.n;
        if (!is_empty(s))
            rc = take_line(&t, s, number, where, whole ? e : NULL);
        if (rc && !whole && rc != SIAM_E_NOMEM) { /* perhaps the beginning ends in it */
            t.n = kept;
            rc = SIAM_OK;
            break;
        }
        put(&t, "\n", 1);
        at = s.text + s.n + 1;
    }
    json_decref(t.first);
    if (!rc && t.nomem)
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the list '%s'", where);
    if (rc || !t.text) {
        free(t.text);
        return rc;
    }
    free(*text);
    *text = t.text;
    *n = t.n;
    *lines = (siam_lines){t.text, t.text + t.n, 0, true};
    return SIAM_OK;
}
