/* Linear evaluation: a linear classifier on the pooled features of a frozen encoder, the task behind `simsiam linear`
 * (SPEC 1.6). */
#ifndef SIAM_TRAIN_LINEAR_H
#define SIAM_TRAIN_LINEAR_H

#include "train/job.h"

/* The best classifier of a run. */
typedef struct siam_linear_result {
    double top1, top5; /* of the held-out images, 0 to 1 */
    double lr;
    int epoch;
    double seconds;
    char out[SIAM_PATH_MAX];
} siam_linear_result;

/* Train as `config` says (a finished optset over siam_linear_options), writing the run folder. argv goes into run.json.
 * A stop that is asked for finishes the step, saves and returns SIAM_E_CANCELLED. result may be NULL. */
siam_code siam_linear_train(const siam_optset *config, const char *const *argv, const siam_watch *watch,
                            siam_linear_result *result, siam_err *e);

#endif
