/* simsiam version. */
#include "cli/cli.h"

static siam_code run(const siam_task_call *c, siam_err *e)
{
    (void)e;
    fprintf(c->out, "simsiam %s\n", siam_version());
    return SIAM_OK;
}

const siam_task_type siam_command_version = {
    .name = "version",
    .summary = "the version",
    .usage = "simsiam version",
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
