/* simsiam check: what is wrong with the images of a data set, before days are trained on them.
 *
 * Told as a row: {"data", "images": [training, held out], "problems", "found": {KIND: images}, "classes", "smallest", "largest" (images
 * of a class), "mean", "std": [channels]}; then a row for each finding: {"kind", "split", "index", "file", "detail"}. --out has
 * the findings as a table. Exit status 1 where there are problems; what may be meant so is only remarked. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/file.h"
#include "base/stop.h"
#include "base/system.h"
#include "base/textfile.h"
#include "data/form.h"
#include "data/holdout.h"
#include "data/twins.h"
#include "report/meter.h"
#include "tasks/task.h"

typedef struct check_request {
    int32_t exif, threads, examples;
    siam_holdout holdout;
    char out[SIAM_PATH_MAX];
    bool replace, json, stats;
} check_request;

enum { BROKEN, TINY, EMPTY, LEAK, TWIN, CONFLICT, ALIKE, HUGE, DARK, BRIGHT, BLURRED, KINDS };
static const struct {
    const char *name, *what; /* of so many images */
    bool problem;
} kinds[KINDS] = {
    [BROKEN] = {"broken", "cannot be read", true},
    [TINY] = {"tiny", "have a side of fewer than 16 pixels", true},
    [EMPTY] = {"empty", "are of one colour", true},
    [LEAK] = {"leak", "are held out, and a training image shows the same picture", true},
    [TWIN] = {"twin", "are pixel for pixel another one of their split", true},
    [CONFLICT] = {"conflict", "are pixel for pixel one with another label", true},
    [ALIKE] = {"alike", "show the same picture as another one of their split", false},
    [HUGE] = {"huge", "have more than 50 million pixels", false},
    [DARK] = {"dark", "are almost black", false},
    [BRIGHT] = {"bright", "are almost white", false},
    [BLURRED] = {"blurred", "are far less sharp than the others", false},
};
static const char *const split_name[2] = {"train", "test"};

typedef struct session {
    const siam_task_call *call;
    const check_request *r;
    char data[SIAM_PATH_MAX];
    siam_dataset *set[2]; /* training, held out or NULL */
    siam_survey survey[2];
    siam_twin *twin;
    siam_meter meter;
    int64_t before; /* images of the survey before */
    float detail;   /* the median */
    int64_t found[KINDS], problems; /* images; of those with a problem each counts once */
    siam_textfile table;
    json_t *rows; /* of --json, or NULL */
} session;

/* ---- looking --------------------------------------------------------------------------------------------- */

static void told(void *user, int64_t done)
{
    session *s = user;
    siam_meter_at(&s->meter, s->before + done);
}

static siam_code open_sets(session *s, siam_err *e)
{
    SIAM_TRY(siam_dataset_open_held(&s->set[0], s->data, SIAM_SPLIT_TRAIN, 0, &s->r->holdout, e));
    if (!s->set[0]->info.train_only)
        SIAM_TRY(siam_dataset_open_held(&s->set[1], s->data, SIAM_SPLIT_TEST, 0, &s->r->holdout, e));
    siam_image_form f;
    SIAM_TRY(siam_dataset_form(&f, s->set[0], e));
    const bool colours = f.channels == 0 || f.channels == 1 || f.channels == SIAM_IMAGE_CHANNELS; /* 0: none can be read */
    for (int i = 0; i < 2 && s->set[i]; i++) {
        siam_image_want want = {0};
        if (!colours || f.depth == 2) /* as they are, as `train` reads them */
            want = (siam_image_want){.channels = f.channels, .depth = f.depth};
        siam_dataset_read_as(s->set[i], s->r->exif == SIAM_EXIF_APPLY, &want);
    }
    return SIAM_OK;
}

static siam_code take_surveys(session *s, siam_err *e)
{
    const int threads = s->r->threads ? s->r->threads : siam_cpu_count();
    siam_code rc = SIAM_OK;
    siam_meter_start(&s->meter, s->call->progress, "looked at", s->set[0]->info.count + (s->set[1] ? s->set[1]->info.count : 0));
    for (int i = 0; i < 2 && !rc && s->set[i]; i++) {
        rc = siam_survey_take(&s->survey[i], s->set[i], threads, s->call->stop, told, s, e);
        s->before += s->set[i]->info.count;
    }
    siam_meter_clear(&s->meter);
    return rc;
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

/* How sharp an image of this data set usually is. */
static siam_code find_usual(session *s, siam_err *e)
{
    float *v = malloc(((size_t)s->before + 1) * sizeof *v);
    int64_t n = 0;
    if (!v)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for looking at %" PRId64 " images", s->before);
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < s->survey[k].n; i++)
            if (s->survey[k].look[i].w)
                v[n++] = s->survey[k].look[i].detail;
    qsort(v, (size_t)n, sizeof *v, ascending);
    s->detail = n ? v[n / 2] : 0;
    free(v);
    return SIAM_OK;
}

/* ---- findings -------------------------------------------------------------------------------------------- */

/* What is told of an image: its file, or its number. */
static const char *name_of(const session *s, int split, int64_t i, char *buf, size_t n)
{
    char shown[SIAM_PATH_MAX];
    const char *file = siam_dataset_file(s->set[split], i);
    if (file)
        snprintf(buf, n, "'%s'", siam_format_printable(shown, sizeof shown, file));
    else
        snprintf(buf, n, "%s image %" PRId64, split ? "held-out" : "training", i);
    return buf;
}

static siam_code find(session *s, int kind, int split, int64_t i, const char *detail, siam_err *e)
{
    char name[SIAM_PATH_MAX + 32];
    const char *file = siam_dataset_file(s->set[split], i);
    if (s->found[kind]++ < s->r->examples && !s->r->json)
        fprintf(s->call->out, "  %-9s %s%s%s\n", kinds[kind].name, name_of(s, split, i, name, sizeof name), *detail ? ": " : "", detail);
    if (s->rows) {
        json_t *row = json_pack("{s:s, s:s, s:I}", "kind", kinds[kind].name, "split", split_name[split], "index", (json_int_t)i);
        siam_json_put(&row, "file", file ? siam_json_text(file) : json_null());
        siam_json_put(&row, "detail", siam_json_text(detail));
        siam_json_add(&s->rows, row);
    }
    if (!s->table.out)
        return SIAM_OK;
    fprintf(s->table.out, "%s,%s,%" PRId64 ",", kinds[kind].name, split_name[split], i);
    siam_format_csv(s->table.out, file ? file : "");
    fputc(',', s->table.out);
    siam_format_csv(s->table.out, detail);
    fputc('\n', s->table.out);
    return siam_textfile_row(&s->table, e);
}

/* The training image that a held-out one shows, also by way of another held-out one; < 0: none. */
static siam_twin leak_of(const session *s, int64_t at)
{
    const int64_t first = s->survey[0].n;
    const siam_twin t = s->twin[at], none = {-1, SIAM_TWIN_NONE};
    if (at < first || t.of < 0)
        return none;
    if (t.of < first)
        return t;
    const siam_twin by = s->twin[t.of];
    return t.kind == SIAM_TWIN_EXACT && by.of >= 0 && by.of < first ? by : none;
}

static const char *is_of(siam_twin_kind k)
{
    return k == SIAM_TWIN_EXACT ? "is pixel for pixel" : k == SIAM_TWIN_MIRRORED ? "mirrors the picture of" : "shows the picture of";
}

/* at: among the images of both splits. */
static siam_code find_twins(session *s, int split, int64_t i, int64_t at, bool *problem, siam_err *e)
{
    char detail[SIAM_PATH_MAX + 96], name[SIAM_PATH_MAX + 32];
    const int64_t first = s->survey[0].n;
    const siam_twin leak = leak_of(s, at), t = leak.of >= 0 ? leak : s->twin[at];
    if (t.of < 0)
        return SIAM_OK;
    const int other = t.of >= first;
    const int64_t j = other ? t.of - first : t.of;
    const int a = siam_dataset_label(s->set[split], i), b = siam_dataset_label(s->set[other], j);
    snprintf(detail, sizeof detail, "%s %s", is_of(t.kind), name_of(s, other, j, name, sizeof name));
    const int kind = leak.of >= 0 ? LEAK : t.kind == SIAM_TWIN_EXACT ? TWIN : ALIKE;
    SIAM_TRY(find(s, kind, split, i, detail, e));
    *problem |= kinds[kind].problem;
    return t.kind == SIAM_TWIN_EXACT && a >= 0 && b >= 0 && a != b ? find(s, CONFLICT, split, i, detail, e) : SIAM_OK;
}

static siam_code find_looks(session *s, int split, int64_t i, bool *problem, siam_err *e)
{
    enum { TINY_SIDE = 16, HUGE_PIXELS = 50000000 };
    char detail[64];
    const siam_look *k = &s->survey[split].look[i];
    const bool empty = k->deviation < 0.004f; /* a level of 255 */
    snprintf(detail, sizeof detail, "%d x %d pixels", k->w, k->h);
    if (k->w < TINY_SIDE || k->h < TINY_SIDE)
        SIAM_TRY(find(s, TINY, split, i, detail, e));
    if ((int64_t)k->w * k->h > HUGE_PIXELS)
        SIAM_TRY(find(s, HUGE, split, i, detail, e));
    if (empty)
        SIAM_TRY(find(s, EMPTY, split, i, "", e));
    else if (k->mean < 0.03f)
        SIAM_TRY(find(s, DARK, split, i, "", e));
    else if (k->mean > 0.97f)
        SIAM_TRY(find(s, BRIGHT, split, i, "", e));
    else if (k->detail < 0.01f * s->detail)
        SIAM_TRY(find(s, BLURRED, split, i, "", e));
    *problem |= empty || k->w < TINY_SIDE || k->h < TINY_SIDE;
    return SIAM_OK;
}

static siam_code find_all(session *s, siam_err *e)
{
    int64_t at = 0;
    for (int split = 0; split < 2; split++)
        for (int64_t i = 0; i < s->survey[split].n; i++, at++) {
            bool problem = false;
            if (!s->survey[split].look[i].w) {
                SIAM_TRY(find(s, BROKEN, split, i, s->survey[split].why[i], e));
                problem = true;
            } else {
                SIAM_TRY(find_looks(s, split, i, &problem, e));
                SIAM_TRY(find_twins(s, split, i, at, &problem, e));
            }
            s->problems += problem;
        }
    return SIAM_OK;
}

/* ---- telling --------------------------------------------------------------------------------------------- */

/* Images of the smallest and of the largest class of the training images. */
static siam_code count_classes(const session *s, int64_t *least, int64_t *most, siam_err *e)
{
    const siam_dataset_info *info = &s->set[0]->info;
    *least = *most = 0;
    if (!info->classes)
        return SIAM_OK;
    int64_t *n = calloc((size_t)info->classes, sizeof *n);
    if (!n)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for counting %d classes", info->classes);
    for (int64_t i = 0; i < info->count; i++) {
        const int label = siam_dataset_label(s->set[0], i);
        if (label >= 0 && label < info->classes)
            n[label]++;
    }
    *least = *most = n[0];
    for (int k = 1; k < info->classes; k++) {
        *least = n[k] < *least ? n[k] : *least;
        *most = n[k] > *most ? n[k] : *most;
    }
    free(n);
    return SIAM_OK;
}

/* As a recipe or a run's YAML takes it. */
static void print_stats(const session *s)
{
    static const double share[3] = {0.01, 0.5, 0.99};
    FILE *out = s->call->out;
    const siam_survey *of = &s->survey[0];
    fprintf(out, "data: # of the training images, each of which counts alike");
    for (int k = 0; k < 2; k++) {
        fprintf(out, "\n  %s: [", k ? "std" : "mean");
        for (int c = 0; c < of->channels; c++) {
            double v[2];
            siam_survey_channel(of, c, &v[0], &v[1]);
            fprintf(out, "%s%.4f", c ? ", " : "", v[k]);
        }
        fputs("]", out);
    }
    for (int k = 0; k < 3; k++) {
        fprintf(out, "\n  # %g %% of the pixels are below [", 100 * share[k]);
        for (int c = 0; c < of->channels; c++)
            fprintf(out, "%s%.3f", c ? ", " : "", siam_survey_percentile(of, c, share[k]));
        fputs("]", out);
    }
    fputs("\n", out);
}

static void print(const session *s, int64_t least, int64_t most)
{
    char a[32], b[32];
    FILE *out = s->call->out;
    for (int k = 0; k < KINDS; k++)
        if (s->found[k])
            fprintf(out, "%-9s %s %s%s\n", kinds[k].name, siam_format_count(a, sizeof a, s->found[k]), kinds[k].what,
                    kinds[k].problem ? "" : " (only remarked)");
    if (s->set[0]->info.classes)
        fprintf(out, "%d classes of %s to %s training images\n", s->set[0]->info.classes, siam_format_count(a, sizeof a, least),
                siam_format_count(b, sizeof b, most));
    if (s->r->out[0])
        fprintf(out, "%s has all findings\n", s->r->out);
    if (s->problems)
        fprintf(out, "%s of %s images have a problem\n", siam_format_count(a, sizeof a, s->problems),
                siam_format_count(b, sizeof b, s->before));
    else
        fprintf(out, "no problem in %s images\n", siam_format_count(b, sizeof b, s->before));
}

static siam_code tell(session *s, int64_t least, int64_t most, siam_err *e)
{
    json_t *found = json_object(), *images = json_array(), *mean = json_array(), *std = json_array();
    for (int k = 0; k < KINDS; k++)
        siam_json_put(&found, kinds[k].name, json_integer(s->found[k]));
    for (int i = 0; i < 2; i++)
        siam_json_add(&images, json_integer(s->survey[i].n));
    for (int c = 0; c < s->survey[0].channels; c++) {
        double m, d;
        siam_survey_channel(&s->survey[0], c, &m, &d);
        siam_json_add(&mean, json_real(m));
        siam_json_add(&std, json_real(d));
    }
    json_t *row = json_pack("{s:o, s:o, s:I, s:o, s:i, s:I, s:I, s:o, s:o}", "data", siam_json_text(s->data), "images", images,
                            "problems", (json_int_t)s->problems, "found", found, "classes", s->set[0]->info.classes, "smallest",
                            (json_int_t)least, "largest", (json_int_t)most, "mean", mean, "std", std);
    SIAM_TRY(siam_task_tell_json(s->call, row, JSON_COMPACT | JSON_REAL_PRECISION(6), e));
    if (!s->rows)
        return siam_fail(e, SIAM_E_NOMEM, "out of memory for the findings");
    for (size_t i = 0; i < json_array_size(s->rows); i++)
        SIAM_TRY(siam_task_tell_json(s->call, json_incref(json_array_get(s->rows, i)), JSON_COMPACT, e));
    return SIAM_OK;
}

/* ---- the verb -------------------------------------------------------------------------------------------- */

static siam_code open_table(session *s, siam_err *e)
{
    if (!s->r->out[0])
        return SIAM_OK;
    const siam_code taken = s->r->replace ? SIAM_OK : siam_path_free(s->r->out, e);
    if (taken == SIAM_E_EXISTS)
        siam_hint(e, "another name after --out, or --replace");
    SIAM_TRY(taken);
    siam_stop_asked(s->call->stop); /* from now on a signal leaves no half file */
    SIAM_TRY(siam_textfile_open(&s->table, s->r->out, s->r->replace, e));
    fputs("kind,split,index,file,detail\n", s->table.out);
    return SIAM_OK;
}

static siam_code check(session *s, siam_err *e)
{
    int64_t least, most;
    const bool rows = siam_task_as_rows(s->call, s->r->json);
    SIAM_TRY(siam_task_data(s->data, sizeof s->data, s->call, e));
    SIAM_TRY(open_sets(s, e));
    SIAM_TRY(open_table(s, e));
    if (!s->r->json)
        fprintf(s->call->out, "%s\n", s->set[0]->info.described);
    if (!s->r->json && s->set[1])
        fprintf(s->call->out, "%s\n", s->set[1]->info.described);
    for (int i = 0; i < 2 && !s->r->json && s->set[i]; i++)
        siam_dataset_print_remarks(s->set[i], i ? s->set[0] : NULL, "", s->call->out);
    SIAM_TRY(take_surveys(s, e));
    SIAM_TRY(siam_twins_find(&s->twin, (const siam_survey *const[]){&s->survey[0], &s->survey[1]}, s->set[1] ? 2 : 1, e));
    SIAM_TRY(find_usual(s, e));
    s->rows = rows ? json_array() : NULL;
    SIAM_TRY(find_all(s, e));
    SIAM_TRY(count_classes(s, &least, &most, e));
    if (s->table.out)
        SIAM_TRY(siam_textfile_commit(&s->table, e));
    if (!s->r->json)
        print(s, least, most);
    if (s->r->stats && !s->r->json)
        print_stats(s);
    return rows ? tell(s, least, most, e) : SIAM_OK;
}

static siam_code run(const siam_task_call *c, siam_err *e)
{
    session s = {.call = c, .r = c->request};
    const siam_code rc = check(&s, e);
    if (!rc && s.problems)
        *c->status = 1;
    siam_textfile_close(&s.table);
    json_decref(s.rows);
    free(s.twin);
    for (int i = 0; i < 2; i++) {
        siam_survey_release(&s.survey[i]);
        siam_dataset_close(&s.set[i]);
    }
    return rc;
}

#define T check_request
static const siam_option options[] = {
    SIAM_OPTION_STR(T, out, "out", "", 0, "write all findings into this .csv"),
    SIAM_OPTION_BOOL(T, replace, "replace", false, 0, "the file of --out may be there already"),
    SIAM_OPTION_I32(T, examples, "examples", 3, 0, 1000000, 0, "findings of each kind to show"),
    SIAM_OPTION_BOOL(T, stats, "stats", false, 0, "print mean and deviation as YAML, for training"),
    SIAM_HOLDOUT_OPTIONS(T, holdout, 0, 0),
    SIAM_OPTION_ENUM(T, exif, "exif", SIAM_EXIF_IGNORE, "ignore|apply", 0, "orientation of photographs"),
    SIAM_OPTION_I32(T, threads, "threads", 0, 0, 1024, SIAM_OPT_AUTO, "threads that look"),
    SIAM_OPTION_BOOL(T, json, "json", false, 0, "print JSON, a row for each finding"),
    SIAM_OPTIONS_END};
#undef T

const siam_task_type siam_task_check = {
    .name = "check",
    .summary = "find broken, doubled and leaking images of a data set",
    .usage = "simsiam check DATA... [options]",
    .examples = (const char *const[]){"simsiam check photos", "simsiam check photos --out findings.csv --examples 10",
                                      "simsiam check cifar-10-binary.tar.gz --stats", NULL},
    .options = options,
    .request_size = sizeof(check_request),
    .min_args = 1,
    .max_args = -1,
    .stops_cleanly = true,
    .run = run,
};
