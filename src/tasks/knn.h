/* The verb `simsiam knn`: how well the nearest neighbours' labels tell an image's. */
#ifndef SIAM_TASKS_KNN_H
#define SIAM_TASKS_KNN_H

#include <signal.h>
#include <stdio.h>

#include "base/option.h"
#include "model/encoder.h"

typedef struct siam_knn_request {
    siam_model_ask ask; /* ask.model may also be "raw": the pixels */
    const char *data;
    siam_list k, temperature;
    int32_t bank;      /* at most so many training images, 0 = all */
    bool leave_one_out; /* over all images, training and held out; the only way where no images are held out */
    int32_t threads;
    int32_t precision; /* enum siam_precision */
    bool force;        /* take it even where it is slower */
    const char *device;
    bool json, upright; /* upright: apply the EXIF orientation */
    double max_bad;     /* share of images that may be unreadable, as siam_loader_cfg */
    const volatile sig_atomic_t *stop;
} siam_knn_request;
/* top1[ik * temperature.n + it], as siam_knn_classify. */
siam_code siam_knn_measure(const siam_knn_request *r, double *top1, siam_err *e);
/* The same, printed. */
siam_code siam_knn_run(const siam_knn_request *r, FILE *out, siam_err *e);

#endif
