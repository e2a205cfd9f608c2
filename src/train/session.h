/* What the verbs that write a run folder have in common: the configuration of a resumed run, what makes a folder a run,
 * its checkpoints, its list of bad images. */
#ifndef SIAM_TRAIN_SESSION_H
#define SIAM_TRAIN_SESSION_H

#include "backend/backend.h"
#include "backend/tune.h"
#include "data/dataset.h"
#include "data/fingerprint.h"
#include "data/skiplist.h"
#include "report/progress.h"
#include "report/run_folder.h"
#include "train/config.h"

/* resume_config.c. Take what the command line leaves open in `set` (over a siam_config) from the config.yaml of the run
 * in run.out; what it sets differently and would change the result is SIAM_E_CONFIG, naming every such key. A recipe's values
 * count as left open. Where that run wrote to is not taken (SIAM_OPT_OUTPUT); told: a sentence about what is not used, or "". */
siam_code siam_session_resume_config(siam_optset *set, char *told, size_t n, siam_err *e);

/* What a session begins with. */
typedef struct siam_session_start {
    const siam_optset *set;
    const char *const *argv;
    const siam_backend *backend;
    const siam_tuner *tuner;
    const char *data; /* what the data set is */
} siam_session_start;
/* session.c. config.yaml (of a new run) and run.json make the folder a run; then train.log is p's, and plan.json is written.
 * To be called last, so that what could not be opened leaves nothing that refuses a second try, and a resume that fails
 * changes nothing. */
siam_code siam_session_begin(siam_run *run, siam_progress *p, const siam_session_start *s, siam_err *e);
/* The hint of a failure to resume with other data than the run began with. */
void siam_session_hint_data(const siam_optset *set, siam_err *e);
/* The position of a resumed run must be one of its data set, of which an epoch has `steps` steps: --data may name another
 * place on resuming, not other images (SIAM_E_CONFIG). */
siam_code siam_session_check_position(const siam_optset *set, int64_t step, int epoch, int64_t batch, int64_t steps,
                                      siam_err *e);
/* What the data set is and what there is to remark about it, one line each but for the remarks that `said` (or NULL)
 * has, too; `what` is the first one's beginning, NULL: only the remarks. */
void siam_session_tell_data(siam_progress *p, const char *what, const siam_dataset *d,
                            const siam_dataset *said);
/* The tuner's warnings, one a line. */
void siam_session_tell_tuning(siam_progress *p, const siam_tuner *t);
/* The failure of a run that was stopped (after its state was saved); why: what siam_stop_asked said. */
siam_code siam_session_stopped(const siam_run *run, const siam_optset *set, int why, int64_t step, siam_err *e);
/* Write run.json's end and leave the folder; why: what siam_stop_asked says. */
void siam_session_end(siam_run **run, siam_code outcome, int why);

/* skipped.c. Bring skipped.csv up to date with `list`, and say so when that is new: *told is the length it had
 * the last time. */
siam_code siam_session_skipped(siam_run *run, siam_progress *p, const siam_dataset *d, const siam_skiplist *list,
                               int64_t *told, siam_err *e);

/* One number of the position in training: text in the checkpoint that reads back to the same bits. */
typedef struct siam_field {
    const char *key;
    int64_t *whole; /* one of the three */
    int *small;
    double *real;
    bool optional; /* a checkpoint of an earlier version may lack it: then it stays as it is */
    bool lost;     /* a real one may be NaN or infinite: of a head that has diverged */
    double most;   /* a real one is between 0 and this; 0: any number */
} siam_field;

/* resume_data.c. The fields of a fingerprint; of the training images, or of the held-out ones. */
enum { SIAM_DATA_FIELDS = 4 };
void siam_session_data_fields(siam_field f[SIAM_DATA_FIELDS], siam_fingerprint *p, bool held_out);
/* The images of a resumed run must be those it began with, in the same order and with the same labels (SIAM_E_CONFIG, saying
 * what differs). began->images = 0: a checkpoint that does not know. */
siam_code siam_session_check_data(const siam_optset *set, const siam_fingerprint *began, const siam_fingerprint *now,
                                  bool held_out, siam_err *e);

/* state.c. What a checkpoint holds: values, running statistics and momentum of `params`, and the position.
 * Random numbers are counter-based, so that is all it takes to continue bit for bit. */
typedef struct siam_state {
    const char *kind;       /* "training state" */
    const siam_optset *set; /* a checkpoint of other settings is refused */
    siam_params *params;
    const siam_field *field;
    int nfield;
} siam_state;
siam_code siam_state_save(siam_run *run, const siam_state *s, int64_t step, int keep, siam_err *e);
/* Read the newest good checkpoint of the folder into params and fields; damaged ones are passed over with a warning. */
siam_code siam_state_load(siam_run *run, const siam_state *s, siam_progress *p, siam_err *e);

#endif
