/* Pretraining: the task behind `simsiam train`. */
#ifndef SIAM_TRAIN_TRAIN_H
#define SIAM_TRAIN_TRAIN_H

#include <signal.h>
#include <stdio.h>

#include "report/metrics.h"
#include "train/config.h"

/* How a run ended; NAN where nothing was measured. */
typedef struct siam_train_result {
    double loss, z_std_ratio, z_rank, knn_top1; /* of the last epoch */
    double seconds;
    int epochs;
    int collapsed; /* the verdict said so at the end */
    char out[SIAM_PATH_MAX];
} siam_train_result;

/* Who watches a run and may stop it; {0}: nobody. The functions are called in siam_train's own thread. */
typedef struct siam_train_watch {
    FILE *console;                           /* progress for people, usually stderr; NULL: none. train.log is written anyway */
    const volatile sig_atomic_t *stop;       /* base/stop.h */
    void (*line)(void *user, const char *text); /* every line that goes to train.log, without its end; or NULL */
    /* Every step, then every epoch, of the run: `steps` and `epochs` in all. Or NULL. */
    void (*row)(void *user, const siam_metrics_row *row, int64_t steps, int64_t epochs);
    void *user;
} siam_train_watch;

/* Train as `config` says (a finished optset over a siam_config), writing the run folder. argv goes into run.json.
 * A stop that is asked for finishes the step, saves and returns SIAM_E_CANCELLED. result may be NULL. */
siam_code siam_train(const siam_optset *config, const char *const *argv, const siam_train_watch *watch,
                     siam_train_result *result, siam_err *e);

#endif
