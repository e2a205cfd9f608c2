/* simsiam extract: what the encoder makes of every image of a data set, as a file for other programs.
 *
 * F.npy          float32 [n, ...]: C numbers per image of pool, z, p and logits, [C, h, w] of layer4
 * F.safetensors  "features" as above, and "label" int64 [n] where there are labels
 * F.csv          a row per image: split, index, file, label, class, then the numbers
 * The first two come with F.index.csv (split, index, file, label, class of each row). Images that cannot be
 * read have no row; F.skipped.csv says which and why. Rows are written as they come, so memory does not grow
 * with the data set. Told as a row: {"out", "images", "shape": [...], "layer"}. */
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/stop.h"
#include "data/paths.h"
#include "infer/feature_file.h"
#include "infer/scan.h"
#include "report/meter.h"
#include "tasks/task.h"

enum { EXTRACT_ALL, EXTRACT_TRAIN, EXTRACT_TEST };
#define LAYERS "pool|layer4|z|p|logits"

typedef struct extract_request {
    siam_scan_spec scan;
    int32_t layer; /* index in LAYERS, a siam_scan_layer; layer4: the last stage, whatever its name */
    int32_t split;
    char out[SIAM_PATH_MAX];
    bool replace; /* else files that are there already are SIAM_E_EXISTS */
} extract_request;

typedef struct work {
    const siam_task_call *call;
    const extract_request *r;
    siam_scan scan;
    siam_feature_file *file;
    siam_meter meter;
    const siam_dataset *now; /* being read */
    const char *name;
    int64_t done;
} work;

/* Held-out images were asked for, and there are none: the training images may be all there is. */
static siam_code none_held_out(const extract_request *r, siam_code rc, siam_err *e)
{
    siam_dataset *train;
    if (rc != SIAM_E_DATA || r->split != EXTRACT_TEST ||
        siam_dataset_open(&train, r->scan.data, SIAM_SPLIT_TRAIN, 0, NULL))
        return rc;
    const bool alone = train->info.train_only;
    siam_dataset_close(&train);
    if (!alone)
        return rc;
    siam_err_clear(e);
    siam_fail(e, SIAM_E_CONFIG, "'%s' has no held-out images", r->scan.data);
    siam_hint(e, "--split train");
    return SIAM_E_CONFIG;
}

static siam_code open_work(work *w, siam_err *e)
{
    static const siam_scan_images images[] = {SIAM_SCAN_BOTH, SIAM_SCAN_TRAIN, SIAM_SCAN_HELD_OUT};
    const extract_request *r = w->r;
    const char *image = r->scan.data;
    siam_scan_spec ask = r->scan;
    ask.layer = (siam_scan_layer)r->layer;
    ask.images = images[r->split];
    ask.keep_bad = true;
    ask.plan = "auto";
    ask.comm = w->call->ranks;
    if (siam_paths_is_image(image)) {
        ask.data[0] = '\0';
        ask.path = &image;
        ask.npaths = 1;
    }
    const siam_code rc = siam_scan_open(&w->scan, &ask, e);
    if (rc)
        return w->scan.encoder ? none_held_out(r, rc, e) : rc;
    SIAM_TRY(siam_scan_prepare(&w->scan, e));
    const siam_desc shape = siam_extractor_shape(w->scan.extractor);
    siam_stop_asked(w->call->stop); /* from now on a signal leaves no half file */
    const siam_code made = siam_task_writes(w->call) ? siam_feature_file_create(&w->file, r->out, r->replace, &shape, e) : SIAM_OK;
    return siam_scan_agree(&w->scan, made, e);
}

static void close_work(work *w)
{
    siam_feature_file_destroy(&w->file);
    siam_scan_close(&w->scan);
}

static siam_code take(void *user, const siam_rows *rows, siam_err *e)
{
    work *w = user;
    w->done += rows->n;
    siam_meter_at(&w->meter, w->done);
    return w->file ? siam_feature_file_add(w->file, w->now, w->name, rows, e) : SIAM_OK;
}

static siam_code run_split(work *w, int i, siam_err *e)
{
    static const char *const name[2] = {"train", "test"};
    siam_skiplist bad = {0};
    w->now = w->scan.split[i];
    w->name = name[i];
    siam_code rc = siam_scan_stream(&w->scan, w->now, w->call->stop, take, w, &bad, e);
    if (!rc && w->file)
        rc = siam_feature_file_skipped(w->file, w->now, w->name, &bad, e);
    siam_skiplist_release(&bad);
    return rc;
}

static siam_code run_splits(work *w, siam_err *e)
{
    int64_t total = 0;
    for (int i = 0; i < 2; i++)
        total += w->scan.split[i] ? w->scan.split[i]->info.count : 0;
    siam_meter_start(&w->meter, w->call->progress, "extracting", total);
    siam_code rc = SIAM_OK;
    for (int i = 0; i < 2 && !rc; i++)
        if (w->scan.split[i])
            rc = run_split(w, i, e);
    siam_meter_clear(&w->meter);
    return rc;
}

static siam_code tell_row(const work *w, const siam_desc *d, int64_t rows, siam_err *e)
{
    char layer[16];
    json_t *shape = json_array();
    for (int i = 1; i < d->ndim; i++)
        siam_json_add(&shape, json_integer(d->dim[i]));
    siam_option_choice(LAYERS, w->r->layer, layer, sizeof layer);
    return siam_task_tell_json(w->call,
                               json_pack("{s:o, s:I, s:o, s:s}", "out", siam_json_text(w->r->out), "images",
                                         (json_int_t)rows, "shape", shape, "layer", layer),
                               JSON_COMPACT, e);
}

static void print(const work *w, const siam_desc *d, int64_t rows, const char *beside)
{
    char count[32], shape[64], layer[16];
    FILE *out = w->call->out;
    siam_option_choice(LAYERS, w->r->layer, layer, sizeof layer);
    if (d->ndim == 4)
        snprintf(shape, sizeof shape, "%lldx%lldx%lld", (long long)d->dim[1], (long long)d->dim[2],
                 (long long)d->dim[3]);
    else
        snprintf(shape, sizeof shape, "%lld", (long long)d->dim[1]);
    siam_scan_tell(&w->scan, "", out);
    fprintf(out, "%s: %s of %s images, %s numbers each (%s)%s%s\n", w->r->out,
            siam_format_count(count, sizeof count, rows), w->r->scan.data, shape, layer,
            *beside ? "; beside it " : "", beside);
}

static siam_code extract(work *w, siam_err *e)
{
    int64_t rows;
    char beside[9000];
    SIAM_TRY(open_work(w, e));
    SIAM_TRY(run_splits(w, e));
    if (!w->file)
        return SIAM_OK;
    const siam_desc d = siam_extractor_shape(w->scan.extractor);
    SIAM_TRY(siam_feature_file_commit(w->file, &rows, beside, sizeof beside, e));
    print(w, &d, rows, beside);
    return w->call->row ? tell_row(w, &d, rows, e) : SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    extract_request *r = c->request;
    work w = {.call = c, .r = r};
    r->scan.model.model = c->args[0];
    if (!r->scan.data[0] || !r->out[0]) {
        siam_fail(e, SIAM_E_USAGE, "extract needs %s",
                  r->scan.data[0] ? "a file to write: -o features.npy" : "the images: --data PATH");
        char model[SIAM_PATH_MAX], data[SIAM_PATH_MAX], out[SIAM_PATH_MAX];
        siam_hint(e, "simsiam extract %s --data %s -o %s", siam_format_word(model, sizeof model, c->args[0]),
                  r->scan.data[0] ? siam_format_word(data, sizeof data, r->scan.data) : "PATH",
                  r->out[0] ? siam_format_word(out, sizeof out, r->out) : "features.npy");
        return siam_task_agree(c, SIAM_E_USAGE, e);
    }
    const siam_code rc = extract(&w, e);
    close_work(&w);
    return rc;
}

#define T extract_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, scan.data, "data", "", SIAM_OPT_JOINED, "images: a folder, a list, a data set, one image; several sets are joined"),
    SIAM_OPTION_STR(T, out, "out", "", 0, "file to write (-o): .npy, .safetensors or .csv"),
    SIAM_OPTION_ENUM(T, layer, "layer", SIAM_SCAN_FEATURES, LAYERS, 0,
                     "pooled features, the last feature map, projection, prediction, class scores"),
    SIAM_OPTION_ENUM(T, split, "split", EXTRACT_ALL, "all|train|test", 0, "which images"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file may be there already"),
    SIAM_MODEL_OPTIONS(T, scan.model),
    SIAM_MODEL_HOLDOUT_OPTIONS(T, scan),
    SIAM_EXIF_OPTION(T, scan),
    SIAM_MAX_BAD_OPTION(T, scan),
    SIAM_MACHINE_OPTIONS(T, scan),
    SIAM_PRECISION_OPTIONS(T, scan.precision, scan.force),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_extract = {
    .name = "extract",
    .summary = "write the features of images into a file",
    .usage = "simsiam extract MODEL --data PATH -o FILE [options]",
    .examples =
        (const char *const[]){"simsiam extract runs/a --data photos -o features.npy",
                              "simsiam extract runs/a --data photos --layer z --split test -o z.csv",
                              "simsiam extract resnet50.pth --data photos --layer layer4 -o maps.npy", NULL},
    .options = options,
    .request_size = sizeof(extract_request),
    .min_args = 1,
    .max_args = 1,
    .ranks = true,
    .stops_cleanly = true,
    .run = run,
};
