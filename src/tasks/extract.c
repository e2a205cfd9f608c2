/* simsiam extract. */
#include "tasks/extract.h"

#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"
#include "data/paths.h"
#include "model/norm.h"
#include "report/meter.h"
#include "tasks/extract_file.h"

static const struct {
    const char *name;
    unsigned part; /* enum siam_part, 0 = always there */
} layers[] = {{"pool", 0}, {"layer4", SIAM_PART_MAP}, {"z", SIAM_PART_Z}, {"p", SIAM_PART_P}, {"logits", SIAM_PART_LOGITS}};

typedef struct work {
    const siam_extract_request *r;
    siam_dataset *split[2]; /* training, held out; NULL = not wanted */
    siam_encoder *encoder;
    siam_backend *backend;
    siam_tuner *tuner;
    siam_extractor *extractor;
    siam_extract_file *file;
    siam_meter meter;
    const siam_dataset *now; /* being read */
    const char *name;
    int64_t done;
} work;

static siam_val value_of(const siam_encoder *enc, int layer)
{
    const siam_val at[] = {enc->vals.features, enc->vals.map, enc->vals.z, enc->vals.p, enc->vals.logits};
    return at[layer];
}

/* Held-out images may be all there is. */
static siam_code open_held_out(work *w, int size, siam_err *e)
{
    siam_dataset *train;
    siam_err held_out = {0}, whole = {0};
    siam_code rc = siam_dataset_open(&w->split[1], w->r->data, SIAM_SPLIT_TEST, size, &held_out);
    if (!rc)
        return SIAM_OK;
    if (rc == SIAM_E_DATA && !siam_dataset_open(&train, w->r->data, SIAM_SPLIT_TRAIN, size, &whole)) {
        const bool alone = train->info.train_only;
        siam_dataset_close(&train);
        if (alone) {
            siam_fail(e, SIAM_E_CONFIG, "'%s' has no held-out images", w->r->data);
            siam_hint(e, "--split train");
            return SIAM_E_CONFIG;
        }
    }
    if (e)
        *e = held_out;
    return rc;
}

/* The splits asked for. Drawn images have the model's size. */
static siam_code open_data(work *w, int size, siam_err *e)
{
    const siam_extract_request *r = w->r;
    if (siam_paths_is_image(r->data)) {
        SIAM_TRY(siam_paths_open(&w->split[0], &r->data, 1, NULL, 0, e));
    } else if (r->split == SIAM_EXTRACT_TEST) {
        SIAM_TRY(open_held_out(w, size, e));
    } else {
        SIAM_TRY(siam_dataset_open(&w->split[0], r->data, SIAM_SPLIT_TRAIN, size, e));
        if (r->split == SIAM_EXTRACT_ALL && !w->split[0]->info.train_only)
            SIAM_TRY(siam_dataset_open(&w->split[1], r->data, SIAM_SPLIT_TEST, size, e));
    }
    for (int i = 0; i < 2; i++)
        if (w->split[i])
            w->split[i]->upright = r->upright;
    return SIAM_OK;
}

static siam_code open_work(work *w, siam_err *e)
{
    const siam_extract_request *r = w->r;
    siam_model_ask ask = r->ask;
    siam_norm usual;
    ask.parts = layers[r->layer].part;
    SIAM_TRY(siam_encoder_open(&w->encoder, &ask, e));
    const siam_encoder *enc = w->encoder;
    if (enc->cfg.in_channels != 3)
        return siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have 3", ask.model,
                         enc->cfg.in_channels);
    SIAM_TRY(open_data(w, enc->cfg.size, e));
    const siam_dataset *d = w->split[0] ? w->split[0] : w->split[1];
    siam_norm_usual(&usual, d);
    siam_encoder_assume_norm(w->encoder, &usual);
    int64_t most = 0;
    for (int i = 0; i < 2; i++)
        if (w->split[i] && w->split[i]->info.count > most)
            most = w->split[i]->info.count;
    SIAM_TRY(siam_backend_open(&w->backend, r->device, r->threads, e));
    siam_extract_cfg cfg = {.size = enc->cfg.size, .batch = siam_extractor_batch_for(enc->cfg.size, most),
                            .workers = w->backend->threads, .max_bad = r->max_bad, .keep_bad = true};
    SIAM_TRY(siam_precision_maps(&cfg.maps, w->backend, r->precision, r->force, e));
    cfg.norm = enc->norm;
    SIAM_TRY(siam_tuning_open(&w->tuner, w->backend, "auto", NULL, e));
    SIAM_TRY(siam_extractor_create(&w->extractor, w->backend, w->tuner, enc->graph, value_of(enc, r->layer), &cfg, e));
    siam_tuning_remember(w->tuner, w->backend, "auto");
    const siam_desc shape = siam_extractor_shape(w->extractor);
    siam_stop_asked(r->stop); /* from now on a signal leaves no half file */
    return siam_extract_file_create(&w->file, r->out, r->replace, &shape, e);
}

static void close_work(work *w)
{
    siam_extract_file_destroy(&w->file);
    siam_extractor_destroy(&w->extractor);
    siam_tuner_destroy(&w->tuner);
    siam_backend_close(&w->backend);
    siam_encoder_close(&w->encoder);
    siam_dataset_close(&w->split[0]);
    siam_dataset_close(&w->split[1]);
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
    w->now = w->split[i];
    w->name = name[i];
    siam_code rc = siam_extractor_stream(w->extractor, w->encoder->params, w->now, NULL, 0, w->r->stop, take, w, &bad, e);
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
        total += w->split[i] ? w->split[i]->info.count : 0;
    siam_meter_start(&w->meter, w->r->progress, "extracting", total);
    siam_code rc = SIAM_OK;
    for (int i = 0; i < 2 && !rc; i++)
        if (w->split[i])
            rc = run_split(w, i, e);
    siam_meter_clear(&w->meter);
    SIAM_TRY(rc);
    const siam_desc d = siam_extractor_shape(w->extractor);
    SIAM_TRY(siam_extract_file_commit(w->file, &rows, beside, sizeof beside, e));
    if (d.ndim == 4)
        snprintf(shape, sizeof shape, "%lldx%lldx%lld", (long long)d.dim[1], (long long)d.dim[2], (long long)d.dim[3]);
    else
        snprintf(shape, sizeof shape, "%lld", (long long)d.dim[1]);
    siam_tuning_tell(w->tuner, out);
    if (w->encoder->told[0])
        fprintf(out, "%s\n", w->encoder->told);
    for (int i = 0; i < 2; i++)
        if (w->split[i])
            siam_dataset_print_remarks(w->split[i], i ? w->split[0] : NULL, "", out);
    fprintf(out, "%s: %s of %s images, %s numbers each (%s)%s%s\n", w->r->out, siam_format_count(count, sizeof count, rows),
            w->r->data, shape, layers[w->r->layer].name, *beside ? "; beside it " : "", beside);
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
