/* The events of a run as rows: {"event": "step" or "epoch", "epoch", "epochs", "step", "steps"} and the
 * numbers that were measured, under their names (report/gauges.def). */
#ifndef SIAM_TASKS_EVENT_ROWS_H
#define SIAM_TASKS_EVENT_ROWS_H

#include "tasks/task.h"
#include "train/job.h"

typedef struct siam_event_rows {
    const siam_task_call *call;
    siam_err why; /* the first row that could not be told */
} siam_event_rows;

/* What to run a job with: text for people where the call has no use for rows. `r` is there until end. */
siam_watch siam_event_rows_watch(siam_event_rows *r, const siam_task_call *c);
/* What the run comes to that ended with rc and *e. */
siam_code siam_event_rows_end(const siam_event_rows *r, siam_code rc, siam_err *e);

#endif
