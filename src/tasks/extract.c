/* simsiam extract. */
#include "tasks/extract.h"

#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"
#include "data/paths.h"
#include "infer/scan.h"
#include "report/meter.h"
#include "tasks/extract_file.h"

static const char *const layers[] = {"pool", "layer4", "z", "p", "logits"};

typedef struct work {
    const siam_extract_request *r;
    siam_scan scan;
    siam_extract_file *file;
    siam_meter meter;
    const siam_dataset *now; /* being read */
    const char *name;
    int64_t done;
} work;

/* Held-out images were asked for, and there are none: the training images may be all there is. */
static siam_code none_held_out(const siam_extract_request *r, siam_code rc, siam_err *e)
{
    siam_dataset *train;
    if (rc != SIAM_E_DATA || r->split != SIAM_EXTRACT_TEST || siam_dataset_open(&train, r->data, SIAM_SPLIT_TRAIN, 0, NULL))
        return rc;
    const bool alone = train->info.train_only;
    siam_dataset_close(&train);
    if (!alone)
        return rc;
    siam_err_clear(e);
    siam_fail(e, SIAM_E_CONFIG, "'%s' has no held-out images", r->data);
    siam_hint(e, "--split train");
    return SIAM_E_CONFIG;
}

static siam_code open_work(work *w, siam_err *e)
{
    static const siam_scan_images images[] = {SIAM_SCAN_BOTH, SIAM_SCAN_TRAIN, SIAM_SCAN_HELD_OUT};
    const siam_extract_request *r = w->r;
    siam_scan_ask ask = {.model = r->ask, .layer = (siam_scan_layer)r->layer, .data = r->data, .images = images[r->split],
                         .upright = r->upright, .max_bad = r->max_bad, .keep_bad = true, .device = r->device,
                         .threads = r->threads, .precision = r->precision, .force = r->force, .plan = "auto"};
    if (siam_paths_is_image(r->data)) {
        ask.data = NULL;
        ask.path = &r->data;
        ask.npaths = 1;
    }
    const siam_code rc = siam_scan_open(&w->scan, &ask, e);
    if (rc)
        return w->scan.encoder ? none_held_out(r, rc, e) : rc;
    SIAM_TRY(siam_scan_prepare(&w->scan, e));
    const siam_desc shape = siam_extractor_shape(w->scan.extractor);
    siam_stop_asked(r->stop); /* from now on a signal leaves no half file */
    return siam_extract_file_create(&w->file, r->out, r->replace, &shape, e);
}

static void close_work(work *w)
{
    siam_extract_file_destroy(&w->file);
    siam_scan_close(&w->scan);
}

static siam_code take(void *user, const siam_rows *rows, siam_err *e)
{
    work *w = user;
    w->done += rows->n;
    siam_meter_at(&w->meter, w->done);
    return siam_extract_file_add(w->file, w->now, w->name, rows, e);
}

static siam_code run_split(work *w, int i, siam_err *e)
{
    static const char *const name[2] = {"train", "test"};
    siam_skiplist bad = {0};
    w->now = w->scan.split[i];
    w->name = name[i];
    siam_code rc = siam_scan_stream(&w->scan, w->now, w->r->stop, take, w, &bad, e);
    if (!rc)
        rc = siam_extract_file_skipped(w->file, w->now, w->name, &bad, e);
    siam_skiplist_release(&bad);
    return rc;
}

static siam_code run(work *w, FILE *out, siam_err *e)
{
    int64_t total = 0, rows;
    char beside[9000], count[32], shape[64];
    for (int i = 0; i < 2; i++)
        total += w->scan.split[i] ? w->scan.split[i]->info.count : 0;
    siam_meter_start(&w->meter, w->r->progress, "extracting", total);
    siam_code rc = SIAM_OK;
    for (int i = 0; i < 2 && !rc; i++)
        if (w->scan.split[i])
            rc = run_split(w, i, e);
    siam_meter_clear(&w->meter);
    SIAM_TRY(rc);
    const siam_desc d = siam_extractor_shape(w->scan.extractor);
    SIAM_TRY(siam_extract_file_commit(w->file, &rows, beside, sizeof beside, e));
    if (d.ndim == 4)
        snprintf(shape, sizeof shape, "%lldx%lldx%lld", (long long)d.dim[1], (long long)d.dim[2], (long long)d.dim[3]);
    else
        snprintf(shape, sizeof shape, "%lld", (long long)d.dim[1]);
    siam_tuning_tell(w->scan.tuner, out);
    if (w->scan.encoder->told[0])
        fprintf(out, "%s\n", w->scan.encoder->told);
    for (int i = 0; i < 2; i++)
        if (w->scan.split[i])
            siam_dataset_print_remarks(w->scan.split[i], i ? w->scan.split[0] : NULL, "", out);
    fprintf(out, "%s: %s of %s images, %s numbers each (%s)%s%s\n", w->r->out, siam_format_count(count, sizeof count, rows),
            w->r->data, shape, layers[w->r->layer], *beside ? "; beside it " : "", beside);
    return SIAM_OK;
}

siam_code siam_extract(const siam_extract_request *r, FILE *out, siam_err *e)
{
    work w = {.r = r};
    siam_code rc = open_work(&w, e);
    if (!rc)
        rc = run(&w, out, e);
    close_work(&w);
    return rc;
}
