/* simsiam train: pretrain an encoder. Told as rows: its events (event_rows.h), and at the end {"out",
 * "epochs", "loss", "z_std_ratio", "z_rank", "knn_top1", "collapsed", "seconds"}; what was not measured is
 * absent. */
#include <math.h>

#include "base/check.h"
#include "base/format.h"
#include "tasks/event_rows.h"
#include "train/train.h"

static siam_code tell(const siam_task_call *c, const siam_train_result *r, siam_err *e)
{
    const bool judged = !isnan(r->loss); /* an epoch ended */
    json_t *row = json_pack("{s:o, s:i}", "out", siam_json_text(r->out), "epochs", r->epochs);
    if (judged)
        siam_json_put(&row, "collapsed", json_boolean(r->collapsed));
    siam_task_number(&row, "loss", r->loss);
    siam_task_number(&row, "z_std_ratio", r->z_std_ratio);
    siam_task_number(&row, "z_rank", r->z_rank);
    siam_task_number(&row, "knn_top1", r->knn_top1);
    siam_task_number(&row, "seconds", judged ? r->seconds : NAN);
    return siam_task_tell_json(c, row, JSON_COMPACT, e);
}

static siam_code check_given(const siam_task_call *c, siam_err *e)
{
    const siam_config *r = c->request;
    char word[SIAM_PATH_MAX];
    if (!c->nargs && !r->run_resume) {
        siam_fail(e, SIAM_E_USAGE, "train needs a recipe, or a .yaml file");
        siam_hint(e, "simsiam list");
        return SIAM_E_USAGE;
    }
    if (r->run_resume) /* what is not given comes from the run's config.yaml */
        return SIAM_OK;
    if (!r->data_path[0]) {
        siam_fail(e, SIAM_E_USAGE,
                  "train needs the data set: --data PATH, or --data synth for the embedded one");
        siam_hint(e, "simsiam train %s --data synth", siam_format_word(word, sizeof word, c->args[0]));
        return SIAM_E_USAGE;
    }
    return siam_config_finish(c->options, e);
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    siam_train_result result;
    siam_event_rows rows;
    const siam_watch watch = siam_event_rows_watch(&rows, c);
    SIAM_TRY(siam_task_agree(c, check_given(c, e), e));
    SIAM_TRY(siam_event_rows_end(&rows, siam_train(c->options, c->argv, &watch, &result, e), e));
    return c->row && siam_task_writes(c) ? tell(c, &result, e) : SIAM_OK;
}

const siam_task_type siam_task_train = {
    .name = "train",
    .summary = "pretrain an encoder on images without labels",
    .usage = "simsiam train RECIPE|FILE.yaml --data PATH [--out DIR] [options]",
    .examples = (const char *const[]){"simsiam train cifar10-resnet18-quick --data cifar-10-binary.tar.gz",
                                      "simsiam train demo --data synth --epochs 5 --width 32 --out runs/a",
                                      "simsiam train --out runs/a --resume", NULL},
    .options = siam_config_options,
    .request_size = sizeof(siam_config),
    .min_args = 0,
    .max_args = 1,
    .ranks = true,
    .stops_cleanly = true,
    .preset = siam_config_load,
    .run = run,
};
