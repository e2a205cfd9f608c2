/* What the tests of whole runs share (test_trajectory.c, test_probe.c): the numbers that a file has of a case, the data set
 * that is made for it, the settings, and the comparisons. */
#ifndef SIAM_TESTS_GOLDEN_RUN_H
#define SIAM_TESTS_GOLDEN_RUN_H

#include "base/json.h"
#include "base/rng.h"
#include "checkpoint/checkpoint.h"
#include "data/dataset.h"
#include "train/config.h"

typedef struct golden {
    const json_t *one, *tolerance; /* a case; of the whole file */
    const char *backend;
    uint64_t seed;
    int bad; /* comparisons that failed */
    double worst[3]; /* largest shares of a tolerance: what the test likes to keep apart */
    siam_config cfg;
    siam_optset set;
} golden;

extern siam_err golden_err; /* of the call in OK() */
#define OK(x) golden_require((x), #x, __LINE__)
void golden_require(siam_code rc, const char *what, int line);

/* Members that must be there. */
const json_t *golden_member(const json_t *o, const char *key);
double golden_number(const json_t *o, const char *key);
const char *golden_string(const json_t *o, const char *key);
double golden_entry(const json_t *list, int64_t i);
double golden_tolerance(const golden *g, const char *of);

/* Returns the share of the limit by which the two differ; more than 1 is counted in g->bad and printed. */
double golden_compare(golden *g, const char *what, double got, double want, double limit);
/* Entries at even distances, and the sum of all with random signs. Returns the worst share of the tolerance. */
double golden_compare_tensor(golden *g, const char *name, const json_t *want, const float *x, int64_t n);
/* Member `key` of a row of metrics.jsonl, `as` in the file. */
double golden_compare_metric(golden *g, const char *of, int64_t at, const json_t *got, const char *key, const json_t *want,
                             const char *as, double limit);
/* The rows of run/metrics.jsonl, each with what the file has of that step or epoch: as many of each, in their order. */
typedef void golden_row(golden *g, const json_t *got, const json_t *want, int64_t at);
void golden_compare_metrics(golden *g, golden_row *step, golden_row *epoch);
/* As golden_compare_tensor, for tensor `name` of a checkpoint, `as` in the file. */
double golden_compare_entry(golden *g, const siam_ckpt *c, const char *name, const char *as);
/* free() it. */
float *golden_read_tensor(const siam_ckpt *c, const char *name, int64_t *n);

/* CIFAR-10's files in the folder "data" of the working directory: per_file, test and mix of the case, from g->seed. */
void golden_write_data(const golden *g);
/* The settings of the case over `options`, and those that all tests have. */
void golden_configure(golden *g, const siam_option *options);
/* The training views as bytes: the CRC-32 of each epoch equals that of Pillow's and torchvision's. */
void golden_compare_pixels(golden *g, int views, bool drop_last, const siam_aug_cfg *aug);

/* The stream of a name. */
siam_rng golden_stream(const golden *g, const char *name);

/* Run every case of the list `key` of a file, each in an empty folder. Returns how many comparisons failed. */
int golden_run_cases(const char *path, const char *format, const char *key, const char *backend, void (*run)(golden *));

#endif
