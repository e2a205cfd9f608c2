/* Beginning and ending a run in its folder: in the order in which what is wrong is found before anything is written. */
#include "train/loop.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/stop.h"
#include "base/system.h"
#include "comm/agree.h"
#include "engine/trust.h"
#include "train/resume.h"
#include "train/slurm.h"

enum { OWN = 4 /* fields of the position beside the fingerprints */ };

/* ---- what is said ---- */

void siam_loop_tell_tuning(siam_progress *p, const siam_tuner *t)
{
    const char *text;
    for (int i = 0; (text = siam_tuner_warning(t, i)); i++)
        siam_progress_note(p, "warning: %s", text);
}

void siam_loop_tell_remark(siam_progress *p, const char *remark)
{
    if (remark)
        siam_progress_note(p, "warning: %s", remark);
}

void siam_loop_tell_data(siam_progress *p, const char *what, const siam_dataset *d, const siam_dataset *said)
{
    size_t n;
    if (what)
        siam_progress_note(p, "%s%s", what, d->info.described);
    for (const char *at = d->info.remarks; (n = siam_remark_length(at)); at += n + 1)
        if (!said || !siam_dataset_remarked(said, at))
            siam_progress_note(p, "        %.*s", (int)n, at);
}

/* What was understood, before anything takes time. */
static void banner(const siam_loop *l)
{
    char device[256];
    siam_machine_name(l->backend, device, sizeof device);
    siam_progress_note(l->progress, "simsiam %s on %s", SIAM_VERSION, device);
    l->job->describe(l->self);
    if (l->place.plugin[0])
        siam_progress_note(l->progress, "device  %s through %s (%s)", l->place.device, l->place.plugin, l->place.kind->state);
    if (l->place.devices > 1)
        siam_progress_note(l->progress, "        %d of its devices share each batch%s", l->place.devices, siam_loop_sync_text(l));
    siam_loop_tell_ranks(l);
    siam_progress_note(l->progress, "run     %s", siam_run_dir(l->run));
    if (l->told[0])
        siam_progress_note(l->progress, "        %s", l->told);
}

/* ---- resuming ---- */

siam_state siam_loop_state(const siam_loop *l, siam_position *at, void *state, siam_field f[SIAM_JOB_FIELDS])
{
    const siam_field own[OWN] = {{.key = "siam.step", .whole = &at->step},
                                 {.key = "siam.epoch", .small = &at->epoch},
                                 {.key = "siam.batch", .whole = &at->batch},
                                 {.key = "siam.seconds", .real = &at->seconds, .most = INFINITY}};
    int n = OWN;
    memcpy(f, own, sizeof own);
    for (int i = 0; i < 1 + l->job->held_out; i++, n += SIAM_DATA_FIELDS)
        siam_state_data_fields(f + n, &at->data[i], i);
    n += l->job->fields(l->self, state, f + n);
    SIAM_ASSERT(n <= SIAM_JOB_FIELDS);
    return (siam_state){.kind = l->job->state_kind, .set = &l->set, .params = l->params, .field = f, .nfield = n};
}

/* The run goes on with the images it began with, where it stands. */
static siam_code check_position(const siam_loop *l, const siam_position *at, const void *state, siam_err *e)
{
    for (int i = 0; i < 1 + l->job->held_out; i++)
        SIAM_TRY(siam_resume_check_data(&l->set, &at->data[i], &l->at.data[i], i, e));
    if (l->job->check_state)
        SIAM_TRY(l->job->check_state(l->self, state, at, e));
    return siam_resume_check_position(&l->set, at->step, at->epoch, at->batch, l->steps_per_epoch, e);
}

/* Read the newest good checkpoint of the run folder. Nothing of it counts before all of it is known to be this run's. */
static siam_code resume(siam_loop *l, siam_err *e)
{
    siam_field f[SIAM_JOB_FIELDS];
    siam_position at = {0};
    void *state = calloc(1, l->job->state_size);
    if (!state)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the checkpoint");
    const siam_state s = siam_loop_state(l, &at, state, f);
    siam_code rc = siam_state_load(l->run, &s, l->progress, e);
    if (!rc)
        rc = check_position(l, &at, state, e);
    if (!rc) {
        memcpy(at.data, l->at.data, sizeof at.data);
        l->at = at;
        memcpy((char *)l->self + l->job->state_offset, state, l->job->state_size);
    }
    free(state);
    return rc ? rc : siam_run_sign_lock(l->run, e); /* what takes time from here on is this process's */
}

/* ---- beginning ---- */

static siam_code write_tuning(siam_run *run, const siam_tuner *t, siam_err *e)
{
    char *text;
    SIAM_TRY(siam_tuner_used(t, &text, e));
    const siam_code rc = siam_run_write(run, "tuning.json", text, e);
    free(text);
    return rc;
}

static siam_code write_config(siam_run *run, const siam_optset *set, siam_err *e)
{
    char *yaml;
    SIAM_TRY(siam_optset_dump(set, &yaml, e));
    const siam_code rc = siam_run_write(run, "config.yaml", yaml, e);
    free(yaml);
    return rc;
}

/* config.yaml (of a new run) and run.json make the folder a run; then train.log is the console's, and tuning.json is written.
 * This comes last, so that what could not be opened leaves nothing that refuses a second try, and a resume that fails
 * changes nothing. */
static siam_code begin(const siam_loop *l, siam_err *e)
{
    const siam_config *c = &l->cfg;
    const siam_backend *b = l->backend;
    char device[SIAM_PATH_MAX + 64], seed[32], libraries[128], job[SIAM_SLURM_KEY];
    if (!c->run_resume)
        SIAM_TRY(write_config(l->run, &l->set, e));
    int argc = 0;
    while (l->argv && l->argv[argc])
        argc++;
    if (l->place.plugin[0]) /* "cpu" says what the host is */
        siam_place_word(&l->place, device, sizeof device);
    else
        siam_machine_name(b, device, sizeof device);
    b->type->describe(b, libraries, sizeof libraries);
    snprintf(seed, sizeof seed, "%" PRIu64, c->train_seed);
    siam_slurm_job(job, true);
    const siam_run_fact fact[] = {{"data", l->train->info.described}, {"device", device}, {"recipe", c->recipe}, {"seed", seed},
                                  {"slurm_job", job}};
    const siam_run_fact library[] = {{b->type->name, libraries}};
    const siam_run_info info = {.argc = argc, .argv = l->argv, .threads = b->threads, .library = library, .nlibrary = 1,
                                .fact = fact, .nfact = 4 + (job[0] != '\0')};
    SIAM_TRY(siam_run_begin(l->run, &info, e));
    siam_progress_log(l->progress, siam_run_log(l->run));
    if (siam_run_unlocked(l->run))
        siam_progress_note(l->progress,
                           "warning: the file system of '%s' has no locks: nothing stops a second process from working "
                           "in this run", siam_run_dir(l->run));
    SIAM_TRY(write_tuning(l->run, l->tuner, e));
    siam_tuning_remember(l->tuner, b, c->run_tuning);
    return SIAM_OK;
}

/* The lines for people, whom the first of several ranks tells. */
static siam_code open_console(siam_loop *l, siam_err *e)
{
    siam_progress_cfg c = {.log_later = true};
    if (siam_loop_writes(l)) {
        c.out = l->watch.console;
        c.line = l->watch.line;
        c.user = l->watch.user;
    }
    return siam_progress_create(&l->progress, &c, e);
}

/* Choices of kernels: the run's own (resume), then the machine's cache, then timing. */
static siam_code open_tuner(siam_loop *l, siam_err *e)
{
    char path[SIAM_PATH_MAX + 64];
    SIAM_TRY(siam_run_path(l->run, "tuning.json", path, sizeof path, e));
    if (access(path, F_OK)) /* its earlier name */
        SIAM_TRY(siam_run_path(l->run, "plan.json", path, sizeof path, e));
    return siam_tuning_open(&l->tuner, l->backend, l->cfg.run_tuning, l->cfg.run_resume ? path : NULL, e);
}

/* A device that was not seen to compute rightly before is compared with the reference now, before anything is trained on it. */
static siam_code trust_device(const siam_loop *l, siam_err *e)
{
    siam_trust t;
    char text[160];
    if (!l->place.plugin[0])
        return SIAM_OK;
    SIAM_TRY(siam_trust_device(&t, &l->place, e));
    siam_progress_note(l->progress, "        %s", siam_trust_text(&t, text, sizeof text));
    return SIAM_OK;
}

/* The first rank reads the run and times kernels; the others then take over what it came to. */
static siam_code open_first(siam_loop *l, siam_err *e)
{
    SIAM_TRY(open_tuner(l, e));
    SIAM_TRY(l->job->prepare(l->self, e));
    banner(l);
    SIAM_TRY(trust_device(l, e));
    if (l->cfg.run_resume && !l->unsaved)
        SIAM_TRY(resume(l, e));
    return l->job->build ? l->job->build(l->self, e) : SIAM_OK;
}

/* What each of the others does beside the first. Whatever may fail on one of them ends in a meeting before anything is sent. */
static siam_code open_others(siam_loop *l, siam_err *e)
{
    const bool first = siam_loop_writes(l);
    SIAM_TRY(siam_loop_agree(l, first ? SIAM_OK : siam_tuning_open(&l->tuner, l->backend, "fixed", NULL, e), e));
    SIAM_TRY(siam_loop_agree(l, siam_tuning_share(l->tuner, l->comm, e), e));
    SIAM_TRY(siam_loop_agree(l, first ? SIAM_OK : l->job->prepare(l->self, e), e));
    SIAM_TRY(siam_loop_check_model(l, e));
    SIAM_TRY(siam_loop_share_state(l, e));
    return siam_loop_agree(l, first || !l->job->build ? SIAM_OK : l->job->build(l->self, e), e);
}

static siam_code open_model(siam_loop *l, siam_err *e)
{
    const siam_code rc = siam_loop_writes(l) ? open_first(l, e) : SIAM_OK;
    if (l->comm->size == 1)
        return rc;
    SIAM_TRY(siam_loop_agree(l, rc, e));
    return open_others(l, e);
}

/* A job that was started again may find the claim of the process before it, on a machine that is gone: that ends by itself. */
static siam_code open_run(siam_loop *l, siam_err *e)
{
    const double until = l->again ? siam_clock() + SIAM_RUN_CLAIM + SIAM_RUN_BEAT : 0;
    siam_err why = {0};
    siam_code rc = siam_run_open(&l->run, l->job->name, l->cfg.run_out, l->cfg.run_resume, &why);
    while (rc == SIAM_E_EXISTS && siam_clock() < until && !siam_stop_asked(l->watch.stop)) {
        nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
        siam_err_clear(&why);
        rc = siam_run_open(&l->run, l->job->name, l->cfg.run_out, l->cfg.run_resume, &why);
    }
    if (rc && e)
        *e = why;
    l->unsaved = !rc && siam_run_unsaved(l->run);
    return rc;
}

/* The run's folder, its configuration when it is resumed, and what the command names, in that order. */
static siam_code open_parts(siam_loop *l, siam_err *e)
{
    SIAM_TRY(siam_loop_check_settings(l, e));
    siam_code rc = siam_loop_writes(l) ? siam_slurm_take(&l->cfg, l->job->name, l->argv, &l->again, e) : SIAM_OK;
    if (!rc && siam_loop_writes(l) && l->cfg.run_resume)
        rc = siam_resume_config(&l->set, l->told, sizeof l->told, e);
    SIAM_TRY(siam_loop_agree(l, rc, e));
    if (l->comm->size > 1)
        SIAM_TRY(siam_loop_share_config(l, e));
    SIAM_TRY(siam_comm_sharers(l->comm, &l->sharers, e));
    SIAM_TRY(siam_loop_agree(l, l->job->open(l->self, l, e), e));
    SIAM_TRY(siam_loop_check_images(l, e));
    rc = siam_loop_writes(l) ? open_run(l, e) : SIAM_OK;
    SIAM_TRY(siam_loop_agree(l, rc, e));
    SIAM_TRY(siam_loop_share_folder(l, e));
    return siam_loop_agree(l, open_console(l, e), e);
}

/* What the first rank alone has. */
static siam_code begin_first(siam_loop *l, siam_err *e)
{
    const bool resumed = l->cfg.run_resume;
    if (l->at.epoch < l->cfg.train_epochs)
        SIAM_TRY(siam_loop_save_check_space(l, e));
    SIAM_TRY(begin(l, e));
    SIAM_TRY(siam_loop_save_open(l, e));
    if (l->again)
        siam_progress_note(l->progress, "this job of Slurm began this run, and goes on with it");
    if (l->unsaved)
        siam_progress_note(l->progress, "the run in '%s' was stopped before it saved anything: it begins again",
                           siam_run_dir(l->run));
    else if (resumed)
        siam_progress_note(l->progress, "resumed after step %" PRId64 " of %" PRId64, l->at.step,
                           l->steps_per_epoch * l->cfg.train_epochs);
    return siam_sinks_open(&l->sinks,
                           &(siam_sink_cfg){.console = l->progress, .folder = siam_run_folder(l->run),
                                            .resume_step = resumed ? l->at.step : -1, .epochs = l->at.epoch,
                                            .told = l->watch.event, .user = l->watch.user},
                           e);
}

siam_code siam_loop_open(siam_loop *l, siam_err *e)
{
    SIAM_TRY(open_parts(l, e));
    SIAM_TRY(open_model(l, e));
    siam_stop_asked(l->watch.stop); /* from now on there is something to be saved */
    return siam_loop_agree(l, siam_loop_writes(l) ? begin_first(l, e) : SIAM_OK, e);
}

void siam_loop_close(siam_loop *l, siam_code outcome)
{
    siam_skiplist_release(&l->others);
    siam_loop_save_close(l); /* it writes what is the job's and the sinks' */
    l->job->close(l->self);
    siam_tuner_destroy(&l->tuner);
    siam_backend_close(&l->backend);
    siam_dataset_close(&l->train);
    siam_sinks_close(&l->sinks);
    siam_progress_destroy(&l->progress);
    if (!l->run)
        return;
    siam_run_finish(l->run, outcome == SIAM_E_CANCELLED && l->exit ? l->exit : siam_exit_code(outcome), NULL);
    siam_run_close(&l->run);
}
