/* simsiam predict: what images show. */
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/format.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "tasks/predict.h"

typedef struct predict_cfg {
    char list[SIAM_PATH_MAX], device[32];
    model_options m;
    int32_t topk, exif, threads;
    bool json;
} predict_cfg;

#define T predict_cfg
static const siam_option options[] = {
    SIAM_OPTION_I32(T, topk, "topk", 5, 1, 1000, 0, "classes to print for each image"),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print one JSON object per image, with all probabilities"),
    SIAM_OPTION_STR(T, list, "list", "", 0, "a text file with one image path per line"),
    MODEL_OPTION_ROWS(T, m),
    EXIF_OPTION_ROW(T),
    MACHINE_OPTION_ROWS(T),
    SIAM_OPTIONS_END};
#undef T

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const predict_cfg *c = v->cfg;
    if (v->nargs == 1 && !c->list[0]) {
        siam_fail(e, SIAM_E_USAGE, "predict needs images: files, folders, or --list FILE");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam predict %s IMAGE", siam_format_word(word, sizeof word, v->args[0]));
        return SIAM_E_USAGE;
    }
    const siam_predict_request r = {
        .ask = model_ask(v->args[0], &c->m),
        .path = v->args + 1,
        .npaths = v->nargs - 1,
        .list = c->list[0] ? c->list : NULL,
        .device = c->device,
        .threads = c->threads,
        .topk = c->topk,
        .stop = v->stop,
        .json = c->json,
        .upright = c->exif == SIAM_EXIF_APPLY,
        .progress = isatty(STDOUT_FILENO) ? NULL : stderr, /* there the results themselves show it */
    };
    return siam_predict_run(&r, stdout, stderr, e);
}

const siam_command siam_command_predict = {
    .name = "predict",
    .summary = "say what images show",
    .usage = "simsiam predict MODEL IMAGE|FOLDER... [options]",
    .examples = (const char *const[]){"simsiam predict model.safetensors bird.jpg",
                                      "simsiam predict runs/linear photos --topk 1",
                                      "simsiam predict resnet50.pth --list files.txt --json", NULL},
    .options = options,
    .cfg_size = sizeof(predict_cfg),
    .min_args = 1,
    .max_args = -1,
    .stops_cleanly = true,
    .run = run,
};
