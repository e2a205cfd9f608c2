/* The training loop: epochs of steps, what is told on the way, and stopping without losing anything. */
#include "train/pace.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"
#include "base/system.h"

double siam_loop_seconds(const siam_loop *l) { return l->at.seconds + siam_clock() - l->started; }

siam_code siam_loop_exploded(const siam_loop *l, const char *what, const char *became, int64_t step, siam_err *e)
{
    const int64_t epoch = (step - 1) / l->steps_per_epoch + 1; /* that of the step, which may be over */
    siam_fail(e, SIAM_E_NUMERIC, "%s became %s at step %" PRId64 " (epoch %" PRId64 ")", what, became, step, epoch);
    if (siam_optset_find(&l->set, "train.warmup_epochs") >= 0)
        siam_hint(e, "a new run, with another --out, and a smaller --lr (here it is %g) or with --warmup_epochs", l->rate);
    else
        siam_hint(e, "a new run, with another --out, and a smaller --lr (here it is %g)", l->rate);
    return SIAM_E_NUMERIC;
}

/* ---- what is told ---- */

/* What the loop knows of a step or an epoch. */
static siam_event event(const siam_loop *l, siam_event_kind kind)
{
    const int64_t epochs = l->cfg.train_epochs;
    siam_event ev = {.kind = kind, .epoch = l->at.epoch + 1, .epochs = epochs, .step = l->at.step,
                     .steps = l->steps_per_epoch * epochs, .batch = l->at.batch, .batches = l->steps_per_epoch, .took = NAN};
    siam_event_put(&ev, SIAM_GAUGE_SECONDS, siam_loop_seconds(l));
    return ev;
}

/* Seconds of waiting for images so far; NAN: not measured. */
static double waited(const siam_loop *l)
{
    siam_source s = {.waited = NAN};
    l->job->source(l->self, &s);
    return s.waited;
}

/* The share of a step's time in which it waited for images. */
static double wait_share(siam_loop *l, const siam_pace *p)
{
    const double part = (waited(l) - l->waited) / p->open;
    l->waited += part;
    return p->step_seconds > 0 ? part / p->step_seconds : NAN;
}

static siam_code tell(siam_loop *l, const siam_event *ev, siam_err *e)
{
    if (!siam_loop_writes(l))
        return SIAM_OK;
    SIAM_TRY(siam_sinks_tell(l->sinks, ev, e));
    if (ev->note[0])
        siam_progress_note(l->progress, "%s", ev->note);
    return SIAM_OK;
}

/* What the other ranks cost since `since`, in so many seconds and steps. */
static void put_ranks(const siam_loop *l, siam_comm_cost *since, double seconds, double steps, siam_event *ev)
{
    siam_comm_cost now;
    if (!l->comm->type->cost)
        return;
    l->comm->type->cost(l->comm, &now);
    siam_event_put(ev, SIAM_GAUGE_RANK_WAIT, seconds > 0 ? (now.waited - since->waited) / seconds : NAN);
    siam_event_put(ev, SIAM_GAUGE_RANK_BYTES, steps > 0 ? (now.bytes - since->bytes) / steps : NAN);
    *since = now;
}

static siam_code tell_step(siam_loop *l, const siam_asked *a, const siam_pace *p, siam_err *e)
{
    siam_event ev = event(l, SIAM_EVENT_STEP);
    ev.step = a->step;
    ev.batch = a->batch;
    ev.brief = a->step % l->cfg.run_log_every && a->step != 1;
    siam_event_put(&ev, SIAM_GAUGE_DATA_WAIT, wait_share(l, p));
    l->job->step_numbers(l->self, p, &ev);
    put_ranks(l, &l->told_cost, p->step_seconds, 1, &ev);
    if (!ev.brief)
        siam_loop_save_numbers(l, &ev);
    return tell(l, &ev, e);
}

/* ---- an epoch ---- */

static const char *who_stopped(int why)
{
    switch (why) {
    case SIAM_STOP_CALLER: return "the program";
    case SIAM_STOP_TIME: return "--time";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    case SIGUSR1: return "SIGUSR1";
    default: return "Ctrl-C";
    }
}

/* The failure of a run that was stopped, after its state was saved. */
static siam_code stopped(siam_loop *l, siam_err *e)
{
    char word[2 * SIAM_PATH_MAX];
    const int why = siam_loop_stop_asked(l);
    SIAM_TRY(siam_loop_agree(l, siam_loop_save(l, e), e));
    l->agreed = true;
    l->exit = why == SIGUSR1 || why == SIAM_STOP_TIME ? SIAM_EXIT_AGAIN : why > 0 ? 128 + why : 0;
    if (l->watch.exit)
        *l->watch.exit = l->exit;
    if (!siam_loop_writes(l))
        return siam_fail(e, SIAM_E_CANCELLED, "%s", "");
    siam_fail(e, SIAM_E_CANCELLED, "stopped by %s after step %" PRId64 "; the state is saved in %s", who_stopped(why), l->at.step,
              siam_run_dir(l->run));
    siam_hint(e, "simsiam %s --out %s --resume", l->job->name, siam_format_word(word, sizeof word, siam_run_dir(l->run)));
    return SIAM_E_CANCELLED;
}

/* Steps that are asked for before the outcome of the first of them is, so that a device elsewhere need not wait for us. */
static int lateness(const siam_loop *l) { return l->engine ? l->engine->type->late : 0; }

/* Hear of the oldest steps until so many are left. What has passed is the time of all that are open: nobody knows which one took it. */
static siam_code hear(siam_loop *l, int left, siam_pace *p, siam_err *e)
{
    while (l->nasked > left) {
        const siam_asked a = l->asked[0];
        if (l->job->outcome)
            SIAM_TRY(l->job->outcome(l->self, a.step, e));
        p->open = l->nasked;
        p->step_seconds = (siam_clock() - p->timed) / p->open;
        p->timed += p->step_seconds;
        p->epoch_seconds += p->step_seconds;
        p->step_images = a.images;
        p->epoch_images += a.images;
        memmove(l->asked, l->asked + 1, (size_t)--l->nasked * sizeof *l->asked);
        l->worked = true;
        SIAM_TRY(tell_step(l, &a, p, e));
    }
    return SIAM_OK;
}

static siam_code one_step(siam_loop *l, siam_pace *p, siam_err *e)
{
    int images = 0;
    SIAM_TRY(l->job->step(l->self, &images, e));
    l->at.step++;
    l->at.batch++;
    l->asked[l->nasked++] = (siam_asked){.step = l->at.step, .batch = l->at.batch, .images = images};
    SIAM_TRY(hear(l, lateness(l), p, e));
    SIAM_TRY(siam_loop_save_poll(l, e));
    if (!siam_loop_save_due(l))
        return SIAM_OK;
    SIAM_TRY(hear(l, 0, p, e)); /* a state whose loss nobody knows is not saved */
    return siam_loop_save_beside(l, e);
}

/* Whether the step that --stop_step names is done; a resumed run may be behind it. */
static bool reached_step(const siam_loop *l) { return l->cfg.train_stop_step && l->at.step >= l->cfg.train_stop_step; }

/* Steps to the end of the epoch, or until there is a reason to stop before it. */
static siam_code steps_of_epoch(siam_loop *l, siam_pace *p, siam_err *e)
{
    p->timed = siam_clock();
    SIAM_TRY(l->job->begin_epoch(l->self, e));
    if (l->comm->type->cost)
        l->comm->type->cost(l->comm, &l->epoch_cost);
    l->told_cost = l->epoch_cost;
    l->epoch_waited = waited(l);
    while (l->at.batch < l->steps_per_epoch) {
        SIAM_TRY(one_step(l, p, e));
        if (siam_loop_stop_asked(l) && l->at.batch < l->steps_per_epoch)
            break;
        l->halted = reached_step(l);
        if (l->halted)
            break;
    }
    return hear(l, 0, p, e);
}

static siam_code end_epoch(siam_loop *l, const siam_pace *p, siam_err *e)
{
    const int done = l->at.epoch + 1;
    siam_comm_cost cost = l->epoch_cost; /* measuring is another matter */
    siam_event ranks = {0};
    put_ranks(l, &cost, p->epoch_seconds, (double)p->epoch_images / l->cfg.train_batch, &ranks);
    if (p->epoch_images)
        SIAM_TRY(siam_loop_tell_pace(l, p, &ranks, e));
    SIAM_TRY(siam_loop_share_skipped(l, e));
    siam_loop_write_skipped(l);
    /* Stopped while measuring: the position stays behind the last batch, so a resumed run measures first. */
    if (l->engine)
        SIAM_TRY(l->engine->type->pull(l->engine, e));
    SIAM_TRY(siam_loop_share_statistics(l, e));
    SIAM_TRY(l->job->measure(l->self, e));
    siam_event ev = event(l, SIAM_EVENT_EPOCH);
    if (p->epoch_images) { /* none: they were all seen before a resume */
        ev.took = p->epoch_seconds;
        siam_event_put(&ev, SIAM_GAUGE_IMAGES_PER_S, (double)p->epoch_images / p->epoch_seconds);
    }
    siam_event_put(&ev, SIAM_GAUGE_RANK_WAIT, siam_event_value(&ranks, SIAM_GAUGE_RANK_WAIT));
    siam_event_put(&ev, SIAM_GAUGE_RANK_BYTES, siam_event_value(&ranks, SIAM_GAUGE_RANK_BYTES));
    siam_event_put(&ev, SIAM_GAUGE_EFFICIENCY, siam_event_value(&ranks, SIAM_GAUGE_EFFICIENCY));
    l->job->epoch_numbers(l->self, p, &ev);
    siam_loop_save_numbers(l, &ev);
    l->at.epoch = done;
    l->at.batch = 0;
    SIAM_TRY(tell(l, &ev, e));
    if (done == l->cfg.train_epochs || done == l->cfg.train_stop_after)
        return siam_loop_save(l, e);
    return done % l->cfg.train_save_every == 0 ? siam_loop_save_beside(l, e) : SIAM_OK;
}

static siam_code epoch(siam_loop *l, siam_err *e)
{
    siam_pace p = {0};
    siam_code rc = steps_of_epoch(l, &p, e);
    if (rc) {
        siam_loop_write_skipped(l); /* the list is what one looks at next */
        return rc;
    }
    if (l->halted)
        return siam_loop_save(l, e);
    if (l->at.batch < l->steps_per_epoch)
        return stopped(l, e);
    rc = end_epoch(l, &p, e);
    if (rc == SIAM_E_CANCELLED) {
        siam_err_clear(e);
        return stopped(l, e);
    }
    SIAM_TRY(rc);
    return siam_loop_stop_asked(l) && l->at.epoch < l->cfg.train_epochs ? stopped(l, e) : SIAM_OK;
}

/* ---- a run ---- */

static void farewell(const siam_loop *l)
{
    char run[2 * SIAM_PATH_MAX], data[2 * SIAM_PATH_MAX];
    const bool over = l->at.epoch == l->cfg.train_epochs;
    siam_format_word(run, sizeof run, siam_run_dir(l->run));
    siam_format_word(data, sizeof data, l->cfg.data_path);
    if (!l->worked)
        siam_progress_note(l->progress, "nothing was left to do: %d of %d epochs are done%s", l->at.epoch, l->cfg.train_epochs,
                           over ? "" : l->halted ? " and --stop_step is reached" : " and --stop_after is reached");
    l->job->farewell(l->self);
    if (over)
        l->job->next(l->self, run, data);
    else
        siam_progress_note(l->progress, "next    simsiam %s --out %s --resume", l->job->name, run);
}

static siam_code run(siam_loop *l, siam_err *e)
{
    SIAM_TRY(siam_loop_open(l, e));
    const int after = l->cfg.train_stop_after, epochs = l->cfg.train_epochs;
    const int last = after && after < epochs ? after : epochs;
    l->started = siam_clock();
    l->save.next = l->started + 60 * l->cfg.train_save_minutes;
    if (l->save.cut_off)
        SIAM_TRY(siam_loop_save(l, e));
    const siam_code rc = l->job->start ? l->job->start(l->self, e) : SIAM_OK;
    if (rc == SIAM_E_CANCELLED) {
        siam_err_clear(e);
        return stopped(l, e);
    }
    SIAM_TRY(rc);
    l->halted = l->at.epoch < last && reached_step(l);
    while (l->at.epoch < last && !l->halted)
        SIAM_TRY(siam_loop_stop_asked(l) ? stopped(l, e) : epoch(l, e)); /* while the kernels were timed, say */
    if (siam_loop_writes(l))
        farewell(l);
    return SIAM_OK;
}

siam_code siam_job_run(const siam_job *job, const siam_optset *config, const char *const *argv, const siam_watch *watch,
                       void *result, siam_err *e)
{
    siam_loop *l = calloc(1, sizeof *l);
    void *self = calloc(1, job->size);
    siam_code rc = SIAM_E_NOMEM;
    if (l && self) {
        double seconds = 0;
        *l = (siam_loop){.job = job, .self = self, .set = *config, .argv = argv, .watch = *watch,
                         .comm = watch->comm ? watch->comm : &siam_comm_single};
        memcpy(&l->cfg, config->cfg, sizeof l->cfg);
        l->set.cfg = &l->cfg;
        siam_err why = {0};
        if (siam_parse_seconds(l->cfg.run_time, &seconds) && seconds > 0)
            l->deadline = siam_clock() + seconds;
        rc = run(l, &why);
        siam_loop_fail_ranks(l, rc, &why);
        if (rc && e)
            *e = why;
        if (result)
            job->result(self, result);
        siam_loop_close(l, rc);
    } else {
        siam_fail(e, rc, "out of memory for the training");
    }
    free(self);
    free(l);
    return rc;
}
