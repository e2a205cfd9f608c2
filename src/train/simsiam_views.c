/* Views that the device makes itself (views/): whether it does, of what, and whether they are the host's. */
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "nn/hlo/program.h"
#include "train/simsiam_private.h"

enum { SET_MOST = 1 << 30 /* bytes of images that stay on a device */, LOOKED_AT = 64 /* images whose views are compared */ };

/* Why the host makes them; NULL: the device can. */
static const char *obstacle(const simsiam_job *j)
{
    if (!j->loop->place.engine || !j->loop->place.engine->step_raw)
        return "the network runs on this machine's own processors";
    return j->want.depth == 1 ? NULL : "the images have 16 bits";
}

static siam_code refuse(const char *why, siam_err *e)
{
    siam_fail(e, SIAM_E_CONFIG, "run.augment is device, but %s", why);
    siam_hint(e, "--augment host");
    return SIAM_E_CONFIG;
}

static bool on_device(const simsiam_job *j)
{
    const int32_t where = j->cfg->run_augment;
    if (obstacle(j) || where == SIAM_AUGMENT_HOST)
        return false;
    /* Where the device computes in the host's memory with the host's processors, the host's own code is faster. */
    return where == SIAM_AUGMENT_DEVICE || (j->loop->place.kind && j->loop->place.kind->own_memory);
}

/* Of one of a set that stays on the device. */
static size_t image_bytes(const siam_views_form *f) { return (size_t)f->width * (size_t)f->height * (size_t)f->channels; }

/* Views of images that stay on the device; `images` 0: they do not, as they are of several sizes, or too many bytes. */
static siam_views_form form_of_set(const simsiam_job *j)
{
    const siam_dataset *d = j->loop->train;
    siam_views_form f = {.channels = j->want.channels, .width = d->info.width, .height = d->info.height};
    const size_t each = image_bytes(&f);
    if (each && !d->info.pairs && (size_t)d->info.count <= SET_MOST / each)
        f.images = d->info.count;
    return f;
}

/* Numbers of a view's crop. */
static size_t crop_words(const siam_aug_cfg *aug, const siam_views_form *f) { return 2 * (size_t)aug->size * (1 + (size_t)siam_views_taps(aug, f)); }

size_t siam_simsiam_views_bytes(const simsiam_job *j, int batch)
{
    const siam_aug_cfg aug = siam_config_aug(j->cfg);
    const siam_views_form f = form_of_set(j);
    if (!on_device(j) || !f.images)
        return 0;
    return (size_t)f.images * image_bytes(&f) + (size_t)(j->graph->views * batch) * (1 + crop_words(&aug, &f)) * sizeof(int32_t);
}

/* What a thread reads with. */
typedef struct reader {
    siam_image im;
    siam_code failed;
    siam_err err;
} reader;

static siam_code read_one(reader *r, const siam_dataset *d, int64_t i, uint8_t *px, size_t each)
{
    SIAM_TRY(siam_dataset_read(d, i, &r->im, &r->err));
    if (r->im.w != d->info.width || r->im.h != d->info.height || siam_image_bytes(&r->im) != each)
        return siam_fail(&r->err, SIAM_E_DATA, "an image has another size than the data set says");
    memcpy(px, r->im.px, each);
    return SIAM_OK;
}

/* The images of the form into `set`, [threads] readers each in its turn. */
static siam_code read_all(uint8_t *set, const siam_dataset *d, const siam_views_form *f, reader *r, int threads, siam_err *e)
{
    const size_t each = image_bytes(f);
    atomic_bool failed = false; /* any of them: the others need not go on */
#pragma omp parallel for schedule(dynamic, 64) num_threads(threads)
    for (int64_t i = 0; i < f->images; i++) {
        reader *own = &r[omp_get_thread_num()];
        if (!failed && (own->failed = read_one(own, d, i, set + (size_t)i * each, each)))
            failed = true;
    }
    siam_code rc = SIAM_OK;
    for (int k = 0; k < threads; k++) {
        if (r[k].failed && (!rc || rc == SIAM_E_DATA)) { /* data that cannot be read are the lesser evil */
            rc = r[k].failed;
            *e = r[k].err;
        }
        siam_image_release(&r[k].im);
    }
    return rc;
}

/* All images, where they stay on the device; where one cannot be read, *set stays NULL. */
static siam_code read_set(simsiam_job *j, siam_err *e)
{
    const siam_views_form f = form_of_set(j);
    const int threads = j->loop->backend->threads;
    siam_err why = {0};
    if (!f.images)
        return SIAM_OK;
    j->views.set = malloc((size_t)f.images * image_bytes(&f));
    reader *r = calloc((size_t)threads, sizeof *r);
    siam_code rc = j->views.set && r ? read_all(j->views.set, j->loop->train, &f, r, threads, &why)
                                     : siam_fail(&why, SIAM_E_NOMEM, "out of memory for the images of the data set");
    free(r);
    if (rc == SIAM_E_DATA) {
        free(j->views.set);
        j->views.set = NULL;
        rc = SIAM_OK;
    }
    if (rc && e)
        *e = why;
    return rc;
}

static siam_code take_room(simsiam_job *j, siam_err *e)
{
    simsiam_views *v = &j->views;
    const size_t n = (size_t)(j->graph->views * j->cfg->train_batch);
    v->levels = malloc((size_t)j->want.channels * 256 * sizeof *v->levels);
    v->index = v->set ? malloc(n * sizeof *v->index) : NULL;
    v->crop_words = v->set ? crop_words(&v->aug, &v->form) : 0;
    v->crop = v->set ? malloc(n * v->crop_words * sizeof *v->crop) : NULL;
    if (v->levels && (!v->set || (v->index && v->crop)))
        return SIAM_OK;
    return siam_fail(e, SIAM_E_NOMEM, "out of memory for what the device makes views of");
}

siam_code siam_simsiam_views_open(simsiam_job *j, siam_err *e)
{
    simsiam_views *v = &j->views;
    const char *why = obstacle(j);
    v->gives = SIAM_LOADER_VIEWS;
    v->aug = siam_config_aug(j->cfg);
    if (why && j->cfg->run_augment == SIAM_AUGMENT_DEVICE)
        return refuse(why, e);
    if (!on_device(j))
        return SIAM_OK;
    SIAM_TRY(read_set(j, e));
    const int devices = j->cfg->run_devices;
    v->form = v->set ? form_of_set(j) : (siam_views_form){.channels = j->want.channels};
    v->form.views = j->graph->views * j->part / devices;
    v->form.replicas = devices;
    const siam_code rc = siam_views_program(&v->program, &v->aug, &v->form, e);
    if (rc == SIAM_E_UNSUPPORTED)
        siam_hint(e, "--augment host");
    SIAM_TRY(rc);
    SIAM_TRY(take_room(j, e));
    siam_views_levels(v->levels, j->want.channels, &j->norm);
    v->gives = v->set ? SIAM_LOADER_DRAWN : SIAM_LOADER_CROPS;
    return SIAM_OK;
}

void siam_simsiam_views_describe(const simsiam_job *j)
{
    const simsiam_views *v = &j->views;
    char bytes[32];
    if (v->gives == SIAM_LOADER_CROPS)
        siam_progress_note(j->loop->progress, "views   made on the device, of crops that this machine decodes");
    else if (v->gives == SIAM_LOADER_DRAWN)
        siam_progress_note(j->loop->progress, "views   made on the device, where all images stay (%s)",
                           siam_format_bytes(bytes, sizeof bytes, (size_t)v->form.images * image_bytes(&v->form)));
}

siam_engine_views siam_simsiam_views_cfg(const simsiam_job *j)
{
    return (siam_engine_views){.program = j->views.program, .levels = j->views.levels, .set = j->views.set};
}

void siam_simsiam_views_close(simsiam_job *j)
{
    simsiam_views *v = &j->views;
    siam_hlo_program_destroy(&v->program);
    free(v->levels);
    free(v->set);
    free(v->index);
    free(v->crop);
}

/* What the device is brought of a batch. */
static siam_raw_views raw_of(simsiam_job *j, const siam_batch *b)
{
    simsiam_views *v = &j->views;
    const int words = siam_augment_words(NULL), n = j->graph->views * b->n;
    for (int i = 0; v->set && i < n; i++) {
        v->index[i] = (int32_t)b->index[i % b->n];
        siam_views_crop(v->crop + (size_t)i * v->crop_words, &v->aug, &v->form, b->drawn + (size_t)i * (size_t)words);
    }
    return (siam_raw_views){.crops = b->crops, .index = v->index, .crop = v->crop, .drawn = b->drawn};
}

/* ---- the device's views beside the host's ---- */

/* View `at` of the batch, from what was drawn. */
static siam_code make_here(const simsiam_job *j, const siam_batch *b, size_t at, siam_aug_ctx *c, siam_image *work, float *dst, siam_err *e)
{
    const simsiam_views *v = &j->views;
    const int32_t *drawn = b->drawn + at * (size_t)siam_augment_words(NULL);
    const int size = v->aug.size, channels = j->want.channels;
    if (v->set) {
        const siam_views_form *f = &v->form;
        const siam_image whole = {.w = f->width, .h = f->height, .channels = channels, .depth = 1,
                                  .px = v->set + (size_t)b->index[at % (size_t)b->n] * image_bytes(f)};
        SIAM_TRY(siam_augment_make(&v->aug, c, drawn, &whole, work, e));
    } else {
        SIAM_TRY(siam_image_shape_buffer(work, size, size, channels, 1, e));
        memcpy(work->px, b->crops + at * siam_image_bytes(work), siam_image_bytes(work));
        SIAM_TRY(siam_augment_finish(&v->aug, c, drawn, work, e));
    }
    siam_image_normalise(dst, work, &j->norm);
    return SIAM_OK;
}

/* Of the first images of the batch's first part; wrong: how many views differ. */
static siam_code compare(const simsiam_job *j, const siam_batch *b, const float *made, int images, int *wrong, siam_err *e)
{
    const size_t floats = siam_image_floats(b->shape);
    siam_aug_ctx c = {0};
    siam_image work = {0};
    siam_code rc = SIAM_OK;
    float *here = malloc(floats * sizeof *here);
    *wrong = 0;
    if (!here)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory to compare views");
    for (int k = 0; !rc && k < j->graph->views; k++)
        for (int i = 0; !rc && i < images; i++) {
            rc = make_here(j, b, (size_t)k * (size_t)b->n + (size_t)i, &c, &work, here, e);
            *wrong += !rc && memcmp(here, made + ((size_t)k * (size_t)j->part + (size_t)i) * floats, floats * sizeof *here);
        }
    siam_image_release(&work);
    siam_aug_ctx_release(&c);
    free(here);
    return rc;
}

static siam_code look(simsiam_job *j, const siam_batch *b, const siam_raw_views *raw, siam_err *e)
{
    const int images = j->part < LOOKED_AT ? j->part : LOOKED_AT;
    float *made = malloc((size_t)(j->graph->views * j->part) * siam_image_floats(b->shape) * sizeof *made);
    int wrong = 0;
    siam_code rc = made ? j->engine->type->make(j->engine, raw, made, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory to compare views");
    if (!rc)
        rc = compare(j, b, made, images, &wrong, e);
    free(made);
    if (rc || !wrong)
        return rc;
    siam_fail(e, SIAM_E_UNSUPPORTED, "the device %s makes other views than this machine: %d of %d differ", j->loop->place.device, wrong,
              images * j->graph->views);
    siam_hint(e, "--augment host");
    return SIAM_E_UNSUPPORTED;
}

siam_code siam_simsiam_views_step(simsiam_job *j, const siam_batch *b, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e)
{
    if (b->images)
        return j->engine->type->step(j->engine, b->images, rate, t, e);
    const siam_raw_views raw = raw_of(j, b);
    if (!j->views.looked) /* once in a session, before anything is learned from them */
        SIAM_TRY(look(j, b, &raw, e));
    j->views.looked = true;
    return j->engine->type->step_raw(j->engine, &raw, rate, t, e);
}
