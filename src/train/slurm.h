/* Jobs of Slurm, which are started again under the same number when they were interrupted (sbatch --requeue): such a run goes on by
 * itself. */
#ifndef SIAM_TRAIN_SLURM_H
#define SIAM_TRAIN_SLURM_H

#include "train/config.h"

enum { SIAM_SLURM_KEY = 128 };

/* "4711", "4711_3" of a task of an array; "" outside of a job. cluster: with its cluster's name before it, "alps:4711". */
void siam_slurm_job(char key[SIAM_SLURM_KEY], bool cluster);
/* In a job: a folder whose run this job began with this command line is resumed, *again; without --out the folder is
 * runs/VERB-job-KEY, or with -2, -3 ... behind it where the job's other commands have taken that. */
siam_code siam_slurm_take(siam_config *c, const char *verb, const char *const *argv, bool *again, siam_err *e);

#endif
