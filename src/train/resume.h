/* What a run that is resumed must have in common with the run it was: settings, images, position. */
#ifndef SIAM_TRAIN_RESUME_H
#define SIAM_TRAIN_RESUME_H

#include "data/fingerprint.h"
#include "train/config.h"

/* resume_config.c. Take what the command line leaves open in `set` (over a job's options) from the config.yaml of the run
 * in run.out; what it sets differently and would change the result is SIAM_E_CONFIG, naming every such key. A recipe's values
 * count as left open. Where that run wrote to is not taken (SIAM_OPT_OUTPUT); told: a sentence about what is not used, or "". */
siam_code siam_resume_config(siam_optset *set, char *told, size_t n, siam_err *e);

/* resume_data.c. The images must be those the run began with, in the same order and with the same labels (SIAM_E_CONFIG,
 * saying what differs). began->images = 0: a checkpoint that does not know. */
siam_code siam_resume_check_data(const siam_optset *set, const siam_fingerprint *began, const siam_fingerprint *now,
                                 bool held_out, siam_err *e);
/* The position must be one of the data set, of which an epoch has `steps` steps: --data may name another place on resuming,
 * not other images (SIAM_E_CONFIG). */
siam_code siam_resume_check_position(const siam_optset *set, int64_t step, int epoch, int64_t batch, int64_t steps,
                                     siam_err *e);

#endif
