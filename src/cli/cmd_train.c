/* simsiam train: pretrain an encoder. */
#include "base/format.h"
#include "cli/command.h"
#include "train/config.h"
#include "train/train.h"

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const siam_config *c = v->cfg;
    const siam_watch watch = {.console = stderr, .stop = v->stop};
    if (!v->nargs && !c->run_resume) {
        siam_fail(e, SIAM_E_USAGE, "train needs a recipe, or a .yaml file");
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    if (c->run_resume) /* what is not given comes from the run's config.yaml */
        return siam_train(v->options, v->argv, &watch, NULL, e);
    if (!c->data_path[0]) {
        siam_fail(e, SIAM_E_USAGE,
                  "train needs the data set: --data PATH, or --data synth for the embedded one");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam train %s --data synth", siam_format_word(word, sizeof word, v->args[0]));
        return SIAM_E_USAGE;
    }
    const siam_code rc = siam_config_finish(v->options, e);
    return rc ? rc : siam_train(v->options, v->argv, &watch, NULL, e);
}

const siam_command siam_command_train = {
    .name = "train",
    .summary = "pretrain an encoder on images without labels",
    .usage = "simsiam train RECIPE|FILE.yaml --data PATH [--out DIR] [options]",
    .examples = (const char *const[]){"simsiam train cifar10-resnet18-quick --data cifar-10-binary.tar.gz",
                                      "simsiam train demo --data synth --epochs 5 --width 32 --out runs/a",
                                      "simsiam train --out runs/a --resume", NULL},
    .options = siam_config_options,
    .cfg_size = sizeof(siam_config),
    .min_args = 0,
    .max_args = 1,
    .stops_cleanly = true,
    .preset = siam_config_load,
    .run = run,
};
