/* simsiam bench: speed of the training step, of feature extraction and of the loader, beside the machine's limit. */
#ifndef SIAM_TASKS_BENCH_BENCH_H
#define SIAM_TASKS_BENCH_BENCH_H

#include "base/file.h"
#include "data/dataset.h"
#include "tasks/task.h"

typedef struct siam_bench_request {
    char arch[256];     /* "resnet18,resnet50" */
    char what[64];      /* "step,load" */
    char device[SIAM_PATH_MAX]; /* "auto" */
    int32_t devices;            /* as siam_place_take has it */
    char data[1024];    /* what the loader reads: "synth", or a path */
    siam_list size;     /* input sides */
    int32_t batch;      /* images per step, each in two views when training; 0 = by what and size */
    int32_t threads, workers; /* 0 = all */
    int32_t decode;            /* enum siam_decode, of the loader's photographs */
    int32_t width, dim;
    int32_t recompute;         /* siam_recompute */
    int32_t repeat;            /* measurements of which the best counts */
    int32_t precision;         /* enum siam_precision */
    bool force;                /* bfloat16 even where it is slower */
    bool json, profile, floor; /* profile: text has a line per operation; floor: measure the limit too */
} siam_bench_request;

/* Every architecture at every size. Up to 64 px the cifar stem and a 2-layer projector, above the imagenet stem and 3
 * layers. JSON: {"machine", "bench": [row]}; docs/SPEED.md describes a row. */
siam_code siam_bench(const siam_task_call *c, siam_err *e);

#endif
