/* What a person sees while a run trains: on a terminal one line redrawn in place at most 10 times a second
 * and a line that stays per epoch; elsewhere plain lines at a bounded rate. train.log always gets the plain
 * lines. */
#ifndef SIAM_REPORT_PROGRESS_H
#define SIAM_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report/event.h"

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

siam_code siam_progress_create(siam_progress **out, const siam_progress_cfg *cfg, siam_err *e);
/* From now on every line goes to `log`, too, and first those that log_later kept. */
void siam_progress_log(siam_progress *p, FILE *log);
/* Clears the redrawn line. */
void siam_progress_destroy(siam_progress **p);

/* A step, which may be shown, or an epoch, of which there is a line; what their numbers' rows say (gauges.def). */
void siam_progress_event(siam_progress *p, const siam_event *ev);
/* One line, on the console and in the log, from any thread; control characters, new lines too, are replaced. p may
 * be NULL (nothing happens). */
void siam_progress_note(siam_progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
