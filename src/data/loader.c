/* Loader: a ring of batches filled by worker threads.
 *
 * The images of an epoch have positions 0 .. end-1 in its order; batch b holds positions b*batch onward and
 * lives in slot b % slots. Workers claim runs of positions in order under one mutex and write outside it, so
 * what a position holds depends on (seed, epoch, sample, view) only, never on who made it. A batch may be
 * claimed once the batch that used its slot before has been given back by siam_loader_get.
 *
 * Failures: a failed worker stops further claims. Positions are claimed in order, so everything before the
 * failed one still completes; its batch, once all workers are idle, is reported as the failure with the
 * lowest position. That makes the report independent of the number of workers, too. */
#include "data/loader.h"

#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/system.h"
#include "base/threads.h"

enum { MAX_WORKERS = 1024, MAX_VIEWS = 64, ALIGN = 64, REPLACEMENTS = 10, WORKER_STACK = 1 << 20 };

typedef struct slot {
    float *images; /* [max(views, 1) * batch, shape of a view], or NULL and: */
    uint8_t *crops;
    int32_t *drawn;
    int32_t *label;
    int64_t *index;
    int n, left;       /* images of the batch, and how many are still being made */
    siam_skiplist bad; /* images that were to be in it */
} slot;

typedef struct worker {
    struct siam_loader *l;
    pthread_t thread;
    siam_aug_ctx ctx;
    siam_image src, mate, work; /* mate: the other image of a pair */
    siam_skiplist bad; /* found for the position being made */
    siam_err err;      /* of this worker's own failure, copied under the mutex */
} worker;

struct siam_loader {
    const siam_dataset *d;
    siam_loader_cfg c;
    int64_t total;      /* images of an epoch: the data set, or the subset */
    int64_t mine;       /* of those, this rank's */
    int64_t batches;    /* per epoch */
    size_t view_floats; /* or bytes of a crop */
    int words;          /* that say what was drawn for a view */
    int64_t *perm;      /* order of the epoch; NULL: as they come */
    slot *slots;
    worker *workers;
    int started;   /* threads running */
    double waited; /* touched by the consumer only, like the next */
    siam_skiplist skipped;
    siam_batch out; /* what siam_loader_get lends */

    pthread_mutex_t mutex;
    pthread_cond_t work;  /* there may be something to claim, or it is time to quit */
    pthread_cond_t ready; /* a batch is complete, or the last busy worker has gone idle */
    bool quit, active;    /* active: an epoch is under way */
    int epoch, busy;      /* busy: workers outside the mutex */
    int64_t next, end;    /* next position to claim; end of the epoch */
    int64_t given;        /* batches handed out so far, skipped ones included */
    int64_t returned;     /* of those, how many slots are free again */
    int64_t failed_at;    /* lowest failed position, INT64_MAX = none */
    siam_err err;
};

/* ---- workers ----------------------------------------------------------------------------------------- */

/* The image at this place in the order of all ranks. */
static int64_t image_at(const siam_loader *l, int64_t place)
{
    if (l->c.views == 0)
        return l->c.subset ? l->c.subset[place] : place;
    return l->perm[place];
}

/* The place of this rank's image at position `pos` in the order of all ranks: runs of a batch, or of its share of one, are dealt
 * out in turn. */
static int64_t place_of(const siam_loader *l, int64_t pos)
{
    const int64_t run = l->c.batch / l->c.parts; /* parts follow each other in a batch, so that they count like batches */
    return (pos / run * l->c.ranks + l->c.rank) * run + pos % run;
}

static int64_t sample_at(const siam_loader *l, int64_t pos) { return image_at(l, place_of(l, pos)); }

static bool paired(const siam_loader *l) { return l->d->info.pairs && l->c.views > 1; }

/* What this worker's views need of an image, or of its mate; all of it under the test transform. */
static const siam_image_use *use_of(const worker *w, bool mate, siam_crops *crops, siam_image_use *use)
{
    const bool both = paired(w->l);
    *crops = (siam_crops){&w->l->c.aug, &w->ctx, mate, both ? 2 : 1, w->l->c.views, w->l->c.fast};
    *use = (siam_image_use){siam_crops_need, crops};
    return w->l->c.views > 0 ? use : NULL;
}

static siam_code read_for_views(worker *w, int64_t sample)
{
    siam_crops crops;
    siam_image_use use;
    SIAM_TRY(siam_dataset_read_for(w->l->d, sample, use_of(w, false, &crops, &use), &w->src, &w->err));
    return paired(w->l) ? siam_dataset_read_mate(w->l->d, sample, use_of(w, true, &crops, &use), &w->mate, &w->err) : SIAM_OK;
}

/* Read the image at `pos`, or one in its place: up to ten others are tried, as bad files come in runs. */
static siam_code read_sample(worker *w, int64_t pos, int epoch, int64_t *sample)
{
    const siam_loader *l = w->l;
    const int64_t wanted = sample_at(l, pos);

    *sample = wanted;
    for (uint32_t attempt = 0;; attempt++) {
        const siam_code rc = read_for_views(w, *sample);
        if (rc != SIAM_E_DATA || l->c.max_bad <= 0)
            return rc;
        if (!siam_skiplist_add(&w->bad, *sample, w->err.msg)) {
            siam_err_clear(&w->err);
            return siam_fail(&w->err, SIAM_E_NOMEM, "out of memory for the list of bad images");
        }
        if (l->c.keep_bad)
            return SIAM_OK;
        if (attempt == REPLACEMENTS) {
            if (siam_dataset_lacks_file(l->d, *sample))
                siam_hint(&w->err, "the missing files in their places, or a list without them: most seem to be missing");
            siam_hint(&w->err, "repair the data set: most of its images seem to be bad");
            return siam_wrap(&w->err, SIAM_E_DATA, "%d images tried in place of a bad one are bad, too",
                             REPLACEMENTS);
        }
        siam_err_clear(&w->err);
        siam_rng r = siam_rng_key(l->c.seed, (uint64_t)epoch, (uint64_t)wanted, attempt, SIAM_RNG_REPLACE);
        *sample = image_at(l, (int64_t)(siam_rng_u64(&r) % (uint64_t)l->total));
    }
}

/* View v of the image in place i of its batch, of the image in w->src, or of its mate. */
static siam_code make_view(worker *w, slot *s, int i, int v)
{
    const siam_loader *l = w->l;
    const siam_loader_cfg *c = &l->c;
    const siam_image *src = paired(l) && v % 2 ? &w->mate : &w->src;
    const size_t at = (size_t)v * (size_t)s->n + (size_t)i;
    int32_t *drawn = s->drawn ? s->drawn + at * (size_t)l->words : NULL;

    w->ctx.view = (uint32_t)v;
    if (c->gives == SIAM_LOADER_VIEWS)
        return siam_augment_view(&c->aug, &w->ctx, src, &w->work, &c->norm, s->images + at * l->view_floats, &w->err);
    if (c->gives == SIAM_LOADER_CROPS) {
        SIAM_TRY(siam_augment_cropped(&c->aug, &w->ctx, src, &w->work, drawn, &w->err));
        SIAM_ASSERT(siam_image_bytes(&w->work) == l->view_floats); /* of 8 bits */
        memcpy(s->crops + at * l->view_floats, w->work.px, l->view_floats);
        return SIAM_OK;
    }
    const siam_image form = {.w = c->held_w, .h = c->held_h, .channels = siam_loader_shape(c).channels, .depth = 1};
    siam_augment_draw(&c->aug, &w->ctx, &form, drawn);
    return SIAM_OK;
}

/* Make every view of the image at `pos` in its batch slot. */
static siam_code make(worker *w, int64_t pos, int epoch)
{
    siam_loader *l = w->l;
    const siam_loader_cfg *c = &l->c;
    slot *s = &l->slots[pos / c->batch % c->slots];
    const int i = (int)(pos % c->batch);
    int64_t sample = sample_at(l, pos);

    w->ctx.seed = c->seed;
    w->ctx.epoch = (uint64_t)epoch;
    w->ctx.sample = (uint64_t)sample; /* a stand-in's views differ from its own */
    if (c->gives != SIAM_LOADER_DRAWN)
        SIAM_TRY(read_sample(w, pos, epoch, &sample));
    s->index[i] = sample;
    s->label[i] = siam_dataset_label(l->d, sample);
    if (c->keep_bad && w->bad.n) {
        s->index[i] = -1;
        memset(s->images + (size_t)i * l->view_floats, 0, l->view_floats * sizeof *s->images);
        return SIAM_OK;
    }
    if (c->views == 0)
        return siam_test_view(c->aug.size, &w->src, &w->work, &w->ctx.scratch, &c->norm,
                              s->images + (size_t)i * l->view_floats, &w->err);
    for (int v = 0; v < c->views; v++)
        SIAM_TRY(make_view(w, s, i, v));
    return SIAM_OK;
}

static bool claimable(const siam_loader *l)
{
    return l->active && l->failed_at == INT64_MAX && l->next < l->end &&
           l->next / l->c.batch < l->returned + l->c.slots;
}

/* The first claim of a batch prepares its slot; called under the mutex. */
static void begin_batch(siam_loader *l, int64_t b)
{
    slot *s = &l->slots[b % l->c.slots];
    const int64_t rest = l->end - b * l->c.batch;
    s->n = s->left = (int)(rest < l->c.batch ? rest : l->c.batch);
    siam_skiplist_clear(&s->bad);
}

static void *worker_main(void *arg)
{
    worker *w = arg;
    siam_loader *l = w->l;

    pthread_mutex_lock(&l->mutex);
    for (;;) {
        while (!l->quit && !claimable(l))
            pthread_cond_wait(&l->work, &l->mutex);
        if (l->quit)
            break;
        const int64_t pos = l->next++;
        const int epoch = l->epoch;
        if (pos % l->c.batch == 0)
            begin_batch(l, pos / l->c.batch);
        l->busy++;
        pthread_mutex_unlock(&l->mutex);

        siam_err_clear(&w->err);
        siam_skiplist_clear(&w->bad);
        siam_code rc = make(w, pos, epoch);

        pthread_mutex_lock(&l->mutex);
        if (!siam_skiplist_add_all(&l->slots[pos / l->c.batch % l->c.slots].bad, &w->bad)) {
            siam_err_clear(&w->err);
            rc = siam_fail(&w->err, SIAM_E_NOMEM, "out of memory for the list of bad images");
        }
        l->busy--;
        bool wake = l->busy == 0;
        if (rc == SIAM_OK)
            wake |= --l->slots[pos / l->c.batch % l->c.slots].left == 0;
        else if (pos < l->failed_at) {
            l->failed_at = pos;
            l->err = w->err;
        }
        if (wake)
            pthread_cond_signal(&l->ready);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

/* Where not all threads can be had, those that are there do the work, to the same batches; the next epoch tries again. Their
 * stacks have a size of their own: many of the size that `ulimit -s` gives could leave no room for anything else. */
static siam_code start_workers(siam_loader *l, siam_err *e)
{
    int rc = 0;

    /* Those of the computation first: what OpenMP cannot start ends the program. */
    siam_threads_start(omp_get_max_threads());
    for (; l->started < l->c.workers; l->started++) {
        rc = siam_thread_start(&l->workers[l->started].thread, WORKER_STACK, worker_main, &l->workers[l->started]);
        if (rc)
            break;
    }
    return l->started ? SIAM_OK : siam_thread_fail(e, rc, WORKER_STACK, "the thread that reads images");
}

/* ---- create, destroy --------------------------------------------------------------------------------- */

/* Whether a rank has a share of every batch; else it has whole ones in turn. */
static bool shares_batches(const siam_loader_cfg *c) { return c->ranks > 1 && c->views > 0 && c->drop_last; }

static siam_code check_cfg(const siam_dataset *d, const siam_loader_cfg *c, int64_t total, siam_err *e)
{
    if (c->batch < 1 || c->workers < 1 || c->workers > MAX_WORKERS || c->slots < 2 || c->views < 0 ||
        c->views > MAX_VIEWS || c->aug.size < 1)
        return siam_fail(e, SIAM_E_CONFIG,
                         "the loader cannot work with batch %d, %d views, %d threads, %d slots and size %d",
                         c->batch, c->views, c->workers, c->slots, (int)c->aug.size);
    if (c->keep_bad && c->views > 0)
        return siam_fail(e, SIAM_E_CONFIG, "bad images keep their places only under the test transform");
    if (!(c->max_bad >= 0 && c->max_bad <= 1))
        return siam_fail(e, SIAM_E_CONFIG, "the share of bad images allowed is %g; it must be from 0 to 1",
                         c->max_bad);
    for (int i = 0; i < siam_loader_shape(c).channels; i++) /* false for NaN as well */
        if (!(c->norm.std[i] > 0))
            return siam_fail(e, SIAM_E_CONFIG,
                             "the standard deviation of channel %d is %g; it must be above 0", i,
                             (double)c->norm.std[i]);
    if (total < 1)
        return siam_fail(e, SIAM_E_CONFIG,
                         "there are no images to load: the subset of the data set is empty");
    if (c->views > 0 && total > UINT32_MAX)
        return siam_fail(e, SIAM_E_UNSUPPORTED,
                         "a data set of %" PRId64 " images cannot be shuffled; the limit is %u", total,
                         UINT32_MAX);
    for (int64_t i = 0; c->views == 0 && c->subset && i < total; i++)
        if (c->subset[i] < 0 || c->subset[i] >= d->info.count)
            return siam_fail(e, SIAM_E_BUG, "subset entry %" PRId64 " is image %" PRId64 " of %" PRId64, i,
                             c->subset[i], d->info.count);
    if (shares_batches(c) && c->batch % c->ranks) {
        siam_fail(e, SIAM_E_CONFIG, "a batch of %d images cannot be divided equally among %d ranks", c->batch, c->ranks);
        siam_hint(e, "--batch %d", (c->batch + c->ranks - 1) / c->ranks * c->ranks);
        return SIAM_E_CONFIG;
    }
    if (c->drop_last && c->batch > total) {
        siam_fail(e, SIAM_E_CONFIG, "batch %d is larger than the data set (%" PRId64 " images)", c->batch,
                  total);
        siam_hint(e, "a smaller --batch, at most %" PRId64, total);
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

siam_image_shape siam_loader_shape(const siam_loader_cfg *c)
{
    return (siam_image_shape){c->channels ? c->channels : SIAM_IMAGE_CHANNELS, c->aug.size, c->aug.size};
}

static size_t views_of(const siam_loader_cfg *c) { return c->views > 0 ? (size_t)c->views : 1; }

/* Images of a batch that are this rank's. */
static int share_of(const siam_loader_cfg *c) { return shares_batches(c) ? c->batch / c->ranks : c->batch; }

/* Images of an epoch of `total` that are this rank's. */
static int64_t mine_of(const siam_loader_cfg *c, int64_t total)
{
    if (shares_batches(c) || c->ranks <= 1)
        return total / (c->batch / share_of(c));
    const int64_t batches = (total + c->batch - 1) / c->batch, mine = (batches - c->rank + c->ranks - 1) / c->ranks;
    return mine * c->batch - ((batches - 1) % c->ranks == c->rank ? batches * c->batch - total : 0);
}

/* Of one view, before it is whole: what was drawn for it. */
static size_t drawn_bytes(const siam_loader_cfg *c)
{
    return c->gives == SIAM_LOADER_VIEWS ? 0 : (size_t)siam_augment_words(NULL) * sizeof(int32_t);
}

/* Of the images of one batch; false: more than can be counted. */
static bool slot_bytes(const siam_loader_cfg *c, size_t *bytes)
{
    static const size_t sample[] = {[SIAM_LOADER_VIEWS] = sizeof(float), [SIAM_LOADER_CROPS] = 1, [SIAM_LOADER_DRAWN] = 0};
    if (__builtin_mul_overflow(siam_image_floats(siam_loader_shape(c)), views_of(c) * (size_t)share_of(c) * sample[c->gives], bytes) ||
        *bytes > SIZE_MAX - ALIGN)
        return false;
    *bytes = (*bytes + ALIGN - 1) / ALIGN * ALIGN;
    return true;
}

size_t siam_loader_bytes(const siam_loader_cfg *c, int64_t images)
{
    size_t slot_size, bytes;
    const size_t one = sizeof(int32_t) + sizeof(int64_t); /* label and index of an image */
    const size_t rest = sizeof(siam_loader) + (size_t)c->workers * sizeof(worker) +
                        (c->views > 0 ? (size_t)images * sizeof(int64_t) : 0);
    if (!slot_bytes(c, &slot_size) ||
        __builtin_add_overflow(slot_size, sizeof(slot) + (size_t)share_of(c) * (one + views_of(c) * drawn_bytes(c)), &bytes) ||
        __builtin_mul_overflow(bytes, (size_t)c->slots, &bytes) || __builtin_add_overflow(bytes, rest, &bytes))
        return SIZE_MAX;
    return bytes;
}

static bool alloc_views(slot *s, const siam_loader_cfg *c, size_t bytes)
{
    if (c->gives == SIAM_LOADER_VIEWS)
        return (s->images = aligned_alloc(ALIGN, bytes)) != NULL;
    if (c->gives == SIAM_LOADER_CROPS && !(s->crops = aligned_alloc(ALIGN, bytes)))
        return false;
    return (s->drawn = malloc(views_of(c) * (size_t)share_of(c) * drawn_bytes(c))) != NULL;
}

/* The ring and the order; every byte is counted before the first is taken. */
static siam_code alloc_ring(siam_loader *l, siam_err *e)
{
    const siam_loader_cfg *c = &l->c;
    const size_t n = (size_t)share_of(c), bytes = siam_loader_bytes(c, l->total);
    size_t per_slot;

    l->view_floats = siam_image_floats(siam_loader_shape(c));
    l->words = siam_augment_words(NULL);
    if (bytes > siam_memory_available() || !slot_bytes(c, &per_slot)) {
        siam_fail(
            e, SIAM_E_NOMEM,
            "the loader's ring of %d batches (%zu views of %d images, %dx%d px) does not fit into memory",
            c->slots, views_of(c), c->batch, (int)c->aug.size, (int)c->aug.size);
        siam_hint(e, "a smaller --size, or a smaller --batch of train, linear and bench");
        return SIAM_E_NOMEM;
    }
    l->slots = calloc((size_t)c->slots, sizeof *l->slots);
    l->workers = calloc((size_t)c->workers, sizeof *l->workers);
    l->perm = c->views > 0 ? malloc((size_t)l->total * sizeof *l->perm) : NULL;
    bool ok = l->slots && l->workers && (l->perm || c->views == 0);
    for (int i = 0; ok && i < c->slots; i++) {
        slot *s = &l->slots[i];
        s->label = malloc(n * sizeof *s->label);
        s->index = malloc(n * sizeof *s->index);
        ok = s->label && s->index && alloc_views(s, c, per_slot);
    }
    if (!ok)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the loader's ring of %d batches (%zu MB)",
                         c->slots, bytes >> 20);
    for (int i = 0; i < c->workers; i++)
        l->workers[i].l = l;
    return SIAM_OK;
}

siam_code siam_loader_create(siam_loader **out, const siam_dataset *d, const siam_loader_cfg *c, siam_err *e)
{
    *out = NULL;
    const int64_t total = c->views == 0 && c->subset ? c->nsubset : d->info.count;
    SIAM_TRY(check_cfg(d, c, total, e));
    siam_loader *l = calloc(1, sizeof *l);
    if (!l)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the loader");
    l->d = d;
    l->c = *c;
    l->total = total;
    l->c.ranks = c->ranks > 1 ? c->ranks : 1;
    l->c.parts = c->ranks > 1 && c->parts > 1 ? c->parts : 1;
    SIAM_ASSERT(c->rank >= 0 && c->rank < l->c.ranks);
    SIAM_ASSERT(c->gives == SIAM_LOADER_VIEWS || (c->views > 0 && !(c->gives == SIAM_LOADER_DRAWN && (paired(l) || c->held_w < 1))));
    l->mine = mine_of(c, total);
    l->batches = c->drop_last ? l->mine / share_of(c) : (l->mine + share_of(c) - 1) / share_of(c);
    if (c->drop_last)
        l->mine = l->batches * share_of(c);
    l->failed_at = INT64_MAX;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->work, NULL);
    pthread_cond_init(&l->ready, NULL);
    const siam_code rc = alloc_ring(l, e);
    l->c.batch = share_of(c);
    if (rc)
        siam_loader_destroy(&l);
    *out = l;
    return rc;
}

void siam_loader_destroy(siam_loader **p)
{
    siam_loader *l = *p;

    *p = NULL;
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->quit = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    for (int i = 0; i < l->started; i++)
        pthread_join(l->workers[i].thread, NULL);
    for (int i = 0; l->workers && i < l->c.workers; i++) {
        siam_aug_ctx_release(&l->workers[i].ctx);
        siam_image_release(&l->workers[i].src);
        siam_image_release(&l->workers[i].mate);
        siam_image_release(&l->workers[i].work);
        siam_skiplist_release(&l->workers[i].bad);
    }
    for (int i = 0; l->slots && i < l->c.slots; i++) {
        free(l->slots[i].images);
        free(l->slots[i].crops);
        free(l->slots[i].drawn);
        free(l->slots[i].label);
        free(l->slots[i].index);
        siam_skiplist_release(&l->slots[i].bad);
    }
    siam_skiplist_release(&l->skipped);
    pthread_cond_destroy(&l->ready);
    pthread_cond_destroy(&l->work);
    pthread_mutex_destroy(&l->mutex);
    free(l->workers);
    free(l->slots);
    free(l->perm);
    free(l);
}

/* ---- the consumer's side ----------------------------------------------------------------------------- */

int64_t siam_loader_batches(const siam_loader *l) { return l->batches; }

int siam_loader_batch(const siam_loader *l) { return l->c.batch; }

double siam_loader_waited(const siam_loader *l) { return l->waited; }

const siam_skiplist *siam_loader_skipped(const siam_loader *l) { return &l->skipped; }

siam_code siam_loader_epoch(siam_loader *l, int epoch, int64_t skip_batches, siam_err *e)
{
    if (epoch < 0 || skip_batches < 0 || skip_batches > l->batches)
        return siam_fail(e, SIAM_E_CONFIG,
                         "epoch %d cannot start after %" PRId64 " batches: an epoch has %" PRId64 " of them",
                         epoch, skip_batches, l->batches);
    pthread_mutex_lock(&l->mutex);
    l->active = false;
    while (l->busy > 0) /* an epoch that was under way ends with the images in the making */
        pthread_cond_wait(&l->ready, &l->mutex);
    if (l->perm)
        siam_epoch_order(l->perm, l->total, l->c.seed, epoch);
    l->epoch = epoch;
    l->next = skip_batches * l->c.batch;
    l->end = l->mine;
    if (l->next > l->end)
        l->next = l->end; /* skipping a short last batch */
    l->given = l->returned = skip_batches;
    l->failed_at = INT64_MAX;
    siam_err_clear(&l->err);
    for (int i = 0; i < l->c.slots; i++)
        l->slots[i].left = -1; /* nothing in it yet */
    l->active = true;
    pthread_cond_broadcast(&l->work);
    pthread_mutex_unlock(&l->mutex);
    return start_workers(l, e);
}

/* Wait until batch b is complete (true), or the failure that keeps it from that is known (false). */
static bool wait_for(siam_loader *l, int64_t b)
{
    const slot *s = &l->slots[b % l->c.slots];
    const double since = siam_clock();
    bool done;

    while (!(done = s->left == 0) && !(l->busy == 0 && l->failed_at != INT64_MAX))
        pthread_cond_wait(&l->ready, &l->mutex);
    l->waited += siam_clock() - since;
    return done;
}

siam_code siam_loader_too_many(const siam_dataset *d, double max_bad, int64_t bad, const siam_skipped *one, siam_err *e)
{
    const int64_t all = d->info.count; /* in time every rank may meet all of them */
    if ((double)bad <= max_bad * (double)all)
        return SIAM_OK;
    siam_fail(e, SIAM_E_DATA,
              "%" PRId64 " of %" PRId64
              " images cannot be read, more than the %g%% that may be bad; one of them: %s",
              bad, all, 100 * max_bad, one->why);
    const double enough = ceil(100.0 * (double)bad / (double)all + 1) / 100;
    if (siam_dataset_lacks_file(d, one->index))
        siam_hint(e, "the missing files in their places, a list without them, or a larger --max_bad, at least %.2g", enough);
    siam_hint(e, "repair the data set, or a larger --max_bad, at least %.2g", enough);
    return SIAM_E_DATA;
}

/* Count the bad images of a complete batch. */
static siam_code count_bad(siam_loader *l, const slot *s, siam_err *e)
{
    if (s->bad.n == 0)
        return SIAM_OK;
    if (!siam_skiplist_add_all(&l->skipped, &s->bad))
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the list of bad images");
    return siam_loader_too_many(l->d, l->c.max_bad, l->skipped.n, s->bad.row, e);
}

siam_code siam_loader_get(siam_loader *l, const siam_batch **b, siam_err *e)
{
    siam_code rc = SIAM_OK;

    *b = NULL;
    pthread_mutex_lock(&l->mutex);
    if (!l->active) {
        rc = siam_fail(e, SIAM_E_BUG, "a batch was asked of the loader before its first epoch");
        goto out;
    }
    if (l->returned < l->given) { /* the batch lent before goes back, and its slot to the workers */
        l->slots[l->returned % l->c.slots].left = -1;
        l->returned = l->given;
        pthread_cond_broadcast(&l->work);
    }
    if (l->given == l->batches)
        goto out;
    if (wait_for(l, l->given)) {
        const slot *s = &l->slots[l->given % l->c.slots];
        rc = count_bad(l, s, e);
        if (rc)
            goto out;
        l->out = (siam_batch){.images = s->images, .crops = s->crops, .drawn = s->drawn, .label = s->label, .index = s->index, .n = s->n,
                              .place = place_of(l, l->given * l->c.batch), .shape = siam_loader_shape(&l->c), .of = l->d};
        l->given++;
        *b = &l->out;
    } else {
        rc = l->err.code ? l->err.code : SIAM_E_BUG;
        if (e && !e->code)
            *e = l->err;
    }
out:
    pthread_mutex_unlock(&l->mutex);
    return rc;
}
