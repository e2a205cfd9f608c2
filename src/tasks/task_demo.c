/* simsiam demo: SimSiam on the embedded data set, with and without the stop-gradient, beside two baselines:
 * in runs/, for at most about three minutes on 2 cores. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "tasks/task.h"
#include "tasks/task_knn.h"
#include "train/train.h"

typedef struct demo {
    FILE *out, *console;
    int threads, devices;
    const char *device;
    const volatile sig_atomic_t *stop;
    char folder[256];
} demo;

static siam_code configure(siam_optset *s, siam_config *c, const demo *d, const char *name,
                           bool stop_gradient, siam_err *e)
{
    siam_problems bad = {0};
    char out[300], threads[16], devices[16];
    memset(c, 0, sizeof *c);
    siam_optset_init(s, siam_config_options, c);
    SIAM_TRY(siam_config_load(s, "demo", &bad, e));
    snprintf(out, sizeof out, "%s/%s", d->folder, name);
    snprintf(threads, sizeof threads, "%d", d->threads);
    snprintf(devices, sizeof devices, "%d", d->devices);
    siam_optset_set(s, "data.path", "synth", SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.out", out, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.device", d->device, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.devices", devices, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.threads", threads, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "train.stop_gradient", stop_gradient ? "true" : "false", SIAM_FROM_CLI, NULL, &bad);
    SIAM_TRY(siam_problems_fail(&bad, e));
    return siam_config_finish(s, e);
}

/* kNN accuracy of what training has to beat: "raw" pixels, and the network before its first step. */
static siam_code baseline(const demo *d, const siam_config *c, const char *model, double *top1, siam_err *e)
{
    siam_knn_request r = {.scan = {.model = {.model = model,
                                             .width = c->model_width,
                                             .stem = 1 + c->model_stem,
                                             .size = c->data_size,
                                             .seed = c->train_seed,
                                             .mean = c->data_mean,
                                             .std = c->data_std},
                                   .threads = d->threads,
                                   .devices = d->devices},
                          .k = {1, {c->eval_k}},
                          .temperature = {1, {c->eval_temperature}},
                          .bank = c->eval_bank,
                          .stop = d->stop};
    memcpy(r.scan.data, c->data_path, sizeof r.scan.data);
    memcpy(r.scan.device, c->run_device, sizeof r.scan.device);
    return siam_knn_measure(&r, top1, e);
}

static void table(const demo *d, double raw, double untrained, const siam_train_result *without,
                  const siam_train_result *with)
{
    fprintf(d->out, "\n                         kNN top-1   std gauge   rank of z    loss\n");
    fprintf(d->out, "  raw pixels               %6.1f %%\n", 100 * raw);
    fprintf(d->out, "  untrained encoder        %6.1f %%\n", 100 * untrained);
    fprintf(d->out, "  no stop-gradient         %6.1f %%      %5.2f      %7.1f   %7.4f   %s\n",
            100 * without->knn_top1, without->z_std_ratio, without->z_rank, without->loss,
            without->collapsed ? "collapsed" : "");
    fprintf(d->out, "  SimSiam                  %6.1f %%      %5.2f      %7.1f   %7.4f   %s\n\n",
            100 * with->knn_top1, with->z_std_ratio, with->z_rank, with->loss,
            with->collapsed ? "collapsed" : "healthy");
    fprintf(
        d->out,
        "The gauge is 1 when the embeddings spread over the sphere. Without the stop-gradient the loss runs\n"
        "towards -1 by collapsing them into a few directions, and the encoder learns little.\n\n");
    fprintf(d->out, "Try next:\n");
    fprintf(d->out, "  simsiam knn %s --data synth --k 20,200\n", with->out);
    fprintf(d->out, "  simsiam train cifar10-resnet18-quick --data cifar-10-binary.tar.gz\n");
    fprintf(d->out, "  simsiam help train\n");
}

/* The next free runs/demo-NNNN; mkdir decides between two demonstrations that pick the same. */
static siam_code pick_folder(demo *d, siam_err *e)
{
    SIAM_TRY(siam_mkdirs("runs", e));
    for (int i = 1; i < 10000; i++) {
        snprintf(d->folder, sizeof d->folder, "runs/demo-%04d", i);
        if (!mkdir(d->folder, 0777))
            return SIAM_OK;
        if (errno != EEXIST)
            return siam_fail_errno(e, errno, "cannot create the folder '%s'", d->folder);
    }
    return siam_fail(e, SIAM_E_EXISTS, "runs/ holds 9,999 demo folders; delete some");
}

static siam_code show(const demo *d, siam_err *e)
{
    siam_config c;
    siam_optset s;
    siam_train_result with, without;
    const siam_watch watch = {.console = d->console, .stop = d->stop};
    double raw, untrained;
    char untrained_model[64];
    SIAM_TRY(configure(&s, &c, d, "without-stop-gradient", false, e));
    SIAM_TRY(baseline(d, &c, "raw", &raw, e));
    snprintf(untrained_model, sizeof untrained_model, "random:%s", c.model_arch);
    SIAM_TRY(baseline(d, &c, untrained_model, &untrained, e));
    fprintf(d->out, "1 of 2: without the stop-gradient, to see a collapse\n");
    fflush(d->out);
    SIAM_TRY(siam_train(&s, NULL, &watch, &without, e));
    SIAM_TRY(configure(&s, &c, d, "simsiam", true, e));
    fprintf(d->out, "2 of 2: SimSiam\n");
    fflush(d->out);
    SIAM_TRY(siam_train(&s, NULL, &watch, &with, e));
    table(d, raw, untrained, &without, &with);
    return SIAM_OK;
}

typedef struct demo_request {
    int32_t threads, devices;
    char device[SIAM_PATH_MAX];
} demo_request;

static siam_code run(const siam_task_call *c, siam_err *e)
{
    const demo_request *r = c->request;
    demo d = {.out = c->out, .console = c->say, .threads = r->threads, .devices = r->devices, .device = r->device, .stop = c->stop};
    SIAM_TRY(pick_folder(&d, e));
    const siam_code rc = show(&d, e);
    rmdir(d.folder); /* goes where nothing was trained, stays where it holds a run */
    return rc;
}

static const siam_option options[] = {SIAM_OPTION_I32(demo_request, threads, "threads", 0, 0, 1024,
                                                      SIAM_OPT_AUTO, "threads of the computation"),
                                      SIAM_OPTION_STR(demo_request, device, "device", "auto", 0,
                                                      "auto, cpu, or a device of simsiam list"),
                                      SIAM_OPTION_I32(demo_request, devices, "devices", 1, 1, SIAM_DEVICES_MAX, 0, SIAM_DEVICES_HELP),
                                      SIAM_OPTIONS_END};

const siam_task_type siam_task_demo = {
    .name = "demo",
    .summary = "train on embedded images with and without the stop-gradient",
    .usage = "simsiam demo [--threads N] [--device NAME] [--devices N]",
    .examples = (const char *const[]){"simsiam demo", NULL},
    .options = options,
    .request_size = sizeof(demo_request),
    .min_args = 0,
    .max_args = 0,
    .stops_cleanly = true,
    .run = run,
};
