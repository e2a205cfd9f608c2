/* Whoever waits says so after a while: who is missing is who has not. Hosts that cannot be reached by messages are asked of the
 * launcher, through which names can be published (MPI_Publish_name), where it knows how. */
#include "comm/mpi/meet.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 120, NAP_NS = 1000000, SAY = 4 /* the part of the time after which who waits says so */, SPARE = 15, LATER = 3 };
enum { TAG_CARD = 3, LISTED = 8 };

struct siam_meet {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    siam_launch as;
    const siam_comm_lent *lent;
    char host[SIAM_MEET_TEXT], hosts[128];
    int seconds; /* the environment is read before the thread begins: MPI_Init changes it */
    bool begun, over;
};

static int meet_seconds(void)
{
    const char *text = getenv("SIMSIAM_CONNECT_SECONDS");
    const long n = text ? strtol(text, NULL, 10) : 0;
    return n > 0 && n < 1 << 20 ? (int)n : SECONDS;
}

static struct timespec in(double seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)seconds;
    return t;
}

static double now(void)
{
    const struct timespec t = in(0);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the thread ---- */

/* Wait until it is over, or for so long; under the lock. */
static void wait_for(siam_meet *m, double seconds)
{
    const struct timespec until = in(seconds);
    while (!m->over && !pthread_cond_timedwait(&m->changed, &m->lock, &until))
        ;
}

static void end(const siam_meet *m)
{
    char why[512];
    snprintf(why, sizeof why, "rank %d on %s has waited %d s for the others of %d ranks (%s): %s%s%s", m->as.rank, m->host,
             m->seconds, m->as.ranks, m->as.launcher,
             m->begun ? "MPI does not come to an end with joining them" : "those that have not said that they wait have not begun, or hang",
             m->hosts[0] ? "; the hosts are " : "", m->hosts);
    m->lent->late(&m->as, why);
}

static void *watch(void *user)
{
    siam_meet *m = user;
    const int seconds = m->seconds;
    /* The first rank says why before the others end the job. */
    const int most = seconds + (m->as.rank ? LATER : 0);
    pthread_mutex_lock(&m->lock);
    wait_for(m, seconds / (double)SAY < 1 ? 1 : seconds / (double)SAY);
    if (!m->over && !m->begun)
        fprintf(stderr, "simsiam: rank %d on %s waits for the other ranks to begin\n", m->as.rank, m->host);
    wait_for(m, most - most / (double)SAY);
    if (!m->over && m->begun) /* siam_meet_all says it better */
        wait_for(m, SPARE);
    if (!m->over)
        end(m);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

siam_meet *siam_meet_begin(const siam_launch *as, const siam_comm_lent *lent)
{
    siam_meet *m = calloc(1, sizeof *m);
    pthread_condattr_t monotonic;
    sigset_t all, before;
    if (!m)
        return NULL;
    m->as = *as;
    m->lent = lent;
    m->seconds = meet_seconds();
    const char *hosts = getenv("SLURM_STEP_NODELIST");
    snprintf(m->hosts, sizeof m->hosts, "%s", hosts ? hosts : "");
    if (gethostname(m->host, sizeof m->host - 1))
        strcpy(m->host, "this host");
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(&m->thread, NULL, watch, m);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc) {
        free(m);
        return NULL;
    }
    return m;
}

void siam_meet_begun(siam_meet *m)
{
    pthread_mutex_lock(&m->lock);
    m->begun = true;
    pthread_mutex_unlock(&m->lock);
}

void siam_meet_over(siam_meet *m)
{
    pthread_mutex_lock(&m->lock);
    m->over = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* ---- cards ---- */

/* Under which a rank's host is published: of this job alone. */
static void name_of(int rank, char name[256])
{
    const char *job = getenv("PMIX_NAMESPACE");
    job = job ? job : getenv("SLURM_JOB_ID");
    snprintf(name, 256, "simsiam %.160s rank %d", job ? job : "", rank);
}

static void publish(int rank, const char *host)
{
    char name[256];
    name_of(rank, name);
    MPI_Publish_name(name, MPI_INFO_NULL, host);
}

/* "ranks 1 on b, 3 and 12 others" */
static void list_missing(const MPI_Request *from, int size, char *text, size_t n)
{
    int listed = 0, more = 0;
    size_t at = 0;
    for (int k = 0; k < size; k++) {
        char name[256], host[MPI_MAX_PORT_NAME] = "";
        if (from[k] == MPI_REQUEST_NULL)
            continue;
        if (listed == LISTED || at >= n) {
            more++;
            continue;
        }
        name_of(k, name);
        const bool known = !MPI_Lookup_name(name, MPI_INFO_NULL, host);
        at += (size_t)snprintf(text + at, n - at, "%srank %d%s%.*s", listed++ ? ", " : "", k, known ? " on " : "", SIAM_MEET_TEXT,
                               known ? host : "");
    }
    if (more && at < n)
        snprintf(text + at, n - at, " and %d others", more);
}

static siam_code missing(const siam_card *mine, const MPI_Request *from, int rank, int size, const siam_comm_lent *lent, siam_err *e)
{
    char list[512] = "";
    list_missing(from, size, list, sizeof list);
    return lent->fail(e, SIAM_E_RANK, "rank %d on %s has not heard of %s within %d s: the network between them may be closed to MPI", rank,
                      mine->host, list, meet_seconds());
}

siam_code siam_meet_all(siam_card *all, int rank, int size, const siam_comm_lent *lent, siam_err *e)
{
    MPI_Request *to = malloc(2 * (size_t)size * sizeof(MPI_Request)), *from = to ? to + size : NULL;
    const double began = now(), most = meet_seconds() + (rank ? LATER : 0);
    int done = 0, bad = 0;
    bool published = false;
    if (!to)
        return lent->fail(e, SIAM_E_NOMEM, "out of memory for %d ranks", size);
    for (int k = 0; k < size; k++)
        to[k] = from[k] = MPI_REQUEST_NULL;
    for (int i = 1; i < size && !bad; i++) { /* not all to the same one at once */
        const int next = (rank + i) % size, before = (rank + size - i) % size;
        bad = MPI_Irecv(&all[before], sizeof *all, MPI_BYTE, before, TAG_CARD, MPI_COMM_WORLD, &from[before]);
        bad = bad ? bad : MPI_Isend(&all[rank], sizeof *all, MPI_BYTE, next, TAG_CARD, MPI_COMM_WORLD, &to[next]);
    }
    while (!bad && !done && now() - began < most) {
        bad = MPI_Testall(2 * size, to, &done, MPI_STATUSES_IGNORE);
        if (!published && !done && now() - began > most / SAY) {
            publish(rank, all[rank].host);
            published = true;
        }
        nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    const siam_code rc = done ? SIAM_OK : missing(&all[rank], from, rank, size, lent, e);
    if (done) /* else MPI still has it */
        free(to);
    return rc;
}
