/* What the files of cli/ share: splitting a command line, and help. */
#ifndef SIAM_CLI_CLI_H
#define SIAM_CLI_CLI_H

#include "tasks/task.h"

/* A verb's command line, parsed. Release also after a failure. */
typedef struct siam_parsed {
    siam_optset options;
    void *request;
    const char **args; /* positional arguments */
    int nargs;
    char *joined;        /* the value of an option that was given several times and is all of them; else NULL */
    bool help, help_all; /* --help, --all beside it */
} siam_parsed;

/* argv[0] is the verb. Reports all mistakes at once (SIAM_E_USAGE). With --help nothing else is checked. */
siam_code siam_cli_parse(siam_parsed *p, const siam_task_type *task, int argc, const char *const *argv, siam_err *e);
void siam_parsed_release(siam_parsed *p);

/* What the program can do: the tasks, and what commands.def has beside them; NULL-terminated. */
extern const siam_task_type *const siam_commands[];
const siam_task_type *siam_command_find(const char *name);
/* Failure for a name that is no verb, with the nearest one. */
siam_code siam_command_unknown(const char *name, siam_err *e);

/* Give jansson memory of the program's, before anything reads JSON. end, which does not return: there is none left. */
void siam_cli_json_memory(void (*end)(const siam_err *e));

void siam_help_program(FILE *out);
/* all: the rare options too. */
void siam_help_verb(FILE *out, const siam_task_type *c, bool all);

#endif
