/* What a test came to, between measuring it (test.c) and printing it (test_print.c). */
#ifndef SIAM_TASKS_TEST_RESULT_H
#define SIAM_TASKS_TEST_RESULT_H

#include "data/skiplist.h"
#include "infer/classes.h"
#include "infer/score.h"
#include "tasks/test.h"

typedef struct siam_test_result {
    const siam_test_request *r;
    const siam_dataset *d;
    const siam_encoder *enc;
    char norm[256];
    siam_classes classes;
    siam_score score; /* mistakes sorted */
    siam_skiplist bad;
    siam_confusion *pair;
    int64_t npairs;
    bool passed;
} siam_test_result;

double siam_test_top1(const siam_test_result *t);
void siam_test_print(FILE *out, const siam_test_result *t);
siam_code siam_test_print_json(FILE *out, const siam_test_result *t, siam_err *e);

#endif
