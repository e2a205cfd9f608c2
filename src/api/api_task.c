/* siam_task: the verbs behind the public interface. */
#include <stdlib.h>
#include <string.h>

#include "api/guard.h"
#include "base/check.h"
#include "base/stop.h"
#include "tasks/task.h"

enum { LINE = 4096 };

struct siam_task {
    const siam_task_type *type;
    void *request;
    siam_optset options; /* over the request: what was set so far */
    siam_assignment *set;
    char **value; /* theirs, owned */
    char **args;
    int nset, nargs;
    enum { FRESH, RUNNING, ENDED } state;
    volatile sig_atomic_t stop;
    siam_task_row_fn *on_row;
    siam_log_fn *on_log;
    void *row_user, *log_user;
    siam_guard outside; /* the caller's settings, given back during callbacks */
    char line[LINE];    /* of the log, not ended yet */
    size_t used;
};

static siam_code unknown(const char *name, siam_err *e)
{
    const char *names[64];
    int n = 0;
    while (n < 64 && siam_tasks[n]) {
        names[n] = siam_tasks[n]->name;
        n++;
    }
    const char *near = siam_nearest(name, names, n);
    return siam_misuse(e, "there is no task \"%.40s\"%s%s%s", name, near ? "; did you mean \"" : "",
                       near ? near : "", near ? "\"?" : "");
}

static void start(siam_task *t)
{
    static const siam_option none[] = {SIAM_OPTIONS_END};
    memset(t->request, 0, t->type->request_size);
    siam_optset_init(&t->options, t->type->options ? t->type->options : none, t->request);
}

siam_code siam_task_create(siam_task **task, const char *name, siam_err *e)
{
    if (task)
        *task = NULL;
    if (!task || !name)
        return siam_misuse(e, "siam_task_create needs a place for the handle and a name");
    const siam_task_type *type = siam_task_find(name);
    if (!type)
        return unknown(name, e);
    siam_err_clear(e);
    siam_task *t = calloc(1, sizeof *t);
    void *request = calloc(1, type->request_size + 1);
    if (!t || !request) {
        free(t);
        free(request);
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the task");
    }
    t->type = type;
    t->request = request;
    siam_guard g;
    siam_guard_enter(&g, e);
    start(t);
    siam_guard_leave(&g);
    *task = t;
    return SIAM_OK;
}

void siam_task_destroy(siam_task **task)
{
    siam_task *t = task ? *task : NULL;
    if (!t || t->state == RUNNING)
        return;
    for (int i = 0; i < t->nset; i++)
        free(t->value[i]);
    for (int i = 0; i < t->nargs; i++)
        free(t->args[i]);
    free(t->set);
    free(t->value);
    free(t->args);
    free(t->request);
    free(t);
    *task = NULL;
}

/* What is given when it is too late would be lost without a word. */
static siam_code check_fresh(const siam_task *t, const char *function, siam_err *e)
{
    if (!t)
        return siam_misuse(e, "%s was called without a task", function);
    if (t->state != FRESH)
        return siam_misuse(e, "%s was called %s; a task runs once", function,
                           t->state == RUNNING ? "during the run" : "after the run");
    return SIAM_OK;
}

/* A copy of `text` at the end of a list of n. */
static siam_code append(char ***list, int n, const char *text, siam_err *e)
{
    char **more = realloc(*list, ((size_t)n + 1) * sizeof *more);
    if (more)
        *list = more;
    char *copy = more ? strdup(text) : NULL;
    if (!copy)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for what the task is given");
    more[n] = copy;
    return SIAM_OK;
}

siam_code siam_task_argument(siam_task *t, const char *argument, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_task_argument", e));
    if (!argument)
        return siam_misuse(e, "siam_task_argument needs an argument");
    siam_err_clear(e);
    SIAM_TRY(append(&t->args, t->nargs, argument, e));
    t->nargs++;
    return SIAM_OK;
}

/* Kept as text, too: a recipe, wherever it is named, comes before all options. */
static siam_code keep(siam_task *t, const char *option, const char *value, siam_err *e)
{
    siam_assignment *more = realloc(t->set, ((size_t)t->nset + 1) * sizeof *more);
    if (!more)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for what the task is given");
    t->set = more;
    SIAM_TRY(append(&t->value, t->nset, value, e));
    siam_assignment *a = &t->set[t->nset];
    snprintf(a->key, sizeof a->key, "%s", option);
    a->value = t->value[t->nset++];
    return SIAM_OK;
}

siam_code siam_task_set(siam_task *t, const char *option, const char *value, siam_err *e)
{
    siam_problems problems = {0};
    SIAM_TRY(check_fresh(t, "siam_task_set", e));
    if (!option || !value)
        return siam_misuse(e, "siam_task_set needs an option and a value");
    if (strlen(option) >= sizeof t->set->key)
        return siam_misuse(e, "option \"%.40s...\" has a name that is too long", option);
    siam_guard g;
    siam_guard_enter(&g, e);
    const int row = siam_task_option(&t->options, option);
    siam_optset_set(&t->options, row >= 0 ? t->options.row[row].name : option, value, SIAM_FROM_CLI, NULL,
                    &problems);
    siam_code rc = siam_problems_fail(&problems, e);
    if (!rc)
        rc = keep(t, option, value, e);
    siam_guard_leave(&g);
    return rc;
}

siam_code siam_task_on_log(siam_task *t, siam_log_fn *fn, void *user, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_task_on_log", e));
    siam_err_clear(e);
    t->on_log = fn;
    t->log_user = user;
    return SIAM_OK;
}

/* ---- what the task tells ---- */

static siam_code tell_row(void *user, const char *row, siam_err *e)
{
    siam_task *t = user;
    siam_guard inside;
    siam_guard_enter(&inside, NULL);
    siam_guard_leave(&t->outside);
    const int unwanted = t->on_row ? t->on_row(t->row_user, row) : 0;
    siam_guard_leave(&inside);
    if (!unwanted)
        return SIAM_OK;
    siam_stop_ask(&t->stop, SIAM_STOP_CALLER);
    return siam_fail(e, SIAM_E_CANCELLED, "stopped by the program");
}

static void tell_line(siam_task *t)
{
    t->line[t->used] = '\0';
    t->used = 0;
    if (!t->on_log)
        return;
    siam_guard inside;
    siam_guard_enter(&inside, NULL);
    siam_guard_leave(&t->outside);
    t->on_log(t->log_user, t->line);
    siam_guard_leave(&inside);
}

/* The write of a stream: a line that is too long comes in parts. */
static ssize_t log_write(void *user, const char *text, size_t n)
{
    siam_task *t = user;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\n')
            t->line[t->used++] = text[i];
        if (text[i] == '\n' || t->used == LINE - 1)
            tell_line(t);
    }
    return (ssize_t)n;
}

static siam_code open_log(siam_task *t, FILE **log, siam_err *e)
{
    *log = fopencookie(t, "w", (cookie_io_functions_t){.write = log_write});
    if (!*log)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the task's remarks");
    setvbuf(*log, NULL, _IOLBF, BUFSIZ);
    return SIAM_OK;
}

/* ---- running ---- */

static siam_code run(siam_task *t, siam_err *e)
{
    siam_problems problems = {0};
    FILE *log;
    int status = 0;
    const char *const *args = (const char *const *)t->args;
    start(t);
    SIAM_TRY(siam_task_fill(t->type, &t->options, t->nargs, args, t->set, t->nset, &problems, e));
    SIAM_TRY(open_log(t, &log, e));
    const siam_task_call call = {.options = &t->options,
                                 .request = t->request,
                                 .nargs = t->nargs,
                                 .args = args,
                                 .out = log,
                                 .say = log,
                                 .row = tell_row,
                                 .user = t,
                                 .stop = &t->stop,
                                 .status = &status};
    const siam_code rc = t->type->run(&call, e);
    fclose(log);
    if (t->used)
        tell_line(t);
    return rc;
}

siam_code siam_task_run(siam_task *t, siam_task_row_fn *row, void *user, siam_err *e)
{
    SIAM_TRY(check_fresh(t, "siam_task_run", e));
    siam_guard_enter(&t->outside, e);
    t->on_row = row;
    t->row_user = user;
    t->state = RUNNING;
    const siam_code rc = run(t, e);
    t->state = ENDED;
    siam_guard_leave(&t->outside);
    return rc;
}

void siam_task_stop(siam_task *t)
{
    if (t)
        siam_stop_ask(&t->stop, SIAM_STOP_CALLER);
}
