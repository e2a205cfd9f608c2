/* Ranks over MPI (Open MPI, MPICH), in a library of its own that the program loads.
 *
 * Sums are made in the order of the ranks and not by MPI_Allreduce, whose order is the library's business: each rank gets its
 * part of all vectors, adds them up, and gives the sum to all, which is also what moves the fewest bytes. Calls wait with the
 * processor free after a while. A thread listens meanwhile: to ranks that say that they cannot go on, and for the silence of
 * those that cannot even say that. */
#include <mpi.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "comm/mpi/meet.h"

enum { TAG_ABORT = 1, TAG_BEAT, WHY = 256, SPINS = 2000, NAP_NS = 50000, MOST = 1 << 28 /* floats or bytes of one message */ };
enum { QUEUE = 64 /* sums that are begun and not finished */, STACK = 1 << 20 };
/* Seconds between signs of life, and until their lack is one of death; how often messages of both kinds are looked for. */
enum { BEAT = 2, SILENT = 40, LISTEN_NS = 100000000 };
/* Seconds: to tell the others of a failure; for all to leave; that others wait for the one that failed to end first. */
enum { TELL = 1, LEAVE = 10, OTHERS = 6 };
enum { HARD = 4 /* seconds for MPI to end this process: the launcher that it asks may be out of reach */ };

/* Where long vectors are summed: one for calls that wait, one for the thread that sums what was begun. */
typedef struct lane {
    MPI_Comm comm;
    float *slices, *sum; /* of a vector: this rank's slice of all; their sum */
    size_t room;
    int *count, *at, *their_count, *their_at;
} lane;

typedef struct ranks {
    siam_comm head;
    const siam_comm_lent *lent;
    MPI_Comm comm, control; /* control: who cannot go on tells the others */
    char about[160];
    siam_card *card; /* of each rank */
    lane now, later;
    double *all; /* [size][] of short vectors */
    size_t all_room;
    double waited, summed, unhidden; /* comm.h; summed under `lock` */
    _Atomic unsigned long long bytes, messages;
    /* Sums that were begun: a ring, under `lock`. */
    pthread_t summer;
    pthread_cond_t changed;
    struct {
        float *x;
        size_t n;
    } begun[QUEUE];
    unsigned first, end; /* of the ring; they count on */
    siam_err sum_err;    /* the first failure of the thread */
    pthread_t thread; /* watch */
    pthread_mutex_t lock;
    atomic_bool leaving, failed, told; /* failed: with why; told: all know of it */
    char telling[WHY];
    MPI_Request *tell; /* to each rank */
    char why[2 * WHY];
    bool mine; /* the failure is this rank's own */
} ranks;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static ranks *of(const siam_comm *c) { return (ranks *)(uintptr_t)c; }

static siam_code no_memory(const ranks *r, siam_err *e)
{
    return r->lent->fail(e, SIAM_E_NOMEM, "rank %d has no memory for what the ranks exchange", r->head.rank);
}

/* The first reason counts. */
static void fail_all(ranks *r, const char *why)
{
    pthread_mutex_lock(&r->lock);
    if (!r->failed)
        snprintf(r->why, sizeof r->why, "%s", why);
    r->failed = true;
    pthread_mutex_unlock(&r->lock);
}

static siam_code lost(ranks *r, siam_err *e) { return r->lent->fail(e, SIAM_E_RANK, "%s", r->why); }

/* A rank that cannot go on may have said so. */
static void listen(ranks *r)
{
    MPI_Message m;
    MPI_Status from;
    int there = 0;
    if (MPI_Improbe(MPI_ANY_SOURCE, TAG_ABORT, r->control, &there, &m, &from) || !there)
        return;
    char text[WHY] = "", why[2 * WHY];
    MPI_Mrecv(text, WHY, MPI_CHAR, &m, MPI_STATUS_IGNORE);
    text[WHY - 1] = '\0';
    snprintf(why, sizeof why, "rank %d on %s cannot go on: %s", from.MPI_SOURCE, r->card[from.MPI_SOURCE].host, text);
    r->told = true;
    fail_all(r, why);
}

/* ---- signs of life: a thread gives one to the two ranks beside this one, and waits for theirs ---- */

static void give_up(const siam_comm *c, const char *why);

/* What has arrived counts before anything is judged: this process may have been stopped itself. */
static void hear(ranks *r, double heard[2], const int beside[2])
{
    for (int i = 0; i < 2; i++)
        for (int there = 1; there;) {
            MPI_Message m;
            char beat;
            there = 0;
            if (MPI_Improbe(beside[i], TAG_BEAT, r->control, &there, &m, MPI_STATUS_IGNORE) || !there)
                break;
            MPI_Mrecv(&beat, 1, MPI_CHAR, &m, MPI_STATUS_IGNORE);
            heard[i] = now();
            if (beside[0] == beside[1]) /* there are two ranks */
                heard[0] = heard[1] = now();
        }
}

static void *watch(void *user)
{
    ranks *r = user;
    const int size = r->head.size, beside[2] = {(r->head.rank + 1) % size, (r->head.rank + size - 1) % size};
    double heard[2] = {now(), now()}, sent = 0;
    double last = now();
    while (!r->leaving && !r->failed) { /* after a failure nobody calls MPI any more: what it would write to may be gone */
        const double pass = now(), slept = pass - last;
        last = pass;
        if (slept > 2 * BEAT) { /* this process was stopped, perhaps with all others */
            heard[0] += slept;
            heard[1] += slept;
        }
        if (now() - sent >= BEAT) {
            for (int i = 0; i < 2 && !r->failed; i++) {
                MPI_Request q;
                static const char beat = 1;
                if (!MPI_Isend(&beat, 1, MPI_CHAR, beside[i], TAG_BEAT, r->control, &q))
                    MPI_Request_free(&q);
            }
            sent = now();
        }
        hear(r, heard, beside);
        listen(r);
        for (int i = 0; i < 2 && !r->failed; i++) {
            char why[WHY];
            if (now() - heard[i] < SILENT)
                continue;
            snprintf(why, sizeof why, "rank %d on %.64s has not been heard of for %d s", beside[i], r->card[beside[i]].host, SILENT);
            give_up(&r->head, why);
        }
        nanosleep(&(struct timespec){.tv_nsec = LISTEN_NS}, NULL);
    }
    return NULL;
}

static siam_code failed_call(ranks *r, int rc, siam_err *e)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int n = 0;
    MPI_Error_string(rc, text, &n);
    char why[WHY];
    snprintf(why, sizeof why, "rank %d on %.64s cannot reach the others: %.120s", r->head.rank, r->card[r->head.rank].host, text);
    fail_all(r, why);
    return lost(r, e);
}

/* Wait for n requests; a thread beside the computation leaves the processor to it. */
static siam_code finish(ranks *r, int rc, MPI_Request *q, int n, siam_err *e)
{
    const bool beside = pthread_equal(pthread_self(), r->summer);
    const double began = now();
    for (int spins = beside ? SPINS : 0; !rc; spins++) {
        int done = 0;
        rc = MPI_Testall(n, q, &done, MPI_STATUSES_IGNORE);
        if (!rc && done) {
            r->waited += beside ? 0 : now() - began;
            return SIAM_OK;
        }
        if (r->failed)
            return lost(r, e);
        if (spins > SPINS)
            nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
        else if (spins % 16 == 15)
            sched_yield();
    }
    return failed_call(r, rc, e);
}

static siam_code ready(ranks *r, siam_err *e)
{
    return r->failed ? lost(r, e) : SIAM_OK;
}

static void sent(ranks *r, size_t bytes, int messages)
{
    r->bytes += bytes;
    r->messages += (unsigned)messages;
}

/* ---- short vectors: everybody gets all of them ---- */

static siam_code gather(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    ranks *r = of(c);
    siam_code rc = ready(r, e);
    sent(r, bytes * (size_t)(c->size - 1), c->size - 1);
    for (size_t at = 0; at < bytes && !rc; at += MOST) {
        MPI_Request q;
        const int n = (int)(bytes - at < MOST ? bytes - at : MOST);
        if (bytes <= MOST) {
            rc = finish(r, MPI_Iallgather(mine, n, MPI_BYTE, all, n, MPI_BYTE, r->comm, &q), &q, 1, e);
            continue;
        }
        for (int k = 0; k < c->size && !rc; k++) { /* in parts, each rank's at its place */
            char *to = (char *)all + (size_t)k * bytes + at;
            if (k == c->rank)
                memcpy(to, (const char *)mine + at, (size_t)n);
            rc = finish(r, MPI_Ibcast(to, n, MPI_BYTE, k, r->comm, &q), &q, 1, e);
        }
    }
    return rc;
}

static siam_code gather_doubles(ranks *r, const double *x, size_t n, siam_err *e)
{
    const size_t want = n * (size_t)r->head.size;
    if (want > r->all_room) {
        double *more = realloc(r->all, want * sizeof *more);
        if (!more)
            return no_memory(r, e);
        r->all = more;
        r->all_room = want;
    }
    return gather(&r->head, x, n * sizeof *x, r->all, e);
}

static siam_code sum_doubles(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    ranks *r = of(c);
    const siam_code rc = gather_doubles(r, x, n, e);
    for (size_t i = 0; i < n && !rc; i++) {
        double sum = 0;
        for (int k = 0; k < c->size; k++)
            sum += r->all[(size_t)k * n + i];
        x[i] = sum;
    }
    return rc;
}

static siam_code max_doubles(const siam_comm *c, double *x, size_t n, siam_err *e)
{
    ranks *r = of(c);
    const siam_code rc = gather_doubles(r, x, n, e);
    for (size_t i = 0; i < n && !rc; i++) {
        double most = r->all[i];
        for (int k = 1; k < c->size; k++) {
            const double v = r->all[(size_t)k * n + i];
            most = v > most || v != v ? v : most;
        }
        x[i] = most;
    }
    return rc;
}

/* ---- long vectors ---- */

/* Where the part of rank k of n numbers begins. */
static int part_at(int n, int k, int size) { return (int)((long long)n * k / size); }

static siam_code make_room(const ranks *r, lane *l, int n, siam_err *e)
{
    const size_t part = (size_t)n / (size_t)r->head.size + 1, want = part * (size_t)r->head.size;
    if (want <= l->room)
        return SIAM_OK;
    free(l->slices);
    free(l->sum);
    l->slices = malloc(want * sizeof *l->slices);
    l->sum = malloc(part * sizeof *l->sum);
    l->room = l->slices && l->sum ? want : 0;
    return l->room ? SIAM_OK : no_memory(r, e);
}

static siam_code sum_part(ranks *r, lane *l, float *x, int n, siam_err *e)
{
    const int size = r->head.size, rank = r->head.rank;
    const int mine = part_at(n, rank + 1, size) - part_at(n, rank, size);
    MPI_Request q;
    siam_code rc = make_room(r, l, n, e);
    if (rc)
        return rc;
    for (int k = 0; k < size; k++) {
        l->at[k] = part_at(n, k, size);
        l->count[k] = part_at(n, k + 1, size) - l->at[k];
        l->their_at[k] = k * mine;
        l->their_count[k] = mine;
    }
    sent(r, ((size_t)(n - mine) + (size_t)mine * (size_t)(size - 1)) * sizeof *x, 2 * (size - 1));
    rc = finish(r, MPI_Ialltoallv(x, l->count, l->at, MPI_FLOAT, l->slices, l->their_count, l->their_at, MPI_FLOAT, l->comm, &q), &q,
                1, e);
    if (rc)
        return rc;
    for (int i = 0; i < mine; i++) {
        float sum = l->slices[i];
        for (int k = 1; k < size; k++)
            sum += l->slices[(size_t)k * (size_t)mine + (size_t)i];
        l->sum[i] = sum;
    }
    return finish(r, MPI_Iallgatherv(l->sum, mine, MPI_FLOAT, x, l->count, l->at, MPI_FLOAT, l->comm, &q), &q, 1, e);
}

static siam_code sum_all(ranks *r, lane *l, float *x, size_t n, siam_err *e)
{
    siam_code rc = ready(r, e);
    for (size_t at = 0; at < n && !rc; at += MOST)
        rc = sum_part(r, l, x + at, (int)(n - at < MOST ? n - at : MOST), e);
    return rc;
}

static siam_code sum_floats(const siam_comm *c, float *x, size_t n, siam_err *e) { return sum_all(of(c), &of(c)->now, x, n, e); }

/* ---- sums beside the computation ---- */

static void *sum_begun(void *user)
{
    ranks *r = user;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->first == r->end && !r->leaving)
            pthread_cond_wait(&r->changed, &r->lock);
        if (r->first == r->end)
            break;
        float *x = r->begun[r->first % QUEUE].x;
        const size_t n = r->begun[r->first % QUEUE].n;
        pthread_mutex_unlock(&r->lock);
        siam_err why = {0};
        const double began = now();
        sum_all(r, &r->later, x, n, &why);
        const double took = now() - began;
        pthread_mutex_lock(&r->lock);
        r->summed += took;
        if (!r->sum_err.code)
            r->sum_err = why;
        r->first++;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static siam_code sum_begin(const siam_comm *c, float *x, size_t n, siam_err *e)
{
    ranks *r = of(c);
    (void)e; /* told by sum_finish */
    pthread_mutex_lock(&r->lock);
    while (r->end - r->first == QUEUE)
        pthread_cond_wait(&r->changed, &r->lock);
    r->begun[r->end % QUEUE].x = x;
    r->begun[r->end++ % QUEUE].n = n;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return SIAM_OK;
}

static siam_code sum_finish(const siam_comm *c, siam_err *e)
{
    ranks *r = of(c);
    const double began = now();
    pthread_mutex_lock(&r->lock);
    while (r->first != r->end)
        pthread_cond_wait(&r->changed, &r->lock);
    const siam_err why = r->sum_err;
    pthread_mutex_unlock(&r->lock);
    r->waited += now() - began;
    r->unhidden += now() - began;
    if (why.code && e && !e->code)
        *e = why;
    return why.code;
}

static void cost(const siam_comm *c, siam_comm_cost *to)
{
    ranks *r = of(c);
    pthread_mutex_lock(&r->lock);
    *to = (siam_comm_cost){.bytes = (double)r->bytes, .messages = (double)r->messages, .waited = r->waited, .summed = r->summed,
                           .unhidden = r->unhidden};
    pthread_mutex_unlock(&r->lock);
}

static siam_code broadcast(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e)
{
    ranks *r = of(c);
    siam_code rc = ready(r, e);
    for (size_t at = 0; at < bytes && !rc; at += MOST) {
        MPI_Request q;
        rc = finish(r, MPI_Ibcast((char *)x + at, (int)(bytes - at < MOST ? bytes - at : MOST), MPI_BYTE, root, r->comm, &q), &q, 1, e);
    }
    return rc;
}

static siam_code barrier(const siam_comm *c, siam_err *e)
{
    ranks *r = of(c);
    MPI_Request q;
    const siam_code rc = ready(r, e);
    return rc ? rc : finish(r, MPI_Ibarrier(r->comm, &q), &q, 1, e);
}

/* ---- the beginning and the end ---- */

/* The others find it wherever they wait. */
static void give_up(const siam_comm *c, const char *why)
{
    ranks *r = of(c);
    if (atomic_exchange(&r->told, true))
        return;
    const double began = now();
    r->mine = !pthread_equal(pthread_self(), r->thread) && !r->failed;
    snprintf(r->telling, sizeof r->telling, "%s", why);
    for (int k = 0; k < c->size; k++)
        if (k == c->rank || MPI_Isend(r->telling, WHY, MPI_CHAR, k, TAG_ABORT, r->control, &r->tell[k]))
            r->tell[k] = MPI_REQUEST_NULL;
    for (int done = 0; !done && now() - began < TELL;) {
        if (MPI_Testall(c->size, r->tell, &done, MPI_STATUSES_IGNORE))
            break;
        nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    fail_all(r, why);
}

static void release(ranks *r)
{
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    for (int i = 0; i < 2; i++) {
        lane *l = i ? &r->later : &r->now;
        free(l->slices);
        free(l->sum);
        free(l->count);
    }
    free(r->tell);
    free(r->card);
    free(r->all);
    free(r);
}

/* Signals are for the program's own thread. */
static int start(pthread_t *thread, void *(*work)(void *user), void *user)
{
    sigset_t all, before;
    pthread_attr_t a;
    sigfillset(&all);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(thread, &a, work, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&a);
    return rc;
}

/* Nobody falls silent while others still work. A rank that fails before the others know may find that they are not coming. */
static bool all_leave(ranks *r, int status)
{
    MPI_Request q;
    int done = 0;
    const double began = now();
    if (MPI_Ibarrier(r->comm, &q))
        return false;
    while (!done && !r->failed && (status == 0 || now() - began < LEAVE)) {
        if (MPI_Test(&q, &done, MPI_STATUS_IGNORE))
            return false;
        nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
    return done;
}

static void *end_hard(void *user)
{
    const int *status = user;
    nanosleep(&(struct timespec){.tv_sec = HARD}, NULL);
    _exit(*status);
}

/* After a failure there may be requests that nobody will ever answer, so that MPI cannot be left in an orderly way. */
static void leave(siam_comm *c, int status)
{
    ranks *r = of(c);
    if (!r->failed && !all_leave(r, status))
        give_up(c, "it has left the others");
    pthread_mutex_lock(&r->lock);
    r->leaving = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->summer, NULL);
    pthread_join(r->thread, NULL);
    if (r->failed) {
        fflush(NULL);
        /* What the launcher ends with is the status of the first that aborts: the one whose failure it is. */
        nanosleep(&(struct timespec){.tv_sec = r->mine ? 1 : OTHERS}, NULL);
        int last = status ? status : 1;
        pthread_t thread;
        start(&thread, end_hard, &last);
        MPI_Abort(MPI_COMM_WORLD, last);
    }
    MPI_Comm_free(&r->comm);
    MPI_Comm_free(&r->control);
    MPI_Comm_free(&r->later.comm);
    MPI_Finalize();
    release(r);
}

static const char *host_of(const siam_comm *c, int rank) { return of(c)->card[rank].host; }
static const char *about(const siam_comm *c) { return of(c)->about; }

static const siam_comm_type mpi = {
    .name = "mpi",
    .help = "processes on any number of machines, started by mpirun, mpiexec or srun",
    .sum_floats = sum_floats,
    .sum_begin = sum_begin,
    .sum_finish = sum_finish,
    .sum_doubles = sum_doubles,
    .max_doubles = max_doubles,
    .broadcast = broadcast,
    .gather = gather,
    .barrier = barrier,
    .abort = give_up,
    .cost = cost,
    .host = host_of,
    .about = about,
    .close = leave,
};

/* "Open MPI v4.1.4, package: ..." and "MPICH Version:      4.0.2\nMPICH Release date: ..." */
static void name_library(char *text, size_t n)
{
    char all[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int len = 0;
    MPI_Get_library_version(all, &len);
    all[strcspn(all, ",\n")] = '\0';
    char *version = strstr(all, " Version:");
    if (version) {
        const char *number = version + 9 + strspn(version + 9, " \t");
        *version = '\0';
        snprintf(text, n, "%.60s %.60s", all, number);
    } else {
        snprintf(text, n, "%.140s", all);
    }
}

static bool open_lane(lane *l, size_t size)
{
    l->count = calloc(4 * size, sizeof *l->count);
    if (!l->count)
        return false;
    l->at = l->count + size;
    l->their_count = l->at + size;
    l->their_at = l->their_count + size;
    return true;
}

/* All talk in the structures of one version. */
static siam_code check_versions(const ranks *r, siam_err *e)
{
    for (int k = 1; k < r->head.size; k++)
        if (strcmp(r->card[k].version, r->card[0].version))
            return r->lent->fail(e, SIAM_E_CONFIG, "rank %d on %s has another version of the program (%s) than rank 0 on %s (%s)", k,
                                 r->card[k].host, r->card[k].version, r->card[0].host, r->card[0].version);
    return SIAM_OK;
}

static siam_code join(ranks *r, const siam_launch *as, siam_err *e)
{
    MPI_Comm_size(MPI_COMM_WORLD, &r->head.size);
    MPI_Comm_rank(MPI_COMM_WORLD, &r->head.rank);
    name_library(r->about, sizeof r->about);
    if (as->ranks != r->head.size)
        return r->lent->fail(e, SIAM_E_UNSUPPORTED, "the launcher has started %d ranks, and MPI (%s) knows %d: each would train alone. "
                             "The launcher is not that MPI's, or speaks another protocol (srun --mpi=pmix)", as->ranks, r->about,
                             r->head.size);
    const size_t size = (size_t)r->head.size;
    r->card = calloc(size, sizeof *r->card);
    r->tell = malloc(size * sizeof *r->tell);
    if (!r->card || !r->tell || !open_lane(&r->now, size) || !open_lane(&r->later, size))
        return r->lent->fail(e, SIAM_E_NOMEM, "out of memory for %zu ranks", size);
    /* Open MPI takes the world's for what goes wrong while it waits, and from version 5 on that of this process alone. */
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
    char name[MPI_MAX_PROCESSOR_NAME] = "";
    int n = 0;
    MPI_Get_processor_name(name, &n);
    siam_card *mine = &r->card[r->head.rank];
    snprintf(mine->host, sizeof mine->host, "%.*s", SIAM_MEET_TEXT - 1, name);
    snprintf(mine->version, sizeof mine->version, "%s", r->lent->version);
    siam_code rc = siam_meet_all(r->card, r->head.rank, r->head.size, r->lent, e);
    rc = rc ? rc : check_versions(r, e);
    if (rc)
        return rc;
    MPI_Comm_dup(MPI_COMM_WORLD, &r->comm);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->control);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->later.comm);
    r->now.comm = r->comm;
    MPI_Comm_set_errhandler(r->comm, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(r->later.comm, MPI_ERRORS_RETURN);
    MPI_Comm_set_errhandler(r->control, MPI_ERRORS_RETURN);
    return SIAM_OK;
}

/* The first rank speaks for all; who is alone for himself. */
static void leave_to_first(const ranks *r, siam_err *e)
{
    if (r->head.rank && e)
        *e = (siam_err){.code = e->code};
}

static siam_code begin(ranks *r, const siam_launch *as, siam_err *e)
{
    int provided = 0;
    siam_meet *meet = siam_meet_begin(as, r->lent);
    if (!meet)
        return r->lent->fail(e, SIAM_E_UNSUPPORTED, "the thread that waits for the other ranks cannot be started");
    siam_code rc = SIAM_OK;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_MULTIPLE, &provided) || provided < MPI_THREAD_MULTIPLE)
        rc = r->lent->fail(e, SIAM_E_UNSUPPORTED, "this MPI cannot be used by several threads at once (MPI_THREAD_MULTIPLE)");
    siam_meet_begun(meet);
    rc = rc ? rc : join(r, as, e);
    siam_meet_over(meet);
    if (rc == SIAM_E_RANK)
        return rc; /* it is not left: that would be to wait for those who are missing */
    if (!rc && (start(&r->thread, watch, r) || start(&r->summer, sum_begun, r))) {
        rc = r->lent->fail(e, SIAM_E_UNSUPPORTED, "the threads that talk to the other ranks cannot be started");
        fflush(NULL);
        MPI_Abort(MPI_COMM_WORLD, 69);
    }
    if (rc)
        MPI_Finalize();
    return rc;
}

static siam_code join_ranks(siam_comm **out, const siam_launch *as, const siam_comm_lent *lent, siam_err *e)
{
    *out = NULL;
    ranks *r = calloc(1, sizeof *r);
    if (!r)
        return lent->fail(e, SIAM_E_NOMEM, "out of memory joining the ranks");
    r->head.type = &mpi;
    r->lent = lent;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    const siam_code rc = begin(r, as, e);
    if (!rc) {
        *out = &r->head;
        return SIAM_OK;
    }
    if (rc != SIAM_E_RANK) { /* MPI still writes to its cards */
        leave_to_first(r, e);
        release(r);
    }
    return rc;
}

__attribute__((visibility("default"))) extern const siam_comm_plugin_type siam_comm_plugin;
const siam_comm_plugin_type siam_comm_plugin = {SIAM_COMM_PLUGIN_VERSION, name_library, join_ranks};
