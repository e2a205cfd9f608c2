/* A classifier at work. */
#include "infer/classify.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "infer/score.h"

siam_scan_spec siam_classify_spec(siam_scan_spec ask)
{
    ask.classifier = true;
    ask.layer = SIAM_SCAN_LOGITS;
    ask.keep_bad = ask.last = true;
    ask.plan = "fixed";
    return ask;
}

typedef struct receiver {
    const siam_dataset *d;
    siam_prediction_sink *sink;
    void *user;
    int32_t *top, ntop;
    float *prob;
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
    siam_dataset_read(r->d, p->index, &im, &why);
    siam_image_release(&im);
    siam_fail(&why, SIAM_E_DATA, "it was not readable when its turn came"); /* unless it said why just now */
    p->bad = why.msg;
    p->why = &why;
    return r->sink(r->user, p, e);
}

static siam_code receive(void *user, const siam_rows *rows, siam_err *e)
{
    const receiver *r = user;
    char buf[32];
    for (int i = 0; i < rows->n; i++) {
        const float *logits = rows->x + (size_t)i * (size_t)rows->dim;
        siam_prediction p = {.index = rows->index[i], .label = rows->label[i]};
        if (rows->bad[i]) {
            SIAM_TRY(tell_bad(r, &p, e));
            continue;
        }
        if (!siam_softmax(r->prob, logits, rows->dim))
            return siam_fail(e, SIAM_E_NUMERIC, "the model's output for '%s' is not a number",
                             name_of(r->d, p.index, buf, sizeof buf));
        siam_top(r->top, r->ntop, logits, rows->dim);
        p.ntop = r->ntop;
        p.top = r->top;
        p.prob = r->prob;
        SIAM_TRY(r->sink(r->user, &p, e));
    }
    return SIAM_OK;
}

siam_code siam_classify(siam_scan *x, int32_t topk, const volatile sig_atomic_t *stop, siam_prediction_sink *sink, void *user,
                        siam_err *e)
{
    const int classes = x->encoder->cfg.classes;
    receiver r = {.d = siam_scan_set(x), .sink = sink, .user = user, .ntop = topk < classes ? topk : classes};
    r.top = calloc((size_t)r.ntop, sizeof *r.top);
    r.prob = calloc((size_t)classes, sizeof *r.prob);
    const siam_code rc = r.top && r.prob ? siam_scan_stream(x, r.d, stop, receive, &r, NULL, e)
                                         : siam_fail(e, SIAM_E_NOMEM, "out of memory for the probabilities of %d classes",
                                                     classes);
    free(r.top);
    free(r.prob);
    return rc;
}
