/* A tuner keeps its choices as the JSON it is saved as: an object KEY -> {"variant", "ms"}. */
#include "backend/tune.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"

enum { FILE_MAX = 16 << 20 };

struct siam_tuner {
    char *machine;
    bool timed;
    json_t *choices;
    json_t *put;      /* those of them that siam_tuner_put made */
    json_t *used;     /* an object whose keys are those got or put since creation */
    json_t *replaced; /* entries put aside: siam_tuner_get has promised that their strings stay */
    json_t *warnings; /* strings */
};

siam_code siam_tuner_create(siam_tuner **out, const char *machine, bool timed, siam_err *e)
{
    *out = NULL;
    siam_tuner *t = calloc(1, sizeof *t);
    if (t) {
        t->timed = timed;
        t->machine = strdup(machine);
        t->choices = json_object();
        t->put = json_object();
        t->used = json_object();
        t->replaced = json_array();
        t->warnings = json_array();
    }
    if (!t || !t->machine || !t->choices || !t->put || !t->used || !t->replaced || !t->warnings) {
        siam_tuner_destroy(&t);
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory to remember which operations are fastest");
    }
    *out = t;
    return SIAM_OK;
}

void siam_tuner_destroy(siam_tuner **t)
{
    if (!*t)
        return;
    json_decref((*t)->choices);
    json_decref((*t)->put);
    json_decref((*t)->used);
    json_decref((*t)->replaced);
    json_decref((*t)->warnings);
    free((*t)->machine);
    free(*t);
    *t = NULL;
}

bool siam_tuner_timed(const siam_tuner *t) { return t->timed; }

const char *siam_tuner_machine(const siam_tuner *t) { return t->machine; }

siam_code siam_tuner_warn(siam_tuner *t, siam_err *e, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (json_array_append_new(t->warnings, json_string(text)))
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for a warning: %s", text);
    return SIAM_OK;
}

const char *siam_tuner_warning(const siam_tuner *t, int i)
{
    return json_string_value(json_array_get(t->warnings, (size_t)i));
}

const char *siam_tuner_get(siam_tuner *t, const char *key)
{
    const char *variant = json_string_value(json_object_get(json_object_get(t->choices, key), "variant"));
    if (variant)
        json_object_set_new(t->used, key, json_true()); /* a failure costs a line of a file */
    return variant;
}

siam_code siam_tuner_put(siam_tuner *t, const char *key, const char *variant, double ms, siam_err *e)
{
    json_t *old = json_object_get(t->choices, key);
    if (old && json_array_append(t->replaced, old))
        goto nomem;
    json_t *entry = json_pack("{s:s, s:f}", "variant", variant, "ms", isfinite(ms) && ms > 0 ? ms : 0.0);
    if (!entry || json_object_set_new(t->choices, key, entry) ||
        json_object_set(t->put, key, entry) || json_object_set_new(t->used, key, json_true()))
        goto nomem;
    return SIAM_OK;
nomem:
    return siam_fail(e, SIAM_E_NOMEM, "there is no memory to remember that '%s' is fastest for '%s'", variant,
                     key);
}

/* What is wrong with the contents of a file, or NULL; the whole is checked before any of it is used. */
static const char *damage(json_t *root)
{
    json_t *choices = json_object_get(root, "choices"), *entry;
    if (!json_is_string(json_object_get(root, "machine")))
        return "it names no \"machine\"";
    if (!json_is_object(choices))
        return "it has no \"choices\"";
    const char *key;
    json_object_foreach(choices, key, entry)
    {
        const json_t *ms = json_object_get(entry, "ms");
        if (json_string_length(json_object_get(entry, "variant")) == 0)
            return "a choice has no \"variant\"";
        if (ms && !(json_is_number(ms) && json_number_value(ms) >= 0))
            return "the \"ms\" of a choice is not a time";
    }
    return NULL;
}

static siam_code merge(siam_tuner *t, json_t *root, const char *path, siam_err *e)
{
    if (json_object_update_missing(t->choices, json_object_get(root, "choices")))
        return siam_fail(e, SIAM_E_NOMEM, "there is no memory for the choices in '%s'", path);
    return SIAM_OK;
}

siam_code siam_tuner_take(siam_tuner *t, const char *text, siam_err *e)
{
    bool nomem;
    json_t *root = siam_json_parse(text, strlen(text), NULL, &nomem);
    const siam_code rc = nomem ? siam_fail(e, SIAM_E_NOMEM, "there is no memory for the remembered choices of another rank")
                         : !root || damage(root) ? siam_fail(e, SIAM_E_DATA, "the remembered choices of another rank are damaged")
                                               : merge(t, root, "another rank", e);
    json_decref(root);
    return rc;
}

siam_code siam_tuner_load(siam_tuner *t, const char *path, bool same_machine_only, bool *ignored, siam_err *e)
{
    if (ignored)
        *ignored = false;
    if (!siam_path_exists(path))
        return SIAM_OK;
    json_t *root;
    siam_code rc = siam_json_read(&root, path, FILE_MAX, e);
    const char *why = rc ? NULL : damage(root);
    if (why)
        rc = siam_fail(e, SIAM_E_DATA, "'%s' is not a file of remembered choices: %s", path, why);
    if (rc == SIAM_E_DATA) { /* the choices are measured again then */
        char word[8192];
        siam_hint(e, "rm %s", siam_format_word(word, sizeof word, path));
    }
    if (!rc) {
        const bool same = !strcmp(json_string_value(json_object_get(root, "machine")), t->machine);
        if (same || !same_machine_only)
            rc = merge(t, root, path, e);
        else if (ignored)
            *ignored = true;
    }
    json_decref(root);
    return rc;
}

/* {"machine", "choices"}; takes `choices`. NULL when out of memory. */
static json_t *file_of(const siam_tuner *t, json_t *choices)
{
    return json_pack("{s:s, s:o}", "machine", t->machine, "choices", choices);
}

siam_code siam_tuner_used(const siam_tuner *t, char **text, siam_err *e)
{
    json_t *choices = json_object(), *entry;
    const char *key;
    bool whole = choices != NULL;
    *text = NULL;
    json_object_foreach(t->choices, key, entry)
        if (json_object_get(t->used, key))
            whole = !json_object_set(choices, key, entry) && whole;
    json_t *root = file_of(t, choices);
    const siam_code rc = root && whole ? siam_json_dump(root, text, e)
                                       : siam_fail(e, SIAM_E_NOMEM, "there is no memory for the remembered choices");
    json_decref(root);
    return rc;
}

/* The choices that are in the file already; an empty object where it is damaged or of another machine. */
static json_t *choices_of(const siam_tuner *t, const char *path, bool any)
{
    json_t *root, *choices = NULL;
    if (!siam_json_read(&root, path, FILE_MAX, NULL) && !damage(root) &&
        (any || !strcmp(json_string_value(json_object_get(root, "machine")), t->machine)))
        choices = json_incref(json_object_get(root, "choices"));
    json_decref(root);
    return choices ? choices : json_object();
}

siam_code siam_tuner_remember(const siam_tuner *t, const char *path, bool any, siam_err *e)
{
    if (!json_object_size(t->put))
        return SIAM_OK;
    json_t *choices = choices_of(t, path, any);
    const bool whole = choices && !json_object_update(choices, t->put);
    json_t *root = file_of(t, choices);
    siam_code rc = root && whole ? siam_mkdirs_for(path, e)
                                 : siam_fail(e, SIAM_E_NOMEM, "there is no memory to write '%s'", path);
    if (!rc)
        rc = siam_json_write(root, path, e);
    json_decref(root);
    return rc;
}

bool siam_tuner_default_path(const char *machine, char *path, size_t n)
{
    char name[32];
    snprintf(name, sizeof name, "plan-%08x.json", (unsigned)siam_hash64(machine, strlen(machine)));
    return siam_path_cache(path, n, name);
}
