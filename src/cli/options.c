/* Splitting a verb's command line: `--key value`, `--key=value`, `key=value`, a bare `--flag` for switches,
 * `--` to end the options. Options may stand before or after the positional arguments. A word with '=' that names what
 * is there is an argument (checkpoints of other programs are called epoch=9-step=70.ckpt), and so is one that looks like a
 * path and like no option, which the verb will miss. Every mistake is reported, not the first. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "cli/cli.h"

enum { KEY_MAX = 96 };

typedef struct assignment {
    char key[KEY_MAX];
    const char *value;
} assignment;

typedef struct splitter {
    const siam_command *command;
    siam_parsed *p;
    assignment *set;
    int nset;
    siam_problems problems;
} splitter;

/* Is `s` a key: letters, digits, and . - _ inside? n = its length. */
static bool is_key(const char *s, size_t n)
{
    if (!n || !isalpha((unsigned char)s[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && !strchr(".-_", s[i]))
            return false;
    return true;
}

/* Row of a key, or < 0; `--data PATH` is data.path in a table that has that row. */
static int find(const siam_optset *s, const char *key)
{
    const int i = siam_optset_find(s, key);
    return i == -1 && !strcmp(key, "data") ? siam_optset_find(s, "data.path") : i;
}

static bool is_bool_word(const char *s)
{
    static const char *const word[] = {"true", "false", "on", "off", "yes", "no", "1", "0"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (!strcmp(s, word[i]))
            return true;
    return false;
}

static void assign(splitter *t, const char *key, size_t n, const char *value)
{
    assignment *a = &t->set[t->nset];
    if (n >= sizeof a->key) {
        siam_problem(&t->problems, "option \"%.40s...\" has a name that is too long", key);
        return;
    }
    memcpy(a->key, key, n);
    a->key[n] = '\0';
    a->value = value;
    t->nset++;
}

/* `--key`, with its value in `next` when it takes one. Returns how many words were used. */
static int long_option(splitter *t, const char *key, const char *next)
{
    const char *eq = strchr(key, '=');
    if (eq) {
        assign(t, key, (size_t)(eq - key), eq + 1);
        return 1;
    }
    const int i = find(&t->p->options, key);
    if (i >= 0 && t->p->options.row[i].type == SIAM_OPT_BOOL) {
        const bool given = next && is_bool_word(next);
        assign(t, key, strlen(key), given ? next : "true");
        return given ? 2 : 1;
    }
    const char *inner = next ? strchr(next, '=') : NULL;
    const bool missing = !next || !strncmp(next, "--", 2);
    /* What follows an unknown key is taken for its value, unless it is an assignment by itself. */
    if (i < 0 && (missing || (inner && is_key(next, (size_t)(inner - next))))) {
        assign(t, key, strlen(key), "");
        return 1;
    }
    if (missing) {
        siam_problem(&t->problems, "option --%s needs a value", key);
        return 1;
    }
    assign(t, key, strlen(key), next);
    return 2;
}

/* "c=d.png" and "x=1/y": a slash, or an ending of letters, and no option of nearly that name. */
static bool is_path(const splitter *t, const char *word, const char *eq)
{
    char key[KEY_MAX];
    const char *dot = strrchr(word, '.');
    const bool ending = dot && isalpha((unsigned char)dot[1]) && dot > eq;
    if (siam_path_exists(word))
        return true;
    if ((!ending && !strchr(word, '/')) || (size_t)(eq - word) >= sizeof key)
        return false;
    memcpy(key, word, (size_t)(eq - word));
    key[eq - word] = '\0';
    return find(&t->p->options, key) == -1 && !siam_optset_suggest(&t->p->options, key);
}

static void split(splitter *t, int argc, const char *const *argv)
{
    siam_parsed *p = t->p;
    bool options = true;
    for (int i = 1; i < argc;) {
        const char *a = argv[i], *eq = strchr(a, '=');
        if (options && !strcmp(a, "--")) {
            options = false;
            i++;
        } else if (options && (!strcmp(a, "--help") || !strcmp(a, "-h"))) {
            p->help = true;
            i++;
        } else if (options && !strcmp(a, "--all") && find(&p->options, "all") == -1) {
            p->help_all = true;
            i++;
        } else if (options && !strncmp(a, "--", 2)) {
            i += long_option(t, a + 2, i + 1 < argc ? argv[i + 1] : NULL);
        } else if (options && !strcmp(a, "-o") && find(&p->options, "out") >= 0) { /* as compilers have it */
            i += long_option(t, "out", i + 1 < argc ? argv[i + 1] : NULL);
        } else if (options && eq && is_key(a, (size_t)(eq - a)) && !is_path(t, a, eq)) {
            assign(t, a, (size_t)(eq - a), eq + 1);
            i++;
        } else if (options && a[0] == '-' && a[1]) {
            siam_problem(&t->problems, "unknown option \"%s\" (options have two dashes)", a);
            i++;
        } else {
            p->args[p->nargs++] = a;
            i++;
        }
    }
}

static void check_count(splitter *t)
{
    const siam_command *c = t->command;
    const int n = t->p->nargs;
    if (n < c->min_args)
        siam_problem(&t->problems, "%s needs %s: %s", c->name,
                     c->min_args == 1 ? "an argument" : "more arguments", c->usage);
    else if (c->max_args >= 0 && n > c->max_args)
        siam_problem(&t->problems, "%s takes %s%d argument%s, and \"%s\" is one too many%s", c->name,
                     c->max_args > c->min_args ? "at most " : "", c->max_args, c->max_args == 1 ? "" : "s",
                     t->p->args[c->max_args],
                     strchr(t->p->args[c->max_args], '=') ? " (it names a file; the option has two dashes)" : "");
}

/* What the preset is given, or NULL. Of an option that is given twice the last counts. */
static const char *preset_argument(const splitter *t)
{
    const siam_command *c = t->command;
    const char *arg = NULL;
    if (!c->preset)
        return NULL;
    if (!c->preset_option)
        return t->p->nargs > 0 ? t->p->args[0] : NULL;
    for (int i = 0; i < t->nset; i++)
        if (find(&t->p->options, t->set[i].key) == siam_optset_find(&t->p->options, c->preset_option))
            arg = t->set[i].value;
    return arg;
}

/* The preset, then the options in their order. A preset the user got wrong is one more problem in the list.
 */
static siam_code apply(splitter *t, siam_err *e)
{
    siam_parsed *p = t->p;
    siam_err cause = {0};
    const char *arg = preset_argument(t);
    if (arg) {
        const siam_code rc = t->command->preset(&p->options, arg, &t->problems, e);
        if (rc && rc != SIAM_E_USAGE)
            return rc;
        if (rc) {
            siam_problem(&t->problems, "%s", e->msg);
            cause = *e;
            siam_err_clear(e);
        }
    }
    for (int i = 0; i < t->nset; i++) {
        const char *key = t->set[i].key;
        if (siam_optset_find(&p->options, key) == -1 && !strcmp(key, "data") && find(&p->options, key) >= 0)
            key = "data.path";
        siam_optset_set(&p->options, key, t->set[i].value, SIAM_FROM_CLI, NULL, &t->problems);
    }
    const siam_code rc = siam_problems_fail(&t->problems, e);
    siam_hint_of(e, &cause);
    if (rc)
        siam_hint(e, "simsiam help %s%s", t->command->name, t->command->options ? " --all" : "");
    return rc;
}

siam_code siam_cli_parse(siam_parsed *p, const siam_command *c, int argc, const char *const *argv,
                         siam_err *e)
{
    static const siam_option none[] = {SIAM_OPTIONS_END};
    *p = (siam_parsed){0};
    splitter *t = calloc(1, sizeof *t);
    p->args = calloc((size_t)argc + 1, sizeof *p->args);
    p->cfg = calloc(1, c->cfg_size ? c->cfg_size : 1);
    if (t)
        t->set = calloc((size_t)argc + 1, sizeof *t->set);
    siam_code rc = SIAM_OK;
    if (!t || !t->set || !p->args || !p->cfg) {
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory while reading the command line");
    } else {
        t->command = c;
        t->p = p;
        siam_optset_init(&p->options, c->options ? c->options : none, p->cfg);
        split(t, argc, argv);
        if (!p->help) {
            if (p->help_all)
                siam_problem(&t->problems, "option --all goes with --help");
            check_count(t);
            rc = apply(t, e);
        }
    }
    if (t)
        free(t->set);
    free(t);
    return rc;
}

void siam_parsed_release(siam_parsed *p)
{
    free(p->args);
    free(p->cfg);
    *p = (siam_parsed){0};
}
