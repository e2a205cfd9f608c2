/* The job of pretraining, shared by job_simsiam.c (steps, numbers, models), simsiam_setup.c (opening) and simsiam_eval.c. */
#ifndef SIAM_TRAIN_SIMSIAM_PRIVATE_H
#define SIAM_TRAIN_SIMSIAM_PRIVATE_H

#include "data/loader.h"
#include "infer/knn.h"
#include "optim/optim.h"
#include "report/verdict.h"
#include "train/loop.h"
#include "train/train.h"
#include "views/views.h"

/* What of it is in a checkpoint. */
typedef struct simsiam_state {
    double loss_sum, gauge_sum; /* over the batches of this epoch */
    double best_knn;            /* 0 = none yet */
    int best_epoch;
} simsiam_state;

/* Views that the device makes; program NULL: the host does. */
typedef struct simsiam_views {
    siam_loader_gives gives;
    siam_aug_cfg aug;
    siam_views_form form;
    siam_hlo_program *program;
    float *levels;
    uint8_t *set;         /* all images, where they stay on the device */
    int32_t *index, *crop; /* of a batch of those */
    size_t crop_words;    /* of a view */
    bool looked;          /* the first are those of the host */
} simsiam_views;

typedef struct simsiam_job {
    siam_loop *loop;
    const siam_config *cfg;
    simsiam_state at;

    siam_dataset *test; /* NULL when there is none, or no evaluation */
    bool monitored; /* kNN on the way; without a test split each image of the bank asks all others */
    siam_model_cfg model;
    siam_norm norm;
    siam_image_want want; /* what images are read as, also where that is RGB of 8 bits */
    siam_graph *graph, *encoder;
    siam_model_vals vals, encoder_vals;
    siam_params *params;
    siam_engine *engine;
    siam_loader *loader;
    simsiam_views views;
    siam_extractor *extractor;
    siam_knn_sets sets; /* of the monitor */
    siam_dtype map_type; /* train.precision */
    int part;        /* images per view of one accumulation part */
    size_t bytes;    /* what all of it takes */
    bool has_z;      /* the engine holds a z of this session */
    siam_lr_cfg lr;

    siam_ticket ticket[SIAM_TICKETS]; /* of the last steps, by their number */
    double loss, gauge;    /* of the last step that was heard of */
    double knn_top1, rank; /* of the last epoch; NAN: not measured */
    siam_verdict verdict;
    siam_train_result result;
} simsiam_job;

/* simsiam_setup.c: what siam_job says of these. */
siam_code siam_simsiam_open(void *self, siam_loop *loop, siam_err *e);
siam_code siam_simsiam_prepare(void *self, siam_err *e);
/* simsiam_inputs.c: choose what the training images are read as, and how they are normalised. */
siam_code siam_simsiam_inputs(simsiam_job *j, siam_err *e);
void siam_simsiam_describe(const void *self);
siam_code siam_simsiam_build(void *self, siam_err *e);
void siam_simsiam_close(void *self);

/* simsiam_views.c: the bytes that images which stay on the device, and what is drawn for views of a batch of them, take of this machine's
 * memory (0: none do); choose where views are made, before the loader is opened; say so; what the engine is told of it; a step on a batch. */
size_t siam_simsiam_views_bytes(const simsiam_job *j, int batch);
siam_code siam_simsiam_views_open(simsiam_job *j, siam_err *e);
void siam_simsiam_views_describe(const simsiam_job *j);
siam_engine_views siam_simsiam_views_cfg(const simsiam_job *j);
siam_code siam_simsiam_views_step(simsiam_job *j, const siam_batch *b, const float rate[SIAM_GROUP_COUNT], siam_ticket *t, siam_err *e);
void siam_simsiam_views_close(simsiam_job *j);

/* simsiam_eval.c: kNN of the encoder (NAN without labels) and the effective rank of the last batch's z (NAN when
 * no step was made in this session). */
siam_code siam_simsiam_evaluate(simsiam_job *j, double *knn_top1, double *rank, siam_err *e);

#endif
