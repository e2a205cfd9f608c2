/* siam_model: an encoder and the engines that run it, behind the public interface. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/model.h"
#include "base/check.h"

enum { THREADS_MAX = 1024, BATCH_MAX = 4096, BATCH = 16, SIZE_MIN = 8, SIZE_MAX_PX = 4096, WIDTH_MAX = 1024 };

/* The caller's struct as this version knows it. One made for a later version is fine as long as what it adds is zero. */
static siam_code read_options(siam_model_options *o, const siam_model_options *from, siam_err *e)
{
    *o = (siam_model_options){0};
    if (!from)
        return SIAM_OK;
    const size_t n = from->struct_size;
    if (n < sizeof n || n > 4096)
        return siam_misuse(e, "siam_model_options.struct_size is %zu; it must be sizeof(siam_model_options)", n);
    for (size_t i = sizeof *o; i < n; i++)
        if (((const unsigned char *)from)[i])
            return siam_fail(e, SIAM_E_UNSUPPORTED,
                             "siam_model_options asks for something that libsiam " SIAM_VERSION " does not know");
    memcpy(o, from, n < sizeof *o ? n : sizeof *o);
    return SIAM_OK;
}

static siam_code check_options(const siam_model_options *o, siam_err *e)
{
    const struct {
        const char *name;
        int value, min, max;
    } range[] = {{"threads", o->threads, 1, THREADS_MAX}, {"batch", o->batch, 1, BATCH_MAX},
                 {"size", o->size, SIZE_MIN, SIZE_MAX_PX}, {"width", o->width, 1, WIDTH_MAX},
                 {"classes", o->classes, 1, INT32_MAX},    {"allow_missing", o->allow_missing, 1, 1},
                 {"exif", o->exif, 1, 1}};
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        if (range[i].value && (range[i].value < range[i].min || range[i].value > range[i].max))
            return siam_misuse(e, "siam_model_options.%s is %d; it must be 0 (default) or from %d to %d", range[i].name,
                               range[i].value, range[i].min, range[i].max);
    if (o->heads & ~(unsigned)(SIAM_HEAD_Z | SIAM_HEAD_P))
        return siam_misuse(e, "siam_model_options.heads is %u; it must be made of SIAM_HEAD_Z and SIAM_HEAD_P", o->heads);
    for (int i = 0; i < 3; i++)
        if ((o->mean && !isfinite(o->mean[i])) || (o->std && !(isfinite(o->std[i]) && o->std[i] > 0)))
            return siam_misuse(e, "siam_model_options.mean must be finite numbers, and std such above 0");
    return SIAM_OK;
}

static siam_list list_of(const float *v)
{
    return v ? (siam_list){3, {(double)v[0], (double)v[1], (double)v[2]}} : (siam_list){0};
}

static siam_code take_word(char *word, size_t n, const char *what, const char *given, siam_err *e)
{
    if (given && strlen(given) >= n)
        return siam_misuse(e, "siam_model_options.%s is \"%.40s...\", which is longer than %zu bytes", what, given, n - 1);
    snprintf(word, n, "%s", given ? given : "");
    return SIAM_OK;
}

static siam_code open_model(siam_model *m, const char *name, const siam_model_options *given, siam_err *e)
{
    siam_model_options o;
    SIAM_TRY(read_options(&o, given, e));
    SIAM_TRY(check_options(&o, e));
    siam_model_spec ask = {
        .model = name, .width = o.width, .size = o.size, .classes = o.classes,
        .mean = list_of(o.mean), .std = list_of(o.std), .allow_missing = o.allow_missing, .seed = o.seed,
        .parts = SIAM_PART_MAP | (o.heads & SIAM_HEAD_Z ? SIAM_PART_Z : 0u) | (o.heads & SIAM_HEAD_P ? SIAM_PART_P : 0u)};
    SIAM_TRY(take_word(ask.arch, sizeof ask.arch, "arch", o.arch, e));
    SIAM_TRY(take_word(ask.rename, sizeof ask.rename, "rename", o.rename, e));
    SIAM_TRY(take_word(ask.part, sizeof ask.part, "part", o.part, e));
    m->batch = o.batch ? o.batch : BATCH;
    m->exif = o.exif;
    SIAM_TRY(siam_encoder_open(&m->encoder, &ask, e));
    SIAM_TRY(siam_place_find(&m->place, o.device ? o.device : "auto", e));
    SIAM_TRY(siam_backend_open(&m->backend, m->place.host, o.threads, e));
    m->place.host = NULL; /* the caller's text, which may go */
    return m->place.plugin[0] ? siam_trust_device(&m->trust, &m->place, e) : SIAM_OK;
}

siam_code siam_model_open(siam_model **model, const char *name, const siam_model_options *options, siam_err *e)
{
    if (model)
        *model = NULL;
    if (!model || !name)
        return siam_misuse(e, "siam_model_open needs a place for the handle and a name");
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_model *m = calloc(1, sizeof *m);
    siam_code rc = m ? open_model(m, name, options, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for the model");
    if (rc)
        siam_model_close(&m);
    *model = m;
    siam_guard_leave(&g);
    return rc;
}

void siam_model_close(siam_model **model)
{
    siam_model *m = model ? *model : NULL;
    if (!m)
        return;
    siam_engine_destroy(&m->one);
    siam_engine_destroy(&m->many);
    siam_backend_close(&m->backend);
    siam_encoder_close(&m->encoder);
    free(m);
    *model = NULL;
}

const char *siam_model_arch(const siam_model *m) { return m ? m->encoder->cfg.arch : ""; }

const char *siam_model_note(const siam_model *m) { return m ? m->encoder->told : ""; }

/* Floats of one image's value, 0 when the model does not have it. */
static size_t count_of(const siam_model *m, siam_val v, int shape[3])
{
    size_t n = v.id >= 0;
    for (int i = 0; i < 3; i++) {
        const siam_desc *d = v.id >= 0 ? &m->encoder->graph->value[v.id] : NULL;
        const int64_t dim = d ? (i + 1 < d->ndim ? d->dim[i + 1] : 1) : 0;
        n *= (size_t)dim;
        if (shape)
            shape[i] = (int)dim;
    }
    return n;
}

static siam_val value_of(const siam_model *m, siam_layer layer)
{
    const siam_model_vals *v = &m->encoder->vals;
    switch (layer) {
    case SIAM_LAYER_POOL: return v->features;
    case SIAM_LAYER_MAP: return v->map;
    case SIAM_LAYER_Z: return v->z;
    case SIAM_LAYER_P: return v->p;
    case SIAM_LAYER_LOGITS: return v->logits;
    }
    return (siam_val){-1};
}

size_t siam_model_input(const siam_model *m, int shape[3])
{
    return count_of(m, m ? m->encoder->vals.input : (siam_val){-1}, shape);
}

size_t siam_model_shape(const siam_model *m, siam_layer layer, int shape[3])
{
    return count_of(m, m ? value_of(m, layer) : (siam_val){-1}, shape);
}

void siam_model_norm(const siam_model *m, float mean[3], float std[3])
{
    for (int i = 0; i < 3; i++) {
        if (mean)
            mean[i] = m ? m->encoder->norm.mean[i] : 0;
        if (std)
            std[i] = m ? m->encoder->norm.std[i] : 0;
    }
}

int siam_model_classes(const siam_model *m) { return m && m->encoder->vals.logits.id >= 0 ? m->encoder->cfg.classes : 0; }

const char *siam_model_class_name(const siam_model *m, int i)
{
    return m && m->encoder->class_name && i >= 0 && i < m->encoder->cfg.classes ? m->encoder->class_name[i] : NULL;
}

siam_layer siam_model_output(const siam_model *m)
{
    return siam_model_classes(m) ? SIAM_LAYER_LOGITS : SIAM_LAYER_MAP;
}

static siam_code make_engine(siam_engine **out, siam_model *m, int images, siam_err *e)
{
    if (*out)
        return SIAM_OK;
    /* No tuner: timing kernels would make results depend on the moment, and a cache would write to the user's home. */
    const siam_engine_cfg c = {.host = m->backend, .graph = m->encoder->graph, .images = images, .devices = siam_place_devices(&m->place)};
    siam_code rc = siam_engine_create(out, m->place.engine, &c, e);
    if (!rc)
        rc = (*out)->type->alloc(*out, e);
    if (!rc)
        rc = (*out)->type->push(*out, m->encoder->params, false, e);
    if (rc)
        siam_engine_destroy(out);
    return rc;
}

/* One engine for whole batches and a second one for single images: a rest of less than half a batch is faster one by one. */
static siam_code run(siam_model *m, siam_val v, const float *images, size_t n, float *out, siam_err *e)
{
    const size_t in_count = count_of(m, m->encoder->vals.input, NULL), out_count = count_of(m, v, NULL);
    for (size_t done = 0, k; done < n; done += k) {
        const size_t rest = n - done, batch = m->batch > 1 && 2 * rest >= (size_t)m->batch ? (size_t)m->batch : 1;
        siam_engine **x = batch > 1 ? &m->many : &m->one;
        SIAM_TRY(make_engine(x, m, (int)batch, e));
        k = rest < batch ? rest : batch;
        SIAM_TRY((*x)->type->forward(*x, images + done * in_count, (int)k, e));
        SIAM_TRY((*x)->type->read(*x, v, (int)k, out + done * out_count, e));
    }
    return SIAM_OK;
}

/* ---- what there is to say ---- */

siam_code siam_model_on_log(siam_model *m, siam_log_fn *fn, void *user, siam_err *e)
{
    if (!m)
        return siam_misuse(e, "a model function was called without a model");
    siam_err_clear(e);
    m->on_log = fn;
    m->log_user = user;
    return SIAM_OK;
}

static void say(const siam_model *m, const siam_guard *outside, const char *what, const char *text)
{
    char line[3072];
    siam_guard inside;
    snprintf(line, sizeof line, "%s: %s", what, text);
    siam_guard_enter(&inside, NULL);
    siam_guard_leave(outside);
    m->on_log(m->log_user, line);
    siam_guard_leave(&inside);
}

/* In the words in which the verbs say it. */
static void say_all(siam_model *m, const siam_guard *outside)
{
    siam_engine *const engine[] = {m->one, m->many};
    char text[160], device[64];
    if (m->on_log && m->trust.operations && !m->trust.before) {
        snprintf(device, sizeof device, "device %s", m->place.kind->name);
        siam_trust_text(&m->trust, text, sizeof text);
        m->trust.before = true; /* whoever asks again */
        say(m, outside, device, text);
    }
    for (int i = 0; i < 2; i++) {
        const char *remark = m->on_log ? siam_engine_remark(engine[i]) : NULL;
        if (remark)
            say(m, outside, "warning", remark);
    }
}

/* ---- running ---- */

/* What every run needs: a model that has the layer, and room for what it gives. */
static siam_code check_run(const siam_model *m, siam_layer layer, size_t n, const float *out, size_t out_count,
                           siam_err *e)
{
    static const char *const name[] = {"POOL", "MAP", "Z", "P", "LOGITS"};
    if (!m)
        return siam_misuse(e, "a model function was called without a model");
    if ((unsigned)layer >= sizeof name / sizeof *name)
        return siam_misuse(e, "%d is no siam_layer", (int)layer);
    const size_t count = siam_model_shape(m, layer, NULL);
    if (!count) {
        siam_fail(e, SIAM_E_CONFIG, "the model was opened without SIAM_LAYER_%s", name[layer]);
        if (layer == SIAM_LAYER_LOGITS)
            siam_hint(e, "a model with a linear classifier");
        else
            siam_hint(e, "siam_model_options.heads = SIAM_HEAD_%s, and a pretraining run or checkpoint", name[layer]);
        return SIAM_E_CONFIG;
    }
    if (n && !out)
        return siam_misuse(e, "there is no memory given for the result");
    if (n > out_count / count)
        return siam_misuse(e, "there is room for %zu numbers, and %zu image%s of %zu each do not fit", out_count, n,
                           n == 1 ? "" : "s", count);
    return SIAM_OK;
}

siam_code siam_model_extract(siam_model *m, siam_layer layer, const float *images, size_t n, float *out,
                             size_t out_count, siam_err *e)
{
    siam_guard g;
    siam_guard_enter(&g, e);
    siam_code rc = check_run(m, layer, n, out, out_count, e);
    if (!rc && n && !images)
        rc = siam_misuse(e, "there are no images given");
    if (!rc)
        rc = run(m, value_of(m, layer), images, n, out, e);
    if (m)
        say_all(m, &g);
    siam_guard_leave(&g);
    return rc;
}

siam_code siam_model_forward(siam_model *m, const float *images, size_t n, float *out, size_t out_count, siam_err *e)
{
    return siam_model_extract(m, siam_model_output(m), images, n, out, out_count, e);
}

/* Prepare one image with `prepare` and run it. */
typedef siam_code prepare_fn(const siam_model *m, const void *image, float *tensor, size_t count, siam_err *e);

static siam_code extract_one(siam_model *m, siam_layer layer, prepare_fn *prepare, const void *image, float *out,
                             size_t out_count, siam_err *e)
{
    siam_err_clear(e);
    SIAM_TRY(check_run(m, layer, 1, out, out_count, e));
    const size_t n = siam_model_input(m, NULL);
    float *tensor = malloc(n * sizeof *tensor);
    if (!tensor)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for an image of %zu numbers", n);
    siam_code rc = prepare(m, image, tensor, n, e);
    if (!rc)
        rc = siam_model_extract(m, layer, tensor, 1, out, out_count, e);
    free(tensor);
    return rc;
}

typedef struct pixels {
    const uint8_t *rgb;
    int width, height;
    size_t stride;
} pixels;

static siam_code from_pixels(const siam_model *m, const void *image, float *tensor, size_t count, siam_err *e)
{
    const pixels *p = image;
    return siam_model_prepare_pixels(m, p->rgb, p->width, p->height, p->stride, tensor, count, e);
}

static siam_code from_file(const siam_model *m, const void *image, float *tensor, size_t count, siam_err *e)
{
    return siam_model_prepare_file(m, image, tensor, count, e);
}

siam_code siam_model_extract_pixels(siam_model *m, siam_layer layer, const uint8_t *rgb, int width, int height,
                                    size_t stride, float *out, size_t out_count, siam_err *e)
{
    return extract_one(m, layer, from_pixels, &(pixels){rgb, width, height, stride}, out, out_count, e);
}

siam_code siam_model_extract_file(siam_model *m, siam_layer layer, const char *path, float *out, size_t out_count,
                                  siam_err *e)
{
    return extract_one(m, layer, from_file, path, out, out_count, e);
}
