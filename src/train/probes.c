/* Linear heads outside a graph: batches differ in length, and several heads share one batch of features. */
#include "train/probes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/option.h"
#include "base/stop.h"
#include "comm/agree.h"

enum { MEASURE_ROWS = 1024 };

struct siam_probes {
    siam_backend *backend;
    siam_probes_cfg cfg;
    siam_params *params; /* weight, bias; weight, bias; ... */
    float *logits;       /* [rows, classes] */
    float *ones;         /* [rows] */
};

static int rows_of(const siam_probes_cfg *c) { return c->batch > MEASURE_ROWS ? c->batch : MEASURE_ROWS; }

size_t siam_probes_bytes(const siam_probes_cfg *c)
{
    const size_t head = 3 * (size_t)c->classes * ((size_t)c->dim + 1);
    return ((size_t)c->n * head + (size_t)rows_of(c) * ((size_t)c->classes + 1)) * sizeof(float);
}

static siam_code create_params(siam_probes *h, siam_err *e)
{
    const siam_probes_cfg *c = &h->cfg;
    siam_param *row = calloc(2 * (size_t)c->n, sizeof *row);
    if (!row)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d linear heads", c->n);
    for (int i = 0; i < 2 * c->n; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, ".%d", i / 2);
        row[i] = i % 2 ? (siam_param){.desc = siam_desc_1d(c->classes), .init = SIAM_INIT_ZERO}
                       : (siam_param){.desc = siam_desc_2d(c->classes, c->dim), .init = SIAM_INIT_NORMAL};
        snprintf(row[i].name, sizeof row[i].name, "fc%s.%s", number, i % 2 ? "bias" : "weight");
    }
    const siam_code rc = siam_params_create(&h->params, row, 2 * c->n, true, e);
    free(row);
    if (rc)
        return rc;
    siam_params_init(h->params, c->seed);
    for (int k = 1; k < c->n; k++)
        memcpy(siam_params_data(h->params, 2 * k), siam_params_data(h->params, 0),
               (size_t)c->classes * (size_t)c->dim * sizeof(float));
    return SIAM_OK;
}

siam_code siam_probes_create(siam_probes **out, siam_backend *b, const siam_probes_cfg *c, siam_err *e)
{
    const size_t rows = (size_t)rows_of(c);
    siam_probes *h = *out = calloc(1, sizeof *h);
    if (!h)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for %d linear heads", c->n);
    h->backend = b;
    h->cfg = *c;
    siam_code rc = create_params(h, e);
    if (!rc)
        rc = b->type->alloc(b, rows * (size_t)c->classes * sizeof(float), (void **)&h->logits, e);
    if (!rc)
        rc = b->type->alloc(b, rows * sizeof(float), (void **)&h->ones, e);
    for (size_t i = 0; !rc && i < rows; i++)
        h->ones[i] = 1;
    if (rc)
        siam_probes_destroy(out);
    return rc;
}

void siam_probes_destroy(siam_probes **heads)
{
    siam_probes *h = *heads;
    *heads = NULL;
    if (!h)
        return;
    siam_params_destroy(&h->params);
    h->backend->type->free(h->backend, h->logits);
    h->backend->type->free(h->backend, h->ones);
    free(h);
}

siam_params *siam_probes_params(siam_probes *h) { return h->params; }
const float *siam_probes_weight_in(const siam_params *p, int head) { return siam_params_data(p, 2 * head); }
const float *siam_probes_bias_in(const siam_params *p, int head) { return siam_params_data(p, 2 * head + 1); }
const float *siam_probes_weight(const siam_probes *h, int head) { return siam_probes_weight_in(h->params, head); }
const float *siam_probes_bias(const siam_probes *h, int head) { return siam_probes_bias_in(h->params, head); }

/* logits = x W' + b */
static siam_code forward(siam_probes *h, int head, const float *x, int64_t n, siam_err *e)
{
    siam_backend *b = h->backend;
    const int classes = h->cfg.classes, dim = h->cfg.dim;
    SIAM_TRY(b->type->matmul(b, false, false, n, classes, 1, h->ones, siam_probes_bias(h, head), 0, h->logits, e));
    return b->type->matmul(b, false, true, n, classes, dim, x, siam_probes_weight(h, head), 1, h->logits, e);
}

static siam_params rows_of_head(const siam_probes *h, int head)
{
    siam_params one = *h->params;
    one.n = 2;
    one.row += 2 * head;
    return one;
}

/* The gradient of the mean over `all` rows, of which these are n, and their share of the loss. */
static siam_code differentiate(siam_probes *h, int head, const float *x, const int32_t *label, int n, int all, double *loss,
                               siam_err *e)
{
    siam_backend *b = h->backend;
    const int classes = h->cfg.classes, dim = h->cfg.dim;
    const siam_params one = rows_of_head(h, head);
    float *weight = one.grad + one.row[0].offset, *bias = one.grad + one.row[1].offset;
    *loss = 0;
    if (!n) { /* of several ranks one may have none of a short batch */
        memset(weight, 0, (size_t)classes * (size_t)dim * sizeof *weight);
        memset(bias, 0, (size_t)classes * sizeof *bias);
        return SIAM_OK;
    }
    SIAM_TRY(forward(h, head, x, n, e));
    SIAM_TRY(b->type->softmax_xent(b, h->logits, label, n, classes, h->logits, loss, e));
    if (!isfinite(*loss))
        return SIAM_OK;
    const float share = (float)n / (float)all;
    for (int64_t i = 0; n != all && i < (int64_t)n * classes; i++)
        h->logits[i] *= share;
    *loss *= (double)n / all;
    SIAM_TRY(b->type->matmul(b, true, false, classes, dim, n, h->logits, x, 0, weight, e));
    return b->type->matmul(b, false, false, 1, classes, n, h->ones, h->logits, 0, bias, e);
}

siam_code siam_probes_step(siam_probes *h, const float *x, const int32_t *label, int n, int all, const double *lr, double *loss,
                           siam_err *e)
{
    siam_backend *b = h->backend;
    SIAM_ASSERT(n >= 0 && n <= all && all > 0 && all <= h->cfg.batch);
    for (int k = 0; k < h->cfg.n; k++)
        SIAM_TRY(differentiate(h, k, x, label, n, all, &loss[k], e));
    SIAM_TRY(b->comm->type->sum_doubles(b->comm, loss, (size_t)h->cfg.n, e));
    SIAM_TRY(b->comm->type->sum_floats(b->comm, h->params->grad, h->params->count, e));
    for (int k = 0; k < h->cfg.n; k++) {
        siam_params one = rows_of_head(h, k);
        const float lrs[SIAM_GROUP_COUNT] = {[SIAM_GROUP_ENCODER] = (float)lr[k]};
        if (isfinite(loss[k]))
            SIAM_TRY(h->cfg.optimizer->step(b, &one, lrs, (float)h->cfg.momentum, (float)h->cfg.weight_decay, e));
    }
    return SIAM_OK;
}

/* Classes that come before the right one. */
static int rank_of(const float *logits, int classes, int label)
{
    const float own = logits[label];
    int before = 0;
    for (int j = 0; j < classes; j++)
        before += !(logits[j] < own) && (logits[j] != own || j < label); /* NaN comes before everything */
    return before;
}

/* Count the hits of rows first ... end - 1. */
static siam_code count(siam_probes *h, const float *x, const int32_t *label, int64_t first, int64_t end,
                       const volatile sig_atomic_t *stop, double *hits, siam_err *e)
{
    for (int64_t at = first; at < end; at += MEASURE_ROWS) {
        const int64_t rows = end - at < MEASURE_ROWS ? end - at : MEASURE_ROWS;
        if (siam_stop_asked(stop))
            return siam_fail(e, SIAM_E_CANCELLED, "stopped while measuring");
        for (int k = 0; k < h->cfg.n; k++) {
            SIAM_TRY(forward(h, k, x + at * h->cfg.dim, rows, e));
            for (int64_t i = 0; i < rows; i++) {
                const int rank = rank_of(h->logits + i * h->cfg.classes, h->cfg.classes, label[at + i]);
                hits[2 * k] += rank < 1;
                hits[2 * k + 1] += rank < 5;
            }
        }
    }
    return SIAM_OK;
}

siam_code siam_probes_measure(siam_probes *h, const float *x, const int32_t *label, int64_t n, const volatile sig_atomic_t *stop,
                              int64_t *hits, siam_err *e)
{
    const siam_comm *c = h->backend->comm;
    double all[2 * SIAM_LIST_MAX] = {0}; /* whole numbers: their sums are exact */
    SIAM_ASSERT(h->cfg.n <= SIAM_LIST_MAX);
    SIAM_TRY(siam_comm_agree(c, count(h, x, label, n * c->rank / c->size, n * (c->rank + 1) / c->size, stop, all, e), e));
    SIAM_TRY(c->type->sum_doubles(c, all, 2 * (size_t)h->cfg.n, e));
    for (int i = 0; i < 2 * h->cfg.n; i++)
        hits[i] = (int64_t)all[i];
    return SIAM_OK;
}
