/* The thread that saves. */
#include "train/saver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/check.h"
#include "base/system.h"
#include "base/threads.h"

enum { STACK = 1 << 20 };

struct siam_saver {
    siam_run *run;
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool busy;                     /* the caller's: started, and not told yet */
    bool leave, asked, done;       /* under the lock, as what follows */
    siam_code (*write)(void *user, siam_err *e);
    void *user;
    siam_saved saved;
};

static void write_one(siam_saver *s, siam_saved *what)
{
    const double began = siam_clock();
    *what = (siam_saved){0};
    what->rc = siam_run_keep_lock(s->run, &what->err); /* a run that was lost is another's to write */
    if (!what->rc)
        what->rc = s->write(s->user, &what->err);
    what->seconds = siam_clock() - began;
}

static struct timespec next_beat(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += SIAM_RUN_BEAT;
    return t;
}

/* Until something is asked for, or it is time for a sign of life. */
static void wait_for_work(siam_saver *s)
{
    const struct timespec until = next_beat();
    while (!s->asked && !s->leave)
        if (pthread_cond_timedwait(&s->changed, &s->lock, &until) == ETIMEDOUT)
            return;
}

static void *work(void *user)
{
    siam_saver *s = user;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        wait_for_work(s);
        if (s->leave && !s->asked)
            break;
        siam_saved what;
        const bool asked = s->asked;
        pthread_mutex_unlock(&s->lock);
        if (asked)
            write_one(s, &what);
        siam_run_keep_lock(s->run, NULL); /* siam_saver_check tells */
        pthread_mutex_lock(&s->lock);
        if (asked) {
            s->saved = what;
            s->asked = false;
            s->done = true;
            pthread_cond_broadcast(&s->changed);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

siam_code siam_saver_create(siam_saver **out, siam_run *run, siam_err *e)
{
    siam_saver *s = *out = calloc(1, sizeof *s);
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for saving");
    s->run = run;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    s->threaded = !siam_thread_start(&s->thread, STACK, work, s);
    return SIAM_OK;
}

void siam_saver_destroy(siam_saver **out)
{
    siam_saver *s = *out;
    *out = NULL;
    if (!s)
        return;
    siam_saved what;
    siam_saver_finished(s, true, &what);
    if (s->threaded) {
        pthread_mutex_lock(&s->lock);
        s->leave = true;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void siam_saver_start(siam_saver *s, siam_code (*write)(void *user, siam_err *e), void *user)
{
    SIAM_ASSERT(!s->busy);
    s->busy = true;
    pthread_mutex_lock(&s->lock);
    s->write = write;
    s->user = user;
    s->done = !s->threaded;
    s->asked = s->threaded;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (!s->threaded)
        write_one(s, &s->saved);
}

/* The thread writes and cannot give signs of life meanwhile: who waits for it does. */
static void wait_until_done(siam_saver *s, bool wait)
{
    struct timespec until = next_beat();
    while (wait && !s->done)
        if (pthread_cond_timedwait(&s->changed, &s->lock, &until) == ETIMEDOUT) {
            pthread_mutex_unlock(&s->lock);
            siam_run_beat(s->run, NULL);
            pthread_mutex_lock(&s->lock);
            until = next_beat();
        }
}

bool siam_saver_finished(siam_saver *s, bool wait, siam_saved *what)
{
    if (!s->busy)
        return false;
    pthread_mutex_lock(&s->lock);
    wait_until_done(s, wait);
    const bool done = s->done;
    if (done)
        *what = s->saved;
    pthread_mutex_unlock(&s->lock);
    s->busy = !done;
    return done;
}

bool siam_saver_busy(const siam_saver *s) { return s->busy; }

siam_code siam_saver_check(siam_saver *s, siam_err *e) { return siam_run_beat(s->run, e); }
