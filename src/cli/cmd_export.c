/* simsiam export: a model for other programs. */
#include <stdio.h>

#include "base/format.h"
#include "checkpoint/keyset.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "tasks/export.h"

typedef struct export_cfg {
    char out[SIAM_PATH_MAX];
    int32_t names;
    bool replace;
    model_options m;
} export_cfg;

#define T export_cfg
static const siam_option options[] = {
    SIAM_OPTION_STR(T, out, "out", "", 0, "-o: file to write, .safetensors, .pth, .pt or .pth.tar"),
    SIAM_OPTION_ENUM(T, names, "names", 0, siam_keyset_choices, 0,
                     "whose key names; all but the first take the projector, too"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file may be there already"), MODEL_OPTION_ROWS(T, m),
    SIAM_OPTIONS_END};
#undef T

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const export_cfg *c = v->cfg;
    if (!c->out[0]) {
        siam_fail(e, SIAM_E_USAGE, "export needs the file to write: -o FILE");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam export %s -o model.pth", siam_format_word(word, sizeof word, v->args[0]));
        return SIAM_E_USAGE;
    }
    const siam_export_request r = {.ask = model_ask(v->args[0], &c->m),
                                   .out = c->out,
                                   .names = siam_keyset_project(c->names),
                                   .replace = c->replace};
    return siam_export(&r, stdout, stderr, e);
}

const siam_command siam_command_export = {
    .name = "export",
    .summary = "write a model for PyTorch programs, under their key names",
    .usage = "simsiam export MODEL|RUN -o FILE.safetensors|FILE.pth [options]",
    .examples = (const char *const[]){"simsiam export runs/a -o encoder.pth",
                                      "simsiam export runs/a -o simsiam.pth --names mmpretrain",
                                      "simsiam export checkpoint_0099.pth.tar -o resnet50.safetensors", NULL},
    .options = options,
    .cfg_size = sizeof(export_cfg),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
