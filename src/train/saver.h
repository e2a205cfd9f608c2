/* A thread that writes what a run saves while training goes on, one thing at a time, and gives the run folder its signs of
 * life (report/run_folder.h). While it writes, who waits for it or checks gives them. Where no thread can be had, it writes at
 * once. */
#ifndef SIAM_TRAIN_SAVER_H
#define SIAM_TRAIN_SAVER_H

#include "report/run_folder.h"

typedef struct siam_saver siam_saver;

/* The run is borrowed. */
siam_code siam_saver_create(siam_saver **out, siam_run *run, siam_err *e);
/* Waits for what is being written. *s may be NULL. */
void siam_saver_destroy(siam_saver **s);

/* Begin to write with write(user, e), in the thread. What the last one came to must have been asked for. */
void siam_saver_start(siam_saver *s, siam_code (*write)(void *user, siam_err *e), void *user);

/* What became of the last start. */
typedef struct siam_saved {
    siam_code rc;
    siam_err err;
    double seconds; /* that writing took */
} siam_saved;
/* true, once, when it is finished; wait: until it is. false: it is not, or nothing was started. */
bool siam_saver_finished(siam_saver *s, bool wait, siam_saved *what);
/* Something was started and siam_saver_finished has not said so yet. */
bool siam_saver_busy(const siam_saver *s);
/* Whether the run is still this process's, with a sign of life where it is time for one: to be called with every step.
 * SIAM_E_EXISTS when another has taken it. */
siam_code siam_saver_check(siam_saver *s, siam_err *e);

#endif
