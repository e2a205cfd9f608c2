/* Which run a job of Slurm has begun is in that run's run.json. */
#include "train/slurm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "report/run_folder.h"

enum { MOST = 10000 /* commands of a job */ };

/* Numbers and nothing else: they become part of a file's name. */
static bool number(const char *name, char *to, size_t n)
{
    const char *text = getenv(name);
    if (!text || !*text || strspn(text, "0123456789") != strlen(text) || strlen(text) >= n)
        return false;
    strcpy(to, text);
    return true;
}

void siam_slurm_job(char key[SIAM_SLURM_KEY], bool cluster)
{
    char job[24], task[24];
    const char *name = cluster ? getenv("SLURM_CLUSTER_NAME") : NULL;
    const int n = snprintf(key, SIAM_SLURM_KEY, name && *name ? "%.48s:" : "%.0s", name ? name : "");
    char *to = key + n;
    if (number("SLURM_ARRAY_JOB_ID", job, sizeof job) && number("SLURM_ARRAY_TASK_ID", task, sizeof task))
        snprintf(to, SIAM_SLURM_KEY - (size_t)n, "%s_%s", job, task);
    else if (number("SLURM_JOB_ID", job, sizeof job))
        snprintf(to, SIAM_SLURM_KEY - (size_t)n, "%s", job);
    else
        key[0] = '\0';
}

static bool same_words(const json_t *list, const char *const *argv)
{
    size_t n = 0;
    for (; argv && argv[n]; n++) {
        const char *word = json_string_value(json_array_get(list, n));
        if (!word || strcmp(word, argv[n]))
            return false;
    }
    return n == json_array_size(list);
}

static bool began(const char *folder, const char *key, const char *const *argv)
{
    char path[SIAM_PATH_MAX + 16];
    json_t *j;
    if (!siam_path_join(path, sizeof path, folder, "run.json") || siam_json_read(&j, path, SIAM_RUN_JSON_MAX, NULL))
        return false;
    const char *job = json_string_value(json_object_get(j, "slurm_job"));
    const bool same = job && !strcmp(job, key) && same_words(json_object_get(j, "argv"), argv);
    json_decref(j);
    return same;
}

siam_code siam_slurm_take(siam_config *c, const char *verb, const char *const *argv, bool *again, siam_err *e)
{
    char key[SIAM_SLURM_KEY], full[SIAM_SLURM_KEY], path[SIAM_PATH_MAX], more[16] = "";
    siam_slurm_job(key, false);
    siam_slurm_job(full, true);
    *again = false;
    if (!key[0] || c->run_resume)
        return SIAM_OK;
    for (int k = 2; !c->run_out[0]; k++) {
        if (snprintf(path, sizeof path, "runs/%s-job-%s%s", verb, key, more) >= (int)sizeof path || k > MOST)
            return siam_fail(e, SIAM_E_EXISTS, "no free name was found for a run folder after 'runs/%s-job-%s'", verb, key);
        if (!siam_path_exists(path) || began(path, full, argv))
            strcpy(c->run_out, path);
        snprintf(more, sizeof more, "-%d", k);
    }
    *again = c->run_resume = began(c->run_out, full, argv);
    return SIAM_OK;
}
