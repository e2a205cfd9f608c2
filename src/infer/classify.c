/* A classifier at work. */
#include "infer/classify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "infer/features.h"
#include "infer/score.h"
#include "model/norm.h"

struct siam_classifier {
    siam_encoder *enc;
    siam_backend *backend;
    siam_tuner *tuner;
    siam_extractor *extractor;
    const siam_dataset *d; /* borrowed */
    siam_classifier_use use;
    const char *norm; /* whose mean and standard deviation it works with */
    char said[64];    /* room for that */
    int32_t *top;
    float *prob;
};

siam_code siam_classifier_open(siam_classifier **out, const siam_model_ask *ask, siam_err *e)
{
    char word[SIAM_PATH_MAX];
    *out = NULL;
    siam_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the classifier");
    siam_code rc = siam_encoder_open(&c->enc, ask, e);
    if (!rc && !c->enc->cfg.classes) {
        rc = siam_fail(e, SIAM_E_CONFIG,
                       "model '%s' is an encoder without a classifier, so it does not know any classes%s%s",
                       ask->model, c->enc->unread[0] ? "; not read: " : "", c->enc->unread);
        if (c->enc->classifier_rule[0])
            siam_hint(e, "--rename '%s', if its %s is one", c->enc->classifier_rule, c->enc->unread);
        else
            siam_hint(e, "train one: simsiam linear %s --data PATH",
                      siam_format_word(word, sizeof word, ask->model));
    }
    if (!rc && c->enc->cfg.in_channels != 3)
        rc = siam_fail(e, SIAM_E_CONFIG, "model '%s' takes %d channels, the images have 3", ask->model,
                       c->enc->cfg.in_channels);
    if (rc) {
        siam_classifier_close(&c);
        return rc;
    }
    c->norm = c->enc->norm_known ? ask->mean.n && ask->std.n ? "as given" : "the model's" : NULL;
    *out = c;
    return SIAM_OK;
}

void siam_classifier_close(siam_classifier **p)
{
    siam_classifier *c = *p;
    if (!c)
        return;
    siam_extractor_destroy(&c->extractor);
    siam_tuner_destroy(&c->tuner);
    siam_backend_close(&c->backend);
    siam_encoder_close(&c->enc);
    free(c->top);
    free(c->prob);
    free(c);
    *p = NULL;
}

const siam_encoder *siam_classifier_model(const siam_classifier *c) { return c->enc; }

static void assume_norm(siam_classifier *c, const siam_dataset *d)
{
    siam_norm usual;
    if (c->norm)
        return;
    const bool small = siam_norm_usual(&usual, d);
    siam_encoder_assume_norm(c->enc, &usual);
    snprintf(c->said, sizeof c->said, "%s, as the model says none", small ? "CIFAR-10's" : "ImageNet's");
    c->norm = c->said;
}

void siam_classifier_norm_text(const siam_classifier *c, char *buf, size_t n)
{
    const float *m = c->enc->norm.mean, *s = c->enc->norm.std;
    snprintf(buf, n, "mean %.4g,%.4g,%.4g and standard deviation %.4g,%.4g,%.4g (%s)", (double)m[0],
             (double)m[1], (double)m[2], (double)s[0], (double)s[1], (double)s[2], c->norm);
}

siam_code siam_classifier_prepare(siam_classifier *c, const siam_dataset *d, const siam_classifier_use *use,
                                  siam_err *e)
{
    const siam_encoder *enc = c->enc;
    siam_extract_cfg x = {.size = enc->cfg.size, .max_bad = use->max_bad, .keep_bad = true, .last = true};
    c->d = d;
    c->use = *use;
    if (c->use.topk > enc->cfg.classes)
        c->use.topk = enc->cfg.classes;
    c->top = calloc((size_t)c->use.topk, sizeof *c->top);
    c->prob = calloc((size_t)enc->cfg.classes, sizeof *c->prob);
    if (!c->top || !c->prob)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the probabilities of %d classes",
                         enc->cfg.classes);
    assume_norm(c, d);
    x.norm = enc->norm;
    x.batch = siam_extractor_batch_for(enc->cfg.size, d->info.count);
    SIAM_TRY(siam_backend_open(&c->backend, use->device, use->threads, e));
    x.workers = x.batch < c->backend->threads ? x.batch : c->backend->threads;
    SIAM_TRY(siam_tuning_open(&c->tuner, c->backend, "fixed", NULL, e));
    return siam_extractor_create(&c->extractor, c->backend, c->tuner, enc->graph, enc->vals.logits, &x, e);
}

typedef struct receiver {
    siam_classifier *c;
    siam_prediction_sink *sink;
    void *user;
} receiver;

static const char *name_of(const siam_dataset *d, int64_t index, char *buf, size_t n)
{
    const char *file = siam_dataset_file(d, index);
    if (file)
        return file;
    snprintf(buf, n, "image %lld", (long long)index);
    return buf;
}

/* Why an image is bad: it is read once more, as this is rare and the sentence is what counts. */
static siam_code tell_bad(const receiver *r, siam_prediction *p, siam_err *e)
{
    siam_image im = {0};
    siam_err why = {0};
    siam_dataset_read(r->c->d, p->index, &im, &why);
    siam_image_release(&im);
    siam_fail(&why, SIAM_E_DATA, "it was not readable when its turn came"); /* unless it said why just now */
    p->bad = why.msg;
    p->why = &why;
    return r->sink(r->user, p, e);
}

static siam_code receive(void *user, const siam_rows *rows, siam_err *e)
{
    const receiver *r = user;
    siam_classifier *c = r->c;
    char buf[32];
    for (int i = 0; i < rows->n; i++) {
        const float *logits = rows->x + (size_t)i * (size_t)rows->dim;
        siam_prediction p = {.index = rows->index[i], .label = rows->label[i]};
        if (rows->bad[i]) {
            SIAM_TRY(tell_bad(r, &p, e));
            continue;
        }
        if (!siam_softmax(c->prob, logits, rows->dim))
            return siam_fail(e, SIAM_E_NUMERIC, "the model's output for '%s' is not a number",
                             name_of(c->d, p.index, buf, sizeof buf));
        siam_top(c->top, c->use.topk, logits, rows->dim);
        p.ntop = c->use.topk;
        p.top = c->top;
        p.prob = c->prob;
        SIAM_TRY(r->sink(r->user, &p, e));
    }
    return SIAM_OK;
}

siam_code siam_classifier_run(siam_classifier *c, siam_prediction_sink *sink, void *user, siam_err *e)
{
    receiver r = {c, sink, user};
    return siam_extractor_stream(c->extractor, c->enc->params, c->d, NULL, 0, c->use.stop, receive, &r, NULL,
                                 e);
}
