/* What images show. */
#include "tasks/predict.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "infer/classes.h"
#include "report/meter.h"

typedef struct session {
    const siam_predict_request *r;
    FILE *out, *err;
    siam_scan scan;
    const siam_dataset *d; /* its images */
    siam_classes classes;
    siam_meter meter;
    int64_t done, bad;
    bool unread; /* the reader has seen enough */
} session;

static void print_text(const session *s, const siam_prediction *p, const char *file)
{
    char name[SIAM_CLASS_TEXT], path[4096];
    siam_format_printable(path, sizeof path, file);
    if (p->ntop == 1) {
        fprintf(s->out, "%.4f  %s  %s\n", (double)p->prob[p->top[0]],
                siam_class_text(&s->classes, p->top[0], name), path);
        return;
    }
    fprintf(s->out, "%s\n", path);
    for (int i = 0; i < p->ntop; i++)
        fprintf(s->out, "  %.4f  %s\n", (double)p->prob[p->top[i]],
                siam_class_text(&s->classes, p->top[i], name));
}

/* By hand but for the texts: a thousand probabilities per image as JSON values would cost more than the
 * network. */
static siam_code print_json(const session *s, const siam_prediction *p, const char *file, siam_err *e)
{
    char number[16];
    const char *name = s->classes.name[p->top[0]];
    snprintf(number, sizeof number, "%d", p->top[0]);
    json_t *head =
        json_pack("{s:o,s:i,s:f,s:o}", "file", siam_json_text(file), "pred_label", p->top[0], "pred_score",
                  (double)p->prob[p->top[0]], "pred_class", siam_json_text(name ? name : number));
    char *text = head ? json_dumps(head, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(head);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the prediction of '%s'", file);
    text[strlen(text) - 1] = '\0'; /* reopen the object */
    fprintf(s->out, "%s,\"pred_scores\":[", text);
    free(text);
    for (int i = 0; i < s->classes.n; i++)
        fprintf(s->out, i ? ",%.9g" : "%.9g", (double)p->prob[i]);
    fputs("]}\n", s->out);
    return SIAM_OK;
}

static siam_code receive(void *user, const siam_prediction *p, siam_err *e)
{
    session *s = user;
    const char *file = siam_dataset_file(s->d, p->index);
    if (p->bad) {
        if (s->d->info.count == 1) {
            if (e)
                *e = *p->why;
            return SIAM_E_DATA;
        }
        s->bad++;
        siam_meter_clear(&s->meter);
        fflush(s->out);
        fprintf(s->err, "simsiam: left out: %s\n", p->bad);
    } else if (s->r->json) {
        SIAM_TRY(print_json(s, p, file, e));
    } else {
        print_text(s, p, file);
    }
    if (ferror(s->out)) {
        s->unread = siam_reader_left(s->out);
        return siam_fail(e, SIAM_E_IO, "the predictions cannot be written");
    }
    siam_meter_at(&s->meter, ++s->done);
    return SIAM_OK;
}

static siam_code run(session *s, siam_err *e)
{
    const siam_predict_request *r = s->r;
    char norm[256];
    const siam_scan_ask ask = siam_classify_ask(
        (siam_scan_ask){.model = r->ask, .path = r->path, .npaths = r->npaths, .list = r->list, .upright = r->upright,
                        .device = r->device, .threads = r->threads, .max_bad = 1});
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    const siam_encoder *enc = s->scan.encoder;
    s->d = siam_scan_set(&s->scan);
    SIAM_TRY(siam_classes_match(&s->classes, enc, NULL, NULL, e));
    SIAM_TRY(siam_scan_prepare(&s->scan, e));
    siam_scan_norm_text(&s->scan, norm, sizeof norm);
    if (enc->told[0])
        fprintf(s->err, "simsiam: %s\n", enc->told);
    siam_dataset_print_remarks(s->d, NULL, "simsiam: ", s->err);
    if (!s->scan.norm_said)
        fprintf(s->err, "simsiam: normalised with %s\n", norm);
    siam_meter_start(&s->meter, r->progress, "predicted", s->d->info.count);
    const siam_code rc = siam_classify(&s->scan, r->topk, r->stop, receive, s, e);
    siam_meter_clear(&s->meter);
    return rc;
}

siam_code siam_predict_run(const siam_predict_request *r, FILE *out, FILE *err, siam_err *e)
{
    session s = {.r = r, .out = out, .err = err};
    siam_code rc = run(&s, e);
    if (rc == SIAM_E_IO && s.unread) {
        siam_err_clear(e);
        rc = SIAM_OK;
        s.bad = 0;
    }
    if (!rc && s.bad)
        rc = siam_fail(e, SIAM_E_DATA, "%" PRId64 " of %" PRId64 " images cannot be read and were left out",
                       s.bad, s.d->info.count);
    if (rc == SIAM_E_DATA && s.d)
        siam_hint(e, "other copies of those images");
    else if (rc && !s.d && s.scan.encoder)
        siam_hint(e, "the path of an image, of a folder of .jpg and .png images, or of a list of images");
    siam_classes_release(&s.classes);
    siam_scan_close(&s.scan);
    return rc;
}
