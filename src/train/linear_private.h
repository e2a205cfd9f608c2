/* The job of a linear evaluation, shared by job_linear.c (steps, measuring, numbers), linear_setup.c (opening) and
 * linear_state.c (checkpoints, models). */
#ifndef SIAM_TRAIN_LINEAR_PRIVATE_H
#define SIAM_TRAIN_LINEAR_PRIVATE_H

#include "model/encoder.h"
#include "train/feed.h"
#include "train/probes.h"
#include "train/linear.h"
#include "train/loop.h"

enum { LINEAR_HEADS = SIAM_LIST_MAX, LINEAR_HEAD_FIELDS = 6, LINEAR_KEY_MAX = 48 };

/* How a head does on the held-out images. */
typedef struct head_record {
    double loss_sum;              /* over the batches of this epoch */
    int64_t best_hits, best_hits5; /* at its best epoch */
    int best_epoch;               /* from 1; 0 = not measured yet */
    int64_t hits, hits5;          /* at the last epoch */
} head_record;

/* What of it is in a checkpoint. */
typedef struct linear_state {
    int lead;        /* the head with the best result so far, the first of equals */
    int64_t encoder; /* a hash of the encoder's numbers */
    head_record head[LINEAR_HEADS];
} linear_state;

typedef struct linear_job {
    siam_loop *loop;
    const siam_config *cfg;
    linear_state at;
    char key[LINEAR_HEADS * LINEAR_HEAD_FIELDS][LINEAR_KEY_MAX]; /* of the heads' fields */

    siam_dataset *test;
    siam_encoder *encoder;
    siam_extractor *extractor;
    siam_loader *loader; /* NULL: features are cached */
    int dim, classes;

    siam_features cached, held_out;
    siam_feed *feed;
    siam_probes *heads;
    int nheads;
    double lr[LINEAR_HEADS];
    siam_lr_cfg schedule; /* lr = 1: the factor on every head's rate */

    siam_model_cfg model; /* encoder and classifier */
    siam_params *whole;   /* its parameters, as they are saved */
    char **class_name;    /* [classes], the strings borrowed from train; NULL: it has none */
} linear_job;

/* linear_setup.c: what siam_job says of these. */
siam_code siam_linear_open(void *self, siam_loop *loop, siam_err *e);
siam_code siam_linear_prepare(void *self, siam_err *e);
uint64_t siam_linear_identity(const void *self);
void siam_linear_describe(const void *self);
/* Read the features that stay in memory: of the held-out images, and with data.cache_features of all. */
siam_code siam_linear_start(void *self, siam_err *e);
void siam_linear_close(void *self);

/* linear_state.c: the same; model-last.safetensors beside a checkpoint. */
int siam_linear_fields(void *self, void *state, siam_field *f);
siam_code siam_linear_check_state(const void *self, const void *state, const siam_position *at, siam_err *e);
siam_code siam_linear_save_models(void *self, const siam_snapshot *shot, siam_err *e);
/* model.safetensors from the leading head as it is now, behind the last step of an epoch. */
siam_code siam_linear_save_best(void *self, siam_err *e);

#endif
