/* The demonstration. */
#include "tasks/demo.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "tasks/encoder.h"
#include "tasks/knn.h"
#include "tasks/train.h"
#include "tasks/tuning.h"

typedef struct demo {
    FILE *out;
    int threads;
    const volatile sig_atomic_t *stop;
    char folder[256];
} demo;

static siam_code configure(siam_optset *s, siam_config *c, const demo *d, const char *name, bool stop_gradient,
                           siam_err *e)
{
    siam_problems bad = {0};
    char out[300], threads[16];
    memset(c, 0, sizeof *c);
    siam_optset_init(s, siam_config_options, c);
    SIAM_TRY(siam_config_load(s, "demo", &bad, e));
    snprintf(out, sizeof out, "%s/%s", d->folder, name);
    snprintf(threads, sizeof threads, "%d", d->threads);
    siam_optset_set(s, "data.path", "synth", SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.out", out, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "run.threads", threads, SIAM_FROM_CLI, NULL, &bad);
    siam_optset_set(s, "train.stop_gradient", stop_gradient ? "true" : "false", SIAM_FROM_CLI, NULL, &bad);
    SIAM_TRY(siam_problems_fail(&bad, e));
    return siam_config_finish(s, e);
}

/* kNN of the raw pixels (model = "raw") or of the network before training. */
static siam_code baseline(const demo *d, const siam_config *c, const siam_encoder *enc, double *top1, siam_err *e)
{
    siam_dataset *train = NULL, *test = NULL;
    siam_backend *b = NULL;
    siam_tuner *tuner = NULL;
    siam_extractor *x = NULL;
    siam_features bank = {0}, query = {0};
    siam_extract_cfg cfg = {.size = c->data_size, .batch = 256};
    siam_code rc;
    siam_config_norm(c, cfg.mean, cfg.std);
    SIAM_TRY_OUT(rc, siam_backend_open(&b, c->run_device, d->threads, e));
    cfg.workers = b->threads;
    SIAM_TRY_OUT(rc, siam_dataset_open(&train, c->data_path, SIAM_SPLIT_TRAIN, c->data_size, e));
    SIAM_TRY_OUT(rc, siam_dataset_open(&test, c->data_path, SIAM_SPLIT_TEST, c->data_size, e));
    SIAM_TRY_OUT(rc, siam_tuning_open(&tuner, b, "auto", NULL, e));
    SIAM_TRY_OUT(rc, siam_extractor_create(&x, b, tuner, enc ? enc->graph : NULL,
                                           enc ? enc->vals.features : (siam_val){-1}, &cfg, e));
    SIAM_TRY_OUT(rc, siam_extractor_run(x, enc ? enc->params : NULL, train, NULL, 0, d->stop, &bank, e));
    SIAM_TRY_OUT(rc, siam_extractor_run(x, enc ? enc->params : NULL, test, NULL, 0, d->stop, &query, e));
    siam_features_normalise(&bank);
    siam_features_normalise(&query);
    rc = siam_knn_classify(b, &bank, &query, train->info.classes, &c->eval_k, 1, &c->eval_temperature, 1, top1, e);
out:
    siam_features_release(&bank);
    siam_features_release(&query);
    siam_extractor_destroy(&x);
    siam_tuner_destroy(&tuner);
    siam_dataset_close(&train);
    siam_dataset_close(&test);
    siam_backend_close(&b);
    return rc;
}

static siam_code baselines(const demo *d, const siam_config *c, double *raw, double *untrained, siam_err *e)
{
    siam_encoder *enc;
    float mean[3], std[3];
    const siam_model_cfg m = siam_config_model(c);
    siam_config_norm(c, mean, std);
    SIAM_TRY(baseline(d, c, NULL, raw, e));
    SIAM_TRY(siam_encoder_random(&enc, &m, mean, std, c->train_seed, e));
    const siam_code rc = baseline(d, c, enc, untrained, e);
    siam_encoder_close(&enc);
    return rc;
}

static void table(const demo *d, double raw, double untrained, const siam_train_result *without,
                  const siam_train_result *with)
{
    fprintf(d->out, "\n                         kNN top-1   std gauge   rank of z    loss\n");
    fprintf(d->out, "  raw pixels               %6.1f %%\n", 100 * raw);
    fprintf(d->out, "  untrained encoder        %6.1f %%\n", 100 * untrained);
    fprintf(d->out, "  no stop-gradient         %6.1f %%      %5.2f      %7.1f   %7.4f   %s\n", 100 * without->knn_top1,
            without->z_std_ratio, without->z_rank, without->loss, without->collapsed ? "collapsed" : "");
    fprintf(d->out, "  SimSiam                  %6.1f %%      %5.2f      %7.1f   %7.4f   %s\n\n", 100 * with->knn_top1,
            with->z_std_ratio, with->z_rank, with->loss, with->collapsed ? "collapsed" : "healthy");
    fprintf(d->out, "The gauge is 1 when the embeddings spread over the sphere. Without the stop-gradient the loss runs\n"
                    "towards -1 by collapsing them into a few directions, and the encoder learns little.\n\n");
    fprintf(d->out, "Try next:\n");
    fprintf(d->out, "  simsiam knn %s --data synth --k 20,200\n", with->out);
    fprintf(d->out, "  simsiam train cifar10-resnet18-quick --data cifar-10-binary.tar.gz\n");
    fprintf(d->out, "  simsiam help train\n");
}

/* The next free runs/demo-NNNN. */
static siam_code pick_folder(demo *d, siam_err *e)
{
    for (int i = 1; i < 10000; i++) {
        snprintf(d->folder, sizeof d->folder, "runs/demo-%04d", i);
        if (!siam_path_exists(d->folder))
            return siam_mkdirs(d->folder, e);
    }
    return siam_fail(e, SIAM_E_EXISTS, "runs/ holds 9,999 demo folders; delete some");
}

siam_code siam_demo(FILE *out, int threads, const volatile sig_atomic_t *stop, siam_err *e)
{
    demo d = {.out = out, .threads = threads, .stop = stop};
    siam_config c;
    siam_optset s;
    siam_train_result with, without;
    double raw, untrained;
    SIAM_TRY(pick_folder(&d, e));
    SIAM_TRY(configure(&s, &c, &d, "without-stop-gradient", false, e));
    SIAM_TRY(baselines(&d, &c, &raw, &untrained, e));
    fprintf(out, "1 of 2: without the stop-gradient, to see a collapse\n");
    fflush(out);
    SIAM_TRY(siam_train(&s, NULL, stop, &without, e));
    SIAM_TRY(configure(&s, &c, &d, "simsiam", true, e));
    fprintf(out, "2 of 2: SimSiam\n");
    fflush(out);
    SIAM_TRY(siam_train(&s, NULL, stop, &with, e));
    table(&d, raw, untrained, &without, &with);
    return SIAM_OK;
}
