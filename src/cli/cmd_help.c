/* simsiam help: the list of verbs, or one of them. */
#include "cli/cli.h"

typedef struct help_request {
    bool all;
} help_request;

static const siam_option options[] = {
    SIAM_OPTION_BOOL(help_request, all, "all", false, 0, "the rare options too"), SIAM_OPTIONS_END};

static siam_code run(const siam_task_call *c, siam_err *e)
{
    const help_request *r = c->request;
    if (!c->nargs) {
        siam_help_program(c->out);
        return SIAM_OK;
    }
    const siam_task_type *verb = siam_command_find(c->args[0]);
    if (!verb)
        return siam_command_unknown(c->args[0], e);
    siam_help_verb(c->out, verb, r->all);
    return SIAM_OK;
}

const siam_task_type siam_command_help = {
    .name = "help",
    .summary = "what a verb does and takes",
    .usage = "simsiam help [VERB] [--all]",
    .examples = (const char *const[]){"simsiam help", "simsiam help train --all", NULL},
    .options = options,
    .request_size = sizeof(help_request),
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
