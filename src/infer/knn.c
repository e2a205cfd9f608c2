/* Weighted kNN classification. */
#include "infer/knn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/stop.h"
#include "base/system.h"
#include "comm/agree.h"

enum { QUERIES = 128 }; /* per matrix product */

void siam_features_normalise(siam_features *f)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < f->n; i++) {
        float *x = f->x + (size_t)i * (size_t)f->dim;
        double sum = 0;
        for (int j = 0; j < f->dim; j++)
            sum += (double)x[j] * x[j];
        const float scale = sum > 0 ? (float)(1.0 / sqrt(sum)) : 0.0f;
        for (int j = 0; j < f->dim; j++)
            x[j] *= scale;
    }
}

typedef struct neighbour {
    float similarity;
    int32_t index;
} neighbour;

/* Nearer first; ties go to the lower index, so that the result does not depend on the order of work. */
static bool nearer(neighbour a, neighbour b)
{
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.index < b.index;
}

static int by_nearness(const void *x, const void *y)
{
    const neighbour a = *(const neighbour *)x, b = *(const neighbour *)y;
    return nearer(a, b) ? -1 : nearer(b, a) ? 1 : 0;
}

/* Sink the root of a heap whose root is the farthest neighbour. */
static void sink(neighbour *heap, int n, int i)
{
    for (;;) {
        int far = i;
        for (int child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (nearer(heap[far], heap[child]))
                far = child;
        if (far == i)
            return;
        const neighbour t = heap[i];
        heap[i] = heap[far];
        heap[far] = t;
        i = far;
    }
}

/* The k nearest of n similarities, nearest first. */
static void nearest(const float *similarity, int64_t n, neighbour *heap, int k)
{
    for (int i = 0; i < k; i++)
        heap[i] = (neighbour){similarity[i], i};
    for (int i = k / 2 - 1; i >= 0; i--)
        sink(heap, k, i);
    for (int64_t i = k; i < n; i++)
        if (similarity[i] > heap[0].similarity) {
            heap[0] = (neighbour){similarity[i], (int32_t)i};
            sink(heap, k, 0);
        }
    qsort(heap, (size_t)k, sizeof *heap, by_nearness);
}

static int vote(const neighbour *nb, int k, double temperature, const int32_t *label, int classes, double *votes)
{
    memset(votes, 0, (size_t)classes * sizeof *votes);
    for (int i = 0; i < k; i++) /* shifted by the largest: a common factor does not change the winner */
        votes[label[nb[i].index]] += exp(((double)nb[i].similarity - (double)nb[0].similarity) / temperature);
    int best = 0;
    for (int c = 1; c < classes; c++)
        if (votes[c] > votes[best])
            best = c;
    return best;
}

typedef struct scorer {
    const siam_features *bank, *query;
    int classes, kmax, nk, nt;
    const int *k;
    const double *temperature;
    int64_t *right; /* [nk * nt] */
} scorer;

/* Classify `n` queries from `first` on, given their similarities to the whole bank. */
static siam_code score(const scorer *s, const float *similarity, int64_t first, int n, siam_err *e)
{
    bool failed = false;
#pragma omp parallel
    {
        neighbour *heap = malloc((size_t)s->kmax * sizeof *heap);
        double *votes = malloc((size_t)s->classes * sizeof *votes);
        const bool ok = heap && votes;
#pragma omp for schedule(static)
        for (int i = 0; i < n; i++) {
            if (!ok)
                continue;
            nearest(similarity + (size_t)i * (size_t)s->bank->n, s->bank->n, heap, s->kmax);
            for (int j = 0; j < s->nk * s->nt; j++) {
                const int k = s->k[j / s->nt] < s->kmax ? s->k[j / s->nt] : s->kmax;
                if (vote(heap, k, s->temperature[j % s->nt], s->bank->label, s->classes, votes) ==
                    s->query->label[first + i]) {
#pragma omp atomic
                    s->right[j]++;
                }
            }
        }
        free(heap);
        free(votes);
        if (!ok) {
#pragma omp atomic write
            failed = true;
        }
    }
    return failed ? siam_fail(e, SIAM_E_NOMEM, "out of memory for kNN") : SIAM_OK;
}

/* The similarities of `n` queries from `first` on to the whole bank. */
static siam_code compare(siam_backend *b, const scorer *s, int64_t first, int n, float *similarity, siam_err *e)
{
    const siam_features *bank = s->bank, *query = s->query;
    SIAM_TRY(b->type->matmul(b, false, true, n, bank->n, bank->dim, query->x + (size_t)first * (size_t)query->dim, bank->x, 0.0f,
                             similarity, e));
    for (int i = 0; bank->x == query->x && i < n; i++)
        similarity[(size_t)i * (size_t)bank->n + (size_t)(first + i)] = -INFINITY;
    return SIAM_OK;
}

/* Of several ranks each asks for its runs of the queries. */
static siam_code ask_all(siam_backend *b, const scorer *s, const volatile sig_atomic_t *stop, float *similarity, siam_err *e)
{
    const int64_t step = (int64_t)QUERIES * b->comm->size, queries = s->query->n;
    for (int64_t first = (int64_t)QUERIES * b->comm->rank; first < queries; first += step) {
        if (siam_stop_asked(stop))
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while asking the neighbours");
        const int n = queries - first < QUERIES ? (int)(queries - first) : QUERIES;
        SIAM_TRY(compare(b, s, first, n, similarity, e));
        SIAM_TRY(score(s, similarity, first, n, e));
    }
    return SIAM_OK;
}

/* right[n] of all ranks as shares of the queries. */
static siam_code share_of_right(const siam_comm *comm, const scorer *s, double *top1, siam_err *e)
{
    const int n = s->nk * s->nt;
    for (int j = 0; j < n; j++)
        top1[j] = (double)s->right[j]; /* whole numbers: their sums are exact */
    SIAM_TRY(comm->type->sum_doubles(comm, top1, (size_t)n, e));
    for (int j = 0; j < n; j++)
        top1[j] /= (double)s->query->n;
    return SIAM_OK;
}

static siam_code check_bank(const siam_features *bank, const siam_features *query, int classes, siam_err *e)
{
    for (int64_t i = 0; i < bank->n; i++)
        if (bank->label[i] < 0 || bank->label[i] >= classes)
            return siam_fail(e, SIAM_E_DATA, "kNN needs a label for every training image; image %lld has none", (long long)i);
    if (bank->x == query->x && bank->n < 2)
        return siam_fail(e, SIAM_E_CONFIG, "leave-one-out kNN needs two images at least");
    return SIAM_OK;
}

siam_code siam_knn_classify(siam_backend *b, const siam_features *bank, const siam_features *query, int classes,
                            const siam_knn_cfg *c, double *top1, siam_err *e)
{
    scorer s = {.bank = bank, .query = query, .classes = classes, .nk = c->nk, .nt = c->nt, .k = c->k, .temperature = c->temperature};
    SIAM_TRY(check_bank(bank, query, classes, e)); /* the same on all ranks */
    for (int i = 0; i < c->nk; i++)
        s.kmax = c->k[i] > s.kmax ? c->k[i] : s.kmax;
    const bool itself = bank->x == query->x; /* leave-one-out: an image is not its own neighbour */
    if (s.kmax > bank->n - itself)
        s.kmax = (int)bank->n - itself;
    s.right = calloc((size_t)(c->nk * c->nt), sizeof *s.right);
    const size_t bytes = (size_t)QUERIES * (size_t)bank->n * sizeof(float);
    float *similarity = bytes <= siam_memory_available() ? malloc(bytes) : NULL; /* Linux promises more */
    siam_code rc = SIAM_OK;
    if (!s.right || !similarity) {
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for kNN against %lld images", (long long)bank->n);
        siam_hint(e, "a smaller bank of training images (--bank of knn, --eval.bank of train)");
    }
    if (!rc)
        rc = ask_all(b, &s, c->stop, similarity, e);
    rc = siam_comm_agree(b->comm, rc, e);
    if (!rc)
        rc = share_of_right(b->comm, &s, top1, e);
    free(s.right);
    free(similarity);
    return rc;
}
