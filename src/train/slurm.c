/* Which run a job of Slurm has begun is in that run's run.json. */
#include "train/slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

enum { RUN_JSON_MAX = 4 << 20 };

/* Numbers and nothing else: they become part of a file's name. */
static bool number(const char *name, char *to, size_t n)
{
    const char *text = getenv(name);
    if (!text || !*text || strspn(text, "0123456789") != strlen(text) || strlen(text) >= n)
        return false;
    strcpy(to, text);
    return true;
}

void siam_slurm_job(char key[SIAM_SLURM_KEY])
{
    char job[24], task[24];
    key[0] = '\0';
    if (number("SLURM_ARRAY_JOB_ID", job, sizeof job) && number("SLURM_ARRAY_TASK_ID", task, sizeof task))
        snprintf(key, SIAM_SLURM_KEY, "%s_%s", job, task);
    else if (number("SLURM_JOB_ID", job, sizeof job))
        snprintf(key, SIAM_SLURM_KEY, "%s", job);
}

static bool began(const char *folder, const char *key)
{
    char path[SIAM_PATH_MAX + 16];
    json_t *j;
    if (!siam_path_join(path, sizeof path, folder, "run.json") || siam_json_read(&j, path, RUN_JSON_MAX, NULL))
        return false;
    const char *job = json_string_value(json_object_get(j, "slurm_job"));
    const bool same = job && !strcmp(job, key);
    json_decref(j);
    return same;
}

siam_code siam_slurm_take(siam_config *c, const char *verb, bool *again, siam_err *e)
{
    char key[SIAM_SLURM_KEY];
    siam_slurm_job(key);
    *again = false;
    if (!key[0] || c->run_resume)
        return SIAM_OK;
    if (!c->run_out[0] && snprintf(c->run_out, sizeof c->run_out, "runs/%s-job-%s", verb, key) >= (int)sizeof c->run_out)
        return siam_fail(e, SIAM_E_BUG, "the name of a job's folder is too long");
    *again = c->run_resume = began(c->run_out, key);
    return SIAM_OK;
}
