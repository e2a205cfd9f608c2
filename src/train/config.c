/* The configuration of a run: the sources it is read from, and the checks between fields. */
#include "train/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/format.h"
#include "base/file.h"
#include "base/format.h"
#include "base/yaml.h"
#include "model/norm.h"
#include "train/job.h"

enum { CONFIG_FILE_MAX = 1 << 20 };

enum { TASK_MAX = 32 };

static siam_code see_task(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    (void)where;
    (void)e;
    if (!strcmp(key, "task"))
        snprintf(user, TASK_MAX, "%s", value);
    return SIAM_OK;
}

siam_code siam_recipe_is_for(const siam_recipe *r, const char *task, bool *is, siam_err *e)
{
    char said[TASK_MAX];
    snprintf(said, sizeof said, "%s", siam_jobs[0]->name);
    SIAM_TRY(siam_yaml_read(r->name, r->yaml, strlen(r->yaml), see_task, said, e));
    *is = !strcmp(said, task);
    return SIAM_OK;
}

/* "task: train or task: linear" */
static void list_tasks(char *buf, size_t n)
{
    size_t at = 0;
    buf[0] = '\0';
    for (int i = 0; siam_jobs[i] && at < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%stask: %s", i ? " or " : "", siam_jobs[i]->name);
}

/* A recipe that says nothing is for the first job; a file that says nothing is for whoever reads it. */
static siam_code check_task(const siam_optset *s, const char *name, const char *text, size_t n, bool is_recipe,
                            siam_err *e)
{
    const siam_job *job = siam_job_of(s);
    char said[TASK_MAX], word[2 * SIAM_PATH_MAX], dir[2 * SIAM_PATH_MAX], tasks[128];
    snprintf(said, sizeof said, "%s", is_recipe ? siam_jobs[0]->name : job->name);
    SIAM_TRY(siam_yaml_read(name, text, n, see_task, said, e));
    const siam_job *other = siam_job_find(said);
    if (other == job)
        return SIAM_OK;
    if (!other) {
        list_tasks(tasks, sizeof tasks);
        siam_fail(e, SIAM_E_CONFIG, "the task of '%s' is '%s', which is not a task", name, said);
        siam_hint(e, "%s in that file", tasks);
        return SIAM_E_CONFIG;
    }
    siam_fail(e, SIAM_E_CONFIG, "'%s' is for simsiam %s, not for simsiam %s", name, said, job->name);
    siam_format_word(word, sizeof word, name);
    const char *file = strrchr(name, '/');
    snprintf(dir, sizeof dir, "%.*s", (int)(file ? file - name : 0), name);
    if (!is_recipe && file && !strcmp(file, "/config.yaml"))
        siam_hint(e, "simsiam %s --out %s --resume", said, siam_format_word(word, sizeof word, dir));
    else if (other == siam_jobs[0])
        siam_hint(e, "simsiam list %s", job->name);
    else
        siam_hint(e, "simsiam %s --recipe %s --data PATH", other->takes, word);
    return SIAM_E_CONFIG;
}

typedef struct load {
    siam_optset *s;
    siam_problems *p;
    siam_origin from;
} load;

static siam_code take(void *user, const char *key, const char *value, const char *where, siam_err *e)
{
    (void)e;
    const load *l = user;
    /* `data: PATH` is what the command line calls data.path; a section of that name never comes here as a
     * leaf. */
    siam_optset_set(l->s, strcmp(key, "data") ? key : "data.path", value, l->from, where, l->p);
    return SIAM_OK;
}

static bool is_file(const char *s)
{
    const char *dot = strrchr(s, '.');
    return strchr(s, '/') || (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml")));
}

static siam_code unknown_recipe(const char *name, siam_err *e)
{
    const char *names[64];
    int n = 0;
    for (const siam_recipe *r = siam_recipes; r->name && n < 64; r++)
        names[n++] = r->name;
    const char *near = siam_nearest(name, names, n);
    if (near)
        siam_fail(e, SIAM_E_USAGE, "there is no recipe \"%s\"; did you mean \"%s\"?", name, near);
    else
        siam_fail(e, SIAM_E_USAGE, "there is no recipe \"%s\", and a file needs a name that ends in .yaml",
                  name);
    siam_hint(e, "simsiam list");
    return SIAM_E_USAGE;
}

siam_code siam_config_load(siam_optset *s, const char *recipe_or_file, siam_problems *p, siam_err *e)
{
    siam_config *c = s->cfg;
    load l = {s, p, SIAM_FROM_FILE};
    if (is_file(recipe_or_file)) {
        char *text = NULL;
        size_t n = 0;
        siam_code rc = siam_file_read(recipe_or_file, CONFIG_FILE_MAX, &text, &n, e);
        if (rc == SIAM_E_NOTFOUND)
            siam_hint(e, "simsiam list");
        if (rc)
            return rc;
        rc = check_task(s, recipe_or_file, text, n, false, e);
        if (!rc)
            rc = siam_yaml_read(recipe_or_file, text, n, take, &l, e);
        free(text);
        return rc;
    }
    const siam_recipe *r = siam_recipe_find(recipe_or_file);
    if (!r)
        return unknown_recipe(recipe_or_file, e);
    SIAM_TRY(check_task(s, r->name, r->yaml, strlen(r->yaml), true, e));
    l.from = SIAM_FROM_RECIPE;
    strncpy(c->recipe, r->name, sizeof c->recipe - 1);
    return siam_yaml_read(r->name, r->yaml, strlen(r->yaml), take, &l, e);
}

siam_code siam_config_check_norm(const siam_config *c, int channels, siam_err *e)
{
    const siam_list *const norm[] = {&c->data_mean, &c->data_std};
    for (int i = 0; i < 2; i++) {
        if (norm[i]->n == 1 || norm[i]->n == channels)
            continue;
        siam_fail(e, SIAM_E_CONFIG, "data.%s has %d numbers, but the model has %d input channel%s", i ? "std" : "mean",
                  norm[i]->n, channels, channels == 1 ? "" : "s");
        siam_hint(e, "--mean and --std with one number, or with one for each channel");
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

/* Fields that are right by themselves and wrong together. */
static siam_code check(const siam_optset *s, siam_err *e)
{
    const siam_config *c = s->cfg;
    double seconds;
    SIAM_TRY(siam_job_of(s)->check(c, e));
    if (!siam_parse_seconds(c->run_time, &seconds)) {
        siam_fail(e, SIAM_E_CONFIG, "run.time is '%s', which is no time", c->run_time);
        siam_hint(e, "--time 8h, or 45m, or 90s");
        return SIAM_E_CONFIG;
    }
    if (c->run_resume && !c->run_out[0]) {
        siam_fail(e, SIAM_E_CONFIG, "--resume needs the folder of the run to continue, as --out DIR");
        siam_hint(e, "simsiam %s --out DIR --resume", siam_job_of(s)->name);
        return SIAM_E_CONFIG;
    }
    return SIAM_OK;
}

siam_code siam_config_finish(siam_optset *s, siam_err *e)
{
    siam_config *c = s->cfg;
    SIAM_TRY(check(s, e));
    const int lr = siam_optset_find(s, "train.lr");
    SIAM_ASSERT(lr >= 0);
    /* Computed again when it was computed before, so that finishing twice is harmless. */
    if (c->train_lr == 0 || s->origin[lr] == SIAM_FROM_AUTO) {
        c->train_lr = c->train_base_lr * c->train_batch / 256.0;
        s->origin[lr] = SIAM_FROM_AUTO;
    }
    return SIAM_OK;
}

siam_model_cfg siam_config_model(const siam_config *c)
{
    siam_model_cfg m = {
        .backbone = {.width = c->model_width,
                     .cifar_stem = c->model_stem == SIAM_STEM_CIFAR,
                     .zero_init = c->model_zero_init},
        .in_channels = c->model_in_channels ? c->model_in_channels : SIAM_IMAGE_CHANNELS, /* auto, before there are images */
        .size = c->data_size,
        .projector_layers = c->model_projector_layers,
        .dim = c->model_dim,
        .pred_hidden = c->model_pred_hidden,
        .stop_gradient = c->train_stop_gradient,
    };
    memcpy(m.arch, c->model_arch, sizeof m.arch);
    return m;
}

siam_aug_cfg siam_config_aug(const siam_config *c)
{
    siam_aug_cfg aug = c->aug;
    aug.size = c->data_size;
    return aug;
}

void siam_config_names(const siam_config *c, siam_model_spec *ask)
{
    _Static_assert(sizeof ask->rename == sizeof c->model_rename && sizeof ask->part == sizeof c->model_part, "the same options");
    memcpy(ask->rename, c->model_rename, sizeof ask->rename);
    memcpy(ask->part, c->model_part, sizeof ask->part);
}

void siam_config_norm(const siam_config *c, siam_norm *norm)
{
    siam_norm_given(norm, &c->data_mean, &c->data_std);
}
