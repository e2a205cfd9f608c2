/* simsiam info: what a model file, a run or a recipe is. */
#include <stdio.h>

#include "cli/command.h"
#include "tasks/info.h"

typedef struct info_cfg {
    bool json, yaml;
    char rename[512], part[64];
} info_cfg;

static const siam_option options[] = {
    SIAM_OPTION_BOOL(info_cfg, json, "json", false, 0, "print JSON"),
    SIAM_OPTION_BOOL(info_cfg, yaml, "yaml", false, 0, "print a recipe's YAML text"),
    SIAM_OPTION_STR(info_cfg, rename, "rename", "", 0, "s/FROM/TO/ rules for the tensors' names"),
    SIAM_OPTION_STR(info_cfg, part, "part", "", 0, "which of several networks in the file: teacher, encoder_q ..."),
    SIAM_OPTIONS_END};

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const info_cfg *c = v->cfg;
    const siam_model_ask ask = {.model = v->args[0], .rename = c->rename, .part = c->part};
    return c->yaml ? siam_info_yaml(v->args[0], stdout, e) : siam_info(&ask, c->json, stdout, e);
}

const siam_command siam_command_info = {
    .name = "info",
    .summary = "layers, parameters and multiply-adds of a model, run or recipe",
    .usage = "simsiam info MODEL|RUN|RECIPE [--json] [--yaml]",
    .examples = (const char *const[]){"simsiam info simsiam_resnet50_8xb32-coslr-100e_in1k",
                                      "simsiam info runs/a/model.safetensors --json",
                                      "simsiam info cifar10-resnet18-quick --yaml > mine.yaml", NULL},
    .options = options,
    .cfg_size = sizeof(info_cfg),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
