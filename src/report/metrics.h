/* metrics.jsonl: one JSON object per logged step and per epoch, appended while training. */
#ifndef SIAM_REPORT_METRICS_H
#define SIAM_REPORT_METRICS_H

#include <stdint.h>

#include "base/folder.h"

/* NAN means not measured: the key is then absent. */
typedef struct siam_metrics_row {
    const char *kind; /* "step" | "epoch" */
    int64_t epoch;    /* from 1 */
    int64_t step;     /* updates done since training began */
    double loss;
    double z_std_ratio; /* collapse gauge: 1 is healthy */
    double z_rank;      /* effective rank of z */
    double lr;
    double images_per_s; /* source images; two views count one */
    double data_wait;    /* share of the time spent waiting for data, 0 to 1 */
    double knn_top1;     /* 0 to 1 */
    double top1, top5;   /* of a classifier, 0 to 1 */
    double seconds;      /* since training began, pauses left out */
} siam_metrics_row;

typedef struct siam_metrics siam_metrics;

/* Open the file `name` in a folder for appending. resume_step >= 0: first rewrite it (atomically) without the rows of later steps,
 * of epochs after the first `epochs` (the last step of an epoch may be done and its measuring not) and
 * without a torn line, so that a resumed run leaves no row twice; a missing file is empty. resume_step < 0:
 * the file starts empty. */
siam_code siam_metrics_open(siam_metrics **out, const siam_folder *in, const char *name, int64_t resume_step,
                            int64_t epochs, siam_err *e);
/* Append a row and flush it; an epoch's row is also synced to the disk. */
siam_code siam_metrics_append(siam_metrics *m, const siam_metrics_row *row, siam_err *e);
void siam_metrics_close(siam_metrics **m);

#endif
