/* The list of jobs. */
#include <string.h>

#include "base/check.h"
#include "train/job.h"

#define SIAM_ROW(x) extern const siam_job siam_job_##x;
#include "train/jobs.def"
#undef SIAM_ROW

const siam_job *const siam_jobs[] = {
#define SIAM_ROW(x) &siam_job_##x,
#include "train/jobs.def"
#undef SIAM_ROW
    NULL};

const siam_job *siam_job_find(const char *name)
{
    for (int i = 0; siam_jobs[i]; i++)
        if (!strcmp(siam_jobs[i]->name, name))
            return siam_jobs[i];
    return NULL;
}

const siam_job *siam_job_of(const siam_optset *set)
{
    int i = 0;
    while (siam_jobs[i] && siam_jobs[i]->options != set->row)
        i++;
    SIAM_ASSERT(siam_jobs[i]);
    return siam_jobs[i];
}
