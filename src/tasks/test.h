/* The verb `simsiam test`: a classifier on labelled images.
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
#ifndef SIAM_TASKS_TEST_H
#define SIAM_TASKS_TEST_H

#include <stdio.h>

#include "infer/classify.h"

enum siam_test_split { SIAM_TEST_AUTO, SIAM_TEST_TRAIN, SIAM_TEST_TEST };

typedef struct siam_test_request {
    siam_model_ask ask;
    const char *data;
    int32_t split; /* enum siam_test_split; auto: the held-out images, or all where none are held out */
    const char *device;
    int32_t threads; /* 0 = all */
    double max_bad;  /* share of images that may be unreadable */
    const volatile sig_atomic_t *stop;
    const char *out;         /* a file of predictions (tasks/preds.h), or NULL */
    bool replace;            /* `out` may be there already */
    double min_top1;         /* share that must be right; 0 = any */
    int32_t mistakes;        /* how many to print */
    bool json, upright;
    FILE *progress; /* or NULL */
} siam_test_request;

/* *passed = false: top-1 is below min_top1, and `gate` says both numbers. */
siam_code siam_test_run(const siam_test_request *r, FILE *out, bool *passed, char gate[256], siam_err *e);

#endif
