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
/* Append a row. What the disk does not take is kept for the next time, until it is more than a few megabytes. */
siam_code siam_metrics_append(siam_metrics *m, const siam_event *ev, siam_err *e);
/* All rows are with the system: fails while the disk takes no more. */
siam_code siam_metrics_flush(siam_metrics *m, siam_err *e);
/* What was flushed is on the disk. May be called in another thread. */
siam_code siam_metrics_sync(const siam_metrics *m, siam_err *e);
void siam_metrics_close(siam_metrics **m);

#endif
