/* simsiam test: how good a classifier is. */
#include <stdio.h>

#include "base/check.h"
#include "base/format.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "tasks/test.h"

typedef struct test_cfg {
    char data[SIAM_PATH_MAX], out[SIAM_PATH_MAX], device[32];
    model_options m;
    int32_t split, mistakes, exif, threads;
    double min_top1, max_bad;
    bool replace, json;
} test_cfg;

#define T test_cfg
static const siam_option options[] = {
    SIAM_OPTION_STR(T, data, "data", "", 0, "labelled data set: a path, or synth"),
    SIAM_OPTION_ENUM(T, split, "split", SIAM_TEST_AUTO, "auto|train|test", 0,
                     "which images; auto = those held out, or all where none are"),
    SIAM_OPTION_STR(T, out, "out", "", 0, "write one row per image: .jsonl or .csv"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file of --out may be there already"),
    SIAM_OPTION_F64(T, min_top1, "min_top1", 0, 0, 100, 0,
                    "exit with 1 when fewer are right; a share up to 1, or percent"),
    SIAM_OPTION_I32(T, mistakes, "mistakes", 10, 0, 1000000, 0, "most confident mistakes to list"),
    MODEL_OPTION_ROWS(T, m),
    EXIF_OPTION_ROW(T),
    MAX_BAD_OPTION_ROW(T),
    MACHINE_OPTION_ROWS(T),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const test_cfg *c = v->cfg;
    if (!c->data[0]) {
        siam_fail(e, SIAM_E_USAGE, "test needs the labelled data set: --data PATH");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam test %s --data PATH", siam_format_word(word, sizeof word, v->args[0]));
        return SIAM_E_USAGE;
    }
    const siam_test_request r = {
        .ask = model_ask(v->args[0], &c->m),
        .data = c->data,
        .split = c->split,
        .device = c->device,
        .threads = c->threads,
        .max_bad = c->max_bad,
        .stop = v->stop,
        .out = c->out[0] ? c->out : NULL,
        .replace = c->replace,
        .min_top1 = c->min_top1 > 1 ? c->min_top1 / 100 : c->min_top1,
        .mistakes = c->mistakes,
        .json = c->json,
        .upright = c->exif == SIAM_EXIF_APPLY,
        .progress = stderr,
    };
    bool passed;
    char gate[256];
    SIAM_TRY(siam_test_run(&r, stdout, &passed, gate, e));
    if (!passed) {
        fflush(stdout);
        fprintf(stderr, "simsiam: %s\n", gate);
        *v->status = 1;
    }
    return SIAM_OK;
}

const siam_command siam_command_test = {
    .name = "test",
    .summary = "measure a classifier on labelled images",
    .usage = "simsiam test MODEL --data PATH [options]",
    .examples =
        (const char *const[]){"simsiam test runs/linear --data imagenet --out preds.csv",
                              "simsiam test resnet56.th --arch resnet56-cifar --data cifar-10-binary.tar.gz",
                              "simsiam test model.safetensors --data photos --min-top1 90", NULL},
    .options = options,
    .cfg_size = sizeof(test_cfg),
    .min_args = 1,
    .max_args = 1,
    .stops_cleanly = true,
    .run = run,
};
