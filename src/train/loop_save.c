/* Saving, beside the computation where training goes on: the state is copied between two steps, and written by a thread.
 * A save that fails costs nothing but a sentence as long as the next one can make up for it. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/finite.h"
#include "base/format.h"
#include "base/system.h"
#include "base/threads.h"
#include "train/loop.h"

enum { FAILURES = 3 /* one after the other, and the run ends */, SLACK = 64 << 20 /* memory that a copy leaves */ };

/* ---- what is written ---- */

siam_code siam_loop_write(siam_loop *l, siam_code (*write)(void *user, siam_err *e), void *user, siam_err *e)
{
    siam_err why = {0};
    if (!siam_loop_writes(l))
        return SIAM_OK;
    siam_loop_save_settle(l);
    const siam_code rc = write(user, &why);
    if (rc == SIAM_E_NUMERIC)
        return siam_loop_exploded(l, "a weight", "NaN or infinite", l->at.step, e);
    if (rc && e)
        *e = why;
    return rc;
}

/* This rank's bad images and the others'; `s` holds them only where there are any of others. */
static siam_code all_skipped(const siam_loop *l, siam_skiplist *s, const siam_skiplist **all, siam_err *e)
{
    siam_source from = {.waited = NAN};
    l->job->source(l->self, &from);
    *all = from.skipped;
    if (!l->others.n)
        return SIAM_OK;
    *all = s;
    if (siam_skiplist_add_all(s, &l->others) && (!from.skipped || siam_skiplist_add_all(s, from.skipped)))
        return SIAM_OK;
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
}

void siam_loop_write_skipped(siam_loop *l)
{
    siam_err why = {0};
    siam_skiplist both = {0};
    const siam_skiplist *list;
    siam_code rc = all_skipped(l, &both, &list, &why);
    if (!rc && list)
        rc = siam_loop_skipped(l, list, &why);
    if (rc && !l->save.unlisted)
        siam_progress_note(l->progress, "warning: the list of images that cannot be read is not written: %s; the next save tries again",
                           why.msg);
    l->save.unlisted = rc != SIAM_OK;
    siam_skiplist_release(&both);
}

/* The thread's part. What was told of the steps must be on the disk before a checkpoint says that they were done, and the
 * models before the folder points at it: a save that is cut off anywhere is either not there or finished on resuming. */
static siam_code write_snapshot(void *user, siam_err *e)
{
    siam_loop *l = user;
    siam_snapshot *shot = &l->save.shot;
    siam_field f[SIAM_JOB_FIELDS];
    siam_state s = siam_loop_state(l, &shot->at, shot->state, f);
    s.params = &shot->params;
    if (l->job->finite && siam_first_nonfinite(shot->params.value, shot->params.count) < shot->params.count)
        return siam_fail(e, SIAM_E_NUMERIC, "a weight is NaN or infinite"); /* the loop says when */
    SIAM_TRY(siam_sinks_sync(l->sinks, e));
    SIAM_TRY(siam_state_write(l->run, &s, shot->at.step, e));
    SIAM_TRY(siam_run_keep_lock(l->run, e)); /* that may have taken long, and what follows replaces files */
    SIAM_TRY(l->job->save_models(l->self, shot, e));
    SIAM_TRY(siam_run_saved(l->run, e));
    return siam_run_checkpoint_commit(l->run, shot->at.step, l->cfg.train_keep, e);
}

/* ---- what is copied ---- */

static void release(siam_snapshot *shot)
{
    free(shot->numbers);
    free(shot->state);
    *shot = (siam_snapshot){0};
}

/* The state as it is, borrowed from the loop: for who waits until it is written. */
static siam_code borrow(siam_loop *l, siam_err *e)
{
    siam_snapshot *shot = &l->save.shot;
    release(shot);
    shot->at = l->at;
    shot->at.seconds = siam_loop_seconds(l);
    shot->params = *l->params;
    shot->state = malloc(l->job->state_size);
    if (!shot->state)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the checkpoint");
    memcpy(shot->state, (const char *)l->self + l->job->state_offset, l->job->state_size);
    return SIAM_OK;
}

/* Its numbers, too, become the snapshot's own: false: there is no memory for them. */
static bool own(siam_snapshot *shot)
{
    siam_params *p = &shot->params;
    const size_t bytes = (2 * p->count + p->buffer_count) * sizeof(float);
    if (siam_bytes_add(bytes, SLACK) > siam_memory_available()) /* Linux promises more and kills who uses it */
        return false;
    shot->numbers = siam_params_copy(p);
    return shot->numbers != NULL;
}

/* ---- what came of it ---- */

/* Whether the disk lacks room for a checkpoint and the models beside it, and then what is needed and free, in words. */
static bool lacks_space(const siam_loop *l, char need[32], char left[32])
{
    const siam_params *p = l->params;
    const uint64_t bytes = (2 * (uint64_t)p->count + (uint64_t)p->buffer_count) * sizeof(float) + l->model_bytes;
    const uint64_t space = siam_run_space(l->run);
    siam_format_bytes(need, 32, bytes);
    siam_format_bytes(left, 32, space);
    return space < bytes;
}

/* The disk is looked at before it is needed. */
static void look_at_space(siam_loop *l)
{
    char need[32], left[32];
    const bool tight = lacks_space(l, need, left);
    if (tight && !l->save.tight)
        siam_progress_note(l->progress, "warning: the next save takes %s, and %s are free on the disk of '%s'", need, left,
                           siam_run_dir(l->run));
    l->save.tight = tight;
}

static void last_saved(const siam_loop *l, char *text, size_t n)
{
    if (l->save.step >= 0)
        snprintf(text, n, "the last state that is saved is that after step %" PRId64, l->save.step);
    else
        snprintf(text, n, "no state is saved yet");
}

/* The failure of a save: a warning, or the end of the run. What passes is tried again, where there is a next time. */
static siam_code failed(siam_loop *l, const siam_saved *what, bool last, siam_err *e)
{
    char saved[96];
    const int64_t step = l->save.shot.at.step;
    if (what->rc == SIAM_E_NUMERIC)
        return siam_loop_exploded(l, "a weight", "NaN or infinite", step, e);
    last_saved(l, saved, sizeof saved);
    const bool passes = !last && (what->rc == SIAM_E_IO || what->rc == SIAM_E_NOTFOUND || what->rc == SIAM_E_NOMEM);
    if (passes && ++l->save.failures < FAILURES) {
        siam_progress_note(l->progress, "warning: the state after step %" PRId64 " cannot be saved: %s; training goes on, and the "
                           "next save tries again; %s", step, what->err.msg, saved);
        return SIAM_OK;
    }
    const siam_code rc = passes && what->rc == SIAM_E_NOTFOUND ? SIAM_E_IO : what->rc; /* three times: the disk's matter */
    if (e)
        *e = what->err;
    if (passes)
        return siam_wrap(e, rc, "%d saves failed one after the other, and %s; the reason", FAILURES, saved);
    return siam_wrap(e, rc, "the state after step %" PRId64 " cannot be saved, and %s; the reason", step, saved);
}

static siam_code ended(siam_loop *l, const siam_saved *what, bool last, siam_err *e)
{
    l->save.wrote += what->seconds;
    siam_code rc = SIAM_OK;
    if (what->rc) {
        rc = failed(l, what, last, e);
    } else {
        l->save.failures = 0;
        l->save.step = l->save.shot.at.step;
        look_at_space(l);
    }
    release(&l->save.shot);
    return rc;
}

/* Wait for a save under way; what it came to is told by siam_loop_save_poll. */
void siam_loop_save_settle(siam_loop *l)
{
    if (l->saver && !l->save.unheard)
        l->save.unheard = siam_saver_finished(l->saver, true, &l->save.what);
}

siam_code siam_loop_save_poll(siam_loop *l, siam_err *e)
{
    if (!l->saver)
        return SIAM_OK;
    if (!l->save.unheard)
        l->save.unheard = siam_saver_finished(l->saver, false, &l->save.what);
    if (l->save.unheard) {
        l->save.unheard = false;
        SIAM_TRY(ended(l, &l->save.what, false, e));
    }
    return siam_saver_check(l->saver, e);
}

/* ---- saving ---- */

/* The parameters as they are after the last step, and what was told until then. */
static siam_code gather(siam_loop *l, siam_err *e)
{
    SIAM_ASSERT(!l->nasked); /* every loss was looked at */
    siam_loop_write_skipped(l);
    return l->engine ? l->engine->type->pull(l->engine, e) : SIAM_OK;
}

/* What the snapshot is made of, still borrowed. */
static siam_code take(siam_loop *l, siam_err *e)
{
    const siam_code rc = borrow(l, e);
    return rc ? rc : siam_sinks_flush(l->sinks, e);
}

siam_code siam_loop_save(siam_loop *l, siam_err *e)
{
    const double began = siam_clock();
    SIAM_TRY(gather(l, e));
    if (!siam_loop_writes(l))
        return SIAM_OK;
    siam_loop_save_settle(l);
    if (l->save.unheard && !l->save.what.rc)
        ended(l, &l->save.what, false, NULL);
    l->save.unheard = false; /* of a failure, this one makes up for it */
    siam_saved what = {0};
    what.rc = take(l, &what.err);
    if (!what.rc)
        what.rc = write_snapshot(l, &what.err);
    what.seconds = siam_clock() - began;
    l->save.held += what.seconds;
    return ended(l, &what, true, e);
}

siam_code siam_loop_save_beside(siam_loop *l, siam_err *e)
{
    const double began = siam_clock();
    siam_loop_save_settle(l);
    SIAM_TRY(siam_loop_save_poll(l, e));
    siam_saved what = {.rc = gather(l, &what.err)};
    if (!siam_loop_writes(l)) {
        if (what.rc && e)
            *e = what.err;
        return what.rc;
    }
    if (!what.rc)
        what.rc = take(l, &what.err);
    l->save.shot.at.step = l->at.step;
    if (what.rc) /* before the thread has anything to do: as a failure of its own */
        return ended(l, &what, false, e);
    const bool copied = own(&l->save.shot);
    siam_saver_start(l->saver, write_snapshot, l);
    if (!copied) /* then training waits */
        siam_loop_save_settle(l);
    l->save.held += siam_clock() - began;
    return siam_loop_save_poll(l, e);
}

bool siam_loop_save_due(siam_loop *l)
{
    const double period = 60 * l->cfg.train_save_minutes, now = siam_clock();
    if (period <= 0 || now < l->save.next || (l->saver && siam_saver_busy(l->saver)))
        return false;
    l->save.next += period * (floor((now - l->save.next) / period) + 1); /* a late one does not make those after it late */
    return true;
}

void siam_loop_save_numbers(siam_loop *l, siam_event *ev)
{
    if (l->save.held > 0)
        siam_event_put(ev, SIAM_GAUGE_SAVE_HELD, l->save.held);
    if (l->save.wrote > 0)
        siam_event_put(ev, SIAM_GAUGE_SAVE_WROTE, l->save.wrote);
    l->save.held = l->save.wrote = 0;
}

/* ---- its beginning and end ---- */

siam_code siam_loop_save_check_space(const siam_loop *l, siam_err *e)
{
    char need[32], left[32];
    if (!lacks_space(l, need, left))
        return SIAM_OK;
    siam_fail(e, SIAM_E_IO, "the first save takes %s, and %s are free on the disk of '%s'", need, left, siam_run_dir(l->run));
    siam_hint(e, "free some space on that disk, or choose another place for the output");
    return SIAM_E_IO;
}

siam_code siam_loop_save_open(siam_loop *l, siam_err *e)
{
    l->save.step = l->cfg.run_resume && !l->unsaved ? l->at.step : -1;
    l->save.cut_off = l->save.step >= 0 && !siam_run_checkpoint_finished(l->run, l->save.step);
    siam_threads_start(l->backend->threads); /* what OpenMP cannot start ends the program: those of the computation first */
    return siam_saver_create(&l->saver, l->run, e);
}

void siam_loop_save_close(siam_loop *l)
{
    siam_saver_destroy(&l->saver);
    release(&l->save.shot);
}
