/* The run folder's struct, shared by run_folder.c and run_checkpoint.c only. */
#ifndef SIAM_REPORT_RUN_PRIVATE_H
#define SIAM_REPORT_RUN_PRIVATE_H

#include "base/json.h"
#include "report/run_folder.h"

enum { SIAM_RUN_PATH = 2048, SIAM_RUN_GOOD = 64 };

struct siam_run {
    const char *verb; /* "train"; borrowed */
    char dir[SIAM_RUN_PATH];
    int lock; /* descriptor of .lock, held with flock */
    bool created, resumed;
    FILE *log;
    json_t *info;                /* contents of run.json after siam_run_begin */
    double started;              /* siam_clock */
    int64_t good[SIAM_RUN_GOOD]; /* newest last: steps whose checkpoints were written or verified by us */
    int ngood;
};

/* Remove what a killed process left of our files while it wrote them: ".tmp-*" in checkpoints/, ".tmp-NAME-*"
 * for the files beside it. */
void siam_run_sweep(const siam_run *r);
/* Number of checkpoints in the folder `dir`. */
int siam_run_checkpoint_count(const char *dir);

#endif
