/* The run folder's struct, shared by run_folder.c, run_lock.c and run_checkpoint.c only. */
#ifndef SIAM_REPORT_RUN_PRIVATE_H
#define SIAM_REPORT_RUN_PRIVATE_H

#include "base/folder.h"
#include "base/json.h"
#include "report/run_folder.h"
#include "report/run_owner.h"

#define SIAM_RUN_LOCK ".simsiam.lock"
#define SIAM_RUN_CHECKPOINTS "checkpoints"

enum { SIAM_RUN_PATH = SIAM_FOLDER_PATH, SIAM_RUN_GOOD = 64 };

struct siam_run {
    const char *verb; /* "train"; borrowed */
    siam_folder folder, checkpoints; /* checkpoints: closed while there are none */
    int lock, lock_before; /* descriptors of the lock and of the one of earlier versions, held with flock */
    bool made_lock; /* by this process */
    bool lock_found; /* there was one, of whatever version */
    bool unlocked;  /* the file system knows no locks */
    bool shared;    /* its locks may be given to several machines at once */
    bool signed_lock; /* it names this process, or did until the run was lost */
    _Atomic bool lost;   /* another process has the run: nothing here is ours to change any more */
    _Atomic double beat; /* siam_clock of the last sign of life */
    siam_owner self;
    bool created, resumed;
    bool unsaved; /* it holds a run that was stopped before it saved anything */
    FILE *log;
    json_t *info;                /* contents of run.json after siam_run_begin */
    double started;              /* siam_clock */
    int64_t good[SIAM_RUN_GOOD]; /* newest last: steps whose checkpoints were written or verified by us */
    int ngood;
};

/* run_lock.c. Take the lock, or SIAM_E_EXISTS. Creates an empty file where there is none, and changes no other. */
siam_code siam_run_take_lock(siam_run *r, siam_err *e);
/* Whether the folder is another's, so that nothing in it may be changed. */
bool siam_run_is_anothers(const siam_run *r);
void siam_run_drop_lock(siam_run *r);
/* Whether `name` in the folder is the lock of an earlier version. */
bool siam_run_is_lock_before(const siam_run *r, const char *name);

/* run_checkpoint.c. Refuse what is no plain file under a checkpoint's name. */
siam_code siam_run_checkpoint_inspect(const siam_run *r, siam_err *e);
/* Remove what a killed process left of our files in checkpoints/ while it wrote them. */
void siam_run_checkpoint_sweep(const siam_run *r);
siam_code siam_run_checkpoint_count(const siam_run *r, int *n, siam_err *e);

/* run_folder.c. Open the folder at its path; one that is not there is made for a new run. */
siam_code siam_run_open_folder(siam_run *r, siam_err *e);
/* `name` in f must be a plain file of ours or not there. */
siam_code siam_run_inspect(const siam_run *r, const siam_folder *f, const char *name, siam_err *e);

#endif
