/* simsiam doctor: is this machine fit, and does it compute correctly? */
#include <stdio.h>

#include "cli/command.h"
#include "tasks/doctor.h"

typedef struct doctor_cfg {
    int32_t threads;
    bool json;
} doctor_cfg;

static const siam_option options[] = {
    SIAM_OPTION_BOOL(doctor_cfg, json, "json", false, 0, "print JSON"),
    SIAM_OPTION_I32(doctor_cfg, threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads of the self-test"),
    SIAM_OPTIONS_END};

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const doctor_cfg *c = v->cfg;
    bool healthy = false;
    const siam_code rc = siam_doctor(c->threads, c->json, stdout, &healthy, e);
    if (!rc && !healthy)
        *v->status = 1;
    return rc;
}

const siam_command siam_command_doctor = {
    .name = "doctor",
    .summary = "check the machine, the libraries and the arithmetic",
    .usage = "simsiam doctor [--json]",
    .examples = (const char *const[]){"simsiam doctor", NULL},
    .options = options,
    .cfg_size = sizeof(doctor_cfg),
    .min_args = 0,
    .max_args = 0,
    .run = run,
};
