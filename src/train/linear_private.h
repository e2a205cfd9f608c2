/* The session of a linear evaluation, shared by job_linear.c (loop), linear_setup.c (opening) and linear_state.c
 * (checkpoints, models). */
#ifndef SIAM_TRAIN_LINEAR_PRIVATE_H
#define SIAM_TRAIN_LINEAR_PRIVATE_H

#include "base/system.h"
#include "model/encoder.h"
#include "report/metrics.h"
#include "train/feed.h"
#include "train/heads.h"
#include "train/linear.h"
#include "train/session.h"

enum { PROBER_HEADS = SIAM_LIST_MAX };

/* How a head does on the held-out images. */
typedef struct head_record {
    double loss_sum;              /* over the batches of this epoch */
    int64_t best_hits, best_hits5; /* at its best epoch */
    int best_epoch;               /* from 1; 0 = not measured yet */
    int64_t hits, hits5;          /* at the last epoch */
} head_record;

/* Where training stands; everything here is in a checkpoint. */
typedef struct probe_position {
    int64_t step, batch; /* updates done; batches done in the current epoch */
    int epoch;           /* epochs done */
    double seconds;      /* of training, pauses left out */
    int lead;            /* the head with the best result so far, the first of equals */
    int64_t encoder;     /* a hash of the encoder's numbers */
    siam_fingerprint data[2]; /* of the training images, of the held-out ones */
    head_record head[PROBER_HEADS];
} probe_position;

typedef struct prober {
    siam_config cfg;
    siam_optset set; /* over cfg */
    const char *const *argv;
    FILE *console;
    char told[3 * SIAM_PATH_MAX]; /* what a resumed configuration leaves out */
    const volatile sig_atomic_t *stop;

    siam_dataset *train, *test;
    siam_backend *backend;
    siam_tuner *tuner;
    siam_encoder *encoder;
    siam_extractor *extractor;
    siam_loader *loader; /* NULL: features are cached */
    int dim, classes;

    siam_features cached, held_out;
    siam_feed *feed;
    siam_heads *heads;
    int nheads;
    double lr[PROBER_HEADS];
    siam_lr_cfg schedule; /* lr = 1: the factor on every head's rate */

    siam_model_cfg model; /* encoder and classifier */
    siam_params *whole;   /* its parameters, as they are saved */
    char **class_name;    /* [classes], the strings borrowed from train; NULL: it has none */

    siam_run *run;
    siam_metrics *metrics;
    siam_progress *progress;
    probe_position at;
    bool halted;     /* train.stop_step was reached */
    bool worked;     /* a step was made in this session */
    int64_t skipped; /* bad images in skipped.csv so far */
    double started;  /* siam_clock() when at.seconds was as loaded */
    double waited;   /* loader seconds already accounted for */
} prober;

double siam_prober_seconds(const prober *p); /* since training began, pauses left out */

/* linear_setup.c: open everything; on failure close() is still due. */
siam_code siam_prober_open(prober *p, siam_err *e);
/* Read the features that stay in memory: of the held-out images, and with data.cache_features of all. */
siam_code siam_prober_read_features(prober *p, siam_err *e);
void siam_prober_close(prober *p, siam_code outcome);
siam_code siam_prober_skipped(prober *p, siam_err *e);

/* linear_state.c: a checkpoint and model-last.safetensors; model.safetensors from the leading head as it is now. */
siam_code siam_prober_save(prober *p, siam_err *e);
siam_code siam_prober_save_best(prober *p, siam_err *e);
siam_code siam_prober_resume(prober *p, siam_err *e);

#endif
