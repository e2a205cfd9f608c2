/* Jobs: what trains in a run folder, a row each (jobs.def). The loop (loop.h) owns the folder, the position, stopping,
 * saving and resuming, and what is shown; a job says what a step is, what is measured, and what of it is in a checkpoint. */
#ifndef SIAM_TRAIN_JOB_H
#define SIAM_TRAIN_JOB_H

#include <signal.h>
#include <stdio.h>

#include "engine/engine.h"
#include "report/event.h"
#include "train/config.h"

/* Who watches a run and may stop it; {0}: nobody. The functions are called in the thread that runs it. */
typedef struct siam_watch {
    FILE *console;                           /* progress for people, usually stderr; NULL: none. train.log is written anyway */
    const volatile sig_atomic_t *stop;       /* base/stop.h */
    const siam_engine_type *engine;          /* what the network runs on; NULL: the host */
    const siam_comm *comm;                   /* the ranks that train together; NULL: this process alone. Borrowed */
    void (*line)(void *user, const char *text); /* every line that goes to train.log, without its end; or NULL */
    void (*event)(void *user, const siam_event *ev); /* every step and every epoch; or NULL */
    void *user;
    int *exit; /* what a stopped run sets the program's status to, where it is not that of SIAM_E_CANCELLED; or NULL */
} siam_watch;

struct siam_loop;
struct siam_field;
struct siam_position;
struct siam_pace;
struct siam_source;
struct siam_snapshot;

/* The functions come in the order in which the loop calls them; those that say "or NULL" may be missing. *_numbers put what
 * they know into an event that has what the loop knows. Failures are
 * sentences; one of SIAM_E_CANCELLED is a stop that was asked for. */
typedef struct siam_job {
    const char *name;  /* the verb, and `task:` of its YAML files */
    const char *takes; /* the words of its command before the options, for hints: "train RECIPE" */
    const char *state_kind; /* what its checkpoints say they are */
    const siam_option *options; /* over a siam_config; no other job has the same */
    /* Values that are right by themselves and wrong together: SIAM_E_CONFIG. */
    siam_code (*check)(const siam_config *c, siam_err *e);
    size_t size; /* of its struct, which the loop allocates, all zero */
    size_t state_offset, state_size; /* the part of it that checkpoints hold */
    bool finite;   /* its numbers never become NaN without ending it */
    bool held_out; /* the held-out images are a part of its result: a run that is resumed must have the same */

    /* Open data, model and device, and refuse what cannot work, before anything is written. Sets the loop's train,
     * backend, rate and data. */
    siam_code (*open)(void *self, struct siam_loop *loop, siam_err *e);
    /* There is a run folder: make what checkpoints are read into, and set the loop's params and steps_per_epoch. */
    siam_code (*prepare)(void *self, siam_err *e);
    /* A number that all ranks must have, of what they work with beside configuration, images and parameters; or NULL. */
    uint64_t (*identity)(const void *self);
    /* The lines of the banner about data, model and schedule. */
    void (*describe)(const void *self);
    /* The numbers of the state at `state`, at most SIAM_JOB_FIELDS; returns how many. */
    int (*fields)(void *self, void *state, struct siam_field *f);
    /* Refuse a state that was read, at the position `at`, and is not one of this run's; or NULL. */
    siam_code (*check_state)(const void *self, const void *state, const struct siam_position *at, siam_err *e);
    /* What takes time and memory, with the parameters as they are resumed; sets the loop's engine. Or NULL. */
    siam_code (*build)(void *self, siam_err *e);
    /* The run has begun: what comes before the first step and may be stopped; or NULL. */
    siam_code (*start)(void *self, siam_err *e);

    siam_code (*begin_epoch)(void *self, siam_err *e); /* at the loop's position */
    siam_code (*step)(void *self, int *images, siam_err *e); /* ask for one update, from that many images */
    /* What the update `step` (counted from 1) came to, each in turn, at most siam_engine_type.late of them behind; or NULL, where that
     * is known as soon as it is asked for. */
    siam_code (*outcome)(void *self, int64_t step, siam_err *e);
    void (*step_numbers)(void *self, const struct siam_pace *pace, siam_event *ev);
    void (*source)(const void *self, struct siam_source *s); /* where the images come from */
    siam_code (*measure)(void *self, siam_err *e); /* behind the last step of an epoch */
    void (*epoch_numbers)(void *self, const struct siam_pace *pace, siam_event *ev); /* the epoch's sums end here */
    /* The models beside a checkpoint, from its snapshot: called while other threads make the steps after it. */
    siam_code (*save_models)(void *self, const struct siam_snapshot *shot, siam_err *e);

    void (*farewell)(const void *self); /* how the run went, and where the model is */
    void (*next)(const void *self, const char *run, const char *data); /* what to do with it; both as words of a command */
    void (*result)(const void *self, void *result); /* for its caller, also of a run that failed */
    void (*close)(void *self);
} siam_job;

extern const siam_job *const siam_jobs[]; /* ends with NULL */
const siam_job *siam_job_find(const char *name); /* NULL: there is none */
const siam_job *siam_job_of(const siam_optset *set); /* whose options the set is over */

/* Run the job as `config` says (a finished optset over its options), in its run folder. argv goes into run.json. A stop
 * that is asked for finishes the step, saves and returns SIAM_E_CANCELLED. result: the job's own struct, or NULL. */
siam_code siam_job_run(const siam_job *job, const siam_optset *config, const char *const *argv, const siam_watch *watch,
                       void *result, siam_err *e);

#endif
