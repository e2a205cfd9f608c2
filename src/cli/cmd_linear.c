/* simsiam linear: how good an encoder's features are for a linear classifier. */
#include <stdio.h>

#include "base/format.h"
#include "cli/command.h"
#include "train/linear.h"

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const siam_config *c = v->cfg;
    const siam_watch watch = {.console = stderr, .stop = v->stop};
    siam_problems bad = {0};
    if (v->nargs) {
        siam_optset_set(v->options, "model.path", v->args[0], SIAM_FROM_CLI, NULL, &bad);
        const siam_code rc = siam_problems_fail(&bad, e);
        if (rc)
            return rc;
    }
    if (c->run_resume) /* what is not given comes from the run's config.yaml */
        return siam_linear_train(v->options, v->argv, &watch, NULL, e);
    if (!c->model_path[0]) {
        siam_fail(e, SIAM_E_USAGE, "linear needs the encoder: a model file, the folder of a run, or random:ARCH");
        siam_hint(e, "simsiam linear MODEL --data PATH");
        return SIAM_E_USAGE;
    }
    if (!c->data_path[0]) {
        siam_fail(e, SIAM_E_USAGE, "linear needs the labelled data set: --data PATH, or --data synth");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam linear %s --data synth", siam_format_word(word, sizeof word, c->model_path));
        return SIAM_E_USAGE;
    }
    const siam_code rc = siam_config_finish(v->options, e);
    return rc ? rc : siam_linear_train(v->options, v->argv, &watch, NULL, e);
}

const siam_command siam_command_linear = {
    .name = "linear",
    .summary = "train a linear classifier on a frozen encoder",
    .usage = "simsiam linear MODEL --data PATH [--recipe NAME] [--out DIR] [options]",
    .examples =
        (const char *const[]){"simsiam linear runs/a --recipe cifar10-linear-100e --data cifar10",
                              "simsiam linear runs/a --data photos --cache-features --sweep-lr 0.1,1,10,30",
                              "simsiam linear --out runs/linear-0001 --resume", NULL},
    .options = siam_linear_options,
    .cfg_size = sizeof(siam_config),
    .min_args = 0,
    .max_args = 1,
    .stops_cleanly = true,
    .preset = siam_config_load,
    .preset_option = "recipe",
    .run = run,
};
