/* Predictions as rows of a file. */
#include "tasks/preds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "tasks/score.h"

enum { BUFFER = 64 << 10 };

struct siam_preds {
    siam_atomic file;
    bool csv;
    size_t used;
    char buf[BUFFER];
};

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n > m && !strcmp(s + n - m, end);
}

static siam_code flush(siam_preds *w, siam_err *e)
{
    const size_t n = w->used;
    w->used = 0;
    return n ? siam_atomic_write(&w->file, w->buf, n, e) : SIAM_OK;
}

static siam_code put(siam_preds *w, const char *text, siam_err *e)
{
    const size_t n = strlen(text);
    if (n > sizeof w->buf - w->used)
        SIAM_TRY(flush(w, e));
    if (n > sizeof w->buf)
        return siam_atomic_write(&w->file, text, n, e);
    memcpy(w->buf + w->used, text, n);
    w->used += n;
    return SIAM_OK;
}

siam_code siam_preds_create(siam_preds **out, const char *path, bool replace, siam_err *e)
{
    static const char heading[] =
        "index,file,label,label_class,pred,pred_class,score,top5,top5_scores,error\n";
    const bool csv = ends_with(path, ".csv");
    *out = NULL;
    if (!csv && !ends_with(path, ".jsonl")) {
        siam_fail(e, SIAM_E_USAGE, "predictions are written as .jsonl or .csv, and '%s' ends in neither",
                  path);
        siam_hint(e, "--out preds.jsonl");
        return SIAM_E_USAGE;
    }
    if (!replace && siam_path_exists(path)) {
        siam_fail(e, SIAM_E_EXISTS, "'%s' is there already", path);
        siam_hint(e, "another name for --out, or --replace");
        return SIAM_E_EXISTS;
    }
    siam_preds *w = calloc(1, sizeof *w);
    if (!w)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for writing '%s'", path);
    w->csv = csv;
    siam_code rc = siam_atomic_open(&w->file, path, e);
    if (!rc && csv)
        rc = put(w, heading, e);
    if (rc)
        siam_preds_destroy(&w);
    *out = w;
    return rc;
}

void siam_preds_destroy(siam_preds **w)
{
    if (*w)
        siam_atomic_abort(&(*w)->file);
    free(*w);
    *w = NULL;
}

siam_code siam_preds_commit(siam_preds *w, siam_err *e)
{
    SIAM_TRY(flush(w, e));
    return siam_atomic_commit(&w->file, e);
}

/* ---- JSON lines ---------------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *s) { return s ? siam_json_text(s) : json_null(); }

static json_t *class_or_null(int cls) { return cls < 0 ? json_null() : json_integer(cls); }

static json_t *json_row(const siam_prediction *p, const char *file, int label, const siam_classes *c)
{
    const int n = p->ntop < SIAM_SCORE_TOP ? p->ntop : SIAM_SCORE_TOP, pred = p->bad ? -1 : p->top[0];
    json_t *o = json_object(), *top = p->bad ? json_null() : json_array(),
           *score = p->bad ? json_null() : json_array();
    for (int i = 0; !p->bad && i < n; i++) {
        json_array_append_new(top, json_integer(p->top[i]));
        json_array_append_new(score, json_real((double)p->prob[p->top[i]]));
    }
    json_object_set_new(o, "index", json_integer(p->index));
    json_object_set_new(o, "file", text_or_null(file));
    json_object_set_new(o, "label", class_or_null(label));
    json_object_set_new(o, "label_class", text_or_null(label < 0 ? NULL : c->name[label]));
    json_object_set_new(o, "pred", class_or_null(pred));
    json_object_set_new(o, "pred_class", text_or_null(pred < 0 ? NULL : c->name[pred]));
    json_object_set_new(o, "score", pred < 0 ? json_null() : json_real((double)p->prob[pred]));
    json_object_set_new(o, "top5", top);
    json_object_set_new(o, "top5_scores", score);
    if (p->bad)
        json_object_set_new(o, "error", siam_json_text(p->bad));
    return o;
}

static siam_code add_json(siam_preds *w, const siam_prediction *p, const char *file, int label,
                          const siam_classes *c, siam_err *e)
{
    json_t *row = json_row(p, file, label, c);
    char *text = row ? json_dumps(row, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    siam_code rc =
        text ? put(w, text, e) : siam_fail(e, SIAM_E_NOMEM, "out of memory for writing '%s'", w->file.path);
    if (!rc)
        rc = put(w, "\n", e);
    free(text);
    json_decref(row);
    return rc;
}

/* ---- CSV (RFC 4180) ------------------------------------------------------------------------------------ */

static siam_code put_quoted(siam_preds *w, const char *s, siam_err *e)
{
    if (!s)
        return SIAM_OK;
    SIAM_TRY(put(w, "\"", e));
    for (char c[3] = ""; *s; s++) {
        c[0] = *s;
        c[1] = *s == '"' ? '"' : '\0';
        SIAM_TRY(put(w, c, e));
    }
    return put(w, "\"", e);
}

static siam_code put_class(siam_preds *w, int cls, const siam_classes *c, siam_err *e)
{
    char text[32] = ",";
    if (cls >= 0)
        snprintf(text, sizeof text, ",%d", cls);
    SIAM_TRY(put(w, text, e));
    SIAM_TRY(put(w, ",", e));
    return put_quoted(w, cls < 0 ? NULL : c->name[cls], e);
}

static siam_code add_csv(siam_preds *w, const siam_prediction *p, const char *file, int label,
                         const siam_classes *c, siam_err *e)
{
    const int n = p->bad ? 0 : p->ntop < SIAM_SCORE_TOP ? p->ntop : SIAM_SCORE_TOP;
    char text[64];
    snprintf(text, sizeof text, "%lld,", (long long)p->index);
    SIAM_TRY(put(w, text, e));
    SIAM_TRY(put_quoted(w, file, e));
    SIAM_TRY(put_class(w, label, c, e));
    SIAM_TRY(put_class(w, n ? p->top[0] : -1, c, e));
    snprintf(text, sizeof text, n ? ",%.9g" : ",", n ? (double)p->prob[p->top[0]] : 0);
    SIAM_TRY(put(w, text, e));
    for (int scores = 0; scores < 2; scores++)
        for (int i = 0; i < (n ? n : 1); i++) {
            const char *before = i ? " " : ",";
            if (!n)
                snprintf(text, sizeof text, ",");
            else if (scores)
                snprintf(text, sizeof text, "%s%.9g", before, (double)p->prob[p->top[i]]);
            else
                snprintf(text, sizeof text, "%s%d", before, p->top[i]);
            SIAM_TRY(put(w, text, e));
        }
    SIAM_TRY(put(w, ",", e));
    SIAM_TRY(put_quoted(w, p->bad, e));
    return put(w, "\n", e);
}

siam_code siam_preds_add(siam_preds *w, const siam_prediction *p, const char *file, int label,
                         const siam_classes *c, siam_err *e)
{
    return (w->csv ? add_csv : add_json)(w, p, file, label, c, e);
}
