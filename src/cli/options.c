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
#include "data/joined.h"

typedef struct splitter {
    siam_parsed *p;
    siam_assignment *set;
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
    siam_assignment *a = &t->set[t->nset];
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
    const int i = siam_task_option(&t->p->options, key);
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
    char key[sizeof t->set->key];
    const char *dot = strrchr(word, '.');
    const bool ending = dot && isalpha((unsigned char)dot[1]) && dot > eq;
    if (siam_path_exists(word))
        return true;
    if ((!ending && !strchr(word, '/')) || (size_t)(eq - word) >= sizeof key)
        return false;
    memcpy(key, word, (size_t)(eq - word));
    key[eq - word] = '\0';
    return siam_task_option(&t->p->options, key) == -1 && !siam_optset_suggest(&t->p->options, key);
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
        } else if (options && !strcmp(a, "--all") && siam_task_option(&p->options, "all") == -1) {
            p->help_all = true;
            i++;
        } else if (options && !strncmp(a, "--", 2)) {
            i += long_option(t, a + 2, i + 1 < argc ? argv[i + 1] : NULL);
        } else if (options && !strcmp(a, "-o") && siam_task_option(&p->options, "out") >= 0) { /* as compilers have it */
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

/* Each assignment to the option of row i becomes that of all their values; there is one such option in a table. */
static siam_code join(splitter *t, int i, siam_err *e)
{
    size_t n = 0;
    int times = 0;
    for (int k = 0; k < t->nset; k++)
        if (siam_task_option(&t->p->options, t->set[k].key) == i) {
            n += strlen(t->set[k].value) + sizeof SIAM_JOINED_BY;
            times++;
        }
    if (times < 2)
        return SIAM_OK;
    SIAM_ASSERT(!t->p->joined);
    char *text = t->p->joined = calloc(1, n + 1);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory while reading the command line");
    times = 0;
    for (int k = 0; k < t->nset; k++)
        if (siam_task_option(&t->p->options, t->set[k].key) == i) {
            text = stpcpy(stpcpy(text, times++ ? SIAM_JOINED_BY : ""), t->set[k].value);
            t->set[k].value = t->p->joined; /* so that it does not matter which one counts */
        }
    return SIAM_OK;
}

siam_code siam_cli_parse(siam_parsed *p, const siam_task_type *task, int argc, const char *const *argv,
                         siam_err *e)
{
    static const siam_option none[] = {SIAM_OPTIONS_END};
    *p = (siam_parsed){0};
    splitter *t = calloc(1, sizeof *t);
    p->args = calloc((size_t)argc + 1, sizeof *p->args);
    p->request = calloc(1, task->request_size ? task->request_size : 1);
    if (t)
        t->set = calloc((size_t)argc + 1, sizeof *t->set);
    siam_code rc = SIAM_OK;
    if (!t || !t->set || !p->args || !p->request) {
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory while reading the command line");
    } else {
        t->p = p;
        siam_optset_init(&p->options, task->options ? task->options : none, p->request);
        split(t, argc, argv);
        if (!p->help) {
            if (p->help_all)
                siam_problem(&t->problems, "option --all goes with --help");
            for (int i = 0; i < p->options.n && !rc; i++)
                if (p->options.row[i].flags & SIAM_OPT_JOINED)
                    rc = join(t, i, e);
            if (!rc)
                rc = siam_task_fill(task, &p->options, p->nargs, p->args, t->set, t->nset, &t->problems, e);
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
    free(p->request);
    free(p->joined);
    *p = (siam_parsed){0};
}
