/* What a test came to, between measuring it (task_test.c) and telling it (test_report.c).
 *
 * JSON (one object on one line):
 *   model, data, described  what was tested on what
 *   images, unreadable      images scored; images left out because they cannot be read
 *   right, top1, top5       images with the label first; shares of `images` with it first, among the first 5 (null for
 *                           five classes or fewer, where that is always so)
 *   macro, micro            {precision, recall, f1}: averages over the classes that occur among labels or
 *                           predictions, as scikit-learn's with zero_division=0; micro equals top1
 *   averaged_over           how many classes those are
 *   classes                 [{class, name, precision, recall, f1, support, predicted, hits}], every class of
 *                           the model; name may be null
 *   confusion               [[...]]: row = label, column = prediction; null for more than 100 classes
 *   confused                [{label, pred, count}], most frequent first, at most 1000
 *   mistakes                [{index, file, label, pred, score}], most confident first, as many as asked for
 *   bad                     [{index, file, error}]: the unreadable images, at most 1000
 *   mean, std, normalised   what the pixels were normalised with, and whose numbers those are
 *   matched, told           sentences about the classes and the tensors' names, or ""
 *   min_top1, passed        the gate: null and true without one
 * Classes are the model's numbers. */
#ifndef SIAM_TASKS_TEST_REPORT_H
#define SIAM_TASKS_TEST_REPORT_H

#include "data/skiplist.h"
#include "infer/classes.h"
#include "infer/scan.h"
#include "infer/score.h"
#include "tasks/task.h"

typedef struct siam_test_request {
    siam_scan_spec scan;
    int32_t split;
    char out[SIAM_PATH_MAX]; /* a file of predictions (infer/preds.h), or "" */
    bool replace;            /* `out` may be there already */
    double min_top1;         /* as given */
    int32_t mistakes;        /* how many to print */
    bool json;
} siam_test_request;

typedef struct siam_test_result {
    const siam_test_request *r;
    const siam_dataset *d;
    const siam_scan *scan; /* d is its set */
    char norm[256];
    siam_classes classes;
    siam_score score; /* mistakes sorted */
    siam_skiplist bad;
    siam_confusion *pair;
    int64_t npairs;
    double least; /* the share that must be right; 0 = any */
    bool passed;
} siam_test_result;

double siam_test_top1(const siam_test_result *t);
/* Nothing is printed where there is no memory (SIAM_E_NOMEM). */
siam_code siam_test_print(FILE *out, const siam_test_result *t, siam_err *e);
siam_code siam_test_tell(const siam_task_call *c, const siam_test_result *t, siam_err *e); /* as a row */

#endif
