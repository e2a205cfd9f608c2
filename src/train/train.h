/* Pretraining: the task behind `simsiam train`. */
#ifndef SIAM_TRAIN_TRAIN_H
#define SIAM_TRAIN_TRAIN_H

#include "train/job.h"

/* How a run ended; NAN where nothing was measured. */
typedef struct siam_train_result {
    double loss, z_std_ratio, z_rank, knn_top1; /* of the last epoch */
    double seconds;
    int epochs;
    int collapsed; /* the verdict said so at the end */
    char out[SIAM_PATH_MAX];
} siam_train_result;

/* Train as `config` says (a finished optset over a siam_config), writing the run folder. argv goes into run.json.
 * A stop that is asked for finishes the step, saves and returns SIAM_E_CANCELLED. result may be NULL. */
siam_code siam_train(const siam_optset *config, const char *const *argv, const siam_watch *watch,
                     siam_train_result *result, siam_err *e);

#endif
