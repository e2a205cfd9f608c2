/* What `simsiam knn` measures, for other verbs, too. */
#ifndef SIAM_TASKS_TASK_KNN_H
#define SIAM_TASKS_TASK_KNN_H

#include "infer/scan.h"

typedef struct siam_knn_request {
    siam_scan_spec scan; /* scan.model.model may also be "raw": the pixels */
    siam_list k, temperature;
    int32_t bank; /* at most so many training images, 0 = all */
    bool
        leave_one_out; /* over all images, training and held out; the only way where no images are held out */
    bool json;
    const volatile sig_atomic_t *stop;
} siam_knn_request;

/* top1[ik * temperature.n + it], as siam_knn_classify. */
siam_code siam_knn_measure(const siam_knn_request *r, double *top1, siam_err *e);

#endif
