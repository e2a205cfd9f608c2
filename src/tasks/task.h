/* Verbs: one file task_<name>.c + one row in tasks.def. A row says what a verb is called, what it takes,
 * which options fill its request, and what it does. The command line shows and runs it, and so does the C
 * API: both have the same options and results. */
#ifndef SIAM_TASKS_TASK_H
#define SIAM_TASKS_TASK_H

#include <signal.h>
#include <stdio.h>

#include "base/json.h"
#include "base/option.h"
#include "comm/comm.h"

/* A result as text: a JSON object. A failure ends the task. */
typedef siam_code siam_row_sink(void *user, const char *row, siam_err *e);

/* What a verb is run with. */
typedef struct siam_task_call {
    siam_optset *options; /* over the verb's table; origins say what the user gave */
    void *request;        /* what they filled */
    int nargs;
    const char *const *args;
    FILE *out, *say;                   /* results for people; what is remarked on the way. Of several ranks the others' go nowhere */
    FILE *progress;                    /* where a line may be redrawn, or NULL */
    siam_row_sink *row;                /* takes results as rows; `out` then is a log beside them. Or NULL */
    void *user;                        /* of row */
    const char *const *argv;           /* the whole command line, for run.json, NULL-terminated; or NULL */
    const volatile sig_atomic_t *stop; /* base/stop.h */
    const siam_comm *ranks; /* this process is one of several; NULL: alone. Of a verb that `ranks` only */
    int *status; /* exit status when run() returns SIAM_OK: 0 unless the verb sets it (test, doctor) */
} siam_task_call;

typedef struct siam_task_type {
    const char *name, *summary;  /* summary: lowercase, no period */
    const char *usage;           /* "simsiam knn MODEL --data PATH [options]" */
    const char *const *examples; /* up to 3 command lines, NULL-terminated */
    const siam_option *options;  /* over the request; may be NULL */
    size_t request_size;         /* the request is zeroed, then has the defaults */
    int min_args, max_args;      /* max -1 = any */
    bool ranks; /* several processes can share its work */
    bool stops_cleanly; /* the first SIGINT, SIGTERM or SIGHUP only sets *stop; otherwise it ends the program
                         */
    /* An argument that fills options before the others (the recipe): the value of the option preset_option
     * (linear), or without one the first argument (train). NULL = none. */
    siam_code (*preset)(siam_optset *s, const char *arg, siam_problems *p, siam_err *e);
    const char *preset_option;
    siam_code (*run)(const siam_task_call *c, siam_err *e);
} siam_task_type;

extern const siam_task_type *const siam_tasks[];        /* NULL-terminated, from tasks.def */
const siam_task_type *siam_task_find(const char *name); /* NULL: there is none */

/* siam_comm_agree of its ranks, for what is the verb's own. */
siam_code siam_task_agree(const siam_task_call *c, siam_code rc, siam_err *e);
/* Whether this process writes the files: of several ranks the first alone does. */
static inline bool siam_task_writes(const siam_task_call *c) { return !c->ranks || c->ranks->rank == 0; }

/* ---- filling a request ---- */

typedef struct siam_assignment {
    char key[96];
    const char *value; /* borrowed */
} siam_assignment;

/* Row of a key, or < 0; "data" is data.path in a table that has that row. */
int siam_task_option(const siam_optset *s, const char *key);
/* The data set that all arguments together name, joined, in buf; SIAM_E_USAGE: they do not fit. */
siam_code siam_task_data(char *buf, size_t n, const siam_task_call *c, siam_err *e);
/* The preset, then the options in their order, and the number of arguments: every mistake is reported, after
 * those in `p` (SIAM_E_USAGE), with a hint. */
siam_code siam_task_fill(const siam_task_type *t, siam_optset *s, int nargs, const char *const *args,
                         const siam_assignment *set, int nset, siam_problems *p, siam_err *e);

/* ---- results ---- */

/* Whether results are told as rows: a program takes them, or the user asked for JSON. */
static inline bool siam_task_as_rows(const siam_task_call *c, bool json) { return c->row || json; }
/* Tell a row, to the sink or as a line of `out`. */
siam_code siam_task_tell(const siam_task_call *c, const char *row, siam_err *e);
/* The same of a JSON object, which is used up; NULL is out of memory. flags: of json_dumps. */
siam_code siam_task_tell_json(const siam_task_call *c, json_t *row, size_t flags, siam_err *e);
/* A member of a row, where it was measured: NAN is not. Out of memory: *row is NULL from then on. */
void siam_task_number(json_t **row, const char *key, double value);

#endif
