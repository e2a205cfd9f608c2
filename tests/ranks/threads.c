/* Ranks as threads: what a rank brings to a call lies in a table of pointers, and each rank takes what it needs from the
 * others' memory between two barriers. */
#include "threads.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { MOST = 16 };

typedef struct meeting {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int size, here, round;
    const void *brought[MOST];
    size_t bytes[MOST];
    bool failed;
    char why[128];
} meeting;

typedef struct comm {
    siam_comm head;
    meeting *m;
} comm;

static siam_code meet(const siam_comm *c, siam_err *e)
{
    meeting *m = ((const comm *)c)->m;
    pthread_mutex_lock(&m->mutex);
    const int round = m->round;
    if (++m->here == m->size) {
        m->here = 0;
        m->round++;
        pthread_cond_broadcast(&m->changed);
    }
    while (round == m->round && !m->failed)
        pthread_cond_wait(&m->changed, &m->mutex);
    const bool failed = m->failed && round == m->round; /* a meeting that was complete is valid */
    if (failed)
        siam_fail(e, SIAM_E_IO, "%s", m->why);
    pthread_mutex_unlock(&m->mutex);
    return failed ? SIAM_E_IO : SIAM_OK;
}

/* Show what this rank has; the others' may be read until the next meeting. */
static siam_code bring(const siam_comm *c, const void *x, size_t bytes, siam_err *e)
{
    meeting *m = ((const comm *)c)->m;
    m->brought[c->rank] = x;
    m->bytes[c->rank] = bytes;
    SIAM_TRY(meet(c, e));
    for (int r = 0; r < c->size; r++)
        if (m->bytes[r] != bytes)
            return siam_fail(e, SIAM_E_BUG, "rank %d brings %zu bytes and rank %d brings %zu", c->rank, bytes, r, m->bytes[r]);
    return SIAM_OK;
}

#define COMBINE(NAME, TYPE, FIRST, NEXT)                                                     \
    static siam_code NAME(const siam_comm *c, TYPE *x, size_t n, siam_err *e)                \
    {                                                                                        \
        meeting *m = ((const comm *)c)->m;                                                   \
        TYPE *all = malloc((n + 1) * sizeof *all);                                           \
        siam_code rc = bring(c, x, n * sizeof *x, e);                                        \
        for (size_t i = 0; i < n && !rc; i++) {                                              \
            TYPE a = (FIRST);                                                                \
            for (int r = 0; r < c->size; r++) {                                              \
                const TYPE b = ((const TYPE *)m->brought[r])[i];                             \
                a = (NEXT);                                                                  \
            }                                                                                \
            all[i] = a;                                                                      \
        }                                                                                    \
        rc = rc ? rc : meet(c, e); /* all have read */                                       \
        if (!rc)                                                                             \
            memcpy(x, all, n * sizeof *x);                                                   \
        free(all);                                                                           \
        return rc;                                                                           \
    }

COMBINE(sum_floats, float, 0, a + b)
COMBINE(sum_doubles, double, 0, a + b)
COMBINE(max_doubles, double, ((const double *)m->brought[0])[i], b > a || b != b ? b : a)

static siam_code broadcast(const siam_comm *c, int root, void *x, size_t bytes, siam_err *e)
{
    meeting *m = ((const comm *)c)->m;
    SIAM_TRY(bring(c, x, bytes, e));
    if (c->rank != root)
        memcpy(x, m->brought[root], bytes);
    return meet(c, e);
}

static siam_code gather(const siam_comm *c, const void *mine, size_t bytes, void *all, siam_err *e)
{
    meeting *m = ((const comm *)c)->m;
    SIAM_TRY(bring(c, mine, bytes, e));
    for (int r = 0; r < c->size; r++)
        memcpy((char *)all + (size_t)r * bytes, m->brought[r], bytes);
    return meet(c, e);
}

static void give_up(const siam_comm *c, const char *why)
{
    meeting *m = ((const comm *)c)->m;
    pthread_mutex_lock(&m->mutex);
    if (!m->failed)
        snprintf(m->why, sizeof m->why, "rank %d cannot go on: %s", c->rank, why);
    m->failed = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->mutex);
}

static const char *host(const siam_comm *c, int rank)
{
    static const char *const name[2] = {"north", "south"}; /* as if there were two machines */
    return name[rank * 2 / c->size];
}

static const char *about(const siam_comm *c)
{
    (void)c;
    return "threads";
}

static const siam_comm_type threads_type = {
    .name = "threads",
    .help = "threads of one process, for tests",
    .sum_floats = sum_floats,
    .sum_doubles = sum_doubles,
    .max_doubles = max_doubles,
    .broadcast = broadcast,
    .gather = gather,
    .barrier = meet,
    .abort = give_up,
    .host = host,
    .about = about,
};

typedef struct seat {
    comm c;
    pthread_t thread;
    void (*work)(const siam_comm *c, void *share);
    void *share;
} seat;

static void *sit(void *arg)
{
    seat *s = arg;
    s->work(&s->c.head, s->share);
    return NULL;
}

void run_ranks(int n, void (*work)(const siam_comm *c, void *share), void *user, size_t bytes)
{
    seat s[MOST];
    meeting m = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .size = n};
    SIAM_ASSERT(n >= 1 && n <= MOST);
    for (int i = 0; i < n; i++) {
        s[i] = (seat){.c = {.head = {.type = &threads_type, .rank = i, .size = n}, .m = &m},
                      .work = work,
                      .share = (char *)user + (size_t)i * bytes};
        SIAM_ASSERT(!pthread_create(&s[i].thread, NULL, sit, &s[i]));
    }
    for (int i = 0; i < n; i++)
        pthread_join(s[i].thread, NULL);
}
