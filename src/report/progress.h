/* What a person sees while a run trains: on a terminal one line redrawn in place at most 10 times a second
 * and a line that stays per epoch; elsewhere plain lines at a bounded rate. train.log always gets the plain
 * lines. */
#ifndef SIAM_REPORT_PROGRESS_H
#define SIAM_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/metrics.h"

typedef struct siam_progress siam_progress;

typedef struct siam_progress_cfg {
    FILE *out;                   /* usually stderr; NULL = silent. Borrowed */
    FILE *log;                   /* train.log or NULL. Borrowed */
    bool log_later;              /* keep the lines for siam_progress_log */
    int terminal;                /* 0 = find out from `out`, TERM; 1 = redraw; -1 = plain lines */
    int columns;                 /* 0 = ask the terminal, then COLUMNS, then 80 */
    double (*clock)(void *user); /* seconds; NULL = siam_clock */
    void (*line)(void *user, const char *text); /* every line that goes to the log, too; must not come back here. Or NULL */
    void *user;                  /* of clock and line */
} siam_progress_cfg;

/* Where a run stands after a step. */
typedef struct siam_progress_state {
    int64_t epoch, epochs;  /* epoch from 1 */
    int64_t step, steps;    /* done, of the whole run */
    int64_t batch, batches; /* done, of this epoch */
    double loss, z_std_ratio, lr, images_per_s;
    double data_wait; /* 0 to 1; NAN = not measured */
} siam_progress_state;

/* What an epoch came to; row.epoch, loss, z_std_ratio, z_rank, knn_top1, top1, top5, images_per_s are shown, NAN
 * left out. */
typedef struct siam_progress_epoch_state {
    siam_metrics_row row;
    int64_t epochs;
    double seconds; /* of this epoch */
    int dim;        /* of z, the largest possible rank */
    double best_knn, best_top1;
    int64_t best_epoch;
    int64_t bank; /* images in the kNN bank; 0 = not shown */
} siam_progress_epoch_state;

siam_code siam_progress_create(siam_progress **out, const siam_progress_cfg *cfg, siam_err *e);
/* From now on every line goes to `log`, too, and first those that log_later kept. */
void siam_progress_log(siam_progress *p, FILE *log);
/* Clears the redrawn line. */
void siam_progress_destroy(siam_progress **p);

void siam_progress_step(siam_progress *p, const siam_progress_state *s);
void siam_progress_epoch(siam_progress *p, const siam_progress_epoch_state *s);
/* One line, on the console and in the log, from any thread; control characters, new lines too, are replaced. p may
 * be NULL (nothing happens). */
void siam_progress_note(siam_progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
