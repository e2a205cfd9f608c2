/* Counting threads by starting them: the limits are many (of the user, of the container, of memory), and the kernel's answer
 * is the only one that knows them all. */
#include "base/threads.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { GUARD = 1 << 16 }; /* a stack is a little more than its size */

typedef struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool open;
} gate;

static void *wait_at(void *arg)
{
    gate *g = arg;
    pthread_mutex_lock(&g->mutex);
    while (!g->open)
        pthread_cond_wait(&g->opened, &g->mutex);
    pthread_mutex_unlock(&g->mutex);
    return NULL;
}

int siam_threads_possible(int n)
{
    gate g = {.mutex = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};
    pthread_t *thread = n > 0 ? malloc((size_t)n * sizeof *thread) : NULL;
    int started = 0;
    if (!thread)
        return 0;
    while (started < n && !pthread_create(&thread[started], NULL, wait_at, &g))
        started++;
    pthread_mutex_lock(&g.mutex);
    g.open = true;
    pthread_cond_broadcast(&g.opened);
    pthread_mutex_unlock(&g.mutex);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    return started;
}

int siam_threads_start(int n)
{
    int started = 0; /* counted, as GCC removes a parallel region in which nothing is done */
#pragma omp parallel num_threads(n)
    {
#pragma omp atomic
        started++;
    }
    return started;
}

int siam_thread_start(pthread_t *thread, size_t stack, void *(*work)(void *user), void *user)
{
    sigset_t all, before;
    pthread_attr_t a;
    int rc = pthread_attr_init(&a);
    if (rc)
        return rc;
    if (stack)
        pthread_attr_setstacksize(&a, stack);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(thread, &a, work, user);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&a);
    return rc;
}

siam_code siam_thread_fail(siam_err *e, int error, size_t stack, const char *what)
{
    char why[128];
    const size_t bytes = stack + GUARD;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        siam_fail(e, SIAM_E_NOMEM, "out of memory for %s", what);
        siam_hint(e, "a larger limit of memory (ulimit -v)");
        return SIAM_E_NOMEM;
    }
    munmap(room, bytes);
    siam_fail(e, SIAM_E_UNSUPPORTED, "%s cannot be started: %s", what, strerror_r(error, why, sizeof why));
    siam_hint(e, "a larger limit of processes and threads (ulimit -u, or that of the container)");
    return SIAM_E_UNSUPPORTED;
}
