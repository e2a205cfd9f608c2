/* Memory by turns. */
#include "data/gate.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/system.h"

static const size_t little = (size_t)64 << 20;

struct siam_gate {
    pthread_mutex_t mutex;
    pthread_cond_t left;
    int inside;
    size_t taken, room; /* bytes of those inside; what there was when the first of them came */
};

siam_gate *siam_gate_create(void)
{
    siam_gate *g = calloc(1, sizeof *g);
    if (g) {
        pthread_mutex_init(&g->mutex, NULL);
        pthread_cond_init(&g->left, NULL);
    }
    return g;
}

void siam_gate_destroy(siam_gate **g)
{
    if (*g) {
        pthread_cond_destroy(&(*g)->left);
        pthread_mutex_destroy(&(*g)->mutex);
    }
    free(*g);
    *g = NULL;
}

void siam_gate_enter(siam_gate *g, size_t bytes)
{
    if (!g || bytes < little)
        return;
    pthread_mutex_lock(&g->mutex);
    while (g->inside && (g->taken > g->room || bytes > g->room - g->taken))
        pthread_cond_wait(&g->left, &g->mutex);
    if (!g->inside)
        g->room = siam_memory_available();
    g->inside++;
    g->taken += bytes;
    pthread_mutex_unlock(&g->mutex);
}

void siam_gate_leave(siam_gate *g, size_t bytes)
{
    if (!g || bytes < little)
        return;
    pthread_mutex_lock(&g->mutex);
    g->inside--;
    g->taken -= bytes;
    pthread_cond_broadcast(&g->left);
    pthread_mutex_unlock(&g->mutex);
}
