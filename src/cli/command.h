/* Verbs: one file cmd_<verb>.c + one row in commands.def. */
#ifndef SIAM_CLI_COMMAND_H
#define SIAM_CLI_COMMAND_H

#include <signal.h>

#include "base/option.h"

/* What main() hands to a verb: the command line, split. Options of the verb's table have been parsed
 * into cfg (default cfg_size bytes, zeroed, then defaults). */
typedef struct siam_invocation {
    siam_optset *options; /* over the verb's table; origins say what the user gave */
    void *cfg;
    int nargs; /* positional arguments */
    const char *const *args;
    const char *const *argv;           /* the whole command line, for run.json; NULL-terminated */
    const volatile sig_atomic_t *stop; /* 0, or the signal (SIGINT, SIGTERM, SIGHUP) that asked for a clean stop */
    int *status; /* exit status when run() returns SIAM_OK; 0 unless the verb sets it (doctor) */
} siam_invocation;

typedef struct siam_command {
    const char *name, *summary;  /* summary: lowercase, no period */
    const char *usage;           /* "simsiam knn MODEL --data PATH [options]" */
    const char *const *examples; /* up to 3 command lines, NULL-terminated */
    const siam_option *options;  /* may be NULL */
    size_t cfg_size;
    int min_args, max_args; /* max -1 = any */
    bool stops_cleanly;     /* the first SIGINT, SIGTERM or SIGHUP only sets *stop; otherwise it ends the program */
    /* An argument that fills options before the command line's own (the recipe): the value of the option
     * preset_option (linear), or without one the first positional argument (train). NULL = none. */
    siam_code (*preset)(siam_optset *s, const char *arg, siam_problems *p, siam_err *e);
    const char *preset_option;
    siam_code (*run)(const siam_invocation *v, siam_err *e);
} siam_command;

extern const siam_command *const siam_commands[]; /* NULL-terminated, from commands.def */

#endif
