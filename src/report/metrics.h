/* metrics.jsonl: one JSON object per logged step and per epoch, appended while training. */
#ifndef SIAM_REPORT_METRICS_H
#define SIAM_REPORT_METRICS_H

#include "report/event.h"

typedef struct siam_metrics siam_metrics;

/* Open the file `name` in a folder for appending. resume_step >= 0: first rewrite it (atomically) without the rows of later steps,
 * of epochs after the first `epochs` (the last step of an epoch may be done and its measuring not) and
 * without a torn line, so that a resumed run leaves no row twice; a missing file is empty. resume_step < 0:
 * the file starts empty. */
siam_code siam_metrics_open(siam_metrics **out, const siam_folder *in, const char *name, int64_t resume_step,
                            int64_t epochs, siam_err *e);
/* Append a row and flush it; an epoch's row is also synced to the disk. */
siam_code siam_metrics_append(siam_metrics *m, const siam_event *ev, siam_err *e);
void siam_metrics_close(siam_metrics **m);

#endif
