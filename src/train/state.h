/* The state of a run: what a checkpoint holds beside the model. */
#ifndef SIAM_TRAIN_STATE_H
#define SIAM_TRAIN_STATE_H

#include "base/option.h"
#include "data/fingerprint.h"
#include "report/progress.h"
#include "report/run_folder.h"
#include "tensor/param.h"

/* One number of the position in training: text in the checkpoint that reads back to the same bits. */
typedef struct siam_field {
    const char *key;
    int64_t *whole; /* one of the three */
    int *small;
    double *real;
    bool optional; /* a checkpoint of an earlier version may lack it: then it stays as it is */
    bool lost;     /* a real one may be NaN or infinite: of a head that has diverged */
    double most;   /* a real one is between 0 and this; 0: any number */
} siam_field;

/* The fields of a fingerprint; of the training images, or of the held-out ones. */
enum { SIAM_DATA_FIELDS = 4 };
void siam_state_data_fields(siam_field f[SIAM_DATA_FIELDS], siam_fingerprint *p, bool held_out);

/* What a checkpoint holds: values, running statistics and momentum of `params`, and the position. Random numbers are
 * counter-based, so that is all it takes to continue bit for bit. */
typedef struct siam_state {
    const char *kind;       /* "training state" */
    const siam_optset *set; /* a checkpoint of other settings is refused */
    siam_params *params;
    const siam_field *field;
    int nfield;
} siam_state;
/* Write it as the checkpoint of `step`, to be committed (report/run_folder.h). */
siam_code siam_state_write(siam_run *run, const siam_state *s, int64_t step, siam_err *e);
/* Read the newest good checkpoint of the folder into params and fields; damaged ones are passed over with a warning. */
siam_code siam_state_load(siam_run *run, const siam_state *s, siam_progress *p, siam_err *e);

/* A hash over every setting that makes the result what it is. */
uint64_t siam_state_settings(const siam_optset *set);

#endif
