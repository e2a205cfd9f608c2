/* The training session, shared by job_simsiam.c (loop), simsiam_setup.c, simsiam_state.c (checkpoints) and simsiam_eval.c. */
#ifndef SIAM_TRAIN_SIMSIAM_PRIVATE_H
#define SIAM_TRAIN_SIMSIAM_PRIVATE_H

#include "base/system.h"
#include "data/loader.h"
#include "infer/features.h"
#include "optim/optim.h"
#include "report/metrics.h"
#include "report/verdict.h"
#include "train/session.h"
#include "train/train.h"

/* Where training stands; everything here is in a checkpoint. Random numbers are counter-based, so that is all. */
typedef struct position {
    int64_t step;                 /* updates done */
    int epoch;                    /* epochs done */
    int64_t batch;                /* batches done in the current epoch */
    double loss_sum, gauge_sum;   /* over those batches */
    double seconds;               /* of training, pauses left out */
    double best_knn;              /* 0 = none yet */
    int best_epoch;
    siam_fingerprint data;        /* of the training images */
} position;

typedef struct trainer {
    siam_config cfg;
    siam_optset set; /* over cfg */
    const char *const *argv;
    siam_train_watch watch;
    char told[3 * SIAM_PATH_MAX]; /* what a resumed configuration leaves out */

    siam_dataset *train, *test; /* test: NULL when there is none, or no evaluation */
    bool monitored; /* kNN on the way; without a test split each image of the bank asks all others */
    siam_backend *backend;
    siam_tuner *tuner;

    siam_model_cfg model;
    siam_norm norm;
    siam_graph *graph, *encoder;
    siam_model_vals vals, encoder_vals;
    siam_params *params;
    siam_plan *plan;
    siam_loader *loader;
    siam_extractor *extractor;
    int64_t *bank;
    int64_t nbank;
    int workers;
    siam_dtype maps; /* train.precision */
    int part;   /* images per view of one accumulation part */
    bool halted; /* train.stop_step was reached */
    int64_t skipped; /* bad images in skipped.csv so far */
    bool has_z; /* the plan holds a z of this session */
    siam_lr_cfg lr;

    siam_run *run;
    siam_metrics *metrics;
    siam_progress *progress;
    siam_verdict verdict;
    position at;
    double started; /* siam_clock() when at.seconds was as loaded */
    double waited;  /* loader seconds already accounted for */
    siam_train_result result;
} trainer;

double siam_trainer_seconds(const trainer *t); /* since training began, pauses left out */

/* simsiam_setup.c: open everything; on failure close() is still due. */
siam_code siam_trainer_open(trainer *t, siam_err *e);
void siam_trainer_farewell(trainer *t); /* the last lines: where the model is, what to do next */
void siam_trainer_close(trainer *t, siam_code outcome);

/* simsiam_state.c */
siam_code siam_trainer_save(trainer *t, siam_err *e);   /* checkpoint of t->at, pointer, model.safetensors */
siam_code siam_trainer_resume(trainer *t, siam_err *e); /* newest good checkpoint of the run folder */

/* simsiam_eval.c: kNN of the encoder (NAN without labels) and the effective rank of the last batch's z (NAN when
 * no step was made in this session). */
siam_code siam_trainer_evaluate(trainer *t, double *knn_top1, double *rank, siam_err *e);

#endif
