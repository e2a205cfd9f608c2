/* The embedded data set: images the program draws itself, each a pure function of (seed, split, index), so
 * that trying simsiam needs no download. Spec: "synth" or "synth:train=2000,test=500,seed=7". Small sets are
 * drawn once at open, by all processors; large ones whenever an image is read. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/option.h"
#include "base/threads.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/synth.h"

enum { MIN_SIZE = 8, DEFAULT_SIZE = 32, MAX_SIZE = 256, MAX_IMAGES = 10000000, MAX_THREADS = 16 };
static const size_t cache_limit = (size_t)128 << 20; /* bytes; the default set at 32 px takes 37 MB */

typedef struct synth {
    siam_dataset head;
    siam_split split;
    uint64_t seed;
    uint8_t *cache; /* [count, size, size, 3], or NULL: draw on every read */
} synth;

extern const siam_dataset_type siam_dataset_type_synth; /* the last lines of this file */

/* ---- "synth:train=2000,test=500,seed=7" ---------------------------------------------------------------- */

typedef struct spec {
    int64_t count[2]; /* by split */
    int64_t seed;
} spec;

static siam_code parse_item(spec *s, const char *item, const char *whole, siam_err *e)
{
    static const char *const keys[] = {"train", "test", "seed"};
    int64_t *const to[] = {&s->count[SIAM_SPLIT_TRAIN], &s->count[SIAM_SPLIT_TEST], &s->seed};
    const char *eq = strchr(item, '=');
    const size_t len = eq ? (size_t)(eq - item) : strlen(item);

    for (int i = 0; i < 3; i++) {
        const int64_t lo = i < 2, hi = i < 2 ? MAX_IMAGES : INT64_MAX;
        if (len != strlen(keys[i]) || strncmp(item, keys[i], len) != 0)
            continue;
        if (!eq || !siam_parse_i64(eq + 1, to[i]) || *to[i] < lo || *to[i] > hi)
            return siam_fail(e, SIAM_E_USAGE, "'%s': %s takes a whole number %s", whole, keys[i],
                             i < 2 ? "from 1 to 10,000,000" : "from 0 up");
        return SIAM_OK;
    }
    siam_fail(e, SIAM_E_USAGE, "'%s': there is no '%.*s'; the embedded data set takes train, test and seed",
              whole, (int)len, item);
    siam_hint(e, "--data synth:train=10000,test=2000,seed=0");
    return SIAM_E_USAGE;
}

static siam_code parse_spec(spec *s, const char *text, siam_err *e)
{
    char buf[256];

    *s = (spec){.count = {10000, 2000}, .seed = 0};
    if (strcmp(text, "synth") == 0)
        return SIAM_OK;
    const char *items = text + strlen("synth:");
    if ((size_t)snprintf(buf, sizeof buf, "%s", items) >= sizeof buf)
        return siam_fail(e, SIAM_E_USAGE, "'%s' is too long for the embedded data set", text);
    for (char *at = buf; at;) {
        char *item = strsep(&at, ",");
        SIAM_TRY(parse_item(s, item, text, e));
    }
    return SIAM_OK;
}

/* ---- drawing ------------------------------------------------------------------------------------------- */

/* Every ten images in a row have all ten labels, in an order of their own: (a * i + b) mod 10 with a coprime
 * to 10. Any prefix is balanced, and no stride picks out a class. */
static int label_synth(const siam_dataset *d, int64_t index)
{
    static const uint8_t coprime[4] = {1, 3, 7, 9};
    const synth *s = (const synth *)d;
    siam_rng r =
        siam_rng_key(s->seed, (uint64_t)s->split, (uint64_t)(index / SIAM_SYNTH_CLASSES), 1, SIAM_RNG_SYNTH);
    const uint32_t a = coprime[siam_rng_below(&r, 4)], b = siam_rng_below(&r, SIAM_SYNTH_CLASSES);

    return (int)((a * (uint32_t)(index % SIAM_SYNTH_CLASSES) + b) % SIAM_SYNTH_CLASSES);
}

static void draw(const synth *s, int64_t index, uint8_t *rgb)
{
    siam_synth_draw(rgb, s->head.info.width, label_synth(&s->head, index),
                    siam_rng_key(s->seed, (uint64_t)s->split, (uint64_t)index, 0, SIAM_RNG_SYNTH));
}

static size_t image_bytes(const synth *s)
{
    return (size_t)3 * (size_t)s->head.info.width * (size_t)s->head.info.height;
}

typedef struct painter { /* one thread: every `step`-th image from `first` */
    const synth *s;
    int64_t first, step;
    pthread_t thread;
    bool running;
} painter;

static void *paint(void *arg)
{
    const painter *p = arg;
    for (int64_t i = p->first; i < p->s->head.info.count; i += p->step)
        draw(p->s, i, p->s->cache + (size_t)i * image_bytes(p->s));
    return NULL;
}

static void fill_cache(const synth *s)
{
    painter p[MAX_THREADS];
    cpu_set_t cpus;
    int n = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;

    n = n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : n;
    for (int i = 0; i < n; i++) {
        p[i] = (painter){.s = s, .first = i, .step = n};
        p[i].running = i > 0 && siam_thread_start(&p[i].thread, 0, paint, &p[i]) == 0;
    }
    for (int i = 0; i < n; i++) {
        if (p[i].running)
            pthread_join(p[i].thread, NULL);
        else
            paint(&p[i]); /* the first share is ours, and that of a thread that could not start */
    }
}

/* ---- the data set -------------------------------------------------------------------------------------- */

/* A name, not a path: a folder of that name is ./synth. */
static int probe_synth(const char *text)
{
    return strcmp(text, "synth") == 0 || strncmp(text, "synth:", 6) == 0 ? 100 : 0;
}

static void close_synth(siam_dataset **d)
{
    synth *s = (synth *)*d;
    free(s->cache);
    free(s);
    *d = NULL;
}

static siam_code open_synth(siam_dataset **out, const char *text, siam_split split, int size, siam_err *e)
{
    spec want;

    *out = NULL;
    SIAM_TRY(parse_spec(&want, text, e));
    if (size == 0)
        size = DEFAULT_SIZE;
    if (size < MIN_SIZE || size > MAX_SIZE)
        return siam_fail(e, SIAM_E_CONFIG, "the embedded data set is drawn at %d to %d px, not at %d",
                         MIN_SIZE, MAX_SIZE, size);
    synth *s = calloc(1, sizeof *s);
    if (!s)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the embedded data set");
    s->head = (siam_dataset){
        .type = &siam_dataset_type_synth,
        .info = {.count = want.count[split], .classes = SIAM_SYNTH_CLASSES, .width = size, .height = size}};
    s->split = split;
    s->seed = (uint64_t)want.seed;
    s->head.info.variant = s->seed;
    siam_dataset_describe(&s->head.info, "synth", split);
    if ((size_t)s->head.info.count <= cache_limit / image_bytes(s))
        s->cache = malloc((size_t)s->head.info.count * image_bytes(s));
    if (s->cache)
        fill_cache(s);
    *out = &s->head;
    return SIAM_OK;
}

static siam_code read_synth(const siam_dataset *d, int64_t index, const siam_image_use *use, siam_image *im, siam_err *e)
{
    (void)use;
    const synth *s = (const synth *)d;

    SIAM_TRY(siam_image_resize_buffer(im, d->info.width, d->info.height, e));
    if (s->cache)
        memcpy(im->px, s->cache + (size_t)index * image_bytes(s), image_bytes(s));
    else
        draw(s, index, im->px);
    return SIAM_OK;
}

static const char *class_name_synth(const siam_dataset *d, int cls)
{
    (void)d;
    return cls >= 0 && cls < SIAM_SYNTH_CLASSES ? siam_synth_names[cls] : NULL;
}

const siam_dataset_type siam_dataset_type_synth = {
    .name = "synth",
    .help = "'synth', the embedded data set",
    .probe = probe_synth,
    .open = open_synth,
    .read = read_synth,
    .label = label_synth,
    .class_name = class_name_synth,
    .close = close_synth,
};
