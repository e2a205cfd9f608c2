/* Jobs of Slurm, which are started again under the same number when they were interrupted (sbatch --requeue): such a run goes on by
 * itself. */
#ifndef SIAM_TRAIN_SLURM_H
#define SIAM_TRAIN_SLURM_H

#include "train/config.h"

enum { SIAM_SLURM_KEY = 64 };

/* "4711", "4711_3" of a task of an array; "" outside of a job. */
void siam_slurm_job(char key[SIAM_SLURM_KEY]);
/* In a job: without --out the folder is runs/VERB-job-KEY; a folder whose run this job began is resumed. *again: it is. */
siam_code siam_slurm_take(siam_config *c, const char *verb, bool *again, siam_err *e);

#endif
