/* simsiam extract: features of images, for other programs. */
#include <stdio.h>

#include "base/format.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "tasks/extract.h"

typedef struct extract_cfg {
    char data[SIAM_PATH_MAX], out[SIAM_PATH_MAX], device[32];
    model_options m;
    int32_t layer, split, exif, threads, precision;
    double max_bad;
    bool replace, force;
} extract_cfg;

#define T extract_cfg
static const siam_option options[] = {
    SIAM_OPTION_STR(T, data, "data", "", 0, "images: a folder, a list, a data set, one image"),
    SIAM_OPTION_STR(T, out, "out", "", 0, "file to write (-o): .npy, .safetensors or .csv"),
    SIAM_OPTION_ENUM(T, layer, "layer", 0, SIAM_EXTRACT_LAYERS, 0,
                     "pooled features, the last feature map, projection, prediction, class scores"),
    SIAM_OPTION_ENUM(T, split, "split", SIAM_EXTRACT_ALL, "all|train|test", 0, "which images"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file may be there already"),
    MODEL_OPTION_ROWS(T, m),
    EXIF_OPTION_ROW(T),
    MAX_BAD_OPTION_ROW(T),
    MACHINE_OPTION_ROWS(T),
    PRECISION_OPTION_ROWS(T),
    SIAM_OPTIONS_END};
#undef T

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const extract_cfg *c = v->cfg;
    if (!c->data[0] || !c->out[0]) {
        siam_fail(e, SIAM_E_USAGE, "extract needs %s", c->data[0] ? "a file to write: -o features.npy"
                                                                  : "the images: --data PATH");
        char model[SIAM_PATH_MAX], data[SIAM_PATH_MAX], out[SIAM_PATH_MAX];
        siam_hint(e, "simsiam extract %s --data %s -o %s", siam_format_word(model, sizeof model, v->args[0]),
                  c->data[0] ? siam_format_word(data, sizeof data, c->data) : "PATH",
                  c->out[0] ? siam_format_word(out, sizeof out, c->out) : "features.npy");
        return SIAM_E_USAGE;
    }
    const siam_extract_request r = {
        .ask = model_ask(v->args[0], &c->m),
        .data = c->data,
        .layer = c->layer,
        .split = c->split,
        .out = c->out,
        .replace = c->replace,
        .upright = c->exif == SIAM_EXIF_APPLY,
        .max_bad = c->max_bad,
        .device = c->device,
        .threads = c->threads,
        .precision = c->precision,
        .force = c->force,
        .stop = v->stop,
        .progress = stderr,
    };
    return siam_extract(&r, stdout, e);
}

const siam_command siam_command_extract = {
    .name = "extract",
    .summary = "write the features of images into a file",
    .usage = "simsiam extract MODEL --data PATH -o FILE [options]",
    .examples =
        (const char *const[]){"simsiam extract runs/a --data photos -o features.npy",
                              "simsiam extract runs/a --data photos --layer z --split test -o z.csv",
                              "simsiam extract resnet50.pth --data photos --layer layer4 -o maps.npy", NULL},
    .options = options,
    .cfg_size = sizeof(extract_cfg),
    .min_args = 1,
    .max_args = 1,
    .stops_cleanly = true,
    .run = run,
};
