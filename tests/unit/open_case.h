/* Data sets that a test expects to open. */
#ifndef SIAM_TEST_OPEN_CASE_H
#define SIAM_TEST_OPEN_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/holdout.h"

static inline siam_dataset *open_split(const char *spec, siam_split split, const siam_holdout *h)
{
    siam_dataset *d;
    siam_err e = {0};
    if (siam_dataset_open_held(&d, spec, split, 0, h, &e))
        fail_msg("%s: %s", spec, e.msg);
    return d;
}

static inline siam_dataset *open_ok(const char *spec) { return open_split(spec, SIAM_SPLIT_TRAIN, NULL); }

#endif
