/* simsiam version. */
#include <stdio.h>

#include "cli/command.h"

static siam_code run(const siam_invocation *v, siam_err *e)
{
    (void)v;
    (void)e;
    printf("simsiam %s\n", siam_version());
    return SIAM_OK;
}

const siam_command siam_command_version = {
    .name = "version",
    .summary = "the version",
    .usage = "simsiam version",
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
