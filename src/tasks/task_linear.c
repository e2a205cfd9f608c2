/* simsiam linear: how good an encoder's features are for a linear classifier. Told as rows: its events
 * (event_rows.h), and at the end {"out", "epoch", "lr", "top1", "top5", "seconds"} of the best classifier;
 * what was not measured is absent. */
#include "base/check.h"
#include "base/format.h"
#include "tasks/event_rows.h"
#include "train/linear.h"

static siam_code tell(const siam_task_call *c, const siam_linear_result *r, siam_err *e)
{
    json_t *row = json_pack("{s:o, s:i}", "out", siam_json_text(r->out), "epoch", r->epoch);
    siam_task_number(&row, "lr", r->lr);
    siam_task_number(&row, "top1", r->top1);
    siam_task_number(&row, "top5", r->top5);
    siam_task_number(&row, "seconds", r->seconds);
    return siam_task_tell_json(c, row, JSON_COMPACT, e);
}

static siam_code check_given(const siam_task_call *c, siam_err *e)
{
    const siam_config *r = c->request;
    char word[SIAM_PATH_MAX];
    siam_problems bad = {0};
    if (c->nargs)
        siam_optset_set(c->options, "model.path", c->args[0], SIAM_FROM_CLI, NULL, &bad);
    SIAM_TRY(siam_problems_fail(&bad, e));
    if (r->run_resume) /* what is not given comes from the run's config.yaml */
        return SIAM_OK;
    if (!r->model_path[0]) {
        siam_fail(e, SIAM_E_USAGE,
                  "linear needs the encoder: a model file, the folder of a run, or random:ARCH");
        siam_hint(e, "simsiam linear MODEL --data PATH");
        return SIAM_E_USAGE;
    }
    if (!r->data_path[0]) {
        siam_fail(e, SIAM_E_USAGE, "linear needs the labelled data set: --data PATH, or --data synth");
        siam_hint(e, "simsiam linear %s --data synth", siam_format_word(word, sizeof word, r->model_path));
        return SIAM_E_USAGE;
    }
    return siam_config_finish(c->options, e);
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    siam_linear_result result;
    siam_event_rows rows;
    const siam_watch watch = siam_event_rows_watch(&rows, c);
    SIAM_TRY(siam_task_agree(c, check_given(c, e), e));
    SIAM_TRY(siam_event_rows_end(&rows, siam_linear_train(c->options, c->argv, &watch, &result, e), e));
    return c->row && siam_task_writes(c) ? tell(c, &result, e) : SIAM_OK;
}

const siam_task_type siam_task_linear = {
    .name = "linear",
    .summary = "train a linear classifier on a frozen encoder",
    .usage = "simsiam linear MODEL --data PATH [--recipe NAME] [--out DIR] [options]",
    .examples =
        (const char *const[]){"simsiam linear runs/a --recipe cifar10-linear-100e --data cifar10",
                              "simsiam linear runs/a --data photos --cache-features --sweep-lr 0.1,1,10,30",
                              "simsiam linear --out runs/linear-0001 --resume", NULL},
    .options = siam_linear_options,
    .request_size = sizeof(siam_config),
    .min_args = 0,
    .max_args = 1,
    .ranks = true,
    .stops_cleanly = true,
    .preset = siam_config_load,
    .preset_option = "recipe",
    .run = run,
};
