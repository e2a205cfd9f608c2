/* What verbs have in common: the list of them, filling a request, telling results. */
#include "tasks/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "comm/agree.h"
#include "data/joined.h"

#define SIAM_ROW(x) extern const siam_task_type siam_task_##x;
#include "tasks/tasks.def"
#undef SIAM_ROW

const siam_task_type *const siam_tasks[] = {
#define SIAM_ROW(x) &siam_task_##x,
#include "tasks/tasks.def"
#undef SIAM_ROW
    NULL};

const siam_task_type *siam_task_find(const char *name)
{
    for (int i = 0; siam_tasks[i]; i++)
        if (!strcmp(siam_tasks[i]->name, name))
            return siam_tasks[i];
    return NULL;
}

siam_code siam_task_agree(const siam_task_call *c, siam_code rc, siam_err *e) { return c->ranks ? siam_comm_agree(c->ranks, rc, e) : rc; }

int siam_task_option(const siam_optset *s, const char *key)
{
    const int i = siam_optset_find(s, key);
    return i == -1 && !strcmp(key, "data") ? siam_optset_find(s, "data.path") : i;
}

static void check_count(const siam_task_type *t, int n, const char *const *args, siam_problems *p)
{
    if (n < t->min_args)
        siam_problem(p, "%s needs %s: %s", t->name, t->min_args == 1 ? "an argument" : "more arguments",
                     t->usage);
    else if (t->max_args >= 0 && n > t->max_args)
        siam_problem(p, "%s takes %s%d argument%s, and \"%s\" is one too many%s", t->name,
                     t->max_args > t->min_args ? "at most " : "", t->max_args, t->max_args == 1 ? "" : "s",
                     args[t->max_args],
                     strchr(args[t->max_args], '=') ? " (it names a file; the option has two dashes)" : "");
}

/* What the preset is given, or NULL. Of an option that is given twice the last counts. */
static const char *preset_argument(const siam_task_type *t, const siam_optset *s, int nargs,
                                   const char *const *args, const siam_assignment *set, int nset)
{
    const char *arg = NULL;
    if (!t->preset)
        return NULL;
    if (!t->preset_option)
        return nargs > 0 ? args[0] : NULL;
    for (int i = 0; i < nset; i++)
        if (siam_task_option(s, set[i].key) == siam_optset_find(s, t->preset_option))
            arg = set[i].value;
    return arg;
}

/* `--tile 256` and `--pages all` are looked for among the options, and are of a data set's name. */
static void hint_parts(const siam_task_type *t, const siam_optset *s, int nargs, const char *const *args, const siam_assignment *set, int nset,
                       siam_err *e)
{
    const int data = siam_task_option(s, "data");
    const bool arguments = data < 0 && strstr(t->usage, " DATA");
    const bool given = arguments && nargs;
    const char *path = given ? args[0] : "SLIDES", *tile = NULL, *pages = NULL;
    char word[2 * SIAM_PATH_MAX], old[2 * SIAM_PATH_MAX], spec[SIAM_PATH_MAX + 64];
    for (int i = 0; i < nset; i++) {
        const int row = siam_task_option(s, set[i].key);
        tile = row == -1 && !strcmp(set[i].key, "tile") ? set[i].value : tile;
        pages = row == -1 && !strcmp(set[i].key, "pages") ? "pages=all" : pages;
        path = data >= 0 && row == data ? set[i].value : path;
    }
    if ((!tile && !pages) || (data < 0 && !arguments) || !strncmp(path, "tiff:", 5) || strlen(path) >= SIAM_PATH_MAX)
        return;
    int64_t side;
    const bool number = tile && siam_parse_i64(tile, &side) && side >= SIAM_TILE_LEAST && side <= SIAM_TILE_MOST;
    snprintf(spec, sizeof spec, "tiff:%s%s%s%s:%s", pages ? pages : "", pages && tile ? "," : "", tile ? "tile=" : "",
             number ? tile : tile ? "256" : "", path);
    siam_format_word(word, sizeof word, spec);
    if (arguments && !given)
        siam_hint(e, "%s as DATA", word);
    else if (arguments)
        siam_hint(e, "%s in place of %s", word, siam_format_word(old, sizeof old, path));
    else
        siam_hint(e, "--data %s", word);
}

/* A preset the user got wrong is one more problem in the list. */
siam_code siam_task_fill(const siam_task_type *t, siam_optset *s, int nargs, const char *const *args,
                         const siam_assignment *set, int nset, siam_problems *p, siam_err *e)
{
    siam_err cause = {0};
    const char *arg = preset_argument(t, s, nargs, args, set, nset);
    check_count(t, nargs, args, p);
    if (arg) {
        siam_err why = {0};
        const siam_code rc = t->preset(s, arg, p, &why);
        if (rc && rc != SIAM_E_USAGE) {
            if (e)
                *e = why;
            return rc;
        }
        if (rc) {
            siam_problem(p, "%s", why.msg);
            cause = why;
        }
    }
    for (int i = 0; i < nset; i++) {
        const int row = siam_task_option(s, set[i].key);
        siam_optset_set(s, row >= 0 ? s->row[row].name : set[i].key, set[i].value, SIAM_FROM_CLI, NULL, p);
    }
    const siam_code rc = siam_problems_fail(p, e);
    siam_hint_of(e, &cause);
    if (rc)
        hint_parts(t, s, nargs, args, set, nset, e);
    if (rc)
        siam_hint(e, "simsiam help %s%s", t->name, t->options ? " --all" : "");
    return rc;
}

siam_code siam_task_data(char *buf, size_t n, const siam_task_call *c, siam_err *e)
{
    size_t at = 0;
    for (int i = 0; i < c->nargs && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%s", i ? SIAM_JOINED_BY : "", c->args[i]);
    return at < n ? SIAM_OK : siam_fail(e, SIAM_E_USAGE, "the names of the data sets have more than %zu bytes together", n - 1);
}

void siam_task_number(json_t **row, const char *key, double value)
{
    if (!isnan(value))
        siam_json_put(row, key, json_real(value));
}

siam_code siam_task_tell(const siam_task_call *c, const char *row, siam_err *e)
{
    if (c->row)
        return c->row(c->user, row, e);
    fprintf(c->out, "%s\n", row);
    return SIAM_OK;
}

siam_code siam_task_tell_json(const siam_task_call *c, json_t *row, size_t flags, siam_err *e)
{
    char *text = row ? siam_json_dumps(row, flags | JSON_ENSURE_ASCII) : NULL;
    const siam_code rc =
        text ? siam_task_tell(c, text, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for the result");
    free(text);
    json_decref(row);
    return rc;
}
