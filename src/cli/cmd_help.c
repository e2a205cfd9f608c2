/* simsiam help: the list of verbs, or one of them. */
#include <stdio.h>

#include "cli/cli.h"

typedef struct help_cfg {
    bool all;
} help_cfg;

static const siam_option options[] = {
    SIAM_OPTION_BOOL(help_cfg, all, "all", false, 0, "the rare options too"), SIAM_OPTIONS_END};

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const help_cfg *c = v->cfg;
    if (!v->nargs) {
        siam_help_program(stdout);
        return SIAM_OK;
    }
    const siam_command *verb = siam_command_find(v->args[0]);
    if (!verb)
        return siam_command_unknown(v->args[0], e);
    siam_help_verb(stdout, verb, c->all);
    return SIAM_OK;
}

const siam_command siam_command_help = {
    .name = "help",
    .summary = "what a verb does and takes",
    .usage = "simsiam help [VERB] [--all]",
    .examples = (const char *const[]){"simsiam help", "simsiam help train --all", NULL},
    .options = options,
    .cfg_size = sizeof(help_cfg),
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
