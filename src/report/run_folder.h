/* The run folder: one training run, everything it writes, held by one process at a time.
 *
 *   config.yaml run.json tuning.json train.log metrics.jsonl skipped.csv model.safetensors model-last.safetensors
 *   checkpoints/step-00001234.safetensors, and checkpoints/last: a text file naming the newest of them, with a second line,
 *   "unfinished", while another one of that step takes its place
 *   .simsiam.lock
 *
 * The folder may be anybody's: it is opened once, and what is written goes below that descriptor into plain files of this
 * user, never through a link (base/folder.h). */
#ifndef SIAM_REPORT_RUN_FOLDER_H
#define SIAM_REPORT_RUN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/folder.h"

typedef struct siam_run siam_run;

enum { SIAM_RUN_JSON_MAX = 4 << 20 }; /* bytes of a run.json that is read */

/* Create or enter the folder `dir`; "" picks the next free runs/VERB-NNNN (verb: the program's, also for hints). The folder is locked until close
 * (the kernel releases the lock when a process dies). Nothing else is written before siam_run_begin; with `resume` not even
 * who this process is into the lock, before siam_run_sign_lock. Without `resume`: a folder that holds anything but what a killed process left of a
 * run that saved nothing is SIAM_E_EXISTS. With `resume`: SIAM_E_NOTFOUND naming what is missing, and SIAM_E_DATA where a
 * name of ours is no plain file of this user. In use by another process: SIAM_E_EXISTS. */
siam_code siam_run_open(siam_run **out, const char *verb, const char *dir, bool resume, siam_err *e);
/* Releases the lock. What this process created is removed again where no run began: the folder of a new run that has no
 * config.yaml, the lock of a resume that was refused. */
void siam_run_close(siam_run **r);

/* The words of a command that begin a new run with the configuration of the one in `dir`, for hints: what stands between
 * `simsiam ` and ` --out DIR`. */
const char *siam_run_afresh(char *text, size_t n, const char *verb, const char *dir);

const char *siam_run_dir(const siam_run *r);
bool siam_run_resumed(const siam_run *r);
FILE *siam_run_log(siam_run *r); /* train.log, line-buffered, open from siam_run_begin until close */
const siam_folder *siam_run_folder(const siam_run *r); /* open until close */
bool siam_run_unlocked(const siam_run *r); /* the file system knows no locks: another process may be at work here */
/* The folder held a run that was stopped before it saved anything: this one, new or resumed, begins with the first step. */
bool siam_run_unsaved(const siam_run *r);
/* Write into the lock who this process is: for a resume, once it is known that its run can be continued. SIAM_E_EXISTS: on a
 * file system of several machines another one was quicker. What is refused after that leaves the lock nobody's. */
siam_code siam_run_sign_lock(siam_run *r, siam_err *e);
/* On a file system of several machines: see that the lock is still this process's, and give a sign of life. To be called every
 * SIAM_RUN_BEAT seconds or oftener, by any thread. SIAM_E_EXISTS: another process has taken the run. From then on everything
 * here that writes fails with that. */
siam_code siam_run_keep_lock(siam_run *r, siam_err *e);
/* The same where SIAM_RUN_BEAT seconds have passed since anybody called that, at no cost where they have not. */
siam_code siam_run_beat(siam_run *r, siam_err *e);
enum { SIAM_RUN_BEAT = 20, SIAM_RUN_CLAIM = 120 /* seconds after the last one until it counts as gone */ };
/* What of the disk this user may still fill; UINT64_MAX: its file system does not say. */
uint64_t siam_run_space(const siam_run *r);
/* Path of a file in the folder, for messages and readers. */
siam_code siam_run_path(const siam_run *r, const char *name, char *buf, size_t n, siam_err *e);
/* Write a text file (config.yaml, tuning.json) in the folder, atomically. */
siam_code siam_run_write(siam_run *r, const char *name, const char *text, siam_err *e);

typedef struct siam_run_fact {
    const char *key, *value;
} siam_run_fact;

/* What run.json says beside the version, host, CPU and times, which are found here. */
typedef struct siam_run_info {
    int argc;
    const char *const *argv;
    int threads;
    const siam_run_fact *library; /* name and version of each library in use */
    int nlibrary;
    const siam_run_fact *fact; /* further top-level keys: seed, data set, device ... */
    int nfact;
} siam_run_info;

/* Everything is known to be good: open train.log for appending, make checkpoints/, remove what interrupted writes left, and
 * write run.json; on resume what was there is kept under "earlier", oldest first. */
siam_code siam_run_begin(siam_run *r, const siam_run_info *info, siam_err *e);
/* run.json says from now on that something is saved (siam_run_unsaved of a later process): before the first commit. */
siam_code siam_run_saved(siam_run *r, siam_err *e);
/* Add the end time and the exit code. Does nothing before siam_run_begin. */
siam_code siam_run_finish(siam_run *r, int exit_code, siam_err *e);

/* checkpoints/step-%08lld.safetensors in the folder; false (and buf empty) when it does not fit. */
bool siam_run_checkpoint_path(const siam_run *r, int64_t step, char *buf, size_t n);
/* Begin to write the checkpoint of `step`, after siam_run_begin. */
siam_code siam_run_checkpoint_create(siam_run *r, int64_t step, siam_atomic *file, siam_err *e);
/* The checkpoint of `step` has been written: point `last` at it, then delete those before it beyond the
 * newest `keep`, but never the last two that are known to be good (committed or found by this process). Until it returns no other function of checkpoints may be called. */
siam_code siam_run_checkpoint_commit(siam_run *r, int64_t step, int keep, siam_err *e);

/* Whether the checkpoint of `step` is the last one that was committed: one that was only written is not, be it the second of
 * its step. */
bool siam_run_checkpoint_finished(const siam_run *r, int64_t step);

/* Open and verify a checkpoint: SIAM_OK when it can be used; SIAM_E_DATA, SIAM_E_NOTFOUND or SIAM_E_IO when
 * it cannot and another one should be tried; any other code stops the search. */
typedef siam_code siam_run_try_fn(void *user, const char *path, siam_err *e);
/* A warning, one complete sentence. */
typedef void siam_run_warn_fn(void *user, const char *text);

/* Find the newest usable checkpoint: the one `last` names, then the others, newest first. When it is not the
 * first choice, `warn` (may be NULL) is told what is wrong and which is used instead. None there:
 * SIAM_E_NOTFOUND; all of them damaged: SIAM_E_DATA. */
siam_code siam_run_checkpoint_find(siam_run *r, siam_run_try_fn *try_open, siam_run_warn_fn *warn, void *user,
                                   char *path, size_t n, siam_err *e);

#endif
