/* simsiam demo: the whole idea on the embedded data set, in a few minutes. */
#include <stdio.h>

#include "cli/command.h"
#include "tasks/demo.h"

typedef struct demo_cfg {
    int32_t threads;
} demo_cfg;

static const siam_option options[] = {
    SIAM_OPTION_I32(demo_cfg, threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads of the computation"),
    SIAM_OPTIONS_END};

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const demo_cfg *c = v->cfg;
    return siam_demo(stdout, stderr, c->threads, v->stop, e);
}

const siam_command siam_command_demo = {
    .name = "demo",
    .summary = "train on embedded images with and without the stop-gradient",
    .usage = "simsiam demo [--threads N]",
    .examples = (const char *const[]){"simsiam demo", NULL},
    .options = options,
    .cfg_size = sizeof(demo_cfg),
    .min_args = 0,
    .max_args = 0,
    .stops_cleanly = true,
    .run = run,
};
