/* What the files of `simsiam bench` share. */
#ifndef SIAM_TASKS_BENCH_BENCH_PRIVATE_H
#define SIAM_TASKS_BENCH_BENCH_PRIVATE_H

#include "base/json.h"
#include "engine/place.h"
#include "tasks/bench/bench.h"

enum { SIAM_BENCH_SMALL = 64 };
static const double SIAM_BENCH_SECONDS = 0.5; /* of one measurement, at least one step */

typedef struct bench {
    const siam_bench_request *r;
    FILE *out, *say;
    json_t *rows; /* NULL: text */
    siam_place place; /* where steps are made */
    siam_backend *backend;
    siam_tuner *tuner;
    const siam_comm *ranks; /* this process alone is one, too */
    siam_dtype map_type; /* type of the feature maps */
    siam_bandwidth bandwidth; /* the best of this run so far; the floor is counted with the triad */
} bench;

/* One pass of one operation, or the optimiser's: what it took within the step and at best. */
typedef struct siam_bench_op {
    const char *kind;                          /* what it is added up under: "conv2d forward" */
    const char *layer, *pass, *impl, *variant; /* the plan's own strings */
    double ms;
    siam_work work;
    double best_ms; /* alone, on memory of its own; or the bytes at the bandwidth; 0: not measured */
    bool product;   /* a convolution or a matrix product */
    int slot;       /* its row of the plan and its pass: SIAM_PASS_COUNT row + pass */
} siam_bench_op;

/* One line of the table. */
typedef struct siam_bench_result {
    const char *arch, *what; /* arch NULL: the loader */
    int size, batch;
    double ms;         /* of the best measurement */
    double profile_ms; /* of the step whose operations were timed; 0: there are none */
    siam_bench_op *op;
    int nops;
    size_t peak_bytes, planned_bytes;
    bool elsewhere;              /* on a device behind a plug-in: `compiled` where `told` */
    bool told;                   /* its compiler says what a step takes */
    siam_engine_memory compiled; /* that */
    int ranks; /* 0: this process alone */
    siam_comm_cost cost; /* of a step, to the first of them */
    double product_ms, floor_ms; /* sums of best_ms: over the products, over all; 0: not measured */
} siam_bench_result;

/* A step of training, or of inference, that can be run over and over. */
typedef struct siam_stepper {
    siam_graph *graph;
    siam_engine *engine;
    siam_params *params;
    float *images; /* random, of one batch, all views */
    int batch;     /* of each view */
    bool training;
    siam_val features;                /* of inference */
    float *out;                       /* [batch, features]: an engine elsewhere is not done before they are here */
    siam_ticket ticket[SIAM_TICKETS]; /* of steps that were asked for and not heard of */
    int open;
} siam_stepper;

/* With the tuner of b; closed by siam_stepper_close in any case. */
siam_code siam_stepper_open(siam_stepper *s, const bench *b, const char *arch, int size, int batch, siam_err *e);
/* A device is asked as far ahead as a training asks it; wait: until all is done. */
siam_code siam_stepper_step(siam_stepper *s, siam_err *e);
siam_code siam_stepper_wait(siam_stepper *s, siam_err *e);
void siam_stepper_close(siam_stepper *s);

int siam_bench_batch(const bench *b, const char *what, int size);

siam_code siam_bench_step(bench *b, const char *what, const char *arch, int size, siam_err *e);
siam_code siam_bench_ranks(bench *b, const char *arch, int size, siam_err *e);
siam_code siam_bench_load(bench *b, int size, siam_err *e);
/* Fill the best_ms of all operations, and the sums. */
siam_code siam_bench_floor(bench *b, const siam_stepper *s, siam_bench_result *r, siam_err *e);

/* Print, or append to b->rows. */
void siam_bench_header(const bench *b);
void siam_bench_report(bench *b, const siam_bench_result *r);

#endif
