/* The loader alone: two augmented views of each image of a data set, as a training step waits for. */
#include "base/check.h"
#include "base/system.h"
#include "data/form.h"
#include "data/loader.h"
#include "tasks/bench/bench_private.h"
#include "train/config.h"

/* The next batch, starting another epoch at the end of one. */
static siam_code next_batch(siam_loader *l, int *epoch, siam_err *e)
{
    const siam_batch *batch = NULL;
    SIAM_TRY(siam_loader_get(l, &batch, e));
    if (batch)
        return SIAM_OK;
    SIAM_TRY(siam_loader_epoch(l, ++*epoch, 0, e));
    SIAM_TRY(siam_loader_get(l, &batch, e));
    return batch ? SIAM_OK : siam_fail(e, SIAM_E_CONFIG, "the batch is larger than the data set");
}

/* As `train` reads them: what are no photographs with their own channels and depth. */
static siam_code read_as_trained(siam_dataset *d, const bench *b, siam_loader_cfg *cfg, siam_err *e)
{
    siam_image_form f;
    SIAM_TRY(siam_dataset_form(&f, d, e));
    if (!f.channels || (f.depth == 1 && (f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS)))
        return SIAM_OK;
    if (f.channels > SIAM_IMAGE_MOST)
        return siam_fail(e, SIAM_E_CONFIG, "the images of '%s' have %d channels; up to %d are read", b->r->data, f.channels, SIAM_IMAGE_MOST);
    siam_dataset_read_as(d, false, &(siam_image_want){.channels = f.channels, .depth = f.depth});
    cfg->channels = f.channels;
    for (int c = SIAM_IMAGE_CHANNELS; c < f.channels; c++) { /* any will do */
        cfg->norm.mean[c] = cfg->norm.mean[0];
        cfg->norm.std[c] = cfg->norm.std[0];
    }
    return SIAM_OK;
}

static siam_code loader_open(siam_loader **out, siam_dataset *d, const bench *b, int size, siam_err *e)
{
    siam_config c = {0};
    siam_optset set;
    siam_optset_init(&set, siam_config_options, &c);
    c.data_size = size;
    if (size <= SIAM_BENCH_SMALL)
        c.aug.blur_p = 0; /* as the recipes for small images */
    siam_loader_cfg cfg = {
        .batch = siam_bench_batch(b, "load", size),
        .views = 2,
        .workers = b->r->workers ? b->r->workers : b->backend->threads,
        .slots = 4,
        .drop_last = true,
        .aug = siam_config_aug(&c),
        .fast = b->r->decode == SIAM_DECODE_FAST,
    };
    siam_config_norm(&c, &cfg.norm);
    SIAM_TRY(read_as_trained(d, b, &cfg, e));
    return siam_loader_create(out, d, &cfg, e);
}

siam_code siam_bench_load(bench *b, int size, siam_err *e)
{
    siam_dataset *d = NULL;
    siam_loader *l = NULL;
    int epoch = 0;
    siam_bench_result r = {.what = "load", .size = size, .batch = siam_bench_batch(b, "load", size)};
    siam_code rc;
    SIAM_TRY_OUT(rc, siam_dataset_open(&d, b->r->data, SIAM_SPLIT_TRAIN, size, e));
    SIAM_TRY_OUT(rc, loader_open(&l, d, b, size, e));
    SIAM_TRY_OUT(rc, siam_loader_epoch(l, 0, 0, e));
    for (int i = 0; i < 8; i++) /* twice the ring, so that what is timed is work and not what was ready */
        SIAM_TRY_OUT(rc, next_batch(l, &epoch, e));
    for (int i = 0; i < b->r->repeat; i++) {
        const double begin = siam_clock();
        int n = 0;
        do {
            SIAM_TRY_OUT(rc, next_batch(l, &epoch, e));
            n++;
        } while (siam_clock() - begin < SIAM_BENCH_SECONDS || n < 8);
        const double ms = 1e3 * (siam_clock() - begin) / n;
        r.ms = i == 0 || ms < r.ms ? ms : r.ms;
    }
    r.peak_bytes = siam_memory_peak();
    siam_bench_report(b, &r);
out:
    siam_loader_destroy(&l);
    siam_dataset_close(&d);
    return rc;
}
