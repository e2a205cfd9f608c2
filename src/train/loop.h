/* The training loop, for the jobs that run in it. It owns the run folder and the position, stops, saves and resumes, tells
 * the numbers of each step and epoch, and keeps the list of images that could not be read. */
#ifndef SIAM_TRAIN_LOOP_H
#define SIAM_TRAIN_LOOP_H

#include "backend/backend.h"
#include "backend/tune.h"
#include "data/dataset.h"
#include "data/skiplist.h"
#include "engine/place.h"
#include "report/progress.h"
#include "report/run_folder.h"
#include "train/job.h"
#include "train/saver.h"
#include "train/state.h"

enum { SIAM_JOB_FIELDS = 256 };

/* Where training stands; with the job's state, all that a checkpoint says beside the parameters. */
typedef struct siam_position {
    int64_t step, batch;      /* updates done; batches done in the current epoch */
    int epoch;                /* epochs done */
    double seconds;           /* of training, pauses left out */
    siam_fingerprint data[2]; /* of the training images, of the held-out ones */
} siam_position;

/* How fast it goes. */
typedef struct siam_pace {
    double step_seconds, epoch_seconds; /* of the last step; of the steps of this epoch in this session */
    int64_t step_images, epoch_images;  /* 0: none */
    double timed;                       /* siam_clock() up to which the time is that of a step */
    int open;                           /* steps that were asked for when the last was heard of, with it */
} siam_pace;

/* A step that was asked for and not heard of yet. */
typedef struct siam_asked {
    int64_t step, batch; /* the position's after it */
    int images;
} siam_asked;

/* Where a job's images come from. */
typedef struct siam_source {
    const siam_skiplist *skipped; /* those that could not be read so far; NULL: nothing is read on the way */
    double waited;                /* seconds spent waiting for images so far; NAN: not measured */
} siam_source;

/* What a save writes: as it was between two steps. */
typedef struct siam_snapshot {
    siam_position at;
    siam_params params; /* its numbers; there are no gradients */
    void *state;        /* the job's */
    float *numbers;     /* of params; NULL: they are the loop's */
} siam_snapshot;

/* Saving: loop_save.c. */
typedef struct siam_saving {
    double next;        /* siam_clock() of the next one by time */
    int64_t step;       /* of the last that is saved; -1: none */
    int failures;       /* since then */
    bool cut_off;       /* the one that was resumed from was not finished: its models may be older */
    bool unlisted;      /* skipped.csv could not be written, and that was said */
    bool tight;         /* the disk has no room for the next one, and that was said */
    double held, wrote; /* seconds since the last row of numbers: of training, of the thread */
    siam_snapshot shot; /* under way */
    bool unheard;       /* it is over, with `what` */
    siam_saved what;
} siam_saving;

typedef struct siam_loop {
    const siam_job *job;
    void *self; /* the job's */
    siam_config cfg;
    siam_optset set; /* over cfg */
    const char *const *argv;
    siam_watch watch;
    const siam_comm *comm; /* the ranks of this run; this process alone has one, too */
    bool agreed;           /* all ranks know of the failure that ends it */
    int sharers;           /* ranks on this machine's processors, with this one */
    siam_skiplist others;  /* bad images of the other ranks, on the first */
    bool unsaved;          /* the run that is resumed has saved nothing: it begins with the first step (of the first rank alone) */
    size_t model_bytes;    /* set by the job: of the models beside a checkpoint */
    bool again;            /* a job of Slurm goes on with its run */
    char where[SIAM_PATH_MAX]; /* the run folder, on all ranks; "" until it is known */
    char told[3 * SIAM_PATH_MAX]; /* what a resumed configuration leaves out */

    /* Set by the job (job.h); the loop closes the first three. */
    siam_dataset *train;
    siam_place place;      /* where its network runs; there with the backend */
    siam_backend *backend; /* the host's */
    siam_tuner *tuner; /* opened by the loop, before `prepare` */
    siam_params *params;
    siam_engine *engine; /* that works with them; NULL: none does. The job closes it. */
    double rate; /* the learning rate that a failure names */
    int64_t steps_per_epoch;

    siam_run *run;
    siam_progress *progress;
    siam_sinks *sinks;
    siam_position at;                /* behind the last step that was asked for */
    siam_asked asked[SIAM_TICKETS];  /* the oldest first */
    int nasked;                      /* 0 whenever something is measured or saved */
    bool halted;     /* train.stop_step was reached */
    bool worked;     /* a step was made in this session */
    int64_t skipped; /* bad images in skipped.csv so far */
    double deadline; /* siam_clock() at which it is to stop; 0: never */
    int exit;        /* the status with which the program ends; 0: that of the failure */
    double started;  /* siam_clock() when at.seconds was as loaded */
    siam_comm_cost told_cost; /* of the ranks, as of the last step and of the epoch's beginning */
    siam_comm_cost epoch_cost;
    double waited;   /* seconds of waiting already accounted for */
    double epoch_waited; /* as of the epoch's beginning */
    bool slow_told;  /* that one machine's images are slow */
    siam_saver *saver;
    siam_saving save;
} siam_loop;

/* ---- loop.c ---- */

double siam_loop_seconds(const siam_loop *l); /* since training began, pauses left out */
/* Numbers that left the range of float32: what became what ("NaN"), noticed in the update `step`. */
siam_code siam_loop_exploded(const siam_loop *l, const char *what, const char *became, int64_t step, siam_err *e);

/* ---- loop_save.c ---- */

/* Write something of the run with `write`, called as write(user, e); a model of weights that are no numbers is not
 * written. All files of a run but the run folder's own and those of a save are written through it. */
siam_code siam_loop_write(siam_loop *l, siam_code (*write)(void *user, siam_err *e), void *user, siam_err *e);
/* The list of images that could not be read; where the disk does not take it, a warning says so. */
void siam_loop_write_skipped(siam_loop *l);
/* Save, and return when it is done. */
siam_code siam_loop_save(siam_loop *l, siam_err *e);
/* Save while training goes on. Fails when several saves have failed one after the other, or for good. */
siam_code siam_loop_save_beside(siam_loop *l, siam_err *e);
/* Whether train.save_minutes are over; they begin anew then. */
bool siam_loop_save_due(siam_loop *l);
/* To be called between steps: what became of the last one. */
siam_code siam_loop_save_poll(siam_loop *l, siam_err *e);
void siam_loop_save_settle(siam_loop *l); /* wait until nothing is being written */
void siam_loop_save_numbers(siam_loop *l, siam_event *ev); /* what saving cost since the last call */
/* Refuse a run whose first save has no room on the disk. */
siam_code siam_loop_save_check_space(const siam_loop *l, siam_err *e);
siam_code siam_loop_save_open(siam_loop *l, siam_err *e);
void siam_loop_save_close(siam_loop *l);

/* ---- loop_open.c: the loop's beginning, and what jobs say in it ---- */

siam_code siam_loop_open(siam_loop *l, siam_err *e);
/* Write run.json's end, and leave the folder. */
void siam_loop_close(siam_loop *l, siam_code outcome);
/* The state of the loop at `at` with the job's at `state`; the fields are written to f. */
siam_state siam_loop_state(const siam_loop *l, siam_position *at, void *state, siam_field f[SIAM_JOB_FIELDS]);
/* What the data set is and what there is to remark about it, one line each but for the remarks that `said` (or NULL)
 * has, too; `what` is the first one's beginning, NULL: only the remarks. */
void siam_loop_tell_data(siam_progress *p, const char *what, const siam_dataset *d, const siam_dataset *said);
/* The tuner's warnings, one a line. */
void siam_loop_tell_tuning(siam_progress *p, const siam_tuner *t);
void siam_loop_tell_remark(siam_progress *p, const char *remark); /* of an engine; NULL: nothing */

/* ---- loop_ranks.c: one run on several ranks; alone, all of these are nothing or what they are alone ---- */

/* Whether this process writes the run's files: of several ranks the first alone does. */
bool siam_loop_writes(const siam_loop *l);
/* siam_comm_agree of the run's ranks. */
siam_code siam_loop_agree(siam_loop *l, siam_code rc, siam_err *e);
/* rc, of a call that fails on all ranks when it fails on one: nobody need be told. */
siam_code siam_loop_known(siam_loop *l, siam_code rc);
/* base/stop.h, of any rank; to be called by all. */
int siam_loop_stop_asked(siam_loop *l);
/* Open the backend of the configuration, with this rank's share of the machine's processors, and join the ranks. */
siam_code siam_loop_open_backend(siam_loop *l, siam_err *e);
void siam_loop_tell_ranks(const siam_loop *l); /* a line of the banner */
const char *siam_loop_sync_text(const siam_loop *l); /* ", SyncBN on": of ranks or devices that share a batch */
/* Of the first rank, to all: the configuration, where it stands with all numbers. */
siam_code siam_loop_share_config(siam_loop *l, siam_err *e);
siam_code siam_loop_share_folder(siam_loop *l, siam_err *e); /* sets `where` */
siam_code siam_loop_share_state(siam_loop *l, siam_err *e);
/* The bad images that the other ranks have met, to the first: `others`. */
siam_code siam_loop_share_skipped(siam_loop *l, siam_err *e);
/* This rank's run ends with `rc` and `why`, and the others wait for it: write failure-rankN.json into the run folder and tell them. */
void siam_loop_fail_ranks(siam_loop *l, siam_code rc, siam_err *why);
/* Where each rank has statistics of its own, the first one's, which are saved, are those that all measure with. */
siam_code siam_loop_share_statistics(siam_loop *l, siam_err *e);
/* Refuse ranks that would not train the same: SIAM_E_CONFIG names the first. Settings as they were given; images after they are
 * opened; the model after it is prepared. */
siam_code siam_loop_check_settings(siam_loop *l, siam_err *e);
siam_code siam_loop_check_images(siam_loop *l, siam_err *e);
siam_code siam_loop_check_model(siam_loop *l, siam_err *e);

/* ---- skipped.c ---- */

/* Bring skipped.csv up to date with `list`, and say so when that is new. */
siam_code siam_loop_skipped(siam_loop *l, const siam_skiplist *list, siam_err *e);

#endif
