/* simsiam fetch: bring the weights of a named model here. */
#include <stdio.h>

#include "cli/command.h"
#include "tasks/fetch.h"
#include "train/config.h"

typedef struct fetch_cfg {
    char from[SIAM_PATH_MAX];
} fetch_cfg;

static const siam_option options[] = {
    SIAM_OPTION_STR(fetch_cfg, from, "from", "", 0,
                    "URL of a copy (http, https, file); default: the model's own"),
    SIAM_OPTIONS_END};

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const fetch_cfg *c = v->cfg;
    const siam_fetch_request r = {
        .model = v->args[0], .from = c->from, .out = stdout, .say = stderr, .stop = v->stop};
    return siam_fetch(&r, e);
}

const siam_command siam_command_fetch = {
    .name = "fetch",
    .summary = "download the weights of a named model",
    .usage = "simsiam fetch NAME [--from URL]",
    .examples =
        (const char *const[]){"simsiam fetch resnet50_simsiam-100e-pre_8xb512-linear-coslr-90e_in1k",
                              "simsiam fetch simsiam_resnet50_8xb32-coslr-100e_in1k --from file:///mnt/m.pth",
                              NULL},
    .options = options,
    .cfg_size = sizeof(fetch_cfg),
    .min_args = 1,
    .max_args = 1,
    .stops_cleanly = true,
    .run = run,
};
