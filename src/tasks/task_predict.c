/* simsiam predict: what images show.
 *
 * A row per image, with the keys of mmpretrain's inference_model and the file:
 *   file         the path as given, or as found below a given folder or in a list
 *   pred_label   number of the most probable class
 *   pred_score   its probability
 *   pred_class   its name, or its number as text where the model knows no names
 *   pred_scores  the probabilities of all classes
 * An image that cannot be read has no row; the sentence why is remarked. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/format.h"
#include "infer/classes.h"
#include "infer/classify.h"
#include "report/meter.h"
#include "tasks/task.h"

typedef struct predict_request {
    siam_scan_spec scan;
    char list[SIAM_PATH_MAX]; /* one more list, or "" */
    int32_t topk;             /* classes per image; cut to those there are */
    bool json;
} predict_request;

typedef struct session {
    const siam_task_call *call;
    const predict_request *r;
    FILE *out; /* the call's */
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
static siam_code print_json(FILE *out, const siam_classes *c, const siam_prediction *p, const char *file,
                            siam_err *e)
{
    char number[16];
    const char *name = c->name[p->top[0]];
    snprintf(number, sizeof number, "%d", p->top[0]);
    json_t *head =
        json_pack("{s:o,s:i,s:f,s:o}", "file", siam_json_text(file), "pred_label", p->top[0], "pred_score",
                  (double)p->prob[p->top[0]], "pred_class", siam_json_text(name ? name : number));
    char *text = head ? siam_json_dumps(head, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(head);
    if (!text)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the prediction of '%s'", file);
    text[strlen(text) - 1] = '\0'; /* reopen the object */
    fprintf(out, "%s,\"pred_scores\":[", text);
    free(text);
    for (int i = 0; i < c->n; i++)
        fprintf(out, i ? ",%.9g" : "%.9g", (double)p->prob[i]);
    fputs("]}", out);
    return SIAM_OK;
}

static siam_code tell_row(const session *s, const siam_prediction *p, const char *file, siam_err *e)
{
    char *row = NULL;
    size_t n;
    FILE *f = open_memstream(&row, &n);
    if (!f)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the prediction of '%s'", file);
    siam_code rc = print_json(f, &s->classes, p, file, e);
    const bool whole = !ferror(f);
    if (fclose(f) || !whole)
        rc = siam_fail(e, SIAM_E_NOMEM, "out of memory for the prediction of '%s'", file);
    if (!rc)
        rc = siam_task_tell(s->call, row, e);
    free(row);
    return rc;
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
        fprintf(s->call->say, "simsiam: left out: %s\n", p->bad);
    } else if (siam_task_as_rows(s->call, s->r->json)) {
        SIAM_TRY(tell_row(s, p, file, e));
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

static siam_code predict(session *s, siam_err *e)
{
    const siam_task_call *c = s->call;
    const predict_request *r = s->r;
    char norm[256];
    siam_scan_spec ask = siam_classify_spec(r->scan);
    ask.path = c->args + 1;
    ask.npaths = c->nargs - 1;
    ask.list = r->list[0] ? r->list : NULL;
    ask.max_bad = 1;
    ask.comm = c->ranks;
    SIAM_TRY(siam_scan_open(&s->scan, &ask, e));
    const siam_encoder *enc = s->scan.encoder;
    s->d = siam_scan_set(&s->scan);
    SIAM_TRY(siam_scan_agree(&s->scan, siam_classes_match(&s->classes, enc, NULL, NULL, e), e));
    SIAM_TRY(siam_scan_prepare(&s->scan, e));
    siam_scan_norm_text(&s->scan, norm, sizeof norm);
    siam_scan_tell(&s->scan, "simsiam: ", s->call->say);
    if (!s->scan.norm_said)
        fprintf(s->call->say, "simsiam: normalised with %s\n", norm);
    /* on a terminal the results themselves show how far it is */
    siam_meter_start(&s->meter, isatty(fileno(s->out)) ? NULL : c->progress, "predicted", s->d->info.count);
    const siam_code rc = siam_classify(&s->scan, r->topk, c->stop, receive, s, e);
    siam_meter_clear(&s->meter);
    siam_scan_tell_remark(&s->scan, "simsiam: ", s->call->say);
    return rc;
}

/* One image that cannot be read: SIAM_E_DATA with why. Of several the others are done, and the end is
 * SIAM_E_DATA with the number of bad ones. */
static siam_code run(const siam_task_call *c, siam_err *e)
{
    predict_request *r = c->request;
    char word[SIAM_PATH_MAX];
    r->scan.model.model = c->args[0];
    if (c->nargs == 1 && !r->list[0]) {
        siam_fail(e, SIAM_E_USAGE, "predict needs images: files, folders, or --list FILE");
        siam_hint(e, "simsiam predict %s IMAGE", siam_format_word(word, sizeof word, c->args[0]));
        return siam_task_agree(c, SIAM_E_USAGE, e);
    }
    session s = {.call = c, .r = r, .out = c->out};
    siam_code rc = predict(&s, e);
    if (rc == SIAM_E_IO && s.unread) {
        siam_err_clear(e);
        rc = SIAM_OK;
        s.bad = 0;
    }
    if (!rc && s.bad) /* on all ranks */
        rc = siam_scan_agree(&s.scan, siam_fail(e, SIAM_E_DATA, "%" PRId64 " of %" PRId64 " images cannot be read and were left out",
                                                s.bad, s.d->info.count), e);
    if (rc == SIAM_E_DATA && s.d)
        siam_hint(e, "other copies of those images");
    else if (rc && !s.d && s.scan.encoder)
        siam_hint(e, "the path of an image, of a folder of images, or of a list of images");
    siam_classes_release(&s.classes);
    siam_scan_close(&s.scan);
    return rc;
}

#define T predict_request
static const siam_option options[] = {
    SIAM_OPTION_I32(T, topk, "topk", 5, 1, 1000, 0, "classes to print for each image"),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print one JSON object per image, with all probabilities"),
    SIAM_OPTION_STR(T, list, "list", "", 0, "a text file with one image path per line"),
    SIAM_MODEL_OPTIONS(T, scan.model),
    SIAM_EXIF_OPTION(T, scan),
    SIAM_MACHINE_OPTIONS(T, scan),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_predict = {
    .name = "predict",
    .summary = "say what images show",
    .usage = "simsiam predict MODEL IMAGE|FOLDER... [options]",
    .examples = (const char *const[]){"simsiam predict model.safetensors bird.jpg",
                                      "simsiam predict runs/linear photos --topk 1",
                                      "simsiam predict resnet50.pth --list files.txt --json", NULL},
    .options = options,
    .request_size = sizeof(predict_request),
    .min_args = 1,
    .max_args = -1,
    .ranks = true,
    .stops_cleanly = true,
    .run = run,
};
