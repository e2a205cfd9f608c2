/* Predictions as rows of a file. */
#include "infer/preds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/json.h"
#include "base/textfile.h"
#include "infer/score.h"

struct siam_preds {
    siam_textfile file;
    bool csv;
};

static bool ends_with(const char *s, const char *end)
{
    const size_t n = strlen(s), m = strlen(end);
    return n > m && !strcmp(s + n - m, end);
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
    const siam_code taken = replace ? SIAM_OK : siam_path_free(path, e);
    if (taken == SIAM_E_EXISTS)
        siam_hint(e, "another name after --out, or --replace");
    SIAM_TRY(taken);
    siam_preds *w = calloc(1, sizeof *w);
    if (!w)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for writing '%s'", path);
    w->csv = csv;
    const siam_code rc = siam_textfile_open(&w->file, path, replace, e);
    if (rc)
        siam_preds_destroy(&w);
    else if (csv)
        fputs(heading, w->file.out);
    *out = w;
    return rc;
}

void siam_preds_destroy(siam_preds **w)
{
    if (*w)
        siam_textfile_close(&(*w)->file);
    free(*w);
    *w = NULL;
}

siam_code siam_preds_commit(siam_preds *w, siam_err *e) { return siam_textfile_commit(&w->file, e); }

/* ---- JSON lines ---------------------------------------------------------------------------------------- */

static json_t *text_or_null(const char *s) { return s ? siam_json_text(s) : json_null(); }

static json_t *class_or_null(int cls) { return cls < 0 ? json_null() : json_integer(cls); }

static json_t *json_row(const siam_prediction *p, const char *file, int label, const siam_classes *c)
{
    const int n = p->ntop < SIAM_SCORE_TOP ? p->ntop : SIAM_SCORE_TOP, pred = p->bad ? -1 : p->top[0];
    json_t *o = json_object(), *top = p->bad ? json_null() : json_array(),
           *score = p->bad ? json_null() : json_array();
    for (int i = 0; !p->bad && i < n; i++) {
        siam_json_add(&top, json_integer(p->top[i]));
        if (isfinite(p->prob[p->top[i]]))
            siam_json_add(&score, json_real((double)p->prob[p->top[i]]));
    }
    siam_json_put(&o, "index", json_integer(p->index));
    siam_json_put(&o, "file", text_or_null(file));
    siam_json_put(&o, "label", class_or_null(label));
    siam_json_put(&o, "label_class", text_or_null(label < 0 ? NULL : c->name[label]));
    siam_json_put(&o, "pred", class_or_null(pred));
    siam_json_put(&o, "pred_class", text_or_null(pred < 0 ? NULL : c->name[pred]));
    if (pred < 0)
        siam_json_put(&o, "score", json_null());
    else
        siam_json_put_real(&o, "score", (double)p->prob[pred]);
    siam_json_put(&o, "top5", top);
    siam_json_put(&o, "top5_scores", score);
    if (p->bad)
        siam_json_put(&o, "error", siam_json_text(p->bad));
    return o;
}

static siam_code add_json(FILE *out, const siam_prediction *p, const char *file, int label,
                          const siam_classes *c, siam_err *e)
{
    json_t *row = json_row(p, file, label, c);
    const bool ok = row && !json_dumpf(row, out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    fputc('\n', out);
    json_decref(row);
    return ok ? SIAM_OK : siam_fail(e, SIAM_E_NOMEM, "out of memory for a prediction");
}

/* ---- CSV (RFC 4180) ------------------------------------------------------------------------------------ */

static void put_quoted(FILE *out, const char *s)
{
    if (s)
        siam_format_csv(out, s);
}

static void put_class(FILE *out, int cls, const siam_classes *c)
{
    if (cls >= 0)
        fprintf(out, ",%d,", cls);
    else
        fputs(",,", out);
    put_quoted(out, cls < 0 ? NULL : c->name[cls]);
}

static void add_csv(FILE *out, const siam_prediction *p, const char *file, int label, const siam_classes *c)
{
    const int n = p->bad ? 0 : p->ntop < SIAM_SCORE_TOP ? p->ntop : SIAM_SCORE_TOP;
    fprintf(out, "%lld,", (long long)p->index);
    put_quoted(out, file);
    put_class(out, label, c);
    put_class(out, n ? p->top[0] : -1, c);
    fputc(',', out);
    if (n)
        fprintf(out, "%.9g", (double)p->prob[p->top[0]]);
    fputc(',', out);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%d", i ? " " : "", p->top[i]);
    fputc(',', out);
    for (int i = 0; i < n; i++)
        fprintf(out, "%s%.9g", i ? " " : "", (double)p->prob[p->top[i]]);
    fputc(',', out);
    put_quoted(out, p->bad);
    fputc('\n', out);
}

siam_code siam_preds_add(siam_preds *w, const siam_prediction *p, const char *file, int label,
                         const siam_classes *c, siam_err *e)
{
    if (w->csv)
        add_csv(w->file.out, p, file, label, c);
    else
        SIAM_TRY(add_json(w->file.out, p, file, label, c, e));
    return siam_textfile_row(&w->file, e);
}
