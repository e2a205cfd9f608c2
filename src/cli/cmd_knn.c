/* simsiam knn: how well nearest neighbours tell the classes apart. */
#include <stdio.h>

#include "base/format.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "tasks/knn.h"

typedef struct knn_cfg {
    char data[SIAM_PATH_MAX];
    char device[32];
    model_options m;
    siam_list k, temperature;
    int32_t bank, threads, exif, precision;
    double max_bad;
    bool leave_one_out, json, force;
} knn_cfg;

#define T knn_cfg
static const siam_option options[] = {
    SIAM_OPTION_STR(T, data, "data", "", 0, "labelled data set: a path, or synth"),
    SIAM_OPTION_LIST(T, k, "k", "200", 1, 100000, 0, "neighbours, one result each"),
    SIAM_OPTION_LIST(T, temperature, "temperature", "0.1", 1e-3, 100, 0,
                     "temperature of the votes, one result each"),
    SIAM_OPTION_I32(T, bank, "bank", 50000, 0, 100000000, 0, "training images to look at, at most; 0 = all"),
    SIAM_OPTION_BOOL(T, leave_one_out, "leave_one_out", false, 0,
                     "each image against all others; the only way where no images are held out"),
    MODEL_OPTION_ROWS(T, m),
    EXIF_OPTION_ROW(T),
    MAX_BAD_OPTION_ROW(T),
    MACHINE_OPTION_ROWS(T),
    PRECISION_OPTION_ROWS(T),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON"),
    SIAM_OPTIONS_END};
#undef T

static siam_code run(const siam_invocation *v, siam_err *e)
{
    const knn_cfg *c = v->cfg;
    if (!c->data[0]) {
        siam_fail(e, SIAM_E_USAGE, "knn needs the labelled data set: --data PATH, or --data synth");
        char word[SIAM_PATH_MAX];
        siam_hint(e, "simsiam knn %s --data synth", siam_format_word(word, sizeof word, v->args[0]));
        return SIAM_E_USAGE;
    }
    for (int i = 0; i < c->k.n; i++)
        if (c->k.v[i] != (double)(int32_t)c->k.v[i])
            return siam_fail(e, SIAM_E_USAGE, "option --k takes whole numbers, got %g", c->k.v[i]);
    const siam_knn_request r = {
        .ask = model_ask(v->args[0], &c->m),
        .data = c->data,
        .k = c->k,
        .temperature = c->temperature,
        .bank = c->bank,
        .leave_one_out = c->leave_one_out,
        .device = c->device,
        .threads = c->threads,
        .precision = c->precision,
        .force = c->force,
        .json = c->json,
        .upright = c->exif == SIAM_EXIF_APPLY,
        .max_bad = c->max_bad,
    };
    return siam_knn_run(&r, stdout, e);
}

const siam_command siam_command_knn = {
    .name = "knn",
    .summary = "measure a model by its nearest neighbours",
    .usage = "simsiam knn MODEL|RUN|raw|random:ARCH --data PATH [options]",
    .examples =
        (const char *const[]){"simsiam knn runs/a --data cifar-10-binary.tar.gz --k 20,200",
                              "simsiam knn raw --data synth",
                              "simsiam knn random:resnet18 --width 16 --stem cifar --data synth", NULL},
    .options = options,
    .cfg_size = sizeof(knn_cfg),
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
